"""Cmdlets that read and write files, keys of the registry, the clipboard and other stores."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from pinfold.language.asked import typed
from pinfold.language.flow import NOTHING, Flow, Part, Word, joined, merged
from pinfold.language.powershell import operators
from pinfold.language.powershell.call import Call, is_registry, path_of
from pinfold.language.powershell.values import (
    UNKNOWN,
    Value,
    constant,
    holding,
    listed,
    members,
)

_MEMORY = ("variable:", "function:", "alias:", "cert:", "wsman:")


def content(call: Call) -> Value:
    """``Get-Content`` and its like."""
    values: list[Value] = []
    for path in call.paths("path", "literalpath"):
        if path.text.lower().startswith("env:"):
            values.append(_environment(call, path.text[4:]))
        elif not path.text.lower().startswith(_MEMORY):
            values.append(call.read_path(path))
    if len(values) == 1:
        return values[0]
    return holding(merged([value.flow for value in values] or [call.input.flow]))


def _environment(call: Call, name: str) -> Value:
    name = name.strip("/")
    if not name or "*" in name:
        return call.memory.whole_environment(call.start, call.end)
    return call.memory.environment_value(name, call.start, call.end)


def listing(call: Call) -> Value:
    """``Get-ChildItem``, ``Get-Item``: paths, or the whole environment."""
    found: list[Value] = []
    pattern = call.value("filter", "include").text
    for path in call.paths("path", "literalpath") if call.given("path", "literalpath") is not UNKNOWN else ():
        low = path.text.lower()
        if low.startswith("env:") or low == "env":
            return _environment(call, path.text[4:])
        if low.startswith(_MEMORY):
            continue
        text = (
            f"{path.text.rstrip('/')}/{'**/' if 'Recurse' in call.switches else ''}{pattern}" if pattern else path.text
        )
        flow = Flow((text,)) if not is_registry(text) else NOTHING
        parts = (*path.parts, *((Part(0, len(text), flow),) if flow else ()))
        found.append(Value(Word(text, parts, path.known), "file"))
    if len(found) == 1:
        return found[0]
    return listed(found) if found else holding(Flow((f"command:{call.image}",)))


def search(call: Call) -> Value:
    """``Select-String``: lines of files, or of the input."""
    paths = call.paths("path", "literalpath") if {"path", "literalpath"} & call.named.keys() else []
    if not paths and members(call.input)[:1] and members(call.input)[0].name == "file":
        paths = [path_of(item.word) for item in members(call.input)[:64] if item.text]
    held = merged([call.read(path) for path in paths] or [call.input.flow])
    return holding(held)


def written(call: Call) -> Value:
    """``Set-Content``, ``Add-Content``, ``Out-File``, ``Tee-Object``, ``Export-Csv``."""
    value = call.given("value", "inputobject")
    append = call.image == "Add-Content" or "Append" in call.switches
    for path in call.paths("path", "filepath", "literalpath") if _named(call) else ():
        if is_registry(path.text):
            call.write_key(path.text, "", value)
        elif path.text.lower().startswith("env:"):
            call.memory.set(path.text.lower(), value)
        else:
            call.write_path(path, value, append=append)
    return value if call.image == "Tee-Object" else UNKNOWN


def _named(call: Call) -> bool:
    return bool({"path", "filepath", "literalpath"} & call.named.keys())


def made(call: Call) -> Value:
    """``New-Item``: a file, a key, a link, or a folder."""
    kind = call.value("itemtype").text.lower()
    name = call.value("name").text
    value = call.value("value", "target")
    result = UNKNOWN
    for path in call.paths("path") or ([Word(".")] if name else []):
        text = posixpath.join(path.text, name.replace("\\", "/")) if name else path.text
        word = Word(text, path.parts, path.known)
        result = Value(word, "file")
        if is_registry(text):
            call.write_key(text, "", value)
        elif text.lower().startswith("function:") and value.block is not None:
            call.memory.run_block(value.block, UNKNOWN, {}, [])
        elif kind.startswith(("symbolic", "hard", "junction")):
            call.write(word, Flow((), (), path_of(value.word).text))
        elif not kind.startswith("d") and (kind or value is not UNKNOWN or call.input is not UNKNOWN):
            call.write_path(word, value if value is not UNKNOWN else call.input)
    return result


def folder(call: Call) -> Value:
    """``mkdir``: what it gives is the folder."""
    paths = call.paths("path")
    return Value(paths[0], "file") if paths else UNKNOWN


def copied(call: Call) -> Value:
    """``Copy-Item``, ``Move-Item``: what the source holds stands in the destination."""
    targets = call.paths("destination", "newname") if {"destination", "newname"} & call.named.keys() else []
    flows: list[Flow] = []
    sources = call.paths("path", "literalpath")
    for path in sources:
        stored = call.store_file(path)
        flows.append(
            Flow(joined((path.text,), stored.sources), stored.programs, stored.origin or path.text, stored.text)
        )
    for target in targets[:4]:
        for path, flow in zip(sources, flows, strict=False):
            call.write(_inside(call, target, path), flow)
            _remember_folder(call, target, flow)
    if call.value("tosession").flow or call.value("tosession") is not UNKNOWN:
        return holding(merged(flows))
    return UNKNOWN


def _remember_folder(call: Call, target: Word, flow: Flow) -> None:
    """Remember that something was put below a folder, should the folder be packed."""
    files, key = call.store.files, f"{call.store.resolve(target.text).rstrip('/')}/#copied"
    files[key] = merged((files.get(key, NOTHING), Flow(flow.sources, flow.programs, "")))


def _inside(call: Call, target: Word, source: Word) -> Word:
    """Return the file that is written: in a folder, one of the source's name."""
    name = posixpath.basename(source.text.rstrip("/"))
    if target.text.endswith("/") or ("." not in posixpath.basename(target.text) and "." in name):
        return Word(posixpath.join(target.text, name), target.parts, target.known)
    return target


def removed(call: Call) -> Value:
    """``Remove-Item``: the command line says what."""
    return UNKNOWN


def packed(call: Call) -> Value:
    """``Compress-Archive``."""
    held = merged([call.read_folder(path) for path in call.paths("path", "literalpath")])
    for target in call.paths("destinationpath") if "destinationpath" in call.named else ():
        name = target.text if target.text.lower().endswith(".zip") else f"{target.text}.zip"
        call.write(Word(name, target.parts, target.known), Flow(held.sources, held.programs, held.origin))
    return UNKNOWN


def unpacked(call: Call) -> Value:
    """``Expand-Archive``: what lies in the folder came from where the archive came from."""
    for path in call.paths("path", "literalpath"):
        flow = call.store_file(path)
        targets = call.paths("destinationpath") if "destinationpath" in call.named else [Word(path.text[:-4])]
        for target in targets:
            if "://" in flow.origin:
                call.store.folders[call.store.resolve(target.text)] = flow.origin
    return UNKNOWN


def key_read(call: Call) -> Value:
    """``Get-ItemProperty``: a value of the registry, or of a file."""
    name = call.value("name").text
    held: list[Flow] = []
    for path in call.paths("path", "literalpath"):
        if path.text.lower().startswith("env:"):
            return _environment(call, path.text[4:])
        if is_registry(path.text):
            held.append(call.read(Word(f"{path.text}/{name}" if name else path.text)))
    return holding(merged(held))


def key_written(call: Call) -> Value:
    """``Set-ItemProperty``, ``New-ItemProperty``, ``Set-Item``."""
    value = call.value("value")
    for path in call.paths("path", "literalpath"):
        if is_registry(path.text):
            call.write_key(path.text, call.value("name").text, value)
        elif path.text.lower().startswith("env:"):
            call.memory.set(path.text.lower(), value)
    return UNKNOWN


def path_joined(call: Call) -> Value:
    """``Join-Path``."""
    pieces = [call.value(name) for name in ("path", "childpath", "additionalchildpath") if name in call.named]
    if "path" not in call.named and call.input is not UNKNOWN:
        pieces.insert(0, call.input)
    words = [value.but(word=path_of(value.word)) for value in pieces if value.items is None]
    joint = operators.joined(listed(words), constant("/"))
    return joint.but(word=Word(joint.text.replace("//", "/"), joint.word.parts, joint.known)) if joint.text else joint


def path_split(call: Call) -> Value:
    """``Split-Path``: the folder, or with ``-Leaf`` the name."""
    paths = call.paths("path", "literalpath")
    if not paths:
        return UNKNOWN
    text = paths[0].text
    part = posixpath.basename(text) if "Leaf" in call.switches else posixpath.dirname(text)
    return Value(Word(part, tuple(Part(0, len(part), piece.flow) for piece in paths[0].parts), paths[0].known))


def clipboard(call: Call) -> Value:
    """``Get-Clipboard``."""
    return holding(Flow(("clipboard",)))


def asked(call: Call) -> Value:
    """``Get-Credential``, ``Read-Host -AsSecureString``: what the user types."""
    question = call.value("prompt", "message").text
    if call.image == "Get-Credential" or {"AsSecureString", "MaskInput"} & call.switches:
        found = typed(question) or typed("password")
        return holding(Flow((f"command:{call.image}", *found.sources)))
    return holding(typed(question))


def passed(call: Call) -> Value:
    """``Out-String``, ``ConvertTo-Json`` and their like: what goes in comes out."""
    value = call.given("inputobject", "string", "securestring", "value")
    if call.image in ("Write-Output", "Out-String", "ConvertTo-SecureString") and value.text:
        return value
    if call.image in ("ConvertTo-Json", "ConvertFrom-Json") and value.known and not value.pairs:
        return value
    return holding(merged((value.flow, *(item.flow for item in call.rest))))


JUDGES: dict[str, Callable[[Call], Value]] = {
    **dict.fromkeys(("get-content", "import-csv", "import-clixml"), content),
    **dict.fromkeys(("get-childitem", "get-item", "resolve-path"), listing),
    "select-string": search,
    **dict.fromkeys(
        ("set-content", "add-content", "out-file", "tee-object", "export-csv", "export-clixml"), written
    ),
    "new-item": made,
    "mkdir": folder,
    **dict.fromkeys(("copy-item", "move-item", "rename-item"), copied),
    "remove-item": removed,
    "compress-archive": packed,
    "expand-archive": unpacked,
    **dict.fromkeys(("get-itemproperty", "get-itempropertyvalue"), key_read),
    **dict.fromkeys(("set-itemproperty", "new-itemproperty", "set-item"), key_written),
    "join-path": path_joined,
    "split-path": path_split,
    "get-clipboard": clipboard,
    **dict.fromkeys(("get-credential", "read-host"), asked),
    **dict.fromkeys(
        (
            "out-string", "convertto-json", "convertfrom-json", "convertto-securestring", "convertfrom-securestring",
            "write-output", "convertto-csv", "convertto-xml", "convertto-html", "format-list", "format-table",
            "sort-object", "get-unique", "out-host",
        ),
        passed,
    ),
}  # fmt: skip
