"""A reader of PowerShell's grammar that never fails: it takes what it understands and steps over the rest.

A grammar library was tried first and set aside (design/own-readers.md): it is sound, but one bracket that is not closed
makes an error of all that follows, and snippets in documents have such. This reader takes one pass; below
``MAX_DEPTH`` levels it reads brackets as separators, so that a command is seen however deep it hides.
"""

from __future__ import annotations

import re

from pinfold.language.powershell.operands import Operands
from pinfold.language.powershell.quoting import MAX_DEPTH
from pinfold.language.powershell.tree import (
    NONE,
    Assign,
    Block,
    Command,
    Function,
    Group,
    Listed,
    Node,
    Parameter,
    Pipeline,
    Redirect,
    Return,
    Splat,
    Text,
    TypeName,
    Variable,
)

_KEYWORD = re.compile(
    r"(if|elseif|else|foreach|for|while|until|do|switch|try|catch|finally|trap|function|filter|workflow|return|throw"
    r"|exit|break|continue|begin|process|end|dynamicparam|clean|class|enum|data|using|param|parallel|sequence"
    r"|inlinescript|default)(?![\w`'\"\\:./-])",
    re.IGNORECASE,
)
_NAME = re.compile(r"[ \t]*((?:(?:global|script|local|private):)?[\w.:-]+)", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"[ \t]*(\+=|-=|\*=|/=|%=|\?\?=|=(?!=))")
_PARAMETER = re.compile(r"-([A-Za-z_?][\w-]*)(:)?(?=[\s:;|)}({\"'$@,]|$)")
_REDIRECT = re.compile(r"([0-9*]?)(>>?)(?:&([0-9])|)")
_BARE_NUMBER = re.compile(r"-?\d[\d.xX]*(?=[\s;|)},.*/%+]|-[a-zA-Z]|$)")
_USED = re.compile(r"[ \t]*module[ \t]+[\"']?([^\s\"';]{1,300})", re.IGNORECASE)
_LABEL = re.compile(r":\w+[ \t]+(?=(?:foreach|for|while|do|switch)\b)", re.IGNORECASE)
_NO_VALUE = frozenset({"break", "continue"})
_HEADED = frozenset({"if", "elseif", "while", "until", "for", "foreach", "switch"})
_BLOCKS = frozenset(
    {"else", "do", "try", "finally", "begin", "process", "end", "dynamicparam", "clean", "data", "parallel", "sequence",
     "inlinescript", "default", "trap"}
)  # fmt: skip


class Grammar(Operands):
    """Reads one source; use ``parse``."""

    def sequence(self, closer: str) -> tuple[Node, ...]:
        """Read statements up to ``closer``, and step over it."""
        self.depth += 1
        self.open.append(closer)
        nodes: list[Node] = []
        while True:
            self._separators()
            if self.at >= self.end:
                break
            here = self.text[self.at]
            if here == closer:
                self.at += 1
                break
            if here in ")}" and here in self.open:
                break
            before = self.at
            node = self.statement()
            if node is not None:
                nodes.append(node)
            if self.at == before:
                self.at += 1
        self.open.pop()
        self.depth -= 1
        return tuple(nodes)

    def _separators(self) -> None:
        """Step over what stands between statements."""
        while True:
            self.lines()
            here = self.text[self.at : self.at + 1]
            if here in (";", ",", "=") and here:
                self.at += 1
            elif self.text[self.at : self.at + 2] in ("&&", "||"):
                self.at += 2
            else:
                return

    def statement(self) -> Node | None:
        """Read one statement."""
        self.blanks()
        if (label := _LABEL.match(self.text, self.at)) is not None:
            self.at = label.end()
        found = _KEYWORD.match(self.text, self.at)
        if found is None:
            return self._pipeline()
        word = found[1].lower()
        if self.text[found.end() : found.end() + 1] == "(" and word in ("data", "default", "end"):
            return self._pipeline()
        self.at = found.end()
        return self._keyword(word)

    def _keyword(self, word: str) -> Node | None:
        if word in ("function", "filter", "workflow"):
            return self._function()
        if word in ("return", "throw", "exit"):
            return Return(None if self._ends() else self._pipeline())
        if word in ("class", "enum", "using"):
            return self._declared(word)
        if word == "param":
            self.lines()
            if self.text.startswith("(", self.at):
                self.at += 1
                return self._defaults(self.parameter_list())
            return None
        if word in _NO_VALUE:
            self.at = min(self._line_end(), self.at)
            return None
        if word == "catch":
            self._types()
        if word in _HEADED:
            return self._headed(word)
        return Group(word, (), (self._body(),))

    def _defaults(self, parameters: tuple[tuple[str, Node | None], ...]) -> Node:
        """Return the parameters of a script, and what they are when none are given."""
        nodes = [Assign(Variable(name, self.at, self.at), "param", default) for name, default in parameters if default]
        return Group("param", tuple(Variable(name, self.at, self.at) for name, _ in parameters), (tuple(nodes),))

    def _line_end(self) -> int:
        stop = self.text.find("\n", self.at)
        return self.end if stop < 0 else stop

    def _ends(self) -> bool:
        self.blanks()
        here = self.text[self.at : self.at + 1]
        return not here or here in "\r\n;})#"

    def _types(self) -> None:
        self.lines()
        while self.text.startswith("[", self.at) and isinstance(self._primary(), TypeName):
            self.lines()
            self.at += self.text.startswith(",", self.at)
            self.lines()

    def _declared(self, word: str) -> Node | None:
        """Read a class or an enumeration: its methods are blocks that may run."""
        if word == "using":
            start, self.at = self.at, self._line_end()
            found = _USED.match(self.text, start, self.at)
            return Command("", (Text("Import-Module"), Text(found[1])), (), start, self.at) if found else None
        opening = self.text.find("{", self.at, self.at + 400)
        if opening < 0:
            return None
        self.at = opening
        return Group(word, (), (self._body(),))

    def _function(self) -> Node | None:
        name = _NAME.match(self.text, self.at)
        if name is None:
            return None
        self.at = name.end()
        self.lines()
        parameters: tuple[tuple[str, Node | None], ...] = ()
        if self.text.startswith("(", self.at):
            self.at += 1
            parameters = self.parameter_list()
            self.lines()
        if not self.text.startswith("{", self.at):
            return None
        block = self.block()
        if not isinstance(block, Block):
            return None
        whole = Block(block.body, parameters or block.parameters, block.start, block.end)
        return Function(name[1].lower().rpartition(":")[2], whole)

    def _body(self) -> tuple[Node, ...]:
        """Read ``{ … }`` as the body of a statement."""
        self.lines()
        if not self.text.startswith("{", self.at):
            return ()
        self.at += 1
        if self.depth >= self.most:
            self.flat = True
            return ()
        return self.sequence("}")

    def _headed(self, word: str) -> Node:
        """Read a statement with a condition in brackets."""
        self.lines()
        heads: tuple[Node, ...] = ()
        variable = ""
        while word == "switch" and (option := _PARAMETER.match(self.text, self.at)):
            self.at = option.end()
            self.lines()
        if self.text.startswith("(", self.at):
            self.at += 1
            if word == "foreach":
                variable = self._loop_variable()
            if self.depth < self.most:
                heads = self.sequence(")")
            else:
                self.flat = True
        if word == "switch":
            return Group(word, heads, tuple(self._cases()))
        return Group(word, heads, (self._body(),), variable)

    def _loop_variable(self) -> str:
        self.lines()
        found = self.variable()
        self.lines()
        if self.text[self.at : self.at + 2].lower() == "in":
            self.at += 2
        return found.name if isinstance(found, Variable) else ""

    def _cases(self) -> list[tuple[Node, ...]]:
        """Read the cases of a ``switch``."""
        self.lines()
        bodies: list[tuple[Node, ...]] = []
        if not self.text.startswith("{", self.at) or self.depth >= self.most:
            self.flat = self.flat or self.text.startswith("{", self.at)
            return bodies
        self.at += 1
        self.depth += 1
        self.open.append("}")
        while self.at < self.end:
            self._separators()
            here = self.text[self.at : self.at + 1]
            if here == "}":
                self.at += 1
                break
            before = self.at
            if here == "{":
                bodies.append(self._body())
            else:
                self.value()
            self.at += self.at == before
        self.open.pop()
        self.depth -= 1
        return bodies

    # --- pipelines and commands ---

    def _pipeline(self) -> Node | None:
        start = self.at
        first = self._stage()
        if isinstance(first, Assign):
            return first
        stages: list[Node] = [] if first is None else [first]
        while self._joined():
            stage = self._stage()
            if stage is not None:
                stages.append(stage)
        redirects = self._redirections()
        if len(stages) > 1 or (stages and redirects):
            return Pipeline(tuple(stages), redirects, start, self.at)
        return stages[0] if stages else None

    def _joined(self) -> bool:
        """Step over a bar, and say whether there was one; it may also begin the next line."""
        self.blanks()
        before = self.at
        if self.text[self.at : self.at + 1] in ("\n", "\r"):
            self.lines()
        if self.text.startswith("|", self.at) and not self.text.startswith("||", self.at):
            self.at += 1
            self.lines()
            return True
        self.at = before
        return False

    def _redirections(self) -> tuple[Redirect, ...]:
        found: list[Redirect] = []
        while True:
            self.blanks()
            redirect = self._redirect()
            if redirect is None:
                return tuple(found)
            found.extend(redirect)

    def _redirect(self) -> tuple[Redirect, ...] | None:
        mark = _REDIRECT.match(self.text, self.at)
        if mark is None:
            return None
        self.at = mark.end()
        if mark[3]:
            return ()
        self.blanks()
        return (Redirect(mark[1], mark[2] == ">>", self._argument() or NONE),)

    def _stage(self) -> Node | None:
        """Read a command line, or a value with what is assigned to it."""
        self.blanks()
        here = self.text[self.at : self.at + 1]
        if not here or here in "\r\n;|)}#":
            return None
        if here == "&" or (
            here == "." and self.text[self.at + 1 : self.at + 2] in (" ", "\t", "'", '"', "$", "(", "{")
        ):
            self.at += 1
            self.blanks()
            return self._command(here)
        if here in "$\"'([{!+,@" or _BARE_NUMBER.match(self.text, self.at) or self._is_operator(here):
            return self._valued()
        return self._command("")

    def _is_operator(self, here: str) -> bool:
        return (
            here == "-"
            and re.match(r"-(?:join|split|not)\b|-[(\d$]", self.text[self.at : self.at + 8], re.I) is not None
        )

    def _valued(self) -> Node:
        value = self.expression()
        found = _ASSIGNMENT.match(self.text, self.at)
        if found is None:
            return value
        self.at = found.end()
        self.lines()
        return Assign(value, found[1], self.statement() or NONE)

    def _command(self, invoke: str) -> Node | None:
        start = self.at
        words: list[Node] = []
        redirects: list[Redirect] = []
        end = start
        while self.at < self.end:
            self.blanks()
            here = self.text[self.at : self.at + 1]
            if not here or here in "\r\n;|)}" or (here == "#" and words):
                break
            if here == "&":
                self.at += 0 if self.text.startswith("&&", self.at) else 1
                break
            redirect = self._redirect()
            if redirect is not None:
                redirects.extend(redirect)
                continue
            if self.text.startswith("--%", self.at):
                words.extend(self._verbatim())
                break
            before = self.at
            word = self._parameter() if words else None
            word = word or self._argument()
            if word is not None:
                words.append(word)
            self.at += self.at == before
            end = self.at
        return Command(invoke, tuple(words), tuple(redirects), start, end) if words else None

    def _verbatim(self) -> list[Node]:
        """Read what follows ``--%``, which is handed on as it stands."""
        stop = self._line_end()
        bar = self.text.find("|", self.at, stop)
        begin, self.at = self.at + 3, bar if bar >= 0 else stop
        return [Text(word.strip('"'), bare=True) for word in self.text[begin : self.at].split()]

    def _parameter(self) -> Node | None:
        found = _PARAMETER.match(self.text, self.at)
        if found is None:
            return None
        self.at = found.end()
        value = None
        if found[2]:
            self.blanks()
            value = self._argument()
        return Parameter(found[1], value)

    def _argument(self) -> Node | None:
        """Read one argument of a command line; values joined by commas are one."""
        first = self._single_argument()
        if first is None:
            return None
        items = [first]
        while self._comma():
            self.lines()
            item = self._single_argument()
            if item is None:
                break
            items.append(item)
        return Listed(tuple(items)) if len(items) > 1 else first

    def _comma(self) -> bool:
        before = self.at
        self.blanks()
        if self.text.startswith(",", self.at):
            self.at += 1
            return True
        self.at = before
        return False

    def _single_argument(self) -> Node | None:
        here = self.text[self.at : self.at + 1]
        start = self.at
        if here in ("(", "{") or self.text[self.at : self.at + 2] in ("@(", "@{", "@'", '@"'):
            return self.value()
        if here == "@" and (name := self.splatted()):
            return Splat(name)
        if here == "$" and not self.text.startswith("$(", self.at):
            variable = self.variable()
            following = self.text[self.at : self.at + 1]
            if variable is not None and (not following or following in " \t\r\n;|)},.[:(&>"):
                return self.steps(variable, start)
            self.at = start
        if here == "[" and re.match(r"\[[\w.]+\]::", self.text[self.at : self.at + 100]):
            return self.value()
        before = self.at
        word = self.bare()
        if self.at == before:
            if not here or here in "\r\n;|)}":
                return None
            self.at += 1
            return None if here in ",<>" else Text(here, bare=True)
        if here in "\"'" and self.text[self.at : self.at + 1] in (".", "["):
            return self.steps(word, start)
        return word


def parse(source: str, depth: int = 0) -> tuple[tuple[Node, ...], bool]:
    """Return the statements of a source, and whether brackets were nested too deep to be read as such.

    ``depth`` is how deep the source itself is nested in others; fewer brackets are then read.
    """
    grammar = Grammar(source, max(6, MAX_DEPTH // (1 + depth)))
    nodes: list[Node] = []
    while grammar.at < grammar.end:
        before = grammar.at
        nodes.extend(grammar.sequence("\0"))
        grammar.at += grammar.at == before
    return tuple(nodes), grammar.flat
