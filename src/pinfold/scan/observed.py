"""Lenses 2 and 3 on stored material: event streams and trajectories, judged by the same rules as a skill.

Events and tool calls are observed acts. What a command line implies (the host that ``curl`` connects to, the file that
a redirection writes) is read from it by the same shell and Python readers that read a skill's scripts. What an agent
read, and what it only said, is no act and is not judged.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator
from itertools import count
from typing import Any

import msgspec
import re2

from pinfold.formats.chat import Step
from pinfold.formats.tool_call import Piece, ToolCall, pieces
from pinfold.language.context import Context
from pinfold.language.document import Document
from pinfold.language.file_kind import PROGRAMS
from pinfold.language.fold import Folded
from pinfold.language.prose.passage import Stance
from pinfold.language.python import program as python
from pinfold.language.shell import batch
from pinfold.language.shell import script as shell
from pinfold.model import Act, ActKind, Certainty, FieldValue, MatchReport, Place, Role, Unread
from pinfold.rulebook import Judge, Lens, findings

MAX_TEXT = 2_000_000
"""Characters of what an act writes or says that are judged as text; that there is more is told."""

MAX_URL = 8_192
"""Characters of an address that a tool is asked to fetch; that there are more is told."""

_SHELL = re2.compile(
    r"(?i)(?:(?:ba|z|da|k|a|fi|c|tc)?sh|busybox|sudo|su|env|nohup|timeout|docker|kubectl|ssh)(?:\.exe)?"
)
_META = "|&;<>()`\"' \t\n#"
_MENTIONING = re2.compile(
    r"(?i)(?:^|[/_.-])(?:deny|denylist|blocklist|blacklist|moderation|wordlist|signatures|tests?|fixtures?)(?:[/_.-]|$)"
)
"""Files in which words stand in order to be caught."""

_HEAD = 4_096

_COMPARES = re2.compile(
    r"(?m)^\s*(?:assert\b|(?:async )?def test_|@pytest\.|class \w*Test|(?:self|t)\.(?:assert|Error|Fatal)"
    r"|expect\(|describe\(|it\(|test\(|func Test|#\[test\])"
)
"""What a program of tests holds."""


class _Told:
    """What of the material was not read, each thing once."""

    def __init__(self) -> None:
        self.unread: list[Unread] = []
        self._limits: set[tuple[str, str]] = set()

    def limit(self, place: Place, *details: str) -> None:
        """Note limits that were reached at a place."""
        at = f"{place.path}:{place.line}" if place.line else place.path
        for detail in details:
            if (at, detail) not in self._limits:
                self._limits.add((at, detail))
                self.unread.append(Unread(at, "limit", detail))

    def within(self, text: str, most: int, place: Place, what: str) -> str:
        """Return the beginning of a text, and note it if that leaves something out."""
        if len(text) > most:
            self.limit(place, f"{what} of more than {most:,} characters")
        return text[:most]


def judge_events(items: Iterable[Act | Unread], judge: Judge, path: str) -> MatchReport:
    """Judge an event stream: observed acts as `pinfold.formats.events` yields them."""
    told = _Told()
    acts: list[Act] = []
    for item in items:
        if isinstance(item, Unread):
            told.unread.append(item)
            continue
        acts.append(item)
        if item.kind is ActKind.EXEC:
            cut: list[str] = []
            told.within(str(item.fields.get("CommandLine", "")), shell.MAX_SOURCE, item.place, "a command line")
            acts.extend(shell.implied(_as_started(item), cut))
            told.limit(item.place, *cut)
    return _report("live", path, acts, told, judge)


def _as_started(act: Act) -> Act:
    """Return an exec act whose command line a shell would read as the system did.

    A monitor joins the arguments of a process with spaces; a ``|`` among them is no pipe unless the process is a shell.
    """
    line = str(act.fields.get("CommandLine", ""))
    program = str(act.fields.get("Image", "")).replace("\\", "/").rpartition("/")[2]
    if not line or not program or _SHELL.fullmatch(program):
        return act
    try:
        words = shlex.split(line)
    except ValueError:
        words = line.split()
    return msgspec.structs.replace(act, fields={**act.fields, "CommandLine": " ".join(map(_quoted, words))})


def _quoted(word: str) -> str:
    return shlex.quote(word) if any(mark in word for mark in _META) else word


def judge_trajectories(items: Iterable[Step | Unread], judge: Judge, path: str) -> MatchReport:
    """Judge trajectories: the steps of `pinfold.formats.chat`, of which only the tool calls are acts."""
    told = _Told()
    acts: list[Act] = []
    order = count()
    for item in items:
        if isinstance(item, Unread):
            told.unread.append(item)
            continue
        for call in item.did:
            acts.extend(_acts_of_call(item, call, order, told))
    return _report("record", path, acts, told, judge)


def _report(lens: Lens, path: str, acts: list[Act], told: _Told, judge: Judge) -> MatchReport:
    matches = judge.judge(lens, acts, ())
    tests = _tests_written(acts)
    for act in acts:
        for passage in _passages(act, told, tests):
            matches.extend(judge.judge_text(lens, passage, act.group))
    return MatchReport(
        path=path, lens=lens, judged=len(acts), findings=tuple(findings(matches)), unread=tuple(told.unread)
    )


def _acts_of_call(step: Step, call: ToolCall, order: count[int], told: _Told) -> Iterator[Act]:
    context = Context(
        place=lambda _start, _end: step.place,
        role=Role.COMMAND,
        certainty=Certainty.OBSERVED,
        group=step.trajectory,
        time=step.time,
        order=order,
    )
    arguments = call.arguments if isinstance(call.arguments, str) else msgspec.json.encode(call.arguments).decode()
    fields: dict[str, FieldValue] = {"Tool": call.tool, "Arguments": arguments}
    yield context.act(ActKind.CALL, fields, 0, 0, f"{call.tool} {arguments}")
    for piece in pieces(call):
        yield from _acts_of_piece(piece, context, told)
    told.limit(step.place, *context.cut)


def _acts_of_piece(piece: Piece, context: Context, told: _Told) -> Iterator[Act]:
    place = context.place(0, 0)
    if piece.kind in ("shell", "python"):
        told.within(piece.text, shell.MAX_SOURCE, place, "a script")
    if piece.kind == "shell":
        yield from shell.acts(piece.text, context)
    elif piece.kind == "python":
        yield from python.acts(piece.text, context)
    elif piece.kind == "read":
        yield context.act(ActKind.READ, {"TargetFilename": piece.target}, 0, 0, piece.target)
    elif piece.kind == "write":
        written: dict[str, FieldValue] = {"TargetFilename": piece.target, "Content": piece.text}
        yield context.act(ActKind.WRITE, written, 0, 0, f"{piece.target}: {piece.text}")
        yield from _acts_of_script(piece, context, told)
    elif piece.kind == "fetch":
        yield from _fetched(piece, context, told)


def _acts_of_script(piece: Piece, context: Context, told: _Told) -> Iterator[Act]:
    """Yield the acts of a program that an agent writes: stated by its text, not yet done."""
    document = Document(piece.target or "content", told.within(piece.text, MAX_TEXT, context.place(0, 0), "a text"))
    stated = msgspec.structs.replace(context, certainty=Certainty.STATED, role=Role.CODE)
    if document.file_role is Role.FIXTURE:
        return
    if document.kind == "python":
        yield from python.acts(document.text, stated)
    elif document.kind == "shell":
        yield from shell.acts(document.text, stated)
    elif document.kind == "batch":
        yield from batch.acts(document.text, stated)


def _fetched(piece: Piece, context: Context, told: _Told) -> Iterator[Act]:
    """Yield the connection of a web request made through a tool."""
    place = context.place(0, 0)
    address = told.within(piece.target, MAX_URL, place, "an address")
    words = ["curl", *(["-X", piece.method] if piece.method else []), address]
    command = shlex.join(words)
    for act in shell.acts(command, context):
        if act.kind is ActKind.CONNECT:
            fields = {**act.fields, "Image": "fetch"}
            if piece.text:
                fields["Content"] = told.within(piece.text, MAX_TEXT, place, "a text")
            yield msgspec.structs.replace(act, fields=fields, text=piece.target[:500])


class _Payload:
    """The text that an act carries, judged as a passage that stands at the act."""

    def __init__(self, act: Act, document: Document) -> None:
        self._act = act
        self._document = document

    @property
    def folded(self) -> Folded:
        return self._document.folded

    def stance(self, start: int, end: int) -> Stance:
        return self._document.stance(start, end)

    def place(self, start: int, end: int) -> Place:
        inner = self._document.place(start, end)
        return msgspec.structs.replace(
            self._act.place, line=inner.line, column=inner.column, end_line=inner.end_line, end_column=inner.end_column
        )

    def excerpt(self, place: Place) -> tuple[str, int, int]:
        return self._document.excerpt(msgspec.structs.replace(place, path=self._document.path))


def _tests_written(acts: Iterable[Act]) -> set[tuple[int, str]]:
    """Return the texts of tests, each with the number of the call that writes it."""
    found: set[tuple[int, str]] = set()
    call = -1
    for act in acts:
        if act.kind is ActKind.CALL:
            call = act.order
        elif _writes_test(act):
            found.add((call, str(act.fields["Content"])))
    return found


def _writes_test(act: Act) -> bool:
    """Whether an act writes a file of tests: one that is called so, is a program, and compares something."""
    if act.kind is not ActKind.WRITE or not act.fields.get("Content"):
        return False
    name, content = str(act.fields.get("TargetFilename", "")), str(act.fields["Content"])
    return Document(name, content[:_HEAD]).kind in PROGRAMS and bool(
        _MENTIONING.search(name) and _COMPARES.search(content)
    )


def _passages(act: Act, told: _Told, tests: Collection[tuple[int, str]]) -> Iterator[_Payload]:
    if act.kind is ActKind.WRITE and (content := act.fields.get("Content")):
        name = str(act.fields.get("TargetFilename") or "content.md")
        if not _MENTIONING.search(name):
            yield _Payload(act, Document(name, told.within(str(content), MAX_TEXT, act.place, "a text")))
    elif act.kind is ActKind.CONNECT and (content := act.fields.get("Content")):
        yield _Payload(act, Document("content.md", told.within(str(content), MAX_TEXT, act.place, "a text")))
    elif act.kind is ActKind.CALL:
        strings = _strings(str(act.fields.get("Arguments", "")))
        words = "\n\n".join(text for text in strings if (act.order, text) not in tests)
        yield _Payload(act, Document("arguments.md", told.within(words, MAX_TEXT, act.place, "a text")))


def _strings(arguments: str) -> list[str]:
    """Return the strings within JSON arguments; text that is no JSON as it is."""
    try:
        value = msgspec.json.decode(arguments)
    except (msgspec.DecodeError, RecursionError):
        return [arguments]
    found: list[str] = []
    waiting: list[Any] = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, dict):
            waiting.extend(reversed(list(item.values())))
        elif isinstance(item, list):
            waiting.extend(reversed(item))
    return found
