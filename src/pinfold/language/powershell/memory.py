"""What a PowerShell program remembers while it is read: variables, files, what it may still cost."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pinfold.language.drafts import Drafts
from pinfold.language.flow import NOTHING, Flow, Part, Word, merged
from pinfold.language.powershell.cmdlets import constant_name
from pinfold.language.powershell.tree import Block, Function, Node
from pinfold.language.powershell.values import UNKNOWN, Value, constant, holding
from pinfold.language.shell.command import Command, home
from pinfold.language.shell.program_table import ORDINARY_VARIABLES
from pinfold.language.shell.reader import followed
from pinfold.model import ActKind

if TYPE_CHECKING:
    from pinfold.language.powershell.call import Call

MAX_STEPS = 400_000
"""How many values of one source are worked out."""

MAX_CHARACTERS = 40_000_000
"""How many characters all strings that one source builds may have together."""

MAX_REPLAYS = 128
"""How many times in all the body of a function or a loop that leads to acts is read again with other values."""

COUNTED = 16
"""How many numbers of a range a loop is read with; of more, one stands for all of them."""

_ORDINARY = {name.lower() for name in ORDINARY_VARIABLES} | {
    "programfiles", "programfiles(x86)", "programw6432", "commonprogramfiles", "number_of_processors", "userdomain",
    "psmodulepath", "pathext", "processor_identifier", "logonserver", "sessionname", "allusersprofile", "driverdata",
    "processor_architew6432", "wt_session", "term_program", "no_color", "path", "homeshare", "onedrive",
}  # fmt: skip
_NAME = re.compile(r"^[\w()]{1,200}$")


class Memory:
    """The memory of one reader; `Reader` fills in the methods that raise."""

    def __init__(self, drafts: Drafts, source: str, stdin: Flow, parent: str) -> None:
        self.drafts = drafts
        self.source = source
        self.stdin = stdin
        self.parent = parent
        self.scopes: list[dict[str, Value]] = [{}]
        self.functions: dict[str, Function] = {}
        self.aliases: dict[str, str] = {}
        self.environment: set[str] = set()
        self.files = drafts.files
        self.folders = drafts.folders
        self.installed = drafts.installed
        self.folder = ""
        self.steps = 0
        self.characters = 0
        self.replays = 0
        self.watching = ""  # ``screen`` or ``keystrokes``, once the program looks at them

    # --- what the reader fills in ---

    def value(self, node: Node) -> Value:
        """Return what is known about a node, noting the acts in it."""
        raise NotImplementedError

    def run_block(self, block: Block, given: Value, arguments: dict[str, Value], rest: list[Value]) -> Value:
        """Read the commands of a script block."""
        raise NotImplementedError

    def run_code(self, call: Call, code: Value, line: str) -> Value:
        """Note that text is executed as PowerShell, and read it where it is known."""
        raise NotImplementedError

    def run_line(self, call: Call, line: Value) -> Value:
        """Judge a command line of Windows that a call starts."""
        raise NotImplementedError

    def run_words(self, words: list[Word], call: Call, stdin: Flow) -> Value:
        """Judge a program with its arguments."""
        raise NotImplementedError

    def take_in(self, call: Call, named: str, *, module: bool) -> Value | None:
        """Read another program of the skill as a part of this one; nothing where ``named`` leads to none."""
        raise NotImplementedError

    # --- variables ---

    def lookup(self, name: str, start: int = 0, end: int = 0) -> Value:
        """Return the value of a variable, noting where a secret of the environment is read."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        fixed = constant_name(name)
        if fixed is not None:
            return constant(fixed)
        if name.startswith("env:"):
            return self.environment_value(name[4:], start, end)
        if name == "input":
            return holding(self.stdin)
        return UNKNOWN

    def environment_value(self, name: str, start: int, end: int) -> Value:
        """Return the value of an environment variable, noting that it is read."""
        fixed = constant_name(f"env:{name.lower()}")
        if fixed is not None:
            return constant(fixed)
        if name.lower() in _ORDINARY or not _NAME.match(name):
            return UNKNOWN
        source = f"env:{name.upper()}"
        if source not in self.environment:
            self.environment.add(source)
            self.drafts.add(
                ActKind.READ,
                {"TargetFilename": source, "Image": "powershell"},
                start,
                end,
                self.text_at(start, end),
            )
        return holding(Flow((source,)))

    def whole_environment(self, start: int, end: int) -> Value:
        """Return all environment variables, noting that they are read."""
        fields: dict[str, str | int | bool] = {"TargetFilename": "env:*", "Image": "powershell"}
        self.drafts.add(ActKind.READ, fields, start, end, self.text_at(start, end))
        return holding(Flow(("env:*",)))

    def set(self, name: str, value: Value) -> None:
        """Set a variable in the innermost scope that has it, or else in the innermost one."""
        if name in ("null", ""):
            return
        for scope in reversed(self.scopes):
            if name in scope:
                scope[name] = value
                return
        self.scopes[-1][name] = value

    def merge(self, name: str, flow: Flow) -> None:
        """Add to what a variable holds."""
        if flow and name:
            before = self.lookup(name)
            self.set(name, before.but(extra=merged((before.extra, Flow(flow.sources, flow.programs, flow.origin)))))

    def counts(self, values: Sequence[Value]) -> bool:
        """Return whether values are the numbers of a range, of which a loop names hosts or ports."""
        return len(values) > COUNTED and all(value.name == "int" for value in (values[0], values[-1]))

    def tried(self, turn: Callable[[], Value]) -> Value | None:
        """Take one turn of a loop with a value that stands for all of a range; the reader fills this in."""
        raise NotImplementedError

    def spend(self, count: int = 0) -> bool:
        """Count a step and ``count`` characters; returns whether there is still room for more."""
        self.steps += 1
        self.characters += count
        if self.steps > MAX_STEPS or self.characters > MAX_CHARACTERS:
            self.drafts.cut["a PowerShell program that works out more values than are followed"] = None
            return False
        return True

    # --- what shell commands ask of their script ---

    def text_at(self, start: int, end: int) -> str:
        """Return the source from ``start`` to ``end``, at most 500 characters of it."""
        return self.source[start : min(end, start + 500)]

    def resolve(self, path: str) -> str:
        """Return a path as a key of ``files``."""
        path = home(path)[:4_096]
        if path.startswith(("/", "~", "HK")) or path[1:2] == ":" or not self.folder:
            return posixpath.normpath(path) if path else path
        return posixpath.normpath(f"{self.folder}/{path}")

    def origin_of(self, path: str) -> str:
        """Return the URL a file was downloaded from, or ``""``."""
        flow = self.files.get(self.resolve(path), NOTHING)
        return flow.origin if "://" in flow.origin else ""

    def nested_shell(self, source: Word, command: Command, stdin: Flow) -> Flow:
        """Read shell source that a command executes."""
        with self.drafts.nested(command.start, command.end) as allowed:
            return self.drafts.shell(source, self.drafts, stdin, command.image) if allowed else NOTHING

    def nested_python(self, source: Word, command: Command, stdin: Flow) -> Flow:
        """Read Python source that a command executes."""
        with self.drafts.nested(command.start, command.end) as allowed:
            return self.drafts.python(source.text, self.drafts, stdin, command.image) if allowed else NOTHING

    def nested_javascript(self, source: Word, command: Command, stdin: Flow) -> Flow:
        """Read JavaScript source that a command executes."""
        with self.drafts.nested(command.start, command.end) as allowed:
            return self.drafts.javascript(source.text, self.drafts, stdin, command.image) if allowed else NOTHING

    def followed(self, word: Word, arguments: Sequence[Word], command: Command) -> Flow | None:
        """Follow a command into a program of the skill; ``None`` when there is none of that name."""
        return followed(self.drafts, word, arguments, command, wanted=True)

    def execute(self, words: list[Word], command: Command, stdin: Flow) -> Flow:
        """Judge another command that a command starts."""
        with self.drafts.nested(command.start, command.end) as allowed:
            if not allowed:
                return NOTHING
            return self.drafts.command(
                words, self.drafts, stdin, command.image, command.start, command.end, command.text
            )

    def assign(self, name: str, word: Word) -> None:
        """Set a variable."""
        self.set(name.lower(), Value(word))


def written(name: str) -> Word:
    """Return a variable of unknown value as it stands in a text."""
    return Word(f"${name}" if _NAME.match(name) else f"${{{name}}}", (), False)


__all__ = ["Memory", "Part", "written"]
