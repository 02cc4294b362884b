"""Wordings judged over one passage: which phrases stand in it, near each other, in a part that counts.

The cheap questions come first: which groups of patterns occur at all, which near each other, and only then what part
the words play.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple, Protocol

from pinfold.model import Certainty, Evidence, Place, Role
from pinfold.rulebook.condition import Condition, asked_names, compile_condition
from pinfold.rulebook.match import Patterns
from pinfold.rulebook.rule import MAX_EVIDENCE, Match, Rule, Wording

MAX_AROUND = 40
"""Around how many places of one phrase the others are looked for; where there are more, the whole text is searched."""


MAX_KEPT = 1_000
"""How many answers about sets of groups one wording keeps."""


class Folded(Protocol):
    """Folded text and the way back, see `pinfold.language.fold`."""

    data: bytes

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the characters of the original text behind a span of bytes."""


class Stance(Protocol):
    """The part some words play, see `pinfold.language.prose`."""

    @property
    def role(self) -> Role:
        """Their role."""

    @property
    def negated(self) -> bool:
        """Whether the material says not to."""


class Passage(Protocol):
    """A text to be judged: a document, or the content of an act."""

    @property
    def folded(self) -> Folded:
        """The folded text."""

    def stance(self, start: int, end: int) -> Stance:
        """Return the role and polarity of a span of characters."""

    def place(self, start: int, end: int) -> Place:
        """Return where a span of characters stands."""

    def excerpt(self, place: Place) -> tuple[str, int, int]:
        """Return the line at a place and the span to underline."""


class Phrases:
    """A wording, whose condition is compiled when it is first asked: a short text asks few."""

    def __init__(self, rule: Rule, spec: Wording, where: str) -> None:
        self.rule = rule
        self.spec = spec
        self._where = where
        self._may_hold: dict[frozenset[str], bool] = {}
        self._plans: dict[frozenset[str], tuple[set[str], set[str]]] = {}

    @cached_property
    def condition(self) -> Condition:
        """The condition over groups. Raises `RuleError` that names where the rule came from and the part."""
        return compile_condition(self.spec.condition, self.spec.patterns, where=self._where)

    @cached_property
    def hopeful(self) -> Condition:
        """The condition over groups that may occur."""
        return compile_condition(self.spec.condition, self.spec.patterns, where=self._where, hopeful=True)

    @property
    def reach(self) -> int:
        """How many lines, or sentences where the wording counts them, its phrases may stand apart."""
        return self.spec.within if self.spec.sentences is None else self.spec.sentences

    @cached_property
    def asked(self) -> frozenset[str]:
        """The groups that speak for a finding."""
        return asked_names(self.spec.condition, self.spec.patterns)

    def holds(self, groups: Container[str]) -> bool:
        """Say whether the condition holds over the groups that occur."""
        return self.condition(groups.__contains__)

    def may_hold(self, groups: Iterable[str]) -> bool:
        """Say whether the condition may hold where these groups may occur. It is asked often, of few sets of groups."""
        key = frozenset(groups)
        answer = self._may_hold.get(key)
        if answer is None:
            if len(self._may_hold) >= MAX_KEPT:
                self._may_hold.clear()
            answer = self._may_hold[key] = self.hopeful(key.__contains__)
        return answer

    def plan(self, groups: Iterable[str]) -> tuple[set[str], set[str]]:
        """Return which of some groups that may occur are looked for first.

        Nothing holds without each of the former. Where there are none, nothing holds without any of the latter, for
        which a rule lists its rarest groups first.
        """
        key = frozenset(groups)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= MAX_KEPT:
                self._plans.clear()
            needed = {name for name in key if not self.may_hold(key - {name})}
            plan = self._plans[key] = needed, set() if needed else self._telling(key)
        return plan

    def _telling(self, groups: frozenset[str]) -> set[str]:
        telling = groups
        for name in reversed([name for name in self.spec.patterns if name in groups]):
            if not self.may_hold(groups - (telling - {name})):
                telling -= {name}
        return set(telling)

    def counts(self, hit: _PhraseHit) -> bool:
        """Say whether words count in the role and polarity in which they stand.

        Words that speak against a finding, such as a warning, do so in every part they may play.
        """
        if hit.group not in self.asked:
            return True
        if hit.stance is None or hit.stance.role not in self.spec.roles:
            return False
        return not hit.stance.negated or hit.group in self.spec.prohibitive or hit.group in self.spec.forbidding

    def speaks(self, hit: _PhraseHit) -> bool:
        """Say whether words ask for the deed: they are no prohibition, or the prohibition is the deed."""
        if hit.stance is None or hit.group not in self.asked:
            return False
        return not hit.stance.negated or hit.group in self.spec.forbidding


class _PhraseHit(NamedTuple):
    """A phrase at bytes ``start`` to ``end`` of the folded text; where it stands and what it does are asked late.

    ``line`` counts lines, or sentences where the wording does.
    """

    start: int
    end: int
    group: str
    line: int = 0
    place: Place | None = None
    stance: Stance | None = None


_WRAPPED = re.compile(
    rb"\n(?= {0,3}(?:[a-z(]|[\xc2-\xdf\xe1\xe3-\xef]|\xe2\x80[\x98-\x9f]))(?! {0,3}[a-z_-]{2,24}:(?: |\n|$))"
)
"""The end of a line with which the next one goes on. Items of lists, whether they begin with a dash or with a tick, a
bullet or a pictogram, headings, tables, keys with their values, and code that is indented begin otherwise."""

_BREAK = re.compile(rb"\xe3\x80\x82|[\x80-\xff];[\x80-\xff]| \| ")
"""What ends a sentence or a cell of a table, or parts two that a Chinese semicolon joins, in folded text. A gap of a
pattern would pass over it, for it is no full stop."""

_SENTENCE_END = re.compile(rb"[.!?;](?=[\s\"')*_`]|[\x80-\xff])|\xe3\x80\x82|\n| \| ")
"""The end of a sentence, of a paragraph, or perhaps of a table's cell, in folded text in which wrapped paragraphs are
one line."""


class Finder:
    """Looks for patterns in one text, for each range once: many wordings have patterns in common.

    A paragraph that is wrapped is searched as one line, so that breaking a line hides nothing. That moves no byte.
    """

    def __init__(self, patterns: Patterns, text: bytes) -> None:
        self.text = text
        self._patterns = patterns
        self._found: dict[tuple[int, int, int], list[tuple[int, int]]] = {}

    @cached_property
    def unwrapped(self) -> bytes:
        """The text with each wrapped paragraph on one line."""
        return _WRAPPED.sub(b" ", self.text)

    @cached_property
    def sentence_ends(self) -> list[int]:
        """The bytes at which a sentence ends, in order."""
        text = self.unwrapped
        return [
            end.start()
            for end in _SENTENCE_END.finditer(text)
            if end[0] != b" | " or text.startswith(b"|", text.rfind(b"\n", 0, end.start()) + 1)
        ]

    @cached_property
    def paragraph_ends(self) -> list[int]:
        """Those at which a paragraph ends."""
        return [end for end in self.sentence_ends if self.unwrapped[end : end + 1] == b"\n"]

    def breaks(self, start: int, end: int) -> bool:
        """Say whether a sentence, or a cell, ends between two offsets: what stands there is not one phrase."""
        return _BREAK.search(self.unwrapped, start, end) is not None

    def spans(self, number: int, low: int, high: int) -> list[tuple[int, int]]:
        """Return the bytes between two offsets at which a pattern matches."""
        key = number, low, high
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = list(self._patterns.spans(number, self.unwrapped, low, high))
        return found


def judge_wording(
    phrases: Phrases, groups: dict[str, list[int]], passage: Passage, finder: Finder, group: str
) -> Iterator[Match]:
    """Yield where a wording holds, given the patterns of each group that may occur; ``group`` goes into the matches."""
    hits = _hits(phrases, groups, finder)
    hits.sort()
    _number(hits, phrases, finder)
    placed = [_placed(hit, passage) for hit in _near(hits, phrases)]
    for window in _windows([hit for hit in placed if phrases.counts(hit)], phrases):
        if any(phrases.speaks(hit) for hit in window):
            yield _match(phrases, window, passage, group)


def _hits(phrases: Phrases, groups: dict[str, list[int]], finder: Finder) -> list[_PhraseHit]:
    """Return where the patterns of some groups match, as far as it can matter to the condition.

    The literals that brought us here are common words, so most groups turn out to be absent. Those without which
    nothing holds are looked for first (`Phrases.plan`): when they are absent nothing is left to do, and where they
    stand bounds where the others are looked for.
    """
    left = dict(groups)
    needed, telling = phrases.plan(groups)
    hits: list[_PhraseHit] = []
    whole = ranges = [(0, len(finder.text))]
    text = finder.text if phrases.spec.sentences is None else finder.unwrapped
    for name in sorted(groups, key=lambda name: (name not in needed, name not in telling, len(groups[name]))):
        if telling and name not in telling:
            ranges, telling = _around(hits, phrases.reach, text), set()
        own = [
            _PhraseHit(start, end, name)
            for number in groups[name]
            for low, high in (whole if name in telling else ranges)
            for start, end in finder.spans(number, low, high)
            if phrases.spec.sentences is None or not finder.breaks(start, end)
        ]
        hits += own
        if not own:
            del left[name]
            if not phrases.may_hold(left):
                return []
        elif name in needed:
            ranges = _around(own, phrases.reach, text)
    return hits


def _number(hits: list[_PhraseHit], phrases: Phrases, finder: Finder) -> None:
    """Say of hits in order on which line, or in which sentence, they stand; no two paragraphs are within reach."""
    line, counted = 0, 0
    for index, hit in enumerate(hits):
        if phrases.spec.sentences is None:
            line += finder.text.count(b"\n", counted, hit.start)
            counted = hit.start
        else:
            paragraph = bisect_right(finder.paragraph_ends, hit.start)
            line = bisect_right(finder.sentence_ends, hit.start) + paragraph * (1 + phrases.reach)
        hits[index] = hit._replace(line=line)


def _placed(hit: _PhraseHit, passage: Passage) -> _PhraseHit:
    start, end = passage.folded.span(hit.start, hit.end)
    return hit._replace(place=passage.place(start, end), stance=passage.stance(start, end))


def _around(hits: list[_PhraseHit], within: int, text: bytes) -> list[tuple[int, int]]:
    """Return what lies no more lines from a hit than ``within``, as disjoint ranges of whole lines, in order."""
    if len(hits) > MAX_AROUND:
        return [(0, len(text))]
    ranges: list[tuple[int, int]] = []
    for hit in sorted(hits):
        low, high = hit.start, hit.end
        for _ in range(within + 1):
            low = text.rfind(b"\n", 0, max(low, 0))
            high = text.find(b"\n", high) + 1 or len(text)
        low += 1
        if ranges and low <= ranges[-1][1]:
            ranges[-1] = ranges[-1][0], max(high, ranges[-1][1])
        else:
            ranges.append((low, high))
    return ranges


def _near(hits: list[_PhraseHit], phrases: Phrases) -> list[_PhraseHit]:
    """Return the hits in any span of lines over which the condition holds, whatever part they play.

    Spans overlap here: words that forbid the deed must not use up the span of those that ask for it.
    """
    near: list[_PhraseHit] = []
    counts: dict[str, int] = {}
    start = taken = 0
    for end, hit in enumerate(hits):
        counts[hit.group] = counts.get(hit.group, 0) + 1
        while hit.line - hits[start].line > phrases.reach:
            counts[hits[start].group] -= 1
            start += 1
        if phrases.may_hold({group for group, count in counts.items() if count}):
            near.extend(hits[max(start, taken) : end + 1])
            taken = end + 1
    return near


def _windows(hits: list[_PhraseHit], phrases: Phrases) -> Iterator[list[_PhraseHit]]:
    """Yield disjoint runs of hits, no more lines apart than the wording allows, over which its condition holds.

    A run reaches as far as the span allows once it holds, so that a later hit can still stand in for one that turns
    out to be negated.
    """
    start = 0
    counts: dict[str, int] = {}
    held = False
    for end, hit in enumerate(hits):
        if held and hit.line - hits[start].line > phrases.reach:
            if phrases.holds({hit.group for hit in hits[start:end]}):
                yield hits[start:end]
            start, counts, held = end, {}, False
        counts[hit.group] = counts.get(hit.group, 0) + 1
        while not held and hit.line - hits[start].line > phrases.reach:
            counts[hits[start].group] -= 1
            start += 1
        held = held or phrases.may_hold({group for group, count in counts.items() if count > 0})
    if held and phrases.holds({hit.group for hit in hits[start:]}):
        yield hits[start:]


def _one_of_each(window: list[_PhraseHit]) -> list[_PhraseHit]:
    """Return the hits with the first of each group in front: together they are what the condition asked for."""
    first = {hit.group: hit for hit in reversed(window)}
    return [hit for hit in window if first[hit.group] is hit] + [hit for hit in window if first[hit.group] is not hit]


def _match(phrases: Phrases, window: list[_PhraseHit], passage: Passage, group: str) -> Match:
    rule, spec = phrases.rule, phrases.spec
    evidence = []
    for hit in _one_of_each(window)[:MAX_EVIDENCE]:
        if hit.place is None or hit.stance is None:
            continue
        excerpt, start, end = passage.excerpt(hit.place)
        role = hit.stance.role
        evidence.append(Evidence(hit.place, excerpt, start, end, role, Certainty.STATED, spec.note))
    severity, confidence = spec.severity or rule.severity, spec.confidence or rule.confidence
    return Match(rule, spec.id, severity, confidence, tuple(evidence), group)
