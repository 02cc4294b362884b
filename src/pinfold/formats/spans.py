"""JSON, YAML and TOML as agent hosts accept them, with the place of every value in the text.

JSON is read leniently: comments, trailing commas, single quotes, bare words and keys given twice are all accepted by
one host or another, and a file that is damaged in one place still says what stands elsewhere. Reading is linear in the
length of the text and never recursive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, Literal

import msgspec
import re2
import yaml

from pinfold.model import LimitReachedError

MAX_DEPTH = 100
"""Nesting beyond this is passed over; no host looks for anything that deep."""

MAX_NODES = 200_000
"""Values read from YAML or TOML, whose aliases and dotted keys can stand for more than the text holds."""

_TOKEN = re.compile(
    r"""(?P<space>[\s\ufeff]+|//[^\n]*)
    | (?P<string>"[^"\\\n]*(?:\\.[^"\\\n]*)*"?|'[^'\\\n]*(?:\\.[^'\\\n]*)*'?)
    | (?P<mark>[{}\[\],:])
    | (?P<word>[^\s\ufeff{}\[\],:"'/]+|[/])""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_PLAIN_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}

_PLAIN_WORD = re.compile(r"(?i:true|false|yes|no|on|off|null)|~|[-+]?[.\d][\d_.eE+-]*|")
_DOTTED = re2.compile(rb"(?:[^\s.=]+[ \t]*\.[ \t]*){64}")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Value(msgspec.Struct):
    """One value with its place.

    ``text`` is the decoded string, or a number or word as written. ``start`` and ``end`` are character offsets; those
    of a string leave its quotes out. ``members`` are the keys and values of an object in the order of the text,
    repeated keys included; ``items`` the values of an array.
    """

    kind: Literal["object", "array", "string", "word"]
    start: int
    end: int
    text: str = ""
    members: list[tuple[str, Value]] = msgspec.field(default_factory=list)
    items: list[Value] = msgspec.field(default_factory=list)

    def each(self, *keys: str) -> Iterator[Value]:
        """Yield every value under any of ``keys``, repeated ones too."""
        for key, value in self.members:
            if key in keys:
                yield value

    def strings(self) -> list[str]:
        """Return the strings of an array, or the string itself; numbers and words count as strings."""
        if self.kind in ("string", "word"):
            return [self.text]
        return [item.text for item in self.items if item.kind in ("string", "word")]

    def walk(self) -> Iterator[tuple[str, Value]]:
        """Yield every value below this one with its key (``""`` in an array), in the order of the text."""
        waiting = [("", self)]
        while waiting:
            key, value = waiting.pop()
            if value is not self:
                yield key, value
            waiting += reversed([*value.members, *(("", item) for item in value.items)])

    def count(self, most: int) -> int:
        """Return how many values stand below this one, or ``most`` if there are more."""
        return sum(1 for _ in islice(self.walk(), most))


def read_json(text: str) -> Value | None:
    """Return the first object or array in ``text``, or ``None`` if there is none."""
    root = Value("array", 0, len(text))
    stack = [_Open(root)]
    beyond = 0
    for kind, start, end in _tokens(text):
        mark = text[start] if kind == "mark" else ""
        top = stack[-1]
        if mark in ("{", "["):
            if beyond or len(stack) > MAX_DEPTH:
                beyond += 1
                continue
            value = Value("object" if mark == "{" else "array", start, len(text))
            top.add(value)
            stack.append(_Open(value))
        elif mark in ("}", "]"):
            if beyond:
                beyond -= 1
            elif len(stack) > 1 and (top.value.kind == "object") == (mark == "}"):
                top.value.end = end
                stack.pop()
        elif beyond:
            continue
        elif mark == ",":
            top.key = None
        elif mark == ":":
            top.keyed = True
        else:
            top.add(_scalar(text, kind, start, end))
    return next((value for value in root.items if value.kind in ("object", "array")), None)


class _Open:
    """A container that is being read, and the key that waits for its value."""

    def __init__(self, value: Value) -> None:
        self.value = value
        self.key: Value | None = None
        self.keyed = False

    def add(self, value: Value) -> None:
        """Take the next value: an item, a key, or the value of the key before it."""
        if self.value.kind == "array":
            self.value.items.append(value)
        elif self.key is not None and self.keyed:
            self.value.members.append((self.key.text, value))
            self.key = None
        else:
            self.key, self.keyed = value, False


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield kind, start and end of each token that is not space or comment."""
    position = 0
    while position < len(text):
        if text.startswith("/*", position):
            closing = text.find("*/", position + 2)
            position = closing + 2 if closing >= 0 else len(text)
            continue
        match = _TOKEN.match(text, position)
        if match is None:
            position += 1
            continue
        position = match.end()
        if match.lastgroup and match.lastgroup != "space":
            yield match.lastgroup, match.start(), position


def _scalar(text: str, kind: str, start: int, end: int) -> Value:
    if kind != "string":
        return Value("word", start, end, text[start:end])
    start += 1
    if end - start >= 1 and text[end - 1] == text[start - 1]:
        end -= 1
    raw = text[start:end]
    return Value("string", start, end, _unescaped(raw) if "\\" in raw else raw)


def _unescaped(raw: str) -> str:
    def plain(match: re.Match[str]) -> str:
        digits = match[1] or match[2]
        return chr(int(digits, 16)) if digits else _PLAIN_ESCAPES.get(match[3], match[3])

    text = _ESCAPE.sub(plain, raw)
    # Pairs of surrogates are one character; a lone one is none.
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def read_yaml(text: str, offset: int = 0) -> Value | None:
    """Return what `load_yaml` does, and ``None`` where a limit is reached, too."""
    try:
        return load_yaml(text, offset)
    except LimitReachedError:
        return None


def load_yaml(text: str, offset: int = 0) -> Value | None:
    """Return the YAML document in ``text``, which starts at ``offset`` of its file, or ``None`` if it is malformed.

    The parser's events are read one by one: its own way of building values is recursive in C, and crashes on deep
    nesting. Raises ``LimitReachedError`` beyond ``MAX_DEPTH`` or ``MAX_NODES``.
    """
    root = Value("array", offset, offset + len(text))
    builder = _Builder(root, text, offset)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except LimitReachedError:
        raise
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return next(iter(root.items), None)


class _Builder:
    """Builds values from the events of a YAML parser, within ``MAX_DEPTH`` and ``MAX_NODES``."""

    def __init__(self, root: Value, text: str, offset: int) -> None:
        self._stack = [_Open(root)]
        self._text = text
        self._offset = offset
        self._anchors: dict[str, Value] = {}
        self._nodes = 0

    def take(self, event: yaml.Event) -> None:
        """Add what an event stands for."""
        if isinstance(event, yaml.ScalarEvent):
            self._add(self._scalar(event), event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            kind: Literal["object", "array"] = "object" if isinstance(event, yaml.MappingStartEvent) else "array"
            value = Value(kind, self._offset + _index(event.start_mark), self._offset + len(self._text))
            self._add(value, event)
            if len(self._stack) > MAX_DEPTH:
                raise LimitReachedError("nested too deeply")
            self._stack.append(_Open(value))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._stack.pop().value.end = self._offset + _index(event.end_mark)
        elif isinstance(event, yaml.AliasEvent):
            value = self._anchors.get(event.anchor or "") or Value("word", 0, 0)
            if any(opened.value is value for opened in self._stack):
                value = Value("word", 0, 0)  # an alias within its own anchor would have no end
            self._nodes += value.count(MAX_NODES)
            self._add(value, None)

    def _add(self, value: Value, event: yaml.NodeEvent | None) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise LimitReachedError("more values than any configuration has")
        if event is not None and event.anchor:
            self._anchors[event.anchor] = value
        top = self._stack[-1]
        if top.key is not None and top.key.text == "<<" and value.kind == "object":
            top.value.members += value.members
            top.key = None
        else:
            top.add(value)
            top.keyed = True

    def _scalar(self, event: yaml.ScalarEvent) -> Value:
        start, end = _index(event.start_mark), _index(event.end_mark)
        quoted = event.style in ("'", '"')
        plain = event.style in (None, "") and _PLAIN_WORD.fullmatch(event.value)
        end = start + len(self._text[start:end].rstrip())
        return Value(
            "word" if plain else "string", self._offset + start + quoted, self._offset + end - quoted, event.value
        )


def _index(mark: Any) -> int:
    """Return the character offset of a parser's mark."""
    return int(mark.index)


def read_toml(text: str) -> Value | None:
    """Return what `load_toml` does, and ``None`` where a limit is reached, too."""
    try:
        return load_toml(text)
    except LimitReachedError:
        return None


def load_toml(text: str) -> Value | None:
    """Return the TOML document in ``text``, or ``None`` if it is malformed.

    The standard library keeps no places, so a string is looked for in the text, behind the one before it; a string that
    is written with escapes gets the place of the whole text. Raises ``LimitReachedError`` where a key has very many
    parts, for which the parser takes quadratic time.
    """
    if _DOTTED.search(text.encode("utf-8", "replace")):
        raise LimitReachedError("a key of more than 64 parts")
    import tomllib  # noqa: PLC0415  # few files are TOML

    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError):
        return None
    return _from_toml(data, text, MAX_DEPTH, _Finder(text))


class _Finder:
    """Looks values up in a text, each behind the one before it, and gives up when that has cost too much."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._budget = 64 * len(text)

    def span(self, wanted: str) -> tuple[int, int]:
        """Return where ``wanted`` stands; the whole text where it is written in another way."""
        for start in (self._position, 0):
            found = self._text.find(wanted, start) if wanted and self._budget > 0 else -1
            self._budget -= (len(self._text) if found < 0 else found) - start
            if found >= 0:
                self._position = found + len(wanted)
                return found, self._position
        return 0, len(self._text)


def _from_toml(data: Any, text: str, depth: int, finder: _Finder) -> Value:
    value = Value("word", 0, len(text))
    if isinstance(data, dict) and depth:
        value.kind = "object"
        value.members = [(key, _from_toml(item, text, depth - 1, finder)) for key, item in data.items()]
    elif isinstance(data, list) and depth:
        value.kind = "array"
        value.items = [_from_toml(item, text, depth - 1, finder) for item in data]
    else:
        value.text = str(data).lower() if isinstance(data, bool) else str(data)
        value.kind = "string" if isinstance(data, str) else "word"
        value.start, value.end = finder.span(value.text)
    return value
