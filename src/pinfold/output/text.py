"""Results for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TextIO

from pinfold.model import Capability, Finding, Flow, MatchReport, Report, Severity, SkillKind, Unread, Verdict
from pinfold.output import snippet
from pinfold.output.ink import Ink
from pinfold.output.renderer import Renderer, Setting, Totals
from pinfold.output.terminal import cells, pad, shorten, visible

MAX_ROWS = 10
"""Rows of a list (destinations, unread files of one reason) unless everything is asked for."""

MAX_NAMES = 8
"""Capabilities of one kind on their line unless everything is asked for."""

_INDENT = "    "


class TextRenderer:
    """A line for each clean skill, a paragraph for every other one, and one summary line."""

    def __init__(self, stream: TextIO, setting: Setting) -> None:
        """Write to ``stream``; nothing is written before the first report."""
        self._stream = stream
        self._setting = setting
        self._ink = Ink(setting.color)
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._pages = {rule.id: rule.docs_url for rule in setting.rules}
        self._begun = False
        self._spaced = True

    def begin(self) -> None:
        """Write nothing: a text report has no preamble."""

    def report(self, report: Report | MatchReport) -> None:
        """Write what is to be said about one skill or one file of observed acts."""
        body = self._skill(report) if isinstance(report, Report) else self._material(report)
        detailed = len(body) > 1
        if self._begun and (detailed or not self._spaced):
            body = ["", *body]
        self._spaced = not detailed
        self._begun = True
        self._write(body)

    def end(self, totals: Totals) -> int | None:
        """Write the summary line."""
        line = summary(totals, self._setting, self._ink)
        self._write(["", line] if self._begun else [line])
        return None

    def _write(self, body: Iterable[str]) -> None:
        text = "".join(f"{line}\n" for line in body)
        self._stream.write(text.encode(self._encoding, "backslashreplace").decode(self._encoding))

    def _skill(self, report: Report) -> list[str]:
        verdict = self._ink.paint(report.verdict, pad(report.verdict, len(Verdict.INCOMPLETE)))
        name = self._ink.paint("strong", visible(report.name) or "(no name)")
        kind = "" if report.kind is SkillKind.SKILL else f" ({report.kind})"
        details = [visible(report.path)]
        if report.verdict is not Verdict.CLEAN or report.findings:
            details.append(f"score {report.score:.2f}")
        if self._setting.verbose:
            details += [f"{report.files} files, {report.bytes:,} bytes", visible(report.digest)]
            details += ["cached"] if report.cached else []
        body = [f"{verdict}  {name}{kind}  {self._ink.paint('faint', ' · '.join(details))}"]
        if report.verdict is Verdict.CLEAN and not report.findings and not self._setting.verbose:
            return body
        if report.findings and report.digest and not self._setting.verbose:
            body.append(self._ink.paint("faint", f"            {visible(report.digest)}"))
        body += self._findings(report.findings)
        sections = (
            ("can", self._capabilities(report.capabilities)),
            ("what goes where", self._flows(report.flows)),
            ("not read", self._unread(report.unread)),
            ("suppressed", self._suppressed(report.findings)),
        )
        return body + self._sections(sections)

    def _material(self, report: MatchReport) -> list[str]:
        acts = "act" if report.judged == 1 else "acts"
        head = f"{self._ink.paint('strong', visible(report.path))}  " + self._ink.paint(
            "faint", f"{report.judged:,} {acts} judged · {visible(report.lens)}"
        )
        sections = (("not read", self._unread(report.unread)), ("suppressed", self._suppressed(report.findings)))
        return [head, *self._findings(report.findings), *self._sections(sections)]

    def _findings(self, findings: Sequence[Finding]) -> list[str]:
        body: list[str] = []
        setting = self._setting
        for finding in findings:
            if finding.suppressed is None:
                page = self._pages.get(finding.rule, "")
                body += ["", *snippet.lines(finding, self._ink, setting.width, docs_url=page, verbose=setting.verbose)]
        return body

    def _sections(self, sections: Iterable[tuple[str, list[str]]]) -> list[str]:
        body: list[str] = []
        for title, rows in sections:
            if rows:
                body += ["", self._ink.paint("strong", f"  {title}"), *(_INDENT + row for row in rows)]
        return body

    def _rows(self, rows: list[str], noun: str) -> list[str]:
        """Cap a list of rows, saying how many are left out."""
        hidden = 0 if self._setting.verbose else len(rows) - MAX_ROWS
        return rows if hidden <= 0 else [*rows[:MAX_ROWS], self._ink.paint("faint", f"+{hidden} more {noun}")]

    def _capabilities(self, capabilities: Sequence[Capability]) -> list[str]:
        grouped: dict[str, dict[str, None]] = {}
        for one in capabilities:
            kind, _, detail = one.name.partition(":")
            grouped.setdefault(kind, {})[visible(detail)] = None
        if not grouped:
            return []
        column = max(cells(visible(kind)) for kind in grouped)
        rows = []
        for kind, details in grouped.items():
            names = [shorten(name, 60) for name in details if name]
            shown = names if self._setting.verbose else names[:MAX_NAMES]
            more = f" +{len(names) - len(shown)} more" if len(shown) < len(names) else ""
            rows.append(f"{pad(visible(kind), column)}  {', '.join(shown)}{more}".rstrip())
        return rows

    def _flows(self, flows: Sequence[Flow]) -> list[str]:
        merged: dict[tuple[str, int, str, tuple[str, ...]], str] = {}
        for flow in flows:
            merged.setdefault((flow.host, flow.port, flow.via, flow.data), snippet.where(flow.place))
        if not merged:
            return []
        table = [("to", "via", "sends", "at")]
        for (host, port, via, data), place in merged.items():
            target = "(built at run time)" if host == "*" else visible(host)
            table.append((shorten(f"{target}:{port}" if port else target, 48), visible(via), _data(data), place))
        widths = [max(cells(row[column]) for row in table) for column in range(3)]
        rows = [
            "  ".join([*(pad(cell, width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in table
        ]
        return [self._ink.paint("faint", rows[0]), *self._rows(rows[1:], "destinations")]

    def _unread(self, unread: Sequence[Unread]) -> list[str]:
        grouped: dict[str, list[Unread]] = {}
        for one in unread:
            grouped.setdefault(one.reason, []).append(one)
        rows: list[str] = []
        for reason, entries in grouped.items():
            files = [visible(one.path) + (f": {visible(one.detail)}" if one.detail else "") for one in entries]
            rows += [f"{visible(reason)} ({len(entries)})", *("  " + row for row in self._rows(files, "files"))]
        return rows

    def _suppressed(self, findings: Sequence[Finding]) -> list[str]:
        rows = []
        for finding in findings:
            if (why := finding.suppressed) is not None:
                expiry = f"until {visible(why.expires)}" if why.expires else "without end"
                source = f", {visible(why.source)}" if why.source else ""
                rows.append(
                    f"{finding.severity}[{visible(finding.rule)}] {snippet.where(finding.place)}: {visible(why.reason)}"
                    f" (by {visible(why.author)}, {expiry}{source})"
                )
        return rows


def make(stream: TextIO, setting: Setting) -> Renderer:
    """Return the text renderer."""
    return TextRenderer(stream, setting)


def _data(data: Sequence[str]) -> str:
    """Return what is sent, in a cell of the table; ``-`` when nothing says so."""
    more = f" +{len(data) - 3}" if len(data) > 3 else ""
    return (shorten(", ".join(visible(one) for one in data[:3]), 48) or "-") + more


def summary(totals: Totals, setting: Setting, ink: Ink) -> str:
    """Return the last line: how much was judged, with what outcome, in what time."""
    if setting.subject == "skills":
        verdicts = [
            ink.paint(verdict, f"{count} {verdict}")
            for verdict in Verdict
            if (count := totals.verdicts.get(verdict, 0))
        ]
        parts = [_count(totals.skills, "skill") + (": " + ", ".join(verdicts) if verdicts else "")]
    else:
        parts = [f"{_count(totals.judged, 'act')} in {_count(totals.material, 'file')}"]
    found = [
        ink.paint(severity, f"{count} {severity}")
        for severity in Severity
        if (count := totals.findings.get(severity, 0))
    ]
    parts.append(f"{_count(sum(totals.findings.values()), 'finding')} ({', '.join(found)})" if found else "no findings")
    if totals.suppressed:
        parts.append(f"{totals.suppressed:,} suppressed")
    if totals.unread:
        parts.append(f"{_count(totals.unread, 'file' if setting.subject == 'skills' else 'line')} not read")
    parts.append(f"{_count(totals.rules, 'rule')}, {totals.seconds:.2f} s")
    return " · ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
