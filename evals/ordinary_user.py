"""Runs a measurement as an ordinary user without capabilities, and beside it as root, each in a folder of its own."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"
NOBODY = 65534
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_CLONE_NEWNS = 0x20000
_MS_BIND = 0x1000
_MS_REC = 0x4000
_MS_PRIVATE = 1 << 18
_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


@dataclass(frozen=True)
class Place:
    """Where a measurement works: ``folder`` is its own, mode 0700, and ``home``, ``work`` lie in it.

    ``user`` names in a table who measured; ``host`` is a name that leads to the loopback interface.
    """

    folder: Path
    user: str
    host: str = "localhost"

    @property
    def home(self) -> Path:
        """An empty home."""
        return self.folder / "home"

    @property
    def work(self) -> Path:
        """An empty working folder."""
        return self.folder / "work"

    @property
    def pinfold(self) -> list[str]:
        """Return the start of a command line: this checkout, in this interpreter."""
        return [sys.executable, "-m", "pinfold"]


def measure_as(users: Sequence[str], measure: Callable[[Place], int | None], *, host: str = "") -> int:
    """Call ``measure`` in a child process for each of ``users`` (``nobody``, ``root``), and return the worst exit code.

    Who is not root measures as who they are, once. As root, an ordinary user can run no interpreter that lies in
    root's home: such a row is left out with a word. ``host`` is a name that leads to this machine meanwhile: only root
    can arrange that, by a hosts file that nobody else sees; ``Place.host`` is ``localhost`` otherwise.
    """
    worst = 0
    for user in users if os.geteuid() == 0 else ("self",):
        # Where everybody may pass: a folder below somebody's private one cannot be reached by the other user.
        folder = Path(tempfile.mkdtemp(prefix="pf-eval-"))
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            _measure(folder, user, measure, host)
        _, status = os.waitpid(child, 0)
        worst = max(worst, os.waitstatus_to_exitcode(status) & 0xFF)
        shutil.rmtree(folder, ignore_errors=True)
    return worst


def _measure(folder: Path, user: str, measure: Callable[[Place], int | None], host: str) -> None:
    code = 1
    try:
        known = _make_known(host, folder) if host and user != "self" else "localhost"
        if user == "nobody":
            os.chown(folder, NOBODY, NOBODY)
            become_nobody()
            if not os.access(sys.executable, os.X_OK):
                print(f"uid {NOBODY} cannot run {sys.executable}: use an interpreter that everybody may run")
                os._exit(2)
        place = Place(folder.resolve(), _name(), known)
        place.home.mkdir()
        place.work.mkdir()
        _settle(place)
        code = measure(place) or 0
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(code)


def _make_known(host: str, folder: Path) -> str:
    """Let ``host`` lead to this machine, for this process and its children, by a hosts file of their own."""
    libc = ctypes.CDLL(None, use_errno=True)
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost\n127.0.0.1 {host}\n")
    hosts.chmod(0o644)
    if libc.unshare(_CLONE_NEWNS) or libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None):
        return "localhost"
    return "localhost" if libc.mount(os.fsencode(hosts), b"/etc/hosts", None, _MS_BIND, None) else host


def _name() -> str:
    with suppress(KeyError):
        return f"uid {os.getuid()} ({pwd.getpwuid(os.getuid()).pw_name})"
    return f"uid {os.getuid()}"


def become_nobody() -> None:
    """Become uid 65534 for good, without a group, a capability, or a way to get one."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(64):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    # A process that has changed its user is closed to its own user; one that was started is not.
    libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)


def _settle(place: Place) -> None:
    """Leave nothing of the caller's environment but its language, and let Python keep what it compiles."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TERM") if name in os.environ}
    os.environ.clear()
    os.environ.update(kept)
    os.environ.update(
        HOME=str(place.home),
        PATH=_PATH,
        TMPDIR=str(place.folder),
        PYTHONPATH=str(SOURCE),
        PYTHONPYCACHEPREFIX=str(place.folder / "pyc"),
        GIT_CONFIG_NOSYSTEM="1",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
    )
    os.chdir(place.work)


def clean_environment() -> dict[str, str]:
    """Return the environment for what is measured: that of the measurement, without what only Pinfold needs."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def compiled(source: str, to: Path) -> Path:
    """Compile a C program."""
    subprocess.run(["gcc", "-O2", "-pthread", "-o", str(to), "-x", "c", "-"], input=source.encode(), check=True)
    return to
