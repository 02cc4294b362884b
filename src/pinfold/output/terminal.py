"""What may be shown on a terminal, and how wide it is there.

Names, paths and excerpts are written by whoever wrote the skill. A control or invisible character in them could
recolour, overwrite or reorder what the user reads, so all of them are shown as ``⟨U+…⟩``.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

MAX_STACKED_MARKS = 3
"""Combining marks that a character may carry. Scripts in use need no more; taller stacks cover other lines."""

_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_INVISIBLE = frozenset(
    [
        0x034F,  # combining grapheme joiner
        0x115F,  # Hangul fillers, which count as letters and yet show nothing
        0x1160,
        0x17B4,  # Khmer inherent vowels
        0x17B5,
        0x2800,  # Braille blank
        0x3164,
        0xFFA0,
        *range(0x180B, 0x1810),  # Mongolian selectors
        *range(0xFE00, 0xFE10),  # variation selectors
        *range(0xE0000, 0xE1000),  # tags and more variation selectors
    ]
)


def visible(text: str) -> str:
    """Return ``text`` with every control, bidirectional, invisible or unassigned character written as ``⟨U+…⟩``.

    The result is a single line that is safe to print. The emoji selector U+FE0F after a symbol is left out, because it
    is common there and only asks for colour.
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    before = ""
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) or unicodedata.category(character) == "Me" else 0
        if character == "\ufe0f" and before and unicodedata.category(before) == "So":
            pass
        elif marks > MAX_STACKED_MARKS or _hidden(character):
            shown.append(f"⟨U+{ord(character):04X}⟩")
        else:
            shown.append(character)
        before = character
    return "".join(shown)


@lru_cache(maxsize=4096)
def _hidden(character: str) -> bool:
    return ord(character) in _INVISIBLE or unicodedata.category(character) in _HIDDEN_CATEGORIES


def cells(text: str) -> int:
    """Return how many terminal cells ``text`` takes; East Asian wide characters take two, combining marks none."""
    if text.isascii():
        return len(text)
    return sum(map(_width, text))


@lru_cache(maxsize=4096)
def _width(character: str) -> int:
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    return 0 if unicodedata.category(character) in ("Mn", "Me") else 1


def pad(text: str, width: int) -> str:
    """Return ``text`` filled with spaces to ``width`` cells; longer text stays as it is."""
    return text + " " * (width - cells(text))


def shorten(text: str, width: int) -> str:
    """Return ``text`` cut to ``width`` cells, the last of them ``…`` if something was cut."""
    if cells(text) <= width:
        return text
    kept = _prefix(text, width - 1)
    return text[:kept] + "…"


def _prefix(text: str, width: int) -> int:
    """Return how many characters of ``text`` fit into ``width`` cells."""
    used = 0
    for index, character in enumerate(text):
        used += _width(character)
        if used > width:
            return index
    return len(text)


def wrap(text: str, width: int) -> list[str]:
    """Return ``text`` in lines of at most ``width`` cells, broken at spaces where there are any.

    Chinese and Japanese text, which has no spaces, is broken between characters.
    """
    width = max(width, 10)
    lines: list[str] = []
    line = ""
    for word in text.split():
        if line and cells(line) + 1 + cells(word) <= width:
            line += " " + word
            continue
        if line:
            lines.append(line)
        line = word
        while cells(line) > width:
            kept = _prefix(line, width)
            lines.append(line[:kept])
            line = line[kept:]
    if line:
        lines.append(line)
    return lines


def underlined(excerpt: str, start: int, end: int, width: int) -> tuple[str, int, int]:
    """Return a source line made safe to print, with the cells at which its underline starts and ends.

    ``start`` and ``end`` count characters of ``excerpt``; tabs become four spaces. A line wider than ``width`` is cut
    to a window around the span.
    """
    start = min(max(start, 0), len(excerpt))
    end = min(max(end, start), len(excerpt))
    head, span, tail = (
        visible(part.replace("\t", "    ")) for part in (excerpt[:start], excerpt[start:end], excerpt[end:])
    )
    room = max(width, 20)
    if cells(head) + cells(span) + cells(tail) > room:
        if cells(span) > room - 2:
            span, tail = shorten(span, room - 2), ""  # one mark of omission is enough
        spare = room - cells(span)
        head = _ending(head, max(spare // 2, spare - cells(tail)))
        tail = shorten(tail, max(spare - cells(head), 1)) if tail else ""
    return head + span + tail, cells(head), cells(head) + cells(span)


def _ending(text: str, width: int) -> str:
    """Return the end of ``text`` in at most ``width`` cells, with ``…`` before it if something was cut."""
    if cells(text) <= width:
        return text
    backwards = text[::-1]
    kept = _prefix(backwards, width - 1)
    return "…" + backwards[:kept][::-1]
