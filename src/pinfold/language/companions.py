"""The other programs of a skill, so that a reader can follow a call from one file into another.

SKILL.md names a script, the script imports another: what one of them collects and the next one sends is found only by
following it. A program is read alone first; when it is then followed from elsewhere, only what it does beyond that
counts, since its own file tells the rest.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar, cast

import msgspec
import re2

from pinfold.language.flow import NOTHING, Flow

MAX_COMPANIONS = 2_000
"""How many programs of one skill are known to each other."""

MAX_LENGTH = 400_000
"""How many characters a program may have to be followed."""

_SYSTEM = re.compile(r"^/(?:usr|bin|sbin|etc|opt|lib|proc|sys|dev)/")

MAX_HOPS = 12
"""How many programs may follow one another."""

MAX_HANDED = 1_000
"""How many names of files are looked for in one text, to find those that programs hand to each other."""

_HANDED = re2.compile(r"(?:/tmp|/var/tmp|/dev/shm|\$TMPDIR|\$\{TMPDIR\}|%TEMP%|\$env:TE?MP|\.cache)[/\\][\w./-]{1,100}")

Module = TypeVar("Module")

Key = tuple[str, frozenset[tuple[str, object]]]
"""What tells one act from another: its kind and fields."""


class Alone(msgspec.Struct, frozen=True):
    """What a program does by itself: the ``keys`` of its acts, what it prints, and what it leaves in files."""

    keys: frozenset[Key] = frozenset()
    output: Flow = NOTHING
    files: Mapping[str, Flow] = msgspec.field(default_factory=dict)


class Companions:
    """The programs of one skill by path, as seen from any of them.

    ``consulted`` collects the paths that were asked for since it was last cleared; ``handed`` says what files hold
    that one program leaves for another.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Take the texts of the programs by path; those beyond the limits stay unknown."""
        short = ((path, text) for path, text in texts.items() if len(text) <= MAX_LENGTH)
        self._texts = dict(islice(short, MAX_COMPANIONS))
        self._by_name: dict[str, list[str]] = {}
        for path in self._texts:
            self._by_name.setdefault(posixpath.basename(path), []).append(path)
        self._alone: dict[str, Alone] = {}
        self._modules: dict[type, dict[str, Any]] = {}
        self.consulted: set[str] = set()
        self.handed: dict[str, Flow] = {}

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self._texts)

    @property
    def paths(self) -> Iterable[str]:
        """The paths of all of them."""
        return self._texts

    def text(self, path: str) -> str:
        """Return the text of a program."""
        return self._texts[path]

    def meeting(self, others: Iterable[str] = ()) -> list[str]:
        """Return the programs that name a file, in a place for such files, which another program names too.

        ``others`` are further texts of the skill that may name them.
        """
        naming: dict[str, set[str]] = {}
        for number, (path, text) in enumerate((*self._texts.items(), *(("", text) for text in others))):
            for name in islice(re2.findall(_HANDED, text), MAX_HANDED):
                naming.setdefault(name, set()).add(path or f"\n{number}")
        met = set[str]().union(*(paths for paths in naming.values() if len(paths) > 1))
        return [path for path in self._texts if path in met]

    def script(self, named: str, near: str) -> str | None:
        """Return the path of the program that ``named`` leads to in a command of the file ``near``."""
        named = named.replace("\\", "/")
        if len(named) > 1_000 or _SYSTEM.match(named):
            return None
        return self._nearest(posixpath.basename(named), named.split("/"), near)

    def module(self, dotted: str, level: int, near: str, *, anywhere: bool) -> str | None:
        """Return the path of the Python module of this name, which the file ``near`` imports.

        ``level`` counts the dots of a relative import. With ``anywhere``, a module of this name may lie in any folder,
        because programs extend their search path.
        """
        if not dotted or len(dotted) > 200:
            return None
        steps = dotted.split(".")
        folder = posixpath.dirname(near)
        for _ in range(level - 1):
            folder = posixpath.dirname(folder)
        for base in dict.fromkeys((folder, "") if level == 0 else (folder,)):
            for tail in (f"{'/'.join(steps)}.py", f"{'/'.join(steps)}/__init__.py"):
                path = posixpath.join(base, tail)
                if path in self._texts and path != near:
                    return self._found(path)
        return self._nearest(f"{steps[-1]}.py", [*steps[:-1], f"{steps[-1]}.py"], near) if anywhere else None

    def beside(self, relative: str, near: str, endings: Sequence[str]) -> str | None:
        """Return the path of the program that ``relative`` leads to from the file ``near``, with one of ``endings``.

        An ending of TypeScript may stand behind a name that ends as in JavaScript.
        """
        path = posixpath.normpath(posixpath.join(posixpath.dirname(near), relative))[:1_000]
        bare = posixpath.splitext(path)[0]
        ways = (path, *(f"{path}{ending}" for ending in endings), *(f"{bare}{ending}" for ending in endings))
        folder = (f"{path}/index{ending}" for ending in endings)
        found = next((way for way in (*ways, *folder) if way in self._texts and way != near), None)
        return self._found(found) if found is not None else None

    def read_as(self, kind: type[Module]) -> dict[str, Module]:
        """Return the programs that a reader has read as modules, by path; each reader has a ``kind`` of its own."""
        return cast("dict[str, Module]", self._modules.setdefault(kind, {}))

    def alone(self, path: str, read: Callable[[str], Alone]) -> Alone:
        """Return what a program does by itself; ``read`` reads it the first time."""
        known = self._alone.get(path)
        if known is None:
            self._alone[path] = Alone()  # a program that leads back to itself tells nothing more
            known = self._alone[path] = read(path)
        return known

    def _nearest(self, name: str, steps: Sequence[str], near: str) -> str | None:
        """Return the program that shares most of the path's end, one in the same folder among equals."""
        folder = posixpath.dirname(near)
        ranked = [
            (_shared(path.split("/"), steps), posixpath.dirname(path) == folder, path)
            for path in self._by_name.get(name, ())
            if path != near
        ]
        return self._found(max(ranked, key=lambda each: each[:2])[2]) if ranked else None

    def _found(self, path: str) -> str:
        self.consulted.add(path)
        return path


def _shared(path: Sequence[str], steps: Sequence[str]) -> int:
    """Return how many steps two paths share at their ends."""
    count = 0
    for one, other in zip(reversed(path), reversed(steps), strict=False):
        if one != other:
            break
        count += 1
    return count
