"""Text matching: one Hyperscan pass finds which patterns may occur, RE2 says where.

Only patterns whose literals occur (`prefilter`), and that a rule still needs, are looked for with RE2 over the same
bytes, which gives start and end. So the cost of a text without hits is one pass, whatever the number of rules. Those
with wide gaps are first looked for without counting (`widened`), for most are not there, and counting is dear.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from pinfold.rulebook.literals import needed
from pinfold.rulebook.patterns import locate, widened
from pinfold.rulebook.prefilter import Prefilter

MAX_HITS = 2_000
"""How often one pattern is located in one text. Beyond it the text is a flood, and the flood itself is what the reader
sees."""


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """A set of patterns as it is kept."""

    patterns: tuple[bytes, ...]
    prefilter: bytes


class Patterns:
    """A set of byte patterns, numbered from 0, that is searched in one pass."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        """Compile the patterns. Raises `RuleError` when one cannot be."""
        for pattern in patterns:
            locate(pattern)
        self._set(tuple(patterns), Prefilter([needed(pattern) for pattern in patterns]))

    @classmethod
    def load(cls, data: bytes, count: int) -> Patterns:
        """Return what `serialize` kept of so many patterns.

        Raises `ValueError` when it is damaged, belongs to other patterns or fails the canary: compile afresh then.
        """
        try:
            kept = msgspec.msgpack.decode(data, type=_Kept)
        except msgspec.DecodeError as error:
            raise ValueError(f"the compiled patterns cannot be loaded: {error}") from None
        prefilter = Prefilter.load(kept.prefilter)
        if not len(prefilter) == len(kept.patterns) == count:
            raise ValueError("the compiled patterns belong to other rules")
        loaded = cls.__new__(cls)
        loaded._set(kept.patterns, prefilter)
        return loaded

    def _set(self, patterns: tuple[bytes, ...], prefilter: Prefilter) -> None:
        self._patterns = patterns
        self._prefilter = prefilter
        self._located: dict[int, Any] = {}
        self._widened: dict[int, Any] = {}

    def serialize(self, *, portable: bool = False) -> bytes:
        """Return everything that was compiled, see `Prefilter.serialize`."""
        return msgspec.msgpack.encode(_Kept(self._patterns, self._prefilter.serialize(portable=portable)))

    def present(self, text: bytes) -> set[int]:
        """Return the numbers of the patterns that may occur: a superset, found in one pass."""
        return self._prefilter.possible(text)

    def spans(self, number: int, text: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
        """Yield the bytes at which one pattern matches between two offsets, at most `MAX_HITS` times.

        What lies outside is not there for the pattern, so let the offsets be edges of lines.
        """
        first = self._first(number, text, start, end)
        if first is None:
            return
        locator = self._located.get(number)
        if locator is None:
            locator = self._located[number] = locate(self._patterns[number])
        for index, match in enumerate(locator.finditer(text, first, end)):
            if index >= MAX_HITS:
                return
            found = match.span()
            if found[1] > found[0]:
                yield found

    def _first(self, number: int, text: bytes, start: int, end: int | None) -> int | None:
        """Return where the search for a pattern may begin: at an edge of lines, or nowhere."""
        if number not in self._widened:
            loose = widened(self._patterns[number])
            self._widened[number] = None if loose is None else locate(loose)
        locator = self._widened[number]
        if locator is None:
            return start
        found = locator.search(text, start, end)
        return None if found is None else max(start, text.rfind(b"\n", start, found.start()) + 1)
