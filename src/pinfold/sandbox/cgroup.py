"""Control groups (version 2): one for a run, where a folder of them is this user's to write.

A group counts and limits what all processes of a run take together, and stops them at once. Nothing depends on it: on
many machines nothing is delegated, and on some (hybrid ones) the controllers are kept by version 1. What is missing is
said, and the limits of single processes hold all the same.
"""

from __future__ import annotations

import errno
import os
import time
from contextlib import suppress

import msgspec

from pinfold.model import PinfoldError

WANTED = ("cpu", "memory", "pids")
"""The controllers that a run can use."""

_PERIOD = 100_000  # microseconds; the kernel's own default for cpu.max
_PATIENCE = 2.0  # seconds until a killed group is empty


class CgroupError(PinfoldError):
    """A control group could not be made or changed; the message names the file."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What the processes of a group took so far; ``None`` where the controller is missing.

    ``cpu_seconds`` is over all, also those that ended; ``memory_bytes`` and ``processes`` are those of now.
    """

    cpu_seconds: float | None = None
    memory_bytes: int | None = None
    processes: int | None = None


class Group:
    """One control group, a folder. Its processes may be frozen, and killed all at once, even while they multiply."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def limit(
        self, *, memory_bytes: int | None = None, processes: int | None = None, cpus: float | None = None
    ) -> tuple[str, ...]:
        """Limit what the group takes together; return the controllers that are missing for what was asked.

        ``memory_bytes`` is without swap, ``cpus`` is a share of processors, such as 1.5.
        """
        missing = []
        for controller, name, value in (
            ("memory", "memory.max", memory_bytes),
            ("pids", "pids.max", processes),
            ("cpu", "cpu.max", None if cpus is None else f"{max(1000, round(cpus * _PERIOD))} {_PERIOD}"),
        ):
            if value is None:
                continue
            if not os.path.exists(f"{self.folder}/{name}"):
                missing.append(controller)
                continue
            self._write(name, str(value))
        if memory_bytes is not None and os.path.exists(f"{self.folder}/memory.swap.max"):
            self._write("memory.swap.max", "0")
        return tuple(missing)

    def add(self, pid: int) -> None:
        """Put a process into the group; what it starts from then on is in it too."""
        self._write("cgroup.procs", str(pid))

    def freeze(self) -> None:
        """Stop every process of the group where it is."""
        self._write("cgroup.freeze", "1")

    def thaw(self) -> None:
        """Let the processes of the group go on."""
        self._write("cgroup.freeze", "0")

    def kill(self) -> None:
        """Kill every process of the group, and any that one of them is just starting."""
        self._write("cgroup.kill", "1")

    def is_empty(self) -> bool:
        """Return whether no process is left in the group."""
        return "populated 0" in _read(f"{self.folder}/cgroup.events").splitlines()

    def usage(self) -> Usage:
        """Return what the group took so far."""
        spent = dict(line.split(" ", 1) for line in _read(f"{self.folder}/cpu.stat").splitlines() if " " in line)
        cpu = _number(spent.get("usage_usec", ""))
        return Usage(
            cpu_seconds=None if cpu is None else cpu / 1_000_000,
            memory_bytes=_number(_read(f"{self.folder}/memory.current")),
            processes=_number(_read(f"{self.folder}/pids.current")),
        )

    def remove(self) -> None:
        """Kill what is left and take the group away; nothing happens where it is gone already."""
        with suppress(CgroupError):
            self.kill()
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                os.rmdir(self.folder)
            except FileNotFoundError:
                return
            except OSError as error:
                if error.errno != errno.EBUSY or time.monotonic() > end:
                    raise _failed(self.folder, error) from error
                time.sleep(0.001)  # the killed are on their way out; the kernel offers no call that waits for it
            else:
                return

    def _write(self, name: str, text: str) -> None:
        path = f"{self.folder}/{name}"
        try:
            _put(path, text)
        except OSError as error:
            raise _failed(path, error) from error


class Delegated(msgspec.Struct, frozen=True):
    """A folder in which this user may make groups. ``missing`` are the controllers that its groups will lack."""

    folder: str
    missing: tuple[str, ...] = ()

    def create(self, name: str) -> Group:
        """Make a group; ``name`` is one path component. Raises :class:`CgroupError`."""
        if "/" in name or name in ("", ".", ".."):
            raise CgroupError(f"{name!r} is no name for a control group")
        path = f"{self.folder}/{name}"
        try:
            os.mkdir(path, 0o755)
        except OSError as error:
            raise _failed(path, error) from error
        return Group(path)


def find() -> Delegated | None:
    """Return the folder for a run's group: the own group of this process or one above it, where both may be written.

    Of those, the nearest one whose groups get the most of the :data:`WANTED` controllers. ``None`` where there is none.
    """
    mounted, own = _mounted(), _own()
    if not mounted or own is None:
        return None
    best: Delegated | None = None
    folder = f"{mounted}{own}".rstrip("/")
    while len(folder) >= len(mounted) and _is_delegated(folder):
        given = _read(f"{folder}/cgroup.subtree_control").split()
        found = Delegated(folder, tuple(name for name in WANTED if name not in given))
        if best is None or len(found.missing) < len(best.missing):
            best = found
        folder = os.path.dirname(folder)
    return best


def _is_delegated(folder: str) -> bool:
    """Return whether groups may be made in ``folder`` and processes moved between them; it takes both rights."""
    return os.access(folder, os.W_OK | os.X_OK) and os.access(f"{folder}/cgroup.procs", os.W_OK)


def _mounted() -> str:
    """Return where the whole tree of version 2 is mounted, or nothing."""
    for line in _read("/proc/self/mountinfo").splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if after.startswith("cgroup2 ") and len(fields) > 4 and fields[3] == "/":
            return fields[4]
    return ""


def _own() -> str | None:
    """Return the group of this process, from the root of the tree."""
    for line in _read("/proc/self/cgroup").splitlines():
        if line.startswith("0::/") and "/.." not in line:  # `/..` is outside of what this namespace shows
            return line.removeprefix("0::")
    return None


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""


def _put(path: str, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(handle, text.encode("ascii"))
    finally:
        os.close(handle)


def _number(text: str) -> int | None:
    return int(text) if text.strip().isdecimal() else None


def _failed(path: str, error: OSError) -> CgroupError:
    return CgroupError(
        f"{path}: {error.strerror or error}", hint="A run needs no control group; leave it to the limits of processes."
    )
