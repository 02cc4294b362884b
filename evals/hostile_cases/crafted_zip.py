"""ZIP archives that no honest tool writes: sizes that lie, members that share their bytes, names that climb."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

STORED = 0
DEFLATED = 8


@dataclass(frozen=True)
class Member:
    """A member as it stands in the archive. ``size`` and ``crc`` are what the headers claim of the unpacked content."""

    name: bytes
    packed: bytes
    size: int
    crc: int
    method: int = DEFLATED
    flags: int = 0
    mode: int = 0o100644


def deflate(data: bytes) -> bytes:
    """Return ``data`` as a raw deflate stream."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def zeros(mebibytes: int) -> tuple[bytes, int, int]:
    """Return as many zero bytes, deflated, with their number and their checksum."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block, crc, pieces = bytes(1024 * 1024), 0, []
    for _ in range(mebibytes):
        crc = zlib.crc32(block, crc)
        pieces.append(packer.compress(block))
    pieces.append(packer.flush())
    return b"".join(pieces), mebibytes * 1024 * 1024, crc


def member(
    name: str | bytes, data: bytes | str, *, method: int = DEFLATED, flags: int = 0, mode: int = 0o100644
) -> Member:
    """Return an honest member."""
    content = data.encode() if isinstance(data, str) else data
    packed = deflate(content) if method == DEFLATED else content
    path = name.encode() if isinstance(name, str) else name
    return Member(path, packed, len(content), zlib.crc32(content), method, flags, mode)


def local(entry: Member) -> bytes:
    """Return the local header and the content of a member."""
    fields = (20, entry.flags, entry.method, 0, 0x21, entry.crc, len(entry.packed), entry.size, len(entry.name), 0)
    return struct.pack("<4s5H3L2H", b"PK\3\4", *fields) + entry.name + entry.packed


def central(entry: Member, offset: int, *, packed: int | None = None) -> bytes:
    """Return the entry of the central directory for the member whose local header stands at ``offset``."""
    length = len(entry.packed) if packed is None else packed
    fields = (0x0314, 20, entry.flags, entry.method, 0, 0x21, entry.crc, length, entry.size, len(entry.name))
    return struct.pack("<4s6H3L5H2L", b"PK\1\2", *fields, 0, 0, 0, 0, entry.mode << 16, offset) + entry.name


def end(count: int, size: int, offset: int, comment: bytes = b"") -> bytes:
    """Return the end of the central directory."""
    return (
        struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF, size, offset, len(comment)) + comment
    )


def archive(
    entries: Iterable[Member], *, before: bytes = b"", hidden: Iterable[Member] = (), comment: bytes = b""
) -> bytes:
    """Return an archive. ``before`` stands in front of it; the central directory does not name ``hidden`` members."""
    body, directory, count = bytearray(before), bytearray(), 0
    for entry in hidden:
        body += local(entry)
    for count, entry in enumerate(entries, 1):  # noqa: B007 - the count is needed at the end
        directory += central(entry, len(body))
        body += local(entry)
    return bytes(body + directory) + end(count, len(directory), len(body), comment)


def overlapping(names: Sequence[str], mebibytes: int) -> bytes:
    """Return an archive whose members share one block of zeros, so that a few kilobytes unpack to gigabytes.

    Each member's stream quotes the header of the next one as a stored block and runs on into that member's stream, so
    every size, checksum and name is right.
    """
    packed, size, _crc = zeros(mebibytes)
    streams: list[tuple[bytes, Member]] = []  # last member first: its local header, and what the directory says of it
    quoted: list[bytes] = []  # the headers that the next member's content begins with
    length = len(packed)
    for name in reversed(names):
        crc = 0
        for header in reversed(quoted):
            crc = zlib.crc32(header, crc)
        block = bytes(1024 * 1024)
        for _ in range(mebibytes):
            crc = zlib.crc32(block, crc)
        total = size + sum(map(len, quoted))
        fields = (20, 0, DEFLATED, 0, 0x21, crc, length, total, len(name), 0)
        header = struct.pack("<4s5H3L2H", b"PK\3\4", *fields) + name.encode()
        streams.append((header, Member(name.encode(), b"", total, crc)))
        quoted.append(header)
        length += 5 + len(header)
    body, directory = bytearray(), bytearray()
    lengths: list[int] = []
    for index, (header, _entry) in enumerate(reversed(streams)):
        if index:
            body += struct.pack("<BHH", 0, len(header), len(header) ^ 0xFFFF)
        lengths.append(len(body))
        body += header
    body += packed
    for offset, (header, entry) in zip(lengths, reversed(streams), strict=True):
        stream = len(body) - offset - len(header)
        directory += central(entry, offset, packed=stream)
    return bytes(body + directory) + end(len(streams), len(directory), len(body))
