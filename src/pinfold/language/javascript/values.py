"""What is known about a value of a JavaScript program without running it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec
from tree_sitter import Node

from pinfold.language.drafts import Draft
from pinfold.language.flow import MAX_TEXT, NOTHING, Flow, Part, Word, concatenated, merged

MAX_MEMBERS = 4_096
"""How many members of one object or array are kept apart; of the others only what they hold is."""

MAX_PARTS = 64
"""How many stretches of one string are told apart."""

MAX_STRING = 1 << 18
"""How many characters a computed string may have."""

Number = int | float


if TYPE_CHECKING:
    from pinfold.language.javascript.names import Names


class Scope:
    """The names of one function, and the scope that it stands in."""

    __slots__ = ("names", "outer")

    def __init__(self, outer: Scope | None = None) -> None:
        self.names: dict[str, Value] = {}
        self.outer = outer

    def holder(self, name: str) -> Scope | None:
        """Return the innermost scope that has a name."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope
            scope = scope.outer
        return None


class Function(msgspec.Struct, eq=False):
    """A function or class of the source: its node, the scope that it was made in, and what ``this`` is within it."""

    node: Node
    scope: Scope
    this: Value | None = None
    members: Box | None = None  # the methods and static fields of a class
    owner: Names | None = None  # what reads the program that it stands in


class Box(msgspec.Struct, eq=False):
    """An object or array, shared by all names that it goes by.

    ``pairs`` are its properties, ``items`` the members of an array, ``held`` is what was ever put into it, ``draft``
    the act that it stands for (a connection, a started program), ``kind`` its class. ``loose`` says that it also holds
    what has no known name in it, so that any property may be that.
    """

    pairs: dict[str, Value] = {}
    items: list[Value] | None = None
    held: Flow = NOTHING
    draft: Draft | None = None
    kind: Function | None = None
    loose: bool = False

    def put(self, name: str, value: Value) -> None:
        """Set a property."""
        if name in self.pairs or len(self.pairs) < MAX_MEMBERS:
            self.pairs[name] = value
        self.add(value.flow)

    def append(self, values: Iterable[Value]) -> None:
        """Add members at the end of an array."""
        for value in values:
            if self.items is not None and len(self.items) < MAX_MEMBERS:
                self.items.append(value)
            self.add(value.flow)

    def hold(self, flow: Flow) -> None:
        """Note that something was put into it under a name that nobody knows."""
        if flow:
            self.loose = True
            self.add(flow)

    def add(self, flow: Flow) -> None:
        """Note what was put into it, or into what it holds."""
        if flow and flow != self.held:
            self.held = merged((self.held, Flow(flow.sources, flow.programs, flow.origin)))


class Value(msgspec.Struct, frozen=True, eq=False):
    """One value.

    ``word`` is its text (``known`` when constant; unknown parts of a string stand in braces) with where each part came
    from. ``name`` is the dotted name of the module, function or object that it is (``child_process.exec``; what a call
    of it gives is ``child_process.exec()``). ``box`` is the object or array, ``function`` a function of the source,
    ``receiver`` the object whose method it is, ``extra`` what it holds besides, ``number`` its value as a number.
    """

    word: Word
    name: str = ""
    box: Box | None = None
    function: Function | None = None
    receiver: Value | None = None
    extra: Flow = NOTHING
    number: Number | None = None

    @property
    def text(self) -> str:
        """The text, with unknown parts in braces."""
        return self.word.text

    @property
    def known(self) -> bool:
        """Whether the value is a constant with a text."""
        return self.word.known

    @property
    def flow(self) -> Flow:
        """What the value holds, members included."""
        if not self.word.parts:
            if self.box is None or not self.box.held:
                return self.extra
            if not self.extra:
                return self.box.held
        return merged((self.word.flow, self.extra, self.box.held if self.box is not None else NOTHING))

    @property
    def items(self) -> list[Value] | None:
        """The members, where it is an array."""
        return self.box.items if self.box is not None else None

    @property
    def draft(self) -> Draft | None:
        """The act that the object stands for."""
        return self.box.draft if self.box is not None else None

    def but(self, **changes: object) -> Value:
        """Return a copy with other fields."""
        return msgspec.structs.replace(self, **changes)

    def option(self, *names: str) -> Value | None:
        """Return the first of these properties that an object has."""
        pairs = self.box.pairs if self.box is not None else {}
        return next((pairs[name] for name in names if name in pairs), None)


UNKNOWN_WORD = Word("", (), False)
UNKNOWN = Value(UNKNOWN_WORD)
"""A value of which nothing is known."""


def constant(text: str) -> Value:
    """Return the value of a string constant."""
    return Value(Word(text)) if len(text) <= 1 << 20 else UNKNOWN


def numeric(number: Number) -> Value:
    """Return the value of a number."""
    if not math.isfinite(number):
        return Value(Word("NaN"))
    whole = int(number) if isinstance(number, float) and number.is_integer() and abs(number) < 1e15 else number
    return Value(Word(str(whole)), number=whole)


def truth(known: bool) -> Value:
    """Return ``true`` or ``false``."""
    return Value(Word("true" if known else "false"), number=int(known))


def named(name: str) -> Value:
    """Return a module, function or object of this dotted name."""
    return Value(UNKNOWN_WORD, name)


def holding(flow: Flow, name: str = "") -> Value:
    """Return a value of which only the origin is known."""
    if not flow:
        return Value(UNKNOWN_WORD, name) if name else UNKNOWN
    return Value(UNKNOWN_WORD, name, extra=Flow(flow.sources, flow.programs, flow.origin))


def listed(items: Iterable[Value]) -> Value:
    """Return an array."""
    box = Box(items=[])
    box.append(items)
    return Value(UNKNOWN_WORD, box=box)


def mapping(pairs: dict[str, Value], name: str = "", extra: Flow = NOTHING) -> Value:
    """Return an object with these properties."""
    box = Box(held=extra, loose=bool(extra))
    for key, value in pairs.items():
        box.put(key, value)
    return Value(UNKNOWN_WORD, name, box=box)


def either(values: Iterable[Value]) -> Value:
    """Return what stands for any one of several values: the one that is known, or else what all of them hold."""
    telling = [value for value in values if value is not UNKNOWN]
    if not telling:
        return UNKNOWN
    first = telling[0]
    if all(value is first or (value.known and first.known and value.text == first.text) for value in telling[:64]):
        return first
    best = next((value for value in telling if value.name or value.box is not None or value.function is not None), None)
    held = merged([value.flow for value in telling[:64]])
    return holding(held) if best is None else best.but(extra=held)


def bounded(word: Word) -> Value:
    """Return a string as long as one may be; where too many parts of it came from elsewhere, they count as one."""
    if len(word.text) > MAX_STRING:
        return holding(word.flow)
    if len(word.parts) > MAX_PARTS:
        word = Word(word.text, (Part(0, len(word.text), word.flow),), word.known)
    return Value(word)


def interpolated(value: Value, raw: str) -> Word:
    """Return the value as a part of a string: its text, or ``raw`` in braces."""
    flow = value.flow
    if value.known or value.text:
        word = value.word
        if len(word.text) > MAX_TEXT:
            return word if value.known else Word("{…}", (Part(0, 3, flow),), False)
        if flow and not word.parts:
            return Word(word.text, (Part(0, len(word.text), flow),), word.known)
        return word
    text = "{" + raw[:80].replace("}", "").replace("{", "") + "}"
    return Word(text, (Part(0, len(text), flow),) if flow else (), False)


def changed(value: Value, text: str | None, program: str = "") -> Value:
    """Return a value made from another one: with its new text where known, and its flow passed through ``program``."""
    flow = value.flow
    held = Flow(flow.sources, flow.programs, flow.origin)
    if program:
        held = held.through(program)
    if text is None or len(text) > 1 << 20:
        return holding(held)
    return Value(Word(text, (Part(0, len(text), held),) if held else ()))


def joined_words(words: Iterable[Word]) -> Value:
    """Return the string that words make, one after the other."""
    return bounded(concatenated(words))
