"""Observed acts from a file of events, one JSON object a line (``docs/acts.md``).

Each line has a ``kind`` and fields with Sigma's names. What Sysmon exporters and other loggers do differently is
accepted: numbers and truth values as strings, times in ISO 8601 under their own names, Sysmon's event number instead of
a kind, arguments as a list, and any further keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, get_args, get_type_hints

import msgspec

from pinfold.formats.json_lines import MAX_LINE, MILLISECONDS_FROM, DamagedError, decode, encode, numbered, seconds
from pinfold.model import Act, AnyEvent, Event, Unread

_KINDS: dict[str, type[Event]] = {str(event.__struct_config__.tag): event for event in get_args(AnyEvent)}
_SYSMON_KINDS = {"1": "exec", "3": "connect", "11": "write", "22": "lookup"}
_TYPES: dict[str, dict[str, Any]] = {kind: get_type_hints(event) for kind, event in _KINDS.items()}
_TIMES = ("time", "UtcTime", "@timestamp", "timestamp")
_ABSENT = (None, "", "-")

_FAST = msgspec.json.Decoder(AnyEvent)
_UNUSUAL = (b'"UtcTime"', b'"@timestamp"', b'"timestamp"', b'"-"')


def read(lines: BinaryIO | Iterable[bytes], path: str) -> Iterator[Act | Unread]:
    """Yield an observed act for each line of an event stream.

    ``path`` names the stream in reports. A line that cannot be read becomes an ``Unread`` whose path is ``path:line``,
    and reading goes on. Acts of one ``session`` form a group; without one the group is ``""``.
    """
    for number, line in numbered(lines):
        if line is None:
            yield Unread(f"{path}:{number}", "limit", f"the line is longer than {MAX_LINE >> 20} MiB")
            continue
        try:
            yield _event(line).act(path, number - 1)
        except DamagedError as error:
            yield Unread(f"{path}:{number}", "damaged", str(error))


def _event(line: bytes) -> Event:
    """Decode one line: at once where it is exactly as documented, field by field where it is not."""
    if not any(name in line for name in _UNUSUAL):
        try:
            event: Event = _FAST.decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            pass
        else:
            if event.time is None or abs(event.time) < MILLISECONDS_FROM:
                return event
    value = decode(line)
    if not isinstance(value, dict):
        raise DamagedError("not an object")
    kind = _kind(value)
    fields: dict[str, Any] = {}
    for name, wanted in _TYPES[kind].items():
        if name != "time" and (given := value.get(name)) not in _ABSENT:
            converted = _converted(given, wanted)
            if converted is not None:
                fields[name] = converted
    times = (seconds(value[name]) for name in _TIMES if name in value)
    return _KINDS[kind](time=next((time for time in times if time is not None), None), **fields)


def _kind(value: dict[str, Any]) -> str:
    kind = value.get("kind")
    if isinstance(kind, str) and kind.strip().lower() in _KINDS:
        return kind.strip().lower()
    if kind is not None:
        raise DamagedError(f"unknown kind {kind!r}"[:80])
    number = value.get("EventID", value.get("EventCode"))
    sysmon = _SYSMON_KINDS.get(str(number).strip())
    if sysmon is None:
        raise DamagedError("no kind")
    return sysmon


def _converted(given: Any, wanted: Any) -> str | int | bool | None:
    """Return a value as the type of its field, or ``None`` where it makes no sense there."""
    if wanted is str:
        return _text(given)
    if wanted is bool:
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(str(given).lower())
    if isinstance(given, bool):
        return None
    if isinstance(given, float) and given.is_integer():
        return int(given)
    try:
        # Windows writes process numbers in hexadecimal. No port or number of a process is longer than this.
        return int(given.strip()[:24], 0) if isinstance(given, str) else int(given)
    except (ValueError, TypeError, OverflowError):
        return None


def _text(given: Any) -> str:
    if isinstance(given, str):
        return given
    if isinstance(given, list) and all(isinstance(word, str) for word in given):
        return " ".join(given)
    return encode(given)
