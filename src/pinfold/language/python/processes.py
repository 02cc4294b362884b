"""Python calls that start programs or run text as code."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from tree_sitter import Node

from pinfold.language.drafts import MAX_COMMAND_LINE
from pinfold.language.flow import NOTHING, Flow, Word, in_order, merged
from pinfold.language.python.invocation import Invocation
from pinfold.language.python.table import LIST_CALLS, SHELL_CALLS, SPREAD_CALLS, VECTOR_CALLS
from pinfold.language.python.values import UNKNOWN, Value, holding, interpolated
from pinfold.model import ActKind, FieldValue

if TYPE_CHECKING:
    from pinfold.language.python.names import Names


_UNNAMED = re.compile(r"\{[^{}/]*\}$|\{[^{}]*$")
"""A program of which nothing is known, not even the end of its path."""

_FIRST = re.compile(r"^\{[^{}\n]{0,200}\}")
"""What is unknown at the start of a text that is handed to a program."""


def run_code(reader: Names, node: Node, code: Value, path: str = "") -> None:
    """Note that ``code`` is executed as Python, and read it when it is known."""
    text = reader.text(node)
    fields: dict[str, FieldValue] = {"Image": "python", "CommandLine": text[:MAX_COMMAND_LINE]}
    programs = code.flow.programs
    if programs:
        fields["PipedFrom"] = "|".join(programs)
    origin = code.flow.origin or (reader.drafts.files.get(path, NOTHING).origin if path else "")
    if "://" in origin:
        fields["ImageOrigin"] = origin
    reader.drafts.add(ActKind.EXEC, fields, node.start_byte, node.end_byte, text)
    if code.known and len(code.text) > 3:
        with reader.drafts.nested(node.start_byte, node.end_byte) as allowed:
            if allowed:
                reader.drafts.python(code.text, reader.drafts, reader.stdin, "python")


def _words(values: tuple[Value, ...], raws: list[str]) -> list[Word]:
    return [interpolated(value, raw) for value, raw in zip(values, [*raws, *["…"] * len(values)], strict=False)]


def _input(invocation: Invocation) -> Flow:
    """Return what the started program reads: ``input=``, ``stdin=``, or what this process reads itself."""
    given = [invocation.keywords[name].flow for name in ("input", "stdin") if name in invocation.keywords]
    held = merged(given)
    value = invocation.keywords.get("input", UNKNOWN)
    if value.text:
        held = Flow(held.sources, held.programs, held.origin, value.text if value.known else _FIRST.sub("", value.text))
    return held or invocation.reader.stdin


def _run_words(invocation: Invocation, words: list[Word]) -> Value:
    node, drafts = invocation.node, invocation.reader.drafts
    if not words or not words[0].text.strip() or _UNNAMED.match(words[0].text):
        return _unknown_command(invocation, _executed(words))
    with drafts.nested(node.start_byte, node.end_byte) as allowed:
        output = (
            drafts.command(
                words, drafts, _input(invocation), "python", node.start_byte, node.end_byte, invocation.text[:500]
            )
            if allowed
            else NOTHING
        )
    return holding(Flow(output.sources, in_order((), output.programs), output.origin), f"{invocation.name}()")


_CODE_OPTION = re.compile(r"^(?:-[a-zA-Z]{0,3}[ce]|/[ckCK]|--?(?:eval|command|EncodedCommand|Command))$")
"""An option of an interpreter or shell whose argument is executed."""


def _executed(words: list[Word]) -> Flow:
    """Return where that comes from which an unknown program executes: itself, and code among its arguments."""
    code = [word for option, word in pairwise(words) if _CODE_OPTION.match(option.text)]
    return merged([word.flow for word in (*words[:1], *code)])


def _run_line(invocation: Invocation, value: Value) -> Value:
    """Run a command line through the shell."""
    node, drafts = invocation.node, invocation.reader.drafts
    if not value.text.strip() or (not value.known and value.text.startswith("{") and value.text.endswith("}")):
        return _unknown_command(invocation, value.flow)
    with drafts.nested(node.start_byte, node.end_byte) as allowed:
        output = drafts.shell(value.word, drafts, _input(invocation), "python") if allowed else NOTHING
    return holding(Flow(output.sources, output.programs, output.origin), f"{invocation.name}()")


def _unknown_command(invocation: Invocation, flow: Flow) -> Value:
    """A command that is built at run time: what is known is where it comes from."""
    programs = in_order(_input(invocation).programs, flow.programs)
    fields: dict[str, FieldValue] = {
        "Image": "sh" if invocation.name in SHELL_CALLS or _shell(invocation) else "*",
        "CommandLine": invocation.text[:MAX_COMMAND_LINE],
        "ParentImage": "python",
    }
    if programs:
        fields["PipedFrom"] = "|".join(programs)
    if "://" in flow.origin:
        fields["ImageOrigin"] = flow.origin
    invocation.add(ActKind.EXEC, fields)
    return holding(Flow(("command:*",), programs), f"{invocation.name}()")


def _shell(invocation: Invocation) -> bool:
    holder = invocation.node.child_by_field_name("arguments")
    return holder is not None and any(
        child.type == "keyword_argument" and invocation.reader.text(child).replace(" ", "") in ("shell=True", "shell=1")
        for child in holder.named_children
    )


def _shell_call(invocation: Invocation) -> Value:
    return _run_line(invocation, invocation.argument(0, "cmd", "command", "args") or UNKNOWN)


def _list_call(invocation: Invocation) -> Value:
    first = invocation.argument(0, "args", "argv", "command", "cmd") or UNKNOWN
    if first.items is None:
        return _run_line(invocation, first)
    if _shell(invocation) and first.items:
        return _run_line(invocation, first.items[0])
    return _run_words(invocation, _words(first.items, _raw_items(invocation)))


def _raw_items(invocation: Invocation) -> list[str]:
    """Return the source of each item where the words stand in the call itself."""
    holder = invocation.node.child_by_field_name("arguments")
    first = holder.named_children[0] if holder is not None and holder.named_children else None
    if (
        first is None
        or first.type not in ("list", "tuple")
        or any(child.type == "list_splat" for child in first.named_children)
    ):
        return []
    return [invocation.reader.text(child) for child in first.named_children if child.type != "comment"]


def _spread_call(invocation: Invocation) -> Value:
    index = SPREAD_CALLS[invocation.name]
    return _run_words(invocation, _words(tuple(invocation.arguments[index:]), invocation.raws[index:]))


def _vector_call(invocation: Invocation) -> Value:
    index = VECTOR_CALLS[invocation.name]
    value = invocation.arguments[index] if len(invocation.arguments) > index else UNKNOWN
    if value.items is not None:
        return _run_words(invocation, _words(value.items, []))
    program = invocation.arguments[index - 1] if len(invocation.arguments) >= index else UNKNOWN
    return _run_words(invocation, [interpolated(program, "program")])


def _duplicate(invocation: Invocation) -> Value:
    """``os.dup2(s.fileno(), 0)``: from here on, what this process starts reads from there."""
    if invocation.arguments and (flow := invocation.arguments[0].flow).programs:
        invocation.reader.stdin = Flow((), flow.programs)
    return UNKNOWN


def _execute_file(invocation: Invocation) -> Value:
    """``execfile(path)`` of Python 2."""
    path = invocation.arguments[0].text if invocation.arguments else ""
    run_code(invocation.reader, invocation.node, UNKNOWN, path)
    return UNKNOWN


HANDLERS: dict[str, Callable[[Invocation], Value]] = {
    **dict.fromkeys(LIST_CALLS, _list_call),
    **dict.fromkeys(SHELL_CALLS, _shell_call),
    **dict.fromkeys(SPREAD_CALLS, _spread_call),
    **dict.fromkeys(VECTOR_CALLS, _vector_call),
    "os.dup2": _duplicate,
    "os.dup": _duplicate,
    "execfile": _execute_file,
}
