"""The notation of paths in a profile: what covers what, and what a path means in one folder on one machine.

A path begins with ``/``, with ``~/`` (the home folder) or with ``{skill}`` (the folder of the skill), or is relative to
the working folder. A folder stands for all that is below it, and ``*`` within a name for any characters of that name.
Among programs, a name without a slash means whatever the search path finds under it. Nothing here looks at the disk.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

import msgspec

SKILL = "{skill}"
"""Stands for the folder of the skill, at the beginning of a path."""

_PROGRAM = "program"
_SEARCHED = ("usr/local/bin", "usr/bin", "bin", "usr/local/sbin", "usr/sbin", "sbin")
"""Where a program that is given by its name is looked for, without the first slash."""


class Pattern(msgspec.Struct, frozen=True):
    """A path of a profile, taken apart.

    ``root`` is ``/``, ``~``, ``{skill}``, ``""`` for the working folder, or ``program`` for a name that is searched.
    ``names`` are the names below it, without ``.`` and with ``..`` followed where it leads nowhere above the root.
    """

    root: str
    names: tuple[str, ...]

    def covers(self, other: Pattern) -> bool:
        """Return whether everything that ``other`` stands for lies within this one, as far as words can tell."""
        if self.root == other.root:
            few = len(self.names) <= len(other.names)
            return few and all(matches(want, name) for want, name in zip(self.names, other.names, strict=False))
        if self.root == "/" and not self.names:
            return True
        if other.root == _PROGRAM and self.root == "/":
            return any(self.covers(place) for place in _places(other))
        return self.root == _PROGRAM and other in _places(self)

    def meets(self, other: Pattern) -> bool:
        """Return whether one of the two lies within the other."""
        return self.covers(other) or other.covers(self)


def _places(program: Pattern) -> list[Pattern]:
    return [Pattern("/", (*folder.split("/"), *program.names)) for folder in _SEARCHED]


def pattern(path: str, *, program: bool = False) -> Pattern:
    """Take a path of a profile apart; ``program`` says that it stands under ``execute`` or ``program``."""
    if program and is_name(path):
        return Pattern(_PROGRAM, (path,))
    root, rest = "", path
    if path.startswith("/"):
        root, rest = "/", path[1:]
    elif path == "~" or path.startswith("~/"):
        root, rest = "~", path[2:]
    elif path == SKILL or path.startswith(f"{SKILL}/"):
        root, rest = SKILL, path[len(SKILL) + 1 :]
    names: list[str] = []
    for name in rest.split("/"):
        if name == ".." and ((names and names[-1] != "..") or root == "/"):
            del names[-1:]
        elif name not in ("", "."):
            names.append(name)
    return Pattern(root, tuple(names))


def is_name(path: str) -> bool:
    """Return whether a program is given by its name alone; ``.``, ``~`` and ``{skill}`` are folders."""
    return "/" not in path and path not in (".", "..", "~", SKILL)


def matches(wanted: str, name: str) -> bool:
    """Return whether ``name`` is, or stands only for, what ``wanted`` stands for; ``*`` is any characters.

    A ``name`` with a ``*`` of its own is within ``wanted`` only where that is plain to see.
    """
    first, *others = wanted.split("*")
    if not others:
        return wanted == name
    *middle, last = others
    if wanted == name or not any((first, last, *middle)):
        return True
    if len(name) < len(first) + len(last) or not name.startswith(first) or not name.endswith(last):
        return False
    at, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


def covered(path: Pattern, by: Iterable[Pattern]) -> bool:
    """Return whether one of ``by`` covers ``path``."""
    return any(one.covers(path) for one in by)


class DenyList:
    """A deny list, made ready for many questions."""

    def __init__(self, paths: Iterable[str], *, programs: bool = False) -> None:
        """Take the entries; ``programs`` says that they stand under ``execute``."""
        self._patterns = [(pattern(path, program=programs), path) for path in paths]
        relative = [(one, path) for one, path in self._patterns if one.root in ("", "program") and one.names]
        self._plain = {one.names[0]: path for one, path in relative if len(one.names) == 1 and "*" not in path}
        self._others = [(one.names, path) for one, path in relative if len(one.names) > 1 or "*" in path]

    def covers(self, taken: Pattern) -> bool:
        """Return whether the list denies a path, in the words of a profile."""
        return covered(taken, (one for one, _path in self._patterns))

    def naming(self, taken: Pattern, *, everywhere: bool) -> str:
        """Return the entry that names a path, or ``""``; a relative one names it in every folder if ``everywhere``."""
        if wanted := next((path for one, path in self._patterns if one.covers(taken)), ""):
            return wanted
        if not everywhere:
            return ""
        if wanted := next((self._plain[name] for name in taken.names if name in self._plain), ""):
            return wanted
        return next((path for names, path in self._others if _stands_in(names, taken.names)), "")


def _stands_in(wanted: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """Return whether names that were wanted follow upon each other somewhere in a path."""
    size = len(wanted)
    starts = range(len(names) - size + 1)
    return any(all(map(matches, wanted, names[start : start + size])) for start in starts)


def resolved(path: str, *, folder: str, home: str, skill: str = "") -> str:
    """Return the absolute path that ``path`` means, with ``*`` left in; ``""`` for a skill where there is none.

    ``folder``, ``home`` and ``skill`` are absolute. Links are not followed, and a bare program is a file of the folder.
    """
    taken = pattern(path)
    root = {"": folder, "~": home, SKILL: skill}.get(taken.root, taken.root)
    return posixpath.normpath(posixpath.join(root, *taken.names)) if root else ""
