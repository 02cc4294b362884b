"""The literals without which a detection cannot hold for an act.

A detection that asks for ``CommandLine|contains: ' -R '`` and a program named ``/ssh`` holds only for acts in whose
fields both occur. So all fields of an act are searched at once, in one pass for all detections (`prefilter`), and only
what may hold is evaluated. A literal may be found in a field that the detection does not look at: that costs an
evaluation, and changes no answer.

Fields are searched case folded. What a field contains in lower case, its case folded text contains case folded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from typing import Any

from pinfold.rulebook.condition import Condition, compile_condition
from pinfold.rulebook.detection import text_of, windash
from pinfold.rulebook.literals import LONGEST, Conditions, Literals, best, needed, spaced_literals

_UNREAD = {"exists", "cidr", "lt", "lte", "gt", "gte"}
_WILD = re.compile(r"\\([*?\\])|([*?])")
_CODE = re.compile(r"\\x", re.IGNORECASE)


def act_text(folded: Mapping[str, str]) -> bytes:
    """Return the fields of an act as the prefilter searches them; they are given in lower case."""
    text = "\n".join(folded.values())
    return text.encode() if text.isascii() else text.casefold().encode("utf-8", "replace")


def act_needs(detection: Mapping[str, Any]) -> list[Conditions]:
    """Return alternatives of conditions, of which any holds wherever a detection does. It must be one that compiles."""
    selections = {name: body for name, body in detection.items() if name != "condition"}
    hopeful = compile_condition(str(detection["condition"]), selections, where="", hopeful=True)
    known = {name: conditions for name, body in selections.items() if (conditions := _selection(body))}
    needed_alone = [name for name in known if not _may_hold(hopeful, selections.keys() - {name})]
    if needed_alone:
        return [tuple(condition for name in needed_alone for condition in known[name])]
    return [_any_of([known[name] for name in _together(hopeful, selections.keys(), known)])]


def _may_hold(hopeful: Condition, names: Set[str]) -> bool:
    return hopeful(names.__contains__)


def _together(hopeful: Condition, names: Set[str], known: Mapping[str, Conditions]) -> set[str]:
    """Return selections of which at least one has to hold, as few as can be; none where there are no such."""
    chosen = set(known)
    if _may_hold(hopeful, names - chosen):
        return set()
    for name in sorted(chosen):
        if not _may_hold(hopeful, names - (chosen - {name})):
            chosen.discard(name)
    return chosen


def _selection(body: Any) -> Conditions:
    """Return conditions that all hold where a selection does."""
    if isinstance(body, Mapping):
        return tuple(condition for key, value in body.items() for condition in _field(str(key), value))
    if all(isinstance(item, Mapping) for item in body):
        choices = [_selection(item) for item in body]
        return _any_of(choices)
    return _field("|contains", body)


def _any_of(choices: list[Conditions]) -> Conditions:
    """Return what is needed where any of several choices may hold; nothing where one of them needs nothing."""
    return (frozenset[bytes]().union(*map(best, choices)),) if choices and all(choices) else ()


def _field(key: str, value: Any) -> Conditions:
    modifiers = set(key.split("|")[1:])
    if value is None or modifiers & _UNREAD:
        return ()
    values = [text_of(item) for item in (value if isinstance(value, list | tuple) else [value])]
    if "re" in modifiers:
        found = [_of_pattern(f"(?i){text}" if "i" in modifiers else text) for text in values]
    else:
        found = [_of_text(windash(text) if "windash" in modifiers else [text]) for text in values]
    if "all" in modifiers:
        return tuple(literals for literals in found if literals)
    return (frozenset[bytes]().union(*found),) if all(found) else ()


def _of_text(spellings: list[str]) -> Literals:
    """Return what values, with wildcards perhaps, are found by: the longest piece of each; nothing where one has none.

    What is masked stands for itself.
    """
    pieces = [max(_plain(text), key=len)[:LONGEST] for text in spellings]
    if not all(pieces):
        return frozenset()
    return spaced_literals(frozenset(piece.casefold().encode("utf-8", "replace") for piece in pieces))


def _plain(text: str) -> list[str]:
    pieces = [""]
    at = 0
    for mark in _WILD.finditer(text):
        pieces[-1] += text[at : mark.start()] + (mark[1] or "")
        if mark[2]:
            pieces.append("")
        at = mark.end()
    pieces[-1] += text[at:]
    return pieces


def _of_pattern(pattern: str) -> Literals:
    """Return what a pattern is found by; nothing where it may match without, or speaks of more than ASCII."""
    if not pattern.isascii() or _CODE.search(pattern):
        return frozenset()
    alternatives = needed(pattern.encode())
    if not all(alternatives):
        return frozenset()
    return frozenset(literal.lower() for conditions in alternatives for literal in best(conditions))
