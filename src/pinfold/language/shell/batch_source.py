"""Windows batch files, written over as shell source that does the same, so that one reader of shells is enough.

Only what tells what is run, where and with what is kept: conditions are dropped and what hangs on them is taken as
done, labels and jumps are left out. A backslash in a path becomes a slash.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

MAX_GROUPS = 50
"""How deep parentheses and loops are followed."""

_BLANK = re.compile(r"(?:[ \t\r,;=@\f\v]|\^\r?\n)+")
_WORD = re.compile(r"[^\s&|<>()\"%^!,;=]+")
_NAME = re.compile(r"[A-Za-z][\w.-]*")
_PLAIN = re.compile(r"[\w .,:/=@+*?~\[\]-]+", re.ASCII)
_ARGUMENT = re.compile(r"%(?:(\*)|(~[A-Za-z$]{0,12})?(\d))")
_EACH = re.compile(r"(%%?)(~)?([A-Za-z]{1,10})")
_NAMED = re.compile(r"%([^\s%:=\"&|<>~*\d][^%:=\"\n]{0,64})(?::([^%\n\"]{0,200}))?%")
_DELAYED = re.compile(r"!([A-Za-z_][\w.()-]{0,64})(?::([^!\n\"]{0,200}))?!")
_FOR = re.compile(
    r"(?i)(?:(/[frdl])(?=[\s\"%'])\s*(?:\"[^\"\n]{0,200}\"\s*|(?!%)[^\s%\"]{1,200}\s+)?){0,2}(%%?)([a-z])\s+in\s*\("
)
_FOR_END = re.compile(r"(?i)\)\s*do\b")
_SET = re.compile(r"(?i)(?:[ \t]+(/[ap]))?[ \t]*(\")?([A-Za-z_][\w.()\[\]-]{0,64})[ \t]*=")
_COMPARISON = re.compile(r"(?i)[ \t]*(?:==|equ\b|neq\b|lss\b|leq\b|gtr\b|geq\b)[ \t]*")
_OPERAND = re.compile(r"[ \t]*(?:\"[^\"\n]*\"|(?:(?!==)[^\s\"()])+)+")
_SUBSTRING = re.compile(r"~(\d{1,6})(?:,(\d{1,6}))?$")
_TITLE = re.compile(r"[ \t]*\"[^\"\n]*\"(?=\s+\S)")
_NOTHING = re.compile(r"(?i)[ \t]*(?:on|off)?[ \t\r]*(?=[\n&|)]|$)")
# fmt: off
_SKIPPED = frozenset((
    "goto", "exit", "setlocal", "endlocal", "pause", "title", "color", "cls", "chcp", "shift", "prompt", "break",
    "verify", "ver", "mode", "timeout",
))
# fmt: on
"""Commands that say nothing of what is done."""

_PLACES = {
    "USERPROFILE": "${HOME}",
    "HOMEPATH": "${HOME}",
    "HOMEDRIVE": "",
    "APPDATA": "${HOME}/AppData/Roaming",
    "LOCALAPPDATA": "${HOME}/AppData/Local",
    "CD": ".",
}
_ESCAPED = frozenset("$`;#'(){}")


class Translated(NamedTuple):
    """Shell source; its stretches begin at ``starts`` and come from ``sources``, in characters."""

    text: str
    starts: list[int]
    sources: list[int]

    def origin(self, offset: int) -> int:
        """Return the offset in the batch file that an offset in the shell source came from."""
        index = bisect_right(self.starts, offset) - 1
        if index < 0:
            return 0
        found = self.sources[index] + offset - self.starts[index]
        return min(found, self.sources[index + 1]) if index + 1 < len(self.sources) else found


def translated(source: str, *, expanded: bool = False) -> Translated:
    """Return a batch file as shell source.

    With ``expanded``, it comes from a command line in which variables already stand as the shell writes them. Nothing
    is raised; what cannot be read as batch is kept as words.
    """
    writer = _Writer(source, frozenset("`;#'()") if expanded else _ESCAPED)
    writer.script()
    return Translated("".join(writer.pieces), writer.starts, writer.sources)


class _Writer:
    """Reads batch source once from left to right and writes shell source."""

    def __init__(self, source: str, escaped: frozenset[str]) -> None:
        self.pieces: list[str] = []
        self.starts: list[int] = []
        self.sources: list[int] = []
        self._source = source
        self._escaped = escaped
        self._at = 0
        self._end = len(source)
        self._line_end = -1
        self._length = 0
        self._level = 0
        self._loops: list[str] = []

    def script(self) -> None:
        """Write the whole source."""
        while self._at < self._end:
            self._commands(grouped=False)
            self._at += 1  # a parenthesis that closes nothing

    def _emit(self, text: str) -> None:
        if text:
            self.pieces.append(text)
            self.starts.append(self._length)
            self.sources.append(self._at)
            self._length += len(text)

    def _commands(self, *, grouped: bool, line: bool = False) -> None:
        """Write commands up to the end, to a parenthesis that closes them, or, with ``line``, to the line's end."""
        while True:
            self._pass_blanks()
            here = self._source[self._at] if self._at < self._end else ""
            if not here or (here == ")" and grouped) or (here == "\n" and line):
                return
            if here in "\n&|":
                self._separator(here)
            elif here == "(" and self._level < MAX_GROUPS:
                self._group()
            elif here in "()":
                self._at += 1
            elif here == ":":
                self._at = self._end_of_line()
            else:
                self._command(grouped=grouped)

    def _pass_blanks(self) -> None:
        if found := _BLANK.match(self._source, self._at, self._end):
            self._at = found.end()

    def _end_of_line(self) -> int:
        if self._line_end < self._at:
            found = self._source.find("\n", self._at)
            self._line_end = found if found >= 0 else len(self._source)
        return min(self._line_end, self._end)

    def _separator(self, here: str) -> None:
        twice = here != "\n" and self._source.startswith(here, self._at + 1)
        self._emit(here * 2 if twice else "\n" if here == "&" else here)
        self._at += 2 if twice else 1

    def _group(self) -> None:
        self._emit("(\n:\n")
        self._at += 1
        self._level += 1
        self._commands(grouped=True)
        self._level -= 1
        self._emit("\n)")
        self._at += 1

    def _command(self, *, grouped: bool) -> None:
        """Write one command, or what a word of the language stands for."""
        found = _WORD.match(self._source, self._at, self._end)
        if found is None:
            self._words(grouped=grouped)
            return
        word, behind = found[0].lower(), found.end()
        if word == "rem":
            self._at = self._end_of_line()
        elif word in _SKIPPED or word.startswith("goto:"):
            self._skip(grouped=grouped)
        elif word == "if":
            self._condition(behind)
        elif word == "else":
            self._emit("\n")
            self._at = behind
        elif word == "for":
            self._loop(behind, grouped=grouped)
        elif word == "set" and (setting := _SET.match(self._source, behind, self._end)):
            self._assignment(setting, grouped=grouped)
        elif word == "call":
            self._at = behind
            self._pass_blanks()
            if self._source.startswith(":", self._at):
                self._skip(grouped=grouped)
        elif word in ("echo", "echo.") and _NOTHING.match(self._source, behind, self._end):
            self._skip(grouped=grouped)
        else:
            self._simple(found, grouped=grouped)

    def _skip(self, *, grouped: bool) -> None:
        """Pass over a command with its arguments and redirections."""
        pieces, starts, length = len(self.pieces), len(self.starts), self._length
        self._words(grouped=grouped)
        del self.pieces[pieces:], self.starts[starts:], self.sources[starts:]
        self._length = length
        self._emit(":")

    def _simple(self, found: re.Match[str], *, grouped: bool) -> None:
        """Write a program, by a name in small letters, and its words."""
        word, behind = found[0].lower(), found.end()
        if word.startswith("echo."):
            self._emit("echo ")
            self._at += len("echo.")
        elif _NAME.fullmatch(word) and self._source[behind : behind + 1] not in ("%", '"', "^", "!"):
            self._emit(word)
            self._at = behind
            if word == "start" and (title := _TITLE.match(self._source, behind, self._end)):
                self._at = title.end()
        self._words(grouped=grouped)

    def _condition(self, at: int) -> None:
        """Pass over a condition."""
        source, end = self._source, self._end
        self._at = at
        self._pass_blanks()
        while (found := _WORD.match(source, self._at, end)) and found[0].lower() in ("/i", "not"):
            self._at = found.end()
            self._pass_blanks()
        if found and found[0].lower() in ("exist", "defined", "errorlevel", "cmdextversion"):
            operand = _OPERAND.match(source, found.end(), end)
            self._at = operand.end() if operand else found.end()
            return
        left = _OPERAND.match(source, self._at, end)
        sign = _COMPARISON.match(source, left.end() if left else self._at, end)
        right = _OPERAND.match(source, sign.end(), end) if sign else None
        if sign:
            self._at = right.end() if right else sign.end()

    def _assignment(self, found: re.Match[str], *, grouped: bool) -> None:
        """Write ``set NAME=value``; the value goes to the end of the command, or to the last quotation mark."""
        name, kind = _variable(found[3]), (found[1] or "").lower()
        if kind:
            self._emit(f"read {name}\n" if kind == "/p" else "")
            self._skip(grouped=grouped)
            return
        self._emit(f'{name}="')
        self._at = found.end()
        end = self._end_of_line()
        closing = self._source.rfind('"', self._at, end) if found[2] else -1
        if closing >= 0:
            self._text(closing)
            self._at = closing + 1
        else:
            self._text(end, stop="&|)" if grouped else "&|")
        self._emit('"\n')
        self._skip(grouped=grouped)

    def _loop(self, at: int, *, grouped: bool) -> None:
        """Write ``for %%i in (set) do command``."""
        self._at = at
        self._pass_blanks()
        found = _FOR.match(self._source, self._at, self._end)
        end = _FOR_END.search(self._source, found.end(), min(self._end, found.end() + 4_000)) if found else None
        if found is None or end is None or self._level >= MAX_GROUPS:
            return
        self._emit(f"for each_{found[3].lower()} in ")
        self._at = found.end()
        self._members((found[1] or "").lower(), end.start())
        self._emit("\ndo\n:\n")
        self._at = end.end()
        self._loops.append(found[2] + found[3].lower())
        self._level += 1
        self._commands(grouped=grouped, line=True)
        self._level -= 1
        self._loops.pop()
        self._emit("\ndone")

    def _members(self, switch: str, end: int) -> None:
        """Write the set of a loop: words, numbers, the lines of a file, or what a command prints."""
        within = self._source[self._at : end]
        inner = within.strip()
        whole, self._end = self._end, end
        if switch == "/l":
            self._emit(f"$(seq {' '.join(re.findall('-?[0-9]{1,9}', inner)[:3])})")
        elif switch == "/f":
            quoted = inner[:1] in ("'", "`") and inner[-1:] == inner[:1] and len(inner) > 1
            self._at += within.find(inner) + quoted
            self._end = self._at + len(inner) - 2 * quoted
            self._emit("$(" if quoted else "$(cat ")
            self._words(grouped=False, listed=True)
            self._emit(")")
        else:
            self._words(grouped=False, listed=True)
        self._end = whole

    def _words(self, *, grouped: bool, listed: bool = False) -> None:
        """Write the words and redirections of a command; where words are ``listed``, nothing else ends them."""
        while self._at < self._end:
            here = self._source[self._at]
            if not listed and (here in "\n&|" or (here == ")" and grouped)):
                return
            if here == "\n":
                self._emit(" ")
                self._at += 1
            elif here == '"':
                self._emit('"')
                self._at += 1
                self._text(self._end_of_line(), stop='"')
                self._emit('"')
                self._at += self._source.startswith('"', self._at)
            elif here in "<>":
                self._redirection()
            elif found := _PLAIN.match(self._source, self._at, self._end):
                self._emit(found[0])
                self._at = found.end()
            else:
                self._character(here, quoted=False)

    def _redirection(self) -> None:
        while (here := self._source[self._at : self._at + 1]) in ("<", ">", "&") and self._at < self._end:
            self._emit(here)
            self._at += 1
        self._pass_blanks()
        at = self._at
        if self._source[at : at + 3].lower() == "nul" and not self._source[at + 3 : at + 4].isalnum():
            self._emit("/dev/null")
            self._at += 3

    def _text(self, end: int, stop: str = "") -> None:
        """Write text between quotation marks up to ``end``, or to one of the characters that stop it."""
        while self._at < end and self._source[self._at] not in stop:
            if found := _PLAIN.match(self._source, self._at, end):
                self._emit(found[0])
                self._at = found.end()
            else:
                self._character(self._source[self._at], quoted=True)

    def _character(self, here: str, *, quoted: bool) -> None:
        """Write one character, or the variable that begins with it."""
        source, at = self._source, self._at
        if (here == "%" and self._percent()) or (here == "!" and self._delayed()):
            return
        if here == "^" and not quoted:
            following = source[at + 1 : at + 3].lstrip("\r")[:1]
            self._emit(" " if following == "\n" else f"\\{following}" if following else "")
            self._at = at + 2 + source.startswith("\r\n", at + 1)
            return
        escaped = here == '"' or here in self._escaped if not quoted else here in '"`' or here in self._escaped & {"$"}
        self._emit("/" if here == "\\" else f"\\{here}" if escaped else "" if here == "\r" else here)
        self._at += 1

    def _delayed(self) -> bool:
        found = _DELAYED.match(self._source, self._at)
        if found:
            self._emit(_expansion(found[1], found[2] or ""))
            self._at = found.end()
        return found is not None

    def _percent(self) -> bool:
        """Write the variable that begins with a percent sign; returns whether there is one."""
        source, at = self._source, self._at
        if found := _ARGUMENT.match(source, at):
            folder = found[3] == "0" and "p" in (found[2] or "")
            self._emit("$*" if found[1] else "./" if folder else f"${{{found[3]}}}")
            self._at = found.end()
        elif (each := _EACH.match(source, at)) and (size := self._each(each)):
            self._emit(f"${{each_{each[3][size - 1].lower()}}}")
            self._at = each.start(3) + size
        elif found := _NAMED.match(source, at):
            self._emit(_expansion(found[1], found[2] or ""))
            self._at = found.end()
        elif source.startswith("%%", at):
            self._emit("%")
            self._at = at + 2
        else:
            return False
        return True

    def _each(self, found: re.Match[str]) -> int:
        """Return how many letters name the variable of a loop, with what is to be done to it; 0 for none."""
        letters = found[3] if found[2] else found[3][:1]
        return next((size for size, one in enumerate(letters, 1) if found[1] + one.lower() in self._loops), 0)


def _variable(name: str) -> str:
    return re.sub(r"\W", "_", name.upper())


def _expansion(name: str, change: str) -> str:
    """Return ``%NAME%``, ``%NAME:~start,length%`` and ``%NAME:old=new%`` as the shell writes them."""
    plain = _variable(name)
    if not change:
        return _PLACES.get(plain, f"${{{plain}}}")
    if part := _SUBSTRING.match(change):
        return f"${{{plain}:{part[1]}:{part[2]}}}" if part[2] else f"${{{plain}:{part[1]}}}"
    old, equals, new = change.partition("=")
    if equals and old.isalnum() and (not new or new.isalnum()):
        return f"${{{plain}//{old}/{new}}}"
    return f"${{{plain}%%?}}"
