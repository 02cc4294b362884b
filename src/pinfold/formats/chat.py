"""Trajectories of agents as chat messages: what the agent did, what it read, and what it said, kept apart.

Read are OpenAI's chat messages (``tool_calls``, the older ``function_call``, and items of its later interface) and
Anthropic's content blocks (``tool_use``, ``tool_result``), Gemini's parts, and calls that a model writes between
``<tool_call>`` tags, in a file of JSON lines, one conversation or one message a line, or as one JSON document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, BinaryIO

import msgspec

from pinfold.formats.json_lines import (
    MAX_DOCUMENT,
    MAX_LINE,
    DamagedError,
    decode,
    encode,
    numbered,
    opening,
    seconds,
)
from pinfold.formats.tool_call import Piece, ToolCall, pieces
from pinfold.model import Place, Unread

__all__ = ["Piece", "Step", "ToolCall", "pieces", "read"]

MAX_DEPTH = 6
"""How deep content blocks within content blocks are followed."""

MAX_NAMES = 1_000_000
"""Names of trajectories that are remembered to tell repeated ones apart."""

_SHARED_NAMES = ("trajectory_id", "conversation_id", "session_id", "sessionId", "session", "rollout_id")
_NAMES = (*_SHARED_NAMES, "id", "task_id")
_TIMES = ("timestamp", "time", "created_at", "created")
_CALL_BLOCKS = frozenset(
    {
        "tool_use",
        "server_tool_use",
        "mcp_tool_use",
        "function_call",
        "custom_tool_call",
        "tool_call",
        "local_shell_call",
        "functionCall",
    }
)
_RESULT_BLOCKS = frozenset(
    {"tool_result", "function_call_output", "custom_tool_call_output", "mcp_tool_result", "functionResponse"}
)
_ARGUMENTS = ("arguments", "input", "args", "parameters", "action")
_AGENTS = frozenset({"assistant", "model", "agent", "gpt", "ai"})
_WORDS = (
    "content",
    "value",
    "text",
    "thinking",
    "reasoning_content",
    "reasoning",
    "refusal",
    "summary",
    "output",
    "parts",
)
_HOLDERS = (
    "request",
    "responses_create_params",
    "messages",
    "conversation",
    "conversations",
    "history",
    "trajectory",
    "prompt",
    "contents",
    "input",
    "response",
    "choices",
    "message",
    "completion",
    "output",
    "payload",
    "item",
    "data",
)
_CALL_OPENS, _CALL_CLOSES = "<tool_call>", "</tool_call>"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a trajectory.

    ``trajectory`` names the conversation, ``index`` counts its messages from 0. ``did`` holds the tool calls, ``said``
    what the agent wrote or thought, ``read`` what it was given: instructions, the user's words, results of tools.
    """

    trajectory: str
    index: int
    place: Place
    did: tuple[ToolCall, ...] = ()
    read: str = ""
    said: str = ""
    time: float | None = None


def read(lines: BinaryIO | Iterable[bytes] | bytes, path: str) -> Iterator[Step | Unread]:
    """Yield the messages of every trajectory in a file, in order.

    ``path`` names the file in reports. A line that cannot be read becomes an ``Unread`` whose path is ``path:line``,
    and reading goes on. A document of several lines has no line numbers: its places have ``line == 0``.
    """
    source = numbered(lines.splitlines(keepends=True) if isinstance(lines, bytes) else lines)
    reader = _Reader(path)
    kept, complete = opening(source)
    if len(kept) > 1 and complete:
        try:
            document = decode(b"\n".join(line for _, line in kept if line))
        except DamagedError as error:
            if not any(_speaks(line) for _, line in kept):
                yield Unread(path, "damaged", str(error))
                return
        else:
            yield from reader.value(document, 0)
            return
    elif len(kept) > 1 and not any(_speaks(line) for _, line in kept):
        yield Unread(path, "limit", f"a JSON document larger than {MAX_DOCUMENT >> 20} MiB")
        return
    for number, line in chain(kept, source):
        yield from reader.line(number, line)


def _speaks(line: bytes | None) -> bool:
    """Whether a line by itself holds a message or a conversation."""
    try:
        value = decode((line or b"").rstrip(b","))
    except DamagedError:
        return False
    return next(_messages(value, MAX_DEPTH), None) is not None


class _Reader:
    """Turns decoded values into steps; remembers how far each trajectory has got."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._counts: dict[str, int] = {}
        self._names: set[int] = set()

    def line(self, number: int, line: bytes | None) -> Iterator[Step | Unread]:
        """Yield the steps of one line of JSON."""
        where = f"{self._path}:{number}"
        if line is None:
            yield Unread(where, "limit", f"the line is longer than {MAX_LINE >> 20} MiB")
            return
        try:
            # The lines of an array that was cut off end with a comma and are good otherwise.
            yield from self.value(decode(line.rstrip(b",")), number)
        except DamagedError as error:
            yield Unread(where, "damaged", str(error))

    def value(self, value: Any, line: int) -> Iterator[Step | Unread]:
        """Yield the steps of a message, a conversation, or a list of either; ``line`` is 0 for a whole document."""
        if isinstance(value, dict) and _is_message(value):
            name = _name(value, _SHARED_NAMES) or self._path  # the id of a message is its own
            index = self._counts.get(name, 0)
            self._counts[name] = index + 1
            yield self._step(value, name, index, line)
        elif isinstance(value, list) and value and not any(_is_message(item) for item in value):
            for position, item in enumerate(value):
                yield from self._conversation(item, f"{self._at(line)}#{position}", line)
        else:
            yield from self._conversation(value, self._at(line), line)

    def _at(self, line: int) -> str:
        return f"{self._path}:{line}" if line else self._path

    def _conversation(self, value: Any, default: str, line: int) -> Iterator[Step | Unread]:
        messages = list(_messages(value, MAX_DEPTH))
        if not messages:
            yield Unread(default, "damaged", "no chat message")
            return
        name = self._unique(_name(value, _NAMES) or default, default)
        system = value.get("system") if isinstance(value, dict) else None
        for index, message in enumerate(messages):
            step = self._step(message, name, index, line)
            if index == 0 and system:
                given = _Parts()
                given.walk(system, MAX_DEPTH)
                step = msgspec.structs.replace(step, read="\n".join(part for part in (*given.own, step.read) if part))
            yield step

    def _unique(self, name: str, default: str) -> str:
        """Return ``name`` the first time and a name with its place from then on: rollouts of a task may share an id."""
        if name == default:
            return name
        if hash(name) in self._names or len(self._names) >= MAX_NAMES:
            return f"{name} ({default})"
        self._names.add(hash(name))
        return name

    def _step(self, message: dict[str, Any], trajectory: str, index: int, line: int) -> Step:
        parts = _Parts()
        parts.message(message)
        own = "\n".join(parts.own)
        given = "\n".join(parts.given)
        acts = _role(message) in _AGENTS
        return Step(
            trajectory=trajectory,
            index=index,
            place=Place(self._path, line=line, column=1 if line else 0, step=index),
            did=(*parts.did, *(_written_calls(own) if acts and _CALL_OPENS in own else ())),
            read=given if acts else "\n".join(part for part in (own, given) if part),
            said=own if acts else "",
            time=next((time for key in _TIMES if (time := seconds(message.get(key))) is not None), None),
        )


class _Parts:
    """What one message is made of: calls, its own words, and words that it hands on from a tool."""

    def __init__(self) -> None:
        self.did: list[ToolCall] = []
        self.own: list[str] = []
        self.given: list[str] = []

    def message(self, message: dict[str, Any]) -> None:
        """Take a message apart."""
        self.walk(message, MAX_DEPTH)
        calls = message.get("tool_calls")
        for call in [*(calls if isinstance(calls, list) else []), message.get("function_call")]:
            if isinstance(call, dict):
                self.did.append(_call(call))

    def walk(self, value: Any, depth: int) -> None:
        """Add words, a block, or a list of blocks. What lies deeper than ``depth`` is kept as JSON text."""
        if value is None or isinstance(value, bool | int | float):
            return
        if isinstance(value, str):
            self.own.extend([value] if value else [])
        elif depth == 0:
            self.own.append(encode(value))
        elif isinstance(value, list):
            for item in value:
                self.walk(item, depth - 1)
        elif _type(value) in _CALL_BLOCKS:
            self.did.append(_call(value.get("functionCall", value)))
        elif _type(value) in _RESULT_BLOCKS:
            result = _Parts()
            given = value.get("functionResponse")
            held = given.get("response") if isinstance(given, dict) else value.get("content", value.get("output"))
            result.walk(held, depth - 1)
            self.given += result.own + result.given
            self.did += result.did
        else:
            for key in _WORDS:
                self.walk(value.get(key), depth - 1)


def _call(call: dict[str, Any]) -> ToolCall:
    """Return a call in any of its forms: flat, or under ``function`` or ``custom``; arguments may be JSON text."""
    inner = next((call[key] for key in ("function", "custom") if isinstance(call.get(key), dict)), call)
    tool = inner.get("name")
    arguments: Any = next((inner[key] for key in _ARGUMENTS if key in inner), {})
    if _type(inner) == "local_shell_call":
        tool = "local_shell"
    if isinstance(arguments, str):
        try:
            arguments = decode(arguments.encode("utf-8", "replace"))
        except DamagedError:
            return ToolCall(tool if isinstance(tool, str) else "", arguments)
        if not isinstance(arguments, dict | list | str):
            arguments = str(arguments)
    if not isinstance(arguments, dict | str):
        arguments = {"arguments": arguments}
    return ToolCall(tool if isinstance(tool, str) else "", arguments)


def _messages(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Yield the messages in a value, through the requests and responses in which loggers wrap them."""
    if isinstance(value, str) and depth == MAX_DEPTH - 1:
        try:
            value = decode(value.encode("utf-8", "replace"))  # some loggers write lists of messages as JSON text
        except DamagedError:
            return
    if isinstance(value, list) and depth:
        for item in value:
            yield from _messages(item, depth - 1)
    elif isinstance(value, dict):
        if _is_message(value):
            yield value
        elif depth:
            for key in _HOLDERS:
                if key in value:
                    yield from _messages(value[key], depth - 1)


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and (bool(_role(value)) or _type(value) in _CALL_BLOCKS | _RESULT_BLOCKS)


def _type(block: dict[str, Any]) -> str:
    kind = block.get("type")
    if isinstance(kind, str):
        return kind
    # Gemini's parts have a key instead of a type.
    return next((key for key in ("functionCall", "functionResponse") if isinstance(block.get(key), dict)), "")


def _written_calls(text: str) -> Iterator[ToolCall]:
    """Yield the calls that a model writes into its text between tags, as the templates of many open models have it."""
    at = 0
    while (start := text.find(_CALL_OPENS, at)) >= 0:
        start += len(_CALL_OPENS)
        end = text.find(_CALL_CLOSES, start)
        at = end if end >= 0 else len(text)
        try:
            call = decode(text[start:at].strip().encode("utf-8", "replace"))
        except DamagedError:
            yield ToolCall("", text[start:at].strip())
        else:
            yield _call(call) if isinstance(call, dict) else ToolCall("", text[start:at].strip())


def _role(message: dict[str, Any]) -> str:
    """Return who speaks; ``""`` where the object is no message."""
    role = message.get("role", message.get("from"))
    if not isinstance(role, str) or "messages" in message:
        return ""
    return role.lower()


def _name(value: Any, keys: tuple[str, ...]) -> str:
    """Return the name under the first of ``keys`` that gives one, or ``""``."""
    if isinstance(value, dict):
        for key in keys:
            name = value.get(key)
            if isinstance(name, str | int) and not isinstance(name, bool) and str(name):
                return str(name)[:200]
    return ""
