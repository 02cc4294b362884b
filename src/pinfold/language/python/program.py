"""Python source becomes acts."""

from __future__ import annotations

import unicodedata

import re2

from pinfold.language import nesting
from pinfold.language.context import Context
from pinfold.language.flow import NOTHING
from pinfold.language.python.modules import read_alone
from pinfold.language.python.names import MAX_SOURCE
from pinfold.language.python.reader import Reader, read
from pinfold.language.python.table import WORTH
from pinfold.model import Act

_IMPORT = re2.compile(r"(?m)^[ \t]*(?:import|from)[ \t]+[\w.]+")


def worth(source: str) -> bool:
    """Return whether ``source`` can yield an act at all: a quick look at its words."""
    if WORTH.search(source.encode("utf-8", "replace")):
        return True
    return not source.isascii() and _worth_folded(source)


def _worth_folded(source: str) -> bool:
    """Look again with the letters that Python itself takes as the same."""
    return bool(WORTH.search(unicodedata.normalize("NFKC", source[:MAX_SOURCE]).encode("utf-8", "replace")))


def acts(source: str, context: Context) -> list[Act]:
    """Return the acts that running ``source`` leads to, in the order of reading. Never raises on any text.

    What stands beyond ``MAX_SOURCE`` characters is not read.
    """
    text = source[:MAX_SOURCE]
    companions = context.companions
    if not worth(text) and not (companions and _IMPORT.search(text)):
        return []
    drafts = nesting.drafts(context)
    if companions is not None and context.group in companions.paths and companions.text(context.group) == source:
        return read_alone(Reader, drafts, context.group, companions).drafts.acts(context)
    read(text, drafts, NOTHING, "")
    return drafts.acts(context)


__all__ = ["MAX_SOURCE", "acts", "worth"]
