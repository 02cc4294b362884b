"""JavaScript and TypeScript source becomes acts."""

from __future__ import annotations

from pinfold.language.context import Context
from pinfold.language.drafts import Drafts
from pinfold.language.flow import NOTHING, Flow
from pinfold.language.javascript.table import WORTH
from pinfold.language.python import reader as python_reader
from pinfold.language.shell import reader as shell_reader
from pinfold.model import Act

MAX_SOURCE = 2_000_000
"""How many characters of one source are read; callers report what is longer."""


def worth(source: str) -> bool:
    """Return whether ``source`` can yield an act at all: a quick look at its words."""
    return WORTH.search(source) is not None


def acts(source: str, context: Context, *, typed: bool = False) -> list[Act]:
    """Return the acts that running ``source`` leads to, in the order of reading. Never raises on any text.

    ``typed`` says that it is TypeScript. What stands beyond ``MAX_SOURCE`` characters is not read.
    """
    text = source[:MAX_SOURCE]
    if not worth(text):
        return []
    drafts = Drafts(
        shell=shell_reader.read,
        command=shell_reader.command,
        python=python_reader.read,
        javascript=read,
        depth=context.depth,
    )
    _read(text, drafts, NOTHING, typed=typed)
    return drafts.acts(context)


def typed_acts(source: str, context: Context) -> list[Act]:
    """Return the acts of TypeScript source, as ``acts`` does."""
    return acts(source, context, typed=True)


def read(source: str, drafts: Drafts, stdin: Flow, parent: str) -> Flow:
    """Write the drafts of source that is nested in another program; returns what is known of its output."""
    text = source[:MAX_SOURCE]
    return _read(text, drafts, stdin, typed=False) if worth(text) else NOTHING


def _read(text: str, drafts: Drafts, stdin: Flow, *, typed: bool) -> Flow:
    from pinfold.language.javascript import reader  # noqa: PLC0415 - the grammars are loaded only when needed

    return reader.read(text, drafts, stdin, typed=typed)


__all__ = ["MAX_SOURCE", "acts", "read", "typed_acts", "worth"]
