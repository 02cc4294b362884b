r"""Other PowerShell programs of the skill, which one takes in.

It does so with ``. .\lib.ps1``, ``Import-Module`` or ``using module``.

What such a program does by itself is told by its own file; what counts here is what it does beyond that, with the
values of the program that takes it in, or when its functions are called from there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from pinfold.language.companions import MAX_HOPS, Key
from pinfold.language.flow import Word
from pinfold.language.following import MAX_FOLLOWED, by_itself
from pinfold.language.powershell.values import UNKNOWN, Value, constant
from pinfold.language.shell.reader import reader_of

if TYPE_CHECKING:
    from pinfold.language.powershell.reader import Reader

_ENDINGS = (".ps1", ".psm1")


class Lent(msgspec.Struct, frozen=True):
    """A program that was taken in: its ``text`` and ``path``, and the ``keys`` of what it does by itself.

    ``scopes`` are the variables of a module; a program that was taken in with a dot has those of its taker: ``None``.
    """

    path: str
    text: str
    keys: frozenset[Key]
    scopes: list[dict[str, Value]] | None = None


class Given(msgspec.Struct, frozen=True):
    """The arguments of a whole program: those with a name in lower case, and the others."""

    named: dict[str, Value] = {}
    rest: Sequence[Value] = ()


def given(words: Sequence[Word], names: Sequence[str]) -> Given:
    """Return words of a command line as the arguments of a program whose parameters are ``names``."""
    named: dict[str, Value] = {}
    rest: list[Value] = []
    waiting = ""
    for word in words:
        name, colon, _ = word.text[1:].partition(":")
        if word.text[:1] == "-" and name[:1].isalpha():
            waiting = fitting(name.lower(), names)
            if colon:
                named[waiting], waiting = Value(word.after(len(name) + 2)), ""
            else:
                named[waiting] = constant("True")
                waiting = waiting if waiting in names else ""
        elif waiting:
            named[waiting], waiting = Value(word), ""
        else:
            rest.append(Value(word))
    return Given(named, rest)


def fitting(name: str, names: Sequence[str]) -> str:
    """Return the parameter that a name on a command line means, perhaps cut short."""
    if name in names:
        return name
    return next((one for one in names if one.startswith(name)), name)


def take_in(reader: Reader, named: str, arguments: Given, span: tuple[int, int], *, module: bool) -> Value | None:
    """Read a program of the skill as a part of the one that takes it in.

    Returns what it gives, or nothing where ``named`` leads to no such program.
    """
    path = _path(reader, named, module=module)
    drafts = reader.drafts
    if path is None or drafts.companions is None:
        return None
    if path in (drafts.path, *drafts.following, *reader.taken):
        return UNKNOWN
    if len(drafts.following) >= MAX_HOPS or drafts.followed >= MAX_FOLLOWED:
        drafts.cut[f"more than {MAX_HOPS} programs in a row, or {MAX_FOLLOWED} in all, that take one another in"] = None
        return UNKNOWN
    read = reader_of(path)
    if read is None:
        return UNKNOWN
    drafts.followed += 1
    reader.taken.add(path)
    keys = by_itself(drafts, path, read).keys
    lent = Lent(path, drafts.companions.text(path), keys, [{}] if module else None)
    before = dict(reader.functions)
    with inside(reader, lent, span):
        outer = reader.given, reader.words
        reader.given, reader.words = arguments, ()
        value = reader.read_text(lent.text)
        reader.given, reader.words = outer
    for name, function in reader.functions.items():
        if before.get(name) is not function and name not in reader.lent:
            reader.lent[name] = lent
            reader.called.add(name)
    return value


def _path(reader: Reader, named: str, *, module: bool) -> str | None:
    companions = reader.drafts.companions
    stem, ending = posixpath.splitext(named.replace("\\", "/"))
    if companions is None or not stem:
        return None
    ways = (named,) if ending.lower() in _ENDINGS else (f"{stem}.psm1", f"{stem}.ps1") if module else ()
    if module and ending and ending.lower() not in (*_ENDINGS, ".psd1"):
        ways = (f"{named}.psm1", f"{named}.ps1")  # a name with a dot in it
    return next((path for way in ways if (path := companions.script(way, reader.drafts.path)) is not None), None)


@contextmanager
def inside(reader: Reader, lent: Lent, span: tuple[int, int]) -> Iterator[None]:
    """Read what is inside as a part of another program: all of it stands at ``span`` of this one."""
    drafts = reader.drafts
    outer = reader.source, reader.blocks, reader.seen, reader.scopes
    path, following, pinned = drafts.path, drafts.following, drafts.pinned
    reader.source, reader.blocks, reader.seen = lent.text, {}, set()
    if lent.scopes is not None:
        reader.scopes = lent.scopes
    if lent.path != path:
        drafts.path, drafts.following = lent.path, (*following, path)
    drafts.pinned = pinned or span
    first = len(drafts.items)
    try:
        yield
    finally:
        reader.source, reader.blocks, reader.seen, reader.scopes = outer
        drafts.path, drafts.following, drafts.pinned = path, following, pinned
        for draft in drafts.items[first:]:
            if draft.known is None:
                draft.known = lent.keys


__all__ = ["Given", "Lent", "fitting", "given", "inside", "take_in"]
