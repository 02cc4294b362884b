"""The regions of a Markdown text: prose, fences, inline code, comments and front matter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from pinfold.language.markdown.blocks import Blocks
from pinfold.language.prose.stance import Stance
from pinfold.model import Role

MAX_INLINE = 100_000
"""Pieces of inline code that one text has at most; the rest is prose like any other."""

_MAX_PROSE = 20_000
"""Characters of prose that one region has at most, unless a single paragraph is longer."""

_BACKTICKS = re.compile("`+")
_APART = frozenset(("fence", "front-matter"))

Wanted = Callable[[str, int, int], bool]
"""Says of a kind of region and its span whether it is worth reading."""


class Region(NamedTuple):
    """A stretch of a document, in characters, without the marks around it.

    ``kind`` is ``prose``, ``fence`` (indented code too), ``inline-code``, ``front-matter``, ``html-comment`` or
    ``script`` (all of a program). ``language`` is the first word behind a fence's mark in lower case, or the kind of a
    script. ``role`` and ``negated`` are, for prose, what file, headings and leading sentence say, and for all the rest
    what the file says; `Document.stance` knows more.
    """

    start: int
    end: int
    kind: str
    language: str
    role: Role
    negated: bool


def regions(
    text: str, blocks: Blocks, stance_of: Callable[[int], Stance], of_file: Stance, wanted: Wanted
) -> list[Region]:
    """Return the regions that are not empty, in order of their start, the longer first.

    ``stance_of`` tells the stance of the block with an index; ``of_file`` is that of what no block tells of. What is
    not ``wanted`` is left out; leaving out prose keeps the code in it. Most prose can be told to hold nothing of
    interest, and asking for its stance takes longer than all the rest.
    """
    found = [
        Region(start, end, "html-comment", "", *of_file)
        for start, end in blocks.comments
        if wanted("html-comment", start, end)
    ]
    inline = 0
    for first, after in _runs(blocks):
        block = blocks.blocks[first]
        start, end = block.start, blocks.blocks[after - 1].end
        if block.kind in _APART:
            if wanted(block.kind, start, end):
                found.append(Region(start, end, block.kind, block.language, *of_file))
            continue
        for opened, closed in islice(_inline_code(text, start, end), MAX_INLINE - inline):
            inline += 1
            if wanted("inline-code", opened, closed):
                found.append(Region(opened, closed, "inline-code", "", *of_file))
        if wanted("prose", start, end):
            found.extend(_stretches(blocks, range(first, after), stance_of))
    filled = (region for region in found if region.end > region.start)
    return sorted(filled, key=lambda region: (region.start, -region.end))


def _runs(blocks: Blocks) -> Iterator[tuple[int, int]]:
    """Yield the first block and the one after the last, for each block that stands apart and for prose in between.

    A heading begins a run.
    """
    first = -1
    for index, block in enumerate(blocks.blocks):
        apart = block.kind in _APART
        if first >= 0 and (apart or block.kind == "heading"):
            yield first, index
            first = -1
        if apart:
            yield index, index + 1
        elif first < 0:
            first = index
    if first >= 0:
        yield first, len(blocks.blocks)


def _stretches(blocks: Blocks, run: range, stance_of: Callable[[int], Stance]) -> Iterator[Region]:
    """Yield the prose of a run in stretches that play one part."""
    prose: Region | None = None
    for index in run:
        block = blocks.blocks[index]
        region = Region(block.start, block.end, "prose", "", *stance_of(index))
        if prose is not None and _goes_on(prose, region):
            prose = prose._replace(end=region.end)
            continue
        if prose is not None:
            yield prose
        prose = region
    if prose is not None:
        yield prose


def _goes_on(prose: Region, region: Region) -> bool:
    same = (prose.role, prose.negated) == (region.role, region.negated)
    return same and region.end - prose.start <= _MAX_PROSE


def _inline_code(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield what stands between equal runs of backticks."""
    runs = [run.span() for run in islice(_BACKTICKS.finditer(text, start, end), 2 * MAX_INLINE)]
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
