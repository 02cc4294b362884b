"""Where an address leads: to the public internet, or into a range that has to be named before anybody goes there.

An IPv6 address may carry an IPv4 address that a translator or tunnel unpacks on the way, so that one is judged too. A
translator with a prefix of its own network cannot be told from any other network.
"""

from __future__ import annotations

import ipaddress
from functools import cache, lru_cache
from pathlib import Path

import msgspec

from pinfold.tables import table

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_REMEMBERED = 4_096  # addresses whose standing is kept
_LONGEST = 64  # characters of an address with its scope


class Span(msgspec.Struct, frozen=True):
    """A range of addresses, ready to be compared: ``version`` is 4 or 6, ``length`` that of the prefix."""

    version: int
    mask: int
    base: int
    length: int

    def holds(self, version: int, number: int) -> bool:
        """Return whether the address with this number lies in the range."""
        return self.version == version and number & self.mask == self.base

    def within(self, other: Span) -> bool:
        """Return whether the whole range lies in another one."""
        return self.length >= other.length and other.holds(self.version, self.base)


def span(text: str) -> Span:
    """Return the range that ``ADDRESS/LENGTH`` names, IPv4-mapped ones as IPv4; raises ``ValueError``."""
    network = ipaddress.ip_network(text)
    if isinstance(network, ipaddress.IPv6Network) and network.prefixlen >= 96:
        mapped = network.network_address.ipv4_mapped
        if mapped is not None:
            network = ipaddress.IPv4Network((mapped, network.prefixlen - 96))
    return Span(network.version, int(network.netmask), int(network.network_address), network.prefixlen)


class Face(msgspec.Struct, frozen=True):
    """An address that is not public: what is reached, or what is packed into it. ``kind`` is the table's key."""

    text: str
    kind: str
    version: int
    number: int
    range: Span


class Standing(msgspec.Struct, frozen=True):
    """An address as it counts.

    ``text`` is its one spelling, without a scope and IPv4-mapped ones as IPv4. ``faces`` are the parts of it that are
    not public: none for a public address. ``loopback`` is the spelling of the address of this machine that the kernel
    takes it for, or ``""``: ``0.0.0.0`` and ``::`` lead there too.
    """

    text: str
    version: int
    number: int
    faces: tuple[Face, ...]
    loopback: str


@cache
def _ranges() -> tuple[tuple[Span, str], ...]:
    """Return every range of the table with its kind, the narrowest first."""
    content = table(Path(__file__).parent, "ranges")
    ranges = [(span(text), kind) for kind, texts in content.items() for text in texts]
    return tuple(sorted(ranges, key=lambda entry: -entry[0].length))


def _face(address: IPAddress) -> Face | None:
    version, number = address.version, int(address)
    for range_, kind in _ranges():
        if range_.holds(version, number):
            return None if kind == "public" else Face(str(address), kind, version, number, range_)
    return None


_TRANSLATED = (span("64:ff9b::/96"), span("64:ff9b:1::/96"), span("::ffff:0:0:0/96"), span("::/96"))
"""Prefixes whose last 32 bits are an IPv4 address: two of NAT64, that of stateless translation, and the oldest form."""
_LOCAL_NAT64 = span("64:ff9b:1::/48")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)  # bits 64 to 95


def _packed(address: ipaddress.IPv6Address) -> list[ipaddress.IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address carries, in any of the ways that have a fixed form."""
    number = int(address)
    found: list[int] = []
    if (number >> 32) & 0xFFFF_FFFF in _ISATAP or any(prefix.holds(6, number) for prefix in _TRANSLATED):
        found.append(number & 0xFFFF_FFFF)
    elif _LOCAL_NAT64.holds(6, number):  # as RFC 6052 packs it behind 48 bits, around the octet that must be zero
        found.append((number >> 64 & 0xFFFF) << 16 | number >> 40 & 0xFFFF)
    if number >> 112 == 0x2002:  # 6to4
        found.append(number >> 80 & 0xFFFF_FFFF)
    if number >> 96 == 0x2001_0000:  # Teredo: the server, and the client with its bits turned
        found.extend((number >> 64 & 0xFFFF_FFFF, ~number & 0xFFFF_FFFF))
    return [ipaddress.IPv4Address(one) for one in found]


@lru_cache(_REMEMBERED)
def standing(text: str) -> Standing:
    """Return how an address counts; raises ``ValueError`` for what is none."""
    if len(text) > _LONGEST:
        raise ValueError("too long for an address")
    address: IPAddress = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    parts: list[IPAddress] = [address]
    if isinstance(address, ipaddress.IPv6Address) and not (address.is_loopback or address.is_unspecified):
        parts.extend(_packed(address))
    faces = tuple(face for part in parts if (face := _face(part)) is not None)
    loopback = ""
    if address.is_unspecified:
        loopback = "127.0.0.1" if address.version == 4 else "::1"
    elif address.is_loopback:
        loopback = str(address)
    return Standing(str(address), address.version, int(address), faces, loopback)
