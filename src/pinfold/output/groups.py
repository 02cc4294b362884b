"""How findings are folded for a person: rule by rule, each rule where its worst finding stands (design/reports.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pinfold.model import Finding, Severity

MAX_FINDINGS = 2
"""Findings of one rule in one skill that are shown with their lines unless everything is asked for."""


class Group(NamedTuple):
    """The findings of one rule: those that are shown with their lines, and those that are only counted and placed."""

    shown: Sequence[Finding]
    folded: Sequence[Finding]


def groups(findings: Sequence[Finding], *, verbose: bool) -> list[Group]:
    """Return the findings that are a reason to act, suppressed ones left out; with ``verbose`` all, and none folded."""
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.suppressed is None and (verbose or not _is_noted(finding)):
            grouped.setdefault(finding.rule, []).append(finding)
    found = []
    for group in grouped.values():
        # One finding more than is shown would take as much room folded as shown.
        count = len(group) if verbose or len(group) == MAX_FINDINGS + 1 else MAX_FINDINGS
        found.append(Group(group[:count], group[count:]))
    return found


def noted(findings: Sequence[Finding], *, verbose: bool) -> list[Finding]:
    """Return the findings that take a line of their own and no more: they are no reason to act."""
    return [finding for finding in findings if finding.suppressed is None and _is_noted(finding) and not verbose]


def _is_noted(finding: Finding) -> bool:
    return finding.severity.rank <= Severity.LOW.rank
