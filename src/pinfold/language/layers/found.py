"""What the finders of concealment hand over, before depth and budget are looked at."""

from __future__ import annotations

from typing import NamedTuple


class Found(NamedTuple):
    """A text that was taken out of another one.

    ``start`` and ``end`` are the characters of the outer text that hide it; ``how`` names the way, as in "in base64".
    ``hidden`` says that a person who reads the outer text cannot read this one. ``respelt`` says that it has the lines
    of its span one for one, with words in it spelt as they are meant. ``plain`` says that it stands in the outer text
    letter for letter, only where nobody looks, so that the outer text has been judged with it.
    """

    text: str
    start: int
    end: int
    how: str
    hidden: bool = True
    respelt: bool = False
    plain: bool = False
