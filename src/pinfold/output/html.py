"""Results as one self-contained HTML file that somebody who does not program can read.

No script, no link out, nothing loaded: a policy in the head forbids all of it, and allows the one style sheet by its
digest. Whatever the material wrote is made visible first and escaped then. The same reports give the same file.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import TextIO

from pinfold.model import MatchReport, Report, Severity, Verdict
from pinfold.output.chapters import Chapters
from pinfold.output.html_parts import article, badge, count, shown
from pinfold.output.plain_words import VERDICTS
from pinfold.output.renderer import Renderer, Setting, Totals

_HEADINGS: dict[str, dict[str, str]] = {
    "skills": {verdict: words.heading for verdict, words in VERDICTS.items()},
    "material": {"found": "Findings, and what could not be read", "quiet": "Nothing found"},
}
"""The chapters of a page, in their order."""

_QUIET = (Verdict.CLEAN, "quiet")
_INDEX = "index of "
_SEVERITIES = (
    "Severity says how much harm there would be: critical, high, medium, low, info. "
    "“How sure” says how certain the rule is that the act is what it seems."
)


class HtmlRenderer:
    """A summary in plain words, a table of all that was judged, then each in turn, worst first."""

    def __init__(self, stream: TextIO, setting: Setting) -> None:
        """Write to ``stream``; nothing is written before the end."""
        self._stream = stream
        self._setting = setting
        encoding = (getattr(stream, "encoding", None) or "utf-8").lower().replace("_", "-")
        self._encoding = "utf-8" if encoding in ("utf-8", "utf8") else "ascii"  # the page itself says that it is UTF-8
        self._number = 0
        self._headings = _HEADINGS[setting.subject]
        self._chapters = Chapters([*self._headings, *(_INDEX + name for name in self._headings)])

    def begin(self) -> None:
        """Write nothing: the summary comes first, and needs the totals."""

    def report(self, report: Report | MatchReport) -> None:
        """Keep the part about one skill, or about one file of observed acts."""
        self._number += 1
        anchor = f"s{self._number}"
        found = sum(finding.suppressed is None for finding in report.findings)
        if isinstance(report, Report):
            chapter, name = str(report.verdict), report.name or "(no name)"
            cells = f'<td>{badge(report.verdict)}</td><td class="path">{shown(report.path)}</td>'
        else:
            chapter, name = "found" if report.findings or report.unread else "quiet", report.path
            cells = f'<td class="number">{report.judged:,}</td>'
        # What nothing speaks against is one row; but notes and every use of a suppression are told.
        is_told = chapter not in _QUIET or self._setting.verbose or bool(report.findings)
        label = f'<a href="#{anchor}">{shown(name)}</a>' if is_told else shown(name)
        row = f'<tr><th scope="row">{label}</th>{cells}<td class="number">{found:,}</td></tr>\n'
        self._chapters.add(_INDEX + chapter, row)
        if is_told:
            self._chapters.add(chapter, article(report, anchor, verbose=self._setting.verbose))

    def end(self, totals: Totals) -> int | None:
        """Write the page."""
        style = Path(__file__).with_name("html.css").read_text("utf-8")
        title = f"Pinfold report: {self._judged(totals)}"
        self._write(_head(style, title))
        self._write(f'<h1>{title}</h1>\n<p class="lead">{self._lead(totals)}</p>\n{self._figures(totals)}')
        if self._number:
            self._index()
        for chapter, heading in self._headings.items():
            if self._chapters.counts[chapter]:
                self._write(f"<h2>{heading}</h2>\n")
                for piece in self._chapters.pieces(chapter):
                    self._write(piece)
        self._write(self._foot(totals))
        self._chapters.close()
        return None

    def _write(self, text: str) -> None:
        self._stream.write(text.encode(self._encoding, "xmlcharrefreplace").decode(self._encoding))

    def _judged(self, totals: Totals) -> str:
        if self._setting.subject == "skills":
            return f"{count(totals.skills, 'skill')} scanned"
        return f"{count(totals.judged, 'act')} in {count(totals.material, 'file')} judged"

    def _lead(self, totals: Totals) -> str:
        """Return the outcome in plain words."""
        if self._setting.subject == "skills":
            verdicts = [(words, totals.verdicts.get(verdict, 0)) for verdict, words in VERDICTS.items()]
            said = [words.counted(number) for words, number in verdicts if number]
            return " ".join(said) or "There was nothing to scan."
        number = sum(totals.findings.values())
        said = [f"{count(number, 'finding')} in what was observed." if number else "Nothing speaks against these acts."]
        said += [f"{count(totals.unread, 'line')} could not be read."] if totals.unread else []
        return " ".join(said)

    def _figures(self, totals: Totals) -> str:
        """Return what each verdict means, with its number, and the findings by severity."""
        parts = []
        if totals.skills:
            head = "".join(f'<th scope="col">{name}</th>' for name in ("Verdict", "Skills", "Meaning", "Next step"))
            rows = "".join(
                f'<tr><th scope="row">{badge(verdict)}</th><td class="number">{number:,}</td>'
                f"<td>{words.meaning}</td><td>{words.next_step}</td></tr>\n"
                for verdict, words in VERDICTS.items()
                if (number := totals.verdicts.get(verdict, 0))
            )
            parts.append(f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n")
        found = [f"{number:,} {severity}" for severity in Severity if (number := totals.findings.get(severity, 0))]
        facts = [f"Findings: {', '.join(found)}." if found else "No findings."]
        facts += [f"Set aside by a person: {totals.suppressed:,}."] if totals.suppressed else []
        if totals.unread and self._setting.subject == "skills":
            facts.append(f"{count(totals.unread, 'file')} not read.")
        return f"{''.join(parts)}<p>{' '.join(facts)} {_SEVERITIES}</p>\n"

    def _index(self) -> None:
        """Write the table of all that was judged."""
        skills = self._setting.subject == "skills"
        columns = ["Skill", "Verdict", "Where", "Findings"] if skills else ["File", "Acts judged", "Findings"]
        head = "".join(f'<th scope="col">{name}</th>' for name in columns)
        self._write(f"<h2>All at a glance</h2>\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n")
        for chapter in self._headings:
            for piece in self._chapters.pieces(_INDEX + chapter):
                self._write(piece)
        self._write("</tbody>\n</table>\n")

    def _foot(self, totals: Totals) -> str:
        versions = f"Pinfold {self._setting.version}, rules {self._setting.rulebook}"
        text = f"Made by {shown(versions)}, which applied {count(totals.rules, 'rule')}. Nothing scanned was run."
        return f'</main>\n<footer><p class="soft">{text}</p></footer>\n</body>\n</html>\n'


def policy(style: str) -> str:
    """Return the security policy of a page whose only content beside text is the style sheet ``style``."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def make(stream: TextIO, setting: Setting) -> Renderer:
    """Return the HTML renderer."""
    return HtmlRenderer(stream, setting)


def _head(style: str, title: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(style)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
    )
