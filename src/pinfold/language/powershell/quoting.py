"""Strings, variables and bare words of PowerShell: the lower half of its grammar."""

from __future__ import annotations

import re

from pinfold.language.powershell.tree import NONE, Bracket, Expandable, Node, Text, Variable

MAX_DEPTH = 24
"""How deep brackets within brackets are read as such; deeper ones are read as separators."""

_ALIKE = str.maketrans("“”„‘’‚‛–—―\u00a0", "\"\"\"''''--- ")
"""Quotation marks and dashes that PowerShell takes for the plain ones; each is one character for one."""

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_VARIABLE = re.compile(
    r"\$(?:\{((?:[^{}`]|`.){1,200})\}|((?:(?:global|script|local|private|using|env|function|variable):)?[\w?]+|[$^?]))",
    re.IGNORECASE,
)
_SPLAT = re.compile(r"@((?:(?:global|script|local|using):)?[A-Za-z_]\w*)(?![\w/.@-])", re.IGNORECASE)
_PLAIN_DOUBLE = re.compile(r"[^\"`$]+")
_PLAIN_BARE = re.compile(r"[^\s`$\"'(){};,|&<>@\u0000]+")
_HERE_END = {'"': re.compile(r"^\"@", re.MULTILINE), "'": re.compile(r"^'@", re.MULTILINE)}
_BLANKS = re.compile(r"(?:[ \t\f\v]|`\r?\n|<#(?:[^#]|#(?!>))*+(?:#>)?)+")
_SCOPES = ("global:", "script:", "local:", "private:", "using:", "variable:")


def plain(source: str) -> str:
    """Return the source, of the same length, with typographic quotation marks and dashes made plain."""
    return source if source.isascii() else source.translate(_ALIKE)


class Quoting:
    """Reads ``text`` from ``at``.

    ``depth`` counts open brackets, ``most`` of which are read as such; ``flat`` says that more were met.
    """

    def __init__(self, source: str, most: int) -> None:
        self.text = plain(source)
        self.end = len(source)
        self.at = 0
        self.depth = 0
        self.most = most
        self.flat = False
        self.open: list[str] = []

    def sequence(self, closer: str) -> tuple[Node, ...]:
        """Read commands up to ``closer``, and step over it; the grammar fills this in."""
        raise NotImplementedError

    def blanks(self) -> None:
        """Step over blanks, continued lines and block comments."""
        if (found := _BLANKS.match(self.text, self.at)) is not None:
            self.at = found.end()

    def lines(self) -> None:
        """Step over blanks, line ends and comments."""
        while True:
            self.blanks()
            here = self.text[self.at : self.at + 1]
            if here in ("\n", "\r") and here:
                self.at += 1
            elif here == "#":
                self.comment()
            else:
                return

    def comment(self) -> None:
        """Step over a comment, up to its line end."""
        stop = self.text.find("\n", self.at)
        self.at = self.end if stop < 0 else stop

    def bracket(self, opener: str) -> Node:
        """Read commands in brackets; beyond the depth that is read, step over the opening one alone."""
        start = self.at
        self.at += len(opener)
        if self.depth >= self.most:
            self.flat = True
            return NONE
        body = self.sequence(")")
        return Bracket(opener, body, start, self.at)

    def variable(self) -> Node | None:
        """Read ``$name`` or ``${name}``; nothing where a dollar sign stands for itself."""
        found = _VARIABLE.match(self.text, self.at)
        if found is None:
            return None
        start, self.at = self.at, found.end()
        name = (found[1] or found[2]).replace("`", "").lower()
        for scope in _SCOPES:
            name = name.removeprefix(scope)
        return Variable(name, start, self.at)

    def splatted(self) -> str:
        """Read ``@name``; returns the name, or nothing."""
        found = _SPLAT.match(self.text, self.at)
        if found is None:
            return ""
        self.at = found.end()
        return found[1].lower().rpartition(":")[2]

    def single(self) -> Node:
        """Read a string in single quotes."""
        pieces: list[str] = []
        self.at += 1
        while True:
            stop = self.text.find("'", self.at)
            pieces.append(self.text[self.at : self.end if stop < 0 else stop])
            self.at = self.end if stop < 0 else stop + 1
            if stop < 0 or not self.text.startswith("'", self.at):
                return Text("".join(pieces))
            pieces.append("'")
            self.at += 1

    def double(self) -> Node:
        """Read a string in double quotes."""
        self.at += 1
        pieces: list[Node] = []
        while self.at < self.end:
            here = self.text[self.at]
            if here == '"':
                self.at += 1
                if not self.text.startswith('"', self.at):
                    break
                pieces.append(Text('"'))
                self.at += 1
            else:
                self._expanded(here, _PLAIN_DOUBLE, pieces)
        return joined(pieces)

    def _expanded(self, here: str, plain_part: re.Pattern[str], pieces: list[Node]) -> None:
        """Read one piece of a string in which variables are filled in."""
        if here == "`":
            pieces.append(Text(self.escape()))
        elif here == "$":
            self.dollar(pieces)
        elif (found := plain_part.match(self.text, self.at)) is not None:
            pieces.append(Text(found[0]))
            self.at = found.end()
        else:
            pieces.append(Text(here))
            self.at += 1

    def escape(self) -> str:
        """Read a backtick and what it escapes."""
        following = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if following == "\r":
            self.at += self.text.startswith("\n", self.at)
        return _ESCAPES.get(following, "" if following in ("\n", "\r") else following)

    def dollar(self, pieces: list[Node]) -> None:
        """Read what begins with a dollar sign within a string."""
        if self.text.startswith("$(", self.at):
            pieces.append(self.bracket("$("))
        elif (variable := self.variable()) is not None:
            pieces.append(variable)
        else:
            pieces.append(Text("$"))
            self.at += 1

    def here_string(self) -> Node | None:
        """Read a string between ``@"`` and ``"@``; nothing where none begins."""
        mark = self.text[self.at + 1 : self.at + 2]
        if mark not in ('"', "'") or not mark:
            return None
        line = self.text.find("\n", self.at)
        if line < 0 or self.text[self.at + 2 : line].strip():
            return None
        stop = _HERE_END[mark].search(self.text, line + 1)
        begin, end = line + 1, stop.start() if stop else self.end
        content = self.text[begin : max(begin, end - 1)].removesuffix("\r")
        self.at = stop.end() if stop else self.end
        return Text(content) if mark == "'" else self._within(begin, begin + len(content))

    def _within(self, begin: int, end: int) -> Node:
        """Read a stretch as an expandable string, quotation marks included."""
        after, self.at, whole, self.end = self.at, begin, self.end, end
        pieces: list[Node] = []
        while self.at < self.end:
            self._expanded(self.text[self.at], _PLAIN_DOUBLE, pieces)
        self.at, self.end = after, whole
        return joined(pieces)

    def bare(self) -> Node:
        """Read a bare word of a command line, with the strings and variables in it."""
        pieces: list[Node] = []
        before = self.at
        while self.at < self.end:
            here = self.text[self.at]
            if here == "'":
                pieces.append(self.single())
            elif here == '"':
                pieces.append(self.double())
            elif here == "`" and self.text[self.at + 1 : self.at + 2] in ("\n", "\r", ""):
                break
            elif here in "`$":
                self._expanded(here, _PLAIN_BARE, pieces)
            elif (found := _PLAIN_BARE.match(self.text, self.at, self.end)) is not None:
                pieces.append(Text(found[0]))
                self.at = found.end()
            elif here == "@" and (self.at > before or self.text[self.at + 1 : self.at + 2] not in tuple("({\"'")):
                pieces.append(Text("@"))
                self.at += 1
            else:
                break
        word = joined(pieces)
        return Text(word.text, bare=True) if isinstance(word, Text) else word


def joined(pieces: list[Node]) -> Node:
    """Return one node of several pieces."""
    if all(isinstance(piece, Text) for piece in pieces):
        return Text("".join(piece.text for piece in pieces if isinstance(piece, Text)))
    return Expandable(tuple(pieces))
