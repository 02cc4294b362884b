"""Suppressions: set down by a person, outside the artifact, for one rule and one skill, with a reason and an end."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

import msgspec

from pinfold.model import Finding, Report, Suppression, verdict_of
from pinfold.scan.risk import score


class Suppress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of ``[[scan.suppress]]``.

    ``skill`` is the tree digest (``sha256:…``), which ends with the first change of the skill, or a path pattern with
    ``*``. ``file`` narrows it to one file of the skill.
    """

    rule: str
    skill: str
    reason: str
    author: str
    expires: datetime.date
    file: str = "*"
    source: str = ""


def suppressed(report: Report, entries: Sequence[Suppress], today: datetime.date) -> tuple[Report, list[str]]:
    """Return the report with its suppressed findings marked and its score and verdict made anew.

    The notes name expired entries that would have matched.
    """
    notes: list[str] = []
    findings = tuple(_suppressed(report, finding, entries, today, notes) for finding in report.findings)
    if findings == report.findings:
        return report, notes
    value = score(findings)
    verdict = verdict_of(value, complete=report.complete)
    return msgspec.structs.replace(report, findings=findings, score=value, verdict=verdict), notes


def _suppressed(
    report: Report, finding: Finding, entries: Sequence[Suppress], today: datetime.date, notes: list[str]
) -> Finding:
    for entry in entries:
        if entry.rule != finding.rule or not _names(entry, report) or not fnmatchcase(finding.place.path, entry.file):
            continue
        if entry.expires < today:
            notes.append(
                f"the suppression of {entry.rule} for {report.path} ended on {entry.expires} ({entry.author}): it reports again"
            )
            continue
        reason = Suppression(
            reason=entry.reason, author=entry.author, expires=entry.expires.isoformat(), source=entry.source
        )
        return msgspec.structs.replace(finding, suppressed=reason)
    return finding


def _names(entry: Suppress, report: Report) -> bool:
    if entry.skill.startswith("sha256:"):
        return entry.skill == report.digest
    path = PurePosixPath(report.path.replace("\\", "/")).as_posix()
    return fnmatchcase(path, entry.skill) or fnmatchcase(path, f"*/{entry.skill}")
