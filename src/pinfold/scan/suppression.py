"""Suppressions: set down by a person, outside the artifact, for one rule and one skill, with a reason and an end."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Annotated

import msgspec

from pinfold.model import Finding, Report, Suppression, verdict_of
from pinfold.scan.risk import score

_Said = Annotated[str, msgspec.Meta(min_length=1)]


class Suppress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One entry of ``[[scan.suppress]]``.

    ``skill`` is the tree digest (``sha256:…``), which ends with the first change of the skill, or a path pattern with
    ``*``. ``file`` narrows it to one file of the skill.
    """

    rule: _Said
    skill: _Said
    reason: _Said
    author: _Said
    expires: datetime.date
    file: str = "*"
    source: str = ""


def suppressed(report: Report, entries: Sequence[Suppress], today: datetime.date) -> tuple[Report, list[str]]:
    """Return the report with its suppressed findings marked and its score and verdict made anew.

    The notes name expired entries that would have matched, each once.
    """
    notes: dict[str, None] = {}
    findings = tuple(_suppressed(report, finding, entries, today, notes) for finding in report.findings)
    if findings == report.findings:
        return report, list(notes)
    value = score(findings)
    verdict = verdict_of(value, complete=report.complete)
    return msgspec.structs.replace(report, findings=findings, score=value, verdict=verdict), list(notes)


def _suppressed(
    report: Report, finding: Finding, entries: Sequence[Suppress], today: datetime.date, notes: dict[str, None]
) -> Finding:
    expired: dict[str, None] = {}
    for entry in entries:
        if entry.rule != finding.rule or not _names(entry, report) or not fnmatchcase(finding.place.path, entry.file):
            continue
        if entry.expires < today:
            ended = f"the suppression of {entry.rule} for {report.path} ended on {entry.expires} ({entry.author})"
            expired[f"{ended}: it reports again"] = None
            continue
        reason = Suppression(
            reason=entry.reason, author=entry.author, expires=entry.expires.isoformat(), source=entry.source
        )
        return msgspec.structs.replace(finding, suppressed=reason)
    notes.update(expired)
    return finding


def _names(entry: Suppress, report: Report) -> bool:
    if entry.skill.startswith("sha256:"):
        return entry.skill == report.digest
    path = PurePosixPath(report.path.replace("\\", "/")).as_posix()
    return fnmatchcase(path, entry.skill)
