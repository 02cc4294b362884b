"""Bytes, encodings and compression in .NET: ``[Convert]``, ``[Text.Encoding]``, ``GzipStream``."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

from pinfold.language.powershell.values import BYTES, UNKNOWN, Value, changed, constant, holding

MAX_INFLATED = 1 << 20
"""How many bytes of a compressed stream are unpacked."""

_ENCODINGS = {
    "utf8": "utf-8", "unicode": "utf-16-le", "bigendianunicode": "utf-16-be", "ascii": "ascii", "utf7": "utf-7",
    "default": "utf-8", "latin1": "latin-1", "utf32": "utf-32-le", "utf-8": "utf-8", "utf-16": "utf-16-le",
}  # fmt: skip
_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


def encoding(name: str) -> Value:
    """Return ``[Text.Encoding]::NAME``."""
    return Value(UNKNOWN.word, f"encoding:{_ENCODINGS.get(name.lower(), 'utf-8')}")


def raw_bytes(value: Value) -> bytes | None:
    """Return the bytes that a value stands for, where they are known."""
    if value.name == BYTES and value.known:
        return value.text.encode("latin-1", "replace")
    return None


def bytes_value(data: bytes, source: Value, program: str = "") -> Value:
    """Return bytes made from a value."""
    return changed(source, data.decode("latin-1"), program, BYTES)


def from_base64(value: Value) -> Value:
    """Return what ``[Convert]::FromBase64String`` makes of a value."""
    if not value.known:
        return changed(value, None, "base64", BYTES)
    compact = _BASE64.sub("", value.text)
    try:
        data = base64.b64decode(compact + "=" * (-len(compact) % 4))
    except (binascii.Error, ValueError):
        return changed(value, None, "base64", BYTES)
    return bytes_value(data, value, "base64")


def to_base64(value: Value) -> Value:
    """Return what ``[Convert]::ToBase64String`` makes of bytes."""
    data = raw_bytes(value)
    return changed(value, base64.b64encode(data).decode() if data is not None else None)


def from_hex(value: Value) -> Value:
    """Return what ``[Convert]::FromHexString`` makes of a value."""
    try:
        return bytes_value(binascii.unhexlify("".join(value.text.split())), value, "hex")
    except (binascii.Error, ValueError):
        return changed(value, None, "hex", BYTES)


def to_number(value: Value, radix: Value) -> Value:
    """Return ``[Convert]::ToInt32(value, 16)``."""
    number = int(radix.text) if radix.known and radix.text in ("2", "8", "10", "16") else 10
    try:
        return changed(value, str(int(value.text[:64], number))).but(name="int")
    except ValueError:
        return holding(value.flow)


def text_of(how: str, value: Value) -> Value:
    """Return what ``GetString`` makes of bytes; ``how`` is the object's name, ``encoding:utf-8``."""
    data = raw_bytes(value)
    if data is None and value.items is not None:
        from pinfold.language.powershell.operators import cast  # noqa: PLC0415  # the two need each other

        value = cast(BYTES, value)
        data = raw_bytes(value)
    codec = how.partition(":")[2] or "utf-8"
    return changed(value, data.decode(codec, "replace") if data is not None else None)


def bytes_of(how: str, value: Value) -> Value:
    """Return what ``GetBytes`` makes of a text."""
    if not value.known:
        return changed(value, None, "", BYTES)
    return bytes_value(value.text.encode(how.partition(":")[2] or "utf-8", "replace"), value)


def inflated(value: Value, kind: str) -> Value:
    """Return what a stream that unpacks gives: ``kind`` is the type, ``io.compression.gzipstream``."""
    program = "zlib" if "deflate" in kind or "zlib" in kind else "gunzip"
    data = raw_bytes(value)
    if data is None:
        return changed(value, None, program, BYTES)
    try:
        unpacked = zlib.decompressobj(-15 if "deflate" in kind else 47).decompress(data, MAX_INFLATED)
    except zlib.error:
        return changed(value, None, program, BYTES)
    return bytes_value(unpacked, value, program)


def read_to_end(value: Value) -> Value:
    """Return a stream as text."""
    return text_of("encoding:utf-8", value) if value.name == BYTES else holding(value.flow)


CONVERSIONS = {
    "frombase64string": from_base64,
    "frombase64chararray": from_base64,
    "fromhexstring": from_hex,
    "tobase64string": to_base64,
}
"""Methods of ``[Convert]`` with one argument that matters."""


def convert(name: str, arguments: list[Value]) -> Value:
    """Return what a method of ``[Convert]`` gives."""
    if not arguments:
        return UNKNOWN
    if name in CONVERSIONS:
        return CONVERSIONS[name](arguments[0])
    if name.startswith(("toint", "tobyte", "touint", "tosbyte")):
        return to_number(arguments[0], arguments[1] if len(arguments) > 1 else constant("10"))
    if name == "tochar":
        from pinfold.language.powershell.operators import cast  # noqa: PLC0415  # the two need each other

        return cast("char", arguments[0])
    return arguments[0] if name == "tostring" else holding(arguments[0].flow)
