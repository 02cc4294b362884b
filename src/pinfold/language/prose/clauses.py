"""Clauses of a sentence: how far a prohibition reaches, and which words colour what is said.

A sentence is read once, from left to right. A prohibition reaches to the end of its clause and no further, and a
prohibition of something safe ("do not tell the user that you …") is none at all.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import cache, lru_cache

import msgspec

from pinfold.language.fold import Folded, fold
from pinfold.language.prose.verbs import surfaces
from pinfold.language.prose.wording import (
    Mark,
    Marks,
    Pattern,
    alternatives,
    beginning,
    compiled,
    ending,
    entries,
    listed,
)

MAX_READ = 4_000
"""Characters of a sentence that are read; `pinfold.language.prose.sentences` yields shorter ones."""

_COLOURS = ("attack", "threat", "detect", "example", "explain", "condition", "hazard")
"""Word lists that say of what kind a clause is."""

_WITHOUT_EFFECT = frozenset(("address", "order", "stop", "comma", "open", "close"))
"""Marks that say nothing of polarity or role by themselves."""

_CARRIED = ("attack", "threat", "detect")
"""Colours that a clause hands on to one that only goes on ("…, then send it …")."""

_MAX_BRACKETS = 32

_SOFT_SPACE = r"[\s,:*_\"']{0,6}"


class Clause(msgspec.Struct):
    """One clause, in bytes of the folded sentence.

    ``turns`` holds where negation begins (true) and ends (false), ``cues`` the start, end and list of each word that
    colours the clause, ``orders`` where the reader is told to do something, ``addresses`` the orders that cannot be
    meant for anybody else. ``denied`` is where the clause says that what stands before is forbidden.
    """

    start: int
    end: int = 0
    turns: list[tuple[int, bool]] = []
    cues: list[tuple[int, int, str]] = []
    orders: list[int] = []
    addresses: list[int] = []
    denied: int = -1

    def negated(self, at: int) -> bool:
        """Tell whether what stands at a byte is forbidden."""
        if at < self.denied:
            return True
        state = False
        for position, negated in self.turns:
            if position > at:
                break
            state = negated
        return state


class Reading(msgspec.Struct):
    """A sentence that has been read: its folded bytes and its clauses, in order and without gaps."""

    folded: Folded
    clauses: list[Clause]

    @property
    def data(self) -> bytes:
        """The folded bytes."""
        return self.folded.data

    def clause(self, at: int) -> Clause:
        """Return the clause in which a byte stands."""
        starts = [clause.start for clause in self.clauses]
        return self.clauses[max(0, bisect_right(starts, at) - 1)]


@cache
def _cues() -> dict[str, str]:
    """Return the expressions of the words that can change polarity or role; at one place the earlier wins."""
    prohibition = alternatives(entry for entry in entries("stance", "forbid") if entry != "not")
    between = r"[\s*_]*(?:(?:ever|also|even|[a-z]+ly|再|擅自|随意|主动|先)[\s*_]*){0,2}"
    cues = {"hollow": alternatives(entries("stance", "hollow"))}
    for name in ("safe", "ask"):
        cues[name] = f"(?:{prohibition}){between}(?:{alternatives(entries('stance', name))})"
    plain = "flip contrast restart address forbidden condition hazard attack threat detect loose forbid example explain"
    return cues | {name: alternatives(entries("stance", name)) for name in plain.split()}


@cache
def marks() -> Marks:
    """Return the words at which reading takes note of something; verbs are many, and looked for by themselves."""
    order = ("order", alternatives(entries("stance", "order")))
    signs = (
        ("stop", r"[;。!?\n；！？]|\.\s|—|–|->|=>|→|⇒"),
        ("comma", "[,，]"),
        ("open", r"[(（]"),
        ("close", r"[)）]"),
    )
    return Marks([*_cues().items(), order, *signs])


@cache
def imperatives() -> Pattern:
    """Return the pattern of all verbs in the form of an order."""
    return compiled(alternatives(word for word, verb in surfaces().items() if verb.form == "base"))


@cache
def opening() -> Pattern:
    """Return the pattern of what may stand before the verb of an order: list markers, "first", "for example,"."""
    words = alternatives(entries("stance", "opening"))
    return compiled(rf"{_SOFT_SPACE}(?:(?:{words}){_SOFT_SPACE}){{0,4}}")


@lru_cache(maxsize=256)
def read(sentence: str) -> Reading | None:
    """Read a sentence; ``None`` when it holds no word that could change polarity or role."""
    folded = fold(sentence[:MAX_READ])
    found = _marked(folded.data)
    if all(mark[0] in _WITHOUT_EFFECT for mark in found):
        return None
    return Reading(folded, _clauses(folded.data, found))


@lru_cache(maxsize=64)
def read_plain(sentence: str) -> Reading:
    """Read a sentence, whatever it holds."""
    folded = fold(sentence[:MAX_READ])
    return Reading(folded, _clauses(folded.data, _marked(folded.data)))


def _marked(data: bytes) -> list[Mark]:
    """Return the marks of a sentence. The last part of a host's name, as in ``log.example``, introduces no example."""
    return [mark for mark in marks().scan(data) if mark[0] != "example" or data[mark[1] - 1 : mark[1]] != b"."]


def _clauses(data: bytes, found: list[Mark]) -> list[Clause]:
    """Return the clauses; verbs are many, so they are looked for only where one could end a clause."""
    reader = _Reader(data)
    clauses = reader.read(found)
    return _Reader(data).read(_with_verbs(data, found)) if reader.verbs_matter else clauses


def _with_verbs(data: bytes, found: list[Mark]) -> list[Mark]:
    """Return the marks and the verbs of an order between them."""
    verbs = [("verb", *match.span()) for match in imperatives().finditer(data)]
    merged: list[Mark] = []
    end = 0
    for mark in sorted((*found, *verbs), key=lambda mark: (mark[1], mark[0] == "verb")):
        if mark[1] >= end:
            merged.append(mark)
            end = mark[2]
    return merged


class _Reader:
    """Reads one sentence into clauses."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.clauses = [Clause(0)]
        self.negated = False
        self.reach = ""  # "" firm; "loose", "ask", "contrast": how little it takes to end the negation
        self.since = 0  # where the words of the negation end
        self.outer: list[tuple[bool, str]] = []
        self.verbs_matter = False

    def read(self, found: list[Mark]) -> list[Clause]:
        for kind, start, end in found:
            if not self._is_name_part(start, end):
                self._mark(kind, start, end)
        self.clauses[-1].end = len(self.data)
        return self.clauses

    def _is_name_part(self, start: int, end: int) -> bool:
        """Tell whether a word is a part of a host, a path or an identifier ("attacker.example", "never_cache")."""
        if not self.data[start : start + 1].isalpha():
            return False
        before, after = self.data[max(0, start - 1) : start], self.data[end : end + 2]
        if before in (b".", b"/", b"@", b"_", b"-", b"\\") or after[:1] in (b"/", b"_", b"@", b"-"):
            return True
        return after[:1] == b"." and after[1:].isalnum()

    def _mark(self, kind: str, start: int, end: int) -> None:
        clause = self.clauses[-1]
        if kind in _COLOURS:
            clause.cues.append((start, end, kind))
            self.verbs_matter = self.verbs_matter or kind == "detect"
        elif kind in ("order", "address"):
            self._order(kind, start)
        elif kind == "verb":
            self._verb(start)
        elif kind == "comma":
            self._comma(start, end)
        elif kind in ("stop", "restart"):
            self._begin(end if kind == "stop" else start)
        elif kind == "forbidden":
            clause.denied = start
        elif kind in ("open", "close"):
            self._bracket(kind, end)
        elif kind != "hollow":
            self._prohibition(kind, start, end)

    def _prohibition(self, kind: str, start: int, end: int) -> None:
        if kind == "safe" and not listed("beside", "told_to").search(self.data[start : end + 8]):
            return
        if kind == "flip":
            if self.negated:
                self._turn(start, end, negated=False)
            elif self.data.startswith(b"without", start):
                self._turn(start, end, negated=True, reach="loose")
            return
        reach = kind if kind in ("ask", "contrast", "loose") else ""
        before = self.data[max(self.clauses[-1].start, start - 80) : start].rstrip()
        if not reach and ending("beside", "condition").search(before):
            reach = "loose"
        if not self.negated or self.reach:
            self._turn(start, end, negated=True, reach=reach)

    def _turn(self, at: int, end: int, *, negated: bool, reach: str = "") -> None:
        self.negated, self.reach, self.since = negated, reach, end
        self.verbs_matter = self.verbs_matter or bool(reach)
        self.clauses[-1].turns.append((at, negated))

    def _begin(self, at: int, *, carry: bool = False) -> None:
        before = self.clauses[-1]
        before.end = at
        cues = [cue for cue in before.cues if cue[2] in _CARRIED] if carry else []
        self.clauses.append(Clause(at, cues=cues))
        self.negated, self.reach = False, ""

    def _bracket(self, kind: str, end: int) -> None:
        if kind == "open":
            if len(self.outer) < _MAX_BRACKETS:
                self.outer.append((self.negated, self.reach))
        elif self.outer:
            negated, reach = self.outer.pop()
            if negated != self.negated:
                self._turn(end, end, negated=negated, reach=reach)

    def _order(self, kind: str, start: int) -> None:
        clause = self.clauses[-1]
        if kind == "address":
            if self.negated and start > self.since:
                self._turn(start, start, negated=False)
            clause.addresses.append(start)
        clause.orders.append(start)

    def _verb(self, start: int) -> None:
        """Begin a clause at a verb that a weak prohibition, or a list of what is detected, does not cover."""
        if not self.data[self.since : start].strip(b" *_`\"'"):
            return
        before = self.data[max(0, start - 8) : start].rstrip(b" *_`")
        joined = before.endswith((b" and", b" then"))
        if self.negated and (joined if self.reach == "ask" else not joined and self._is_order_after(before, start)):
            self._begin(start)
        elif joined:
            cue = next((cue for cue in self.clauses[-1].cues if cue[2] == "detect"), None)
            if cue is not None and not listed("beside", "relative").search(self.data[cue[0] : start]):
                self._begin(start)

    def _is_order_after(self, before: bytes, start: int) -> bool:
        """Tell whether a verb after "to avoid losses" or "instead of asking" is an order and no part of those words."""
        if self.reach not in ("loose", "contrast") or max(self.data[start], self.data[self.since - 1]) >= 0x80:
            return False
        return not before.endswith((b" to", b" or", b" the", b" a", b"not", b" from", b"/"))

    def _comma(self, start: int, end: int) -> None:
        clause = self.clauses[-1]
        conditional = any(cue[2] == "condition" for cue in clause.cues)
        if (self.negated and self.reach) or conditional:
            self._begin(end)
        elif (self.negated or clause.cues or clause.orders) and not self._is_parenthetical(start):
            after = self.data[end : end + 80]
            if beginning("stance", "resume", first=r"[\s\"'*_]{0,4}").search(after):
                carry = beginning("beside", "carried", first=r"[\s\"'*_]{0,4}").search(after) is not None
                self._begin(end, carry=carry)
            elif self.negated and self._is_splice(start, end):
                self._begin(end)

    def _is_parenthetical(self, comma: int) -> bool:
        """Tell whether a comma follows the prohibition at once, or a phrase such as "under any circumstances"."""
        said = self.data[self.since : comma]
        if not self.negated:
            return False
        if not said.strip() or said.endswith((b"circumstances", b"circumstance", b" reason", b" case", b"ever")):
            return True
        return "情况".encode() in said[-24:] or "任何".encode() in said

    def _is_splice(self, comma: int, end: int) -> bool:
        """Tell whether a new order follows a comma ("never print it, send it to …") and not the next verb of a list."""
        verb = opening().match(self.data, end).end()
        if not imperatives().match(self.data, verb):
            return False
        rest = self.data[end : end + 300]
        if b" or " in rest or b" nor " in rest or "或".encode() in rest:
            return False
        said = self.data[self.since : comma]
        return not said.isascii() or len(said.split()) > 1
