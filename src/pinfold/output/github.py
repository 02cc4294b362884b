"""Results as workflow commands of GitHub Actions, which put findings beside the lines of a change.

The log names every finding in a plain line. The worst of them become annotations, as many as GitHub shows of one step;
what has no annotation is counted in one. GitHub takes the first that come, so they are written last, worst first.
"""

from __future__ import annotations

import re
from bisect import insort
from typing import TextIO

from pinfold.model import Evidence, Finding, MatchReport, Place, Report, Severity, Unread
from pinfold.output.artifact import artifact_path
from pinfold.output.ink import Ink
from pinfold.output.renderer import Renderer, Setting, Totals
from pinfold.output.snippet import where
from pinfold.output.terminal import visible
from pinfold.output.text import summary

MAX_ANNOTATIONS = 10
"""Annotations of one level that GitHub shows of one step. It drops the rest without a word."""

MAX_TITLE = 200
"""Characters of a title; GitHub takes 255."""

MAX_MESSAGE = 4_000
"""Characters of a message; GitHub takes 64 KiB."""

_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "notice",
    Severity.INFO: "notice",
}
_COMMAND = re.compile(r"^(\s*)::")
_OLD_COMMAND = re.compile(r"##(?=\[)")


def data(text: str) -> str:
    """Return ``text`` as the message of a command: on one line, with nothing that the runner would decode."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def value(text: str) -> str:
    """Return ``text`` as the value of a property, which a comma or a colon would end."""
    return data(text).replace(":", "%3A").replace(",", "%2C")


def plain(text: str) -> str:
    """Return ``text`` as a line of the log that the runner takes for no command, wherever one is looked for."""
    shown = _OLD_COMMAND.sub("# #", visible(text))  # the runner's older form counts anywhere in a line
    return _COMMAND.sub(r"\1: :", shown)


class GitHubRenderer:
    """Plain lines as the scan goes on, annotations at its end."""

    def __init__(self, stream: TextIO, setting: Setting) -> None:
        """Write to ``stream``."""
        self._stream = stream
        self._setting = setting
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._worst: dict[str, list[tuple[int, float, int, str]]] = {"error": [], "warning": [], "notice": []}
        self._counts = dict.fromkeys(self._worst, 0)

    def begin(self) -> None:
        """Write nothing: the lines speak for themselves."""

    def report(self, report: Report | MatchReport) -> None:
        """Write the lines of one report, and remember what is worth an annotation."""
        score = report.score if isinstance(report, Report) else 0.0
        if isinstance(report, Report):
            self._line(f"{report.verdict}: {report.name} in {report.path}, score {report.score:.2f}")
        else:
            self._line(f"{report.path}: {report.judged:,} acts judged")
        for finding in report.findings:
            said = f"{finding.severity}[{finding.rule}] {where(finding.place)}: {finding.title}"
            if finding.suppressed is not None:
                self._line(f"  suppressed by {finding.suppressed.author}: {said}")
                continue
            self._line(f"  {said}")
            self._keep(_LEVELS[finding.severity], finding.severity.rank, score, _annotation(finding, report))
        for unread in report.unread:
            self._line(f"  not read ({unread.reason}): {unread.path} {unread.detail}".rstrip())
        if report.unread:
            self._keep("warning", 0, score, _unread(report.unread[0], len(report.unread), report))

    def end(self, totals: Totals) -> int | None:
        """Write the summary line and the annotations."""
        self._line(summary(totals, self._setting, Ink()))
        total = sum(self._counts.values())
        hidden = total - sum(map(len, self._worst.values()))
        if hidden:  # the last notice says what is missing
            del self._worst["notice"][MAX_ANNOTATIONS - 1 :]
            hidden = total - sum(map(len, self._worst.values()))
        for level, entries in self._worst.items():
            for _rank, _score, _number, annotation in entries:
                self._write(f"::{level} {annotation}\n")
        if hidden:
            self._write(
                f"::notice title=Pinfold::{hidden:,} more without an annotation, because GitHub shows {MAX_ANNOTATIONS}"
                " of each level. The log of this step names all of them.\n"
            )
        return None

    def _keep(self, level: str, rank: int, score: float, annotation: str) -> None:
        """Remember an annotation as long as it is among the worst of its level."""
        entries = self._worst[level]
        insort(entries, (-rank, -score, self._counts[level], annotation))
        self._counts[level] += 1
        del entries[MAX_ANNOTATIONS:]

    def _line(self, text: str) -> None:
        self._write(f"{plain(text)}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text.encode(self._encoding, "backslashreplace").decode(self._encoding))


def make(stream: TextIO, setting: Setting) -> Renderer:
    """Return the renderer of workflow commands."""
    return GitHubRenderer(stream, setting)


def _annotation(finding: Finding, report: Report | MatchReport) -> str:
    first = finding.evidence[0]
    inside = finding.place.path.partition("!/")[2]
    lines = [visible(finding.message), visible(finding.fix)]
    if first.note:
        lines.insert(0, f"{visible(first.note)}.")
    if inside or finding.place.layer or isinstance(report, MatchReport):
        lines.append(f"At {where(finding.place)}.")
    if len(finding.evidence) > 1:
        lines.append("Also at " + ", ".join(where(piece.place) for piece in finding.evidence[1:4]) + ".")
    title = f"{finding.severity} {finding.rule}: {finding.title}"
    return _command(_position(first, report), title, "\n".join(line for line in lines if line))


def _unread(unread: Unread, count: int, report: Report | MatchReport) -> str:
    name = visible(report.name if isinstance(report, Report) else report.path)
    more = f", and {count - 1:,} more" if count > 1 else ""
    message = f"{visible(unread.path)}: {visible(unread.detail or unread.reason)}{more}"
    return _command(_file(Place(unread.path), report), f"not read in full: {name}", message)


def _command(position: str, title: str, message: str) -> str:
    shown = visible(title)
    if len(message) > MAX_MESSAGE:
        message = message[: MAX_MESSAGE - 1] + "…"
    return f"{position},title={value(shown[:MAX_TITLE])}::{data(message)}"


def _position(piece: Evidence, report: Report | MatchReport) -> str:
    """Return where an annotation belongs; a line within an archive is none of the file that is the archive."""
    place = piece.place
    position = _file(place, report)
    if not place.line or "!/" in place.path:
        return position
    position += f",line={place.line}"
    if place.end_line > place.line:
        return f"{position},endLine={place.end_line}"
    position += f",col={max(place.column, 1)}"
    return f"{position},endColumn={place.end_column}" if place.end_column > place.column else position


def _file(place: Place, report: Report | MatchReport) -> str:
    path = place.path if isinstance(report, Report) else ""
    return f"file={value(visible(artifact_path(report.path, path).partition('!/')[0]))}"
