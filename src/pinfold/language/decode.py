"""Bytes to text, the way a lenient host would read them, and so that a wrong byte hides nothing.

UTF-8 comes first: hosts read it, and replace what is wrong in it. Other encodings are tried only where UTF-8 clearly
fails. A stretch that speaks plainly in ASCII or UTF-8 amid text of another encoding is read as what it is.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple

from pinfold.language.encodings import CODECS, likeliest, wide_by_zeros


class Decoded(NamedTuple):
    """Text read from bytes.

    ``encoding`` is one of ``utf-8``, ``utf-16-le``, ``utf-16-be``, ``utf-32-le``, ``utf-32-be``, ``gb18030``, ``big5``,
    ``shift_jis``, ``euc-jp``, ``euc-kr`` and ``windows-1252``. ``replaced`` counts the U+FFFD that stand for bytes
    without meaning in it. A byte order mark at the start is not part of the text.
    """

    text: str
    encoding: str
    replaced: int


_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # begins like the mark of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_SAMPLE = 256 * 1024
"""How many bytes are looked at to choose an encoding, from the first line that is not UTF-8."""

_ISLAND_IN_WIDE = re.compile(rb"[\t\n\r -~]{16,}|(?:[\xe3-\xe9][\x80-\xbf]{2}){6,}")
_ISLAND = re.compile(rb"(?:[\xe3-\xed][\x80-\xbf]{2}){6,}")
"""ASCII and UTF-8 that another encoding yields by chance once in a very long text."""

_LONE_RETURN = re.compile(r"\r(?!\n)")

_HIGH_BYTES = bytes(range(0x80, 0x100))
_LATER_SCRIPTS = re.compile("[^\0-\u07ff\ufffd-\uffff]")
"""Characters of three and four bytes, which other encodings hardly ever yield by chance. (Written as what they are not:
Python takes milliseconds to compile a wide range.)"""


def decode(data: bytes) -> Decoded:
    """Return the text in ``data``. Every input has one; nothing is raised.

    Line ends and NUL characters are kept, but a carriage return without a line feed becomes one: what ends a line for
    some readers must not hide the next one from others.
    """
    read = _decoded(data)
    if "\r" not in read.text:
        return read
    return read._replace(text=_LONE_RETURN.sub("\n", read.text))


def _decoded(data: bytes) -> Decoded:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            body = data[len(mark) :]
            if encoding == "utf-8" or _may_be_wide(body):
                return _read(body, encoding)
            break
    if b"\0" in data and (encoding := wide_by_zeros(data)):
        return _read(data, encoding)
    try:
        return Decoded(data.decode(), "utf-8", 0)
    except UnicodeDecodeError as error:
        return _not_quite_utf8(data, error.start)


def _not_quite_utf8(data: bytes, first_bad: int) -> Decoded:
    """Read bytes that are not UTF-8 at ``first_bad``, nor perhaps elsewhere."""
    damaged = _read(data, "utf-8")
    if _is_mostly_good(data, damaged):
        return damaged
    start = max(data.rfind(b"\n", 0, first_bad) + 1, first_bad - _SAMPLE // 4)
    encoding = likeliest(data[start : start + _SAMPLE])
    return _read(data, encoding) if encoding else damaged


def _is_mostly_good(data: bytes, read: Decoded) -> bool:
    """Whether what is not ASCII is UTF-8 with damage here and there. ``read`` is ``data`` read as UTF-8."""
    good = len(read.text) - len(data.translate(None, _HIGH_BYTES)) - read.replaced
    return good >= 10 * read.replaced or len(_LATER_SCRIPTS.findall(read.text)) >= read.replaced


def _may_be_wide(body: bytes) -> bool:
    """Whether the bytes after a mark of UTF-16 or UTF-32 can be that; good UTF-8 without zeros is just UTF-8."""
    sample = body[:_SAMPLE]
    return b"\0" in sample or not _is_mostly_good(sample, _read(sample, "utf-8"))


def _read(data: bytes, encoding: str) -> Decoded:
    if encoding == "utf-8":
        text = data.decode("utf-8", "replace")
        return Decoded(text, encoding, text.count("\ufffd") - data.count("\ufffd".encode()))
    text = "".join(_stretches(data, encoding))
    return Decoded(text, encoding, text.count("\ufffd"))


def _stretches(data: bytes, encoding: str) -> Iterator[str]:
    """Yield the text of ``data`` with islands of plain text in it read as UTF-8."""
    codec = CODECS.get(encoding, encoding)
    position = 0
    for island in (_ISLAND_IN_WIDE if encoding.startswith("utf") else _ISLAND).finditer(data):
        yield data[position : island.start()].decode(codec, "replace")
        yield island[0].decode("utf-8", "replace")
        position = island.end()
    yield data[position:].decode(codec, "replace")
