"""What must occur in a text before a pattern can: the pieces between its gaps.

Counted gaps are what makes Hyperscan slow to compile: as whole patterns our rules took seconds. A pattern such as
``a.{0,60}b|c`` can only match where ``a`` and ``b`` both occur, or ``c``. So Hyperscan looks for the pieces, which are
little more than lists of words, and RE2 looks for the whole only where enough pieces were found. The pieces may let a
text through in vain; they never hold one back.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from pinfold.rulebook.patterns import locate

_GAP = re.compile(rb"\.(?:\{\d*,?\d*\}|[*+?])\??")
_FLAGGED = re.compile(rb"\(\?[a-zA-Z-]+\)")
_EDGE = re.compile(rb"^(?:\[\\s\*_>\]\{1,12\})+|(?:\[\\s\*_>\]\{1,12\})+$")

Needs = tuple[frozenset[int], ...]
"""For each alternative of a pattern, the numbers of the pieces that it needs."""


def split(pattern: bytes) -> list[list[bytes]]:
    """Return, for each alternative of a byte pattern, the pieces that all must occur.

    An alternative without any piece may match anywhere. Only what stands outside all brackets is split, and a pattern
    that begins with flags is left whole.
    """
    if _FLAGGED.match(pattern):
        return [[pattern]]
    return [[piece for part in parts if (piece := _piece(part))] for parts in _parts(pattern)]


def numbered(patterns: Sequence[bytes]) -> tuple[list[bytes], list[Needs]]:
    """Return the distinct pieces of all patterns, and for each pattern which of them it needs."""
    pieces: dict[bytes, int] = {}
    needs: list[Needs] = [
        tuple(frozenset(pieces.setdefault(piece, len(pieces)) for piece in parts) for parts in split(pattern))
        for pattern in patterns
    ]
    return list(pieces), needs


def met(needs: Needs, found: Collection[int]) -> bool:
    """Say whether a pattern may occur where these pieces do."""
    return any(all(piece in found for piece in parts) for parts in needs)


def by_piece(needs: Sequence[Needs]) -> tuple[frozenset[int], dict[int, set[int]]]:
    """Return the numbers of the patterns that may occur anywhere, and those to ask about where a piece was found."""
    anywhere: set[int] = set()
    index: dict[int, set[int]] = {}
    for number, alternatives in enumerate(needs):
        for parts in alternatives:
            if parts:
                index.setdefault(min(parts), set()).add(number)
            else:
                anywhere.add(number)
    return frozenset(anywhere), index


def _parts(pattern: bytes) -> list[list[bytes]]:
    """Cut a pattern at its outer ``|`` and at the gaps outside all brackets."""
    alternatives: list[list[bytes]] = [[b""]]
    depth = at = 0
    while at < len(pattern):
        character = pattern[at : at + 1]
        width = 1
        if character == b"\\":
            width = 2
        elif character == b"[":
            width = _class_end(pattern, at) - at
        elif character in b"()":
            depth += 1 if character == b"(" else -1
        elif depth == 0 and character == b"|":
            alternatives.append([b""])
            at += 1
            continue
        elif depth == 0 and (gap := _GAP.match(pattern, at)):
            alternatives[-1].append(b"")
            at = gap.end()
            continue
        alternatives[-1][-1] += pattern[at : at + width]
        at += width
    return alternatives


def _class_end(pattern: bytes, start: int) -> int:
    at = start + 2 if pattern[start + 1 : start + 2] == b"^" else start + 1
    if pattern[at : at + 1] == b"]":
        at += 1
    while at < len(pattern) and pattern[at : at + 1] != b"]":
        at += 2 if pattern[at : at + 1] == b"\\" else 1
    return at + 1


def _piece(part: bytes) -> bytes:
    """Return a part without what only makes it stricter, or nothing when it can be empty."""
    piece = _EDGE.sub(b"", part.replace(rb"\b", b"")).replace(b"{1,12}", b"+")
    return b"" if not piece or locate(piece).fullmatch(b"") else piece
