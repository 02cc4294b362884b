"""Command lines of PowerShell: which cmdlet or program each one names, and how its arguments fall apart."""

from __future__ import annotations

import re
from collections.abc import Callable

from pinfold.language.flow import Flow, Word
from pinfold.language.powershell import execution, files, transfer
from pinfold.language.powershell.call import Call, path_of
from pinfold.language.powershell.cmdlets import Cmdlet, cmdlet_of, is_quiet
from pinfold.language.powershell.expressions import Expressions
from pinfold.language.powershell.tree import Bracket, Command, Function, Node, Parameter, Postfix, Redirect, Splat
from pinfold.language.powershell.values import UNKNOWN, Value, constant, holding, members, shown

MAX_WORDS = 1_024
"""How many words of one command line are looked at."""

_JUDGES: dict[str, Callable[[Call], Value]] = {**files.JUDGES, **transfer.JUDGES, **execution.JUDGES}
_UNIX_LOOK = re.compile(r"-(?:[a-zA-Z]{1,3}$|-|rf$|fr$)")
_FOREIGN = frozenset({"curl", "wget"})
_TOOLS = frozenset({"rm", "cp", "mv", "ls", "cat", "sort", "tee", "kill", "ps", "mkdir", "diff", "echo", "rmdir"})
_WINDOWS_PATH = re.compile(r"^(?:[A-Za-z]:|\.{1,2}|~|\$\w+|[\w.-]+)?(?:\\[\w.$~ *()-]+)+\\?$")
_LINE_WORD = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|(\S+)")
_NAME = re.compile(r"[\w.$%~:/\\-]*[A-Za-z0-9][\w.$%~:/\\ ()+-]*$")


class Commands(Expressions):
    """Judges command lines."""

    functions: dict[str, Function]

    def call_function(self, function: Function, call: Call) -> Value:
        """Read the body of a function with the arguments of one call."""
        raise NotImplementedError

    def redirected(self, value: Value, redirects: tuple[Redirect, ...], start: int, end: int) -> Value:
        """Note the files that output is sent to."""
        raise NotImplementedError

    def command(self, node: Command, given: Value) -> Value:
        """Judge one command line; ``given`` is what the pipeline hands to it."""
        value = self._judged(node, given)
        return self.redirected(value, node.redirects, node.start, node.end) if node.redirects else value

    def _judged(self, node: Command, given: Value) -> Value:
        first = self.value(node.words[0])
        if first.items is not None and len(first.items) == 1:
            first = first.items[0]
        if node.invoke or first.block is not None:
            if first.block is not None:
                arguments, rest = self._plain(node)
                return self.run_block(first.block, given, arguments, rest)
            if first.name == "scriptblock" or (not first.text and first.flow.programs):
                call = Call(self, "powershell", node.start, node.end, input=given)
                return self.run_code(call, first, f"{node.invoke} {self.raw(node.words[0])}")
        name = first.text
        if node.invoke == "." and (output := self._taken(node, first)) is not None:
            return output
        if not name or not first.known:
            return self._unknown(node, first, given)
        return self._named(node, name, given, first.word)

    def _taken(self, node: Command, first: Value) -> Value | None:
        """Read a program of the skill that is taken in with a dot; nothing where it is none."""
        if not first.text.lower().endswith(".ps1"):
            return None
        call = Call(self, first.text.replace("\\", "/"), node.start, node.end)
        call.named, call.rest = self._plain(node)
        output = self.take_in(call, first.text, module=False)
        if output is not None:
            call.exec_act(" ".join(word.text for word in (path_of(first.word), *self._words(node))))
        return output

    def _unknown(self, node: Command, first: Value, given: Value) -> Value:
        """Judge a command whose name is known in part, or not at all."""
        call = Call(self, "*", node.start, node.end, input=given)
        words = [shown(first, self.raw(node.words[0])), *self._words(node)]
        call.image = words[0].text
        return self.run_words(words, call, given.flow) if node.invoke or first.text else UNKNOWN

    def _named(self, node: Command, name: str, given: Value, word: Word) -> Value:
        low = name.lower()
        for _ in range(4):
            if low not in self.aliases:
                break
            name = self.aliases[low]
            low = name.lower()
        if low in self.functions:
            call = Call(self, name, node.start, node.end, input=given)
            call.named, call.rest = self._plain(node)
            return self.call_function(self.functions[low], call)
        cmdlet = cmdlet_of(name)
        if cmdlet is None or self._is_program(node, low, cmdlet):
            return self._program(node, word if word.text == name else Word(name), given)
        call = Call(self, cmdlet.name, node.start, node.end, input=given)
        line = call.line = self._bind(call, cmdlet, node)
        judge = _JUDGES.get(cmdlet.name.lower())
        if not is_quiet(cmdlet) and judge is not execution.expression:
            call.exec_act(line, call.input.flow)
        if judge is not None:
            return judge(call)
        return self._default(call)

    def _default(self, call: Call) -> Value:
        """Judge a cmdlet that is not known: its blocks may run, and what it gives is its own."""
        for value in (*call.named.values(), *call.rest):
            if value.block is not None:
                self.run_block(value.block, UNKNOWN, {}, [])
        sources = tuple(
            source for value in (call.input, *call.named.values(), *call.rest) for source in value.flow.sources
        )[:64]
        return holding(Flow(sources or (f"command:{call.image}",)))

    def _is_program(self, node: Command, low: str, cmdlet: Cmdlet) -> bool:
        """Tell whether an alias stands for the program of that name: ``curl -sSL``, ``rm -rf``."""
        if low not in _FOREIGN and low not in _TOOLS:
            return False
        for word in node.words[1:]:
            if isinstance(word, Parameter):
                fits = cmdlet.parameter(word.name)
                if word.name.startswith("-") or (fits is None) or (low in _FOREIGN and len(word.name) == 1):
                    return True
            elif getattr(word, "bare", False) and str(getattr(word, "text", "")).startswith("--"):
                return True
        return False

    def _program(self, node: Command, word: Word, given: Value) -> Value:
        """Judge a program."""
        if not _NAME.fullmatch(word.text) or (node.invoke == "" and word.text.lower() in _NO_PROGRAMS):
            return UNKNOWN
        call = Call(self, word.text.replace("\\", "/"), node.start, node.end, input=given)
        flow = given.flow
        text = given.text if given.known and given.name == "" else None
        return self.run_words([word, *self._words(node)], call, Flow(flow.sources, flow.programs, flow.origin, text))

    def _words(self, node: Command) -> list[Word]:
        """Return the arguments of a program."""
        words: list[Word] = []
        for part in node.words[1:MAX_WORDS]:
            if isinstance(part, Parameter):
                words.append(Word(f"-{part.name}"))
                if part.value is not None:
                    word = self.word(part.value)
                    words[-1] = Word(f"-{part.name}:{word.text}", word.parts, word.known)
            elif isinstance(part, Splat):
                words.extend(shown(item, "$args") for item in members(self.lookup(part.name))[:64])
            else:
                value = self.value(part)
                items = members(value)[:64] if value.items is not None else (value,)
                words.extend(_slashed(shown(item, self.raw(part))) for item in items)
        self.drafts.within(node.words, MAX_WORDS, "words of one command")
        return words

    def _plain(self, node: Command) -> tuple[dict[str, Value], list[Value]]:
        """Return the named and the other arguments of a call whose parameters are not known."""
        named: dict[str, Value] = {}
        rest: list[Value] = []
        waiting = ""
        for part in node.words[1:MAX_WORDS]:
            if isinstance(part, Parameter):
                named[part.name.lower()] = self.value(part.value) if part.value is not None else constant("True")
                waiting = part.name.lower() if part.value is None else ""
            elif isinstance(part, Splat):
                value = self.lookup(part.name)
                named.update(value.pairs or {})
                rest.extend(value.items or ())
            elif waiting:
                named[waiting], waiting = self.value(part), ""
            else:
                rest.append(self.value(part))
        return named, rest

    def _bind(self, call: Call, cmdlet: Cmdlet, node: Command) -> str:
        """Hand the arguments to a cmdlet; returns its command line with names in full."""
        line = [cmdlet.name]
        positions = list(cmdlet.positions)
        waiting = ""
        for part in node.words[1:MAX_WORDS]:
            if isinstance(part, Parameter):
                found = cmdlet.parameter(part.name) or (part.name, not cmdlet.parameters)
                line.append(f"-{found[0]}")
                waiting = ""
                if part.value is not None:
                    self._argument(call, found[0], part.value, line)
                elif found[1]:
                    waiting = found[0]
                else:
                    call.switches.add(found[0])
            elif isinstance(part, Splat):
                self._splatted(call, cmdlet, part, line)
            elif waiting:
                self._argument(call, waiting, part, line)
                waiting = ""
            else:
                while positions and positions[0] in call.named:
                    positions.pop(0)
                self._argument(call, positions.pop(0) if positions else "", part, line)
        return " ".join(line)

    def _splatted(self, call: Call, cmdlet: Cmdlet, part: Splat, line: list[str]) -> None:
        value = self.lookup(part.name)
        for name, held in (value.pairs or {}).items():
            found = cmdlet.parameter(name)
            call.named[(found[0] if found else name).lower()] = held
            line.append(f"-{found[0] if found else name} {shown(held, '$(…)').text}")
        call.rest.extend(value.items or ())

    def _argument(self, call: Call, name: str, part: Node, line: list[str]) -> None:
        value = self.value(part)
        raw = self.raw(part)
        word = shown(value, self._exact(part, raw))
        line.append(f"'{word.text}'" if " " in word.text and "'" not in word.text and value.known else word.text)
        if not name:
            call.rest.append(value)
            return
        call.raws[name.lower()] = raw
        call.named[name.lower()] = value

    def _exact(self, part: Node, raw: str) -> str:
        """Return a part of a command line as it was written."""
        end = part.steps[-1].end if isinstance(part, Postfix) else part.end if isinstance(part, Bracket) else 0
        return self.source[part.start : min(end, part.start + 400)] if end else raw  # type: ignore[union-attr]

    def run_line(self, call: Call, line: Value) -> Value:
        """Judge a command line of Windows that a call starts."""
        text = line.text
        if not text:
            return UNKNOWN
        words: list[Word] = []
        for found in _LINE_WORD.finditer(text[:65_536]):
            index = found.lastindex or 3
            piece = line.word.before(found.end(index)).after(found.start(index))
            quoted = found[1] is not None
            words.append(Word(piece.text.replace('\\"', '"') if quoted else piece.text, piece.parts, piece.known))
        if not words:
            return UNKNOWN
        rest = [_slashed(word) for word in words[1:MAX_WORDS]]
        return self.run_words([path_of(words[0]), *rest], call, Flow())


def _slashed(word: Word) -> Word:
    """Return an argument that is a path of Windows as acts have it."""
    if "\\" in word.text and _WINDOWS_PATH.match(word.text):
        return Word(word.text.replace("\\", "/"), word.parts, word.known)
    return word


_NO_PROGRAMS = frozenset({"...", "…", "n", "default", "in", "else"})
