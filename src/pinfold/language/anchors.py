"""A cheap first look: can an act stand in this sentence at all?

It asks for single words only, because an automaton over all phrases of ``wording.toml`` would spend more time on building its states than on reading.
"""

from __future__ import annotations

import re
from functools import cache

from pinfold.language.verbs import surfaces
from pinfold.language.wording import listed, wording

_WORD = re.compile(rb"[a-z0-9]+")
_ADDRESS = re.compile(rb"@|\d\.\d{1,3}\.|[a-z0-9]\.(?:[a-z]{2,3}|onion|site|online|tech|live|club|shop|example|invalid|test)\b")
_PATH = re.compile(rb"[/\\~]|\.[a-z]")
_CURRENCY = re.compile("[$]|€|£|¥|￥".encode())

_Row = tuple[frozenset[bytes], ...]
"""Lists of words; a sentence fits a row when it holds a word of each."""


@cache
def _rows() -> dict[str, tuple[_Row, ...]]:
    """Return the rows that suffice, and those that need an address, a path or a currency sign besides."""
    verbs: dict[str, set[bytes]] = {}
    for written, verb in surfaces().items():
        for name in verb.classes:
            verbs.setdefault(name, set()).update(_WORD.findall(written.encode())[:1])
    things = {name: frozenset(word.encode() for word in words) for name, words in wording()["anchors"].items()}
    does = {name: frozenset(words) for name, words in verbs.items()}
    sending, asking = does["send"] | does["embed"], does["ask"] | does["probe"] | does["read"] | does["run"]
    opening = does["open"] | does["expose"]
    return {
        "": (
            (things["mining"],), (things["tunnel"], opening), (things["place"], sending), (things["weak_place"], things["secret"], sending), (things["file"], does["take"]),
            (things["memory"], does["write"]), (things["keep"], things["lasting"]), (things["network"], does["probe"]), (things["metadata"], asking),
            (things["money"], does["pay"]), (things["fetched_from"], does["fetch"]), (things["password"], things["archive"]),
        ),
        "address": ((sending,),),
        "path": ((things["file"], does["read"]),),
        "currency": ((does["pay"],),),
        "download": ((does["run"],),),
    }  # fmt: skip


def _fits(words: frozenset[bytes], kind: str) -> bool:
    return any(all(not words.isdisjoint(each) for each in row) for row in _rows()[kind])


def may_act(data: bytes, *, downloaded: bool = False) -> bool:
    """Tell whether folded text holds the words of some act; ``downloaded`` says that a download was named shortly before.

    Never false where an act is found, often true where none is.
    """
    if not data.isascii() and listed("anchors", "chinese").search(data):
        return True
    words = frozenset(_WORD.findall(data))
    return (
        _fits(words, "")
        or (_fits(words, "address") and _ADDRESS.search(data) is not None)
        or (_fits(words, "path") and _PATH.search(data) is not None)
        or (_fits(words, "currency") and _CURRENCY.search(data) is not None)
        or (downloaded and _fits(words, "download"))
    )
