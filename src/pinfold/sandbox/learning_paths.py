"""Many paths that were seen become the few lines of a profile that a careful person would write for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from pinfold.sandbox.notation import SKILL, Pattern

HANDFUL = 5
"""More entries than this within one folder become the folder."""

_DEEPEST = 64
"""Names of a path that are told apart; what lies deeper is granted, or refused, with the folder at that depth."""

# Folders that hold the system itself, without the first slash; 2026-11-22, from the Filesystem Hierarchy Standard 3.0.
_SYSTEM = (
    ("usr",), ("lib",), ("lib32",), ("lib64",), ("libx32",), ("bin",), ("sbin",), ("etc",), ("proc",), ("sys",),
    ("nix", "store"), ("gnu", "store"),
)  # fmt: skip
_NO_PROGRAMS = (("etc",), ("proc",), ("sys",))

# Folders in which things of many owners lie side by side, so that none is granted as a whole.
_MIXED_IN_HOME = (
    (), (".cache",), (".config",), (".local",), (".local", "bin"), (".local", "lib"), (".local", "share"),
    (".local", "state"),
)  # fmt: skip
_MIXED_BELOW = (("home",), ("var",), ("Users",))
"""Folders whose folders are such, too."""

# Device nodes that harm nobody, and are in every run; below /dev.
_PLAIN_DEVICES = frozenset(
    ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "fd", "stdin", "stdout", "stderr", "console")
)
_GPU = ("nvidia", "dri", "kfd")


class Line(msgspec.Struct, kw_only=True):
    """A line of a profile in the making: what it grants, how many things were seen in it, and how often."""

    taken: Pattern
    things: int = 1
    count: int = 0

    def add(self, other: Line) -> None:
        """Take over what another line counted."""
        self.things += other.things
        self.count += other.count


def system_folder(taken: Pattern, *, programs: bool = False) -> Pattern | None:
    """Return the system folder in or below which a path lies; ``programs`` leaves out those that hold none."""
    if taken.root != "/":
        return None
    for folder in _SYSTEM:
        if taken.names[: len(folder)] == folder and not (programs and folder in _NO_PROGRAMS):
            return Pattern("/", folder)
    return None


def device(taken: Pattern) -> str:
    """Return what a path in ``/dev`` is: ``plain``, ``gpu``, ``shared`` memory or ``other``; else ``""``."""
    if taken.root != "/" or taken.names[:1] != ("dev",):
        return ""
    first = taken.names[1] if len(taken.names) > 1 else ""
    if first == "shm":
        return "shared"
    return "plain" if first in _PLAIN_DEVICES else "gpu" if first.startswith(_GPU) else "other"


def is_mixed(folder: Pattern, around: Collection[Pattern]) -> bool:
    """Return whether a folder is too wide to be granted as a whole: ``/``, a home, or one of those ``around``."""
    if folder in around:
        return True
    if folder.root == "~":
        return folder.names in _MIXED_IN_HOME
    return folder.root == "/" and (
        len(folder.names) < 2 or (len(folder.names) == 2 and folder.names[:1] in _MIXED_BELOW)
    )


def parents(taken: Pattern) -> Iterable[Pattern]:
    """Yield the folders around a path, the nearest first."""
    for end in range(len(taken.names) - 1, -1, -1):
        yield Pattern(taken.root, taken.names[:end])


def gathered(lines: Iterable[Line], around: Collection[Pattern]) -> list[Line]:
    """Return fewer lines that grant the same things: a folder for what lies in it, where that is more than a handful.

    A folder that was itself seen stands for what was seen in it. ``around`` are folders that are never granted.
    """
    held: dict[int, dict[Pattern, list[Line]]] = {}
    own: dict[Pattern, Line] = {}
    for line in lines:
        taken = Pattern(line.taken.root, line.taken.names[:_DEEPEST])
        own.setdefault(taken, Line(taken=taken, things=0)).add(line)
        held.setdefault(len(taken.names), {}).setdefault(taken, [])
    kept: list[Line] = []
    for depth in range(max(held, default=-1), -1, -1):
        for folder, entries in held.get(depth, {}).items():
            within = entries
            mine = own.get(folder)
            if mine is not None or (len(within) > HANDFUL and not is_mixed(folder, around)):
                whole = Line(taken=folder, things=0)
                for line in [*within, *([mine] if mine else [])]:
                    whole.add(line)
                within = [whole]
            if depth == 0:
                kept += within
            else:
                parent = Pattern(folder.root, folder.names[:-1])
                held.setdefault(depth - 1, {}).setdefault(parent, []).extend(within)
    return kept


def written(taken: Pattern, *, program: bool = False) -> str:
    """Return a path in the notation of a profile; ``program`` says that it stands where a bare name is searched."""
    path = "/".join(taken.names)
    if taken.root == "/":
        return f"/{path}"
    if taken.root == "program":
        return path
    if taken.root:
        return f"{taken.root}/{path}".rstrip("/") if path else f"{taken.root}/"
    is_mistaken = path == "~" or path.startswith(("~/", SKILL)) or (program and "/" not in path)
    return f"./{path}" if path and is_mistaken else path or "."
