from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import pytest

from pinfold.model import Level
from pinfold.sandbox.credentials import Credentials
from tests.sandbox.conftest import NOBODY, in_child

PYTHON = "/usr/bin/python3"
CODE = f"""
import errno, os
os.umask(0)
def attempt(what, *words, **more):
    try:
        what(*words, **more)
        return 'ok'
    except OSError as error:
        return errno.errorcode[error.errno]
os.mkdir('closed', 0o755); os.mkdir('open', 0o777); os.close(os.open('roots', os.O_CREAT, 0o644))
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
print(attempt(os.chmod, 'roots', 0o666), attempt(os.chown, 'roots', {NOBODY}, -1), attempt(os.utime, 'roots', (1, 2)))
print(attempt(os.mkdir, 'closed/d'), attempt(os.rename, 'closed', 'open/c'), attempt(os.symlink, 'x', 'closed/l'))
print(attempt(os.open, 'closed/f', os.O_CREAT | os.O_WRONLY), attempt(os.open, 'roots', os.O_CREAT | os.O_WRONLY))
print(attempt(os.open, 'open/f', os.O_CREAT | os.O_WRONLY), attempt(os.mkdir, 'open/d'), os.stat('open/f').st_uid)
"""


@pytest.mark.parametrize("secret", [False, True])
def test_what_has_become_somebody_else_is_served_as_that_one(confined, secret):
    if confined.user != 0:
        pytest.skip("only root's run can become somebody else")
    if secret:  # every file is opened on its behalf
        (confined.folder / ".env").touch()
    confined.folder.chmod(0o755)
    done = confined(PYTHON, "-c", CODE, level=Level.L2)
    assert done.stdout.splitlines() == ["EPERM EPERM EPERM", "EACCES EACCES EACCES", "EACCES EACCES", f"ok ok {NOBODY}"]
    roots = (confined.folder / "roots").stat()
    assert (stat.S_IMODE(roots.st_mode), roots.st_uid) == (0o644, 0)
    assert (confined.folder / "open" / "f").stat().st_uid == NOBODY


def test_ours_come_back():
    if os.getuid() != 0:
        pytest.skip("needs root")

    def body() -> None:
        credentials = Credentials()
        before = os.getgroups()
        theirs, ours = os.pipe()
        other = os.fork()
        if other == 0:
            os.setgroups([7])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            os.write(ours, b"ready")
            signal.pause()
        try:
            os.read(theirs, 5)
            credentials.note_change()
            with credentials.of(other):
                lent = _file_identity()
            assert lent == (NOBODY, NOBODY, [7], 0)
            assert _file_identity()[:2] == (0, 0)
            assert os.getgroups() == before
            assert _file_identity()[3] != 0
        finally:
            os.kill(other, signal.SIGKILL)
            os.waitpid(other, 0)

    assert in_child(body, 20) == 0


def _file_identity() -> tuple[int, int, list[int], int]:
    with Path("/proc/self/status").open("rb") as status:  # what decodes text may not be readable any more
        fields = {name: value.split() for name, _, value in (line.partition(b":") for line in status)}
    groups = list(map(int, fields[b"Groups"]))
    return int(fields[b"Uid"][3]), int(fields[b"Gid"][3]), groups, int(fields[b"CapEff"][0], 16)
