"""The file tree that a run sees at level L3: nothing but what it is granted, each at its own path.

:func:`layout` turns a :class:`~pinfold.sandbox.plan.Plan` into the list of steps that make the tree, in order. It only
looks at the disk through a :class:`Look` and changes nothing; :func:`pinfold.sandbox.namespaces.build` takes the steps.
Every place where something will be mounted is either there already or is made by a step of its own, and such steps lie
only in the run's own root and in its own folder for temporary files, never in a folder of the person's.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Literal, Protocol

import msgspec

from pinfold.model import PinfoldError
from pinfold.sandbox.plan import Plan

Kind = Literal["absent", "file", "folder", "symlink", "device", "other"]
"""What stands at a path; ``other`` is a socket or a pipe."""

Step = Literal[
    "bind",  # show ``source`` at ``target``
    "hold",  # mount ``target`` on itself, so that it cannot be renamed
    "protect",  # the same, and read-only
    "cover-file",  # show an empty file there that nobody can open
    "cover-folder",  # the same for a folder
    "device",  # show the device node ``source`` at ``target``, or a folder of such nodes
    "tmpfs",  # an empty file system in memory, for this run alone; read-only once the tree is made unless writable
    "terminals",  # pseudo-terminals for this run alone
    "proc",  # the processes of this run
    "folder",  # make an empty folder
    "file",  # make an empty file
    "symlink",  # make a link at ``target`` that says ``source``
]

MOST_STEPS = 4_000
"""More steps than this are refused: every mount costs time and kernel memory."""

_MOST_LINKS = 40  # the kernel's own limit on one path
_DEVICES = ("full", "null", "random", "tty", "urandom", "zero")
_NO_DEVICES = ("/", "/dev", "/dev/pts", "/dev/shm")  # noqa: S108 - folders that every run has for itself
_DEVICE_LINKS = (
    ("fd", "/proc/self/fd"),
    ("ptmx", "pts/ptmx"),
    ("stderr", "/proc/self/fd/2"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
)
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108 - these are the names that programs know
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - so is this

# Files of the kernel that a process of user 0 may write, or that tell of the machine, whatever its namespaces.
_PROC_PROTECTED = ("bus", "dynamic_debug", "fs", "irq", "mtrr", "sys", "sysrq-trigger")
_PROC_COVERED = ("acpi", "asound", "kcore", "keys", "latency_stats", "sched_debug", "scsi", "timer_list")


class Look(Protocol):
    """What is on the disk. Neither question follows a symbolic link at the end of its path."""

    def kind(self, path: str) -> Kind:
        """Return what stands at ``path``; ``absent`` also where it cannot be reached."""

    def link(self, path: str) -> str:
        """Return what the symbolic link at ``path`` says."""

    def names(self, path: str) -> Iterable[str]:
        """Return the names in the folder ``path``; none where it cannot be listed."""


class Mount(msgspec.Struct, frozen=True):
    """One step. ``source`` and ``target`` are absolute paths without links; ``writable`` is a right."""

    kind: Step
    source: str
    target: str
    writable: bool = False


class LayoutError(PinfoldError):
    """A file tree as planned cannot be made."""


def layout(plan: Plan, look: Look) -> tuple[Mount, ...]:
    """Return the steps that make the file tree of a run, in the order in which they are to be taken.

    What does not exist is left out, and so is what lies in something denied. Raises :class:`LayoutError` where more
    than :data:`MOST_STEPS` would be needed.
    """
    return _Tree(plan, look).steps()


class _Tree:
    """The tree while it is worked out: ``shown`` is what stands where.

    ``links`` is every symbolic link met on the way; ``hidden`` and ``fixed`` are what exists and may not be read or
    written, ``near`` the folders in which more of that could be made.
    """

    def __init__(self, plan: Plan, look: Look) -> None:
        self.plan = plan
        self.look = look
        self.links: dict[str, str] = {}
        self._found: dict[str, tuple[str, Kind]] = {}
        self.shown = {"/": Mount("tmpfs", "", "/")}
        self.home, self.temporary = self._real(plan.home)[0], self._real(plan.temporary)[0]
        self.near: set[str] = set()
        self.hidden = self._existing(plan.reach.no_read)
        self.fixed = self._existing(plan.reach.no_write) - self.hidden

    def steps(self) -> tuple[Mount, ...]:
        self._grant()
        self._own_folders()
        self._drop_repeated()
        self._own_devices()
        self._own_processes()
        self._deny()
        self._add_links()
        return tuple(self._in_order())

    # What is granted.

    def _grant(self) -> None:
        """Show every granted file and folder that exists, at its real place."""
        reach = self.plan.reach
        for paths, writable in ((reach.read, False), (reach.execute, False), (reach.write, True)):
            for path in paths:
                real, kind = self._real(path)
                if kind not in ("file", "folder") or _is_made_new(real) or _lies_in(real, self.hidden):
                    continue
                may_write = writable and not _lies_in(real, self.fixed)
                self._show("bind", real, real, writable=may_write or self._is_writable(real))

    def _is_writable(self, target: str) -> bool:
        before = self.shown.get(target)
        return before is not None and before.writable

    def _drop_repeated(self) -> None:
        """Drop what a granted folder above it shows already, with the same right or a greater one."""
        for target in sorted(self.shown, key=_order)[1:]:
            above = self._above(target)
            if _is_real(self.shown[target]) and _is_real(above) and above.writable >= self.shown[target].writable:
                del self.shown[target]

    # What belongs to the run alone.

    def _own_folders(self) -> None:
        home, temporary, *places = (self._real(path)[0] for path in (self.plan.home, self.plan.temporary, *_TEMPORARY))
        for place in places:
            if place not in self.shown:  # else the machine's own is granted by name
                self._show("bind", temporary, place, writable=True)
        for path in (home, temporary):
            self._show("bind", path, path, writable=True)

    def _own_devices(self) -> None:
        self._show("tmpfs", "", "/dev")
        granted = (self._real(path)[0] for path in self.plan.devices)
        for path in (*(f"/dev/{name}" for name in _DEVICES), *granted):
            is_given = path not in _NO_DEVICES and not _lies_in(path, self.hidden)
            if is_given and self.look.kind(path) in ("device", "folder"):
                self._show("device", path, path)
        for name, text in _DEVICE_LINKS:
            self._show("symlink", text, f"/dev/{name}")
        self._show("terminals", "", "/dev/pts")
        if _SHARED_MEMORY not in self.shown:
            self._show("tmpfs", "", _SHARED_MEMORY, writable=True)

    def _own_processes(self) -> None:
        self._show("proc", "", "/proc")
        for name in _PROC_PROTECTED:
            self._show("protect", f"/proc/{name}", f"/proc/{name}")
        for name in _PROC_COVERED:
            self._cover(f"/proc/{name}")

    # What is denied.

    def _deny(self) -> None:
        """Cover what may not be read, and protect what may not be written, where a granted folder would show it."""
        for path in sorted(self.hidden | self.fixed, key=_order):
            above = self.shown.get(path) or self._above(path)
            if not _is_real(above):
                continue
            if path in self.hidden:
                self._hold(path)
                self._cover(path)
            elif above.writable:
                self._hold(path)
                self._show("protect", path, path)
        for folder in sorted(self.near, key=_order):
            self._hold(posixpath.join(folder, "."))

    def _cover(self, path: str) -> None:
        self._show("cover-folder" if self.look.kind(path) == "folder" else "cover-file", "", path)

    def _hold(self, path: str) -> None:
        """Hold the folders above ``path``, as far as they could be renamed.

        A place where something is mounted cannot be renamed, but the folder that it lies in can: then a new one could
        be put where what is denied was, or is to be.
        """
        folder = posixpath.dirname(path)
        while folder not in self.shown:
            above = self._above(folder)
            if not _is_real(above) or not above.writable:
                return
            self._show("hold", folder, folder, writable=True)
            folder = posixpath.dirname(folder)

    # Symbolic links.

    def _add_links(self) -> None:
        """Add the links by which something shown was reached, or that stand in the root, such as ``/bin``."""
        for path in (self.plan.program, self.plan.folder, *(f"/{name}" for name in self.look.names("/"))):
            self._real(path)
        for place, text in sorted(self.links.items()):
            real, _ = self._real(place)
            seen = self.shown.get(real) or self._above(real)
            leads = _is_real(seen) or any(_lies_in(target, (real,)) for target in self.shown)
            if leads and place not in self.shown and _may_be_made(self._above(place)) and not _is_made_new(place):
                self._show("symlink", text, place)

    def _real(self, path: str) -> tuple[str, Kind]:
        """Return where ``path`` leads, through all its links, and what stands there; note the links."""
        found = self._found.get(path)
        if found is None:
            found = self._found[path] = self._follow(path)
        return found

    def _follow(self, path: str) -> tuple[str, Kind]:
        real, rest, followed = "/", [part for part in reversed(path.split("/")) if part], 0
        kind: Kind = "folder"
        while rest:
            part = rest.pop()
            if part in (".", ".."):
                real = posixpath.dirname(real) if part == ".." else real
                continue
            place = f"{real}/{part}" if real != "/" else f"/{part}"
            kind = self.look.kind(place)
            if kind != "symlink":
                real = place
            elif followed == _MOST_LINKS:
                return place, "absent"
            else:
                followed += 1
                text = self.links.setdefault(place, self.look.link(place))
                real = "/" if text.startswith("/") else real
                rest += [step for step in reversed(text.split("/")) if step]
        return real, self.look.kind(real) if real != "/" else "folder"

    def _existing(self, patterns: tuple[str, ...]) -> set[str]:
        """Return the real paths of what exists and is meant by paths in whose names ``*`` stands for any characters."""
        found: set[str] = set()
        for pattern in patterns:
            plain, star, _ = pattern.partition("*")
            self._note_near(posixpath.dirname(plain) if star else plain)
            paths = ["/"]
            for part in pattern.strip("/").split("/"):
                if "*" in part:
                    folders = [self._real(path)[0] for path in paths]
                    names = ((folder, name) for folder in folders for name in self.look.names(folder))
                    paths = [posixpath.join(folder, name) for folder, name in names if name_fits(name, part)]
                    _check_count(len(paths))
                else:
                    paths = [posixpath.join(path, part) for path in paths]
            found.update(real for real, kind in map(self._real, paths) if kind != "absent")
            _check_count(len(found))
        return found

    def _note_near(self, path: str) -> None:
        """Note the nearest folder at ``path`` or above it that exists."""
        real, kind = self._real(path)
        while kind != "folder":
            real = posixpath.dirname(real)
            kind = self.look.kind(real) if real != "/" else "folder"
        self.near.add(real)

    # The order of steps.

    def _in_order(self) -> Iterator[Mount]:
        """Yield every step; what makes a place comes before what is put there."""
        made: set[str] = set()
        for target in sorted(self.shown, key=_order):
            mount = self.shown[target]
            above = self._above(target)
            if target == "/":
                yield mount
            elif _may_be_made(above):
                places = list(self._places(mount, above, made))
                made.update(place.target for place in places)
                yield from (*places, mount)
            elif above.kind != "cover-folder" and self.look.kind(target) not in ("absent", "symlink"):
                yield mount
            elif target in (self.home, self.temporary):
                raise LayoutError(
                    f"{target} is needed for the run and lies in {above.target}, which is denied",
                    hint="Put temporary files elsewhere, by TMPDIR.",
                )
            else:
                del self.shown[target]

    def _places(self, mount: Mount, above: Mount, made: set[str]) -> Iterator[Mount]:
        """Yield the steps that make the folders above ``mount``, and what it is mounted on."""
        start = len(above.target.rstrip("/")) + 1
        for match in re.finditer("/", mount.target[start:]):
            folder = mount.target[: start + match.start()]
            if folder not in made:
                yield Mount("folder", "", folder)
                if above.writable:
                    yield Mount("hold", "", folder, writable=True)
        if mount.kind != "symlink" and mount.target not in made:
            is_file = mount.kind in ("bind", "device") and self.look.kind(mount.source) != "folder"
            yield Mount("file" if is_file else "folder", "", mount.target)

    def _above(self, path: str) -> Mount:
        """Return what is shown at the nearest folder above ``path``."""
        while path != "/":
            path = posixpath.dirname(path)
            if path in self.shown:
                return self.shown[path]
        return self.shown["/"]

    def _show(self, kind: Step, source: str, target: str, *, writable: bool = False) -> None:
        self.shown[target] = Mount(kind, source, target, writable)
        _check_count(len(self.shown))


def _check_count(count: int) -> None:
    if count > MOST_STEPS:
        raise LayoutError(
            f"more than {MOST_STEPS:,} mounts would be needed to confine the run",
            hint="Grant and deny folders instead of the many files in them.",
        )


def _is_real(mount: Mount) -> bool:
    """Return whether what stands there is the machine's own, at its own path."""
    return mount.kind in ("bind", "hold", "protect") and mount.source == mount.target


def _may_be_made(mount: Mount) -> bool:
    """Return whether something may be made in what stands there: it belongs to the run alone."""
    return mount.kind == "tmpfs" or (mount.kind == "bind" and mount.source != mount.target)


def _is_made_new(path: str) -> bool:
    """Return whether ``path`` lies where every run has its own; what is granted of it are ``plan.devices``."""
    return _lies_in(path, ("/dev", "/proc")) and not _lies_in(path, (_SHARED_MEMORY,))


def _lies_in(path: str, folders: Iterable[str]) -> bool:
    """Return whether ``path`` is one of the folders or lies below one."""
    if not isinstance(folders, set | frozenset):
        folders = set(folders)
    while path not in folders:
        if path == "/":
            return False
        path = posixpath.dirname(path)
    return True


def name_fits(name: str, pattern: str) -> bool:
    """Return whether ``pattern``, in which ``*`` stands for any characters, means ``name``; in linear time."""
    if "*" not in pattern:
        return name == pattern
    first, *middle, last = pattern.split("*")
    if len(name) < len(first) + len(last) or not (name.startswith(first) and name.endswith(last)):
        return False
    start, end = len(first), len(name) - len(last)
    for part in middle:
        start = name.find(part, start, end)
        if start < 0:
            return False
        start += len(part)
    return True


def _order(path: str) -> list[str]:
    """Sort a folder before what lies in it."""
    return path.split("/")
