"""Which turns of a loop over constants are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pinfold.language.shell.command import base_name
from pinfold.language.shell.program_table import FAMILIAR, PYTHONS, SHELLS, WORDLESS
from pinfold.language.shell.programs import KNOWN

LOOP_VALUES = 16
"""How many values of a loop over constants are read."""

_PROGRAMS = KNOWN | WORDLESS | FAMILIAR | SHELLS | PYTHONS


class Turns(NamedTuple):
    """The indices of the values that are read, in order, and whether a value that may be a command is left out."""

    chosen: list[int]
    cut: bool


def turns(values: Sequence[str]) -> Turns:
    """Choose values to read: those that begin with a known program first, each text once."""
    distinct = {text: index for index, text in reversed(list(enumerate(values)))}
    commands = [index for text, index in distinct.items() if may_be_command(text)]
    others = set(distinct.values()).difference(commands)
    chosen = [*sorted(commands), *sorted(others)][:LOOP_VALUES]
    return Turns(sorted(chosen), len(commands) > LOOP_VALUES)


def may_be_command(text: str) -> bool:
    """Say whether a text begins with a known program."""
    words = text[:300].split(None, 1)
    return bool(words) and base_name(words[0]) in _PROGRAMS
