"""Acts in the making: drafts, whose fields may still change, become acts at the end of a source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from pinfold.language.context import MAX_NESTING, Context
from pinfold.language.flow import Flow, Word
from pinfold.model import Act, ActKind, FieldValue

MAX_DRAFTS = 500_000
"""How many acts one source yields at most; no honest file comes near it."""

MAX_COMMAND_LINE = 32_768
"""How many characters of a command line are kept."""


class Draft(msgspec.Struct):
    """An act that is not finished: ``start`` and ``end`` are character offsets in the source, ``text`` the wording."""

    kind: ActKind
    fields: dict[str, FieldValue]
    start: int
    end: int
    text: str
    captured: bool = False


class Drafts(msgspec.Struct):
    """The drafts of one source, and the readers of the languages that may be nested in it.

    ``shell`` reads nested shell source, ``command`` judges one command given as words, ``python`` reads nested Python
    source. Each takes the drafts to write to and returns what the nested program writes to its standard output.
    ``files``, ``folders`` and ``installed`` remember what files hold, where folders and installed programs came from.
    """

    shell: Callable[[str | Word, Drafts, Flow, str], Flow]
    command: Callable[[Sequence[Word], Drafts, Flow, str, int, int, str], Flow]
    python: Callable[[str, Drafts, Flow, str], Flow]
    depth: int = 0
    pinned: tuple[int, int] | None = None
    items: list[Draft] = []
    files: dict[str, Flow] = {}
    folders: dict[str, str] = {}
    installed: dict[str, str] = {}
    cut: dict[str, None] = {}  # limits that were reached, each once

    def add(self, kind: ActKind, fields: dict[str, FieldValue], start: int, end: int, text: str) -> Draft:
        """Write a draft; while the drafts are pinned, it stands at the pinned span."""
        if self.pinned is not None:
            start, end = self.pinned
        draft = Draft(kind, fields, start, end, text)
        if len(self.items) < MAX_DRAFTS:
            self.items.append(draft)
        else:
            self.cut[f"more than {MAX_DRAFTS:,} acts"] = None
        return draft

    @contextmanager
    def nested(self, start: int, end: int) -> Iterator[bool]:
        """Pin what is read inside to the outermost span and go one level down.

        Yields whether that level may still be read.
        """
        before = self.pinned
        self.pinned = before or (start, end)
        self.depth += 1
        try:
            if self.depth > MAX_NESTING:
                self.cut[f"programs nested more than {MAX_NESTING} deep"] = None
            yield self.depth <= MAX_NESTING
        finally:
            self.depth -= 1
            self.pinned = before

    def acts(self, context: Context) -> list[Act]:
        """Return the finished acts in the order of reading, and tell the context of the limits that were reached."""
        context.cut.extend(self.cut)
        return [
            context.act(
                draft.kind,
                {name: value for name, value in draft.fields.items() if value not in ("", None)},
                draft.start,
                draft.end,
                draft.text,
            )
            for draft in self.items
        ]
