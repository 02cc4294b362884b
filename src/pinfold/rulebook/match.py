"""Text matching: one Hyperscan pass finds which patterns may occur, RE2 says where.

Only patterns whose literals occur (`prefilter`), and that a rule still needs, are looked for with RE2 over the same
bytes, which gives start and end. So the cost of a text without hits is one pass, whatever the number of rules. Those
with wide gaps are first looked for without counting (`widened`), for most are not there, and counting is dear; then, as
they are written, only in the lines around the places that this found (`reach`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from pinfold.rulebook.literals import needed
from pinfold.rulebook.patterns import locate, widened
from pinfold.rulebook.prefilter import Prefilter
from pinfold.rulebook.reach import Reach, reach

MAX_HITS = 2_000
"""How often one pattern is located in one text. Beyond it the text is a flood, and the flood itself is what the reader
sees."""


MAX_PLACES = 100
"""Around how many places a pattern is looked for one by one; where there are more, it is looked for everywhere."""


class _Pattern(msgspec.Struct, array_like=True, frozen=True):
    """A pattern, how it is looked for without counting, and how far a match of it goes; nothing where it makes none."""

    exact: bytes
    loose: bytes | None
    reach: Reach | None


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """A set of patterns as it is kept."""

    patterns: list[_Pattern]
    prefilter: bytes


def _pattern(exact: bytes) -> _Pattern:
    loose = widened(exact)
    return _Pattern(exact, loose, None if loose is None else reach(exact))


class Patterns:
    """A set of byte patterns, numbered from 0, that is searched in one pass."""

    def __init__(self, patterns: Sequence[bytes]) -> None:
        """Compile the patterns. Raises `RuleError` when one cannot be."""
        for pattern in patterns:
            locate(pattern)
        self._set(list(map(_pattern, patterns)), Prefilter([needed(pattern) for pattern in patterns]))

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

    def _set(self, patterns: list[_Pattern], prefilter: Prefilter) -> None:
        self._patterns = patterns
        self._prefilter = prefilter
        self._located: dict[int, Any] = {}
        self._loose: dict[int, Any] = {}

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
        locator = None
        index = 0
        for low, high in self._regions(number, text, start, len(text) if end is None else end):
            locator = locator or self._located.get(number)
            if locator is None:
                locator = self._located[number] = locate(self._patterns[number].exact)
            for match in locator.finditer(text, low, high):
                if index >= MAX_HITS:
                    return
                index += 1
                found = match.span()
                if found[1] > found[0]:
                    yield found

    def _regions(self, number: int, text: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield disjoint ranges of whole lines that hold every match of a pattern, in order."""
        pattern = self._patterns[number]
        if pattern.loose is None:
            yield start, end
            return
        locator = self._loose.get(number)
        if locator is None:
            locator = self._loose[number] = locate(pattern.loose)
        low = high = -1
        for place, match in enumerate(locator.finditer(text, start, end)):
            first, last = match.span()
            begin = max(start, text.rfind(b"\n", start, first) + 1)
            if high < begin:
                if low >= 0:
                    yield low, high
                low = begin
            high = end
            if pattern.reach is None or place >= MAX_PLACES:
                break
            high = max(high, pattern.reach.end(text, last, end))
        if low >= 0:
            yield low, high
