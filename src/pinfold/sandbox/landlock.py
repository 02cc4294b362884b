"""Landlock: which files and programs a run may reach, judged by the kernel.

What is granted is granted with all below it, so a denial inside a read-only grant is kept by granting its neighbours
one by one. Inside a writable folder that is impossible, because new names may appear there at any time; there a mount
(L3) or the supervisor (L2) keeps the denial.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator

from pinfold.model import Level
from pinfold.sandbox import kernel
from pinfold.sandbox.bounds import existing
from pinfold.sandbox.notation import matches
from pinfold.sandbox.plan import Plan

_EXECUTE = 1 << 0
_WRITE_FILE = 1 << 1
_READ_FILE = 1 << 2
_READ_DIR = 1 << 3
_REMOVE_DIR = 1 << 4
_REMOVE_FILE = 1 << 5
_MAKE_CHAR = 1 << 6
_MAKE_DIR = 1 << 7
_MAKE_REG = 1 << 8
_MAKE_SOCK = 1 << 9
_MAKE_FIFO = 1 << 10
_MAKE_BLOCK = 1 << 11
_MAKE_SYM = 1 << 12
_REFER = 1 << 13
_TRUNCATE = 1 << 14
_IOCTL_DEV = 1 << 15

_ALL = (1 << 16) - 1
_READ = _READ_FILE | _READ_DIR
_WRITE = (
    _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _MAKE_SOCK | _MAKE_FIFO | _MAKE_SYM
    | _REFER | _TRUNCATE
)  # fmt: skip
_DEVICE = _READ_FILE | _WRITE_FILE | _TRUNCATE | _IOCTL_DEV
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV  # a rule on a file takes no other rights

_TCP = 0b11  # binding and connecting, which the supervisor does instead
_SCOPED = 0b11  # abstract Unix sockets and signals stay inside

MOST_RULES = 20_000
"""How many files and folders may be granted one by one."""


def restrict(plan: Plan) -> None:
    """Confine this thread to what ``plan`` grants; needs ``no_new_privs``. Raises ``OSError``."""
    ruleset = kernel.landlock_ruleset(_ALL, _TCP, _SCOPED)
    try:
        for rights, paths in _granted(plan):
            for path in paths:
                _allow(ruleset, path, rights)
        kernel.landlock_restrict(ruleset)
    finally:
        os.close(ruleset)


def _granted(plan: Plan) -> Iterator[tuple[int, Iterable[str]]]:
    reach = plan.reach
    yield _READ, carved(reach.read, reach.no_read)
    # What may be written may be read, so there only programs are carved out: what the run builds must run.
    built = [path for path in reach.execute if any(_within(_names(path), _names(folder)) for folder in reach.write)]
    others = [path for path in reach.execute if path not in built]
    yield _READ | _EXECUTE, carved(others, (*reach.no_execute, *reach.no_read))
    yield _READ | _EXECUTE, carved(built, reach.no_execute)
    yield _WRITE, _outside(reach.write, (*reach.no_write, *reach.no_read))
    yield _DEVICE, map(os.path.realpath, plan.devices)
    if plan.level is Level.L3:
        yield _READ_DIR, ("/",)  # a tree of its own holds nothing that was not granted
        yield _WRITE, ("/dev/shm",)  # noqa: S108  # its own too: semaphores and memory that processes share


def _allow(ruleset: int, path: str, rights: int) -> None:
    """Grant ``rights`` on what lies at ``path`` now; what does not exist needs no grant.

    A symbolic link is not followed: whoever made it could have it lead to what was never granted.
    """
    try:
        descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:  # gone, or out of this user's reach anyway
        return
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISLNK(mode):
            kernel.landlock_allow(ruleset, descriptor, rights if stat.S_ISDIR(mode) else rights & _OF_FILES)
    finally:
        os.close(descriptor)


def carved(granted: Iterable[str], denied: Iterable[str]) -> Iterator[str]:
    """Yield paths that stand for what is granted less what is denied; the names of denied paths may hold ``*``.

    A folder out of which something is carved is not among them, so it cannot be listed, and what is made in it later
    cannot be reached. After ``MOST_RULES`` the rest stays denied.
    """
    patterns = [_names(path) for path in denied]
    left = MOST_RULES
    for path in granted:
        for one in _carved(path, _names(path), patterns):
            left -= 1
            if left < 0:
                return
            yield one


def _outside(granted: Iterable[str], denied: Iterable[str]) -> Iterator[str]:
    """Yield what is granted and does not itself lie within what is denied."""
    patterns = [_names(path) for path in denied]
    return (path for path in granted if not any(_within(_names(path), pattern) for pattern in patterns))


def _names(path: str) -> list[str]:
    return path.rstrip("/").split("/")


def _carved(path: str, parts: list[str], patterns: list[list[str]]) -> Iterator[str]:
    """Yield ``path``, or where something below it is denied, all of its entries that are not."""
    if any(_within(parts, pattern) for pattern in patterns):
        return
    below = [pattern for pattern in patterns if len(pattern) > len(parts) and _within(parts, pattern[: len(parts)])]
    if not below or not any(_readable(pattern) for pattern in below):
        yield path
        return
    try:
        entries = sorted(os.listdir(path))
    except NotADirectoryError:  # nothing can be below it
        yield path
        return
    except OSError:
        return
    for name in entries:
        yield from _carved(f"{path.rstrip('/')}/{name}", [*parts, name], below)


def _within(parts: list[str], pattern: list[str]) -> bool:
    """Whether ``parts`` is the path ``pattern`` stands for, or lies below it."""
    if len(parts) < len(pattern):
        return False
    for part, wanted in zip(parts, pattern, strict=False):  # called thousands of times
        if part != wanted and not ("*" in wanted and matches(wanted, part)):
            return False
    return True


def _readable(pattern: list[str]) -> bool:
    """Whether a denied path has to be carved out: the kernel denies the user's own reach to it otherwise.

    A folder that can be entered but not listed counts: whoever knows a name in it can open that.
    """
    paths = existing("/".join(pattern))
    return any(os.access(path, os.R_OK) or os.access(path, os.X_OK) for path in paths)
