"""The one code path of all three lenses: rules against acts and passages of text."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from pinfold.model import Act, ActKind, Certainty, Confidence, Evidence, Place, Role, RuleError, Severity
from pinfold.rulebook.condition import Condition, compile_condition
from pinfold.rulebook.correlation import Correlate, Hit, compile_correlation
from pinfold.rulebook.detection import Matcher, compile_detection, values_of
from pinfold.rulebook.match import Patterns
from pinfold.rulebook.patterns import to_bytes
from pinfold.rulebook.rule import ActPart, Correlation, Lens, Rule, Wording

MENTIONS = frozenset({Role.EXAMPLE, Role.FIXTURE})
"""Roles in which an act is shown, not asked for: reported as a low finding, so that the word "example" hides
nothing."""

MAX_EVIDENCE = 8
"""How many acts or phrases one match names."""

MAX_AROUND = 40
"""Around how many places of one phrase the others are looked for; where there are more, the whole text is searched."""


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


class BytesJudge(Protocol):
    """Rules over the bytes of a file, see `pinfold.rulebook.yara`."""

    def __call__(self, path: str, data: bytes, *, seconds: float) -> list[Match]:
        """Return the rules that hold. Raises `LimitReachedError` after ``seconds``."""


class Match(NamedTuple):
    """A part of a rule that holds."""

    rule: Rule
    part: str
    severity: Severity
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    group: str = ""


@dataclass(frozen=True, slots=True)
class _Part:
    """A compiled act part."""

    rule: Rule
    spec: ActPart
    matches: Matcher


@dataclass(frozen=True, slots=True)
class _Phrases:
    """A compiled wording."""

    rule: Rule
    spec: Wording
    condition: Condition
    hopeful: Condition

    def holds(self, groups: Container[str]) -> bool:
        """Say whether the condition holds over the groups that occur."""
        return self.condition(groups.__contains__)

    def may_hold(self, groups: Container[str]) -> bool:
        """Say whether the condition may hold where these groups may occur."""
        return self.hopeful(groups.__contains__)

    def counts(self, hit: _PhraseHit) -> bool:
        """Say whether words count in the role and polarity in which they stand."""
        if hit.stance is None or hit.stance.role not in self.spec.roles:
            return False
        return not hit.stance.negated or hit.group in self.spec.prohibitive


def compile_parts(rule: Rule, where: str) -> tuple[list[_Part], list[tuple[Correlation, Correlate]], list[_Phrases]]:
    """Compile everything in a rule but its patterns. Raises `RuleError` that names ``where`` and the part."""
    parts = [_Part(rule, spec, compile_detection(spec.detection, where=f"{where}: {spec.id}")) for spec in rule.acts]
    known = {spec.id for spec in rule.acts}
    for correlation in rule.correlations:
        if missing := set(correlation.rules) - known:
            raise RuleError(f"{where}: {correlation.id}: no act part named {sorted(missing)[0]!r}")
    correlations = [(spec, compile_correlation(spec, where=f"{where}: {spec.id}")) for spec in rule.correlations]
    phrases = [
        _Phrases(
            rule,
            spec,
            compile_condition(spec.condition, spec.patterns, where=f"{where}: {spec.id}"),
            compile_condition(spec.condition, spec.patterns, where=f"{where}: {spec.id}", hopeful=True),
        )
        for spec in rule.text
    ]
    return parts, correlations, phrases


class Judge:
    """Rules made ready to be applied. Build it once; it keeps no state between calls."""

    def __init__(
        self, rules: Sequence[Rule], database: bytes | None = None, bytes_judge: BytesJudge | None = None
    ) -> None:
        """Take the rules and, where one is at hand, the serialised pattern database of exactly these rules.

        ``bytes_judge`` applies a user's YARA rules. Raises `RuleError` for a rule that does not compile and
        `ValueError` for a database that fails its canary.
        """
        self.rules = tuple(rules)
        self._bytes_judge = bytes_judge
        self._parts: dict[ActKind, list[_Part]] = {}
        self._correlations: list[tuple[Rule, Correlation, Correlate]] = []
        self._phrases: list[_Phrases] = []
        self._groups: list[tuple[int, str]] = []
        sources: list[tuple[str, str]] = []
        for rule in self.rules:
            parts, correlations, phrases = compile_parts(rule, rule.id)
            for part in parts:
                for kind in part.spec.kinds:
                    self._parts.setdefault(kind, []).append(part)
            self._correlations.extend((rule, spec, correlate) for spec, correlate in correlations)
            for phrase in phrases:
                self._phrases.append(phrase)
                for group, patterns in phrase.spec.patterns.items():
                    for pattern in patterns:
                        sources.append((pattern, f"{rule.id}: {phrase.spec.id}"))
                        self._groups.append((len(self._phrases) - 1, group))
        self.patterns = (
            Patterns([to_bytes(pattern, where=where) for pattern, where in sources])
            if database is None
            else Patterns.load(database, len(sources))
        )

    def judge(self, lens: Lens, acts: Sequence[Act], passages: Sequence[Passage]) -> list[Match]:
        """Return every part of every rule that holds over acts, in their order, and passages."""
        matches = list(self._judge_acts(lens, acts))
        for passage in passages:
            matches.extend(self.judge_text(lens, passage))
        return matches

    def _judge_acts(self, lens: Lens, acts: Sequence[Act]) -> Iterator[Match]:
        blocks: dict[str, dict[str, list[Hit]]] = {}
        for act in acts:
            if act.negated or not (act.role.live or act.role in MENTIONS):
                continue
            parts = self._parts.get(act.kind)
            if not parts:
                continue
            plain = values_of(act)
            folded = {name: value.lower() for name, value in plain.items()}
            for part in parts:
                if lens in part.spec.lenses and part.matches(plain, folded):
                    if act.role.live:
                        blocks.setdefault(part.rule.id, {}).setdefault(act.group, []).append((part.spec.id, act))
                    if part.spec.alone:
                        yield _match(part.rule, part.spec, (act,))
        for rule, spec, correlate in self._correlations:
            if lens in spec.lenses:
                for hits in blocks.get(rule.id, {}).values():
                    if found := correlate(hits):
                        yield _match(rule, spec, found)

    @property
    def reads_bytes(self) -> bool:
        """Whether there are rules over the bytes of files."""
        return self._bytes_judge is not None

    def judge_bytes(self, path: str, data: bytes, *, seconds: float) -> list[Match]:
        """Return the user's YARA rules that hold over a file. Raises `LimitReachedError` after ``seconds``."""
        return [] if self._bytes_judge is None else self._bytes_judge(path, data, seconds=seconds)

    def judge_text(self, lens: Lens, passage: Passage, group: str = "") -> Iterator[Match]:
        """Yield the wordings that hold in one passage, which belongs to a group of acts where ``group`` names one.

        The cheap questions come first: which groups occur at all, which occur near each other, and only then what part
        the words play.
        """
        candidates: dict[int, dict[str, list[int]]] = {}
        for number in sorted(self.patterns.present(passage.folded.data)):
            index, name = self._groups[number]
            candidates.setdefault(index, {}).setdefault(name, []).append(number)
        for index, groups in sorted(candidates.items()):
            phrases = self._phrases[index]
            if lens in phrases.spec.lenses and phrases.may_hold(groups):
                for window in self._judge_wording(phrases, groups, passage):
                    yield _wording_match(phrases, window, passage, group)

    def _judge_wording(
        self, phrases: _Phrases, groups: dict[str, list[int]], passage: Passage
    ) -> Iterator[list[_PhraseHit]]:
        text = passage.folded.data
        hits = self._hits(phrases, groups, text)
        hits.sort()
        line, counted = 0, 0
        for index, hit in enumerate(hits):
            line += text.count(b"\n", counted, hit.start)
            counted = hit.start
            hits[index] = hit._replace(line=line)
        placed = [_placed(hit, passage) for hit in _near(hits, phrases)]
        for window in _windows([hit for hit in placed if phrases.counts(hit)], phrases):
            if any(hit.stance and not hit.stance.negated for hit in window):
                yield window

    def _hits(self, phrases: _Phrases, groups: dict[str, list[int]], text: bytes) -> list[_PhraseHit]:
        """Return where the patterns of some groups match, as far as it can matter to the condition.

        The literals that brought us here are common words, so most groups turn out to be absent. Those without which
        nothing holds are looked for first: when one is absent nothing is left to do, and where it stands bounds where
        the others are looked for.
        """
        left = dict(groups)
        needed = {name for name in groups if not phrases.may_hold(groups.keys() - {name})}
        hits: list[_PhraseHit] = []
        ranges = [(0, len(text))]
        for name in sorted(groups, key=lambda name: (name not in needed, len(groups[name]))):
            own = [
                _PhraseHit(start, end, name)
                for number in groups[name]
                for low, high in ranges
                for start, end in self.patterns.spans(number, text, low, high)
            ]
            hits += own
            if not own:
                del left[name]
                if not phrases.may_hold(left):
                    return []
            elif name in needed:
                ranges = _around(own, phrases.spec.within, text)
        return hits


class _PhraseHit(NamedTuple):
    """A phrase at bytes ``start`` to ``end`` of the folded text; where it stands and what it does are asked late."""

    start: int
    end: int
    group: str
    line: int = 0
    place: Place | None = None
    stance: Stance | None = None


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


def _near(hits: list[_PhraseHit], phrases: _Phrases) -> list[_PhraseHit]:
    """Return the hits in any span of lines over which the condition holds, whatever part they play.

    Spans overlap here: words that forbid the deed must not use up the span of those that ask for it.
    """
    near: list[_PhraseHit] = []
    counts: dict[str, int] = {}
    start = taken = 0
    for end, hit in enumerate(hits):
        counts[hit.group] = counts.get(hit.group, 0) + 1
        while hit.line - hits[start].line > phrases.spec.within:
            counts[hits[start].group] -= 1
            start += 1
        if phrases.may_hold({group for group, count in counts.items() if count}):
            near.extend(hits[max(start, taken) : end + 1])
            taken = end + 1
    return near


def _windows(hits: list[_PhraseHit], phrases: _Phrases) -> Iterator[list[_PhraseHit]]:
    """Yield disjoint runs of hits, no more lines apart than the wording allows, over which its condition holds.

    A run reaches as far as the span allows once it holds, so that a later hit can still stand in for one that turns
    out to be negated.
    """
    start = 0
    counts: dict[str, int] = {}
    held = False
    for end, hit in enumerate(hits):
        if held and hit.line - hits[start].line > phrases.spec.within:
            if phrases.holds({hit.group for hit in hits[start:end]}):
                yield hits[start:end]
            start, counts, held = end, {}, False
        counts[hit.group] = counts.get(hit.group, 0) + 1
        while not held and hit.line - hits[start].line > phrases.spec.within:
            counts[hits[start].group] -= 1
            start += 1
        held = held or phrases.may_hold({group for group, count in counts.items() if count > 0})
    if held and phrases.holds({hit.group for hit in hits[start:]}):
        yield hits[start:]


def _one_of_each(window: list[_PhraseHit]) -> list[_PhraseHit]:
    """Return the hits with the first of each group in front: together they are what the condition asked for."""
    first = {hit.group: hit for hit in reversed(window)}
    return [hit for hit in window if first[hit.group] is hit] + [hit for hit in window if first[hit.group] is not hit]


def _wording_match(phrases: _Phrases, window: list[_PhraseHit], passage: Passage, group: str) -> Match:
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


def _match(rule: Rule, spec: ActPart | Correlation, acts: Sequence[Act]) -> Match:
    severity, confidence = spec.severity or rule.severity, spec.confidence or rule.confidence
    if not all(act.role.live for act in acts):
        severity, confidence = Severity.LOW, Confidence.LOW
    elif confidence is Confidence.HIGH and any(act.certainty is Certainty.INFERRED for act in acts):
        confidence = Confidence.MEDIUM
    evidence = tuple(
        Evidence(
            place=act.place, excerpt=act.text, end=len(act.text), role=act.role, certainty=act.certainty, note=spec.note
        )
        for act in acts[:MAX_EVIDENCE]
    )
    return Match(rule, spec.id, severity, confidence, evidence, acts[0].group)
