"""What can be there at all, by its literals: one pass of Hyperscan over a text.

Hyperscan looks for the literals of everything that is looked for, patterns of wordings or detections of acts, and only
what enough of them were found for is looked at more closely. A text may be let through in vain; it is never held back.

Whole patterns would take Hyperscan seconds to compile, for their counted gaps. Pieces of patterns took less, but cannot
be trusted: the build that python-hyperscan 0.9.1 carries finds ``a[ ]*b`` in ``xxxxxxxxxxxxxxxa b`` and not in
``xxxxxxxxxxxxxxxab`` (seen on 2026-11-21). Literals take another path through it, compile in a tenth of a second, and
are searched for several times as fast.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import hyperscan
import msgspec

from pinfold.model import RuleError
from pinfold.rulebook.literals import Conditions, best, spaced

CANARY = b"pinfold-canary-b7e1"
"""A text that every database must find; one that does not is not trusted."""

_TELLING = 3
"""Bytes of a literal; shorter ones occur everywhere, and are asked for only where there is nothing else."""

_FLAGS = hyperscan.HS_FLAG_SINGLEMATCH

_Needs = tuple[tuple[frozenset[int], ...], ...]
"""For each alternative, conditions that must all hold: of each, one of the literals of these numbers occurs. The one
that holds least often comes first."""

_NEEDS = msgspec.msgpack.Decoder(_Needs)


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """A prefilter as it is kept. What a text hardly ever asks for stays encoded until it does."""

    needs: list[msgspec.Raw]
    anywhere: frozenset[int]
    by_literal: dict[int, list[int]]
    literals: int
    database: bytes


_KEPT = msgspec.msgpack.Decoder(_Kept)


class Prefilter:
    """Things numbered from 0, each with the literals without which it cannot be there."""

    def __init__(self, alternatives: Sequence[Iterable[Conditions]]) -> None:
        """Take, for each thing, alternatives of which any may hold.

        Raises `RuleError` when Hyperscan refuses the literals.
        """
        numbers: dict[bytes, int] = {}
        needs = [
            tuple(
                tuple(
                    frozenset(numbers.setdefault(literal, len(numbers)) for literal in sorted(condition))
                    for condition in _chosen(conditions)
                )
                for conditions in each
            )
            for each in alternatives
        ]
        anywhere, by_literal = _index(needs)
        self._database = _compiled(list(numbers))
        self._set(
            _Kept(
                [msgspec.Raw(msgspec.msgpack.encode(each)) for each in needs],
                anywhere,
                by_literal,
                len(numbers),
                bytes(hyperscan.dumpb(self._database)),
            )
        )

    @classmethod
    def load(cls, data: bytes) -> Prefilter:
        """Return what `serialize` kept. Raises `ValueError` when it is damaged or fails the canary."""
        try:
            kept = _KEPT.decode(data)
            database = hyperscan.loadb(kept.database, hyperscan.HS_MODE_BLOCK)
        except (msgspec.DecodeError, hyperscan.error) as error:
            raise ValueError(f"the compiled patterns cannot be loaded: {error}") from None
        loaded = cls.__new__(cls)
        loaded._database = database
        loaded._set(kept)
        return loaded

    def _set(self, kept: _Kept) -> None:
        self._kept = kept
        self._needs: dict[int, _Needs] = {}
        self._scratch = hyperscan.Scratch(self._database)
        if kept.literals not in self._scan(CANARY):
            raise ValueError("the compiled patterns do not find the canary")

    def __len__(self) -> int:
        """Return how many things there are."""
        return len(self._kept.needs)

    def serialize(self) -> bytes:
        """Return everything that was compiled, for a later process on the same machine."""
        return msgspec.msgpack.encode(self._kept)

    def possible(self, text: bytes) -> set[int]:
        """Return the numbers of the things that may be in a text: a superset, found in one pass."""
        found = self._scan(text)
        index = self._kept.by_literal
        near = self._kept.anywhere.union(*(index[literal] for literal in found if literal in index))
        return {number for number in near if self._met(number, found)}

    def _scan(self, text: bytes) -> set[int]:
        found: set[int] = set()
        if text:
            self._database.scan(
                spaced(text), lambda number, _start, _end, _flags, _context: found.add(number), scratch=self._scratch
            )
        return found

    def _met(self, number: int, found: Collection[int]) -> bool:
        needs = self._needs.get(number)
        if needs is None:
            needs = self._needs[number] = _NEEDS.decode(self._kept.needs[number])
        for conditions in needs:
            for condition in conditions:
                if condition.isdisjoint(found):
                    break
            else:
                return True
        return False


def _chosen(conditions: Conditions) -> list[frozenset[bytes]]:
    """Return the conditions that are worth asking, the best first."""
    if not conditions:
        return []
    first = best(conditions)
    others = dict.fromkeys(each for each in conditions if min(map(len, each)) >= _TELLING and each != first)
    return [first, *others]


def _index(needs: Sequence[_Needs]) -> tuple[frozenset[int], dict[int, list[int]]]:
    """Return the numbers of the things that may be anywhere, and those to ask about where a literal was found."""
    anywhere: set[int] = set()
    index: dict[int, list[int]] = {}
    for number, alternatives in enumerate(needs):
        for conditions in alternatives:
            if not conditions:
                anywhere.add(number)
            for literal in conditions[0] if conditions else ():
                index.setdefault(literal, []).append(number)
    return frozenset(anywhere), index


def _compiled(literals: Sequence[bytes]) -> Any:
    """Return the database of literals, in which the canary has the number after the last."""
    expressions = [*literals, CANARY]
    database = hyperscan.Database()
    try:
        database.compile(
            expressions=expressions,
            ids=list(range(len(expressions))),
            elements=len(expressions),
            flags=[_FLAGS] * len(expressions),
            literal=True,
        )
    except hyperscan.error as error:
        raise RuleError(f"the patterns cannot be compiled: {error}") from None
    return database
