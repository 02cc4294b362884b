"""One text file: where things stand in it, and what part the words play.

Nothing is computed before it is asked for: a file in which nothing is found costs its folding and no more.
"""

from __future__ import annotations

import re
from functools import cached_property

from pinfold.language.code_roles import CodeRoles
from pinfold.language.data_roles import entry_role
from pinfold.language.file_kind import PROGRAMS, kind_of, role_of
from pinfold.language.fold import Folded, fold
from pinfold.language.lines import LineIndex
from pinfold.language.markdown.blocks import Blocks, blocks
from pinfold.language.markdown.regions import Region, Wanted, regions
from pinfold.language.markdown.roles import MarkdownRoles
from pinfold.language.prose.stance import Stance
from pinfold.language.visible import excerpt
from pinfold.model import Place, Role

__all__ = ["Document", "Region", "Stance"]

_QUOTE_MARKS = re.compile(r"^(?: {0,3}>)+", re.MULTILINE)


class Document:
    """A text and the path it was read from.

    ``kind`` is what `pinfold.language.file_kind.kind_of` makes of both; ``file_role`` is the part that the file plays,
    which a caller who knows more than its path may say.
    """

    def __init__(self, path: str, text: str, *, file_role: Role | None = None) -> None:
        """Hold ``text``; no more of it than its first lines is looked at."""
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
        """Return the line at a place, and the span in it to underline, in characters of what is returned.

        Hidden characters are made visible; a line of more than 240 is cut. A place without a line has no excerpt.
        """
        if place.line <= 0:
            return "", 0, 0
        start, end = self.lines.span(place.line)
        line = self.text[start:end].removesuffix("\r")
        last = place.end_column - 1 if place.end_line == place.line else len(line)
        return excerpt(line, place.column - 1, last)

    def regions(self, wanted: Wanted = lambda _kind, _start, _end: True) -> list[Region]:
        """Return the regions that are wanted, in order of their start. Data files have none, a program has one."""
        if self.kind in PROGRAMS:
            whole = self._in_file(Stance(self._code_roles.base, negated=False))
            return [Region(0, len(self.text), "script", self.kind, *whole)]
        if not self._is_prose:
            return []
        of_file = Stance(self.file_role, negated=False)
        return regions(self.text, self._blocks, self._stance_of_block, of_file, wanted)

    def content(self, region: Region) -> str:
        """Return the text of a region, of the same length, with the marks of a quotation around a fence blanked out."""
        text = self.text[region.start : region.end]
        line = self.text.rfind("\n", 0, region.start) + 1
        if region.kind != "fence" or not _QUOTE_MARKS.match(self.text, line):
            return text
        return _QUOTE_MARKS.sub(lambda marks: " " * len(marks[0]), text)

    def stance(self, start: int, end: int) -> Stance:
        """Return the part that the words from ``start`` to ``end`` play, and whether they say *not* to."""
        if self._is_prose:
            return self._in_file(self._markdown_roles.stance(start, end))
        if self.kind in PROGRAMS:
            return self._in_file(self._code_roles.stance(start))
        if self.file_role is Role.DATA:
            return Stance(entry_role(self.text, start), negated=False)
        return Stance(self.file_role, negated=False)

    @property
    def _is_prose(self) -> bool:
        return self.kind in ("markdown", "text")

    def _in_file(self, own: Stance) -> Stance:
        """Return a stance as the file's role leaves it; a command shown in documentation is still pasted."""
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
        base = role_of(self.path.rpartition("/")[2], self.kind)
        return CodeRoles(self.text, self.kind, self.file_role if self.file_role.live else base)

    def _stance_of_block(self, index: int) -> Stance:
        return self._in_file(self._markdown_roles.of_block(index))
