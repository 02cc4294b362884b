"""Reads Python source in order, following simple values through it, without running or importing anything."""

from __future__ import annotations

import re
import unicodedata

import tree_sitter_python
from tree_sitter import Language, Node, Parser

from pinfold.language import python_calls
from pinfold.language.drafts import Drafts
from pinfold.language.flow import NOTHING, Flow, Word, concatenated, merged
from pinfold.language.python_strings import folded, string_text
from pinfold.language.python_table import ALIASES, BUILTINS, MODULES
from pinfold.language.python_values import UNKNOWN, Value, constant, holding, interpolated, listed, named

MAX_SOURCE = 2_000_000
"""How many characters of one source are read."""

MAX_DEPTH = 60
"""How deep expressions are read at once; what lies deeper is read on its own when the rest is done."""

MAX_REPLAYS = 64
"""How many times in all a loop body or function body is read again with other values."""

REPLAYED_LENGTH = 20_000
"""How many characters such a body may have."""

LOOP_VALUES = 8
"""How many values of a loop over constants are read."""

MAX_INDENTATIONS = 120
"""How many different indentations a source may have before deep ones are taken out."""

MAX_COLUMN = 100
"""The column beyond which they are taken out."""

_INDENTATION = re.compile(r"^[ \t\f]+", re.MULTILINE)
MAX_MEMBERS = 64
"""How many members a list or dictionary that grows has; what comes later is kept as a whole."""

_LANGUAGE = Language(tree_sitter_python.language())
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_SKIPPED = frozenset(
    {
        "comment",
        "integer",
        "float",
        "true",
        "false",
        "none",
        "ellipsis",
        "pass_statement",
        "break_statement",
        "continue_statement",
        "global_statement",
        "type",
        "escape_sequence",
    }
)
_GROWING = frozenset(
    {"append", "extend", "update", "add", "insert", "setdefault", "appendleft", "write", "attach", "set_content"}
)


class Reader:
    """Reads one source; ``drafts`` takes its acts."""

    def __init__(self, drafts: Drafts, source: str, stdin: Flow = NOTHING) -> None:
        self.drafts = drafts
        self.source = source[:MAX_SOURCE]
        self.stdin = stdin
        self.scopes: list[dict[str, Value]] = [{}]
        self.methods: dict[str, Value] = {}
        self.returned: list[list[Flow]] = []
        self.results: dict[int, Flow] = {}
        self.called: set[int] = set()
        self.functions: list[Value] = []
        self.replays = 0
        self.loops = 0
        self.calls = 0
        self.depth = 0
        self.quiet = 0
        self.environment: set[str] = set()
        self.stars: list[str] = []
        self.postponed: list[Node] = []

    def read(self) -> Flow:
        """Read the whole source."""
        data = _shallow(self.source if self.source.isascii() else _NON_ASCII.sub("x", self.source))
        tree = Parser(_LANGUAGE).parse(data.encode("ascii", "replace"))
        self.value(tree.root_node)
        index = 0
        while index < len(self.functions):
            function = self.functions[index]
            if function.function is not None and function.function.id not in self.called:
                self.run_function(function, [], {})
            index += 1
        while self.postponed:
            self.value(self.postponed.pop())
        return NOTHING

    def text(self, node: Node) -> str:
        """Return the source of a node."""
        return self.source[node.start_byte : node.end_byte]

    def name(self, node: Node) -> str:
        """Return the name that a node spells, in the form in which Python compares names."""
        text = self.source[node.start_byte : node.end_byte]
        return text if text.isascii() else unicodedata.normalize("NFKC", text)

    # Values

    def value(self, node: Node) -> Value:
        """Return what is known about a node, noting the acts in it. Statements have no value."""
        kind = node.type
        if kind in _SKIPPED:
            return constant(self.text(node)) if kind == "integer" else UNKNOWN
        if self.depth >= MAX_DEPTH:
            self.postponed.append(node)
            return UNKNOWN
        self.depth += 1
        try:
            reader = _READERS.get(kind)
            if reader is not None:
                return reader(self, node)
            return self._children(node)
        finally:
            self.depth -= 1

    def _children(self, node: Node) -> Value:
        flows = [self.value(child).flow for child in node.named_children]
        return (
            holding(merged(flows)) if "statement" not in node.type and node.type not in ("module", "block") else UNKNOWN
        )

    def _inner(self, node: Node) -> Value:
        children = node.named_children
        return self.value(children[0]) if children else UNKNOWN

    def _string(self, node: Node) -> Value:
        words: list[Word] = []
        raw = False
        for child in node.children:
            kind = child.type
            if kind == "string_start":
                raw = "r" in self.text(child).lower().rstrip("\"'")
            elif kind == "string_content":
                words.append(Word(string_text(self.text(child), raw=raw)))
            elif kind == "interpolation":
                words.append(self._interpolation(child))
        return Value(words[0] if len(words) == 1 else concatenated(words)) if words else constant("")

    def _interpolation(self, node: Node) -> Word:
        expression = node.child_by_field_name("expression")
        if expression is None:
            return Word("{}", (), False)
        return interpolated(self.value(expression), self.text(expression))

    def _joined_strings(self, node: Node) -> Value:
        return Value(concatenated([self.value(child).word for child in node.named_children]))

    def _identifier(self, node: Node) -> Value:
        return self.lookup(self.name(node))

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
            if python_calls.is_known(dotted):
                return named(dotted)
        return UNKNOWN

    def _attribute(self, node: Node) -> Value:
        target, attribute = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if target is None or attribute is None:
            return self._children(node)
        name = self.name(attribute)
        if target.type == "identifier":
            stored = self.scopes[0].get(f"{self.text(target)}.{name}")
            if stored is not None:
                return stored
        return self.attribute(self.value(target), name)

    def attribute(self, value: Value, name: str) -> Value:
        """Return ``value.name``."""
        if value.pairs is not None and name in value.pairs:
            return value.pairs[name]
        dotted = canonical(f"{value.name}.{name}") if value.name else f"?.{name}"
        special = python_calls.attribute(self, value, dotted) if value.name else None
        if special is not None:
            return special
        flow = value.flow
        return Value(UNKNOWN.word, dotted, extra=flow, draft=value.draft, receiver=value)

    def _subscript(self, node: Node) -> Value:
        children = node.named_children
        if not children:
            return UNKNOWN
        target = self.value(children[0])
        keys = [self.value(child) for child in children[1:]]
        key = keys[0] if keys else UNKNOWN
        special = python_calls.subscript(self, target, key, node)
        if special is not None:
            return special
        if target.pairs is not None and key.known and key.text in target.pairs:
            return target.pairs[key.text]
        if target.items is not None and key.known and key.text.isdigit() and int(key.text[:6]) < len(target.items):
            return target.items[int(key.text)]
        if target.known and len(children) > 1 and self.text(children[1]).replace(" ", "") == "::-1":
            return Value(Word(target.text[::-1]))
        return holding(target.flow)

    def _operator(self, node: Node) -> Value:
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

    def _alternatives(self, node: Node) -> Value:
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

    def _list(self, node: Node) -> Value:
        items: list[Value] = []
        for child in node.named_children:
            value = self.value(child)
            if child.type == "list_splat" and value.items is not None:
                items.extend(value.items)
            elif child.type != "comment":
                items.append(value)
        return listed(items)

    def _dictionary(self, node: Node) -> Value:
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

    def _splat(self, node: Node) -> Value:
        return self._inner(node)

    def _comprehension(self, node: Node) -> Value:
        body = node.child_by_field_name("body")
        values: tuple[Value, ...] | None = None
        target: Node | None = None
        self.scopes.append({})
        for child in node.named_children:
            if child.type == "for_in_clause":
                left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
                source = self.value(right) if right is not None else UNKNOWN
                if left is not None:
                    self.assign(left, _member(source))
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

    def _pair(self, node: Node) -> Value:
        return holding(merged([self.value(child).flow for child in node.named_children]))

    def _named_expression(self, node: Node) -> Value:
        name, right = node.child_by_field_name("name"), node.child_by_field_name("value")
        value = self.value(right) if right is not None else UNKNOWN
        if name is not None:
            self.assign(name, value)
        return value

    def _lambda(self, node: Node) -> Value:
        body = node.child_by_field_name("body")
        value = self.value(body) if body is not None else UNKNOWN
        return holding(value.flow)

    def _call(self, node: Node) -> Value:
        """Read a call; chains of calls (``a.b().c()``) may be long, so their inner ones are read without going deeper for each."""
        chain: list[Node] = []
        inner: Node | None = node
        while inner is not None and inner.type in ("call", "attribute") and len(chain) <= MAX_DEPTH // 2:
            chain.append(inner)
            inner = inner.child_by_field_name("function" if inner.type == "call" else "object")
        if len(chain) <= MAX_DEPTH // 2:
            return python_calls.call(self, node, self._callee(node))
        self.postponed.append(chain[MAX_DEPTH // 2])
        for part in chain[: MAX_DEPTH // 2]:
            arguments = part.child_by_field_name("arguments")
            if arguments is not None:
                self.value(arguments)
        return UNKNOWN

    def _callee(self, node: Node) -> Value:
        function = node.child_by_field_name("function")
        return self.value(function) if function is not None else UNKNOWN

    # Statements

    def _import(self, node: Node) -> Value:
        for child in node.named_children:
            if child.type == "aliased_import":
                name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
                if name is not None and alias is not None:
                    self.bind(self.name(alias), named(canonical(self.name(name))))
            elif child.type == "dotted_name":
                first = self.name(child).partition(".")[0].strip()
                self.bind(first, named(canonical(first)))
        return UNKNOWN

    def _import_from(self, node: Node) -> Value:
        module = node.child_by_field_name("module_name")
        base = self.name(module).replace(" ", "") if module is not None and module.type == "dotted_name" else ""
        if not base:
            return UNKNOWN
        for child in node.named_children:
            if child == module:
                continue
            if child.type == "wildcard_import":
                self.stars.append(base)
                continue
            name = child.child_by_field_name("name") if child.type == "aliased_import" else child
            alias = child.child_by_field_name("alias") if child.type == "aliased_import" else child
            if name is not None and alias is not None:
                self.bind(self.name(alias), named(canonical(f"{base}.{self.name(name)}")))
        return UNKNOWN

    def bind(self, name: str, value: Value) -> None:
        """Set a name in the innermost scope."""
        self.scopes[-1][unicodedata.normalize("NFKC", name)] = value

    def assign(self, target: Node, value: Value) -> None:
        """Set what stands on the left of ``=``."""
        kind = target.type
        if kind == "identifier":
            self.bind(self.text(target), value)
        elif kind == "attribute":
            self.scopes[0][self.text(target).replace(" ", "")] = value
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

    def _assign_item(self, target: Node, value: Value) -> None:
        children = target.named_children
        if len(children) < 2:
            return
        key = self.value(children[1])
        before = self.lookup_path(children[0])
        if before is None:
            return
        if before.name == "os.environ":
            return
        if key.known and (before.pairs is not None or before == UNKNOWN):
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

    def _assignment(self, node: Node) -> Value:
        targets: list[Node] = []
        step: Node | None = node
        while step is not None and step.type == "assignment" and len(targets) < 10_000:
            left = step.child_by_field_name("left")
            if left is not None:
                targets.append(left)
            step = step.child_by_field_name("right")
        value = self.value(step) if step is not None else UNKNOWN
        for target in targets:
            self.assign(target, value)
        return UNKNOWN

    def _augmented(self, node: Node) -> Value:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return UNKNOWN
        value = self.value(right)
        before = self.lookup_path(left)
        if before is not None:
            if before.items is not None and value.items is not None:
                self.store_path(left, before.but(items=(*before.items, *value.items)[:MAX_MEMBERS]))
            else:
                self.store_path(left, folded("+", before, value, self.text(left), self.text(right)))
        return UNKNOWN

    def grow(self, target: Node, method: str, values: list[Value]) -> None:
        """Follow ``list.append(x)``, ``dict.update(x)`` and their like into the variable."""
        if method not in _GROWING or not values:
            return
        before = self.lookup_path(target)
        if before is None or before.draft is not None:
            return
        value = values[-1]
        if method == "append" and before.items is not None and len(before.items) < MAX_MEMBERS:
            self.store_path(target, before.but(items=(*before.items, value)))
        elif method == "extend" and before.items is not None and value.items is not None:
            self.store_path(target, before.but(items=(*before.items, *value.items)[:MAX_MEMBERS]))
        elif method == "update" and before.pairs is not None and value.pairs is not None:
            self.store_path(target, before.but(pairs=dict(list({**before.pairs, **value.pairs}.items())[:MAX_MEMBERS])))
        elif flow := value.flow:
            self.store_path(target, before.but(extra=merged((before.extra, flow))))

    def _for(self, node: Node) -> Value:
        left, right, body = (node.child_by_field_name(name) for name in ("left", "right", "body"))
        source = self.value(right) if right is not None else UNKNOWN
        if left is None or body is None:
            return self._children(node)
        small = body.end_byte - body.start_byte <= REPLAYED_LENGTH
        if source.items and small and not self.loops and self.replays + len(source.items[:LOOP_VALUES]) <= MAX_REPLAYS:
            self.loops += 1
            for value in source.items[:LOOP_VALUES]:
                self.replays += 1
                self.assign(left, value)
                self.value(body)
            self.loops -= 1
        else:
            self.assign(left, _member(source))
            self.value(body)
        alternative = node.child_by_field_name("alternative")
        if alternative is not None:
            self.value(alternative)
        return UNKNOWN

    def _as_pattern(self, node: Node) -> Value:
        value = self._inner(node)
        alias = node.child_by_field_name("alias")
        if alias is not None:
            self.assign(alias, value)
        return value

    def _function(self, node: Node) -> Value:
        name = node.child_by_field_name("name")
        function = Value(UNKNOWN.word, function=node)
        self.functions.append(function)
        if name is not None:
            self.bind(self.text(name), function)
            self.methods[self.text(name)] = function
        return UNKNOWN

    def _class(self, node: Node) -> Value:
        body = node.child_by_field_name("body")
        name = node.child_by_field_name("name")
        for child in node.named_children:
            if child.type == "argument_list":
                self.value(child)
        first = len(self.functions)
        self.scopes.append({})
        if body is not None:
            self.value(body)
        self.scopes.pop()
        if name is not None:
            self.bind(self.text(name), named(f"{self.text(name)}"))
        for function in self.functions[first:]:
            if (
                function.function is not None
                and (initial := function.function.child_by_field_name("name")) is not None
                and self.text(initial) == "__init__"
            ):
                self.run_function(function, [], {})
        return UNKNOWN

    def run_function(self, function: Value, arguments: list[Value], keywords: dict[str, Value]) -> Flow:
        """Read the body of a local function with the arguments of one call; returns what it gives back."""
        node = function.function
        if node is None:
            return NOTHING
        body, parameters = node.child_by_field_name("body"), node.child_by_field_name("parameters")
        first_time = node.id not in self.called
        telling = any(
            value.known or value.flow or value.items or value.draft for value in (*arguments, *keywords.values())
        )
        too_much = (
            self.calls >= 4
            or self.replays >= MAX_REPLAYS
            or (body is not None and body.end_byte - body.start_byte > REPLAYED_LENGTH)
        )
        if body is None or (not first_time and (not telling or too_much)):
            return self.results.get(node.id, NOTHING)
        if too_much and self.calls:
            return NOTHING
        self.called.add(node.id)
        self.replays += not first_time
        self.calls += 1
        loops, self.loops = self.loops, 0
        depth, self.depth = self.depth, min(self.depth, MAX_DEPTH // 2) if self.calls < 4 else self.depth
        self.scopes.append(self._bound(parameters, arguments, keywords))
        self.returned.append([])
        self.value(body)
        result = merged(self.returned.pop())
        self.scopes.pop()
        self.loops, self.depth = loops, depth
        self.calls -= 1
        self.results[node.id] = merged((self.results.get(node.id, NOTHING), result))
        return result

    def _bound(self, parameters: Node | None, arguments: list[Value], keywords: dict[str, Value]) -> dict[str, Value]:
        scope: dict[str, Value] = {}
        names = parameters.named_children if parameters is not None else []
        if names and self.text(names[0]) in ("self", "cls"):
            names = names[1:]
        for index, parameter in enumerate(names):
            name = parameter.child_by_field_name("name")
            if name is None:
                name = (
                    parameter
                    if parameter.type == "identifier"
                    else next((child for child in parameter.named_children if child.type == "identifier"), None)
                )
            if name is None:
                continue
            default = parameter.child_by_field_name("value")
            text = self.text(name)
            if parameter.type == "list_splat_pattern":
                scope[text] = listed(arguments[index:])
            elif text in keywords:
                scope[text] = keywords[text]
            elif index < len(arguments):
                scope[text] = arguments[index]
            else:
                scope[text] = self.value(default) if default is not None else UNKNOWN
        return scope

    def _return(self, node: Node) -> Value:
        value = self._inner(node)
        if self.returned:
            self.returned[-1].append(value.flow)
        return UNKNOWN

    def _exec_statement(self, node: Node) -> Value:
        code = node.child_by_field_name("code")
        if code is not None:
            python_calls.run_code(self, node, self.value(code))
        return UNKNOWN

    def _keyword(self, node: Node) -> Value:
        value = node.child_by_field_name("value")
        return self.value(value) if value is not None else UNKNOWN


def _shallow(data: str) -> str:
    """Return the source, of the same length, without indentation so deep that the parser's scanner would run over its buffer.

    Python itself allows a hundred levels; a form feed sets the column back to zero.
    """
    if len(set(_INDENTATION.findall(data))) <= MAX_INDENTATIONS:
        return data
    return _INDENTATION.sub(
        lambda match: match[0] if len(match[0].expandtabs(8)) <= MAX_COLUMN else match[0][:-1] + "\f", data
    )


def canonical(name: str) -> str:
    """Return the usual name of a library's function or object."""
    for _ in range(3):
        if name in ALIASES:
            name = ALIASES[name]
            continue
        head = name
        while "." in head:
            head = head.rpartition(".")[0]
            if head in ALIASES:
                name = f"{ALIASES[head]}{name[len(head) :]}".lstrip(".")
                break
        else:
            break
    return name[:200]


def _member(value: Value) -> Value:
    """Return what is known of any one member of a value."""
    if value.items is not None and len(value.items) == 1:
        return value.items[0]
    return holding(value.flow)


_READERS = {
    "string": Reader._string,
    "concatenated_string": Reader._joined_strings,
    "identifier": Reader._identifier,
    "attribute": Reader._attribute,
    "subscript": Reader._subscript,
    "binary_operator": Reader._operator,
    "boolean_operator": Reader._alternatives,
    "conditional_expression": Reader._alternatives,
    "list": Reader._list,
    "tuple": Reader._list,
    "set": Reader._list,
    "expression_list": Reader._list,
    "dictionary": Reader._dictionary,
    "list_splat": Reader._splat,
    "dictionary_splat": Reader._splat,
    "parenthesized_expression": Reader._inner,
    "await": Reader._inner,
    "list_comprehension": Reader._comprehension,
    "set_comprehension": Reader._comprehension,
    "generator_expression": Reader._comprehension,
    "dictionary_comprehension": Reader._comprehension,
    "pair": Reader._pair,
    "named_expression": Reader._named_expression,
    "lambda": Reader._lambda,
    "call": Reader._call,
    "keyword_argument": Reader._keyword,
    "import_statement": Reader._import,
    "import_from_statement": Reader._import_from,
    "assignment": Reader._assignment,
    "augmented_assignment": Reader._augmented,
    "for_statement": Reader._for,
    "as_pattern": Reader._as_pattern,
    "function_definition": Reader._function,
    "class_definition": Reader._class,
    "return_statement": Reader._return,
    "exec_statement": Reader._exec_statement,
}


def read(source: str, drafts: Drafts, stdin: Flow, parent: str) -> Flow:
    """Write the drafts of a Python source; returns what is known of its output."""
    return Reader(drafts, source, stdin).read()
