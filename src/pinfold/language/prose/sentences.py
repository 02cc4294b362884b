"""Sentences of English and Chinese prose, as spans."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_SENTENCE = 2_000
"""Longer sentences are cut, in characters."""

_CLOSERS = r"[\"')\]”’」』）】》*_`]{0,6}"
_BEGINS_ANEW = (
    r"[ \t]{0,80}(?:\r?\n|$|[-*+•◦▪●·]\s|\d{1,3}[.)、．]|[(（][一二三四五六七八九十\d]{1,3}[)）]"
    r"|[一二三四五六七八九十]{1,3}、|#{1,6}\s|\||<|```|~~~|={3}|-{3}|[A-Za-z][\w-]{0,30}:\s"
    r"|[\u2600-\u27bf\u2b00-\u2bff➜→\U0001f300-\U0001faff])"
)
"""What a line begins with that does not go on with the one before: a list marker, a heading, a table, a sign."""

_STOP = re.compile(
    rf"[。！？；｡]{{1,8}}{_CLOSERS}"
    rf"|[.!?]{{1,8}}{_CLOSERS}(?=[\s\u2e80-\u9fff]|$)"
    rf"|\n(?={_BEGINS_ANEW})"
    r"|(?:(?<=[:：|\\{}])|(?<=  ))\r?\n"
    r"|\n(?=[ \t]{0,80}>)"
    r"|(?m:^)[ \t]{0,3}#{1,6}[ \t][^\n]*"
)
"""Where a sentence may end. Every repetition is bounded or ends with the line, so that matching is linear."""

_QUOTED = re.compile(r"[ \t]{0,80}>")
_ABBREVIATIONS = frozenset(
    (
        "a.k.a", "al", "approx", "ca", "cf", "ch", "dept", "dr", "e.g", "ed", "eds", "eg", "est", "fig", "figs", "i.e",
        "ie", "inc", "jr", "ltd", "max", "min", "misc", "mr", "mrs", "ms", "pp", "prof", "resp", "sec", "sr", "st",
        "ver", "viz", "vol", "vs", "w.r.t",
    )
)  # fmt: skip
_BEFORE_DIGIT = frozenset(("no", "nr", "p", "art", "v"))


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Yield the spans of the sentences between two character offsets, without surrounding white space.

    A list item, a heading, a table row and a blank line end a sentence; a soft line break does not. Work is linear in
    the length of the text.
    """
    end = len(text) if end is None else min(end, len(text))
    begin = start
    for stop in _STOP.finditer(text, start, end):
        if stop.end() > begin and _ends_sentence(text, begin, stop, end):
            yield from _pieces(text, begin, stop.end())
            begin = stop.end()
    yield from _pieces(text, begin, end)


def _ends_sentence(text: str, begin: int, stop: re.Match[str], end: int) -> bool:
    mark = stop.group()[0]
    if mark == ".":
        return not _is_abbreviation(text, begin, stop.start(), stop.end())
    if mark == "\n" and _QUOTED.match(text, stop.end(), end):
        # A quotation goes on from line to line.
        line = max(begin, text.rfind("\n", begin, stop.start()) + 1)
        return _QUOTED.match(text, line, end) is None
    return True


def _is_abbreviation(text: str, begin: int, dot: int, after: int) -> bool:
    """Tell whether the full stop at ``dot`` belongs to its word: "e.g.", "No. 3", "1." before a list item, "J."."""
    head = text[max(begin, dot - 12) : dot]
    word = head.split()[-1].lstrip("([\"'*_`").lower() if head.strip() and not head[-1].isspace() else ""
    if not word or after - dot > 1:
        return False
    following = text[after : after + 4].lstrip()[:1]
    if word in _ABBREVIATIONS:
        return True
    if word == "etc":
        return following.islower()
    if word in _BEFORE_DIGIT:
        return following.isdigit()
    if word.isdigit() and len(word) <= 3:
        line = max(begin, text.rfind("\n", max(begin, dot - 90), dot) + 1)
        return text[line:dot].strip(" \t>*-#").lower() == word
    return len(word) == 1 and word.isalpha() and word.isascii() and word != "i"


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a span without the white space around it, cut where it is too long."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > MAX_SENTENCE:
        cut = _cut(text, start, start + MAX_SENTENCE)
        yield start, cut
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end


def _cut(text: str, start: int, limit: int) -> int:
    """Return where to cut a long sentence: after a comma, else at white space, else at the limit."""
    for marks in (",，、;:：", " \t\n"):
        cut = max(text.rfind(mark, limit - MAX_SENTENCE // 4, limit) for mark in marks)
        if cut > start:
            return cut + 1
    return limit
