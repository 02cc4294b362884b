"""The kernel's end of the broker: system calls that wait for an answer.

A :class:`Notification` is a call held in mid-air: its number and arguments are a copy and cannot change any more, but
what a pointer leads to can, at any time. So an answer that rests on memory is never "go on"; the supervisor does the
thing itself, on its own copy.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
from typing import NamedTuple

_RECEIVE = 0xC0502100
_ANSWER = 0xC0182101
_IS_VALID = 0x40082102
_ADD_DESCRIPTOR = 0x40182103
_SET_FLAGS = 0x40082104

_NOTIFICATION = struct.Struct("<QIIiIQ6Q")
_RESPONSE = struct.Struct("<QqiI")
_ADDITION = struct.Struct("<QIIII")
_EMPTY = bytes(_NOTIFICATION.size)

_GO_ON = 1
_AT_NUMBER = 1
_AND_ANSWER = 2
_WAKE_HERE = 1


class Notification(NamedTuple):
    """A system call that waits: its ticket, the thread that made it (0 if it is gone), the call and its arguments."""

    ticket: int
    thread: int
    number: int
    arguments: tuple[int, ...]


class Listener:
    """Takes notifications from, and gives answers to, all processes under one filter.

    An answer to a call that has been abandoned meanwhile (its thread was killed) is dropped.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._buffer = bytearray(_NOTIFICATION.size)
        with contextlib.suppress(OSError):  # Linux 6.6: hand the processor over at once
            fcntl.ioctl(descriptor, _SET_FLAGS, _WAKE_HERE)

    def fileno(self) -> int:
        """Return the descriptor, which is readable while calls wait."""
        return self._descriptor

    def close(self) -> None:
        """Stop listening: every call that waits, and all that follow, fail with ENOSYS."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def receive(self) -> Notification | None:
        """Return the next call that waits; ``None`` if it was abandoned."""
        buffer = self._buffer
        buffer[:] = _EMPTY  # the kernel insists
        try:
            fcntl.ioctl(self._descriptor, _RECEIVE, buffer, True)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN):
                return None
            raise
        ticket, thread, _flags, number, _arch, _address, *arguments = _NOTIFICATION.unpack(buffer)
        return Notification(ticket, thread, number, tuple(arguments))

    def valid(self, call: Notification) -> bool:
        """Whether the call still waits, so that its thread's number has not passed to another process."""
        try:
            fcntl.ioctl(self._descriptor, _IS_VALID, struct.pack("<Q", call.ticket))
        except OSError:
            return False
        return True

    def go_on(self, call: Notification) -> None:
        """Let the kernel carry the call out as it stands *now*; only for calls about which nothing was decided."""
        self._answer(_RESPONSE.pack(call.ticket, 0, 0, _GO_ON))

    def fail(self, call: Notification, number: int) -> None:
        """Fail the call with an error number."""
        self._answer(_RESPONSE.pack(call.ticket, 0, -number, 0))

    def succeed(self, call: Notification, value: int = 0) -> None:
        """Let the call return ``value`` without the kernel doing anything."""
        self._answer(_RESPONSE.pack(call.ticket, value, 0, 0))

    def inject(self, call: Notification, descriptor: int, *, close_on_exec: bool) -> bool:
        """Let the call return a new descriptor of the caller, a copy of ours; whether the caller was still there."""
        flags = os.O_CLOEXEC if close_on_exec else 0
        return self._add(_ADDITION.pack(call.ticket, _AND_ANSWER, descriptor, 0, flags), call)

    def replace(self, call: Notification, descriptor: int, at: int, *, close_on_exec: bool) -> bool:
        """Put a copy of our descriptor in place of the caller's descriptor ``at``; the call still waits afterwards."""
        flags = os.O_CLOEXEC if close_on_exec else 0
        return self._add(_ADDITION.pack(call.ticket, _AT_NUMBER, descriptor, at, flags), call)

    def _add(self, addition: bytes, call: Notification) -> bool:
        try:
            fcntl.ioctl(self._descriptor, _ADD_DESCRIPTOR, addition)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.EINPROGRESS):
                self.fail(call, error.errno or errno.EPERM)  # the caller has no room for another descriptor
            return False
        return True

    def _answer(self, response: bytes) -> None:
        try:
            fcntl.ioctl(self._descriptor, _ANSWER, response)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.EINPROGRESS):
                raise
