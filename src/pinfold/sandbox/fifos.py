"""Opening what makes its opener wait: a named pipe whose other end nobody has opened yet.

The supervisor must not wait, so a thread does, and the call is answered when it is done. What still waits when the run
ends is set free by opening the other end for a moment.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable

from pinfold.sandbox.loop import Loop

MOST_WAITING = 64
"""How many openings may wait at once; another one fails."""


class _Opening:
    """One that waits: ``held`` is the pipe, ``done`` is told the descriptor, or an error number below zero."""

    def __init__(self, held: int, flags: int, done: Callable[[int], None]) -> None:
        self.held = held
        self.flags = flags
        self.done = done
        self.result: int | None = None


class Fifos:
    """The openings of a run that wait."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._waiting: list[tuple[_Opening, threading.Thread]] = []
        self._told, self._tell = socket.socketpair()
        self._told.setblocking(False)
        loop.watch(self._told.fileno(), self._finish)

    def open(self, held: int, flags: int, done: Callable[[int], None]) -> bool:
        """Open the pipe that a descriptor stands for, however long it takes; whether there was room to wait.

        ``done`` is called from the loop with the new descriptor, which is the callee's to close, or with the error
        number below zero.
        """
        if len(self._waiting) >= MOST_WAITING:
            return False
        opening = _Opening(os.dup(held), flags | os.O_CLOEXEC, done)
        thread = threading.Thread(target=self._wait, args=(opening,), daemon=True)
        self._waiting.append((opening, thread))
        thread.start()
        return True

    def _wait(self, opening: _Opening) -> None:
        try:
            opening.result = os.open(f"/proc/self/fd/{opening.held}", opening.flags)
        except OSError as error:
            opening.result = -(error.errno or 1)
        with contextlib.suppress(OSError):
            self._tell.send(b"\0")

    def _finish(self) -> None:
        """Hand over what has been opened."""
        with contextlib.suppress(BlockingIOError):
            self._told.recv(4_096)
        for entry in [entry for entry in self._waiting if entry[0].result is not None]:
            self._waiting.remove(entry)
            opening, thread = entry
            thread.join()
            os.close(opening.held)
            if opening.result is not None:
                opening.done(opening.result)

    def close(self) -> None:
        """Set free whatever still waits, and give everything back."""
        for opening, thread in self._waiting:
            while thread.is_alive():  # it may not have begun to wait yet
                with contextlib.suppress(OSError):
                    os.close(os.open(f"/proc/self/fd/{opening.held}", os.O_RDWR | os.O_NONBLOCK))
                thread.join(0.01)
            if opening.result is not None and opening.result >= 0:
                os.close(opening.result)
            os.close(opening.held)
        self._waiting.clear()
        self._loop.forget(self._told.fileno())
        self._told.close()
        self._tell.close()
