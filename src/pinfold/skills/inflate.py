"""Compressed streams, opened a piece at a time so that a bomb costs no more than its bound."""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Iterator
from typing import Protocol

from pinfold.model import LimitReachedError, Limits

_FIRST_PIECE_IN = 1024  # small, so that a file of ten thousand tiny streams is not copied over and over
_PIECE_IN = 64 * 1024
_PIECE_OUT = 1024 * 1024
_LZMA_MEMORY = 128 * 1024 * 1024
_RATIO_FREE = 1024 * 1024
_MAX_STREAMS = 10_000
_PADDING = re.compile(rb"\0*")


class Allowance:
    """What may still be read of one skill: bytes and files, archive members included.

    One allowance is shared by everything that reads the same skill. ``LimitReachedError`` names the limit that was
    reached.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.bytes = limits.skill_bytes
        self.files = limits.skill_files

    def take_file(self) -> None:
        """Count one file."""
        if self.files <= 0:
            raise LimitReachedError(f"skill_files = {self.limits.skill_files:,}: no further files are read")
        self.files -= 1

    def take_bytes(self, count: int) -> None:
        """Count ``count`` bytes."""
        if count > self.bytes:
            raise LimitReachedError(f"skill_bytes = {self.limits.skill_bytes:,}: no further bytes are read")
        self.bytes -= count


class Ratio:
    """Watches how far one archive unpacks, against its packed size in bytes."""

    def __init__(self, packed: int, limits: Limits) -> None:
        self._most = max(packed * limits.archive_ratio, _RATIO_FREE)
        self._ratio = limits.archive_ratio
        self._unpacked = 0

    def add(self, count: int) -> None:
        """Count ``count`` unpacked bytes; raise ``LimitReachedError`` when the archive unpacks too far."""
        self._unpacked += count
        if self._unpacked > self._most:
            raise LimitReachedError(
                f"archive_ratio = {self._ratio}: the archive unpacks to more than that many times its size"
            )


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gunzip:
    """Gives zlib's decompressor the shape that those of bz2 and lzma have."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(31)

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        return not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)


_MAGIC = {b"\x1f\x8b": "gzip", b"BZ": "bzip2", b"\xfd7": "xz"}


def _decompressor(magic: bytes) -> _Decompressor:
    kind = _MAGIC.get(magic)
    if kind == "gzip":
        return _Gunzip()
    if kind == "bzip2":
        return bz2.BZ2Decompressor()
    if kind == "xz":
        return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_LZMA_MEMORY)
    raise ValueError("other data after the end of the compressed data")


def inflate(data: bytes, ratio: Ratio) -> Iterator[bytes]:
    """Yield the content of gzip, bzip2 or xz ``data`` in pieces of at most 1 MiB.

    Streams that follow one another are read as one, as the programs do. Raises what the standard library's
    decompressors raise, ``EOFError`` for a stream cut short, ``ValueError`` for other data behind the last one, and
    ``LimitReachedError`` through ``ratio``.
    """
    at = streams = 0
    while at < len(data):
        streams += 1
        if streams > _MAX_STREAMS:
            raise LimitReachedError(f"more than {_MAX_STREAMS:,} compressed streams in one file")
        stream, size = _decompressor(data[at : at + 2]), _FIRST_PIECE_IN
        while not stream.eof:
            piece = b""
            if stream.needs_input:
                piece = data[at : at + size]
                at += len(piece)
                size = min(size * 2, _PIECE_IN)
            hungry = stream.needs_input and not piece
            out = stream.decompress(piece, _PIECE_OUT)
            if hungry and not out and not stream.eof:
                raise EOFError("the compressed data is cut short")
            ratio.add(len(out))
            if out:
                yield out
        at -= len(stream.unused_data)
        at = _PADDING.match(data, at).end()  # type: ignore[union-attr]  # it always matches, if only nothing


class Source:
    """Reads an iterator of pieces as a stream; ``position`` counts the bytes taken."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""
        self._at = 0
        self.position = 0

    def _hold(self, count: int) -> None:
        """Have ``count`` bytes at hand, fewer only at the end."""
        size = len(self._held) - self._at
        if size >= count:
            return
        parts = [self._held[self._at :]]
        while size < count and (piece := next(self._pieces, None)) is not None:
            parts.append(piece)
            size += len(piece)
        self._held, self._at = b"".join(parts), 0

    def peek(self, count: int) -> bytes:
        """Return the next ``count`` bytes, fewer only at the end, without taking them."""
        self._hold(count)
        return self._held[self._at : self._at + count]

    def take(self, count: int) -> bytes:
        """Return the next ``count`` bytes, fewer only at the end."""
        taken = self.peek(count)
        self._at += len(taken)
        self.position += len(taken)
        return taken

    def skip(self, count: int) -> bool:
        """Pass over ``count`` bytes; return whether they were there."""
        while count > 0:
            passed = len(self.take(min(count, _PIECE_OUT)))
            if not passed:
                return False
            count -= passed
        return True
