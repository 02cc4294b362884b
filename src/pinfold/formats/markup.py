"""Scripts in HTML and SVG: what stands between the tags, in handlers of events and behind ``javascript:``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import re2

MAX_SCRIPTS = 2_000
"""How many scripts of one file are read."""

_SCRIPT = re2.compile(r"(?is)<script(?:\s[^>]*)?>(.*?)(?:</script|\z)")
_HANDLER = re2.compile(
    r"(?is)\s(?:on[a-z]{3,24}|(?:xlink:)?href|src|action|formaction)\s*=\s*(?:\"\s*([^\"]+)\"|'\s*([^']+)')"
)
_IS_SCRIPT = re2.compile(r"(?is)^\s*javascript:")


def scripts(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the scripts of a page or picture stand, in characters of ``text``."""
    if "<script" in text.lower():
        for found in islice(_SCRIPT.finditer(text), MAX_SCRIPTS):
            if found[1].strip():
                yield found.span(1)
    for found in islice(_HANDLER.finditer(text), MAX_SCRIPTS):
        group = 1 if found[1] is not None else 2
        start, end = found.span(group)
        name = found[0].lstrip()[:2].lower()
        if name == "on":
            yield start, end
        elif _IS_SCRIPT.match(found[group]):
            yield start + found[group].lower().index("javascript:") + 11, end


def too_many(text: str) -> bool:
    """Return whether a file may have more scripts than are read."""
    return text.count("<script") > MAX_SCRIPTS
