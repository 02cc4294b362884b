"""A profile as a file: TOML in, a checked :class:`Profile` out, or one sentence that says what is wrong and where."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from pinfold.model import Access, Destination, PinfoldError, Profile, Resources

MAX_BYTES = 256 * 1024
"""The largest file that is read as a profile."""

_MOST_DOTS = 1_000
"""Dots on a line: Python's parser takes time by the square of those within a key."""

_ALLOWED = {
    "name": "a text",
    "digest": "a text",
    "level": "one of L0, L1, L2 and L3",
    "environment": "a list of names of variables",
    "devices": "a list of device nodes, or of gpu",
    "read": "a table with allow and deny",
    "write": "a table with allow and deny",
    "execute": "a table with allow and deny",
    "allow": "a list of paths that are not empty",
    "deny": "a list of paths that are not empty",
    "hosts": "tables with a name or a cidr, and a port: [[hosts]]",
    "hosts.name": "the full name of a host, such as api.weather.example",
    "cidr": "an address or a network, such as 192.0.2.0/24",
    "port": "a number from 1 to 65535",
    "program": "a program, by name or by path",
    "limits": "a table of numbers",
    "cpu-seconds": "a number of seconds above 0",
    "wall-seconds": "a number of seconds above 0",
    "memory-bytes": "a whole number of bytes from 1 on",
    "processes": "a whole number from 1 on",
    "files": "a whole number from 1 on",
}
_TABLES: dict[str, type[msgspec.Struct]] = {"read": Access, "write": Access, "execute": Access, "limits": Resources}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOST = re.compile(r"[^\s/:@?#\\\[\]\x00-\x20]+")
_ADDRESS = re.compile(r"[0-9.]+")


class ProfileError(PinfoldError):
    """A profile cannot be used; the message names the file, the key or the line, and what is wrong with it."""


def load(path: Path) -> Profile:
    """Return the profile in a TOML file.

    Raises:
        ProfileError: if it cannot be read, is no TOML, or says what a profile cannot say.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ProfileError(f"{path}: {error.strerror}", hint="Name a file of TOML that holds a profile.") from None
    return parse(data, str(path))


def parse(data: bytes, where: str) -> Profile:
    """Return the profile in the bytes of a TOML file that is called ``where``. Raises ``ProfileError`` as ``load``."""
    document = _document(data, where)
    try:
        _demand_known(document, Profile, "")
        for name, table in _TABLES.items():
            if isinstance(within := document.get(name), dict):
                _demand_known(within, table, name)
        for number, host in enumerate(_list(document.get("hosts")), start=1):
            if isinstance(host, dict):
                _demand_known(host, Destination, f"hosts, table {number}")
        profile = msgspec.convert(document, Profile)
    except msgspec.ValidationError as error:
        key, problem = _explained(str(error))
        raise ProfileError(f"{where}: {key}: {problem}", hint=_hint(key)) from None
    except _UnknownKeyError as error:
        raise ProfileError(f"{where}: {error.problem}", hint=error.hint) from None
    for key, problem in _faults(profile):
        raise ProfileError(f"{where}: {key}: {problem}", hint=_hint(key))
    return profile


class _UnknownKeyError(Exception):
    """A key that no profile has."""

    def __init__(self, problem: str, hint: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint


def _document(data: bytes, where: str) -> dict[str, Any]:
    """Return the decoded TOML, or say at which line it is none."""
    if len(data) > MAX_BYTES:
        raise ProfileError(f"{where}: larger than {MAX_BYTES >> 10} KiB", hint="Is it a profile at all?")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ProfileError(f"{where}:{line}: not UTF-8", hint="Save it as UTF-8.") from None
    for number, line_text in enumerate(text.splitlines(), start=1):
        if line_text.count(".") > _MOST_DOTS:
            hint = "Write a long list with one entry a line."
            raise ProfileError(f"{where}:{number}: more than {_MOST_DOTS:,} dots on a line", hint=hint)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ProfileError(f"{where}: nested too deeply", hint="A profile has one level of tables.") from None
    except ValueError as error:
        problem, _, place = str(error).partition(" (at ")
        at = re.fullmatch(r"line (\d+), column (\d+)\)", place)
        line_column = f":{at[1]}:{at[2]}" if at else f":{text.count(chr(10)) + 1}" if place else ""
        hint = "Texts stand in quotes, lists in [ ], and every table has one head: [read]."
        raise ProfileError(f"{where}{line_column}: no TOML: {problem[:200]}", hint=hint) from None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _demand_known(table: dict[str, Any], wanted: type[msgspec.Struct], place: str) -> None:
    """Raise ``_UnknownKeyError`` for a key that ``wanted`` lacks, naming the nearest one that it has."""
    known = wanted.__struct_encode_fields__
    for key in table:
        if key in known:
            continue
        near = difflib.get_close_matches(key[:40].lower().replace("_", "-"), known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"The keys are {', '.join(known)}."
        raise _UnknownKeyError(f"unknown key {key[:40]!r}{f' in {place}' if place else ''}", hint)


def _explained(message: str) -> tuple[str, str]:
    """Return the key that a validation error is about, as it stands in the file, and what is wrong with it."""
    problem, _, path = message.partition(" - at `$")
    words: list[str] = []
    for name, index in re.findall(r"\.([\w-]+)|\[(\d+)\]", path.rstrip("`")):
        if name:
            words.append(name)
        else:
            words[-1:] = [f"{words[-1]}, {'table' if words == ['hosts'] else 'entry'} {int(index) + 1}"]
    if missing := re.match(r"Object missing required field `(\w+)`", problem):
        return ".".join(words), f"has no {missing[1]}"
    return ".".join(words), f"{problem[:1].lower()}{problem[1:200]}".replace("`", "")


def _hint(key: str) -> str:
    """Return what may stand under a key."""
    words = [part.partition(",")[0] for part in key.split(".")]
    last = "hosts.name" if words[-2:] == ["hosts", "name"] else words[-1]
    return f"Allowed is {_ALLOWED[last]}." if last in _ALLOWED else ""


def is_host(name: str) -> bool:
    """Return whether a text can be the full name of a host: no address, and nothing of a URL around it."""
    return _HOST.fullmatch(name) is not None and not _ADDRESS.fullmatch(name) and "*" not in name


def _faults(profile: Profile) -> Iterator[tuple[str, str]]:
    """Yield the key of, and the reason against, what has the right type and still means nothing."""
    for number, name in enumerate(profile.environment, start=1):
        if not _VARIABLE.fullmatch(name):
            yield f"environment, entry {number}", f"{name[:40]!r} is no name of a variable"
    for number, node in enumerate(profile.devices, start=1):
        if node != "gpu" and not node.startswith("/dev/"):
            yield f"devices, entry {number}", f"{node[:40]!r} is neither gpu nor a device node"
    for title in ("read", "write", "execute"):
        access: Access = getattr(profile, title)
        for list_name, paths in (("allow", access.allow), ("deny", access.deny)):
            for number, path in enumerate(paths, start=1):
                if "\0" in path:
                    yield f"{title}.{list_name}, entry {number}", "a path holds no NUL"
    for number, host in enumerate(profile.hosts, start=1):
        if host.name and not _HOST.fullmatch(host.name):
            yield f"hosts, table {number}.name", f"{host.name[:60]!r} is no name of a host: no scheme, port or path"
        elif _ADDRESS.fullmatch(host.name):
            yield f"hosts, table {number}.name", f"{host.name[:60]!r} is an address, which is written as cidr"
    for name in ("cpu_seconds", "wall_seconds"):
        seconds = getattr(profile.limits, name)
        if seconds is not None and not math.isfinite(seconds):
            yield f"limits.{name.replace('_', '-')}", "no number of seconds"
