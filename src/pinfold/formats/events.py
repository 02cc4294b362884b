"""Observed acts from a file of events, one JSON object a line (``docs/acts.md``).

Each line has a ``kind`` and fields with Sigma's names, or those of the acts that Pinfold reads from source
(``SentData``, ``PipedFrom``, …). What Sysmon exporters and other loggers do differently is accepted: numbers and truth
values as strings, times in ISO 8601 under their own names, Sysmon's event number instead of a kind, names of fields in
other capitals, arguments as a list, all events as one JSON document, and any further keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO, get_args, get_type_hints

import msgspec

from pinfold.formats.json_lines import (
    MAX_LINE,
    MILLISECONDS_FROM,
    DamagedError,
    decode,
    encode,
    numbered,
    opening,
    seconds,
)
from pinfold.model import Act, ActEvent, ActKind, Event, Place, Unread

_KINDS: dict[str, type[Event]] = {str(event.__struct_config__.tag): event for event in get_args(ActEvent)}
_SYSMON_KINDS = {"1": "exec", "3": "connect", "11": "write", "22": "lookup"}
_TYPES: dict[str, dict[str, Any]] = {kind: get_type_hints(event) for kind, event in _KINDS.items()}
_TIMES = ("time", "UtcTime", "@timestamp", "timestamp")
_ABSENT = (None, "", "-")
_FURTHER: dict[str, tuple[str, ...]] = {
    "exec": ("PipedFrom", "PipedFromUrl", "PipedInto", "ImageOrigin", "OriginalFileName", "Url"),
    "connect": ("Method", "SentData", "Content"),
    "lookup": ("SentData",),
    "read": ("Origin",),
    "write": ("Origin",),
}
"""Fields of acts that no system reports, but a recorder that knows more may."""

_JOINED = {"PipedFrom": "|", "PipedInto": "|"}
_FAST = msgspec.json.Decoder(ActEvent)
_UNUSUAL = (
    b'"UtcTime"',
    b'"@timestamp"',
    b'"timestamp"',
    b'"-"',
    *(f'"{name}"'.encode() for names in _FURTHER.values() for name in names if name not in ("Url", "Content")),
)
_PROGRAM = re.compile(r"\s*(?:\"([^\"]+)\"|'([^']+)'|(\S+))")


def read(lines: BinaryIO | Iterable[bytes], path: str) -> Iterator[Act | Unread]:
    """Yield an observed act for each line of an event stream.

    ``path`` names the stream in reports. A line that cannot be read becomes an ``Unread`` whose path is ``path:line``,
    and reading goes on. Acts of one ``session`` form a group; without one the group is ``""``. A document of several
    lines has no line numbers: its places have ``line == 0``.
    """
    source = numbered(lines)
    kept, complete = opening(source, (b"[", b"{"))
    if complete and len(kept) > 1:
        try:
            document = decode(b"\n".join(line for _, line in kept if line))
        except DamagedError:
            pass
        else:
            yield from _acts(document if isinstance(document, list) else [document], path)
            return
    for number, line in chain(kept, source):
        if line is None:
            yield Unread(f"{path}:{number}", "limit", f"the line is longer than {MAX_LINE >> 20} MiB")
        elif (act := _at_once(line, path, number)) is not None:
            yield act
        elif line not in (b"[", b"]"):  # an array, too large to be read whole, with an event on each line
            try:
                yield from _acts(_values(line), path, number)
            except DamagedError as error:
                yield Unread(f"{path}:{number}", "damaged", str(error))


def _acts(values: list[Any], path: str, line: int = 0) -> Iterator[Act | Unread]:
    """Yield the acts of decoded events, all from one line, or from a document without line numbers."""
    for position, value in enumerate(values):
        where = f"{path}:{line}" if line else f"{path}#{position}"
        try:
            act = _act(value, path, line or position + 1)
        except DamagedError as error:
            yield Unread(where, "damaged", str(error))
        else:
            yield act if line else msgspec.structs.replace(act, place=Place(path, step=position))


def _values(line: bytes) -> list[Any]:
    """Return the events on a line: one, or those of an array, of which the line may be a part."""
    try:
        value = decode(line)
    except DamagedError:
        part = line.strip(b"[], \t")
        if not part.startswith(b"{") or part == line:
            raise
        value = decode(part)
    return value if isinstance(value, list) and value else [value]


def _at_once(line: bytes, path: str, number: int) -> Act | None:
    """Return the act of a line that is exactly as documented."""
    if any(name in line for name in _UNUSUAL):
        return None
    try:
        event: Event = _FAST.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if event.time is not None and abs(event.time) >= MILLISECONDS_FROM:
        return None
    act = event.act(path, number - 1)
    return act if _speaks(act) and (event.Image or act.kind is not ActKind.EXEC) else None


def _speaks(act: Act) -> bool:
    """Return whether an event says anything beside that a connection was opened from this side, which is assumed."""
    return any(name != "Initiated" for name in act.fields)


def _act(value: Any, path: str, number: int) -> Act:
    """Return the act of a decoded event, read field by field."""
    if not isinstance(value, dict):
        raise DamagedError("not an object")
    kind = _kind(value)
    lower = {name.lower(): given for name, given in value.items()}
    fields: dict[str, Any] = {}
    for name, wanted in _TYPES[kind].items():
        given = value.get(name, lower.get(name.lower()))
        if name != "time" and given not in _ABSENT:
            converted = _converted(given, wanted)
            if converted is not None:
                fields[name] = converted
    if kind == "exec" and "Image" not in fields and (program := _PROGRAM.match(fields.get("CommandLine", ""))):
        fields["Image"] = program[1] or program[2] or program[3]
    times = (seconds(value[name]) for name in _TIMES if name in value)
    event = _KINDS[kind](time=next((time for time in times if time is not None), None), **fields)
    act = event.act(path, number - 1)
    for name in _FURTHER.get(kind, ()):
        given = value.get(name, lower.get(name.lower()))
        if given not in _ABSENT and name not in act.fields:
            act.fields[name] = _text(given, _JOINED.get(name, " "))
    if not _speaks(act):
        raise DamagedError(f"an event of kind {kind} without any field of that kind")
    return act


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


def _text(given: Any, between: str = " ") -> str:
    if isinstance(given, str):
        return given
    if isinstance(given, list) and all(isinstance(word, str) for word in given):
        return between.join(given)
    return encode(given)
