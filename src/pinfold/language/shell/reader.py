"""Reads a shell script in the order in which a shell would, without running anything.

It follows what is assigned, downloaded, written, piped and started.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Sequence

from pinfold.language.address import first_url
from pinfold.language.drafts import MAX_COMMAND_LINE, Draft, Drafts
from pinfold.language.flow import NOTHING, Flow, Part, Word, in_order, in_sequence, joined, merged
from pinfold.language.following import Read, follow, telling
from pinfold.language.loops import LOOP_VALUES, turns
from pinfold.language.shell import programs as shell_programs
from pinfold.language.shell import wrappers
from pinfold.language.shell.command import Command, base_name, home
from pinfold.language.shell.digests import compare
from pinfold.language.shell.expansion import whole_unknown
from pinfold.language.shell.grammar import parse
from pinfold.language.shell.program_table import INTERPRETERS, PACKAGE_RUNNERS, SCRIPT_RUNNERS, SILENT
from pinfold.language.shell.streams import Streams
from pinfold.language.shell.tree import Group, Node, Pipeline, Simple, Test
from pinfold.model import ActKind

MAX_WRAPPERS = 12
"""How many programs in a row that start another one are followed."""

MAX_LEVEL = 48
"""How deep commands within commands are read at once; Python's own stack bounds it."""

MAX_REPLAYS = 128
"""How many times in all a loop body or a function body is read again with other values."""

MAX_POSITIONAL = 64
"""How many arguments of a function have a name in its body."""

REPLAYED_LENGTH = 20_000
"""How many characters such a body may have."""

JAVASCRIPTS = (".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".jsx")
"""How the names of programs in JavaScript and TypeScript end."""

POWERSHELLS = (".ps1", ".psm1")
"""How the names of programs and modules in PowerShell end."""

_SCRIPTS = (".sh", ".bash", ".zsh", ".ksh", ".command")
_PROGRAM = re.compile(r"^(?=.*[A-Za-z0-9_$*])[^\s\"'(),;|&<>]*[A-Za-z0-9_+\]}*/@)-]$|^\.$")
_CAPITALISED = re.compile(r"^[A-Z][a-z]+$")
_TECHNICAL = re.compile(r"^-|[/=$@~]")
_JUNK = re.compile(r"^[\[{(\"',:=*#|+>!?\\-]|^\d+[.)]?$|[:,]$")


class Reader(Streams):
    """Reads one script, and what is nested in it, with one memory."""

    def __init__(self, drafts: Drafts, source: str) -> None:
        super().__init__(drafts, source)
        self.replays = 0
        self.loops = 0
        self.functions: dict[str, tuple[Node, ...]] = {}
        self.called: set[str] = set()
        self.calls = 0
        self.level = 0
        self.postponed: list[Callable[[], object]] = []

    def read(self, stdin: Flow, parent: str) -> Flow:
        """Read the whole source; returns what it prints."""
        output = self.run(parse(self.source), stdin, parent)
        while waiting := [name for name in self.functions if name not in self.called]:
            for name in waiting:
                self.called.add(name)
                self.run(self.functions[name], NOTHING, parent)
        while self.postponed:
            self.postponed.pop()()
        return output

    def run(self, nodes: Iterable[Node], stdin: Flow, parent: str) -> Flow:
        """Read commands in order; returns what they print together.

        What lies too deep is read when the rest is done.
        """
        if self.level >= MAX_LEVEL:
            self._postpone(tuple(nodes), parent)
            return NOTHING
        self.level += 1
        output = in_sequence([self._statement(node, stdin, parent) for node in nodes])
        self.level -= 1
        return output

    def _postpone(self, nodes: tuple[Node, ...], parent: str) -> None:
        source, pinned, depth = self.source, self.drafts.pinned, self.drafts.depth

        def resume() -> None:
            self.source, self.drafts.pinned, self.drafts.depth = source, pinned, depth
            self.run(nodes, NOTHING, parent)

        self.postponed.append(resume)

    def _statement(self, node: Node, stdin: Flow, parent: str) -> Flow:
        if isinstance(node, Simple):
            return self._simple(node, stdin, parent)
        if isinstance(node, Pipeline):
            return self._pipeline(node, stdin, parent)
        if isinstance(node, Group):
            return self._group(node, stdin, parent)
        if isinstance(node, Test):
            compare(self, [word for raw in node.words for word in self.expand(raw, parent)])
            return NOTHING
        if node.name in self.functions and node.name not in self.called:
            self.called.add(node.name)
            self.run(self.functions[node.name], NOTHING, parent)
        self.functions[node.name] = node.body
        self.called.discard(node.name)
        return NOTHING

    def _pipeline(self, node: Pipeline, stdin: Flow, parent: str) -> Flow:
        spans: list[tuple[int, int]] = []
        names: list[str] = []
        for index, stage in enumerate(node.stages):
            first = len(self.drafts.items)
            read_on = index < len(node.stages) - 1
            self.wanted += read_on
            stdin = self._statement(stage, stdin, parent)
            self.wanted -= read_on
            spans.append((first, len(self.drafts.items)))
            names.append(self._last_program(first))
        for index, (first, last) in enumerate(spans[:-1]):
            into = "|".join(in_order((), [name for name in names[index + 1 : index + 17] if name]))
            for draft in self.drafts.items[first:last]:
                if draft.kind is ActKind.EXEC and not draft.captured:
                    _extend(draft, "PipedInto", into)
        return stdin

    def _last_program(self, first: int) -> str:
        items = self.drafts.items
        for index in range(len(items) - 1, first - 1, -1):
            draft = items[index]
            if draft.kind is ActKind.EXEC and not draft.captured and draft.fields.get("ParentImage") != "crontab":
                return base_name(str(draft.fields["Image"]))
        return ""

    def _group(self, node: Group, stdin: Flow, parent: str) -> Flow:
        streams = self.redirected(node.redirects, stdin, parent, node.start, node.end)
        folder = self.folder
        if node.kind in ("for", "select"):
            output = self._loop(node, streams.stdin, parent)
        else:
            output = self.run(node.body, streams.stdin, parent)
        if node.kind == "(":
            self.folder = folder
        return self.delivered(output, streams, parent)

    def _loop(self, node: Group, stdin: Flow, parent: str) -> Flow:
        words = [word for value in node.values for word in self.expand(value, parent)]
        values = [_pattern(word) for word in words if _followed(word)]
        begin = node.values[-1].end if node.values else node.start
        small = node.end - begin <= REPLAYED_LENGTH
        chosen, cut = turns([word.text for word in values])
        if (
            not values
            or len(values) < len(words)
            or self.loops
            or not small
            or self.replays + len(chosen) > MAX_REPLAYS
        ):
            held = merged(word.flow for word in words)
            listed = joined(held.sources, (home(word.text) for word in words if word.known and "/" in word.text))
            self.unknown(node.variable, Flow(listed, held.programs, held.origin))
            return self.run(node.body, stdin, parent)
        outputs: list[Flow] = []
        self.loops += 1
        if cut:
            self.drafts.cut[f"a loop over more than {LOOP_VALUES} commands"] = None
        for index in chosen:
            self.replays += 1
            self.assign(node.variable, values[index])
            outputs.append(self.run(node.body, stdin, parent))
        self.loops -= 1
        return merged(outputs)

    def _simple(self, node: Simple, stdin: Flow, parent: str) -> Flow:
        captured, span = self.captured, self.span
        self.captured = []
        self.span = (node.start, node.end)
        words = [word for raw in node.words for word in self.expand(raw, parent)]
        for assignment in node.assignments:
            values = [word for raw in assignment.values for word in self.expand(raw, parent)]
            if not node.words:
                self.assign_values(assignment.name, values, append=assignment.append)
        streams = self.redirected(node.redirects, stdin, parent, node.start, node.end, words[0].text if words else "")
        output = NOTHING
        if words and words[0].text:
            text = self.source[node.start : min(node.end, node.start + 500)]
            command = Command(self, words, streams.stdin, node.start, node.end, text, 0)
            self.wanted += bool(node.redirects)
            output = self._start(command, words, parent, streams.shown)
            self.wanted -= bool(node.redirects)
        self.captured, self.span = captured, span
        return self.delivered(output, streams, parent, image=words[0].text if words else "")

    def start(self, words: list[Word], stdin: Flow, parent: str, start: int, end: int, text: str) -> Flow:
        """Judge one command given as words."""
        if not words or not words[0].text:
            return NOTHING
        self.wanted += 1  # by the program that starts it
        return self._start(Command(self, words, stdin, start, end, text, 0), words, parent, "")

    def _start(self, command: Command, words: list[Word], parent: str, shown: str) -> Flow:
        name = command.name
        flow = words[0].flow
        if flow.programs and not words[0].known and words[0].text.startswith(("$(", "`", "$")):
            command.image = command.name = name = "eval"
            words = [Word("eval"), *words]
        elif command.image == "[":
            return shell_programs.judge(command)
        elif _JUNK.search(command.image) or not _PROGRAM.match(command.image) or _sentence(words):
            return NOTHING
        if name in self.functions and "/" not in command.image:
            return self._call(name, command, parent)
        if name not in SILENT or shown:
            self._note(command, words, parent, shown)
        if name == "exec" and not command.args:
            return NOTHING
        if "/" in command.image and (output := self.followed(words[0], command.args, command)) is not None:
            return output
        return shell_programs.judge(command)

    def _note(self, command: Command, words: list[Word], parent: str, shown: str) -> None:
        """Write the exec act of a command."""
        line = " ".join([word.text for word in words])
        if shown:
            line = f"{line} {shown}"
        fields: dict[str, str | int | bool] = {"Image": command.image, "CommandLine": line[:MAX_COMMAND_LINE]}
        if parent:
            fields["ParentImage"] = parent
        programs, piped_url = command.stdin.programs, command.stdin.origin
        interpreter = command.name in INTERPRETERS
        for word in command.args if not interpreter else words:
            if word.parts and (interpreter or word.text.startswith("<(")):
                programs = in_order(programs, word.flow.programs)
                piped_url = piped_url or word.flow.origin
        if programs:
            fields["PipedFrom"] = "|".join(programs)
            if "://" in piped_url:
                fields["PipedFromUrl"] = piped_url
        origin = self._image_origin(command, parent)
        if origin:
            fields["ImageOrigin"] = origin
        first_name = self._first_name(command)
        if first_name:
            fields["OriginalFileName"] = first_name
        if "://" in line:
            fields["Url"] = first_url(line)
        command.draft = command.add(ActKind.EXEC, fields)
        if self.captured:
            into = interpreter or any(word.text.startswith("<(") for word in command.args)
            for draft in self.captured:
                if into:
                    _extend(draft, "PipedInto", command.name)

    def _image_origin(self, command: Command, parent: str) -> str:
        image = command.image
        if image.startswith(("https://", "http://")) and base_name(parent) in PACKAGE_RUNNERS:
            return image
        if not (self.files or self.folders or self.installed):
            return ""
        if "/" in image:
            origin = self.origin_of(image)
            if origin:
                return origin
        elif "://" in (origin := self.installed.get(image, "")) or "@" in origin:
            return origin
        if command.name == "make" and self.folders:
            return self.origin_of("Makefile")
        if command.name in SCRIPT_RUNNERS and command.name != "chmod":
            for word in command.args:
                if not word.text.startswith("-") and (origin := self.origin_of(word.text)):
                    return origin
                if not word.text.startswith("-") and command.name != "dpkg":
                    break
        return ""

    def _first_name(self, command: Command) -> str:
        """Return the name that the program bore before this script copied it under another one, or ``""``."""
        if "/" in command.image:
            flow = self.files.get(self.resolve(home(command.image)))
            origin = flow.origin if flow is not None else ""
        else:
            origin = self.installed.get(command.image, "")
        first = base_name(origin) if origin and "://" not in origin else ""
        return first if first != command.name else ""

    def origin_of(self, path: str) -> str:
        """Return the URL that a file, or the folder it stands in, came from, or ``""``."""
        key = self.resolve(home(path))
        flow = self.files.get(key)
        if flow is not None:
            return flow.origin if "://" in flow.origin or "@" in flow.origin else ""
        if not self.folders:
            return ""
        for _ in range(12):
            key = posixpath.dirname(key)
            if key in self.folders:
                return self.folders[key]
            if key in ("", "/"):
                break
        return ""

    def _call(self, name: str, command: Command, parent: str) -> Flow:
        """Read the body of a function with the arguments of this call."""
        body = self.functions[name]
        if self.calls >= 3 or self.replays >= MAX_REPLAYS or len(self.source) > REPLAYED_LENGTH:
            return Flow((), in_order(command.stdin.programs, (name,)))
        self.replays += 1
        self.calls += 1
        self.called.add(name)
        names = [str(index) for index in range(1, len(command.args) + 1)][:MAX_POSITIONAL]
        before = {key: self.variables.get(key) for key in (*names, "@", "*")}
        for key, word in zip(names, command.args, strict=False):
            self.assign(key, word)
        everything = merged(word.flow for word in command.args)
        if all(word.known for word in command.args):
            self.assign("@", Word(" ".join(word.text for word in command.args)))
        elif everything:
            self.unknown("@", everything)
        output = self.run(body, command.stdin, parent)
        for key, value in before.items():
            if value is None:
                self.variables.pop(key, None)
            else:
                self.variables[key] = value
        self.calls -= 1
        return output

    def execute(self, words: list[Word], command: Command, stdin: Flow) -> Flow:
        """Judge the command that a wrapper starts. In a long row of wrappers the last ones are stepped over."""
        if command.depth >= MAX_WRAPPERS or self.level >= MAX_LEVEL:
            self.drafts.cut[f"more than {MAX_WRAPPERS} programs that start one another"] = None
            first = next(
                (
                    index
                    for index, word in enumerate(words)
                    if word.text[:1] != "-" and base_name(word.text) not in wrappers.JUDGES
                ),
                len(words),
            )
            words = words[first:]
        if not words or not words[0].text or command.depth > MAX_WRAPPERS:
            return NOTHING
        inner = Command(self, words, stdin, command.start, command.end, command.text, command.depth + 1)
        self.level += 1
        output = self._start(inner, words, command.image, "")
        self.level -= 1
        return output

    def followed(self, word: Word, arguments: Sequence[Word], command: Command) -> Flow | None:
        """Follow a command into a program of the skill; ``None`` when there is none of that name."""
        return followed(self.drafts, word, arguments, command, wanted=self.wanted > 0)

    def nested_shell(self, source: Word, command: Command, stdin: Flow) -> Flow:
        """Read shell source that a command executes, with the memory of this script.

        Source that is unknown as a whole has nothing to read.
        """
        if (
            not source.known
            and len(source.parts) == 1
            and source.parts[0].end - source.parts[0].start >= len(source.text.strip())
        ):
            return NOTHING
        text = self.marked(source)
        outer, self.source = self.source, text
        with self.drafts.nested(command.start, command.end) as allowed:
            output = self.run(parse(text), stdin, command.image) if allowed else NOTHING
        self.source = outer
        return output

    def nested_python(self, source: Word, command: Command, stdin: Flow) -> Flow:
        """Read Python source that a command executes."""
        if not source.known and source.text.startswith(("$", "`")):
            return NOTHING
        with self.drafts.nested(command.start, command.end) as allowed:
            return self.drafts.python(source.text, self.drafts, stdin, command.image) if allowed else NOTHING

    def nested_javascript(self, source: Word, command: Command, stdin: Flow) -> Flow:
        """Read JavaScript source that a command executes."""
        if not source.known and source.text.startswith(("$", "`")):
            return NOTHING
        with self.drafts.nested(command.start, command.end) as allowed:
            return self.drafts.javascript(source.text, self.drafts, stdin, command.image) if allowed else NOTHING


def _followed(word: Word) -> bool:
    """Return whether a loop is read with this value: a constant, a pattern of paths, or a path known in part."""
    if ".." in word.text and "/../" not in word.text:
        return False
    if word.known:
        return "*" not in word.text or "/" in word.text
    return "/" in word.text and not whole_unknown(word.text)


def _pattern(word: Word) -> Word:
    """Return a word of a loop; a pattern stands for the paths that match it."""
    if "*" not in word.text or not word.known:
        return word
    return Word(word.text, (Part(0, len(word.text), Flow((home(word.text),))),))


def _sentence(words: list[Word]) -> bool:
    """Return whether the words begin a sentence: a capitalised one first, and none that a command has."""
    if len(words) < 2 or not _CAPITALISED.match(words[0].text):
        return False
    return not any(_TECHNICAL.search(word.text) for word in words[1:])


def _extend(draft: Draft, name: str, value: str) -> None:
    """Add names to a field of names joined by ``|``."""
    if value:
        before = str(draft.fields.get(name, ""))
        every = in_order(tuple(before.split("|")) if before else (), value.split("|"))
        draft.fields[name] = "|".join(every)


def _script(source: str, drafts: Drafts, stdin: Flow) -> Flow:
    """Read a script of the skill that is started with arguments."""
    reader = Reader(drafts, source)
    for index, word in enumerate(drafts.arguments[:MAX_POSITIONAL], 1):
        reader.assign(str(index), word)
    reader.unknown("@", merged(word.flow for word in drafts.arguments))
    return reader.read(stdin, "sh")


def _python(source: str, drafts: Drafts, stdin: Flow) -> Flow:
    """Read a Python program of the skill that is started with arguments."""
    return drafts.python(source, drafts, stdin, "python")


def _javascript(source: str, drafts: Drafts, stdin: Flow) -> Flow:
    """Read a JavaScript program of the skill that is started with arguments."""
    return drafts.javascript(source, drafts, stdin, "node")


def _powershell(source: str, drafts: Drafts, stdin: Flow) -> Flow:
    """Read a PowerShell program of the skill that is started with arguments; its reader is loaded when there is one."""
    from pinfold.language.powershell import reader  # noqa: PLC0415

    return reader.read(source, drafts, stdin, "powershell", words=drafts.arguments)


_READERS: dict[str, Read] = {
    ".py": _python,
    **dict.fromkeys(_SCRIPTS, _script),
    **dict.fromkeys(JAVASCRIPTS, _javascript),
    **dict.fromkeys(POWERSHELLS, _powershell),
}


def reader_of(path: str) -> Read | None:
    """Return what reads a program of this name, or nothing."""
    return _READERS.get(posixpath.splitext(path)[1])


def followed(drafts: Drafts, word: Word, arguments: Sequence[Word], command: Command, *, wanted: bool) -> Flow | None:
    """Follow a command into the program of the skill that ``word`` names; ``None`` when there is none of that name.

    ``wanted`` says whether anybody wants what it prints.
    """
    path = drafts.companions.script(word.text, drafts.path) if drafts.companions is not None else None
    reader = reader_of(path) if path is not None else None
    if path is None or reader is None:
        return None
    if not wanted and not telling(arguments, command.stdin):
        return NOTHING
    return follow(drafts, path, reader, arguments, command.stdin, (command.start, command.end))


def read(source: str | Word, drafts: Drafts, stdin: Flow, parent: str) -> Flow:
    """Write the drafts of a shell source; returns what it prints."""
    reader = Reader(drafts, source if isinstance(source, str) else "")
    if isinstance(source, Word):
        reader.source = reader.marked(source)
    return reader.read(stdin, parent)


def command(words: Sequence[Word], drafts: Drafts, stdin: Flow, parent: str, start: int, end: int, text: str) -> Flow:
    """Write the drafts of one command given as words (a list that a program passes to the system).

    Returns what it prints.
    """
    return Reader(drafts, "").start(list(words), stdin, parent, start, end, text)
