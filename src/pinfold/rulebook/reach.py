r"""How far a byte pattern can reach from where it begins to match.

Where a cheap pattern has told near which places a dear one may match (`pinfold.rulebook.patterns.widened`), only the
text around them has to be searched. How much that is follows from the pattern itself: some bytes at most, and some
runs, such as ``\w+``, that may be of any length but end where their line does.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import re2

FURTHEST = 2_000
"""Bytes that a pattern may take to be of use here; those of our rules take a few hundred."""

_ATOM = re.compile(
    rb"""(?P<run>(?:\\x[0-9a-fA-F]{2}|[\w"'/=:;,&<>@%!~`#-]){2,}(?![?*+{])) | (?P<blank>\[\\s\*_>\]\{1,12\}(?![?*+{]))
    | (?P<group>\((?:\?(?:P?<\w+>|[imU]*(?:-[imsU]+)?:))?) | (?P<flags>\(\?[imU]+\))
    | (?P<class>\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]) | (?P<nothing>\\[bB] | \^)
    | (?P<one>\\x[0-9a-fA-F]{2} | \\x\{[0-9a-fA-F]{1,2}\} | \\[dDsSwWafnrtv] | \\[^a-zA-Z0-9] | [^\\()|*+?{$])""",
    re.VERBOSE | re.DOTALL,
)
_QUANTIFIER = re.compile(rb"(?:\?|\*|\+|\{(\d+)(?:(,)(\d*))?\})\??")


class Reach(NamedTuple):
    """At most ``size`` bytes, and ``runs`` stretches of any length in which no line ends."""

    size: int
    runs: int

    def end(self, text: bytes, start: int, most: int) -> int:
        """Return the end of the line, or ``most``, up to which a match may go that begins before ``start``."""
        at = start
        for _ in range(self.runs + 1):
            at = text.find(b"\n", at + self.size, most)
            if at < 0:
                return most
        return at


class _UnboundedError(Exception):
    """The pattern may match any number of lines, looks at the end of the text, or has a form that is not read here."""


def reach(pattern: bytes) -> Reach | None:
    """Return how far a pattern goes that RE2 compiles, or nothing where that cannot be told, or is far."""
    try:
        found, end = _either(pattern, 0)
    except _UnboundedError:
        return None
    return found if end == len(pattern) and found.size <= FURTHEST else None


def _either(pattern: bytes, at: int) -> tuple[Reach, int]:
    """Read alternatives up to the end of the pattern or of a group."""
    size = runs = 0
    while True:
        found, at = _sequence(pattern, at)
        size, runs = max(size, found.size), max(runs, found.runs)
        if pattern[at : at + 1] != b"|":
            return Reach(size, runs), at
        at += 1


def _sequence(pattern: bytes, at: int) -> tuple[Reach, int]:
    size = runs = 0
    while at < len(pattern) and pattern[at : at + 1] not in (b"|", b")"):
        found, at = _repeated(pattern, at)
        size, runs = size + found.size, runs + found.runs
    return Reach(size, runs), at


def _repeated(pattern: bytes, start: int) -> tuple[Reach, int]:
    """Read an atom and the quantifiers behind it."""
    found, at = _atom(pattern, start)
    within = pattern[start:at]
    while quantifier := _QUANTIFIER.match(pattern, at):
        at = quantifier.end()
        least, comma, most = quantifier.groups()
        if quantifier[0][:1] == b"?" or most == b"1":
            continue
        if least is not None and (most or not comma):
            times = int(most or least)
            found = Reach(found.size * times, found.runs * times)
        elif found == (1, 0) and not _ends_lines(within):
            found = Reach(0, 1)
        else:
            raise _UnboundedError
        within = b""
    return found, at


def _atom(pattern: bytes, at: int) -> tuple[Reach, int]:
    atom = _ATOM.match(pattern, at)
    if atom is None:
        raise _UnboundedError
    if atom["group"]:
        found, at = _either(pattern, atom.end())
        if pattern[at : at + 1] != b")":
            raise _UnboundedError
        return found, at + 1
    if atom["run"]:
        return Reach(len(atom["run"]) - 3 * atom["run"].count(b"\\"), 0), atom.end()
    if atom["blank"]:
        return Reach(12, 0), atom.end()
    return Reach(1 if atom["one"] or atom["class"] else 0, 0), atom.end()


@cache
def _ends_lines(atom: bytes) -> bool:
    """Say whether an atom of one byte may be the end of a line."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return not atom or re2.compile(atom, options).fullmatch(b"\n") is not None
