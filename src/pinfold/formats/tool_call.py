"""What a tool call of an agent means, told by the names of the tool and of its arguments.

Every agent framework names its tools in its own way. The tables below hold the names in use; a tool of an unknown name
is judged by what its arguments are called, and what nothing explains is kept as text.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec

from pinfold.formats.tool_names import (
    CODE_KEYS,
    COMMAND_KEYS,
    CONTENT_KEYS,
    EDIT_VERBS,
    INNER_KEYS,
    PATH_KEYS,
    RECIPIENT_KEYS,
    SAVE_KEYS,
    SCRIPT_KEYS,
    SENT_KEYS,
    SHELL_LANGUAGES,
    SPEAKING_CODE_KEYS,
    TOOLS,
    URL_KEYS,
)

PieceKind = Literal["shell", "python", "read", "write", "fetch", "text"]

MAX_NESTING = 8
"""How deep lists of files or edits within arguments are followed."""

_PREFIX = re.compile(r".*(?:__|[./:])")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class ToolCall(msgspec.Struct, frozen=True):
    """One call of a tool by an agent: its name, and its arguments as an object or, where they are none, as text."""

    tool: str
    arguments: dict[str, Any] | str

    @property
    def kind(self) -> PieceKind:
        """What the tool does, as far as its name tells; ``text`` when it tells nothing."""
        return TOOLS.get(plain_name(self.tool), "text")


class Piece(msgspec.Struct, frozen=True):
    """One thing that a call does.

    - ``shell``, ``python``: ``text`` is the source that runs;
    - ``read``: ``target`` is the path;
    - ``write``: ``target`` is the path, ``text`` what is written, empty when unknown;
    - ``fetch``: ``target`` is the URL, ``text`` what is sent there, ``method`` the HTTP method in capitals, or ``""``;
    - ``text``: ``text`` is said to ``target``, a recipient, or the tool's name where there is none.
    """

    kind: PieceKind
    text: str = ""
    target: str = ""
    method: str = ""


def plain_name(tool: str) -> str:
    """Return the name of a tool without server prefix, capitals and the word "tool".

    ``mcp__host__RunCommand`` is ``run_command``.
    """
    name = _PREFIX.sub("", tool[:200]) or tool[:200]
    return _HUMP.sub("_", name).lower().replace("-", "_").removesuffix("_tool").removesuffix("_based_edit")


def pieces(call: ToolCall) -> list[Piece]:
    """Return what a call does, in the order in which it does it; never empty unless the arguments are."""
    arguments = call.arguments
    if isinstance(arguments, str):
        return _of_text(call, arguments)
    found = list(_of_object(call.kind, plain_name(call.tool), arguments, MAX_NESTING))
    written = {piece.target for piece in found if piece.kind == "write" and piece.text}
    found = [piece for piece in found if piece.text or piece.kind != "write" or piece.target not in written]
    if found:
        return found
    words = "\n".join(_strings(arguments, MAX_NESTING))
    recipient = _first(arguments, RECIPIENT_KEYS) or call.tool
    return [Piece("text", words, recipient)] if words else []


def _of_text(call: ToolCall, text: str) -> list[Piece]:
    if not text.strip():
        return []
    if plain_name(call.tool) == "apply_patch":
        return list(_patched(text)) or [Piece("text", text, call.tool)]
    if call.kind in ("shell", "python"):
        return [Piece(call.kind, text)]
    if call.kind == "fetch":
        return [Piece("fetch", target=text.strip())]
    if call.kind == "read":
        return [Piece("read", target=text.strip())]
    return [Piece("text", text, call.tool)]


def _of_object(kind: PieceKind, name: str, arguments: dict[str, Any], depth: int) -> Iterator[Piece]:
    if name == "apply_patch":
        yield from _patched("\n".join(_strings(arguments, depth)))
        return
    edits = str(arguments.get("command", "")).lower() in EDIT_VERBS
    if not edits:
        yield from _programs(kind, arguments, known=name in TOOLS)
    downloads = "download" in name
    if kind not in ("shell", "python") and not downloads:
        yield from _files(kind, name, arguments, edits=edits)
    yield from _network(kind, arguments, downloads=downloads)
    if depth:
        for inner in _inner_objects(arguments):
            shared = {key: arguments[key] for key in PATH_KEYS if key in arguments and key not in inner}
            yield from _of_object(kind, name, {**shared, **inner}, depth - 1)


def _programs(kind: PieceKind, arguments: dict[str, Any], *, known: bool) -> Iterator[Piece]:
    """Yield what runs. With a tool that is known for something else, only an argument called a command does."""
    commands, code = COMMAND_KEYS, CODE_KEYS if kind in ("shell", "python") else SPEAKING_CODE_KEYS
    if known and kind not in ("shell", "python"):
        commands, code = COMMAND_KEYS - SCRIPT_KEYS, frozenset()
    language = str(arguments.get("language", arguments.get("lang", ""))).lower()
    for key, value in arguments.items():
        plain = key.lower()
        if plain in commands or (kind == "shell" and plain in code):
            speaks = "python" if kind == "python" and language not in SHELL_LANGUAGES else "shell"
        elif plain in code:
            speaks = "shell" if language in SHELL_LANGUAGES else "python"
            if language and speaks == "python" and "python" not in language:
                continue
        else:
            continue
        if text := _command(plain, value):
            yield Piece("shell" if speaks == "shell" else "python", text)


def _command(key: str, value: Any) -> str:
    """Return a command as text: a list under ``commands`` holds one a line, any other list is an argument vector."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return "\n".join(value) if key in ("commands", "cmds", "scripts") else shlex.join(value)
    return ""


def _network(kind: PieceKind, arguments: dict[str, Any], *, downloads: bool) -> Iterator[Piece]:
    urls = list(_values(arguments, URL_KEYS))
    if kind != "fetch":
        urls = [url for url in urls if "://" in url]
    if not urls:
        return
    method = str(_first(arguments, ("method", "http_method", "verb"))).upper()[:16]
    keys = SENT_KEYS - PATH_KEYS if downloads else SENT_KEYS
    sent = "\n".join(text for key, value in arguments.items() if key.lower() in keys for text in _strings(value, 2))
    for url in urls:
        yield Piece("fetch", sent, url, method)
    for path in _values(arguments, SAVE_KEYS | PATH_KEYS if downloads else SAVE_KEYS):
        yield Piece("write", target=path)


def _files(kind: PieceKind, name: str, arguments: dict[str, Any], *, edits: bool) -> Iterator[Piece]:
    paths = list(_values(arguments, PATH_KEYS))
    if not paths:
        return
    content = "\n".join(_values(arguments, CONTENT_KEYS))
    looks = edits and str(arguments["command"]).lower() == "view"
    writes = not looks and (kind == "write" or edits or (kind == "text" and name not in TOOLS and bool(content)))
    for path in paths:
        yield Piece("write", content, path) if writes else Piece("read", target=path)


def _patched(patch: str) -> Iterator[Piece]:
    """Yield a write for each file of a patch, in the form of agents (``*** Add File:``) or of diff (``+++ b/path``)."""
    path = ""
    added: list[str] = []
    for line in patch.splitlines():
        header = line.startswith("*** ") and " File: " in line
        if header or line.startswith("+++ "):
            if path:
                yield Piece("write", "\n".join(added), path)
            added = []
            path = line.partition(" File: ")[2] if header else line[4:].split("\t")[0].removeprefix("b/")
            path = path.strip()
        elif line.startswith("+"):
            added.append(line[1:])
    if path:
        yield Piece("write", "\n".join(added), path)


def _inner_objects(arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key, value in arguments.items():
        if key.lower() not in INNER_KEYS:
            continue
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield item


def _first(arguments: dict[str, Any], keys: Iterable[str]) -> str:
    return next(_values(arguments, keys), "")


def _values(arguments: dict[str, Any], keys: Iterable[str]) -> Iterator[str]:
    """Yield the strings under any of ``keys``, in the order of the arguments; a list of strings counts as several."""
    for key, value in arguments.items():
        if key.lower() in keys:
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, str) and item:
                    yield item


def _strings(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item, depth - 1)
