"""Strings that are put together only when a program runs: joined literals, lists of pieces, blobs cut in parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import re2

from pinfold.language.layers.found import Found
from pinfold.language.layers.glance import is_promising
from pinfold.language.layers.legible import tells

_SEVERAL = 3

MAX_PIECES = 2_000
"""Pieces of one string, or literals of one text, that are put together."""

_ONE = r"(?:\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`\n]*`)"
_JOINED = re2.compile(
    rf"{_ONE}(?:[ \t]*(?:\+|\.\.?|&)[ \t]*(?:\r?\n[ \t]*)?{_ONE})+|{_ONE}(?:\s*\\?\r?\n?[ \t]*{_ONE})+"
)
_LISTED = re2.compile(rf"[\[(]\s*{_ONE}(?:\s*,\s*{_ONE}){{2,}}\s*,?\s*[\])]")
_JOINS = re.compile(r"(?i)join|concat|implode|\+=|reduce|printf|%s")
_ESCAPE = re.compile(r"\\([nrt\"'`\\])")
_MEANT = {"n": "\n", "r": "\r", "t": "\t"}
_OPERATOR = re.compile(r"[\"'`]\s*(?:\+|\.|&|,)")
_HAN = re.compile("[\u3400-\u9fff]")
_WORDY = 8
_LITERAL = re.compile(_ONE)


def find(text: str) -> Iterator[Found]:
    """Yield the strings that pieces in ``text`` make together."""
    yield from _without_empty(text)
    for match in _JOINED.finditer(text):
        yield from _together(match[0], *match.span())
    if _JOINS.search(text):
        for match in _LISTED.finditer(text):
            yield from _together(match[0], *match.span())


_EMPTY = re.compile(r"(?<=[A-Za-z])(?:\"\"|'')(?=[A-Za-z])")
"""Quotation marks that hold nothing: a shell takes them away."""


def _without_empty(text: str) -> Iterator[Found]:
    """Yield a script without the empty quotation marks in its words, where there are several."""
    if len(_EMPTY.findall(text)) >= _SEVERAL:
        yield Found(_EMPTY.sub("", text), 0, len(text), "split strings", respelt=True)


def _together(row: str, start: int, end: int) -> Iterator[Found]:
    pieces = [literal[1:-1] for literal in _LITERAL.findall(row)[:MAX_PIECES]]
    said = _ESCAPE.sub(lambda escape: _MEANT.get(escape[1], escape[1]), "".join(pieces))
    operator = _OPERATOR.search(row) is not None
    # Lists of words, and long messages that go on in the next line, are put together at blanks: nobody hides there.
    cut = sum(_in_a_word(first, second, operator) for first, second in pairwise(pieces))
    if len(said) >= 6 and cut and (tells(said) or len(_HAN.findall(said)) >= _WORDY or is_promising(said)):
        yield Found(said, start, end, "split strings", hidden=cut >= 3 and cut * 2 >= len(pieces) - 1)


def _in_a_word(first: str, second: str, operator: bool) -> bool:
    """Return whether two strings are cut within a word; strings that merely follow each other are often lists."""
    if first.endswith(("\\n", "\\t")):
        return False
    if operator:
        return first[-1:].isalnum() and second[:1].isalnum()
    return first[-1:].islower() and second[:1].islower()
