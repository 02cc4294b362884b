"""What a skill openly deals with: a filter of jailbreaks holds jailbreaks, an inventory of hosts looks at ports.

A finding of a rule that speaks of such a topic is *declared* when the description names the topic and says that the
skill defends, teaches, keeps accounts, or acts with consent on what is the user's own. Anybody can write that; so a
declared finding is still worth a review, and where the text model finds the skill very much like harmful ones all
through nothing is declared. Rules about what no honest purpose needs, such as sending secrets away, are never declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import re2

from pinfold.language.fold import fold
from pinfold.model import Axis, Finding, Role, Severity, Skill
from pinfold.tables import table

MODEL = "harmful-instruction"
"""The rule that speaks for the text model."""

SAYS = " The skill says openly that it deals with this."
"""What the message of a declared finding ends with."""


class _Topic(NamedTuple):
    named: Any  # a compiled pattern of re2
    rules: frozenset[str]


def with_declared(findings: Sequence[Finding], skill: Skill) -> list[Finding]:
    """Return findings, those marked that concern what the skill openly deals with."""
    rules = _rules(f"{skill.name}. {skill.description}") if _worth_asking(findings) else frozenset()
    if not rules or any(finding.rule == MODEL and finding.severity is Severity.CRITICAL for finding in findings):
        return list(findings)
    return [
        msgspec.structs.replace(finding, declared=True, message=finding.message + SAYS)
        if finding.rule in rules and finding.axis is Axis.THREAT and not _done_by_a_program(finding)
        else finding
        for finding in findings
    ]


def _done_by_a_program(finding: Finding) -> bool:
    """Say whether a program of the skill takes what is not its own, which no description declares.

    Where such code stands in a text it is shown; where it is a file it runs.
    """
    return finding.rule in _table()["never_in_programs"] and any(
        evidence.role is Role.CODE and not evidence.place.path.endswith((".md", ".txt"))
        for evidence in finding.evidence
    )


def _worth_asking(findings: Iterable[Finding]) -> bool:
    return any(finding.axis is Axis.THREAT and finding.severity.rank >= Severity.MEDIUM.rank for finding in findings)


def _rules(description: str) -> frozenset[str]:
    """Return the rules whose topic a description openly names, with the text model's when there is one."""
    words = fold(description[:2000]).data
    if not _honest().search(words):
        return frozenset()
    rules = frozenset().union(*(topic.rules for topic in _topics() if topic.named.search(words)))
    return rules | {MODEL} if rules else rules


@cache
def _table() -> dict[str, Any]:
    return table(Path(__file__).parent, "open_purpose")


@cache
def _honest() -> Any:
    return _words(_table()["honest"])


@cache
def _topics() -> tuple[_Topic, ...]:
    return tuple(_Topic(_words(each), frozenset(each["rules"])) for each in _table()["topics"])


def _words(listed: dict[str, list[str]]) -> Any:
    """Return a pattern for any of the listed words, whole ones in English."""
    english, chinese = "|".join(listed["english"]), "|".join(listed["chinese"])
    return re2.compile(rf"(?i)\b(?:{english})\b|{chinese}".encode())
