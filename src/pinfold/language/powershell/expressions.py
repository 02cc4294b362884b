"""Values of a PowerShell program: constants folded, members and calls followed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pinfold.language.flow import Word, concatenated
from pinfold.language.powershell import objects, operators
from pinfold.language.powershell.call import Call
from pinfold.language.powershell.memory import Memory, written
from pinfold.language.powershell.tree import (
    Assign,
    Block,
    Bracket,
    Chain,
    Expandable,
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
    Variable,
)
from pinfold.language.powershell.values import (
    UNKNOWN,
    Value,
    constant,
    holding,
    listed,
    members,
    named,
    shown,
)

_RAW = re.compile(r"[\s(){}$\"'`]+")


class Expressions(Memory):
    """Works out values; statements are the reader's."""

    def operand(self, node: Node) -> Value:
        """Return the value of an expression."""
        read = _OPERANDS.get(type(node))
        return read(self, node) if read is not None else UNKNOWN

    def block_of(self, nodes: tuple[Node, ...]) -> Value:
        """Read statements; returns what they give."""
        raise NotImplementedError

    def read_bracket(self, node: Bracket) -> Value:
        """Return what commands in brackets give."""
        value = self.block_of(node.body)
        if node.opener == "@(" and value.items is None and value is not UNKNOWN:
            return listed((value,))
        return value

    def word(self, node: Node) -> Word:
        """Return a node as one word of a command line, or a part of a string."""
        return shown(self.value(node), self.raw(node))

    def raw(self, node: Node) -> str:
        """Return how a value that is not known is written: ``$name``, or ``$(…)``."""
        if isinstance(node, Variable):
            return written(node.name).text
        start, end = getattr(node, "start", 0), getattr(node, "end", 0)
        if isinstance(node, Postfix):
            end = node.steps[-1].end
        if not end:
            return "$(…)"
        return f"$({_RAW.sub(' ', self.source[start : min(end, start + 80)]).strip()})"

    def read_expandable(self, node: Expandable) -> Value:
        """Return a string with its variables filled in."""
        word = concatenated(self.word(piece) for piece in node.pieces)
        if not self.spend(len(word.text)):
            return holding(word.flow)
        return operators.bounded(word)

    def read_chain(self, node: Chain) -> Value:
        """Return operands joined by operators."""
        value = self.value(node.first)
        raw = self.raw(node.first)
        for operator, operand in node.rest:
            right = self.value(operand)
            value = operators.apply(operator, value, right, (raw, self.raw(operand)))
            if not self.spend(value.size):
                return UNKNOWN
        return value

    def read_prefixed(self, node: Prefixed) -> Value:
        """Return a value with its operators and casts."""
        value = self.value(node.operand)
        for operator in reversed(node.operators):
            if isinstance(operator, TypeName):
                value = operators.cast(operator.name, value)
            elif operator == "join":
                value = operators.joined(value, constant(""))
            elif operator == "split":
                value = listed(constant(text) for text in value.text.split()) if value.known else value
            elif operator == "-" and value.known and value.name == "int":
                value = constant(f"-{value.text}", "int")
            elif operator == "not":
                value = UNKNOWN
        return value

    def read_table(self, node: Table) -> Value:
        """Return a table with its keys in lower case."""
        pairs: dict[str, Value] = {}
        for key, held in node.pairs[:1_024]:
            name = self.value(key)
            value = self.value(held)
            if name.known:
                pairs[name.text.lower()] = value
            else:
                pairs[f"${len(pairs)}"] = value
        return Value(UNKNOWN.word, "table", pairs=pairs)

    def read_postfix(self, node: Postfix) -> Value:
        """Return what members, calls and indices of a value give."""
        value = self.value(node.operand)
        root = node.operand.name if isinstance(node.operand, Variable) else ""
        for step in node.steps:
            if not self.spend():
                return UNKNOWN
            if isinstance(step, Index):
                value = operators.at_index(value, self.value(step.at))
                continue
            name = self.value(step.name).text.lower()
            if step.arguments is None:
                value = objects.member(self, value, name, node.start, step.end)
            else:
                value = self._called(node, step, value, name, root)
        return value

    def _called(self, node: Postfix, step: Member, value: Value, name: str, root: str) -> Value:
        """Return what a call of a method gives."""
        if value.name == "member" and name == "invoke":  # $object.$name.Invoke(…)
            inner = value.pairs or {}
            value, name = inner.get("object", UNKNOWN), inner.get("name", UNKNOWN).text.lower()
        arguments = [self.value(argument) for argument in step.arguments or ()]
        call = Call(self, "powershell", node.start, step.end)
        call.rest = arguments
        call.raws = {str(index): self.raw(argument) for index, argument in enumerate(step.arguments or ())}
        targets = [argument.name if isinstance(argument, Variable) else "" for argument in step.arguments or ()]
        return objects.call(self, call, value, name, root, targets)

    def assigned(self, node: Assign, value: Value) -> None:
        """Set what stands on the left of an assignment."""
        target = node.target
        if isinstance(target, Prefixed):
            for operator in reversed(target.operators):
                value = operators.cast(operator.name, value) if isinstance(operator, TypeName) else value
            target = target.operand
        if isinstance(target, Variable):
            if node.operator == "+=":
                before = self.lookup(target.name)
                value = operators.apply("+", before, value, (f"${target.name}", "$(…)"))
                value = value if self.spend(value.size) else UNKNOWN
            elif node.operator not in ("=", "param", "??="):
                value = operators.apply(node.operator[0], self.lookup(target.name), value, ("", ""))
            self.set(target.name, value)
        elif isinstance(target, Listed):
            items = members(value)
            for index, part in enumerate(target.items[:64]):
                held = items[index] if index < len(items) else holding(value.flow)
                self.assigned(Assign(part, "=", node.value), held)
        elif isinstance(target, Postfix):
            self._assign_member(target, value)

    def _assign_member(self, target: Postfix, value: Value) -> None:
        """Set a property or a member of a table: ``$object.name = value``, ``$table['name'] = value``."""
        step = target.steps[-1]
        key = self.value(step.at if isinstance(step, Index) else step.name)
        if not isinstance(target.operand, Variable):
            return
        name = target.operand.name
        before = self.lookup(name)
        if key.known and len(before.pairs or {}) < 256:
            pairs = {**(before.pairs or {}), key.text.lower(): value}
            self.set(name, before.but(pairs=pairs))
        else:
            self.merge(name, value.flow)
        objects.property_set(self, before, key.text.lower(), value)


_OPERANDS: dict[type, Callable[[Expressions, Any], Value]] = {
    Text: lambda reader, node: constant(node.text),
    Number: lambda reader, node: constant(node.text, "int"),
    Variable: lambda reader, node: reader.lookup(node.name, node.start, node.end),
    Expandable: Expressions.read_expandable,
    Bracket: Expressions.read_bracket,
    Listed: lambda reader, node: listed(reader.value(item) for item in node.items),
    Chain: Expressions.read_chain,
    Prefixed: Expressions.read_prefixed,
    Postfix: Expressions.read_postfix,
    Table: Expressions.read_table,
    TypeName: lambda reader, node: named(f"type:{node.name}"),
    Block: lambda reader, node: Value(UNKNOWN.word, "block", block=node),
}
"""How each kind of expression is read."""
