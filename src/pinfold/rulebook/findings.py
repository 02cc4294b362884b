"""From matches to findings: one finding for each rule and file (or session), with all its grounds."""

from __future__ import annotations

from collections.abc import Iterable

from pinfold.model import Certainty, Confidence, Evidence, Finding, fingerprint
from pinfold.rulebook.frameworks import resolve
from pinfold.rulebook.rule import MAX_EVIDENCE, Match

_CONFIDENCES = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)
_CERTAINTIES = (Certainty.INFERRED, Certainty.STATED, Certainty.OBSERVED)


def findings(matches: Iterable[Match]) -> list[Finding]:
    """Return findings, worst first.

    The matches of one rule in one file, session or trajectory become one finding; the strongest leads.
    """
    groups: dict[tuple[str, str, str], list[Match]] = {}
    for match in matches:
        place = match.evidence[0].place
        session = match.group if place.step is not None else ""
        groups.setdefault((match.rule.id, place.path, session), []).append(match)
    merged = [_merge(group) for group in groups.values()]
    return sorted(
        merged,
        key=lambda finding: (
            -finding.severity.rank,
            -_CONFIDENCES.index(finding.confidence),
            finding.rule,
            str(finding.place),
        ),
    )


def _merge(matches: list[Match]) -> Finding:
    matches.sort(key=_weight, reverse=True)
    lead = matches[0]
    rule = lead.rule
    return Finding(
        rule=rule.id,
        title=rule.title,
        severity=lead.severity,
        confidence=lead.confidence,
        axis=rule.axis,
        message=rule.explain,
        fix=rule.fix,
        evidence=_evidence(matches),
        maps=resolve(rule.maps),
        fingerprint=fingerprint(rule.id, lead.evidence[0].place.path, lead.evidence[0].excerpt),
    )


def _weight(match: Match) -> tuple[int, int, int]:
    certainty = match.evidence[0].certainty
    return (
        match.severity.rank,
        _CONFIDENCES.index(match.confidence),
        _CERTAINTIES.index(certainty) if certainty else 0,
    )


def _evidence(matches: list[Match]) -> tuple[Evidence, ...]:
    """Return the evidence of all matches, each place once."""
    seen: dict[tuple[str, int, int | None], Evidence] = {}
    for match in matches:
        for item in match.evidence:
            seen.setdefault((item.place.path, item.place.line, item.place.step), item)
            if len(seen) >= MAX_EVIDENCE:
                return tuple(seen.values())
    return tuple(seen.values())
