"""Files for builders turned into acts: the recipes of ``make`` and ``just``, the steps of a Dockerfile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec

from pinfold.formats import justfile as justfiles
from pinfold.formats import makefile as makefiles
from pinfold.formats.built import Budget, Recipe
from pinfold.language.context import Context
from pinfold.language.javascript import program as javascript
from pinfold.language.python import program as python
from pinfold.language.shell import script as shell
from pinfold.model import Act

MAX_SOURCE = 2_000_000
"""How many characters of one file are read."""

_STEPS = ("RUN ", "CMD ", "ENTRYPOINT ")


def makefile(source: str, context: Context) -> list[Act]:
    """Return the acts of a Makefile's recipes."""
    return _acts(makefiles.recipes, source, context)


def justfile(source: str, context: Context) -> list[Act]:
    """Return the acts of a justfile's recipes."""
    return _acts(justfiles.recipes, source, context)


def dockerfile(source: str, context: Context) -> list[Act]:
    """Return the acts of what follows RUN, CMD and ENTRYPOINT, continuation lines included."""
    return [
        act
        for start, end in _steps(source[:MAX_SOURCE])
        for act in shell.acts(source[start:end], moved(context, start))
    ]


def moved(context: Context, by: int) -> Context:
    """Return the context of a text that stands ``by`` characters further on."""
    place = context.place
    return msgspec.structs.replace(context, place=lambda start, end: place(max(start + by, 0), max(end + by, 0)))


def _acts(read: Callable[[str, Budget], Iterator[Recipe]], source: str, context: Context) -> list[Act]:
    """Return the acts of recipes; one in which names were filled in stands as a whole where it was written."""
    acts: list[Act] = []
    budget = Budget()
    for recipe in read(source[:MAX_SOURCE], budget):
        as_written = recipe.command == source[recipe.start : recipe.end]
        inner = moved(context, recipe.start) if as_written else context.inside(recipe.start, recipe.end)
        acts.extend(_READERS.get(recipe.language, _nothing)(recipe.command, inner))
    if budget.cut:
        context.cut.append(budget.cut)
    return acts


def _powershell(source: str, context: Context) -> list[Act]:
    from pinfold.language.powershell import script  # noqa: PLC0415 - few recipes are in PowerShell

    return script.acts(source, context)


def _nothing(_source: str, _context: Context) -> list[Act]:
    return []


_READERS: dict[str, Callable[[str, Context], list[Act]]] = {
    "shell": shell.acts,
    "python": python.acts,
    **dict.fromkeys(("node", "nodejs", "deno", "bun"), javascript.acts),
    **dict.fromkeys(("pwsh", "powershell"), _powershell),
}
"""Readers by the name of the interpreter."""


def _steps(text: str) -> Iterable[tuple[int, int]]:
    at = 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        word = next((word for word in _STEPS if text[at : at + 16].upper().startswith(word)), "")
        if word:
            while end < len(text) and text[end - 1] == "\\":
                following = text.find("\n", end + 1)
                end = len(text) if following < 0 else following
            yield at + len(word), end
        at = end + 1
