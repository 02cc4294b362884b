"""Checks: what YAML cannot express, in a small Python module beside the rule and named after it.

A rule with ``checks`` has a module ``<rule_id>.py`` in its folder, whose function ``check`` takes a `Subject` and
yields a `Ground` for everything that it has to say. The YAML keeps what a report shows: severity, note, wording. Only
rules that Pinfold carries may have checks: a folder of users' rules holds data, and data is never run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import NamedTuple

import msgspec

from pinfold.language.document import Document
from pinfold.language.layers.layer import Layer
from pinfold.language.visible import excerpt
from pinfold.model import Act, Certainty, Confidence, Evidence, Role, RuleError, Severity
from pinfold.rulebook.rule import CheckPart, Lens, Match, Rule

_PACKAGE = "pinfold.rulebook.rules"


LOCKED = "an encrypted archive"
"""How a layer is called that stands for an archive which words of the text have opened."""


class Subject(msgspec.Struct, frozen=True):
    """What a check looks at: one text, what it does, and what stood concealed in it."""

    document: Document
    acts: Sequence[Act]
    layers: Sequence[Layer]


class Ground(NamedTuple):
    """What a check found.

    ``part`` is the id of a part under ``checks``; ``start`` and ``end`` are characters of the document, ``how`` names
    the concealment, ``said`` is what a report quotes, ``role`` the part that the words play. ``note`` stands in for the
    part's own note where a check knows more.
    """

    part: str
    start: int
    end: int
    how: str
    said: str
    role: Role
    note: str = ""


Check = Callable[[Subject], Iterator[Ground]]
"""A check: the function ``check`` of a rule's module."""


@cache
def check_of(family: str, rule: str) -> Check:
    """Return the check of a rule. Raises `RuleError` when there is no such module, or no function in it."""
    name = f"{_PACKAGE}.{family}.{rule.replace('-', '_')}"
    try:
        found: Check = import_module(name).check
    except (ImportError, AttributeError) as error:
        raise RuleError(
            f"{rule}: {error}", hint="Rules with checks are part of Pinfold; see docs/write-a-rule.md."
        ) from None
    return found


def judge_checks(rule: Rule, lens: Lens, subject: Subject) -> Iterator[Match]:
    """Yield what the check of a rule has to say through a lens."""
    parts = {part.id: part for part in rule.checks if lens in part.lenses}
    if not parts:
        return
    for ground in check_of(rule.family, rule.id)(subject):
        if ground.part in parts:
            yield _match(rule, parts[ground.part], subject, ground)


def _match(rule: Rule, part: CheckPart, subject: Subject, ground: Ground) -> Match:
    severity, confidence = part.severity or rule.severity, part.confidence or rule.confidence
    if not ground.role.live:
        severity, confidence = Severity.LOW, Confidence.LOW
    place = msgspec.structs.replace(subject.document.place(ground.start, ground.end), layer=ground.how)
    said = " ".join(ground.said[:1000].split())
    shown, start, end = excerpt(said, 0, len(said))
    evidence = Evidence(place, shown, start, end, ground.role, Certainty.STATED, ground.note or part.note)
    return Match(rule, part.id, severity, confidence, (evidence,), subject.document.path)
