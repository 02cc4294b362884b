"""The trials of what a sandbox needs, made in a child process that ends at once.

A version says little: containers forbid system calls, distributions forbid namespaces, and a supervisor outside may
hold what only one may hold. So everything is done once, for real.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import signal
import struct
import time
from collections.abc import Callable
from contextlib import suppress

from pinfold.model import Level
from pinfold.sandbox import kernel, namespaces
from pinfold.sandbox.plan import Plan, Reach
from pinfold.sandbox.root import Mount
from pinfold.sandbox.shortfall import LANDLOCK_NEEDED, Outcome

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


def _attempt(trial: Callable[[], object]) -> Outcome:
    try:
        trial()
    except namespaces.SetupError as error:
        cause = error.__cause__
        return Outcome(cause.errno or errno.EIO if isinstance(cause, OSError) else errno.EIO, str(error))
    except OSError as error:
        return Outcome(error.errno or errno.EIO, error.strerror or str(error))
    return Outcome(0)


def tried() -> dict[str, Outcome]:
    """Return how each trial ended, by its name; what did not end in time is missing.

    The names are those of :func:`~pinfold.sandbox.shortfall.explain`. Nothing of this process is changed.
    """
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
        _told(told, most=1)
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


def _told(told: int, most: int = 1 << 16) -> list[str]:
    """Return what lines come out of a pipe until it is closed, ``most`` bytes were read, or patience ends."""
    text, end, poll = b"", time.monotonic() + _PATIENCE, select.poll()
    poll.register(told, select.POLLIN)
    while (left := end - time.monotonic()) > 0 and poll.poll(left * 1000):
        part = os.read(told, most - len(text))
        text += part
        if not part or len(text) >= most:
            break
    return text.decode("utf-8", "replace").split("\n")[:-1]


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
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # as a program is that has just been started
        os.write(tell, b"\n")
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
