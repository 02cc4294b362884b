"""A private folder for what can be made again: compiled patterns, and results of scans.

Nothing in it is trusted for being there. The folder belongs to the user and is closed to others (mode 0700), or it is
not used; an entry carries the digest of its content and is ignored when the two differ.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from pinfold import __version__


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return where the cache belongs: ``PINFOLD_CACHE``, or ``pinfold`` below ``XDG_CACHE_HOME`` or ``~/.cache``."""
    if named := environment.get("PINFOLD_CACHE"):
        return Path(named)
    base = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME") or Path.home()) / ".cache"
    return Path(base) / "pinfold"


class Cache:
    """Entries by name. Every failure of the disk is a miss: the cache only saves time."""

    def __init__(self, folder: Path | None) -> None:
        """Use ``folder``, made with mode 0700 when missing; without one nothing is kept.

        A folder of somebody else's, or one that others may write to, is left alone.
        """
        self._folder = (folder or Path()) / __version__
        self._usable = folder is not None and self._prepare(folder) and self._prepare(self._folder)

    def get(self, name: str) -> bytes | None:
        """Return an entry whose digest still holds, or nothing."""
        if not self._usable:
            return None
        try:
            data = (self._folder / name).read_bytes()
        except OSError:
            return None
        digest, content = data[:32], data[32:]
        return content if hashlib.sha256(content).digest() == digest else None

    def put(self, name: str, content: bytes) -> None:
        """Keep an entry, whole or not at all."""
        if not self._usable:
            return
        try:
            # Each process has a name of its own to write under, so that no two write to one file.
            draft = self._folder / f".{name}.{os.getpid()}"
            draft.unlink(missing_ok=True)
            with open(draft, "xb", opener=_private) as handle:  # Path.open takes no opener
                handle.write(hashlib.sha256(content).digest() + content)
            draft.replace(self._folder / name)
        except OSError:
            self._usable = False

    def drop(self, name: str) -> None:
        """Forget an entry."""
        try:
            (self._folder / name).unlink(missing_ok=True)
        except OSError:
            self._usable = False

    def _prepare(self, folder: Path) -> bool:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            status = folder.lstat()
        except OSError:
            return False
        if not stat.S_ISDIR(status.st_mode):
            return False
        return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
