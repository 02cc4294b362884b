"""Runs a command under Landlock alone: ``with_landlock.py FOLDER COMMAND …``; the standard library is all it needs.

Granted is what Pinfold grants without a profile: the system readable and executable, FOLDER writable.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

READ = ("/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc", "/proc", "/sys")
DEVICES = tuple(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty"))

ALL_FILES = (1 << 16) - 1  # ABI 5 and later: the last of them is ioctl on devices
FOLDER_USE = ALL_FILES & ~(1 << 6 | 1 << 11)  # anything but making devices
READING = 1 << 0 | 1 << 2 | 1 << 3  # execute, read a file, read a folder
DEVICE_USE = 1 << 1 | 1 << 2 | 1 << 15
TCP = 0b11
SCOPES = 0b11  # abstract sockets, signals

libc = ctypes.CDLL(None, use_errno=True)


def call(number: int, *words: object) -> int:
    """Make a system call, or stop with the reason why it failed."""
    result = libc.syscall(number, *words)
    if result < 0:
        sys.exit(f"with_landlock: {number}: {os.strerror(ctypes.get_errno())}")
    return result


def confine(folder: str) -> None:
    """Confine this process and all it starts."""
    wanted = (ctypes.c_uint64 * 3)(ALL_FILES, TCP, SCOPES)
    ruleset = call(444, wanted, 24, 0)
    for path, rights in [
        *((path, READING) for path in READ),
        *((path, DEVICE_USE) for path in DEVICES),
        (folder, FOLDER_USE),
    ]:
        if Path(path).exists():
            opened = os.open(path, os.O_PATH)
            rule = ctypes.create_string_buffer(rights.to_bytes(8, "little") + opened.to_bytes(4, "little"), 12)
            call(445, ruleset, 1, rule, 0)
            os.close(opened)
    libc.prctl(38, 1, 0, 0, 0)  # no new privileges
    call(446, ruleset, 0)
    os.close(ruleset)


if __name__ == "__main__":
    confine(sys.argv[1])
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - that is what it is for
