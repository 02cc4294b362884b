"""The features of the model: words, pairs of words, and runs of one to three Chinese characters.

Training and scanning read a text through this one module, so that both see the same. It works on folded text
(`readable`), in time linear in its length. Chinese is read in simplified characters.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from zlib import crc32

from pinfold.language.prose.wording import simplified
from pinfold.tables import table

BUCKETS = 1 << 18
"""Places in the table of weights. What falls into one place shares a weight."""

MAX_SENTENCE = 1_000
"""Characters of one sentence; longer ones are read in pieces, so that padding thins nothing out."""

FIRST = crc32(b"^")
"""Stands for the word before the first one."""

PRIME = 40_503
"""Tells the first of two words from the second."""

BESIDE_HAN = crc32(b"<zh>")
"""Stands for the word before one that follows Chinese characters."""

TOKEN = re.compile(
    r"https?://[^\s)>\"'`]{1,300}|[~/.][\w.-]{0,60}/[\w./-]{1,200}|[a-z0-9-]{1,40}(?:\.[a-z0-9-]{1,40}){1,6}"
    r"|[a-z][a-z']{0,30}|[0-9]{1,40}|[\u3400-\u9fff]+|[!?]"
)
"""Addresses, paths, names with dots (hosts, files, versions), words, numbers, Chinese, and signs."""

_ENDINGS = ("ing", "ed", "es", "s", "ly")
_SENTENCE = re.compile(r"(?<=[.!?;:])[\"')*_`]{0,4}\s+|(?<=[。!?;])(?=[\u3400-\u9fff])")
_FENCE = re.compile(r"\s{0,12}(?:```+|~~~+)\s*([\w-]*)")
_READ_FENCES = frozenset(("", "text", "txt", "markdown", "md", "plain", "plaintext", "prompt"))
_MASK = BUCKETS - 1
_NEAR = 1

_MOST_KNOWN = 50_000
_SHORT = 24
"""Characters of what is worth remembering."""

Gram = tuple[int, str]
"""A place in the table of weights, and the words that led to it."""


def readable(folded: bytes) -> str:
    """Return folded bytes as the text that the model reads."""
    return folded.decode("utf-8", "replace")


Promising = Callable[[str], bool]
"""Says of a line whether a harmful passage may stand on it."""


def paragraphs(text: str, promising: Promising = lambda _line: True) -> Iterator[list[tuple[int, int]]]:
    """Yield the sentences of each paragraph of a readable Markdown text, as spans of characters.

    A list is one paragraph. Fences of code are left out; those of plain text are read. Of a paragraph only the lines
    that are ``promising`` are split into sentences, and the lines beside them.
    """
    lines: list[tuple[int, str]] = []
    hopeful: list[int] = []
    skipped = False
    fence = ""
    at = 0
    for line in text.split("\n"):
        head = line.lstrip()[:3]
        if head in ("```", "~~~") and (not fence or head == fence):
            opened = _FENCE.match(line[:80])
            skipped = not fence and (opened is None or opened[1] not in _READ_FENCES)
            fence = "" if fence else head
        elif head and not skipped:
            if promising(line):
                hopeful.append(len(lines))
            lines.append((at, line))
        elif lines:
            yield from _around(lines, hopeful)
            lines, hopeful = [], []
        at += len(line) + 1
    yield from _around(lines, hopeful)


def _around(lines: list[tuple[int, str]], hopeful: list[int]) -> Iterator[list[tuple[int, int]]]:
    """Yield the sentences of each run of lines that stand near a hopeful one."""
    done = 0
    for first in hopeful:
        if first < done:
            continue
        last = first
        for each in hopeful[bisect_left(hopeful, first) :]:
            if each > last + 2 * _NEAR:
                break
            last = each
        done = last + _NEAR + 1
        run = lines[max(0, first - _NEAR) : done]
        yield [span for at, line in run for span in _sentences(line, at)]


def _sentences(line: str, at: int) -> Iterator[tuple[int, int]]:
    start = 0
    for stop in _SENTENCE.finditer(line):
        yield from _pieces(at + start, at + stop.start())
        start = stop.end()
    yield from _pieces(at + start, at + len(line))


def _pieces(start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        yield start, min(end, start + MAX_SENTENCE)
        start += MAX_SENTENCE


def grams(sentence: str) -> Iterator[Gram]:
    """Yield the features of one readable sentence, each once: saying a word twice says no more."""
    seen: set[int] = set()
    for gram in _each(sentence):
        if gram[0] not in seen:
            seen.add(gram[0])
            yield gram


def _each(sentence: str) -> Iterator[Gram]:
    before, said = FIRST, ""
    for word in TOKEN.findall(sentence):
        if word >= "\u3400":
            yield from _han(word)
            before, said = BESIDE_HAN, ""
            continue
        code = coded(word)
        yield code & _MASK, word
        yield pair(before, code), f"{said} {word}".strip()
        before, said = code, word


def coded(token: str) -> int:
    """Return a number for what stands for a token: its stem, or a sign for addresses, paths, names and numbers."""
    return crc32(_word(token).encode())


class _Codes(dict[str, int]):
    """What `coded` returns, remembered: texts repeat their words."""

    def __missing__(self, token: str) -> int:
        code = coded(token)
        if len(token) <= _SHORT:
            if len(self) >= _MOST_KNOWN:
                self.clear()
            self[token] = code
        return code


codes = _Codes()
"""The numbers of tokens, as `coded` returns them."""


def _word(token: str) -> str:
    if token.startswith("http") and ":" in token:
        return "<url>"
    if token[0] in "~/.":
        return "<path>"
    if "." in token:  # which host or file it is says nothing: samples have other hosts than the world
        return "<name>"
    if token[0].isdigit():
        return "<n>"
    token = token.rstrip("'")
    for ending in _ENDINGS:
        if len(token) > len(ending) + 3 and token.endswith(ending):
            return token[: -len(ending)]
    return token


def pair(before: int, code: int) -> int:
    """Return the place of two words in a row, given the numbers of both."""
    return (before * PRIME ^ code) >> 3 & _MASK


def han_pair(first: int, second: int) -> int:
    """Return the place of two Chinese characters in a row, given their code points."""
    return (first * 40_503 ^ second * 7_919) & _MASK


def han_three(first: int, second: int, third: int) -> int:
    """Return the place of three Chinese characters in a row, given their code points."""
    return (first * 92_821 ^ second * 40_503 ^ third * 7_919) >> 1 & _MASK


def han_codes(run: str) -> list[int]:
    """Return the code points of a run of Chinese characters, in simplified form and the words of the mainland."""
    return [ord(character) for character in _mainland(run)]


def _mainland(run: str) -> str:
    pattern, words = _regional()
    return pattern.sub(lambda word: words[word[0]], simplified(run))


@cache
def _regional() -> tuple[re.Pattern[str], dict[str, str]]:
    words: dict[str, str] = table(Path(__file__).parent, "regional")["words"]
    return re.compile("|".join(words)), words


def _han(run: str) -> Iterator[Gram]:
    codes, words = han_codes(run), _mainland(run)
    for at, code in enumerate(codes):
        yield code, words[at]
    for at, both in enumerate(pairwise(codes)):
        yield han_pair(*both), words[at : at + 2]
    for at, three in enumerate(zip(codes, codes[1:], codes[2:], strict=False)):
        yield han_three(*three), words[at : at + 3]
