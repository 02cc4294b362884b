"""The words in a picture that no picture shows: comments of PNG, JPEG and GIF, and text behind the end of a PNG."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress

MAX_CHUNKS = 2_000
"""Parts of one picture that are passed over to find its comments."""

MAX_BYTES = 200_000
"""Bytes of all comments of one picture."""

_PNG = b"\x89PNG\r\n\x1a\n"
_NO_COMMENTS = (b"XML:com.adobe.xmp", b"Raw profile type")
_LAST_MARKER = 0xDA


def words(data: bytes) -> str:
    """Return the comments of a picture, a line each, or ``""``. Never raises; damaged pictures end early."""
    found: list[bytes] = []
    left = MAX_BYTES
    with suppress(struct.error, IndexError):
        for comment in _comments(data):
            found.append(comment[:left])
            left -= len(comment)
            if left <= 0:
                break
    return b"\n".join(found).decode("utf-8", "replace").replace("\0", "\n")


def _comments(data: bytes) -> Iterator[bytes]:
    if data.startswith(_PNG):
        yield from _of_png(data)
    elif data.startswith(b"\xff\xd8\xff"):
        yield from _of_jpeg(data)
    elif data.startswith((b"GIF87a", b"GIF89a")):
        yield from _of_gif(data)


def _of_png(data: bytes) -> Iterator[bytes]:
    at = len(_PNG)
    for _ in range(MAX_CHUNKS):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length] if kind in (b"tEXt", b"zTXt", b"iTXt") else b""
        if body and not body.startswith(_NO_COMMENTS):
            yield _of_chunk(kind, body)
        at += 12 + length
        if kind == b"IEND":
            if not data[at : at + MAX_BYTES].startswith(b"PK\x03\x04"):
                yield data[at : at + MAX_BYTES]
            return


def _of_chunk(kind: bytes, body: bytes) -> bytes:
    """Return the words of a chunk: what stands behind the keyword, unpacked."""
    keyword, _, rest = body.partition(b"\0")
    if kind == b"zTXt":
        return _unpacked(rest[1:])
    if kind == b"iTXt":
        packed, said = rest[:1] == b"\1", rest[2:].split(b"\0", 2)[-1]
        return _unpacked(said) if packed else said
    return rest if keyword != b"Software" else b""


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, MAX_BYTES)
    except zlib.error:
        return b""


def _of_jpeg(data: bytes) -> Iterator[bytes]:
    at = 2
    for _ in range(MAX_CHUNKS):
        mark, marker, length = struct.unpack_from(">BBH", data, at)
        if mark != 0xFF or marker == _LAST_MARKER:
            return
        if marker == 0xFE:
            yield data[at + 4 : at + 2 + length]
        at += 2 + length


def _of_gif(data: bytes) -> Iterator[bytes]:
    at = data.find(b"\x21\xfe")
    for _ in range(MAX_CHUNKS):
        if at < 0:
            return
        at += 2
        said = b""
        while (size := data[at]) and len(said) < MAX_BYTES:
            said += data[at + 1 : at + 1 + size]
            at += 1 + size
        if said.isascii():
            yield said
        at = data.find(b"\x21\xfe", at)
