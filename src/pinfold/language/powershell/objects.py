"""Types and objects of .NET and COM: what their members and methods give, and the acts that they lead to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pinfold.language.flow import Flow, Word, merged
from pinfold.language.powershell import decoders, operators, web
from pinfold.language.powershell.call import Call, path_of
from pinfold.language.powershell.cmdlets import folder
from pinfold.language.powershell.memory import Memory
from pinfold.language.powershell.values import (
    BYTES,
    UNKNOWN,
    Value,
    changed,
    constant,
    holding,
    listed,
    members,
    named,
)

_ENCODERS = re.compile(r"text\.(utf8|ascii|unicode|utf7|utf32)encoding")
_STREAMS = frozenset(
    {"io.memorystream", "io.streamreader", "io.streamwriter", "io.bufferedstream", "io.binaryreader", "io.stringreader"}
)
_SCREEN = frozenset({"copyfromscreen"})
_KEYS = frozenset({"getasynckeystate", "getkeystate", "setwindowshookex"})
_READS = frozenset({"readalltext", "readallbytes", "readalllines", "readlines", "openread", "opentext"})
_WRITES = frozenset({"writealltext", "writeallbytes", "writealllines", "appendalltext", "appendalllines"})


def typed(name: str) -> str:
    """Return the name of a type as it is compared."""
    return name.strip().lower().removeprefix("system.").strip("[]") if not name.endswith("[]") else name.lower()


def made(memory: Memory, call: Call, name: str, arguments: Sequence[Value]) -> Value:
    """Return ``New-Object name arguments``, ``[name]::new(arguments)``."""
    kind = typed(name)
    if web.is_web(kind):
        return web.made(memory, call, kind, arguments)
    if found := _ENCODERS.fullmatch(kind):
        return decoders.encoding(found[1])
    first = arguments[0] if arguments else UNKNOWN
    if first.items is not None and len(first.items) == 1:
        first = first.items[0]
    if kind.startswith("io.compression."):
        return decoders.inflated(first, kind)
    if kind == "io.streamwriter" and first.text and first.draft is None:
        return Value(first.word, "file writer")
    if kind == "io.streamreader" and first.text and first.name != BYTES:
        return call.read_path(path_of(first.word))
    if kind in _STREAMS or kind in ("uri", "string", "collections.arraylist", "text.stringbuilder", "io.fileinfo"):
        return first
    held = merged([argument.flow for argument in arguments])
    pairs = {"host": first} if kind == "net.mail.smtpclient" else None
    return Value(first.word if kind == "diagnostics.processstartinfo" else UNKNOWN.word, kind, pairs=pairs, extra=held)


def component(name: str) -> Value:
    """Return ``New-Object -ComObject name``."""
    low = name.lower()
    if low.endswith(("xmlhttp", "xmlhttp.6.0", "xmlhttp.3.0", "winhttprequest.5.1")):
        return named("xmlhttp")
    return named(f"com:{low}")


def member(memory: Memory, value: Value, name: str, start: int, end: int) -> Value:
    """Return ``value.name`` or ``[type]::name``."""
    if value.name.startswith("type:"):
        kind = value.name[5:]
        if kind == "text.encoding":
            return decoders.encoding(name)
        return Value(UNKNOWN.word, "member", pairs={"object": value, "name": constant(name)})
    if value.pairs is not None and name in value.pairs:
        return value.pairs[name]
    if value.name.startswith(("net.webclient", "net.http", "com:", "xmlhttp", "block", "scriptblock")):
        held = value.flow
        inner = Value(UNKNOWN.word, "member", pairs={"object": value, "name": constant(name)}, extra=held)
        return holding(held, "response") if name in ("responsetext", "responsebody") else inner
    if name in ("length", "count"):
        size = len(value.items) if value.items is not None else len(value.text)
        return constant(str(size), "int") if value.items is not None or value.known else UNKNOWN
    if value.text and name in ("fullname", "path", "value", "source", "definition", "name", "directoryname", "parent"):
        return value
    if value.items is not None and value.pairs is None:
        return listed(member(memory, item, name, start, end) for item in value.items[:64])
    kept = value.name if value.draft is not None or value.name == "response" else ""
    inner = Value(UNKNOWN.word, kept, draft=value.draft, extra=_without_text(value))
    return inner if inner.extra or value.draft is not None else _member_of(value, name)


def _without_text(value: Value) -> Flow:
    flow = value.flow
    return Flow(flow.sources, flow.programs, flow.origin)


def _member_of(value: Value, name: str) -> Value:
    return Value(UNKNOWN.word, "member", pairs={"object": value, "name": constant(name)})


def property_set(memory: Memory, value: Value, name: str, held: Value) -> None:
    """Note that a property of an object is set, where that says what the object does."""
    if value.draft is not None and name == "method" and held.known:
        value.draft.fields["Method"] = held.text.upper()


def call(memory: Memory, call: Call, value: Value, name: str, root: str, targets: Sequence[str]) -> Value:
    """Return what a method of an object gives, noting its acts."""
    if value.name == "member":
        pairs = value.pairs or {}
        inner = pairs.get("object", UNKNOWN)
        # ``$client.Headers.Add(…)``, ``$ExecutionContext.InvokeCommand.InvokeScript(…)``
        value = inner.but(name=f"{inner.name}.{pairs['name'].text}") if not inner.name.startswith("type:") else inner
    if value.name.startswith("type:"):
        given = _static(memory, call, value.name[5:], name)
        if value.name == "type:array" and name == "reverse" and targets:
            memory.set(targets[0], given)
        return given
    found = _on_object(memory, call, value, name, root, targets)
    if found is not None:
        return found
    found = operators.method(value, name, call.rest)
    if found is not None:
        return found
    held = merged([argument.flow for argument in call.rest])
    if held and root:
        memory.merge(root, held)
    if name in ("invoke", "invokereturnasis") and value.block is not None:
        return memory.run_block(value.block, UNKNOWN, {}, list(call.rest))
    return Value(
        UNKNOWN.word, value.name if name in _FLUENT else "", draft=value.draft, extra=merged((value.flow, held))
    )


_FLUENT = frozenset({"addscript", "addargument", "addcommand", "addparameter", "gettype", "toarray", "getawaiter"})


def _on_object(memory: Memory, call: Call, value: Value, name: str, root: str, targets: Sequence[str]) -> Value | None:
    """Judge a method of an object whose kind is known."""
    kind = value.name
    if (clients := web.CLIENTS.get(kind)) is not None and (found := clients(memory, call, value, name)) is not None:
        return found
    if kind == "xmlhttp" and (found := web.message(memory, call, value, name, root)) is not None:
        return found
    if kind in ("net.sockets.tcpclient", "net.sockets.socket", "net.sockets.udpclient", "webrequest") or (
        value.draft is not None
    ):
        found = web.stream(memory, call, value, name, targets)
        if found is not None:
            if "connect" in name and root:
                memory.set(root, found)
            return found
    if kind.startswith("encoding:"):
        first = call.rest[0] if call.rest else UNKNOWN
        return {"getstring": decoders.text_of, "getbytes": decoders.bytes_of}.get(name, lambda _how, held: held)(
            kind, first
        )
    if kind.startswith("com:"):
        return _on_component(memory, call, value, name, root)
    if name in ("invokescript", "addscript") or (name == "invoke" and kind == "scriptblock"):
        code = call.rest[0] if name != "invoke" and call.rest else value
        return memory.run_code(call, code, f"{name}({code.text if code.known else call.raws.get('0', '…')})")
    if name == "newscriptblock" and call.rest:
        return call.rest[0].but(name="scriptblock")
    if kind == "net.networkinformation.ping" and name.startswith("send"):
        return web.probed(memory, call)
    if kind == "net.mail.smtpclient" and name.startswith("send"):
        return web.mailed(memory, call, value)
    return _on_stream(memory, call, value, name, targets)


def _on_stream(memory: Memory, call: Call, value: Value, name: str, targets: Sequence[str]) -> Value | None:
    """Judge a method of a stream, of a file that is written, or of what watches the user."""
    if name in _SCREEN:
        memory.watching = "screen"
        return UNKNOWN
    if name == "save" and memory.watching == "screen" and call.rest:
        for target in targets[:1]:
            memory.merge(target, Flow(("screen",)))
        if call.rest[0].text and call.rest[0].name != BYTES:
            call.write(path_of(call.rest[0].word), Flow(("screen",)))
        return UNKNOWN
    if name in ("readtoend", "readline"):
        return decoders.read_to_end(value)
    if name == "copyto" and targets:
        memory.set(targets[0], value)
        return UNKNOWN
    if name in ("write", "writeline") and value.name == "file writer" and call.rest:
        call.write_path(path_of(value.word), call.rest[0], append=True)
        return UNKNOWN
    if name == "create" and value.name == "wmiclass" and call.rest:
        return memory.run_line(call, call.rest[0])
    if name == "start" and value.name in ("diagnostics.process", "diagnostics.processstartinfo"):
        return _started(memory, call, value)
    return None


def _on_component(memory: Memory, call: Call, value: Value, name: str, root: str) -> Value | None:
    """Judge a method of a COM object."""
    first = call.rest[0] if call.rest else UNKNOWN
    if name in ("run", "exec", "shellexecute"):
        call.image = value.name[4:]
        words = [first, *call.rest[1:2]] if name == "shellexecute" else [first]
        return memory.run_line(call, operators.joined(listed(words), constant(" ")))
    if name == "createshortcut":
        return Value(path_of(first.word), "com:shortcut")
    if name == "save" and value.name == "com:shortcut":
        pairs = value.pairs or {}
        target = operators.joined(
            listed(pairs[key] for key in ("targetpath", "arguments") if key in pairs), constant(" ")
        )
        call.image = "wscript.shell"
        call.write_path(value.word, target)
        return UNKNOWN
    if name == "regwrite" and len(call.rest) > 1:
        key, _, last = path_of(first.word).text.rpartition("/")
        call.write_key(key, last, call.rest[1])
        return UNKNOWN
    return None


def _started(memory: Memory, call: Call, value: Value) -> Value:
    """``[Diagnostics.Process]::Start(file, arguments)``, ``$process.Start()`` with its ``StartInfo``."""
    values = list(call.rest)
    if values and values[0].name == "diagnostics.processstartinfo":
        value, values = values[0], []
    if not values:
        pairs = value.pairs or {}
        values = [pairs.get("filename", value), *([pairs["arguments"]] if "arguments" in pairs else ())]
    return memory.run_line(call, operators.joined(listed(values[:2]), constant(" ")))


def _static(memory: Memory, call: Call, kind: str, name: str) -> Value:
    """Judge a static method."""
    arguments = call.rest
    first = arguments[0] if arguments else UNKNOWN
    if name == "new":
        return made(memory, call, kind, arguments)
    if kind == "type" and name == "gettype":
        return named(f"type:{typed(first.text)}") if first.known else UNKNOWN
    if kind == "activator" and name == "createinstance":
        return made(memory, call, first.name.removeprefix("type:"), arguments[1:])
    handler = _STATIC.get(kind)
    if handler is not None:
        return handler(memory, call, name)
    if name in _KEYS:
        memory.watching = "keystrokes"
        return holding(Flow(("keystrokes",)))
    if kind.endswith("clipboard") and name.startswith("get"):
        return holding(Flow(("clipboard",)))
    return holding(merged([argument.flow for argument in arguments]))


def _environment(memory: Memory, call: Call, name: str) -> Value:
    first = call.rest[0] if call.rest else UNKNOWN
    if name == "getenvironmentvariables":
        return memory.whole_environment(call.start, call.end)
    if name == "getenvironmentvariable" and first.known:
        return memory.environment_value(first.text, call.start, call.end)
    if name == "getfolderpath":
        return constant(folder(first.text)) if first.known and folder(first.text) else UNKNOWN
    if name == "expandenvironmentvariables":
        found = re.fullmatch(r"%(\w+)%(.*)", first.text, re.DOTALL)
        base = memory.environment_value(found[1], call.start, call.end) if found else UNKNOWN
        return changed(first, f"{base.text}{found[2]}") if found and base.text else first
    return UNKNOWN


def _file(memory: Memory, call: Call, name: str) -> Value:
    """``[IO.File]``: reading, writing, copying."""
    arguments = call.rest
    if not arguments or not arguments[0].text:
        return holding(merged([argument.flow for argument in arguments]))
    call.image = "IO.File"
    path = path_of(arguments[0].word)
    second = arguments[1] if len(arguments) > 1 else UNKNOWN
    if name in _READS:
        return call.read_path(path)
    if name in _WRITES:
        call.write_path(path, second, append=name.startswith("append"))
    elif name in ("copy", "move") and second.text:
        flow = call.store_file(path)
        call.write(path_of(second.word), Flow(flow.sources, flow.programs, flow.origin or path.text))
    elif name in ("openwrite", "create", "appendtext", "createtext"):
        return Value(path, "file writer")
    elif name == "delete":
        call.exec_act(f"[IO.File]::Delete({path.text})", image="Remove-Item")
    return UNKNOWN


def _directory(memory: Memory, call: Call, name: str) -> Value:
    first = call.rest[0] if call.rest else UNKNOWN
    if name in ("getfiles", "enumeratefiles", "getdirectories", "getfilesystementries") and first.text:
        pattern = f"/{call.rest[1].text}" if len(call.rest) > 1 and call.rest[1].known else ""
        return Value(Word(path_of(first.word).text + pattern, first.word.parts, first.known), "file")
    if name == "delete" and first.text:
        call.exec_act(f"[IO.Directory]::Delete({path_of(first.word).text})", image="Remove-Item")
    return UNKNOWN


def _path(memory: Memory, call: Call, name: str) -> Value:
    if name == "combine":
        return operators.joined(listed(value for item in call.rest for value in members(item)), constant("/"))
    if name in ("gettemppath", "gettempfilename"):
        return constant("~/AppData/Local/Temp/" + ("file.tmp" if name == "gettempfilename" else ""))
    return call.rest[0] if call.rest else UNKNOWN


def _string(memory: Memory, call: Call, name: str) -> Value:
    arguments = call.rest
    if name == "join" and len(arguments) > 1:
        values = arguments[1] if len(arguments) == 2 else listed(arguments[1:])
        return operators.joined(values, arguments[0])
    if name == "concat":
        return operators.joined(listed(value for item in arguments for value in members(item)), constant(""))
    if name == "format" and arguments:
        return operators.formatted(arguments[0], listed(value for item in arguments[1:] for value in members(item)))
    return holding(merged([argument.flow for argument in arguments]))


def _block(memory: Memory, call: Call, name: str) -> Value:
    first = call.rest[0] if call.rest else UNKNOWN
    return first.but(name="scriptblock") if name == "create" else UNKNOWN


def _assembly(memory: Memory, call: Call, name: str) -> Value:
    """``[Reflection.Assembly]::Load(bytes)``: a program that is loaded out of memory or from a file."""
    if name in ("load", "loadfrom", "loadfile", "unsafeloadfrom"):
        flow = merged([argument.flow for argument in call.rest])
        text = call.rest[0].text if call.rest and call.rest[0].name != BYTES else ""
        if name != "load" or flow.programs or flow.origin or (call.rest and call.rest[0].name == BYTES):
            line = f"[Reflection.Assembly]::{name.capitalize()}({text or call.raws.get('0', '…')})"
            call.exec_act(line, flow, image="powershell")
    return UNKNOWN


def _registry(memory: Memory, call: Call, name: str) -> Value:
    if name == "setvalue" and len(call.rest) > 2:
        call.write_key(path_of(call.rest[0].word).text, call.rest[1].text, call.rest[2])
        return UNKNOWN
    if name == "getvalue" and call.rest and call.rest[0].text:
        return call.read_path(path_of(call.rest[0].word))
    return UNKNOWN


def _packed(memory: Memory, call: Call, name: str) -> Value:
    if name == "createfromdirectory" and len(call.rest) > 1:
        call.write(path_of(call.rest[1].word), call.read_folder(path_of(call.rest[0].word)))
    elif name == "extracttodirectory" and len(call.rest) > 1:
        flow = call.store_file(path_of(call.rest[0].word))
        if flow.origin:
            memory.folders[memory.resolve(path_of(call.rest[1].word).text)] = flow.origin
    return UNKNOWN


def _reversed(memory: Memory, call: Call, name: str) -> Value:
    return operators.reversed_list(call.rest[0]) if name == "reverse" and call.rest else UNKNOWN


_STATIC: dict[str, Callable[[Memory, Call, str], Value]] = {
    "convert": lambda memory, call, name: decoders.convert(name, call.rest),
    "text.encoding": lambda memory, call, name: decoders.encoding(call.rest[0].text if call.rest else ""),
    "environment": _environment,
    "io.file": _file,
    "io.directory": _directory,
    "io.path": _path,
    "string": _string,
    "scriptblock": _block,
    "management.automation.scriptblock": _block,
    "powershell": lambda memory, call, name: named("powershell object"),
    "reflection.assembly": _assembly,
    "appdomain": _assembly,
    "microsoft.win32.registry": _registry,
    "io.compression.zipfile": _packed,
    "array": _reversed,
    "net.dns": lambda memory, call, name: web.looked_up(memory, call),
    "net.webrequest": lambda memory, call, name: web.request_made(memory, call),
    "net.httpwebrequest": lambda memory, call, name: web.request_made(memory, call),
    "diagnostics.process": lambda memory, call, name: _started(memory, call, UNKNOWN) if name == "start" else UNKNOWN,
    "runtime.interopservices.marshal": lambda memory, call, name: holding(
        merged([argument.flow for argument in call.rest])
    ),
}
"""Types whose static methods are followed."""
