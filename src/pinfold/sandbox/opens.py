"""Files opened on a program's behalf, at L1 and L2, where neither Landlock nor a mount can keep a denied name.

Every path is resolved once, to a descriptor. Where that really leads is compared with the reach, and the file is opened
through that very descriptor, or made in the very folder that was looked at; so what was decided is what is done, and
the program receives a descriptor. ``O_PATH`` alone goes on: the kernel gives nothing but a handle for it, and whatever
is done with a handle comes by here again.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from functools import partial

from pinfold.sandbox.behalf import DELETED, Behalf, Handler, RefusedError, is_nameless, named_otherwise
from pinfold.sandbox.fifos import Fifos
from pinfold.sandbox.listener import Notification
from pinfold.sandbox.moves import Place, set_mask
from pinfold.sandbox.names import MADE, Names, folder_of
from pinfold.sandbox.paths import AT_FDCWD, failure
from pinfold.sandbox.processes import Process

_MOST_LINKS = 40
_O_TMPFILE = os.O_TMPFILE
_TTY = os.makedev(5, 0)
_KEPT = os.O_APPEND | os.O_DIRECT | os.O_NOATIME
_LENDING = stat.S_ISUID | stat.S_ISGID


class Opens:
    """Opens files on behalf of one run's processes."""

    def __init__(self, behalf: Behalf, fifos: Fifos) -> None:
        self._behalf = behalf
        self._fifos = fifos
        self._names = Names(behalf.bounds.guarded)

    def handlers(self, *, everything: bool) -> dict[str, Handler]:
        """Return what answers each call, by its name; with ``everything`` also for those that make no file."""
        handler = self._behalf.handler
        handlers = {
            "open": handler(partial(self._open, MADE["open"], 1)),
            "openat": handler(partial(self._open, MADE["openat"], 2)),
            "creat": handler(partial(self._open, MADE["creat"], -1)),
            "openat2": handler(_lack),
        }
        if everything:
            handlers["truncate"] = handler(self._truncate)
        return handlers

    def _open(self, where: tuple[int, int], flags_at: int, call: Notification, process: Process) -> None:
        if flags_at < 0:
            flags, mode = os.O_CREAT | os.O_WRONLY | os.O_TRUNC, call.arguments[1]
        else:
            flags, mode = call.arguments[flags_at] & 0xFFFFFFFF, call.arguments[flags_at + 1]
        if flags & os.O_PATH:
            self._behalf.listener.go_on(call)
            return
        making = bool(flags & os.O_CREAT) or flags & _O_TMPFILE == _O_TMPFILE
        if making and mode & _LENDING:
            raise RefusedError("no programs with the rights of their owner", "", errno.EPERM)
        path = self._behalf.paths.text(call, where[1])
        if not path:
            raise failure(errno.ENOENT)
        folder = folder_of(call, where[0])
        opened = self._opened(call, process, folder, path, flags, mode & 0o7777 if making else 0)
        if opened is not None:
            self._hand_over(call, opened, flags)

    def _hand_over(self, call: Notification, opened: int, flags: int) -> None:
        try:
            self._behalf.listener.inject(call, opened, close_on_exec=bool(flags & os.O_CLOEXEC))
        finally:
            os.close(opened)

    def _opened(
        self, call: Notification, process: Process, folder: int, path: bytes, flags: int, mode: int
    ) -> int | None:
        """Return the new descriptor, ours; ``None`` if the answer comes later."""
        if not flags & os.O_CREAT:
            return self._existing(*self._locate(call, process, folder, path, flags), call, process, flags, mode)
        start = self._behalf.paths.base(call, folder) if path[:1] != b"/" else AT_FDCWD
        try:
            for _ in range(_MOST_LINKS):
                if not flags & os.O_EXCL:
                    try:
                        found = self._follow(call, process, start, path, flags)
                    except FileNotFoundError:
                        pass
                    else:
                        return self._existing(*found, call, process, flags, mode)
                with self._place(call, process, start, path) as place:
                    made = self._make(process, place, flags, mode)
                    if made is not None:
                        return made
                    # Something has the name: a link that leads to nothing yet, or what was made this very moment.
                    try:
                        text = os.readlink(place.name, dir_fd=place.held)
                    except OSError:
                        continue
                    if flags & os.O_NOFOLLOW:
                        raise failure(errno.ELOOP)
                    start, path = _instead(start, os.dup(place.held)), text
        finally:
            if start >= 0:
                os.close(start)
        raise failure(errno.ELOOP)

    def _locate(self, call: Notification, process: Process, folder: int, path: bytes, flags: int) -> tuple[int, str]:
        return self._behalf.paths.locate(call, process, folder, path, follow=not flags & os.O_NOFOLLOW)

    def _follow(self, call: Notification, process: Process, start: int, path: bytes, flags: int) -> tuple[int, str]:
        return self._behalf.paths.follow(call, process, start, path, follow=not flags & os.O_NOFOLLOW)

    def _place(self, call: Notification, process: Process, start: int, path: bytes) -> Place:
        return Place(*self._behalf.paths.parent_from(call, process, start, path))

    def _make(self, process: Process, place: Place, flags: int, mode: int) -> int | None:
        """Return the descriptor of a new file; ``None`` if there is something of that name."""
        if place.name.endswith(b"/") or place.name in (b".", b".."):
            raise failure(errno.EISDIR)
        if reason := self._names.why_not_make(place.path) or self._behalf.bounds.why_not_write(place.path):
            if place.state() is None:
                raise RefusedError(reason, place.path)
            if flags & os.O_EXCL:
                raise failure(errno.EEXIST)
            return None
        ours = set_mask(process)
        try:
            wanted = flags | os.O_EXCL | os.O_NOFOLLOW | os.O_NOCTTY | os.O_CLOEXEC
            return os.open(place.name, wanted, mode, dir_fd=place.held)
        except FileExistsError:
            if flags & os.O_EXCL:
                raise
            return None
        finally:
            os.umask(ours)

    def _existing(
        self, held: int, where: str, call: Notification, process: Process, flags: int, mode: int
    ) -> int | None:
        """Open what is held, if it may be; closes ``held``."""
        try:
            state = os.fstat(held)
            kind = stat.S_IFMT(state.st_mode)
            if kind == stat.S_IFLNK:
                raise failure(errno.ELOOP)
            self._check(call, where, state, flags)
            wanted = flags & ~(os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW) | os.O_NOCTTY | os.O_CLOEXEC
            if flags & os.O_CREAT and kind == stat.S_IFDIR:
                raise failure(errno.EISDIR)
            if kind == stat.S_IFIFO and not flags & os.O_NONBLOCK and flags & os.O_ACCMODE != os.O_RDWR:
                self._open_later(held, wanted, call, flags)
                return None
            if state.st_rdev == _TTY and kind == stat.S_IFCHR and not _has_our_terminal(call.thread):
                raise failure(errno.ENXIO)
            if flags & _O_TMPFILE == _O_TMPFILE:
                return self._make_nameless(held, process, wanted, mode)
            opened = os.open(f"/proc/self/fd/{held}", wanted | os.O_NONBLOCK)
        finally:
            os.close(held)
        if not flags & os.O_NONBLOCK:
            fcntl.fcntl(opened, fcntl.F_SETFL, flags & _KEPT)
        return opened

    @staticmethod
    def _make_nameless(held: int, process: Process, flags: int, mode: int) -> int:
        ours = set_mask(process)
        try:
            return os.open(f"/proc/self/fd/{held}", flags, mode)
        finally:
            os.umask(ours)

    def _open_later(self, held: int, wanted: int, call: Notification, flags: int) -> None:
        def done(result: int) -> None:
            if result < 0:
                self._behalf.listener.fail(call, -result)
            else:
                self._hand_over(call, result, flags)

        if not self._fifos.open(held, wanted, done):
            raise failure(errno.ENFILE)

    def _check(self, call: Notification, where: str, state: os.stat_result, flags: int) -> None:
        """Raise unless a file may be opened like this."""
        if (where[:1] != "/" or where.endswith(DELETED)) and is_nameless(where, state):
            return
        path = named_otherwise(where, state)
        bounds = self._behalf.bounds
        access = flags & os.O_ACCMODE
        writes = access != os.O_RDONLY or bool(flags & os.O_TRUNC) or flags & _O_TMPFILE == _O_TMPFILE
        reads = access != os.O_WRONLY
        reason = bounds.why_not_write(path) if writes else ""
        if not reason and reads:
            reason = bounds.why_not_read(path)
        if not reason and not self._behalf.paths.may_look(path):
            reason = "it tells of a process that is not of this run"
        if not reason and (alias := self._behalf.alias(state)):
            denied = bounds.unreadable.match(alias) or (writes and alias)
            reason = f"it is another name of {alias}, which is denied" if denied else ""
        if reason and not self._behalf.paths.has_open(call, state, writes=writes, reads=reads):
            raise RefusedError(reason, path)

    def _truncate(self, call: Notification, process: Process) -> int:
        held, where = self._behalf.paths.locate(call, process, AT_FDCWD, self._behalf.paths.text(call, 0))
        try:
            self._check(call, where, os.fstat(held), os.O_WRONLY)
            length = call.arguments[1]
            if length >> 63:
                raise failure(errno.EINVAL)
            opened = os.open(f"/proc/self/fd/{held}", os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        finally:
            os.close(held)
        try:
            os.ftruncate(opened, length)
        finally:
            os.close(opened)
        return 0


def _lack(_call: Notification, _process: Process) -> None:
    raise failure(errno.ENOSYS)


def _instead(before: int, after: int) -> int:
    if before >= 0:
        os.close(before)
    return after


def _has_our_terminal(thread: int) -> bool:
    """Whether the terminal that controls a thread is ours, since ours is what we would open."""
    return _terminal(str(thread)) == _terminal("self")


def _terminal(number: str) -> bytes:
    with open(f"/proc/{number}/stat", "rb") as stat_line:
        return stat_line.read().rpartition(b") ")[2].split()[4]  # tty_nr, proc(5)
