"""How results are written: one protocol, one renderer a format, chosen by name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Literal, Protocol, TextIO, cast

import msgspec

from pinfold.model import FrameworkId, MatchReport, Report, Severity, UsageError, Verdict

Subject = Literal["skills", "material"]
"""What is reported on: skills (``Report``) or observed material (``MatchReport``). One output never mixes the two."""

FORMATS = {
    "text": "pinfold.output.text",
    "json": "pinfold.output.json",
    "sarif": "pinfold.output.sarif",
    "markdown": "pinfold.output.markdown",
    "html": "pinfold.output.html",
    "github": "pinfold.output.github",
}
"""The module behind each format; it is imported only when the format is asked for."""


class RuleInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What a report says about a rule apart from its findings.

    ``explain`` and ``fix`` are prose for a person, ``tags`` are plain words and ``maps`` the identifiers of the
    rule in other people's taxonomies.
    """

    id: str
    title: str
    severity: Severity
    explain: str = ""
    fix: str = ""
    tags: tuple[str, ...] = ()
    maps: tuple[FrameworkId, ...] = ()


class Totals(msgspec.Struct, kw_only=True):
    """The sums over all reports of one run.

    ``findings`` counts the findings that are not suppressed, ``unread`` the files or lines that were not read,
    ``judged`` the acts of observed material. ``seconds`` is wall clock; ``rules`` is how many rules were applied.
    """

    skills: int = 0
    material: int = 0
    judged: int = 0
    verdicts: dict[Verdict, int] = msgspec.field(default_factory=dict)
    findings: dict[Severity, int] = msgspec.field(default_factory=dict)
    suppressed: int = 0
    unread: int = 0
    rules: int = 0
    seconds: float = 0.0

    def add(self, report: Report | MatchReport) -> None:
        """Count one more report."""
        if isinstance(report, Report):
            self.skills += 1
            self.verdicts[report.verdict] = self.verdicts.get(report.verdict, 0) + 1
        else:
            self.material += 1
            self.judged += report.judged
        self.unread += len(report.unread)
        for finding in report.findings:
            if finding.suppressed is not None:
                self.suppressed += 1
            else:
                self.findings[finding.severity] = self.findings.get(finding.severity, 0) + 1


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What a renderer is told about its surroundings.

    ``width`` is in terminal cells. ``version`` and ``rulebook`` are the versions of Pinfold and of its rules.
    ``verbose`` lifts the caps on long lists of a text report.
    """

    subject: Subject = "skills"
    color: bool = False
    width: int = 100
    verbose: bool = False
    version: str = ""
    rulebook: str = ""
    rules: tuple[RuleInfo, ...] = ()


class Renderer(Protocol):
    """Writes reports one by one, so that memory stays flat however many there are."""

    def begin(self) -> None:
        """Write what comes before the first report."""

    def report(self, report: Report | MatchReport) -> None:
        """Write one report."""

    def end(self, totals: Totals) -> int | None:
        """Write what comes last, even after no report at all.

        Return the exit code on which the format insists, or ``None`` where the verdicts decide.
        """


class _RendererModule(Protocol):
    """What a module named in ``FORMATS`` offers."""

    def make(self, stream: TextIO, setting: Setting) -> Renderer:
        """Return the renderer of this format."""


def renderer(  # noqa: PLR0913 - one keyword for each field of Setting
    format: str,
    stream: TextIO,
    *,
    color: bool = False,
    width: int = 100,
    subject: Subject = "skills",
    verbose: bool = False,
    version: str = "",
    rulebook: str = "",
    rules: Sequence[RuleInfo] = (),
) -> Renderer:
    """Return the renderer named ``format``, writing to ``stream``.

    Raises:
        UsageError: if there is no such format.
    """
    module = FORMATS.get(format)
    if module is None:
        raise UsageError(f"there is no format {format!r}", hint=f"use one of {', '.join(FORMATS)}")
    setting = Setting(
        subject=subject,
        color=color,
        width=width,
        verbose=verbose,
        version=version,
        rulebook=rulebook,
        rules=tuple(rules),
    )
    return cast(_RendererModule, import_module(module)).make(stream, setting)
