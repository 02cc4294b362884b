"""Reads a PowerShell program in the order in which it would run, without running anything."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext

from pinfold.language.drafts import MAX_COMMAND_LINE, Drafts
from pinfold.language.flow import NOTHING, Flow, Part, Word, in_order, merged
from pinfold.language.powershell.call import Call, path_of
from pinfold.language.powershell.commands import Commands
from pinfold.language.powershell.grammar import parse
from pinfold.language.powershell.libraries import Given, Lent, fitting, given, inside, take_in
from pinfold.language.powershell.memory import MAX_REPLAYS
from pinfold.language.powershell.tree import (
    Assign,
    Block,
    Command,
    Function,
    Group,
    Node,
    Pipeline,
    Redirect,
    Return,
    Variable,
)
from pinfold.language.powershell.values import UNKNOWN, Value, holding, listed, members, together
from pinfold.model import ActKind

MAX_LEVEL = 30
"""How deep commands within commands are read at once; Python's own stack bounds it."""

MAX_CALLS = 4
"""How deep calls of a program's own functions within one another are followed."""

MAX_OUTPUTS = 4_096
"""How many values that commands give one after the other are kept apart."""

_PROMPT = re.compile(r"(?m)^[ \t]*PS(?:[ \t]+[^>\n]{0,200})?>[ \t]?")


class Reader(Commands):
    """Reads one source, and what is nested in it, with one memory."""

    def __init__(self, drafts: Drafts, source: str, stdin: Flow, parent: str) -> None:
        super().__init__(drafts, source, stdin, parent)
        self.level = 0
        self.calls = 0
        self.loops = 0
        self.called: set[str] = set()
        self.blocks: dict[int, Block] = {}
        self.seen: set[int] = set()
        self.postponed: list[tuple[Node, ...]] = []
        self.words: Sequence[Word] = ()  # of the command line that started the program, where it was followed
        self.given = Given()
        self.taken: set[str] = set()
        self.lent: dict[str, Lent] = {}

    def read(self) -> Flow:
        """Read the whole source; returns what it gives."""
        output = self.read_text(self.source)
        while waiting := [name for name in self.functions if name not in self.called]:
            for name in waiting:
                self.called.add(name)
                self._body(self.functions[name].block, {}, [], UNKNOWN)
        while (unread := self.blocks.keys() - self.seen) and self.spend():
            for start in sorted(unread):
                self.seen.add(start)
                self._body(self.blocks[start], {}, [], UNKNOWN)
        while self.postponed and self.spend():
            self.level = 0
            self.block_of(self.postponed.pop())
        return output.flow

    def read_text(self, text: str) -> Value:
        """Read statements that are not parsed yet; returns what they give."""
        nodes, flat = parse(text, self.drafts.depth)
        if flat:
            self.drafts.cut["brackets of PowerShell nested too deep"] = None
        return self.block_of(nodes)

    def block_of(self, nodes: tuple[Node, ...]) -> Value:
        """Read statements in order; returns what they give."""
        if self.level >= MAX_LEVEL:
            self.postponed.append(nodes)
            return UNKNOWN
        self.level += 1
        outputs: list[Value] = []
        for node in nodes:
            value = self.value(node)
            if value is not UNKNOWN and len(outputs) < MAX_OUTPUTS:
                outputs.append(value)
        self.level -= 1
        return together(outputs)

    def value(self, node: Node) -> Value:
        """Return what a statement or an expression gives, noting the acts in it."""
        if not self.spend():
            return UNKNOWN
        if isinstance(node, Command):
            return self.command(node, UNKNOWN if not self.stdin else holding(self.stdin))
        if isinstance(node, Pipeline):
            return self._pipeline(node)
        if isinstance(node, Assign):
            self.assigned(node, self.value(node.value))
            return UNKNOWN
        if isinstance(node, Group):
            return self._group(node)
        if isinstance(node, Function):
            self.functions[node.name] = node
            self.called.discard(node.name)
            self.lent.pop(node.name, None)
            return UNKNOWN
        if isinstance(node, Return):
            return self.value(node.value) if node.value is not None else UNKNOWN
        if isinstance(node, Block):
            self.blocks.setdefault(node.start, node)
        return self.operand(node)

    def _pipeline(self, node: Pipeline) -> Value:
        value = UNKNOWN
        for index, stage in enumerate(node.stages):
            if isinstance(stage, Command):
                value = self.command(stage, value if index else UNKNOWN)
            else:
                value = self.value(stage)
        return self.redirected(value, node.redirects, node.start, node.end)

    def redirected(self, value: Value, redirects: tuple[Redirect, ...], start: int, end: int) -> Value:
        """Note the files that output is sent to; returns what is left of it."""
        for redirect in redirects:
            if isinstance(redirect.target, Variable) and redirect.target.name == "null":
                value = value if redirect.stream in ("2", "3", "4", "5", "6") else UNKNOWN
                continue
            word = path_of(self.word(redirect.target))
            if word.text and word.text.lower() not in ("nul", "/dev/null", "$null"):
                call = Call(self, "Out-File", start, end)
                call.write_path(word, value if redirect.stream in ("", "1", "*") else UNKNOWN, append=redirect.append)
                value = UNKNOWN if redirect.stream in ("", "1", "*") else value
        return value

    def _group(self, node: Group) -> Value:
        if node.kind in ("class", "enum"):
            for body in node.bodies:
                self._class(body)
            return UNKNOWN
        if node.kind == "param":
            return self._parameters(node)
        heads = [self.block_of((head,)) for head in node.heads]
        if node.kind == "foreach":
            return self._loop(node, heads[-1] if heads else UNKNOWN)
        if node.kind == "switch" and heads:
            self.set("_", heads[0])
        found = [value for body in node.bodies if (value := self.block_of(body)) is not UNKNOWN]
        return found[0] if len(found) == 1 else holding(merged([value.flow for value in found]))

    def _parameters(self, node: Group) -> Value:
        """Set the parameters of a script: those that are given, and those that are something by themselves."""
        names = [head.name for head in node.heads if isinstance(head, Variable)]
        arguments = given(self.words, names) if self.words else self.given
        self.words, self.given = (), Given()
        named = {fitting(name, names): value for name, value in arguments.named.items()}
        free = [name for name in names if name not in named]
        piped = [holding(self.stdin)] if self.stdin and not arguments.rest else []
        self.scopes[-1].update(named)
        self.scopes[-1].update(zip(free, (*arguments.rest, *piped), strict=False))
        for body in node.bodies:
            for item in body:
                if (
                    isinstance(item, Assign)
                    and isinstance(item.target, Variable)
                    and item.target.name not in self.scopes[-1]
                ):
                    self.value(item)
        return UNKNOWN

    def _class(self, body: tuple[Node, ...]) -> None:
        """Read the methods of a class, which are blocks in its body."""
        for node in body:
            for part in node.words if isinstance(node, Command) else (node,):
                if isinstance(part, Block):
                    self.seen.add(part.start)
                    self._body(part, {}, [], UNKNOWN)
                elif isinstance(part, Assign):
                    self.value(part)

    def tried(self, turn: Callable[[], Value]) -> Value | None:
        """Take one turn with a number that stands for all of a range.

        Where it leads to no act, its effects are undone, and nothing is returned: such a loop works out a value.
        """
        before, scopes = len(self.drafts.items), [dict(scope) for scope in self.scopes]
        value = turn()
        if len(self.drafts.items) > before:
            return value
        self.scopes = scopes
        return None

    def _turn(self, node: Group, item: Value) -> Value:
        """Read the body of a loop with one value."""
        self.set(node.variable, item)
        return self.block_of(node.bodies[0])

    def _loop(self, node: Group, source: Value) -> Value:
        given = members(source)
        single = source.items is None
        if single or self.loops > 1 or not given or self.replays > MAX_REPLAYS:
            self.set(node.variable, source if single else holding(source.flow))
            return self.block_of(node.bodies[0])
        if self.counts(given):
            found = self.tried(lambda: self._turn(node, UNKNOWN))
            if found is not None:
                return found
        outputs: list[Value] = []
        self.loops += 1
        for index, item in enumerate(given):
            before = len(self.drafts.items)
            value = self._turn(node, item)
            if value is not UNKNOWN:
                outputs.append(value)
            acts = len(self.drafts.items) > before
            self.replays += acts
            if (acts and index >= 15) or not self.spend():
                if index + 1 < len(given):
                    self.drafts.cut["a loop over more than 16 values"] = None
                break
        self.loops -= 1
        return together(outputs[:MAX_OUTPUTS])

    # --- blocks and functions ---

    def run_block(self, block: Block, given: Value, arguments: dict[str, Value], rest: list[Value]) -> Value:
        """Read the commands of a script block, with what the pipeline gives as ``$_``."""
        self.seen.add(block.start)
        return self._body(block, arguments, rest, given)

    def _body(self, block: Block, arguments: dict[str, Value], rest: list[Value], given: Value) -> Value:
        scope: dict[str, Value] = {"_": given, "psitem": given, "input": given}
        positional = list(rest)
        bound: dict[str, Node | None] = {}
        for name, default in block.parameters:
            if name in arguments:
                scope[name] = arguments[name]
            elif positional:
                scope[name] = positional.pop(0)
            else:
                bound[name] = default
        scope["args"] = Value(UNKNOWN.word, items=tuple(positional))
        self.scopes.append(scope)
        for name, default in bound.items():
            scope[name] = self.value(default) if default is not None else UNKNOWN
        output = self.block_of(block.body)
        self.scopes.pop()
        return output

    def call_function(self, function: Function, call: Call) -> Value:
        """Read the body of a function with the arguments of one call."""
        first = function.name not in self.called
        if self.calls >= MAX_CALLS or (not first and self.replays >= MAX_REPLAYS):
            held = merged([value.flow for value in (*call.named.values(), *call.rest, call.input)])
            return holding(held)
        self.called.add(function.name)
        self.replays += not first
        self.calls += 1
        loops, self.loops = self.loops, 0
        names = [name for name, _ in function.block.parameters]
        arguments = {fitting(name, names): value for name, value in call.named.items()}
        lent = self.lent.get(function.name)
        with nullcontext() if lent is None else inside(self, lent, (call.start, call.end)):
            output = self._body(function.block, arguments, call.rest, call.input)
        self.loops = loops
        self.calls -= 1
        return output

    # --- code and programs ---

    def take_in(self, call: Call, named: str, *, module: bool) -> Value | None:
        """Read another program of the skill as a part of this one; nothing where ``named`` leads to none."""
        arguments = Given({} if module else call.named, call.rest)
        return take_in(self, named, arguments, (call.start, call.end), module=module)

    def run_code(self, call: Call, code: Value, line: str) -> Value:
        """Note that text is executed as PowerShell, and read it where it is known."""
        if code.block is not None:
            return self.run_block(code.block, UNKNOWN, {}, [])
        shown = f"{line.partition(' ')[0].partition('(')[0]} {code.text}" if code.known else line
        call.exec_act(shown, code.flow, image="powershell")
        if not code.text:
            return holding(code.flow)
        return self.nested_code(call, code.text)

    def nested_code(self, call: Call, text: str) -> Value:
        """Read PowerShell that a call executes, with the memory of this program."""
        outer, self.source = self.source, text
        level, self.level = self.level, max(self.level, 4)
        blocks, self.blocks, seen, self.seen = self.blocks, {}, self.seen, set()
        with self.drafts.nested(call.start, call.end) as allowed:
            value = self.read_text(text) if allowed else UNKNOWN
        self.blocks, self.seen = blocks, seen
        self.source, self.level = outer, level
        return value

    def run_words(self, words: list[Word], call: Call, stdin: Flow) -> Value:
        """Judge a program with its arguments."""
        if not words or not words[0].text.strip():
            return UNKNOWN
        drafts = self.drafts
        windows, drafts.windows = drafts.windows, True
        program = Word(words[0].text.replace("\\", "/"), words[0].parts, words[0].known)
        parent = call.image if call.image != program.text else self.parent
        try:
            if " " in program.text or not program.known:
                return self._unread(program, words, call, stdin)
            if call.image != program.text:
                with drafts.nested(call.start, call.end) as allowed:
                    output = (
                        drafts.command([program, *words[1:]], drafts, stdin, parent, call.start, call.end, call.text)
                        if allowed
                        else NOTHING
                    )
            else:
                output = drafts.command([program, *words[1:]], drafts, stdin, parent, call.start, call.end, call.text)
        finally:
            drafts.windows = windows
        if output.text is not None:
            held = Flow(output.sources, output.programs, output.origin)
            return Value(Word(output.text, (Part(0, len(output.text), held),)))
        return holding(output)

    def _unread(self, program: Word, words: list[Word], call: Call, stdin: Flow) -> Value:
        """Note a program whose name the reader of command lines would not take for one."""
        line = " ".join(word.text for word in (program, *words[1:]))
        fields: dict[str, str | int | bool] = {"Image": program.text, "CommandLine": line[:MAX_COMMAND_LINE]}
        if call.image != program.text:
            fields["ParentImage"] = call.image
        held = merged((program.flow, self.files.get(self.resolve(program.text), NOTHING)))
        programs = in_order(stdin.programs, program.flow.programs)
        if programs:
            fields["PipedFrom"] = "|".join(programs)
        if "://" in held.origin:
            fields["ImageOrigin"] = held.origin
        call.add(ActKind.EXEC, fields)
        return holding(Flow(("command:*",)))


def read(source: str, drafts: Drafts, stdin: Flow, parent: str, *, words: Sequence[Word] = ()) -> Flow:
    """Write the drafts of a PowerShell source; returns what it gives.

    ``words`` are the arguments of a whole program that is started with some.
    """
    text = _PROMPT.sub(lambda match: " " * len(match[0]), source) if "PS" in source else source
    reader = Reader(drafts, text, stdin, parent)
    reader.words = words
    if words:
        reader.set("args", listed(Value(word) for word in words))
    try:
        return reader.read()
    except RecursionError:
        drafts.cut["PowerShell nested too deep in other programs"] = None
        return NOTHING
