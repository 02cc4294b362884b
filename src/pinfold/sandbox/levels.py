"""How firmly this machine can confine a run: tried, not guessed, and where it cannot, why, and what to do about it.

Everything is tried in a child process that ends at once, because a version says little: containers forbid system calls,
distributions forbid namespaces, and a supervisor outside may hold what only one may hold. On other systems than Linux
nothing is tried, and this module may still be imported.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import platform
import select
import signal
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import msgspec

from pinfold.model import Level, PinfoldError
from pinfold.sandbox import kernel, namespaces
from pinfold.sandbox.plan import Plan, Reach
from pinfold.sandbox.root import Mount
from pinfold.sandbox.shortfall import LANDLOCK_NEEDED, Missing, Outcome, explain

_PATIENCE = 2.0  # seconds for all trials together, which take some thousandths
_ALLOW = struct.pack("<HBBI", 0x06, 0, 0, 0x7FFF0000)  # a seccomp program of one instruction: allow
_SCOPES = 0x3  # abstract sockets and signals
_ROOT = (
    Mount("tmpfs", "", "/"),
    Mount("folder", "", "/dev"),
    Mount("file", "", "/dev/null"),
    Mount("device", "/dev/null", "/dev/null"),
    Mount("folder", "", "/dev/pts"),
    Mount("terminals", "", "/dev/pts"),
    Mount("folder", "", "/proc"),
    Mount("proc", "", "/proc"),
)
"""A small file tree with one step of each kind that a machine may forbid."""


class LevelTooLowError(PinfoldError):
    """A run cannot be confined as firmly as it must be; the message says what is missing."""

    code = 121


class Available(msgspec.Struct, frozen=True):
    """The ``highest`` level that can be reached here, none at all where it is ``None``, and why not a higher one."""

    highest: Level | None
    missing: tuple[Missing, ...] = ()


@functools.cache
def probe_levels() -> Available:
    """Return what this machine can do, for this user and within whatever this process already runs in.

    Takes some milliseconds, and at most two seconds where a trial hangs; tried once in a process.
    """
    if unfit := _unfit():
        return Available(None, (unfit,))
    missing = explain(_tried(), _setting)
    lacking = min((one.level.rank for one in missing), default=len(Level))
    return Available(max(level for level in Level if level.rank < lacking), missing)


def choose(available: Available, wanted: Level | None, lowest: Level) -> tuple[Level, tuple[str, ...]]:
    """Return the level for a run, and the reasons why it is not a higher one.

    ``wanted`` is the level asked for, or ``None`` for the highest; ``lowest`` is the least that is acceptable. Raises
    :class:`LevelTooLowError` where either cannot be had.
    """
    needed = max(wanted or lowest, lowest)
    if wanted is not None and wanted.rank < lowest.rank:
        raise LevelTooLowError(
            f"level {wanted} was asked for, and the profile accepts none below {lowest}",
            hint=f'Ask for {lowest}, or let the profile say level = "{wanted}".',
        )
    if available.highest is None or available.highest.rank < needed.rank:
        lacking = [one for one in available.missing if one.level.rank <= needed.rank]
        reached = "nothing can be confined here" if available.highest is None else f"{available.highest} is reached"
        raise LevelTooLowError(
            f"level {needed} is needed and {reached}: {'; '.join(one.reason for one in lacking)}",
            hint=" ".join(one.remedy for one in lacking if one.remedy),
        )
    level = wanted or available.highest
    if level.rank < available.highest.rank:
        return level, (f"level {level} was asked for; {available.highest} can be had",)
    return level, tuple(f"{one.level}: {one.reason}" for one in available.missing)


def _unfit() -> Missing | None:
    """Say why nothing can be confined on this system at all."""
    remedy = "Run it in a Linux virtual machine or container host on x86-64, kernel 6.12 or later."
    if sys.platform == "darwin":
        return Missing(Level.L0, "macOS has neither Landlock nor seccomp", remedy)
    if sys.platform in ("win32", "cygwin"):
        return Missing(Level.L0, "Windows has neither Landlock nor seccomp", f"{remedy} WSL2 is one, up to level L0.")
    if sys.platform != "linux":
        return Missing(Level.L0, f"{sys.platform} is not Linux", remedy)
    machine = platform.machine()
    if machine != "x86_64" or struct.calcsize("P") != 8:
        return Missing(Level.L0, f"the processor is {machine}, and only 64-bit x86-64 is supported", remedy)
    return None


def _attempt(trial: Callable[[], object]) -> Outcome:
    try:
        trial()
    except namespaces.SetupError as error:
        cause = error.__cause__
        return Outcome(cause.errno or errno.EIO if isinstance(cause, OSError) else errno.EIO, str(error))
    except OSError as error:
        return Outcome(error.errno or errno.EIO, str(error))
    return Outcome(0)


def _tried() -> dict[str, Outcome]:
    """Try everything; what did not end in time is missing from the result."""
    outcomes = {"version": _attempt(_landlock_version)}
    told, tell = os.pipe()
    gate, open_gate = os.pipe()
    mark = ctypes.create_string_buffer(b"pinfold")  # lies at the same address in the child
    child = os.fork()
    if not child:
        os.close(told)
        os.close(open_gate)
        _be_tried(gate, tell)
    os.close(tell)
    os.close(gate)
    try:
        outcomes["attach"] = _attempt(lambda: _attach(child, tell, mark))
        os.close(open_gate)
        for line in _told(told):
            name, number, said = line.split("\t", 2)
            outcomes[name] = Outcome(int(number), said)
    finally:
        os.close(told)
        with suppress(OSError):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return outcomes


def _told(told: int) -> list[str]:
    """Return the whole lines that come out of a pipe until it is closed or patience ends."""
    text, end, poll = b"", time.monotonic() + _PATIENCE, select.poll()
    poll.register(told, select.POLLIN)
    while (left := end - time.monotonic()) > 0 and poll.poll(left * 1000):
        part = os.read(told, 4096)
        if not part:
            break
        text += part
    return text.decode("utf-8", "replace").split("\n")[:-1]


def _setting(name: str) -> str:
    try:
        with open(f"/proc/{name}", encoding="utf-8", errors="replace") as file:
            return file.read().rstrip("\n")
    except OSError:
        return ""


def _landlock_version() -> None:
    if kernel.landlock_abi() < LANDLOCK_NEEDED:
        raise OSError(errno.EPROTONOSUPPORT, str(kernel.landlock_abi()))


def _attach(child: int, descriptor: int, mark: ctypes.Array[ctypes.c_char]) -> None:
    """Do to a child what the supervisor does to a program: copy a descriptor that it has, read its memory."""
    pidfd = kernel.pidfd_open(child)
    try:
        os.close(kernel.pidfd_getfd(pidfd, descriptor))
        kernel.read_memory(child, ctypes.addressof(mark), len(mark))
    finally:
        os.close(pidfd)


def _be_tried(gate: int, tell: int) -> None:
    """Be the child: try what changes a process for good, tell the outcomes, and end."""
    try:
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        os.read(gate, 1)  # until the parent has closed its end
        for name, trial in (("namespaces", _namespaces), ("landlock", _landlock), ("listener", _listener)):
            outcome = _attempt(trial)
            said = outcome.said.replace("\n", " ").replace("\t", " ")
            os.write(tell, f"{name}\t{outcome.number}\t{said}\n".encode("utf-8", "replace"))
    finally:
        os._exit(0)


def _namespaces() -> None:
    namespaces.map_identity(*namespaces.unshare_all())
    told, tell = os.pipe()
    first = os.fork()
    if not first:
        try:
            kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
            plan = Plan(
                command=(), program="", folder="/", scratch="/proc", environment={}, reach=Reach(), level=Level.L3
            )
            outcome = _attempt(lambda: namespaces.build(_ROOT, plan))
            os.write(tell, f"{outcome.number}\t{outcome.said}".encode("utf-8", "replace"))
        finally:
            os._exit(0)
    os.close(tell)
    os.waitpid(first, 0)
    number, _, said = os.read(told, 4096).decode("utf-8", "replace").partition("\t")
    if number != "0":
        raise OSError(int(number or errno.EIO), said)


def _landlock() -> None:
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    ruleset = kernel.landlock_ruleset(0, 0, _SCOPES)
    kernel.landlock_restrict(ruleset)


def _listener() -> None:
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.install_filter(_ALLOW)
