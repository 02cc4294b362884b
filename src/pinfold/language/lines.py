"""Lines and columns of a text.

A line ends with a line feed, with a carriage return and a line feed, or with a lone carriage return. Nothing else ends
one, so that lines here are the lines of the editors in which people look findings up.
"""

from __future__ import annotations

from bisect import bisect_left

_BLOCK = 8192
"""Characters between two counts that are kept: few enough to count within, even in a text of nothing but newlines."""


class LineIndex:
    """Turns offsets into lines and columns, and lines into spans. Lines and columns count from 1, offsets from 0."""

    __slots__ = ("_counts", "_last", "_text")

    def __init__(self, text: str) -> None:
        """Count the lines of ``text`` block by block, in one pass."""
        if "\r" in text:  # the same length, and every line ends with a line feed
            text = text.replace("\r\n", " \n").replace("\r", "\n")
        self._text = text
        self._counts = [0]
        self._last = [-1]
        for start in range(0, len(text), _BLOCK):
            end = min(start + _BLOCK, len(text))
            self._counts.append(self._counts[-1] + text.count("\n", start, end))
            last = text.rfind("\n", start, end)
            self._last.append(last if last >= 0 else self._last[-1])

    @property
    def count(self) -> int:
        """How many lines there are; a text without any character has one."""
        return self._counts[-1] + 1

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset, which is cut to the text."""
        offset = min(max(offset, 0), len(self._text))
        block = offset // _BLOCK
        start = block * _BLOCK
        line = self._counts[block] + self._text.count("\n", start, offset)
        newline = self._text.rfind("\n", start, offset)
        return line + 1, offset - (newline if newline >= 0 else self._last[block])

    def span(self, line: int) -> tuple[int, int]:
        """Return start and end of a line without its line feed; a line beyond the text is empty and lies at its end."""
        start = self._start(line)
        end = self._start(line + 1) - 1 if line < self.count else len(self._text)
        return start, max(start, end)

    def _start(self, line: int) -> int:
        if line <= 1:
            return 0
        if line > self.count:
            return len(self._text)
        block = bisect_left(self._counts, line - 1) - 1
        at = block * _BLOCK - 1
        for _ in range(line - 1 - self._counts[block]):
            at = self._text.index("\n", at + 1)
        return at + 1
