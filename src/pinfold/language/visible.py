"""What a terminal would hide or act upon, made visible."""

from __future__ import annotations

import re

WIDTH = 240
"""Most characters of an excerpt."""

_HIDDEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u2800\u3164\ud800-\udfff\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff]"
)
"""Control, direction and invisible characters. The selectors of text and picture forms are ordinary."""

_TAB = "\t"


def visible(text: str) -> str:
    """Return ``text`` with every tab as a space, and what is hidden spelt out, as in ``⟨U+202E⟩``."""
    return _HIDDEN.sub(lambda found: _spelt(found[0]), text)


def _spelt(character: str) -> str:
    return " " if character == _TAB else f"⟨U+{ord(character):04X}⟩"


def excerpt(line: str, start: int, end: int) -> tuple[str, int, int]:
    """Return the part of ``line`` around ``start`` to ``end``, made visible, and that span in it.

    The excerpt has at most ``WIDTH`` characters; ``…`` stands where the line was cut, a span too long at its end.
    """
    start = min(max(start, 0), len(line))
    end = min(max(end, start), len(line))
    marked = _cut(visible(line[start : min(end, start + WIDTH)]), WIDTH - 2)
    room = WIDTH - 2 - len(marked)
    before = visible(line[max(0, start - WIDTH) : start])
    after = visible(line[end : end + WIDTH])
    left = min(len(before), max(room // 2, room - len(after)))
    right = min(len(after), room - left)
    head = before[len(before) - left :]
    if left < len(before) or start > WIDTH:
        head = "…" + head
    tail = after[:right]
    if right < len(after) or len(line) - end > WIDTH or end > start + WIDTH:
        tail += "…"
    return head + marked + tail, len(head), len(head) + len(marked)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[:width]
