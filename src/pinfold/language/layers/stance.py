"""Which part concealed words play: that of what hides them, but where nobody could have read them there."""

from __future__ import annotations

from pinfold.language.document import Document, Stance
from pinfold.language.file_kind import PROGRAMS
from pinfold.language.layers.layer import Layer
from pinfold.language.layers.leads import decodes
from pinfold.model import Role

INVISIBLE = ("Unicode tags", "variation selectors", "zero-width bits")
"""Ways of hiding text in characters that show nothing."""


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
        and layer.hidden
        and not (layer.plain or layer.respelt)
        and decodes(document.folded.data)
    ):
        return Stance(Role.CODE, negated=False)
    return outer
