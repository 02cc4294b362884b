"""The word lists of ``wording.toml``, compiled into few linear-time patterns over folded bytes."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import re2

_WIDER = {" ": r"[\s*_]{1,6}", "'": "['’‘`]?"}
"""What a blank and an apostrophe of the word lists stand for."""

_MEMORY = 128 << 20
"""Bytes that one pattern's automaton may take; RE2 stays linear, only slower, beyond it."""

Pattern = Any
"""A compiled RE2 pattern over bytes; the wheel ships no types."""


@cache
def wording() -> Mapping[str, Any]:
    """Return the word lists."""
    with Path(__file__).with_name("wording.toml").open("rb") as stream:
        return tomllib.load(stream)


@cache
def _variants() -> dict[int, str]:
    """Map each simplified character to a class that holds its traditional forms too."""
    pairs = wording()["script"]["traditional"].split()
    return {ord(forms[0]): f"[{forms}]" for forms in pairs}


def expression(entry: str) -> str:
    """Return the RE2 expression of one entry of the word lists; ``wording.toml`` says how entries are written."""
    source = entry.replace("(?:", "(").replace("\\(", "\0").replace("(", "(?:").replace("\0", "\\(")
    source = _outside_classes(source)
    head = r"\b" if _is_latin(entry.lstrip("(")[:1]) else ""
    tail = r"\b" if _is_latin(entry.rstrip(")?")[-1:]) and entry[-1] != " " else ""
    return f"{head}(?:{source}){tail}"


def _is_latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _outside_classes(source: str) -> str:
    """Put in gaps for blanks and variants for Chinese characters, except within a character class, where the variants are spelt without brackets."""
    variants, out, inside = _variants(), [], False
    for index, character in enumerate(source):
        escaped = index > 0 and source[index - 1] == "\\"
        if character == "[" and not escaped:
            inside = True
        elif character == "]" and not escaped:
            inside = False
        if inside:
            out.append(variants.get(ord(character), character).strip("[]") if ord(character) in variants else character)
        else:
            out.append(_WIDER.get(character) or variants.get(ord(character), character))
    return "".join(out)


def alternatives(entries: Iterable[str]) -> str:
    """Return one expression that matches any of the entries, longer ones first."""
    return "|".join(expression(entry) for entry in sorted(entries, key=len, reverse=True))


def compiled(source: str) -> Pattern:
    """Compile an expression over UTF-8 bytes."""
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    return re2.compile(source.encode(), options)


class Marks:
    """Several named expressions, looked for in one pass; at one place the earlier name wins."""

    __slots__ = ("_names", "_pattern")

    def __init__(self, groups: Sequence[tuple[str, str]]) -> None:
        """Compile the expressions, each given after its name."""
        self._names = tuple(name for name, _ in groups)
        self._pattern = compiled("|".join(f"({source})" for _, source in groups))

    def scan(self, data: bytes) -> Iterator[tuple[str, int, int]]:
        """Yield the name, start and end of each match, in order and without overlap."""
        names = self._names
        for match in self._pattern.finditer(data):
            start, end = match.span()
            yield names[match.lastindex - 1], start, end
