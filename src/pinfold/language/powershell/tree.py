"""The tree that the reader of PowerShell builds: only what following its commands and values needs.

Offsets are in characters of the source.
"""

from __future__ import annotations

import msgspec


class Text(msgspec.Struct, frozen=True, gc=False):
    """A constant; ``bare`` when it was written without quotes."""

    text: str
    bare: bool = False


class Number(msgspec.Struct, frozen=True, gc=False):
    """A whole number, in decimal digits."""

    text: str


class Expandable(msgspec.Struct, frozen=True, gc=False):
    """A string or bare word in which variables and ``$(…)`` are filled in."""

    pieces: tuple[Node, ...]


class Variable(msgspec.Struct, frozen=True, gc=False):
    """``$name``, ``${name}``, ``@name``; ``name`` is in lower case, with its scope (``env:path``)."""

    name: str
    start: int
    end: int


class Bracket(msgspec.Struct, frozen=True, gc=False):
    """Commands in brackets; ``opener`` is ``(``, ``$(`` or ``@(``."""

    opener: str
    body: tuple[Node, ...]
    start: int
    end: int


class Block(msgspec.Struct, frozen=True, gc=False):
    """``{ … }`` as a value; ``parameters`` are the names it takes, each with what it is when it is not given."""

    body: tuple[Node, ...]
    parameters: tuple[tuple[str, Node | None], ...]
    start: int
    end: int


class Table(msgspec.Struct, frozen=True, gc=False):
    """``@{ key = value }``."""

    pairs: tuple[tuple[Node, Node], ...]


class TypeName(msgspec.Struct, frozen=True, gc=False):
    """``[System.Name]``: the name in lower case without ``system.``."""

    name: str


class Member(msgspec.Struct, frozen=True, gc=False):
    """``.name``, ``::name`` and, with ``arguments``, a call of it."""

    name: Node
    static: bool
    arguments: tuple[Node, ...] | None
    end: int


class Index(msgspec.Struct, frozen=True, gc=False):
    """``[…]`` behind a value."""

    at: Node
    end: int


class Postfix(msgspec.Struct, frozen=True, gc=False):
    """A value with members, calls and indices behind it."""

    operand: Node
    steps: tuple[Member | Index, ...]
    start: int


class Prefixed(msgspec.Struct, frozen=True, gc=False):
    """A value with operators (``-join``, ``!``) or casts before it, from left to right."""

    operators: tuple[str | TypeName, ...]
    operand: Node


class Chain(msgspec.Struct, frozen=True, gc=False):
    """Operands joined from left to right by operators of one rank."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


class Listed(msgspec.Struct, frozen=True, gc=False):
    """Values joined by commas."""

    items: tuple[Node, ...]


class Parameter(msgspec.Struct, frozen=True, gc=False):
    """``-Name`` or ``-Name:value`` on a command line."""

    name: str
    value: Node | None


class Splat(msgspec.Struct, frozen=True, gc=False):
    """``@name`` on a command line: a table or list handed on as arguments."""

    name: str


class Redirect(msgspec.Struct, frozen=True, gc=False):
    """``> file`` and ``>> file``; ``stream`` is the number before it."""

    stream: str
    append: bool
    target: Node


class Command(msgspec.Struct, frozen=True, gc=False):
    """A command line; ``invoke`` is ``&``, ``.`` or nothing, ``words[0]`` what is run."""

    invoke: str
    words: tuple[Node, ...]
    redirects: tuple[Redirect, ...]
    start: int
    end: int


class Pipeline(msgspec.Struct, frozen=True, gc=False):
    """Two or more stages joined by ``|``, or one value with redirections."""

    stages: tuple[Node, ...]
    redirects: tuple[Redirect, ...] = ()
    start: int = 0
    end: int = 0


class Assign(msgspec.Struct, frozen=True, gc=False):
    """``target = value``."""

    target: Node
    operator: str
    value: Node


class Group(msgspec.Struct, frozen=True, gc=False):
    """A compound statement.

    ``kind`` is its first word; ``heads`` are its conditions, ``bodies`` its blocks; ``variable`` belongs to
    ``foreach``.
    """

    kind: str
    heads: tuple[Node, ...]
    bodies: tuple[tuple[Node, ...], ...]
    variable: str = ""


class Function(msgspec.Struct, frozen=True, gc=False):
    """A definition of a function, in lower case."""

    name: str
    block: Block


class Return(msgspec.Struct, frozen=True, gc=False):
    """``return value``."""

    value: Node | None


Node = (
    Text
    | Number
    | Expandable
    | Variable
    | Bracket
    | Block
    | Table
    | TypeName
    | Postfix
    | Prefixed
    | Chain
    | Listed
    | Parameter
    | Splat
    | Command
    | Pipeline
    | Assign
    | Group
    | Function
    | Return
)

NONE = Text("")
"""What stands where nothing was written."""
