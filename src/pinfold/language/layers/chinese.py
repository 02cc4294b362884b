"""Chinese words spelt as they sound, in Latin letters, and characters written as the parts that they are drawn of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pinfold.language.layers.found import Found
from pinfold.tables import table

_RADICAL = re.compile("[扌氵钅釒讠纟阝亻忄犭辶彳饣礻衤][\u3400-\u9fff]")
"""A part that is written by itself in dictionaries only, and another character."""

_MANY_RADICALS = 5
_MANY_WORDS = 4
"""Parts, and words in pinyin, from which on a text is disguised rather than odd."""

_FEW_WORDS = 2
_HAN = re.compile("[\u3400-\u9fff]")


@lru_cache(maxsize=1)
def _sounds() -> tuple[re.Pattern[str], dict[str, str]]:
    """Return what finds forbidden words in pinyin, with blanks between the syllables or without, and what they mean."""
    words = dict(entry.split("=") for entry in table(Path(__file__).parent, "chinese")["pinyin"].split())
    found = "|".join(sound.replace("'", r"[ '\-]?") for sound in sorted(words, key=len, reverse=True))
    meant = {sound.replace("'", ""): word for sound, word in words.items()}
    return re.compile(rf"(?i)(?<![A-Za-z0-9_./:@'-])(?:{found})(?![A-Za-z0-9_/:@'-]|\.\w)"), meant


@lru_cache(maxsize=1)
def _parts() -> tuple[re.Pattern[str], dict[str, str]]:
    lists = table(Path(__file__).parent, "chinese")
    meant = dict(entry.split("=") for name in ("apart", "parts") for entry in lists[name].split())
    return re.compile("|".join(sorted(map(re.escape, meant), key=len, reverse=True))), meant


def find_pinyin(text: str) -> Iterator[Found]:
    """Yield the text with characters for the words that it spells in pinyin, where there are some."""
    pattern, meant = _sounds()
    words = list(pattern.finditer(text))
    among = any(_HAN.match(text[word.start() - 1 : word.start()] + text[word.end() : word.end() + 1]) for word in words)
    if not among and (len(words) < _FEW_WORDS or not _HAN.search(text)):
        return
    bare = pattern.sub(lambda word: meant[re.sub(r"[ '\-]", "", word[0].lower())], text)
    yield Found(bare, 0, len(text), "words in pinyin", hidden=len(words) >= _MANY_WORDS, respelt=True)


def find_parts(text: str) -> Iterator[Found]:
    """Yield the text with characters for the parts that they were taken apart into."""
    count = len(_RADICAL.findall(text))
    if count:
        pattern, meant = _parts()
        bare = pattern.sub(lambda part: meant[part[0]], text)
        hidden = count >= _MANY_RADICALS
        yield Found(bare, 0, len(text), "characters taken apart", hidden=hidden, respelt=True)
