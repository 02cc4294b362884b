"""System calls by number, as the attempts need them; a failed one raises ``OSError``."""

from __future__ import annotations

import ctypes
import os
import time
from typing import Any

Arguments = dict[str, Any]
"""What an attempt is told: the JSON object of its command line."""

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

PTRACE = 101
SYSLOG = 103
SETHOSTNAME = 170
KEYCTL = 250
PERF_EVENT_OPEN = 298
FANOTIFY_INIT = 300
FANOTIFY_MARK = 301
NAME_TO_HANDLE = 303
OPEN_BY_HANDLE = 304
SENDMMSG = 307
SETNS = 308
PROCESS_VM_READV = 310
PROCESS_VM_WRITEV = 311
RENAMEAT2 = 316
BPF = 321
USERFAULTFD = 323
PIDFD_SEND_SIGNAL = 424
IO_URING_SETUP = 425
IO_URING_ENTER = 426
MOVE_MOUNT = 429
FSOPEN = 430
FSCONFIG = 431
FSMOUNT = 432
PIDFD_OPEN = 434
CLONE3 = 435
OPENAT2 = 437
PIDFD_GETFD = 438
FCHMODAT2 = 452
SETXATTRAT = 463
FILE_SETATTR = 469

AT_FDCWD = -100
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIGCHLD = 17


def call(number: int, *arguments: Any) -> int:
    """Make one system call: integers go as 64-bit values, bytes as a pointer to them, the rest as ctypes passes it."""
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return checked(libc.syscall(ctypes.c_long(number), *words))


def checked(result: int) -> int:
    """Return what a function of the C library returned, unless it says that it failed."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def name_process(mark: str) -> None:
    """Give this process a name by which it is found from outside."""
    libc.prctl(15, ctypes.c_char_p(mark.encode()[:15]), 0, 0, 0)


def wait_for_release(arguments: Arguments, seconds: float = 2.0) -> None:
    """Stay as it is until whoever looks from outside has seen it, or for ``seconds``."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not os.path.exists(arguments["release"]):
        time.sleep(0.01)
