"""The form of a wording's patterns, and how one is made fit for byte matching.

A pattern is RE2 syntax over folded text (NFKC, case folded, invisible characters gone), with four conventions that
keep rules short and matching linear:

- a space stands for any run of up to twelve blanks, line ends and Markdown marks (``*_>``), so ``ignore all`` also
  finds ``ignore **all**`` across a line break;
- ``%name%`` stands for the alternatives of an indicator list;
- a simplified Chinese character stands for its traditional forms too;
- gaps are bounded: ``.{0,60}`` at most, counted in bytes (a Chinese character is three), and ``.`` crosses a line end
  only where the next line goes on with the paragraph, as in wrapped text (`pinfold.rulebook.phrases`).

Matching is over UTF-8 *bytes*: Hyperscan's Unicode modes let one stray byte hide a phrase. So a non-ASCII character
becomes a group of its bytes (``的?`` stays optional as a whole), and a class may hold such characters only where it can
be written as alternatives.
"""

from __future__ import annotations

import re
from typing import Any

import re2

from pinfold.language.prose.wording import scripts
from pinfold.model import RuleError

MAX_GAP = 60
"""The widest gap, in bytes: words further apart hardly belong to one phrase."""

_SPACE = r"[\s*_>]{1,12}"
_QUANTIFIERS = ("?", "*", "+", "{")
_REPEAT = re.compile(r"\{(\d*),?(\d*)\}")
_WIDE_RANGE = re.compile(r"[^\x00-\x7f]-[^\]]|[^\[]-[^\x00-\x7f]")
_NAMED = re.compile(r"%([a-z][a-z0-9-]*)%")


def expand(pattern: str, indicators: dict[str, tuple[str, ...]], *, where: str) -> str:
    """Replace every ``%name%`` by the alternatives of that indicator list."""

    def alternatives(match: re.Match[str]) -> str:
        if match[1] not in indicators:
            raise RuleError(
                f"{where}: no indicator list named {match[1]!r}", hint=f"Known: {', '.join(sorted(indicators))}."
            )
        return "(?:" + "|".join(re.escape(value.casefold()).replace(r"\ ", " ") for value in indicators[match[1]]) + ")"

    return _NAMED.sub(alternatives, pattern)


def to_bytes(pattern: str, *, where: str) -> bytes:
    """Return the pattern as a byte pattern that Hyperscan and RE2 (Latin-1 mode) read alike.

    Raises `RuleError` for unbounded gaps (``.*``, ``.+``), gaps over `MAX_GAP` and classes that exclude non-ASCII
    characters.
    """
    out: list[str] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if character == "\\" and pattern[at + 1 : at + 2] > "\x7f":
            at += 1  # no escape speaks of such a character; it stands for itself
        elif character == "\\" and at + 1 < len(pattern):
            out.append(pattern[at : at + 2])
            at += 2
        elif character == "[":
            end = _class_end(pattern, at, where)
            out.append(_class(pattern[at:end], where))
            at = end
        elif character == " ":
            # A quantifier after it speaks of the whole run: ` ?` is an optional blank, and must not read `{1,12}?`.
            out.append(f"(?:{_SPACE})" if pattern[at + 1 : at + 2] in _QUANTIFIERS else _SPACE)
            at += 1
        elif ord(character) > 127:
            out.append("(?:" + "|".join(map(_escaped, _forms(character))) + ")")
            at += 1
        else:
            if character == ".":
                _check_gap(pattern, at + 1, where)
            out.append(character)
            at += 1
    return "".join(out).encode("ascii")


def _check_gap(pattern: str, at: int, where: str) -> None:
    following = pattern[at : at + 1]
    if following in ("*", "+"):
        raise RuleError(f"{where}: unbounded gap '.{following}'", hint=f"Bound it: .{{0,{MAX_GAP}}}.")
    if following == "{" and (repeat := _REPEAT.match(pattern, at)):
        most = repeat[2] or repeat[1]
        if (repeat[0].endswith(",}")) or (most and int(most) > MAX_GAP):
            raise RuleError(f"{where}: gap {repeat[0]} is wider than {MAX_GAP} bytes")


def _class_end(pattern: str, start: int, where: str) -> int:
    at = start + 2 if pattern[start + 1 : start + 2] == "^" else start + 1
    if pattern[at : at + 1] == "]":
        at += 1
    while at < len(pattern) and pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    if at >= len(pattern):
        raise RuleError(f"{where}: a character class is not closed")
    return at + 1


def _class(body: str, where: str) -> str:
    if body.isascii():
        return body
    if body.startswith("[^"):
        raise RuleError(f"{where}: {body} excludes non-ASCII characters, which byte matching cannot do")
    if _WIDE_RANGE.search(body):
        raise RuleError(f"{where}: {body} has a range of non-ASCII characters, which byte matching cannot do")
    plain = "".join(character for character in body[1:-1] if ord(character) < 128)
    wide = [_escaped(form) for character in body if ord(character) > 127 for form in _forms(character)]
    return "(?:" + "|".join(([f"[{plain}]"] if plain else []) + wide) + ")"


def _forms(character: str) -> str:
    """Return a character in simplified and traditional writing: a rule says a word once."""
    return scripts().get(character, character)


def _escaped(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8"))


_TOKEN = re.compile(
    rb"""\\x\{[0-9a-fA-F]+\} | \\. | \[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\] | \{(\d+)(,?)(\d*)\}""",
    re.VERBOSE | re.DOTALL,
)
_WIDE = 13
"""Repeats from which on a pattern is worth widening; a blank of a wording has twelve."""

_FEW = 3
"""Repeats that are cheap to count."""


def widened(pattern: bytes) -> bytes | None:
    """Return a byte pattern that matches wherever this one does, and more, without wide counted gaps.

    For ``a.{0,60}b`` it is ``a.*b``. To count costs RE2 a state for nearly every byte behind each ``a``, so the answer
    that there is no such phrase costs about half as much. Returns nothing where that gains nothing, or where the
    pattern is quoted or bound to where the text begins: the search for it may begin at a later line (`match`).
    """
    wide = False

    def uncounted(token: re.Match[bytes]) -> bytes:
        nonlocal wide
        if token[1] is None:
            return token[0]
        least, most = int(token[1]), int(token[3] or (0 if token[2] else token[1]))
        wide = wide or most >= _WIDE
        if most <= _FEW:
            return token[0]
        return (b"*", b"+")[least] if least <= 1 else b"{%d,}" % min(least, _FEW)

    loose = _TOKEN.sub(uncounted, pattern)
    bound = b"^" in pattern.replace(b"[^", b"") or b"\\A" in pattern or b"\\Q" in pattern
    return loose if wide and not bound else None


MEMORY = 1 << 20
"""Bytes that one pattern may take while it is searched for. There are more than a thousand of them; RE2 would allow
eight times as much, and most gain nothing by it."""

LARGE = 2_000
"""Instructions of a pattern from which on it gets what RE2 would allow: with less, RE2 silently gives its automaton up
and takes up to twelve times as long for a search."""


def locate(pattern: bytes) -> Any:
    """Return the RE2 form of a byte pattern. Raises `RuleError` when it is not one."""
    options = re2.Options()
    options.max_mem = MEMORY
    try:
        found = _compiled(pattern, options)
    except RuleError:  # a pattern of a user may need more
        return _compiled(pattern, re2.Options())
    return found if found.programsize < LARGE else _compiled(pattern, re2.Options())


def _compiled(pattern: bytes, options: Any) -> Any:
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.never_capture = True  # only the whole match is asked for, and groups would cost another pass
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise RuleError(f"{pattern!r}: {error}", hint="Patterns are RE2: no look-around, no back-references.") from None
