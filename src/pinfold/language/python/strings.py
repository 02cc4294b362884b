"""Constants: escapes of string literals, and operators and methods on known strings."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import zlib
from collections.abc import Callable, Sequence

from pinfold.language.flow import MAX_TEXT, Word, concatenated, merged
from pinfold.language.python.values import UNKNOWN, Value, changed, constant, holding, interpolated, listed

MAX_ITEMS = 256
"""How many members a computed list has."""

_ESCAPE = re.compile(
    r"\\(\n|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|N\{[^}\n]{1,80}\}|[0-7]{1,3}|.)", re.DOTALL
)
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "\n": "",
    "\\": "\\",
    "'": "'",
    '"': '"',
}
_PERCENT = re.compile(r"%(?:\((\w+)\))?[-+ #0]*\d*(?:\.\d+)?[sdrixX]")
_FIELD = re.compile(r"\{(\w*)(?:![rsa])?(?::[^{}]*)?\}")


def string_text(text: str, *, raw: bool) -> str:
    """Return the text of a string literal's content."""
    return text if raw or "\\" not in text else _ESCAPE.sub(_unescape, text)


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] in "xuU" and len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"
    if code[0] in "01234567":
        return chr(int(code, 8) & 0x1FF)
    if code[0] == "N" and len(code) > 1:
        return "\ufffd"
    return _ESCAPES.get(code, match[0])


def folded(sign: str, left: Value, right: Value, left_raw: str, right_raw: str) -> Value:
    """Return ``left sign right``.

    Strings are joined, formatted and repeated, paths are joined, and all else holds what both sides hold.
    """
    if sign == "+":
        if left.items is not None and right.items is not None:
            return _shortened((*left.items, *right.items))
        if _stringlike(left) or _stringlike(right):
            word = concatenated((interpolated(left, left_raw), interpolated(right, right_raw)))
            return _bounded(word)
    if sign == "%" and _stringlike(left):
        return formatted_percent(left, right, right_raw)
    if sign == "/" and (left.name == "pathlib.Path()" or right.name == "pathlib.Path()"):
        return joined_path([left, right], [left_raw, right_raw])
    if (
        sign == "*"
        and left.known
        and right.known
        and right.text.isdigit()
        and len(left.text) * int(right.text[:6]) <= MAX_TEXT
    ):
        return constant(left.text * int(right.text))
    return holding(Value(UNKNOWN.word, items=(left, right)).flow)


def _shortened(items: Sequence[Value]) -> Value:
    """Return a list of which the members beyond the limit are kept as a whole."""
    rest = merged(item.flow for item in items[MAX_ITEMS:])
    return listed(items[:MAX_ITEMS]).but(extra=rest)


def _stringlike(value: Value) -> bool:
    return value.known or bool(value.text)


def _bounded(word: Word) -> Value:
    return Value(word) if len(word.text) <= 1 << 17 else holding(word.flow)


def joined_path(values: list[Value], raws: list[str]) -> Value:
    """Return a path made of several parts."""
    words: list[Word] = []
    for value, raw in zip(values, raws, strict=False):
        word = interpolated(value, raw)
        if not word.text:
            continue
        if word.text.startswith(("/", "~")):
            words = [word]
            continue
        if words and not words[-1].text.endswith("/"):
            words.append(Word("/"))
        words.append(word)
    result = _bounded(concatenated(words))
    return result.but(name="pathlib.Path()")


def formatted_percent(form: Value, right: Value, right_raw: str) -> Value:
    """Return ``form % right``."""
    values = list(right.items) if right.items is not None else [right]
    pairs = right.pairs or {}
    words: list[Word] = []
    at = index = 0
    for match in _PERCENT.finditer(form.text):
        words.append(Word(form.text[at : match.start()]))
        if match[1]:
            words.append(interpolated(pairs.get(match[1], UNKNOWN), match[1]))
        else:
            words.append(
                interpolated(values[index] if index < len(values) else UNKNOWN, right_raw if len(values) == 1 else "…")
            )
            index += 1
        at = match.end()
        if index > 256:
            break
    words.append(Word(form.text[at:]))
    return _bounded(concatenated(words))


def formatted(form: Value, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    """Return ``form.format(…)``."""
    words: list[Word] = []
    at = index = 0
    for match in list(_FIELD.finditer(form.text))[:256]:
        words.append(Word(form.text[at : match.start()]))
        name = match[1]
        if name.isdigit():
            value = arguments[int(name[:4])] if int(name[:4]) < len(arguments) else UNKNOWN
        elif name:
            value = keywords.get(name, UNKNOWN)
        else:
            value = arguments[index] if index < len(arguments) else UNKNOWN
            index += 1
        words.append(interpolated(value, name))
        at = match.end()
    words.append(Word(form.text[at:]))
    return _bounded(concatenated(words))


def _join(value: Value, arguments: list[Value]) -> Value:
    items = arguments[0].items if arguments else None
    if items is None or not value.known:
        return holding(Value(UNKNOWN.word, items=tuple(arguments)).flow)
    words: list[Word] = []
    for item in items[:256]:
        if words and value.text:
            words.append(value.word)
        words.append(interpolated(item, "…"))
    return _bounded(concatenated(words))


def _replace(value: Value, arguments: list[Value]) -> Value:
    if value.known and len(arguments) > 1 and arguments[0].known and arguments[1].known and len(value.text) <= MAX_TEXT:
        return changed(value, value.text.replace(arguments[0].text, arguments[1].text)[:MAX_TEXT])
    return holding(value.flow)


def _split(value: Value, arguments: list[Value]) -> Value:
    if not value.known or len(value.text) > MAX_TEXT or (arguments and not (arguments[0].known and arguments[0].text)):
        return holding(value.flow)
    return listed(constant(text) for text in value.text.split(arguments[0].text if arguments else None)[:256])


def _same(value: Value, arguments: list[Value]) -> Value:
    return value


def _changed_by(change: Callable[[str], str]) -> Callable[[Value, list[Value]], Value]:
    def method(value: Value, arguments: list[Value]) -> Value:
        if not value.known:
            return value
        return changed(value, None if arguments else change(value.text))

    return method


METHODS: dict[str, Callable[[Value, list[Value]], Value]] = {
    "join": _join,
    "replace": _replace,
    "split": _split,
    **dict.fromkeys(
        (
            "encode",
            "rstrip",
            "lstrip",
            "copy",
            "tobytes",
            "hexdigest",
            "splitlines",
            "expanduser",
            "resolve",
            "absolute",
            "as_posix",
            "__str__",
            "format_map",
        ),
        _same,
    ),
    "strip": _changed_by(str.strip),
    "lower": _changed_by(str.lower),
    "upper": _changed_by(str.upper),
    "title": _changed_by(str.title),
    "swapcase": _changed_by(str.swapcase),
}
"""Methods of strings that are followed."""


def decoded(how: str, value: Value) -> Value:
    """Return what a decoder makes of a value.

    The text is kept where it is known; the decoder joins the programs that the value ran through.
    """
    program = how.partition(".")[0]
    program = "base64" if program == "binascii" else program
    if not value.known or len(value.text) > 1 << 20:
        return changed(value, None, program)
    try:
        text = _DECODERS[how](value.text.encode("latin-1")) if how in _DECODERS else None
        return changed(value, text.decode("utf-8") if text is not None else None, program)
    except UnicodeDecodeError:
        return changed(value, text.decode("latin-1") if text is not None and how in _DECODERS else None, program)
    except (ValueError, UnicodeEncodeError, OverflowError):
        return changed(value, None, program)


def _padded(data: bytes) -> bytes:
    compact = b"".join(data.split())
    return compact + b"=" * (-len(compact) % 4)


def _unzlib(data: bytes) -> bytes:
    inflater = zlib.decompressobj(47)
    return inflater.decompress(data, 1 << 20)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "base64.b64decode": lambda data: base64.b64decode(_padded(data)),
    "base64.standard_b64decode": lambda data: base64.b64decode(_padded(data)),
    "base64.decodebytes": lambda data: base64.b64decode(_padded(data)),
    "base64.urlsafe_b64decode": lambda data: base64.urlsafe_b64decode(_padded(data)),
    "base64.b32decode": base64.b32decode,
    "base64.b16decode": lambda data: base64.b16decode(data, casefold=True),
    "base64.b85decode": base64.b85decode,
    "base64.a85decode": base64.a85decode,
    "binascii.a2b_base64": lambda data: base64.b64decode(_padded(data)),
    "binascii.unhexlify": lambda data: binascii.unhexlify(b"".join(data.split())),
    "bytes.fromhex": lambda data: binascii.unhexlify(b"".join(data.split())),
    "zlib.decompress": _unzlib,
    "gzip.decompress": _unzlib,
}


def codec(value: Value, name: str) -> Value:
    """Return ``codecs.decode(value, name)`` for the codecs that only rewrite text."""
    if value.known and name.lower().replace("_", "").replace("-", "") in ("rot13", "rot"):
        return changed(value, codecs.decode(value.text, "rot13"), "codecs")
    if name.lower() in ("base64", "hex"):
        return decoded("base64.b64decode" if name.lower() == "base64" else "bytes.fromhex", value)
    if name.lower() in ("zlib", "zip"):
        return decoded("zlib.decompress", value)
    return value
