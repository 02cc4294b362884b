from __future__ import annotations

import os
from pathlib import Path

import pytest

from pinfold.model import Level
from pinfold.sandbox.bounds import Denied
from pinfold.sandbox.names import Names

PYTHON = "/usr/bin/python3"
LEVELS = pytest.mark.parametrize("level", [Level.L1, Level.L2, Level.L3])

MADE = {
    "touch": "touch CLAUDE.md",
    "redirection": "echo x > CLAUDE.md",
    "mkdir": "mkdir .claude",
    "below a denied folder": "mkdir -p .claude/skills/x",
    "rename": "echo x > a; mv a CLAUDE.md",
    "renamed folder": "mkdir a; mv a .cursor",
    "hard link": "echo x > a; ln a CLAUDE.md",
    "symbolic link": "ln -s /etc/passwd AGENTS.md",
    "pattern": "echo x > .env.local; echo x > passwords.kdbx",
    "pipe": "mkfifo .envrc",
    "in a folder on the way": "mkdir -p .github/workflows",
    "by a folder that is moved": "mkdir -p g/workflows; echo x > g/workflows/ci.yml; mv g .github",
    "by a link to a folder": "mkdir -p g/workflows; ln -s g .github",
    "by a link that is moved": "mkdir -p g/workflows; ln -s g l; mv -T l .github",
    "by a link on the way": "mkdir -p h/a; ln -s h g; mv -T g .vscode; echo x > h/settings.json",
    "through a dangling link": "ln -s CLAUDE.md l; echo x > l",
    "through a link to the folder": "ln -s . l; echo x > l/CLAUDE.md",
    "from elsewhere": 'd=$PWD; cd /; echo x > "$d/../work/./CLAUDE.md"',
    "by the newest call to move": "echo x > a; python3 -c 'import ctypes; call = ctypes.CDLL(None).syscall;"
    ' call(316, -100, b"a", -100, b"CLAUDE.md", 0)\'',
    "by a nameless file": f'{PYTHON} -c \'import os; h = os.open(".", os.O_TMPFILE | os.O_RDWR);'
    ' os.link("/proc/self/fd/%d" % h, "CLAUDE.md", src_dir_fd=0, follow_symlinks=True)\'',
    "by its folder's descriptor": f'{PYTHON} -c \'import os; os.mkdir(".claude", dir_fd=os.open(".", os.O_PATH))\'',
    "creat": f"{PYTHON} -c 'import ctypes; ctypes.CDLL(None).syscall(85, b\"CLAUDE.md\", 0o644)'",
    "mknod": f"{PYTHON} -c 'import os; os.mknod(\"CLAUDE.md\")'",
}
DENIED = (
    "CLAUDE.md", ".claude", "AGENTS.md", ".env.local", "passwords.kdbx", ".envrc", ".cursor", ".github/workflows",
    ".vscode/settings.json",
)  # fmt: skip


def there(folder: Path) -> list[str]:
    return [name for name in DENIED if os.path.lexists(folder / name)]


@LEVELS
@pytest.mark.parametrize("how", MADE)
def test_a_denied_name_is_given_to_nothing(confined, level, how):
    done = confined("sh", "-c", MADE[how], level=level)
    assert done.outcome is not None, done.error
    assert there(confined.folder) == [], (done.stdout, done.stderr)
    assert done.of("denied"), done.stderr
    assert not done.outcome.stopped
    assert str(confined.folder) in done.of("denied")[0].TargetFilename


@LEVELS
def test_other_names_are_free(confined, level):
    code = (
        "mkdir -p .github .vscode src/.claude; echo x > .github/CODEOWNERS; echo x > src/CLAUDE.md; echo x > CLAUDE.m;"
        "mv src lib; mv .github g; mv g .github; ln -s lib src; ln lib/CLAUDE.md l; mkfifo p; echo x > src/.env;"
        "rm -r lib; mkdir -p $TMPDIR/x; echo x > $TMPDIR/x/CLAUDE.md; mv $TMPDIR/x/CLAUDE.md $TMPDIR/x/y"
    )
    done = confined("sh", "-ec", code, level=level)
    assert done.outcome is not None
    assert (done.outcome.code, done.stderr) == (0, "")
    assert not done.of("denied")


@LEVELS
def test_a_folder_on_the_way_to_what_is_denied_stays(confined, level):
    hooks = confined.folder / ".git" / "hooks"
    hooks.mkdir(parents=True)
    for path in (hooks, hooks.parent):
        os.chown(path, confined.user, confined.user)
    done = confined(
        "sh", "-c", "mv .git .g2; mkdir -p .git/hooks; echo x > .g2/hooks/post; echo x > .git/hooks/post", level=level
    )
    assert done.outcome is not None
    assert hooks.is_dir()
    assert not list(hooks.iterdir())
    assert not (confined.folder / ".g2").exists()


RACE = """
import ctypes, os, sys, threading
libc = ctypes.CDLL(None)
good, bad = b"harmless\\0", b"CLAUDE.md"
path = ctypes.create_string_buffer(16)
stop = False
def swap():
    while not stop:
        ctypes.memmove(path, bad, 9)
        ctypes.memmove(path, good, 9)
thread = threading.Thread(target=swap, daemon=True)
thread.start()
for _ in range(int(sys.argv[1])):
    handle = libc.open(path, os.O_CREAT | os.O_WRONLY, 0o644)
    if handle >= 0:
        os.close(handle)
stop = True
"""


@LEVELS
def test_a_name_that_changes_while_it_is_looked_at_gains_nothing(confined, level):
    done = confined(PYTHON, "-c", RACE, "3000", level=level)
    assert done.outcome is not None, done.error
    assert there(confined.folder) == []
    if level is Level.L3 and done.outcome.stopped:
        assert [event.Rule for event in done.of("finding")] == ["denied-name-raced"]
    else:
        assert done.outcome.code == 0
        assert done.of("denied")


@pytest.mark.parametrize(
    ("old", "new", "kind", "refused"),
    [
        ("/w/a", "/w/b", "file", False),
        ("/w/a", "/w/CLAUDE.md", "file", True),
        ("/w/CLAUDE.md", "/w/a", "file", True),
        ("/w/.claude/x", "/w/a", "file", True),
        ("/w/a", "/w/.env.x", "folder", True),
        ("/w/a", "/w/.envx", "folder", False),
        ("/w/a", "/w/.github", "folder", False),
        ("/w/a", "/w/.github", "link", True),
        ("/w", "/v", "folder", False),
    ],
)
def test_moves(old, new, kind, refused):
    names = Names(Denied(["/w/CLAUDE.md", "/w/.claude", "/w/.env.*", "/w/.github/workflows"]))
    kinds = {"file": 0o100000, "folder": 0o040000, "link": 0o120000}
    assert bool(names.why_not_move(old, new, kind=kinds[kind])) == refused
