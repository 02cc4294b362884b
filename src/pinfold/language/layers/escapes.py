"""Characters written as numbers: escapes of programs, of URLs and of HTML, lists of codes, and binary digits."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote

import re2

from pinfold.language.layers.found import Found
from pinfold.language.layers.legible import from_bytes, is_writing, leads_on, tells

_ESCAPED = re2.compile(
    r"(?:(?:\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|\\u\{[0-9A-Fa-f]{1,6}\}|\\U[0-9A-Fa-f]{8}|\\[0-3]?[0-7]{2})[^\\\n\"'`]{0,12}){4,}"
)
_ESCAPE = re.compile(
    r"\\x([0-9A-Fa-f]{2})|\\u([0-9A-Fa-f]{4})|\\u\{([0-9A-Fa-f]{1,6})\}|\\U([0-9A-Fa-f]{8})|\\([0-3]?[0-7]{2})"
)
_PERCENT = re2.compile(r"[^\s\"'<>`]*(?:%[0-9A-Fa-f]{2}[^%\s\"'<>`]*){3,}")
_ENTITIES = re2.compile(r"(?m)^.*(?:&#[xX]?[0-9A-Fa-f]{2,6};?.{0,8}){4,}.*$")
_CODES = re2.compile(r"(?:\b\d{1,6}\b[\s,;+|-]{1,4}){9,}\d{1,6}\b")
_CALLS = re2.compile(
    r"(?i)(?:(?:ch(?:a)?r\w{0,2}|string\.fromcharcode)\(\s*(?:0x)?[0-9a-f]{2,5}\s*\)[\s+.,&|\"']{0,8}){3,}"
)
_NUMBER = re.compile(r"\(\s*(0[xX][0-9A-Fa-f]+|\d+)\s*\)")
_BINARY = re2.compile(r"\b(?:[01]{7,8}[\s,]{1,2}){5,}[01]{7,8}\b|\b[01]{48,}\b")
_LETTERS = re.compile(r"[A-Za-z]")
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u206f\U000e0000-\U000e007f]")
_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of characters as JavaScript writes them."""

_MANY = 24
"""Characters from which on bytes that are written out hide more than they help."""


def find(text: str) -> Iterator[Found]:
    """Yield what escapes and codes in ``text`` stand for."""
    for match in _ESCAPED.finditer(text):
        said, of_bytes = _unescaped(match[0])
        hidden = _plain_letters(match[0]) or (of_bytes and len(said) >= _MANY)
        yield from _told(said, match.span(), "escapes", hidden=hidden)
    for match in _PERCENT.finditer(text):
        yield from _told(
            unquote(match[0]), match.span(), "URL encoding", hidden=len(re.findall("%[4-7]", match[0])) > 6
        )
    if "&#" in text:
        for match in _ENTITIES.finditer(text):
            yield from _told(html.unescape(match[0]), match.span(), "HTML entities", hidden=True)
    for match in _CODES.finditer(text):
        yield from _of_codes([int(code) for code in re.findall(r"\d+", match[0])], match.span())
    for match in _CALLS.finditer(text):
        yield from _of_codes([int(code, 0) for code in _plain(_NUMBER.findall(match[0]))], match.span())
    for match in _BINARY.finditer(text):
        yield from _of_binary(match[0], match.span())


def _plain(codes: list[str]) -> Iterator[str]:
    return (code.lstrip("0") or "0" if code[:2].lower() != "0x" else code for code in codes)


def _told(said: str, span: tuple[int, int], how: str, *, hidden: bool) -> Iterator[Found]:
    said = _HALVES.sub("\ufffd", said)
    if is_writing(said) and (tells(said) or (hidden and leads_on(said))):
        yield Found(said, *span, how, hidden=hidden)


def _unescaped(row: str) -> tuple[str, bool]:
    """Return what escapes mean, and whether they were the bytes of UTF-8, which nobody writes out for an accent."""
    said = _ESCAPE.sub(
        lambda escape: _character(int(next(filter(None, escape.groups()[:4]), "0"), 16) or int(escape[5] or "0", 8)),
        row,
    )
    if _HALVES.search(said):
        said = said.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if not said.isascii():
        with suppress(UnicodeError):
            return said.encode("latin-1").decode(), True
    return said, False


def _character(code: int) -> str:
    return chr(code) if code < 0x110000 else "\ufffd"


def _plain_letters(row: str) -> bool:
    """Return whether most of what is escaped needed no escape: that hides it, where an accent or Chinese does not."""
    codes = [
        _character(int(next(filter(None, escape[:4]), "0"), 16) or int(escape[4] or "0", 8))
        for escape in _ESCAPE.findall(row)
    ]
    return sum(_LETTERS.match(code) is not None for code in codes) * 2 > len(codes)


def _of_codes(codes: list[int], span: tuple[int, int]) -> Iterator[Found]:
    """Yield what a list of numbers says if all of them are characters."""
    if len(codes) >= 4 and sum(map(_is_letter, codes)) * 10 >= len(codes) * 9:
        said = "".join(map(_character, codes))
        letters = len(re.findall(r"[A-Za-z\u3400-\u9fff]", said))
        if letters * 6 > len(_UNSEEN.sub("", said)):
            yield from _told(said, span, "character codes", hidden=True)
    elif len(codes) >= 12 and 127 < max(codes) < 256 and (whole := from_bytes(bytes(codes))):
        yield from _told(whole, span, "a list of bytes", hidden=True)


def _is_letter(code: int) -> bool:
    """Return whether a number is a character of English or Chinese writing, or one that shows nothing."""
    return (
        32 <= code < 127
        or code in (9, 10, 13)
        or 0x2000 <= code < 0x2070
        or 0x3000 <= code < 0xA000
        or 0xFF00 <= code < 0xFFF0
        or 0xE0000 <= code < 0xE0080
    )


def _of_binary(row: str, span: tuple[int, int]) -> Iterator[Found]:
    groups = re.findall("[01]+", row)
    if len(groups) == 1:
        groups = [row[at : at + 8] for at in range(0, len(row) - 7, 8)]
    try:
        said = bytes(int(group, 2) for group in groups).decode()
    except (UnicodeDecodeError, ValueError):
        return
    yield from _told(said, span, "binary digits", hidden=True)
