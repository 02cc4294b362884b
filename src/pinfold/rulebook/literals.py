"""The literals without which a byte pattern cannot match.

A pattern such as ``(?:ignore|forget).{0,40}rules`` matches only where ``ignore`` or ``forget`` occurs, and ``rules``.
It is read once, from left to right, into such conditions. What cannot be said in a few literals is left open, so that
the conditions may hold in vain but never fail where the pattern matches.

The blank of a wording stands for a run of blanks, line ends and Markdown marks (`pinfold.rulebook.patterns`). So that
it can be a part of a literal, literals are looked for in a text in which each such run is one blank: `spaced`.
"""

from __future__ import annotations

import re
from itertools import product
from typing import NamedTuple

Literals = frozenset[bytes]
"""Some literals, of which at least one occurs."""

Conditions = tuple[Literals, ...]
"""Conditions that all hold."""

MOST = 32
"""How many literals two parts of a pattern may be joined into."""

MOST_TOGETHER = 1_024
"""How many literals one condition may have; longer lists are no condition."""

LONGEST = 64
"""Bytes of a literal to which no more are joined."""

_MOST_IN_CLASS = 12
_ANY_MARK = rb"[\s*_>]"
_MARKS = bytes.maketrans(b"\t\n\x0b\x0c\r*_>", b" " * 8)
_RUN = re.compile(b" +")
_NOTHING: Literals = frozenset((b"",))
_GROUP = re.compile(rb"\((?:\?(?:P?<\w+>|([a-zA-Z]*)(?:-[a-zA-Z]+)?:|([a-zA-Z]+)(?:-[a-zA-Z]+)?\)))?")
_QUANTIFIER = re.compile(rb"(?:\?|\*|\+|\{(\d*)(?:(,)(\d*))?\})\??")
_HEX = re.compile(rb"\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,2})\})")
_CLASSES = (b"d", b"D", b"s", b"S", b"w", b"W")
_CONTROLS = {b"a": 7, b"f": 12, b"t": 9, b"n": 10, b"r": 13, b"v": 11}


class Needed(NamedTuple):
    """What a part of a pattern needs.

    ``exact`` lists all that the part matches, or is ``None`` where that is unknown or too much; ``conditions`` must all
    hold.
    """

    exact: Literals | None
    conditions: Conditions = ()

    @property
    def known(self) -> Conditions:
        """The conditions, those of an exact part included."""
        return self.conditions if self.exact is None else _condition(self.exact)


_OPEN = Needed(None)
_BLANK = Needed(frozenset((b" ",)))


class _UnreadError(Exception):
    """The pattern has a form that is not read here."""


def spaced(text: bytes) -> bytes:
    """Return a text with one blank for each run of blanks, line ends and Markdown marks, and one at either end."""
    return b" " + b" ".join(text.translate(_MARKS).split()) + b" "


def needed(pattern: bytes) -> list[Conditions]:
    """Return, for each outer alternative of a byte pattern, conditions that all hold wherever it matches.

    An alternative without conditions may match anywhere, as does a pattern of a form that is not read here. The pattern
    must be one that RE2 compiles. The literals are those of `spaced` text.
    """
    try:
        alternatives = _Parser(pattern).alternatives()
    except _UnreadError:
        return [()]
    return [tuple(filter(None, map(spaced_literals, alternative.known))) for alternative in alternatives]


def spaced_literals(literals: Literals) -> Literals:
    """Return literals as they stand in spaced text; none when one of them says nothing there."""
    found = frozenset(_RUN.sub(b" ", literal.translate(_MARKS)) for literal in literals)
    return frozenset() if b" " in found else found


def _condition(literals: Literals) -> Conditions:
    return () if b"" in literals or not literals or len(literals) > MOST_TOGETHER else (literals,)


def _joined(parts: list[Needed]) -> Needed:
    """Return what parts need that follow each other."""
    conditions: list[Literals] = []
    run = _NOTHING
    exact = True
    for part in parts:
        if part.exact is None:
            conditions += (*_condition(run), *part.conditions)
            run, exact = _NOTHING, False
        elif len(run) * len(part.exact) <= MOST and max(map(len, run)) < LONGEST:
            run = frozenset(before + after for before, after in product(run, part.exact))
        else:
            conditions += _condition(run)
            run, exact = part.exact, False
    if exact:
        return Needed(run)
    return Needed(None, (*conditions, *_condition(run)))


def _either(alternatives: list[Needed]) -> Needed:
    """Return what is needed by alternatives, of which any may match."""
    if all(alternative.exact is not None for alternative in alternatives):
        union = _NOTHING.union(*(alternative.exact or _NOTHING for alternative in alternatives))
        exact = union if any(b"" in (alternative.exact or ()) for alternative in alternatives) else union - _NOTHING
        return Needed(exact) if len(exact) <= MOST_TOGETHER else _OPEN
    if not all(alternative.known for alternative in alternatives):
        return _OPEN
    return Needed(None, _condition(frozenset[bytes]().union(*(best(each.known) for each in alternatives))))


def best(conditions: Conditions) -> Literals:
    """Return the condition that holds least often: the one whose shortest literal is longest."""
    return max(conditions, key=lambda literals: (min(map(len, literals)), -len(literals)))


class _Parser:
    """A recursive descent over a pattern that RE2 has accepted."""

    def __init__(self, pattern: bytes) -> None:
        self._pattern = pattern
        self._at = 0
        self._folds = False

    def alternatives(self) -> list[Needed]:
        """Read to the end of the pattern or of a group, and return what each alternative needs."""
        found = [self._sequence()]
        while self._peek() == b"|":
            self._at += 1
            found.append(self._sequence())
        return found

    def _peek(self) -> bytes:
        return self._pattern[self._at : self._at + 1]

    def _sequence(self) -> Needed:
        parts: list[Needed] = []
        while self._peek() not in (b"", b"|", b")"):
            parts.append(self._repeated(self._atom()))
        return _joined(parts)

    def _repeated(self, atom: Needed) -> Needed:
        """Read the quantifiers behind an atom."""
        while quantifier := _QUANTIFIER.match(self._pattern, self._at):
            self._at = quantifier.end()
            least, comma, most = quantifier.groups()
            sign = quantifier[0][:1]
            if (least, comma) == (b"1", None) or (least, most) == (b"1", b"1"):
                continue
            if atom is _BLANK and (sign == b"+" or (least and int(least) > 0)):
                continue
            if sign == b"+" or (least and int(least) > 0):
                atom = Needed(None, atom.known)
            elif sign == b"?" and atom.exact is not None:
                atom = Needed(atom.exact | _NOTHING)
            else:
                atom = _OPEN
        return atom

    def _atom(self) -> Needed:
        character = self._peek()
        if character == b"(":
            return self._group()
        if character == b"[":
            return self._class()
        if character == b"\\":
            return self._escape()
        self._at += 1
        if character == b".":
            return _OPEN
        return Needed(_NOTHING) if character in (b"^", b"$") else self._literal(character)

    def _literal(self, literal: bytes) -> Needed:
        # Texts are folded, so the small letter is the one that occurs.
        return Needed(frozenset((literal.lower() if self._folds else literal,)))

    def _group(self) -> Needed:
        opened = _GROUP.match(self._pattern, self._at)
        if opened is None or self._pattern[opened.end() : opened.end() + 1] == b"?":
            raise _UnreadError
        self._at = opened.end()
        outer = self._folds
        self._folds = outer or b"i" in (opened[1] or opened[2] or b"")
        if opened[2] is not None:  # flags for all that follows
            return Needed(_NOTHING)
        found = _either(self.alternatives())
        self._at += 1
        self._folds = outer
        return found

    def _escape(self) -> Needed:
        if value := _HEX.match(self._pattern, self._at):
            self._at = value.end()
            return self._literal(bytes((int(value[1] or value[2], 16),)))
        letter = self._pattern[self._at + 1 : self._at + 2]
        self._at += 2
        if letter in (b"b", b"B", b"A", b"z"):
            return Needed(_NOTHING)
        if letter in _CONTROLS:
            return self._literal(bytes((_CONTROLS[letter],)))
        if letter.isalnum():
            if letter not in _CLASSES:
                raise _UnreadError
            return _OPEN
        return self._literal(letter)

    def _class(self) -> Needed:
        """Read a class; a small one without ranges and escapes is as good as alternatives."""
        pattern, first = self._pattern, self._at + 1
        first += pattern[first : first + 1] == b"^"
        plain = first == self._at + 1
        members: set[bytes] = set()
        at = first
        while at < len(pattern) and (at == first or pattern[at : at + 1] != b"]"):
            member = pattern[at : at + 1]
            if member == b"[" and pattern[at + 1 : at + 2] == b":":  # a named class
                plain = False
                at = pattern.index(b":]", at) + 2
            else:
                members.add(member)
                at += 2 if member == b"\\" else 1
        self._at = at + 1
        if pattern.startswith(_ANY_MARK, first - 1):
            return _BLANK
        if not plain or b"\\" in members or b"-" in members or len(members) > _MOST_IN_CLASS:
            return _OPEN
        return Needed(frozenset(member.lower() if self._folds else member for member in members))
