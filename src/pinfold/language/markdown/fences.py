"""What a fence holds, by its language and its first lines."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pinfold.model import Role
from pinfold.tables import table

_LOOK = 2_000
"""Characters of a fence that are read."""

_LINES = 40
"""Lines of a fence that are read."""

_PROMPT = re.compile(
    r"[ \t>]*(?:\$|PS [^>\n]{0,80}>|\w{1,40}@[\w.-]{1,80}[^$#\n]{0,60}[$#]|[A-Z]:\\[^>\n]{0,80}>)[ \t]+\S"
)
_ARGUMENT = re.compile(r"[-\w./~$\"'@:{<*|&]")
_SENTENCE = re.compile(r"[^\W\d_]+(?:[,;]? [^\W\d_]+){4}|[\u3400-\u9fff\uff0c\u3001]{8}")


@cache
def _words(kind: str) -> frozenset[str]:
    """Return one of the lists of ``fences.toml``."""
    return frozenset(str(table(Path(__file__).parent, "fences")[kind]).split())


def fence_role(text: str, language: str) -> Role | None:
    """Return the role of what a fence holds; ``None`` for wording, of which only its surroundings can tell."""
    if language in _words("shell"):
        return Role.COMMAND
    if language in _words("code"):
        return Role.CODE
    if language in _words("shown"):
        return Role.EXAMPLE
    head = text[:_LOOK]
    if _PROMPT.match(head) or any(map(_is_command, head.splitlines()[:_LINES])):
        return Role.COMMAND
    return None


def has_sentences(text: str, language: str) -> bool:
    """Whether a fence that is not called plain text reads like sentences all the same."""
    return language not in _words("wording") and _SENTENCE.search(text[:_LOOK]) is not None


def _is_command(line: str) -> bool:
    words = line.lstrip("> \t").split(maxsplit=2)
    if not words:
        return False
    if words[0].lower() not in _words("programs"):
        return words[0].startswith("./") and len(words[0]) > 2
    return len(words) == 1 or _ARGUMENT.match(words[1]) is not None
