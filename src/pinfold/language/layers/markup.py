"""Words in the open text that nobody sees: comments, titles of links, hidden elements, text far down or far right."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

import re2

from pinfold.language.layers.found import Found

MAX_SAID = 4_000
"""Characters of one hidden passage that are looked at."""

_STYLE = (
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0(?:\.0\d*)?\s*[;\"']|font-size\s*:\s*[01](?:px|pt|em|%)?\s*[;\"']"
    r"|(?:left|top|text-indent)\s*:\s*-\d{3,}|color\s*[:=]\s*[\"']?(?:white\b|#fff(?:fff)?\b|transparent\b|rgba?\(\s*255\s*,\s*255\s*,\s*255)"
)
_HIDDEN_ELEMENT = re2.compile(
    rf"(?i)<([a-z]\w{{0,12}}) [^<>\n]*?(?:style\s*=\s*[\"'](?:[^<>\n]*?[\s;])?(?:{_STYLE})"
    rf"|\bhidden\b|\bcolor\s*=\s*[\"']?(?:white|#fff))[^<>\n]*>([^<]{{8,}})"
)
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_DARK = re.compile(r"(?i)background(?:-color)?\s*:\s*(?!\s*(?:white|#fff\b|#ffffff|transparent))")
_TITLE = re.compile(r"\]\(\s*<?[^)\s>]{0,300}>?\s+[\"']([^\"\n]{24,1000})[\"']\s*\)")
_REFERENCE = re.compile(r"^ {0,3}\[[^\]\n]{1,60}\]:\s*<?\S{1,300}\s+[\"'(]([^\n]{16,1000})[\"')]\s*$", re.MULTILINE)
_NO_LINK = re.compile(r"^ {0,3}\[[^\]\n]{0,30}\]:[ \t]*<?#?>?[ \t]+[\"'(]([^\n]{0,1000})[\"')][ \t]*$", re.MULTILINE)
_ALTERNATIVE = re.compile(r"!\[([^\]\n]{60,1000})\]\(")
_FRONT = re.compile(r"---[ \t\r]*\n(?:(?!---)[^\n]*\n){0,1000}?---")
_FRONT_COMMENT = re.compile(r"^[ \t]*#[ \t]?([^\n]*)$", re.MULTILINE)
_DOWN = re2.compile(r"\n(?:[ \t\r]*\n){24,}[ \t\r]*(\S)")
_RIGHT = re2.compile(r"[ \t]{160,}(\S[^\n]{0,1000})")


def find(text: str) -> Iterator[Found]:
    """Yield the passages of a document that a reader of the rendered page, or of its first screen, does not see."""
    for start, end in _comments(text):
        yield Found(text[start:end], start, end, "a comment")
    front = _FRONT.match(text)
    if front is not None:
        yield from _asides(list(_FRONT_COMMENT.finditer(text, 0, front.end())), "a comment")
    yield from _asides(list(_TITLE.finditer(text)), "the titles of links")
    yield from _asides(list(_REFERENCE.finditer(text)), "link definitions")
    yield from _asides(list(_NO_LINK.finditer(text)), "link definitions")
    yield from _asides(list(_ALTERNATIVE.finditer(text)), "the text of pictures")
    fences = [match.start() for match in _FENCE.finditer(text)]
    for match in _HIDDEN_ELEMENT.finditer(text):
        # In a fence markup is shown as it is written.
        if not _DARK.search(match[0]) and bisect_left(fences, match.start()) % 2 == 0:
            start, end = match.span(2)
            yield Found(match[2], start, end, "an element that is not shown", plain=True)
    for match in _DOWN.finditer(text):
        start = match.start(1)
        end = min(len(text), start + MAX_SAID)
        yield Found(text[start:end], start, end, "far down the page", plain=True)
    yield from _asides(list(_RIGHT.finditer(text)), "far to the right")


def _comments(text: str) -> Iterator[tuple[int, int]]:
    """Yield what stands in the comments of HTML; one that is never closed goes on to the end."""
    at = text.find("<!--")
    while at >= 0:
        end = text.find("-->", at + 4)
        yield at + 4, min(end if end >= 0 else len(text), at + 4 + MAX_SAID)
        at = text.find("<!--", end) if end >= 0 else -1


def _asides(found: Sequence[re.Match[str]], how: str) -> Iterator[Found]:
    """Yield what stands beside the text in many places, as one text."""
    if found:
        said = "\n".join(match[1] for match in found)
        yield Found(said[: MAX_SAID * 4], found[0].start(1), found[-1].end(1), how)
