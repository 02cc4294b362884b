r"""Results as one JSON document, written report by report.

The document is plain ASCII: everything else is escaped, so it survives any terminal, log and encoding. Characters that
no strict JSON reader accepts (lone surrogates, which stand for undecodable bytes in file names) are written as the text
``\udcff``. The schemas are ``docs/schema/report-1.json`` and ``match-1.json``.
"""

from __future__ import annotations

import json
import re
from typing import Any, TextIO

from pinfold.model import Evidence, Finding, Flow, FrameworkId, MatchReport, Report, Severity, Unread, Verdict
from pinfold.output.renderer import Renderer, Setting, Totals

_SCHEMAS = {"skills": "pinfold.report/1", "material": "pinfold.match/1"}
_SURROGATE = re.compile("[\ud800-\udfff]")


class JsonRenderer:
    """One object with one entry a report, each on a line of its own, and a summary at the end."""

    def __init__(self, stream: TextIO, setting: Setting) -> None:
        """Write to ``stream``; nothing is written before ``begin``."""
        self._stream = stream
        self._setting = setting
        self._separator = "\n"

    def begin(self) -> None:
        """Open the document."""
        setting = self._setting
        head = {"schema": _SCHEMAS[setting.subject], "pinfold": setting.version, "rulebook": setting.rulebook}
        self._stream.write(f"{encode(head)[:-1]}, {encode(setting.subject)}: [")

    def report(self, report: Report | MatchReport) -> None:
        """Add one report."""
        described = skill(report) if isinstance(report, Report) else material(report)
        self._stream.write(self._separator + encode(described))
        self._separator = ",\n"

    def end(self, totals: Totals) -> int | None:
        """Close the document with the totals."""
        self._stream.write(f'\n], "summary": {encode(summary(totals, self._setting))}}}\n')
        return None


def make(stream: TextIO, setting: Setting) -> Renderer:
    """Return the JSON renderer."""
    return JsonRenderer(stream, setting)


def encode(value: object) -> str:
    """Return ``value`` as ASCII JSON that every strict reader accepts."""
    return json.dumps(_well_formed(value), ensure_ascii=True, allow_nan=False)


def _well_formed(value: Any) -> Any:
    """Return ``value`` with lone surrogates spelled out. Nesting is that of our own structures, a handful of levels."""
    if isinstance(value, str):
        return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", value)
    if isinstance(value, dict):
        return {_well_formed(key): _well_formed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_well_formed(item) for item in value]
    return value


def skill(report: Report) -> dict[str, Any]:
    """Return what is said about one skill, in the order of the schema."""
    return {
        "name": report.name,
        "kind": report.kind,
        "path": report.path,
        "digest": report.digest,
        "verdict": report.verdict,
        "score": round(report.score, 4),
        "complete": report.complete,
        "unread": [_unread(unread) for unread in report.unread],
        "findings": [finding(found) for found in report.findings],
        "capabilities": [
            {"name": one.name, "path": one.place.path, "line": one.place.line, "column": one.place.column}
            for one in report.capabilities
        ],
        "more_capabilities": report.more_capabilities,
        "flows": [_flow(flow) for flow in report.flows],
        "more_flows": report.more_flows,
        "declared": list(report.declared),
        "hosts": list(report.hosts),
        "source": report.source,
        "files": report.files,
        "bytes": report.bytes,
        "cached": report.cached,
    }


def material(report: MatchReport) -> dict[str, Any]:
    """Return what is said about one event stream or file of trajectories, in the order of the schema."""
    return {
        "path": report.path,
        "lens": report.lens,
        "judged": report.judged,
        "complete": not report.unread,
        "unread": [_unread(unread) for unread in report.unread],
        "findings": [finding(found) for found in report.findings],
    }


def finding(found: Finding) -> dict[str, Any]:
    """Return one finding in the order of the schema."""
    return {
        "rule": found.rule,
        "severity": found.severity,
        "confidence": found.confidence,
        "axis": found.axis,
        "title": found.title,
        "message": found.message,
        "fix": found.fix,
        "evidence": [_evidence(piece) for piece in found.evidence],
        "maps": _maps(found.maps),
        "fingerprint": found.fingerprint,
        "declared": found.declared,
        "suppressed": None
        if found.suppressed is None
        else {
            "reason": found.suppressed.reason,
            "author": found.suppressed.author,
            "expires": found.suppressed.expires,
            "source": found.suppressed.source,
        },
    }


def _evidence(piece: Evidence) -> dict[str, Any]:
    place = piece.place
    return {
        "path": place.path,
        "line": place.line,
        "column": place.column,
        "end_line": place.end_line,
        "end_column": place.end_column,
        "step": place.step,
        "layer": place.layer,
        "excerpt": piece.excerpt,
        "role": piece.role,
        "certainty": piece.certainty,
        "note": piece.note,
    }


def _maps(ids: tuple[FrameworkId, ...]) -> list[dict[str, Any]]:
    """Group identifiers by framework and version, in the order in which the rule gives them."""
    grouped: dict[tuple[str, str], list[dict[str, str]]] = {}
    for one in ids:
        grouped.setdefault((one.framework, one.version), []).append({"id": one.id, "title": one.title})
    return [{"framework": name, "version": version, "ids": entries} for (name, version), entries in grouped.items()]


def _unread(unread: Unread) -> dict[str, Any]:
    return {"path": unread.path, "reason": unread.reason, "detail": unread.detail}


def _flow(flow: Flow) -> dict[str, Any]:
    return {
        "host": flow.host,
        "port": flow.port,
        "via": flow.via,
        "data": list(flow.data),
        "path": flow.place.path,
        "line": flow.place.line,
        "column": flow.place.column,
    }


def summary(totals: Totals, setting: Setting) -> dict[str, Any]:
    """Return the totals; every verdict and severity has a key, so readers need no defaults."""
    counted: dict[str, Any]
    if setting.subject == "skills":
        counted = {
            "skills": totals.skills,
            "verdicts": {verdict: totals.verdicts.get(verdict, 0) for verdict in Verdict},
        }
    else:
        counted = {"material": totals.material, "judged": totals.judged}
    return {
        **counted,
        "findings": {severity: totals.findings.get(severity, 0) for severity in Severity},
        "suppressed": totals.suppressed,
        "unread": totals.unread,
        "rules": totals.rules,
        "seconds": round(totals.seconds, 3),
    }
