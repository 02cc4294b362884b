"""Interactive transcripts: commands behind a prompt, as documentation shows them."""

from __future__ import annotations

import re
from collections.abc import Callable

_PROMPT = re.compile(
    r"^[ \t]*(?:\([\w.-]{1,40}\)[ \t]+)?"
    r"(?:(?:[\w.-]{1,64}@[\w.-]{1,64})[:~ \t][^\n$#%]{0,80}[$#%][ \t]+"
    r"|\[[\w.-]{1,64}@[\w.-]{1,64} [^\]\n]{1,80}\][$#][ \t]+"
    r"|PS(?: [A-Za-z]:\\[^>\n]{0,200}|[^>\n]{0,80})?>[ \t]+|[A-Za-z]:\\[^>\n]{0,200}>[ \t]*|[$❯➜»][ \t]+"
    r"|%[ \t]+(?=[\w./~]))",
    re.MULTILINE,
)
_CONTINUED = re.compile(r"^[ \t]*>[ \t]+(?=\S)", re.MULTILINE)
_ROOT = re.compile(r"^#[ \t]+(?=([\w.+-]+)(?:[ \t]+(\S+))?)", re.MULTILINE)
_ARGUMENT = re.compile(r"^[-~./$\"'<]|[/:@=.]")
_LINE = re.compile(r"^[ \t]*(\S+)", re.MULTILINE)


def without_prompts(text: str, known: Callable[[str], bool]) -> str:
    """Return ``text`` of the same length with prompts blanked out.

    ``known`` tells whether a word is a known program.
    """
    text = text.replace("\\\r\n", " \\\n").replace("\r\n", " \n")
    if "$" in text or "%" in text or "> " in text or ">" in text or "❯" in text or "➜" in text or "»" in text:
        blanked = _PROMPT.sub(_blank, text)
        if ">" in blanked:
            blanked = _CONTINUED.sub(lambda match: _continued(match, blanked, known), blanked)
        text = blanked
    if text.lstrip()[:2] == "# " and _root_session(text, known):
        text = _ROOT.sub(lambda match: _blank(match) if _typed(match, known) else match[0], text)
    return text


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _continued(match: re.Match[str], text: str, known: Callable[[str], bool]) -> str:
    """A leading ``>`` is a prompt after a continued line, or before a known program; else it is a redirection."""
    before = text[max(match.start() - 2, 0) : match.start()]
    word = _LINE.match(text, match.end())
    return _blank(match) if before == "\\\n" or (word is not None and known(word[1])) else match[0]


def _typed(match: re.Match[str], known: Callable[[str], bool]) -> bool:
    """Return whether ``# word …`` is a command typed as root and no comment.

    It is when the word is a known program, with an argument that no sentence has.
    """
    return known(match[1]) and bool(match[2]) and bool(_ARGUMENT.search(match[2]))


def _root_session(text: str, known: Callable[[str], bool]) -> bool:
    """Return whether the text is a root session.

    It is when it begins with a typed command, and no line without ``#`` begins with a known program.
    """
    first = _ROOT.search(text)
    if first is None or not _typed(first, known):
        return False
    return not any(known(match[1]) for match in _LINE.finditer(text) if not match[1].startswith("#"))
