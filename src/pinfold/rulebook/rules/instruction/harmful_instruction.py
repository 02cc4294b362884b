"""The check of ``harmful-instruction``: which passages are much like harmful ones, and through which words?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pinfold.language.document import Document
from pinfold.language.likeness import likeness
from pinfold.language.likeness.likeness import LEAST, Suspect, classify, reason, suspects
from pinfold.language.prose.sentences import sentences
from pinfold.model import Role
from pinfold.rulebook.check import Ground, Subject
from pinfold.tables import table

VERY = 0.8
"""The probability from which on a passage alone is worth a review: `evals/classifier/README.md` has the figures."""

MAX_ASKED = 20
"""Passages of one text whose part is asked for, which takes longer than to find them."""

MAX_GROUNDS = 8
"""Passages that one finding names."""


class _Passage(NamedTuple):
    """A passage in characters of the document, and those of its words that ask for something."""

    start: int
    end: int
    probability: float
    words: str
    role: Role


def check(subject: Subject) -> Iterator[Ground]:
    """Yield the passages that ask for something and read like harm, the likeliest first."""
    document = subject.document
    live = [passage for suspect in suspects(document)[:MAX_ASKED] if (passage := _asked_for(document, suspect))]
    several = sum(passage.probability >= VERY for passage in live) > 1
    for passage in live[:MAX_GROUNDS]:
        very = passage.probability >= VERY
        part = "alike-twice" if very and several else "very-much-alike" if very else "alike"
        words = document.text[passage.start : passage.end]
        yield Ground(part, passage.start, passage.end, "", words, passage.role, _note(passage.words))


def _asked_for(document: Document, suspect: Suspect) -> _Passage | None:
    """Return what a passage asks for, unless nothing, or nothing harmful, is left of it without what it forbids."""
    whole = document.stance(suspect.start, suspect.end)
    if whole.negated or not whole.role.live:
        return None
    kept = []
    for start, end in sentences(document.text, suspect.start, suspect.end):
        stance = document.stance(start, end)
        if stance.role.live and not stance.negated:
            kept.append(document.text[start:end])
    words = " ".join(kept)
    probability = min(suspect.probability, classify(words))
    if probability < LEAST:
        return None
    return _Passage(suspect.start, suspect.end, probability, words, whole.role)


def _note(words: str) -> str:
    why = reason(words)
    counted = ", ".join(f"“{word}”" for word in why.words)
    return f"reads like text that {_says()[why.kind]}; what counted: {counted}"


@cache
def _says() -> dict[str, str]:
    says: dict[str, str] = table(Path(likeness.__file__).parent, "kinds")["says"]
    return says
