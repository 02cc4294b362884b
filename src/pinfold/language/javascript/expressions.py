"""Expressions of JavaScript: what is known of their values."""

from __future__ import annotations

from tree_sitter import Node

from pinfold.language.flow import Word, concatenated, merged
from pinfold.language.javascript import calls, processes
from pinfold.language.javascript.names import Names
from pinfold.language.javascript.strings import folded, number_of, unescaped
from pinfold.language.javascript.values import (
    UNKNOWN,
    UNKNOWN_WORD,
    Box,
    Function,
    Value,
    bounded,
    constant,
    either,
    holding,
    interpolated,
    named,
    numeric,
    truth,
)

MAX_CHAIN = 20_000
"""How many operands of one chain of operators are read."""

_QUIET_KEYS = frozenset({"env", "environment"})
"""Options that hand the environment on to a program, which is no sending of it."""


class Expressions(Names):
    """Reads expressions. Each method takes a node of one type."""

    def read_children(self, node: Node) -> Value:
        """Read every part of a node that has no value of its own; the result holds what they hold."""
        flows = [self.value(child).flow for child in node.named_children]
        return holding(merged(flows))

    def read_inner(self, node: Node) -> Value:
        """Read the one expression that stands in a node."""
        children = node.named_children
        return self.value(children[0]) if children else UNKNOWN

    def read_asserted(self, node: Node) -> Value:
        """Read ``<type>x``."""
        return self.value(node.named_children[-1])

    def read_last(self, node: Node) -> Value:
        """Read ``a, b``: the last one counts. Long ones lean to one side, so they are taken apart first."""
        pending, ordered = [node], list[Node]()
        while pending and len(ordered) < MAX_CHAIN:
            inner = pending.pop()
            if inner.type == "sequence_expression":
                pending.extend(reversed(inner.named_children))
            else:
                ordered.append(inner)
        result = UNKNOWN
        for inner in ordered:
            result = self.value(inner)
        return result

    def read_string(self, node: Node) -> Value:
        """Read a string."""
        return constant(unescaped(self.source[node.start_byte + 1 : node.end_byte - 1]))

    def read_template(self, node: Node) -> Value:
        """Read a template string."""
        words: list[Word] = []
        at = node.start_byte + 1
        for child in node.named_children:
            if child.type != "template_substitution":
                continue
            words.append(Word(unescaped(self.source[at : child.start_byte])))
            inner = child.named_children[0] if child.named_children else None
            if inner is not None:
                words.append(interpolated(self.value(inner), self.text(inner)))
            at = child.end_byte
        words.append(Word(unescaped(self.source[at : node.end_byte - 1])))
        return bounded(concatenated(words)) if len(words) > 1 else Value(words[0])

    def read_number(self, node: Node) -> Value:
        """Read a number."""
        number = number_of(self.text(node))
        return numeric(number) if number is not None else UNKNOWN

    def read_regex(self, node: Node) -> Value:
        """Read a regular expression: its text, with its flags in the name."""
        pattern, flags = node.child_by_field_name("pattern"), node.child_by_field_name("flags")
        text = constant(self.text(pattern)) if pattern is not None else UNKNOWN
        return text.but(name="RegExp" + (self.text(flags) if flags is not None else ""))

    def read_truth(self, node: Node) -> Value:
        """Read ``true`` or ``false``."""
        return truth(known=node.type == "true")

    def read_identifier(self, node: Node) -> Value:
        """Read a name."""
        self.node = node
        return self.lookup(self.text(node))

    def read_this(self, node: Node) -> Value:
        """Read ``this``."""
        scope = self.scope.holder("this")
        return scope.names["this"] if scope is not None else UNKNOWN

    def read_member(self, node: Node) -> Value:
        """Read ``x.name``."""
        target, name = node.child_by_field_name("object"), node.child_by_field_name("property")
        if target is None or name is None:
            return self.read_children(node)
        if target.type == "meta_property":
            return self.attribute(named("import.meta"), self.text(name))
        holder = self.value(target)
        self.node = node
        return self.attribute(holder, self.text(name))

    def read_item(self, node: Node) -> Value:
        """Read ``x[key]``."""
        target, index = node.child_by_field_name("object"), node.child_by_field_name("index")
        if target is None or index is None:
            return self.read_children(node)
        holder, key = self.value(target), self.value(index)
        self.node = node
        return self.subscript(holder, key, node)

    def read_operator(self, node: Node) -> Value:
        """Read a chain of operators, whose left side may be very long, from its innermost part outwards."""
        chain: list[Node] = []
        inner = node
        while inner.type == "binary_expression" and len(chain) < MAX_CHAIN:
            chain.append(inner)
            left = inner.child_by_field_name("left")
            if left is None:
                break
            inner = left
        result = self.value(inner) if inner.type != "binary_expression" else UNKNOWN
        raw = self.text(inner)
        for step in reversed(chain):
            right_node, sign = step.child_by_field_name("right"), step.child_by_field_name("operator")
            if right_node is None or sign is None:
                continue
            right = self.value(right_node)
            if sign.type in ("||", "&&", "??"):
                result = self._alternative(sign.type, result, right)
            else:
                result = folded(sign.type, result, right, raw, self.text(right_node))
            raw = "…"
        return result

    def _alternative(self, sign: str, left: Value, right: Value) -> Value:
        """``a || b``: the first that is known, with what both hold. ``a && b`` is ``b``."""
        if sign == "&&":
            return right
        telling = left.known or left.box is not None or left.function is not None or left.name
        if left.known and sign == "||" and left.text in ("", "false", "0", "undefined"):
            return right
        if telling and not (left.name and right.known):
            return left
        held = left.flow
        return right.but(extra=merged((right.extra, held))) if held else right

    def read_ternary(self, node: Node) -> Value:
        """Read ``a ? b : c``, of which ``c`` may be another one, and so on."""
        values: list[Value] = []
        step: Node | None = node
        while step is not None and step.type == "ternary_expression":
            condition, first = step.child_by_field_name("condition"), step.child_by_field_name("consequence")
            asked = self.value(condition) if condition is not None else UNKNOWN
            step = step.child_by_field_name("alternative")
            if asked.known and asked.text in ("true", "false") and asked.number is not None:
                if asked.number and first is not None:
                    return either([*values, self.value(first)])
                continue
            if first is not None:
                values.append(self.value(first))
        if step is not None:
            values.append(self.value(step))
        return self._one_of(values)

    def _one_of(self, values: list[Value]) -> Value:
        """Return the first alternative of which something is known, with what all of them hold."""
        held = merged([value.flow for value in values])
        best = next(
            (value for value in values if value.known or value.name or value.box or value.function),
            values[0] if values else UNKNOWN,
        )
        return best.but(extra=held) if held and held != best.flow else best

    def read_unary(self, node: Node) -> Value:
        """Read ``!x``, ``-x``, ``+x``, ``typeof x``, ``void x``."""
        inner, sign = node.child_by_field_name("argument"), node.child_by_field_name("operator")
        value = self.value(inner) if inner is not None else UNKNOWN
        kind = sign.type if sign is not None else ""
        if kind == "!":
            if value.known:
                return truth(known=value.text in ("", "0", "false", "undefined", "NaN"))
            return truth(known=False) if value.box is not None else UNKNOWN
        number = value.number if value.number is not None else number_of(value.text) if value.known else None
        if kind == "+" and value.items == []:
            number = 0
        if kind in ("-", "+") and number is not None:
            return numeric(-number if kind == "-" else number)
        if kind == "~" and number is not None:
            return numeric(~int(number))
        if kind == "void":
            return constant("undefined")
        return UNKNOWN if kind in ("typeof", "delete", "!") else holding(value.flow)

    def read_update(self, node: Node) -> Value:
        """Read ``x++``: within a loop nobody knows how often, else a number is counted on."""
        inner, sign = node.child_by_field_name("argument"), node.child_by_field_name("operator")
        if inner is None:
            return UNKNOWN
        before = self.value(inner)
        if before.number is not None and not self.loops and sign is not None:
            after = numeric(before.number + (1 if sign.type == "++" else -1))
            self.assign(inner, after)
            return after if sign.start_byte < inner.start_byte else before
        if inner.type == "identifier":
            self.assign(inner, UNKNOWN)
        return before

    def read_assignment(self, node: Node) -> Value:
        """Read ``a = b = x``."""
        targets: list[Node] = []
        step: Node | None = node
        while step is not None and step.type == "assignment_expression":
            left = step.child_by_field_name("left")
            if left is not None:
                targets.append(left)
            step = step.child_by_field_name("right")
        value = self.value(step) if step is not None else UNKNOWN
        for target in reversed(targets):
            self.assign(target, value)
        return value

    def read_augmented(self, node: Node) -> Value:
        """Read ``a += x``."""
        left, right, sign = (node.child_by_field_name(name) for name in ("left", "right", "operator"))
        if left is None or right is None or sign is None:
            return UNKNOWN
        before, more = self.value(left), self.value(right)
        kind = sign.type.removesuffix("=")
        if kind in ("||", "&&", "??"):
            after = self._alternative(kind, before, more)
        elif self.loops and before.number is not None:
            after = UNKNOWN
        else:
            after = folded(kind, before, more, self.text(left), self.text(right))
        self.assign(left, after)
        return after

    def read_array(self, node: Node) -> Value:
        """Read an array."""
        box = Box(items=[])
        for child in node.named_children:
            if child.type == "comment":
                continue
            value = self.value(child)
            if child.type == "spread_element":
                box.append(value.items if value.items is not None else (holding(value.flow),))
            else:
                box.append((value,))
        return Value(UNKNOWN_WORD, box=box)

    def read_object(self, node: Node) -> Value:
        """Read an object."""
        box = Box()
        result = Value(UNKNOWN_WORD, box=box)
        for child in node.named_children:
            kind = child.type
            if kind == "pair":
                key, inner = child.child_by_field_name("key"), child.child_by_field_name("value")
                if key is None or inner is None:
                    continue
                name = self.key(key)
                if name in _QUIET_KEYS:
                    self.quiet += 1
                    self.value(inner)
                    self.quiet -= 1
                    continue
                value = self.value(inner)
                self._note_method(name, value, result)
                box.put(name, value)
            elif kind == "shorthand_property_identifier":
                if self.text(child) not in _QUIET_KEYS:
                    box.put(self.text(child), self.read_identifier(child))
            elif kind == "spread_element":
                value = self.value(child)
                for key_text, held in (value.box.pairs if value.box is not None else {}).items():
                    box.put(key_text, held)
                if value.box is None or value.box.loose:
                    box.hold(value.flow)
            elif kind == "method_definition":
                name_node = child.child_by_field_name("name")
                value = self.made(child, result)
                name = self.key(name_node) if name_node is not None else ""
                self._note_method(name, value, result)
                box.put(name, value)
        return result

    def _note_method(self, name: str, value: Value, this: Value) -> None:
        if value.function is not None and name:
            self.methods.setdefault(name, value)
            if value.function.this is None and value.function.node.type != "arrow_function":
                value.function.this = this

    def made(self, node: Node, this: Value | None = None) -> Value:
        """Return the function that a node defines, in the scope where it stands."""
        function = Function(node, self.scope, this, owner=self)
        self.functions.append(function)
        return Value(UNKNOWN_WORD, function=function)

    def read_function(self, node: Node) -> Value:
        """Read the definition of a function as an expression; its body is read when it is called."""
        made = self.made(node)
        name = node.child_by_field_name("name")
        if name is not None and self.text(name) not in self.scope.names:
            self.bind(self.text(name), made)
        return made

    def read_call(self, node: Node) -> Value:
        """Read a call."""
        function = node.child_by_field_name("function")
        if function is None:
            return self.read_children(node)
        arguments = node.child_by_field_name("arguments")
        if arguments is not None and arguments.type == "template_string":
            return processes.tagged(self, node, self.value(function), arguments)
        if function.type == "import":
            return calls.imported(self, node, arguments)
        return calls.call(self, node, self.value(function))

    def read_new(self, node: Node) -> Value:
        """Read ``new X(…)``."""
        maker = node.child_by_field_name("constructor")
        return calls.call(self, node, self.value(maker) if maker is not None else UNKNOWN, new=True)
