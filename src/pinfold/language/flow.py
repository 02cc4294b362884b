"""What a value, a stream or a file holds: where its content comes from, as far as the source shows it.

The readers of shell and Python follow secrets and downloads with these two words. Everything in them is bounded, so
that hostile source cannot make them grow without end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

MAX_SOURCES = 256
"""How many sources one flow names; the first ones are kept."""

MAX_PROGRAMS = 32
"""How many programs one flow names; the first and the last ones are kept."""

MAX_TEXT = 8_192
"""How many characters of a computed constant are kept; a longer one counts as unknown."""


MAX_PRINTED = 65_536
"""How many characters that commands print one after the other are kept."""


class Flow(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Where content comes from.

    ``sources`` are words of ``SentData`` (paths, ``env:NAME``, ``command:NAME``, ``clipboard``, ``screen`` …);
    ``programs`` the programs it ran through, first one first; ``origin`` the URL or file it was copied from; ``text``
    the content itself where it is a known constant.
    """

    sources: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    origin: str = ""
    text: str | None = None

    def through(self, program: str) -> Flow:
        """Return the flow after it has passed through ``program``, which may have changed the text."""
        return Flow(self.sources, in_order(self.programs, (program,)), self.origin)

    def __bool__(self) -> bool:
        """Return whether anything is known."""
        return bool(self.sources or self.programs or self.origin or self.text)


NOTHING = Flow()
"""Content of which nothing is known."""


def joined(first: tuple[str, ...], second: Iterable[str]) -> tuple[str, ...]:
    """Return the sources of both in order, each once, at most ``MAX_SOURCES``."""
    return tuple(dict.fromkeys((*first, *second)))[:MAX_SOURCES]


def in_order(first: tuple[str, ...], second: Iterable[str]) -> tuple[str, ...]:
    """Return the programs of both in order, each once, at most ``MAX_PROGRAMS``."""
    every = tuple(dict.fromkeys((*first, *second)))
    if len(every) <= MAX_PROGRAMS:
        return every
    half = MAX_PROGRAMS // 2
    return every[:half] + every[-half:]


def merged(flows: Iterable[Flow]) -> Flow:
    """Return one flow that holds what all ``flows`` hold; its text is known only where there is a single flow."""
    every = [flow for flow in flows if flow]
    if not every:
        return NOTHING
    if len(every) == 1:
        return every[0]
    sources: dict[str, None] = {}
    programs: dict[str, None] = {}
    for flow in every:
        sources.update(dict.fromkeys(flow.sources))
        programs.update(dict.fromkeys(flow.programs))
    origin = next((flow.origin for flow in every if flow.origin), "")
    return Flow(tuple(sources)[:MAX_SOURCES], in_order((), programs), origin)


def in_sequence(flows: Sequence[Flow]) -> Flow:
    """Return what commands print one after the other; the text is known where each one's is."""
    every = [flow for flow in flows if flow]
    held = merged(every)
    if len(every) < 2 or any(flow.text is None for flow in every):
        return held
    text = "".join(flow.text or "" for flow in every)
    return held if len(text) > MAX_PRINTED else Flow(held.sources, held.programs, held.origin, text)


class Part(msgspec.Struct, frozen=True, gc=False):
    """A stretch of a word, in characters of its text, that came from elsewhere."""

    start: int
    end: int
    flow: Flow


class Word(msgspec.Struct, frozen=True, gc=False):
    """One argument of a command, or one value of a program.

    ``text`` is its text after quote removal and expansion of constants; what is unknown stands in it as written
    (``$NAME``). ``parts`` are the stretches that came from
    variables, files or programs. ``known`` is true when no part of the text is unknown.
    """

    text: str
    parts: tuple[Part, ...] = ()
    known: bool = True

    @property
    def flow(self) -> Flow:
        """What the whole word holds."""
        if not self.parts:
            return NOTHING
        return merged(part.flow for part in self.parts)

    def after(self, offset: int) -> Word:
        """Return the word without its first ``offset`` characters."""
        if not self.parts:
            return Word(self.text[offset:], (), self.known)
        parts = tuple(
            Part(max(part.start - offset, 0), part.end - offset, part.flow) for part in self.parts if part.end > offset
        )
        return Word(self.text[offset:], parts, self.known or not parts)

    def before(self, offset: int) -> Word:
        """Return the first ``offset`` characters of the word."""
        parts = tuple(Part(part.start, min(part.end, offset), part.flow) for part in self.parts if part.start < offset)
        return Word(self.text[:offset], parts, self.known or not parts)


def concatenated(words: Iterable[Word]) -> Word:
    """Return one word made of ``words`` without separators."""
    texts: list[str] = []
    parts: list[Part] = []
    length = 0
    known = True
    for word in words:
        texts.append(word.text)
        if word.parts:
            if length:
                parts += [Part(part.start + length, part.end + length, part.flow) for part in word.parts]
            else:
                parts += word.parts
        length += len(word.text)
        known = known and word.known
    return Word("".join(texts), tuple(parts), known)
