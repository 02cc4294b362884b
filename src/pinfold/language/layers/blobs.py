"""Base64, base32, base85 and hexadecimal data that hides writing, packed or not."""

from __future__ import annotations

import base64
import binascii
import bz2
import codecs
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

import re2

from pinfold.language.layers.found import Found
from pinfold.language.layers.glance import is_promising, promising
from pinfold.language.layers.legible import from_bytes, leads_on, tells

MAX_UNPACKED = 2_000_000
"""Bytes that one blob may unpack to; the rest is left out."""

MAX_PARTS = 2_000
"""Strings of one text that are put together."""

MAX_ROW = 256
"""Parts that one blob is cut into at most."""

MAX_TOKENS = 20_000
"""Rows of letters and digits that are tried in one text."""

_TOKEN = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,6}|={1,2}[A-Za-z0-9+/_-]{12,}")
_BETWEEN = re.compile(r"[ \t]*\r?\n[ \t]*(?=[A-Za-z0-9+/_-]{8})|[\s\"'`,+#;:*>|\\.()\[\]&]{1,40}")
_HEX_ROWS = re2.compile(r"(?:[0-9a-fA-F]{2}[ :,]{1,2}){11,}[0-9a-fA-F]{2}\b")
_HEX_MARKED = re2.compile(r"(?:(?:0x|\\x)[0-9a-fA-F]{2}[, \"'+\n]{0,6}){6,}")
_HEX = re.compile(r"[0-9a-fA-F]{16,}")
_THIRTY_TWO = re.compile(r"[A-Z2-7]{16,}={0,6}")
_PICTURE = re.compile(r"data:(?:image|font|audio|video|application/(?:font|pdf|wasm|x-font|octet))[^,]{0,60},$")
_ASCII_85 = re.compile(r"<~(.{8,20000}?)~>", re.DOTALL)
_QUOTED = re.compile(r"([\"'`])([!-~]{16,})\1")
_LINE = re.compile(r"^[ \t]*([!-~]{24,})$", re.MULTILINE)
_BACKWARDS = re.compile(r"\[::-1\]|(?i:revers)|\brev\b|strrev|倒|反转|反轉")
_ROTATED = re.compile(r"(?i:rot.?13)|A-Za-z|a-zA-Z")
_TAIL = re.compile(r"[A-Za-z0-9+/_-]{1,7}={0,2}(?![A-Za-z0-9])")
_GAP = re.compile(r"\n\s*\n")
_SQUEEZED = re.compile(r"(?i)deflat|inflat|decompress")
_PADDING = re.compile("={1,6}")
_PART = re.compile(
    r"[\"'`]([A-Za-z0-9+/_-]{8,}={0,2})[\"'`]|(?::|=|：)[ \t]*`?([A-Za-z0-9+/_-]{12,}={0,2})`?[ \t]*$", re.MULTILINE
)


def find(text: str) -> Iterator[Found]:
    """Yield the writing that encoded data in ``text`` stands for."""
    yield from _tokens(text, _Ways(text))
    for pattern in (_HEX_ROWS, _HEX_MARKED):
        for match in pattern.finditer(text):
            digits = re.sub(r"0x|\\x|[^0-9a-fA-F]", "", match[0])
            yield from _said(_unhex(digits), match.span(), "hexadecimal")
    if "<~" in text:
        for match in _ASCII_85.finditer(text):
            yield from _said(_attempt(base64.a85decode, match[1]), match.span(), "base85")
    if re.search(r"(?i)b85|base.?85|ascii.?85|z85", text):
        rows = chain(((each[2], each.span()) for each in _QUOTED.finditer(text)), _lines(text))
        for said, span in islice(rows, MAX_TOKENS):
            for decode in (base64.b85decode, base64.a85decode):
                yield from _said(_attempt(decode, said), span, "base85")


def _lines(text: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the lines without blanks in them, each by itself and with those that follow it."""
    lines = list(islice(_LINE.finditer(text), MAX_PARTS))
    for line in lines:
        yield line[1], line.span(1)
    for first, last in _adjacent(lines):
        yield "".join(line[1] for line in lines[first : last + 1]), (lines[first].start(1), lines[last].end(1))


def _adjacent(lines: Sequence[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of the lines that follow each other."""
    first = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or lines[at].start() != lines[at - 1].end() + 1:
            if at - first > 1:
                yield first, at - 1
            first = at


class _Ways:
    """What a text says of turning blobs round, so that those ways are tried, too."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.backwards = _BACKWARDS.search(text) is not None
        self.rotated = _ROTATED.search(text) is not None
        self.turned = self.backwards or self.rotated or _SQUEEZED.search(text) is not None


def _tokens(text: str, ways: _Ways) -> Iterator[Found]:
    """Yield what rows of base64, base32 and hexadecimal say: first as one, where they follow each other, then alone."""
    last = 0
    for start, end in islice(promising(text, turned=ways.turned), MAX_TOKENS):
        if start < last:
            continue
        row = _row(text, start, end)
        both: list[Found] = []
        for count in range(len(row), max(1, len(row) - 3), -1):
            whole = "".join(token for token, _ in row[:count])
            if both := list(_decoded(ways, whole, start, row[count - 1][1])):
                last = row[count - 1][1]
                break
        yield from both or _decoded(ways, row[0][0], start, row[0][1])
    yield from _in_parts(text)


def _row(text: str, start: int, end: int) -> list[tuple[str, int]]:
    """Return a token and those that follow it, each with its end."""
    pad = _PADDING.match(text, end)
    end = pad.end() if pad else end
    row = [(text[start:end], end)]
    while len(row) < MAX_PARTS and row[-1][0][-1] != "=" and (between := _BETWEEN.match(text, end)):
        following = _TOKEN.match(text, between.end()) or _TAIL.match(text, between.end())
        if following is None or _GAP.search(between[0]):
            break
        end = following.end()
        row.append((following[0], end))
    return row


def _decoded(ways: _Ways, token: str, start: int, end: int) -> Iterator[Found]:
    if _PICTURE.search(ways.text, max(0, start - 100), start):
        return
    if len(token) >= 24 and _HEX.fullmatch(token):
        found = list(_said(_unhex(token), (start, end), "hexadecimal"))
        if found:
            yield from found
            return
    bare = token.strip("=")
    if _THIRTY_TWO.fullmatch(token):
        yield from _said(_attempt(base64.b32decode, bare + "=" * (-len(bare) % 8)), (start, end), "base32")
    yield from _said(sixty_four(bare), (start, end), "base64")
    if token[0] == "=" or ways.backwards:
        yield from _said(sixty_four(bare[::-1]), (start, end), "reversed base64")
    if ways.rotated:
        yield from _said(sixty_four(_rotated(bare)), (start, end), "base64 behind rot13")


def _in_parts(text: str) -> Iterator[Found]:
    """Yield what base64 says that was cut into several strings, in the order of the text."""
    parts = list(islice(_PART.finditer(text), MAX_PARTS))
    if len(parts) < 2:
        return
    said = joined([part[1] or part[2] for part in parts])
    if said is not None:
        first, last, content = said
        yield Found(content, parts[first].start(), parts[last].end(), "base64 in parts")


def joined(parts: Sequence[str]) -> tuple[int, int, str] | None:
    """Return the first run of two or more parts that are writing only together: its ends, and what it says."""
    after = 0
    for first in range(len(parts) - 1):
        if first < after or "=" in parts[first] or not is_promising(parts[first]):
            continue
        ends = [end for end in range(first + 1, min(first + MAX_ROW, len(parts))) if _ends(parts, first, end)]
        for end in ends[:4]:
            for said, _packed in texts(sixty_four("".join(parts[first : end + 1]))):
                if tells(said):
                    return first, end, said
        after = ends[0] if ends else first + 1
    return None


def _ends(parts: Sequence[str], first: int, end: int) -> bool:
    """Return whether a row of parts can end here: padding, a shorter part than the first, or no other behind it."""
    return "=" in parts[end] or len(parts[end]) != len(parts[first]) or end + 1 == len(parts)


def sixty_four(token: str) -> bytes:
    """Return what base64 without its padding, in either alphabet, stands for; nothing if it is none."""
    plain = token.replace("-", "+").replace("_", "/").replace("=", "")
    if len(plain) % 4 == 1:
        plain = plain[:-1]
    return _attempt(base64.b64decode, plain + "=" * (-len(plain) % 4))


def _rotated(token: str) -> str:
    return codecs.decode(token, "rot13")


def _unhex(digits: str) -> bytes:
    return _attempt(binascii.unhexlify, digits[: len(digits) // 2 * 2])


def _attempt(decode: Callable[[str], bytes], token: str) -> bytes:
    try:
        return decode(token)
    except (ValueError, OverflowError):
        return b""


def _said(data: bytes, span: tuple[int, int], how: str) -> Iterator[Found]:
    """Yield decoded data as text, unpacked where it is packed; nothing for data that is no writing."""
    for said, packed in texts(data):
        if leads_on(said):
            yield Found(said, *span, f"{packed} in {how}" if packed else how)


def texts(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield the text in some bytes, with the name of what it was packed with, or ``""``."""
    said = from_bytes(data)
    if said is not None:
        yield said, ""
        return
    for name, unpack in _PACKED:
        for content in _attempted(unpack, data):
            if (said := from_bytes(content)) is not None:
                yield said, name


def _attempted(unpack: Callable[[bytes], Sequence[bytes]], data: bytes) -> Sequence[bytes]:
    try:
        return unpack(data)
    except (zlib.error, lzma.LZMAError, zipfile.BadZipFile, OSError, ValueError, EOFError, RuntimeError, LookupError):
        return ()


def _deflated(data: bytes) -> Sequence[bytes]:
    if data[:2] == b"\x1f\x8b" or data[:1] == b"\x78":
        return (zlib.decompressobj(47).decompress(data, MAX_UNPACKED),)
    # Without a header almost any bytes begin like a stream, so the end of the stream has to come, too.
    raw = zlib.decompressobj(-15)
    content = raw.decompress(data, MAX_UNPACKED) if len(data) >= 24 else b""
    return (content,) if raw.eof else ()


def _bzipped(data: bytes) -> Sequence[bytes]:
    return (bz2.BZ2Decompressor().decompress(data, MAX_UNPACKED),) if data[:3] == b"BZh" else ()


def _xzipped(data: bytes) -> Sequence[bytes]:
    if data[:6] not in (b"\xfd7zXZ\0",) and data[:3] != b"\x5d\0\0":
        return ()
    return (lzma.LZMADecompressor(memlimit=1 << 26).decompress(data, MAX_UNPACKED),)


def _zipped(data: bytes) -> Sequence[bytes]:
    if data[:4] != b"PK\x03\x04":
        return ()
    contents = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist()[:20]:
            with archive.open(member) as stream:
                contents.append(stream.read(MAX_UNPACKED))
    return contents


_PACKED: tuple[tuple[str, Callable[[bytes], Sequence[bytes]]], ...] = (
    ("a deflated stream", _deflated),
    ("bzip2", _bzipped),
    ("xz", _xzipped),
    ("a ZIP archive", _zipped),
)
