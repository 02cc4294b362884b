"""Doing a call on a program's behalf: the frame in which every such deed runs.

A deed works on the supervisor's own copies, so what it decided is what it does. Its result, or its error, becomes that
of the call; a refusal becomes an event as well.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable

from pinfold.sandbox.bounds import Bounds
from pinfold.sandbox.listener import Listener, Notification
from pinfold.sandbox.paths import Paths
from pinfold.sandbox.processes import Process

Handler = Callable[[Notification, Process], None]
Deed = Callable[[Notification, Process], int | None]
"""Returns what the call returns, or ``None`` if it has been answered, or will be."""

DELETED = " (deleted)"


class RefusedError(Exception):
    """A call is refused: with an error number, for a reason, because of a path."""

    def __init__(self, reason: str, path: str, number: int = errno.EACCES) -> None:
        super().__init__(reason)
        self.reason, self.path, self.number = reason, path, number


class Behalf:
    """What all deeds of a run share. ``linked`` are denied files that have other names too, by device and inode."""

    def __init__(
        self,
        listener: Listener,
        bounds: Bounds,
        paths: Paths,
        denied: Callable[[int, Process, str, str], None],
        linked: dict[tuple[int, int], str],
    ) -> None:
        self.listener = listener
        self.bounds = bounds
        self.paths = paths
        self._denied = denied
        self.linked = linked

    def handler(self, deed: Deed) -> Handler:
        """Return a handler that answers a call with what ``deed`` does."""

        def answer(call: Notification, process: Process) -> None:
            try:
                value = deed(call, process)
            except RefusedError as refused:
                self.listener.fail(call, refused.number)
                self._denied(call.number, process, refused.reason, refused.path)
            except OSError as error:
                self.listener.fail(call, error.errno or errno.EPERM)
            else:
                if value is not None:
                    self.listener.succeed(call, value)

        return answer

    def alias(self, state: os.stat_result) -> str:
        """Return the denied path of a file that is reached by another name of its; ``""`` if it is not denied."""
        if not self.linked or state.st_nlink < 2:
            return ""
        return self.linked.get((state.st_dev, state.st_ino), "")


def is_nameless(where: str, state: os.stat_result) -> bool:
    """Whether nothing of a file tree is meant: a pipe, a socket, memory, or a file that has lost its last name."""
    return where[:1] != "/" or (state.st_nlink == 0 and where.endswith(DELETED))


def named_otherwise(where: str, state: os.stat_result) -> str:
    """Return a path under which a file may be judged: one that has lost this name is judged as if it had it still."""
    if not where.endswith(DELETED) or stat.S_ISDIR(state.st_mode):
        return where
    try:
        there = os.lstat(where)
    except OSError:
        return where.removesuffix(DELETED)
    return where if (there.st_dev, there.st_ino) == (state.st_dev, state.st_ino) else where.removesuffix(DELETED)
