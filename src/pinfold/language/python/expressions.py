"""Expressions of Python: what is known of their values."""

from __future__ import annotations

from tree_sitter import Node

from pinfold.language.flow import Flow, Word, concatenated, merged
from pinfold.language.loops import LOOP_VALUES
from pinfold.language.python import calls
from pinfold.language.python.mappings import each
from pinfold.language.python.names import Names
from pinfold.language.python.strings import folded, string_text
from pinfold.language.python.values import UNKNOWN, Value, constant, holding, interpolated, listed

MAX_DEPTH = 60
"""How deep expressions are read at once; what lies deeper is read on its own when the rest is done."""

MAX_REPLAYS = 128
"""How many times in all a loop body or function body is read again with other values."""

REPLAYED_LENGTH = 20_000
"""How many characters such a body may have."""


class Expressions(Names):
    """Reads expressions. Each method takes a node of one type."""

    def read_children(self, node: Node) -> Value:
        """Read every part of a node that has no value of its own; the result holds what they hold."""
        flows = [self.value(child).flow for child in node.named_children]
        return (
            holding(merged(flows)) if "statement" not in node.type and node.type not in ("module", "block") else UNKNOWN
        )

    def read_inner(self, node: Node) -> Value:
        """Read the one expression that stands in a node."""
        children = node.named_children
        return self.value(children[0]) if children else UNKNOWN

    def read_string(self, node: Node) -> Value:
        """Read a string, an f-string included."""
        words: list[Word] = []
        raw = False
        for child in node.children:
            kind = child.type
            if kind == "string_start":
                raw = "r" in self.text(child).lower().rstrip("\"'")
            elif kind == "string_content":
                words.append(Word(string_text(self.text(child), raw=raw)))
            elif kind == "interpolation":
                words.append(self.read_interpolation(child))
        return Value(words[0] if len(words) == 1 else concatenated(words)) if words else constant("")

    def read_interpolation(self, node: Node) -> Word:
        """Read one replacement field of an f-string."""
        expression = node.child_by_field_name("expression")
        if expression is None:
            return Word("{}", (), False)
        return interpolated(self.value(expression), self.text(expression))

    def read_joined_strings(self, node: Node) -> Value:
        """Read string literals that stand side by side."""
        return Value(concatenated([self.value(child).word for child in node.named_children]))

    def read_identifier(self, node: Node) -> Value:
        """Read a name."""
        return self.lookup(self.name(node))

    def read_attribute(self, node: Node) -> Value:
        """Read ``x.name``."""
        target, attribute = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if target is None or attribute is None:
            return self.read_children(node)
        name = self.name(attribute)
        if target.type == "identifier":
            owner = self.text(target)
            stored = self.scopes[0].get(f"{owner}.{name}")
            if stored is None and owner in ("self", "cls") and self.within:
                stored = self.member(self.within[-1], name)
            if stored is not None:
                return stored
        return self.attribute(self.value(target), name)

    def read_subscript(self, node: Node) -> Value:
        """Read ``x[key]``."""
        children = node.named_children
        if not children:
            return UNKNOWN
        target = self.value(children[0])
        keys = [self.value(child) for child in children[1:]]
        key = keys[0] if keys else UNKNOWN
        special = calls.subscript(self, target, key, node)
        if special is not None:
            return special
        if target.pairs is not None and key.known and key.text in target.pairs:
            return target.pairs[key.text]
        if target.items is not None and key.known and key.text.isdigit() and int(key.text[:6]) < len(target.items):
            return target.items[int(key.text)]
        if target.known and len(children) > 1 and self.text(children[1]).replace(" ", "") == "::-1":
            return Value(Word(target.text[::-1]))
        return holding(target.flow)

    def read_operator(self, node: Node) -> Value:
        """Read a chain of operators, whose left side may be very long, from its innermost part outwards."""
        chain: list[Node] = []
        inner = node
        while inner.type == "binary_operator":
            chain.append(inner)
            left = inner.child_by_field_name("left")
            if left is None:
                break
            inner = left
        result = self.value(inner) if inner.type != "binary_operator" else UNKNOWN
        raw = self.text(inner)
        for step in reversed(chain):
            right_node, sign = step.child_by_field_name("right"), step.child_by_field_name("operator")
            if right_node is None or sign is None:
                continue
            result = folded(sign.type, result, self.value(right_node), raw, self.text(right_node))
            raw = "…"
        return result

    def read_alternatives(self, node: Node) -> Value:
        """``a or b``, ``a if c else b``: the first alternative that is known, with what all of them hold."""
        children = node.named_children
        values = [self.value(child) for child in children]
        if node.type == "conditional_expression" and len(values) == 3:
            values = [values[0], values[2]]
        held = merged([value.flow for value in values])
        best = next(
            (value for value in values if value.known or value.name or value.items or value.pairs),
            values[0] if values else UNKNOWN,
        )
        return best.but(extra=held) if held else best

    def read_list(self, node: Node) -> Value:
        """Read a list, a tuple or a set."""
        items: list[Value] = []
        for child in node.named_children:
            value = self.value(child)
            if child.type == "list_splat" and value.items is not None:
                items.extend(value.items)
            elif child.type != "comment":
                items.append(value)
        return listed(items)

    def read_dictionary(self, node: Node) -> Value:
        """Read a dictionary."""
        pairs: dict[str, Value] = {}
        rest: list[Flow] = []
        for child in node.named_children:
            if child.type == "pair":
                key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
                if key is None or value is None:
                    continue
                name, held = self.value(key), self.value(value)
                if name.known and name.text not in pairs:
                    pairs[name.text] = held
                else:
                    rest.append(held.flow)
            else:
                splat = self.value(child)
                pairs.update(splat.pairs or {})
                rest.append(splat.flow)
        return Value(UNKNOWN.word, pairs=pairs, extra=merged(rest))

    def read_splat(self, node: Node) -> Value:
        """Read ``*x`` or ``**x``."""
        return self.read_inner(node)

    def read_comprehension(self, node: Node) -> Value:
        """Read a comprehension: its loops first, then its body."""
        body = node.child_by_field_name("body")
        values: tuple[Value, ...] | None = None
        target: Node | None = None
        self.scopes.append({})
        for child in node.named_children:
            if child.type == "for_in_clause":
                left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
                source = each(self.value(right)) if right is not None else UNKNOWN
                if left is not None:
                    self.assign(left, member_of(source))
                    if target is None and source.items and len(source.items) <= LOOP_VALUES:
                        target, values = left, source.items
            elif child.type == "if_clause":
                self.value(child)
        results: list[Value] = []
        if body is not None:
            if (
                target is not None
                and values
                and self.replays < MAX_REPLAYS
                and body.end_byte - body.start_byte < REPLAYED_LENGTH
            ):
                for value in values:
                    self.replays += 1
                    self.assign(target, value)
                    results.append(self.value(body))
            else:
                results.append(self.value(body))
        self.scopes.pop()
        return listed(results) if "dictionary" not in node.type else holding(merged([value.flow for value in results]))

    def read_pair(self, node: Node) -> Value:
        """Read ``key: value``."""
        return holding(merged([self.value(child).flow for child in node.named_children]))

    def read_named_expression(self, node: Node) -> Value:
        """Read ``(name := x)``."""
        name, right = node.child_by_field_name("name"), node.child_by_field_name("value")
        value = self.value(right) if right is not None else UNKNOWN
        if name is not None:
            self.assign(name, value)
        return value

    def read_lambda(self, node: Node) -> Value:
        """Read the body of a lambda where it is defined."""
        body = node.child_by_field_name("body")
        value = self.value(body) if body is not None else UNKNOWN
        return holding(value.flow)

    def read_call(self, node: Node) -> Value:
        """Read a call.

        Chains of calls (``a.b().c()``) may be long, so their inner ones are read without going deeper for each.
        """
        chain: list[Node] = []
        inner: Node | None = node
        while inner is not None and inner.type in ("call", "attribute") and len(chain) <= MAX_DEPTH // 2:
            chain.append(inner)
            inner = inner.child_by_field_name("function" if inner.type == "call" else "object")
        if len(chain) <= MAX_DEPTH // 2:
            return calls.call(self, node, self.read_callee(node))
        self.postponed.append(chain[MAX_DEPTH // 2])
        for part in chain[: MAX_DEPTH // 2]:
            arguments = part.child_by_field_name("arguments")
            if arguments is not None:
                self.value(arguments)
        return UNKNOWN

    def read_callee(self, node: Node) -> Value:
        """Read the function that is called."""
        function = node.child_by_field_name("function")
        return self.value(function) if function is not None else UNKNOWN

    def read_keyword(self, node: Node) -> Value:
        """Read ``name=value`` of a call."""
        value = node.child_by_field_name("value")
        return self.value(value) if value is not None else UNKNOWN


def member_of(value: Value) -> Value:
    """Return what is known of any one member of a value."""
    if value.items is not None and len(value.items) == 1:
        return value.items[0]
    return holding(value.flow)
