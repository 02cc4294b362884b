"""What stands on the disk of this machine, for :func:`pinfold.sandbox.root.layout`."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable

from pinfold.sandbox.root import Kind

_KINDS: dict[int, Kind] = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
}


class Disk:
    """A :class:`~pinfold.sandbox.root.Look` at the real disk; what this user cannot see is absent.

    What was looked at is remembered: the hundreds of paths of one layout lie in few folders. Look anew with a new one.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, Kind] = {}

    def kind(self, path: str) -> Kind:
        """Return what stands at ``path``."""
        known = self._kinds.get(path)
        if known is None:
            try:
                known = _KINDS.get(stat.S_IFMT(os.lstat(path).st_mode), "other")
            except (OSError, ValueError):  # ValueError: a zero byte in the path
                known = "absent"
            self._kinds[path] = known
        return known

    def link(self, path: str) -> str:
        """Return what the symbolic link at ``path`` says; nothing if it is gone meanwhile."""
        try:
            return os.readlink(path)
        except (OSError, ValueError):
            return ""

    def names(self, path: str) -> Iterable[str]:
        """Return the names in the folder ``path``; none where it cannot be listed."""
        try:
            with os.scandir(path) as entries:
                return [entry.name for entry in entries]
        except (OSError, ValueError):
            return ()
