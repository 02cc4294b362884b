"""The check of ``harmful-instruction``: which passages are much like harmful ones, and through which words?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pinfold.language.likeness import likeness
from pinfold.language.likeness.likeness import Suspect, reason, suspects
from pinfold.rulebook.check import Ground, Subject
from pinfold.tables import table

VERY = 0.85
"""The probability from which on a passage alone is worth a review: `evals/classifier/README.md` has the figures."""

MAX_GROUNDS = 8
"""Passages that one finding names."""


def check(subject: Subject) -> Iterator[Ground]:
    """Yield the passages that ask for something and read like harm, the likeliest first."""
    document = subject.document
    live: list[Suspect] = []
    for suspect in suspects(document):
        stance = document.stance(suspect.start, suspect.end)
        if stance.role.live and not stance.negated:
            live.append(suspect)
    several = sum(suspect.probability >= VERY for suspect in live) > 1
    for suspect in live[:MAX_GROUNDS]:
        very = suspect.probability >= VERY
        words = document.text[suspect.start : suspect.end]
        part = "alike-twice" if very and several else "very-much-alike" if very else "alike"
        role = document.stance(suspect.start, suspect.end).role
        yield Ground(part, suspect.start, suspect.end, "", words, role, _note(words))


def _note(words: str) -> str:
    why = reason(words)
    counted = ", ".join(f"“{word}”" for word in why.words)
    return f"reads like text that {_says()[why.kind]}; what counted: {counted}"


@cache
def _says() -> dict[str, str]:
    says: dict[str, str] = table(Path(likeness.__file__).parent, "kinds")["says"]
    return says
