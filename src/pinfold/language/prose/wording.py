"""The word lists of ``wording.toml``, compiled into few linear-time patterns over folded bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import re2

from pinfold.tables import table

_WIDER = {" ": r"[\s*_]+", "'": "['’‘`]?"}
"""What a blank and an apostrophe of the word lists stand for."""

_MEMORY = 128 << 20
"""Bytes that one pattern's automaton may take; RE2 stays linear, only slower, beyond it."""

_KEPT = 96
"""Matches up to this many bytes are worth keeping the name of; longer ones hardly come twice."""

Pattern = Any
"""A compiled RE2 pattern over bytes; the wheel ships no types."""

Mark = tuple[str, int, int]
"""What was found: its name, and start and end in bytes."""


@cache
def wording() -> Mapping[str, Any]:
    """Return the word lists."""
    return table(Path(__file__).parent, "wording")


def entries(*names: str) -> Sequence[str]:
    """Return the word list that stands under these keys."""
    found: Any = wording()
    for name in names:
        found = found[name]
    return tuple(found)


@cache
def scripts() -> Mapping[str, str]:
    """Map each simplified character that has other forms to all of them, itself first."""
    forms: dict[str, str] = {}
    for row in wording()["script"]["traditional"].split():
        forms[row[0]] = forms.get(row[0], row[0]) + row[1:]
    return forms


@cache
def _outside() -> Mapping[int, str]:
    """Map what stands for more than itself outside a character class: blanks, apostrophes, simplified characters."""
    wider = {ord(simple): f"[{every}]" for simple, every in scripts().items()}
    return wider | {ord(mark): wide for mark, wide in _WIDER.items()}


@cache
def _inside() -> Mapping[int, str]:
    """Map simplified characters within a character class."""
    return {code: wider.strip("[]") for code, wider in _outside().items() if code > 0x7F}


def _expressions(entries: Sequence[str]) -> Iterator[str]:
    """Yield the RE2 expression of each entry of the word lists; ``wording.toml`` says how they are written.

    All are rewritten at once, as lines of one text: there are thousands, and every process starts with them.
    """
    source = "\n".join(entries).replace("\\(", "\0").replace("(", "(?:").replace("\0", "\\(")
    first, *others = source.replace("\\[", "\0").replace("\\]", "\1").split("[")
    pieces = [first.translate(_outside())]
    for part in others:
        characters, _, rest = part.partition("]")
        pieces.append(f"[{characters.translate(_inside())}]{rest.translate(_outside())}")
    written = "".join(pieces).replace("\0", "\\[").replace("\1", "\\]").split("\n")
    for entry, line in zip(entries, written, strict=True):
        # Nothing separates the words of Chinese: an entry that holds any has no edges.
        head = r"\b" if entry.isascii() and entry.lstrip("(")[:1].isalnum() else ""
        tail = r"\b" if entry.isascii() and entry.rstrip(")?")[-1:].isalnum() else ""
        yield f"{head}(?:{line}){tail}"


@cache
def _simple() -> Mapping[int, int]:
    return {ord(form): ord(row[0]) for row in wording()["script"]["traditional"].split() for form in row[1:]}


def simplified(words: str) -> str:
    """Return words in simplified characters, as the word lists are written."""
    return words if words.isascii() else words.translate(_simple())


def alternatives(words: Iterable[str]) -> str:
    """Return one expression that matches any of the entries, longer ones first."""
    return "|".join(_expressions(sorted(words, key=len, reverse=True)))


@cache
def compiled(source: str) -> Pattern:
    """Compile an expression over UTF-8 bytes, once."""
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return re2.compile(source.encode(), options)


@cache
def listed(*names: str) -> Pattern:
    """Compile the word list that stands under these keys."""
    return compiled(alternatives(entries(*names)))


@cache
def ending(*names: str, then: str = "") -> Pattern:
    """Compile the word list under these keys for the end of a text; ``then`` is what may follow it there."""
    return compiled(f"(?:{alternatives(entries(*names))}){then}$")


@cache
def beginning(*names: str, first: str = "") -> Pattern:
    """Compile the word list under these keys for the beginning of a text; ``first`` is what may precede it."""
    return compiled(f"^{first}(?:{alternatives(entries(*names))})")


class Marks:
    r"""Several named expressions, looked for in one pass; at one place the earlier name wins.

    RE2 finds *where* something matches with its automaton, fast, but *which* of many groups matched only with a slow
    one: the second question is asked of the matched words alone, of one expression after the other, and its answers are
    kept. Expressions may look at what stands beside them with ``\b`` only.
    """

    __slots__ = ("_finder", "_groups", "_kept")

    def __init__(self, groups: Sequence[tuple[str, str]]) -> None:
        """Compile the expressions, each given after its name."""
        self._groups = tuple(groups)
        self._finder = compiled("|".join(source for _, source in groups))
        self._kept = lru_cache(maxsize=16_384)(self._name)

    def scan(self, data: bytes) -> Iterator[Mark]:
        """Yield the name, start and end of each match, in order and without overlap."""
        for match in self._finder.finditer(data):
            start, end = match.span()
            words = data[start:end]
            name = self._kept(words) if end - start <= _KEPT else self._name(words)
            if name:
                yield name, start, end

    def _name(self, words: bytes) -> str:
        return next((name for name, source in self._groups if compiled(source).fullmatch(words)), "")
