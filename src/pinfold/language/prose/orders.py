"""Orders: with which verb a clause tells its reader to act, and whether words stand under it."""

from __future__ import annotations

from pinfold.language.prose.clauses import Clause, Reading, imperatives, opening
from pinfold.language.prose.wording import beginning, compiled

_LABEL = (
    r"^[\s>#*_•+\d.)-]{0,12}[^\s:：,.;]{1,40}(?: [^\s:：,.;]{1,40}){0,5}"
    r"(?: ?\([^()\n]{0,60}\))?[*_]{0,3} ?[:：][\s*_]{1,6}"
)
"""A name with a colon before an order, as in ``**Idle capacity (> 50 %)**: …``."""

_AFTER = r"[,，:：;；]"
"""What separates the time or condition of an order from the order."""


def first_verb(reading: Reading, clause: Clause) -> tuple[int, bytes] | None:
    """Return place and words of the verb with which a clause begins, when it begins as an order does."""
    return _verb_at(reading, clause.start)


def ordered(reading: Reading, clause: Clause, at: int) -> bool:
    """Tell whether the words at a byte are part of an order to the reader."""
    if any(position <= at for position in clause.orders):
        return True
    return any(verb is not None and verb[0] <= at for verb in _verbs(reading, clause, at))


def _verbs(reading: Reading, clause: Clause, at: int) -> list[tuple[int, bytes] | None]:
    """Return the verb of the clause, and the one that follows a name, a time or a condition before it."""
    found = [first_verb(reading, clause)]
    start = clause.start
    label = compiled(_LABEL).search(reading.data[start : start + 300])
    if label is not None:
        start += label.end()
        found.append(_verb_at(reading, start))
    if beginning("stance", "circumstance", first=r"[\s\"'*_(>-]{0,6}").search(reading.data[start : start + 40]):
        for match in compiled(_AFTER).finditer(reading.data[: max(clause.end, at)], start):
            found.append(_verb_at(reading, match.end()))
            if len(found) > 4:
                break
    return found


def _verb_at(reading: Reading, start: int) -> tuple[int, bytes] | None:
    skipped = opening().match(reading.data, start).end()
    match = imperatives().match(reading.data, skipped)
    if match is None or reading.data[match.end() : match.end() + 1] in (b"-", b".", b"_", b"=", b"(", b"/"):
        return None
    return match.start(), match.group()
