"""One spelling for matching: NFKC and case folded bytes, with a way back to the original text.

Rules match the folded bytes, people see the original. Characters that show nothing (zero-width and other
default-ignorable ones, control characters) and the replacement character of the decoder are dropped, so a word cannot
be hidden by what stands between its letters. Tag characters show nothing either, and fold to the letters they tag.

The fold is defined piece by piece: a piece ends after a newline where there is one, else before a character that
nothing composes with. That keeps hostile input linear (canonical ordering of a million combining marks is quadratic
otherwise) and lets the map back be built for one piece at a time, when it is asked for.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_PIECE = 2048
"""Most characters in one piece."""

_LOOK_BACK = 256
"""How far a safe end is searched for, in characters, when a piece has no newline."""

_MARKS = 32
"""A run of this many combining marks is no writing; the piece around it is folded in parts of this length."""

_KEPT_CONTROLS = b"\t\n\x0b\x0c\r"
_CONTROLS = bytes(code for code in (*range(0x20), 0x7F) if code not in _KEPT_CONTROLS)
_LOWER = bytes(range(256)).lower()

_INVISIBLE = (
    *_CONTROLS, *range(0x80, 0x85), *range(0x86, 0xA0), 0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5,
    *range(0x180B, 0x1810), *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x3164,
    *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0, *range(0xFFF0, 0xFFFE), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B),
    *range(0xE0000, 0xE1000),
)  # fmt: skip
"""Unicode's Default_Ignorable_Code_Point, control characters but white space, and what stands for a lost character."""

_BLANKS = (0x85, 0x1680, 0x2028, 0x2029, 0x2800, 0x3000)
"""White space, or what looks like it, that byte patterns would not know for a space."""

_BEFORE: dict[int, int | None] = {
    **dict.fromkeys(_INVISIBLE),
    **dict.fromkeys(_BLANKS, 0x20),
    # What NFKC does to full-width forms, done here: most text is normal then, which Python sees at once.
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    # Tag characters show nothing, and a model reads them as the letters that they stand for.
    **{0xE0000 + code: code for code in range(0x20, 0x7F)},
    0xFDFA: None,  # one letter that NFKC turns into eighteen
}
_CHANGED = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u2028-\u202e\u2060-\u206f\u2800\u3000\u3164\ufdfa\ufe00-\ufe0f\ufeff\uff01-\uff5e\uffa0\ufff0-\ufffd"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
"""The keys of ``_BEFORE``: finding them first is many times faster than looking up every character."""

_MAYBE_MARKS = re.compile(
    rf"[\u0300-\u1dff\u20d0-\u2dff\u302a-\u3099\u309a\ua66f-\uabff\ufb1e-\ufe2f\U000101fd-\U0001e94a]{{{_MARKS}}}"
)
"""Every run of combining marks, and some runs of letters: a first look that most text passes quickly."""

_PLAIN = re.compile(r"[\t\n\x0b\x0c\r -~]+(?![^\t\n\x0b\x0c\r -~])")
"""ASCII text but for its last character before something else, which may compose with it."""

_COMPOSING_STARTERS = frozenset(
    (
        *range(0x1161, 0x1176), *range(0x11A8, 0x11C3), 0x9BE, 0x9D7, 0xB3E, 0xB56, 0xB57, 0xBBE, 0xBD7, 0xCC2, 0xCD5,
        0xCD6, 0xD3E, 0xD57, 0xDCF, 0xDDF, 0x102E, 0x1B35, 0x11127, 0x1133E, 0x11357, 0x113B8, 0x113BB, 0x113C2,
        0x113C9, 0x114B0, 0x114BA, 0x114BD, 0x115AF, 0x11930, 0x1611E, 0x1611F, 0x16120, 0x16129, 0x16D67,
    )
)  # fmt: skip
"""No combining marks, and yet they join the character before them: Hangul vowels and finals, Indic vowel signs."""


class _Map(NamedTuple):
    """What a piece of text folds to, stretch by stretch.

    Each has the byte at which it starts, its first character and the one after its last, and whether it is plain: one
    byte for each character.
    """

    bytes_at: list[int]
    starts: list[int]
    ends: list[int]
    plain: list[bool]


class Folded:
    """Folded text.

    ``data`` is UTF-8. Every newline of the original is a newline in it, and no other newline is.
    """

    __slots__ = ("_byte_starts", "_char_starts", "_map", "_mapped", "_text", "data")

    def __init__(self, text: str, data: bytes, pieces: tuple[list[int], list[int]] | None = None) -> None:
        """Hold ``data`` folded from ``text``; ``pieces`` says where they start in both, ``None`` that all agree."""
        self.data = data
        self._text = text
        self._byte_starts, self._char_starts = pieces or ([], [])
        self._mapped = -1
        self._map = _Map([], [], [], [])

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the characters of the original, as start and end, that the bytes from ``start`` to ``end`` stand for.

        A byte inside a character stands for the whole character, and for the letters that compose with it. Offsets
        beyond the data are cut to it.
        """
        size = len(self.data)
        start = min(max(start, 0), size)
        end = min(max(end, start), size)
        if not self._byte_starts:
            return (start, end) if size == len(self._text) else (len(self._text), len(self._text))
        first = self._character(start)[0]
        return first, (self._character(end - 1)[1] if end > start else first)

    def _character(self, byte: int) -> tuple[int, int]:
        """Return start and end of the original character that ``byte`` belongs to."""
        if byte >= len(self.data):
            return len(self._text), len(self._text)
        piece = bisect_right(self._byte_starts, byte) - 1
        base = self._char_starts[piece]
        if piece != self._mapped:
            stop = self._char_starts[piece + 1] if piece + 1 < len(self._char_starts) else len(self._text)
            self._map = _mapped(self._text[base:stop])
            self._mapped = piece
        byte -= self._byte_starts[piece]
        index = bisect_right(self._map.bytes_at, byte) - 1
        start, end = self._map.starts[index], self._map.ends[index]
        if self._map.plain[index]:
            start += byte - self._map.bytes_at[index]
            end = start + 1
        return base + start, base + end


def fold(text: str) -> Folded:
    """Fold ``text`` for matching. Linear in its length, whatever it holds; lone surrogates are dropped."""
    if text.isascii():
        data = text.encode().translate(_LOWER, _CONTROLS)
        if len(data) == len(text):
            return Folded(text, data)
    pieces: list[bytes] = []
    byte_starts: list[int] = []
    char_starts: list[int] = []
    position = 0
    for start, end in _pieces(text):
        folded = _fold_piece(text[start:end])
        if folded:  # pieces of nothing visible have no bytes to find the way back from
            pieces.append(folded)
            byte_starts.append(position)
            char_starts.append(start)
            position += len(folded)
    return Folded(text, b"".join(pieces), (byte_starts, char_starts))


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Cut the text into pieces of at most ``_PIECE`` characters, as start and end."""
    start, size = 0, len(text)
    while start < size:
        end = start + _PIECE
        if end >= size:
            end = size
        else:
            newline = text.rfind("\n", start, end)
            end = newline + 1 if newline >= 0 else _safe_end(text, start, end)
        yield start, end
        start = end


def _safe_end(text: str, start: int, end: int) -> int:
    """Return the last place up to ``end`` where nothing composes across, or ``end`` itself when none is near."""
    for cut in range(end, max(end - _LOOK_BACK, start), -1):
        character = text[cut]
        if character < "\x7f" or "\u3400" <= character <= "\u9fff":
            return cut
    return end


def _fold_piece(piece: str) -> bytes:
    if piece.isascii():
        return piece.encode().translate(_LOWER, _CONTROLS)
    return b"".join(map(_fold_line, piece.splitlines(keepends=True)))


def _fold_line(line: str) -> bytes:
    if line.isascii():
        return line.encode().translate(_LOWER, _CONTROLS)
    seen = _without_invisible(line)
    if not _has_run_of_marks(seen):
        return _fold_seen(seen)
    return b"".join(_fold_seen(_without_invisible(part)) for part in _short_parts(line))


def _without_invisible(piece: str) -> str:
    return _CHANGED.sub(lambda found: found[0].translate(_BEFORE), piece)


def _has_run_of_marks(seen: str) -> bool:
    """Whether so many combining marks stand in a row that sorting them would take long."""
    if not _MAYBE_MARKS.search(seen):
        return False
    return "m" * _MARKS in "".join("m" if unicodedata.combining(character) else " " for character in seen)


def _short_parts(line: str) -> Iterator[str]:
    return (line[start : start + _MARKS] for start in range(0, len(line), _MARKS))


def _fold_seen(seen: str) -> bytes:
    folded = unicodedata.normalize("NFKC", seen).casefold()
    # A capital I with a dot folds to i and a combining dot; readers see an i.
    return folded.replace("i\u0307", "i").encode("utf-8", "ignore")


def _mapped(piece: str) -> _Map:
    """Map a piece."""
    found = _Map([], [], [], [])
    position = offset = 0
    for line in piece.splitlines(keepends=True):
        for part in _short_parts(line) if _has_run_of_marks(_without_invisible(line)) else (line,):
            for start, end, plain in _stretches(part):
                size = end - start if plain else len(_fold_seen(_without_invisible(part[start:end])))
                if size:
                    found.bytes_at.append(position)
                    found.starts.append(offset + start)
                    found.ends.append(offset + end)
                    found.plain.append(plain)
                    position += size
            offset += len(part)
    return found


def _stretches(part: str) -> Iterator[tuple[int, int, bool]]:
    """Yield start and end of what folds together; the plain stretches, of one byte for each character, as one."""
    at = 0
    for plain in _PLAIN.finditer(part):
        yield from ((at + start, at + end, False) for start, end in _groups(part[at : plain.start()]))
        yield *plain.span(), True
        at = plain.end()
    yield from ((at + start, at + end, False) for start, end in _groups(part[at:]))


def _groups(part: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of the groups of characters that NFKC can change together, less invisible ones at the end."""
    start = end = 0
    for index, character in enumerate(part):
        if _BEFORE.get(ord(character), 0) is None:
            continue
        if end > start and not _joins(character):
            yield start, end
            start = index
        elif end == start:
            start = index
        end = index + 1
    if end > start:
        yield start, end


def _joins(character: str) -> bool:
    """Whether the character can compose with, or be sorted among, the characters before it."""
    if character < "\u0300":
        return False
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.combining(first) > 0 or ord(first) in _COMPOSING_STARTERS
