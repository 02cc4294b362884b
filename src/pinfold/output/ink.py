"""Colours of a terminal, or nothing at all where the reader is not one."""

from __future__ import annotations

import msgspec

_STYLES = {
    "critical": "1;31",
    "high": "31",
    "medium": "33",
    "low": "36",
    "info": "2",
    "block": "1;31",
    "incomplete": "1;35",
    "review": "1;33",
    "clean": "32",
    "strong": "1",
    "faint": "2",
    "frame": "1;34",
}


class Ink(msgspec.Struct, frozen=True):
    """Writes in colour if ``color`` is set, and plainly otherwise. What it is given must be safe to print already."""

    color: bool = False

    def paint(self, style: str, text: str) -> str:
        """Return ``text`` in a style of the table above: a severity, a verdict, ``strong``, ``faint`` or ``frame``."""
        if not self.color or not text:
            return text
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m"
