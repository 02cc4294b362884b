"""JavaScript and TypeScript become acts, as far as names show it: text that is fetched and then executed.

This follows names from statement to statement and knows nothing of scopes or types. It says where fetched text is run;
what else a program does is not read yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from pinfold.language.context import Context
from pinfold.model import Act, ActKind, FieldValue

MAX_SOURCE = 2_000_000
"""How many characters of one source are read; callers report what is longer."""

MAX_NAMES = 200
"""How many names that hold fetched text are followed, and how many constants are known."""

MAX_STATEMENTS = 100_000
"""How many assignments are looked at."""

MAX_CALLS = 10_000
"""How many calls that execute text are looked at."""

MAX_LINE = 2_000
"""Where a line is longer, a packer has shortened the names; those of one or two letters then say nothing."""

_REACH = 400
"""How many characters behind a call its arguments, and behind a download the functions that take its text, may lie."""

_NAME = r"[A-Za-z_$][\w$]{0,60}"
_WORTH = re.compile(
    r"\beval\b|\bFunction\b|\.constructor\b|\bvm\b|_compile\b|\b(?:exec|spawn)\w{0,8}\(|requireFromString"
)
_FETCH = re.compile(
    r"""\b(?:fetch|axios(?:\.\w{1,12})?|got(?:\.\w{1,12})?|(?:https?|require\([\"']https?[\"']\))\.(?:get|request)|undici\.request)\(
    |\b\w{1,20}\.responseText\b
    |\bexecSync\(\s{0,4}[\"'`](?:curl|wget)\ """,
    re.VERBOSE,
)
_ASSIGNED = re.compile(
    rf"""(?<![\w$.])({_NAME})
    (?:[ \t]{{0,4}}:[ \t]{{0,4}}[\w<>\[\]|.\ ]{{1,40}})?  # its type
    [ \t]{{0,4}}\+?=(?![=>])\s{{0,8}}""",
    re.VERBOSE,
)
_UNPACKED = re.compile(
    rf"\{{\s{{0,4}}(?:\w{{1,20}}\s{{0,4}}:\s{{0,4}})?({_NAME})\s{{0,4}}\}}\s{{0,4}}=(?![=>])\s{{0,8}}"
)
_TAKEN = re.compile(
    rf"""\(\s{{0,4}}({_NAME})\s{{0,4}}\)?\s{{0,4}}=>  # (text) =>
    |[(,]\s{{0,4}}(?:async\s{{1,4}})?\(?({_NAME})\s{{0,4}}\)?\s{{0,4}}=>  # f(x, async text =>
    |function\s{{0,4}}\(\s{{0,4}}({_NAME})
    |\(\s{{0,4}}\{{\s{{0,4}}({_NAME})\s{{0,4}}\}}\s{{0,4}}\)\s{{0,4}}=>  # ({{ data }}) =>""",
    re.VERBOSE,
)
_GROWN = re.compile(rf"({_NAME})\s{{0,4}}\+=")
_MAKER = re.compile(
    r"""\s{0,8}(?:(?:globalThis\.)?(?:eval|Function)|\(\s{0,4}0\s{0,4},\s{0,4}eval\s{0,4}\))\s{0,4}(?:;|\n|$)
    |.{0,40}(?:function|=>|\[\]|\"\"|'').{0,40}\.constructor\s{0,4}(?:;|\n|$)""",
    re.VERBOSE,
)
_RUN = re.compile(
    rf"""(?:(?P<known>(?<![\w$.])(?:globalThis\.)?(?:eval|Function)
    |\(\s{{0,4}}0\s{{0,4}},\s{{0,4}}eval\s{{0,4}}\)
    |\.?(?:runIn\w{{1,20}}Context|compileFunction|vm\.Script)
    |\._compile|requireFromString)
    |(?<![\w$.])(?P<shell>(?:(?:child_process|childProcess|cp)\.)?(?:exec|execSync|spawn|spawnSync|execFile|execFileSync))
    |(?<![\w$.])(?P<own>{_NAME}))\s{{0,4}}\(""",
    re.VERBOSE,
)
_WRITTEN = re.compile(rf"\bwriteFile(?:Sync)?\(\s{{0,8}}(?:[\"'`]([^\"'`\n]{{1,200}})[\"'`]|({_NAME}))\s{{0,4}},")
_STARTED = re.compile(
    r"(?:^|[\"'`/\s;&])(?:(?:ba|z|da)?sh|node|python3?|perl|ruby|chmod\s\+x)[\"'`,\s\[]{1,6}(?:\$\{)?[\"'`]?$"
)
_SHORTEST_PATH = 4  # a shorter word may stand anywhere
_CONSTANT = re.compile(r"[\"'`]([^\"'`\n]{0,500})[\"'`]")
_LITERAL = re.compile(r"\"[^\"\\\n]{0,400}\"|'[^'\\\n]{0,400}'")
_WORD = re.compile(rf"(?<![\w$.]){_NAME}")
_FIRST_NAME = re.compile(rf"\s{{0,8}}({_NAME})")
_URL = re.compile(r"https?://[^\s\"'`<>)]{1,500}")


def acts(source: str, context: Context) -> list[Act]:
    """Return the acts in which text that the program has fetched is executed. Never raises on any text."""
    text = source[:MAX_SOURCE]
    if not (_WORTH.search(text) and _FETCH.search(text)):
        return []
    names = _Names(text)
    if text.count("=") > MAX_STATEMENTS and sum(1 for _ in _ASSIGNED.finditer(text)) > MAX_STATEMENTS:
        context.cut.append(f"a program of more than {MAX_STATEMENTS:,} assignments")
    if len(names.fetched) >= MAX_NAMES or next(islice(_FETCH.finditer(text), MAX_NAMES, None), None):
        context.cut.append(f"a program that fetches more than {MAX_NAMES} times")
    return [
        context.act(ActKind.EXEC, run.fields, run.start, run.end, text[run.start : run.end])
        for run in names.runs(context.cut)
    ]


def runs(source: str) -> list[dict[str, FieldValue]]:
    """Return the fields of the acts in which a one-liner executes text that it has fetched."""
    worth = _WORTH.search(source) and _FETCH.search(source)
    return [run.fields for run in _Names(source[:MAX_SOURCE]).runs([])] if worth else []


class _Run(NamedTuple):
    """A call that executes fetched text."""

    fields: dict[str, FieldValue]
    start: int
    end: int


class _Names:
    """The names of one source: constants, those that hold fetched text, and those that make a function of text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.constants: dict[str, str] = {}
        self.fetched: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self.makers: set[str] = set()
        self.shortest = 3 if len(max(text.split("\n"), key=len)) > MAX_LINE else 1
        for match in islice(_FETCH.finditer(text), MAX_NAMES):
            self._handed_on(match.start())
        for match in islice(_UNPACKED.finditer(text), MAX_STATEMENTS):
            self._assign(match[1], self._expression(match.end()))
        for match in islice(_ASSIGNED.finditer(text), MAX_STATEMENTS):
            self._assign(match[1], self._expression(match.end()))

        for match in islice(_WRITTEN.finditer(text), MAX_NAMES):
            path = match[1] or match[2]
            if (name := self._names_fetched(_arguments(text, match.end()))) and len(path) >= _SHORTEST_PATH:
                self.files.setdefault(path, self.fetched[name])

    def _expression(self, start: int) -> str:
        """Return the right side of an assignment: up to the end of its statement, which a line may break."""
        piece = self.text[start : start + _REACH]
        end = piece.find(";")
        piece = piece if end < 0 else piece[:end]
        lines = piece.split("\n")
        kept = lines[:1]
        for line in lines[1:]:
            if not line.lstrip().startswith((".", "?", ")", "}", "+")):
                break
            kept.append(line)
        return "\n".join(kept)

    def _assign(self, name: str, value: str) -> None:
        constant = _CONSTANT.match(value)
        if constant is not None and len(self.constants) < MAX_NAMES:
            self.constants.setdefault(name, constant[1])
        elif _MAKER.match(value):
            if len(name) >= self.shortest:
                self.makers.add(name)
        elif _FETCH.search(value) or self._names_fetched(value):
            self._hold(name, value)

    def _hold(self, name: str, value: str) -> None:
        if len(self.fetched) < MAX_NAMES and len(name) >= self.shortest:
            self.fetched.setdefault(name, self._url(value))

    def _handed_on(self, start: int) -> None:
        """Follow fetched text into functions that take it: ``fetch(u).then(t => …)``, ``on("data", c => b += c)``."""
        piece = self.text[start : start + _REACH]
        for match in islice(_TAKEN.finditer(piece), 8):
            self._hold(match[1] or match[2] or match[3] or match[4], piece)
        for match in islice(_GROWN.finditer(piece), 8):
            self._hold(match[1], piece)

    def _names_fetched(self, text: str) -> str:
        return next((word for word in _WORD.findall(_LITERAL.sub("", text)) if word in self.fetched), "")

    def _url(self, text: str) -> str:
        """Return the URL that an expression fetches, where it is a constant or known by name."""
        found = _URL.search(text)
        if found is not None:
            return found[0]
        fetch = _FETCH.search(text)
        named = _FIRST_NAME.match(text, fetch.end()) if fetch is not None else None
        if named is not None and (url := self.constants.get(named[1], "")).startswith("http"):
            return url
        return self.fetched.get(self._names_fetched(text), "")

    def runs(self, cut: list[str]) -> Iterator[_Run]:
        """Yield each call that executes fetched text; ``cut`` takes a few words on a limit that was reached."""
        calls = (match for match in _RUN.finditer(self.text) if not match["own"] or match["own"] in self.makers)
        for match in islice(calls, MAX_CALLS):
            inner = _arguments(self.text, match.end())
            name = self._named_file(inner) if match["shell"] else self._names_fetched(inner)
            if name or (not match["shell"] and _FETCH.search(inner)):
                url = self.fetched.get(name) or self.files.get(name) or self._url(inner)
                yield _Run(_fields(inner, url), match.start(), match.end() + len(inner) + 1)
        if next(calls, None) is not None:
            cut.append(f"a program of more than {MAX_CALLS:,} calls that execute text")

    def _named_file(self, arguments: str) -> str:
        """Return what a command runs that was fetched: its whole text, or a file with it that an interpreter gets."""
        first = arguments.split(",", 1)[0].strip()
        if first in self.fetched:
            return first
        return next((path for path in self.files if _starts(arguments, path)), "")


def _starts(arguments: str, path: str) -> bool:
    """Return whether the arguments of a call hand ``path`` to an interpreter."""
    before, found, _ = arguments.partition(path)
    return bool(found) and _STARTED.search(before) is not None


def _fields(code: str, url: str) -> dict[str, FieldValue]:
    fields: dict[str, FieldValue] = {"Image": "node", "CommandLine": f"eval({code[:200]})", "PipedFrom": "fetch"}
    if url:
        fields["PipedFromUrl"] = url
    return fields


def _arguments(text: str, start: int) -> str:
    """Return what stands between the bracket before ``start`` and the one that closes it, or all within reach."""
    depth = 1
    for index, letter in enumerate(text[start : start + _REACH]):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return text[start : start + index]
    return text[start : start + _REACH]
