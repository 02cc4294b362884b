"""What a JavaScript program finds around it: environment, folders, and the page or extension that it runs in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tree_sitter import Node

from pinfold.language import address
from pinfold.language.address import Address
from pinfold.language.flow import Flow, Word
from pinfold.language.javascript.invocation import connect
from pinfold.language.javascript.table import kind
from pinfold.language.javascript.values import UNKNOWN, UNKNOWN_WORD, Value, constant, holding, listed, mapping
from pinfold.language.shell.program_table import ORDINARY_VARIABLES

if TYPE_CHECKING:
    from pinfold.language.javascript.names import Names

_HOMES = {
    **dict.fromkeys(("HOME", "USERPROFILE", "HOMEPATH"), "~"),
    "APPDATA": "~/AppData/Roaming",
    "LOCALAPPDATA": "~/AppData/Local",
}
_CONSTANTS = {
    "process.execPath": "node", "process.argv0": "node", "path.sep": "/", "os.EOL": "\n", "path.delimiter": ":",
    "os.devNull": "/dev/null", "undefined": "undefined",
}  # fmt: skip
_FOLDERS = {
    "__dirname": "{__dirname}", "__filename": "{__dirname}/{__filename}", "import.meta.url": "{__dirname}/{__filename}",
    "import.meta.dirname": "{__dirname}", "import.meta.dir": "{__dirname}", "import.meta.filename":
    "{__dirname}/{__filename}", "import.meta.path": "{__dirname}/{__filename}",
}  # fmt: skip
_STORES = frozenset({"document.cookie", "localStorage", "sessionStorage"})
_KEYS = frozenset(["key", "code", "keyCode", "which", "charCode", "name", "rawKey", "keychar", "rawcode", "keycode"])


def attribute(reader: Names, value: Value, dotted: str) -> Value | None:
    """Return attributes and global names that stand for something by themselves."""
    if value.name == "process.env":
        return variable(reader, dotted.rpartition(".")[2], None)
    if dotted in ("process.env", "Bun.env"):
        return holding(Flow(("env:*",)), "process.env")
    if dotted in _CONSTANTS:
        return constant(_CONSTANTS[dotted])
    if dotted in _FOLDERS:
        return Value(Word(_FOLDERS[dotted], (), False))
    if dotted == "process.argv":
        own = Value(Word(_FOLDERS["__filename"], (), False))
        return listed([constant("node"), own, *(Value(word) for word in reader.drafts.arguments)])
    if dotted in _STORES:
        return holding(Flow((dotted,)), dotted)
    name = dotted.rpartition(".")[2]
    if value.name == "keys()" and name in _KEYS:
        return holding(Flow(("keystrokes",)))
    if value.name == "URL()":
        return _of_url(value, name)
    if name == "clipboardData" and value.name == "event()":
        return holding(Flow(("clipboard",)))
    return None


def _of_url(value: Value, name: str) -> Value | None:
    """Return what ``new URL(…)`` has: its whole text, or its parameters, which it shares."""
    if name in ("href", "pathname"):
        return value.but(name="URL()")
    if name == "searchParams":
        return Value(UNKNOWN_WORD, "URLSearchParams()", box=value.box)
    return None


def variable(reader: Names, name: str, node: Node | None) -> Value:
    """Return the value of an environment variable, noting that it is read."""
    if name in _HOMES:
        return constant(_HOMES[name])
    if name in ORDINARY_VARIABLES or not name.isidentifier() or len(name) > 200:
        return UNKNOWN
    source = f"env:{name}"
    at = node or reader.node
    if name not in reader.environment and not reader.quiet and at is not None:
        reader.environment.add(name)
        reader.note_read(source, at)
    return holding(Flow((source,)))


def assigned(reader: Names, owner: Value, name: str, value: Value, node: Node) -> None:
    """Follow what setting a property leads to: a request for a picture or script, a page left, a handler set."""
    if name == "src" or (name in ("href", "location") and (owner.name in ("location", "document", "") or not name)):
        if value.flow.sources and (name == "src" or owner.name.endswith("location") or name == "location"):
            _requested(reader, value, node)
    elif name.startswith("on") and (value.function is not None or value.name in ("eval", "Function")):
        told = "keys()" if name[2:] in kind("keys") else "event()"
        if value.function is not None:
            reader.run(value, [event(told, owner.flow)])


def event(name: str, flow: Flow) -> Value:
    """Return what a handler is told."""
    held = holding(flow)
    target = mapping({"result": held, "response": held, "responseText": held}, extra=flow)
    return mapping({"data": held, "target": target, "detail": held}, name, flow)


def _requested(reader: Names, url: Value, node: Node) -> None:
    """Note the request that a browser makes for an address that is given to an element."""
    far = address.split(url.text)
    if far is None and url.known:
        return
    far = far or Address("*", 0, "", "", url.text)
    sent = (*address.sent_in_url(url.word, far), *(url.box.held.sources if url.box is not None else ()))
    connect(reader, node, far, "browser", method="GET", sent=sent)
