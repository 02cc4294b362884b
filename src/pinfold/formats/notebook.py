"""Jupyter notebooks: the text of their cells, with the place of each line in the file."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

import msgspec

from pinfold.formats.spans import Value, read_json

MAX_CELLS = 5_000
"""How many cells of one notebook are read."""

_CELL_MAGIC = re.compile(r"[ \t\n]*%%(\w+)[^\n]*\n?")
_SHELL_CELLS = {"bash": "bash", "sh": "sh", "script": "bash", "system": "bash", "sx": "bash", "cmd": "cmd",
    "powershell": "powershell", "pwsh": "powershell"}  # fmt: skip
_CODE_CELLS = {"javascript": "javascript", "js": "javascript", "html": "html", "python": "python", "python3": "python"}
_LINE_MAGIC = re.compile(
    r"^([ \t]*)(?:(?:\w+[ \t]*=[ \t]*)?(!{1,2})|%(sx|system|pip|conda|mamba|uv)\b|%(\w+)\b)(.*)$", re.MULTILINE
)
_INSTALLERS = frozenset({"pip", "conda", "mamba", "uv"})


class Cell(msgspec.Struct):
    """A cell, or the commands in one: its ``language`` (``markdown``, ``python``, ``bash``, …) and ``text``.

    Offsets of ``text`` from ``starts`` on stand in the file from ``places`` on.
    """

    language: str
    text: str
    starts: list[int]
    places: list[int]

    def place(self, offset: int) -> int:
        """Return where a character of the text stands in the file; within a line that has escapes, about where."""
        index = max(0, bisect_right(self.starts, offset) - 1)
        last = self.places[index + 1] if index + 1 < len(self.places) else self.places[index] + 10_000_000
        return min(self.places[index] + offset - self.starts[index], last)


def cells(text: str) -> Iterator[Cell]:
    """Yield the cells of a notebook, and the shell commands of its code cells after them; outputs are left out."""
    root = read_json(text)
    if root is None:
        return
    language = _kernel(root)
    number = 0
    for holder in (root, *(sheet for sheets in root.each("worksheets") for sheet in sheets.items)):
        for listed in holder.each("cells"):
            for cell in listed.items:
                number += 1
                if number > MAX_CELLS:
                    return
                yield from _cell(cell, language)


def too_many(text: str) -> bool:
    """Return whether a notebook may have more cells than are read."""
    return text.count('"cell_type"') > MAX_CELLS


def _kernel(root: Value) -> str:
    for metadata in root.each("metadata"):
        for key in ("kernelspec", "language_info"):
            for found in metadata.each(key):
                for name in found.each("language", "name"):
                    return name.text.lower().rstrip("0123456789.") or "python"
    return "python"


def _cell(cell: Value, language: str) -> Iterator[Cell]:
    kind = next((found.text for found in cell.each("cell_type")), "code")
    for source in cell.each("source", "input"):
        lines = source.items or [source]
        starts: list[int] = []
        length = 0
        for line in lines:
            starts.append(length)
            length += len(line.text)
        whole = Cell("", "".join(line.text for line in lines), starts, [line.start for line in lines])
        if kind != "code":
            yield msgspec.structs.replace(whole, language="markdown" if kind == "markdown" else "raw")
        else:
            yield from _code(whole, language)


def _code(cell: Cell, language: str) -> Iterator[Cell]:
    """Yield a code cell, with its magic lines taken out, and those lines as shell."""
    magic = _CELL_MAGIC.match(cell.text)
    if magic is not None and (name := _SHELL_CELLS.get(magic[1]) or _CODE_CELLS.get(magic[1])):
        blank = re.sub(r"[^\n]", " ", magic[0])
        yield msgspec.structs.replace(cell, language=name, text=blank + cell.text[magic.end() :])
        return
    shell: list[tuple[int, int, str]] = []

    def taken(found: re.Match[str]) -> str:
        command = found[5] if found[2] or found[3] in ("sx", "system") else ""
        if found[3] in _INSTALLERS:
            command = f"{found[3]} {found[5]}"
        if command.strip():
            shell.append((found.start(), found.start(5), command))
        return " " * len(found[0])

    text = _LINE_MAGIC.sub(taken, cell.text) if "!" in cell.text or "%" in cell.text else cell.text
    if magic is not None:
        text = re.sub(r"[^\n]", " ", magic[0]) + text[magic.end() :]
    yield msgspec.structs.replace(cell, language=language, text=text)
    for start, _at, command in shell:
        yield Cell("bash", command, [0], [cell.place(start)])
