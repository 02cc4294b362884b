"""What is known about a value of a PowerShell program without running it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from pinfold.language.drafts import Draft
from pinfold.language.flow import NOTHING, Flow, Part, Word, merged
from pinfold.language.powershell.tree import Block

MAX_STRING = 1 << 17
"""How many characters of a computed string are kept; a longer one counts as unknown."""

MAX_ITEMS = 4_096
"""How many members of a computed list are kept apart."""

BYTES = "byte[]"
"""The name of a value whose text stands for bytes, one character each."""


class Value(msgspec.Struct, frozen=True):
    """One value.

    ``word`` is its text (``known`` when constant) with where each part came from. ``name`` says what kind of object it
    is, in lower case: a type (``type:convert``), an object (``net.webclient``), ``byte[]``. ``items`` are the members
    of a list, ``pairs`` the keys of a table or the properties of an object, ``block`` the commands of a script block,
    ``draft`` the act that the object stands for (an open connection), ``extra`` what it holds besides.
    """

    word: Word
    name: str = ""
    items: tuple[Value, ...] | None = None
    pairs: Mapping[str, Value] | None = None
    block: Block | None = None
    draft: Draft | None = None
    extra: Flow = NOTHING
    members: Flow = NOTHING

    def __post_init__(self) -> None:
        """Sum up the members once, so that lists of lists cost no more than their own length."""
        if self.items or self.pairs:
            flows = [item.flow for item in (*(self.items or ()), *(self.pairs or {}).values())]
            msgspec.structs.force_setattr(self, "members", merged(flows))

    @property
    def text(self) -> str:
        """The text, with unknown parts as they were written."""
        return self.word.text

    @property
    def known(self) -> bool:
        """Whether the value is a constant with a text."""
        return self.word.known

    @property
    def flow(self) -> Flow:
        """What the value holds, members included."""
        if not self.word.parts and self.members is NOTHING:
            return self.extra
        return merged((self.word.flow, self.extra, self.members))

    @property
    def size(self) -> int:
        """What it costs to make the value, in characters; a member of a list costs as much as twenty."""
        return len(self.word.text) + 20 * len(self.items or ())

    def but(self, **changes: object) -> Value:
        """Return a copy with other fields."""
        return msgspec.structs.replace(self, **changes)


_UNKNOWN_WORD = Word("", (), False)
UNKNOWN = Value(_UNKNOWN_WORD)
"""A value of which nothing is known."""


def constant(text: str, name: str = "") -> Value:
    """Return the value of a string constant."""
    return Value(Word(text), name) if len(text) <= MAX_STRING * 8 else UNKNOWN


def named(name: str) -> Value:
    """Return an object of this kind."""
    return Value(_UNKNOWN_WORD, name)


def holding(flow: Flow, name: str = "") -> Value:
    """Return a value of which only the origin is known."""
    if not flow:
        return named(name) if name else UNKNOWN
    return Value(_UNKNOWN_WORD, name, extra=Flow(flow.sources, flow.programs, flow.origin))


def listed(items: Iterable[Value]) -> Value:
    """Return a list; members beyond the limit are kept as a whole."""
    every = tuple(items)
    if len(every) <= MAX_ITEMS:
        return Value(_UNKNOWN_WORD, items=every)
    return Value(_UNKNOWN_WORD, items=every[:MAX_ITEMS], extra=merged(item.flow for item in every[MAX_ITEMS:]))


def together(values: list[Value]) -> Value:
    """Return what several statements give: nothing, the one value, or a list of them."""
    if not values:
        return UNKNOWN
    return values[0] if len(values) == 1 else listed(values)


def members(value: Value) -> tuple[Value, ...]:
    """Return the members of a list, or the one value."""
    return value.items if value.items is not None else (value,)


def shown(value: Value, raw: str) -> Word:
    """Return the value as a part of a string: its text, or ``raw`` where that is not known."""
    if value.items is not None and value.items and all(item.text for item in value.items[:256]):
        texts = " ".join(item.text for item in value.items[:256])
        flow = value.flow
        known = all(item.known for item in value.items)
        return Word(texts, (Part(0, len(texts), flow),) if flow else (), known)
    if (value.known or value.text) and value.name != BYTES:
        word = value.word
        if value.extra:
            word = Word(word.text, (*word.parts, Part(0, len(word.text), value.extra)), word.known)
        return word
    flow = value.flow
    return Word(raw, (Part(0, len(raw), flow),) if flow else (), not raw)


def changed(value: Value, text: str | None, program: str = "", name: str = "") -> Value:
    """Return a value made from another one: its new text where known, its flow passed through ``program``."""
    flow = value.flow
    if program:
        flow = flow.through(program)
    held = Flow(flow.sources, flow.programs, flow.origin)
    if text is None or len(text) > MAX_STRING * 8:
        return holding(held, name)
    return Value(Word(text, (Part(0, len(text), held),) if held else ()), name)
