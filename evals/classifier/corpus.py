"""What the model learns from: our own texts, the cases of the rules, and harmless skills from elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy import sparse

from pinfold.language.fold import fold
from pinfold.language.likeness.grams import BUCKETS, grams, paragraphs, readable
from pinfold.language.likeness.likeness import WINDOW

TEXTS = Path(__file__).parent / "texts"
LARGEST = 300_000
"""Bytes of a file above which it is left out."""

_CLOSED = re.compile(
    r"(?i)all rights reserved|proprietary|\b[al]?gpl\b|gnu (?:lesser |affero )?general public|creative commons"
)
_LICENSE_LINE = re.compile(r"(?im)^license:[^\n]*")


class Text(NamedTuple):
    """One of our own texts."""

    harm: bool
    kind: str
    language: str
    words: str


class Window(NamedTuple):
    """A few sentences of a skill that stand together: rows of the sentence matrix, and where they come from."""

    rows: tuple[int, ...]
    skill: str
    path: str


def texts() -> list[Text]:
    """Return our own texts in the order of their files."""
    found = []
    for path in sorted(TEXTS.glob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            item = json.loads(line)
            found.append(Text(item["label"] == "harm", item["class"], path.stem.partition("-")[0], item["text"]))
    return found


def digest(paths: Iterable[Path]) -> str:
    """Return a digest over the content of files, in their order."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.read_bytes())
    return whole.hexdigest()


def is_open(skill: Path) -> bool:
    """Return whether nothing in a skill's folder says that it is under other terms than its repository."""
    said = [path.read_text("utf-8", "replace")[:2000] for path in skill.glob("LICEN*") if path.is_file()]
    said += _LICENSE_LINE.findall((skill / "SKILL.md").read_text("utf-8", "replace")[:4000])
    return not any(map(_CLOSED.search, said))


def is_learned(skill: Path) -> bool:
    """Return whether a skill belongs to the half of its repository that the model may see; its name decides."""
    return bool(hashlib.sha256(skill.name.encode()).digest()[0] % 2)


def skills(root: Path) -> Iterator[Path]:
    """Yield the folders below ``root`` that hold a SKILL.md, outermost ones only."""
    taken: list[Path] = []
    for path in sorted(root.rglob("SKILL.md"), key=lambda path: (len(path.parts), path)):
        if not any(path.is_relative_to(other) for other in taken):
            taken.append(path.parent)
    yield from sorted(taken)


def prose(skill: Path) -> list[Path]:
    """Return the texts of a skill that agents read."""
    return sorted(
        path
        for path in skill.rglob("*")
        if path.suffix.lower() in (".md", ".mdc", ".txt") and path.is_file() and path.stat().st_size <= LARGEST
    )


class Passages:
    """The windows of many skills, as rows of counts of features."""

    def __init__(self) -> None:
        """Begin with none."""
        self.sentences: list[str] = []
        self.windows: list[Window] = []
        self._known: dict[str, int] = {}

    def add(self, name: str, skill: Path) -> None:
        """Add the windows of a skill, each once."""
        seen: set[tuple[int, ...]] = set()
        for path in prose(skill):
            data = readable(fold(path.read_text("utf-8", "replace")).data)
            for spans in paragraphs(data):
                rows = [self._row(data[start:end]) for start, end in spans]
                for first in range(len(rows)):
                    for last in range(first + 1, min(first + WINDOW, len(rows)) + 1):
                        window = tuple(rows[first:last])
                        if window not in seen:
                            seen.add(window)
                            self.windows.append(Window(window, name, path.name))

    def _row(self, sentence: str) -> int:
        if sentence not in self._known:
            self._known[sentence] = len(self.sentences)
            self.sentences.append(sentence)
        return self._known[sentence]

    def matrix(self, spread: float) -> sparse.csr_matrix:
        """Return one row a window."""
        counts = _counts([list(grams(sentence)) for sentence in self.sentences])
        sizes = np.cumsum([0] + [len(window.rows) for window in self.windows])
        rows = np.concatenate([np.array(window.rows) for window in self.windows])
        chosen = sparse.csr_matrix(
            (np.ones(len(rows), np.float32), rows, sizes), shape=(len(self.windows), len(self.sentences))
        )
        return averaged((chosen @ counts).tocsr(), spread)

    def text(self, index: int) -> str:
        """Return the words of a window."""
        return " ".join(self.sentences[row] for row in self.windows[index].rows)


def matrix(words: Iterable[str], spread: float) -> sparse.csr_matrix:
    """Return one row a text."""
    rows = []
    for text in words:
        data = readable(fold(text).data)
        rows.append([gram for spans in paragraphs(data) for start, end in spans for gram in grams(data[start:end])])
    return averaged(_counts(rows), spread)


def _counts(rows: list[list[tuple[int, str]]]) -> sparse.csr_matrix:
    places = np.fromiter((place for row in rows for place, _ in row), np.int32)
    ends = np.cumsum([0] + [len(row) for row in rows])
    found = sparse.csr_matrix((np.ones(len(places), np.float32), places, ends), shape=(len(rows), BUCKETS))
    found.sum_duplicates()
    return found


def averaged(counts: sparse.csr_matrix, spread: float) -> sparse.csr_matrix:
    """Divide each row by the root of its number of features and ``spread``, as scanning does."""
    sizes = np.sqrt(np.asarray(counts.sum(axis=1)).ravel() + spread)
    return (sparse.diags(1 / sizes) @ counts).tocsr()
