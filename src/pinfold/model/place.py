"""Where something stands: in a file, in an event stream, or in a trajectory."""

from __future__ import annotations

import msgspec


class Place(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A span in the material that was judged.

    ``path`` is relative to the root of the skill (``/`` separators; a member of an archive follows ``!/`` as in
    ``pack.zip!/SKILL.md``), or the name of the event or trajectory file. ``line`` and ``column`` count from 1, in
    lines and in characters of the decoded text; ``end_line`` and ``end_column`` name the first character *after* the
    span. ``line == 0`` means the file as a whole. ``step`` is the index, from 0, of an event in its stream or of a
    message in its trajectory. ``layer`` names the decoding that led to the text, or ``""`` for plain text.
    """

    path: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0
    step: int | None = None
    layer: str = ""

    def __str__(self) -> str:
        """Return ``path:line:column`` as compilers print it, leaving out what is unknown."""
        text = self.path
        if self.line:
            text += f":{self.line}:{self.column}"
        if self.step is not None:
            text += f" (step {self.step})"
        return text
