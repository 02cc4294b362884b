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
from typing import TYPE_CHECKING

import msgspec
import re2

from pinfold.language.flow import NOTHING, Flow, Word

if TYPE_CHECKING:
    from pinfold.language.drafts import Draft, Drafts
    from pinfold.language.javascript.names import Names as JavaScriptNames
    from pinfold.language.python.names import Names

MAX_COMPANIONS = 2_000
"""How many programs of one skill are known to each other."""

MAX_FOLLOWED = 64
"""How many times programs are followed into others from one file."""

MAX_LENGTH = 400_000
"""How many characters a program may have to be followed."""

_SYSTEM = re.compile(r"^/(?:usr|bin|sbin|etc|opt|lib|proc|sys|dev)/")
_OUTSIDE = re.compile(
    r"^(?:--?[A-Za-z][\w-]*[=:])?(?:~|/|[A-Za-z]:[\\/]|\$HOME\b|\$\{HOME\}|[A-Za-z][A-Za-z0-9+.-]*://)"
    r"|^\d{1,3}(?:\.\d{1,3}){3}\b|^[\w-]+(?:\.[\w-]+)+:\d+$"
)

MAX_HOPS = 12
"""How many programs may follow one another."""

MAX_HANDED = 1_000
"""How many names of files are looked for in one text, to find those that programs hand to each other."""

_HANDED = re2.compile(r"(?:/tmp|/var/tmp|/dev/shm|\$TMPDIR|\$\{TMPDIR\}|%TEMP%|\$env:TE?MP|\.cache)[/\\][\w./-]{1,100}")

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
    that one program leaves for another. ``modules`` are the Python programs that have been
    read, ``scripts`` those in JavaScript.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        """Take the texts of the programs by path; those beyond the limits stay unknown."""
        short = ((path, text) for path, text in texts.items() if len(text) <= MAX_LENGTH)
        self._texts = dict(islice(short, MAX_COMPANIONS))
        self._by_name: dict[str, list[str]] = {}
        for path in self._texts:
            self._by_name.setdefault(posixpath.basename(path), []).append(path)
        self._alone: dict[str, Alone] = {}
        self.modules: dict[str, Names] = {}
        self.scripts: dict[str, JavaScriptNames] = {}
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


def key_of(draft: Draft) -> Key:
    """Return what tells an act from another."""
    return draft.kind.value, frozenset((name, value) for name, value in draft.fields.items() if value not in ("", None))


def telling(words: Iterable[Word], stdin: Flow) -> bool:
    """Return whether arguments or input bring something that a program does not know by itself."""
    if stdin.sources or stdin.origin:
        return True
    return any(word.flow.sources or word.flow.origin or _OUTSIDE.match(word.text) for word in words)


Read = Callable[[str, "Drafts", Flow], Flow]
"""Reads a program's text into drafts, with its input; returns what it prints."""


def by_itself(drafts: Drafts, path: str, read: Read) -> Alone:
    """Return what a program of the skill does by itself."""
    companions = drafts.companions
    if companions is None:
        return Alone()
    text = companions.text(path)

    def alone(_path: str) -> Alone:
        inner = drafts.elsewhere(path, (), {})
        output = read(text, inner, NOTHING)
        return Alone(frozenset(map(key_of, inner.items)), output, inner.files)

    return companions.alone(path, alone)


def follow(
    drafts: Drafts,
    path: str,
    read: Read,
    arguments: Sequence[Word],
    stdin: Flow,
    span: tuple[int, int],
) -> Flow:
    """Follow a command into a program of the skill; returns what it prints.

    ``read`` reads the program's text. What it does beyond what it does alone is noted at ``span`` of the caller.
    """
    companions = drafts.companions
    if companions is None or path in (drafts.path, *drafts.following) or len(drafts.following) >= MAX_HOPS:
        return NOTHING
    alone = by_itself(drafts, path, read)
    for name, held in alone.files.items():
        if held.sources or held.origin:
            drafts.files.setdefault(name, held)
    if not telling(arguments, stdin):
        return alone.output
    if drafts.followed >= MAX_FOLLOWED:
        drafts.cut[f"more than {MAX_FOLLOWED} calls of other programs of the skill"] = None
        return alone.output
    drafts.followed += 1
    inner = drafts.elsewhere(path, arguments, drafts.files)
    output = read(companions.text(path), inner, stdin)
    drafts.take(inner.items, alone.keys, span)
    drafts.cut.update(inner.cut)
    return output
