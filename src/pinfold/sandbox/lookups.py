"""The run's name server: what its datagram sockets are joined to.

Granted names are answered with what the system's resolver says, and what was answered is remembered, so that the run
may connect there. No question ever leaves for a name that is not granted: a name can carry data out.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from pinfold.model import LookupEvent
from pinfold.sandbox import dns
from pinfold.sandbox.budget import granted_budget, refused_budget
from pinfold.sandbox.egress import Egress
from pinfold.sandbox.loop import Loop
from pinfold.sandbox.processes import Process
from pinfold.sandbox.resolver import NO_SUCH_NAME, Answer, Resolver

MOST_LINES = 512
"""How many datagram sockets a run may have at once."""

_LONGEST = 4_096
_FAILED, _MISSING = 2, 3
_REFUSED = _MISSING
"""A name that is not granted does not exist here: an asker who is told "refused" tries again, and again."""

_ADDRESS_TYPES = (1, 28)  # A, AAAA
_LOCAL_TTL = 60


class _Line:
    """One datagram socket of the program's: our end of it, and who made it."""

    __slots__ = ("ours", "process")

    def __init__(self, ours: socket.socket, process: Process) -> None:
        self.ours = ours
        self.process = process


class Lookups:
    """Answers questions for names."""

    def __init__(self, loop: Loop, emit: Callable[..., None], *, egress: Egress, clock: Callable[[], float]) -> None:
        self._loop = loop
        self._emit = emit
        self._egress = egress
        self._clock = clock
        self._lines: dict[int, _Line] = {}
        self._granted, self._refused = granted_budget(), refused_budget()
        self._resolver: Resolver | None = None
        self._waiting: dict[str, list[tuple[int, dns.Query]]] = {}
        self.refused = 0

    def line(self, process: Process, *, blocking: bool) -> socket.socket:
        """Return the program's end of a new line; raises ``OSError`` where there are too many."""
        if len(self._lines) >= MOST_LINES:
            raise OSError(24, "too many datagram sockets")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        theirs.setblocking(blocking)
        self._lines[ours.fileno()] = _Line(ours, process)
        self._loop.watch(ours.fileno(), lambda: self._asked(ours.fileno()))
        return theirs

    def close(self) -> None:
        """Close all lines and the resolver."""
        for number in list(self._lines):
            self._drop(number)
        if self._resolver is not None:
            self._loop.forget(self._resolver.fileno())
            self._resolver.close()

    def _drop(self, number: int) -> None:
        self._loop.forget(number)
        self._lines.pop(number).ours.close()

    def _asked(self, number: int) -> None:
        line = self._lines[number]
        try:
            message = line.ours.recv(_LONGEST)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:  # the program closed its end, or sent nothing, which is no question
            self._drop(number)
            return
        try:
            query = dns.parse_query(message)
        except dns.DamagedQueryError as error:
            self._tell(line, "", "deny", str(error))
            self._reply(number, dns.format_error(message))
            return
        self._decide(number, line, query)

    def _decide(self, number: int, line: _Line, query: dns.Query) -> None:
        ruling = self._egress.lookup(query.name)
        budget = self._granted if ruling.allowed else self._refused
        if not budget.spend(len(query.name), self._clock()):
            self.refused += 1  # no event for each: a flood of names must not flood the record
            self._reply(number, dns.refusal(query, _REFUSED))
            return
        if not ruling.allowed:
            self.refused += 1
            suspicion = dns.looks_like_data(query.name)
            self._tell(line, query.name, "deny", f"{ruling.reason}; {suspicion}" if suspicion else ruling.reason)
            self._reply(number, dns.refusal(query, _REFUSED))
            return
        known = self._egress.known(query.name)
        if known or query.record_type not in _ADDRESS_TYPES:
            self._tell(line, query.name, "allow", ruling.reason)
            self._reply(number, dns.answer(query, known, ttl=_LOCAL_TTL))
            return
        waiting = self._waiting.setdefault(query.name, [])
        waiting.append((number, query))
        if len(waiting) == 1:
            self._tell(line, query.name, "allow", ruling.reason)
            self._ask(query.name)

    def _ask(self, name: str) -> None:
        if self._resolver is None:
            self._resolver = Resolver()
            self._loop.watch(self._resolver.fileno(), self._answered)
        self._resolver.ask(name)
        deadline = self._resolver.deadline
        if deadline is not None:
            self._loop.after(max(deadline - self._clock(), 0.0) + 0.01, self._answered)

    def _answered(self) -> None:
        if self._resolver is not None:
            for answer in self._resolver.receive():
                self._pass_on(answer)

    def _pass_on(self, answer: Answer) -> None:
        pinned = self._egress.pin(answer.name, answer.addresses, self._clock(), answer.ttl)
        code = 0
        if answer.error:
            code = _MISSING if answer.error == NO_SUCH_NAME else _FAILED
        elif not pinned.addresses:
            code = _REFUSED
        for number, query in self._waiting.pop(answer.name, ()):
            line = self._lines.get(number)
            if line is None:
                continue
            for one in pinned.withheld[:1]:
                reason = f"{answer.name} leads to {one.address}, which is {one.rule}: name it with a cidr to allow it"
                self._tell(line, answer.name, "deny", reason)
            self._reply(
                number,
                dns.refusal(query, code) if code else dns.answer(query, pinned.addresses, ttl=answer.ttl),
            )

    def _reply(self, number: int, message: bytes) -> None:
        line = self._lines.get(number)
        if line is not None and message:
            try:
                line.ours.send(message, socket.MSG_NOSIGNAL)
            except OSError:  # nobody reads it any more, or nobody has read the last hundred
                return

    def _tell(self, line: _Line, name: str, decision: str, reason: str) -> None:
        who: dict[str, Any] = {"ProcessId": line.process.number, "Image": line.process.image}
        self._emit(LookupEvent, **who, QueryName=name, decision=decision, reason=reason, source="broker")
