"""Results for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TextIO

from pinfold.model import Finding, MatchReport, Report, Severity, SkillKind, Verdict
from pinfold.output import sections, snippet
from pinfold.output.groups import groups, noted
from pinfold.output.ink import Ink
from pinfold.output.renderer import Renderer, Setting, Totals
from pinfold.output.terminal import pad, visible

_INDENT = "    "


class TextRenderer:
    """A line for each clean skill, a paragraph for every other one, and one summary line."""

    def __init__(self, stream: TextIO, setting: Setting) -> None:
        """Write to ``stream``; nothing is written before the first report."""
        self._stream = stream
        self._setting = setting
        self._ink = Ink(setting.color)
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
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
        """Return the paragraph of one skill. Facts about a clean one are left to ``--verbose`` and to programs."""
        setting, ink = self._setting, self._ink
        body = [self._head(report)]
        if report.findings and report.digest and not setting.verbose:
            body.append(ink.paint("faint", f"            {visible(report.digest)}"))
        body += self._findings(report.findings)
        parts = [*self._below(report)]
        if setting.verbose or report.verdict is not Verdict.CLEAN:
            room = setting.width - len(_INDENT)
            parts += [
                (
                    "can",
                    sections.capabilities(
                        report.capabilities, room, verbose=setting.verbose, more=report.more_capabilities
                    ),
                ),
                (
                    "what goes where",
                    sections.flows(report.flows, ink, room, verbose=setting.verbose, more=report.more_flows),
                ),
            ]
        return body + self._sections([*parts, ("suppressed", sections.suppressed(report.findings))])

    def _head(self, report: Report) -> str:
        verdict = self._ink.paint(report.verdict, pad(report.verdict, len(Verdict.INCOMPLETE)))
        name = self._ink.paint("strong", visible(report.name) or "(no name)")
        kind = "" if report.kind is SkillKind.SKILL else f" ({report.kind})"
        details = [visible(report.path)]
        if report.findings:
            details.append(f"score {report.score:.2f}")
        if self._setting.verbose:
            details += [f"{_count(report.files, 'file')}, {_count(report.bytes, 'byte')}", visible(report.digest)]
            details += ["cached"] if report.cached else []
        return f"{verdict}  {name}{kind}  {self._ink.paint('faint', ' · '.join(details))}"

    def _material(self, report: MatchReport) -> list[str]:
        head = f"{self._ink.paint('strong', visible(report.path))}  " + self._ink.paint(
            "faint", f"{_count(report.judged, 'act')} judged · {visible(report.lens)}"
        )
        parts = [*self._below(report), ("suppressed", sections.suppressed(report.findings))]
        return [head, *self._findings(report.findings), *self._sections(parts)]

    def _below(self, report: Report | MatchReport) -> list[tuple[str, list[str]]]:
        """Return what follows the findings in every report: those that take one line only, and what was not read."""
        return [
            ("noted", sections.noted(noted(report.findings, verbose=self._setting.verbose), self._ink)),
            ("not read", sections.not_read(report.unread, self._ink, verbose=self._setting.verbose)),
        ]

    def _findings(self, findings: Sequence[Finding]) -> list[str]:
        """Show the findings rule by rule; what repeats is said once."""
        body: list[str] = []
        setting = self._setting
        for shown, folded in groups(findings, verbose=setting.verbose):
            for index, finding in enumerate(shown):
                told = shown[0] if index else None
                body += ["", *snippet.lines(finding, self._ink, setting.width, verbose=setting.verbose, told=told)]
            if folded:
                body += ["", *snippet.folded(folded, self._ink)]
        return body

    def _sections(self, parts: Iterable[tuple[str, list[str]]]) -> list[str]:
        body: list[str] = []
        for title, rows in parts:
            if rows:
                body += ["", self._ink.paint("strong", f"  {title}"), *(_INDENT + row for row in rows)]
        return body


def make(stream: TextIO, setting: Setting) -> Renderer:
    """Return the text renderer."""
    return TextRenderer(stream, setting)


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
