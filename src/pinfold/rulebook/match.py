"""Text matching: one Hyperscan pass finds which patterns may occur, RE2 says where.

Hyperscan looks for the literals that the patterns need (`prefilter`) and reports each once a text. Only patterns whose
literals occur, and that a rule still needs, are looked for with RE2 over the same bytes, which gives start and end. So
the cost of a text without hits is one pass, whatever the number of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import hyperscan
import msgspec

from pinfold.model import RuleError
from pinfold.rulebook.literals import spaced
from pinfold.rulebook.patterns import locate
from pinfold.rulebook.prefilter import Needs, by_literal, met, numbered

CANARY = b"pinfold-canary-b7e1"
"""A text that every database must find; one that does not is not trusted."""

MAX_HITS = 2_000
"""How often one pattern is located in one text. Beyond it the text is a flood, and the flood itself is what the reader
sees."""

_FLAGS = hyperscan.HS_FLAG_SINGLEMATCH


class _Compiled(msgspec.Struct, array_like=True, frozen=True):
    """What is worth keeping of a set of patterns: themselves, what `prefilter.numbered` said of them, the database."""

    patterns: list[bytes]
    needs: list[Needs]
    literals: int
    database: bytes


class Patterns:
    """A set of byte patterns, numbered from 0, that is searched in one pass."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        """Compile the patterns. Raises `RuleError` when one cannot be."""
        literals, needs = numbered(patterns)
        self._set(patterns, needs, len(literals), _compiled(literals))

    @classmethod
    def load(cls, data: bytes, count: int) -> Patterns:
        """Return what `serialize` kept of so many patterns.

        Raises `ValueError` when it is damaged, belongs to other patterns or fails the canary: compile afresh then.
        """
        try:
            kept = msgspec.msgpack.decode(data, type=_Compiled)
            database = hyperscan.loadb(kept.database, hyperscan.HS_MODE_BLOCK)
        except (msgspec.DecodeError, hyperscan.error) as error:
            raise ValueError(f"the compiled patterns cannot be loaded: {error}") from None
        if not len(kept.needs) == len(kept.patterns) == count:
            raise ValueError("the compiled patterns belong to other rules")
        loaded = cls.__new__(cls)
        loaded._set(kept.patterns, kept.needs, kept.literals, database)
        return loaded

    def _set(self, patterns: Sequence[bytes], needs: list[Needs], literals: int, database: Any) -> None:
        self._patterns = tuple(patterns)
        self._needs, self._literals, self._database = needs, literals, database
        self._located: dict[int, Any] = {}
        self._anywhere, self._by_literal = by_literal(needs)
        self._scratch = hyperscan.Scratch(database)
        if literals not in self._scan(CANARY):
            raise ValueError("the compiled patterns do not find the canary")

    def serialize(self) -> bytes:
        """Return the compiled database, for a later process on the same machine."""
        return msgspec.msgpack.encode(
            _Compiled(list(self._patterns), self._needs, self._literals, bytes(hyperscan.dumpb(self._database)))
        )

    def present(self, text: bytes) -> set[int]:
        """Return the numbers of the patterns that may occur: a superset, found in one pass."""
        found = self._scan(text)
        near = self._anywhere.union(*(self._by_literal.get(literal, ()) for literal in found))
        return {number for number in near if met(self._needs[number], found)}

    def _scan(self, text: bytes) -> set[int]:
        found: set[int] = set()
        if text:
            self._database.scan(
                spaced(text), lambda number, _start, _end, _flags, _context: found.add(number), scratch=self._scratch
            )
        return found

    def spans(self, number: int, text: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
        """Yield the bytes at which one pattern matches between two offsets, at most `MAX_HITS` times.

        What lies outside is not there for the pattern, so let the offsets be edges of lines.
        """
        locator = self._located.get(number)
        if locator is None:
            locator = self._located[number] = locate(self._patterns[number])
        for index, match in enumerate(locator.finditer(text, start, end)):
            if index >= MAX_HITS:
                return
            found = match.span()
            if found[1] > found[0]:
                yield found


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
