"""Flows: opened, sampled while they live, closed with their last counts."""

from __future__ import annotations

import select
import socket
import struct
import time

import pytest

from pinfold.model import FlowEvent
from pinfold.sandbox.addresses import Address
from pinfold.sandbox.diagnosis import Diagnosis, Seen
from pinfold.sandbox.flows import Flows
from pinfold.sandbox.processes import Process

SO_COOKIE = 57
ESTABLISHED, TIME_WAIT, CLOSED = 1, 6, 7


class Kernel:
    """Stands in for the diagnosis: it tells what a test puts there."""

    def __init__(self):
        self.seen = {}
        self.fails = False

    def flows(self):
        if self.fails:
            raise OSError("cut short")
        return self.seen

    def counts(self, cookie, sent, received, state=ESTABLISHED):
        self.seen[cookie] = Seen(cookie, state, 1, 1, sent, received)
        return self.seen[cookie]


@pytest.fixture
def kernel():
    return Kernel()


@pytest.fixture
def told():
    return []


@pytest.fixture
def flows(kernel, told):
    return Flows(kernel, lambda kind, **fields: told.append(kind(**fields)))


def opened(flows, cookie=7, port=443):
    process = Process(4711, -1, 1)
    process.image = "/usr/bin/curl"
    flows.opened(cookie, process, Address(socket.AF_INET, "192.0.2.1", port), "example.com")


def states(told):
    return [(event.Flow, event.State, event.SentBytes, event.ReceivedBytes) for event in told]


def test_an_opened_flow_is_told_with_who_and_whither(flows, told):
    opened(flows)
    (event,) = told
    assert isinstance(event, FlowEvent)
    assert (event.ProcessId, event.Image, event.source) == (4711, "/usr/bin/curl", "broker")
    assert (event.DestinationIp, event.DestinationPort, event.DestinationHostname) == ("192.0.2.1", 443, "example.com")
    assert states(told) == [(1, "opened", 0, 0)]
    assert flows.count == 1


def test_counts_are_told_when_they_have_changed(flows, kernel, told):
    opened(flows)
    kernel.counts(7, 0, 0)
    flows.sample()
    kernel.counts(7, 10, 20)
    flows.sample()
    flows.sample()
    kernel.counts(7, 10, 25)
    flows.sample()
    assert states(told)[1:] == [(1, "sampled", 10, 20), (1, "sampled", 10, 25)]
    assert told[-1].Seconds >= told[0].Seconds >= 0


def test_counts_never_fall(flows, kernel, told):
    opened(flows)
    kernel.counts(7, 10, 20)
    flows.sample()
    kernel.counts(7, 0, 0)
    flows.sample()
    flows.ended(Seen(7, CLOSED, 1, 1, 5, 30))
    assert states(told)[-1] == (1, "closed", 10, 30)


@pytest.mark.parametrize("state", [TIME_WAIT, CLOSED])
def test_a_flow_that_is_over_is_closed_once(flows, kernel, told, state):
    opened(flows)
    kernel.counts(7, 10, 20)
    flows.sample()
    kernel.counts(7, 0, 0, state)
    flows.sample()
    flows.sample()
    flows.ended(Seen(7, CLOSED, 1, 1, 99, 99))
    assert states(told)[2:] == [(1, "closed", 10, 20)]
    assert (flows.sent, flows.received, flows.count) == (10, 20, 1)


def test_a_flow_that_has_just_vanished_gets_its_last_counts(flows, kernel, told):
    """The kernel sends them a moment after the socket is gone, and a sample may come between."""
    opened(flows)
    flows.sample()
    flows.ended(Seen(7, CLOSED, 1, 1, 1_000, 2_000))
    assert states(told)[1:] == [(1, "closed", 1_000, 2_000)]


def test_the_last_counts_of_the_kernel_are_those_that_are_told(flows, kernel, told):
    opened(flows)
    flows.ended(Seen(7, CLOSED, 1, 1, 1_000, 2_000))
    flows.ended(Seen(8, CLOSED, 1, 1, 5, 5))  # somebody else's
    flows.close()
    assert states(told)[1:] == [(1, "closed", 1_000, 2_000)]
    assert (flows.sent, flows.received) == (1_000, 2_000)


def test_flows_have_numbers_of_their_own(flows, kernel, told):
    opened(flows, 7)
    opened(flows, 8, 80)
    kernel.counts(7, 1, 2)
    kernel.counts(8, 30, 40)
    flows.sample()
    flows.ended(Seen(8, CLOSED, 1, 1, 30, 40))
    opened(flows, 9)
    kernel.counts(9, 0, 0)
    flows.close()
    assert states(told)[2:4] == [(1, "sampled", 1, 2), (2, "sampled", 30, 40)]
    assert sorted(states(told)[4:]) == [
        (1, "closed", 1, 2), (2, "closed", 30, 40), (3, "closed", 0, 0), (3, "opened", 0, 0)
    ]  # fmt: skip
    assert (flows.sent, flows.received, flows.count) == (31, 42, 3)


def test_an_answer_cut_short_closes_nothing(flows, kernel, told):
    opened(flows)
    kernel.fails = True
    flows.sample()
    assert states(told) == [(1, "opened", 0, 0)]
    flows.close()  # at the end the last counts there are have to do
    assert states(told)[-1] == (1, "closed", 0, 0)


def test_the_kernel_is_not_asked_where_nothing_is_open(flows, kernel):
    kernel.flows = None
    flows.sample()
    flows.close()


@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_a_real_connection_is_counted_to_its_last_byte(told, first):
    asking = Diagnosis()
    flows = Flows(asking, lambda kind, **fields: told.append(kind(**fields)))
    with socket.create_server(("127.0.0.1", 0)) as server:
        ours = socket.create_connection(server.getsockname())
        theirs = server.accept()[0]
        (cookie,) = struct.unpack("=Q", ours.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))
        opened(flows, cookie)
        ours.sendall(b"x" * 70_000)
        assert len(theirs.recv(70_000, socket.MSG_WAITALL)) == 70_000
        deadline = time.monotonic() + 20
        while told[-1].SentBytes != 70_000 and time.monotonic() < deadline:
            flows.sample()
        assert states(told)[-1] == (1, "sampled", 70_000, 0)
        theirs.sendall(b"y" * 123)
        if first == "theirs":
            theirs.close()
        assert len(ours.recv(123, socket.MSG_WAITALL)) == 123
        ours.close()
        assert first == "theirs" or theirs.recv(1) == b""
        theirs.close()
        while told[-1].State != "closed" and time.monotonic() < deadline:
            if select.select([asking], [], [], 0.1)[0]:
                for last in asking.destroyed(flows):
                    flows.ended(last)
    asking.close()
    assert told[-1].State == "closed"
    # The end of a stream, which the kernel counts as a byte, is no byte of anybody's.
    assert (told[-1].SentBytes, told[-1].ReceivedBytes) == (70_000, 123)
    assert (flows.sent, flows.received) == (70_000, 123)
