"""Concealment undone: the door of the package.

``layers`` takes a text and yields what is hidden in it, and in what was hidden, down to `MAX_DEPTH`. Cheap looks come
first: a text without anything of the kind costs one pass over its folded bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pinfold.language.fold import Folded, fold
from pinfold.language.layers import blobs, chinese, ciphers, escapes, glance, invisible, markup, pieces, spelling
from pinfold.language.layers.found import Found

MAX_DEPTH = 5
"""Layers within layers that are undone."""

MAX_LAYERS = 400
"""Layers of one text."""

MAX_CHARACTERS = 4_000_000
"""Characters of all layers of one text together."""

LONGEST = 2_000_000
"""Characters of a text that are searched."""

_FINDERS = {
    "blobs": blobs.find,
    "ciphers": ciphers.find,
    "escapes": escapes.find,
    "pieces": pieces.find,
    "markup": markup.find,
    "reversal": spelling.find_reversed,
    "digits": spelling.find_digits,
    "pinyin": chinese.find_pinyin,
}


_UNDOING_THEMSELVES = ("rot13", "reversed text")


class Layer(msgspec.Struct, frozen=True):
    """A text that stood concealed in another one.

    ``start`` and ``end`` are character offsets of what hides it in the outermost text; ``how`` names the ways in which
    it was hidden, outermost first ("base64, rot13"). ``hidden``, ``respelt`` and ``plain`` are as in
    `pinfold.language.layers.found.Found`. ``depth`` counts from 1.
    """

    text: str
    start: int
    end: int
    how: str
    hidden: bool = True
    respelt: bool = False
    plain: bool = False
    depth: int = 1


def layers(text: str, folded: Folded | None = None, cut: list[str] | None = None, *, data: bool = False) -> list[Layer]:
    """Return the layers of ``text``, outer ones first. Never raises; work is bounded.

    ``folded`` saves folding again. ``cut`` takes a few words on each limit that was reached. Of a file of ``data``, in
    which encoded text is ordinary, only what invisible characters and look-alikes hide is looked for.
    """
    found: list[Layer] = []
    told = cut if cut is not None else []
    waiting = [Layer(text, 0, len(text), "", hidden=False, respelt=True, depth=0)]
    seen = {text}
    left = MAX_CHARACTERS
    while waiting:
        outer = waiting.pop(0)
        inner = _found(outer.text, folded if outer.depth == 0 else None, data=data and outer.respelt)
        for each in inner:
            if (each.text in seen and not each.plain) or _turned_back(each, outer):
                continue
            seen.add(each.text)
            if outer.depth >= MAX_DEPTH:
                told.append(f"text concealed more than {MAX_DEPTH} deep")
                break
            left -= len(each.text)
            if left < 0 or len(found) >= MAX_LAYERS:
                told.append(f"more than {MAX_LAYERS} concealed texts, or {MAX_CHARACTERS:,} characters of them")
                return found
            layer = _placed(each, outer)
            found.append(layer)
            if not each.plain and each.text:
                waiting.append(layer)
    return found


def _found(text: str, folded: Folded | None, *, data: bool) -> Iterator[Found]:
    text = text[:LONGEST]
    if not text.isascii():
        yield from invisible.find(text)
    names = frozenset[str]() if data else glance.worth(text, (folded or fold(text)).data)
    for name, find in _FINDERS.items():
        if name in names:
            yield from find(text)
    if "spelling" in names or not text.isascii():
        yield from spelling.find(text, latin="spelling" in names)
        if not text.isascii():
            yield from chinese.find_parts(text)


def _turned_back(each: Found, outer: Layer) -> bool:
    """Return whether a way that undoes itself was taken twice, which leads nowhere."""
    return each.how in _UNDOING_THEMSELVES and outer.how.endswith(each.how)


def _placed(each: Found, outer: Layer) -> Layer:
    """Return what was found in a layer, placed in the outermost text."""
    how = f"{outer.how}, {each.how}" if outer.how else each.how
    hidden = each.hidden or (outer.hidden and not outer.respelt)
    start, end = each.start, each.end
    if outer.depth and outer.respelt and outer.text.count("\n"):
        start, end = each.start, each.end  # same lines, other columns: as near as can be told
    elif outer.depth:
        start, end = outer.start, outer.end
    respelt = each.respelt and (outer.respelt or outer.depth == 0)
    return Layer(each.text, start, end, how, hidden, respelt, each.plain, outer.depth + 1)
