"""Clauses of a sentence: how far a prohibition reaches, and which words colour what is said.

A sentence is read once, from left to right. A prohibition reaches to the end of its clause and no further, and a prohibition of something safe ("do not tell the user that you …")
is none at all.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cache, lru_cache

from pinfold.language.fold import Folded, fold
from pinfold.language.verbs import surfaces
from pinfold.language.wording import Marks, Pattern, alternatives, compiled, wording

MAX_READ = 4_000
"""Characters of a sentence that are read; `pinfold.language.sentences` yields shorter ones."""

COLOURS = ("attack", "threat", "detect", "example", "explain", "condition")
"""Word lists that say of what kind a clause is."""


@dataclass(slots=True)
class Clause:
    """One clause, in bytes of the folded sentence. ``turns`` holds where negation begins (true) and ends (false)."""

    start: int
    end: int = 0
    turns: list[tuple[int, bool]] = field(default_factory=list)
    cues: list[tuple[int, int, str]] = field(default_factory=list)
    orders: list[int] = field(default_factory=list)
    addresses: list[int] = field(default_factory=list)
    denied: bool = False

    def negated(self, at: int) -> bool:
        if self.denied:
            return True
        state = False
        for position, negated in self.turns:
            if position > at:
                break
            state = negated
        return state


_CONDITION_BEFORE = (
    r"(?:\b(?:if|when|in case|once|where|since|because|as|whenever|while|how|that|which)\s+(?:[a-z'’`._-]{1,30}\s+){1,4}|(?:如果|若|当|因为|由于|假如|一旦|要是)[^,，。]{0,15})$"
)
_TOLD_TO = r"\b(?:users?|humans?|owners?|operators?|admins?|administrator|anyone|anybody|them|him|her|person|people)\s{1,4}to\b"
"""To forbid telling somebody to do a thing is a prohibition, to forbid telling them of it is none."""
_CARRIED = r"^[\s\"'*_]{0,4}(?:and\s+)?(?:then|next|finally|first)\b|^(?:然后|接着|再|并|最后|随后|将|把)"
_RELATIVE = r"\b(?:that|which|who|whose|attempts?|attempting|trying|tries|such as|like|e\.g|instructions? to|requests? to|ways? to|designed to)\b|的"


@cache
def _cues() -> list[tuple[str, str]]:
    """Return the expressions of the words that can change polarity or role, each after its name; at one place the earlier wins."""
    lists = wording()["stance"]
    prohibition = "(?:" + alternatives([entry for entry in lists["forbid"] if entry != "not"]) + ")"
    between = r"[\s*_]*(?:(?:ever|also|even|[a-z]+ly|再|擅自|随意|主动|先)[\s*_]*){0,2}"
    composed = [(name, f"{prohibition}{between}(?:{alternatives(lists[name])})") for name in ("safe", "ask")]
    plain = ("flip", "contrast", "restart", "forbidden", "condition", "attack", "threat", "detect", "loose", "forbid", "example", "explain")
    return [("hollow", alternatives(lists["hollow"])), *composed, *((name, alternatives(lists[name])) for name in plain)]


def imperatives() -> Pattern:
    """Return the pattern of all verbs in the form of an order."""
    return compiled(_imperatives())


@cache
def _imperatives() -> str:
    return alternatives(word for word, verb in surfaces().items() if verb.form == "base")


@cache
def marks() -> Marks:
    """Return the words at which reading takes note of something."""
    lists = wording()["stance"]
    return Marks([
        *_cues()[:6], ("address", alternatives(lists["address"])), *_cues()[6:], ("order", alternatives(lists["order"])),
        ("stop", r"[;。!?\n；！？]|\.\s|—|–|->|=>|→|⇒"), ("comma", "[,，]"), ("open", r"[(（]"), ("close", r"[)）]"), ("verb", _imperatives()),
    ])  # fmt: skip


@cache
def _cue() -> Pattern:
    return compiled("|".join(source for _, source in _cues()))


def opening() -> Pattern:
    """Return the pattern of what may stand before the verb of an order: list markers, "first", "for example,"."""
    return compiled(rf"[\s,:*_\"']{{0,6}}(?:(?:{_opening()})[\s,:*_\"']{{0,6}}){{0,4}}")


@cache
def _opening() -> str:
    return alternatives(wording()["stance"]["opening"])


@cache
def _resume() -> Pattern:
    return compiled(rf"[\s\"'*_]{{0,4}}(?:{alternatives(wording()['stance']['resume'])})")


def relative() -> Pattern:
    """Return the pattern of words that keep a verb within what is detected ("skills that …")."""
    return compiled(_RELATIVE)


@dataclass(slots=True)
class Reading:
    """A sentence that has been read: its folded bytes and its clauses, in order and without gaps."""

    folded: Folded
    clauses: list[Clause]

    @property
    def data(self) -> bytes:
        return self.folded.data

    def clause(self, at: int) -> int:
        """Return the index of the clause in which a byte stands."""
        starts = [clause.start for clause in self.clauses]
        return max(0, bisect_right(starts, at) - 1)


class _Reader:
    """Reads one sentence into clauses."""

    def __init__(self, folded: Folded) -> None:
        self.data = folded.data
        self.clauses: list[Clause] = [Clause(0)]
        self.negated = False
        self.reach = ""  # "" firm; "loose", "ask", "contrast": how little it takes to end the negation
        self.since = 0
        self.outer: list[tuple[bool, str]] = []

    def read(self) -> list[Clause]:
        for kind, start, end in marks().scan(self.data):
            if not self._is_name_part(start, end):
                self._mark(kind, start, end)
        self.clauses[-1].end = len(self.data)
        return self.clauses

    def _is_name_part(self, start: int, end: int) -> bool:
        """Tell whether a word is a part of a host, a path or an identifier ("attacker.example", "never_cache") and says nothing."""
        before, after = self.data[max(0, start - 1) : start], self.data[end : end + 2]
        if self.data[start] >= 0x80 or not (self.data[start : start + 1].isalpha()):
            return False
        return before in (b".", b"/", b"@", b"_", b"-", b"\\") or after[:1] in (b"/", b"_", b"@", b"-") or (after[:1] == b"." and after[1:].isalnum())

    def _mark(self, kind: str, start: int, end: int) -> None:
        clause = self.clauses[-1]
        if kind in COLOURS:
            clause.cues.append((start, end, kind))
        elif kind in ("order", "address"):
            self._order(kind, start)
        elif kind == "verb":
            self._verb(start)
        elif kind == "comma":
            self._comma(start, end)
        elif kind == "stop":
            self._begin(end)
        elif kind == "restart":
            self._begin(start)
        elif kind == "forbidden":
            clause.denied = True
        elif kind in ("open", "close"):
            self._bracket(kind, end)
        elif kind != "hollow":
            self._prohibition(kind, start, end)

    def _prohibition(self, kind: str, start: int, end: int) -> None:
        if kind == "safe" and not compiled(_TOLD_TO).search(self.data[start : end + 8]):
            return
        if kind == "flip":
            if self.negated:
                self._turn(start, end, negated=False)
            elif self.data.startswith(b"without", start):
                self._turn(start, end, negated=True, reach="loose")
            return
        reach = kind if kind in ("ask", "contrast", "loose") else ""
        if not reach and compiled(_CONDITION_BEFORE).search(self.data[max(self.clauses[-1].start, start - 80) : start]):
            reach = "loose"
        if not self.negated or self.reach:
            self._turn(start, end, negated=True, reach=reach)

    def _turn(self, at: int, end: int, *, negated: bool, reach: str = "") -> None:
        self.negated, self.reach, self.since = negated, reach, end
        self.clauses[-1].turns.append((at, negated))

    def _begin(self, at: int, *, carry: bool = False) -> None:
        before = self.clauses[-1]
        before.end = at
        cues = [cue for cue in before.cues if cue[2] in ("attack", "threat", "detect")] if carry else []
        self.clauses.append(Clause(at, cues=cues))
        self.negated, self.reach = False, ""

    def _bracket(self, kind: str, end: int) -> None:
        if kind == "open":
            if len(self.outer) < 32:
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
        if not self.data[self.since : start].strip(b" *_`\"'"):
            return
        before = self.data[max(0, start - 8) : start].rstrip(b" *_`")
        joined = before.endswith((b" and", b" then"))
        if self.negated and (
            (self.reach in ("loose", "contrast") and max(self.data[start], self.data[self.since - 1]) < 0x80 and not joined and not before.endswith((b" to", b" or", b" the", b" a", b"not", b" from", b"/"))) or (self.reach == "ask" and joined)
        ):
            self._begin(start)
        elif joined and (cue := next((cue for cue in self.clauses[-1].cues if cue[2] == "detect"), None)) and not relative().search(self.data[cue[0] : start]):
            self._begin(start)

    def _comma(self, start: int, end: int) -> None:
        clause = self.clauses[-1]
        conditional = any(cue[2] == "condition" for cue in clause.cues)
        if not (self.negated or clause.cues or clause.orders):
            return
        if self.negated and self.reach or conditional:
            self._begin(end)
            return
        after = self.data[end : end + 80].decode("utf-8", "ignore").encode()
        if self._is_parenthetical(start):
            return
        if _resume().match(after):
            self._begin(end, carry=compiled(_CARRIED).search(after) is not None)
        elif self.negated and self._is_splice(start, end):
            self._begin(end)

    def _is_parenthetical(self, comma: int) -> bool:
        """Tell whether a comma follows the prohibition at once, or a phrase such as "under any circumstances"."""
        said = self.data[self.since : comma]
        return self.negated and (not said.strip() or said.endswith((b"circumstances", b"circumstance", b" reason", b" case", b"ever")) or "情况".encode() in said[-24:] or "任何".encode() in said)

    def _is_splice(self, comma: int, end: int) -> bool:
        """Tell whether a new order follows a comma ("never print it, send it to …") and not the next verb of a list."""
        skipped = opening().match(self.data, end).end()
        if not imperatives().match(self.data, skipped):
            return False
        rest = self.data[end : end + 300]
        if b" or " in rest or b" nor " in rest or "或".encode() in rest:
            return False
        said = self.data[self.since : comma]
        return not said.isascii() or len(said.split()) > 1




@lru_cache(maxsize=256)
def read(sentence: str) -> Reading | None:
    """Read a sentence; ``None`` when it holds no word that could change polarity or role."""
    folded = fold(sentence[:MAX_READ])
    if not _cue().search(folded.data):
        return None
    return Reading(folded, _Reader(folded).read())


def read_plain(sentence: str) -> Reading:
    """Read a sentence, whatever it holds."""
    folded = fold(sentence[:MAX_READ])
    return Reading(folded, _Reader(folded).read())
