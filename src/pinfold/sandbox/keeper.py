"""The keeper: a small process that has everything loaded, and becomes the supervisor of each run by forking itself.

A program that trains agents is large and has many threads, so it can neither fork safely nor serve calls in time. It
starts one keeper, and asks it for a run by handing over four descriptors: standard input, output and error of the
program, and a line on which the rest is spoken, one JSON object a line:

- to the supervisor: first what is asked (:class:`Request`), later ``{"do": "kill" | "freeze" | "thaw", "reason": …}``
  and ``{"answer": N, "reason": …}``;
- from it: ``{"event": …}``, ``{"decide": N, "about": …}``, ``{"judge": N, "about": …}``, and at last
  ``{"outcome": …}`` or ``{"error": …, "hint": …, "code": …}``.

When the line breaks the run is ended: nobody is left whom it would serve.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
from typing import Any, NoReturn

import msgspec

from pinfold.model import AnyEvent, Level, PinfoldError
from pinfold.sandbox.levels import probe_levels
from pinfold.sandbox.plan import Plan
from pinfold.sandbox.planning import Asked
from pinfold.sandbox.ranges import standing
from pinfold.sandbox.runs import supervise
from pinfold.sandbox.stream import MOST_WAITING, open_sink
from pinfold.sandbox.supervisor import Supervisor

ANSWER_SECONDS = 10.0
"""How long a decision may take; after that it is a denial."""

OUR_FAULT = 125
_CHUNK = 65_536


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller asks of the supervisor; ``decides`` and ``judges`` say which questions it wants to hear."""

    asked: Asked
    level: Level | None = None
    events: tuple[str, ...] = ()
    decides: bool = False
    judges: bool = False


def main(descriptor: int) -> NoReturn:
    """Fork a supervisor for each set of descriptors that comes in, until the caller is gone."""
    line = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    probe_levels()  # kept for all runs, as are the ranges of addresses
    standing("127.0.0.1")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    while True:
        try:
            message, descriptors, _flags, _address = socket.recv_fds(line, 1, 4)
        except OSError:
            os._exit(0)
        if not message:
            os._exit(0)
        if os.fork() == 0:
            line.close()
            _become_supervisor(descriptors)
        for one in descriptors:
            os.close(one)


def _become_supervisor(descriptors: list[int]) -> NoReturn:
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for target, source in enumerate(descriptors[:3]):
            os.dup2(source, target)
            os.close(source)
        _Caller(_Line(socket.socket(fileno=descriptors[3]))).serve()
    finally:
        os._exit(0)


class _Line:
    """Messages to and from the caller, one JSON object a line."""

    def __init__(self, line: socket.socket) -> None:
        self._socket = line
        self._received = b""
        self._waiting = bytearray()
        self.lost = 0

    def fileno(self) -> int:
        """Return the descriptor, which is readable when the caller has spoken or gone."""
        return self._socket.fileno()

    def tell(self, message: dict[str, Any]) -> None:
        """Send a message that must arrive; waits for a caller who is busy."""
        self._waiting += msgspec.json.encode(message) + b"\n"
        with contextlib.suppress(OSError):  # the caller is gone, and the run will end
            self._socket.settimeout(ANSWER_SECONDS)
            self._socket.sendall(self._waiting)
        self._waiting.clear()

    def take(self, event: AnyEvent, line: bytes) -> None:
        """Send an event as a sink does: without waiting, and counting what there is no room for."""
        del event
        if len(self._waiting) > MOST_WAITING:
            self.lost += 1
            return
        self._waiting += b'{"event":' + line[:-1] + b"}\n"
        with contextlib.suppress(OSError):
            while self._waiting:
                del self._waiting[: self._socket.send(self._waiting, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)]

    def close(self) -> None:
        """Nothing to do: the outcome is still to be told."""

    def hear(self, *, seconds: float | None = None) -> bytes | None:
        """Return the next message, or ``None`` when there is none yet (``seconds`` is 0) or the caller is gone."""
        while b"\n" not in self._received:
            self._socket.settimeout(seconds)
            chunk = self._socket.recv(_CHUNK)
            if not chunk:
                raise ConnectionResetError("whoever started the run is gone")
            self._received += chunk
        line, _, self._received = self._received.partition(b"\n")
        return line


class _Caller:
    """Whoever asked for the run: its questions are answered, its orders carried out."""

    def __init__(self, line: _Line) -> None:
        self._line = line
        self._supervisor: Supervisor | None = None
        self._questions = 0

    def serve(self) -> None:
        """Carry the request out and tell how it went."""
        try:
            request = msgspec.json.decode(self._line.hear() or b"", type=Request)
            outcome = supervise(
                request.asked,
                level=request.level,
                sinks=[*map(open_sink, request.events), self._line],
                decide=self._decide if request.decides else None,
                judge=self._judge if request.judges else None,
                begin=self._begin,
            )
        except PinfoldError as error:
            code = getattr(error, "code", OUR_FAULT)
            self._line.tell({"error": str(error), "hint": error.hint, "code": code})
        except Exception as error:
            self._line.tell({"error": f"{type(error).__name__}: {error}", "hint": "", "code": OUR_FAULT})
        else:
            self._line.tell({"outcome": outcome})

    def _begin(self, plan: Plan, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        supervisor.watch(self._line.fileno(), self._heard)
        self._line.tell({"begun": {"level": plan.level, "missing": plan.missing, "session": plan.session}})

    def _heard(self) -> None:
        """Do what the caller says while the run goes on."""
        try:
            while line := self._line.hear(seconds=0):
                self._do(msgspec.json.decode(line, type=dict[str, Any]))
        except BlockingIOError:
            return
        except OSError:
            if self._supervisor is not None:
                self._supervisor.unwatch(self._line.fileno())
                self._supervisor.kill("whoever started it is gone")

    def _do(self, message: dict[str, Any]) -> None:
        supervisor = self._supervisor
        if supervisor is None:
            return
        if message.get("do") == "kill":
            supervisor.kill(str(message.get("reason", "")))
        elif message.get("do") == "freeze":
            supervisor.freeze(str(message.get("reason", "")))
        elif message.get("do") == "thaw":
            supervisor.thaw()

    def _ask(self, what: str, event: AnyEvent) -> str:
        """Ask the caller, and wait for the answer; orders that come in between are carried out."""
        self._questions += 1
        self._line.tell({what: self._questions, "about": event})
        while line := self._line.hear(seconds=ANSWER_SECONDS):
            message = msgspec.json.decode(line, type=dict[str, Any])
            if message.get("answer") == self._questions:
                return str(message.get("reason", ""))
            self._do(message)
        raise TimeoutError

    def _decide(self, event: AnyEvent) -> str:
        return self._ask("decide", event)

    def _judge(self, event: AnyEvent) -> str:
        return self._ask("judge", event)
