"""Attempts to send something to whoever listens outside."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import time
from typing import Any

from . import machine_code, ring
from .calls import SENDMMSG, Arguments, call

_SECONDS = 3.0


def _address(arguments: Arguments) -> Any:
    """Return the address in the form that the ``socket`` module wants."""
    address = arguments["address"]
    return tuple(address) if isinstance(address, list) else address


def _socket(arguments: Arguments) -> socket.socket:
    made = socket.socket(arguments["family"], arguments["type"], arguments.get("protocol", 0))
    made.settimeout(_SECONDS)
    return made


def _token(arguments: Arguments) -> bytes:
    return str(arguments["token"]).encode()


def connect(arguments: Arguments) -> None:
    """Connect and send."""
    with _socket(arguments) as used:
        used.connect(_address(arguments))
        used.sendall(_token(arguments))


def sendto(arguments: Arguments) -> None:
    """Send to an address with ``sendto``."""
    with _socket(arguments) as used:
        used.sendto(_token(arguments), arguments.get("flags", 0), _address(arguments))


def sendmsg(arguments: Arguments) -> None:
    """Send to an address with ``sendmsg``."""
    with _socket(arguments) as used:
        used.sendmsg([_token(arguments)], [], arguments.get("flags", 0), _address(arguments))


class _Span(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _Message(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint),
        ("spans", ctypes.c_void_p),
        ("span_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
        ("sent", ctypes.c_uint),
    )


def _packed(arguments: Arguments) -> bytes:
    """Return the address as the kernel reads it."""
    address = arguments["address"]
    if arguments["family"] == socket.AF_UNIX:
        return struct.pack("H", socket.AF_UNIX) + str(address).encode() + b"\0"
    if arguments["family"] == socket.AF_INET6:
        packed = socket.inet_pton(socket.AF_INET6, address[0])
        return struct.pack("H", socket.AF_INET6) + struct.pack("!HI", address[1], 0) + packed + bytes(4)
    head = struct.pack("H", socket.AF_INET) + struct.pack("!H", address[1])
    return head + socket.inet_aton(address[0]) + bytes(8)


def sendmmsg(arguments: Arguments) -> None:
    """Send to an address with ``sendmmsg``."""
    name = ctypes.create_string_buffer(_packed(arguments))
    data = ctypes.create_string_buffer(_token(arguments))
    span = _Span(ctypes.addressof(data), len(data) - 1)
    length = len(name) - 1
    message = _Message(ctypes.addressof(name), length, ctypes.addressof(span), 1, None, 0, 0, 0)
    with _socket(arguments) as used:
        call(SENDMMSG, used.fileno(), ctypes.byref(message), 1, arguments.get("flags", 0))


def fast_open(arguments: Arguments) -> None:
    """Let the first data open the connection: ``connect`` itself sends nothing."""
    with _socket(arguments) as used:
        used.setsockopt(socket.IPPROTO_TCP, 30, 1)  # TCP_FASTOPEN_CONNECT
        used.connect(_address(arguments))
        used.sendall(_token(arguments))


def listen(arguments: Arguments) -> None:
    """Listen on every address of this machine until somebody comes."""
    with _socket(arguments) as used:
        used.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        used.bind(_address(arguments))
        used.listen(1)
        used.settimeout(1.0)
        came, _from = used.accept()
        came.sendall(_token(arguments))


def listen_unbound(arguments: Arguments) -> None:
    """Listen without having been given an address: the kernel then takes all of them, and a port."""
    with _socket(arguments) as used:
        used.listen(1)
        with open(arguments["path"], "w", encoding="ascii") as file:
            file.write(f"{used.getsockname()[1]} ")
        used.settimeout(1.0)
        came, _from = used.accept()
        came.sendall(_token(arguments))


def same_port(arguments: Arguments) -> None:
    """Listen on a port of one's own, then connect to the same port at another loopback address."""
    host, port = _address(arguments)
    with _socket(arguments) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        own.bind(("127.0.0.1", port))
        own.listen(1)
        connect({**arguments, "address": [host, port]})


def port_left(arguments: Arguments) -> None:
    """Listen on a port of one's own, leave it, and connect once somebody else listens there."""
    with _socket(arguments) as own:
        own.bind(("127.0.0.1", 0))
        own.listen(1)
        port = own.getsockname()[1]
    with open(arguments["path"], "w", encoding="ascii") as file:
        file.write(f"{port} ")
    until = time.monotonic() + 2.0
    while time.monotonic() < until and not os.path.exists(arguments["taken"]):
        time.sleep(0.01)
    connect({**arguments, "address": ["127.0.0.1", port]})


def swapped_socket(arguments: Arguments) -> None:
    """Listen at a path of one's own, move somebody else's socket to it, and connect there."""
    with _socket(arguments) as own:
        own.bind(arguments["own"])
        own.listen(1)
        os.rename(arguments["own"], arguments["own"] + "-away")
        os.rename(arguments["address"], arguments["own"])
        connect({**arguments, "address": arguments["own"]})


def bind_path(arguments: Arguments) -> None:
    """Make a socket in a folder, by its path or by a ``link`` of one's own to the folder."""
    path = arguments["path"]
    if arguments.get("link"):
        os.symlink(os.path.dirname(path), arguments["link"])
        path = os.path.join(arguments["link"], os.path.basename(path))
    with _socket(arguments) as used:
        used.bind(path)


def resolve(arguments: Arguments) -> None:
    """Look a name up in the ordinary way."""
    socket.getaddrinfo(arguments["name"], 80)


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def ping(arguments: Arguments) -> None:
    """Send echo requests, as many as asked for."""
    with _socket(arguments) as used:
        for number in range(arguments["count"]):
            body = struct.pack("!HH", os.getpid() & 0xFFFF, number) + _token(arguments)
            packet = struct.pack("!BBH", 8, 0, _checksum(struct.pack("!BBH", 8, 0, 0) + body)) + body
            used.sendto(packet, _address(arguments))


def _datagram(arguments: Arguments) -> bytes:
    """Return a whole IPv4 packet with a UDP datagram to the listener in it."""
    host, port = arguments["address"]
    data = _token(arguments)
    datagram = struct.pack("!HHHH", 40_000, port, 8 + len(data), 0) + data
    there = socket.inet_aton(host)
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 1, 0, 64, 17, 0, there, there)
    return head[:10] + struct.pack("!H", _checksum(head)) + head[12:] + datagram


def raw_packet(arguments: Arguments) -> None:
    """Send a packet made by hand through a raw socket."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as used:
        used.sendto(_datagram(arguments), (arguments["address"][0], 0))


def link_packet(arguments: Arguments) -> None:
    """Send a packet made by hand past the whole IP layer."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM) as used:
        used.sendto(_datagram(arguments), ("lo", 0x0800, 0, 0, bytes(6)))


def overhear(arguments: Arguments) -> bytes:
    """Return what passes on the loopback interface, or the beginning of it."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as used:
        used.bind(("lo", 0))
        used.settimeout(0.2)
        heard, until = b"", time.monotonic() + 1.0
        while time.monotonic() < until and _token(arguments) not in heard:
            try:
                heard += used.recv(2048)
            except TimeoutError:
                continue
        return heard[-4096:]


def list_sockets(_arguments: Arguments) -> bytes:
    """Return the ports on which anybody on this machine listens, as the socket monitor tells them."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4) as used:  # NETLINK_SOCK_DIAG
        used.settimeout(1.0)
        request = struct.pack("BBBxI", socket.AF_INET, socket.IPPROTO_TCP, 0, 1 << 10) + bytes(48)
        used.send(struct.pack("IHHII", 16 + len(request), 20, 0x301, 1, 0) + request)
        ports: list[int] = []
        while True:
            reply = used.recv(65_536)
            at = 0
            while at + 16 <= len(reply):
                length, kind = struct.unpack_from("IH", reply, at)
                if kind != 20:  # the end of the list, or an error
                    return " ".join(map(str, ports)).encode()
                ports.append(struct.unpack_from("!H", reply, at + 20)[0])
                at += (length + 3) & ~3


def add_address(arguments: Arguments) -> None:
    """Give the loopback interface one more address."""
    there = socket.inet_aton(arguments["address"])
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as used:
        attributes = struct.pack("HH4s", 8, 2, there) + struct.pack("HH4s", 8, 1, there)
        message = struct.pack("BBBBI", socket.AF_INET, 32, 0, 0, socket.if_nametoindex("lo")) + attributes
        used.send(struct.pack("IHHII", 16 + len(message), 20, 0x605, 1, 0) + message)
        used.settimeout(1.0)
        (error,) = struct.unpack_from("i", used.recv(4096), 16)
    if error:
        raise OSError(-error, os.strerror(-error))


def ring_connect(arguments: Arguments) -> None:
    """Connect and send by way of an io_uring."""
    name = ctypes.create_string_buffer(_packed(arguments))
    data = ctypes.create_string_buffer(_token(arguments))
    used = ring.Ring()
    with _socket(arguments) as plain:
        plain.settimeout(None)
        used.do(ring.CONNECT, plain.fileno(), ctypes.addressof(name), 0, len(name) - 1)
        used.do(ring.SEND, plain.fileno(), ctypes.addressof(data), len(data) - 1)


def foreign_connect(arguments: Arguments) -> None:
    """Connect by a system call of another table: ``i386``, its older ``socketcall``, or ``x32``."""
    table = arguments["table"]
    door = machine_code.x32() if table == "x32" else machine_code.i386()
    name, data = _packed(arguments), _token(arguments)
    family, kind = arguments["family"], arguments["type"]
    at, text = door.put(name), door.put(data)
    if table == "socketcall":

        def old(which: int, *words: int) -> int:
            return door.call(102, which, door.put(struct.pack(f"{len(words)}I", *words)))

        made = old(1, family, kind, 0)
        old(3, made, at, len(name))
    else:
        numbers = (359, 362) if table == "i386" else (41 | machine_code.X32, 42 | machine_code.X32)
        made = door.call(numbers[0], family, kind, 0)
        door.call(numbers[1], made, at, len(name))
    write = 1 | machine_code.X32 if table == "x32" else 4
    door.call(write, made, text, len(data))


def inherited_socket(arguments: Arguments) -> None:
    """Send through whatever socket was left open by whoever started this."""
    for descriptor in range(3, 256):
        try:
            with socket.socket(fileno=os.dup(descriptor)) as used:
                used.settimeout(0.5)
                used.sendall(_token(arguments))
        except OSError:
            continue
