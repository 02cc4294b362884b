"""Reads JavaScript source in order, following values through it, without running anything."""

from __future__ import annotations

from bisect import bisect_left

from tree_sitter import Node

from pinfold.language.drafts import Drafts
from pinfold.language.flow import NOTHING, Flow, in_sequence
from pinfold.language.javascript import loops, modules, syntax
from pinfold.language.javascript.expressions import Expressions
from pinfold.language.javascript.syntax import NON_ASCII
from pinfold.language.javascript.table import TELLING
from pinfold.language.javascript.values import UNKNOWN, UNKNOWN_WORD, Box, Function, Scope, Value, either, listed

MAX_DEPTH = 110
"""How deep expressions are read at once; what lies deeper is read on its own when the rest is done."""

MAX_CALLS = 12
"""How deep calls of functions within functions are followed."""

MAX_REPLAYS = 160
"""How many times in all a function body is read again with other arguments."""

REPLAYED_LENGTH = 20_000
"""How many characters such a body may have."""

MAX_TURNS, TURN_LENGTH = 4_000, 400
"""How many times short functions, such as decoders, are read again, and how many characters these have."""

MAX_STEPS = 400_000
"""After how many steps nothing is read a second time."""

_SKIPPED = frozenset(
    [
        "comment", "html_comment", "hash_bang_line", "null", "undefined", "empty_statement", "break_statement",
        "continue_statement", "debugger_statement", "type_annotation", "type_arguments", "type_parameters",
        "interface_declaration", "type_alias_declaration", "ambient_declaration", "decorator", "escape_sequence",
        "string_fragment", "property_identifier", "statement_identifier", "jsx_text", "function_signature",
        "predefined_type", "type_identifier", "accessibility_modifier", "import_alias", "super", "meta_property",
        "optional_chain", "jsx_closing_element", "private_property_identifier", "import",
    ]
)  # fmt: skip


class Reader(Expressions):
    """Reads one source; ``drafts`` takes its acts."""

    def __init__(self, drafts: Drafts, source: str, stdin: Flow = NOTHING, *, typed: bool = False) -> None:
        super().__init__(drafts, source, stdin, typed=typed)
        self.most_depth = max(30, MAX_DEPTH - 40 * drafts.depth)
        self._told: list[int] | None = None

    def read(self) -> Flow:
        """Read the whole source: what it does in order, then the functions that nobody has called."""
        root = syntax.parsed(self.source, self.drafts, typed=self.typed)
        if root is None:
            return NOTHING
        try:
            return self._read(root)
        except RecursionError:
            self.drafts.cut["a program that is nested too deep"] = None
            return NOTHING

    def _read(self, root: Node) -> Flow:
        self.value(root)
        index = 0
        while index < len(self.functions) or self.postponed:
            while self.postponed:
                node, self.scope = self.postponed.pop()
                self.value(node)
            if index < len(self.functions):
                function = self.functions[index]
                if function.node.id not in self.called and self._is_telling(function.node):
                    self.run(Value(UNKNOWN_WORD, function=function), [])
                index += 1
        return in_sequence(self.printed)

    def _is_telling(self, node: Node) -> bool:
        """Return whether a function may do something: a look at its words."""
        if self._told is None:
            source = self.source if self.source.isascii() else NON_ASCII.sub("x", self.source)
            self._told = [match.start() for match in TELLING.finditer(source)]
        at = bisect_left(self._told, node.start_byte)
        return at < len(self._told) and self._told[at] < node.end_byte

    def value(self, node: Node) -> Value:
        """Return what is known about a node, noting the acts in it. Statements have no value."""
        kind = node.type
        if kind in _SKIPPED:
            return UNKNOWN
        if self.depth >= self.most_depth:
            self.postponed.append((node, self.scope))
            return UNKNOWN
        self.depth += 1
        self.steps += 1
        reader = _READERS.get(kind)
        result = reader(self, node) if reader is not None else self.read_children(node)
        self.depth -= 1
        return result

    def _block(self, node: Node) -> Value:
        """Read statements; functions are known before all else."""
        children = node.named_children
        for child in children:
            inner = child.child_by_field_name("declaration") if child.type == "export_statement" else child
            if inner is not None and inner.type in _FUNCTION_STATEMENTS:
                self._declared(inner)
        for child in children:
            self.value(child)
        return UNKNOWN

    def _declared(self, node: Node) -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            made = self.made(node)
            self.bind(self.text(name), made)
            self.methods.setdefault(self.text(name), made)

    def _function_statement(self, node: Node) -> Value:
        name = node.child_by_field_name("name")
        known = self.scope.names.get(self.text(name)) if name is not None else None
        if known is None or known.function is None or known.function.node.id != node.id:
            if name is None:
                return self.made(node)
            self._declared(node)
        return UNKNOWN

    def _export(self, node: Node) -> Value:
        for name in ("declaration", "value"):
            child = node.child_by_field_name(name)
            if child is not None:
                value = self.value(child)
                named = child.child_by_field_name("name")
                if any(part.type == "default" for part in node.children):
                    self.bind("default", self.lookup(self.text(named)) if named is not None else value)
        return UNKNOWN

    def _declarator(self, node: Node) -> Value:
        name, right = node.child_by_field_name("name"), node.child_by_field_name("value")
        value = self.value(right) if right is not None else UNKNOWN
        if name is not None:
            self.assign(name, value, declare=True)
        return UNKNOWN

    def _if(self, node: Node) -> Value:
        step: Node | None = node
        while step is not None and step.type == "if_statement":
            for name in ("condition", "consequence"):
                part = step.child_by_field_name(name)
                if part is not None:
                    self.value(part)
            other = step.child_by_field_name("alternative")
            step = other.named_children[0] if other is not None and other.named_children else None
        if step is not None:
            self.value(step)
        return UNKNOWN

    def _catch(self, node: Node) -> Value:
        parameter, body = node.child_by_field_name("parameter"), node.child_by_field_name("body")
        if parameter is not None:
            self.assign(parameter, UNKNOWN, declare=True)
        return self.value(body) if body is not None else UNKNOWN

    def _return(self, node: Node) -> Value:
        value = self.read_inner(node)
        if self.returned:
            self.returned[-1].append(value)
        return UNKNOWN

    def _yield(self, node: Node) -> Value:
        value = self.read_inner(node)
        if self.returned:
            self.returned[-1].append(value)
        return UNKNOWN

    def _class(self, node: Node) -> Value:
        """Read a class: its methods are known from here on, its fields stand in one object for all that are made."""
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        function = Function(node, self.scope, members=Box(), owner=self)
        made = Value(UNKNOWN_WORD, function=function)
        function.this = Value(UNKNOWN_WORD, box=Box(kind=function))
        if name is not None:
            self.bind(self.text(name), made)
        for child in node.named_children:
            if child.type == "class_heritage":
                base = self.value(child)
                if base.function is not None and base.function.members is not None and function.members is not None:
                    function.members.pairs.update(base.function.members.pairs)
        for child in body.named_children if body is not None else ():
            self._class_member(child, function)
        return made

    def _class_member(self, node: Node, owner: Function) -> None:
        name = node.child_by_field_name("name") or node.child_by_field_name("property")
        text = self.key(name) if name is not None else ""
        members = owner.members or Box()
        if node.type == "method_definition":
            method = self.made(node, owner.this)
            members.put(text, method)
            self.methods.setdefault(text, method)
        elif node.type in ("field_definition", "public_field_definition"):
            right = node.child_by_field_name("value")
            before = self.scope
            self.scope = Scope(before)
            self.scope.names["this"] = owner.this or UNKNOWN
            value = self.value(right) if right is not None else UNKNOWN
            self.scope = before
            members.put(text, value)
            if value.function is not None:
                self.methods.setdefault(text, value)
        elif node.type == "class_static_block":
            self.read_children(node)

    def run(self, function: Value, arguments: list[Value], this: Value | None = None) -> Value:
        """Read the body of a function of the source with the arguments of one call; returns what it gives back."""
        made = function.function
        if made is None:
            return UNKNOWN
        if made.owner is not None and made.owner is not self:
            return modules.call(self, made.owner, function, arguments, this)
        node = made.node
        body = node.child_by_field_name("body")
        first_time = node.id not in self.called
        if body is None or len(self.running) >= MAX_CALLS or self.depth > self.most_depth - 12:
            return self.results.get(node.id, UNKNOWN)
        if node.id in self.running or (not first_time and not self._again(body, arguments)):
            return self.results.get(node.id, UNKNOWN)
        self.called.add(node.id)
        if body.end_byte - body.start_byte > TURN_LENGTH and not self._is_telling(body) and not _any_flow(arguments):
            return UNKNOWN
        scope = Scope(made.scope)
        if node.type != "arrow_function":
            scope.names["this"] = this or made.this or UNKNOWN
            scope.names["arguments"] = listed(arguments[:64])
        before, self.scope = self.scope, scope
        turning, self.loops = self.loops, 0
        depth = self.depth
        self.running.append(node.id)
        self.returned.append([])
        self._bind_parameters(node, arguments)
        before_acts = len(self.drafts.items)
        value = self.value(body)
        self.replays += not first_time and len(self.drafts.items) > before_acts
        returned = self.returned.pop()
        self.running.pop()
        self.scope, self.loops, self.depth = before, turning, depth
        generator = node.type.startswith("generator")
        result = listed(returned) if generator else either(returned) if body.type == "statement_block" else value
        self.results[node.id] = result
        return result

    def _again(self, body: Node, arguments: list[Value]) -> bool:
        """Say whether a body may be read once more, and count it."""
        telling = any(value.known or value.flow or value.box or value.function or value.name for value in arguments)
        length = body.end_byte - body.start_byte
        if not telling or length > REPLAYED_LENGTH or self.steps > MAX_STEPS:
            return False
        if length <= TURN_LENGTH and self.turns < MAX_TURNS and self.replays <= MAX_REPLAYS:
            self.turns += 1
            return True
        self.replays += 1
        return self.replays <= MAX_REPLAYS

    def _bind_parameters(self, node: Node, arguments: list[Value]) -> None:
        single = node.child_by_field_name("parameter")
        if single is not None:
            self.assign(single, arguments[0] if arguments else UNKNOWN, declare=True)
        holder = node.child_by_field_name("parameters")
        index = 0
        for parameter in holder.named_children if holder is not None else ():
            pattern = parameter.child_by_field_name("pattern") or parameter
            if parameter.type == "comment" or pattern.type == "this":
                continue
            if pattern.type == "rest_pattern":
                self.assign(pattern, listed(arguments[index:]), declare=True)
            else:
                self.assign(parameter, arguments[index] if index < len(arguments) else UNKNOWN, declare=True)
            index += 1


def _any_flow(values: list[Value]) -> bool:
    return any(value.flow for value in values)


_FUNCTION_STATEMENTS = frozenset({"function_declaration", "generator_function_declaration"})
_READERS = {
    **dict.fromkeys(("program", "statement_block"), Reader._block),
    **dict.fromkeys(_FUNCTION_STATEMENTS, Reader._function_statement),
    **dict.fromkeys(("function_expression", "arrow_function", "generator_function", "function"), Reader.read_function),
    **dict.fromkeys(("class_declaration", "class", "abstract_class_declaration"), Reader._class),
    **dict.fromkeys(
        (
            "parenthesized_expression", "await_expression", "spread_element", "as_expression", "satisfies_expression",
            "non_null_expression", "class_heritage", "extends_clause",
        ),
        Reader.read_inner,
    ),
    "type_assertion": Reader.read_asserted,
    "import_statement": modules.read_import,
    "export_statement": Reader._export,
    "variable_declarator": Reader._declarator,
    "if_statement": Reader._if,
    "catch_clause": Reader._catch,
    "return_statement": Reader._return,
    "yield_expression": Reader._yield,
    "for_statement": loops.read_for,
    "for_in_statement": loops.read_for_each,
    "while_statement": loops.read_while,
    "do_statement": loops.read_while,
    "string": Reader.read_string,
    "template_string": Reader.read_template,
    "number": Reader.read_number,
    "regex": Reader.read_regex,
    "true": Reader.read_truth,
    "false": Reader.read_truth,
    "identifier": Reader.read_identifier,
    "this": Reader.read_this,
    "member_expression": Reader.read_member,
    "subscript_expression": Reader.read_item,
    "binary_expression": Reader.read_operator,
    "ternary_expression": Reader.read_ternary,
    "unary_expression": Reader.read_unary,
    "update_expression": Reader.read_update,
    "assignment_expression": Reader.read_assignment,
    "augmented_assignment_expression": Reader.read_augmented,
    "array": Reader.read_array,
    "object": Reader.read_object,
    "sequence_expression": Reader.read_last,
    "call_expression": Reader.read_call,
    "new_expression": Reader.read_new,
}  # fmt: skip


def read(source: str, drafts: Drafts, stdin: Flow, *, typed: bool = False) -> Flow:
    """Write the drafts of JavaScript source, or of TypeScript (``typed``); returns what is known of its output."""
    companions = drafts.companions
    own = companions is not None and not drafts.following and drafts.path in companions.paths
    if companions is not None and own and companions.text(drafts.path) == source:
        alone = modules.read_alone(Reader, drafts, drafts.path, companions).drafts
        drafts.items.extend(alone.items)
        drafts.cut.update(alone.cut)
        return NOTHING
    return Reader(drafts, source, stdin, typed=typed).read()
