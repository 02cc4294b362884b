"""Following a command into another program of the skill, with what it is given there.

A program is read alone first; when it is then followed from elsewhere, only what it does beyond that counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from pinfold.language.companions import MAX_HOPS, Alone
from pinfold.language.drafts import Drafts, key_of
from pinfold.language.flow import NOTHING, Flow, Word

MAX_FOLLOWED = 64
"""How many times programs are followed into others from one file."""

_OUTSIDE = re.compile(
    r"^(?:--?[A-Za-z][\w-]*[=:])?(?:~|/|[A-Za-z]:[\\/]|\$HOME\b|\$\{HOME\}|[A-Za-z][A-Za-z0-9+.-]*://)"
    r"|^\d{1,3}(?:\.\d{1,3}){3}\b|^[\w-]+(?:\.[\w-]+)+:\d+$"
)


def telling(words: Iterable[Word], stdin: Flow) -> bool:
    """Return whether arguments or input bring something that a program does not know by itself."""
    if stdin.sources or stdin.origin:
        return True
    return any(word.flow.sources or word.flow.origin or _OUTSIDE.match(word.text) for word in words)


Read = Callable[[str, Drafts, Flow], Flow]
"""Reads a program's text into drafts, with its input; returns what it prints."""


def by_itself(drafts: Drafts, path: str, read: Read) -> Alone:
    """Return what a program of the skill does by itself."""
    companions = drafts.companions
    if companions is None:
        return Alone()
    text = companions.text(path)

    def alone(_path: str) -> Alone:
        inner = drafts.elsewhere(path, (), {})
        output = read(text, inner, NOTHING)
        return Alone(frozenset(map(key_of, inner.items)), output, inner.files)

    return companions.alone(path, alone)


def follow(
    drafts: Drafts,
    path: str,
    read: Read,
    arguments: Sequence[Word],
    stdin: Flow,
    span: tuple[int, int],
) -> Flow:
    """Follow a command into a program of the skill; returns what it prints.

    ``read`` reads the program's text. What it does beyond what it does alone is noted at ``span`` of the caller.
    """
    companions = drafts.companions
    if companions is None or path in (drafts.path, *drafts.following) or len(drafts.following) >= MAX_HOPS:
        return NOTHING
    alone = by_itself(drafts, path, read)
    for name, held in alone.files.items():
        if held.sources or held.origin:
            drafts.files.setdefault(name, held)
    if not telling(arguments, stdin):
        return alone.output
    if drafts.followed >= MAX_FOLLOWED:
        drafts.cut[f"more than {MAX_FOLLOWED} calls of other programs of the skill"] = None
        return alone.output
    drafts.followed += 1
    inner = drafts.elsewhere(path, arguments, drafts.files)
    output = read(companions.text(path), inner, stdin)
    drafts.take(inner.items, alone.keys, span)
    drafts.cut.update(inner.cut)
    return output
