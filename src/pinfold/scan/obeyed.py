"""Data files that a skill has its agent obey, or has a program decode: read as what they then are.

What lies in a data file is data, and encoded text is ordinary there. It is not where the instructions of the skill say
to do what the file says, or where a program of the skill names the file beside something that decodes. Such a file is
read once more, together with the words or the code that lead to it: keys and cues stand there.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec
import re2

from pinfold.language.document import Document
from pinfold.language.file_kind import PROGRAMS, kind_of
from pinfold.language.fold import fold
from pinfold.language.layers.leads import asks_to_obey, decodes
from pinfold.model import Role
from pinfold.rulebook import Judge, Match
from pinfold.scan.layers import judge_layers
from pinfold.scan.source import Source, read_document

MAX_FILES = 40
"""Data files of one skill that are read as what their skill makes of them."""

MAX_CHARACTERS = 400_000
"""Characters of one data file that are read so."""

MAX_COLUMNS = 20
"""Columns of a table that are read one by one."""

_AROUND, _IN_PROSE = 1_200, 200
"""Characters around the name of a file in a program, and in prose, which are read with the file."""

_SHORTEST = 24
"""Characters below which a data file says nothing."""

_NOT_OBEYED = re.compile(r"(?i)(?:package|composer|tsconfig|[\w-]*lock)\.json$|lock$|\.(?:lock|sum|map|css|min\.js)$")


class _Lead(NamedTuple):
    """What leads to a data file: the words or the code around its name, and whether its content is to be obeyed."""

    around: str
    kind: str
    obeyed: bool


def judge_obeyed(leading: Sequence[tuple[str, str]], led: Mapping[str, str], judge: Judge) -> list[Match]:
    """Return what rules find in data files that are obeyed or decoded.

    ``leading`` are texts and programs of a skill that may lead to its data, each with its path; `may_lead` tells which
    may. ``led`` is the data by path.
    """
    names = {
        path.rpartition("/")[2]: path
        for path, text in led.items()
        if len(text) >= _SHORTEST and not _NOT_OBEYED.search(path)
    }
    matches: list[Match] = []
    for path, lead in list(_leads(leading, names).items())[:MAX_FILES]:
        for said in _readings(path, led[path][:MAX_CHARACTERS]):
            matches.extend(_judged(path, said, lead, judge))
    return matches


def may_lead(data: bytes) -> bool:
    """Return whether a text or a program may lead to a data file, by a look at its bytes."""
    return _LEADING.search(data) is not None


_LEADING = re2.compile(
    rb"(?i)b64|base-?_?\d\d|fromhex|unhex|xxd|'hex'|\"hex\"|atob|inflate|decompress|codecs|fromchar|xor|decod|decrypt"
    rb"|do what|follow (?:it|them|its|what)|instructions|obey|carry out|"
    + "|".join(("解码", "解碼", "照做", "照其", "照办", "照它", "执行", "執行", "遵", "指令", "去做")).encode()
)


def _leads(texts: Iterable[tuple[str, str]], names: Mapping[str, str]) -> dict[str, _Lead]:
    """Return what leads to each data file: the first program that decodes it, or else the first words that obey it."""
    found: dict[str, _Lead] = {}
    for leading, text in texts:
        kind = kind_of(leading, text)
        for name, path in names.items():
            at = text.find(name)
            if at >= 0 and (path not in found or found[path].obeyed) and (lead := _lead(text, kind, at)):
                found[path] = lead
    return found


def _lead(text: str, kind: str, at: int) -> _Lead | None:
    width = _AROUND if kind in PROGRAMS else _IN_PROSE
    around = text[max(0, at - width) : at + width]
    folded = fold(" ".join(around.split())).data
    if kind in PROGRAMS:
        return _Lead(around, kind, obeyed=False) if decodes(folded) else None
    return _Lead(around, "text", obeyed=True) if asks_to_obey(folded) else None


def _readings(path: str, text: str) -> Iterator[str]:
    """Yield the content of a data file: as it is, or the texts in it, each column of a table by itself."""
    lower = path.lower()
    if lower.endswith((".csv", ".tsv")):
        yield from _columns(text, "\t" if lower.endswith(".tsv") else ",")
    elif lower.endswith(".json"):
        yield "\n".join(_strings(text))
    else:
        yield text


def _columns(text: str, delimiter: str) -> Iterator[str]:
    rows: list[list[str]] = []
    try:
        rows.extend(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        yield text
        return
    for column in range(min(MAX_COLUMNS, max(map(len, rows), default=0))):
        yield "\n".join(row[column] for row in rows if column < len(row))


def _strings(text: str) -> Iterator[str]:
    """Yield the strings of a JSON document, in its order; the text itself where it is none."""
    try:
        waiting = [msgspec.json.decode(text)]
    except (msgspec.DecodeError, RecursionError):
        yield text
        return
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, dict):
            waiting.extend(reversed(value.values()))


def _judged(path: str, said: str, lead: _Lead, judge: Judge) -> Iterator[Match]:
    """Yield what rules find in the content of a file, not in what leads to it."""
    if len(said) < _SHORTEST:
        return
    document = Document(path, f"{said}\n\n{lead.around}", file_role=Role.INSTRUCTION if lead.obeyed else Role.CODE)
    document.kind = lead.kind
    source = read_document(document) if lead.obeyed else Source(document, [], [])
    matches = judge.judge("source", source.acts, [document]) if lead.obeyed else []
    lines = said.count("\n") + 1
    for match in (*matches, *judge_layers(source, matches, judge).matches):
        if all(item.place.line <= lines for item in match.evidence):
            yield match
