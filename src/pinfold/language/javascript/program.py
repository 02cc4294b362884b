"""JavaScript and TypeScript source becomes acts."""

from __future__ import annotations

import re2

from pinfold.language import nesting
from pinfold.language.context import Context
from pinfold.language.flow import NOTHING
from pinfold.language.javascript.nested import MAX_SOURCE, parsed, worth
from pinfold.model import Act

_IMPORT = re2.compile(r"""\b(?:from|import)\s*["']\.{1,2}/""")


def acts(source: str, context: Context, *, typed: bool = False) -> list[Act]:
    """Return the acts that running ``source`` leads to, in the order of reading. Never raises on any text.

    ``typed`` says that it is TypeScript. What stands beyond ``MAX_SOURCE`` characters is not read.
    """
    text = source[:MAX_SOURCE]
    if not worth(text) and not (context.companions and _IMPORT.search(text)):
        return []
    drafts = nesting.drafts(context)
    parsed(text, drafts, NOTHING, typed=typed)
    return drafts.acts(context)


def typed_acts(source: str, context: Context) -> list[Act]:
    """Return the acts of TypeScript source, as ``acts`` does."""
    return acts(source, context, typed=True)


__all__ = ["MAX_SOURCE", "acts", "typed_acts", "worth"]
