"""JavaScript and TypeScript become acts, as far as names show it: text that is fetched and then executed.

This follows names from statement to statement and knows nothing of scopes or types. It says where fetched text is run;
what else a program does is not read yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

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
_WORTH = re.compile(r"\beval\b|\bFunction\b|\.constructor\b|\bvm\b|_compile\b|\bexec(?:Sync)?\b|requireFromString")
_FETCH = re.compile(
    r"""\b(?:fetch|axios(?:\.\w{1,12})?|got(?:\.\w{1,12})?|https?\.(?:get|request)|undici\.request)\(
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
    |(?<![\w$.])(?P<shell>(?:(?:child_process|childProcess|cp)\.)?exec(?:Sync)?)
    |(?<![\w$.])(?P<own>{_NAME}))\s{{0,4}}\(""",
    re.VERBOSE,
)
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
    if text.count("=") > MAX_STATEMENTS and sum(1 for _ in _ASSIGNED.finditer(text)) > MAX_STATEMENTS:
        context.cut.append(f"a program of more than {MAX_STATEMENTS:,} assignments")
    return list(_Names(text).acts(context))


class _Names:
    """The names of one source: constants, those that hold fetched text, and those that make a function of text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.constants: dict[str, str] = {}
        self.fetched: dict[str, str] = {}
        self.makers: set[str] = set()
        self.shortest = 3 if len(max(text.split("\n"), key=len)) > MAX_LINE else 1
        for match in islice(_FETCH.finditer(text), MAX_NAMES):
            self._handed_on(match.start())
        for match in islice(_UNPACKED.finditer(text), MAX_STATEMENTS):
            self._assign(match[1], self._expression(match.end()))
        for match in islice(_ASSIGNED.finditer(text), MAX_STATEMENTS):
            self._assign(match[1], self._expression(match.end()))

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

    def acts(self, context: Context) -> Iterator[Act]:
        """Yield an act for each call that executes fetched text."""
        calls = (match for match in _RUN.finditer(self.text) if not match["own"] or match["own"] in self.makers)
        for match in islice(calls, MAX_CALLS):
            inner = _arguments(self.text, match.end())
            if match["shell"]:
                inner = inner.split(",", 1)[0].strip()
                name = inner if inner in self.fetched else ""
            else:
                name = self._names_fetched(inner)
            if not name and (match["shell"] or not _FETCH.search(inner)):
                continue
            url = self.fetched.get(name) or self._url(inner)
            end = match.end() + len(inner)
            yield context.act(ActKind.EXEC, _fields(inner, url), match.start(), end, self.text[match.start() : end + 1])
        if next(calls, None) is not None:
            context.cut.append(f"a program of more than {MAX_CALLS:,} calls that execute text")


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
