"""What a rule has to say about a skill, an event stream or a trajectory."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec

from pinfold.model.act import Certainty, Role
from pinfold.model.place import Place


class Severity(StrEnum):
    """How much harm the act does if it is real."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for info up to 4 for critical, for comparisons."""
        return _SEVERITIES.index(self)


_SEVERITIES = (Severity.INFO, Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.CRITICAL)


class Confidence(StrEnum):
    """How sure the rule is that the act is what it seems."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Axis(StrEnum):
    """A capability is a fact ("can reach the network"); a threat is a reason to act (design §2)."""

    CAPABILITY = "capability"
    THREAT = "threat"


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """One piece of the material on which a finding rests.

    ``excerpt`` is the source line (control and bidirectional characters made visible, at most 240 characters) and
    ``start``/``end`` the span in it, in characters, to underline; ``end == 0`` underlines nothing. ``note`` says what
    this piece contributes, such as the name of the matched part.
    """

    place: Place
    excerpt: str = ""
    start: int = 0
    end: int = 0
    role: Role | None = None
    certainty: Certainty | None = None
    note: str = ""


class FrameworkId(msgspec.Struct, frozen=True):
    """An identifier in somebody else's taxonomy, with the version in which it is valid."""

    framework: str
    version: str
    id: str
    title: str = ""


class Suppression(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a finding does not count: set down by a person, outside the artifact."""

    reason: str
    author: str
    expires: str
    source: str = ""


class Finding(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rule's statement, with its grounds and what to do about it.

    ``message`` says in one sentence what it means for the user; ``fix`` what to do next. ``evidence`` is never empty;
    its first entry is the primary place. ``fingerprint`` is stable across runs, line shifts and machines: it depends
    on rule, path and the folded excerpt only. ``declared`` says that the skill openly deals with what was found: such
    findings are for a person to judge and lead to a review at most.
    """

    rule: str
    title: str
    severity: Severity
    confidence: Confidence
    axis: Axis
    message: str
    fix: str
    evidence: tuple[Evidence, ...]
    maps: tuple[FrameworkId, ...] = ()
    fingerprint: str = ""
    declared: bool = False
    suppressed: Suppression | None = None

    @property
    def place(self) -> Place:
        """The primary place."""
        return self.evidence[0].place


def fingerprint(rule: str, path: str, excerpt: str) -> str:
    """Return 32 hexadecimal digits that name a finding across runs.

    White space and case do not count, so a finding keeps its name when code around it moves or is re-indented.
    """
    words = " ".join(excerpt.split()).casefold()
    return hashlib.sha256("\0".join((rule, path, words)).encode("utf-8", "surrogatepass")).hexdigest()[:32]
