"""What every test run rests on: a home of its own, no network, and one way to run the command line.

Before anything of Pinfold is imported, every variable that leads to a person's files points into a temporary folder.
At the end the run fails if the real home has changed in a place that Pinfold or an agent would write to. Only those
places are compared, because other programs may well write to a home while the tests run.
"""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import hypothesis
import pytest

AGENT_FOLDERS = (
    ".agents", ".claude", ".codeium/windsurf", ".codex", ".config/opencode", ".copilot", ".cursor", ".gemini", ".goose",
    ".kiro", ".openclaw", ".qwen", ".roo", ".trae", ".windsurf",
)  # fmt: skip
AGENT_ENTRIES = (
    "AGENTS.md", "CLAUDE.md", "GEMINI.md", "config.toml", "extensions", "hooks", "hooks.json", "mcp.json", "memory",
    "plugins", "settings.json", "skills",
)  # fmt: skip
"""What Pinfold could touch in an agent's folder. The rest (sessions, logs) belongs to agents that may be running."""

OWN_FOLDERS = (".cache/pinfold", ".config/pinfold", ".local/share/pinfold", ".local/state/pinfold", ".pinfold")

_DEEPEST = 3
_MOST = 20_000


def home_environment(home: Path) -> dict[str, str]:
    """Return the variables that make ``home`` the home, for Pinfold and for every agent whose folder it looks into."""
    folders = {
        "HOME": ".",
        "USERPROFILE": ".",
        "APPDATA": "AppData/Roaming",
        "LOCALAPPDATA": "AppData/Local",
        "XDG_CACHE_HOME": ".cache",
        "XDG_CONFIG_HOME": ".config",
        "XDG_CONFIG_DIRS": ".etc/xdg",
        "XDG_DATA_HOME": ".local/share",
        "XDG_STATE_HOME": ".local/state",
        "CLAUDE_CONFIG_DIR": ".claude",
        "CODEX_HOME": ".codex",
        "COPILOT_HOME": ".copilot",
        "PINFOLD_HOME": ".local/state/pinfold",
    }
    return {name: str((home / folder).resolve()) for name, folder in folders.items()}


def _real_homes() -> set[Path]:
    """Return the homes that the outside world knows: the environment's, and the one in the user database."""
    homes = {Path.home()}
    if sys.platform != "win32":
        import pwd

        homes.add(Path(pwd.getpwuid(os.getuid()).pw_dir))
    return homes


def _snapshot(homes: set[Path]) -> dict[str, tuple[int, int, int]]:
    """Return size, time of change and inode of every watched entry that exists, a few folders deep."""
    watched = [home / folder / entry for home in homes for folder in AGENT_FOLDERS for entry in AGENT_ENTRIES]
    watched += [home / folder for home in homes for folder in OWN_FOLDERS]
    seen: dict[str, tuple[int, int, int]] = {}
    pending = [(path, 0) for path in watched]
    while pending and len(seen) < _MOST:
        path, depth = pending.pop()
        try:
            state = path.lstat()
            children = list(path.iterdir()) if depth < _DEEPEST and path.is_dir() and not path.is_symlink() else []
        except OSError:
            continue
        seen[str(path)] = (state.st_size, state.st_mtime_ns, state.st_ino)
        pending.extend((child, depth + 1) for child in children)
    return seen


def refuse_network() -> None:
    """Make every connection and look-up that would leave this machine raise, for the rest of the process's life."""
    import ipaddress
    import sys

    def local(host: object) -> bool:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if name in (None, "", "localhost"):
            return True
        try:
            return ipaddress.ip_address(str(name)).is_loopback
        except ValueError:
            return False

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if not event.startswith("socket."):
            return
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            address = arguments[1]
            allowed = not isinstance(address, tuple) or local(address[0])  # anything but a tuple is a Unix socket
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            allowed = local(arguments[0])
        else:
            return
        if not allowed:
            raise PermissionError(f"a test reached for the network: {event} {arguments!r}")

    sys.addaudithook(hook)


REAL_HOMES = _real_homes()
_BEFORE = _snapshot(REAL_HOMES)
_FOLDER = tempfile.TemporaryDirectory(prefix="pinfold-tests-")
HOME = Path(_FOLDER.name).resolve() / "home"
"""The home of this test run."""
_SITE = HOME.parent / "site"  # holds a sitecustomize.py that keeps our child processes off the network too

for _name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "PINFOLD_CACHE", "PINFOLD_DEBUG"):
    os.environ.pop(_name, None)
os.environ.update(home_environment(HOME))
for _folder in (HOME, _SITE):
    _folder.mkdir()
(_SITE / "sitecustomize.py").write_text(
    f"from typing import Any\n{inspect.getsource(refuse_network)}\nrefuse_network()\n", encoding="utf-8"
)
refuse_network()

# No database: what one run learns must not decide what the next one tests. CI draws the same examples every time.
hypothesis.settings.register_profile("pinfold", deadline=None, database=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("pinfold")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run if a watched place in the real home has changed."""
    after = _snapshot(REAL_HOMES)
    changed = sorted(path for path in _BEFORE.keys() | after.keys() if _BEFORE.get(path) != after.get(path))
    if changed:
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.write_line("\nERROR: the test run changed the real home:", red=True)
            for path in changed[:20]:
                reporter.write_line(f"  {path}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure() -> None:
    """Remove the temporary home."""
    _FOLDER.cleanup()


class RunCli(Protocol):
    """Runs ``pinfold`` as a person would, in a process of its own."""

    def __call__(
        self,
        *arguments: str | os.PathLike[str],
        cwd: Path | None = None,
        home: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """Return the finished process, with ``stdout``, ``stderr`` and ``returncode``.

        ``cwd`` is an empty folder unless given; ``home`` is this run's home unless given; ``env`` is added to the
        environment; ``stdin`` is empty unless given; ``timeout`` is in seconds.
        """


@pytest.fixture(scope="session")
def home() -> Path:
    """The home of this test run: shared by all its tests, so that a compiled rulebook is cached once."""
    return HOME


def _is_open(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (folder, *folder.parents))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, unlike pytest's own, for tests that become somebody else."""
    places = [place for place in (tempfile.gettempdir(), "/tmp", "/var/tmp") if _is_open(Path(place).resolve())]
    if not places:
        pytest.skip("no temporary folder is open to everybody")
    with tempfile.TemporaryDirectory(dir=places[0]) as name:
        folder = Path(name).resolve()
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def run_cli(tmp_path_factory: pytest.TempPathFactory) -> RunCli:
    """A function that runs ``pinfold`` in a process of its own, with this run's home and without a network."""
    import pinfold

    paths = os.pathsep.join((str(_SITE), str(Path(pinfold.__file__).parents[1])))

    def run(
        *arguments: str | os.PathLike[str],
        cwd: Path | None = None,
        home: Path | None = None,
        env: Mapping[str, str] | None = None,
        stdin: str | None = None,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": paths, "PYTHONUTF8": "1"}
        if home is not None:
            environment.update(home_environment(home))
        return subprocess.run(
            [sys.executable, "-m", "pinfold", *(os.fspath(argument) for argument in arguments)],
            cwd=cwd or tmp_path_factory.mktemp("empty"),
            env={**environment, **(env or {})},
            input=stdin or "",
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            timeout=timeout,
            check=False,
        )

    return run
