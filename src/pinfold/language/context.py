"""Where a piece of text comes from, so that the acts read from it know their place, role and order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import msgspec

from pinfold.language.companions import Companions
from pinfold.language.flow import Flow
from pinfold.model import Act, ActKind, Certainty, FieldValue, Place, Role

MAX_NESTING = 8
"""How deep commands within commands (``sh -c 'bash -c …'``) are followed."""


class Context(msgspec.Struct, frozen=True):
    """The surroundings of one piece of source text.

    ``place`` maps a span of that text, in character offsets, to its place in the material. ``order`` hands out rising
    numbers, so that acts of one group stand in the order of reading. ``depth`` counts nested commands; readers stop at
    ``MAX_NESTING``. ``cut`` takes a few words on each limit that kept a reader from going on. ``companions`` are the
    programs of the same skill into which calls are followed; ``group`` is then the path of the file. ``files``
    says what files hold from before, and takes what this source writes.
    """

    place: Callable[[int, int], Place]
    role: Role = Role.COMMAND
    certainty: Certainty = Certainty.STATED
    negated: bool = False
    group: str = ""
    time: float | None = None
    depth: int = 0
    order: count[int] = msgspec.field(default_factory=count)
    cut: list[str] = msgspec.field(default_factory=list)
    companions: Companions | None = None
    files: dict[str, Flow] | None = None

    def act(self, kind: ActKind, fields: dict[str, FieldValue], start: int, end: int, text: str) -> Act:
        """Return an act read from ``start`` to ``end`` of the text; ``text`` is its wording, cut to 500 characters."""
        return Act(
            kind=kind,
            fields=fields,
            place=self.place(start, end),
            role=self.role,
            certainty=self.certainty,
            negated=self.negated,
            group=self.group,
            order=next(self.order),
            time=self.time,
            text=text[:500],
        )

    def inside(self, start: int, end: int, **changes: Any) -> Context:
        """Return the context of a command nested in this text, all of it placed at ``start`` to ``end`` of the text."""
        outer = self.place(start, end)
        return msgspec.structs.replace(self, place=lambda _start, _end: outer, depth=self.depth + 1, **changes)
