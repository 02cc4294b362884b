"""What a program asks the person at the machine for, by the words of its question."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import re2

from pinfold.language.flow import NOTHING, Flow
from pinfold.tables import table

MAX_QUESTION = 400
"""How many characters of a question are looked at."""


@cache
def _kinds() -> tuple[tuple[str, re2._Regexp], ...]:
    return tuple((kind["name"], re2.compile(kind["words"])) for kind in table(Path(__file__).parent, "asked")["kinds"])


def typed(question: str) -> Flow:
    """Return what somebody types who is asked this: ``typed:phrase``, ``typed:password`` …; nothing for no secret."""
    text = question[-MAX_QUESTION:].lower().replace("_", " ")
    found = next((name for name, words in _kinds() if words.search(text)), "")
    return Flow((f"typed:{found}",)) if found else NOTHING
