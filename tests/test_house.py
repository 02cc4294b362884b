"""The house keeps its own rules (design/house.md): modules tested, small and documented, imports downwards only."""

from __future__ import annotations

import ast
import ipaddress
import os
import re
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from pinfold.cli.main import COMMANDS

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "pinfold"
TESTS = ROOT / "tests"

MOST_LINES = 500
LONGEST_FUNCTION = 50

BANNED_NAMES = {
    "base", "common", "core", "helper", "helpers", "lib", "manager", "managers", "misc", "service", "services",
    "shared", "tools", "util", "utils",
}  # fmt: skip

UNTESTED = {
    "__init__.py": "the package's own words are tested through its rooms",
    "__main__.py": "two lines; tests/cli/test_main.py runs them",
    "model/errors.py": "a tree of names; tests/cli/test_main.py shows what becomes of them",
}
"""Modules without a test file of their own, and why.

A package's ``__init__`` needs none unless it defines something. The modules of a package such as ``language/shell`` may
be tested through its door, in ``test_script.py`` there.
"""

TESTED_THROUGH = {
    "formats/configured.py": "test_agent_config.py",
    "formats/inline_commands.py": "test_agent_config.py",
    "formats/tool_names.py": "test_tool_call.py",
    "language/nesting.py": "test_companions.py",
    "language/prose/clauses.py": "test_stance.py",
    "language/context.py": "shell/test_script.py",
    "language/encodings.py": "test_decode.py",
    "language/markdown/regions.py": "../test_document.py",
    "language/prose/verbs.py": "test_stance.py",
    "output/artifact.py": "test_sarif.py",
    "output/groups.py": "test_text.py",
    "output/ink.py": "test_text.py",
    "output/plain_words.py": "test_html.py",
    "output/snippet.py": "test_text.py",
    "output/taxonomy.py": "test_sarif.py",
    "sandbox/behalf.py": "test_attributes.py",
    "sandbox/fifos.py": "test_opens.py",
    "sandbox/moves.py": "test_names.py",
    "sandbox/paths.py": "test_opens.py",
    "sandbox/probes/matrix/files.py": "../test_suite.py",
    "sandbox/probes/matrix/kernel.py": "../test_suite.py",
    "sandbox/probes/matrix/network.py": "../test_suite.py",
    "sandbox/probes/matrix/processes.py": "../test_suite.py",
    "scan/excerpts.py": "test_examine.py",
    "scan/worker_process.py": "test_workers.py",
    "skills/archive_manifest.py": "test_discover.py",
    "skills/front_matter.py": "test_manifest.py",
    "skills/git_files.py": "test_read.py",
    "skills/inflate.py": "test_unpack.py",
    "skills/markers.py": "test_discover.py",
    "skills/media.py": "test_file_type.py",
    "skills/member.py": "test_unpack.py",
    "skills/tar_members.py": "test_unpack.py",
    "skills/zip_members.py": "test_unpack.py",
}
"""Modules that are the inside of another one of their room, with the test file of the door that tests them."""

DOORS = {
    "language/javascript": "program",
    "language/layers": "layer",
    "language/markdown": "blocks",
    "language/prose": "passage",
    "language/powershell": "script",
    "language/python": "program",
    "language/shell": "script",
    "sandbox/probes/inside": "attempt",
    "sandbox/probes/outside": "scene",
}
"""Packages within a room, with the module through which the others may be tested."""


def modules() -> list[Path]:
    """Return every module of Pinfold, relative to the package."""
    return sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))


def names(paths: list[Path]) -> list[str]:
    """Return readable ids for parametrised tests."""
    return [path.as_posix() for path in paths]


def parsed(module: Path) -> ast.Module:
    """Return the syntax tree of a module."""
    return ast.parse((SOURCE / module).read_text("utf-8"))


def definitions(body: list[ast.stmt]) -> list[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the classes and functions that stand in a body."""
    return [node for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("module", modules(), ids=names(modules()))
def test_every_module_has_a_test_file_of_its_name(module):
    if module.as_posix() in UNTESTED or (module.name == "__init__.py" and not definitions(parsed(module).body)):
        return
    if door := TESTED_THROUGH.get(module.as_posix()):
        assert (TESTS / module.parent / door).is_file()
        return
    words = module.stem.split("_")
    doors = [module.stem, *("_".join(words[:count]) for count in range(1, len(words)))]
    mirrors = [f"test_{door}.py" for door in doors if (SOURCE / module.parent / f"{door}.py").is_file()]
    mirrors += [f"test_{door}.py" for door in [DOORS.get(module.parent.as_posix())] if door]
    assert any((TESTS / module.parent / mirror).is_file() for mirror in mirrors), f"there is none of {mirrors}"


def test_the_exceptions_exist():
    assert [name for name in (*UNTESTED, *TESTED_THROUGH) if not (SOURCE / name).is_file()] == []


def test_every_test_file_mirrors_a_module():
    """A test file whose module is gone, or was renamed, is found here."""
    own = {Path("rulebook/test_detection_against_duckdb.py")}  # an independent reading of the same module
    rooms = {path.name for path in SOURCE.iterdir() if path.is_dir()}
    strays = [
        test.as_posix()
        for test in (path.relative_to(TESTS) for path in TESTS.rglob("test_*.py"))
        if test.parts[0] in rooms
        and test not in own
        and not (SOURCE / test.parent / f"{test.stem.removeprefix('test_')}.py").is_file()
        and not (SOURCE / test.parent / test.stem.removeprefix("test_")).is_dir()
    ]
    assert strays == []


@pytest.mark.parametrize("module", modules(), ids=names(modules()))
def test_modules_are_small_and_functions_fit_a_screen(module):
    lines = (SOURCE / module).read_text("utf-8").splitlines()
    assert len(lines) <= MOST_LINES
    long = [
        f"{node.name} has {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(parsed(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("module", modules(), ids=names(modules()))
def test_every_public_name_is_documented(module):
    tree = parsed(module)
    undocumented = [] if ast.get_docstring(tree) else ["the module"]
    pending = [(node, node.name) for node in definitions(tree.body)]
    while pending:
        node, name = pending.pop()
        if node.name.startswith("_"):
            continue
        if not ast.get_docstring(node):
            undocumented.append(name)
        if isinstance(node, ast.ClassDef):
            pending.extend((child, f"{name}.{child.name}") for child in definitions(node.body))
    assert undocumented == []


def test_folders_are_nouns_of_the_domain():
    folders = [path.relative_to(ROOT) for path in SOURCE.rglob("*") if path.is_dir() and path.name != "__pycache__"]
    assert [path.as_posix() for path in [*folders, *modules()] if path.stem in BANNED_NAMES] == []


def test_the_import_contracts_hold():
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(cache_dir=None))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_is_in_the_picture():
    picture = (ROOT / "design" / "house.md").read_text("utf-8")
    rooms = [path.name for path in SOURCE.iterdir() if (path / "__init__.py").is_file()]
    assert [room for room in rooms if f"\n  {room}/ " not in picture] == []


def test_the_readme_lists_the_commands_that_exist():
    rows = re.findall(r"^\| `pinfold ([a-z-]+)` \| (.+) \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert dict(rows) == {name: summary for name, (_module, summary) in COMMANDS.items()}


@pytest.mark.parametrize("mark", ["scan", "tests"])
def test_the_readme_has_the_commands_that_ci_runs(mark):
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(re.findall(rf"^<!-- ci: {mark} -->\n```sh\n[^\n]+\n```$", text, re.MULTILINE)) == 1


def test_links_in_the_readme_and_its_siblings_lead_somewhere():
    pages = [*ROOT.glob("*.md"), *(ROOT / "design").glob("*.md")]
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_every_dependency_is_imported_and_every_import_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    packages = {"google-re2": "re2", "pyyaml": "yaml", "pysigma": "sigma"}
    extras = project["optional-dependencies"]

    def imported_as(requirements):
        found = {re.split(r"[<>=;\[ ]", requirement)[0].lower() for requirement in requirements}
        return {packages.get(name, name.replace("-", "_")) for name in found}

    declared = imported_as(project["dependencies"])
    optional = imported_as(extras["sigma"] + extras["yara"])
    used = (
        {
            name.split(".")[0]
            for module in modules()
            for node in ast.walk(parsed(module))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom) and node.level == 0
                else []
            )
        }
        - set(sys.stdlib_module_names)
        - {"pinfold"}
    )
    assert declared - used == set(), "declared and never imported"
    assert used - declared - optional == set(), "imported and not declared"


RESERVED = re.compile(r"(^|\.)(example|invalid|localhost|test|internal|local|svc)(\.(com|org|net))?$")
URL = re.compile(r"\b(?:https?|wss?|ftp|ssh|git|stratum\+\w+|tcp)://(?:[^/@\s\"'`]*@)?([A-Za-z0-9.-]+)")


NAMESPACES = frozenset({"schemas.openxmlformats.org"})
"""Hosts in the names of XML vocabularies, which nothing ever fetches."""


def is_inert(host: str) -> bool:
    """Return whether a host is reserved for documentation, or can only be reached from within a network."""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host in NAMESPACES or RESERVED.search(host) is not None


def test_samples_name_no_live_host():
    files = [path for folder in (TESTS / "rules", ROOT / "examples") for path in folder.rglob("*") if path.is_file()]
    live = [
        f"{path.relative_to(ROOT)}: {host}"
        for path in files
        for host in URL.findall(path.read_bytes().decode("utf-8", "replace"))
        if not is_inert(host.strip(".").lower())
    ]
    assert live == []


@pytest.mark.parametrize("place", [".claude/skills/new", ".cache/pinfold", ".codex/hooks.json"])
def test_a_run_that_changes_the_real_home_fails(place, tmp_path):
    """The guard in tests/conftest.py, seen from outside: a run of its own, with a made-up real home."""
    home = tmp_path / "home"
    folder = tmp_path / "tests"
    folder.mkdir()
    shutil.copy(TESTS / "conftest.py", folder)
    trespass = f"import pathlib\ndef test_trespass():\n    pathlib.Path({str(home / place)!r}).mkdir(parents=True)\n"
    (folder / "test_trespass.py").write_text(trespass, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder],
        cwd=folder,
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    assert f"ERROR: the test run changed the real home:\n  {home / place.split('/new', maxsplit=1)[0]}" in done.stdout
    assert done.returncode == 1


def test_tests_live_in_a_home_of_their_own(home):
    assert Path.home() == home
    assert Path(os.environ["CLAUDE_CONFIG_DIR"]).is_relative_to(home)


def test_tests_cannot_reach_the_network():
    with pytest.raises(PermissionError, match="reached for the network"), socket.socket() as reached:
        reached.connect(("192.0.2.1", 9))
    with pytest.raises(PermissionError, match="reached for the network"):
        socket.getaddrinfo("pinfold.example", 443)


def test_tests_may_talk_to_themselves():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        assert socket.getaddrinfo("localhost", None)
