"""A report whose summary stands first although it is known last: what comes in between waits on disk.

So memory stays flat however many skills there are, and chapters can stand in the order of urgency whatever the order of
the scan was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator

HELD = 256 * 1024
"""Characters of one chapter that wait in memory; from then on it waits in a temporary file that only its owner can
read."""

_END = "\x1e\n"
"""Ends a piece. Text in a report has no control characters: they are made visible before."""


class Chapters:
    """Pieces of text by chapter, each read back in the order in which it came."""

    def __init__(self, names: Iterable[str]) -> None:
        """Open the chapters called ``names``; they stand in this order."""
        self._files = {
            name: tempfile.SpooledTemporaryFile(  # noqa: SIM115  # kept until `close`
                HELD, "w+", encoding="utf-8", errors="backslashreplace", newline="\n"
            )
            for name in names
        }
        self.counts = dict.fromkeys(self._files, 0)

    def add(self, name: str, piece: str) -> None:
        """Put ``piece``, whole lines, at the end of a chapter."""
        self._files[name].write(piece + _END)
        self.counts[name] += 1

    def pieces(self, name: str) -> Iterator[str]:
        """Yield the pieces of a chapter."""
        file = self._files[name]
        file.seek(0)
        lines: list[str] = []
        for line in file:
            if line == _END:
                yield "".join(lines)
                lines.clear()
            else:
                lines.append(line)

    def close(self) -> None:
        """Give up what was kept."""
        for file in self._files.values():
            file.close()
