"""The names of a Python source and what is known of their values."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from tree_sitter import Node

from pinfold.language.companions import Key
from pinfold.language.drafts import Drafts, key_of
from pinfold.language.flow import NOTHING, Flow, merged
from pinfold.language.loops import may_be_command
from pinfold.language.python import calls, classes, mappings
from pinfold.language.python.table import BUILTINS, MODULES, canonical
from pinfold.language.python.values import UNKNOWN, Value, holding, listed, named
from pinfold.language.seals import public_half

MAX_SOURCE = 2_000_000
"""How many characters of one source are read."""

MAX_MEMBERS = 64
"""How many members a list or dictionary that grows has; what comes later is kept as a whole."""

_GROWING = frozenset(
    {"append", "extend", "update", "add", "insert", "setdefault", "appendleft", "write", "attach", "set_content"}
    | {"add_attachment", "add_alternative", "set_payload"}
)


class Names:
    """The memory of one source: scopes, what functions gave back, and where its acts go.

    ``scopes`` are those that names are looked up in at present, the outermost first; ``bodies`` those of classes that
    are being read, which the functions in them do not see; ``closures`` the scopes that each function does see.
    """

    def __init__(self, drafts: Drafts, source: str, stdin: Flow = NOTHING) -> None:
        self.drafts = drafts
        self.source = source[:MAX_SOURCE]
        self.stdin = stdin
        self.scopes: list[dict[str, Value]] = [{}]
        self.bodies: list[dict[str, Value]] = []
        self.closures: dict[int, tuple[dict[str, Value], ...]] = {}
        self.methods: dict[str, Value] = {}
        self.returned: list[list[Value]] = []
        self.yielded: list[list[Value]] = []
        self.results: dict[int, Value] = {}
        self.called: set[int] = set()
        self.functions: list[Value] = []
        self.replays = 0
        self.loops = 0
        self.calls = 0
        self.depth = 0
        self.quiet = 0
        self.classes: dict[str, dict[str, Value]] = {}
        self.bases: dict[str, tuple[Value, ...]] = {}
        self.attributes: dict[str, dict[str, Value]] = {}  # what is set on objects from outside, by their names
        self.stirred = False  # whether objects hold what the program by itself does not give them
        self.class_of: dict[int, str] = {}
        self.within: list[str] = []
        self.environment: set[str] = set()
        self.stars: list[str] = []
        self.postponed: list[Node] = []
        self.printed: list[Flow] = []
        self.positionals: list[str] = []
        self.alone: frozenset[Key] = frozenset()
        self.aside = False
        self.first: tuple[dict[int, Value], frozenset[int], int] = ({}, frozenset(), 0)
        self.first_scope: dict[str, Value] = {}
        self.at = (0, 0)

    def read(self) -> Flow:
        """Read the whole source; the reader fills this in."""
        raise NotImplementedError

    def set_aside(self) -> None:
        """Remember the program as it is by itself, before others call its functions."""
        self.alone = frozenset(map(key_of, self.drafts.items))
        self.first = dict(self.results), frozenset(self.called), self.replays
        self.first_scope = dict(self.scopes[0])
        self.aside = True

    def begin_again(self, files: dict[str, Flow]) -> None:
        """Forget what other programs made of the functions; from now on files hold what the next one knows."""
        results, called, self.replays = self.first
        self.results, self.called = dict(results), set(called)
        if self.aside:
            self.scopes[0].clear()
            self.scopes[0].update(self.first_scope)
        self.stirred = False
        self.drafts.files = files

    def text(self, node: Node) -> str:
        """Return the source of a node."""
        return self.source[node.start_byte : node.end_byte]

    def name(self, node: Node) -> str:
        """Return the name that a node spells, in the form in which Python compares names."""
        text = self.source[node.start_byte : node.end_byte]
        return text if text.isascii() else unicodedata.normalize("NFKC", text)

    def value(self, node: Node) -> Value:
        """Return what is known about a node; the reader fills this in."""
        raise NotImplementedError

    def run_function(self, function: Value, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        """Read the body of a local function; the reader fills this in."""
        raise NotImplementedError

    def lookup(self, name: str) -> Value:
        """Return the value of a name."""
        for scope in reversed(self.scopes):
            found = scope.get(name)
            if found is not None:
                return found
        if name in MODULES or name in BUILTINS:
            return named(canonical(name))
        for module in self.stars:
            dotted = canonical(f"{module}.{name}")
            if calls.is_known(dotted):
                return named(dotted)
        return UNKNOWN

    def attribute(self, value: Value, name: str) -> Value:
        """Return ``value.name``."""
        if value.pairs is not None and name in value.pairs:
            return value.pairs[name]
        if classes.is_class(value):
            member = classes.member(self, value.owner or self, value.name.removesuffix("()"), name)
        elif value.owner is not None and value.function is None and name in value.owner.scopes[0]:
            return value.owner.scopes[0][name]
        else:
            member = self.member(value.name.removesuffix("()"), name) if value.name else None
        if member is not None:
            return member
        dotted = canonical(f"{value.name}.{name}") if value.name else f"?.{name}"
        special = calls.attribute(self, value, dotted) if value.name else None
        if special is not None:
            return special
        flow = public_half(name, value.flow)
        return Value(
            UNKNOWN.word,
            dotted,
            extra=flow,
            draft=value.draft,
            receiver=value.but(receiver=None) if value.receiver else value,
        )

    def member(self, class_name: str, name: str) -> Value | None:
        """Return what a class of this source sets under a name for its objects, methods apart."""
        return classes.member(self, self, class_name, name) if class_name in self.classes else None

    def bind(self, name: str, value: Value) -> None:
        """Set a name in the innermost scope."""
        self.scopes[-1][unicodedata.normalize("NFKC", name)] = value

    def assign(self, target: Node, value: Value) -> None:
        """Set what stands on the left of ``=``."""
        kind = target.type
        if kind == "identifier":
            self.bind(self.text(target), value)
        elif kind == "attribute":
            owner, _, name = self.text(target).replace(" ", "").rpartition(".")
            self.set_attribute(owner, name, value)
        elif kind == "subscript":
            self._assign_item(target, value)
        elif kind in (
            "pattern_list",
            "tuple_pattern",
            "list_pattern",
            "tuple",
            "list",
            "as_pattern_target",
            "list_splat_pattern",
            "parenthesized_expression",
        ):
            children = target.named_children
            if kind == "as_pattern_target" or len(children) == 1:
                for child in children:
                    self.assign(child, value)
                return
            for index, child in enumerate(children):
                known = value.items is not None and index < len(value.items)
                self.assign(child, value.items[index] if known and value.items is not None else holding(value.flow))

    def set_attribute(self, owner: str, name: str, value: Value) -> None:
        """Set an attribute of what is called ``owner`` in the source: ``self``, or a name of an object."""
        self.scopes[0][f"{owner}.{name}"] = value
        if owner == "self":
            self.stirred = self.stirred or (self.aside and bool(value.flow or classes.is_object(value)))
        elif len(held := self.attributes.setdefault(owner, {})) < classes.MAX_ATTRIBUTES:
            held[name] = value

    def _assign_item(self, target: Node, value: Value) -> None:
        children = target.named_children
        if len(children) < 2 or (
            children[0].type not in ("identifier", "attribute") and mappings.put(self, target, value)
        ):
            return
        key = self.value(children[1])
        before = self.lookup_path(children[0])
        if before is None:
            return
        if before.name == "os.environ":
            return
        if key.known and before.items is None and before.draft is None:
            after = (
                before.but(pairs={**(before.pairs or {}), key.text: value})
                if len(before.pairs or {}) < MAX_MEMBERS
                else before.but(extra=merged((before.extra, value.flow)))
            )
        else:
            after = before.but(extra=merged((before.extra, value.flow)))
        self.store_path(children[0], after)

    def lookup_path(self, node: Node) -> Value | None:
        """Return the value of a name or a dotted name, or ``None`` for anything else."""
        if node.type == "identifier":
            return self.lookup(self.text(node))
        if node.type == "attribute":
            return self.scopes[0].get(self.text(node).replace(" ", ""), UNKNOWN)
        return None

    def store_path(self, node: Node, value: Value) -> None:
        """Set the value of a name (where it is already set) or of a dotted name."""
        if node.type == "attribute":
            self.scopes[0][self.text(node).replace(" ", "")] = value
        elif node.type == "identifier":
            name = self.text(node)
            scope = next((scope for scope in reversed(self.scopes) if name in scope), self.scopes[-1])
            scope[name] = value

    def grow(self, target: Node, method: str, values: list[Value]) -> None:
        """Follow ``list.append(x)``, ``dict.update(x)`` and their like into the variable."""
        if method not in _GROWING or not values:
            return
        before = self.lookup_path(target)
        if before is None or before.draft is not None:
            return
        value = values[-1]
        if method == "append" and before.items is not None:
            self.store_path(target, self.lengthened(before, (value,)))
        elif method == "extend" and before.items is not None and value.items is not None:
            self.store_path(target, self.lengthened(before, value.items))
        elif method == "update" and before.pairs is not None and value.pairs is not None:
            pairs = list({**before.pairs, **value.pairs}.items())
            extra = self._rest([held for _, held in pairs[MAX_MEMBERS:]], before.extra)
            self.store_path(target, before.but(pairs=dict(pairs[:MAX_MEMBERS]), extra=extra))
        elif flow := value.flow:
            self.store_path(target, before.but(extra=merged((before.extra, flow))))

    def lengthened(self, before: Value, more: Sequence[Value]) -> Value:
        """Return a list with ``more`` at its end; of those beyond the limit only what they hold is kept."""
        items = (*(before.items or ()), *more)
        if len(items) <= MAX_MEMBERS:
            return before.but(items=items)
        return before.but(items=items[:MAX_MEMBERS], extra=self._rest(items[MAX_MEMBERS:], before.extra))

    def collected(self, values: Sequence[Value]) -> Value:
        """Return a list of values that came one after the other."""
        return listed(values[:MAX_MEMBERS]).but(extra=self._rest(values[MAX_MEMBERS:], NOTHING))

    def _rest(self, values: Sequence[Value], held: Flow) -> Flow:
        """Return what values beyond the limit hold, and note it if one of them may be a command."""
        if any(value.known and may_be_command(value.text) for value in values):
            self.drafts.cut[f"a list that grows beyond {MAX_MEMBERS} commands"] = None
        return merged((held, *(value.flow for value in values))) if values else held
