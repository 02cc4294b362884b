"""Names given and taken on a program's behalf: folders, links, special files, moves, removals."""

from __future__ import annotations

import errno
import os
import stat
from functools import partial

from pinfold.sandbox import kernel_files
from pinfold.sandbox.behalf import Behalf, Deed, Handler, RefusedError
from pinfold.sandbox.calls import NUMBERS
from pinfold.sandbox.listener import Notification
from pinfold.sandbox.names import MADE, MOVES, RENAME_EXCHANGE, Names, folder_of
from pinfold.sandbox.paths import AT_EMPTY_PATH, AT_FDCWD, failure
from pinfold.sandbox.processes import Process

_AT_SYMLINK_FOLLOW = 0x400
_AT_REMOVEDIR = 0x200
_RENAME_NOREPLACE = 1
_PLAIN = (0, stat.S_IFREG, stat.S_IFIFO, stat.S_IFSOCK)


class Place:
    """A name in a folder: the folder held by a descriptor, and the whole path. To be closed."""

    __slots__ = ("held", "name", "path")

    def __init__(self, held: int, folder: str, name: bytes) -> None:
        self.held, self.name = held, name
        self.path = f"{folder.rstrip('/')}/{os.fsdecode(name.rstrip(b'/'))}"

    def __enter__(self) -> Place:
        """Hold it until the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the folder."""
        os.close(self.held)

    def state(self) -> os.stat_result | None:
        """Return what has the name, itself if it is a link; ``None`` if nothing has."""
        try:
            return os.stat(self.name, dir_fd=self.held, follow_symlinks=False)
        except FileNotFoundError:
            return None


def place_of(behalf: Behalf, call: Notification, process: Process, folder: int, path: bytes) -> Place:
    """Return the place that a path names. Raises ``OSError``."""
    return Place(*behalf.paths.parent(call, process, folder, path))


def set_mask(process: Process) -> int:
    """Let this process have the mask for new files that the other has; returns our own."""
    if process.mask is None:
        process.mask = _mask_of(process.number)
    return os.umask(process.mask)


def _mask_of(number: int) -> int:
    with open(f"/proc/{number}/status", "rb") as status:
        for line in status:
            if line.startswith(b"Umask:"):
                return int(line.split()[1], 8)
    raise failure(errno.ESRCH)


class Moves:
    """Gives and takes names on behalf of one run's processes."""

    def __init__(self, behalf: Behalf) -> None:
        self._behalf = behalf
        self._names = Names(behalf.bounds.guarded)

    def handlers(self, *, removals: bool) -> dict[str, Handler]:
        """Return what answers each call, by its name; with ``removals`` also for those that take names away."""
        deeds: dict[str, Deed] = {name: partial(self._make_folder, MADE[name]) for name in ("mkdir", "mkdirat")}
        deeds |= {name: partial(self._make_special, MADE[name]) for name in ("mknod", "mknodat")}
        deeds |= {name: partial(self._make_symlink, MADE[name]) for name in ("symlink", "symlinkat")}
        deeds |= {name: partial(self._move, where) for name, where in MOVES.items()}
        deeds["link"] = partial(self._link, (AT_FDCWD, 0))
        deeds["linkat"] = partial(self._link, (0, 1))
        if removals:
            deeds |= dict.fromkeys(("unlink", "unlinkat", "rmdir"), self._remove)
        return {name: self._behalf.handler(deed) for name, deed in deeds.items()}

    def _place(self, call: Notification, process: Process, folder: int, path: int) -> Place:
        text = self._behalf.paths.text(call, path)
        return place_of(self._behalf, call, process, folder_of(call, folder), text)

    def _refuse_making(self, place: Place, *, link: bool = False) -> None:
        """Raise unless something may get this name. What has it already is told first, as the kernel does."""
        reason = self._names.why_not_make(place.path, link=link) or self._behalf.bounds.why_not_write(place.path)
        if reason:
            if place.name.rstrip(b"/") in (b".", b"..") or place.state() is not None:
                raise failure(errno.EEXIST)
            raise RefusedError(reason, place.path)

    def _make_folder(self, where: tuple[int, int], call: Notification, process: Process) -> int:
        with self._place(call, process, *where) as place:
            self._refuse_making(place)
            ours = set_mask(process)
            try:
                os.mkdir(place.name, call.arguments[where[1] + 1] & 0o1777, dir_fd=place.held)
            finally:
                os.umask(ours)
        return 0

    def _make_special(self, where: tuple[int, int], call: Notification, process: Process) -> int:
        mode = call.arguments[where[1] + 1] & 0xFFFF
        with self._place(call, process, *where) as place:
            self._refuse_making(place)
            if stat.S_IFMT(mode) not in _PLAIN:
                raise RefusedError("no device nodes", place.path, errno.EPERM)
            if mode & (stat.S_ISUID | stat.S_ISGID):
                raise RefusedError("no programs with the rights of their owner", place.path, errno.EPERM)
            ours = set_mask(process)
            try:
                os.mknod(place.name, mode, dir_fd=place.held)
            finally:
                os.umask(ours)
        return 0

    def _make_symlink(self, where: tuple[int, int], call: Notification, process: Process) -> int:
        text = self._behalf.paths.text(call, 0)
        with self._place(call, process, *where) as place:
            self._refuse_making(place, link=True)
            os.symlink(text, place.name, dir_fd=place.held)
        return 0

    def _link(self, source: tuple[int, int], call: Notification, process: Process) -> int:
        behalf = self._behalf
        flags = call.arguments[4] & 0xFFFFFFFF if call.number == NUMBERS["linkat"] else 0
        if flags & ~(_AT_SYMLINK_FOLLOW | AT_EMPTY_PATH):
            raise failure(errno.EINVAL)
        folder, path = folder_of(call, source[0]), behalf.paths.text(call, source[1])
        if not path and flags & AT_EMPTY_PATH:
            held, old = behalf.paths.hold(call, folder), ""
            old = os.readlink(f"/proc/self/fd/{held}")
        else:
            held, old = behalf.paths.locate(call, process, folder, path, follow=bool(flags & _AT_SYMLINK_FOLLOW))
        try:
            state = os.fstat(held)
            where = MADE["linkat" if call.number == NUMBERS["linkat"] else "link"]
            with self._place(call, process, *where) as place:
                self._refuse_making(place, link=stat.S_ISLNK(state.st_mode))
                denied = self._behalf.bounds.unwritable.match(old) or behalf.alias(state)
                if denied:
                    raise RefusedError(f"{denied} is denied, under another name as well", old)
                if behalf.bounds.why_not_write(old):
                    raise failure(errno.EXDEV)  # as Landlock says: what is copied is the run's own
                kernel_files.link_at(held, place.held, place.name)
        finally:
            os.close(held)
        return 0

    def _move(self, where: tuple[int, int, int, int], call: Notification, process: Process) -> int:
        flags = call.arguments[4] & 0xFFFFFFFF if call.number == NUMBERS["renameat2"] else 0
        if flags & ~(_RENAME_NOREPLACE | RENAME_EXCHANGE):
            raise failure(errno.EINVAL)
        with (
            self._place(call, process, *where[:2]) as old,
            self._place(call, process, *where[2:]) as new,
        ):
            ways = ((old, new), (new, old)) if flags & RENAME_EXCHANGE else ((old, new),)
            for one, other in ways:
                state = one.state()
                if state is None:
                    raise failure(errno.ENOENT)
                reason = self._names.why_not_move(one.path, other.path, kind=state.st_mode)
                reason = reason or self._behalf.bounds.why_not_write(one.path)
                if reason := reason or self._behalf.bounds.why_not_write(other.path):
                    raise RefusedError(reason, other.path)
            kernel_files.rename_at(old.held, old.name, new.held, new.name, flags)
        return 0

    def _remove(self, call: Notification, process: Process) -> int:
        at = call.number == NUMBERS["unlinkat"]
        folder = call.number == NUMBERS["rmdir"] or (at and bool(call.arguments[2] & _AT_REMOVEDIR))
        with self._place(call, process, *((0, 1) if at else (AT_FDCWD, 0))) as place:
            if reason := self._behalf.bounds.why_not_write(place.path):
                if place.state() is None:
                    raise failure(errno.ENOENT)
                raise RefusedError(reason, place.path)
            (os.rmdir if folder else os.unlink)(place.name, dir_fd=place.held)
        return 0
