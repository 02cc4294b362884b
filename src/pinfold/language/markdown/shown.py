"""What a text shows without asking for it: the fences, quotations, lists and cells under a label, and nothing around.

A label covers what stands right below it, or right above. It counts for nothing where the text orders to run, or to
send, what it covers: in the lead, in a sentence that points back or ahead, or by the name of the section.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from pinfold.language.markdown import showing
from pinfold.language.markdown.blocks import Blocks
from pinfold.language.markdown.specimens import is_quotation, quoted_entry
from pinfold.language.prose.sentences import sentences
from pinfold.language.prose.stance import asks_to_act, sends_reader

_LOOK = 600
"""Characters behind a block in which it may be said what to make of it."""

_MOST = 2_000
"""Characters that an item, a row or a quotation has at most."""

_MOST_ORDERS = 2_000
"""Sentences of one text that are asked whether they order to run what is shown; in a longer one labels count for
nothing."""

_FORWARD = 12
"""Blocks after an order in which stands what it points ahead to."""


class _Orders(NamedTuple):
    """What the sentences of a text that order to run or send something point at.

    ``named`` is whether one names a part of the text, ``up`` where the last starts that points at what stands above it,
    ``near`` the same for what stands close by, by heading, and ``forward`` the blocks of those that point ahead.
    """

    named: bool
    up: int
    near: dict[int, int]
    forward: frozenset[int]


class Shown:
    """Tells which blocks of a text are shown only; ``headings`` and ``leads`` are the words that stand over a block."""

    def __init__(self, text: str, blocks: Blocks) -> None:
        """Take a text and its blocks; nothing is read before it is asked for."""
        self._text = text
        self._blocks = blocks

    def fence(self, index: int, headings: Sequence[str], leads: Sequence[str]) -> bool:
        """Return whether lead, heading or the sentence behind say that a fence is somebody else's, or not to be run."""
        if any(map(showing.orders_to_run, leads)):
            return False
        labelled = any(map(showing.shows, leads[:1]))
        if not labelled and not any(map(asks_to_act, leads[:1])):
            labelled = any(map(showing.shows, headings[-1:])) or showing.warns_off(self._behind(index))
        return labelled and not self.is_recalled(index)

    def entry(self, index: int, headings: Sequence[str], leads: Sequence[str], *, quoted: bool) -> bool:
        """Return whether an item, or a quotation, shows or quotes.

        One that tells the reader where to send something does not, unless it is ``quoted`` as a whole.
        """
        block = self._blocks.blocks[index]
        said = self._text[block.start : min(block.end, block.start + _MOST)]
        quoted = quoted or is_quotation(said)
        if any(map(showing.orders_to_run, leads)) or (sends_reader(said) and not quoted):
            return False
        if block.kind == "item":
            searched = (*headings[-1:], *leads)
            labelled = showing.is_sign(said) or any(map(showing.shows, leads))
            labelled = labelled or (quoted_entry(said) and any(map(showing.is_search, searched)))
        else:
            labelled = any(map(showing.shows, (*headings[-1:], *leads)))
        return labelled and not self.is_recalled(index)

    def cell(self, index: int, at: int) -> bool:
        """Return whether a character of a row stands in a column whose head says that it quotes somebody else."""
        row = self._blocks.blocks[index]
        head = self._blocks.blocks[row.lead] if row.lead >= 0 else None
        if head is None or head.kind != "row" or row.end - row.start > _MOST:
            return False
        column = self._text.count("|", row.start, at) - (self._text[row.start] == "|")
        heads = self._text[head.start : head.end].strip().removeprefix("|").split("|", _FORWARD)
        return 0 <= column < len(heads) and showing.quotes_others(heads[column].strip()) and not self.is_recalled(index)

    def is_recalled(self, index: int) -> bool:
        """Return whether some sentence of the text orders to do what a block shows."""
        orders, block = self._orders, self._blocks.blocks[index]
        if orders is None or orders.named or block.end <= max(orders.up, orders.near.get(block.heading, -1)):
            return True
        before = range(max(0, index - _FORWARD), index)
        return any(order in orders.forward and self._is_next(order, index) for order in before)

    def _behind(self, index: int) -> str:
        """Return the start of the paragraph behind a fence, other fences between them left aside."""
        blocks = self._blocks.blocks
        after = next((block for block in blocks[index + 1 : index + 1 + _FORWARD] if block.kind != "fence"), None)
        if after is None or after.kind not in ("paragraph", "item") or after.heading != blocks[index].heading:
            return ""
        return self._text[after.start : min(after.end, after.start + _LOOK)]

    def _is_next(self, order: int, index: int) -> bool:
        """Whether a block is the first after an order that holds something to do, or stands beside that."""
        blocks = self._blocks.blocks
        for ahead in range(order + 1, min(index, order + _FORWARD) + 1):
            block = blocks[ahead]
            if ahead == index or block.lead == blocks[index].lead >= 0:
                return True
            if block.kind in ("fence", "item", "row"):
                return False
        return False

    @cached_property
    def _orders(self) -> _Orders | None:
        """What is ordered of what stands elsewhere in the text; ``None`` where the text is too long to tell."""
        named, up, asked = False, -1, 0
        near: dict[int, int] = {}
        forward: set[int] = set()
        for index, block in enumerate(self._blocks.blocks):
            if block.kind in ("fence", "front-matter") or not showing.may_order(self._text[block.start : block.end]):
                continue
            for start, end in sentences(self._text, block.start, block.end):
                asked += 1
                if asked > _MOST_ORDERS:
                    return None
                said = self._text[start:end]
                points = showing.points(said)
                if not any(points) or not showing.orders_to_run(said):
                    continue
                named = named or points.named
                up = start if points.up else up
                if points.near:
                    near[block.heading] = start
                if points.forward:
                    forward.add(index)
        return _Orders(named, up, near, frozenset(forward))
