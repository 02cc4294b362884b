"""Calls in Python source: finds what is known of the function that is called."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tree_sitter import Node

from pinfold.language.flow import NOTHING, Flow, merged
from pinfold.language.python import (
    classes,
    conversions,
    files,
    interface,
    mappings,
    network,
    processes,
    programs,
    seals,
    surroundings,
)
from pinfold.language.python.invocation import Invocation
from pinfold.language.python.strings import METHODS, codec, decoded, formatted
from pinfold.language.python.table import HTTP_METHODS, canonical
from pinfold.language.python.values import UNKNOWN, Value, changed, constant, holding, listed, named
from pinfold.language.shell.program_table import ORDINARY_VARIABLES
from pinfold.model import ActKind

if TYPE_CHECKING:
    from pinfold.language.python.names import Names

_HOMES = {
    "HOME": "~",
    "USERPROFILE": "~",
    "APPDATA": "~/AppData/Roaming",
    "LOCALAPPDATA": "~/AppData/Local",
}
"""Variables that name a home folder, or a folder below it."""

MAX_MAPPED = 64
"""How many members of a list ``map`` is read with."""

_OBJECTS = frozenset(
    [
        "socket.socket",
        "paramiko.SSHClient",
        "paramiko.Transport",
        "smtplib.SMTP",
        "smtplib.SMTP_SSL",
        "ftplib.FTP",
        "ftplib.FTP_TLS",
        "requests.Session",
        "requests.session",
        "httpx.Client",
        "httpx.AsyncClient",
        "aiohttp.ClientSession",
        "urllib3.PoolManager",
        "http.client.HTTPConnection",
        "http.client.HTTPSConnection",
        "zipfile.ZipFile",
        "tarfile.open",
        "boto3.client",
        "boto3.resource",
        "asyncio.open_connection",
    ]
)
_DECODERS = frozenset(
    [
        "base64.b64decode",
        "base64.standard_b64decode",
        "base64.decodebytes",
        "base64.urlsafe_b64decode",
        "base64.b32decode",
        "base64.b16decode",
        "base64.b85decode",
        "base64.a85decode",
        "binascii.a2b_base64",
        "binascii.unhexlify",
        "bytes.fromhex",
        "zlib.decompress",
        "gzip.decompress",
        "bz2.decompress",
        "lzma.decompress",
        "marshal.loads",
        "marshal.load",
    ]
)


def call(reader: Names, node: Node, callee: Value) -> Value:
    """Return what a call gives, noting its acts."""
    invocation = _invocation(reader, node, callee)
    reader.at = (node.start_byte, node.end_byte)
    if callee.function is not None:
        return _local(reader, callee, invocation)
    name = callee.name
    if classes.is_class(callee) and not name.endswith("()"):
        return _object(reader, callee, invocation)
    handler = HANDLERS.get(name) or network.library_call(name)
    if handler is not None:
        return handler(invocation)
    if name in _DECODERS and invocation.arguments:
        return decoded(name, invocation.arguments[0])
    method = name.rpartition(".")[2] if "." in name else ""
    found = _method(reader, node, invocation, callee.receiver or UNKNOWN, method) if method else None
    if found is not None:
        return found
    sealed = seals.sealed(invocation)
    if sealed is not None:
        return sealed
    given = (value.flow for key, value in invocation.keywords.items() if key != "env")  # the one of a child process
    held = merged([callee.flow, *(value.flow for value in invocation.arguments), *given])
    if name and not name.startswith("?"):
        return holding(held, f"{name}()")
    return holding(held)


def _object(reader: Names, callee: Value, invocation: Invocation) -> Value:
    """Make an object of a class of the skill."""
    classes.construct(reader, callee, invocation.arguments, invocation.keywords)
    held = merged([callee.flow, *(value.flow for value in invocation.every)])
    return holding(held, f"{callee.name}()").but(owner=callee.owner)


def _local(reader: Names, callee: Value, invocation: Invocation) -> Value:
    """Call a function of this source."""
    return reader.run_function(callee, invocation.arguments, invocation.keywords)


def _method(reader: Names, node: Node, invocation: Invocation, receiver: Value, method: str) -> Value | None:
    """Call a method of a string, a container, or an object of this source."""
    function = node.child_by_field_name("function")
    target = function.child_by_field_name("object") if function is not None and function.type == "attribute" else None
    if receiver.sink is not None and method in ("add", "addfile", "write", "writestr"):
        files.into_buffer(invocation, receiver.sink, method)
        return UNKNOWN
    if receiver.draft is not None and (found := files.on_draft(invocation, receiver, method)) is not None:
        return found
    if method == "format" and receiver.text:
        return formatted(receiver, invocation.arguments, invocation.keywords)
    if method == "decode" and receiver.known:
        return codec(receiver, invocation.arguments[0].text) if invocation.arguments else receiver
    if method in METHODS and (receiver.text or receiver.known or method == "join"):
        return METHODS[method](receiver, invocation.arguments)
    if (found := mappings.method(invocation, receiver, method)) is not None:
        return found
    if target is not None and target.type in ("identifier", "attribute"):
        reader.grow(target, method, invocation.arguments or list(invocation.keywords.values()))
    if (own := _own(reader, target, invocation, receiver, method)) is not None:
        return own
    if method in HTTP_METHODS and (invocation.argument(0, "url") or UNKNOWN).text.startswith(
        ("http://", "https://", "ws://", "wss://")
    ):
        return network.request(invocation, "python", method)
    if receiver.name == "pathlib.Path()" or method.endswith(("_text", "_bytes")):
        return files.path_method(invocation, receiver, method)
    return None


def _own(reader: Names, target: Node | None, invocation: Invocation, receiver: Value, method: str) -> Value | None:
    """Call a method that a class of the skill has, or that bears such a name."""
    arguments, keywords = invocation.arguments, invocation.keywords
    if target is not None and classes.is_class(receiver):
        found = classes.method(receiver.owner or reader, receiver.name.removesuffix("()"), method)
        if found is not None:
            return classes.call(reader, found, receiver, reader.text(target), arguments, keywords)
    if target is not None and target.type == "call" and reader.text(target).startswith("super("):
        found = classes.inherited(reader, method)
        if found is not None:
            return _local(reader, found, invocation)
    local = reader.methods.get(method)
    if local is None or not (invocation.name.startswith("?") or invocation.name.partition(".")[0] not in _LIBRARIES):
        return None
    return _local(reader, local, invocation)


_LIBRARIES = frozenset(
    {
        "os",
        "subprocess",
        "requests",
        "httpx",
        "socket",
        "shutil",
        "json",
        "urllib",
        "base64",
        "re",
        "sys",
        "logging",
        "paramiko",
    }
)


def _invocation(reader: Names, node: Node, callee: Value) -> Invocation:
    arguments: list[Value] = []
    keywords: dict[str, Value] = {}
    rest: list[Flow] = []
    holder = node.child_by_field_name("arguments")
    children = holder.named_children if holder is not None else []
    if holder is not None and holder.type == "generator_expression":
        children = [holder]
    for child in children:
        kind = child.type
        if kind == "comment":
            continue
        if kind == "keyword_argument":
            name = child.child_by_field_name("name")
            quiet = name is not None and reader.text(name) == "env"
            reader.quiet += quiet
            value = reader.value(child)
            reader.quiet -= quiet
            if name is not None:
                keywords[reader.text(name)] = value
        elif kind == "dictionary_splat":
            value = reader.value(child)
            keywords.update(value.pairs or {})
            rest.append(value.flow)
        elif kind == "list_splat":
            value = reader.value(child)
            arguments.extend(value.items if value.items is not None else (holding(value.flow),))
        else:
            arguments.append(reader.value(child))
    return Invocation(reader, node, callee, arguments, keywords, merged(rest))


def attribute(reader: Names, value: Value, dotted: str) -> Value | None:
    """Return attributes that stand for something by themselves."""
    if dotted == "os.environ":
        return holding(Flow(("env:*",)), dotted)
    if dotted == "sys.stdin" and reader.stdin:
        return holding(reader.stdin, dotted)
    if dotted == "sys.argv":
        return interface.arguments(reader)
    if dotted == "sys.executable":
        return constant("python")
    if dotted in ("os.sep", "os.linesep", "os.devnull"):
        return constant({"os.sep": "/", "os.linesep": "\n", "os.devnull": "/dev/null"}[dotted])
    if value.name == "pathlib.Path()":
        return files.path_attribute(value, dotted.rpartition(".")[2])
    return None


def subscript(reader: Names, target: Value, key: Value, node: Node) -> Value | None:
    """Return ``os.environ["NAME"]`` and ``module.__dict__["name"]``."""
    if target.name == "os.environ":
        return environment_value(reader, key, node)
    if key.known and target.name == "builtins":  # within a module, it is the dictionary itself
        return reader.attribute(target, key.text)
    if key.known and target.name.endswith(("__dict__", "vars()", "globals()")):
        base = target.name.removesuffix("__dict__").removesuffix("vars()").removesuffix("globals()").rstrip(".")
        return reader.attribute(named(base), key.text) if base else reader.lookup(key.text)
    return None


def environment_value(reader: Names, key: Value, node: Node, default: Value = UNKNOWN) -> Value:
    """Return the value of an environment variable, noting that it is read."""
    if not key.known:
        return holding(merged((key.flow, default.flow)))
    name = key.text[:200]
    if name in _HOMES:
        return constant(_HOMES[name])
    if name in ORDINARY_VARIABLES:
        return default
    source = f"env:{name}"
    if name not in reader.environment and not reader.quiet:
        reader.environment.add(name)
        reader.drafts.add(
            ActKind.READ,
            {"TargetFilename": source, "Image": "python"},
            node.start_byte,
            node.end_byte,
            reader.text(node),
        )
    flow = Flow((source,))
    if default.known and default.text:
        return changed(default.but(extra=flow), default.text)
    return holding(flow)


def _environment(invocation: Invocation) -> Value:
    """``os.environ.get(NAME)``, ``os.getenv(NAME)``."""
    key = invocation.argument(0, "key") or UNKNOWN
    return environment_value(invocation.reader, key, invocation.node, invocation.argument(1, "default") or UNKNOWN)


def _environment_dump(invocation: Invocation) -> Value:
    """``os.environ.items()`` and its like."""
    if not invocation.reader.quiet:
        invocation.add(ActKind.READ, {"TargetFilename": "env:*", "Image": "python"})
    return holding(Flow(("env:*",)))


def _copy_environment(invocation: Invocation) -> Value:
    return holding(Flow(("env:*",)))


def _attribute_by_name(invocation: Invocation) -> Value:
    """``getattr(x, "name")``."""
    if len(invocation.arguments) > 1 and invocation.arguments[1].known:
        return invocation.reader.attribute(invocation.arguments[0], invocation.arguments[1].text)
    return holding(merged([value.flow for value in invocation.every]))


def _module_by_name(invocation: Invocation) -> Value:
    """``__import__("os")``, ``importlib.import_module("os")``."""
    if invocation.arguments and invocation.arguments[0].known:
        return named(canonical(invocation.arguments[0].text))
    return holding(merged([value.flow for value in invocation.every]))


def run_code(reader: Names, node: Node, code: Value) -> None:
    """Note that text is executed as Python, and read it when it is known."""
    processes.run_code(reader, node, code)


def _execute(invocation: Invocation) -> Value:
    """``exec(code)``, ``eval(code)``."""
    code = invocation.arguments[0] if invocation.arguments else UNKNOWN
    processes.run_code(invocation.reader, invocation.node, code)
    return holding(code.flow)


def _compile(invocation: Invocation) -> Value:
    """``compile(source, …)``: executed later; here only passed on."""
    return invocation.arguments[0] if invocation.arguments else UNKNOWN


def _load_code(invocation: Invocation) -> Value:
    """``pickle.loads``, ``runpy.run_path``: data becomes running code."""
    code = invocation.arguments[0] if invocation.arguments else UNKNOWN
    if code.flow.programs or invocation.name.startswith("runpy"):
        processes.run_code(
            invocation.reader,
            invocation.node,
            code.but(word=UNKNOWN.word, extra=code.flow),
            path=code.text if invocation.name == "runpy.run_path" else "",
        )
    return holding(code.flow)


def _mapped(invocation: Invocation) -> Value:
    """``map(f, xs)``: with ``chr`` over constants, the characters."""
    if len(invocation.arguments) > 1:
        function, items = invocation.arguments[0], invocation.arguments[1].items
        if function.name == "chr" and items is not None:
            return listed(
                constant(chr(int(item.text))) if item.text.isdigit() and int(item.text[:8]) < 0x110000 else UNKNOWN
                for item in items
            )
        if function.function is not None and items is not None:
            return listed(
                invocation.reader.run_function(function, [item], {}) for item in _first_items(invocation, items)
            )
        held = merged([value.flow for value in invocation.arguments])
        if function.name in HANDLERS and items is not None:
            inner = [
                Invocation(invocation.reader, invocation.node, function, [item], {}, NOTHING)
                for item in _first_items(invocation, items)
            ]
            return listed(HANDLERS[function.name](one) for one in inner)
        return holding(held)
    return UNKNOWN


def _first_items(invocation: Invocation, items: Sequence[Value]) -> Sequence[Value]:
    """Return the members with which a function is read that is called once for each."""
    return invocation.reader.drafts.within(items, MAX_MAPPED, "members that one call maps")


def _thread(invocation: Invocation) -> Value:
    """``Thread(target=f, args=(…))``: the function is called."""
    target = invocation.keywords.get("target", UNKNOWN)
    arguments = invocation.keywords.get("args", UNKNOWN).items or ()
    if target.function is not None:
        invocation.reader.run_function(target, list(arguments), {})
    elif target.name in HANDLERS:
        return HANDLERS[target.name](
            Invocation(invocation.reader, invocation.node, target, list(arguments), {}, NOTHING)
        )
    return UNKNOWN


def _variables(invocation: Invocation) -> Value:
    base = invocation.arguments[0].name if invocation.arguments else ""
    return named(f"{base}.__dict__" if base else "globals()")


HANDLERS: dict[str, Callable[[Invocation], Value]] = {
    **processes.HANDLERS,
    **network.HANDLERS,
    **files.HANDLERS,
    **interface.HANDLERS,
    **surroundings.HANDLERS,
    **programs.HANDLERS,
    **conversions.HANDLERS,
    "os.getenv": _environment,
    "os.environ.get": _environment,
    "os.environ.pop": _environment,
    "os.environ.setdefault": _environment,
    "os.getenvb": _environment,
    **dict.fromkeys(
        ("os.environ.items", "os.environ.values", "os.environ.keys", "os.environ.__str__"), _environment_dump
    ),
    "os.environ.copy": _copy_environment,
    "getattr": _attribute_by_name,
    "__import__": _module_by_name,
    "importlib.import_module": _module_by_name,
    "importlib.__import__": _module_by_name,
    "exec": _execute,
    "eval": _execute,
    "compile": _compile,
    **dict.fromkeys(
        ["pickle.loads", "pickle.load", "dill.loads", "cloudpickle.loads", "runpy.run_path", "runpy.run_module"],
        _load_code,
    ),
    **dict.fromkeys(("dataclasses.field", "field"), mappings.field),
    "map": _mapped,
    **dict.fromkeys(("threading.Thread", "multiprocessing.Process", "threading.Timer"), _thread),
    **dict.fromkeys(("vars", "globals", "locals"), _variables),
}


def is_known(name: str) -> bool:
    """Return whether something is known of this function."""
    return name in HANDLERS or name in _DECODERS or name in _OBJECTS or network.library_call(name) is not None
