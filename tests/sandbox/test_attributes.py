from __future__ import annotations

import os
import stat

import msgspec
import pytest

from pinfold.model import Level
from pinfold.sandbox.planning import default_profile

PYTHON = "/usr/bin/python3"
LEVELS = pytest.mark.parametrize("level", [Level.L1, Level.L2, Level.L3])

CHANGES = {
    "chmod": "os.chmod({path!r}, 0o604)",
    "fchmod": "os.chmod(os.open({path!r}, os.O_RDONLY), 0o604)",
    "fchmodat": "os.chmod(os.path.basename({path!r}), 0o604, dir_fd=os.open(os.path.dirname({path!r}), os.O_RDONLY))",
    "fchmodat2": "print(call(452, -100, {path!r}.encode(), 0o604, 0))",
    "through /proc/self/fd": "os.chmod('/proc/self/fd/%d' % os.open({path!r}, os.O_RDONLY), 0o604)",
    "from its folder": "os.chdir(os.path.dirname({path!r})); os.chmod(os.path.basename({path!r}), 0o604)",
}
HEAD = (
    "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"
    "def call(*words):\n    got = libc.syscall(*words)\n    return got if got >= 0 else -ctypes.get_errno()\n"
)


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


@pytest.fixture
def outside(confined):
    """A readable file of the same user that lies outside of the working folder."""
    path = confined.folder.parent / "home" / "outside"
    path.write_text("outside")
    path.chmod(0o644)
    os.chown(path, confined.user, confined.user)
    return path


@pytest.fixture
def profile(confined):
    """The default profile with the home readable."""
    plain = default_profile()
    allow = (*plain.read.allow, str(confined.folder.parent / "home"))
    return msgspec.structs.replace(plain, read=msgspec.structs.replace(plain.read, allow=allow))


@LEVELS
@pytest.mark.parametrize("how", CHANGES)
def test_a_mode_changes_inside_and_not_outside(confined, outside, profile, level, how):
    inside = confined.folder / "inside"
    inside.write_text("inside")
    os.chown(inside, confined.user, confined.user)
    for path, changed in ((inside, True), (outside, False)):
        before = mode(path)
        done = confined(PYTHON, "-c", HEAD + CHANGES[how].format(path=str(path)), level=level, profile=profile)
        assert done.error == ""
        assert mode(path) == (0o604 if changed else before), (done.stdout, done.stderr)


@LEVELS
def test_owner_times_and_extended_attributes_change_inside_and_not_outside(confined, outside, profile, level):
    inside = confined.folder / "inside"
    inside.write_text("inside")
    os.chown(inside, confined.user, confined.user)
    code = """
import os, sys
def attempt(what, *words, **more):
    try:
        what(*words, **more)
        print(what.__name__, 'ok')
    except OSError as error:
        print(what.__name__, error.errno)
for path in sys.argv[1:]:
    handle = os.open(path, os.O_RDONLY)
    attempt(os.utime, path, (5, 6))
    attempt(os.utime, handle, (5, 7))
    attempt(os.chown, path, os.getuid(), os.getgid())
    attempt(os.setxattr, path, 'user.told', b'yes')
    attempt(os.setxattr, handle, 'user.more', b'yes')
    attempt(os.removexattr, path, 'user.more')
"""
    done = confined(PYTHON, "-c", code, str(inside), level=level, profile=profile)
    assert done.stdout.split() == ["utime", "ok"] * 2 + ["chown", "ok"] + ["setxattr", "ok"] * 2 + [
        "removexattr",
        "ok",
    ], done
    assert inside.stat().st_mtime == 7
    assert os.getxattr(inside, "user.told") == b"yes"
    assert os.listxattr(inside) == ["user.told"]
    before = outside.stat()
    done = confined(PYTHON, "-c", code, str(outside), level=level, profile=profile)
    assert "ok" not in done.stdout
    assert (outside.stat().st_mtime, os.listxattr(outside)) == (before.st_mtime, [])
    if level is not Level.L3:
        denied = {(event.Call, event.TargetFilename) for event in done.of("denied")}
        assert ("utimensat", str(outside)) in denied
        assert "write.allow" in done.of("denied")[0].reason


def test_old_ways_to_set_times_work(confined):
    code = HEAD + (
        "import struct\n"
        "open('a', 'w').close()\n"
        "print(call(132, b'a', struct.pack('=qq', 3, 4)), os.stat('a').st_atime, os.stat('a').st_mtime)\n"
        "def told(result): print(result, os.stat('a').st_atime, os.stat('a').st_mtime)\n"
        "told(call(235, b'a', struct.pack('=4q', 5, 250000, 6, 500000)))\n"
        "print(call(235, b'a', struct.pack('=4q', 5, 1000000, 6, 0)))\n"
        "print(call(261, -100, b'a', struct.pack('=4q', 7, 0, 8, 0)), os.stat('a').st_atime)\n"
        "told(call(280, -100, b'a', struct.pack('=4q', 0, (1<<30)-2, 9, 0), 0))\n"
        "print(call(280, os.open('a', 0), None, None, 0), os.stat('a').st_mtime > 1e9)\n"
        "print(call(132, b'a', 1), call(132, 1, None), call(132, b'', None), call(280, -100, b'a', None, 0x40000000))\n"
        "os.symlink('nowhere', 'l'); os.utime('l', (1, 2), follow_symlinks=False); print(os.lstat('l').st_mtime)\n"
    )
    done = confined(PYTHON, "-c", code)
    assert done.stdout.splitlines() == [
        "0 3.0 4.0",
        "0 5.25 6.5",
        "-22",
        "0 7.0",
        "0 7.0 9.0",
        "0 True",
        "-14 -14 -2 -22",
        "2.0",
    ], done.stderr


@LEVELS
def test_no_program_gets_the_rights_of_its_owner(confined, level):
    (confined.folder / "d").mkdir()
    os.chown(confined.folder / "d", confined.user, confined.user)
    code = (
        "touch a b; chmod 4755 a; chmod u+s b; chmod 2755 d && echo folder;"
        f"{PYTHON} -c 'import os; os.open(\"c\", os.O_CREAT | os.O_WRONLY, 0o4755)'"
    )
    done = confined("sh", "-c", code, level=level)
    assert "folder" in done.stdout
    assert [mode(confined.folder / name) & 0o6000 for name in "ab"] == [0, 0]
    assert not (confined.folder / "c").exists()
    assert {event.Call for event in done.of("denied")} >= {"openat"}


@LEVELS
def test_what_has_no_path_is_the_programs_own(confined, level):
    code = HEAD + (
        "import socket, tempfile\n"
        "for handle in (os.pipe()[0], tempfile.TemporaryFile(dir='.').fileno(), os.memfd_create('m', 8|1),\n"
        "               os.open('.', os.O_TMPFILE | os.O_RDWR, 0o600)):\n"
        "    os.chmod(handle, 0o640); print(oct(os.stat(handle).st_mode & 0o777))\n"
        "open('gone', 'w'); handle = os.open('gone', os.O_RDWR); os.unlink('gone'); os.chmod(handle, 0o640)\n"
        "os.utime(handle, (1, 2)); print(os.stat(handle).st_mtime)\n"
        "print(call(91, 99, 0o600), call(91, -1, 0o600), call(90, b'/nowhere', 0o600), call(90, b'x' * 5000, 0))\n"
    )
    done = confined(PYTHON, "-c", code, level=level)
    assert done.stdout.split() == ["0o640"] * 4 + ["2.0", "-9", "-9", "-2", "-36"], done.stderr


def test_a_denied_file_keeps_its_mode(confined):
    for name in (".env", "CLAUDE.md"):
        (confined.folder / name).write_text("mine")
        (confined.folder / name).chmod(0o600)
        os.chown(confined.folder / name, confined.user, confined.user)
    done = confined("sh", "-c", "chmod 644 .env CLAUDE.md; touch -d 2001-01-01 CLAUDE.md; ln -s . l; chmod 644 l/.env")
    for name in (".env", "CLAUDE.md"):
        assert mode(confined.folder / name) == 0o600
        assert (confined.folder / name).stat().st_mtime > 1e9
    assert {event.TargetFilename for event in done.of("denied")} >= {str(confined.folder / ".env")}


def test_ordinary_tools_keep_what_is_known_of_files(confined):
    code = (
        "mkdir s; echo one > s/a; chmod 640 s/a; touch -d 2001-02-03 s/a; ln -s a s/l;"
        "cp -a s t; tar cf x.tar s; mkdir u; tar xpf x.tar -C u; install -m 600 s/a v"
    )
    done = confined("sh", "-ec", code)
    assert done.outcome is not None
    assert done.outcome.code == 0, done.stderr
    for name in ("t/a", "u/s/a"):
        state = (confined.folder / name).stat()
        assert (stat.S_IMODE(state.st_mode), state.st_mtime) == (0o640, (confined.folder / "s/a").stat().st_mtime)
    assert mode(confined.folder / "v") == 0o600
