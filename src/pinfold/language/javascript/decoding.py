"""Decoders of JavaScript: what they make of a constant, and the program that an act names for them."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable
from urllib.parse import quote, unquote

from pinfold.language.javascript.values import Value, changed

MAX_DECODED = 1 << 20
"""How many characters are decoded, and come out at most."""

_ESCAPED = re.compile(r"%u([0-9A-Fa-f]{4})|%([0-9A-Fa-f]{2})")
_PROGRAMS = {
    "base64": "base64", "base64url": "base64", "hex": "hex", "atob": "base64", "gunzip": "gunzip", "unzip": "gunzip",
    "inflate": "zlib", "inflateRaw": "zlib", "brotliDecompress": "zlib", "decrypt": "openssl",
}  # fmt: skip


def decoded(how: str, value: Value) -> Value:
    """Return what a decoder makes of a value; the decoder joins the programs that the value ran through."""
    program = _PROGRAMS.get(how, "")
    if not value.known or len(value.text) > MAX_DECODED:
        return changed(value, None, program)
    try:
        return changed(value, _DECODERS[how](value.text) if how in _DECODERS else None, program)
    except (ValueError, zlib.error, OverflowError):
        return changed(value, None, program)


def encoded(how: str, value: Value) -> Value:
    """Return ``Buffer.toString(how)``, ``btoa`` and the like."""
    if not value.known or len(value.text) > MAX_DECODED:
        return changed(value, None)
    data = _bytes(value.text)
    if how in ("base64", "btoa", "base64url"):
        return changed(value, base64.b64encode(data).decode("ascii"))
    if how == "hex":
        return changed(value, data.hex())
    if how == "url":
        return changed(value, quote(value.text, safe="!'()*~-._"))
    return changed(value, value.text)


def _bytes(text: str) -> bytes:
    """Return a string as the bytes that it stands for: one each where it was decoded, UTF-8 where it is text."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _base64(text: str) -> str:
    compact = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    compact = compact[: len(compact) - (len(compact) % 4 == 1)]
    return _text(base64.b64decode(compact + "=" * (-len(compact) % 4)))


def _hex(text: str) -> str:
    return _text(binascii.unhexlify(text.strip()))


def _inflated(text: str, window: int = 47) -> str:
    return _text(zlib.decompressobj(window).decompress(text.encode("latin-1"), MAX_DECODED))


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1] or found[2], 16)), text)


_DECODERS: dict[str, Callable[[str], str]] = {
    "base64": _base64,
    "base64url": _base64,
    "atob": _base64,
    "hex": _hex,
    "gunzip": _inflated,
    "unzip": _inflated,
    "inflate": _inflated,
    "inflateRaw": lambda text: _inflated(text, -15),
    "decodeURIComponent": unquote,
    "decodeURI": unquote,
    "unescape": _unescaped,
}
