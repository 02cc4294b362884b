"""Acts in the making: drafts, whose fields may still change, become acts at the end of a source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from pinfold.language.companions import Companions, Key
from pinfold.language.context import MAX_NESTING, Context
from pinfold.language.flow import Flow, Word
from pinfold.model import Act, ActKind, FieldValue

MAX_DRAFTS = 500_000
"""How many acts one source yields at most; no honest file comes near it."""

MAX_COMMAND_LINE = 32_768
"""How many characters of a command line are kept."""

MAX_CONTENT = 65_536
"""How many characters of written text an act keeps."""

MAX_CONTENTS = 8_000_000
"""How many characters of written text the acts of one source keep together."""

_T = TypeVar("_T")


class Draft(msgspec.Struct):
    """An act that is not finished: ``start`` and ``end`` are character offsets in the source, ``text`` the wording."""

    kind: ActKind
    fields: dict[str, FieldValue]
    start: int
    end: int
    text: str
    captured: bool = False
    known: frozenset[Key] | None = None
    """Of an act found by following a call into another program: what that program does by itself."""


def key_of(draft: Draft) -> Key:
    """Return what tells an act from another."""
    return draft.kind.value, frozenset((name, value) for name, value in draft.fields.items() if value not in ("", None))


class Drafts(msgspec.Struct):
    """The drafts of one source, and the readers of the languages that may be nested in it.

    ``shell`` reads nested shell source, ``command`` judges one command given as words, ``python``, ``javascript`` and
    ``powershell`` read nested source of these languages. Each takes the drafts to write to and returns what the nested
    program writes to its standard output.
    ``files``, ``folders`` and ``installed`` remember what files hold, where folders and installed programs came from.
    ``companions`` are the other programs of the skill; ``path`` is the one that is read, with its ``arguments`` where
    it is followed from another one, and ``following`` the programs through which it was reached.
    """

    shell: Callable[[str | Word, Drafts, Flow, str], Flow]
    command: Callable[[Sequence[Word], Drafts, Flow, str, int, int, str], Flow]
    python: Callable[[str, Drafts, Flow, str], Flow]
    javascript: Callable[[str, Drafts, Flow, str], Flow]
    powershell: Callable[[str, Drafts, Flow, str], Flow]
    depth: int = 0
    pinned: tuple[int, int] | None = None
    items: list[Draft] = []
    files: dict[str, Flow] = {}
    folders: dict[str, str] = {}
    installed: dict[str, str] = {}
    cut: dict[str, None] = {}  # limits that were reached, each once
    windows: bool = False  # whether programs are those of Windows
    looked: int = 0  # files that were looked through for those below a folder
    contents: int = 0  # characters of written text that are kept so far
    companions: Companions | None = None
    path: str = ""
    arguments: Sequence[Word] = ()
    following: tuple[str, ...] = ()
    followed: int = 0

    def within(self, items: Sequence[_T], most: int, what: str) -> Sequence[_T]:
        """Return the first ``most`` items, and note it if that leaves some out; ``what`` names them in the plural."""
        if len(items) > most:
            self.cut[f"more than {most:,} {what}"] = None
            return items[:most]
        return items

    def content(self, text: str, before: str = "") -> str:
        """Return ``before`` and as much of a written text as an act may keep, and note what is left out."""
        room = max(0, min(MAX_CONTENT - len(before), MAX_CONTENTS - self.contents))
        if len(text) > room:
            self.cut[f"written text of more than {MAX_CONTENT:,} characters, or {MAX_CONTENTS:,} in all"] = None
        self.contents += min(len(text), room)
        return before + text[:room]

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

    def elsewhere(self, path: str, arguments: Sequence[Word], files: dict[str, Flow]) -> Drafts:
        """Return drafts for another program of the skill that is followed from here."""
        return msgspec.structs.replace(
            self,
            path=path,
            arguments=tuple(arguments),
            files=dict(files),
            folders={},
            installed={},
            items=[],
            cut={},
            pinned=None,
            windows=False,
            following=(*self.following, self.path),
        )

    def take(self, items: Sequence[Draft], known: frozenset[Key], span: tuple[int, int]) -> None:
        """Add what another program was seen to do when followed from ``span``; what it does alone will not count."""
        for draft in items[: max(0, MAX_DRAFTS - len(self.items))]:
            draft.start, draft.end = self.pinned or span
            draft.known = known
            self.items.append(draft)

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
            if draft.known is None or key_of(draft) not in draft.known
        ]
