"""Names that are denied inside a writable folder: who would give them to something, or take what has them elsewhere.

:class:`Names` decides, on real paths. Where the supervisor acts on the program's behalf (L1, L2) that is final. In a
file tree of its own (L3) the program acts itself, after :class:`Lookout` had a look; what it is about could change
between, so behind it stand the watches of :mod:`pinfold.sandbox.watches`.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from functools import partial

from pinfold.sandbox import kernel, kernel_files
from pinfold.sandbox.behalf import Handler
from pinfold.sandbox.bounds import Bounds, Denied, grown
from pinfold.sandbox.calls import NAMES, NUMBERS
from pinfold.sandbox.listener import Listener, Notification
from pinfold.sandbox.paths import AT_FDCWD, descriptor, failure
from pinfold.sandbox.processes import Process

_MOST_LINKS = 40
RENAME_EXCHANGE = 2

MOVES = {
    "rename": (AT_FDCWD, 0, AT_FDCWD, 1),
    "renameat": (0, 1, 2, 3),
    "renameat2": (0, 1, 2, 3),
}
"""Where the arguments of a move stand: old folder, old path, new folder, new path."""

MADE = {
    "mkdir": (AT_FDCWD, 0),
    "mkdirat": (0, 1),
    "mknod": (AT_FDCWD, 0),
    "mknodat": (0, 1),
    "link": (AT_FDCWD, 1),
    "linkat": (2, 3),
    "symlink": (AT_FDCWD, 1),
    "symlinkat": (1, 2),
    "creat": (AT_FDCWD, 0),
    "open": (AT_FDCWD, 0),
    "openat": (0, 1),
}
"""Where folder and path of the new name stand."""


def folder_of(call: Notification, argument: int) -> int:
    """Return the descriptor of the folder that an argument names; ``AT_FDCWD`` stands for itself."""
    return AT_FDCWD if argument == AT_FDCWD else descriptor(call.arguments[argument])


class Names:
    """Decides about names. ``root`` leads to the file tree in which the paths are to be looked at."""

    def __init__(self, denied: Denied) -> None:
        self._denied = denied

    def why_not_make(self, path: str, *, link: bool = False) -> str:
        """Return why nothing may get this name; ``link`` if it is a symbolic link that would."""
        if pattern := self._denied.match(path):
            return _denial(pattern)
        if link and any(True for _ in self._denied.below(path)):
            return "a link here would lead names that are denied elsewhere"
        return ""

    def why_not_move(self, old: str, new: str, *, kind: int, root: str = "") -> str:
        """Return why ``old`` may not become ``new``; ``kind`` is the file type in its mode."""
        for path in (old, new):
            if pattern := self._denied.match(path):
                return _denial(pattern)
        if stat.S_ISLNK(kind):
            return self.why_not_make(new, link=True)
        if not stat.S_ISDIR(kind):
            return ""
        for rest in self._denied.below(old):
            if found := grown(root + old, rest):
                return _denial(found[0].removeprefix(root)) + ", and would be moved along"
        for rest in self._denied.below(new):
            if _leads(root + old, rest):
                return _denial("/".join((new, *rest))) + ", and would come to exist"
        return ""


def _denial(pattern: str) -> str:
    return f"{pattern} is denied; to allow it take it out of the profile's deny"


def _leads(folder: str, rest: tuple[str, ...]) -> bool:
    """Whether ``rest`` exists in a folder, or a symbolic link on the way could make it exist later."""
    on_the_way = (grown(folder, rest[:count]) for count in range(1, len(rest)))
    return any(os.path.islink(path) for paths in on_the_way for path in paths) or bool(grown(folder, rest))


class Lookout:
    """Looks at calls that give something a name, refuses what is denied, and lets all else go on."""

    def __init__(
        self,
        listener: Listener,
        bounds: Bounds,
        denied: Callable[[int, Process, str, str], None],
    ) -> None:
        self._listener = listener
        self._names = Names(bounds.guarded)
        self._denied = denied

    def handlers(self) -> dict[str, Handler]:
        """Return what answers each call, by its name."""
        made: dict[str, Handler] = {name: partial(self._make, *where) for name, where in MADE.items()}
        return made | {name: partial(self._move, *where) for name, where in MOVES.items()}

    def _make(self, folder: int, path: int, call: Notification, process: Process) -> None:
        link = call.number in (NUMBERS["symlink"], NUMBERS["symlinkat"])
        follow = call.number in (NUMBERS["open"], NUMBERS["openat"], NUMBERS["creat"])
        if _lends(call):
            self._listener.fail(call, errno.EPERM)
            self._denied(call.number, process, "no programs with the rights of their owner", "")
            return
        try:
            place = place_of(call, folder_of(call, folder), path, follow=follow)
        except OSError:  # the call will fail, or goes where no name is made
            place = ""
        self._answer(call, process, self._names.why_not_make(place, link=link) if place else "", place)

    def _move(
        self, old_folder: int, old_path: int, new_folder: int, new_path: int, call: Notification, process: Process
    ) -> None:
        reason = old = new = ""
        root = f"/proc/{call.thread}/root"
        swapped = call.number == NUMBERS["renameat2"] and bool(call.arguments[4] & RENAME_EXCHANGE)
        try:
            old = place_of(call, folder_of(call, old_folder), old_path)
            new = place_of(call, folder_of(call, new_folder), new_path)
            for one, other in ((old, new), (new, old))[: 1 + swapped]:
                kind = os.lstat(root + one).st_mode
                reason = reason or self._names.why_not_move(one, other, kind=kind, root=root)
        except OSError:
            reason = ""
        self._answer(call, process, reason, new)

    def _answer(self, call: Notification, process: Process, reason: str, path: str) -> None:
        if reason:
            self._listener.fail(call, errno.EACCES)
            self._denied(call.number, process, reason, path)
        else:
            self._listener.go_on(call)


_MODES = {"open": 2, "openat": 3, "creat": 1, "mknod": 1, "mknodat": 2}


def _lends(call: Notification) -> bool:
    """Whether a call would make a program that runs with its owner's rights."""
    argument = _MODES.get(NAMES[call.number], -1)
    return argument >= 0 and bool(call.arguments[argument] & (stat.S_ISUID | stat.S_ISGID))


def place_of(call: Notification, folder: int, argument: int, *, follow: bool = False) -> str:
    """Return the real path, in the caller's own file tree, of what an argument names, whether it is there or not.

    ``folder`` is a descriptor of the caller's, or ``AT_FDCWD``. Raises ``OSError``.
    """
    path = os.fsdecode(kernel_files.read_text(call.thread, call.arguments[argument]))
    if not path.startswith("/"):
        start = "cwd" if folder == AT_FDCWD else f"fd/{folder}"
        path = f"{os.readlink(f'/proc/{call.thread}/{start}')}/{path}"
    for _ in range(_MOST_LINKS):
        above, _, name = path.rstrip("/").rpartition("/")
        held = kernel.open_path_of(call.thread, above or "/")
        try:
            place = f"{os.readlink(f'/proc/self/fd/{held}').rstrip('/')}/{name}"
            text = os.readlink(name, dir_fd=held) if follow else ""
        except OSError:
            return place
        finally:
            os.close(held)
        if not text:
            return place
        path = text if text.startswith("/") else f"{place.rpartition('/')[0]}/{text}"
    raise failure(errno.ELOOP)
