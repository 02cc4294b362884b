"""The tree that ``shell_grammar`` builds: only what a reader of commands needs.

Offsets are in characters of the source.
"""

from __future__ import annotations

import msgspec


class Literal(msgspec.Struct, frozen=True, gc=False):
    """Constant text after quote removal. Brace and tilde expansion apply only when it is not ``quoted``."""

    text: str
    quoted: bool


class Variable(msgspec.Struct, frozen=True, gc=False):
    """``$NAME`` or ``${NAME operator argument}``; ``raw`` is how it was written."""

    name: str
    raw: str
    quoted: bool
    operator: str = ""
    argument: tuple[Piece, ...] = ()


class Substitution(msgspec.Struct, frozen=True, gc=False):
    """``$(…)``, a pair of backticks, ``<(…)`` or ``>(…)``: ``opener`` tells which.

    In a ``flat`` one, which was too deep to read as it is, the offsets of ``body`` mean nothing.
    """

    opener: str
    body: tuple[Node, ...]
    start: int
    end: int
    raw: str
    quoted: bool
    flat: bool = False


class Arithmetic(msgspec.Struct, frozen=True, gc=False):
    """``$((…))``; ``pieces`` are kept because commands may hide in it."""

    raw: str
    pieces: tuple[Piece, ...]


Piece = Literal | Variable | Substitution | Arithmetic


class RawWord(msgspec.Struct, frozen=True, gc=False):
    """One word as written. ``text`` is set instead of ``pieces`` when the word is one unquoted constant."""

    start: int
    end: int
    text: str | None
    pieces: tuple[Piece, ...] = ()


class Redirect(msgspec.Struct, frozen=True, gc=False):
    """One redirection. ``raw`` is how it was written; ``body`` holds a here-document."""

    operator: str
    descriptor: str
    target: RawWord
    raw: str


class HereDocument(msgspec.Struct, gc=False):
    """A here-document; its ``pieces`` are filled in when the line ends."""

    delimiter: str
    quoted: bool
    tabs: bool
    pieces: tuple[Piece, ...] = ()


class Assignment(msgspec.Struct, frozen=True, gc=False):
    """``NAME=value``, ``NAME+=value`` or ``NAME=(a b c)``."""

    name: str
    values: tuple[RawWord, ...]
    append: bool


class Simple(msgspec.Struct, frozen=True, gc=False):
    """A simple command. ``words[0]`` is the program; there may be none (assignments or redirections alone)."""

    start: int
    end: int
    assignments: tuple[Assignment, ...]
    words: tuple[RawWord, ...]
    redirects: tuple[Redirect | HereDocument, ...]


class Pipeline(msgspec.Struct, frozen=True, gc=False):
    """Two or more commands joined by ``|``."""

    stages: tuple[Node, ...]


class Group(msgspec.Struct, frozen=True, gc=False):
    """A compound command. ``kind`` is its first word (``(``, ``{``, ``if``, ``while``, ``for``, ``case``).

    ``variable`` and ``values`` belong to ``for``.
    """

    kind: str
    start: int
    end: int
    body: tuple[Node, ...]
    redirects: tuple[Redirect | HereDocument, ...] = ()
    variable: str = ""
    values: tuple[RawWord, ...] = ()


class Function(msgspec.Struct, frozen=True, gc=False):
    """A function definition."""

    name: str
    body: tuple[Node, ...]


class Test(msgspec.Struct, frozen=True, gc=False):
    """``[[ … ]]`` or ``((…))``: no command itself, though commands may hide in its words."""

    words: tuple[RawWord, ...]


Node = Simple | Pipeline | Group | Function | Test
