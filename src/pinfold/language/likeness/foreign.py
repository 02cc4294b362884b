"""How foreign a passage is to its document: the share of its words that stand nowhere else in it.

A sentence that somebody slipped into a skill speaks of things that the skill does not speak of. In ordinary skills a
passage shares most of its words with the rest; of planted ones (`evals/planted`) more than half stand nowhere else.
A short document says little of what belongs to it, so the share is lowered there.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from pinfold.language.likeness.grams import TOKEN, coded, codes, han_codes, han_pair

MOST = 0.8
"""The share from which on nothing is added: a word or two always stand elsewhere."""

_ENOUGH = 150
"""Words of the rest of a document from which on it is taken to show what belongs to it."""

_SHORTEST = 3
"""Letters of a word that counts; shorter ones, and those of `_PLAIN`, stand everywhere."""

_PLAIN = frozenset(
    coded(word)
    for word in (
        "the", "and", "for", "are", "from", "this", "that", "these", "those", "with", "you", "your", "our", "they",
        "their", "when", "its",
    )
)  # fmt: skip


class Surroundings:
    """The words of a document, counted."""

    def __init__(self, text: str) -> None:
        """Count the words of a readable text."""
        self._counts = _counted(text)
        self._size = self._counts.total()

    def foreign(self, passage: str) -> float:
        """Return the share of the words of a passage that stand only in it, from 0 to `MOST`."""
        here = _counted(passage)
        rest = self._size - here.total()
        if not here or rest <= 0:
            return 0.0
        alone = sum(self._counts[word] <= count for word, count in here.items())
        return min(MOST, alone / len(here)) * min(1.0, rest / _ENOUGH)


def _counted(text: str) -> Counter[int]:
    """Return how often a text has each word that counts; what is spelt alike is looked at once."""
    counts: Counter[int] = Counter()
    for word, times in Counter(TOKEN.findall(text)).items():
        if word >= "\u3400":
            for both in pairwise(han_codes(word)):
                counts[han_pair(*both)] += times
        elif len(word) >= _SHORTEST and (code := codes[word]) not in _PLAIN:
            counts[code] += times
    return counts
