"""Results as Markdown, for a pull request, an issue or the summary of a job.

Whatever the material wrote stands in code spans and fenced blocks, where no mark, link, mention or markup counts. The
summary comes first and the worst skills after it, whatever the order of the scan was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TextIO

from pinfold.model import Finding, MatchReport, Report, Severity, SkillKind, Verdict
from pinfold.output import sections, snippet
from pinfold.output.chapters import Chapters
from pinfold.output.groups import groups, noted
from pinfold.output.ink import Ink
from pinfold.output.plain_words import VERDICTS
from pinfold.output.renderer import Renderer, Setting, Totals
from pinfold.output.terminal import shorten, visible

MAX_BYTES = 1_000_000
"""How long a report gets unless everything is asked for: code hosts refuse a summary of more than 1 MiB as a whole."""

_PLAIN = Ink()
_WIDTH = 120
_LONGEST_NAME = 200
_MARKS = re.compile(r"([\\`*_{}\[\]<>&|~#!@$]|(?<=www)\.|:(?=//))")
_TICKS = re.compile(r"`+")
_OBSERVED = ("found", "quiet")


def code(text: str) -> str:
    """Return ``text`` as a code span that shows exactly its visible form, and ends where we end it."""
    shown = shorten(visible(text), _LONGEST_NAME)
    if not shown.strip():
        return "(blank)"
    fence = "`" * (_longest_ticks(shown) + 1)
    edge = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{edge}{shown}{edge}{fence}"


def block(lines: Sequence[str]) -> str:
    """Return lines that are safe to print as a fenced block, with a line end after it."""
    body = "\n".join(lines)
    fence = "`" * max(3, _longest_ticks(body) + 1)
    return f"{fence}text\n{body}\n{fence}\n"


def prose(text: str) -> str:
    """Return the text of a rule as Markdown that says the same in letters and means nothing."""
    return _MARKS.sub(r"\\\1", visible(text))


def _longest_ticks(text: str) -> int:
    return max(map(len, _TICKS.findall(text)), default=0)


class MarkdownRenderer:
    """A summary, a section for each skill that is not clean, and a line for each that is."""

    def __init__(self, stream: TextIO, setting: Setting) -> None:
        """Write to ``stream``; nothing is written before the end."""
        self._stream = stream
        self._setting = setting
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._chapters = Chapters(Verdict if setting.subject == "skills" else _OBSERVED)

    def begin(self) -> None:
        """Write nothing: the summary comes first, and needs the totals."""

    def report(self, report: Report | MatchReport) -> None:
        """Keep the section of one skill, or of one file of observed acts."""
        if isinstance(report, Report):
            self._chapters.add(report.verdict, self._skill(report))
        else:
            self._chapters.add(
                "found" if report.findings or report.unread else "quiet",
                f"## {code(report.path)}\n\n{report.judged:,} acts judged.\n\n{self._body(report)}",
            )

    def end(self, totals: Totals) -> int | None:
        """Write the summary, then all sections, worst first."""
        head = self._summary(totals)
        self._write(head)
        left = None if self._setting.verbose else MAX_BYTES - len(head.encode())
        self._sections(left)
        self._chapters.close()
        return None

    def _sections(self, left: int | None) -> None:
        """Write what was kept, as long as it fits into ``left`` bytes, and say what did not."""
        missing: dict[str, int] = {}
        for chapter, count in self._chapters.counts.items():
            heading = f"## {VERDICTS[Verdict(chapter)].heading}\n\n" if chapter in VERDICTS and count else ""
            if chapter in VERDICTS and count:
                heading += f"{VERDICTS[Verdict(chapter)].next_step}\n\n"
            for piece in self._chapters.pieces(chapter):
                text = heading + piece
                size = len(text.encode())
                if left is not None and size > left:
                    missing[chapter] = missing.get(chapter, 0) + 1
                    continue
                left = None if left is None else left - size
                self._write(text)
                heading = ""
            if chapter == Verdict.CLEAN and count:
                self._write("\n")
        if missing:
            what = ", ".join(f"{number:,} {chapter}" for chapter, number in missing.items())
            self._write(f"**Left out, because the report would be too long: {what}.** The JSON report has all of it.\n")

    def _write(self, text: str) -> None:
        self._stream.write(text.encode(self._encoding, "backslashreplace").decode(self._encoding))

    def _summary(self, totals: Totals) -> str:
        if self._setting.subject == "skills":
            lines = [f"# Pinfold: {_count(totals.skills, 'skill')} scanned", ""]
            lines += ["| verdict | skills | meaning |", "| --- | ---: | --- |"]
            lines += [
                f"| {verdict} | {number:,} | {words.meaning} |"
                for verdict, words in VERDICTS.items()
                if (number := totals.verdicts.get(verdict, 0))
            ]
        else:
            lines = [f"# Pinfold: {_count(totals.judged, 'act')} judged", ""]
        found = ", ".join(
            f"{number:,} {severity}" for severity in Severity if (number := totals.findings.get(severity, 0))
        )
        noun = "file" if self._setting.subject == "skills" else "line"
        facts = [f"Findings: {found or 'none'}."]
        facts += [f"Suppressed: {totals.suppressed:,}."] if totals.suppressed else []
        facts += [f"{_count(totals.unread, noun).capitalize()} not read."] if totals.unread else []
        version = f"Pinfold {self._setting.version}, {_count(totals.rules, 'rule')}."
        return "\n".join([*lines, "", " ".join([*facts, prose(version)]), "", ""])

    def _skill(self, report: Report) -> str:
        kind = "" if report.kind is SkillKind.SKILL else f" ({report.kind})"
        if report.verdict is Verdict.CLEAN and not self._setting.verbose:
            count = sum(finding.suppressed is None for finding in report.findings)
            extra = f" · {_count(count, 'finding')} of no weight" if count else ""
            uses = sections.suppressed(report.findings)
            line = f"- {code(report.name)}{kind} in {code(report.path)}{extra}\n"
            return line + (f"\n{_part('Suppressed', uses)}" if uses else "")
        facts = [f"Path: {code(report.path)}"]
        facts += [f"Score: {report.score:.2f}"] if report.findings else []
        facts += [f"Digest: {code(report.digest)}"] if report.digest else []
        facts += [f"Source: {code(report.source)}"] if report.source else []
        body = "".join(f"- {fact}\n" for fact in facts)
        return f"### {report.verdict.capitalize()}: {code(report.name)}{kind}\n\n{body}\n{self._body(report)}"

    def _body(self, report: Report | MatchReport) -> str:
        verbose = self._setting.verbose
        body = "".join(map(self._group, groups(report.findings, verbose=verbose)))
        body += _part("Noted", sections.noted(noted(report.findings, verbose=verbose), _PLAIN))
        body += _part("Not read", sections.not_read(report.unread, _PLAIN, verbose=verbose))
        if isinstance(report, Report):
            more = report.more_capabilities
            body += _part("Can", sections.capabilities(report.capabilities, _WIDTH, verbose=verbose, more=more))
            rows = sections.flows(report.flows, _PLAIN, _WIDTH, verbose=verbose, more=report.more_flows)
            body += _part("What goes where", rows)
        return body + _part("Suppressed", sections.suppressed(report.findings))

    def _group(self, group: tuple[Sequence[Finding], Sequence[Finding]]) -> str:
        shown, folded = group
        parts: list[str] = []
        for finding in shown:
            parts.append(f"#### {finding.severity.capitalize()}: {prose(finding.title)} ({code(finding.rule)})\n\n")
            parts.append(block(snippet.places(finding, _PLAIN, _WIDTH, verbose=self._setting.verbose)) + "\n")
            facts = snippet.facts(finding)
            if finding is not shown[0]:
                before = snippet.facts(shown[0])
                facts = [fact for fact in facts if fact[0] == "confidence" or fact not in before]
            parts += [f"- **{label.capitalize()}**: {prose(text)}\n" for label, text in facts]
            parts.append("\n")
        if folded:
            parts.append(block(snippet.folded(folded, _PLAIN)) + "\n")
        return "".join(parts)


def make(stream: TextIO, setting: Setting) -> Renderer:
    """Return the Markdown renderer."""
    return MarkdownRenderer(stream, setting)


def _part(title: str, rows: Sequence[str]) -> str:
    return f"**{title}**\n\n{block(rows)}\n" if rows else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
