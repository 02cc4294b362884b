"""Members of archives, and the names that no member may have."""

from __future__ import annotations

import re
from typing import NamedTuple

from pinfold.model import Unread


class Member(NamedTuple):
    """One file in an archive. ``path`` is relative to the archive; ``data`` is its whole content."""

    path: str
    data: bytes
    executable: bool = False


_DRIVE = re.compile(r"[A-Za-z]:")
_MAX_NAME = 4_096


def raw_name(name: str) -> bytes:
    """Return the bytes of a file name as the file system stores them."""
    try:
        return name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a surrogate pair, which Windows allows
        return name.encode("utf-8", "surrogatepass")


def printable(name: str) -> str:
    r"""Return ``name`` such that it can be written as UTF-8: stray bytes of a file name become ``\xNN``."""
    return name if name.isascii() else raw_name(name).decode("utf-8", "backslashreplace")


def unsafe_name(name: str) -> str:
    """Return why unpacking a member of this name would write outside its folder, or ``""`` if it would not.

    Both separators count on every system: what is harmless here may be unpacked on Windows.
    """
    plain = name.replace("\\", "/")
    if "\0" in name:
        return "a NUL in the name"
    if len(name) > _MAX_NAME:
        return "a name of more than 4,096 characters"
    if plain.startswith("/") or _DRIVE.match(plain):
        return "an absolute path"
    return "a path that climbs out of the archive" if ".." in plain.split("/") else ""


def clean_name(name: str) -> str:
    """Return a safe member name in one spelling: ``/`` between parts, no empty or ``.`` parts."""
    return (
        "/".join(part for part in printable(name).replace("\\", "/").split("/") if part not in ("", ".")) or "(no name)"
    )


def link_leaves(folder: str, target: str) -> bool:
    """Return whether a link in ``folder`` (relative to the root, ``""`` for the root itself) leads out of the root.

    Only the words of the target count; nothing is looked up.
    """
    plain = target.replace("\\", "/")
    if not plain or plain.startswith("/") or _DRIVE.match(plain) or "\0" in plain:
        return True
    depth = len([part for part in folder.split("/") if part not in ("", ".")])
    for part in plain.split("/"):
        if part == "..":
            depth -= 1
        elif part not in ("", "."):
            depth += 1
        if depth < 0:
            return True
    return False


def refused(name: str, reason: str, detail: str) -> Unread:
    """Return the note that the member ``name`` was not read."""
    return Unread(path=printable(name.replace("\0", "\\0"))[:_MAX_NAME], reason=reason, detail=detail)


class Names:
    """Gives every file a path of its own: the second ``a.txt`` becomes ``a.txt#2``.

    Hosts differ in which of two entries of one name they keep, so all of them are read; and files of different names
    can come to one path where a name is made printable.
    """

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._counts: dict[str, int] = {}

    def path(self, name: str) -> str:
        """Return the path under which the file is reported that is called ``name``, a printable name."""
        path = name
        while path in self._given:  # a file may be called like the second of another name
            count = self._counts[name] = self._counts.get(name, 1) + 1
            path = f"{name}#{count}"
        self._given.add(path)
        return path
