import pytest

from pinfold.model import Level
from tests.sandbox.conftest import RunConfined

LEVELS = [Level.L1, Level.L2, Level.L3]


DENIED = {
    "libc.unshare(0x10000000)": "unshare",
    "libc.ptrace(16, 1, 0, 0)": "ptrace",
    "libc.syscall(425, 8, 0)": "io_uring_setup",
    "libc.memfd_create(b'x', 0)": "memfd_create",
    "libc.prctl(4, 0, 0, 0, 0)": "prctl",
    "libc.socket(40, 1, 0)": "socket",
    "libc.socket(2, 1, 262)": "socket",
    "libc.socket(1, 2, 0)": "socket",
    "libc.socketpair(1, 2, 0, (ctypes.c_int * 2)())": "socketpair",
}


@pytest.mark.parametrize("level", LEVELS)
def test_a_denied_call_fails_and_is_told(confined: RunConfined, level: Level):
    calls = "\n".join(f"print({call})" for call in DENIED)
    run = confined("/usr/bin/python3", "-c", f"import ctypes\nlibc = ctypes.CDLL(None)\n{calls}", level=level)
    assert run.stdout == "-1\n" * len(DENIED), run.stderr
    assert [event.Call for event in run.of("denied")] == list(DENIED.values())
    assert all(event.decision == "deny" and event.reason for event in run.of("denied"))


def test_observing_denies_nothing(confined: RunConfined):
    run = confined(
        "/usr/bin/python3", "-c", "import ctypes; print(ctypes.CDLL(None).memfd_create(b'x', 0) > 0)", level=Level.L0
    )
    assert run.stdout == "True\n"
    assert run.outcome is not None
    assert run.outcome.denied == 0
