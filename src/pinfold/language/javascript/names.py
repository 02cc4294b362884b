"""The names of a JavaScript source and what is known of their values."""

from __future__ import annotations

from tree_sitter import Node

from pinfold.language.companions import Key
from pinfold.language.drafts import Drafts, key_of
from pinfold.language.flow import NOTHING, Flow
from pinfold.language.javascript import surroundings
from pinfold.language.javascript.strings import as_text
from pinfold.language.javascript.table import canonical, undeclared
from pinfold.language.javascript.values import (
    UNKNOWN,
    UNKNOWN_WORD,
    Box,
    Function,
    Scope,
    Value,
    constant,
    holding,
    listed,
    named,
    numeric,
)
from pinfold.language.seals import public_half
from pinfold.model import ActKind

_FUNCTIONS = frozenset(
    {"Object", "Array", "String", "Number", "Boolean", "eval", "parseInt", "setTimeout", "fetch", "require", "RegExp"}
)
"""Names of functions, whose constructor makes a function of text."""

_ARRAY_METHODS = frozenset({"filter", "find", "map", "concat", "sort", "at", "flat", "fill", "entries", "some", "join"})


class Names:
    """The memory of one source: scopes, what functions gave back, and where its acts go."""

    def __init__(self, drafts: Drafts, source: str, stdin: Flow = NOTHING, *, typed: bool = False) -> None:
        self.drafts = drafts
        self.typed = typed
        self.source = source
        self.stdin = stdin
        self.scope = Scope()
        self.methods: dict[str, Value] = {}
        self.functions: list[Function] = []
        self.called: set[int] = set()
        self.running: list[int] = []
        self.results: dict[int, Value] = {}
        self.returned: list[list[Value]] = []
        self.environment: set[str] = set()
        self.postponed: list[tuple[Node, Scope]] = []
        self.node: Node | None = None
        self.printed: list[Flow] = []
        self.alone: frozenset[Key] = frozenset()
        self.first: tuple[dict[int, Value], frozenset[int]] = ({}, frozenset())
        self.replays = self.turns = self.steps = self.depth = self.quiet = self.loops = 0

    def read(self) -> Flow:
        """Read the whole source; the reader fills this in."""
        raise NotImplementedError

    def set_aside(self) -> None:
        """Remember the program as it is by itself, before others call its functions."""
        self.alone = frozenset(map(key_of, self.drafts.items))
        self.first = dict(self.results), frozenset(self.called)

    def begin_again(self, files: dict[str, Flow]) -> None:
        """Forget what other programs made of the functions; from now on files hold what the next one knows."""
        results, called = self.first
        self.results, self.called = dict(results), set(called)
        self.replays = self.turns = self.steps = 0
        self.drafts.files = files

    def text(self, node: Node) -> str:
        """Return the source of a node."""
        return self.source[node.start_byte : node.end_byte]

    def value(self, node: Node) -> Value:
        """Return what is known about a node; the reader fills this in."""
        raise NotImplementedError

    def run(self, function: Value, arguments: list[Value], this: Value | None = None) -> Value:
        """Read the body of a function of the source; the reader fills this in."""
        raise NotImplementedError

    def lookup(self, name: str) -> Value:
        """Return the value of a name."""
        scope = self.scope.holder(name)
        if scope is not None:
            return scope.names[name]
        return surroundings.attribute(self, UNKNOWN, undeclared(name)) or named(undeclared(name))

    def attribute(self, value: Value, name: str) -> Value:
        """Return ``value.name``."""
        found = self._own(value, name)
        if found is not None:
            return found
        dotted = canonical(f"{value.name}.{name}") if value.name else f"?.{name}"
        special = surroundings.attribute(self, value, dotted)
        if special is not None:
            return special
        box = value.box
        closed = box is not None and box.items is None and not box.loose and not value.name and bool(box.pairs)
        held = public_half(name, value.extra if closed else value.flow)
        return Value(UNKNOWN_WORD, dotted, extra=held, receiver=value)

    def _own(self, value: Value, name: str) -> Value | None:
        """Return a property that the source itself has given to a value, or one that every such value has."""
        box = value.box
        if box is not None:
            if name in box.pairs:
                return box.pairs[name].but(receiver=value) if box.pairs[name].function else box.pairs[name]
            if box.kind is not None and box.kind.members is not None and name in box.kind.members.pairs:
                return box.kind.members.pairs[name].but(receiver=value)
            if box.items is not None and name == "length":
                return numeric(len(box.items))
        if value.function is not None:
            members = value.function.members
            if members is not None and name in members.pairs:
                return members.pairs[name]
            if name == "prototype":
                return Value(UNKNOWN_WORD, box=members) if members is not None else UNKNOWN
        if name == "length" and value.known and value.number is None:
            return numeric(len(value.text))
        if name == "constructor":
            return self._constructor(value)
        return None

    def _constructor(self, value: Value) -> Value | None:
        method = value.name.rpartition(".")[2]
        array = value.receiver is not None and (value.receiver.items is not None or value.receiver.known)
        if value.function is not None or value.name in _FUNCTIONS or (array and method in _ARRAY_METHODS):
            return named("Function")
        return named("String") if value.known else None

    def subscript(self, value: Value, key: Value, node: Node) -> Value:
        """Return ``value[key]``."""
        key = as_text(key)
        items = value.items
        if key.number is not None and isinstance(key.number, int):
            if items is not None and 0 <= key.number < len(items):
                return items[key.number]
            if value.known and value.number is None and 0 <= key.number < len(value.text):
                return constant(value.text[key.number])
        if key.known and key.text and len(key.text) <= 200:
            return self.attribute(value, key.text)
        if value.name == "process.env":
            return holding(key.flow)
        if items and all(item.box is None for item in items[:64]):
            return holding(value.flow, items[0].name if len({item.name for item in items[:64]}) == 1 else "")
        return holding(value.flow)

    def bind(self, name: str, value: Value) -> None:
        """Set a name in the innermost scope."""
        self.scope.names[name] = value

    def assign(self, target: Node, value: Value, *, declare: bool = False) -> None:
        """Set what stands on the left of ``=``; ``declare`` makes new names."""
        kind = target.type
        if kind in ("identifier", "shorthand_property_identifier_pattern"):
            name = self.text(target)
            scope = None if declare else self.scope.holder(name)
            (scope or self.scope).names[name] = value
        elif kind == "member_expression":
            self._assign_member(target, value)
        elif kind == "subscript_expression":
            self._assign_item(target, value)
        elif kind == "object_pattern":
            self._unpack_object(target, value, declare=declare)
        elif kind == "array_pattern":
            self._unpack_array(target, value, declare=declare)
        elif kind in ("assignment_pattern", "object_assignment_pattern"):
            left, right = target.child_by_field_name("left"), target.child_by_field_name("right")
            if left is not None:
                unknown = value is UNKNOWN and right is not None
                self.assign(left, self.value(right) if unknown and right is not None else value, declare=declare)
        elif kind in ("rest_pattern", "parenthesized_expression", "non_null_expression", "as_expression"):
            if target.named_children:
                self.assign(target.named_children[0], value, declare=declare)
        elif kind in ("required_parameter", "optional_parameter"):
            pattern, default = target.child_by_field_name("pattern"), target.child_by_field_name("value")
            if pattern is not None:
                unknown = value is UNKNOWN and default is not None
                self.assign(pattern, self.value(default) if unknown and default is not None else value, declare=declare)

    def _unpack_object(self, target: Node, value: Value, *, declare: bool) -> None:
        for child in target.named_children:
            kind = child.type
            if kind == "shorthand_property_identifier_pattern":
                self.assign(child, self._member(value, self.text(child)), declare=declare)
            elif kind == "pair_pattern":
                key, inner = child.child_by_field_name("key"), child.child_by_field_name("value")
                if key is not None and inner is not None:
                    self.assign(inner, self._member(value, self.key(key)), declare=declare)
            elif kind == "object_assignment_pattern":
                left = child.child_by_field_name("left")
                if left is not None:
                    self.assign(child, self._member(value, self.text(left)), declare=declare)
            else:
                self.assign(child, value, declare=declare)

    def _member(self, value: Value, name: str) -> Value:
        """Return what unpacking gives; where nothing is known of it, its default may say more."""
        if value is UNKNOWN:
            return UNKNOWN
        return self.attribute(value, name)

    def _unpack_array(self, target: Node, value: Value, *, declare: bool) -> None:
        index = 0
        items = value.items
        for child in target.children:
            if child.type == ",":
                index += 1
            elif child.is_named:
                if child.type == "rest_pattern":
                    rest = listed(items[index:]) if items is not None else holding(value.flow)
                    self.assign(child, rest, declare=declare)
                elif items is not None:
                    self.assign(child, items[index] if index < len(items) else UNKNOWN, declare=declare)
                else:
                    self.assign(child, holding(value.flow), declare=declare)

    def key(self, node: Node) -> str:
        """Return the name of a property as it stands in an object or pattern, or ``""``."""
        if node.type in ("property_identifier", "private_property_identifier", "number", "identifier"):
            return self.text(node)
        inner = node.named_children[0] if node.type == "computed_property_name" and node.named_children else node
        value = self.value(inner)
        return value.text if value.known else ""

    def _assign_member(self, target: Node, value: Value) -> None:
        holder, name = target.child_by_field_name("object"), target.child_by_field_name("property")
        if holder is not None and name is not None:
            self.set_member(holder, self.text(name), value)

    def _assign_item(self, target: Node, value: Value) -> None:
        holder, index = target.child_by_field_name("object"), target.child_by_field_name("index")
        if holder is None or index is None:
            return
        key = self.value(index)
        items = self.value(holder).items
        if items is not None and isinstance(key.number, int) and 0 <= key.number < len(items):
            items[key.number] = value
        self.set_member(holder, key.text if key.known else "", value)

    def set_member(self, holder: Node, name: str, value: Value) -> None:
        """Set a property of what stands at a node, and note it in the objects that hold it."""
        owner = self.value(holder)
        if owner.name == "process.env":
            return
        surroundings.assigned(self, owner, name, value, holder)
        box = owner.box
        if box is None and owner.function is not None:
            owner.function.members = owner.function.members or Box()
            box = owner.function.members
        if box is None:
            box = Box(held=owner.extra, loose=bool(owner.extra))
            if holder.type in ("identifier", "this"):
                scope = self.scope.holder(self.text(holder)) or self.scope
                scope.names[self.text(holder)] = owner.but(box=box)
            elif holder.type == "member_expression":
                outer, own = holder.child_by_field_name("object"), holder.child_by_field_name("property")
                if outer is not None and own is not None and outer.type in ("identifier", "this"):
                    parent = self.value(outer)
                    if parent.box is not None:
                        parent.box.put(self.text(own), owner.but(box=box))
        if name:
            box.put(name, value)
        if value.function is not None and name and name not in self.methods:
            self.methods[name] = value
        flow = value.flow
        outer_node: Node | None = holder
        for _ in range(4):
            if not flow or outer_node is None or outer_node.type != "member_expression":
                break
            outer_node = outer_node.child_by_field_name("object")
            above = self.value(outer_node).box if outer_node is not None and _is_path(outer_node) else None
            if above is not None:
                above.add(flow)
        if not name:
            box.hold(flow)

    def environment_value(self, name: str, node: Node | None) -> Value:
        """Return the value of an environment variable, noting that it is read."""
        return surroundings.variable(self, name, node)

    def note_read(self, path: str, node: Node) -> None:
        """Note that something is read at a node."""
        self.drafts.add(
            ActKind.READ,
            {"TargetFilename": path, "Image": "node"},
            node.start_byte,
            node.end_byte,
            self.text(node)[:500],
        )


def _is_path(node: Node) -> bool:
    """Return whether a node is a name, or a short chain of names, that can be looked at again without any act."""
    inner: Node | None = node
    for _ in range(8):
        if inner is None or inner.type in ("identifier", "this"):
            return inner is not None
        if inner.type != "member_expression":
            return False
        inner = inner.child_by_field_name("object")
    return False
