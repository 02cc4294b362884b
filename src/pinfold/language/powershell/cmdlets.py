"""What cmdlets are called, and how their arguments fall apart: ``cmdlets.toml`` made ready."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from pinfold.tables import table

_CMDLET = re.compile(r"(?:[\w.]+\\)?([A-Za-z]+)-([A-Za-z][A-Za-z0-9]*)")


class Cmdlet(msgspec.Struct, frozen=True):
    """A cmdlet: its ``name``, what stands by position, and its parameters (``True`` for those that take a value).

    Parameters are in lower case, with the name in full as it is written.
    """

    name: str
    positions: tuple[str, ...]
    parameters: dict[str, tuple[str, bool]]

    def parameter(self, given: str) -> tuple[str, bool] | None:
        """Return the parameter that ``given`` names, perhaps cut short; nothing where none or several fit."""
        low = given.lower()
        if low in self.parameters:
            return self.parameters[low]
        fitting = [found for name, found in self.parameters.items() if name.startswith(low)]
        return fitting[0] if fitting and (len(fitting) == 1 or low in _SHORT) else None


_SHORT = frozenset({"r", "f", "e", "p", "n", "v", "d", "m", "a", "c", "i", "fo", "rec", "ea"})
"""Abbreviations that are taken for the first parameter that fits, where PowerShell itself would ask."""


@cache
def _table() -> dict[str, Any]:
    return table(Path(__file__).parent, "cmdlets")


@cache
def _cmdlets() -> dict[str, Cmdlet]:
    """Return the cmdlets by name and alias, in lower case."""
    found: dict[str, Cmdlet] = {}
    common = {name.lower(): (name, False) for name in str(_table()["common"]).split()}
    common |= {name.lower(): (name, True) for name in str(_table()["common_values"]).split()}
    for name, row in _table()["cmdlets"].items():
        parameters = {value.lower(): (value, True) for value in str(row.get("values", "")).split()}
        parameters |= {switch.lower(): (switch, False) for switch in str(row.get("switches", "")).split()}
        cmdlet = Cmdlet(name, tuple(str(row.get("positions", "")).lower().split()), {**parameters, **common})
        for called in (name, *str(row.get("alias", "")).split()):
            found[called.lower()] = cmdlet
    for name, cmdlet in _table()["aliases"].items():
        found[name] = Cmdlet(str(cmdlet), (), {})
    return found


@cache
def _words(part: str, name: str) -> frozenset[str]:
    return frozenset(str(_table()[part][name]).split())


def cmdlet_of(name: str) -> Cmdlet | None:
    """Return the cmdlet that a command names, or nothing for a program.

    A name in the form of a cmdlet that the table does not have is one without known parameters.
    """
    found = _cmdlets().get(name.lower().rpartition("\\")[2])
    if found is not None:
        return found
    shape = _CMDLET.fullmatch(name)
    if shape is not None and shape[1].lower() in _words("verbs", "approved"):
        return Cmdlet(f"{shape[1]}-{shape[2]}", (), {})
    return None


def is_quiet(cmdlet: Cmdlet) -> bool:
    """Return whether a cmdlet only shapes, shows or waits."""
    low = cmdlet.name.lower()
    return low.partition("-")[0] in _words("verbs", "quiet") or low in _words("verbs", "quiet_cmdlets")


def constant_name(name: str) -> str | None:
    """Return what a variable holds on every machine, or nothing."""
    found = _table()["names"].get(name)
    return None if found is None else str(found)


def folder(name: str) -> str:
    """Return a folder of the system by its name in .NET, or ``""``."""
    return str(_table()["folders"].get(name.lower(), ""))
