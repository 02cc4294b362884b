"""What the kernel knows of sockets, asked over netlink (``sock_diag(7)``): who listens, how much has flowed."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Container, Iterator
from typing import NamedTuple

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_NLM_F_DUMP = 0x300
_NLMSG_ERROR = 2
_NLMSG_DONE = 3
_INET_DIAG_INFO = 2
_TCP_TIME_WAIT = 6
_TCP_LISTEN = 10
_LIVE_STATES = 0xFFF & ~(1 << _TCP_LISTEN | 1 << _TCP_TIME_WAIT)
_HEADER = struct.Struct("=IHHII")
_MESSAGE = struct.Struct("=BBBB")
_NUMBER = struct.Struct("=Q")
_RECEIVED_AT, _SENT_AT, _REPEATED_AT = 128, 200, 208  # in struct tcp_info (linux/tcp.h)
_PAST_THE_END = (6, 7, 8, 9, 11)  # states in which the far end has closed, which the kernel counts as a byte received
_TCP_DESTROYED = 0b101  # the groups of IPv4 and IPv6
_ROOM = 262_144
_ROOM_FOR_ONE = 4_096
_COOKIE_AT = 44


class Seen(NamedTuple):
    """A TCP socket: its cookie (the kernel's name for it, never used twice), state, port, inode, and byte counts.

    ``sent`` counts each byte once however often it had to be repeated; ``received`` is right to within one byte where
    the far end broke the connection off.
    """

    cookie: int
    state: int
    port: int
    inode: int
    sent: int
    received: int


class Diagnosis:
    """Asks about the TCP sockets of the network namespace in which it was made."""

    def __init__(self) -> None:
        self._line = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_SOCK_DIAG)
        self._line.settimeout(1.0)
        self._questions = 0
        self._ends = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, _NETLINK_SOCK_DIAG)
        with contextlib.suppress(OSError):  # without it the last sample has to do
            self._ends.bind((0, _TCP_DESTROYED))

    def fileno(self) -> int:
        """Return the descriptor that is readable when sockets have been destroyed."""
        return self._ends.fileno()

    def close(self) -> None:
        """Give the descriptors back."""
        self._line.close()
        self._ends.close()

    def destroyed(self, cookies: Container[int]) -> Iterator[Seen]:
        """Yield those of ``cookies`` that the kernel has destroyed since the last time, with their last counts.

        It tells of every socket on the machine, so most are not looked at any further.
        """
        while True:
            try:
                data = self._ends.recv(_ROOM_FOR_ONE)
            except OSError:  # nothing more, or too much at once to remember
                return
            if len(data) < _HEADER.size + _COOKIE_AT + _NUMBER.size:
                continue
            if _NUMBER.unpack_from(data, _HEADER.size + _COOKIE_AT)[0] in cookies:
                yield _seen(memoryview(data)[_HEADER.size :])

    def flows(self) -> dict[int, Seen]:
        """Return all TCP sockets that are connected, by cookie; not those that only wait to be forgotten."""
        found = {}
        for family in (socket.AF_INET, socket.AF_INET6):
            found.update({seen.cookie: seen for seen in self._dump(family, _LIVE_STATES)})
        return found

    def listeners(self, port: int) -> frozenset[int]:
        """Return the inodes of the sockets that listen on a port."""
        inodes = set()
        for family in (socket.AF_INET, socket.AF_INET6):
            inodes |= {seen.inode for seen in self._dump(family, 1 << _TCP_LISTEN) if seen.port == port}
        return frozenset(inodes)

    def _dump(self, family: int, states: int) -> Iterator[Seen]:
        body = struct.pack("=BBBBI", family, socket.IPPROTO_TCP, 1 << (_INET_DIAG_INFO - 1), 0, states) + bytes(48)
        flags = _NLM_F_REQUEST | _NLM_F_DUMP
        self._questions = (self._questions + 1) & 0xFFFFFFFF
        question = self._questions
        self._line.send(_HEADER.pack(_HEADER.size + len(body), _SOCK_DIAG_BY_FAMILY, flags, question, 0) + body)
        while True:
            data = memoryview(self._line.recv(_ROOM))
            while len(data) >= _HEADER.size:
                length, kind, _flags, answered, _port = _HEADER.unpack_from(data)
                if length < _HEADER.size:
                    return
                if answered == question:  # not what is left of an answer that came too late
                    if kind in (_NLMSG_DONE, _NLMSG_ERROR):
                        return
                    yield _seen(data[_HEADER.size : length])
                data = data[(length + 3) & ~3 :]


def _seen(message: memoryview) -> Seen:
    """Read a ``struct inet_diag_msg`` and the attribute with the byte counts after it."""
    _family, state, _timer, _retransmits = _MESSAGE.unpack_from(message)
    (port,) = struct.unpack_from(">H", message, 4)
    (cookie,) = _NUMBER.unpack_from(message, _COOKIE_AT)
    (inode,) = struct.unpack_from("=I", message, 68)
    sent = received = 0
    attributes = message[72:]
    while len(attributes) >= 4:
        length, kind = struct.unpack_from("=HH", attributes)
        if kind == _INET_DIAG_INFO and length >= 4 + _REPEATED_AT + _NUMBER.size:
            places = (_RECEIVED_AT, _SENT_AT, _REPEATED_AT)
            received, sent, repeated = (_NUMBER.unpack_from(attributes, 4 + at)[0] for at in places)
            sent -= min(repeated, sent)
            received -= received > 0 and state in _PAST_THE_END
        attributes = attributes[max((length + 3) & ~3, 4) :]
    return Seen(cookie, state, port, inode, sent, received)
