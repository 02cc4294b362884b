"""Compiled Python (``.pyc``): the names and constants of its code, read by a bounded reader of our own.

The standard library's reader would build objects and can be made to crash; this one only walks the structure of
versions 3.7 to 3.14.
"""

from __future__ import annotations

import struct

import msgspec

MAX_OBJECTS = 500_000
"""How many values of one file are read."""

MAX_DEPTH = 80
"""How deep values within values are read."""

_HEADER = 16


class Code(msgspec.Struct):
    """The code of one function, class or module: the names it uses, and its constant texts."""

    name: str
    names: list[str]
    texts: list[str]


class _UnreadableError(Exception):
    """The data is not what it says, or has too much of it."""


def is_compiled(data: bytes) -> bool:
    """Return whether ``data`` begins as compiled Python."""
    return data[2:4] == b"\r\n" and len(data) > _HEADER and b"\xe3" in data[8:17]


def code_of(data: bytes) -> tuple[list[Code], str]:
    """Return the code objects in ``data``, the outermost last, and why not all was read, or ``""``. Never raises."""
    reader = _Reader(data)
    try:
        reader.value(0)
    except (_UnreadableError, struct.error, IndexError) as error:
        return reader.codes, f"compiled Python: {str(error) or 'damaged'}"
    return reader.codes, ""


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        magic = int.from_bytes(data[:2], "little")
        self.eleven = magic >= 3450
        self.positional = magic >= 3400
        self.at = _HEADER
        self.seen: list[object] = []
        self.count = 0
        self.codes: list[Code] = []

    def take(self, size: int) -> bytes:
        if size < 0 or self.at + size > len(self.data):
            raise _UnreadableError("it is cut short")
        found = self.data[self.at : self.at + size]
        self.at += size
        return found

    def number(self) -> int:
        return int(struct.unpack("<i", self.take(4))[0])

    def value(self, depth: int) -> object:
        """Read one value: a text, a list of values, or nothing that matters."""
        self.count += 1
        if self.count > MAX_OBJECTS or depth > MAX_DEPTH:
            raise _UnreadableError(f"more than {MAX_OBJECTS:,} values, or more than {MAX_DEPTH} within one another")
        mark = self.take(1)[0]
        kind, kept = chr(mark & 0x7F), bool(mark & 0x80)
        place = len(self.seen)
        if kept:
            self.seen.append(None)
        found = self._kind(kind, depth)
        if kept:
            self.seen[place] = found
        return found

    def _kind(self, kind: str, depth: int) -> object:
        if kind in "sutaAzZ":
            size = self.take(1)[0] if kind in "zZ" else self.number()
            raw = self.take(size)
            return raw.decode("utf-8" if kind in "ut" else "latin-1", "replace")
        if kind in "([<>)":
            size = self.take(1)[0] if kind == ")" else self.number()
            return [self.value(depth + 1) for _ in self._counted(size)]
        if kind == "{":
            return self._table(depth)
        if kind == "c":
            self._code(depth)
            return None
        if kind == "r":
            place = self.number()
            return self.seen[place] if 0 <= place < len(self.seen) else None
        if kind == ":":
            return [self.value(depth + 1) for _ in range(3)]
        sizes = {"i": 4, "I": 8, "g": 8, "y": 16, "N": 0, "F": 0, "T": 0, "S": 0, ".": 0, "0": 0}
        if kind == "l":
            self.take(2 * abs(self.number()))
        elif kind in sizes:
            self.take(sizes[kind])
        else:
            raise _UnreadableError(f"a value of unknown kind {kind!r}")
        return None

    def _counted(self, size: int) -> range:
        if size < 0 or size > len(self.data) - self.at:
            raise _UnreadableError("it is cut short")
        return range(size)

    def _table(self, depth: int) -> object:
        items: list[object] = []
        while self.data[self.at : self.at + 1] != b"0":
            items += [self.value(depth + 1), self.value(depth + 1)]
        self.at += 1
        return items

    def _code(self, depth: int) -> None:
        for _ in range((5 if self.eleven else 6) if self.positional else 5):
            self.number()
        self.value(depth + 1)  # the instructions
        constants, names = self.value(depth + 1), self.value(depth + 1)
        for _ in range(2 if self.eleven else 3):  # variables
            self.value(depth + 1)
        self.value(depth + 1)  # the source's path
        name = self.value(depth + 1)
        if self.eleven:
            self.value(depth + 1)
        self.number()
        for _ in range(2 if self.eleven else 1):
            self.value(depth + 1)
        self.codes.append(Code(str(name), list(_texts(names)), list(_texts(constants))))


def _texts(value: object) -> list[str]:
    """Return the texts in a value, those of lists within it too."""
    found: list[str] = []
    waiting = [value]
    while waiting and len(found) < MAX_OBJECTS:
        one = waiting.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, list):
            waiting.extend(reversed(one))
    return found
