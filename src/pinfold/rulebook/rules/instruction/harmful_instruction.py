"""The check of ``harmful-instruction``: which passages are much like harmful ones, and through which words?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pinfold.language.document import Document
from pinfold.language.likeness import likeness
from pinfold.language.likeness.likeness import Suspect, reason, suspects
from pinfold.language.prose.sentences import sentences
from pinfold.language.prose.stance import Stance
from pinfold.model import Role
from pinfold.rulebook.check import Ground, Subject
from pinfold.tables import table

ALIKE = 0.3
"""The log-odds from which on a passage is worth a review: `evals/classifier/README.md` has the figures of all bars."""

VERY = 1.5
"""The log-odds from which on one passage suffices."""

THROUGHOUT = 0.45
"""What the log-odds of the `MANY` likeliest passages of a text must reach on average, so that they suffice together."""

VERY_THROUGHOUT = 0.65
"""The same average from which on not even an honest description stands against it. Of skills that openly deal with
what is dangerous, honest ones seldom get there and rogue ones mostly do; one passage tells them apart less."""

MANY = 5

SHARE = 0.08
"""Of a text these passages must make up at least: in a long one a few passages are always unlucky."""

FORBIDDEN = 1.0
QUOTED = 2.0
DESCRIBED = 0.5
"""What is taken from the log-odds of a passage that says *not* to, that shows an example or what to look for, and that
describes. Harmful texts do so too ("do not tell the user"), and the model has learned from honest ones that do; so
these only lower what it says."""

MAX_ASKED = 20
"""Passages of one text whose part is asked for, which takes longer than to find them."""

MAX_GROUNDS = 8
"""Passages that one finding names."""


class _Passage(NamedTuple):
    """A passage in characters of the document, how much it is like harm, and its part."""

    start: int
    end: int
    odds: float
    role: Role


def check(subject: Subject) -> Iterator[Ground]:
    """Yield the passages that ask for something and read like harm, the likeliest first."""
    document = subject.document
    weighed = [_weighed(document, suspect) for suspect in _worth_weighing(document, suspects(document)[:MAX_ASKED])]
    weighed.sort(key=lambda passage: (-passage.odds, passage.start))
    together = _throughout(document, weighed)
    for passage in weighed[: max(MAX_GROUNDS, MANY)]:
        if passage.odds < ALIKE and together < THROUGHOUT:
            return
        words = document.text[passage.start : passage.end]
        yield Ground(_part(passage, together), passage.start, passage.end, "", words, passage.role, _note(words))


def _part(passage: _Passage, together: float) -> str:
    if together >= VERY_THROUGHOUT:
        return "very-much-throughout"
    if passage.odds >= VERY:
        return "very-much-alike"
    return "alike-throughout" if together >= THROUGHOUT else "alike"


def _worth_weighing(document: Document, found: Sequence[Suspect]) -> Sequence[Suspect]:
    """Return the passages that can still matter: their parts, which take longest to tell, only lower what is found."""
    odds = sorted((_odds(suspect) for suspect in found), reverse=True)[:MANY]
    lengths = sorted((suspect.end - suspect.start for suspect in found), reverse=True)[:MANY]
    if len(found) >= MANY and sum(odds) / MANY >= THROUGHOUT - 1e-9 and sum(lengths) >= SHARE * len(document.text):
        return found
    return [suspect for suspect in found if _odds(suspect) >= ALIKE]


def _odds(suspect: Suspect) -> float:
    return math.log(suspect.probability / (1.0 - suspect.probability))


def _throughout(document: Document, weighed: Sequence[_Passage]) -> float:
    """Return the mean log-odds of the likeliest passages where they make up enough of a text, or minus infinity."""
    best = weighed[:MANY]
    if len(best) < MANY or sum(passage.end - passage.start for passage in best) < SHARE * len(document.text):
        return -math.inf
    return sum(passage.odds for passage in best) / MANY


def _weighed(document: Document, suspect: Suspect) -> _Passage:
    """Return a passage with what its parts take from its likeness: what it forbids, shows and describes."""
    taken = length = 0.0
    for start, end in sentences(document.text, suspect.start, suspect.end):
        length += end - start
        taken += (end - start) * _doubt(document.stance(start, end))
    odds = _odds(suspect) - taken / max(length, 1.0)
    role = document.stance(suspect.start, suspect.end).role
    return _Passage(suspect.start, suspect.end, odds, role if role.live else Role.INSTRUCTION)


def _doubt(stance: Stance) -> float:
    forbidden = FORBIDDEN if stance.negated else 0.0
    if stance.role.live:
        return forbidden
    return forbidden + (DESCRIBED if stance.role is Role.DOCUMENTATION else QUOTED)


def _note(words: str) -> str:
    why = reason(words)
    counted = ", ".join(f"“{word}”" for word in why.words)
    return f"reads like text that {_says()[why.kind]}; what counted: {counted}"


@cache
def _says() -> dict[str, str]:
    says: dict[str, str] = table(Path(likeness.__file__).parent, "kinds")["says"]
    return says
