"""Files of JSON, one value a line, within bounds and tolerant of what loggers write."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

import msgspec

MAX_LINE = 16 * 1024 * 1024
"""Bytes of one line; longer ones are passed over without being kept in memory."""

MAX_DOCUMENT = 64 * 1024 * 1024
"""Bytes of a single JSON document, which has to be read whole."""

MILLISECONDS_FROM = 1e11
"""Times from here on are milliseconds: this is 1973 in milliseconds and 5138 in seconds."""

_SURROGATE = re.compile("[\ud800-\udfff]")


class DamagedError(ValueError):
    """A line or document is not the JSON that it should be; the message says why in a few words."""


def numbered(lines: BinaryIO | Iterable[bytes]) -> Iterator[tuple[int, bytes | None]]:
    """Yield every line that is not blank with its number, from 1, and ``None`` instead of a line over ``MAX_LINE``."""
    source = _bounded(lines) if hasattr(lines, "readline") else lines
    for number, line in enumerate(source, start=1):
        if len(line) > MAX_LINE:
            yield number, None
        elif stripped := (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip():
            yield number, stripped


def _bounded(stream: Any) -> Iterator[bytes]:
    """Read lines of a stream; of a line that is too long, return one byte more than is allowed and skip the rest."""
    while line := stream.readline(MAX_LINE + 1):
        rest = line
        while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE + 1)
        yield line


def opening(
    source: Iterator[tuple[int, bytes | None]], starts: tuple[bytes, ...] = (b"",)
) -> tuple[list[tuple[int, bytes | None]], bool]:
    """Return the lines that may be one JSON document, and whether that is all there is.

    They are the first line alone where it is JSON by itself, or begins with none of ``starts``, and else all up to
    ``MAX_DOCUMENT``.
    """
    kept: list[tuple[int, bytes | None]] = []
    size = 0
    for number, line in source:
        kept.append((number, line))
        size += len(line or b"")
        if len(kept) == 1 and line is not None and (not line.startswith(starts) or _decodes(line)):
            return kept, False
        if line is None or size > MAX_DOCUMENT:
            return kept, False
    return kept, True


def _decodes(line: bytes) -> bool:
    try:
        decode(line)
    except DamagedError:
        return False
    return True


def decode(data: bytes) -> Any:
    """Return the JSON value in ``data``.

    Bytes that are not UTF-8 and lone surrogates become U+FFFD, and raw control characters in strings are let through: a
    broken byte in one field must not hide the others.

    Raises:
        DamagedError: if it is no JSON, or nested too deeply.
    """
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        pass
    try:
        text = data.decode("utf-8", "replace")
        return _without_surrogates(json.loads(text, strict=False, parse_constant=lambda _name: None))
    except RecursionError:
        raise DamagedError("nested too deeply") from None
    except ValueError as error:
        reason = str(error).split(":", maxsplit=1)[0]
        raise DamagedError(f"not JSON: {reason}"[:200]) from None


def encode(value: Any) -> str:
    """Return a decoded value as compact JSON text; where it is too deep for that, the words that say so."""
    try:
        return msgspec.json.encode(value).decode()
    except RecursionError:
        return "(nested too deeply)"


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_SURROGATE.sub("\ufffd", key): _without_surrogates(item) for key, item in value.items()}
    return value


def seconds(value: Any) -> float | None:
    """Return a point in time as seconds since the epoch, or ``None`` if it cannot be read.

    Numbers, and strings of digits, are seconds, or milliseconds from ``MILLISECONDS_FROM`` on.
    Other strings are ISO 8601; without a zone they are UTC.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()[:64]
        try:
            value = float(text)
        except ValueError:
            return _iso(text)
    if isinstance(value, int | float) and abs(value) < 1e15:
        return float(value) / 1000 if abs(value) >= MILLISECONDS_FROM else float(value)
    return None


def _iso(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
