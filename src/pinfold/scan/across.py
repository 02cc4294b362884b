"""What several files of a skill say only together: blobs and texts cut into numbered parts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pinfold.language.document import Document
from pinfold.language.layers.blobs import joined
from pinfold.language.layers.layer import Layer
from pinfold.rulebook import Judge, Match
from pinfold.rulebook.check import Subject
from pinfold.scan.layers import Under, judge_layer
from pinfold.scan.source import read_document

MAX_PARTS = 64
"""Files that are put together."""

MAX_CHARACTERS = 1_000_000
"""Characters of all parts together."""

_NUMBER = re.compile(r"\d+")
_PART = re.compile(r"(?i)part|piece|chunk|segment|slice|split|片|段")
_BLOB = re.compile(r"[A-Za-z0-9+/_\s-]+={0,2}\s*")


def judge_across(documents: Sequence[Document], judge: Judge) -> list[Match]:
    """Return what rules find in texts that were cut into files, which no file shows by itself.

    ``documents`` are texts of a skill that share a name but for its numbers with another one.
    """
    rows: dict[str, list[Document]] = {}
    for document in documents:
        rows.setdefault(_NUMBER.sub("#", document.path), []).append(document)
    matches: list[Match] = []
    for row in rows.values():
        parts = sorted(row, key=lambda document: _order(document.path))[:MAX_PARTS]
        if len(parts) > 1 and sum(len(part.text) for part in parts) <= MAX_CHARACTERS:
            matches.extend(_judged(parts, judge))
    return matches


def _order(path: str) -> list[tuple[int, str]]:
    return [(int(piece), "") if piece.isdigit() else (0, piece) for piece in re.split(r"(\d+)", path)]


def _judged(parts: Sequence[Document], judge: Judge) -> list[Match]:
    said, how = _together(parts)
    if not said:
        return []
    first = parts[0]
    layer = Layer(said, 0, len(first.text), how, hidden=how != _TEXT)
    matches = judge_layer(first, layer, judge, Under([], [], []))
    matches.extend(judge.judge_checks("source", Subject(first, read_document(first).acts, [layer])))
    return matches


_TEXT = "a text in several files"


def _together(parts: Sequence[Document]) -> tuple[str, str]:
    """Return what files say together, and how it was cut."""
    if all(_BLOB.fullmatch(part.text) for part in parts):
        found = joined(["".join(part.text.split()) for part in parts])
        return (found[2], "base64 in several files") if found else ("", "")
    # Chapters and the like end where a sentence does; what is cut elsewhere was cut to keep words apart.
    cut = sum(part.text.rstrip("\n")[-1:] not in "。.!?！？`|:：>)）}];；\"'" for part in parts[:-1])
    named = all(_PART.search(part.path) for part in parts)
    return ("".join(part.text for part in parts), _TEXT) if named or cut * 2 > len(parts) - 1 else ("", "")
