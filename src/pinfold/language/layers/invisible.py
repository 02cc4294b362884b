"""Text in characters that show nothing: Unicode tags, variation selectors, zero-width bits and directions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import permutations

from pinfold.language.layers.found import Found
from pinfold.language.layers.legible import from_bytes, is_writing, tells

MAX_BITS = 400_000
"""Invisible characters that are read as bits at most."""

ANY = re.compile(
    r"[\xad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0e\ufeff"
    r"\uffa0\U000e0000-\U000e0fff]"
)
"""Characters one of which must be there before this module has anything to do; FE0F stands behind ordinary emoji."""

_TAGS = re.compile(r"[\U000e0020-\U000e007f](?:[\s\u200b-\u200f]{0,4}[\U000e0000-\U000e007f])+")
_FLAG = "\U0001f3f4"
_SELECTORS = re.compile(r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
_ZERO = "\u034f\u115f\u1160\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\u2800"
_RUN = re.compile(f"[{_ZERO}]{{14,}}")
_EACH = re.compile(f"[{_ZERO}]")
_IN_WORD = re.compile(
    r"(?<=[0-9A-Za-z\u3400-\u9fff/.:-])[\xad\u034f\u115f\u1160\u180b-\u180e\u200b-\u200f\u2060-\u2064\u3164\ufe00-\ufe0f\ufeff\uffa0"
    r"\U000e0000-\U000e0fff]+(?=[0-9A-Za-z\u3400-\u9fff/.:-])"
)
_OVERRIDE = re.compile("[\u202d\u202e]([^\u202a-\u202e\n]{4,400})(?:[\u202a-\u202e]|$)", re.MULTILINE)
_ISOLATE = re.compile("[\u202a\u202b\u2066-\u2068]([^\u202a-\u202e\u2066-\u2069\n]{2,400})[\u202c\u2069]")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_SCATTERED = 48
"""Invisible characters between the letters of a text that are read as one row of bits."""


def find(text: str) -> Iterator[Found]:
    """Yield what stands in ``text`` in invisible characters. Linear in its length."""
    if not ANY.search(text):
        return
    yield from _tags(text)
    yield from _selectors(text)
    yield from _bits(text)
    yield from _without_fillers(text)
    yield from _turned(text)


def _tags(text: str) -> Iterator[Found]:
    for run in _TAGS.finditer(text):
        if text[run.start() - 1 : run.start()] == _FLAG:
            continue  # England, Scotland, Wales
        said = "".join(chr(ord(mark) - 0xE0000) for mark in run[0] if 0xE0020 <= ord(mark) < 0xE007F)
        if len(said.strip()) >= 4:
            yield Found(said, *run.span(), "Unicode tags")


def _selectors(text: str) -> Iterator[Found]:
    for run in _SELECTORS.finditer(text):
        data = bytes(ord(mark) - 0xFE00 if mark <= "\ufe0f" else (ord(mark) - 0xE0100 + 16) & 255 for mark in run[0])
        for each in (data, _paired(data)):
            said = from_bytes(each)
            if said is not None:
                yield Found(said, *run.span(), "variation selectors")
                break
        else:
            if len(data) >= 16:
                yield Found("", *run.span(), "variation selectors")


def _paired(data: bytes) -> bytes:
    """Return the bytes that pairs of half-bytes make."""
    return bytes(high << 4 | low for high, low in zip(data[::2], data[1::2], strict=False)) if max(data) < 16 else b""


def _bits(text: str) -> Iterator[Found]:
    """Yield what long rows of zero-width characters stand for, or that they stand for something."""
    found = False
    for run in _RUN.finditer(text):
        if len(set(run[0])) < 2:
            continue
        found = True
        yield Found(_from_bits(run[0][:MAX_BITS]) or "", *run.span(), "zero-width bits")
    if found:
        return
    places = [match.start() for match in _EACH.finditer(text)]
    if len(places) >= _SCATTERED:
        said = _from_bits("".join(text[at] for at in places[:MAX_BITS]))
        if said:
            yield Found(said, places[0], places[-1] + 1, "zero-width bits")


def _from_bits(marks: str) -> str | None:
    """Return what a row of two to four different characters says, whichever of them means what."""
    kinds = sorted(set(marks), key=lambda mark: (-marks.count(mark), mark))
    if not 2 <= len(kinds) <= 5:
        return None
    for group in [marks.replace(kinds[2], "")] if len(kinds) == 3 else [marks]:
        for one in permutations(kinds[:2]):
            said = _of_bits([one.index(mark) for mark in group if mark in one])
            if said:
                return said
    if len(kinds) > 2:
        for mark in kinds:
            said = _separated(marks.split(mark), [other for other in kinds if other != mark])
            if said:
                return said
    if len(kinds) == 4:
        for order in permutations(kinds):
            said = from_bytes(_packed([bit for mark in marks for bit in divmod(order.index(mark), 2)], 8))
            if said and tells(said):
                return said
    return None


def _of_bits(bits: Sequence[int]) -> str | None:
    for width in (8, 7):
        said = from_bytes(_packed(bits, width))
        if said and tells(said):
            return said
    codes = [_number(bits[at : at + 16]) for at in range(0, len(bits) - 15, 16)]
    said = "".join(chr(code) for code in codes if not 0xD800 <= code < 0xE000)
    return said if len(said) >= 4 and is_writing(said) and tells(said) else None


def _separated(groups: Sequence[str], kinds: Sequence[str]) -> str | None:
    """Return what groups of bits between separators say, a character each."""
    for order in permutations(kinds[:2]):
        codes = [
            _number([order.index(mark) for mark in group if mark in order]) for group in groups if 3 <= len(group) <= 21
        ]
        if len(codes) >= 4 and all(9 <= code < 0x2FFFF and not 0xD800 <= code < 0xE000 for code in codes):
            said = "".join(map(chr, codes))
            if is_writing(said) and tells(said):
                return said
    return None


def _number(bits: Sequence[int]) -> int:
    value = 0
    for bit in bits:
        value = value << 1 | bit
    return value


def _packed(bits: Sequence[int], width: int) -> bytes:
    return bytes(_number(bits[at : at + width]) for at in range(0, len(bits) - width + 1, width))


def _without_fillers(text: str) -> Iterator[Found]:
    """Yield the text without invisible characters inside words, where there are such words."""
    words = sum(1 for _ in _IN_WORD.finditer(text))
    if words:
        yield Found(ANY.sub("", text), 0, len(text), "zero-width characters", hidden=words >= 3, respelt=True)


def _turned(text: str) -> Iterator[Found]:
    """Yield text whose direction is overridden, as it is shown, where nothing on its line runs from right to left.

    Lines that follow each other make one text.
    """
    said: list[str] = []
    first = last = 0
    for run in sorted((*_OVERRIDE.finditer(text), *_ISOLATE.finditer(text)), key=lambda run: run.start()):
        start = text.rfind("\n", 0, run.start()) + 1
        end = text.find("\n", run.end())
        line = text[start : end if end >= 0 else len(text)]
        if _RIGHT_TO_LEFT.search(line[:2000]) or not re.search(r"[A-Za-z\u3400-\u9fff]{2}", run[1]):
            continue
        between = text[last : run.start()] if said else ""
        if said and between.strip():
            yield Found("".join(said), first, last, "directions of writing")
            said, between = [], ""
        first = run.start() if not said else first
        said += [between, run[1][::-1] if run[0][0] == "\u202e" else run[1]]
        last = run.end()
    if said:
        yield Found("".join(said), first, last, "directions of writing")
