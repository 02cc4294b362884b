"""How the pool and its workers speak to each other: frames of a kind, a length and a payload.

A worker may have been taken over by what it reads, so nothing that comes from it is trusted: a frame of an unknown
kind, or one longer than its kind allows, is refused before its payload is waited for.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from enum import IntEnum

_HEADER = struct.Struct("<BI")  # kind, length of the payload in bytes

_MEBIBYTE = 1024 * 1024


class Kind(IntEnum):
    """What a frame says."""

    TASK = 1  # to the worker: the task, as the caller encoded it
    STEP = 2  # from the worker: what it is about to judge, in UTF-8 (lone surrogates pass)
    RESULT = 3  # from the worker: the result, as the caller's work encoded it
    MEMORY = 4  # from the worker: memory ran out; nothing follows
    DIED = 5  # from the worker: an error ended it, told in the payload; nothing follows


LONGEST = {
    Kind.TASK: 64 * _MEBIBYTE,
    Kind.STEP: _MEBIBYTE,  # a path in an archive in an archive can be long
    Kind.RESULT: 64 * _MEBIBYTE,
    Kind.MEMORY: 0,
    Kind.DIED: 4096,
}
"""The longest payload of each kind, in bytes."""


class FrameError(ValueError):
    """A frame is of an unknown kind, too long, or not what the speaker may say."""


def encode(kind: Kind, payload: bytes = b"") -> bytes:
    """Return the frame; raises ``FrameError`` if ``payload`` is longer than its kind allows."""
    if len(payload) > LONGEST[kind]:
        raise FrameError(f"a {kind.name.lower()} of {len(payload):,} bytes; the most is {LONGEST[kind]:,}")
    return _HEADER.pack(kind, len(payload)) + payload


class Decoder:
    """Puts frames together from pieces of any size. Holds no more than one frame and the last piece."""

    def __init__(self) -> None:
        """Start with nothing received."""
        self._buffer = bytearray()

    def feed(self, piece: bytes) -> Iterator[tuple[Kind, bytes]]:
        """Take ``piece`` in and yield every frame that is whole now; raises ``FrameError`` and is spent then."""
        self._buffer += piece
        while len(self._buffer) >= _HEADER.size:
            number, length = _HEADER.unpack_from(self._buffer)
            try:
                kind = Kind(number)
            except ValueError as error:
                raise FrameError(f"a frame of the unknown kind {number}") from error
            if length > LONGEST[kind]:
                raise FrameError(f"a {kind.name.lower()} of {length:,} bytes; the most is {LONGEST[kind]:,}")
            end = _HEADER.size + length
            if len(self._buffer) < end:
                return
            payload = bytes(self._buffer[_HEADER.size : end])
            del self._buffer[:end]
            yield kind, payload
