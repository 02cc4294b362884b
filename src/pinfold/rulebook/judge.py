"""The one code path of all three lenses: rules against acts and passages of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import msgspec

from pinfold.model import Act, ActKind, Certainty, Confidence, Evidence, Role, RuleError, Severity
from pinfold.rulebook.act_literals import act_needs, act_text
from pinfold.rulebook.correlation import Correlate, Hit, compile_correlation
from pinfold.rulebook.detection import Matcher, compile_detection, values_of
from pinfold.rulebook.match import Patterns
from pinfold.rulebook.patterns import to_bytes
from pinfold.rulebook.phrases import Finder, Passage, Phrases, judge_wording
from pinfold.rulebook.prefilter import Prefilter
from pinfold.rulebook.rule import MAX_EVIDENCE, ActPart, Correlation, Lens, Match, Rule

if TYPE_CHECKING:
    from pinfold.rulebook.check import Subject

MENTIONS = frozenset({Role.EXAMPLE, Role.FIXTURE})
"""Roles in which an act is shown, not asked for: reported as a low finding, so that the word "example" hides
nothing."""


class BytesJudge(Protocol):
    """Rules over the bytes of a file, see `pinfold.rulebook.yara`."""

    def __call__(self, path: str, data: bytes, *, seconds: float) -> list[Match]:
        """Return the rules that hold. Raises `LimitReachedError` after ``seconds``."""


class _Part(msgspec.Struct):
    """An act part, compiled when it is first asked: most are never, in a run over one skill."""

    rule: Rule
    spec: ActPart
    where: str
    matcher: Matcher | None = None

    def compiled(self) -> Matcher:
        """Return the detection made ready. Raises `RuleError`, which names ``where``, for one that does not compile."""
        if self.matcher is None:
            self.matcher = compile_detection(self.spec.detection, where=self.where)
        return self.matcher


class _Kept(msgspec.Struct, array_like=True, frozen=True):
    """What is worth keeping of a rulebook made ready."""

    acts: bytes
    patterns: bytes


def compile_parts(rule: Rule, where: str) -> None:
    """Compile everything in a rule but its patterns. Raises `RuleError` that names ``where`` and the part."""
    for part in _parts(rule, where):
        part.compiled()
    _correlations(rule, where)
    for phrases in _phrases(rule, where):
        _ = phrases.condition


def _parts(rule: Rule, where: str) -> list[_Part]:
    return [_Part(rule, spec, f"{where}: {spec.id}") for spec in rule.acts]


def _correlations(rule: Rule, where: str) -> list[tuple[Correlation, Correlate]]:
    known = {spec.id for spec in rule.acts}
    for correlation in rule.correlations:
        if missing := set(correlation.rules) - known:
            raise RuleError(f"{where}: {correlation.id}: no act part named {sorted(missing)[0]!r}")
    return [(spec, compile_correlation(spec, where=f"{where}: {spec.id}")) for spec in rule.correlations]


def _phrases(rule: Rule, where: str) -> list[Phrases]:
    return [Phrases(rule, spec, f"{where}: {spec.id}") for spec in rule.text]


class Judge:
    """Rules made ready to be applied. Build it once; it keeps no state between calls."""

    def __init__(self, rules: Sequence[Rule], kept: bytes | None = None, bytes_judge: BytesJudge | None = None) -> None:
        """Take the rules and, where it is at hand, what `serialize` kept of exactly these rules.

        ``bytes_judge`` applies a user's YARA rules. Raises `RuleError` for a rule that does not compile and
        `ValueError` for what was kept and is damaged, or fails its canary.
        """
        self.rules = tuple(rules)
        self._bytes_judge = bytes_judge
        self._parts = [part for rule in self.rules for part in _parts(rule, rule.id)]
        self._asked: dict[tuple[Lens, ActKind], frozenset[int]] = {}
        self._correlations = [(rule, *each) for rule in self.rules for each in _correlations(rule, rule.id)]
        self._phrases = [phrases for rule in self.rules for phrases in _phrases(rule, rule.id)]
        # Wordings share patterns: each is searched for once, for all groups in which it stands.
        uses: dict[str, list[tuple[int, str]]] = {}
        for index, phrases in enumerate(self._phrases):
            for group, patterns in phrases.spec.patterns.items():
                for pattern in patterns:
                    uses.setdefault(pattern, []).append((index, group))
        self._uses = list(uses.values())
        if kept is None:
            for rule in self.rules:
                compile_parts(rule, rule.id)
            self._acts = Prefilter([act_needs(part.spec.detection) for part in self._parts])
            self._patterns = Patterns([to_bytes(pattern, where=self._where(users)) for pattern, users in uses.items()])
        else:
            self._acts, self._patterns = _loaded(kept, len(self._parts), len(uses))

    def _where(self, users: list[tuple[int, str]]) -> str:
        phrases = self._phrases[users[0][0]]
        return f"{phrases.rule.id}: {phrases.spec.id}"

    def serialize(self, *, portable: bool = False) -> bytes:
        """Return what takes long to compile, for a later process on the same machine.

        What is ``portable`` may be loaded on any, where a part of it is then compiled again.
        """
        acts, patterns = self._acts.serialize(portable=portable), self._patterns.serialize(portable=portable)
        return msgspec.msgpack.encode(_Kept(acts, patterns))

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
            asked = self._asked_about(lens, act.kind)
            if not asked:
                continue
            plain = values_of(act)
            folded = {name: value.lower() for name, value in plain.items()}
            for number in sorted(self._acts.possible(act_text(folded), asked)):
                part = self._parts[number]
                if part.compiled()(plain, folded):
                    if act.role.live:
                        blocks.setdefault(part.rule.id, {}).setdefault(act.group, []).append((part.spec.id, act))
                    if part.spec.alone:
                        yield _match(part.rule, part.spec, (act,))
        for rule, spec, correlate in self._correlations:
            if lens in spec.lenses:
                for hits in blocks.get(rule.id, {}).values():
                    if found := correlate(hits):
                        yield _match(rule, spec, found)

    def _asked_about(self, lens: Lens, kind: ActKind) -> frozenset[int]:
        """Return the numbers of the parts that speak of a kind of acts."""
        asked = self._asked.get((lens, kind))
        if asked is None:
            specs = [part.spec for part in self._parts]
            chosen = [kind in spec.kinds and lens in spec.lenses for spec in specs]
            asked = self._asked[lens, kind] = frozenset(number for number, each in enumerate(chosen) if each)
        return asked

    def judge_checks(self, lens: Lens, subject: Subject) -> Iterator[Match]:
        """Yield what the Python checks of rules find in a text with concealed layers."""
        from pinfold.rulebook.check import judge_checks  # noqa: PLC0415  # few texts have layers

        for rule in self.rules:
            if rule.checks:
                yield from judge_checks(rule, lens, subject)

    @property
    def reads_bytes(self) -> bool:
        """Whether there are rules over the bytes of files."""
        return self._bytes_judge is not None

    def judge_bytes(self, path: str, data: bytes, *, seconds: float) -> list[Match]:
        """Return the user's YARA rules that hold over a file. Raises `LimitReachedError` after ``seconds``."""
        return [] if self._bytes_judge is None else self._bytes_judge(path, data, seconds=seconds)

    def judge_text(self, lens: Lens, passage: Passage, group: str = "") -> Iterator[Match]:
        """Yield the wordings that hold in one passage, which belongs to a group of acts where ``group`` names one."""
        candidates: dict[int, dict[str, list[int]]] = {}
        finder = Finder(self._patterns, passage.folded.data)
        for number in sorted(self._patterns.present(finder.text)):
            for index, name in self._uses[number]:
                candidates.setdefault(index, {}).setdefault(name, []).append(number)
        for index, groups in sorted(candidates.items()):
            phrases = self._phrases[index]
            if lens in phrases.spec.lenses and phrases.may_hold(groups):
                yield from judge_wording(phrases, groups, passage, finder, group)


def _loaded(kept: bytes, parts: int, patterns: int) -> tuple[Prefilter, Patterns]:
    """Return the prefilter of acts and the patterns that were kept. Raises `ValueError` when they are of no use."""
    try:
        both = msgspec.msgpack.decode(kept, type=_Kept)
    except msgspec.DecodeError as error:
        raise ValueError(f"the compiled patterns cannot be loaded: {error}") from None
    acts = Prefilter.load(both.acts)
    if len(acts) != parts:
        raise ValueError("the compiled patterns belong to other rules")
    return acts, Patterns.load(both.patterns, patterns)


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
