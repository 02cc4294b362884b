"""Dictionaries of Python: their members, what is put into them step by step, and their text as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from pinfold.language.flow import Flow, Part, Word, merged
from pinfold.language.python.values import UNKNOWN, Value, constant, holding, listed

if TYPE_CHECKING:
    from pinfold.language.python.invocation import Invocation
    from pinfold.language.python.names import Names

MAX_MEMBERS = 64
"""How many keys a dictionary that grows has, and how many members of each are written as JSON."""

MAX_STEPS = 8
"""How many keys lead from a variable to what is set, and how deep a dictionary is written as JSON."""

MAX_TEXT = 4_096
"""How many characters of each text are written as JSON."""

MAX_PIECES = 2_000
"""How many pieces, such as brackets, keys and texts, are written as JSON."""


def members(receiver: Value, method: str) -> Value | None:
    """Return what ``items()``, ``values()`` or ``keys()`` of a dictionary with known keys gives."""
    pairs = receiver.pairs
    if not pairs or method not in ("items", "values", "keys"):
        return None
    if method == "values":
        found = listed(pairs.values())
    elif method == "keys":
        found = listed(constant(key) for key in pairs)
    else:
        found = listed(listed((constant(key), value)) for key, value in pairs.items())
    return found.but(extra=receiver.extra)


def method(invocation: Invocation, receiver: Value, name: str) -> Value | None:
    """Call a method of a dictionary with known keys that gives what it holds."""
    if name == "get" and receiver.pairs is not None and invocation.arguments:
        key = invocation.arguments[0]
        return receiver.pairs.get(key.text, UNKNOWN) if key.known else holding(receiver.flow)
    return members(receiver, name)


def conversion(invocation: Invocation, first: Value) -> Value | None:
    """``dict(x)``, ``enumerate(x)``, ``json.dumps(x)``: what is made of a list or a dictionary."""
    if invocation.name == "json.dumps":
        return as_json(first)
    if invocation.name == "enumerate" and first.items is not None:
        return listed(listed((UNKNOWN, item)) for item in first.items).but(extra=first.extra)
    if invocation.name == "dict":
        pairs = {**(first.pairs or {}), **invocation.keywords}
        return Value(UNKNOWN.word, pairs=pairs, extra=first.flow)
    return None


def each(value: Value) -> Value:
    """Return what a loop over a value goes through: of a dictionary, its keys."""
    return (members(value, "keys") or value) if value.items is None and value.pairs else value


def label(value: Value) -> str:
    """Return a text that tells one turn of a loop from another."""
    return value.text or " ".join(item.text for item in (value.items or ())[:4])


def put(reader: Names, target: Node, value: Value) -> bool:
    """Follow ``x["a"]["b"] = value`` and ``x.setdefault("a", {})["b"] = value`` into the variable.

    Returns whether the way to it is known.
    """
    steps: list[str] = []
    node: Node | None = target
    while node is not None and len(steps) <= MAX_STEPS:
        key: Node | None = None
        if node.type == "subscript":
            children = node.named_children
            key, node = (children[1] if len(children) > 1 else None), children[0]
        elif node.type == "call" and (function := node.child_by_field_name("function")) is not None:
            method = function.child_by_field_name("attribute") if function.type == "attribute" else None
            arguments = node.child_by_field_name("arguments")
            if method is None or reader.text(method) not in ("setdefault", "get"):
                return False
            key = arguments.named_children[0] if arguments is not None and arguments.named_children else None
            node = function.child_by_field_name("object")
        else:
            break
        known = reader.value(key) if key is not None else UNKNOWN
        if not known.known:
            return False
        steps.append(known.text)
    before = reader.lookup_path(node) if node is not None else None
    if node is None or before is None or not steps or len(steps) > MAX_STEPS or before.name == "os.environ":
        return False
    reader.store_path(node, _with(before, steps[::-1], value))
    return True


def _with(before: Value, steps: list[str], value: Value) -> Value:
    """Return a dictionary in which ``steps`` lead to ``value``."""
    if not steps:
        return value
    pairs = before.pairs or {}
    if before.items is not None or before.draft is not None or (len(pairs) >= MAX_MEMBERS and steps[0] not in pairs):
        return before.but(extra=merged((before.extra, value.flow)))
    return before.but(pairs={**pairs, steps[0]: _with(pairs.get(steps[0], UNKNOWN), steps[1:], value)})


def as_json(value: Value) -> Value:
    """Return ``json.dumps(value)``: its text, with ``null`` for what is unknown, and what it holds."""
    flow = value.flow
    if not (value.pairs or value.items):
        return holding(flow)
    pieces: list[str] = []
    _write(value, MAX_STEPS, pieces)
    text = "".join(pieces)
    held = Flow(flow.sources, flow.programs, flow.origin)
    return Value(Word(text, (Part(0, len(text), held),) if held else (), False))


def _write(value: Value, depth: int, pieces: list[str]) -> None:
    """Add the JSON of a value to ``pieces``; lists may share members, so the pieces are counted."""
    if value.text:
        escaped = value.text[:MAX_TEXT].replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        pieces.append(f'"{escaped}"')
        return
    children = [("", item) for item in value.items] if value.items is not None else list((value.pairs or {}).items())
    if not depth or not children or len(pieces) > MAX_PIECES:
        pieces.append("null")
        return
    opening, closing = "[]" if value.items is not None else "{}"
    pieces.append(opening)
    for index, (key, child) in enumerate(children[:MAX_MEMBERS]):
        pieces.append(", " if index else "")
        if closing == "}":
            pieces.append(f'"{key[:200]}": ')
        _write(child, depth - 1, pieces)
        if len(pieces) > MAX_PIECES:
            break
    pieces.append(closing)
