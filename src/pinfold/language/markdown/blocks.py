"""The blocks of a Markdown text: what stands under which heading, and what introduces it."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from pinfold.language.markdown.lines import Block, LineReader

MAX_LINES = 200_000
"""Lines that are told apart; the rest of a longer text is one paragraph."""

MAX_BLOCKS = 100_000
"""Blocks that are told apart; the rest of a text with more is one paragraph."""

_FRONT_MATTER = re.compile(r"(?:\ufeff)?(---|\+\+\+)[ \t]*\r?\n")
_CLOSING = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*\r?$", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*\r?$", re.MULTILINE),
}


class Blocks(NamedTuple):
    """The blocks of a text in order, where they start, and the spans of its HTML comments between their marks."""

    blocks: list[Block]
    starts: list[int]
    comments: list[tuple[int, int]]

    def at(self, offset: int) -> int:
        """Return the index of the block that holds an offset, or of the last one before it; -1 before the first."""
        return bisect_right(self.starts, offset) - 1

    def headings(self, index: int) -> list[int]:
        """Return the headings that a block stands under, outermost first: at most six."""
        above: list[int] = []
        index = self.blocks[index].heading
        while index >= 0:
            above.append(index)
            index = self.blocks[index].heading
        return above[::-1]

    def leads(self, index: int, most: int = 3) -> list[int]:
        """Return the blocks that introduce a block, nearest first."""
        found: list[int] = []
        index = self.blocks[index].lead
        while index >= 0 and len(found) < most:
            found.append(index)
            index = self.blocks[index].lead
        return found


def blocks(text: str) -> Blocks:
    """Return the blocks of ``text``, in one pass whose time is linear in hostile text too.

    What CommonMark leaves to inline parsing (emphasis, links) is not looked at.
    """
    found: list[Block] = []
    at = 0
    if matter := _front_matter(text):
        found.append(matter)
        at = min(len(text), text.find("\n", matter.end) + 1 or len(text))
    reader = LineReader(text, found)
    for _ in range(MAX_LINES):
        if at >= len(text) or len(found) >= MAX_BLOCKS:
            break
        at = reader.read(at)
    reader.finish(min(at, len(text)))
    if at < len(text):
        found.append(Block("paragraph", at, len(text), reader.heading))
    return Blocks(found, [block.start for block in found], reader.comments)


def _front_matter(text: str) -> Block | None:
    """Return the front matter, which stands at the very start or nowhere."""
    opened = _FRONT_MATTER.match(text)
    closing = _CLOSING[opened[1]].search(text, opened.end()) if opened else None
    if opened is None or closing is None:
        return None
    return Block("front-matter", opened.end(), closing.start(), language="toml" if opened[1] == "+++" else "yaml")
