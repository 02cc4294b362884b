"""The regions of a Markdown text: prose, fences, inline code, comments and front matter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple

from pinfold.language.markdown import Blocks
from pinfold.language.stance import Stance
from pinfold.model import Role

MAX_INLINE = 100_000
"""Pieces of inline code that one text has at most; the rest is prose like any other."""

_MAX_PROSE = 20_000
"""Characters of prose that one region has at most, unless a single paragraph is longer."""

_BACKTICKS = re.compile("`+")


class Region(NamedTuple):
    """A stretch of a document, in characters, without the marks around it.

    ``kind`` is ``prose``, ``fence`` (indented code too), ``inline-code``, ``front-matter``, ``html-comment`` or
    ``script`` (all of a program). ``language`` is the first word behind a fence's mark in lower case, or the kind of a
    script. ``role`` and ``negated`` are exact for a fence; for prose, and for what stands in it, they are what file,
    headings and leading sentence say, and `Document.stance` knows more.
    """

    start: int
    end: int
    kind: str
    language: str
    role: Role
    negated: bool


def regions(text: str, blocks: Blocks, stance_of: Callable[[int], Stance], of_file: Stance) -> list[Region]:
    """Return the regions in order of their start, the longer first.

    ``stance_of`` tells the stance of the block with an index; ``of_file`` is that of what no block tells of.
    """
    found = list(_stretches(blocks, stance_of))
    inline = (
        region._replace(start=start, end=end, kind="inline-code")
        for region in found
        if region.kind == "prose"
        for start, end in _inline_code(text, region)
    )
    comments = [Region(start, end, "html-comment", "", *of_file) for start, end in blocks.comments]
    every = [*found, *islice(inline, MAX_INLINE), *comments]
    return sorted(every, key=lambda region: (region.start, -region.end))


def _stretches(blocks: Blocks, stance_of: Callable[[int], Stance]) -> Iterator[Region]:
    """Yield front matter, fences, and the prose under one heading in stretches that play one part."""
    prose: Region | None = None
    for index, block in enumerate(blocks.blocks):
        kind = block.kind if block.kind in ("fence", "front-matter") else "prose"
        region = Region(block.start, block.end, kind, block.language, *stance_of(index))
        if prose is not None:
            if kind == "prose" and block.kind != "heading" and _goes_on(prose, region):
                prose = prose._replace(end=region.end)
                continue
            yield prose
        prose = region if kind == "prose" else None
        if prose is None:
            yield region
    if prose is not None:
        yield prose


def _goes_on(prose: Region, region: Region) -> bool:
    same = (prose.role, prose.negated) == (region.role, region.negated)
    return same and region.end - prose.start <= _MAX_PROSE


def _inline_code(text: str, prose: Region) -> Iterator[tuple[int, int]]:
    """Yield what stands between equal runs of backticks."""
    runs = [run.span() for run in islice(_BACKTICKS.finditer(text, prose.start, prose.end), 2 * MAX_INLINE)]
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
