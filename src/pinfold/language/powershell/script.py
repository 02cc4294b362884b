"""PowerShell source becomes acts."""

from __future__ import annotations

import re

from pinfold.language import nesting
from pinfold.language.context import Context
from pinfold.language.drafts import Drafts
from pinfold.language.flow import NOTHING, Flow
from pinfold.language.powershell import reader as powershell_reader
from pinfold.model import Act

MAX_SOURCE = 2_000_000
"""How many characters of one source are read; callers split or report what is longer."""

_WORTH = re.compile(r"[$&|.(\[`]|[A-Za-z]\w*-[A-Za-z]|[A-Za-z][ \t]+\S")


def worth(source: str) -> bool:
    """Return whether ``source`` can yield an act at all: a quick look."""
    return _WORTH.search(source) is not None


def read(source: str, drafts: Drafts, stdin: Flow, parent: str) -> Flow:
    """Write the drafts of PowerShell that another program runs; returns what it gives."""
    return powershell_reader.read(source[:MAX_SOURCE], drafts, stdin, parent)


def acts(source: str, context: Context) -> list[Act]:
    """Return the acts that running ``source`` leads to, in the order of reading. Never raises on any text."""
    text = source[:MAX_SOURCE]
    if not worth(text):
        return []
    drafts = nesting.drafts(context)
    read(text, drafts, NOTHING, "")
    return drafts.acts(context)


__all__ = ["MAX_SOURCE", "acts", "read", "worth"]
