"""What several files of a skill say only together: blobs and texts cut into parts, numbered or named in an order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import re2

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

MAX_ROWS = 8
"""Rows of files that texts have somebody put together."""

MAX_CUES = 40
"""Words about putting together that are followed in one text."""

_AROUND = 240
"""Characters around such a word in which the files are named."""

_JOINS = re.compile(
    r"(?i)\b(?:join|concat\w*|together|one (?:text|file|document)|assembl\w*|combin\w*|stitch\w*"
    r"|in (?:this|that|their) order)\b"
    r"|\bcat (?=\S+ \S)|拼接|拼成|拼起|合并|合併|连起来|連起來|连成|連成|按顺序|按順序|依次"
)
_MAY_JOIN = re2.compile(
    rb"(?i)join|concat|together|one text|one file|one document|assembl|combin|stitch|order|cat "
    rb"|" + "|".join(("拼", "合并", "合併", "连", "連", "顺序", "順序", "依次")).encode()
)
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


def rows_named(texts: Sequence[Document], parts: Mapping[str, Document]) -> list[list[Document]]:
    """Return the rows of files that some text has somebody put together, in the order in which it names them.

    ``texts`` are those that may tell so, ``parts`` the files by the last name of their path.
    """
    rows: dict[tuple[str, ...], list[Document]] = {}
    for text in texts:
        for cue in islice(_JOINS.finditer(text.text), MAX_CUES):
            around = text.text[max(0, cue.start() - _AROUND) : cue.end() + _AROUND]
            places = sorted((at, name) for name in parts if (at := around.find(name)) >= 0)
            row = [parts[name] for _, name in places if parts[name].path != text.path]
            if len(row) > 1 and len(rows) < MAX_ROWS:
                rows.setdefault(tuple(part.path for part in row), row)
    return list(rows.values())


def judge_rows(rows: Iterable[Sequence[Document]], judge: Judge) -> list[Match]:
    """Return what rules find in files that some text has somebody put together."""
    return [
        match
        for row in rows
        if sum(len(part.text) for part in row) <= MAX_CHARACTERS
        for match in _judged(row[:MAX_PARTS], judge, told=True)
    ]


def may_join(data: bytes) -> bool:
    """Return whether a text may speak of putting files together, by a look at its bytes."""
    return _MAY_JOIN.search(data) is not None


def _order(path: str) -> list[tuple[int, str]]:
    return [(int(piece), "") if piece.isdigit() else (0, piece) for piece in re.split(r"(\d+)", path)]


def _judged(parts: Sequence[Document], judge: Judge, *, told: bool = False) -> list[Match]:
    said, how = _together(parts, told=told)
    if not said:
        return []
    first = parts[0]
    layer = Layer(said, 0, len(first.text), how, hidden=how != _TEXT)
    matches = judge_layer(first, layer, judge, Under([], [], []))
    matches.extend(judge.judge_checks("source", Subject(first, read_document(first).acts, [layer])))
    return matches


_TEXT = "a text in several files"


def _together(parts: Sequence[Document], *, told: bool) -> tuple[str, str]:
    """Return what files say together, and how it was cut; that they belong together may have been ``told``."""
    if all(_BLOB.fullmatch(part.text) for part in parts):
        found = joined(["".join(part.text.split()) for part in parts])
        return (found[2], "base64 in several files") if found else ("", "")
    # Chapters and the like end where a sentence does; what is cut elsewhere was cut to keep words apart.
    cut = sum(part.text.rstrip("\n")[-1:] not in "。.!?！？`|:：>)）}];；\"'" for part in parts[:-1])
    named = told or all(_PART.search(part.path) for part in parts)
    return ("".join(part.text for part in parts), _TEXT) if named or cut * 2 > len(parts) - 1 else ("", "")
