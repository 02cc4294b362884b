"""Where a path leads that a program named: seen from its own folders, resolved once, held by a descriptor of ours.

The program shares our root (L1 and L2), but not our ``/proc/self``, and what its links there stand for is its own. So
the kernel resolves a path without such links; only where one is met, it is walked name by name, and ``self`` becomes
the caller. What is held is of kind ``O_PATH``: to look at, to check, and to act upon through ``/proc/self/fd``.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable

from pinfold.sandbox import kernel, kernel_files
from pinfold.sandbox.listener import Notification
from pinfold.sandbox.processes import Process

AT_FDCWD = -100
AT_SYMLINK_NOFOLLOW = 0x100
AT_EMPTY_PATH = 0x1000

HOLD = os.O_PATH | os.O_CLOEXEC
_MOST_LINKS = 40
_MOST_LOOKED_AT = 1_024
_OWN = (b"/dev/", b"/proc/")
_MAGIC = ("cwd", "root", "exe")
_MAGIC_FOLDERS = ("fd", "map_files", "ns")
_TOLD_OF_ALL = frozenset({"stat", "statm", "status", "cmdline", "comm", "cgroup", "oom_score", "oom_score_adj", "task"})


def descriptor(argument: int) -> int:
    """Return an ``int`` argument of a call."""
    low = argument & 0xFFFFFFFF
    return low - (1 << 32) if low >> 31 else low


def real(held: int) -> str:
    """Return where a descriptor of ours leads: an absolute path, or what stands for one (``pipe:[1234]``)."""
    return os.readlink(f"/proc/self/fd/{held}")


def failure(number: int) -> OSError:
    """Return the error with which a call fails."""
    return OSError(number, os.strerror(number))


class Paths:
    """Resolves paths as the processes of one run see them; every method raises ``OSError`` as the call would."""

    def __init__(self, is_own: Callable[[int], bool]) -> None:
        self._is_own = is_own
        self._ours = f"/proc/{os.getpid()}/"

    def text(self, call: Notification, argument: int) -> bytes:
        """Return the path to which an argument points; one copy, which cannot change any more."""
        return kernel_files.read_text(call.thread, call.arguments[argument])

    def memory(self, call: Notification, address: int, length: int) -> bytes:
        """Return so many bytes of the caller's memory, a copy."""
        data = kernel.read_memory(call.thread, address, length)
        if len(data) < length:
            raise failure(errno.EFAULT)
        return data

    def hold(self, call: Notification, number: int) -> int:
        """Return a descriptor of what the caller's descriptor ``number`` stands for."""
        if number < 0:
            raise failure(errno.EBADF)
        try:
            return self._look(f"/proc/{call.thread}/fd/{number}")
        except FileNotFoundError:
            raise failure(errno.EBADF) from None

    def _look(self, path: str) -> int:
        """Hold what a link of the caller's in ``/proc`` stands for."""
        return os.open(path, HOLD)

    def base(self, call: Notification, folder: int) -> int:
        """Return a descriptor of the folder from which the caller's relative paths are seen."""
        if folder == AT_FDCWD:
            return self._look(f"/proc/{call.thread}/cwd")
        return self.hold(call, folder)

    def locate(
        self, call: Notification, process: Process, folder: int, path: bytes, *, follow: bool = True
    ) -> tuple[int, str]:
        """Return a descriptor of what lies at ``path``, and where it really is.

        ``folder`` is a descriptor of the caller's, or ``AT_FDCWD``.
        """
        if not path:
            raise failure(errno.ENOENT)
        if path[:1] == b"/":
            return self.follow(call, process, AT_FDCWD, path, follow=follow)
        start = self.base(call, folder)
        try:
            return self.follow(call, process, start, path, follow=follow)
        finally:
            os.close(start)

    def follow(
        self, call: Notification, process: Process, start: int, path: bytes, *, follow: bool = True
    ) -> tuple[int, str]:
        """Do the same from a descriptor of ours."""
        flags = HOLD if follow else HOLD | os.O_NOFOLLOW
        try:
            held = kernel_files.open_at(start, path, flags, resolve=kernel_files.RESOLVE_NO_MAGICLINKS)
        except OSError as error:
            missing = error.errno == errno.ENOENT and path.startswith(_OWN)  # among ours, that is
            if error.errno != errno.ELOOP and not missing:
                raise
            return self._walk(call, process, start, path, follow=follow)
        where = real(held)
        if where.startswith(self._ours) or f"{where}/" == self._ours:
            os.close(held)
            return self._walk(call, process, start, path, follow=follow)
        return held, where

    def parent(self, call: Notification, process: Process, folder: int, path: bytes) -> tuple[int, str, bytes]:
        """Return a descriptor of the folder in which ``path`` names something, where that folder is, and the name.

        The name is ``.`` for the root; slashes at its end are kept, since the kernel asks for a folder then.
        """
        if path[:1] == b"/":
            return self.parent_from(call, process, AT_FDCWD, path)
        start = self.base(call, folder)
        try:
            return self.parent_from(call, process, start, path)
        finally:
            os.close(start)

    def parent_from(self, call: Notification, process: Process, start: int, path: bytes) -> tuple[int, str, bytes]:
        """Do the same from a descriptor of ours."""
        if not path:
            raise failure(errno.ENOENT)
        bare = path.rstrip(b"/")
        above, slash, name = bare.rpartition(b"/")
        if not bare:
            held, where = self.follow(call, process, start, b"/")
            return held, where, b"."
        # A slash at the end has the kernel insist on a folder.
        held, where = self.follow(call, process, start, (above + slash) or b"./")
        return held, where, name + path[len(bare) :]

    def has_open(self, call: Notification, state: os.stat_result, *, writes: bool, reads: bool) -> bool:
        """Whether the caller has a file open for what it asks for already: then opening it anew gives nothing new."""
        try:
            numbers = os.listdir(f"/proc/{call.thread}/fd")  # names are all that is needed
        except OSError:
            return False
        for number in numbers[:_MOST_LOOKED_AT]:
            try:
                its = os.stat(f"/proc/{call.thread}/fd/{number}")
                if (its.st_dev, its.st_ino) != (state.st_dev, state.st_ino):
                    continue
                access = _access(f"/proc/{call.thread}/fdinfo/{number}")
            except OSError:
                continue
            wanted = os.O_RDWR if writes and reads else os.O_WRONLY if writes else os.O_RDONLY
            if access in (os.O_RDWR, wanted):
                return True
        return False

    def may_look(self, path: str) -> bool:
        """Whether the caller may see a file of ``/proc``: its own processes', and what everybody is told of others."""
        if not path.startswith("/proc/"):
            return True
        _, _, number, *rest = path.split("/")
        if not number.isdigit() or not rest or self._is_own(int(number)):
            return True
        return all(part in _TOLD_OF_ALL or part.isdigit() for part in rest)

    def _walk(self, call: Notification, process: Process, start: int, path: bytes, *, follow: bool) -> tuple[int, str]:
        """Resolve a path name by name, with the caller's own ``/proc/self``."""
        at = os.open("/", HOLD) if path[:1] == b"/" or start == AT_FDCWD else os.dup(start)
        left = [part for part in reversed(path.split(b"/")) if part not in (b"", b".")]
        follow = follow or path.endswith(b"/")
        links = 0
        try:
            while left:
                part = left.pop()
                found = os.open(part, HOLD | os.O_NOFOLLOW, dir_fd=at)
                if not stat.S_ISLNK(os.fstat(found).st_mode) or not (left or follow):
                    at = _instead(at, found)
                    continue
                links += 1
                if links > _MOST_LINKS:
                    os.close(found)
                    raise failure(errno.ELOOP)
                try:
                    text = self._link(call, process, found)
                finally:
                    os.close(found)
                if text is None:
                    at = _instead(at, os.open(part, HOLD, dir_fd=at))
                    continue
                if text[:1] == b"/":
                    at = _instead(at, os.open("/", HOLD))
                left += [part for part in reversed(text.split(b"/")) if part not in (b"", b".")]
            if path.endswith(b"/") and not stat.S_ISDIR(os.fstat(at).st_mode):
                raise failure(errno.ENOTDIR)
            return at, real(at)
        except OSError:
            os.close(at)
            raise

    def _link(self, call: Notification, process: Process, link: int) -> bytes | None:
        """Return what a symbolic link says to the caller; ``None`` if it leads where no text can say."""
        where = real(link)
        if where == "/proc/self":
            return b"%d" % process.number
        if where == "/proc/thread-self":
            return b"%d/task/%d" % (process.number, call.thread)
        parts = where.split("/")
        in_process = where.startswith("/proc/") and parts[2].isdigit() and len(parts) > 3
        if in_process and (parts[-1] in _MAGIC or parts[-2] in _MAGIC_FOLDERS):
            if not self._is_own(int(parts[2])):
                raise failure(errno.EACCES)
            return None
        return os.readlink(b"", dir_fd=link)


def _instead(before: int, after: int) -> int:
    os.close(before)
    return after


def _access(path: str) -> int:
    """Return how a descriptor was opened; -1 for a handle, which gives no access."""
    with open(path, "rb") as told:
        for line in told:
            if line.startswith(b"flags:"):
                flags = int(line.split()[1], 8)
                return -1 if flags & os.O_PATH else flags & os.O_ACCMODE
    return -1
