"""Values and operators of PowerShell: the middle of its grammar."""

from __future__ import annotations

import re
from collections.abc import Callable

from pinfold.language.powershell.quoting import Quoting
from pinfold.language.powershell.tree import (
    NONE,
    Block,
    Bracket,
    Chain,
    Index,
    Listed,
    Member,
    Node,
    Number,
    Postfix,
    Prefixed,
    Table,
    Text,
    TypeName,
)

_TYPE = re.compile(r"\[[ \t]*([A-Za-z_][\w.+`]{0,120}(?:\[[\w.,\[\] `]{0,80}\])*)[ \t]*\]")
_NUMBER = re.compile(
    r"(0[xX][0-9A-Fa-f]{1,16}|\d{1,18}(?:\.\d{1,9})?)([lLdDuU]{0,2})([kKmMgGtT][bB])?(?![\w\\:]|\.[^.\s])"
)
_WORD = re.compile(r"-[A-Za-z]+")
_RANKS = {
    "or": 1, "xor": 1, "and": 1, "bor": 2, "band": 2, "bxor": 2, "+": 4, "-": 4, "*": 5, "/": 5, "%": 5, "f": 6,
    "..": 7,
}  # fmt: skip
_COMPARED = re.compile(
    r"[ci]?(?:eq|ne|gt|ge|lt|le|like|notlike|match|notmatch|contains|notcontains|in|notin|replace|split)|join|is|isnot|as"
    r"|shl|shr"
)
_COMPARISON = 3
_SAME = {"ireplace": "replace", "creplace": "replace", "isplit": "split", "csplit": "split"}
_UNARY = frozenset({"not", "bnot", "join", "split", "isplit", "csplit"})
_NAME = re.compile(r"[A-Za-z_][\w`]*")
_KEY = re.compile(r"[\w.-]+")
_PARAMETER = re.compile(r"(?i)param\s*\(")


class Operands(Quoting):
    """Reads expressions."""

    def statement(self) -> Node | None:
        """Read one statement; the grammar fills this in."""
        raise NotImplementedError

    def expression(self, rank: int = 1) -> Node:
        """Read operands joined by operators of at least ``rank``."""
        first = self._listed() if rank > 7 else self.expression(rank + 1)
        rest: list[tuple[str, Node]] = []
        while rank <= 7 and (operator := self._operator(rank)):
            self.lines()
            rest.append((operator, self._listed() if rank == 7 else self.expression(rank + 1)))
        return Chain(first, tuple(rest)) if rest else first

    def _operator(self, rank: int) -> str:
        """Read an operator of this rank; returns its name, or nothing."""
        self.blanks()
        here = self.text[self.at : self.at + 1]
        if rank == 7 and self.text.startswith("..", self.at):
            self.at += 2
            return ".."
        if here == "-" and (found := _WORD.match(self.text, self.at)) is not None:
            word = found[0][1:].lower()
            compared = rank == _COMPARISON and _COMPARED.fullmatch(word)
            if compared or _RANKS.get(word) == rank:
                self.at = found.end()
                return _SAME.get(word, word)
            return ""
        if here and here in "+-*/%" and _RANKS.get(here) == rank and self.text[self.at + 1 : self.at + 2] != "=":
            if self.text[self.at : self.at + 2] in ("++", "--"):
                return ""
            self.at += 1
            return here
        return ""

    def _listed(self) -> Node:
        """Read values joined by commas."""
        self.blanks()
        if self.text.startswith(",", self.at):
            self.at += 1
            return Listed((self._unary(),))
        first = self._unary()
        self.blanks()
        if not self.text.startswith(",", self.at):
            return first
        items = [first]
        while self.text.startswith(",", self.at):
            self.at += 1
            self.lines()
            items.append(self._unary())
            self.blanks()
        return Listed(tuple(items))

    def _unary(self) -> Node:
        """Read a value with its operators and casts."""
        operators: list[str | TypeName] = []
        while self.at < self.end:
            self.blanks()
            here = self.text[self.at : self.at + 1]
            if here in ("!", "+") or (here == "-" and not _WORD.match(self.text, self.at)):
                operators.append("not" if here == "!" else here)
                self.at += 1
            elif here == "-" and (found := _WORD.match(self.text, self.at)) and found[0][1:].lower() in _UNARY:
                operators.append(found[0][1:].lower().removeprefix("i").removeprefix("c"))
                self.at = found.end()
            elif here == "[" and (found := _TYPE.match(self.text, self.at)) and not self._is_static(found.end()):
                operators.append(type_name(found[1]))
                self.at = found.end()
            else:
                break
        casts = bool(operators) and isinstance(operators[-1], TypeName)
        if casts and not self._begins_value():
            last = operators.pop()
            operand: Node = last if isinstance(last, TypeName) else NONE
        else:
            operand = self.value()
        return Prefixed(tuple(operators), operand) if operators else operand

    def _is_static(self, at: int) -> bool:
        return self.text.startswith("::", at) or self.text.startswith(".", at)

    def _begins_value(self) -> bool:
        self.blanks()
        here = self.text[self.at : self.at + 1]
        return bool(here) and (here in "$\"'(@[{+-!" or here.isdigit())

    def value(self) -> Node:
        """Read a value with members, calls and indices behind it."""
        self.blanks()
        start = self.at
        return self.steps(self._primary(), start)

    def _primary(self) -> Node:
        text, here = self.text, self.text[self.at : self.at + 1]
        found: Node | None = None
        if here == "$":
            found = self.bracket("$(") if text.startswith("$(", self.at) else self.variable()
        elif here in _OPENING and here:
            found = _OPENING[here](self)
        elif here == "[" and (name := _TYPE.match(text, self.at)) is not None:
            self.at = name.end()
            found = type_name(name[1])
        elif (number := _NUMBER.match(text, self.at)) is not None:
            self.at = number.end()
            found = Number(str(int(number[1], 16)) if number[1][:2] in ("0x", "0X") else number[1].partition(".")[0])
        return self._other(here) if found is None else found

    def marked(self) -> Node | None:
        """Read what begins with ``@``: a list, a table or a string of several lines."""
        if self.text.startswith("@(", self.at):
            return self.bracket("@(")
        return self.table() if self.text.startswith("@{", self.at) else self.here_string()

    def _other(self, here: str) -> Node:
        """Step over what is no value; a word where a value should stand counts as its text."""
        if not here or here in "\r\n;|)}&,=<>":
            return NONE
        before = self.at
        word = self.bare()
        if self.at == before:
            self.at += 1
        return word

    def steps(self, operand: Node, start: int) -> Node:
        """Read the members, calls and indices behind a value."""
        found: list[Member | Index] = []
        while self.at < self.end:
            here = self.text[self.at]
            if here == "?" and self.text[self.at + 1 : self.at + 2] in (".", "["):
                self.at += 1
                here = self.text[self.at]
            if here == "[":
                self.at += 1
                found.append(Index(self._index(), self.at))
            elif self.text.startswith("::", self.at) or (here == "." and not self.text.startswith("..", self.at)):
                before = self.at
                member = self._member(static=here == ":")
                if member is None:
                    self.at = before
                    break
                found.append(member)
            else:
                break
        self._step_over_increment()
        return Postfix(operand, tuple(found), start) if found else operand

    def _step_over_increment(self) -> None:
        if self.text[self.at : self.at + 2] in ("++", "--"):
            self.at += 2

    def _index(self) -> Node:
        if self.depth >= self.most:
            self.flat = True
            return NONE
        self.depth += 1
        self.lines()
        at = self.expression()
        self.lines()
        self.depth -= 1
        if self.text.startswith("]", self.at):
            self.at += 1
        return at

    def _member(self, *, static: bool) -> Member | None:
        """Read ``.name`` or ``::name``, with the arguments of a call."""
        self.at += 2 if static else 1
        self.lines() if static else None
        here = self.text[self.at : self.at + 1]
        name: Node
        if (found := _NAME.match(self.text, self.at)) is not None:
            name = Text(found[0].replace("`", ""))
            self.at = found.end()
        elif here == "'":
            name = self.single()
        elif here == '"':
            name = self.double()
        elif here == "(":
            name = self.bracket("(")
        elif here == "$" and (variable := self.variable()) is not None:
            name = variable
        else:
            return None
        arguments = self._arguments() if self.text.startswith("(", self.at) else None
        if arguments is None and self.text.startswith("{", self.at) and not static:
            arguments = (self.block(),)
        return Member(name, static, arguments, self.at)

    def _arguments(self) -> tuple[Node, ...] | None:
        """Read the arguments of a call."""
        self.at += 1
        if self.depth >= self.most:
            self.flat = True
            return None
        self.depth += 1
        items: list[Node] = []
        while self.at < self.end:
            self.lines()
            if self.text.startswith(")", self.at):
                break
            before = self.at
            item = self.expression()
            items.extend(item.items if isinstance(item, Listed) and len(item.items) > 1 else (item,))
            self.lines()
            if self.text.startswith(",", self.at):
                self.at += 1
            elif self.at == before or not self.text.startswith(")", self.at):
                break
        self.depth -= 1
        if self.text.startswith(")", self.at):
            self.at += 1
        return tuple(items)

    def block(self) -> Node:
        """Read ``{ … }`` as a value."""
        start = self.at
        self.at += 1
        if self.depth >= self.most:
            self.flat = True
            return NONE
        self.depth += 1
        parameters = self.parameters()
        self.depth -= 1
        body = self.sequence("}")
        return Block(body, parameters, start, self.at)

    def parameters(self) -> tuple[tuple[str, Node | None], ...]:
        """Read ``param(…)`` where it stands next, with the attributes before it."""
        self.lines()
        before = self.at
        while (found := _TYPE.match(self.text, self.at)) or self.text.startswith("[", self.at):
            self._attribute(found)
            self.lines()
        given = _PARAMETER.match(self.text, self.at)
        if given is None:
            self.at = before
            return ()
        self.at = given.end()
        return self.parameter_list()

    def _attribute(self, found: re.Match[str] | None) -> None:
        """Step over ``[type]`` or ``[Attribute(…)]``."""
        if found is not None:
            self.at = found.end()
            return
        self.at += 1
        while self.at < self.end and not self.text.startswith("]", self.at):
            before = self.at
            self.value()
            self.lines()
            self.at += self.at == before or self.text[self.at : self.at + 1] in ",="
        self.at += 1

    def parameter_list(self) -> tuple[tuple[str, Node | None], ...]:
        """Read the parameters of a function behind the opening bracket."""
        found: list[tuple[str, Node | None]] = []
        while self.at < self.end:
            self.lines()
            here = self.text[self.at : self.at + 1]
            if here == ")":
                self.at += 1
                break
            if here == "[":
                self._attribute(_TYPE.match(self.text, self.at))
            elif here == "$" and (variable := self.variable()) is not None:
                self.lines()
                default = None
                if self.text.startswith("=", self.at):
                    self.at += 1
                    self.lines()
                    default = self._unary()
                found.append((getattr(variable, "name", ""), default))
            elif here == ",":
                self.at += 1
            else:
                break
        return tuple(found)

    def table(self) -> Node:
        """Read ``@{ key = value; … }``."""
        self.at += 2
        if self.depth >= self.most:
            self.flat = True
            return NONE
        self.depth += 1
        pairs: list[tuple[Node, Node]] = []
        while self.at < self.end:
            self.lines()
            here = self.text[self.at : self.at + 1]
            if here == "}":
                self.at += 1
                break
            if here in ";,)":
                self.at += 1
                continue
            before = self.at
            key: Node
            if (word := _KEY.match(self.text, self.at)) is not None:
                key, self.at = Text(word[0]), word.end()
            else:
                key = self.value()
            self.lines()
            if self.text.startswith("=", self.at):
                self.at += 1
                self.lines()
                pairs.append((key, self.statement() or NONE))
            self.at += self.at == before
        self.depth -= 1
        return Table(tuple(pairs))


_OPENING: dict[str, Callable[[Operands], Node | None]] = {
    "'": Operands.single,
    '"': Operands.double,
    "(": lambda reader: reader.bracket("("),
    "{": Operands.block,
    "@": Operands.marked,
}
"""How values begin that are told by their first character."""


def type_name(text: str) -> TypeName:
    """Return the name of a type as it is compared: in lower case, without ``System.`` and blanks."""
    return TypeName(re.sub(r"[\s`]", "", text).lower().removeprefix("system."))


__all__ = ["Bracket", "Operands", "type_name"]
