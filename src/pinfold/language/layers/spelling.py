"""Words that are spelt otherwise than they are meant: look-alike letters, rot13, reversal, letters and characters apart.

Where lines keep their number the text comes back whole, respelt, so that each word still stands in its own sentence.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import re2

from pinfold.language.layers.found import Found
from pinfold.language.layers.legible import common_pairs, common_words, is_program
from pinfold.tables import table

MAX_LINES = 5_000
"""Lines of one text that are tried in another spelling."""

_NOT_ASCII_LETTER = re.compile(r"[\u0131\u0192\u01c0\u0250-\u02af\u0370-\u058f\u0ae6\u13a0-\u13ff\u1d00-\u1d2b\u2170-\u217f\ua731]")
_TOKEN = re.compile(r"[A-Za-z0-9_\u0131\u0192\u01c0\u0250-\u02af\u0370-\u058f\u0ae6\u13a0-\u13ff\u1d00-\u1d2b\u2170-\u217f\ua731'-]+")
_OWN = re.compile(r"[\u0370-\u058f\u13a0-\u13ff]")
_WORD = re.compile(r"[A-Za-z]{2,}")
_APART = re.compile(r"(?<![A-Za-z0-9])[A-Za-z](?:([ .*_|/~^\-])[A-Za-z](?![A-Za-z0-9])){4,}(?:\1{2,}[A-Za-z](?:\1[A-Za-z](?![A-Za-z0-9]))*)*")
_MARK = r"[ .*_|~^`'\"+=#@&$%!·•。\-\u3000\u00b7\u2010-\u2015\u2605\u2606\u25a0-\u25ff]"
_HAN = "[\u3400-\u9fff]"
_BROKEN_HAN = re.compile(f"(?<={_HAN}){_MARK}{{1,3}}(?={_HAN})")
_ISLANDS = re.compile(f"(?<!{_HAN}){_HAN}(?:{_MARK}{{1,3}}{_HAN}(?!{_HAN}))+|(?<={_HAN}){_HAN}[.*_|~^·•#@&+]{_HAN}(?={_HAN})")


def find(text: str, *, latin: bool) -> Iterator[Found]:
    """Yield the readings of ``text`` in which words are spelt as they are meant.

    ``latin`` says that the trigger occurs; the other spellings show by characters that are not ASCII.
    """
    if latin:
        yield from _other_order(text)
        bare = _APART.sub(lambda run: _closed(run[0], run[1]), text)
        if bare != text:
            yield Found(bare, 0, len(text), "letters set apart", respelt=True)
    if text.isascii():
        return
    yield from _look_alikes(text)
    yield from _chinese(text)


@lru_cache(maxsize=1)
def _latin() -> dict[int, str]:
    words = table(Path(__file__).parent, "look_alikes")["pairs"].split()
    return {ord(letter): word[0] for word in words for letter in word[1:] if not letter.isascii()}


def _look_alikes(text: str) -> Iterator[Found]:
    if not _NOT_ASCII_LETTER.search(text):
        return
    latin = _latin()
    swapped = sum(len(token[0]) >= 4 and _is_disguised(token, text, latin) for token in _TOKEN.finditer(text))
    if swapped:
        bare = _TOKEN.sub(lambda token: token[0].translate(latin) if _is_disguised(token, text, latin) else token[0], text)
        yield Found(bare, 0, len(text), "look-alike letters", hidden=swapped >= 3, respelt=True)


def _is_disguised(token: re.Match[str], text: str, latin: dict[int, str]) -> bool:
    """Return whether a word mixes Latin letters with others that are drawn like them, or only looks like a Latin word."""
    foreign = [letter for letter in token[0] if not letter.isascii()]
    # Greek and Cyrillic words have letters that no Latin one looks like.
    if not foreign or any(ord(letter) not in latin for letter in foreign):
        return False
    return len(foreign) < len(token[0]) or not _in_its_own_script(text, *token.span(), latin)


def _in_its_own_script(text: str, start: int, end: int, latin: dict[int, str]) -> bool:
    """Return whether near a word there is writing of its script that cannot be taken for Latin."""
    around = text[max(0, start - 200) : end + 200]
    return any(ord(letter) not in latin for letter in _OWN.findall(around))


def _other_order(text: str) -> Iterator[Found]:
    """Yield runs of lines that are language in rot13, or backwards, and are none as they stand."""
    readings: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("rot13", lambda line: codecs.decode(line, "rot13")),
        ("reversed text", lambda line: line[::-1]),
    )
    for how, turn in readings:
        said: list[str] = []
        first = at = last = 0
        for line in text.split("\n", MAX_LINES)[:MAX_LINES]:
            after = at + len(line)
            turned = turn(line)
            if _better(turned, line):
                if not said:
                    first = at
                said.append(turned)
                last = after
            elif said and line.strip():
                yield _lines(said, first, last, how)
                said = []
            at = after + 1
        if said:
            yield _lines(said, first, last, how)
    if "\n" in text.strip() or len(text) < 40_000:
        yield from _whole_backwards(text)


def _whole_backwards(text: str) -> Iterator[Found]:
    """Yield a text that is written from its end to its beginning, lines and all."""
    if _better(text[::-1], text) and text.count("\n") > 1:
        yield Found(text[::-1], 0, len(text), "reversed text")


def _lines(said: list[str], first: int, last: int, how: str) -> Found:
    return Found("\n".join(said), first, last, how)


def _better(turned: str, line: str) -> bool:
    """Return whether one reading of a line is plainly more language than the other."""
    if len(line) < 6:
        return False
    now, then = _known(line), _known(turned)
    return (then >= 2 and then > 2 * now) or (then >= 1 and now == 0 and is_program(turned) and not is_program(line))


def _known(line: str) -> int:
    words = common_words()
    head = line[:2000]
    known = sum(word in words for word in _WORD.findall(head.lower()) if len(word) > 2)
    if not head.isascii():
        pairs = common_pairs()
        known += sum(head[at : at + 2] in pairs for at in range(len(head) - 1))
    return known


def _closed(run: str, separator: str) -> str:
    return " ".join(word.replace(separator, "") for word in re.split(re.escape(separator) + "{2,}", run))


@lru_cache(maxsize=1)
def _respellings() -> tuple[object, dict[str, str]]:
    """Return what finds taken-apart characters and homophones, and what each stands for."""
    lists = table(Path(__file__).parent, "chinese")
    meant = dict(entry.split("=") for name in ("apart", "sounds") for entry in lists[name].split())
    found = "|".join(sorted(map(re.escape, meant), key=len, reverse=True))
    return re.compile(found), meant


def _chinese(text: str) -> Iterator[Found]:
    if not re.search(_HAN, text):
        return
    bare = _ISLANDS.sub(lambda run: _BROKEN_HAN.sub("", run[0]), text)
    pattern, meant = _respellings()
    assert isinstance(pattern, re.Pattern)
    whole = pattern.sub(lambda part: meant[part[0]], bare)
    if whole != text:
        yield Found(whole, 0, len(text), "characters set apart", hidden=False, respelt=True)
    for line in re2.finditer(r"(?m)^.*\p{Han}{6}.*$", text):
        if _better(line[0][::-1], line[0]):
            yield Found(line[0][::-1], *line.span(), "reversed text")
