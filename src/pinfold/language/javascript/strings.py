"""Constants of JavaScript: escapes of literals, numbers, operators, and methods of known strings."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

import re2

from pinfold.language.flow import MAX_TEXT, Flow, Word, merged
from pinfold.language.javascript.decoding import encoded
from pinfold.language.javascript.values import (
    UNKNOWN,
    Number,
    Value,
    changed,
    constant,
    holding,
    interpolated,
    joined_words,
    listed,
    numeric,
    truth,
)

MAX_ITEMS = 4_096
"""How many members a computed array has."""

_ESCAPE = re.compile(r"\\(\r\n|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|u\{[0-9A-Fa-f]{1,6}\}|[0-7]{1,3}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "\n": "", "\r\n": "", "\u2028": ""}
_LONE = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(
    r"^(?:0[xX][0-9a-fA-F]{1,14}|0[oO][0-7]{1,18}|0[bB][01]{1,53}|\d{1,17}(?:\.\d{0,17})?(?:e\d{1,2})?|\.\d{1,17})$"
)
_LEADING = re.compile(r"^\s*([+-]?)(0[xX][0-9a-fA-F]{1,14}|[0-9a-zA-Z]{1,18})")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def unescaped(text: str) -> str:
    """Return the text of a string literal's content."""
    if "\\" not in text:
        return text
    plain = _ESCAPE.sub(_unescape, text)
    if _LONE.search(plain):
        return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return plain


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "xu" and len(code) > 1:
        number = int(code[1:].strip("{}"), 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"
    if code[0] in "01234567":
        return chr(int(code, 8))
    return _ESCAPES.get(code, code)


def number_of(text: str) -> Number | None:
    """Return the number that a literal or string spells, or nothing."""
    plain = text.strip().replace("_", "").removesuffix("n")
    if not _NUMBER.match(plain):
        return None
    if plain[:1] == "0" and plain[1:2].isalpha() and plain[1] not in "eE":
        return int(plain, 0)
    return float(plain) if any(letter in plain for letter in ".e") else int(plain)


def parse_int(text: str, base: int) -> Number | None:
    """Return ``parseInt(text, base)``, or nothing."""
    match = _LEADING.match(text[:64])
    if match is None:
        return None
    digits = match[2].lower()
    if digits.startswith("0x") and base in (0, 16):
        digits, base = digits[2:], 16
    allowed = _DIGITS[: base or 10] if 0 <= base <= 36 else ""
    kept = re.match(f"[{allowed}]*", digits) if allowed else None
    if kept is None or not kept[0]:
        return None
    return int(kept[0], base or 10) * (-1 if match[1] == "-" else 1)


def is_string(value: Value) -> bool:
    """Return whether a value is a string, as far as is known."""
    return value.number is None and (value.known or bool(value.text))


def as_text(value: Value) -> Value:
    """Return a value as a string: members of an array joined with commas, ``[object Object]``, and so on."""
    items = value.items
    if items is not None and len(items) <= MAX_ITEMS and all(item.known for item in items):
        return constant(",".join(item.text for item in items)[:MAX_TEXT])
    return value


def folded(sign: str, left: Value, right: Value, left_raw: str, right_raw: str) -> Value:
    """Return ``left sign right``: strings are joined, numbers computed, and all else holds what both sides hold."""
    if sign == "+" and (left.number is None or right.number is None):
        left, right = as_text(left), as_text(right)
        if is_string(left) or is_string(right):
            return joined_words((interpolated(left, left_raw), interpolated(right, right_raw)))
    elif sign in _COMPARISONS and left.known and right.known:
        return _compared(sign, left, right)
    elif sign in _ARITHMETIC:
        return _computed(sign, left, right)
    return holding(merged((left.flow, right.flow)))


def _compared(sign: str, left: Value, right: Value) -> Value:
    compare = _COMPARISONS[sign]
    if left.number is not None and right.number is not None:
        return truth(compare(left.number, right.number))
    if left.number is None and right.number is None:
        return truth(compare(left.text, right.text))
    return UNKNOWN


def _computed(sign: str, left: Value, right: Value) -> Value:
    one = left.number if left.number is not None else number_of(left.text) if left.known else None
    two = right.number if right.number is not None else number_of(right.text) if right.known else None
    held = merged((left.flow, right.flow))
    if sign == "^" and held:
        held = held.through("xor")
    if one is None or two is None or abs(one) > 1 << 53 or abs(two) > 1 << 53:
        return holding(held)
    try:
        result = numeric(_ARITHMETIC[sign](one, two))
    except (ZeroDivisionError, ValueError, OverflowError):
        return UNKNOWN
    return result.but(extra=Flow(held.sources, held.programs, held.origin)) if held else result


def _signed(number: Number) -> int:
    whole = int(number) & 0xFFFFFFFF
    return whole - (1 << 32) if whole >= 1 << 31 else whole


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "===": operator.eq, "!=": operator.ne, "!==": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip

_ARITHMETIC: dict[str, Callable[[Number, Number], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": lambda one, two: one - two * int(one / two),
    "^": lambda one, two: _signed(_signed(one) ^ _signed(two)),
    "&": lambda one, two: _signed(_signed(one) & _signed(two)),
    "|": lambda one, two: _signed(_signed(one) | _signed(two)),
    "<<": lambda one, two: _signed(_signed(one) << (int(two) & 31)),
    ">>": lambda one, two: _signed(one) >> (int(two) & 31),
    ">>>": lambda one, two: (int(one) & 0xFFFFFFFF) >> (int(two) & 31),
}


def joined_path(values: Sequence[Value], raws: Sequence[str], *, absolute: bool = False) -> Value:
    """Return ``path.join(…)``, or with ``absolute`` ``path.resolve(…)``, where an absolute part starts anew."""
    words: list[Word] = []
    for value, raw in zip(values, raws, strict=False):
        word = interpolated(value, raw)
        if not word.text or (word.text in (".", "./") and words):
            continue
        if absolute and word.text.startswith(("/", "~")):
            words = [word]
            continue
        if words and not words[-1].text.endswith("/"):
            if word.text.startswith("/"):
                words.append(word)
                continue
            words.append(Word("/"))
        words.append(word.after(1) if words and word.text.startswith("/") else word)
    return joined_words(words)


def join(items: Sequence[Value], separator: Value, held: Flow) -> Value:
    """Return ``array.join(separator)``."""
    if not separator.known:
        return holding(held)
    words: list[Word] = []
    for item in items[:MAX_ITEMS]:
        if words and separator.text:
            words.append(separator.word)
        words.append(interpolated(item, "…"))
    return joined_words(words)


def _split(value: Value, arguments: list[Value]) -> Value:
    if not value.known or not arguments or not arguments[0].known or len(value.text) > MAX_DECODED_LIST:
        return holding(value.flow)
    separator = arguments[0].text
    pieces = value.text.split(separator) if separator else list(value.text)
    if len(pieces) > MAX_ITEMS:
        return holding(value.flow)
    return listed([changed(value, piece) for piece in pieces])


MAX_DECODED_LIST = 1 << 16
"""How many characters a string has at most that is taken apart."""


def _replace(value: Value, arguments: list[Value]) -> Value:
    if len(arguments) < 2 or not value.known or not arguments[0].known or not arguments[1].known:
        return holding(merged([value.flow, *(argument.flow for argument in arguments)]))
    old, new = arguments[0], arguments[1].text
    if len(value.text) > MAX_DECODED_LIST or len(new) > MAX_TEXT:
        return changed(value, None)
    if old.name.startswith("RegExp"):
        if "$" in new:
            return changed(value, None)
        pattern = pattern_of(old)
        text = pattern.sub(lambda _found: new, value.text, 0 if "g" in old.name else 1) if pattern else None
    else:
        text = value.text.replace(old.text, new) if old.text else value.text
    return changed(value, text if text is None or len(text) <= 1 << 18 else None)


def pattern_of(value: Value) -> re2._Regexp | None:
    """Return the pattern that a regular expression spells, where it is short and can be matched in linear time."""
    if len(value.text) > 200:
        return None
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    options.case_sensitive = "i" not in value.name.removeprefix("RegExp")
    try:
        return re2.compile(value.text, options)
    except re2.error:
        return None


def _slice(value: Value, arguments: list[Value]) -> Value:
    numbers = [argument.number for argument in arguments[:2]]
    if not value.known or any(number is None for number in numbers) or not numbers:
        return holding(value.flow)
    start, *rest = (int(number or 0) for number in numbers)
    return changed(value, value.text[start : rest[0] if rest else None])


def _substring(value: Value, arguments: list[Value]) -> Value:
    numbers = [argument.number for argument in arguments[:2]]
    if not value.known or any(number is None for number in numbers) or not numbers:
        return holding(value.flow)
    ends = sorted(max(0, int(number or 0)) for number in numbers)
    return changed(value, value.text[ends[0] : ends[1]] if len(ends) > 1 else value.text[ends[0] :])


def _substr(value: Value, arguments: list[Value]) -> Value:
    numbers = [argument.number for argument in arguments[:2]]
    if not value.known or any(number is None for number in numbers) or not numbers:
        return holding(value.flow)
    start = int(numbers[0] or 0)
    start = max(0, len(value.text) + start) if start < 0 else start
    return changed(value, value.text[start : start + int(numbers[1] or 0)] if len(numbers) > 1 else value.text[start:])


def _character(value: Value, arguments: list[Value]) -> Value:
    number = arguments[0].number if arguments else 0
    if not value.known or number is None:
        return holding(value.flow)
    return changed(value, value.text[int(number) : int(number) + 1] if number >= 0 else "")


def _code(value: Value, arguments: list[Value]) -> Value:
    number = arguments[0].number if arguments else 0
    if not value.known or number is None or not 0 <= number < len(value.text):
        return holding(value.flow)
    flow = value.flow
    return numeric(ord(value.text[int(number)])).but(extra=Flow(flow.sources, flow.programs, flow.origin))


def _repeat(value: Value, arguments: list[Value]) -> Value:
    number = arguments[0].number if arguments else None
    if not value.known or number is None or not 0 <= number * len(value.text) <= MAX_TEXT:
        return holding(value.flow)
    return changed(value, value.text * int(number))


def _concat(value: Value, arguments: list[Value]) -> Value:
    return joined_words([interpolated(each, "…") for each in (value, *arguments)])


def _to_string(value: Value, arguments: list[Value]) -> Value:
    how = arguments[0] if arguments else UNKNOWN
    if value.number is not None:
        base = how.number
        if isinstance(value.number, int) and isinstance(base, int) and 2 <= base <= 36 and value.number >= 0:
            return constant(_in_base(value.number, base))
        return Value(value.word)
    return encoded(how.text, value) if how.known and value.known and how.number is None else value


def _in_base(number: int, base: int) -> str:
    digits = ""
    while number and len(digits) < 64:
        number, digit = divmod(number, base)
        digits = _DIGITS[digit] + digits
    return digits or "0"


def _same(value: Value, _arguments: list[Value]) -> Value:
    return value


def _by(change: Callable[[str], str]) -> Callable[[Value, list[Value]], Value]:
    return lambda value, _arguments: changed(value, change(value.text)) if value.known else value


def _index(value: Value, arguments: list[Value]) -> Value:
    if value.known and arguments and arguments[0].known:
        return numeric(value.text.find(arguments[0].text))
    return UNKNOWN


METHODS: dict[str, Callable[[Value, list[Value]], Value]] = {
    "split": _split,
    "replace": _replace,
    "replaceAll": _replace,
    "slice": _slice,
    "substring": _substring,
    "substr": _substr,
    "charAt": _character,
    "at": _character,
    "charCodeAt": _code,
    "codePointAt": _code,
    "repeat": _repeat,
    "concat": _concat,
    "toString": _to_string,
    "indexOf": _index,
    **dict.fromkeys(("valueOf", "normalize", "toLocaleString", "padEnd"), _same),
    **dict.fromkeys(("trim", "trimStart", "trimEnd"), _by(str.strip)),
    **dict.fromkeys(("toLowerCase", "toLocaleLowerCase"), _by(str.lower)),
    **dict.fromkeys(("toUpperCase", "toLocaleUpperCase"), _by(str.upper)),
}
"""Methods of strings and numbers that are followed."""
