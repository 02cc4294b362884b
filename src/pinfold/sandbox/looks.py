"""Looking at files without opening them: extended attributes, and watching who comes and goes in a folder.

Landlock is asked when a file is opened, and for neither of these. At L1 and L2 the supervisor looks on the program's
behalf, at what may be read; at L3 there is nothing else to look at.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from functools import partial

from pinfold.sandbox import kernel, kernel_files
from pinfold.sandbox.attributes import MOST_BYTES
from pinfold.sandbox.behalf import Behalf, Deed, Handler, RefusedError
from pinfold.sandbox.listener import Notification
from pinfold.sandbox.paths import AT_FDCWD, descriptor, failure
from pinfold.sandbox.processes import Process

_IN_DONT_FOLLOW = 0x02000000
_IN_ONLYDIR = 0x01000000

_Find = Callable[[Notification, str], bytes]
"""Returns what is asked for: the call, and the path by which the file is reached."""


class Looks:
    """Answers questions about files, on behalf of one run's processes."""

    def __init__(self, behalf: Behalf) -> None:
        self._behalf = behalf

    def handlers(self) -> dict[str, Handler]:
        """Return what answers each call, by its name."""
        forms: dict[str, Deed] = {
            "getxattr": partial(self._tell, _value, 2, True),
            "lgetxattr": partial(self._tell, _value, 2, False),
            "listxattr": partial(self._tell, _names, 1, True),
            "llistxattr": partial(self._tell, _names, 1, False),
            "inotify_add_watch": self._watch,
        }
        handlers = {name: self._behalf.handler(form) for name, form in forms.items()}
        # Newer calls whose words lie in memory: programs have another way when the kernel lacks them.
        return handlers | dict.fromkeys(("getxattrat", "listxattrat", "file_getattr"), self._behalf.handler(_lack))

    def _held(self, call: Notification, process: Process, argument: int, *, follow: bool) -> int:
        """Return a descriptor of a file that may be read; raises ``RefusedError`` for any other."""
        paths = self._behalf.paths
        held, where = paths.locate(call, process, AT_FDCWD, paths.text(call, argument), follow=follow)
        if reason := self._behalf.bounds.why_not_read(where):
            os.close(held)
            raise RefusedError(reason, where)
        return held

    def _tell(self, find: _Find, first: int, follow: bool, call: Notification, process: Process) -> int:
        """Write what is found where the program wants it, and return its length."""
        held = self._held(call, process, 0, follow=follow)
        try:
            found = find(call, f"/proc/self/fd/{held}")
        finally:
            os.close(held)
        address, size = call.arguments[first : first + 2]
        if size:
            if len(found) > min(size, MOST_BYTES):
                raise failure(errno.ERANGE)
            if kernel.write_memory(call.thread, address, found) < len(found):
                raise failure(errno.EFAULT)
        return len(found)

    def _watch(self, call: Notification, process: Process) -> int:
        mask = call.arguments[2] & 0xFFFFFFFF
        held = self._held(call, process, 1, follow=not mask & _IN_DONT_FOLLOW)
        try:
            if mask & _IN_ONLYDIR and not os.path.isdir(f"/proc/self/fd/{held}"):
                raise failure(errno.ENOTDIR)
            theirs = kernel.pidfd_getfd(process.pidfd, descriptor(call.arguments[0]))
            try:
                return kernel_files.add_watch(theirs, f"/proc/self/fd/{held}", mask & ~_IN_DONT_FOLLOW)
            finally:
                os.close(theirs)
        finally:
            os.close(held)


def _value(call: Notification, path: str) -> bytes:
    return os.getxattr(path, kernel_files.read_text(call.thread, call.arguments[1]))


def _names(_call: Notification, path: str) -> bytes:
    return b"".join(os.fsencode(name) + b"\0" for name in os.listxattr(path))


def _lack(_call: Notification, _process: Process) -> int:
    raise failure(errno.ENOSYS)
