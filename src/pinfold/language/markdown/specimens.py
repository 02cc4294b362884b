"""Specimens: words of somebody else that a text shows, and judges, rather than says.

Whoever teaches or builds a defence quotes attacks. A label, the title of a catalogue, the verdict that follows or a
plain noun tells that they are quoted or named. What a lead or heading orders to do is no specimen.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import re2

from pinfold.tables import table

_QUOTATION = re.compile(r"(?:\"[^\"]+\"|“[^“”]+”|「[^「」]+」|『[^『』]+』|`[^`]+`)[\s*_.,;。，；]*")
_QUOTATIONS = re.compile(r"(?:(?:\"[^\"]+\"|“[^“”]+”|「[^「」]+」|『[^『』]+』)[\s*_.,;。，；、/或和]{0,6})+")
_ANY_LABEL = re.compile(r"[^:：\"“「『\n]{1,40}[:：][*_\s]{0,6}")
_BEGIN = r"(?i)^[\s>*_#-]{0,12}"
_COLON = r"[*_]{0,3} ?[:：—–-][*_\s]{0,6}"
_MARK = r"[🔴⛔🚫❌👎☠]\x{fe0f}?"

_THING = (
    r"(?: (?:command|script|line|prompt|message|text|input|payload|attempt|code|instruction|pattern|mail|request)s?)"
)

_LONGEST = 800
"""Characters that a labelled quotation has at most."""

_HEAD = 100
"""Characters in which its label stands."""


@cache
def _words(kind: str) -> str:
    """Return an expression for any word of a list, whole ones in English."""
    listed = table(Path(__file__).parent, "specimens")[kind]
    return rf"(?:\b(?:{'|'.join(listed['english'])})\b|{'|'.join(listed['chinese'])})"


@cache
def _labelled() -> Any:
    label = rf"(?:{_words('label_of')} ?)?{_words('label')}(?: ?\d{{1,3}})?"
    return re2.compile(rf"{_BEGIN}{label}{_COLON}")


@cache
def _catalogue() -> Any:
    return re2.compile(rf"(?i){_words('catalogue')}")


@cache
def _condemned() -> Any:
    marked = rf"{_MARK}[\s*_.:：—–-]*(?:$|{_words('marked')})"
    judged = rf"{_words('verdict')}{_COLON}(?:{_MARK}|{_words('bad')})"
    thing = r"(?:this|that|it|which|the (?:command|script|line|prompt|message|text|input)(?: above)?)"
    bad = rf"{_words('said_bad')}{_THING}?[\s*_]*(?:[.!,;:—–-]|$|because|since)"
    said = rf"{thing} (?:is|was|looks|would be|counts as) (?:\w+ly |very |an? )*{bad}"
    chinese = rf"(?:这|该|上面|以上)[^。\n]{{0,12}}(?:是|属于)[^。\n]{{0,8}}{_words('said_bad')}"
    return re2.compile(rf"{_BEGIN}(?:{marked}|{judged}|{said}|{chinese})")


@cache
def _kind() -> Any:
    term = r"(?:\*\*[^*\n]+\*\*|__[^_\n]+__|`[^`\n]+`|[\w/ &-]+)"
    which = (
        r"(?:to|that|which|asking|telling|trying|attempting|designed|claiming|like|such as|meant|intended|aimed|or|in"
        r"|from)\b"
    )
    return re2.compile(rf"(?i)^[\s>]*{term}{_COLON}(?:\w+[ -]){{0,3}}{_words('kind')} {which}")


@cache
def _audit() -> Any:
    return re2.compile(rf"(?i){_words('audit')}")


def is_labelled(block: str) -> bool:
    """Return whether a block is a labelled quotation and nothing else (``Input: "…"``)."""
    label = _labelled().search(block[:_HEAD]) if len(block) <= _LONGEST else None
    if label is None:
        return False
    return any(kind.fullmatch(block, label.end()) for kind in (_QUOTATION, _QUOTATIONS))


def is_quotation(block: str) -> bool:
    """Return whether a block consists of quotations, and of nothing else."""
    return len(block) <= _LONGEST and _QUOTATIONS.fullmatch(block.lstrip(" *_>")) is not None


def quoted_entry(entry: str) -> bool:
    """Return whether an entry of a list is a label of its own with quotations behind it, and nothing else."""
    label = _ANY_LABEL.match(entry) if len(entry) <= _LONGEST else None
    return label is not None and _QUOTATIONS.fullmatch(entry, label.end()) is not None


def is_catalogue(title: str) -> bool:
    """Return whether a text of this title lists attacks in order to know them again."""
    return _catalogue().search(title) is not None


def is_condemned(following: str) -> bool:
    """Return whether what follows a specimen says that it is bad."""
    return _condemned().search(following[:200]) is not None


def names_a_kind(entry: str) -> bool:
    """Return whether an entry of a list names a kind of thing ("**Bypass**: instructions to …"), and orders nothing."""
    return _kind().search(entry[:300]) is not None


def is_audit(words: str) -> bool:
    """Return whether a heading or lead asks to look for what its entries name."""
    return _audit().search(words) is not None
