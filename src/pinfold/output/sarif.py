"""Results as SARIF 2.1.0, for code review and vulnerability management.

Rules and taxonomies stand at the head, results are written one by one, and what was not read follows at the end as
notifications, so that memory does not grow with the number of results.
"""

from __future__ import annotations

from typing import Any, TextIO
from urllib.parse import quote

from pinfold.model import Evidence, Finding, MatchReport, Place, Report, Severity, Unread
from pinfold.output.artifact import artifact_path
from pinfold.output.json import encode
from pinfold.output.renderer import Renderer, RuleInfo, Setting, Totals
from pinfold.output.taxonomy import Taxonomies
from pinfold.output.terminal import visible

SCHEMA_URI = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "pinfold/v1"
"""The name under which ``Finding.fingerprint`` is published; it changes only if the way of computing it does."""

MAX_NOTIFICATIONS = 10_000
"""Unread files that are named one by one; the rest are counted."""

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SCORES = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "3.0",
    Severity.INFO: "0.0",
}
"""Code hosts sort by this number: above 9 is critical, from 7 high, from 4 medium, below that low."""

_PATH_SAFE = "/!-._~"


class SarifRenderer:
    """One log with one run."""

    def __init__(self, stream: TextIO, setting: Setting) -> None:
        """Write to ``stream``; nothing is written before ``begin``."""
        self._stream = stream
        self._setting = setting
        self._positions = {rule.id: position for position, rule in enumerate(setting.rules)}
        self._separator = "\n"
        self._notifications: list[dict[str, Any]] = []
        self._unnamed = 0

    def begin(self) -> None:
        """Write the tool, its rules and the taxonomies, and open the list of results."""
        setting = self._setting
        taxonomies = Taxonomies(setting.rules)
        driver: dict[str, Any] = {
            "name": "Pinfold",
            "rules": [_rule(rule, taxonomies) for rule in setting.rules],
        }
        if setting.version:
            driver["semanticVersion"] = setting.version
        if setting.rulebook:
            driver["properties"] = {"rulebook": setting.rulebook}
        if taxonomies.components:
            driver["supportedTaxonomies"] = taxonomies.references
        run = {"tool": {"driver": driver}, "taxonomies": taxonomies.components, "columnKind": "unicodeCodePoints"}
        self._stream.write(f'{{"$schema": {encode(SCHEMA_URI)}, "version": "2.1.0", "runs": [\n')
        self._stream.write(f'{encode(run)[:-1]}, "results": [')

    def report(self, report: Report | MatchReport) -> None:
        """Write the findings of one report; keep what was not read for the end."""
        for finding in report.findings:
            self._stream.write(self._separator + encode(self._result(finding, report)))
            self._separator = ",\n"
        for unread in report.unread:
            if len(self._notifications) < MAX_NOTIFICATIONS:
                self._notifications.append(_notification(unread, report))
            else:
                self._unnamed += 1

    def end(self, totals: Totals) -> int | None:
        """Close the list of results, say what was not read, and close the log."""
        notifications = self._notifications
        if self._unnamed:
            notifications = [*notifications, _warning(f"{self._unnamed} more files were not read")]
        invocation = {"executionSuccessful": True, "toolExecutionNotifications": notifications}
        self._stream.write(f'\n], "invocations": {encode([invocation])}}}\n]}}\n')
        return None

    def _result(self, finding: Finding, report: Report | MatchReport) -> dict[str, Any]:
        first, *others = finding.evidence
        result: dict[str, Any] = {"ruleId": finding.rule}
        if finding.rule in self._positions:
            result["ruleIndex"] = self._positions[finding.rule]
        result["level"] = _LEVELS[finding.severity]
        result["message"] = {"text": _message(f"{finding.title}. {finding.message} {finding.fix}".strip())}
        result["locations"] = [_location(first, report)]
        if others:
            result["relatedLocations"] = [
                {"id": number, **_location(piece, report)} for number, piece in enumerate(others, start=1)
            ]
        if finding.fingerprint:
            result["partialFingerprints"] = {FINGERPRINT: finding.fingerprint}
        if (why := finding.suppressed) is not None:
            until = f"until {why.expires}" if why.expires else "without end"
            justification = f"{why.reason} (by {why.author}, {until})"
            result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": justification}]
        result["properties"] = _properties(finding, report)
        return result


def make(stream: TextIO, setting: Setting) -> Renderer:
    """Return the SARIF renderer."""
    return SarifRenderer(stream, setting)


def artifact_uri(report_path: str, path: str) -> str:
    """Return the URI of a file in a report: relative where the user named a relative path, percent-encoded.

    ``path`` is relative to the skill at ``report_path``.
    """
    joined = artifact_path(report_path, path)
    encoded = quote(
        joined.encode("utf-8", "surrogateescape" if _escaped_bytes_only(joined) else "replace"), safe=_PATH_SAFE
    )
    if joined.startswith("/"):
        return f"file://{encoded}"
    if joined[1:3] == ":/":
        return f"file:///{joined[0]}:{encoded[4:]}"
    return encoded


def _escaped_bytes_only(text: str) -> bool:
    """Whether every surrogate in ``text`` stands for one undecodable byte of a file name."""
    return all("\udc80" <= character <= "\udcff" for character in text if "\ud800" <= character <= "\udfff")


def _rule(rule: RuleInfo, taxonomies: Taxonomies) -> dict[str, Any]:
    described: dict[str, Any] = {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.explain or rule.title},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "help": {"text": "\n\n".join(part for part in (rule.explain or rule.title, rule.fix) if part)},
        "properties": {"tags": ["security", *rule.tags], "security-severity": _SCORES[rule.severity]},
    }
    if rule.maps:
        described["relationships"] = taxonomies.relationships(rule)
    return described


def _location(piece: Evidence, report: Report | MatchReport) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(piece.place, report)}}
    place = piece.place
    if place.line:
        region: dict[str, Any] = {"startLine": place.line, "startColumn": max(place.column, 1)}
        if (place.end_line, place.end_column) > (place.line, place.column):
            region["endLine"] = place.end_line
            region["endColumn"] = max(place.end_column, 1)
        if spanned := piece.excerpt[piece.start : piece.end]:
            region["snippet"] = {"text": spanned}
        physical["region"] = region
        if piece.excerpt:
            physical["contextRegion"] = {"startLine": place.line, "snippet": {"text": piece.excerpt}}
    location: dict[str, Any] = {"physicalLocation": physical}
    words = ", ".join(word for word in (piece.note, f"in {place.layer}" if place.layer else "") if word)
    if words:
        location["message"] = {"text": _message(words)}
    return location


def _uri(place: Place, report: Report | MatchReport) -> str:
    return artifact_uri(report.path, place.path if isinstance(report, Report) else "")


def _properties(finding: Finding, report: Report | MatchReport) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "severity": finding.severity,
        "confidence": finding.confidence,
        "axis": finding.axis,
        "fix": finding.fix,
    }
    if isinstance(report, Report):
        properties |= {"skill": report.name, "digest": report.digest, "verdict": report.verdict}
    elif finding.place.step is not None:
        properties["step"] = finding.place.step
    return properties


def _notification(unread: Unread, report: Report | MatchReport) -> dict[str, Any]:
    notification = _warning(f"Not read ({unread.reason}){': ' + unread.detail if unread.detail else ''}")
    if isinstance(report, Report):
        return {**notification, "locations": [_whole(artifact_uri(report.path, unread.path))]}
    location = _whole(artifact_uri(report.path, ""))
    number = unread.path.rpartition(":")[2]
    if number.isascii() and number.isdigit() and int(number[:9]) > 0:
        location["physicalLocation"]["region"] = {"startLine": int(number[:9])}
    return {**notification, "locations": [location]}


def _whole(uri: str) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": uri}}}


def _warning(text: str) -> dict[str, Any]:
    return {"level": "warning", "descriptor": {"id": "unread"}, "message": {"text": _message(text)}}


def _message(text: str) -> str:
    """Return text as a SARIF message: visible, and free of the ``[words](target)`` that viewers turn into a link."""
    shown = visible(text)
    return shown.replace("[", "\\[").replace("]", "\\]") if "](" in shown else shown
