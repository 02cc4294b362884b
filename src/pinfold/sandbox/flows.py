"""Brokered connections while they live: who opened them, where they lead, how much has flowed."""

from __future__ import annotations

import time
from collections.abc import Callable

from pinfold.model import FlowEvent
from pinfold.sandbox.addresses import Address
from pinfold.sandbox.diagnosis import Diagnosis, Seen
from pinfold.sandbox.processes import Process

_TIME_WAIT = 6
_CLOSED = 7


class _Flow:
    __slots__ = ("began", "fields", "missed", "number", "received", "sent", "told")

    def __init__(self, number: int, fields: dict[str, object]) -> None:
        self.number = number
        self.fields = fields
        self.began = time.monotonic()
        self.sent = self.received = 0
        self.told = (0, 0)
        self.missed = False


class Flows:
    """Samples the byte counts of open flows, and tells what they came to when they close."""

    def __init__(self, diagnosis: Diagnosis, emit: Callable[..., None]) -> None:
        self._diagnosis = diagnosis
        self._emit = emit
        self._flows: dict[int, _Flow] = {}
        self._numbers = 0
        self.sent = 0
        self.received = 0

    def __contains__(self, cookie: object) -> bool:
        """Whether a flow is open whose socket has this cookie."""
        return cookie in self._flows

    @property
    def count(self) -> int:
        """How many flows were opened."""
        return self._numbers

    def opened(self, cookie: int, process: Process, address: Address, hostname: str) -> None:
        """Take note of a connection; ``cookie`` is the kernel's name for its socket."""
        self._numbers += 1
        fields: dict[str, object] = {
            "ProcessId": process.number,
            "Image": process.image,
            "DestinationIp": address.ip,
            "DestinationPort": address.port,
            "DestinationHostname": hostname,
            "source": "broker",
        }
        flow = _Flow(self._numbers, fields)
        self._flows[cookie] = flow
        self._tell(flow, "opened")

    def sample(self) -> None:
        """Read the counts of all open flows; those that have been gone since the sample before are closed.

        Not at once: the kernel sends the last counts a moment after a socket has vanished.
        """
        if not self._flows:
            return
        try:
            seen = self._diagnosis.flows()
        except OSError:  # the answer was cut short; the next sample comes soon
            return
        for cookie, flow in list(self._flows.items()):
            there = seen.get(cookie)
            if there is not None and there.state not in (_TIME_WAIT, _CLOSED):
                self._count(flow, there)
                if (flow.sent, flow.received) != flow.told:
                    self._tell(flow, "sampled")
            elif flow.missed:
                self._close(cookie, flow)
            else:
                flow.missed = True

    def ended(self, last: Seen) -> None:
        """Take the final counts of a socket that the kernel has just destroyed."""
        flow = self._flows.get(last.cookie)
        if flow is not None:
            self._count(flow, last)
            self._close(last.cookie, flow)

    def close(self) -> None:
        """Close what is still open, with the last counts there are."""
        self.sample()
        for cookie, flow in list(self._flows.items()):
            self._close(cookie, flow)

    def _count(self, flow: _Flow, seen: Seen) -> None:
        flow.sent, flow.received = max(flow.sent, seen.sent), max(flow.received, seen.received)

    def _close(self, cookie: int, flow: _Flow) -> None:
        del self._flows[cookie]
        self.sent += flow.sent
        self.received += flow.received
        self._tell(flow, "closed")

    def _tell(self, flow: _Flow, state: str) -> None:
        flow.told = (flow.sent, flow.received)
        self._emit(
            FlowEvent,
            **flow.fields,
            Flow=flow.number,
            State=state,
            SentBytes=flow.sent,
            ReceivedBytes=flow.received,
            Seconds=round(time.monotonic() - flow.began, 3),
        )
