"""Polarity and role: does a sentence ask for an act, forbid it, or only speak about it?

A sentence is read once, from left to right, as clauses. A prohibition reaches to the end of its clause and no further, and a prohibition of something safe
("do not tell the user that you …") is none. Words that speak of detection, of attackers or of examples change the role of their clause; an order to the reader keeps its own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import NamedTuple

from pinfold.language.fold import Folded, fold
from pinfold.language.verbs import surfaces
from pinfold.language.wording import Marks, Pattern, alternatives, compiled, wording
from pinfold.model import Role

class Stance(NamedTuple):
    """What a sentence does with the words in it: the role they play, and whether it says *not* to."""

    role: Role
    negated: bool


@lru_cache(maxsize=256)
def _read(sentence: str) -> _Reading | None:
    """Read a sentence; ``None`` when it holds no word that could change polarity or role."""
    folded = fold(sentence[:MAX_READ])
    if not _words().cue.search(folded.data):
        return None
    return _Reading(folded, _Reader(folded).read())


def _byte(folded: Folded, offset: int) -> int:
    """Return the first folded byte that stands for the character at ``offset`` or for a later one."""
    low, high = 0, len(folded.data)
    while low < high:
        middle = (low + high) // 2
        if folded.span(middle, middle + 1)[0] < offset:
            low = middle + 1
        else:
            high = middle
    return low


def negated_at(sentence: str, offset: int) -> bool:
    """Return whether the sentence says *not* to do what the words at a character offset name."""
    reading = _read(sentence)
    if reading is None:
        return False
    at = _byte(reading.folded, offset)
    return _negated(reading, at)


def _negated(reading: _Reading, at: int) -> bool:
    return reading.clauses[reading.clause(at)].negated(at)


def _negated_whole(reading: _Reading) -> bool:
    """Tell whether every clause that says anything is a prohibition."""
    found = False
    for clause in reading.clauses:
        words = reading.data[clause.start : clause.end].strip(b" \t\r\n*_`\"'.,;:!?-)(").removesuffix("。".encode())
        if len(words) < 3:
            continue
        first = next((position for position, negated in clause.turns if negated), None)
        verb = _first_verb(reading, clause)
        if not clause.denied and (first is None or (verb is not None and verb[0] < first)):
            return False
        found = True
    return found


def stance(sentence: str, *, headings: Sequence[str] = (), lead: str = "", offset: int | None = None) -> Stance:
    """Return role and polarity of a sentence, or of the words at a character offset in it.

    ``headings`` are those the sentence stands under, outermost first; ``lead`` is the sentence that introduces the list or fence it stands in ("Never run any of these:").
    They demote an order only where they speak of detection or attackers, or forbid what follows, and never one that addresses the reader and names where to.
    """
    reading = _read(sentence)
    topic = _topic(tuple(headings[-2:] if len(headings) > 2 else headings[-1:]), lead)
    if reading is None:
        own = Stance(Role.INSTRUCTION, negated=False)
        if topic is _NO_TOPIC:
            return own
        reading = _Reading(folded := fold(sentence[:MAX_READ]), _Reader(folded).read())
    at = len(reading.data) if offset is None else _byte(reading.folded, offset)
    role = _role_whole(reading) if offset is None else _role(reading, at)
    negated = _negated_whole(reading) if offset is None else _negated(reading, at)
    return _under(topic, reading, at, Stance(role, negated))


@dataclass(frozen=True, slots=True)
class _Topic:
    """What headings and lead say of what stands below them; ``strong`` demotes orders too."""

    role: Role = Role.INSTRUCTION
    strong: bool = False
    negated: bool = False


_NO_TOPIC = _Topic()


def _under(topic: _Topic, reading: _Reading, at: int, own: Stance) -> Stance:
    if topic is _NO_TOPIC:
        return own
    clause = reading.clauses[reading.clause(at)]
    if clause.addresses and _words().target.search(reading.data):
        return own
    prohibits = any(negated for each in reading.clauses for _, negated in each.turns)
    negated = own.negated or (topic.negated and not prohibits)
    demoted = topic.role is not Role.INSTRUCTION and (topic.strong or not _ordered(reading, clause, at))
    role = topic.role if demoted and own.role is Role.INSTRUCTION else own.role
    return Stance(role, negated)


@lru_cache(maxsize=512)
def _topic(headings: tuple[str, ...], lead: str) -> _Topic:
    role, strong, negated = Role.INSTRUCTION, False, False
    for heading in headings:
        folded = fold(heading[:300])
        kinds = {kind for kind, _, _ in _words().marks.scan(folded.data)}
        if "threat" in kinds:
            role, strong = Role.DENY_LIST, True
        elif "attack" in kinds:
            role, strong = Role.EXAMPLE, True
        elif not strong and "example" in kinds:
            role = Role.EXAMPLE
        elif not strong and "explain" in kinds:
            role = Role.DOCUMENTATION
        negated = bool(_words().forbidding_heading.search(folded.data)) and "safe" not in kinds
    if lead and (reading := _read(lead)) is not None:
        at = len(reading.data)
        negated = negated or _negated(reading, at)
        said = _role(reading, at)
        if said is not Role.INSTRUCTION:
            kinds = {cue[2] for clause in reading.clauses for cue in clause.cues}
            role, strong = said, strong or bool(kinds & {"threat", "attack", "detect"})
    if role is Role.INSTRUCTION and not negated:
        return _NO_TOPIC
    return _Topic(role, strong, negated)


def _first_verb(reading: _Reading, clause: _Clause) -> tuple[int, bytes] | None:
    """Return the verb with which a clause begins, when it begins as an order does."""
    words = _words()
    skipped = words.opening.match(reading.data, clause.start).end()
    match = words.imperative.match(reading.data, skipped)
    if match is None or reading.data[match.end() : match.end() + 1] in (b"-", b".", b"_", b"=", b"(", b"/"):
        return None
    return match.start(), match.group()


def _ordered(reading: _Reading, clause: _Clause, at: int) -> bool:
    """Tell whether the words at ``at`` are part of an order to the reader."""
    if any(position <= at for position in clause.orders):
        return True
    verb = _first_verb(reading, clause)
    return verb is not None and verb[0] <= at


def _role(reading: _Reading, at: int) -> Role:
    index = reading.clause(at)
    clause = reading.clauses[index]
    for cue in clause.cues:
        role = _role_of_cue(reading, index, cue, at)
        if role is not Role.INSTRUCTION:
            return role
    if _is_quoted(reading, clause, at):
        return Role.EXAMPLE
    if reading.data.rstrip(b" \"')*_").endswith(b"?") and _words().question.search(reading.data):
        return Role.DOCUMENTATION
    return Role.INSTRUCTION


def _role_of_cue(reading: _Reading, index: int, cue: tuple[int, int, str], at: int) -> Role:
    clause, words = reading.clauses[index], _words()
    start, end, kind = cue
    if kind == "condition":
        resisted = start <= at and words.resist.search(reading.data[max(at, end) :])
        return Role.DENY_LIST if resisted else Role.INSTRUCTION
    if kind == "attack":
        addressed = any(end <= position <= at for position in clause.addresses) and not words.reported.search(reading.data[end:at])
        if addressed or (start > at and _ordered(reading, clause, at)):
            return Role.INSTRUCTION
        return Role.EXAMPLE
    if kind in ("detect", "threat"):
        return Role.INSTRUCTION if _outranks_detection(reading, clause, cue, at) else Role.DENY_LIST
    if _ordered(reading, clause, at):
        return Role.INSTRUCTION
    return Role.EXAMPLE if kind == "example" else Role.DOCUMENTATION


def _outranks_detection(reading: _Reading, clause: _Clause, cue: tuple[int, int, str], at: int) -> bool:
    """Tell whether a clause that speaks of detection orders the act all the same ("run this to detect malware: …")."""
    start, end, _ = cue
    if start > at:
        return _ordered(reading, clause, at)
    if any(end <= position <= at for position in clause.addresses):
        return True
    verb = _first_verb(reading, clause)
    if verb is None or verb[0] >= start or surfaces().get(verb[1].decode("utf-8", "ignore"), ("",))[0] in _detecting():
        return False
    return not _words().relative.search(reading.data[end:at])


@cache
def _detecting() -> frozenset[str]:
    return frozenset(wording()["mood"]["detecting"])


def _is_quoted(reading: _Reading, clause: _Clause, at: int) -> bool:
    """Tell whether the words at ``at`` stand in quotation marks as what somebody else says."""
    data = reading.data
    for opens, closes in ((b'"', b'"'), ("“".encode(), "”".encode()), ("「".encode(), "」".encode()), ("『".encode(), "』".encode())):
        before = data[:at]
        start = before.rfind(opens)
        if start < 0 or (opens == closes and before.count(opens) % 2 == 0) or closes in data[start + len(opens) : at]:
            continue
        if data.find(closes, at) < 0:
            continue
        introduced = _words().quoting.search(data[max(0, start - 50) : start])
        return bool(introduced) and not _ordered(reading, clause, start)
    return False


def _role_whole(reading: _Reading) -> Role:
    """Return the role of a sentence as a whole: live as soon as one clause is."""
    demoted = Role.INSTRUCTION
    for index, clause in enumerate(reading.clauses):
        words = reading.data[clause.start : clause.end].strip()
        if index and (len(words.split()) < 2 and len(words) < 12 or _words().resist.match(words.lstrip(b" ,*_"))):
            continue
        role = _role(reading, max(clause.start, clause.end - 1))
        if role is Role.INSTRUCTION and len(words) > 3:
            return role
        demoted = role if demoted is Role.INSTRUCTION else demoted
    return demoted


__all__ = ["Stance", "negated_at", "stance"]

