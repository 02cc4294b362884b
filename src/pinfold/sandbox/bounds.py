"""What of the file tree a run may reach, decided by the supervisor on real paths: where a descriptor leads.

Landlock decides almost everything about files. This is for what it cannot: what is known of a file, and names that are
denied inside a writable folder, whether something has them or not. No I/O but in :func:`present`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from pinfold.model import Level
from pinfold.sandbox.plan import Plan
from pinfold.sandbox.root import name_fits

MOST_PRESENT = 4_000
"""How many denied paths that exist are looked for."""

MOST_LISTED = 20_000
"""How many entries of folders are looked at for one name with ``*``."""


class Denied:
    """Denied paths, ready to be compared; ``*`` stands for any characters of one name."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.patterns = tuple(dict.fromkeys(pattern.rstrip("/") or "/" for pattern in patterns))
        self._plain = _folders(pattern for pattern in self.patterns if "*" not in pattern)
        self._open = tuple(_Open(pattern) for pattern in self.patterns if "*" in pattern)

    def match(self, path: str) -> str:
        """Return the denied path that ``path`` is or lies in, as it was given; ``""`` if there is none."""
        below = f"{path}/"
        if below.startswith(self._plain):
            return next(pattern for pattern in self.patterns if "*" not in pattern and _lies_in(path, pattern))
        for one in self._open:  # called for every file that is made, so the cheapest question comes first
            if below.startswith(one.head) and one.means(path):
                return one.pattern
        return ""

    def below(self, path: str) -> Iterator[tuple[str, ...]]:
        """Yield the rest of every denied path that lies strictly below ``path``, as names."""
        parts = path.rstrip("/").split("/")
        for pattern in self.patterns:
            wanted = pattern.split("/")
            if len(wanted) > len(parts) and _same(parts, wanted):
                yield tuple(wanted[len(parts) :])


class _Open:
    """A denied path with ``*`` in it: what stands before the first such name, and that name's beginning and end."""

    __slots__ = ("begin", "end", "head", "parts", "pattern", "single")

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.parts = pattern.split("/")
        at = next(at for at, part in enumerate(self.parts) if "*" in part)
        self.head = "/".join(self.parts[:at]) + "/"
        self.begin, _, rest = self.parts[at].partition("*")
        self.end = rest.rpartition("*")[2]
        self.single = "*" not in rest and at == len(self.parts) - 1

    def means(self, path: str) -> bool:
        """Whether a path that begins with ``head`` is the denied one, or lies in it."""
        name = path[len(self.head) :].partition("/")[0]
        if not name or len(name) < len(self.begin) + len(self.end):
            return False
        if not (name.startswith(self.begin) and name.endswith(self.end)):
            return False
        if self.single:
            return True
        parts = path.split("/")
        return len(parts) >= len(self.parts) and _same(self.parts, parts)


def _same(some: Iterable[str], others: Iterable[str]) -> bool:
    """Whether names are the same as far as both go; either side may hold ``*``."""
    return all(
        one == other or name_fits(one, other) or name_fits(other, one) for one, other in zip(some, others, strict=False)
    )


def _folders(paths: Iterable[str]) -> tuple[str, ...]:
    """Return paths with a slash at the end, to which ``path + "/"`` is compared: one call, whatever their number."""
    return tuple(path.rstrip("/") + "/" for path in paths)


def _lies_in(path: str, folder: str) -> bool:
    return f"{path}/".startswith(folder.rstrip("/") + "/")


class Bounds:
    """The reach of one plan. All paths are real ones, as the kernel tells them."""

    def __init__(self, plan: Plan) -> None:
        reach = plan.reach
        devices = [os.path.realpath(device) for device in plan.devices]
        self.unconfined = plan.level.rank < Level.L2.rank
        """Whether files are not confined at all, but for what is denied by name."""
        self._write = _folders(reach.write)
        self._read = _folders((*reach.read, *reach.execute, *reach.write, *devices))
        self._devices = _folders(devices)
        self.unreadable = Denied(reach.no_read)
        self.unwritable = Denied((*reach.no_write, *reach.no_read))
        self.guarded = Denied(
            pattern for pattern in self.unwritable.patterns if any(_meet(pattern, folder) for folder in reach.write)
        )
        """What is denied though it lies in a writable folder, or is one."""

    def owns(self, path: str) -> bool:
        """Whether ``path`` lies in a writable folder and is not denied there."""
        return f"{path}/".startswith(self._write) and not self.unwritable.match(path)

    def why_not_write(self, path: str) -> str:
        """Return why a file may not be changed, and what would allow it; ``""`` if it may be."""
        if pattern := self.unwritable.match(path):
            return _denial(pattern, "read.deny" if pattern in self.unreadable.patterns else "write.deny")
        if self.unconfined or f"{path}/".startswith((*self._write, *self._devices)):
            return ""
        return f"it is outside of what may be written; allow it in the profile: write.allow = [{path!r}]"

    def why_not_read(self, path: str) -> str:
        """Return why a file may not be read, and what would allow it; ``""`` if it may be."""
        if pattern := self.unreadable.match(path):
            return _denial(pattern, "read.deny")
        if self.unconfined or f"{path}/".startswith(self._read):
            return ""
        return f"it is outside of what may be read; allow it in the profile: read.allow = [{path!r}]"


def _denial(pattern: str, where: str) -> str:
    return f"{pattern} is denied; to allow it take it out of {where} of the profile"


def _meet(pattern: str, folder: str) -> bool:
    """Whether a denied path lies in a folder, or the folder in it."""
    return folder == "/" or _same(pattern.split("/"), folder.split("/"))


def present(denied: Denied) -> dict[str, str]:
    """Return what exists of denied paths, each with the pattern that denies it; at most :data:`MOST_PRESENT`."""
    found: dict[str, str] = {}
    for pattern in denied.patterns:
        for path in existing(pattern):
            if len(found) >= MOST_PRESENT:
                return found
            found.setdefault(path, pattern)
    return found


def existing(pattern: str) -> list[str]:
    """Return the paths that a pattern means now; a symbolic link at its end is one."""
    head, *rest = pattern.split("/")
    return grown(head, tuple(rest))


def grown(folder: str, rest: tuple[str, ...]) -> list[str]:
    """Return what exists of ``rest``, names that may hold ``*``, below ``folder``."""
    paths = [folder]
    for part in rest:
        if "*" in part:
            paths = [f"{path}/{name}" for path in paths for name in listed(path or "/") if name_fits(name, part)]
        else:
            paths = [f"{path}/{part}" for path in paths]
    return [path for path in paths[:MOST_PRESENT] if os.path.lexists(path)]


def listed(folder: str) -> list[str]:
    """Return the names in a folder, at most :data:`MOST_LISTED`; none where it cannot be listed."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry, _ in zip(entries, range(MOST_LISTED), strict=False)]
    except OSError:
        return []
