"""The cases of rules: material that a rule must find, and near misses that it must leave alone.

``<root>/<rule-id>/{bad,good}/<lens>-<case>/`` holds one case: a skill folder for ``source``, ``events.jsonl`` for
``live``, ``rollout.jsonl`` for ``record``. ``near-miss.toml`` beside them names a good case that contains every literal
string of a bad one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from pinfold.formats import chat, events
from pinfold.model import Finding, Limits, RuleError, Severity
from pinfold.rulebook import LENSES, Judge, Lens
from pinfold.scan.examine import Examiner
from pinfold.scan.observed import judge_events, judge_trajectories
from pinfold.skills.discover import find

NEAR_MISS = "near-miss.toml"
"""The file that names the near miss of a rule."""

EVENTS = "events.jsonl"
ROLLOUT = "rollout.jsonl"


class Case(NamedTuple):
    """One folder of material, and what its place says of it."""

    rule: str
    bad: bool
    lens: Lens
    folder: Path

    @property
    def name(self) -> str:
        """``bad/source-some-case``, as the folder stands below the rule's."""
        return f"{self.folder.parent.name}/{self.folder.name}"


class CaseResult(NamedTuple):
    """What became of a case. ``findings`` are the rule's own."""

    case: Case
    findings: tuple[Finding, ...]

    @property
    def fired(self) -> bool:
        """Whether the rule has a finding above low, which is what counts as finding it."""
        return any(finding.severity.rank > Severity.LOW.rank for finding in self.findings)

    @property
    def passed(self) -> bool:
        """Whether a bad case was found, or a good one left alone."""
        return self.fired is self.case.bad


def cases(root: Path, rules: Collection[str] = ()) -> Iterator[Case]:
    """Yield the cases below ``root`` in the order of their paths; with ``rules``, those of these rules alone.

    Raises `RuleError` for a folder that is no case.
    """
    for folder in sorted(root.glob("*/*/*/")):
        rule, side = folder.parent.parent.name, folder.parent.name
        if (rules and rule not in rules) or side not in ("bad", "good"):
            continue
        lens = next((lens for lens in LENSES if folder.name.startswith(f"{lens}-")), None)
        if lens is None:
            raise RuleError(f"{folder}: a case is named <lens>-<case>", hint=f"Lenses: {', '.join(LENSES)}.")
        yield Case(rule, side == "bad", lens, folder)


def run_case(case: Case, judge: Judge, limits: Limits) -> CaseResult:
    """Judge the material of a case as its lens does. Raises `RuleError` when it is not there or cannot be read."""
    found = _JUDGED[case.lens](case.folder, judge, limits)
    return CaseResult(case, tuple(finding for finding in found if finding.rule == case.rule))


def _source(folder: Path, judge: Judge, limits: Limits) -> list[Finding]:
    examiner = Examiner(judge, limits)
    reports = [examiner.examine(skill, lambda _path: None) for skill in find([folder], limits)]
    if not reports:
        raise RuleError(f"{folder}: no skill in it")
    return [finding for report in reports for finding in report.findings]


def _live(folder: Path, judge: Judge, _limits: Limits) -> list[Finding]:
    with _material(folder / EVENTS).open("rb") as lines:
        report = judge_events(events.read(lines, EVENTS), judge, EVENTS)
    if report.unread:
        raise RuleError(f"{folder / report.unread[0].path}: {report.unread[0].detail}")
    return list(report.findings)


def _record(folder: Path, judge: Judge, _limits: Limits) -> list[Finding]:
    with _material(folder / ROLLOUT).open("rb") as lines:
        report = judge_trajectories(chat.read(lines, ROLLOUT), judge, ROLLOUT)
    if report.unread:
        raise RuleError(f"{folder / report.unread[0].path}: {report.unread[0].detail}")
    return list(report.findings)


_JUDGED = {"source": _source, "live": _live, "record": _record}


def _material(path: Path) -> Path:
    if not path.is_file():
        raise RuleError(f"{path}: no such file of a case")
    return path


def missing_literals(folder: Path) -> list[str]:
    """Return what breaks the promise of a rule's ``near-miss.toml``: literals that one of its two cases lacks.

    Raises `RuleError` when the file is missing or names no two cases.
    """
    path = folder / NEAR_MISS
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        pair = [folder / "bad" / str(table["bad"]), folder / "good" / str(table["good"])]
        literals = [str(literal) for literal in table["literals"]]
    except OSError as error:
        raise RuleError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise RuleError(f"{path}: bad, good and literals are needed ({error})") from None
    if not literals or not all(side.is_dir() for side in pair):
        raise RuleError(f"{path}: a bad case, a good case and their literals are needed")
    return [
        f"{side.parent.name}/{side.name}: {literal}"
        for side in pair
        for text in [_text_of(side)]
        for literal in literals
        if literal not in text
    ]


def _text_of(folder: Path) -> str:
    return "\n".join(path.read_text("utf-8", "replace") for path in sorted(folder.rglob("*")) if path.is_file())
