"""Words of the shell: quotes, escapes, expansions and substitutions."""

from __future__ import annotations

import re

from pinfold.language.shell.tree import (
    Arithmetic,
    HereDocument,
    Literal,
    Node,
    Piece,
    RawWord,
    Substitution,
    Variable,
)

MAX_DEPTH = 24
"""How many brackets within brackets are read as such; deeper ones are separators."""

_PLAIN = re.compile(r"[^ \t\r\n\f\v;&|<>()'\"`$\\]+")
_QUOTED = re.compile(r"[^\"`$\\]+")
_SIMPLE_STRING = re.compile(r"[^\"`$\\]*\"")
_EMPTY = Literal("", True)
_DOCUMENT = re.compile(r"[^`$\\]+")
_EXPANDED = re.compile(r"[`$\\]")
_ARITHMETIC = re.compile(r"[^()`$\\]+")
_BRACED = re.compile(r"[^}'\"`$\\]+")
_NAME = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-])")
_BRACE = re.compile(
    r"\$\{([#!]?)([A-Za-z_][A-Za-z0-9_]*|[0-9]{1,4}|[@*#?$!-])(\[[^\]\s]*\])?(:?[-+=?]|##?|%%?|//?|\^\^?|,,?|:|@)?"
)
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{1,2}|u[0-9A-Fa-f]{1,4}|U[0-9A-Fa-f]{1,8}|[0-7]{1,3}|c.|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}
_CONTRACTION = re.compile(r"'(?:t|s|re|ll|ve|d|m)(?=[\s.,;:!?)]|$)")
_BRACKET = re.compile(r"\$\(|\$\{|[()}\"'`\\]")
_FLATTEN = str.maketrans(dict.fromkeys('(){}"`', ";") | {"$": " "})
_PLACEHOLDER = re.compile(r"<[A-Za-z][\w-]{0,40}(?: [\w-]{1,40}){0,6}>")


class Quoting:
    """The word level of the grammar. ``at`` moves forward only; ``end`` bounds the stretch that is being read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.end = len(text)
        self.open: list[str] = []
        self.pending: list[HereDocument] = []
        self.unclosed_document = False
        self.unclosed_quote = -1
        self.line_index: dict[str, list[tuple[int, int]]] | None = None

    def sequence(self) -> tuple[Node, ...]:
        """Read commands; the statement level of the grammar fills this in."""
        raise NotImplementedError

    def sequence_to_end(self) -> tuple[Node, ...]:
        """Read commands to the end, stepping over stray closers.

        What stands behind a quote that is never closed is read once more without it.
        """
        nodes: list[Node] = []
        while self.at < self.end:
            before = self.at
            nodes.extend(self.sequence())
            if self.at <= before:
                self.at = before + 1
            if self.at >= self.end and self.unclosed_quote >= 0:
                self.at, self.unclosed_quote = self.unclosed_quote, self.end
        return tuple(nodes)

    def enter(self, closer: str) -> bool:
        """Open a bracket; false, with nothing opened, when it would be one level too many."""
        if len(self.open) >= MAX_DEPTH:
            return False
        self.open.append(closer)
        return True

    def leave(self) -> None:
        """Close the innermost bracket."""
        self.open.pop()

    def placeholder(self, position: int) -> int:
        """Return the length of a ``<placeholder>`` of documentation at ``position``, or 0."""
        match = _PLACEHOLDER.match(self.text, position, self.end)
        return match.end() - position if match else 0

    def word(self) -> RawWord | None:
        """Read one word, or return ``None`` where none begins."""
        text, start = self.text, self.at
        match = _PLAIN.match(text, start, self.end)
        if match is not None:
            self.at = match.end()
            if self.at >= self.end or text[self.at] in " \n;|&)\t":
                return RawWord(start, self.at, match[0])
            pieces: list[Piece] = [Literal(match[0], False)]
        else:
            pieces = []
        while self.at < self.end:
            before = self.at
            if not self._piece_of_word(pieces):
                break
            if self.at <= before:
                break
        if self.at == start:
            return None
        if not pieces:
            return RawWord(start, self.at, "")
        if len(pieces) == 1 and isinstance(pieces[0], Literal) and not pieces[0].quoted:
            return RawWord(start, self.at, pieces[0].text)
        return RawWord(start, self.at, None, tuple(pieces))

    def _piece_of_word(self, pieces: list[Piece]) -> bool:
        """Read the next piece; false at the end of the word."""
        text, at = self.text, self.at
        character = text[at]
        if character == '"':
            self.at = at + 1
            self._until_quote(pieces)
        elif character == "'":
            self._single_quote(pieces)
        elif character == "\\":
            if not text.startswith("\\\n", at):
                pieces.append(Literal(text[at + 1 : at + 2], True))
            self.at = min(at + 2, self.end)
        elif character in "$`":
            return self.expansion(pieces, quoted=False)
        elif character in "<>":
            if text.startswith("(", at + 1):
                return self._substitution(pieces, text[at : at + 2], quoted=False)
            length = self.placeholder(at) if character == "<" else 0
            if not length:
                return False
            pieces.append(Literal(text[at : at + length], True))
            self.at = at + length
        else:
            match = _PLAIN.match(text, at, self.end)
            if match is None:
                return False
            pieces.append(Literal(match[0], False))
            self.at = match.end()
        return True

    def _single_quote(self, pieces: list[Piece]) -> None:
        text, at = self.text, self.at
        stop = text.find("'", at + 1, self.end)
        if stop >= 0 and pieces and _CONTRACTION.match(text, at, self.end):
            line = text.find("\n", at, self.end)
            if 0 <= line < stop:
                stop = -1
        if stop < 0:
            pieces.append(Literal("'", True))
            self.at = at + 1
            return
        pieces.append(Literal(text[at + 1 : stop], True))
        self.at = stop + 1

    def _until_quote(self, pieces: list[Piece]) -> None:
        """Read the inside of a double-quoted string and its closing quote."""
        text, start = self.text, self.at
        match = _SIMPLE_STRING.match(text, start, self.end)
        if match is not None:
            pieces.append(Literal(text[start : match.end() - 1], True))
            self.at = match.end()
            return
        pieces.append(_EMPTY)
        while self.at < self.end:
            character = text[self.at]
            if character == '"':
                self.at += 1
                return
            if character == "\\":
                self._escaped(pieces, '"$`\\')
            elif character in "$`":
                if not self.expansion(pieces, quoted=True):
                    return
            else:
                self._run(_QUOTED, pieces)
        if self.unclosed_quote < 0 and self.end == len(text):
            self.unclosed_quote = start

    def _run(self, pattern: re.Pattern[str], pieces: list[Piece]) -> None:
        match = pattern.match(self.text, self.at, self.end)
        stop = match.end() if match else self.at + 1
        pieces.append(Literal(self.text[self.at : stop], True))
        self.at = stop

    def _escaped(self, pieces: list[Piece], special: str) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        self.at = min(self.at + 2, self.end)
        if following == "\n":
            return
        pieces.append(Literal(following if following and following in special else "\\" + following, True))

    def expansion(self, pieces: list[Piece], *, quoted: bool) -> bool:
        """Read what begins with ``$`` or a backtick; false where a backtick ends the surrounding substitution."""
        text, at = self.text, self.at
        if text[at] == "`":
            if "`" in self.open:
                return False
            return self._substitution(pieces, "`", quoted=quoted)
        if text.startswith("$((", at):
            inner = self.arithmetic(at + 3)
            if inner is not None:
                pieces.append(Arithmetic(text[at : self.at], inner))
                return True
        if text.startswith("$(", at):
            return self._substitution(pieces, "$(", quoted=quoted)
        if text.startswith("${", at):
            return self._parameter(pieces, quoted=quoted)
        if not quoted and text.startswith("$'", at):
            match = _ANSI.match(text, at, self.end)
            if match is not None:
                pieces.append(Literal(_ESCAPE.sub(_unescape, match[1]), True))
                self.at = match.end()
                return True
        if not quoted and text.startswith('$"', at):
            self.at = at + 2
            self._until_quote(pieces)
            return True
        match = _NAME.match(text, at, self.end)
        if match is None:
            pieces.append(Literal("$", True))
            self.at = at + 1
        else:
            pieces.append(Variable(match[1], match[0], quoted))
            self.at = match.end()
        return True

    def _substitution(self, pieces: list[Piece], opener: str, *, quoted: bool) -> bool:
        """Read a nested command list; one that is too deep is read flat."""
        text, start = self.text, self.at
        closer = "`" if opener == "`" else ")"
        self.at = start + len(opener)
        flat = not self.enter(closer)
        if flat:
            body = self._flat(closer)
        else:
            body = self.sequence()
            self.leave()
        pieces.append(Substitution(opener, body, start, self.at, text[start : self.at], quoted, flat))
        return True

    def _flat(self, closer: str) -> tuple[Node, ...]:
        """Read a stretch that is too deep, up to ``closer``, with every bracket and quote as a separator."""
        start = self.at
        stack = [closer]
        while stack:
            match = _BRACKET.search(self.text, self.at, self.end)
            if match is None:
                self.at = self.end
                break
            self.at = match.end()
            self._balance(stack, match[0])
        return type(self)(self.text[start : self.at].translate(_FLATTEN)).sequence_to_end()

    def _balance(self, stack: list[str], mark: str) -> None:
        """Take one bracket, quote or escape into account."""
        if mark == stack[-1]:
            stack.pop()
        elif mark == "\\":
            self.at = min(self.at + 1, self.end)
        elif mark in ('"', "`"):
            stack.append(mark)
        elif mark == "$(" or (mark == "(" and stack[-1] != '"'):
            stack.append(")")
        elif mark == "${":
            stack.append("}")
        elif mark == "'" and stack[-1] != '"':
            stop = self.text.find("'", self.at, self.end)
            self.at = stop + 1 if stop >= 0 else self.at

    def _parameter(self, pieces: list[Piece], *, quoted: bool) -> bool:
        text, start = self.text, self.at
        match = _BRACE.match(text, start, self.end)
        if match is None:
            pieces.append(Literal("${", True))
            self.at = start + 2
            return True
        self.at = match.end()
        if not self.enter("}"):
            body = self._flat("}")
            pieces.append(Substitution("${", body, start, self.at, text[start : self.at], quoted, flat=True))
            return True
        argument: list[Piece] = []
        while self.at < self.end and text[self.at] != "}":
            character = text[self.at]
            if character == "\\":
                self._escaped(argument, "}\"'$`\\")
            elif character == '"':
                self.at += 1
                if not quoted:
                    self._until_quote(argument)
            elif character == "'" and not quoted:
                self._single_quote(argument)
            elif character in "$`":
                if not self.expansion(argument, quoted=quoted):
                    break
            elif character == "'":
                argument.append(Literal("'", True))
                self.at += 1
            else:
                self._run(_BRACED, argument)
        if self.at < self.end and text[self.at] == "}":
            self.at += 1
        self.leave()
        operator = match[1] or match[4] or ("[" if match[3] else "")
        pieces.append(Variable(match[2], text[start : self.at], quoted, operator, tuple(argument)))
        return True

    def arithmetic(self, start: int) -> tuple[Piece, ...] | None:
        """Read ``…))`` from ``start``; ``None``, with nothing read, when it does not end so."""
        if len(self.open) >= MAX_DEPTH or not self._ends_arithmetic(start):
            return None
        self.at = start
        pieces: list[Piece] = []
        depth = 0
        while self.at < self.end:
            character = self.text[self.at]
            if character == "(":
                depth += 1
                self.at += 1
            elif character == ")":
                self.at += 1
                if depth == 0:
                    self.at += self.text.startswith(")", self.at)
                    break
                depth -= 1
            elif character in "$`":
                if not self.expansion(pieces, quoted=True):
                    break
            elif character == "\\":
                self.at = min(self.at + 2, self.end)
            else:
                match = _ARITHMETIC.match(self.text, self.at, self.end)
                self.at = match.end() if match else self.at + 1
        return tuple(pieces)

    def _ends_arithmetic(self, start: int) -> bool:
        """Return whether the two brackets before ``start`` are closed by two together, a short way on."""
        depth = 0
        for position in range(start, min(start + 512, self.end)):
            character = self.text[position]
            if character == "(":
                depth += 1
            elif character == ")":
                if depth == 0:
                    return self.text.startswith(")", position + 1)
                depth -= 1
        return False

    def document_pieces(self, stop: int, *, quoted: bool, tabs: bool) -> tuple[Piece, ...]:
        """Read the body of a here-document up to ``stop``; with a quoted delimiter it is one constant."""
        body = self.text[self.at : stop]
        if tabs:
            body = re.sub(r"(?m)^\t+", "", body)
        if quoted or not _EXPANDED.search(body) or not self.enter("document"):
            return (Literal(body, True),)
        outer_end, self.end = self.end, stop
        pieces: list[Piece] = []
        while self.at < stop:
            character = self.text[self.at]
            if character == "\\":
                self._escaped(pieces, "$`\\")
            elif character in "$`":
                if not self.expansion(pieces, quoted=True):
                    self.at += 1
            else:
                self._run(_DOCUMENT, pieces)
        self.end = outer_end
        self.leave()
        return tuple(pieces)


def _unescape(match: re.Match[str]) -> str:
    """Return the character that an escape of ``$'…'`` stands for."""
    code = match[1]
    if code[0] in "xuU" and len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number <= 0x10FFFF else "\ufffd"
    if code[0] in "01234567":
        return chr(int(code, 8) & 0xFF)
    if code[0] == "c" and len(code) == 2:
        return chr(ord(code[1]) & 0x1F)
    return _ESCAPES.get(code, code)
