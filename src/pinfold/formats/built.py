"""What the readers of files for builders (``make``, ``just``) share: the commands, and what filling them in costs."""

from __future__ import annotations

import msgspec

MAX_FILLED = 20_000
"""How many names are filled in, in one file."""

MAX_CHARACTERS = 2_000_000
"""How many characters all that is filled in may have together."""

MAX_LENGTH = 32_768
"""How many characters one command may grow to."""

MAX_DEPTH = 16
"""How deep names that stand for other names are followed."""


class Recipe(msgspec.Struct, frozen=True):
    """Commands that a builder runs.

    ``command`` is what it hands to the interpreter of ``language`` (a shell, as a rule), with the names filled in that
    the file sets; ``start`` and ``end`` are the offsets of what was written, in characters.
    """

    command: str
    start: int
    end: int
    language: str = "shell"


class Budget:
    """What may still be filled in; ``cut`` says in a few words which limit was reached, or is ``""``."""

    def __init__(self) -> None:
        self.filled = 0
        self.characters = 0
        self.cut = ""

    def spend(self, length: int, depth: int) -> bool:
        """Count one name that is filled in with ``length`` characters; returns whether it may be."""
        self.filled += 1
        self.characters += length
        if self.filled > MAX_FILLED or self.characters > MAX_CHARACTERS:
            self.cut = f"more than {MAX_FILLED:,} names, or {MAX_CHARACTERS:,} characters, to fill in"
        elif depth > MAX_DEPTH:
            self.cut = f"names that stand for one another more than {MAX_DEPTH} deep"
        elif length > MAX_LENGTH:
            self.cut = f"a command that grows to more than {MAX_LENGTH:,} characters"
        else:
            return True
        return False


def interpreter(line: str) -> str:
    """Return the language of a program's first line (``#!/usr/bin/env python3``), or of a setting that names one."""
    name = line.removeprefix("#!").replace("\\", "/").split()
    for word in name:
        base = word.rpartition("/")[2].removesuffix(".exe").rstrip("0123456789.")
        if base and base != "env" and not word.startswith("-") and "=" not in word:
            return base
    return "shell"
