"""Which part concealed words play: that of what hides them, but where nobody could have read them there."""

from __future__ import annotations

from pinfold.language.document import Document, Stance
from pinfold.language.file_kind import PROGRAMS
from pinfold.language.fold import fold
from pinfold.language.layers.layer import Layer
from pinfold.language.layers.leads import decodes, lead_in
from pinfold.model import Role

INVISIBLE = ("Unicode tags", "variation selectors", "zero-width bits")
"""Ways of hiding text in characters that show nothing."""

BESIDE = ("a comment", "the titles", "link definitions", "the text of pictures")
"""Ways of hiding text beside the text."""

OUT_OF_SIGHT = (*BESIDE, "an element that is not shown", "far ")
"""Ways of hiding text where nobody looks, letter for letter."""

_BEFORE, _BEHIND = 400, 300
"""Characters around a layer in which words lead to it."""

_IN_LINES, _BEFORE_LINES = ("rot13", "reversed text"), 2_000
"""Ways of hiding a whole text line by line, of which some lines are found, and how far before them words may lead."""


def stance_of(document: Document, layer: Layer) -> Stance:
    """Return the part that the words of a layer play, and whether they say *not* to do it.

    Nobody can read an example in characters that show nothing, and a comment that its program decodes explains nothing.
    """
    outer = document.stance(layer.start, layer.end)
    if layer.how.startswith(INVISIBLE) and outer.role is not Role.FIXTURE:
        return Stance(outer.role if outer.role.live else Role.INSTRUCTION, negated=False)
    if (
        document.kind in PROGRAMS
        and document.file_role.live
        and outer.role is Role.DOCUMENTATION
        and is_encoded(layer)
        and decodes(document.folded.data)
    ):
        return Stance(Role.CODE, negated=False)
    shown = not outer.role.live and outer.role is not Role.FIXTURE
    if shown and not outer.negated and is_encoded(layer) and is_to_be_obeyed(document, layer):
        return Stance(Role.INSTRUCTION, negated=False)
    return outer


def is_encoded(layer: Layer) -> bool:
    """Return whether a layer is text that has to be decoded."""
    return layer.hidden and not layer.plain and not layer.respelt and not last(layer).startswith(OUT_OF_SIGHT)


def last(layer: Layer) -> str:
    """Return the innermost of the ways in which a text was hidden."""
    return layer.how.rpartition(", ")[2]


def is_to_be_obeyed(document: Document, layer: Layer) -> bool:
    """Return whether the words around a layer have somebody undo it and do what it says."""
    text = document.text
    before = _BEFORE_LINES if layer.how.startswith(_IN_LINES) else _BEFORE
    start = max(0, layer.start - before)
    for at, words in ((start, text[start : layer.start]), (layer.end, text[layer.end : layer.end + _BEHIND])):
        lead = lead_in(fold(words))
        if lead is not None:
            said = document.stance(at + lead[0], at + lead[1])
            if said.role.live and not said.negated:
                return True
    return False
