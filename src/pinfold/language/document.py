"""One text file: where things stand in it, and what part the words play.

Nothing is computed before it is asked for: a file in which nothing is found costs its folding and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from pinfold.language.code_roles import CodeRoles
from pinfold.language.file_kind import PROGRAMS, kind_of, role_of
from pinfold.language.fold import Folded, fold
from pinfold.language.lines import LineIndex
from pinfold.language.markdown import Blocks, blocks
from pinfold.language.markdown_lines import Block
from pinfold.language.markdown_roles import MarkdownRoles
from pinfold.language.stance import Stance
from pinfold.language.visible import excerpt
from pinfold.model import Place, Role

MAX_REGIONS = 200_000
"""How many regions of inline code one document has at most."""

_BACKTICKS = re.compile("`+")
_QUOTE_MARKS = re.compile(r"^(?: {0,3}>)+", re.MULTILINE)
_MAX_CONTEXT = 20_000
"""Characters of prose that one region has at most, unless a single paragraph is longer."""


class Region(NamedTuple):
    """A stretch of a document, in characters, without the marks around it.

    ``kind`` is ``prose``, ``fence`` (indented code too), ``inline-code``, ``front-matter``, ``html-comment`` or ``script`` (all of a program). ``language`` is the
    first word after a fence's mark in lower case, or the kind of a script. ``role`` and ``negated`` are exact for a fence; for prose, and for
    what stands in it, they are what file, headings and leading sentence say, and `Document.stance` knows more.
    """

    start: int
    end: int
    kind: str
    language: str
    role: Role
    negated: bool


class Document:
    """A text and the path it was read from. ``file_role`` overrides what the path says of the part it plays."""

    def __init__(self, path: str, text: str, *, file_role: Role | None = None) -> None:
        """Hold ``text``; only its kind is looked at."""
        self.path = path
        self.text = text
        self.kind = kind_of(path, text)
        self.file_role = role_of(path, self.kind) if file_role is None else file_role

    @cached_property
    def folded(self) -> Folded:
        """The text as rules match it."""
        return fold(self.text)

    @cached_property
    def lines(self) -> LineIndex:
        """Lines and columns."""
        return LineIndex(self.text)

    def place(self, start: int, end: int) -> Place:
        """Return where the characters from ``start`` to ``end`` stand."""
        line, column = self.lines.position(start)
        end_line, end_column = self.lines.position(end)
        return Place(self.path, line, column, end_line, end_column)

    def excerpt(self, place: Place) -> tuple[str, int, int]:
        """Return the line at a place, with hidden characters made visible and cut to 240, and the span in it to underline."""
        if place.line <= 0:
            return "", 0, 0
        start, end = self.lines.span(place.line)
        line = self.text[start:end]
        last = place.end_column - 1 if place.end_line == place.line else len(line)
        return excerpt(line.removesuffix("\r"), place.column - 1, last)

    def regions(self) -> Sequence[Region]:
        """Return the regions in order of their start. Data files have none."""
        return self._regions

    def content(self, region: Region) -> str:
        """Return the text of a region, of the same length, with the marks of a quotation around it blanked out."""
        text = self.text[region.start : region.end]
        if region.kind != "fence" or not self._is_quoted(region.start):
            return text
        return _QUOTE_MARKS.sub(lambda marks: " " * len(marks[0]), text)

    def stance(self, start: int, end: int) -> Stance:
        """Return the part that the words from ``start`` to ``end`` play, and whether they are said to be left undone."""
        if self._is_prose:
            return self._in_file(self._markdown_roles.stance(start, end))
        if self.kind in PROGRAMS:
            return self._in_file(self._code_roles.stance(start, end))
        return Stance(self.file_role, negated=False)

    @property
    def _is_prose(self) -> bool:
        return self.kind in ("markdown", "text")

    def _in_file(self, own: Stance) -> Stance:
        """Return a stance as the file's role leaves it. A command shown in documentation is still one that people paste."""
        role = self.file_role
        if role is Role.CONFIGURATION and own.role is Role.INSTRUCTION:
            return Stance(role, own.negated)
        if role.live or (role is Role.DOCUMENTATION and own.role is Role.COMMAND):
            return own
        return Stance(role, own.negated)

    @cached_property
    def _blocks(self) -> Blocks:
        return blocks(self.text)

    @cached_property
    def _markdown_roles(self) -> MarkdownRoles:
        return MarkdownRoles(self.text, self._blocks)

    @cached_property
    def _code_roles(self) -> CodeRoles:
        base = role_of(f"x/{self.path.rpartition('/')[2]}", self.kind)
        return CodeRoles(self.text, self.kind, self.file_role if self.file_role.live else base)

    def _is_quoted(self, offset: int) -> bool:
        line = self.text.rfind("\n", 0, offset) + 1
        return _QUOTE_MARKS.match(self.text, line) is not None

    @cached_property
    def _regions(self) -> list[Region]:
        if self.kind in PROGRAMS:
            return [
                Region(
                    0,
                    len(self.text),
                    "script",
                    self.kind,
                    self._in_file(Stance(self._code_roles.base, negated=False)).role,
                    negated=False,
                )
            ]
        if not self._is_prose:
            return []
        found = list(self._stretches())
        inline: list[Region] = []
        for region in found:
            if region.kind == "prose" and len(inline) < MAX_REGIONS:
                inline.extend(
                    region._replace(start=start, end=end, kind="inline-code")
                    for start, end in self._inline_code(region)
                )
        stance = Stance(self.file_role, negated=False)
        comments = [
            Region(start, end, "html-comment", "", stance.role, stance.negated) for start, end in self._blocks.comments
        ]
        return sorted((*found, *inline, *comments), key=lambda region: (region.start, -region.end))

    def _stretches(self) -> Iterator[Region]:
        """Yield front matter, fences, and prose in stretches under one heading that play one part."""
        prose: Region | None = None
        for index, block in enumerate(self._blocks.blocks):
            region = self._region(index, block)
            if prose is not None and region.kind == "prose" and block.kind != "heading" and _goes_on(prose, region):
                prose = prose._replace(end=region.end)
                continue
            if prose is not None:
                yield prose
            prose = region if region.kind == "prose" else None
            if prose is None:
                yield region
        if prose is not None:
            yield prose

    def _region(self, index: int, block: Block) -> Region:
        kind = block.kind if block.kind in ("fence", "front-matter") else "prose"
        stance = self._in_file(self._markdown_roles.of_block(index))
        return Region(block.start, block.end, kind, block.language, stance.role, stance.negated)

    def _inline_code(self, prose: Region) -> Iterator[tuple[int, int]]:
        """Yield what stands between equal runs of backticks."""
        runs = [run.span() for run in _BACKTICKS.finditer(self.text, prose.start, prose.end)]
        following: dict[int, int] = {}  # length of a run: the next run of that length
        closing = [0] * len(runs)
        for index in range(len(runs) - 1, -1, -1):
            length = runs[index][1] - runs[index][0]
            closing[index] = following.get(length, 0)
            following[length] = index
        index = 0
        while index < len(runs):
            if close := closing[index]:
                yield runs[index][1], runs[close][0]
            index = max(index, close) + 1


def _goes_on(prose: Region, region: Region) -> bool:
    same = (prose.role, prose.negated) == (region.role, region.negated)
    return same and region.end - prose.start <= _MAX_CONTEXT
