"""Justfiles: the bodies of their recipes with the variables filled in, and the commands that settings run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pinfold.formats.built import MAX_LENGTH, Budget, Recipe, interpreter

MAX_VARIABLES = 5_000
"""How many variables of one file are remembered."""

GIVEN = "$1"
"""What stands for a value that only the command line gives."""

_ASSIGNMENT = re.compile(r"(export[ \t]+)?([A-Za-z_][\w-]{0,100})[ \t]*:=[ \t]*")
_SETTING = re.compile(r"set[ \t]+shell[ \t]*:=[ \t]*\[[ \t]*[\"']([^\"'\n]{1,200})")
_HEADER = re.compile(r"@?[A-Za-z_][\w-]{0,100}((?:[^:\n\"']|\"[^\"\n]{0,1000}\"|'[^'\n]{0,1000}'){0,500}):(?!=)")
_PARAMETER = re.compile(r"[+*$]*([A-Za-z_][\w-]{0,100})(?:=(\"[^\"\n]{0,1000}\"|'[^'\n]{0,1000}'|[\w./~-]{1,200}))?")
_ATTRIBUTE = re.compile(r"\[[ \t]*script[ \t]*\([ \t]*[\"']([^\"'\n]{1,100})")
_FILL = re.compile(r"\{\{\{\{|\{\{([^{}\n]{0,1000}(?:\{[^{}\n]{0,400}\}[^{}\n]{0,400}){0,4})\}\}")
_TOKEN = re.compile(r"[ \t\n]*(?:(\"\"\"|'''|```|[\"'`])|([A-Za-z_][\w-]{0,100})[ \t]*(\()?|([+/(){},])|(==|!=|=~))")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}
_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ash"})
_HERE = frozenset({"justfile_directory", "invocation_directory", "source_directory", "justfile_dir", "source_dir"})


def recipes(text: str, budget: Budget) -> Iterator[Recipe]:
    """Yield what ``just`` runs for a justfile, in the order of the text; ``budget`` tells which limit was reached.

    A body that begins with ``#!`` is one program of that language, any other line is a command of its own. A line in
    which nothing is filled in stands as it is written. Never raises on any text.
    """
    yield from _Justfile(text, budget).recipes()


class _Justfile:
    def __init__(self, text: str, budget: Budget) -> None:
        self.text = text
        self.budget = budget
        self.variables: dict[str, str] = {}
        self.exported: dict[str, str] = {}
        self.ran: list[str] = []  # commands whose output is a part of a value

    def recipes(self) -> Iterator[Recipe]:
        shell = _SETTING.search(self.text)
        language = _language(shell[1]) if shell else "shell"
        yield from self._assignments()
        own: dict[str, str] = {}
        body: list[tuple[int, int]] = []
        script = ""
        for start, end in self._lines():
            line = self.text[start:end]
            if line[:1] in (" ", "\t"):
                body.append((start, end))
            elif line.strip():
                yield from self._body(body, own, script, language)
                body = []
                attribute = _ATTRIBUTE.match(line)
                header = _HEADER.match(line)
                if attribute is not None:
                    script = _language(attribute[1])
                elif header is not None:
                    own = self._parameters(header[1])
                    continue
                elif not line.startswith("["):
                    own, script = {}, ""
        yield from self._body(body, own, script, language)

    def _lines(self) -> Iterator[tuple[int, int]]:
        """Yield the lines with those that continue them."""
        at, text = 0, self.text
        while at < len(text):
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            while end < len(text) and text[end - 1] == "\\":
                following = text.find("\n", end + 1)
                end = len(text) if following < 0 else following
            yield at, end
            at = end + 1

    def _assignments(self) -> Iterator[Recipe]:
        """Remember the variables; the commands in backticks, and those of ``shell``, run while the file is read."""
        for start, end in self._lines():
            line = self.text[start:end]
            found = _ASSIGNMENT.match(line)
            if found is None or len(self.variables) >= MAX_VARIABLES:
                continue
            stop = start + found.end()
            self.ran = []
            value = self._value(self.text[stop : max(end, self._over_lines(stop))], 0)
            self.variables[found[2]] = value
            if found[1]:
                self.exported[found[2]] = value
            for command in self.ran:
                yield Recipe(command, start, end)

    def _over_lines(self, at: int) -> int:
        """Return where a string in three marks ends that begins at ``at``."""
        mark = self.text[at : at + 3]
        stop = self.text.find(mark, at + 3) if mark in ('"""', "'''", "```") else -1
        return stop + 3 if stop >= 0 else at

    def _parameters(self, text: str) -> dict[str, str]:
        """Return the parameters of a recipe with what they are when they are not given."""
        found: dict[str, str] = {}
        for parameter in _PARAMETER.finditer(text):
            found[parameter[1]] = (parameter[2] or "").strip("\"'") or GIVEN
        return found

    def _body(self, body: list[tuple[int, int]], own: dict[str, str], script: str, language: str) -> Iterator[Recipe]:
        body = [(start, end) for start, end in body if self.text[start:end].strip()]
        if not body:
            return
        first = self.text[body[0][0] : body[0][1]].strip()
        if first.startswith("#!") or script:
            indent = len(self.text[body[0][0] : body[0][1]]) - len(self.text[body[0][0] : body[0][1]].lstrip())
            lines = [self.text[start:end] for start, end in body]
            program = "\n".join(line[indent:] if not line[:indent].strip() else line.lstrip() for line in lines)
            found = script or _language(first)
            yield Recipe(self._command(program, own), body[0][0], body[-1][1], found)
            return
        for start, end in body:
            at = start
            while at < end and self.text[at] in " \t@-":
                at += 1
            if self.text[at : at + 1] != "#":
                yield Recipe(self._command(self.text[at:end], own), at, end, language)

    def _command(self, line: str, own: dict[str, str]) -> str:
        """Return a command as its interpreter gets it."""
        if "{{" in line:
            known = {**self.variables, **own}
            filled = _FILL.sub(lambda found: "{{" if found[1] is None else self._value(found[1], 0, known), line)
            line = filled if self.budget.spend(len(filled), 0) else line
        if self.exported and "$" in line:
            filled = _VARIABLE.sub(lambda found: self.exported.get(found[1] or found[2], found[0]), line)
            line = filled if self.budget.spend(len(filled), 0) else line
        return line

    def _value(self, text: str, depth: int, known: dict[str, str] | None = None) -> str:
        """Return what an expression stands for; a command whose output it is stands as ``$(…)``."""
        known = self.variables if known is None else known
        pieces: list[str] = []
        at = 0
        while (token := _TOKEN.match(text, at)) is not None and self.budget.spend(len(token[0]), depth):
            at = token.end()
            if (mark := token[1]) is not None:
                stop = _string_end(text, at, mark)
                pieces.append(self._output(text[at:stop]) if mark[0] == "`" else _string(text[at:stop], mark))
                at = min(stop + len(mark), len(text))
            elif token[3] is not None:
                stop = _bracket_end(text, at)
                pieces.append(self._function(token[2], text[at:stop], depth + 1, known))
                at = stop + 1
            elif token[2] == "if":
                opening = text.find("{", at)
                at = opening + 1 if opening >= 0 else len(text)
            elif token[2] == "else" or token[4] == "}":
                break  # of two values the first one is taken
            elif token[2] is not None and token[2] not in ("x", "f"):
                pieces.append(known.get(token[2], GIVEN))
            elif token[4] == "/":
                pieces.append("/")
            if sum(map(len, pieces[-2:])) > MAX_LENGTH:
                break
        value = "".join(pieces)[:MAX_LENGTH]
        self.budget.characters += len(value)
        return value

    def _output(self, command: str) -> str:
        self.ran.append(command)
        return f"$({command})"

    def _function(self, name: str, given: str, depth: int, known: dict[str, str]) -> str:
        arguments = [self._value(one, depth, known) for one in _arguments(given)] if depth < 16 else [""]
        if name == "shell":
            return self._output(arguments[0])
        if name in ("env", "env_var", "env_var_or_default"):
            return f"${{{arguments[0]}}}"
        if name in ("home_directory", "home_dir"):
            return "~"
        if name in _HERE:
            return "."
        if name == "replace" and len(arguments) == 3 and arguments[1]:
            return arguments[0].replace(arguments[1], arguments[2])[:MAX_LENGTH]
        if name == "join":
            return "/".join(arguments)
        return arguments[0]


def _language(line: str) -> str:
    name = interpreter(line)
    return "shell" if name in _SHELLS else name


def _string_end(text: str, at: int, mark: str) -> int:
    """Return where a string ends that begins at ``at``."""
    stop = text.find(mark, at)
    while stop > at and mark[0] == '"' and text[stop - 1] == "\\":
        stop = text.find(mark, stop + 1)
    return stop if stop >= 0 else len(text)


def _string(text: str, mark: str) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), text) if mark[0] == '"' else text


def _bracket_end(text: str, at: int) -> int:
    depth = 1
    for index in range(at, min(len(text), at + MAX_LENGTH)):
        depth += (text[index] == "(") - (text[index] == ")")
        if not depth:
            return index
    return len(text)


def _arguments(text: str) -> list[str]:
    """Split the arguments of a function at the commas outside brackets and strings."""
    found: list[str] = []
    begin = depth = 0
    quoted = ""
    for at, letter in enumerate(text):
        if quoted or letter in "\"'`":
            quoted = "" if letter == quoted else quoted or letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "," and not depth:
            found.append(text[begin:at])
            begin = at + 1
    return [*found, text[begin:]]
