"""Makefiles: the lines of their recipes with the variables filled in, and the commands that run while one is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from pinfold.formats.built import MAX_LENGTH, Budget, Recipe, interpreter

MAX_VARIABLES = 5_000
"""How many variables of one file are remembered."""

_ASSIGNMENT = re.compile(
    r"[ ]*(?:(?:export|override|private|unexport)[ \t]+)*([\w.%/-]{1,200})[ \t]*(:{1,3}=|[?+!]?=)[ \t]*"
)
_TARGET_ASSIGNMENT = re.compile(r"[^\t\n#=:$][^\n#=:]{0,400}:[ \t]*(?=[\w.-]{1,200}[ \t]*(?::{1,3}|[?+!])?=)")
_DEFINE = re.compile(r"[ ]*(?:(?:export|override)[ \t]+)*define[ \t]+([\w.-]{1,200})")
_EXPORTED = re.compile(r"(?m)^[ ]*export[ \t]+([\w \t]+)")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_AT_ONCE = re.compile(r"\$[({]shell[ \t]")
_CALL = re.compile(r"([\w-]{1,40})[ \t]+")
_SHELL_NAME = re.compile(r"[A-Za-z_]\w{0,100}")
_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ash"})
_BUILT_IN = {"MAKE": "make", "RM": "rm -f", "CC": "cc", "CXX": "c++", "AR": "ar", "CURDIR": ".", "SHELL": "/bin/sh"}


def recipes(text: str, budget: Budget) -> Iterator[Recipe]:
    """Yield what ``make`` runs for a Makefile, in the order of the text; ``budget`` tells which limit was reached.

    A line in which nothing is filled in stands as it is written. Never raises on any text.
    """
    yield from _Makefile(text, budget).recipes()


class _Makefile:
    def __init__(self, text: str, budget: Budget) -> None:
        self.text = text
        self.budget = budget
        self.variables: dict[str, str] = {}
        self.prefix = "\t"
        self.exported: dict[str, str] = {}

    def recipes(self) -> Iterator[Recipe]:
        lines = list(self._lines())
        self._read_variables(lines)
        language = interpreter(self._filled(self.variables.get("SHELL", "sh")))
        language = "shell" if language in _SHELLS else language
        whole = ".ONESHELL" in self.text or language != "shell"
        for names in _EXPORTED.finditer(self.text):
            for name in names[1].split():
                if name in self.variables and name not in self.exported:
                    self.exported[name] = self._filled(self.variables[name]).replace("$$", "$")
        header: dict[str, str] = {}
        body: list[Recipe] = []
        for start, end, at in lines:
            line = self.text[start:end]
            if line.startswith(self.prefix):
                body.append(Recipe(self._command(self.text[at:end], header), at, end, language))
                continue
            yield from self._while_read(line, start)
            if (rule := self._rule(line)) is not None:
                yield from _joined(body) if whole else body
                header, inline = rule
                first = start + inline
                body = [Recipe(self._command(self.text[first:end], header), first, end, language)] if inline else []
        yield from _joined(body) if whole else body

    def _lines(self) -> Iterator[tuple[int, int, int]]:
        """Yield the lines with those that continue them, and where the command of each starts."""
        at, text = 0, self.text
        while at < len(text):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            while end < len(text) and text[end - 1] == "\\":
                following = text.find("\n", end + 1)
                end = len(text) if following < 0 else following
            if text.startswith(".RECIPEPREFIX", at):
                value = text[at:end].partition("=")[2].strip()
                self.prefix = value[:1] or "\t"
            begin = at
            if text.startswith(self.prefix, at):
                begin = at + 1
                while begin < end and text[begin] in " \t@+-":
                    begin += 1
            yield at, end, begin
            at = end + 1

    def _read_variables(self, lines: list[tuple[int, int, int]]) -> None:
        defining, held = "", list[str]()
        for start, end, _ in lines:
            line = self.text[start:end]
            if defining:
                if line.strip() == "endef":
                    self._set(defining, "=", "\n".join(held))
                    defining, held = "", []
                else:
                    held.append(line.lstrip("\t"))
            elif (opened := _DEFINE.match(line)) is not None:
                defining = opened[1]
            elif not line.startswith(self.prefix):
                target = _TARGET_ASSIGNMENT.match(line)
                found = _ASSIGNMENT.match(line, target.end() if target else 0)
                if found is not None:
                    self._set(found[1], found[2], _value(line[found.end() :]))

    def _set(self, name: str, operator: str, value: str) -> None:
        before = self.variables.get(name, "")
        if len(self.variables) >= MAX_VARIABLES and not before:
            self.budget.cut = f"more than {MAX_VARIABLES:,} variables"
            return
        if operator == "!=":
            value = f"$(shell {value})"
        elif operator.startswith(":"):
            value = self._filled(value)
        if operator == "+=":
            value = f"{before} {value}".strip() if before else value
        if operator != "?=" or not before:
            self.variables[name] = value[:MAX_LENGTH]

    def _while_read(self, line: str, start: int) -> Iterator[Recipe]:
        """Yield the commands that run while the file is read: those of ``$(shell …)`` and of ``!=``."""
        if line.lstrip().startswith("#"):
            return
        found = _ASSIGNMENT.match(line)
        if found is not None and found[2] == "!=":
            yield Recipe(self._command(line[found.end() :], {}), start + found.end(), start + len(line))
        stop = 0
        while (call := _AT_ONCE.search(line, stop)) is not None:
            stop = self._closing(line, call.start() + 1)
            yield Recipe(self._command(line[call.end() : stop], {}), start + call.end(), start + stop)

    def _rule(self, line: str) -> tuple[dict[str, str], int] | None:
        """Return what a rule sets for its recipe, and where a command on its line starts, or 0; nothing for no rule."""
        targets, colon, rest = line.partition(":")
        if not colon or "=" in targets or "#" in targets or rest.lstrip(":").startswith("="):
            return None
        needed, semicolon, _ = rest.partition(";")
        if _TARGET_ASSIGNMENT.match(line) is not None:
            semicolon = ""
        words = self._filled(needed.partition("|")[0].replace("\\\n", " ")).split()
        names = {"@": self._filled(targets).split()[:1], "<": words[:1], "^": words, "+": words, "?": words}
        header = {name: " ".join(found)[:MAX_LENGTH] for name, found in names.items() if found}
        return header, len(targets) + 1 + len(needed) + 1 if semicolon else 0

    def _command(self, line: str, header: dict[str, str]) -> str:
        """Return one command as the shell gets it."""
        if "$" not in line:
            return line
        line = self._filled(line, header).replace("$$", "$")
        if not self.exported:
            return line
        filled = _VARIABLE.sub(lambda found: self.exported.get(found[1] or found[2], found[0]), line)
        return filled if self.budget.spend(len(filled), 0) else line

    def _filled(self, text: str, own: dict[str, str] | None = None, depth: int = 0) -> str:
        """Return text with variables and functions filled in; ``$$`` stays."""
        if "$" not in text or not self.budget.spend(len(text), depth):
            return text
        pieces: list[str] = []
        at = length = 0
        while (mark := text.find("$", at)) >= 0 and mark + 1 < len(text):
            pieces.append(text[at:mark])
            following = text[mark + 1]
            if following == "$":
                pieces.append("$$")
                at = mark + 2
            elif following in "({":
                stop = self._closing(text, mark + 1)
                pieces.append(self._reference(text[mark + 2 : stop], own, depth + 1))
                at = stop + 1
            else:
                pieces.append(self._reference(following, own, depth + 1))
                at = mark + 2
            length += len(pieces[-1]) + len(pieces[-2])
            if length > MAX_LENGTH:
                self.budget.spend(length, depth)
                return text
        self.budget.characters += length
        pieces.append(text[at:])
        return "".join(pieces)

    def _reference(self, name: str, own: dict[str, str] | None, depth: int) -> str:
        call = _CALL.match(name)
        if call is not None:
            return self._function(call[1], name[call.end() :], own, depth)
        base, colon, change = name.partition(":")
        base = self._filled(base, own, depth)
        value = (own or {}).get(base, self.variables.get(base, _BUILT_IN.get(base)))
        if value is None:
            return f"$${{{base}}}" if _SHELL_NAME.fullmatch(base) else ""
        value = self._filled(value, own, depth)
        if colon and "=" in change:
            old, _, new = change.partition("=")
            old, new = old.replace("%", ""), new.replace("%", "")
            value = " ".join(word[: -len(old)] + new if old and word.endswith(old) else word for word in value.split())
        return value

    def _function(self, name: str, given: str, own: dict[str, str] | None, depth: int) -> str:
        if name == "shell":
            return f"$$({self._filled(given, own, depth)})"
        arguments = [self._filled(one, own, depth) for one in _arguments(given)]
        if name == "call":
            numbered = {str(index): one for index, one in enumerate(arguments)}
            return self._filled(self.variables.get(arguments[0].strip(), ""), {**(own or {}), **numbered}, depth)
        if name in ("if", "or", "and"):
            return next((one for one in arguments[name == "if" :] if one.strip()), "")
        if name in ("info", "warning", "error", "eval", "file"):
            return ""
        return _FUNCTIONS.get(name, _last)(arguments)

    def _closing(self, text: str, at: int) -> int:
        """Return where the bracket at ``at`` is closed."""
        opening = text[at]
        closing = ")" if opening == "(" else "}"
        depth = 0
        for index in range(at, min(len(text), at + MAX_LENGTH)):
            if text[index] == opening:
                depth += 1
            elif text[index] == closing:
                depth -= 1
                if not depth:
                    break
        else:
            index = len(text)
        self.budget.characters += index - at
        return index


def _last(arguments: list[str]) -> str:
    return arguments[-1]


def _each(change: Callable[[str, str], str]) -> Callable[[list[str]], str]:
    return lambda given: " ".join(change(given[0].strip(), word) for word in given[-1].split())[:MAX_LENGTH]


def _joined_lists(given: list[str]) -> str:
    first, second = given[0].split(), given[-1].split()
    return " ".join(one + other for one, other in zip(first, second, strict=False))


_FUNCTIONS: dict[str, Callable[[list[str]], str]] = {
    "subst": lambda given: (
        given[2].replace(given[0], given[1])[:MAX_LENGTH] if len(given) == 3 and given[0] else given[-1]
    ),
    "strip": lambda given: " ".join(given[-1].split()),
    "firstword": lambda given: next(iter(given[-1].split()), ""),
    "lastword": lambda given: next(reversed(given[-1].split()), ""),
    "addprefix": _each(lambda part, word: part + word),
    "addsuffix": _each(lambda part, word: word + part),
    "join": _joined_lists,
}
"""What functions make of their arguments; of others the last argument is taken."""


def _arguments(text: str) -> list[str]:
    """Split the arguments of a function at the commas outside brackets."""
    found: list[str] = []
    begin = depth = 0
    for at, letter in enumerate(text):
        if letter in "({":
            depth += 1
        elif letter in ")}":
            depth -= 1
        elif letter == "," and depth <= 0:
            found.append(text[begin:at])
            begin = at + 1
    return [*found, text[begin:]]


def _value(text: str) -> str:
    """Return the value of an assignment: without its comment, its further lines joined."""
    text = re.sub(r"\\\n[ \t]*", " ", text)
    return re.split(r"(?<!\\)#", text, maxsplit=1)[0].strip().replace("\\#", "#")


def _joined(body: list[Recipe]) -> list[Recipe]:
    """Return the lines of a recipe as the one program that a single shell reads."""
    if len(body) < 2:
        return body
    program = "\n".join(line.command for line in body)
    return [Recipe(program, body[0].start, body[-1].end, body[0].language)]
