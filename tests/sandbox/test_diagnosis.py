"""What the kernel says of sockets: real connections over loopback."""

from __future__ import annotations

import os
import select
import socket
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.sandbox.diagnosis import Diagnosis

SO_COOKIE = 57
SECONDS = 20.0
ESTABLISHED = 1


def cookie(line):
    return struct.unpack("=Q", line.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0]


def until(condition):
    deadline = time.monotonic() + SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.002)
    return value


@pytest.fixture
def asking():
    made = Diagnosis()
    yield made
    made.close()


@pytest.fixture(params=["127.0.0.1", "::1"])
def pair(request):
    """Two ends of a connection, over IPv4 and IPv6."""
    family = socket.AF_INET6 if ":" in request.param else socket.AF_INET
    with socket.create_server((request.param, 0), family=family) as server:
        ours = socket.create_connection(server.getsockname()[:2])
        theirs = server.accept()[0]
        with ours, theirs:
            yield ours, theirs


def test_a_connection_is_seen_with_what_has_flowed(asking, pair):
    ours, theirs = pair
    flow = asking.flows()[cookie(ours)]
    assert (flow.state, flow.port, flow.sent, flow.received) == (ESTABLISHED, ours.getsockname()[1], 0, 0)
    assert flow.inode == os.fstat(ours.fileno()).st_ino
    ours.sendall(b"x" * 5_000)
    theirs.sendall(b"y" * 300)
    until(lambda: (asking.flows()[cookie(ours)].sent, asking.flows()[cookie(ours)].received) == (5_000, 300))
    other = asking.flows()[cookie(theirs)]
    assert (other.sent, other.received) == (300, 5_000)


def test_a_socket_that_is_gone_is_seen_no_more(asking, pair):
    ours, theirs = pair
    name = cookie(ours)
    assert name in asking.flows()
    theirs.close()
    ours.close()
    until(lambda: asking.flows().get(name) is None or asking.flows()[name].state != ESTABLISHED)


def test_the_last_counts_come_when_a_socket_is_destroyed(asking, pair):
    ours, theirs = pair
    name = cookie(ours)
    ours.sendall(b"x" * 1_000)
    theirs.sendall(b"y" * 70)
    assert len(ours.recv(70, socket.MSG_WAITALL)) == 70
    theirs.shutdown(socket.SHUT_WR)
    assert ours.recv(100) == b""
    ours.close()
    theirs.close()
    seen = {}

    def come():
        select.select([asking], [], [], 0.1)
        seen.update({last.cookie: last for last in asking.destroyed({name})})
        return name in seen

    until(come)
    assert seen[name].received in (70, 71)  # the kernel counts the end of a stream as a byte
    assert seen[name].sent in (1_000, 1_001)


def test_who_listens_is_told_by_inode(asking):
    with socket.create_server(("127.0.0.1", 0)) as first, socket.socket() as bound:
        port = first.getsockname()[1]
        bound.bind(("127.0.0.1", 0))
        assert asking.listeners(port) == {os.fstat(first.fileno()).st_ino}
        assert asking.listeners(bound.getsockname()[1]) == frozenset()
        with socket.create_server(("::1", port), family=socket.AF_INET6) as second:
            wanted = {os.fstat(one.fileno()).st_ino for one in (first, second)}
            assert asking.listeners(port) == wanted
    assert asking.listeners(port) == frozenset()


def test_many_sockets_need_more_than_one_message(asking):
    with socket.create_server(("127.0.0.1", 0), backlog=400) as server:
        lines = [socket.create_connection(server.getsockname()) for _ in range(300)]
        try:
            assert {cookie(line) for line in lines} <= asking.flows().keys()
        finally:
            for line in lines:
                line.close()


class Line:
    """Stands in for the kernel: it hands out what it is given."""

    def __init__(self, messages):
        self.messages = list(messages)

    def send(self, data):
        self.asked = struct.unpack_from("=I", data, 8)[0]

    def recv(self, _room):
        if not self.messages:
            raise TimeoutError("nothing more")
        message = self.messages.pop(0)
        return message(self.asked) if callable(message) else message

    def close(self):
        pass


def message(question, kind=20, body=b""):
    return struct.pack("=IHHII", 16 + len(body), kind, 0, question, 0) + body


def test_what_is_left_of_an_older_answer_is_not_taken_for_this_one(asking):
    body = bytearray(72)
    struct.pack_into("=Q", body, 44, 4711)
    late = [message(0, body=bytes(body)), message(0, kind=3)]
    asking._line.close()
    asking._line = Line([*late, lambda question: message(question, kind=3), lambda question: message(question, kind=3)])
    assert asking.flows() == {}
    assert asking._line.messages == []


@given(st.lists(st.binary(max_size=200) | st.binary(max_size=120).map(lambda body: message(1, body=body)), max_size=4))
def test_no_message_does_more_harm_than_an_error(messages):
    made = Diagnosis()
    made._line.close()
    made._line = Line([*messages, message(1, kind=3), message(2, kind=3), message(2, kind=3)])
    try:
        assert isinstance(made.flows(), dict)
    except (OSError, struct.error):
        pass
    finally:
        made.close()
