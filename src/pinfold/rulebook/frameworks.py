"""Ids in other people's taxonomies, with their versions and what later versions made of them (``frameworks.toml``)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pinfold.model import FrameworkId, RuleError
from pinfold.tables import table


@cache
def frameworks() -> Mapping[str, Any]:
    """Return the frameworks by key: ``title``, ``version``, ``ids`` and, where an id moved, ``redirects``."""
    return table(Path(__file__).parent, "frameworks")


def resolve(maps: Mapping[str, Sequence[str]]) -> tuple[FrameworkId, ...]:
    """Return the ids of a rule's ``maps`` in full, in the order of the frameworks file.

    An id that a later version replaced is followed by its replacement, with that version. Raises `RuleError` for a
    framework or id that the file does not list.
    """
    known = frameworks()
    if unknown := [key for key in maps if key not in known]:
        raise RuleError(f"maps: no framework named {unknown[0]!r}", hint=f"Known: {', '.join(known)}.")
    return tuple(item for key in known for name in maps.get(key, ()) for item in _resolve(key, name, known[key]))


def _resolve(key: str, name: str, framework: Mapping[str, Any]) -> list[FrameworkId]:
    if name not in framework["ids"]:
        raise RuleError(f"maps: {framework['title']} {framework['version']} has no {name!r} in our list")
    prefix = framework.get("prefix", "")
    found = [FrameworkId(key, framework["version"], prefix + name, framework["ids"][name])]
    if moved := framework.get("redirects", {}).get(name):
        found.append(FrameworkId(key, moved["since"], prefix + moved["id"]))
    return found
