"""The processes of a run, as the supervisor knows them: who they are, whence they come, what they use.

A process is known from the first call of its that is notified; since every way to make a process, run a program or
open a connection is, none that matters stays unknown. The kernel's own list of children is read where every single one
has to be found: to end them, to count them.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterable, Iterator

from pinfold.sandbox import kernel
from pinfold.sandbox.calls import NUMBERS

_MOST_ARGUMENTS = 32_768
_FORKS = frozenset((b"running", *(str(NUMBERS[name]).encode() for name in ("fork", "vfork", "clone"))))
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_GOING = ("R", "S")  # one that waits in the kernel without listening to signals stops when that is over


class Process:
    """One process: its number, a descriptor that stands for it, and what it was last seen to run.

    ``image`` and ``command_line`` are those after its last exec, ``starting`` is true from the exec until
    they are read.
    """

    __slots__ = ("command_line", "ended", "image", "mask", "number", "parent", "pidfd", "starting")

    def __init__(self, number: int, pidfd: int, parent: int) -> None:
        self.number = number
        self.pidfd = pidfd
        self.parent = parent
        self.image = ""
        self.command_line = ""
        self.starting = False
        self.ended = False
        self.mask: int | None = None

    def look(self) -> None:
        """Read what it runs now. What can no longer be read becomes empty."""
        self.image = image_of(self.number)
        self.command_line = command_line_of(self.number)


class Processes:
    """All processes that are known, by number.

    A number is given to another process once its owner is gone, so it is trusted only while the owner's descriptor
    stands for somebody. Numbers of threads, of whose end nobody tells us, are not kept at all.
    """

    def __init__(self) -> None:
        self._by_number: dict[int, Process] = {}
        self._by_pidfd: dict[int, Process] = {}

    def __iter__(self) -> Iterator[Process]:
        return iter(list(self._by_pidfd.values()))

    def __len__(self) -> int:
        return len(self._by_pidfd)

    def known(self, number: int) -> Process | None:
        """Return the process of a number if it has been seen before and the number is still its own."""
        process = self._by_number.get(number)
        if process is None:
            return None
        try:
            with contextlib.suppress(PermissionError):  # it is there, as somebody else
                signal.pidfd_send_signal(process.pidfd, 0)
        except ProcessLookupError:
            return None
        return process

    def meet(self, thread: int) -> tuple[Process | None, bool]:
        """Return the process of a thread, and whether it is a new one; ``None`` if it is gone already."""
        process = self.known(thread)
        if process is not None:
            return process, False
        status = _status_of(thread)
        if status is None:
            return None, False
        leader, parent = status
        process = self.known(leader)
        if process is not None:
            return process, False
        try:
            pidfd = kernel.pidfd_open(leader)
        except OSError:
            return None, False
        process = Process(leader, pidfd, parent)
        known = self.known(parent)
        if known is not None:  # until it runs something else it is a copy
            process.image, process.command_line = known.image, known.command_line
        else:
            process.look()
        self._by_number[leader] = process
        self._by_pidfd[pidfd] = process
        return process, True

    def by_pidfd(self, pidfd: int) -> Process | None:
        """Return the process that a descriptor stands for."""
        return self._by_pidfd.get(pidfd)

    def forget(self, process: Process) -> None:
        """Drop a process that has ended, and close its descriptor."""
        if self._by_number.get(process.number) is process:
            del self._by_number[process.number]
        self._by_pidfd.pop(process.pidfd, None)
        os.close(process.pidfd)


def _status_of(thread: int) -> tuple[int, int] | None:
    """Return the process and the parent of a thread."""
    try:
        text = _read(f"/proc/{thread}/status", 4_096)
        leader = int(text.split(b"\nTgid:", 1)[1].split(b"\n", 1)[0])
        parent = int(text.split(b"\nPPid:", 1)[1].split(b"\n", 1)[0])
    except (OSError, IndexError, ValueError):
        return None
    return leader, parent


def leader_of(thread: int) -> int:
    """Return the number of the process that a thread belongs to; 0 if it is gone."""
    status = _status_of(thread)
    return status[0] if status else 0


def image_of(number: int) -> str:
    """Return the path of the program that a process runs, as its own file tree names it; ``""`` if it is gone."""
    try:
        return os.readlink(f"/proc/{number}/exe")
    except OSError:
        return ""


def command_line_of(number: int) -> str:
    """Return a process's arguments with spaces between them, at most 32,768 bytes; ``""`` if it is gone."""
    try:
        words = _read(f"/proc/{number}/cmdline", _MOST_ARGUMENTS)
    except OSError:
        return ""
    return " ".join(map(_word, words.removesuffix(b"\0").split(b"\0"))) if words else ""


def _word(word: bytes) -> str:
    """Return one argument so that where it begins and ends can be seen."""
    text = word.decode("utf-8", "replace")
    if text and not any(character in " \t\n'\"\\$`;&|<>(){}*?!#~" for character in text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def _read(path: str, size: int) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, size)
    finally:
        os.close(descriptor)


def _read_all(path: str) -> bytes:
    """Return a list that the kernel hands out a page at a time."""
    with open(path, "rb", buffering=0) as file:
        return file.read()


class Usage:
    """What a set of processes uses: processor seconds since they were born, resident bytes now, and their number."""

    __slots__ = ("memory", "number", "seconds")

    def __init__(self, numbers: Iterable[int]) -> None:
        self.seconds = 0.0
        self.memory = 0
        self.number = 0
        for number in numbers:
            try:
                words = _read(f"/proc/{number}/stat", 1_024).rpartition(b") ")[2].split()
            except OSError:
                continue
            if words[0] == b"Z":
                continue
            # utime, stime, and those of children that were waited for: fields 14 to 17; rss: field 24 (proc(5)).
            self.seconds += sum(map(int, words[11:15])) / _CLOCK_TICKS
            self.memory += int(words[21]) * _PAGE
            self.number += 1


def descendants(root: int) -> list[int]:
    """Return the numbers of all processes below ``root``, without itself."""
    found: list[int] = []
    pending = [root]
    while pending:
        children = _children(pending.pop())
        found += children
        pending += children
    return found


def _children(number: int) -> list[int]:
    numbers: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{number}/task"):  # names are all that is needed
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                numbers += map(int, _read_all(f"/proc/{number}/task/{thread}/children").split())
    except OSError:
        return numbers
    return numbers


def may_be_forking(thread: int) -> bool:
    """Whether a thread is within a call that makes a process, or about to run: then that cannot be told."""
    try:
        call = _read(f"/proc/{thread}/syscall", 256).split()[0]
    except (OSError, IndexError):
        return False
    return call in _FORKS


def freeze(root: int, *, seconds: float = 1.0) -> int:
    """Stop all processes below ``root``, until none is left that could start another; returns their number.

    Those that wake each other up meanwhile are stopped again, for so many seconds at most.
    """
    deadline = time.monotonic() + seconds
    asked: set[int] = set()
    while True:
        found = descendants(root)
        going = [number for number in found if number not in asked or _state_of(number) in _GOING]
        if not going or time.monotonic() > deadline:
            return len(found)
        for number in going:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(number, signal.SIGSTOP)
        asked.update(going)
        os.sched_yield()


def _state_of(number: int) -> str:
    """Return the letter that proc(5) has for what a process does: ``R`` or ``S`` if it could do something next."""
    try:
        return _read(f"/proc/{number}/stat", 1_024).rpartition(b") ")[2][:1].decode("ascii")
    except OSError:
        return ""


def thaw(root: int) -> None:
    """Let all processes below ``root`` go on."""
    for number in descendants(root):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(number, signal.SIGCONT)


def end(root: int, *, spare: frozenset[int] = frozenset(), seconds: float = 10.0) -> bool:
    """Kill all processes below ``root`` and wait for those that are its children; whether none is left.

    ``root`` is the caller's own number, and it has to be a child subreaper: then what loses its parent comes to it.
    """
    deadline = time.monotonic() + seconds
    while True:
        reap()
        # The kernel's lists of children may pass over one that is just being handed to another parent.
        left = [number for number in descendants(root) or _all_below(root) if number not in spare]
        if not left:
            return True
        if time.monotonic() > deadline:
            return False
        for number in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(number, signal.SIGKILL)
        os.sched_yield()


def _all_below(root: int) -> list[int]:
    """Return the numbers of all processes below ``root``, from what every process says of its parent."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):  # names are all that is needed
        if name.isdecimal():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parent = int(_read(f"/proc/{name}/stat", 1_024).rpartition(b") ")[2].split()[1])
                children.setdefault(parent, []).append(int(name))
    found, pending = [], [root]
    while pending:
        below = children.pop(pending.pop(), [])
        found += below
        pending += below
    return found


def reap() -> dict[int, int]:
    """Take leave of all children that have ended; returns their wait statuses by number."""
    statuses: dict[int, int] = {}
    while True:
        try:
            number, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return statuses
        if number == 0:
            return statuses
        statuses[number] = status
