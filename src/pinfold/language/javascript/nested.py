"""JavaScript that stands in another program, and what decides whether a source is worth a parser."""

from __future__ import annotations

from pinfold.language.drafts import Drafts
from pinfold.language.flow import NOTHING, Flow
from pinfold.language.javascript.table import WORTH

MAX_SOURCE = 2_000_000
"""How many characters of one source are read; callers report what is longer."""


def worth(source: str) -> bool:
    """Return whether ``source`` can yield an act at all: a quick look at its words."""
    return WORTH.search(source) is not None


def read(source: str, drafts: Drafts, stdin: Flow, parent: str) -> Flow:
    """Write the drafts of source that is nested in another program; returns what is known of its output."""
    text = source[:MAX_SOURCE]
    return parsed(text, drafts, stdin, typed=False) if worth(text) else NOTHING


def parsed(text: str, drafts: Drafts, stdin: Flow, *, typed: bool) -> Flow:
    """Write the drafts of a source, whatever its words; ``typed`` says that it is TypeScript."""
    from pinfold.language.javascript import reader  # noqa: PLC0415 - the grammars are loaded only when needed

    return reader.read(text, drafts, stdin, typed=typed)
