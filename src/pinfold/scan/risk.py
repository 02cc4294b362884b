"""From findings to a score and a verdict.

A capability is a fact and weighs nothing by itself. A threat weighs its severity times the rule's confidence;
different rules corroborate each other, repeats of one rule do not. What does not suffice by itself corroborates within
its file only: a large plugin has many texts, and a doubt about one says nothing of another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pinfold.model import BLOCK_AT, Axis, Confidence, Finding, Severity

SEVERITY_WEIGHT = {
    Severity.CRITICAL: 0.9,
    Severity.HIGH: 0.6,
    Severity.MEDIUM: 0.3,
    Severity.LOW: 0.08,
    Severity.INFO: 0.0,
}
"""A certain critical or high threat blocks by itself; two medium ones of different kinds do so together."""

CONFIDENCE_WEIGHT = {Confidence.HIGH: 1.0, Confidence.MEDIUM: 0.6, Confidence.LOW: 0.3}


DECLARED_AT_MOST = 0.3
"""What a finding weighs at most that concerns what the skill openly deals with; those of one file weigh it once."""

_DECLARED = "(declared)"
"""Stands for the rules of all declared findings."""


def weight(finding: Finding) -> float:
    """Return what one finding adds, between 0 and 1."""
    if finding.axis is Axis.CAPABILITY or finding.suppressed is not None:
        return 0.0
    value = SEVERITY_WEIGHT[finding.severity] * CONFIDENCE_WEIGHT[finding.confidence]
    return min(value, DECLARED_AT_MOST) if finding.declared else value


def score(findings: Iterable[Finding]) -> float:
    """Return the score of a skill: the chance that at least one rule is right, as if they erred independently."""
    certain: dict[str, float] = {}
    doubtful: dict[str, dict[str, float]] = {}
    for finding in findings:
        value = weight(finding)
        path = finding.evidence[0].place.path if finding.evidence else ""
        strongest = certain if value >= BLOCK_AT else doubtful.setdefault(path, {})
        rule = _DECLARED if finding.declared else finding.rule
        strongest[rule] = max(strongest.get(rule, 0.0), value)
    in_files = min((_harmless(found, certain) for found in doubtful.values()), default=1.0)
    return round(1.0 - _harmless(certain) * in_files, 3)


def _harmless(found: Mapping[str, float], but: Collection[str] = ()) -> float:
    """Return the chance that all rules err, those left aside that are certain elsewhere."""
    chance = 1.0
    for rule, value in found.items():
        if rule not in but:
            chance *= 1.0 - value
    return chance
