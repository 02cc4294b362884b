"""Python pickles, read and never loaded: the calls that loading one would make, as lines of Python.

A pickle is a program for a small machine with a stack. Its opcodes are stepped through with the standard library's
list of them; what would be called becomes text, and nothing is looked up or run.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

MAX_OPCODES = 400_000
"""How many opcodes of one pickle are stepped through."""

MAX_CALLS = 20_000
"""How many calls one pickle yields."""

MAX_TEXT = 20_000
"""How many characters of one value are kept."""

_MARK = "<mark>"
_UNKNOWN = "None"
_NAME = re.compile(r"[A-Za-z_][\w.]{0,200}")
_BUILTINS = ("builtins.", "__builtin__.", "__builtins__.")


def is_pickle(data: bytes) -> bool:
    """Return whether ``data`` begins as a pickle of protocol 2 or later."""
    return data[:1] == b"\x80" and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05")


class _Machine:
    """The stack and memory of one pickle, with texts in the place of objects."""

    def __init__(self) -> None:
        self.stack: list[str] = []
        self.memory: dict[int, str] = {}
        self.modules: dict[str, None] = {}
        self.lines: list[str] = []

    def pop(self) -> str:
        return self.stack.pop() if self.stack else _UNKNOWN

    def to_mark(self) -> list[str]:
        items: list[str] = []
        while self.stack and (item := self.stack.pop()) != _MARK:
            items.append(item)
        return items[::-1]

    def named(self, module: str, name: str) -> str:
        whole = f"{module}.{name}"
        if not _NAME.fullmatch(whole):
            return _UNKNOWN
        for prefix in _BUILTINS:
            if whole.startswith(prefix):
                return whole.removeprefix(prefix)
        self.modules[module] = None
        return whole

    def called(self, function: str, arguments: str) -> str:
        given = arguments if arguments.startswith("(") else f"(*{arguments})"
        given = f"{given[:-2]})" if given.endswith(",)") else given
        name = f"value_{len(self.lines)}"
        self.lines.append(f"{name} = {function}{given}"[:MAX_TEXT])
        return name


def _tuple(items: list[str]) -> str:
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"[:MAX_TEXT]


def _constant(machine: _Machine, argument: Any) -> None:
    machine.stack.append(repr(argument)[:MAX_TEXT] if not isinstance(argument, float) else "0.0")


def _text_of(value: str) -> str:
    return value[1:-1] if value[:1] in ("'", '"') else ""


def _global(machine: _Machine, argument: Any) -> None:
    module, _, name = str(argument).partition(" ")
    machine.stack.append(machine.named(module, name))


def _stack_global(machine: _Machine, argument: Any) -> None:
    name, module = machine.pop(), machine.pop()
    machine.stack.append(machine.named(_text_of(module), _text_of(name)))


def _reduce(machine: _Machine, argument: Any) -> None:
    given, function = machine.pop(), machine.pop()
    machine.stack.append(machine.called(function, given))


def _instance(machine: _Machine, argument: Any) -> None:
    items = machine.to_mark()
    module, _, name = str(argument).partition(" ")
    machine.stack.append(machine.called(machine.named(module, name), _tuple(items)))


def _object(machine: _Machine, argument: Any) -> None:
    items = machine.to_mark()
    machine.stack.append(machine.called(items[0] if items else _UNKNOWN, _tuple(items[1:])))


def _new_with_keywords(machine: _Machine, argument: Any) -> None:
    machine.pop()
    _reduce(machine, argument)


def _kept(machine: _Machine, argument: Any) -> None:
    if machine.stack:
        machine.memory[int(argument)] = machine.stack[-1]


def _memoized(machine: _Machine, argument: Any) -> None:
    if machine.stack:
        machine.memory[len(machine.memory)] = machine.stack[-1]


def _fetched(machine: _Machine, argument: Any) -> None:
    machine.stack.append(machine.memory.get(int(argument), _UNKNOWN))


def _added(machine: _Machine, argument: Any) -> None:
    items = machine.to_mark()
    holder = machine.pop()
    machine.stack.append(f"[{', '.join(items)}]"[:MAX_TEXT] if holder.startswith("[") else holder)


_STEPS: dict[str, Callable[[_Machine, Any], None]] = {
    "GLOBAL": _global,
    "STACK_GLOBAL": _stack_global,
    "REDUCE": _reduce,
    "NEWOBJ": _reduce,
    "NEWOBJ_EX": _new_with_keywords,
    "INST": _instance,
    "OBJ": _object,
    "MARK": lambda machine, argument: machine.stack.append(_MARK),
    "TUPLE": lambda machine, argument: machine.stack.append(_tuple(machine.to_mark())),
    "LIST": lambda machine, argument: machine.stack.append(f"[{', '.join(machine.to_mark())}]"[:MAX_TEXT]),
    "EMPTY_TUPLE": lambda machine, argument: machine.stack.append("()"),
    "EMPTY_LIST": lambda machine, argument: machine.stack.append("[]"),
    "TUPLE1": lambda machine, argument: machine.stack.append(_tuple([machine.pop()])),
    "TUPLE2": lambda machine, argument: machine.stack.append(_tuple([machine.pop(), machine.pop()][::-1])),
    "TUPLE3": lambda machine, argument: machine.stack.append(
        _tuple([machine.pop(), machine.pop(), machine.pop()][::-1])
    ),
    "APPENDS": _added,
    "DUP": lambda machine, argument: machine.stack.append(machine.stack[-1] if machine.stack else _UNKNOWN),
    "MEMOIZE": _memoized,
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _kept),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _fetched),
}


def source_of(data: bytes) -> tuple[str, str]:
    """Return the calls that loading a pickle makes, as Python source, and why it was not read to its end, or ``""``.

    Several pickles may follow one another. Never raises.
    """
    import pickletools  # noqa: PLC0415  # few skills hold pickles; it lists opcodes and loads nothing

    machine = _Machine()
    stream = io.BytesIO(data)
    steps = 0
    trouble = ""
    try:
        while not trouble and stream.tell() < len(data) and (steps == 0 or is_pickle(data[stream.tell() :][:2])):
            for opcode, argument, _position in pickletools.genops(stream):
                steps += 1
                _step(machine, opcode, argument)
                if steps >= MAX_OPCODES or len(machine.lines) >= MAX_CALLS:
                    trouble = f"a pickle of more than {MAX_OPCODES:,} opcodes or {MAX_CALLS:,} calls"
                    break
    except (ValueError, UnicodeDecodeError, OverflowError, IndexError, MemoryError) as error:
        trouble = f"a damaged pickle: {str(error)[:100]}"
    imports = [f"import {module}" for module in machine.modules]
    return "\n".join([*imports, *machine.lines]), trouble


def _step(machine: _Machine, opcode: Any, argument: Any) -> None:
    known = _STEPS.get(opcode.name)
    if known is not None:
        known(machine, argument)
    elif argument is not None and not opcode.stack_before and opcode.stack_after:
        _constant(machine, argument)
    else:
        marked = any(item.name == "mark" for item in opcode.stack_before)
        if marked:
            machine.to_mark()
        for item in opcode.stack_before:
            if not marked and item.name != "mark":
                machine.pop()
        machine.stack.extend(_UNKNOWN for _ in (opcode.stack_after if not marked else opcode.stack_after[:0]))
