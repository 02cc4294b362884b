"""Whether decoded data is writing at all, what kind of writing, and whether it tells somebody to do something."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from pinfold.language.file_kind import kind_of
from pinfold.tables import table

MAX_LINES = 60
"""Lines that are looked at to tell what a text is."""

_WORD = re.compile(r"[a-z][a-z']+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_STRANGE = re.compile(
    r"[^\t\n\r -~\u00a0-\u00ff\u2010-\u2027\u2030-\u206f\u3000-\u9fff\uac00-\ud7a3\uff00-\uffef"
    r"\u200b-\u200f\ufe00-\ufe0f\ufeff\U0001f000-\U0001faff\U000e0000-\U000e0fff]"
)
_ADDRESS = re.compile(r"\bhttps?://[\w.-]+|\b\d{1,3}(?:\.\d{1,3}){3}\b|~/\.\w|/etc/\w")
_PYTHON = re.compile(
    r"^\s*(?:import [\w., ]+$|from [\w.]+ import |def \w+\(.*\).*:$|class \w+.*:$|@\w+|print\("
    r"|exec\(|os\.\w+\(|subprocess\.)"
    r"|;\s*import \w|__import__\(|^import \w+[;,]",
    re.MULTILINE,
)
_JAVASCRIPT = re.compile(
    r"\b(?:const|let|var) [\w{\[]|\brequire\(['\"]|=>\s*[{(]|\bfunction\s*\w*\(|\bconsole\.\w+\("
    r"|\bprocess\.env|\bfetch\("
)
_POWERSHELL = re.compile(
    r"(?i)\b(?:invoke-\w+|new-object|start-process|set-\w+|get-\w+ -|iex|iwr|irm)\b"
    r"|-executionpolicy|\$env:\w|\$\w+ ?= ?(?:\[|new-)"
)
_SHELL_FORM = re.compile(
    r"^\s*(?:[A-Z_]{2,}=\S|(?:if|while) \[|for \w+ in |export \w+=|set -[a-z]|#!)|\$\(|&& "
    r"|\|\s*(?:ba|z)?sh\b|>/dev/null",
    re.MULTILINE,
)
_FIRST = re.compile(r"^\s*(?:[$#>]\s+)?(?:sudo\s+|nohup\s+|env\s+)?([\w./~-]+)(?=[ \t]+\S|$)", re.MULTILINE)
_SPACES = re.compile(r"\w +\w")
_ENCODED = re.compile(r"[A-Za-z0-9+/_=-]{20,}(?:\s+[A-Za-z0-9+/_=-]+)*")
_ESCAPED = re.compile(r"&#x?[0-9A-Fa-f]{2,6};|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}")
_MARKDOWN = re.compile(r"^ {0,3}(?:```|~~~)|^#{2,4} \S", re.MULTILINE)
_MARKUP = re.compile(r"\s*(?:<\?xml|<svg|<!doctype|<html|\{\s*\"|\[\s*[\[{\"\d])", re.IGNORECASE)


@lru_cache(maxsize=1)
def _words() -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return common English words, programs of a shell, and common pairs of Chinese characters."""
    lists = table(Path(__file__).parent, "words")
    return frozenset(lists["english"].split()), frozenset(lists["programs"].split()), frozenset(lists["han"].split())


def common_words() -> frozenset[str]:
    """Return common English words of three letters and more."""
    return _words()[0]


def common_pairs() -> frozenset[str]:
    """Return common pairs of Chinese characters."""
    return _words()[2]


def from_bytes(data: bytes) -> str | None:
    """Return decoded data as text, or ``None`` when it is none: random bytes, pictures, keys, digests."""
    if len(data) < 6:
        return None
    try:
        text = data.decode("utf-16-le" if data[1:80:2].count(0) * 5 > len(data[1:80:2]) * 4 else "utf-8")
    except UnicodeDecodeError:
        return None
    return text if is_writing(text) else None


def is_writing(text: str) -> bool:
    """Return whether hardly any character of a text is one that writing does not have."""
    head = text[:4096]
    if "\0" in head:
        return False
    strange = sum(1 for _ in _STRANGE.finditer(head))
    return strange * 12 <= len(head)


def tells(text: str) -> bool:
    """Return whether a text says something: words of a language, a command, an address."""
    head = text[:4096]
    if len(_HAN.findall(head)) >= 4 and any(head[at : at + 2] in common_pairs() for at in range(len(head) - 1)):
        return True
    if _ADDRESS.search(head) or _MARKDOWN.search(head):
        return True
    words = _WORD.findall(head.lower())
    known = sum(word in common_words() for word in words)
    if known >= 2 and known * 6 >= len(words):
        return True
    return is_program(text)


def known(text: str) -> tuple[int, int]:
    """Return how many common English words, and how many common pairs of Chinese characters, a text begins with."""
    head = text[:4096]
    words = common_words()
    latin = sum(word in words for word in _WORD.findall(head.lower()) if len(word) > 2)
    if head.isascii():
        return latin, 0
    pairs = common_pairs()
    return latin, sum(head[at : at + 2] in pairs for at in range(len(head) - 1))


def is_language(text: str) -> bool:
    """Return whether a text is words of a language, or a program, and holds nothing strange."""
    if len(text) < 12 or not is_writing(text):
        return False
    latin, han = known(text)
    return latin + han >= 3 or (latin + han >= 1 and is_program(text) and _SPACES.search(text[:4096]) is not None)


def leads_on(text: str) -> bool:
    """Return whether a text says something, or encodes something that may."""
    if tells(text) or is_wordy(text):
        return is_writing(text)
    head = text[:600].strip()
    return (_ENCODED.fullmatch(head) is not None and len(set(head)) > 5) or len(_ESCAPED.findall(head)) >= 8


def is_wordy(text: str) -> bool:
    """Return whether a text has several words of any language. Enough where it came out of data: chance makes none."""
    head = text[:4096]
    return len(_HAN.findall(head)) >= 6 or len(_WORD.findall(head.lower())) >= 5


def kind(text: str) -> str:
    """Return what kind of document a decoded text is, in the words of `pinfold.language.file_kind`."""
    head = "\n".join(text[:20_000].split("\n", MAX_LINES)[:MAX_LINES])
    if head.startswith("#!"):
        return kind_of("layer.txt", head)
    if _MARKUP.match(head):
        return "data"
    if _MARKDOWN.search(head):
        return "markdown"
    if _POWERSHELL.search(head):
        return "powershell"
    if _PYTHON.search(head):
        return "python"
    if _starts_programs(head):
        return "shell"
    return "javascript" if _JAVASCRIPT.search(head) else "markdown"


def is_program(text: str) -> bool:
    """Return whether a text is a script or command rather than prose or data."""
    return kind(text) not in ("markdown", "data", "text")


def _starts_programs(head: str) -> bool:
    """Return whether the lines of a text begin with programs, as a shell's do."""
    lines = sum(1 for line in head.split("\n") if line.strip() and not line.lstrip().startswith("#"))
    if not lines or re.search(r"^(?:#{1,6} |```|---$)", head, re.MULTILINE):
        return False
    programs = _words()[1]
    started = sum(match[1].rpartition("/")[2] in programs for match in _FIRST.finditer(head))
    return started * 2 >= lines or (started > 0 and _SHELL_FORM.search(head) is not None)
