"""Calls in JavaScript source: finds what is known of the function that is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tree_sitter import Node

from pinfold.language.address import split
from pinfold.language.drafts import Draft
from pinfold.language.flow import Flow, merged
from pinfold.language.javascript import browser, builtins, files, members, modules, network, processes
from pinfold.language.javascript.invocation import Invocation, connect
from pinfold.language.javascript.strings import METHODS, as_text
from pinfold.language.javascript.table import kind, miner
from pinfold.language.javascript.values import UNKNOWN, UNKNOWN_WORD, Box, Value, holding
from pinfold.language.seals import is_digest, is_public, is_signing
from pinfold.model import ActKind

if TYPE_CHECKING:
    from pinfold.language.javascript.names import Names

_PASSED_ON = 4
"""How many functions among the arguments of an unknown call are read in place."""


def call(reader: Names, node: Node, callee: Value, *, new: bool = False) -> Value:
    """Return what a call gives, noting its acts."""
    invocation = _invocation(reader, node, callee, new=new)
    return called(invocation)


def called(invocation: Invocation) -> Value:
    """Return what a call gives whose arguments are known."""
    callee, name = invocation.callee, invocation.name
    if callee.function is not None:
        return _local(invocation)
    if program := miner(name):
        return _mines(invocation, program)
    handler = HANDLERS.get(name) or network.library_call(name)
    if handler is not None:
        return handler(invocation)
    if name in ("resolve()", "reject()"):
        return _settled(invocation)
    if "." in name:
        found = _method(invocation)
        if found is not None:
            return found
        sealed = _sealed(invocation)
        if sealed is not None:
            return sealed
    return _unknown(invocation)


def _sealed(invocation: Invocation) -> Value | None:
    """Return what a call makes of a secret that tells nothing of it: a digest, a signature, a public key."""
    method = invocation.method
    if is_digest(method) or invocation.name.startswith(("crypto.createHash", "crypto.createHmac")):
        return Value(UNKNOWN_WORD, f"{invocation.name}()")
    if is_public(method) and not invocation.arguments:
        return UNKNOWN
    return holding(invocation.argument(0).flow) if is_signing(method) else None


def _invocation(reader: Names, node: Node, callee: Value, *, new: bool) -> Invocation:
    arguments: list[Value] = []
    raws: list[str] = []
    holder = node.child_by_field_name("arguments")
    for child in holder.named_children if holder is not None else ():
        if child.type == "comment":
            continue
        value = reader.value(child)
        if child.type == "spread_element":
            arguments.extend(value.items[:64] if value.items is not None else (holding(value.flow),))
        else:
            arguments.append(value)
            raws.append(reader.text(child)[:200])
    raws += ["…"] * (len(arguments) - len(raws))
    return Invocation(reader, node, callee, arguments, raws, new=new)


def _local(invocation: Invocation) -> Value:
    """Call a function of this source, or make an object of one of its classes."""
    reader, callee = invocation.reader, invocation.callee
    function = callee.function
    if function is None:
        return UNKNOWN
    if not invocation.new:
        return reader.run(callee, invocation.arguments, callee.receiver)
    shared = (
        function.this.box if function.this is not None and function.node.type.startswith(("class", "abstr")) else None
    )
    this = Value(UNKNOWN_WORD, box=shared or Box(kind=function))
    maker = callee if shared is None else (function.members.pairs.get("constructor") if function.members else None)
    if maker is not None and maker.function is not None:
        reader.run(maker, invocation.arguments, this)
    elif this.box is not None:
        this.box.hold(invocation.held)
    return this


def _mines(invocation: Invocation, program: str) -> Value:
    """A library that mines coins: what it does is what the program of that name would do."""
    fields = {"Image": program, "CommandLine": invocation.text[:2_000], "ParentImage": "node"}
    invocation.add(ActKind.EXEC, {**fields})
    return UNKNOWN


def _settled(invocation: Invocation) -> Value:
    """``resolve(x)`` of a promise."""
    box = invocation.callee.box
    if box is not None and box.items is not None and invocation.name == "resolve()":
        box.append(invocation.arguments[:1])
    return UNKNOWN


def _method(invocation: Invocation) -> Value | None:
    """Call a method of a string, an array, a promise, or an object of this source."""
    receiver, method, reader = invocation.receiver, invocation.method, invocation.reader
    found = members.promise_method(invocation, receiver, method)
    if found is None:
        found = members.function_method(invocation, receiver, method)
    if found is None and receiver.items is not None:
        found = members.array_method(invocation, receiver, method)
    if found is None and method == "pipe" and invocation.arguments:
        return files.piped(invocation, receiver, invocation.arguments[0])
    if found is None and (draft := receiver.draft or _parent_draft(receiver)) is not None:
        found = files.on_draft(invocation, receiver, draft, method)
    if found is None and (receiver.known or receiver.text) and method in METHODS:
        if method in ("replace", "replaceAll") and len(invocation.arguments) > 1 and invocation.arguments[1].function:
            return members.replaced(invocation, receiver)
        return METHODS[method](receiver, [as_text(value) for value in invocation.arguments])
    if found is None and method == "_compile":  # of a module that was made by hand
        found = processes.compiled(invocation)
    if found is None:
        found = browser.event_method(invocation, receiver, method)
    if found is None:
        found = members.object_method(invocation, receiver, method)
    if found is None and not receiver.name and (local := reader.methods.get(method)) is not None:
        return reader.run(local, invocation.arguments, receiver if receiver.box is not None else None)
    if found is None and method in kind("verbs") and network.is_url(invocation.argument(0)):
        return network.request(invocation, invocation.name.partition(".")[0].strip("?") or "node", method)
    return found


def _parent_draft(receiver: Value) -> Draft | None:
    return receiver.receiver.draft if receiver.receiver is not None else None


def _unknown(invocation: Invocation) -> Value:
    """Call something of which nothing is known: it calls the functions that it is given and holds the rest."""
    held = invocation.held
    secrets = invocation.new or invocation.name.partition(".")[2][:6] in ("create", "init", "config")
    if secrets:  # the object of a library keeps its key to itself
        held = Flow(
            tuple(source for source in held.sources if source[:4] != "env:" or source == "env:*"), held.programs
        )
    taken = 0
    for value in invocation.arguments:
        if value.function is not None and taken < _PASSED_ON:
            taken += 1
            result = invocation.reader.run(value, [holding(invocation.callee.flow)])
            held = merged((held, result.flow))
    name = invocation.name
    if name and not name.startswith("?"):
        return Value(
            UNKNOWN_WORD, f"{name}()", box=Box(held=Flow(held.sources, held.programs, held.origin), loose=True)
        )
    return holding(held) if not invocation.new else Value(UNKNOWN_WORD, box=Box(held=held, loose=True))


def imported(reader: Names, node: Node, arguments: Node | None) -> Value:
    """``import(name)``: a module, or code that comes from somewhere else."""
    child = arguments.named_children[0] if arguments is not None and arguments.named_children else None
    target = reader.value(child) if child is not None else UNKNOWN
    text = target.text
    if text.startswith("data:"):
        processes.run_data(reader, node, target)
        return UNKNOWN
    if text.startswith(("http://", "https://")):
        far = split(text)
        if far is None:
            return UNKNOWN
        connect(reader, node, far, "import", method="GET")
        if far.host not in kind("script_hosts"):
            processes.run_code(reader, node, holding(Flow((), ("fetch",), text)))
        return UNKNOWN
    if target.known:
        processes.run_written(reader, node, text)
        return modules.loaded(reader, text, node)
    if target.flow.programs:
        processes.run_code(reader, node, target)
    return UNKNOWN


def _require(invocation: Invocation) -> Value:
    """``require(name)``."""
    target = invocation.argument(0)
    if target.known:
        processes.run_written(invocation.reader, invocation.node, target.text)
        return modules.loaded(invocation.reader, target.text, invocation.node)
    if target.text:
        processes.run_written(invocation.reader, invocation.node, target.text)
    return UNKNOWN


def _same(invocation: Invocation) -> Value:
    """``promisify(f)``, ``Object.freeze(x)``: what goes in comes out."""
    return invocation.argument(0)


def _later(invocation: Invocation) -> Value:
    """``setTimeout(f, …)``, ``process.nextTick(f)``: the function is called; text is executed."""
    first = invocation.argument(0)
    if first.function is not None:
        invocation.reader.run(first, invocation.arguments[2:])
    elif (first.known and first.number is None) or first.flow.programs:
        processes.run_code(invocation.reader, invocation.node, first)
    return UNKNOWN


def _promise(invocation: Invocation) -> Value:
    """``new Promise((resolve, reject) => …)``: what it is resolved with."""
    box = Box(items=[])
    resolve, reject = Value(UNKNOWN_WORD, "resolve()", box=box), Value(UNKNOWN_WORD, "reject()", box=box)
    first = invocation.argument(0)
    if first.function is None:
        return holding(invocation.held)
    invocation.reader.run(first, [resolve, reject])
    items = box.items or []
    return members.one_of(items) if items else holding(box.held)


def _reflect(invocation: Invocation) -> Value:
    """``Reflect.get(x, name)``, ``Reflect.apply(f, this, arguments)``, ``Reflect.construct(f, arguments)``."""
    first = invocation.argument(0)
    if invocation.method == "get":
        return invocation.reader.subscript(first, invocation.argument(1), invocation.node)
    given = invocation.argument(2 if invocation.method == "apply" else 1)
    return called(
        Invocation(invocation.reader, invocation.node, first, list(given.items or ()), [], new=invocation.new)
    )


HANDLERS: dict[str, Callable[[Invocation], Value]] = {
    **builtins.HANDLERS,
    **processes.HANDLERS,
    **network.HANDLERS,
    **files.HANDLERS,
    **browser.HANDLERS,
    "require": _require,
    "createRequire": lambda _invocation: Value(UNKNOWN_WORD, "require"),
    "module.createRequire": lambda _invocation: Value(UNKNOWN_WORD, "require"),
    "Promise": _promise,
    **dict.fromkeys(
        (
            "util.promisify", "promisify", "Promise.resolve", "Promise.all", "Promise.race", "Promise.allSettled",
            "Promise.any", "Object.freeze", "Object.seal", "structuredClone", "Object", "path.normalize",
            "util.inspect", "Object.getPrototypeOf", "Object.create", "String.raw", "pify", "fileURLToPath",
            "url.pathToFileURL", "util.callbackify",
        ),
        _same,
    ),
    **dict.fromkeys(
        ("setTimeout", "setInterval", "setImmediate", "queueMicrotask", "process.nextTick", "requestIdleCallback",
         "timers.setTimeout", "requestAnimationFrame"),
        _later,
    ),
    **dict.fromkeys(("Reflect.get", "Reflect.apply", "Reflect.construct"), _reflect),
}  # fmt: skip
