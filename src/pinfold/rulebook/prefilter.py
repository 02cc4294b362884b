"""What can be there at all, by its literals: one pass of Hyperscan over a text.

Hyperscan looks for the literals of everything that is looked for, patterns of wordings or detections of acts, and only
what enough of them were found for is looked at more closely. A text may be let through in vain; it is never held back.

Whole patterns would take Hyperscan seconds to compile, for their counted gaps. Pieces of patterns took less, but cannot
be trusted: the build that python-hyperscan 0.9.1 carries finds ``a[ ]*b`` in ``xxxxxxxxxxxxxxxa b`` and not in
``xxxxxxxxxxxxxxxab`` (seen on 2026-11-21). Literals take another path through it, compile in a tenth of a second, and
are searched for several times as fast.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Container, Iterable, Sequence
from itertools import accumulate, chain
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
    """A prefilter as it is kept. What a text hardly ever asks for stays encoded until it does.

    What a literal leads to, `Prefilter._led_to` reads in ``starts`` and ``things``. It is kept either with its
    ``database``, or with the ``literals`` of which one is made, joined by line ends, which no literal has.
    """

    needs: list[msgspec.Raw]
    anywhere: frozenset[int]
    starts: bytes
    things: bytes
    literals: bytes
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
        raw = [msgspec.Raw(msgspec.msgpack.encode(each)) for each in needs]
        self._set(_Kept(raw, *_index(needs, len(numbers)), b"\n".join(numbers), b""))

    @classmethod
    def load(cls, data: bytes) -> Prefilter:
        """Return what `serialize` kept. Raises `ValueError` when it is damaged or fails the canary."""
        loaded = cls.__new__(cls)
        try:
            loaded._set(_KEPT.decode(data))
        except (msgspec.DecodeError, hyperscan.error) as error:
            raise ValueError(f"the compiled patterns cannot be loaded: {error}") from None
        return loaded

    def _set(self, kept: _Kept) -> None:
        self._kept = kept
        self._needs: dict[int, _Needs] = {}
        self._known: dict[int, Sequence[int]] = {}
        if len(kept.starts) % 4 or len(kept.things) % 4:
            raise ValueError("the compiled patterns are damaged")
        self._starts = memoryview(kept.starts).cast("I")
        self._things = memoryview(kept.things).cast("I")
        if kept.database:
            self._database = hyperscan.loadb(kept.database, hyperscan.HS_MODE_BLOCK)
        else:
            self._database = _compiled(kept.literals.split(b"\n") if kept.literals else [])
        self._scratch = hyperscan.Scratch(self._database)
        if len(self._starts) - 1 not in self._scan(CANARY):
            raise ValueError("the compiled patterns do not find the canary")

    def __len__(self) -> int:
        """Return how many things there are."""
        return len(self._kept.needs)

    def serialize(self, *, portable: bool = False) -> bytes:
        """Return everything that was compiled, for a later process on the same machine.

        What is ``portable`` leaves out what fits this kind of machine alone, which is compiled again when it is loaded.
        """
        kept = self._kept
        if portable and kept.database:
            raise ValueError("the literals are not at hand")
        if not portable:
            kept = msgspec.structs.replace(kept, literals=b"", database=bytes(hyperscan.dumpb(self._database)))
        return msgspec.msgpack.encode(kept)

    def possible(self, text: bytes, among: Container[int] | None = None) -> set[int]:
        """Return the numbers of the things, ``among`` some or all, that may be in a text: a superset, in one pass."""
        found = self._scan(text)
        known = self._known
        near: set[int] = set()
        for literal in found:
            things = known.get(literal)
            if things is None:
                things = known[literal] = self._led_to(literal)
            near.update(things)
        met = self._met
        if among is not None:
            near = {thing for thing in near if thing >> 1 in among}
            return {thing >> 1 for thing in near if thing & 1 or met(thing >> 1, found)} | {
                number for number in self._kept.anywhere if number in among
            }
        return {thing >> 1 for thing in near if thing & 1 or met(thing >> 1, found)} | self._kept.anywhere

    def _scan(self, text: bytes) -> set[int]:
        found: set[int] = set()
        if text:
            add = found.add
            self._database.scan(
                spaced(text), lambda number, _start, _end, _flags, _context: add(number), scratch=self._scratch
            )
        return found

    def _led_to(self, literal: int) -> Sequence[int]:
        """Return the things that a literal leads to, doubled, and one more where nothing else is needed."""
        return self._things[slice(*self._starts[literal : literal + 2])].tolist()

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


def _index(needs: Sequence[_Needs], literals: int) -> tuple[frozenset[int], bytes, bytes]:
    """Return the numbers of the things that may be anywhere, and what `Prefilter._led_to` reads."""
    anywhere: set[int] = set()
    index: list[set[int]] = [set() for _ in range(literals)]
    for number, alternatives in enumerate(needs):
        for conditions in alternatives:
            if not conditions:
                anywhere.add(number)
            for literal in conditions[0] if conditions else ():
                index[literal].add(2 * number + (len(conditions) == 1))
    starts = array("I", accumulate(map(len, index), initial=0))
    things = array("I", chain.from_iterable(map(sorted, index)))
    return frozenset(anywhere), starts.tobytes(), things.tobytes()


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
