"""Compiled Python beside its source: what was compiled from something else is told.

Of compiled code the names and constants are read, not what it does. That is enough only where the source lies beside
it, is as long as the compiled file says, and holds the names that the code uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pinfold.formats import compiled
from pinfold.model import FileType, SkillFile, Unread

MOST_BYTES = 16 << 20
"""How many bytes of sources are kept to compare."""

_CACHED = re.compile(r"(.*/|)__pycache__/([^/]+?)\.(?:cpython|pypy)-?\d+(?:\.opt-\d)?\.pyc$")
_MADE_BY_COMPILER = re.compile(r"__\w+__|<\w+>|\.\d+")


class Modules:
    """The compiled files and the sources of one skill."""

    def __init__(self) -> None:
        """Start without any."""
        self._sources: dict[str, bytes] = {}
        self._compiled: dict[str, bytes] = {}
        self._left = MOST_BYTES

    def take(self, file: SkillFile) -> None:
        """Remember a file, if it is one of either."""
        if file.type is FileType.PROGRAM and compiled.is_compiled(file.data):
            self._compiled[file.path] = file.data
        elif file.type is FileType.TEXT and file.path.endswith(".py") and len(file.data) <= self._left:
            self._left -= len(file.data)
            self._sources[file.path] = file.data

    def without_source(self) -> Iterator[Unread]:
        """Yield the compiled files that have no source beside them, or one that they were not made from."""
        for path, data in self._compiled.items():
            found = _CACHED.match(path)
            source = self._sources.get(f"{found[1]}{found[2]}.py" if found else path[:-1])
            if source is None:
                yield Unread(path, "opaque", "compiled Python without its source")
            elif not _is_from(source, data):
                yield Unread(path, "opaque", "compiled Python that was not made from the source beside it")


def _is_from(source: bytes, data: bytes) -> bool:
    """Return whether compiled code may have been made from a source: its length is right and its names stand in it."""
    hashed = data[4] & 1
    size = int.from_bytes(data[12:16], "little")
    if not hashed and size not in (len(source), len(source.replace(b"\n", b"\r\n"))):
        return False
    codes, trouble = compiled.code_of(data)
    words = {name for code in codes for name in code.names if not _MADE_BY_COMPILER.fullmatch(name)}
    return not trouble and all(part.encode() in source for word in words for part in word.split("."))
