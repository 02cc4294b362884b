"""JavaScript calls that read and write files, and what is done with the objects they give."""

from __future__ import annotations

from collections.abc import Callable

from pinfold.language.drafts import Draft
from pinfold.language.flow import NOTHING, Flow, merged
from pinfold.language.javascript.invocation import Invocation, fill, send
from pinfold.language.javascript.table import kind
from pinfold.language.javascript.values import (
    UNKNOWN,
    UNKNOWN_WORD,
    Box,
    Value,
    constant,
    holding,
    interpolated,
    listed,
)
from pinfold.model import ActKind

_SENDS = frozenset(["send", "write", "end", "emit", "attach", "field", "query", "auth", "sendText", "sendBinary"])
_GIVES = frozenset(["set", "on", "once", "type", "accept", "pipe", "then", "timeout", "setHeader"])


def _read(invocation: Invocation) -> Value:
    """``fs.readFile(path, f)``, ``Deno.readTextFile(path)``, ``Bun.file(path)``."""
    path = invocation.argument(0)
    if path.text in ("0", "/dev/stdin"):
        held = invocation.reader.stdin
    elif path.text:
        held = merged((invocation.read(path.word), path.word.flow))
    else:
        held = path.flow
    value = Value(UNKNOWN_WORD, f"{invocation.name}()", extra=Flow(held.sources, held.programs, held.origin))
    if invocation.name == "Bun.file":
        value = value.but(word=path.word.before(0) if not path.text else path.word, extra=value.extra)
    invocation.call_back(UNKNOWN, value)
    return value


def _write(invocation: Invocation) -> Value:
    """``fs.writeFile(path, data, f)``."""
    path, data = invocation.argument(0), invocation.argument(1)
    if path.text:
        invocation.write(path.word, data.flow, data.text or _json_text(data))
    elif data.flow and invocation.raws:  # a path that nobody knows is remembered by its name
        held = data.flow
        invocation.reader.drafts.files[interpolated(path, invocation.raws[0]).text] = held
    invocation.call_back(UNKNOWN)
    return UNKNOWN


def _json_text(data: Value) -> str | None:
    """Return what is known of an object that is written: its texts."""
    pairs = data.box.pairs if data.box is not None else {}
    texts = [f'"{name}": "{value.text}"' for name, value in list(pairs.items())[:64] if value.text]
    return f"{{{', '.join(texts)}}}" if texts else None


def _write_stream(invocation: Invocation) -> Value:
    """``fs.createWriteStream(path)``."""
    path = invocation.argument(0)
    draft = invocation.write(path.word, NOTHING) if path.text else None
    return Value(UNKNOWN_WORD, "fs.createWriteStream()", box=Box(draft=draft))


def _open(invocation: Invocation) -> Value:
    """``fs.open(path, mode)``, ``Deno.open(path, options)``."""
    path, mode = invocation.argument(0), invocation.argument(1)
    writes = any(letter in mode.text for letter in "wa+") or (mode.option("write", "append") or UNKNOWN).text == "true"
    if writes:
        return _write_stream(invocation)
    held = invocation.read(path.word) if path.text else path.flow
    return holding(held, "fs.open()")


def _copy(invocation: Invocation) -> Value:
    """``fs.copyFile(a, b)``, ``fs.rename(a, b)``."""
    source, target = invocation.argument(0), invocation.argument(1)
    held = invocation.read(source.word) if source.text else source.flow
    if target.text:
        invocation.write(target.word, Flow(held.sources, held.programs, held.origin or source.text), held.text)
    return UNKNOWN


def _listing(invocation: Invocation) -> Value:
    """``fs.readdirSync(folder)``, ``glob.sync(pattern)``: one member stands for all."""
    first = invocation.argument(0)
    if invocation.name.startswith("glob"):
        result = listed((Value(first.word),)) if first.text else UNKNOWN
    else:
        typed = (invocation.argument(1).option("withFileTypes") or UNKNOWN).text == "true"
        member = constant("*")
        entry = Value(UNKNOWN_WORD, box=Box(pairs={"name": member, "parentPath": first, "path": first}))
        result = listed((entry if typed or invocation.name.startswith("Deno") else member,))
    invocation.call_back(UNKNOWN, result)
    return result


def _dotenv(invocation: Invocation) -> Value:
    """``require("dotenv").config({path})``."""
    path = invocation.argument(0).option("path") or constant(".env")
    return holding(invocation.read((path if path.text else constant(".env")).word))


def _secret_store(invocation: Invocation) -> Value:
    """``keytar.getPassword(service, account)``."""
    source = f"keyring:{invocation.argument(0).text or '*'}"
    invocation.reader.note_read(source, invocation.node)
    return holding(Flow((source,)))


def _deno_variable(invocation: Invocation) -> Value:
    """``Deno.env.get(name)``, ``Deno.env.toObject()``."""
    if invocation.method == "toObject":
        return holding(Flow(("env:*",)), "process.env")
    first = invocation.argument(0)
    return invocation.reader.environment_value(first.text, invocation.node) if first.known else holding(first.flow)


def on_draft(invocation: Invocation, receiver: Value, draft: Draft, method: str) -> Value | None:
    """Call a method of an open file, connection or started program: what it is given is added to its act."""
    held = merged([value.flow for value in invocation.arguments])
    if draft.kind is ActKind.CONNECT and method in _SENDS:
        send(draft, held.sources, invocation.reader.drafts)
        return receiver
    if draft.kind is ActKind.CONNECT and method == "set":
        send(draft, _as_login(invocation, held), invocation.reader.drafts)
        return receiver
    if draft.kind is ActKind.WRITE and method in ("write", "end", "writeFile", "appendFile"):
        first = invocation.argument(0)
        fill(draft, held, first.text or None, invocation.reader.drafts)
        return receiver
    if draft.kind is ActKind.EXEC and method in ("write", "end") and receiver.name.endswith(".stdin"):
        feed(draft, held)
        return UNKNOWN
    return None


def _as_login(invocation: Invocation, held: Flow) -> tuple[str, ...]:
    login = invocation.argument(0).text.lower() in ("authorization", "x-api-key", "cookie")
    return tuple(f"auth:{source.removeprefix('env:')}" for source in held.sources) if login else held.sources


def feed(draft: Draft, held: Flow) -> None:
    """Note what a started program is given to read."""
    if held.programs and "PipedFrom" not in draft.fields:
        draft.fields["PipedFrom"] = "|".join(held.programs)
    if "://" in held.origin and "PipedFromUrl" not in draft.fields:
        draft.fields["PipedFromUrl"] = held.origin


def piped(invocation: Invocation, source: Value, target: Value) -> Value:
    """``a.pipe(b)``: what ``a`` holds goes where ``b`` goes; the result is ``b``."""
    drafts = invocation.reader.drafts
    held = source.flow
    draft = target.draft or (target.receiver.draft if target.receiver is not None else None)
    if draft is not None:
        if draft.kind is ActKind.CONNECT:
            send(draft, held.sources, drafts)
        elif draft.kind is ActKind.WRITE:
            fill(draft, held, None, drafts)
        elif target.name.endswith("stdin"):
            feed(draft, held)
    own = source.receiver.draft if source.receiver is not None else None
    if own is not None and own.kind is ActKind.EXEC and target.flow.programs:
        own.fields["PipedInto"] = "|".join(target.flow.programs)
    if target.box is not None:
        target.box.hold(held)
        return target
    return target.but(extra=merged((target.extra, Flow(held.sources, held.programs, held.origin))))


def _pipeline(invocation: Invocation) -> Value:
    """``pipeline(a, b, c, f)``."""
    value = invocation.argument(0)
    for target in invocation.arguments[1:]:
        if target.function is None:
            value = piped(invocation, value, target)
    invocation.call_back(UNKNOWN)
    return value


HANDLERS: dict[str, Callable[[Invocation], Value]] = {
    **dict.fromkeys(kind("read"), _read),
    **dict.fromkeys(kind("write"), _write),
    **dict.fromkeys(kind("copy"), _copy),
    "fs.createWriteStream": _write_stream,
    **dict.fromkeys(("fs.open", "fs.openSync", "Deno.open", "Deno.create"), _open),
    **dict.fromkeys(
        ("fs.readdir", "fs.readdirSync", "fs.opendir", "glob.sync", "Deno.readDir", "Deno.readDirSync"), _listing
    ),
    **dict.fromkeys(("dotenv.config", "dotenv.configDotenv"), _dotenv),
    **dict.fromkeys(("keytar.getPassword", "keytar.findCredentials", "keytar.findPassword"), _secret_store),
    **dict.fromkeys(("Deno.env.get", "Deno.env.toObject"), _deno_variable),
    **dict.fromkeys(("stream.pipeline", "pipeline", "stream/promises.pipeline", "stream.promises.pipeline"), _pipeline),
}  # fmt: skip
