"""What a scan of a hostile case said, and what is wrong with that."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from hostile_cases.case import Case, Expect

Skill = Mapping[str, Any]
"""One entry of ``skills[]`` in a JSON report."""


@dataclass(frozen=True)
class Fault:
    """``kind`` is ``crash``, ``hang``, ``wrong clean`` or ``missed``; ``words`` say more, in a line."""

    kind: str
    words: str


def run_faults(code: int, out: bytes, err: bytes) -> tuple[list[Skill], list[Fault]]:
    """Return the skills of a report, and what is wrong with how the command ended and with what it wrote."""
    skills: list[Skill] = []
    faults = []
    try:
        skills = json.loads(out)["skills"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        said = err.decode("utf-8", "replace").strip().splitlines()
        faults.append(Fault("crash", f"no JSON report: {error}; {' / '.join(said[:3])[:300]}"))
    if b"Traceback (most recent call last)" in err:
        faults.append(Fault("crash", f"traceback: {err.decode('utf-8', 'replace').strip().splitlines()[-1][:200]}"))
    if not faults and code != (expected := exit_code(skills)):
        faults.append(Fault("crash", f"exit code {code} where the report calls for {expected}"))
    faults += [
        Fault("wrong clean", f"{skill['path']!r} is clean with unread files")
        for skill in skills
        if skill["verdict"] == "clean" and (skill["unread"] or not skill["complete"])
    ]
    return skills, faults


def exit_code(skills: Iterable[Skill]) -> int:
    """Return the exit code that these verdicts lead to."""
    verdicts = {skill["verdict"] for skill in skills}
    if not verdicts:
        return 3
    return 1 if "block" in verdicts else 2 if "incomplete" in verdicts else 0


def case_faults(case: Case, skills: Iterable[Skill]) -> list[Fault]:
    """Return what is wrong with what was said about one case."""
    told = list(skills)
    found = any(finding["rule"] in case.rules for skill in told for finding in skill["findings"])
    incomplete = any(not skill["complete"] for skill in told)
    clean = any(skill["verdict"] == "clean" for skill in told) and all(skill["verdict"] == "clean" for skill in told)
    if case.expect is Expect.FOUND and not found:
        return [Fault("wrong clean" if clean else "missed", f"the payload was not found: {_verdicts(told)}")]
    if case.expect is Expect.CAUGHT and not (found or incomplete):
        return [Fault("wrong clean" if clean else "missed", f"neither found nor incomplete: {_verdicts(told)}")]
    if case.expect is Expect.NOT_CLEAN and clean:
        return [Fault("wrong clean", "clean, although something in it cannot be read")]
    return []


def lost_workers(skills: Iterable[Skill]) -> int:
    """Return how many files cost a worker its life."""
    return sum(unread["reason"] == "died" for skill in skills for unread in skill["unread"])


def _verdicts(skills: list[Skill]) -> str:
    return ", ".join(sorted({skill["verdict"] for skill in skills})) or "nothing to scan"
