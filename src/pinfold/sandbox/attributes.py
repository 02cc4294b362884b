"""What is known of a file: its mode, its owner, its times, its extended attributes.

Landlock does not judge who changes these, so at L1 and L2 the supervisor does it, inside writable folders only. The
target is resolved once, to a descriptor; where that really leads decides, and through it the change is made. At L3
nothing of this is needed: whatever is not writable is mounted read-only.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from pinfold.sandbox import kernel_files
from pinfold.sandbox.behalf import Behalf, Handler, RefusedError, is_nameless, named_otherwise
from pinfold.sandbox.calls import NUMBERS
from pinfold.sandbox.listener import Notification
from pinfold.sandbox.paths import AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, Paths, descriptor, failure, real
from pinfold.sandbox.processes import Process

MOST_BYTES = 65_536
"""How long the value of an extended attribute may be: the kernel's own limit."""

_LONGEST_NAME = 255
_FLAGS = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH
_SECONDS = struct.Struct("=qq")
_PARTS = struct.Struct("=qqqq")
_MOST_MICROSECONDS = 999_999


class _Form(NamedTuple):
    """Where a call's arguments stand: ``folder`` and ``path`` and ``flags`` are -1 where it has none.

    ``first`` is the first argument that says what to change. Without a ``path`` the ``folder`` is the target itself.
    """

    folder: int
    path: int
    first: int
    flags: int = -1
    follow: bool = True


_BY_PATH = _Form(-1, 0, 1)
_BY_LINK = _Form(-1, 0, 1, follow=False)
_BY_DESCRIPTOR = _Form(0, -1, 1)
_AT = _Form(0, 1, 2)

_Change = Callable[[Paths, Notification, int, int], None]
"""Makes a change: how the caller is read, the call, its first argument that says which, the target's descriptor."""


class Attributes:
    """Changes what is known of files, on behalf of one run's processes."""

    def __init__(self, behalf: Behalf) -> None:
        self._behalf = behalf

    def handlers(self) -> dict[str, Handler]:
        """Return what answers each call, by its name."""
        forms: dict[str, tuple[_Form, _Change]] = {
            "chmod": (_BY_PATH, _mode),
            "fchmod": (_BY_DESCRIPTOR, _mode),
            "fchmodat": (_AT, _mode),
            "fchmodat2": (_AT._replace(flags=3), _mode),
            "chown": (_BY_PATH, _owner),
            "lchown": (_BY_LINK, _owner),
            "fchown": (_BY_DESCRIPTOR, _owner),
            "fchownat": (_AT._replace(flags=4), _owner),
            "utime": (_BY_PATH, _seconds),
            "utimes": (_BY_PATH, _microseconds),
            "futimesat": (_AT, _microseconds),
            "utimensat": (_AT._replace(flags=3), _nanoseconds),
            "setxattr": (_BY_PATH, _set_extended),
            "lsetxattr": (_BY_LINK, _set_extended),
            "fsetxattr": (_BY_DESCRIPTOR, _set_extended),
            "removexattr": (_BY_PATH, _remove_extended),
            "lremovexattr": (_BY_LINK, _remove_extended),
            "fremovexattr": (_BY_DESCRIPTOR, _remove_extended),
        }
        handler = self._behalf.handler
        handlers = {name: handler(partial(self._do, form, change)) for name, (form, change) in forms.items()}
        # Newer calls whose words lie in memory: programs have another way when the kernel lacks them.
        return handlers | dict.fromkeys(("setxattrat", "removexattrat", "file_setattr"), handler(_lack))

    def _do(self, form: _Form, change: _Change, call: Notification, process: Process) -> int:
        held, where = self._target(form, call, process)
        try:
            self._check(held, where)
            change(self._behalf.paths, call, form.first, held)
        finally:
            os.close(held)
        return 0

    def _target(self, form: _Form, call: Notification, process: Process) -> tuple[int, str]:
        folder = descriptor(call.arguments[form.folder]) if form.folder >= 0 else AT_FDCWD
        flags = call.arguments[form.flags] & 0xFFFFFFFF if form.flags >= 0 else 0
        if flags & ~_FLAGS:
            raise failure(errno.EINVAL)
        paths = self._behalf.paths
        if form.path < 0:
            held = paths.hold(call, folder)
            return held, real(held)
        if call.arguments[form.path] == 0 and call.number == NUMBERS["utimensat"]:  # the descriptor itself
            held = paths.hold(call, folder)
            return held, real(held)
        path = paths.text(call, form.path)
        if not path and flags & AT_EMPTY_PATH:
            held = paths.base(call, folder)
            return held, real(held)
        return paths.locate(call, process, folder, path, follow=form.follow and not flags & AT_SYMLINK_NOFOLLOW)

    def _check(self, held: int, where: str) -> None:
        """Raise ``RefusedError`` unless the target is the run's to change."""
        behalf = self._behalf
        if behalf.bounds.owns(where) and not behalf.linked and not where.endswith(")"):
            return
        state = os.fstat(held)
        if is_nameless(where, state):
            return
        path = named_otherwise(where, state)
        if alias := behalf.alias(state):
            raise RefusedError(f"it is another name of {alias}, which is denied", path, errno.EPERM)
        if not behalf.bounds.owns(path):
            reason = behalf.bounds.unwritable.match(path)
            why = f"{reason} is denied" if reason else "it is outside of what may be written"
            raise RefusedError(f"{why}; allow it in the profile: write.allow = [{path!r}]", path, errno.EPERM)


def _lack(_call: Notification, _process: Process) -> int:
    raise failure(errno.ENOSYS)


def _entry(held: int) -> str:
    return f"/proc/self/fd/{held}"


def _mode(_paths: Paths, call: Notification, first: int, held: int) -> None:
    mode = call.arguments[first] & 0o7777
    if mode & (stat.S_ISUID | stat.S_ISGID):
        state = os.fstat(held)
        if mode & stat.S_ISUID or not stat.S_ISDIR(state.st_mode):
            reason = "a program with this mode would lend the user's rights to whoever runs it"
            raise RefusedError(reason, real(held), errno.EPERM)
    os.chmod(_entry(held), mode)


def _owner(_paths: Paths, call: Notification, first: int, held: int) -> None:
    kernel_files.change_owner(held, descriptor(call.arguments[first]), descriptor(call.arguments[first + 1]))


def _nanoseconds(paths: Paths, call: Notification, first: int, held: int) -> None:
    address = call.arguments[first]
    kernel_files.change_times(held, paths.memory(call, address, _PARTS.size) if address else None)


def _microseconds(paths: Paths, call: Notification, first: int, held: int) -> None:
    address = call.arguments[first]
    if not address:
        kernel_files.change_times(held, None)
        return
    seen, seen_part, changed, changed_part = _PARTS.unpack(paths.memory(call, address, _PARTS.size))
    if not (0 <= seen_part <= _MOST_MICROSECONDS and 0 <= changed_part <= _MOST_MICROSECONDS):
        raise failure(errno.EINVAL)
    kernel_files.change_times(held, _PARTS.pack(seen, seen_part * 1_000, changed, changed_part * 1_000))


def _seconds(paths: Paths, call: Notification, first: int, held: int) -> None:
    address = call.arguments[first]
    if not address:
        kernel_files.change_times(held, None)
        return
    seen, changed = _SECONDS.unpack(paths.memory(call, address, _SECONDS.size))
    kernel_files.change_times(held, _PARTS.pack(seen, 0, changed, 0))


def _name(paths: Paths, call: Notification, argument: int) -> bytes:
    name = paths.text(call, argument)
    if not 0 < len(name) <= _LONGEST_NAME:
        raise failure(errno.ERANGE)
    return name


def _set_extended(paths: Paths, call: Notification, first: int, held: int) -> None:
    name = _name(paths, call, first)
    address, size, flags = call.arguments[first + 1 : first + 4]
    if size > MOST_BYTES:
        raise failure(errno.E2BIG)
    if name == b"security.capability":
        reason = "a program with capabilities of its own would lend them to whoever runs it"
        raise RefusedError(reason, real(held), errno.EPERM)
    os.setxattr(_entry(held), name, paths.memory(call, address, size) if size else b"", flags & 0xFFFFFFFF)


def _remove_extended(paths: Paths, call: Notification, first: int, held: int) -> None:
    os.removexattr(_entry(held), _name(paths, call, first))
