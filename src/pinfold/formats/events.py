"""Observed acts from a file of events, one JSON object a line (``docs/acts.md``).

Each line has a ``kind`` and fields with Sigma's names, or those of the acts that Pinfold reads from source
(``SentData``, ``PipedFrom``, …). What Sysmon exporters and other loggers do differently is accepted: numbers and truth
values as strings, times in ISO 8601 under their own names, Sysmon's event number instead of a kind, names of fields in
other capitals, arguments as a list, all events as one JSON document, and any further keys.

Events that are no acts, such as a program's end, are known and passed over by ``read``; ``observed`` returns every
event as it is.
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
from pinfold.model import Act, ActEvent, AnyEvent, Event, ExecEvent, Place, Unread

_KINDS: dict[str, type[ActEvent]] = {str(event.__struct_config__.tag): event for event in get_args(ActEvent)}
_BESIDES: dict[str, type[Event]] = {
    str(event.__struct_config__.tag): event for event in get_args(AnyEvent) if event not in get_args(ActEvent)
}
"""Kinds of events that are no acts."""

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
_FAST = msgspec.json.Decoder(AnyEvent)
_UNUSUAL = (
    b'"UtcTime"',
    b'"@timestamp"',
    b'"timestamp"',
    b'"-"',
    *(f'"{name}"'.encode() for names in _FURTHER.values() for name in names if name not in ("Url", "Content")),
)
_SILENT = "an event of kind {} without any field of that kind"
_PROGRAM = re.compile(r"\s*(?:\"([^\"]+)\"|'([^']+)'|(\S+))")


def read(lines: BinaryIO | Iterable[bytes], path: str) -> Iterator[Act | Unread]:
    """Yield an observed act for each line of an event stream that holds an act.

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
        elif (event := _at_once(line)) is not None:
            if isinstance(event, ActEvent):
                yield event.act(path, number - 1)
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
            act = None if _is_besides(value) else _act(value, path, line or position + 1)
        except DamagedError as error:
            yield Unread(where, "damaged", str(error))
        else:
            if act is not None:
                yield act if line else msgspec.structs.replace(act, place=Place(path, step=position))


def observed(lines: BinaryIO | Iterable[bytes], path: str) -> Iterator[AnyEvent | Unread]:
    """Yield the events of a stream as they are, acts and others; several may stand in an array on one line.

    A line that cannot be read becomes an ``Unread`` whose path is ``path:line``, and reading goes on.
    """
    for number, line in numbered(lines):
        if line is None:
            yield Unread(f"{path}:{number}", "limit", f"the line is longer than {MAX_LINE >> 20} MiB")
        elif (event := _at_once(line)) is not None:
            yield event
        elif line not in (b"[", b"]"):
            try:
                yield from [_event(value) for value in _values(line)]
            except DamagedError as error:
                yield Unread(f"{path}:{number}", "damaged", str(error))


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


def _at_once(line: bytes) -> AnyEvent | None:
    """Return the event of a line that is exactly as documented."""
    if any(name in line for name in _UNUSUAL):
        return None
    try:
        event: AnyEvent = _FAST.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if event.time is not None and abs(event.time) >= MILLISECONDS_FROM:
        return None
    if not isinstance(event, ActEvent):
        return event
    return event if _speaks(event) and (event.Image or not isinstance(event, ExecEvent)) else None


def _speaks(event: Event) -> bool:
    """Return whether an event says anything beside that a connection was opened from this side, which is assumed."""
    return any(
        name[0].isupper() and name != "Initiated" and getattr(event, name) not in ("", None)
        for name in event.__struct_fields__
    )


def _is_besides(value: Any) -> bool:
    """Return whether a decoded event is of a known kind that is no act; what it says does not matter then."""
    kind = value.get("kind") if isinstance(value, dict) else None
    return isinstance(kind, str) and kind.strip().lower() in _BESIDES


def _event(value: Any) -> AnyEvent:
    """Return a decoded event."""
    if not _is_besides(value):
        act = _lenient(value)
        if not _speaks(act):
            raise DamagedError(_SILENT.format(act.__struct_config__.tag))
        return act
    try:
        event: AnyEvent = msgspec.convert({**value, "kind": value["kind"].strip().lower()}, AnyEvent)
    except msgspec.ValidationError as error:
        raise DamagedError(str(error)[:200]) from None
    return event


def _act(value: Any, path: str, number: int) -> Act:
    """Return the act of a decoded event, read field by field."""
    event = _lenient(value)
    act = event.act(path, number - 1)
    lower = {name.lower(): given for name, given in value.items()}
    for name in _FURTHER.get(act.kind, ()):
        given = value.get(name, lower.get(name.lower()))
        if given not in _ABSENT and name not in act.fields:
            act.fields[name] = _text(given, _JOINED.get(name, " "))
    if all(name == "Initiated" for name in act.fields):
        raise DamagedError(_SILENT.format(act.kind))
    return act


def _lenient(value: Any) -> ActEvent:
    """Return a decoded event that is an act, read field by field, whoever wrote it."""
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
    event: ActEvent = _KINDS[kind](time=next((time for time in times if time is not None), None), **fields)
    return event


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
