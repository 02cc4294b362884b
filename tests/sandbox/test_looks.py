import os

import pytest

from pinfold.model import Level
from tests.sandbox.conftest import RunConfined

PYTHON = "/usr/bin/python3"
SHARED = [Level.L1, Level.L2]
"""Levels at which a run shares the machine's files, and looking is done on its behalf."""


@pytest.mark.parametrize("level", [*SHARED, Level.L3])
def test_extended_attributes_of_ones_own_files_are_told(confined: RunConfined, level: Level):
    script = (
        "import os\n"
        "open('a', 'w').close(); os.symlink('a', 'l')\n"
        "os.setxattr('a', 'user.one', b'x' * 300); os.setxattr('a', 'user.two', b'')\n"
        "print(len(os.getxattr('l', 'user.one')), sorted(os.listxattr('a')))\n"
        "for path, name in (('a', 'user.none'), ('nowhere', 'user.one')):\n"
        "    try: os.getxattr(path, name)\n"
        "    except OSError as error: print(error.errno)\n"
        "print(os.listxattr('l', follow_symlinks=False))\n"
    )
    run = confined(PYTHON, "-c", script, level=level)
    assert run.stdout == "300 ['user.one', 'user.two']\n61\n2\n[]\n", run.stderr


@pytest.mark.parametrize("level", [Level.L2, Level.L3])
def test_what_may_not_be_read_is_not_looked_at(confined: RunConfined, level: Level):
    outside = confined.folder.parent / "outside"
    outside.mkdir()
    outside.chmod(0o755)
    (outside / "file").touch()
    os.setxattr(outside / "file", "user.secret", b"s3cret")
    os.chown(outside / "file", confined.user, confined.user)
    script = (
        "import ctypes, os, sys\n"
        "path = sys.argv[1]\n"
        "for call in (lambda: os.getxattr(path + '/file', 'user.secret'), lambda: os.listxattr(path + '/file')):\n"
        "    try: print(call())\n"
        "    except OSError: print('closed')\n"
        "libc = ctypes.CDLL(None)\n"
        "print(libc.inotify_add_watch(libc.inotify_init1(0), path.encode(), 0x100) < 0)\n"
    )
    run = confined(PYTHON, "-c", script, str(outside), level=level)
    assert run.stdout == "closed\nclosed\nTrue\n", run.stderr


@pytest.mark.parametrize("level", SHARED)
def test_a_folder_of_ones_own_may_be_watched(confined: RunConfined, level: Level):
    script = (
        "import ctypes, os\n"
        "libc = ctypes.CDLL(None)\n"
        "watcher = libc.inotify_init1(0)\n"
        "print(libc.inotify_add_watch(watcher, b'.', 0x100))\n"
        "open('made', 'w').close()\n"
        "print(b'made' in os.read(watcher, 4096))\n"
    )
    run = confined(PYTHON, "-c", script, level=level)
    assert run.stdout == "1\nTrue\n", run.stderr
