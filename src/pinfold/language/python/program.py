"""Python source becomes acts."""

from __future__ import annotations

import unicodedata

from pinfold.language.context import Context
from pinfold.language.drafts import Drafts
from pinfold.language.flow import NOTHING
from pinfold.language.javascript import program as javascript
from pinfold.language.python import reader as python_reader
from pinfold.language.python.names import MAX_SOURCE
from pinfold.language.python.table import WORTH
from pinfold.language.shell import reader as shell_reader
from pinfold.model import Act


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
    if not worth(text):
        return []
    drafts = Drafts(
        shell=shell_reader.read,
        command=shell_reader.command,
        python=python_reader.read,
        javascript=javascript.read,
        depth=context.depth,
    )
    python_reader.read(text, drafts, NOTHING, "")
    return drafts.acts(context)


__all__ = ["MAX_SOURCE", "acts", "worth"]
