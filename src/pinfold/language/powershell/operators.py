"""Operators and casts of PowerShell on known values: how strings are built out of pieces."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import re2

from pinfold.language.flow import Word, concatenated, merged
from pinfold.language.powershell.values import (
    BYTES,
    MAX_ITEMS,
    MAX_STRING,
    UNKNOWN,
    Value,
    changed,
    constant,
    holding,
    listed,
    members,
    shown,
)

_FIELD = re.compile(r"\{\{|\}\}|\{(\d{1,4})(?:,-?\d{1,4})?(?::([^{}]{0,40}))?\}")
_GROUP = re.compile(r"\$(?:\{(\w+)\}|(\d))")
_PLAIN = re.compile(r"[\w \t/:=,;@#%&~\"'<>!_-]*")


def apply(operator: str, left: Value, right: Value, raws: tuple[str, str]) -> Value:
    """Return ``left operator right``; ``raws`` are both as written. What is not followed holds what both hold."""
    function = _BINARY.get(operator)
    if function is not None:
        return function(left, right, raws)
    held = merged((left.flow, right.flow))
    if operator in ("bxor", "xor"):
        number = _whole(left), _whole(right)
        if number[0] is not None and number[1] is not None:
            return changed(Value(left.word, extra=held), str(number[0] ^ number[1]), "xor").but(name="int")
        return holding(held.through("xor"))
    return UNKNOWN if operator in _TRUTH else holding(held)


_TRUTH = frozenset(
    f"{mark}{word}"
    for mark in ("", "i", "c")
    for word in ("eq", "ne", "gt", "ge", "lt", "le", "like", "notlike", "match", "notmatch", "contains", "in", "notin")
) | {"notcontains", "is", "isnot", "and", "or"}


def bounded(word: Word) -> Value:
    """Return a string, or what it holds where it has grown too long."""
    return Value(word) if len(word.text) <= MAX_STRING else holding(word.flow)


def _whole(value: Value) -> int | None:
    text = value.text.strip()
    digits = text[1:] if text[:1] == "-" else text
    return int(text) if value.known and digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def _added(left: Value, right: Value, raws: tuple[str, str]) -> Value:
    if left.items is not None:
        return listed((*left.items, *members(right))[: MAX_ITEMS * 2]).but(extra=left.extra)
    if left.pairs is not None and right.pairs is not None:
        return left.but(pairs={**left.pairs, **right.pairs})
    one, two = _whole(left), _whole(right)
    if left.name == "int" and one is not None and two is not None:
        return constant(str(one + two), "int")
    if left.name == BYTES and right.name == BYTES:
        return changed(Value(UNKNOWN.word, extra=merged((left.flow, right.flow))), left.text + right.text, name=BYTES)
    if left.known or left.text or right.known or right.text:
        return bounded(concatenated((shown(left, raws[0]), shown(right, raws[1]))))
    return holding(merged((left.flow, right.flow)))


def _numbers(how: Callable[[int, int], int]) -> Callable[[Value, Value, tuple[str, str]], Value]:
    def operate(left: Value, right: Value, raws: tuple[str, str]) -> Value:
        one, two = _whole(left), _whole(right)
        if one is None or two is None:
            return holding(merged((left.flow, right.flow)))
        return constant(str(how(one, two)), "int")

    return operate


def _times(left: Value, right: Value, raws: tuple[str, str]) -> Value:
    count = _whole(right)
    if left.known and left.name != "int" and count is not None:
        return changed(left, left.text * count) if 0 <= len(left.text) * count <= MAX_STRING else holding(left.flow)
    return _numbers(lambda one, two: one * two)(left, right, raws)


def _range(left: Value, right: Value, raws: tuple[str, str]) -> Value:
    one, two = _whole(left), _whole(right)
    if one is None or two is None or abs(one - two) >= MAX_ITEMS:
        return UNKNOWN
    step = 1 if two >= one else -1
    return listed(constant(str(number), "int") for number in range(one, two + step, step))


def joined(value: Value, separator: Value) -> Value:
    """Return ``value -join separator``."""
    words: list[Word] = []
    for item in members(value):
        if words and separator.text:
            words.append(separator.word)
        words.append(shown(item, "$_"))
    if value.items is None and not value.known and not value.text:
        return holding(value.flow)
    return bounded(concatenated(words)).but(extra=value.extra)


def _join(left: Value, right: Value, raws: tuple[str, str]) -> Value:
    return joined(left, right)


def _pattern(value: Value) -> re2._Regexp | None:
    """Return a pattern made ready, or nothing where it is no constant or not understood."""
    if not value.known or len(value.text) > 1_000:
        return None
    try:
        return re2.compile(f"(?i){value.text}")
    except re2.error:
        return None


def _replace(left: Value, right: Value, raws: tuple[str, str]) -> Value:
    old, new = (*members(right), constant(""))[:2]
    if left.items is not None:
        return listed(_replace(item, right, raws) for item in left.items[:MAX_ITEMS])
    pattern = _pattern(old)
    if pattern is None or not new.known or not left.known or not old.text:
        return left if left.text else holding(merged((left.flow, right.flow)))
    if _PLAIN.fullmatch(old.text):
        pattern = re.compile(re.escape(old.text), re.IGNORECASE)
    replacement = _GROUP.sub(lambda found: f"\\g<{found[1] or found[2]}>", new.text.replace("\\", "\\\\"))
    try:
        return changed(left, pattern.sub(replacement, left.text)[:MAX_STRING])
    except (re2.error, re.error, IndexError):
        return holding(left.flow)


def _split(left: Value, right: Value, raws: tuple[str, str]) -> Value:
    mark = members(right)[0] if members(right) else UNKNOWN
    if left.items is not None:
        every = [piece for item in left.items[:MAX_ITEMS] for piece in members(_split(item, right, raws))]
        return listed(every[:MAX_ITEMS])
    pattern = _pattern(mark)
    if not left.known or pattern is None or not mark.text or left.flow:
        return holding(left.flow) if not left.known or left.flow else left
    pieces = left.text.split(mark.text) if _PLAIN.fullmatch(mark.text) else pattern.split(left.text)
    return listed(constant(piece or "") for piece in pieces[:MAX_ITEMS])


def formatted(form: Value, right: Value, raws: tuple[str, str] = ("", "")) -> Value:
    """Return ``form -f arguments``."""
    if not form.text:
        return holding(merged((form.flow, right.flow)))
    values = members(right)
    words: list[Word] = []
    at = 0
    for found in list(_FIELD.finditer(form.text))[:MAX_ITEMS]:
        words.append(Word(form.text[at : found.start()]))
        at = found.end()
        if found[1] is None:
            words.append(Word(found[0][0]))
            continue
        index = int(found[1])
        value = values[index] if index < len(values) else UNKNOWN
        number = _whole(value)
        if found[2] and found[2][0] in "xX" and number is not None:
            words.append(Word(f"{number:0{found[2][1:] if found[2][1:].isdigit() else 1}x}"[:64]))
        else:
            words.append(shown(value, f"${index}"))
    words.append(Word(form.text[at:]))
    return bounded(concatenated(words))


_BINARY: dict[str, Callable[[Value, Value, tuple[str, str]], Value]] = {
    "+": _added,
    "-": _numbers(lambda one, two: one - two),
    "*": _times,
    "%": _numbers(lambda one, two: one % two if two else 0),
    "/": _numbers(lambda one, two: one // two if two else 0),
    "band": _numbers(lambda one, two: one & two),
    "bor": _numbers(lambda one, two: one | two),
    "shl": _numbers(lambda one, two: one << min(two, 32) if two >= 0 else 0),
    "shr": _numbers(lambda one, two: one >> min(two, 64) if two >= 0 else 0),
    "..": _range,
    "f": formatted,
    "join": _join,
    "replace": _replace,
    "split": _split,
    "as": lambda left, right, raws: cast(right.name.removeprefix("type:"), left),
}


def cast(name: str, value: Value) -> Value:
    """Return ``[name]value``; a type that is not known leaves the value as it is, under the type's name."""
    if name == "char":
        number = _whole(value) if value.name == "int" or len(value.text) > 1 else None
        if number is not None and 0 <= number < 0x110000:
            return changed(value, chr(number))
        return value
    if name in ("char[]", "string[]", "object[]", "array", "int[]", "int32[]"):
        return _as_list(name, value)
    if name in ("int", "int32", "int64", "long", "byte", "uint32", "uint64", "int16"):
        number = int(value.text, 16) if value.known and re.fullmatch(r"0[xX][0-9A-Fa-f]{1,8}", value.text) else None
        number = _whole(value) if number is None else number
        if number is None and value.known and len(value.text) == 1:
            number = ord(value.text)
        return holding(value.flow) if number is None else changed(value, str(number)).but(name="int")
    if name == "string":
        return _as_string(value)
    if name == BYTES and value.items is not None:
        return _as_bytes(value)
    if name in ("scriptblock", "ipaddress", "net.ipaddress", "uri", "type", "wmiclass", "xml", "adsi", "datetime"):
        return value.but(name=name if name != "xml" else "")
    return value


def _as_string(value: Value) -> Value:
    if value.items is not None:
        return joined(value, constant(" "))
    return value.but(name="") if value.known or value.text else holding(value.flow)


def _as_list(name: str, value: Value) -> Value:
    if name == "char[]":
        if value.items is not None:
            return listed(cast("char", item) for item in value.items)
        if value.known and len(value.text) <= MAX_ITEMS and not value.flow:
            return listed(constant(character) for character in value.text)
        return value
    return value if value.items is not None or not value.known else listed((value,))


def _as_bytes(value: Value) -> Value:
    numbers = [_whole(cast("int", item)) for item in value.items or ()]
    if all(number is not None and 0 <= number < 256 for number in numbers):
        return changed(value, "".join(chr(number or 0) for number in numbers), name=BYTES)
    return holding(value.flow, BYTES)


def at_index(value: Value, at: Value) -> Value:
    """Return ``value[at]``: one member or several, from the end where the number is negative."""
    if at.items is not None:
        return listed(at_index(value, item) for item in at.items[:MAX_ITEMS])
    if value.pairs is not None and at.known:
        return value.pairs.get(at.text.lower(), holding(value.flow))
    number = _whole(at)
    if number is None:
        return holding(value.flow)
    if value.items is not None:
        return value.items[number] if -len(value.items) <= number < len(value.items) else UNKNOWN
    if value.known and -len(value.text) <= number < len(value.text):
        return changed(value, value.text[number])
    return holding(value.flow)


def reversed_list(value: Value) -> Value:
    """Return a list from its last member to its first."""
    return value.but(items=tuple(reversed(value.items))) if value.items is not None else value


def method(value: Value, name: str, arguments: Sequence[Value]) -> Value | None:
    """Return what a method of strings or lists gives, or nothing where it is none that is followed."""
    if value.items is not None and name in ("clone", "toarray"):
        return value
    function = _METHODS.get(name)
    if function is None or not (value.known or value.text) or value.name == BYTES:
        return None
    if not all(argument.known for argument in arguments if argument.items is None):
        return holding(merged((value.flow, *(argument.flow for argument in arguments))))
    return function(value, arguments)


def _texts(arguments: Sequence[Value]) -> list[str]:
    return [argument.text for argument in arguments]


def _method_replace(value: Value, arguments: Sequence[Value]) -> Value:
    if len(arguments) < 2 or not arguments[0].text:
        return value
    return changed(value, value.text.replace(arguments[0].text, arguments[1].text)[:MAX_STRING])


def _substring(value: Value, arguments: Sequence[Value]) -> Value:
    numbers = [_whole(argument) for argument in arguments]
    if not numbers or any(number is None or number < 0 for number in numbers):
        return holding(value.flow)
    start = numbers[0] or 0
    end = start + (numbers[1] or 0) if len(numbers) > 1 else len(value.text)
    return changed(value, value.text[start:end])


def _method_split(value: Value, arguments: Sequence[Value]) -> Value:
    marks = [item.text for argument in arguments[:1] for item in members(argument)]
    if value.flow:
        return holding(value.flow)
    if not marks or not marks[0]:
        return listed(constant(piece) for piece in value.text.split()[:MAX_ITEMS])
    pieces = re.split("[" + re.escape("".join(marks)) + "]", value.text)
    return listed(constant(piece) for piece in pieces[:MAX_ITEMS])


def _inserted(value: Value, arguments: Sequence[Value]) -> Value:
    at = _whole(arguments[0]) if len(arguments) > 1 else None
    if at is None or at < 0:
        return holding(value.flow)
    return changed(value, (value.text[:at] + arguments[1].text + value.text[at:])[:MAX_STRING])


def _removed(value: Value, arguments: Sequence[Value]) -> Value:
    start = _whole(arguments[0]) if arguments else None
    count = _whole(arguments[1]) if len(arguments) > 1 else len(value.text)
    if start is None or count is None or start < 0 or count < 0:
        return holding(value.flow)
    return changed(value, value.text[:start] + value.text[start + count :])


_METHODS: dict[str, Callable[[Value, Sequence[Value]], Value]] = {
    "replace": _method_replace,
    "substring": _substring,
    "split": _method_split,
    "insert": _inserted,
    "remove": _removed,
    "tolower": lambda value, arguments: changed(value, value.text.lower()),
    "toupper": lambda value, arguments: changed(value, value.text.upper()),
    "trim": lambda value, arguments: changed(value, value.text.strip("".join(_texts(arguments)) or None)),
    "trimstart": lambda value, arguments: changed(value, value.text.lstrip("".join(_texts(arguments)) or None)),
    "trimend": lambda value, arguments: changed(value, value.text.rstrip("".join(_texts(arguments)) or None)),
    "tochararray": lambda value, arguments: _as_list("char[]", value),
    "tostring": lambda value, arguments: value,
    "normalize": lambda value, arguments: value,
    "concat": lambda value, arguments: value,
}
