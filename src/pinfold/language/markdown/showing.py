"""Showing: does a sentence present what stands below or above it as somebody else's, or order to do it?

"Once they are in, it usually looks like this:" shows a specimen, and so does "recognise these, that is all" behind it.
Whoever orders to run what is shown takes the label back, in the same sentence or anywhere else in the text.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from pinfold.language.fold import fold
from pinfold.language.prose.clauses import Reading, read_plain
from pinfold.language.prose.wording import Pattern, alternatives, compiled, ending
from pinfold.tables import table

_MOST = 600
"""Characters of a sentence that are read."""

_BEFORE = 90
"""Bytes before a verb in which its subject is looked for."""

_PARTS = r"[,;:。!?\n]"
"""What separates the parts of a sentence, in folded text."""

_NEITHER = ("noun", "third_person", "able_to", "reported")
"""Lists of ``[mood.before]`` behind which a verb gives no order."""


@cache
def _expression(name: str) -> str:
    words = table(Path(__file__).parent, "showing")
    actors = "|".join(words["actor"])
    return alternatives(entry.replace("ACTOR", f"({actors})") for entry in words[name])


@cache
def _words(name: str) -> Pattern:
    return compiled(_expression(name))


@cache
def _label(name: str) -> Pattern:
    """Compile a list for words with a colon at the start of a text, behind a list marker and emphasis."""
    return compiled(rf"^[\s>*_#+•\d.)-]{{0,12}}(?:{_expression(name)})[*_]{{0,3}} ?[:—–][*_\s]{{0,6}}")


@cache
def _whole(name: str) -> Pattern:
    """Compile a list for a text that consists of one entry."""
    return compiled(rf"^[\s*_\"'|]*(?:{_expression(name)})[\s*_\"'|:]*$")


@lru_cache(maxsize=256)
def shows(label: str) -> bool:
    """Return whether a lead or heading presents what follows as somebody else's, or as a thing to know again."""
    said = label[:_MOST]
    data = fold(said).data
    shown = (
        _words("doing").search(data)
        or _words("seen").search(data)
        or _words("recognise").search(data)
        or (_words("looks").search(data) and _words("hostile").search(data))
    )
    return bool(shown) and not orders_to_run(said)


def warns_off(following: str) -> bool:
    """Return whether the text behind a block says that it is not to be run, anywhere and by anybody."""
    said = following[:_MOST]
    reading = read_plain(said)
    if orders_to_run(said):
        return False
    if _words("recognise").search(reading.data):
        return True
    for match in _words("run").finditer(reading.data):
        start, end = _sentence(reading.data, match.start())
        sentence = reading.data[start:end]
        if (
            reading.clause(match.start()).negated(match.start())
            and any(_words(name).search(sentence) for name in ("up", "near", "named"))
            and not _words("limited").search(sentence)
        ):
            return True
    return False


@lru_cache(maxsize=512)
def orders_to_run(sentence: str) -> bool:
    """Return whether a sentence orders its reader to run, follow, use or send something."""
    reading = read_plain(sentence)
    return any(_is_order(reading, match.start(), match.end()) for match in _words("run").finditer(reading.data))


class Points(NamedTuple):
    """What a sentence points at: what stands before it or close by, a part by its name, what comes next."""

    up: bool
    near: bool
    named: bool
    forward: bool


def points(sentence: str) -> Points:
    """Return what a sentence points at; one that ends in a colon speaks of what comes next by "these", too."""
    data = fold(sentence[:_MOST]).data
    introduces = data.rstrip(b" *_").endswith(b":")
    near = not introduces and _words("near").search(data) is not None
    up, named, forward = (_words(name).search(data) is not None for name in ("up", "named", "forward"))
    return Points(up, near, named, introduces or forward)


def may_order(text: str) -> bool:
    """Return whether a text holds any word with which something could be ordered that stands elsewhere."""
    return _words("run").search(fold(text).data) is not None


def is_sign(entry: str) -> bool:
    """Return whether an entry of a list says by its own label that it tells what is odd or what others do."""
    return _label("sign").search(fold(entry[:200]).data) is not None


def is_search(words: str) -> bool:
    """Return whether a heading or lead asks to look for what its entries quote."""
    return _words("search").search(fold(words[:_MOST]).data) is not None


def quotes_others(cell: str) -> bool:
    """Return whether the head of a column says that its cells quote somebody else."""
    return _whole("column").search(fold(cell[:200]).data) is not None


def _sentence(data: bytes, at: int) -> tuple[int, int]:
    """Return the start and end of the sentence around a byte."""
    ends = [match.span() for match in compiled(r"[。!?\n]|\.\s").finditer(data)]
    start = max((end for _, end in ends if end <= at), default=0)
    return start, min((begin for begin, _ in ends if begin >= at), default=len(data))


def _is_order(reading: Reading, start: int, end: int) -> bool:
    """Tell whether a verb is an order to the reader: neither forbidden, nor a noun, nor told of somebody else."""
    data = reading.data
    if reading.clause(start).negated(start) or data[max(0, start - 1) : start] in (b"-", b"_", b"/", b"."):
        return False
    before, after = data[max(0, start - _BEFORE) : start], data[end : end + 24]
    if data[start] < 0x80:
        near = before.rstrip(b" \t\n*_`\"'([")
        named = after[:1] in (b"-", b"_", b"/", b".", b"(", b"=", b"@") and after[:2].strip() != b"."
        return not (
            named
            or after.startswith(b" by ")
            or any(ending("mood", "before", name).search(near) for name in _NEITHER)
            or _ending_actor().search(near)
        )
    if compiled(rf"^(?:{_expression('told_after')})").search(after) or _not_done().search(before):
        return False
    part = compiled(_PARTS).split(before)[-1]
    owners = compiled(rf"^(?:{_expression('owned')})")
    return all(owners.search(part[told.end() :]) for told in _words("told_before").finditer(part))


@cache
def _not_done() -> Pattern:
    return compiled(rf"(?:{_expression('not_done')})[\s*_]*$")


@cache
def _ending_actor() -> Pattern:
    adverbs = r"(?: (?:usually|typically|often|normally|then|first|next|commonly|will|would|may|might|always|also))*"
    return compiled(rf"(?:{_expression('actor')}|{_expression('they')}){adverbs}$")
