"""The outcome of a scan."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pinfold.model.capability import Capability, Flow
from pinfold.model.finding import Finding
from pinfold.model.skill import SkillKind, Unread

BLOCK_AT = 0.5
"""Scores from here on are ``block``."""

REVIEW_AT = 0.2
"""Scores from here on, and below ``BLOCK_AT``, are ``review``."""


class Verdict(StrEnum):
    """What a user should do with a skill, worst first."""

    BLOCK = "block"
    INCOMPLETE = "incomplete"
    REVIEW = "review"
    CLEAN = "clean"


def verdict_of(score: float, *, complete: bool) -> Verdict:
    """Return the verdict for a score between 0 and 1 (design §3).

    An unread file is never ``clean``, and never hides a ``block``.
    """
    if score >= BLOCK_AT:
        return Verdict.BLOCK
    if not complete:
        return Verdict.INCOMPLETE
    if score >= REVIEW_AT:
        return Verdict.REVIEW
    return Verdict.CLEAN


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a scan has to say about one skill.

    ``findings`` stand worst first and include suppressed ones, which count for neither ``score`` nor ``verdict``.
    ``files`` and ``bytes`` count what was read, ``more_capabilities`` and ``more_flows`` what those lists have
    no room for.
    """

    name: str
    kind: SkillKind
    path: str
    digest: str
    verdict: Verdict
    score: float
    complete: bool
    unread: tuple[Unread, ...] = ()
    findings: tuple[Finding, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    more_capabilities: int = 0
    flows: tuple[Flow, ...] = ()
    more_flows: int = 0
    declared: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    source: str = ""
    files: int = 0
    bytes: int = 0
    cached: bool = False


class MatchReport(msgspec.Struct, frozen=True, kw_only=True):
    """What the rulebook has to say about observed acts: an event stream or a file of trajectories.

    ``judged`` counts the acts, ``unread`` the lines that could not be read (``path`` is ``file:line``).
    """

    path: str
    lens: str
    judged: int
    findings: tuple[Finding, ...] = ()
    unread: tuple[Unread, ...] = ()
