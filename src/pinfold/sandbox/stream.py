"""The stream of a run's events: numbered, and handed to whoever listens.

A listener that cannot keep up, or fails, never holds up the run and never goes unnoticed: what it did not get is
counted, and the summary tells the number.
"""

from __future__ import annotations

import os
import select
import socket
import stat
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import msgspec

from pinfold.model import AnyEvent, Event, UsageError

MOST_WAITING = 4 * 1024 * 1024
"""Bytes that may wait for a reader of a socket or pipe before events are lost."""

_encode = msgspec.json.Encoder().encode


class Sink(Protocol):
    """Takes events. ``lost`` counts those it could not deliver."""

    lost: int

    def take(self, event: AnyEvent, line: bytes) -> None:
        """Deliver an event, given also as a line of JSON; never waits, never raises."""

    def close(self) -> None:
        """Deliver what still waits, for a second at most."""


class Stream:
    """Gives each event its time and number and hands it to the sinks."""

    def __init__(self, sinks: Sequence[Sink], *, session: str, skill: str = "") -> None:
        self._sinks = sinks
        self._session = session
        self._skill = skill
        self.number = 0

    @property
    def lost(self) -> int:
        """How many events did not reach a sink."""
        return sum(sink.lost for sink in self._sinks)

    def emit(self, kind: type[Event], **fields: Any) -> AnyEvent:
        """Make, deliver and return an event of ``kind``."""
        self.number += 1
        fields.setdefault("source", "kernel")
        event: Any = kind(time=time.time(), sequence=self.number, session=self._session, skill=self._skill, **fields)
        try:
            line = _encode(event) + b"\n"
        except UnicodeEncodeError:  # a name of bytes that are no text, as any program can give itself
            event = msgspec.structs.replace(event, **{name: _as_text(value) for name, value in fields.items()})
            line = _encode(event) + b"\n"
        for sink in self._sinks:
            sink.take(event, line)
        made: AnyEvent = event
        return made

    def close(self) -> None:
        """Deliver what still waits."""
        for sink in self._sinks:
            sink.close()


def _as_text(value: Any) -> Any:
    """Return a value of an event with every byte that is no text written out: a backslash, ``udc`` and its value."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return tuple(map(_as_text, value)) if isinstance(value, tuple) else value


class CallbackSink:
    """Hands events to a function. One that raises loses the event, and the run goes on."""

    def __init__(self, function: Callable[[AnyEvent], object]) -> None:
        self._function = function
        self.lost = 0

    def take(self, event: AnyEvent, line: bytes) -> None:
        """Call the function."""
        del line
        try:
            self._function(event)
        except Exception:
            self.lost += 1

    def close(self) -> None:
        """Nothing waits."""


class FileSink:
    """Appends events to a file, one JSON object a line; the file is for its owner only."""

    def __init__(self, path: str) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        self._descriptor = os.open(path, flags, 0o600)
        self._cut = False
        self.lost = 0

    def take(self, event: AnyEvent, line: bytes) -> None:
        """Write the line whole, or count it as lost."""
        del event
        if self._cut:  # a line cut short must not swallow the next one
            line = b"\n" + line
        try:
            written = os.write(self._descriptor, line)
        except OSError:  # most likely the disk is full
            self.lost += 1
            return
        self._cut = not line[:written].endswith(b"\n")
        self.lost += written < len(line)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


class SocketSink:
    """Sends events to a Unix stream socket or a pipe, and keeps at most ``MOST_WAITING`` bytes for a slow reader."""

    def __init__(self, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self._descriptor = descriptor
        self._waiting = bytearray()
        self.lost = 0
        self.gone = False

    def take(self, event: AnyEvent, line: bytes) -> None:
        """Send the line, or keep it until there is room."""
        del event
        if self.gone or len(self._waiting) + len(line) > MOST_WAITING:
            self.lost += 1
            return
        self._waiting += line
        self._send()

    def _send(self) -> None:
        try:
            while self._waiting:
                del self._waiting[: os.write(self._descriptor, self._waiting)]
        except BlockingIOError:
            return
        except OSError:  # nobody reads any more
            self.gone = True
            self.lost += self._waiting.count(b"\n")
            self._waiting.clear()

    def close(self) -> None:
        """Give the reader a second for what still waits."""
        deadline = time.monotonic() + 1.0
        while self._waiting and not self.gone and time.monotonic() < deadline:
            _await_room(self._descriptor, deadline - time.monotonic())
            self._send()
        self.lost += self._waiting.count(b"\n")
        os.close(self._descriptor)


def _await_room(descriptor: int, seconds: float) -> None:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    poll.poll(max(seconds, 0) * 1_000)


def open_sink(path: str) -> FileSink | SocketSink:
    """Return the sink for a path: a Unix socket that somebody listens on, a pipe, or a file. Raises ``UsageError``."""
    try:
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError:
            mode = 0
        if stat.S_ISSOCK(mode):
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                line.setblocking(False)  # a program that listens but does not accept must not hold us up
                line.connect(path)
                return SocketSink(line.detach())
        if stat.S_ISFIFO(mode):
            return SocketSink(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
        return FileSink(path)
    except OSError as error:
        hint = "Name a file in a folder that you may write to, or a Unix socket on which a program listens."
        raise UsageError(f"events cannot go to {path}: {error.strerror}", hint=hint) from error
