"""Watches on files and folders (``inotify(7)``): denied names that appear, protected files that are touched.

The kernel tells what happened, not who did it: another program of the same user may have been it.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Callable, Iterable

from pinfold.sandbox import kernel_files
from pinfold.sandbox.bounds import listed
from pinfold.sandbox.loop import Loop
from pinfold.sandbox.root import name_fits

MOST_WATCHES = 512
"""How many files and folders one run watches; a user's processes share 8,192 on small machines."""

_MODIFY = 0x2
_ATTRIB = 0x4
_OPEN = 0x20
_MOVED_FROM = 0x40
_MOVED_TO = 0x80
_CREATE = 0x100
_DELETE = 0x200
_OVERFLOW = 0x4000
_ONLY_FOLDERS = 0x01000000
_DO_NOT_FOLLOW = 0x02000000
_ADD = 0x20000000  # to what is watched there already
_WRITES = _MODIFY | _ATTRIB | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE

_EVENT = struct.Struct("=iIII")
_ROOM = 65_536

Rest = tuple[str, ...]


class Watches:
    """The watches of one run.

    ``appeared`` is called with the path of a denied name that has come to exist, ``touched`` with the path of a watched
    file and whether it was changed. ``short`` says whether there were more places than could be watched.
    """

    def __init__(self, loop: Loop, appeared: Callable[[str], None], touched: Callable[[str, bool], None]) -> None:
        self._loop = loop
        self._appeared = appeared
        self._touched = touched
        self._descriptor = kernel_files.inotify()
        self._folders: dict[int, tuple[str, set[Rest]]] = {}
        self._files: dict[int, str] = {}
        self.short = False
        loop.watch(self._descriptor, self._read)

    def close(self) -> None:
        """Look at what has happened so far, and stop."""
        self._read()
        self._loop.forget(self._descriptor)
        os.close(self._descriptor)

    def expect(self, folder: str, rest: Rest) -> None:
        """Watch for ``rest``, names that may hold ``*``, to come to exist below ``folder``; tell what exists by now."""
        pending = [(folder, rest)]
        while pending:
            folder, rest = pending.pop()
            number = self._add(folder, _CREATE | _MOVED_TO | _ONLY_FOLDERS | _DO_NOT_FOLLOW)
            if number is None:
                continue
            known = self._folders.get(number)
            self._folders[number] = folder, (known[1] if known else set()) | {rest}
            pending += self._look(folder, rest)

    def _look(self, folder: str, rest: Rest) -> list[tuple[str, Rest]]:
        """Tell what exists, and return what is to be watched next."""
        names = [rest[0]] if "*" not in rest[0] else [one for one in listed(folder) if name_fits(one, rest[0])]
        paths = [f"{folder.rstrip('/')}/{name}" for name in names]
        if len(rest) > 1:
            return [(path, rest[1:]) for path in paths if os.path.isdir(path) and not os.path.islink(path)]
        for path in paths:
            if os.path.lexists(path):
                self._appeared(path)
        return []

    def observe(self, paths: Iterable[str]) -> None:
        """Watch files, and folders with what lies in them directly, for being opened and changed."""
        for path in paths:
            number = self._add(path, _OPEN | _WRITES)
            if number is not None:
                self._files[number] = path

    def _add(self, path: str, mask: int) -> int | None:
        if len(self._folders) + len(self._files) >= MOST_WATCHES:
            self.short = True
            return None
        try:
            return kernel_files.add_watch(self._descriptor, path, mask | _ADD)
        except OSError as error:
            self.short = self.short or error.errno == errno.ENOSPC
            return None

    def _read(self) -> None:
        try:
            data = os.read(self._descriptor, _ROOM)
        except BlockingIOError:
            return
        for number, mask, name in _events(data):
            if mask & _OVERFLOW:
                for folder, rests in list(self._folders.values()):
                    for rest in rests:
                        self.expect(folder, rest)
                continue
            self._happened(number, mask, name)

    def _happened(self, number: int, mask: int, name: str) -> None:
        if number in self._files and mask & (_OPEN | _WRITES):
            path = self._files[number]
            self._touched(f"{path}/{name}" if name else path, bool(mask & _WRITES))
        if number in self._folders and mask & (_CREATE | _MOVED_TO):
            folder, rests = self._folders[number]
            for rest in list(rests):
                if not name_fits(name, rest[0]):
                    continue
                path = f"{folder.rstrip('/')}/{name}"
                if len(rest) > 1:
                    self.expect(path, rest[1:])
                elif os.path.lexists(path):
                    self._appeared(path)


def _events(data: bytes) -> Iterable[tuple[int, int, str]]:
    at = 0
    while at + _EVENT.size <= len(data):
        number, mask, _cookie, length = _EVENT.unpack_from(data, at)
        at += _EVENT.size
        yield number, mask, os.fsdecode(data[at : at + length].rstrip(b"\0"))
        at += length
