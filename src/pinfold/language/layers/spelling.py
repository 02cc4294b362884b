"""Words spelt otherwise than they are meant: look-alike letters, rot13, reversal, letters and characters set apart.

Where lines keep their number the text comes back whole, respelt, so that each word still stands in its own sentence.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path

from pinfold.language.layers.found import Found
from pinfold.language.layers.glance import BACKWARDS, REVERSING, ROTATED
from pinfold.language.layers.legible import common_words, is_program, known
from pinfold.tables import table

MAX_LINES = 5_000
"""Lines of one text that are tried in another spelling."""

_NOT_ASCII_LETTER = re.compile(
    r"[\u0192\u01c0\u0250-\u02af\u0370-\u058f\u0ae6\u13a0-\u13ff\u1d00-\u1d2b\u2170-\u217f\ua731]"
)
_WORD_PART = re.compile(
    r"[A-Za-z0-9_'\u0192\u01c0\u0250-\u02af\u0370-\u058f\u0ae6\u13a0-\u13ff\u1d00-\u1d2b\u2170-\u217f\ua731-]"
)
_OWN = re.compile(r"[\u0370-\u058f\u13a0-\u13ff]")
_WORD = re.compile(r"[A-Za-z]{2,}")
_APART = re.compile(
    r"(?<![A-Za-z0-9])[A-Za-z](?:([ .*_|/~^\-])[A-Za-z](?![A-Za-z0-9])){4,}"
    r"(?:\1{2,}[A-Za-z](?:\1[A-Za-z](?![A-Za-z0-9]))*)*"
)
_MARK = r"[ .*_|~^`'\"+=#@&$%!·•。\-\u3000\u00b7\u2010-\u2015\u2605\u2606\u25a0-\u25ff]"
_HAN = "[\u3400-\u9fff]"
_BROKEN_HAN = re.compile(f"(?<={_HAN}){_MARK}{{1,3}}(?={_HAN})")
_ISLANDS = re.compile(f"(?<!{_HAN}){_HAN}(?:{_MARK}{{1,3}}{_HAN}(?!{_HAN})){{2,}}")
_ROTATED = re.compile(rf"(?i)\b(?:{ROTATED.decode()})\b")
_BACKWARDS = re.compile(rf"(?i)\b(?:{BACKWARDS.decode()})\b")
_TURNED_PAIRS = re.compile(
    r"(?m)^[。！？；，、][^\n]*[\u3400-\u9fff]|"
    "令指|略忽|送发|送發|行执|行執|钥密|鑰密|码密|碼密|求请|前之|有所|户用|載下|载下|装安|置配|狱越|矿挖|钱洗|分跑|拒要不|用使|取读|入写|传上|诉告"
)
"""Pairs of characters that stand the wrong way round; one by itself occurs where two words meet."""

_REVERSED = "reversed text"

_REVERSAL = re.compile(rf"(?i){REVERSING.decode()}")
_BLOCK = re.compile(r"\n```[^\n]*\n|\n\n(?=\S)")
_LEAD = 200
"""Characters behind a word about reversal in which the reversed block begins."""

MAX_CUES = 20
"""Words about reversal that are followed to a block."""

_CLOSED, _GAPS = 6, 20
"""Common words that come out where letters are closed up, and gaps between Chinese ones: more than a heading has."""

_SEVERAL = 4
"""Words with digits for letters from which on it is no name of a product."""

_NEAR = 4
"""Lines around a cue that are tried, too."""

_LONGEST_WORD = 60


def find(text: str, *, latin: bool) -> Iterator[Found]:
    """Yield the readings of ``text`` in which words are spelt as they are meant.

    ``latin`` says that the trigger occurs; the other spellings show by characters that are not ASCII.
    """
    if latin:
        yield from _other_order(text)
        bare = _APART.sub(lambda run: _closed(run[0], run[1]), "\n".join(map(_put_together, text.split("\n"))))
        if bare != text:
            hidden = known(bare)[0] >= known(text)[0] + _CLOSED
            yield Found(bare, 0, len(text), "letters set apart", hidden=hidden, respelt=True)
    if text.isascii():
        return
    yield from _look_alikes(text)
    yield from _struck(text)
    yield from _chinese(text)


@lru_cache(maxsize=1)
def _latin() -> dict[int, str]:
    words = table(Path(__file__).parent, "look_alikes")["pairs"].split()
    return {ord(letter): word[0] for word in words for letter in word[1:] if not letter.isascii()}


def _look_alikes(text: str) -> Iterator[Found]:
    if not _NOT_ASCII_LETTER.search(text):
        return
    latin = _latin()
    words = [word for word in _foreign_words(text) if _is_disguised(text, *word, latin)]
    swapped = sum(end - start >= 4 for start, end in words)
    if swapped:
        parts: list[str] = []
        at = 0
        for start, end in words:
            parts += [text[at:start], text[start:end].translate(latin)]
            at = end
        bare = "".join([*parts, text[at:]])
        yield Found(bare, 0, len(text), "look-alike letters", hidden=swapped >= 3, respelt=True)


def _foreign_words(text: str) -> Iterator[tuple[int, int]]:
    """Yield the words with a letter that is drawn like a Latin one, as far as a word can reach."""
    last = 0
    for letter in _NOT_ASCII_LETTER.finditer(text):
        start, end = letter.span()
        if start < last:
            continue
        while start > last and end - start < _LONGEST_WORD and _WORD_PART.match(text, start - 1):
            start -= 1
        while end < len(text) and end - start < _LONGEST_WORD and _WORD_PART.match(text, end):
            end += 1
        last = end
        yield start, end


def _is_disguised(text: str, start: int, end: int, latin: dict[int, str]) -> bool:
    """Return whether a word mixes Latin letters with others drawn like them, or only looks like a Latin word."""
    word = text[start:end]
    foreign = [letter for letter in word if not letter.isascii()]
    # Greek and Cyrillic words have letters that no Latin one looks like.
    if any(ord(letter) not in latin for letter in foreign):
        return False
    return any(map(str.isalpha, word.encode("ascii", "ignore").decode())) or not _in_its_own_script(
        text, start, end, latin
    )


def _in_its_own_script(text: str, start: int, end: int, latin: dict[int, str]) -> bool:
    """Return whether near a word there is writing of its script that cannot be taken for Latin."""
    around = text[max(0, start - 200) : end + 200]
    return any(ord(letter) not in latin for letter in _OWN.findall(around))


def _other_order(text: str) -> Iterator[Found]:
    """Yield runs of lines that are language in rot13, or backwards, and are none as they stand."""
    readings: tuple[tuple[str, Callable[[str], str], re.Pattern[str]], ...] = (
        ("rot13", lambda line: codecs.decode(line, "rot13"), _ROTATED),
        (_REVERSED, lambda line: line[::-1], _BACKWARDS),
    )
    lines = text.split("\n", MAX_LINES)[:MAX_LINES]
    for how, turn, cue in readings:
        cued = [number for number, line in enumerate(lines) if cue.search(line)]
        for first, last in _runs(cued):
            good = [
                number
                for number in range(max(0, first - _NEAR), min(len(lines), last + _NEAR + 1))
                if _better(turn(lines[number]), lines[number])
            ]
            if good:
                yield from _turned_block(lines, good[0], good[-1] + 1, how, turn)


def find_reversed(text: str) -> Iterator[Found]:
    """Yield the blocks before which words say that they are to be read backwards, whatever that makes of them."""
    last = 0
    for cue in islice(_REVERSAL.finditer(text), MAX_CUES):
        block = _BLOCK.search(text, cue.end(), cue.end() + _LEAD)
        if block is None or block.start() < last:
            continue
        last = text.find("\n```", block.end())
        last = len(text) if last < 0 else last
        said = text[block.end() : last].strip("\n")
        if sum(known(said)) < _SEVERAL:
            for turned in dict.fromkeys((said[::-1], "\n".join(line[::-1] for line in said.split("\n")))):
                yield Found(turned, block.end(), last, _REVERSED)


_DIGITS = str.maketrans("013457@$", "oieastas")
_MIXED = re.compile(r"(?<![\w/.:@$-])(?:[A-Za-z]+[013457@$]|[013457@$]+[A-Za-z])[A-Za-z013457@$]*(?![\w/:@$])")


def find_digits(text: str) -> Iterator[Found]:
    """Yield the text with letters for the digits that are drawn like them, where several common words come out."""
    words = list(islice(_MIXED.finditer(text), MAX_LINES))
    common = common_words()
    meant = sum(word[0].lower().translate(_DIGITS) in common for word in words)
    if meant >= _SEVERAL and meant * 8 >= len(words):
        bare = _MIXED.sub(lambda word: word[0].translate(_DIGITS), text)
        yield Found(bare, 0, len(text), "digits for letters", respelt=True)


_STRIKE = re.compile(r"[\u0305\u0332-\u0338\u20d0-\u20dc]+")


def _struck(text: str) -> Iterator[Found]:
    """Yield the text without the lines that are drawn through its letters."""
    if len(_STRIKE.findall(text)) >= 12:
        yield Found(_STRIKE.sub("", text), 0, len(text), "letters struck through", respelt=True)


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of each run of line numbers that stand near each other."""
    first = last = -1
    for number in numbers:
        if first >= 0 and number - last > 2 * _NEAR:
            yield first, last
            first = -1
        first = number if first < 0 else first
        last = number
    if first >= 0:
        yield first, last


def _turned_block(lines: list[str], first: int, after: int, how: str, turn: Callable[[str], str]) -> Iterator[Found]:
    """Yield a block of lines, each turned by itself, and, where that can differ, the block turned as a whole."""
    start = sum(map(len, lines[:first])) + first
    block = lines[first:after]
    end = start + sum(map(len, block)) + len(block) - 1
    yield Found("\n".join(map(turn, block)), start, end, how)
    if how == _REVERSED and len(block) > 1:
        yield Found(turn("\n".join(block)), start, end, how)


def _better(turned: str, line: str) -> bool:
    """Return whether one reading of a line is plainly more language than the other."""
    if len(line) < 6:
        return False
    now, then = sum(known(line[:2000])), sum(known(turned[:2000]))
    return (then >= 2 and then > 2 * now) or (then >= 1 and now == 0 and is_program(turned) and not is_program(line))


def _put_together(line: str) -> str:
    """Return a line of single characters with blanks between them as words, which two blanks keep apart."""
    parts = line.split(" ")
    letters = [part for part in parts if part]
    if len(letters) < 8 or sum(len(part) == 1 for part in letters) * 10 < len(letters) * 9:
        return line
    return " ".join(word.replace(" ", "") for word in re.split(" {2,}", line))


def _closed(run: str, separator: str) -> str:
    return " ".join(word.replace(separator, "") for word in re.split(re.escape(separator) + "{2,}", run))


@lru_cache(maxsize=1)
def _respellings() -> tuple[re.Pattern[str], dict[str, str], frozenset[str]]:
    """Return what finds taken-apart characters and homophones, what each stands for, and pairs that belong together."""
    lists = table(Path(__file__).parent, "chinese")
    meant = dict(entry.split("=") for name in ("apart", "sounds") for entry in lists[name].split())
    found = "|".join(sorted(map(re.escape, meant), key=len, reverse=True))
    pairs = frozenset(word[at : at + 2] for word in lists["words"].split() for at in range(len(word) - 1))
    return re.compile(found), meant, pairs


def _chinese(text: str) -> Iterator[Found]:
    if not re.search(_HAN, text):
        return
    pattern, meant, pairs = _respellings()
    bare = _ISLANDS.sub(lambda run: _BROKEN_HAN.sub("", run[0]), text)
    bare = _BROKEN_HAN.sub(
        lambda gap: "" if gap.string[gap.start() - 1] + gap.string[gap.end()] in pairs else gap[0], bare
    )
    whole = pattern.sub(lambda part: meant[part[0]], bare)
    if whole != text:
        hidden = len(text) - len(bare) >= _GAPS
        yield Found(whole, 0, len(text), "characters set apart", hidden=hidden, respelt=True)
    lines = text.split("\n", MAX_LINES)[:MAX_LINES]
    cued = [number for number, line in enumerate(lines) if _TURNED_PAIRS.search(line)]
    if len(cued) >= 2 or len(set(_TURNED_PAIRS.findall(text))) >= 2:
        for first, last in _runs(cued):
            good = [
                number
                for number in range(max(0, first - _NEAR), min(len(lines), last + _NEAR + 1))
                if _better(lines[number][::-1], lines[number])
            ]
            if good:
                yield from _turned_block(lines, good[0], good[-1] + 1, _REVERSED, lambda line: line[::-1])
