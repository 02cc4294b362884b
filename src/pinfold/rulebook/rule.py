"""The rule: one misdeed, in one form for all three lenses (design §2).

A rule file is YAML; these types are its schema, and also the compiled form that the wheel carries as MessagePack.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

from pinfold.model import ActKind, Axis, Confidence, Evidence, Role, Severity

Lens = Literal["source", "live", "record"]
"""Where acts come from: what a skill ships, what a process does, what a trajectory recorded."""

LENSES: tuple[Lens, ...] = ("source", "live", "record")


class ActPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A Sigma detection over acts of one kind.

    ``detection`` is as in Sigma: selections (maps of ``field|modifiers`` to a value or a list, lists of maps, or
    keyword lists) and ``condition``. ``alone: false`` makes it a building block of a correlation, without a finding of
    its own.
    """

    id: str
    kind: ActKind | tuple[ActKind, ...]
    detection: dict[str, Any]
    note: str = ""
    alone: bool = True
    confidence: Confidence | None = None
    severity: Severity | None = None
    lenses: tuple[Lens, ...] = LENSES

    @property
    def kinds(self) -> tuple[ActKind, ...]:
        """The kinds of act that the detection looks at."""
        return (self.kind,) if isinstance(self.kind, ActKind) else self.kind


class Correlation(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, rename="kebab"
):
    """A Sigma correlation over the act parts of the same rule.

    It always holds within one group of acts: a session, a trajectory, a file.

    ``type`` is ``event_count``, ``value_count`` (distinct values of ``condition.field``), ``temporal`` or
    ``temporal_ordered``; ``timespan`` is a number and ``s``, ``m`` or ``h``. Where acts carry no time, their order
    stands in for it and the whole group is one span.
    """

    id: str
    type: Literal["event_count", "value_count", "temporal", "temporal_ordered"]
    rules: tuple[str, ...]
    timespan: str
    condition: dict[str, int | str] = {}
    group_by: tuple[str, ...] = ()
    note: str = ""
    confidence: Confidence | None = None
    severity: Severity | None = None
    lenses: tuple[Lens, ...] = LENSES


class Wording(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Patterns over text, where the words themselves are the misdeed.

    ``patterns`` maps group names to patterns (see ``patterns.py`` for their form); ``condition`` joins the groups;
    they must stand within ``within`` lines of each other, in ``roles``. Where ``sentences`` is given, they must stand
    no more than so many sentences of one paragraph apart instead: 0 means in one sentence.

    ``prohibitive`` names groups whose words are prohibitions themselves ("never refuse"), so that being negated says
    nothing about them. One phrase at least must stand outside any negation, unless it is of a group in ``forbidding``:
    there the prohibition is the deed ("do not check signatures").
    """

    id: str
    patterns: dict[str, tuple[str, ...]]
    condition: str = "1 of them"
    within: int = 12
    sentences: int | None = None
    prohibitive: tuple[str, ...] = ()
    forbidding: tuple[str, ...] = ()
    roles: tuple[Role, ...] = (Role.INSTRUCTION, Role.COMMAND, Role.CODE, Role.CONFIGURATION)
    note: str = ""
    confidence: Confidence | None = None
    severity: Severity | None = None
    lenses: tuple[Lens, ...] = LENSES


class CheckPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the Python check of a rule may find, see `pinfold.rulebook.check`; ``lenses`` are those it speaks in."""

    id: str
    note: str = ""
    confidence: Confidence | None = None
    severity: Severity | None = None
    lenses: tuple[Lens, ...] = ("source",)


class Rule(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One misdeed. ``id`` is the file name, the docs page and the test folder.

    ``explain`` is one sentence that tells the user what it means for them; ``fix`` what to do. ``about`` is a
    paragraph for the docs page. ``maps`` names frameworks by their key in ``frameworks.toml`` and ids in them.
    """

    id: str
    title: str
    severity: Severity
    explain: str
    fix: str
    about: str = ""
    confidence: Confidence = Confidence.HIGH
    axis: Axis = Axis.THREAT
    references: tuple[str, ...] = ()
    maps: dict[str, tuple[str, ...]] = {}
    acts: tuple[ActPart, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    text: tuple[Wording, ...] = ()
    checks: tuple[CheckPart, ...] = ()
    family: str = ""

    @property
    def lenses(self) -> tuple[Lens, ...]:
        """The lenses in which the rule can speak."""
        parts: tuple[ActPart | Correlation | Wording | CheckPart, ...] = (
            *self.acts,
            *self.correlations,
            *self.text,
            *self.checks,
        )
        spoken = {lens for part in parts for lens in part.lenses}
        return tuple(lens for lens in LENSES if lens in spoken)


class YaraSource(msgspec.Struct, frozen=True):
    """One of a user's YARA files: its path, for messages, and its text."""

    name: str
    text: str


class Rules(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A set of rules in compiled form. ``version`` is a digest over their content.

    ``yara`` holds the user's YARA files; ``rules`` has an entry without parts for each rule in them.
    """

    rules: tuple[Rule, ...]
    version: str
    yara: tuple[YaraSource, ...] = ()


MAX_EVIDENCE = 8
"""How many acts or phrases one match names."""


class Match(NamedTuple):
    """A part of a rule that holds."""

    rule: Rule
    part: str
    severity: Severity
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    group: str = ""
