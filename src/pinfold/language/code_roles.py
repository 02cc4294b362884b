"""The part that words play in a program: a call, a comment, or a list of what is to be blocked.

A quick look at lines and brackets, not a parse; it is asked only about places where a rule has found something.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from pinfold.language.sentences import sentences
from pinfold.language.stance import Stance, stance
from pinfold.model import Role

_LINES_ABOVE = 60
_CHARACTERS_ABOVE = 8_000
"""How far above a line the name of the list that it stands in is looked for."""

_HASH = r"(?P<comment>#[^\n]*)"
_STRINGS = r"""|"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?"""
_SLASHES = r"(?P<comment>//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/)?)"
_TOKENS = {
    "python": re.compile(_HASH + r'|(?P<string>[rRuUbBfF]{0,2}(?P<quotes>"""|\'\'\'))' + _STRINGS),
    "shell": re.compile(r"(?P<comment>(?<![^\s;&|(])#[^\n]*)" + _STRINGS.replace(r"\n", "")),
    "javascript": re.compile(_SLASHES + _STRINGS + r"|`(?:[^`\\]|\\.)*+`?", re.DOTALL),
    "powershell": re.compile(r"(?P<comment><#(?:[^#]|\#(?!>))*+(?:\#>)?|\#[^\n]*)" + _STRINGS.replace(r"\\.", "`.")),
    "code": re.compile(_SLASHES + "|" + r"(?P<hash>(?<=\n)[ \t]*#[^\n]*)" + _STRINGS),
}
"""Comments, and what could be mistaken for one. Possessive, so that each is read once whatever it holds."""

_DENY = re.compile(
    r"den(?:y|ied)|block|forbid|forbidden|banned|dangerous|malicious|suspicious|detect|patterns?\b|signature|black_?list|disallow|unsafe|threat|injection|denylist|blocklist|prohibit|"
    r"attack|exploit|red_?flags?|risky|sensitive_|ioc|indicator|scann?er|拦截|黑名单|危险",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"""(?:\b(?:const|let|var|readonly|declare|export|static|final)[ \t]+(?:-\w+[ \t]+)?)?["']?([\w.$-]{1,80})["']?[ \t]*(?::[^=\n]{0,120})?(?:=(?!=)|:|=>)[^=\n]{0,200}$"""
)
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


class CodeRoles:
    """Tells the stance of any span of a program, the role of its file left aside. ``base`` is that of what it does."""

    def __init__(self, text: str, kind: str, base: Role) -> None:
        self._text = text
        self._kind = kind
        self.base = base
        self._names: dict[int, str] = {}

    def stance(self, start: int, end: int) -> Stance:
        """Return the part that the words from ``start`` to ``end`` play."""
        if comment := self._comment(start):
            return self._commented(*comment, start)
        line = self._text.rfind("\n", 0, start) + 1
        if line not in self._names:
            self._names[line] = self._list_name(line, start)
        if self._names[line]:
            return Stance(Role.DENY_LIST, negated=False)
        return Stance(self.base, negated=False)

    def _comment(self, offset: int) -> tuple[int, int] | None:
        index = bisect_right(self._comment_starts, offset) - 1
        if index < 0 or self._comments[index][1] <= offset:
            return None
        return self._comments[index]

    def _commented(self, start: int, end: int, offset: int) -> Stance:
        """Return the stance of words in a comment, which explains rather than does."""
        for begin, stop in sentences(self._text, max(start, offset - 1_000), min(end, offset + 1_000)):
            if begin <= offset < stop:
                said = stance(self._text[begin:stop], offset=offset - begin)
                return Stance(Role.DOCUMENTATION if said.role.live else said.role, said.negated)
        return Stance(Role.DOCUMENTATION, negated=False)

    @cached_property
    def _comment_starts(self) -> list[int]:
        return [start for start, _ in self._comments]

    @cached_property
    def _comments(self) -> list[tuple[int, int]]:
        """The spans of comments and of documentation strings, in order."""
        kind = {"typescript": "javascript", "makefile": "shell", "dockerfile": "shell"}.get(self._kind, self._kind)
        pattern = _TOKENS.get(kind, _TOKENS["code"])
        found: list[tuple[int, int]] = []
        at = 0
        while token := pattern.search(self._text, at):
            at = max(token.end(), at + 1)
            if token.lastgroup in ("comment", "hash"):
                found.append(token.span())
            elif token.lastgroup in ("string", "quotes"):
                closing = self._text.find(token["quotes"], token.end())
                at = closing + 3 if closing >= 0 else len(self._text)
                if self._is_documentation(token.start()):
                    found.append((token.start(), at))
        return found

    def _is_documentation(self, start: int) -> bool:
        """Whether a string in three quotes stands for itself, as a documentation string does."""
        before = self._text[max(0, start - 400) : start]
        line = before[before.rfind("\n") + 1 :]
        above = before[: len(before) - len(line)].rstrip()
        return not line.strip() and (
            not above or above.endswith((":", '"""', "'''")) or above.rpartition("\n")[2].lstrip().startswith("#")
        )

    def _list_name(self, line: int, offset: int) -> str:
        """Return the name of the list, set or pattern that a place stands in, when it tells of something to be kept out."""
        own = self._text[line:offset]
        if (named := _NAMED.search(own[-400:])) and _DENY.search(named[1]):
            return named[1]
        low = max(0, line - _CHARACTERS_ABOVE)
        depth = 0
        for text in reversed(self._text[low : line + len(own)].splitlines()[-_LINES_ABOVE:]):
            for index in range(min(len(text), 2_000) - 1, -1, -1):
                if text[index] in _CLOSING:
                    depth += 1
                elif text[index] in _OPENING:
                    depth -= 1
                    if depth < 0:
                        depth = 0
                        if (named := _NAMED.search(text[:index][-400:])) and _DENY.search(named[1]):
                            return named[1]
        return ""
