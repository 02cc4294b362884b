"""Which encoding bytes are in, when they are not UTF-8: the one in which they read best.

Text reads well when many of its characters are the frequent and the everyday ones of its script; text read in the wrong
encoding is made of rare ones. ``characters.toml`` lists the frequent ones.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

from pinfold.tables import table

CODECS = {"big5": "cp950", "shift_jis": "cp932", "euc-kr": "cp949", "euc-jp": "euc_jp", "windows-1252": "cp1252"}
"""Python's codecs for what Windows writes, where they are named otherwise than the encoding."""

_EVERYDAY = {
    "gb18030": ("gb2312", 0xB0, 0xD7),
    "big5": ("big5", 0xA4, 0xC6),
    "shift_jis": ("euc_jp", 0xB0, 0xCF),
    "euc-jp": ("euc_jp", 0xB0, 0xCF),
    "euc-kr": ("euc_kr", 0xB0, 0xC8),
}
"""Encodings tried, and the rows of everyday characters of their standard: codec, first and last leading byte."""

_TRIED = (*_EVERYDAY, "utf-16-le", "utf-16-be")

_MERIT = 0.8
"""What a text must reach to be read in an encoding: everyday characters count 1, frequent ones 2, bad ones -4."""

_EVIDENCE = 4
"""The sum of that over the text, so that one or two characters prove nothing."""

_ASCII = re.compile(r"[\x00-\x7f]+")
_WESTERN = re.compile(r"[\xa0¡£§©-«®°´·º»¿-ÖØ-öø-þŒœŠšŽž\u2018\u2019\u201c\u201d\u2013\u2014\u2026€•™]+")
"""What text of western Europe has beyond ASCII."""

_ASCII_LETTERS = bytes((*range(0x41, 0x5B), *range(0x61, 0x7B)))


def wide_by_zeros(data: bytes) -> str:
    """Return ``utf-16-le`` or the like when that is what the places of the zero bytes show, else an empty string."""
    if len(data) < 4:
        return ""
    columns = [data[offset::4] for offset in range(4)]
    first, second, third, fourth = (column.count(0) / len(column) for column in columns)
    if fourth > 0.99 and third > 0.9 and first < 0.1:
        return "utf-32-le"
    if first > 0.99 and second > 0.9 and fourth < 0.1:
        return "utf-32-be"
    if second + fourth > 0.8 and first + third < 0.1:
        return "utf-16-le"
    if first + third > 0.8 and second + fourth < 0.1:
        return "utf-16-be"
    return ""


def likeliest(sample: bytes) -> str:
    """Return the encoding in which the sample reads best, or an empty string when it reads well in none."""
    best = max(_TRIED, key=lambda encoding: _merit(sample, encoding))  # the first of equals
    if _merit(sample, best) > 0:
        return best
    return "windows-1252" if _is_western(sample) else ""


def _merit(sample: bytes, encoding: str) -> float:
    """Return how well the sample reads, between ``_MERIT`` and 2, or 0 when not well enough."""
    counts = Counter(_ASCII.sub("", sample.decode(CODECS.get(encoding, encoding), "replace")))
    beyond = counts.total()
    if not beyond or _swallows_ascii(counts, encoding):
        return 0
    frequent, everyday = _known(encoding)
    sum_ = sum(count * ((character in everyday) + (character in frequent)) for character, count in counts.items())
    sum_ -= 4 * counts["\ufffd"]
    return sum_ / beyond if sum_ >= max(_EVIDENCE, _MERIT * beyond) else 0


def _swallows_ascii(counts: Counter[str], encoding: str) -> bool:
    """Whether most characters are a stray byte and the letter after it: no text looks so, but bait does."""
    if encoding.startswith("utf"):
        return False
    codec = CODECS.get(encoding, encoding)
    second = ((character.encode(codec, "ignore")[1:2], count) for character, count in counts.items())
    swallowed = sum(count for byte, count in second if b"\0" < byte < b"\x80")
    return swallowed > 0.8 * counts.total()


@cache
def _known(encoding: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the frequent and the everyday characters of the script that an encoding is used for."""
    if encoding.startswith("utf"):
        scripts = [_known(script) for script in ("gb18030", "euc-jp", "euc-kr")]
        return frozenset().union(*(each[0] for each in scripts)), frozenset().union(*(each[1] for each in scripts))
    lists = table(Path(__file__).parent, "characters")
    codec, first, last = _EVERYDAY[encoding]
    pairs = (bytes((lead, trail)) for lead in range(first, last + 1) for trail in range(0x40, 0xFF))
    everyday = {pair.decode(codec, "ignore") for pair in pairs}
    frequent = set(lists["hangul" if encoding == "euc-kr" else "han"]) - {"\n"}
    if codec == "euc_jp":
        kana = set(map(chr, range(0x3041, 0x30FD)))
        everyday |= kana
        frequent |= kana
    return frozenset(frequent), frozenset(everyday)


def _is_western(sample: bytes) -> bool:
    """Whether the sample is Latin text with some accents and quotation marks."""
    beyond = _ASCII.sub("", sample.decode("cp1252", "replace"))
    letters = len(sample) - len(sample.translate(None, _ASCII_LETTERS))
    accented = sum(map(str.isalpha, beyond))
    return _WESTERN.fullmatch(beyond) is not None and len(beyond) <= 2 * accented <= 0.6 * letters
