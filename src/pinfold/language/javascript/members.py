"""Methods of JavaScript's own objects: arrays, promises, functions, maps and forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pinfold.language.flow import Flow, merged
from pinfold.language.javascript import calls
from pinfold.language.javascript.invocation import Invocation
from pinfold.language.javascript.strings import join, pattern_of
from pinfold.language.javascript.values import (
    UNKNOWN,
    UNKNOWN_WORD,
    Value,
    changed,
    constant,
    either,
    holding,
    listed,
    numeric,
)

MAX_MAPPED = 256
"""How many members of an array a function is called with."""

MAX_WALKED = 12
"""With how many members a function is called that does more than compute."""

_EACH = frozenset({"map", "forEach", "flatMap", "filter", "find", "some", "every", "findLast", "findIndex", "sort"})
_PROMISED = frozenset({"then", "catch", "finally", "tap"})
_GROWS = frozenset(["append", "set", "add", "push", "unshift", "update", "write", "attach", "field", "enqueue", "end"])
_SAME = frozenset(
    ["toArray", "values", "flat", "keys", "entries", "sort", "fill", "toReversed.x", "copyWithin", "toSorted"]
)


def one_of(values: Sequence[Value]) -> Value:
    """Return the one value of a list, or what stands for any of them."""
    return values[0] if len(values) == 1 else either(values)


def promise_method(invocation: Invocation, receiver: Value, method: str) -> Value | None:
    """``x.then(f)``: the function gets what was promised."""
    if method not in _PROMISED:
        return None
    told = [receiver] if method == "then" else [UNKNOWN]
    result: Value | None = None
    for index, callback in enumerate(invocation.arguments[:2]):
        if callback.function is not None:
            given = invocation.reader.run(callback, told if index == 0 else [UNKNOWN])
            result = given if method == "then" and index == 0 else result
        elif callback.name and method == "then":  # ``.then(eval)``
            result = calls.called(
                Invocation(invocation.reader, invocation.node, callback, [receiver], [invocation.text[:200]])
            )
    return receiver if result is None else result


def function_method(invocation: Invocation, receiver: Value, method: str) -> Value | None:
    """``f.call(this, …)``, ``f.apply(this, […])``, ``f.bind(this, …)``."""
    if method not in ("call", "apply", "bind") or (receiver.function is None and not receiver.name):
        return None
    if method == "bind":
        return receiver
    given = list(invocation.argument(1).items or ()) if method == "apply" else invocation.arguments[1:]
    raws = invocation.raws[1:] if method == "call" else ["…"] * len(given)
    return calls.called(Invocation(invocation.reader, invocation.node, receiver, given, raws))


def array_method(invocation: Invocation, receiver: Value, method: str) -> Value | None:
    """Call a method of an array."""
    box, items = receiver.box, receiver.items
    if box is None or items is None:
        return None
    if method in _EACH and invocation.argument(0).function is not None:
        return _each(invocation, receiver, method)
    if method in ("map", "forEach") and invocation.argument(0).name:
        return listed([_called_with(invocation, item) for item in items[:MAX_MAPPED]])
    if method in ("slice", "concat", "splice"):
        return _part(invocation, receiver, items, method)
    found = _ARRAY_METHODS.get(method)
    if found is not None:
        return found(invocation, items, receiver.flow)
    if method in ("reverse", "toReversed"):
        items.reverse()
        return receiver
    return receiver if method in _SAME else None


def _joined(invocation: Invocation, items: list[Value], held: Flow) -> Value:
    separator = invocation.arguments[0] if invocation.arguments and invocation.method == "join" else constant(",")
    return join(items, separator, merged((held, separator.flow)))


def _pushed(invocation: Invocation, items: list[Value], _held: Flow) -> Value:
    box = invocation.receiver.box
    if box is not None:
        box.append(invocation.arguments)
    return numeric(len(items))


def _taken(invocation: Invocation, items: list[Value], _held: Flow) -> Value:
    if not items or invocation.reader.loops:
        return one_of(items[:1])
    return items.pop(0 if invocation.method == "shift" else -1)


def _at(invocation: Invocation, items: list[Value], held: Flow) -> Value:
    index = invocation.argument(0).number
    if not isinstance(index, int):
        return holding(held)
    return items[index] if -len(items) <= index < len(items) else UNKNOWN


def _reduced(invocation: Invocation, items: list[Value], held: Flow) -> Value:
    """``xs.reduce((sum, x) => …, start)``."""
    function, reader = invocation.argument(0), invocation.reader
    if function.function is None:
        return holding(merged((held, invocation.held)))
    rest = list(items[:MAX_MAPPED] if invocation.method == "reduce" else items[: -MAX_MAPPED - 1 : -1])
    start = invocation.arguments[1:2] or rest[:1]
    total = start[0] if start else UNKNOWN
    for item in rest if len(invocation.arguments) > 1 else rest[1:]:
        total = reader.run(function, [total, item])
    return total


_ARRAY_METHODS: dict[str, Callable[[Invocation, list[Value], Flow], Value]] = {
    **dict.fromkeys(("join", "toString"), _joined),
    **dict.fromkeys(("push", "unshift"), _pushed),
    **dict.fromkeys(("pop", "shift"), _taken),
    **dict.fromkeys(("reduce", "reduceRight"), _reduced),
    **dict.fromkeys(("includes", "indexOf"), lambda _invocation, _items, _held: UNKNOWN),
    "at": _at,
}


def _part(invocation: Invocation, receiver: Value, items: list[Value], method: str) -> Value:
    if method == "concat":
        more = [item for value in invocation.arguments for item in (value.items or [value])]
        return listed([*items, *more])
    numbers = [value.number for value in invocation.arguments[:2]]
    if any(number is None for number in numbers):
        return holding(receiver.flow)
    start = int(numbers[0] or 0) if numbers else 0
    if method == "splice":
        count = int(numbers[1] or 0) if len(numbers) > 1 else len(items)
        taken = items[start : start + count]
        items[start : start + count] = invocation.arguments[2:]
        return listed(taken)
    return listed(items[start : int(numbers[1] or 0) if len(numbers) > 1 else None])


def _called_with(invocation: Invocation, item: Value) -> Value:
    callee = invocation.argument(0)
    return calls.called(Invocation(invocation.reader, invocation.node, callee, [item], ["…"]))


def _each(invocation: Invocation, receiver: Value, method: str) -> Value:
    """Call a function with each member; a long one only with the first ones and with what all hold."""
    items, function, reader = receiver.items or [], invocation.argument(0), invocation.reader
    body = function.function.node if function.function is not None else invocation.node
    most = MAX_MAPPED if body.end_byte - body.start_byte <= 200 else MAX_WALKED
    chosen = items[:most]
    results = [reader.run(function, [item, numeric(index)]) for index, item in enumerate(chosen)]
    if not items or len(items) > most:
        results.append(reader.run(function, [holding(receiver.flow), UNKNOWN]))
    if method in ("map", "flatMap"):
        flat = [
            inner
            for result in results
            for inner in (result.items if method == "flatMap" and result.items else [result])
        ]
        return listed(flat)
    if method in ("filter", "sort"):
        return receiver
    if method == "find":
        return one_of(items[:1]) if len(items) == 1 else holding(receiver.flow)
    return UNKNOWN


def replaced(invocation: Invocation, receiver: Value) -> Value:
    """``text.replace(/…/g, f)``: the function is called for each match."""
    old, function = invocation.arguments[0], invocation.arguments[1]
    pattern = (
        pattern_of(old) if old.name.startswith("RegExp") and receiver.known and len(receiver.text) <= 4_096 else None
    )
    if pattern is None:
        result = invocation.reader.run(function, [UNKNOWN])
        return holding(merged((receiver.flow, result.flow)))
    pieces: list[str] = []
    at = 0
    for found in pattern.finditer(receiver.text):
        value = invocation.reader.run(
            function, [constant(found[0]), *(constant(group or "") for group in found.groups())]
        )
        if not value.known:
            return holding(receiver.flow)
        pieces += (receiver.text[at : found.start()], value.text)
        at = found.end()
    text = "".join((*pieces, receiver.text[at:]))
    rotated = len(pieces) > 8 and len(text) == len(receiver.text)
    return changed(receiver, text, "rot13" if rotated else "")


def object_method(invocation: Invocation, receiver: Value, method: str) -> Value | None:
    """Let what is put into an object (a form, a map, a cipher) be part of it; look up what is known of it."""
    box = receiver.box
    if box is None:
        return None
    if method in _GROWS and invocation.arguments:
        last = invocation.arguments[-1]
        if method in ("set", "append") and len(invocation.arguments) > 1 and invocation.arguments[0].known:
            box.put(invocation.arguments[0].text, invocation.arguments[1])
        for value in invocation.arguments[:3]:
            box.hold(value.flow)
        if method in ("push", "add") and box.items is not None:
            box.append([last])
        return Value(UNKNOWN_WORD, receiver.name, box=box) if method != "update" else holding(receiver.flow)
    if method == "get" and invocation.argument(0).known and invocation.argument(0).text in box.pairs:
        return box.pairs[invocation.argument(0).text]
    if method == "toString" and box.held:
        return holding(Flow(box.held.sources, box.held.programs, box.held.origin))
    return None
