"""The part that words play in a program: a call, a comment, or an entry of a list of what is to be blocked.

A quick look at lines and brackets, not a parse; it is asked only about places where a rule has found something.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache, cached_property

import re2

from pinfold.language.prose.sentences import sentences
from pinfold.language.prose.stance import Stance, stance
from pinfold.model import Role

_LINES_ABOVE = 60
_CHARACTERS_ABOVE = 8_000
"""How far above a place the name of the list that it stands in is looked for."""

_EXPRESSION_ABOVE = 600
"""Characters before and behind a place in which the ends of a regular expression are looked for."""

_MOST_OPENED = 24
"""In how many brackets, one within the other, a place is looked for the name of what it stands in."""

_MAX_COMMENTS = 200_000

_DOUBLE = r'"(?:[^"\\\n]|\\.)*+"?'
_SINGLE = r"'(?:[^'\\\n]|\\.)*+'?"
_SLASHES = r"//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/)?"
_TOKENS = {
    "python": (rf"[^\"'#]++|(?!\"{{3}}){_DOUBLE}|(?!'{{3}}){_SINGLE}", r"#[^\n]*|\"{3}|'{3}"),
    "shell": (r"[^\"'#]++|(?<=[^\s;&|(])#|\"(?:[^\"\\]|\\[\s\S])*+\"?|'[^']*+'?", r"#[^\n]*"),
    "javascript": (rf"[^\"'`/]++|/(?![/*])|{_DOUBLE}|{_SINGLE}|`(?:[^`\\]|\\[\s\S])*+`?", _SLASHES),
    "powershell": (r"[^\"'#<]++|<(?!#)|\"(?:[^\"`]|`[\s\S])*+\"?|'[^']*+'?", r"<#(?:[^#]|#(?!>))*+(?:#>)?|#[^\n]*"),
    "batch": (r"[^\n:rR@]++|(?<![\s&|(@])[:rR]|@|\n|:(?!:)|[rR](?![eE][mM]\b)", r"(?:::|(?i:rem)\b)[^\n]*"),
    "code": (rf"[^\"'/#]++|/(?![/*])|(?<=[^\s])#|{_DOUBLE}|{_SINGLE}", _SLASHES + r"|#[^\n]*"),
}
"""For each syntax what is passed over, and what is looked for: comments, and strings that may document.

Every repetition is possessive, so that each character is read once whatever the text holds.
"""

_SYNTAX = {
    "typescript": "javascript",
    "makefile": "shell",
    "justfile": "shell",
    "dockerfile": "shell",
    "crontab": "shell",
}
"""Kinds of file whose comments look like those of another."""

_DENY = re.compile(
    r"den(?:y|ied)|block|forbid|forbidden|banned|dangerous|malicious|suspicious|detect|patterns?\b|signature|black_?list"
    r"|disallow|unsafe|threat|injection|prohibit|attack|exploit|red_?flags?|risky|indicator|ioc|scann?er|拦截|黑名单|危险"
    r"|(?:^|_)(?:bad|hostile|adversarial|should_(?:fail|match|flag|catch|refuse)|must_(?:fail|match|refuse))(?:_|$)",
    re.IGNORECASE,
)
"""Names of lists of what is to be kept out."""

_SAMPLE = re.compile(r"(?:^|[._])(?:samples?|fixtures?|mock|test_?(?:data|inputs?|cases?))(?:_|$)", re.IGNORECASE)
"""Names of what is only looked at. A command among it that is carried out is an act all the same."""

_SIGN = r"(?:\(\?[a-z:<=!]|\\{1,2}[sdwS][+*{]|\\b[a-z(\[]|[\w)\]]\.[*+])"
_EXPRESSION = re.compile(
    rf"""\b(?:[rR][bBuU]?|[bBuU][rR])(?:"(?=[^"\n]{{0,400}}?{_SIGN})[^"\n]{{0,2000}}+|'(?=[^'\n]{{0,400}}?{_SIGN})[^'\n]{{0,2000}}+)"""
    r"""|(?<!\w)(?:"(?=[^"\n]{0,400}?\\{1,2}[sdw][+*{])[^"\n]{0,2000}+|'(?=[^'\n]{0,400}?\\{1,2}[sdw][+*{])[^'\n]{0,2000}+)"""
)
"""A string that is a regular expression by its signs, of which a raw one needs fewer: it says what is looked for."""

_ALTERNATIVES = re.compile(r"""(?<!\w)(["'])(?:[^"'|\s]{1,60}\|){3,400}+[^"'|\s]{1,60}\1""")
"""A string of several words with bars between them, none with a blank: what is looked for, whatever looks for it."""

_SOUGHT = re.compile(
    r"(?i)(?:(?:\b(?:[ef]?grep|rg|ag|findstr|select-string)\b|\s-[ci]?(?:not)?(?:match|like|contains)\b)[^\n|;&\"'`$(]{0,80}"
    r"|\.(?:includes|contains|indexof|startswith|endswith|find|count|search|match|fullmatch|findall|finditer|matches)"
    r"\([ \t]*[rub]{0,2}|[=!]==?[ \t]*[rub]{0,2})$"
)
"""What ends where something begins that lines are searched for, or that a value is compared with."""

_IS_SOUGHT = re.compile(r"[ \t]{1,4}(?:not[ \t]{1,4})?in[ \t]{1,4}\w|[ \t]*[=!]==?[ \t]*\w")
"""What follows a string that is looked for in something."""

_QUOTED = re.compile(r"""(?<!\w)(?:"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')""")

_OPENS = r"""(?:re2?\.compile|frozenset|set|tuple|list|dict|new \w+|Object\.freeze|array|@)?[ \t]*[(\[{][ \t]*"""
_BEGUN = r"""[rRbBuUfF]{0,2}(?:"(?:[^"\\;\n]|\\.)*|'(?:[^'\\;\n]|\\.)*|`[^`;\n]*|/[^;\n]*)"""
_ASSIGNED = re2.compile(
    r"""(?:^|[\s,{(])["']?([\w.$-]{1,80})["']?[ \t]*(?::[^=\n;]{0,120}=|=|:)[ \t]*"""
    rf"(?:(?:{_OPENS})+(?:{_BEGUN})?|{_BEGUN})$"
)
"""A name, up to a place in the string or the collection that is assigned to it."""

_DOUBLE_QUOTES, _SINGLE_QUOTES = '"' * 3, "'" * 3
_CLOSING = ")]}"
_BRACKETS = re.compile(r"[()\[\]{}]")


@cache
def _tokens(kind: str) -> re.Pattern[str]:
    passed, sought = _TOKENS.get(kind, _TOKENS["code"])
    return re.compile(rf"(?:{passed})*+({sought})")


class CodeRoles:
    """Tells the stance of any span of a program. ``base`` is the role of what the program does."""

    def __init__(self, text: str, kind: str, base: Role) -> None:
        self.base = base
        self._text = text
        self._kind = kind
        self._listed: dict[int, Role] = {}

    def stance(self, start: int) -> Stance:
        """Return the part that the words which begin at ``start`` play."""
        if comment := self._comment(start):
            return self._commented(*comment, start)
        if start not in self._listed:
            self._listed[start] = self._is_listed(start)
        return Stance(self._listed[start], negated=False)

    def _comment(self, offset: int) -> tuple[int, int] | None:
        comments, _strings = self._spans
        index = bisect_right(comments, (offset, len(self._text) + 1)) - 1
        if index < 0 or comments[index][1] <= offset:
            return None
        return comments[index]

    def _commented(self, start: int, end: int, offset: int) -> Stance:
        """Return the stance of words in a comment, which explains rather than does."""
        for begin, stop in sentences(self._text, max(start, offset - 1_000), min(end, offset + 1_000)):
            if begin <= offset < stop:
                said = stance(self._text[begin:stop], offset=offset - begin)
                return Stance(Role.DOCUMENTATION if said.role.live else said.role, said.negated)
        return Stance(Role.DOCUMENTATION, negated=False)

    @cached_property
    def _spans(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """The spans of comments and documentation strings, and those of other strings in three quotes, in order."""
        pattern = _tokens(_SYNTAX.get(self._kind, self._kind))
        found: list[tuple[int, int]] = []
        strings: list[tuple[int, int]] = []
        at = 0
        while len(found) + len(strings) < _MAX_COMMENTS and (token := pattern.match(self._text, at)):
            start, at = token.span(1)
            if (quotes := token[1]) not in (_DOUBLE_QUOTES, _SINGLE_QUOTES):
                found.append((start, at))
                continue
            closing = self._text.find(quotes, at)
            at = closing + 3 if closing >= 0 else len(self._text)
            (found if self._is_documentation(start) else strings).append((start, at))
        return found, strings

    def _is_documentation(self, start: int) -> bool:
        """Whether a string in three quotes stands for itself, as a documentation string does."""
        before = self._text[max(0, start - 400) : start]
        above, _newline, line = before.rpartition("\n")
        if line.strip(" \trRuUbB"):
            return False
        above = above.rstrip()
        comment = above.rpartition("\n")[2].lstrip().startswith("#")
        return not above or comment or above.endswith((":", _DOUBLE_QUOTES, _SINGLE_QUOTES))

    def _is_listed(self, offset: int) -> Role:
        """Return the role of a place by the name of the string, list or pattern that it stands in."""
        offset = self._string(offset)
        line = self._text.rfind("\n", max(0, offset - _CHARACTERS_ABOVE), offset) + 1
        own = self._text[max(line, offset - _CHARACTERS_ABOVE) : offset]
        if self._is_expression(line, offset):
            return Role.DENY_LIST
        if role := _role_by_name(own):
            return role
        above = self._text[max(0, line - _CHARACTERS_ABOVE) : line].splitlines()[-_LINES_ABOVE:]
        depth = opened = 0
        for text in (own, *reversed(above)):
            for bracket in reversed(list(_BRACKETS.finditer(text))):
                depth += 1 if bracket[0] in _CLOSING else -1
                if depth < 0:
                    depth = 0
                    opened += 1
                    if role := _role_by_name(text[: bracket.end()]):
                        return role
                    if opened >= _MOST_OPENED:
                        return self.base
        return self.base

    def _is_expression(self, line: int, offset: int) -> bool:
        """Say whether a place stands in a string that is a pattern, or that lines are searched for."""
        first = max(line, offset - _EXPRESSION_ABOVE)
        around = self._text[first : offset + _EXPRESSION_ABOVE].partition("\n")[0]
        place = offset - first
        for pattern in (_EXPRESSION, _ALTERNATIVES):
            if any(found.start() < place < found.end() for found in pattern.finditer(around)):
                return True
        held = next((found for found in _QUOTED.finditer(around) if found.start() < place < found.end()), None)
        if held is None:
            return False
        return bool(_SOUGHT.search(around, 0, held.start()) or _IS_SOUGHT.match(around, held.end()))

    def _string(self, offset: int) -> int:
        """Return where the string of many lines begins that a place stands in, behind its quote; else the place."""
        index = bisect_right(self._spans[1], (offset, len(self._text) + 1)) - 1
        if index < 0 or self._spans[1][index][1] <= offset:
            return offset
        return self._spans[1][index][0] + 1


def _role_by_name(before: str) -> Role | None:
    """Return the role that a name gives to what is assigned to it, where the text before a place ends in that."""
    named = _ASSIGNED.search(before[-400:])
    if named is None:
        return None
    if _DENY.search(named[1]):
        return Role.DENY_LIST
    return Role.EXAMPLE if _SAMPLE.search(named[1]) else None
