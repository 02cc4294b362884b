"""Namespaces: the processes, the network and the file tree that a run has for itself at level L3.

The order, for a caller whose process has one thread::

    map_identity(*unshare_all())
    if not os.fork():              # the first child is process 1 of the new namespace
        build(layout(plan, Disk()), plan)
        program = os.fork()
        if not program:
            drop_capabilities()    # and what else confines it, then exec
        run_init(program, report)

Who calls keeps its own file tree; only process 1 and what it starts see the new one. When process 1 ends, the kernel
kills all others in the namespace and takes every mount away.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from pinfold.model import PinfoldError
from pinfold.sandbox import kernel
from pinfold.sandbox.plan import Plan
from pinfold.sandbox.root import Mount

_NAMESPACES = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWCGROUP
)
_PLAIN = kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NODEV
_DEVICE = kernel.MOUNT_ATTR_NOSUID | kernel.MOUNT_ATTR_NOEXEC | kernel.MOUNT_ATTR_RDONLY
_OLD, _NEW, _COVERS = "/old", "/new", "/covers"  # within a root that exists only while the tree is made


class SetupError(PinfoldError):
    """A step on the way to a confined run failed; the message names the step."""


@contextmanager
def _step(what: str) -> Iterator[None]:
    """Turn an ``OSError`` into a :class:`SetupError` that says what was being done."""
    try:
        yield
    except OSError as error:
        hint = "`pinfold run --level L2` needs no namespaces."
        raise SetupError(f"the sandbox could not {what}: {error.strerror or error}", hint=hint) from error


def unshare_all() -> tuple[int, int]:
    """Leave this machine's users, processes, network, IPC, host name and cgroups behind; children start in new ones.

    Returns this process's user and group, which it cannot ask for any more. Needs a process with one thread. The file
    tree is left by :func:`build`, so that the caller keeps its own.
    """
    identity = os.geteuid(), os.getegid()
    with _step("make namespaces of its own"):
        kernel.unshare(_NAMESPACES)
    return identity


def map_identity(user: int, group: int) -> None:
    """Make ``user`` and ``group``, which this process was, the only ones in the new namespace, by the same numbers."""
    dumpable = kernel.prctl(kernel.PR_GET_DUMPABLE)
    with _step("keep its user in a namespace of its own"):
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # else the files belong to root
        try:
            for name, text in (
                ("setgroups", "deny"),
                ("uid_map", f"{user} {user} 1"),
                ("gid_map", f"{group} {group} 1"),
            ):
                _write(f"/proc/self/{name}", text)
        finally:
            kernel.prctl(kernel.PR_SET_DUMPABLE, dumpable if dumpable == 1 else 0)


def _write(path: str, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(handle, text.encode("ascii"))
    finally:
        os.close(handle)


def build(layout: tuple[Mount, ...], plan: Plan) -> None:
    """Put this process, and what it will start, into the file tree of ``layout``, and into ``plan.folder`` there.

    To be called by process 1 of the new process namespace. Raises :class:`SetupError`; the process must then end.
    """
    with _step("switch the loopback interface on"):
        kernel.bring_up("lo")
    with _step("leave the machine's file tree"):
        kernel.unshare(kernel.CLONE_NEWNS)
        kernel.mount("none", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
        _tmpfs(plan.scratch)  # no more than a place that surely exists
        os.chdir(plan.scratch)
        os.mkdir(_OLD[1:])
        os.mkdir(_NEW[1:])
        kernel.pivot_root(".", _OLD[1:])
        os.chdir("/")
    with _Builder() as builder:
        for mount in layout:
            with _step(f"make {mount.target} ({mount.kind})"):
                builder.take(mount)
        with _step("close the new file tree"):
            builder.close_tree(layout)
    with _step("enter the new file tree"):
        os.chdir(_NEW)
        kernel.pivot_root(".", ".")  # puts the old root on top of the new one …
        kernel.unmount(".")  # … and takes it away, with the machine's tree in it
        os.chdir("/")
    with _step(f"enter the folder {plan.folder}"):
        os.chdir(plan.folder)


def _tmpfs(place: str, mode: str = "0755") -> None:
    kernel.mount("tmpfs", place, "tmpfs", kernel.MS_NOSUID | kernel.MS_NODEV, f"mode={mode}")


class _Builder:
    """Takes the steps. Sources are opened in the old tree and places in the new one, never through a symbolic link.

    A program that shares the working folder may put a link where a folder was when the layout was made; the step then
    fails, and nothing is mounted elsewhere.
    """

    def __init__(self) -> None:
        self.old = self.new = self.covers = -1

    def __enter__(self) -> _Builder:
        self.old = os.open(_OLD, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in (self.old, self.new, self.covers):
            if descriptor >= 0:
                os.close(descriptor)

    def take(self, mount: Mount) -> None:
        """Take one step."""
        if mount.target == "/":
            self._start(mount)
        elif mount.kind in ("folder", "file", "symlink"):
            self._make(mount)
        elif mount.kind in ("bind", "device"):
            self._bind(mount, self.old, mount.source)
        elif mount.kind in ("hold", "protect"):
            self._bind(mount, self.new, mount.target)
        elif mount.kind in ("cover-file", "cover-folder"):
            self._cover(mount)
        else:
            self._mount_new(mount)

    def _start(self, mount: Mount) -> None:
        if mount.kind == "bind":
            place = os.open(_NEW, os.O_PATH | os.O_CLOEXEC)
            try:
                self._attach(self.old, place, _attributes(mount))
            finally:
                os.close(place)
        else:
            _tmpfs(_NEW)
        self.new = os.open(_NEW, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def _make(self, mount: Mount) -> None:
        """Make something empty to mount on, or a link; what is there already stays, as two places may be one folder."""
        folder, name = os.path.split(mount.target)
        with _opened(self.new, folder) as parent, suppress(FileExistsError):
            if mount.kind == "folder":
                os.mkdir(name, 0o755, dir_fd=parent)
            elif mount.kind == "symlink":
                os.symlink(mount.source, name, dir_fd=parent)
            else:
                os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644, dir_fd=parent))

    def _bind(self, mount: Mount, root: int, path: str) -> None:
        with _opened(root, path) as source, _opened(self.new, mount.target) as place:
            self._attach(source, place, _attributes(mount))

    def _cover(self, mount: Mount) -> None:
        if self.covers < 0:
            self._make_covers()
        name = "folder" if mount.kind == "cover-folder" else "file"
        with _opened(self.covers, name) as cover, _opened(self.new, mount.target) as place:
            self._attach(cover, place, _PLAIN | kernel.MOUNT_ATTR_NOEXEC | kernel.MOUNT_ATTR_RDONLY)

    def _make_covers(self) -> None:
        os.mkdir(_COVERS)
        _tmpfs(_COVERS)
        self.covers = os.open(_COVERS, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        os.mkdir("folder", 0, dir_fd=self.covers)
        os.close(os.open("file", os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0, dir_fd=self.covers))

    def _mount_new(self, mount: Mount) -> None:
        kind, flags, data = {
            "tmpfs": ("tmpfs", kernel.MS_NODEV, "mode=1777" if mount.writable else "mode=0755"),
            "terminals": ("devpts", kernel.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620"),
            "proc": ("proc", kernel.MS_NODEV | kernel.MS_NOEXEC, ""),
        }[mount.kind]
        with _opened(self.new, mount.target) as place:
            os.fchdir(place)
            kernel.mount(kind, ".", kind, flags | kernel.MS_NOSUID, data)
            os.chdir("/")

    def close_tree(self, layout: tuple[Mount, ...]) -> None:
        """Make what was open to the steps read-only."""
        for mount in layout:
            if mount.kind == "tmpfs" and not mount.writable:
                kernel.mount_attributes(_NEW + mount.target, add=kernel.MOUNT_ATTR_RDONLY, recursive=False)

    @staticmethod
    def _attach(source: int, place: int, attributes: int) -> None:
        tree = kernel.clone_tree(source, add=attributes)
        try:
            kernel.attach_tree(tree, place)
        finally:
            os.close(tree)


def _attributes(mount: Mount) -> int:
    if mount.kind == "device":
        return _DEVICE
    return _PLAIN if mount.writable else _PLAIN | kernel.MOUNT_ATTR_RDONLY


@contextmanager
def _opened(root: int, path: str) -> Iterator[int]:
    descriptor = kernel.open_beneath(root, path.strip("/") or ".", os.O_PATH)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def drop_capabilities() -> None:
    """Give up every capability for good: no program that is started from here on gets one back."""
    with _step("give up its capabilities"):
        with suppress(OSError):  # the first number that the kernel does not know
            for capability in range(64):
                kernel.prctl(kernel.PR_CAPBSET_DROP, capability)
        kernel.prctl(kernel.PR_CAP_AMBIENT, kernel.PR_CAP_AMBIENT_CLEAR_ALL)
        kernel.clear_capabilities()


def run_init(program_pid: int, report: Callable[[int, int], None]) -> int:
    """Be process 1: wait for every child until ``program_pid`` ends, and return its wait status.

    ``report`` is called with the process id, in this namespace, and the wait status of each child that ended. What is
    still alive on return dies when the caller exits.
    """
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)  # same user as the program, which must not read this process's memory
    drop_capabilities()
    while True:
        pid, status = os.waitpid(-1, 0)
        report(pid, status)
        if pid == program_pid:
            return status
