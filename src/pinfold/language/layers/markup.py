"""Words in the open text that nobody sees: comments, titles of links, hidden elements, text far down or far right."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

import re2

from pinfold.language.layers.found import Found

MAX_SAID = 4_000
"""Characters of one hidden passage that are looked at."""

_COMMENT = re.compile(r"<!--(.{1,4000}?)(?:-->|\Z)", re.DOTALL)
_STYLE = (
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0\d*)?\s*[;\"']|font-size\s*:\s*[01](?:px|pt|em|%)?\s*[;\"']"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}|(?:^|[\s;\"'])color\s*[:=]\s*[\"']?(?:white\b|#fff(?:fff)?\b|transparent\b|rgba?\(\s*255\s*,\s*255\s*,\s*255)"
)
_HIDDEN_ELEMENT = re2.compile(rf"(?i)<([a-z]\w{{0,12}}) [^<>\n]*?(?:style\s*=\s*[\"'][^<>\n]*?(?:{_STYLE})|\bhidden\b|\bcolor\s*=\s*[\"']?(?:white|#fff))[^<>\n]*>([^<]{{8,}})")
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_DARK = re.compile(r"(?i)background(?:-color)?\s*:\s*(?!\s*(?:white|#fff\b|#ffffff|transparent))")
_TITLE = re.compile(r"\]\(\s*<?[^)\s>]{0,300}>?\s+[\"']([^\"\n]{24,1000})[\"']\s*\)")
_REFERENCE = re.compile(r"^ {0,3}\[([^\]\n]{1,60})\]:\s*<?\S{1,300}\s+[\"'(]([^\n]{16,1000})[\"')]\s*$", re.MULTILINE)
_ALTERNATIVE = re.compile(r"!\[([^\]\n]{60,1000})\]\(")
_DOWN = re.compile(r"\n(?:[ \t\r]*\n){24,}(?=[^\n]*\S)")
_RIGHT = re.compile(r"[ \t]{160,}(\S[^\n]{7,1000})")


def find(text: str) -> Iterator[Found]:
    """Yield the passages of a document that a reader of the rendered page, or of its first screen, does not see."""
    for match in _COMMENT.finditer(text):
        yield _plain(match, 1, "a comment")
    fences = [match.start() for match in _FENCE.finditer(text)]
    for match in _HIDDEN_ELEMENT.finditer(text):
        # In a fence markup is shown as it is written.
        if not _DARK.search(match[0]) and bisect_left(fences, match.start()) % 2 == 0:
            yield Found(match[2], *match.span(2), "an element that is not shown", plain=True)
    for match in _TITLE.finditer(text):
        yield _plain(match, 1, "the title of a link")
    for match in _REFERENCE.finditer(text):
        yield _plain(match, 2, "a link definition")
    for match in _ALTERNATIVE.finditer(text):
        yield _plain(match, 1, "the text of a picture")
    for match in _DOWN.finditer(text):
        yield Found(text[match.end() : match.end() + MAX_SAID], match.end(), min(len(text), match.end() + MAX_SAID), "far down the page", plain=True)
    for match in _RIGHT.finditer(text):
        yield _plain(match, 1, "far to the right")


def _plain(match: re.Match[str], group: int, how: str) -> Found:
    return Found(match[group], *match.span(group), how, plain=True)
