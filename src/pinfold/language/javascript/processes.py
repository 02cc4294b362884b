"""JavaScript calls that start programs or run text as code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tree_sitter import Node

from pinfold.language.drafts import MAX_COMMAND_LINE
from pinfold.language.flow import NOTHING, Flow, Word, concatenated, in_order, merged
from pinfold.language.javascript.decoding import decoded
from pinfold.language.javascript.invocation import Invocation
from pinfold.language.javascript.strings import unescaped
from pinfold.language.javascript.table import kind
from pinfold.language.javascript.values import UNKNOWN, UNKNOWN_WORD, Box, Value, constant, holding, interpolated
from pinfold.model import ActKind, FieldValue

if TYPE_CHECKING:
    from pinfold.language.javascript.names import Names

_SHORTEST = 3
"""How long code is at least that may do anything."""


def run_code(reader: Names, node: Node, code: Value, origin: str = "") -> None:
    """Note that ``code`` is executed as JavaScript, and read it when it is known."""
    flow = code.flow
    text = reader.text(node)
    line = text if text.startswith("eval(") else f"eval({text})"
    fields: dict[str, FieldValue] = {"Image": "node", "CommandLine": line[:2_000]}
    if flow.programs:
        fields["PipedFrom"] = "|".join(flow.programs)
    if "://" in flow.origin:
        fields["PipedFromUrl"] = flow.origin
    if origin:
        fields["ImageOrigin"] = origin
    if code.known and len(code.text) <= _SHORTEST:
        return
    reader.drafts.add(ActKind.EXEC, fields, node.start_byte, node.end_byte, text)
    if code.known:
        with reader.drafts.nested(node.start_byte, node.end_byte) as allowed:
            if allowed:
                reader.drafts.javascript(code.text, reader.drafts, reader.stdin, "node")


def run_written(reader: Names, node: Node, path: str) -> None:
    """``require(path)``, ``import(path)``: code that was fetched and written before is executed."""
    stored = reader.drafts.files.get(path)
    if stored is not None and (stored.origin or stored.programs):
        run_code(reader, node, holding(Flow((), stored.programs, stored.origin)), stored.origin)


def run_data(reader: Names, node: Node, target: Value) -> None:
    """``import("data:text/javascript;base64,…")``."""
    head, _, body = target.text.partition(",")
    code = constant(body) if target.known else holding(target.flow)
    run_code(reader, node, decoded("base64", code) if head.endswith("base64") else constant(unquote(code.text)))


def compiled(invocation: Invocation) -> Value:
    """``eval(code)``, ``new Function(…, code)``, ``vm.runInNewContext(code)``."""
    arguments = [value for value in invocation.arguments if value.function is None]
    index = -1 if invocation.method == "Function" else 0
    code = arguments[index] if arguments else UNKNOWN
    run_code(invocation.reader, invocation.node, code)
    return Value(UNKNOWN_WORD, f"{invocation.name}()", extra=Flow((), code.flow.programs, code.flow.origin))


def _worker(invocation: Invocation) -> Value:
    """``new Worker(code, {eval: true})``, ``new Worker("data:…")``, ``new Worker(path)``."""
    first, options = invocation.argument(0), invocation.argument(1)
    evaluated = options.option("eval")
    if evaluated is not None and evaluated.text == "true":
        run_code(invocation.reader, invocation.node, first)
    elif first.text.startswith("data:"):
        run_data(invocation.reader, invocation.node, first)
    elif first.text:
        run_written(invocation.reader, invocation.node, first.text)
    return Value(UNKNOWN_WORD, "Worker()", box=Box())


def _input(invocation: Invocation, options: Value) -> Flow:
    """Return what the started program reads: ``input``, sockets as its ``stdio``, or what this process reads itself."""
    given = [value for name in ("input", "stdio", "stdin") if (value := options.option(name)) is not None]
    held = merged([value.flow for value in given])
    if given and given[0].known and given[0].text not in ("pipe", "inherit", "ignore"):
        held = Flow(held.sources, held.programs, held.origin, given[0].text)
    return held or invocation.reader.stdin


def _options(invocation: Invocation) -> Value:
    found = (value for value in invocation.arguments[1:] if value.box is not None and value.items is None)
    return next(found, UNKNOWN)


def _done(invocation: Invocation, output: Flow, first: int) -> Value:
    """Return the started program: what it prints, and the act that it stands for."""
    items = invocation.reader.drafts.items
    draft = next((draft for draft in items[first : first + 64] if draft.kind is ActKind.EXEC), None)
    held = Flow(output.sources, in_order((), output.programs), output.origin)
    name = "child_process.spawn()"
    value = Value(UNKNOWN_WORD, name, box=Box(held=held, draft=draft, loose=True))
    result = holding(held)
    invocation.call_back(UNKNOWN, result, result)
    return value


def _run_words(invocation: Invocation, words: list[Word], options: Value) -> Value:
    node, drafts = invocation.node, invocation.reader.drafts
    if not words or not words[0].text.strip() or words[0].text.startswith("{"):
        return _unknown(invocation, concatenated(words).flow if words else NOTHING, options)
    first = len(drafts.items)
    output = NOTHING
    with drafts.nested(node.start_byte, node.end_byte) as allowed:
        if allowed:
            given = _input(invocation, options)
            text = invocation.text[:500]
            output = drafts.command(words, drafts, given, "node", node.start_byte, node.end_byte, text)
    return _done(invocation, output, first)


def run_line(invocation: Invocation, value: Value, options: Value = UNKNOWN) -> Value:
    """Run a command line through the shell."""
    node, drafts = invocation.node, invocation.reader.drafts
    text = value.text.strip()
    if not text or (not value.known and text.startswith("{") and text.endswith("}") and text.count("{") == 1):
        return _unknown(invocation, value.flow, options)
    first = len(drafts.items)
    output = NOTHING
    with drafts.nested(node.start_byte, node.end_byte) as allowed:
        if allowed:
            output = drafts.shell(value.word, drafts, _input(invocation, options), "node")
    return _done(invocation, output, first)


def _unknown(invocation: Invocation, flow: Flow, options: Value) -> Value:
    """A command that is built at run time: what is known is where it comes from."""
    programs = in_order(_input(invocation, options).programs, flow.programs)
    shell = invocation.name in kind("shell") or (options.option("shell") or UNKNOWN).text == "true"
    fields: dict[str, FieldValue] = {
        "Image": "sh" if shell else "*",
        "CommandLine": invocation.text[:MAX_COMMAND_LINE],
        "ParentImage": "node",
    }
    if programs:
        fields["PipedFrom"] = "|".join(programs)
    if "://" in flow.origin:
        fields["PipedFromUrl"] = flow.origin
    first = len(invocation.reader.drafts.items)
    invocation.add(ActKind.EXEC, fields)
    return _done(invocation, Flow(("command:*",), programs), first)


def _shell_call(invocation: Invocation) -> Value:
    return run_line(invocation, invocation.argument(0), _options(invocation))


def _words_call(invocation: Invocation) -> Value:
    """``spawn(program, [words], options)``, ``execFile``, ``Bun.spawn([words])``."""
    first, second, options = invocation.argument(0), invocation.argument(1), _options(invocation)
    if first.box is not None and first.items is None and (given := first.option("cmd")) is not None:
        first, options = given, first
    if first.items is not None:
        return _run_words(invocation, _items(invocation, first, 0), options)
    shell = (options.option("shell") or UNKNOWN).text
    words = [interpolated(first, invocation.raws[0] if invocation.raws else "…")]
    words += _items(invocation, second)
    if second.items is None and second is not UNKNOWN and second.box is None and second.function is None:
        words.append(interpolated(second, invocation.raws[1] if len(invocation.raws) > 1 else "…"))
    if shell == "true" or (" " in first.text.strip() and len(words) == 1):
        line = concatenated([part for word in words for part in (word, Word(" "))][:-1])
        return run_line(invocation, Value(line), options)
    return _run_words(invocation, words, options)


def _items(invocation: Invocation, value: Value, index: int = 1) -> list[Word]:
    """Return the words of an array; an unknown one stands there under its own name, if it has one here."""
    items = value.items or []
    holder = invocation.node.child_by_field_name("arguments")
    given = [child for child in (holder.named_children if holder is not None else ()) if child.type != "comment"]
    array = given[index] if index < len(given) and given[index].type == "array" else None
    nodes = [child for child in (array.named_children if array is not None else ()) if child.type != "comment"]
    raws = [invocation.reader.text(node) for node in nodes] if len(nodes) == len(items) else ["…"] * len(items)
    return [interpolated(item, raw) for item, raw in zip(items, raws, strict=True)]


def _deno_command(invocation: Invocation) -> Value:
    """``new Deno.Command(program, {args: […]})``, which some method starts."""
    options = invocation.argument(1)
    given = options.option("args") or UNKNOWN
    words = [interpolated(invocation.argument(0), invocation.raws[0] if invocation.raws else "…")]
    words += [interpolated(item, "…") for item in (given.items or [])]
    return _run_words(invocation, words, options)


def _fork(invocation: Invocation) -> Value:
    words = [Word("node"), *(interpolated(value, "…") for value in invocation.arguments[:1])]
    words += [interpolated(item, "…") for item in (invocation.argument(1).items or [])]
    return _run_words(invocation, words, _options(invocation))


def tagged(reader: Names, node: Node, tag: Value, template: Node) -> Value:
    """``$`command``` of zx, Bun and execa; any other tag gives what its parts hold."""
    text = reader.value(template)
    if tag.name in ("$", "$.sync", "$.verbose", "String.raw") or tag.name.startswith("$()"):
        if tag.name == "String.raw":
            return constant(reader.text(template)[1:-1]) if text.known else text
        invocation = Invocation(reader, node, Value(UNKNOWN_WORD, "child_process.exec"), [text], [])
        return run_line(invocation, text)
    if tag.function is not None:
        plain = constant(unescaped(reader.text(template)[1:-1]))
        return reader.run(tag, [plain if text.known else text])
    return holding(merged((text.flow, tag.flow)))


HANDLERS: dict[str, Callable[[Invocation], Value]] = {
    **dict.fromkeys(kind("shell"), _shell_call),
    **dict.fromkeys(kind("words"), _words_call),
    "child_process.fork": _fork,
    "Deno.Command": _deno_command,
    "Worker": _worker,
    **dict.fromkeys(
        (
            "eval", "Function", "vm.runInThisContext", "vm.runInNewContext", "vm.runInContext", "vm.Script",
            "vm.compileFunction", "require-from-string", "requireFromString", "execScript", "vm.SourceTextModule",
            "chrome.tabs.executeScript",
        ),
        compiled,
    ),
}  # fmt: skip
