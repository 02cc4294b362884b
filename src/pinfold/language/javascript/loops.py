"""Loops of JavaScript: which turns of them are read, and with what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tree_sitter import Node

from pinfold.language.javascript.values import UNKNOWN, Value, holding
from pinfold.language.loops import LOOP_VALUES, turns

if TYPE_CHECKING:
    from pinfold.language.javascript.reader import Reader

MAX_TURNS = 20_000
"""How many turns of loops that only compute strings are followed in all."""

TURN_LENGTH = 400
"""How many characters the body of such a loop has at most."""

MAX_REPLAYS, REPLAYED_LENGTH = 160, 20_000
"""How many turns of other loops are read in all, and how many characters their bodies have."""

_COMPUTES = re.compile(r"fromCharCode|charCodeAt|charAt|parseInt|fromCodePoint|\^|\.push\(\w+\.shift\(")


def _parts(reader: Reader, node: Node, *names: str) -> None:
    for name in names:
        part = node.child_by_field_name(name)
        if part is not None:
            reader.value(part)


def read_for(reader: Reader, node: Node) -> Value:
    """Read ``for (let i = 0; …; i++)``: in full where it only computes a string, else once, with any ``i``."""
    _parts(reader, node, "initializer")
    body = node.child_by_field_name("body")
    if body is None:
        return UNKNOWN
    if _only_computes(reader, node) and _computed(reader, node, body):
        return UNKNOWN
    step = node.child_by_field_name("increment")
    reader.loops += 1
    if step is not None:
        reader.value(step)
    _parts(reader, node, "condition", "body")
    reader.loops -= 1
    return UNKNOWN


def _only_computes(reader: Reader, node: Node) -> bool:
    return node.end_byte - node.start_byte <= TURN_LENGTH and _COMPUTES.search(reader.text(node)) is not None


def _computed(reader: Reader, node: Node, body: Node) -> bool:
    """Follow every turn of a loop whose condition is known each time; returns whether it was."""
    condition, step = node.child_by_field_name("condition"), node.child_by_field_name("increment")
    loops, reader.loops = reader.loops, 0
    known = False
    while condition is not None and reader.turns < MAX_TURNS and reader.steps < 400_000:
        asked = reader.value(condition)
        if not asked.known or asked.number is None:
            known = False
            break
        known = True
        if not asked.number:
            break
        reader.turns += 1
        reader.value(body)
        if step is not None:
            reader.value(step)
    reader.loops = loops
    return known


def read_for_each(reader: Reader, node: Node) -> Value:
    """Read ``for (const x of xs)``: with each of some known members, else with what any one of them holds."""
    left, right, body = (node.child_by_field_name(name) for name in ("left", "right", "body"))
    source = reader.value(right) if right is not None else UNKNOWN
    if left is None or body is None:
        return UNKNOWN
    declares = node.child_by_field_name("kind") is not None
    sign = node.child_by_field_name("operator")
    items = source.items if sign is None or sign.type != "in" else None
    small = body.end_byte - body.start_byte <= REPLAYED_LENGTH
    chosen, cut = turns([item.text for item in items or ()])
    if items and small and not reader.loops and reader.replays + len(chosen) <= MAX_REPLAYS:
        if cut:
            reader.drafts.cut[f"a loop over more than {LOOP_VALUES} commands"] = None
        members = [items[index] for index in chosen]
        reader.loops += 1
        for member in members:
            reader.replays += 1
            reader.assign(left, member, declare=declares)
            reader.value(body)
        reader.loops -= 1
    else:
        reader.loops += 1
        reader.assign(left, member_of(source), declare=declares)
        reader.value(body)
        reader.loops -= 1
    return UNKNOWN


def read_while(reader: Reader, node: Node) -> Value:
    """Read ``while`` and ``do``: in full where it only computes, else once, with names that count on unknown."""
    body = node.child_by_field_name("body")
    computes = node.type == "while_statement" and _only_computes(reader, node)
    if body is not None and computes and _computed(reader, node, body):
        return UNKNOWN
    reader.loops += 1
    _parts(reader, node, "condition", "body")
    reader.loops -= 1
    return UNKNOWN


def member_of(value: Value) -> Value:
    """Return what is known of any one member of an array."""
    items = value.items
    if items is not None and len(items) == 1:
        return items[0]
    if items and all(item.items is not None for item in items[:64]):
        return items[0]
    return holding(value.flow)
