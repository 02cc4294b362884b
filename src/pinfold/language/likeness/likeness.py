"""How likely it is that a passage asks an agent for harm, judged by its words and how foreign they are to their text.

A linear model over words, pairs of words and runs of Chinese characters, trained by ``evals/classifier/train.py``;
what speaks of things that its document does not speak of gains a little (`foreign`). The model knows no grammar: what
a sentence forbids or explains is for `Document.stance` to say. Its answer is a likeness to texts that were written to
be harmful, and the words that counted most are named, so that a reader can judge it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from pinfold.language.document import Document
from pinfold.language.fold import fold
from pinfold.language.likeness.foreign import MOST, Surroundings
from pinfold.language.likeness.grams import (
    BESIDE_HAN,
    BUCKETS,
    FIRST,
    PRIME,
    TOKEN,
    coded,
    codes,
    grams,
    han_codes,
    han_pair,
    han_three,
    paragraphs,
    readable,
)
from pinfold.language.likeness.weights import KIND_BUCKETS, weights

WINDOW = 3
"""Sentences that are judged together at most."""

MAX_SUSPECTS = 40
"""Passages of one document that are kept, the likeliest ones."""

LEAST = 0.5
"""The probability below which a passage is of no interest."""

FOREIGN = 0.5
"""What a passage gains whose words all stand nowhere else in its document, in units of the score."""

_MOST_WORDS = 5
_MOST_KNOWN = 50_000
_SHORT = 24
"""Characters of what is worth remembering."""

_SHORTEST = 30
"""Characters of a line of English below which it is not read by itself, only beside another one."""

_CHUNK = 50
"""Words of a long line that are looked at together first."""

_MARKS = "*_`.,:;()[]{}<>\"'-|#!?+=~"
"""What stands around words."""

_LEAST_WORDS = 40 * 40
_LEAST_HAN = 16 * 16
"""What the squared sum of weights by word must reach, per word or Chinese character, before a line is read closely.
Most lines of ordinary skills fall short; of the passages that the model finds likely, one in eight does."""

_PLAIN = frozenset(
    (
        "an", "and", "any", "are", "as", "at", "be", "been", "but", "by", "can", "do", "does", "for", "from", "had",
        "has", "have", "he", "her", "here", "his", "if", "in", "into", "is", "it", "its", "my", "of", "on", "or", "our",
        "so", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "to", "was",
        "we", "were", "will", "with", "you", "your",
    )
)  # fmt: skip
"""Words that tell a reader nothing by themselves."""


class Suspect(NamedTuple):
    """A passage that reads like a harmful one.

    ``start`` and ``end`` are characters of the document, ``probability`` says how likely it is, and ``foreign`` what
    share of its words stand nowhere else.
    """

    start: int
    end: int
    probability: float
    foreign: float


class Reason(NamedTuple):
    """Why a text reads like a harmful one: the kind of harm it is most like, and the words that counted most."""

    kind: str
    words: tuple[str, ...]


class _Sum(NamedTuple):
    """The weights of a sentence or more, how many features they have, and how many of them are Chinese."""

    start: int
    end: int
    total: int
    size: int
    han: int


class _Window(NamedTuple):
    """A few sentences that may be harmful, and how likely that is, by their words and by what stands around them."""

    probability: float
    foreign: float
    start: int
    end: int


def classify(text: str, foreign: float = 0.0) -> float:
    """Return how likely a text of a few sentences asks for harm, between 0 and 1.

    ``foreign`` is the share of its words that stand nowhere else in its document, as a `Suspect` has it.
    """
    read = readable(fold(text).data)
    sums = [_sum(read, start, end) for sentences in paragraphs(read) for start, end in sentences]
    return _probability(_joined(sums), foreign)


def suspects(document: Document) -> tuple[Suspect, ...]:
    """Return the passages of a document that are likelier than `LEAST`, the likeliest first; none overlaps another.

    A document that orders nothing, such as a licence, has none.
    """
    if document.kind not in ("markdown", "text") or not document.file_role.live:
        return ()
    return _suspects(document)


def reason(text: str) -> Reason:
    """Return what a text is most like, and through which words. Meant for passages: it takes longer than `classify`."""
    known = weights()
    counted: dict[str, int] = {}
    kinds = [0] * len(known.kinds)
    read = readable(fold(text).data)
    for sentences in paragraphs(read):
        for start, end in sentences:
            for place, words in grams(read[start:end]):
                if known.harm[place] > 0:
                    counted[words] = counted.get(words, 0) + known.harm[place]
                for kind, table in enumerate(known.tables):
                    kinds[kind] += table[place % KIND_BUCKETS]
    strongest = sorted(counted, key=lambda words: (-counted[words], words))
    best = max(range(len(kinds)), key=kinds.__getitem__)
    return Reason(known.kinds[best], tuple(_distinct(strongest)))


def _distinct(strongest: Sequence[str]) -> Iterator[str]:
    """Yield the strongest words that a reader can make sense of, none inside another."""
    shown: list[str] = []
    for words in strongest:
        if len(words) > 1 and words not in _PLAIN and not any(words in other or other in words for other in shown):
            shown.append(words)
            yield words
            if len(shown) == _MOST_WORDS:
                return


@lru_cache(maxsize=2)
def _suspects(document: Document) -> tuple[Suspect, ...]:
    data = document.folded.data
    read = readable(data)
    found: list[_Sum] = []
    for sentences in paragraphs(read, _promising):
        found.extend(_windows([_sum(read, start, end) for start, end in sentences]))
    if not found:
        return ()
    kept = _apart(_among(found, Surroundings(read), read))
    spans = [(each.start, each.end) for each in kept]
    if not data.isascii():
        whole = data.decode("utf-8", "replace")
        spans = [(len(whole[:start].encode()), len(whole[:end].encode())) for start, end in spans]
    return tuple(
        Suspect(*document.folded.span(*span), each.probability, each.foreign)
        for span, each in zip(spans, kept, strict=True)
    )


def _among(found: list[_Sum], surroundings: Surroundings, read: str) -> Iterator[_Window]:
    """Yield the windows that are likely enough among what stands around them."""
    for each in found:
        foreign = surroundings.foreign(read[each.start : each.end])
        probability = _probability(each, foreign)
        if probability >= LEAST:
            yield _Window(probability, foreign, each.start, each.end)


def _apart(windows: Iterable[_Window]) -> list[_Window]:
    """Return the likeliest windows that do not overlap."""
    found = sorted(windows, key=lambda each: (-each.probability, each.start))
    kept: list[_Window] = []
    for each in found[: 10 * MAX_SUSPECTS]:
        if len(kept) < MAX_SUSPECTS and not any(each.start < other.end and other.start < each.end for other in kept):
            kept.append(each)
    return kept


class _Glances(dict[str, int]):
    """What the words between two blanks weigh by themselves; what is weighed against harm counts little."""

    def __missing__(self, words: str) -> int:
        harm = weights().harm
        total = 0
        plain = words.strip(_MARKS)
        if plain.isascii():
            if plain.isalpha():  # what stands in code, paths and numbers is for the close reading
                total = max(harm[coded(plain) & (BUCKETS - 1)], -12)
        else:
            for word in TOKEN.findall(words):
                if word >= "\u3400":
                    points = han_codes(word)
                    total += sum(max(harm[han_pair(*both)], -6) for both in pairwise(points))
                else:
                    total += max(harm[coded(word) & (BUCKETS - 1)], -12)
        if len(words) < _SHORT:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[words] = total
        return total


_glances = _Glances()


def _promising(line: str) -> bool:
    """Say whether a line is worth reading closely: a look at its words one by one, in a fraction of the time."""
    if len(line) < _SHORTEST and line.isascii():
        return False
    words = line.split()
    if len(words) <= _CHUNK:
        total = sum(map(_glances.__getitem__, words))
        return total > 0 and total * total >= _needed(line, len(words))
    values = list(map(_glances.__getitem__, words))
    for first in range(0, len(words), _CHUNK // 2):
        total = sum(values[first : first + _CHUNK])
        if total > 0 and total * total >= _needed("", _CHUNK):
            return True
    return False


def _needed(line: str, words: int) -> int:
    return _LEAST_WORDS * (words + 8) if line.isascii() else _LEAST_HAN * (len(line) + 8)


def _windows(sums: list[_Sum]) -> Iterator[_Sum]:
    """Yield the windows of up to `WINDOW` sentences that would be likely enough if they were foreign to their text."""
    for first, start in enumerate(sums):
        window = start
        for last in range(first, min(first + WINDOW, len(sums))):
            if last > first:
                more = sums[last]
                total, size, han = window.total + more.total, window.size + more.size, window.han + more.han
                window = _Sum(start.start, more.end, total, size, han)
            if window.total > 0 and _probability(window, MOST) >= LEAST:
                yield window


def _joined(sums: Sequence[_Sum]) -> _Sum:
    if not sums:
        return _Sum(0, 0, 0, 0, 0)
    total, size, han = (sum(each[field] for each in sums) for field in (2, 3, 4))
    return _Sum(sums[0].start, sums[-1].end, total, size, han)


def _sum(text: str, start: int, end: int) -> _Sum:
    """Return what `grams` would add up to, in a fraction of the time."""
    harm, mask = weights().harm, BUCKETS - 1
    places: set[int] = set()
    before, han = FIRST, 0
    for word in TOKEN.findall(text, start, end):
        if word >= "\u3400":
            points = han_codes(word)
            places.update(points)
            places.update(map(han_pair, points, points[1:]))
            places.update(map(han_three, points, points[1:], points[2:]))
            before, han = BESIDE_HAN, han + 3 * len(points)
            continue
        code = codes[word]
        places.add(code & mask)
        places.add((before * PRIME ^ code) >> 3 & mask)
        before = code
    return _Sum(start, end, sum(map(harm.__getitem__, places)), len(places), han)


def _probability(window: _Sum, foreign: float = 0.0) -> float:
    known = weights()
    score = window.total * known.scale / math.sqrt(window.size + known.spread) + known.bias
    language = known.chinese if 2 * window.han > window.size else known.english
    return language.of(score + FOREIGN * foreign)
