"""Text matching: one Hyperscan pass finds which patterns occur, RE2 says where.

Hyperscan runs in byte mode over the pieces of the patterns (`prefilter`) and reports each piece once a text. Only
patterns whose pieces occur, and that a rule still needs, are looked for with RE2 over the same bytes, which gives start
and end. So the cost of a text without hits is one pass, whatever the number of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import hyperscan
import msgspec

from pinfold.model import RuleError
from pinfold.rulebook.patterns import locate
from pinfold.rulebook.prefilter import Needs, by_piece, met, numbered

CANARY = b"pinfold-canary-b7e1"
"""A text that every database must find; one that does not is not trusted."""

MAX_HITS = 2_000
"""How often one pattern is located in one text. Beyond it the text is a flood, and the flood itself is what the reader
sees."""

_FLAGS = hyperscan.HS_FLAG_SINGLEMATCH


class _Compiled(msgspec.Struct, array_like=True, frozen=True):
    """What is worth keeping of a set of patterns: its database, and what `prefilter.numbered` said of them."""

    needs: list[Needs]
    pieces: int
    database: bytes


class Patterns:
    """A set of byte patterns, numbered from 0, that is searched in one pass."""

    def __init__(self, patterns: Sequence[bytes], database: bytes | None = None) -> None:
        """Take the patterns and, where one is at hand, a database serialised by `serialize`.

        Raises `RuleError` when a pattern cannot be compiled, or `ValueError` when ``database`` fails the canary:
        compile afresh then.
        """
        self._patterns = tuple(patterns)
        self._located: dict[int, Any] = {}
        if database is None:
            pieces, self._needs = numbered(self._patterns)
            self._pieces, self._database = len(pieces), _compiled(pieces)
        else:
            self._needs, self._pieces, self._database = _loaded(database, len(self._patterns))
        self._anywhere, self._by_piece = by_piece(self._needs)
        self._scratch = hyperscan.Scratch(self._database)
        if self._pieces not in self._scan(CANARY):
            raise ValueError("the compiled patterns do not find the canary")

    def serialize(self) -> bytes:
        """Return the compiled database, for a later process on the same machine."""
        return msgspec.msgpack.encode(_Compiled(self._needs, self._pieces, bytes(hyperscan.dumpb(self._database))))

    def present(self, text: bytes) -> set[int]:
        """Return the numbers of the patterns that may occur: a superset, found in one pass."""
        found = self._scan(text)
        near = self._anywhere.union(*(self._by_piece.get(piece, ()) for piece in found))
        return {number for number in near if met(self._needs[number], found)}

    def _scan(self, text: bytes) -> set[int]:
        found: set[int] = set()
        if text:
            self._database.scan(
                text, lambda number, _start, _end, _flags, _context: found.add(number), scratch=self._scratch
            )
        return found

    def spans(self, number: int, text: bytes) -> Iterator[tuple[int, int]]:
        """Yield the bytes at which one pattern matches, at most `MAX_HITS` times."""
        locator = self._located.get(number)
        if locator is None:
            locator = self._located[number] = locate(self._patterns[number])
        for index, match in enumerate(locator.finditer(text)):
            if index >= MAX_HITS:
                return
            start, end = match.span()
            if end > start:
                yield start, end


def _compiled(pieces: Sequence[bytes]) -> Any:
    """Return the database of pieces, in which the canary has the number after the last."""
    expressions = [*pieces, CANARY]
    database = hyperscan.Database()
    try:
        database.compile(
            expressions=expressions,
            ids=list(range(len(expressions))),
            elements=len(expressions),
            flags=[_FLAGS] * len(expressions),
        )
    except hyperscan.error as error:
        raise RuleError(f"the patterns cannot be compiled: {error}") from None
    return database


def _loaded(data: bytes, patterns: int) -> tuple[list[Needs], int, Any]:
    """Return what `Patterns.serialize` kept. Raises `ValueError` when it is damaged or belongs to other patterns."""
    try:
        kept = msgspec.msgpack.decode(data, type=_Compiled)
        database = hyperscan.loadb(kept.database, hyperscan.HS_MODE_BLOCK)
    except (msgspec.DecodeError, hyperscan.error) as error:
        raise ValueError(f"the compiled patterns cannot be loaded: {error}") from None
    if len(kept.needs) != patterns:
        raise ValueError("the compiled patterns belong to other rules")
    return kept.needs, kept.pieces, database
