"""Reads Python source in order, following simple values through it, without running or importing anything."""

from __future__ import annotations

import re

import tree_sitter_python
from tree_sitter import Language, Node, Parser

from pinfold.language.drafts import Drafts
from pinfold.language.flow import Flow, in_sequence
from pinfold.language.loops import LOOP_VALUES, turns
from pinfold.language.python import calls, classes, modules
from pinfold.language.python.expressions import (
    MAX_DEPTH,
    MAX_REPLAYS,
    REPLAYED_LENGTH,
    Expressions,
    member_of,
)
from pinfold.language.python.mappings import each, label
from pinfold.language.python.modules import imported
from pinfold.language.python.strings import folded
from pinfold.language.python.table import canonical
from pinfold.language.python.values import UNKNOWN, Value, constant, either, listed, named

MAX_INNER = 8
"""How many values of a loop within a loop are read."""

MAX_INDENTATIONS = 120
"""How many different indentations a source may have before deep ones are taken out."""

MAX_COLUMN = 100
"""The column beyond which they are taken out."""

_INDENTATION = re.compile(r"^[ \t\f]+", re.MULTILINE)
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


class Reader(Expressions):
    """Reads one source; ``drafts`` takes its acts."""

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
        return in_sequence(self.printed)

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
            return self.read_children(node)
        finally:
            self.depth -= 1

    def _import(self, node: Node) -> Value:
        for child in node.named_children:
            if child.type == "aliased_import":
                name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
                if name is not None and alias is not None:
                    dotted = self.name(name)
                    self.bind(self.name(alias), imported(self, dotted) or named(canonical(dotted)))
            elif child.type == "dotted_name":
                first, *steps = self.name(child).replace(" ", "").split(".")
                module = imported(self, ".".join((first, *steps)))
                for step in reversed(steps):
                    module = named(step).but(pairs={step: module}) if module is not None else None
                self.bind(first, module or named(canonical(first)))
        return UNKNOWN

    def _import_from(self, node: Node) -> Value:
        module = node.child_by_field_name("module_name")
        spelled = self.name(module).replace(" ", "") if module is not None else ""
        base = spelled.lstrip(".")
        level = len(spelled) - len(base)
        if not spelled:
            return UNKNOWN
        local = imported(self, base, level) if base else None
        for child in node.named_children:
            if child == module:
                continue
            if child.type == "wildcard_import":
                self.stars.append(base)
                for name_, value in local.owner.scopes[0].items() if local is not None and local.owner else ():
                    self.bind(name_, value)
                continue
            name = child.child_by_field_name("name") if child.type == "aliased_import" else child
            alias = child.child_by_field_name("alias") if child.type == "aliased_import" else child
            if name is not None and alias is not None:
                self.bind(self.name(alias), self._member(local, base, level, self.name(name)))
        return UNKNOWN

    def _member(self, module: Value | None, base: str, level: int, name: str) -> Value:
        """Return what ``from base import name`` gives: something that a module defines, or a module in a package."""
        if module is not None and module.owner is not None and name in module.owner.scopes[0]:
            return module.owner.scopes[0][name]
        dotted = f"{base}.{name}" if base else name
        if module is not None or level:
            return imported(self, dotted, level) or UNKNOWN
        return imported(self, dotted, anywhere=False) or named(canonical(dotted))

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
                self.store_path(left, self.lengthened(before, value.items))
            else:
                self.store_path(left, folded("+", before, value, self.text(left), self.text(right)))
        return UNKNOWN

    def _for(self, node: Node) -> Value:
        left, right, body = (node.child_by_field_name(name) for name in ("left", "right", "body"))
        source = each(self.value(right)) if right is not None else UNKNOWN
        if left is None or body is None:
            return self.read_children(node)
        small = body.end_byte - body.start_byte <= REPLAYED_LENGTH
        chosen, cut = turns([label(item) for item in source.items or ()])
        inner = not self.loops or (self.loops == 1 and len(chosen) <= MAX_INNER)
        if source.items and small and inner and self.replays + len(chosen) <= MAX_REPLAYS:
            self.loops += 1
            if cut:
                self.drafts.cut[f"a loop over more than {LOOP_VALUES} commands"] = None
            for index in chosen:
                self.replays += 1
                self.assign(left, source.items[index])
                self.value(body)
            self.loops -= 1
        else:
            self.assign(left, member_of(source))
            self.value(body)
        alternative = node.child_by_field_name("alternative")
        if alternative is not None:
            self.value(alternative)
        return UNKNOWN

    def _as_pattern(self, node: Node) -> Value:
        value = self.read_inner(node)
        alias = node.child_by_field_name("alias")
        if alias is not None:
            self.assign(alias, value)
        return value

    def _function(self, node: Node) -> Value:
        name = node.child_by_field_name("name")
        function = Value(UNKNOWN.word, function=node, owner=self)
        self.functions.append(function)
        self.closures[node.id] = tuple(scope for scope in self.scopes if not any(scope is body for body in self.bodies))
        if name is not None:
            self.bind(self.text(name), function)
            self.methods[self.text(name)] = function
        return UNKNOWN

    def _class(self, node: Node) -> Value:
        body = node.child_by_field_name("body")
        name = node.child_by_field_name("name")
        bases = [
            self.value(base)
            for child in node.named_children
            if child.type == "argument_list"
            for base in child.named_children
        ]
        first = len(self.functions)
        self.scopes.append({})
        self.bodies.append(self.scopes[-1])
        if body is not None:
            self.value(body)
        self.bodies.pop()
        members = self.scopes.pop()
        if name is None:
            return UNKNOWN
        made = named(self.text(name)).but(owner=self)
        self.classes[made.name] = members
        self.bases[made.name] = tuple(base for base in bases if classes.is_class(base))
        self.bind(made.name, made)
        for function in self.functions[first:]:
            if function.function is not None:
                self.class_of.setdefault(function.function.id, made.name)
        classes.construct(self, made, [], {})
        return UNKNOWN

    def run_function(self, function: Value, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        """Read the body of a local function with the arguments of one call; returns what it gives back."""
        node = function.function
        if function.owner is not self and function.owner is not None:
            return modules.call(self, function, arguments, keywords)
        if node is None:
            return UNKNOWN
        body, parameters = node.child_by_field_name("body"), node.child_by_field_name("parameters")
        first_time = node.id not in self.called
        telling = self.stirred or any(map(self._tells, (*arguments, *keywords.values())))
        too_much = (
            self.calls >= 4
            or self.replays >= MAX_REPLAYS
            or (body is not None and body.end_byte - body.start_byte > REPLAYED_LENGTH)
        )
        if body is None or (not first_time and (not telling or too_much)):
            return self.results.get(node.id, UNKNOWN)
        if too_much and self.calls:
            return UNKNOWN
        self.called.add(node.id)
        self.replays += not first_time
        self.calls += 1
        loops, self.loops = self.loops, 0
        depth, self.depth = self.depth, min(self.depth, MAX_DEPTH // 2) if self.calls < 4 else self.depth
        caller = self.scopes
        self.scopes = [*self.closures.get(node.id, caller[:1]), self._bound(parameters, arguments, keywords)]
        self.within.append(self.class_of.get(node.id, ""))
        self.returned.append([])
        self.yielded.append([])
        self.value(body)
        returned, yielded = self.returned.pop(), self.yielded.pop()
        result = self.collected(yielded) if yielded else either(returned)
        self.scopes = caller
        self.within.pop()
        self.loops, self.depth = loops, depth
        self.calls -= 1
        self.results[node.id] = either([self.results.get(node.id, UNKNOWN), result])
        return result

    def _tells(self, value: Value) -> bool:
        """Say whether an argument brings something that a function does not know by itself."""
        own = value.name.endswith("()") and (value.name[:-2] in self.classes or classes.is_class(value))
        return bool(value.known or value.flow or value.items or value.draft or own)

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
        value = self.read_inner(node)
        if self.returned:
            self.returned[-1].append(value)
        return UNKNOWN

    def _yield(self, node: Node) -> Value:
        value = self.read_inner(node)
        if self.yielded:
            every = any(child.type == "from" for child in node.children)
            self.yielded[-1].extend(value.items if every and value.items is not None else (value,))
        return UNKNOWN

    def _exec_statement(self, node: Node) -> Value:
        code = node.child_by_field_name("code")
        if code is not None:
            calls.run_code(self, node, self.value(code))
        return UNKNOWN


def _shallow(data: str) -> str:
    """Return the source, of the same length, without indentation so deep that it would break the parser.

    Beyond some five hundred levels the parser's scanner runs over its buffer and takes the process down. Python itself
    allows a hundred; a form feed sets the column back to zero.
    """
    if len(set(_INDENTATION.findall(data))) <= MAX_INDENTATIONS:
        return data
    return _INDENTATION.sub(
        lambda match: match[0] if len(match[0].expandtabs(8)) <= MAX_COLUMN else match[0][:-1] + "\f", data
    )


_READERS = {
    "string": Reader.read_string,
    "concatenated_string": Reader.read_joined_strings,
    "identifier": Reader.read_identifier,
    "attribute": Reader.read_attribute,
    "subscript": Reader.read_subscript,
    "binary_operator": Reader.read_operator,
    "boolean_operator": Reader.read_alternatives,
    "conditional_expression": Reader.read_alternatives,
    "list": Reader.read_list,
    "tuple": Reader.read_list,
    "set": Reader.read_list,
    "expression_list": Reader.read_list,
    "dictionary": Reader.read_dictionary,
    "list_splat": Reader.read_splat,
    "dictionary_splat": Reader.read_splat,
    "parenthesized_expression": Reader.read_inner,
    "await": Reader.read_inner,
    "list_comprehension": Reader.read_comprehension,
    "set_comprehension": Reader.read_comprehension,
    "generator_expression": Reader.read_comprehension,
    "dictionary_comprehension": Reader.read_comprehension,
    "pair": Reader.read_pair,
    "named_expression": Reader.read_named_expression,
    "lambda": Reader.read_lambda,
    "call": Reader.read_call,
    "keyword_argument": Reader.read_keyword,
    "import_statement": Reader._import,
    "import_from_statement": Reader._import_from,
    "assignment": Reader._assignment,
    "augmented_assignment": Reader._augmented,
    "for_statement": Reader._for,
    "as_pattern": Reader._as_pattern,
    "function_definition": Reader._function,
    "class_definition": Reader._class,
    "return_statement": Reader._return,
    "yield": Reader._yield,
    "exec_statement": Reader._exec_statement,
}


def read(source: str, drafts: Drafts, stdin: Flow, parent: str) -> Flow:
    """Write the drafts of a Python source; returns what is known of its output."""
    return Reader(drafts, source, stdin).read()
