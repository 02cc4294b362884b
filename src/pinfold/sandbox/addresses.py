"""Socket addresses as the kernel writes them. No I/O."""

from __future__ import annotations

import errno
import ipaddress
import socket
import struct

import msgspec

LONGEST = 128
"""Bytes of the longest address, ``sizeof(struct sockaddr_storage)``."""

_SHORTEST_INET = 16
_SHORTEST_INET6 = 24


class Address(msgspec.Struct, frozen=True):
    """Where a socket goes: ``ip`` and ``port``, or ``path``; ``family`` alone for anything else.

    A name in the abstract namespace, which no file bears, is ``abstract`` and its ``path`` begins with ``@``.
    ``scope`` is the interface of a link-local IPv6 address; ``family`` is 0 for what dissolves a connection.
    """

    family: int
    ip: str = ""
    port: int = 0
    path: str = ""
    scope: int = 0
    abstract: bool = False

    def __str__(self) -> str:
        """Return the address as people write it."""
        if self.path or not self.ip:
            return self.path or f"address family {self.family}"
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"


def parse(packed: bytes) -> Address:
    """Return what an address of the kernel says; raises ``OSError`` as the kernel would for one that is cut short."""
    if len(packed) < 2:
        raise OSError(errno.EINVAL, "too short")
    (family,) = struct.unpack_from("=H", packed)
    if family == socket.AF_INET:
        if len(packed) < _SHORTEST_INET:
            raise OSError(errno.EINVAL, "too short")
        port, number = struct.unpack_from(">H4s", packed, 2)
        return Address(family, str(ipaddress.IPv4Address(number)), port)
    if family == socket.AF_INET6:
        if len(packed) < _SHORTEST_INET6:
            raise OSError(errno.EINVAL, "too short")
        port, _flow, number = struct.unpack_from(">HI16s", packed, 2)
        scope = struct.unpack_from("=I", packed, 24)[0] if len(packed) >= 28 else 0
        return Address(family, str(ipaddress.IPv6Address(number)), port, scope=scope)
    if family == socket.AF_UNIX:
        name = packed[2:110]
        if name[:1] == b"\0":
            return Address(family, path="@" + name[1:].decode("utf-8", "surrogateescape"), abstract=True)
        return Address(family, path=name.split(b"\0", 1)[0].decode("utf-8", "surrogateescape"))
    return Address(family)


def target(address: Address) -> tuple[str, int] | tuple[str, int, int, int] | bytes:
    """Return an address as Python's sockets take it."""
    if address.family == socket.AF_INET:
        return address.ip, address.port
    if address.family == socket.AF_INET6:
        return address.ip, address.port, 0, address.scope
    name = address.path.encode("utf-8", "surrogateescape")
    return b"\0" + name[1:] if address.abstract else name


def plain(ip: str) -> str:
    """Return an address, of which an IPv4 address in IPv6 clothes is told by its body."""
    address = ipaddress.ip_address(ip)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def is_loopback(ip: str) -> bool:
    """Whether an address leads to this machine itself."""
    return ipaddress.ip_address(plain(ip)).is_loopback


def loopback_for(address: Address) -> Address:
    """Return the loopback address in place of "all interfaces", with the same port; any other as it is."""
    number = ipaddress.ip_address(address.ip)
    mapped = number.ipv4_mapped if isinstance(number, ipaddress.IPv6Address) else None
    if not (mapped or number).is_unspecified:
        return address
    ip = "127.0.0.1" if number.version == 4 else "::ffff:127.0.0.1" if mapped else "::1"
    return Address(address.family, ip, address.port)
