"""Text in the parts of Office documents (``.docx``, ``.xlsx``, ``.pptx``, ``.odt``), runs joined, hidden ones told."""

from __future__ import annotations

import re
from xml.parsers import expat

import msgspec

MAX_PART = 16_000_000
"""How many bytes of one part are read."""

MAX_ELEMENTS = 2_000_000
"""How many elements of one part are read."""

_PARTS = re.compile(
    r"!/(?:word/(?:document|header\d*|footer\d*|comments\w*|footnotes|endnotes|glossary/document)\.xml"
    r"|ppt/(?:slides|notesSlides|comments)/[^/]+\.xml|xl/(?:sharedStrings|comments\d*|worksheets/[^/]+)\.xml"
    r"|(?:content|styles|meta)\.xml)$"
)
_RELATIONS = re.compile(r"!/(?:[^!]*/)?_rels/[^/]*\.rels$")
_BREAKS = frozenset({"p", "h", "br", "tr", "si", "table-row", "line-break"})
_TEXTS = frozenset({"t", "p", "h", "span", "a", "instrText", "delText", "f"})
_HIDDEN = frozenset({"vanish", "webHidden"})


class Part(msgspec.Struct):
    """The text of a part, and apart from it what its reader is not shown; ``trouble`` says why not all was read."""

    text: str
    hidden: str
    trouble: str = ""


def is_part(path: str) -> bool:
    """Return whether a member of an archive holds the text of an Office document."""
    return _PARTS.search(path) is not None


def is_relations(path: str) -> bool:
    """Return whether a member of an archive says what an Office document refers to."""
    return _RELATIONS.search(path) is not None


class _RefusedError(Exception):
    """The part declares entities, or has too much in it."""


class _Reader:
    def __init__(self) -> None:
        self.shown: list[str] = []
        self.hidden: list[str] = []
        self.run: list[str] = []
        self.vanishes = False
        self.inside: list[str] = []
        self.elements = 0
        self.links: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise _RefusedError(f"more than {MAX_ELEMENTS:,} elements")
        local = name.rpartition(":")[2]
        self.inside.append(local)
        if local == "r":
            self.flush()
        if local in _HIDDEN and attributes.get("w:val", "1") not in ("0", "false", "off"):
            self.vanishes = True
        if local == "Relationship" and attributes.get("TargetMode") == "External":
            self.links.append(f"{attributes.get('Type', '').rpartition('/')[2]} {attributes.get('Target', '')}")

    def text(self, text: str) -> None:
        if self.inside and self.inside[-1] in _TEXTS:
            self.run.append(text)

    def end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if self.inside:
            self.inside.pop()
        if local == "r":
            self.flush()
        if local in _BREAKS:
            self.flush()
            self.shown.append("\n")
        elif local in ("c", "tab", "table-cell"):
            self.flush()
            self.shown.append("\t")

    def flush(self) -> None:
        if self.run:
            (self.hidden if self.vanishes else self.shown).append("".join(self.run))
            if self.vanishes:
                self.hidden.append("\n")
        self.run = []
        self.vanishes = False


def _parsed(data: bytes) -> tuple[_Reader, str]:
    reader = _Reader()
    if len(data) > MAX_PART:
        return reader, f"a part of more than {MAX_PART:,} bytes"
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise _RefusedError("it declares entities of its own")

    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = lambda *_: 0
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, _RefusedError, ValueError) as error:
        reader.flush()
        return reader, f"XML of an Office document: {str(error)[:100]}"
    reader.flush()
    return reader, ""


def part(data: bytes) -> Part:
    """Return the text of a part of an Office document. Never raises."""
    reader, trouble = _parsed(data)
    return Part("".join(reader.shown), "".join(reader.hidden), trouble)


def links(data: bytes) -> list[str]:
    """Return what a document refers to outside itself, each as its kind and address. Never raises."""
    return _parsed(data)[0].links
