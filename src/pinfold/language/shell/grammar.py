"""A reader of shell grammar that never fails: it takes what it understands and steps over the rest.

A general grammar library was tried first and set aside: on ten thousand joined pipes it takes memory in the square of
their number and then the process, and it misreads
the very forms that matter here (``>& /dev/tcp/… 0>&1``, ``<<EOF | sh``, ``5<>file``). This reader takes one pass, goes
at most ``MAX_DEPTH`` levels deep, and below that
level reads brackets as separators, so that a command is seen however deep it hides.
"""

from __future__ import annotations

import re
from bisect import bisect_left

from pinfold.language.shell.quoting import Quoting
from pinfold.language.shell.tree import (
    Assignment,
    Function,
    Group,
    HereDocument,
    Node,
    Pipeline,
    RawWord,
    Redirect,
    Simple,
    Test,
)

_RESERVED = re.compile(
    r"(?:if|then|elif|else|fi|for|select|while|until|do|done|case|esac|function|time|coproc|\[\[|[{}!])(?=[\s;&"
    r"|()<>]|$)",
    re.ASCII,
)
_LOOP = re.compile(r"[ \t]*([A-Za-z_]\w*)(?:[ \t]+in(?=[\s;]))?", re.ASCII)
_FUNCTION = re.compile(r"[ \t]*([^\s(){};&|<>'\"$`\\]+)[ \t]*(?:\([ \t]*\))?")
_PARENTHESES = re.compile(r"[ \t]*\([ \t]*\)")
_REDIRECT = re.compile(r"(\d{0,4}|\{[A-Za-z0-9_]+\})(<<<|<<-|<<|<>|<&|>>|>\||>&|&>>|&>|<|>)")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:\[[^\]\s]*\])?(\+?)=")
_ROW = re.compile(r"\|[^\n]*\|[ \t]*(?=\n|$)")
_CLOSERS = {"if": "fi", "while": "done", "until": "done", "for": "done", "select": "done", "case": "esac", "{": "}"}
_JOINTS = frozenset({"then", "elif", "else", "do", "!", "time", "coproc"})


class Grammar(Quoting):
    """Reads one source; use ``parse``."""

    def sequence(self) -> tuple[Node, ...]:
        """Read commands up to the closer of the innermost open bracket, and consume that closer."""
        nodes: list[Node] = []
        while True:
            self.skip()
            if self.at >= self.end:
                return tuple(nodes)
            before = self.at
            closed = self._closer()
            if closed is not None:
                if closed:
                    return tuple(nodes)
                continue
            node = self._pipeline()
            if node is not None:
                nodes.append(node)
            if self.at <= before:
                self.at = before + 1

    def skip(self) -> None:
        """Step over blanks, separators and comments; read here-documents where a line ends."""
        text, end = self.text, self.end
        while self.at < end:
            character = text[self.at]
            if character == "\n":
                self.newline()
            elif character in " \t\r\f\v;&":
                if character == ";" and self.open and self.open[-1] == "esac" and text.startswith(";;", self.at):
                    return
                if character == "&" and text.startswith("&>", self.at):
                    return
                self.at += 1
            elif character == "#":
                self.comment()
            elif character == "\\" and text.startswith("\\\n", self.at):
                self.at += 2
            else:
                return

    def newline(self) -> None:
        """Step over a line end and read the here-documents that begin there."""
        self.at += 1
        pending, self.pending = self.pending, []
        for document in pending:
            self._here_document(document)

    def comment(self) -> None:
        """Step over a comment, up to its line end."""
        stop = self.text.find("\n", self.at, self.end)
        self.at = self.end if stop < 0 else stop

    def blanks(self) -> None:
        """Step over blanks and continued lines."""
        text, end = self.text, self.end
        while self.at < end:
            character = text[self.at]
            if character in " \t\r\f\v":
                self.at += 1
            elif character == "\\" and text.startswith("\\\n", self.at):
                self.at += 2
            else:
                return

    def _closer(self) -> bool | None:
        """Return true when the innermost bracket ends here, ``None`` when nothing is closed.

        False says that a stray closer was stepped over.
        """
        text = self.text
        character = text[self.at]
        mark = character
        if character not in ")`":
            match = _RESERVED.match(text, self.at, self.end)
            mark = match[0] if match else ""
            if mark not in ("fi", "done", "esac", "}"):
                return None
        if mark == "`" and mark not in self.open:
            return None
        if self.open and self.open[-1] == mark:
            self.at += len(mark)
            return True
        if mark in self.open:
            return True
        self.at += len(mark)
        return False

    def _pipeline(self) -> Node | None:
        stages: list[Node] = []
        while self.at < self.end:
            stage = self._command()
            if stage is not None:
                stages.append(stage)
            elif not stages and self._table_row():
                return None
            self.blanks()
            if self.at >= self.end or self.text[self.at] != "|":
                break
            if self.text.startswith("||", self.at):
                self.at += 2
                break
            self.at += 2 if self.text.startswith("|&", self.at) else 1
            self.blanks()
            while self.at < self.end and self.text[self.at] in "\n#":
                if self.text[self.at] == "#":
                    self.comment()
                else:
                    self.newline()
                self.blanks()
        if len(stages) > 1:
            return Pipeline(tuple(stages))
        return stages[0] if stages else None

    def _table_row(self) -> bool:
        """Step over a row of a table, which begins and ends with a bar; a command does neither."""
        match = _ROW.match(self.text, self.at, self.end)
        if match is None:
            return False
        self.at = match.end()
        return True

    def _command(self) -> Node | None:
        while True:
            self.blanks()
            if self.at >= self.end:
                return None
            start = self.at
            if self.text[start] == "(":
                return self._parenthesis()
            match = _RESERVED.match(self.text, start, self.end)
            if match is None:
                return self._simple()
            word = match[0]
            if word not in _JOINTS:
                break
            self.at = match.end()
        if word == "[[":
            self.at = match.end()
            return self._test()
        if word == "function":
            self.at = match.end()
            name = _FUNCTION.match(self.text, self.at, self.end)
            if name is None:
                return None
            self.at = name.end()
            return self._function(name[1])
        if word in _CLOSERS:
            self.at = match.end()
            return self._compound(word, start)
        return None

    def _parenthesis(self) -> Node | None:
        start = self.at
        if self.text.startswith("((", start):
            pieces = self.arithmetic(start + 2)
            if pieces is not None:
                return Test((RawWord(start, self.at, None, pieces),))
        self.at = start + 1
        if not self.enter(")"):
            return None
        body = self.sequence()
        self.leave()
        return Group("(", start, self.at, body, self._redirects())

    def _compound(self, kind: str, start: int) -> Node | None:
        variable = ""
        values: tuple[RawWord, ...] = ()
        if kind in ("for", "select"):
            variable, values = self._loop_head()
        elif kind == "case":
            self.blanks()
            self.word()
            self.skip_word("in")
        if not self.enter(_CLOSERS[kind]):
            return None
        body = self._cases() if kind == "case" else self.sequence()
        self.leave()
        return Group(kind, start, self.at, body, self._redirects(), variable, values)

    def skip_word(self, expected: str) -> None:
        """Step over ``expected`` where it comes next."""
        self.blanks()
        if self.text.startswith(expected, self.at):
            self.at += len(expected)

    def _loop_head(self) -> tuple[str, tuple[RawWord, ...]]:
        match = _LOOP.match(self.text, self.at, self.end)
        if match is None:
            return "", ()
        self.at = match.end()
        return match[1], self._words_of_line()

    def _words_of_line(self) -> tuple[RawWord, ...]:
        words: list[RawWord] = []
        while True:
            self.blanks()
            if self.at >= self.end or self.text[self.at] in "\n;&|)`#":
                return tuple(words)
            before = self.at
            word = self.word()
            if word is not None:
                words.append(word)
            if self.at <= before:
                return tuple(words)

    def _cases(self) -> tuple[Node, ...]:
        nodes: list[Node] = []
        while self.at < self.end:
            self.skip()
            match = _RESERVED.match(self.text, self.at, self.end)
            if match is not None and match[0] == "esac":
                self.at = match.end()
                return tuple(nodes)
            before = self.at
            self._case_pattern()
            nodes.extend(self.sequence_of_case())
            if self.text.startswith(";;", self.at):
                self.at += 2
            elif self.at <= before:
                self.at = before + 1
        return tuple(nodes)

    def _case_pattern(self) -> None:
        if self.at < self.end and self.text[self.at] == "(":
            self.at += 1
        while self.at < self.end:
            self.blanks()
            if self.at >= self.end or self.text[self.at] in "\n;`":
                return
            if self.text[self.at] == ")":
                self.at += 1
                return
            before = self.at
            self.word()
            if self.at <= before:
                self.at = before + 1

    def sequence_of_case(self) -> tuple[Node, ...]:
        """Read the commands of one branch, up to ``;;`` or ``esac``, which stay."""
        nodes: list[Node] = []
        while True:
            self.skip()
            if self.at >= self.end or self.text.startswith(";;", self.at):
                return tuple(nodes)
            match = _RESERVED.match(self.text, self.at, self.end)
            if match is not None and match[0] == "esac":
                return tuple(nodes)
            if match is not None and match[0] in self.open:
                return tuple(nodes)
            before = self.at
            if self.text[self.at] in ")`":
                if self.text[self.at] in self.open:
                    return tuple(nodes)
                self.at += 1
                continue
            node = self._pipeline()
            if node is not None:
                nodes.append(node)
            if self.at <= before:
                self.at = before + 1

    def _test(self) -> Node:
        words: list[RawWord] = []
        while self.at < self.end:
            self.blanks()
            if self.at >= self.end or self.text[self.at] == "\n":
                break
            if self.text.startswith("]]", self.at):
                self.at += 2
                break
            before = self.at
            word = self.word()
            if word is not None:
                words.append(word)
            if self.at <= before:
                self.at = before + 1
        return Test(tuple(words))

    def _function(self, name: str) -> Node | None:
        self.blanks()
        while self.at < self.end and self.text[self.at] == "\n":
            self.newline()
            self.blanks()
        start = self.at
        if self.text.startswith("(", start):
            body = self._parenthesis()
        elif (match := _RESERVED.match(self.text, start, self.end)) and match[0] == "{":
            self.at = match.end()
            body = self._compound("{", start)
        else:
            return None
        return Function(name, (body,) if body is not None else ())

    def _redirects(self) -> tuple[Redirect | HereDocument, ...]:
        found: list[Redirect | HereDocument] = []
        while True:
            self.blanks()
            redirect = self._redirect()
            if redirect is None:
                return tuple(found)
            found.append(redirect)

    def _redirect(self) -> Redirect | HereDocument | None:
        start = self.at
        match = _REDIRECT.match(self.text, start, self.end)
        if match is None:
            return None
        operator = match[2]
        if match.end() < self.end and self.text[match.end()] == "(" and operator in "<>":
            return None
        if operator == "<" and not match[1] and self.placeholder(start):
            return None
        self.at = match.end()
        self.blanks()
        if operator in ("<<", "<<-"):
            before = self.at
            word = self.word()
            if word is None:
                return Redirect("<", "", RawWord(start, self.at, ""), self.text[start : self.at])
            raw = self.text[before : self.at]
            document = HereDocument(
                re.sub(r"['\"\\]", "", raw), any(mark in raw for mark in "'\"\\"), operator == "<<-"
            )
            self.pending.append(document)
            return document
        target = self.word() or RawWord(self.at, self.at, "")
        return Redirect(operator, match[1], target, self.text[start : self.at])

    def _here_document(self, document: HereDocument) -> None:
        """Read the body of a here-document that begins here.

        Without its closing line the rest of the source is the body *and* is read as commands: the shell takes the first
        view, a reader of fragments the second.
        """
        stop, after = self._closing_line(document)
        if stop < 0:
            if self.unclosed_document:
                return
            self.unclosed_document = True
            stop, after = self.end, self.at
        document.pieces = self.document_pieces(stop, quoted=document.quoted, tabs=document.tabs)
        self.at = after

    def _closing_line(self, document: HereDocument) -> tuple[int, int]:
        if self.line_index is None:
            self.line_index = {}
            position = 0
            for line in self.text.split("\n"):
                key = line.rstrip("\r \t").lstrip("\t ")
                if len(key) <= 64:
                    self.line_index.setdefault(key, []).append((position, position + len(line)))
                position += len(line) + 1
        lines = self.line_index.get(document.delimiter, [])
        place = bisect_left(lines, (self.at, 0))
        if place >= len(lines) or lines[place][1] > self.end:
            return -1, -1
        return lines[place]

    def _simple(self) -> Node | None:
        start = self.at
        assignments: list[Assignment] = []
        words: list[RawWord] = []
        redirects: list[Redirect | HereDocument] = []
        stop = start
        text = self.text
        while self.at < self.end:
            self.blanks()
            if self.at >= self.end:
                break
            character = text[self.at]
            if character in "\n;|)#" or (character == "&" and not text.startswith("&>", self.at)):
                break
            if character in "<>&0123456789{":
                redirect = self._redirect()
                if redirect is not None:
                    redirects.append(redirect)
                    stop = self.at
                    continue
            if character == "(":
                if len(words) == 1 and words[0].text and (match := _PARENTHESES.match(text, self.at, self.end)):
                    self.at = match.end()
                    return self._function(words[0].text)
                break
            if character == "`" and "`" in self.open:
                break
            before = self.at
            if not words and (match := _ASSIGNMENT.match(text, before, self.end)):
                assignments.append(self._assignment(match))
            else:
                word = self.word()
                if word is not None:
                    words.append(word)
            if self.at <= before:
                break
            stop = self.at
        if not (words or assignments or redirects):
            return None
        return Simple(start, stop, tuple(assignments), tuple(words), tuple(redirects))

    def _assignment(self, match: re.Match[str]) -> Assignment:
        self.at = match.end()
        if self.at < self.end and self.text[self.at] == "(":
            self.at += 1
            values: list[RawWord] = []
            while self.at < self.end and self.text[self.at] != ")":
                before = self.at
                self.skip()
                values.extend(self._words_of_line())
                if self.at <= before:
                    break
            if self.at < self.end and self.text[self.at] == ")":
                self.at += 1
            return Assignment(match[1], tuple(values), bool(match[2]))
        word = self.word()
        return Assignment(match[1], (word,) if word is not None else (), bool(match[2]))


def parse(text: str) -> tuple[Node, ...]:
    """Return the commands of a shell source. Never raises; time is linear in its length."""
    return Grammar(text).sequence_to_end()
