"""Classes of Python: what their objects hold, also where a class, or one that it inherits from, stands in another file.

What a program sets as ``self.name`` is remembered by that name for all objects of its classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tree_sitter import Node

from pinfold.language.python.values import UNKNOWN, Value

if TYPE_CHECKING:
    from pinfold.language.python.names import Names

MAX_ANCESTORS = 8
"""How many classes that inherit from one another are looked through."""

MAX_ATTRIBUTES = 64
"""How many attributes of one object are remembered that are set from outside."""


def lineage(reader: Names, name: str) -> Iterator[tuple[Names, str]]:
    """Yield a class and those that it inherits from, each with the reader of its file."""
    waiting = [(reader, name)]
    for _ in range(MAX_ANCESTORS):
        if not waiting:
            return
        owner, name = waiting.pop(0)
        if name in owner.classes:
            yield owner, name
            waiting += [(base.owner or owner, base.name) for base in owner.bases.get(name, ())]


def is_class(value: Value) -> bool:
    """Say whether a value is a class of the skill, or an object of one."""
    return value.owner is not None and value.function is None and value.name.removesuffix("()") in value.owner.classes


def is_object(value: Value) -> bool:
    """Say whether a value is an object of a class of the skill."""
    return value.name.endswith("()") and is_class(value)


def member(reader: Names, first: Names, name: str, attribute: str) -> Value | None:
    """Return what a class sets under a name for its objects: methods apart, but for those that are read like values.

    ``reader`` reads the program that asks, ``first`` the file in which the class stands.
    """
    for owner, ancestor in lineage(first, name):
        of_class, of_object = owner.classes[ancestor].get(attribute), owner.scopes[0].get(f"self.{attribute}")
        if of_class is not None and of_class.function is not None:
            return reader.run_function(of_class, [], {}) if _is_property(owner, of_class.function) else None
        found = of_object if of_class is None or of_class is UNKNOWN else of_class
        if found is not None and found.function is None:
            return found
    return None


def _is_property(owner: Names, function: Node) -> bool:
    parent = function.parent
    if parent is None or parent.type != "decorated_definition":
        return False
    return any("property" in owner.text(child) for child in parent.named_children if child.type == "decorator")


def method(reader: Names, name: str, called: str) -> Value | None:
    """Return a method of a class, or of one that it inherits from."""
    for owner, ancestor in lineage(reader, name):
        found = owner.classes[ancestor].get(called)
        if found is not None and found.function is not None:
            return found
    return None


def construct(reader: Names, made: Value, arguments: list[Value], keywords: dict[str, Value]) -> None:
    """Read what makes an object of a class; where that is left to Python, the arguments are its fields."""
    owner = made.owner or reader
    initial = method(owner, made.name, "__init__")
    if initial is not None:
        reader.run_function(initial, arguments, keywords)
        return
    fields = [field for field, value in owner.classes[made.name].items() if value.function is None]
    for field, value in (*zip(fields, arguments, strict=False), *keywords.items()):
        owner.set_attribute("self", field, value)


def inherited(reader: Names, called: str) -> Value | None:
    """Return the method that ``super().name`` calls in the class that is being read."""
    within = reader.within[-1] if reader.within else ""
    bases = reader.bases.get(within, ())
    found = (method(base.owner or reader, base.name, called) for base in bases)
    return next((one for one in found if one is not None), None)


def call(
    reader: Names,
    function: Value,
    receiver: Value,
    target: str,
    arguments: list[Value],
    keywords: dict[str, Value],
) -> Value:
    """Call a method of an object of the skill, with what was set on the object, and what its own class adds."""
    host, owner = function.owner or reader, receiver.owner or reader
    held = {f"self.{name}": value for name, value in reader.attributes.get(target, {}).items()}
    methods: dict[str, Value] = {}
    if owner is not host:
        held = {**{name: value for name, value in owner.scopes[0].items() if name.startswith("self.")}, **held}
        own = owner.classes.get(receiver.name.removesuffix("()"), {})
        methods = {name: value for name, value in own.items() if value.function is not None}
    with _given(host, held, methods):
        return reader.run_function(function, arguments, keywords)


def _tells(value: Value) -> bool:
    return bool(value.flow or value.known or is_object(value))


@contextmanager
def _given(host: Names, held: dict[str, Value], methods: dict[str, Value]) -> Iterator[None]:
    """Let the methods of a file see attributes and methods that another file sets."""
    scope, before = host.scopes[0], {name: host.scopes[0].get(name) for name in held}
    outer, stirred = host.methods, host.stirred
    scope.update(held)
    host.methods = {**outer, **methods} if methods else outer
    host.stirred = stirred or bool(methods) or any(map(_tells, held.values()))
    try:
        yield
    finally:
        host.methods, host.stirred = outer, stirred
        for name, value in before.items():
            if value is None:
                scope.pop(name, None)
            else:
                scope[name] = value
