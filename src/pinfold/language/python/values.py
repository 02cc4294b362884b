"""What is known about a value of a Python program without running it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import msgspec
from tree_sitter import Node

from pinfold.language.drafts import Draft
from pinfold.language.flow import MAX_TEXT, NOTHING, Flow, Part, Word, merged

if TYPE_CHECKING:
    from pinfold.language.python.names import Names


class Value(msgspec.Struct, frozen=True):
    """One value.

    ``word`` is its text (``known`` when constant; unknown parts of a string stand in braces as in an f-string) with
    where each part came from. ``name`` is the dotted name of
    the module, function or object it is (``subprocess.run``; what ``socket.socket()`` returns is ``socket.socket()``).
    ``items`` are the members of a list, tuple or set, ``pairs`` the
    constant keys of a dictionary, ``function`` the definition of a function of the program that ``owner`` reads (a
    module of the skill has an owner and no function), ``draft`` the act that the object stands for (an open file, a
    connection),
    ``receiver`` the object whose method it is, ``extra`` what it holds besides, ``members`` what its members hold, and
    ``sink`` the buffer in memory that it writes to.
    """

    word: Word
    name: str = ""
    items: tuple[Value, ...] | None = None
    pairs: Mapping[str, Value] | None = None
    function: Node | None = None
    draft: Draft | None = None
    extra: Flow = NOTHING
    receiver: Value | None = None
    members: Flow = NOTHING
    sink: Node | None = None
    owner: Names | None = None

    def __post_init__(self) -> None:
        """Sum up the members once, so that lists of lists of lists cost no more than their own length."""
        if self.items or self.pairs:
            flows = [item.flow for item in (*(self.items or ()), *(self.pairs or {}).values())]
            msgspec.structs.force_setattr(self, "members", merged(flows))

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
            if self.members is NOTHING:
                return self.extra
            if self.extra is NOTHING:
                return self.members
        return merged((self.word.flow, self.extra, self.members))

    def but(self, **changes: object) -> Value:
        """Return a copy with other fields."""
        return msgspec.structs.replace(self, **changes)


_UNKNOWN_WORD = Word("", (), False)
UNKNOWN = Value(_UNKNOWN_WORD)
"""A value of which nothing is known."""


def constant(text: str) -> Value:
    """Return the value of a string constant."""
    return Value(Word(text)) if len(text) <= 1 << 20 else UNKNOWN


def named(name: str) -> Value:
    """Return a module, function or object of this dotted name."""
    return Value(_UNKNOWN_WORD, name)


def holding(flow: Flow, name: str = "") -> Value:
    """Return a value of which only the origin is known."""
    if not flow:
        return named(name) if name else UNKNOWN
    return Value(_UNKNOWN_WORD, name, extra=flow)


def listed(items: Iterable[Value]) -> Value:
    """Return a list or tuple."""
    return Value(_UNKNOWN_WORD, items=tuple(items))


def either(values: Iterable[Value]) -> Value:
    """Return what stands for any one of several values: the one that is known, or else what all of them hold."""
    known = [value for value in values if value != UNKNOWN]
    if known and all(value is known[0] or (value.known and value == known[0]) for value in known):
        return known[0]
    return holding(merged([value.flow for value in known]))


def interpolated(value: Value, raw: str) -> Word:
    """Return the value as a part of a string: its text, or ``raw`` in braces."""
    if value.known or value.text:
        word = value.word
        return word if len(word.text) <= MAX_TEXT else Word("{…}", (Part(0, 3, value.flow),), False)
    text = "{" + raw[:80] + "}"
    flow = value.flow
    return Word(text, (Part(0, len(text), flow),) if flow else (), False)


def changed(value: Value, text: str | None, program: str = "") -> Value:
    """Return a value made from another one: with its new text where known, and its flow passed through ``program``."""
    flow = value.flow
    if program:
        flow = flow.through(program)
    if text is None or len(text) > 1 << 20:
        return holding(Flow(flow.sources, flow.programs, flow.origin))
    held = Flow(flow.sources, flow.programs, flow.origin)
    return Value(Word(text, (Part(0, len(text), held),) if held else ()))
