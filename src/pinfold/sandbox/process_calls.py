"""Calls by which processes come, become another program, go, and deal with each other."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import time
from collections.abc import Callable
from typing import Any

from pinfold.model import ExecEvent, ExitEvent, FindingEvent, Level
from pinfold.sandbox import kernel, policy, processes
from pinfold.sandbox.calls import NAMES, NUMBERS
from pinfold.sandbox.launch import Launched
from pinfold.sandbox.listener import Listener, Notification
from pinfold.sandbox.loop import Loop
from pinfold.sandbox.plan import Plan
from pinfold.sandbox.processes import Process, Processes

COUNT_SECONDS = 0.05
"""How long a run that has all its processes is believed to have them still."""

LOOKS = (0.002, 0.01, 0.05, 0.2)
"""When a program is looked at that did not announce itself after its exec, in seconds from one look to the next."""


class ProcessCalls:
    """Answers the calls that make, change and end processes, and tells what they have become."""

    def __init__(
        self,
        plan: Plan,
        launched: Launched,
        listener: Listener,
        loop: Loop,
        *,
        known: Processes,
        emit: Callable[..., None],
        denied: Callable[..., None],
        permits: Callable[[ExecEvent], str],
    ) -> None:
        self._plan = plan
        self._launched = launched
        self._listener = listener
        self._loop = loop
        self._processes = known
        self._emit = emit
        self._denied = denied
        self._permits = permits
        self._forks = 0
        self._forking: set[int] = set()
        self._full_until = 0.0

    def handlers(self) -> dict[str, Callable[[Notification, Process], None]]:
        """Return what answers each call, by name."""
        confining = self._plan.level is not Level.L0
        return {
            **(dict.fromkeys(policy.WHOSE, self._about_another) if confining else {}),
            **(dict.fromkeys(policy.SIGNALS, self._signal) if confining else {}),
            "execve": self._exec,
            "execveat": self._exec,
            "fork": self._fork,
            "vfork": self._fork,
            "clone": self._fork,
            "arch_prctl": self._began,
            "exit_group": self._exit,
        }

    def _fork(self, call: Notification, process: Process) -> None:
        flags = call.arguments[0] if call.number == NUMBERS["clone"] else 0
        if flags & policy.NAMESPACES and self._plan.level is not Level.L0:
            self._listener.fail(call, errno.EPERM)
            self._denied(call.number, process, "a run may not make namespaces: they would hide it from its confinement")
            return
        most = self._plan.limits.processes
        if most is not None and not self._has_room(most, call.thread):
            self._listener.fail(call, errno.EAGAIN)
            self._denied(call.number, process, f"the run has its {most} processes already (limits.processes)")
            return
        self._listener.go_on(call)

    def _has_room(self, most: int, thread: int) -> bool:
        """Whether ``thread`` may make a process. Counting is costly, so it is done when so many may have come since.

        A process that may be made, and is not there yet because its maker waits for a processor, counts as well.
        """
        self._forking.discard(thread)
        self._forks -= 1
        if self._forks <= 0:
            now = time.monotonic()
            if now < self._full_until:
                return False
            self._forking = {one for one in self._forking if processes.may_be_forking(one)}
            there = len(processes.descendants(self._launched.reaper)) - bool(self._launched.init)
            self._forks = most - there - len(self._forking)
            if self._forks <= 0:
                self._full_until = now + COUNT_SECONDS
                return False
        self._forking.add(thread)
        return True

    def _exec(self, call: Notification, process: Process) -> None:
        process.starting = True
        self._listener.go_on(call)
        self._loop.after(LOOKS[0], lambda: self._look_after(process, LOOKS[1:]))

    def _look_after(self, process: Process, further: tuple[float, ...]) -> None:
        """See to a program that has started without the usual first call."""
        if not process.starting or process.ended:
            return
        if not self.started(process, surely=False) and further:
            self._loop.after(further[0], lambda: self._look_after(process, further[1:]))

    def _began(self, call: Notification, process: Process) -> None:
        """A new program sets itself up: it has been loaded, and has not done anything yet."""
        self._listener.go_on(call)

    def started(self, process: Process, *, surely: bool) -> bool:
        """Record the program that a process has become, and return whether it has become one.

        Unless ``surely``, its exec may not have happened yet, or have failed.
        """
        before = process.image, process.command_line
        process.look()
        seen = (process.image, process.command_line)
        if not process.image or (not surely and (seen == before or not process.command_line)):
            process.image, process.command_line = before
            return False
        process.starting = False
        parent = self._processes.known(process.parent)
        fields: dict[str, Any] = {
            "ProcessId": process.number,
            "ParentProcessId": process.parent,
            "Image": process.image,
            "CommandLine": process.command_line,
            "ParentImage": parent.image if parent else "",
            "ParentCommandLine": parent.command_line if parent else "",
            "CurrentDirectory": _link(f"/proc/{process.number}/cwd"),
        }
        refusal = self._permits(ExecEvent(**fields))
        self._emit(ExecEvent, **fields, decision="deny" if refusal else "allow", reason=refusal)
        if refusal:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kernel.pidfd_signal(process.pidfd, signal.SIGKILL)
        return True

    def _exit(self, call: Notification, process: Process) -> None:
        """Record the end of a process, and what its command line says by then."""
        last = processes.command_line_of(process.number)
        if last != process.command_line and process.image:
            self._emit(
                FindingEvent,
                ProcessId=process.number,
                Image=process.image,
                Rule="argv-rewritten",
                Severity="medium",
                Detail=f"started as {process.command_line[:200]!r}, ended as {last[:200]!r}",
            )
        process.ended = True
        code = call.arguments[0] & 0xFF
        self._listener.go_on(call)
        self._emit(ExitEvent, ProcessId=process.number, Image=process.image, ExitCode=code, CommandLine=last)

    def gone(self, process: Process) -> None:
        """Forget a process; if it did not say goodbye it was killed."""
        self._loop.forget(process.pidfd)
        if not process.ended:
            process.ended = True
            self._emit(
                ExitEvent,
                ProcessId=process.number,
                Image=process.image,
                Signal=kernel.ending_signal(process.pidfd),
                CommandLine=process.command_line,
            )
        self._processes.forget(process)

    def is_own(self, number: int) -> bool:
        """Whether a process, or a thread, belongs to the run."""
        known = self._processes.known(number)
        if known is not None:
            return True
        leader = processes.leader_of(number)
        return leader in processes.descendants(self._launched.reaper)

    def _signal(self, call: Notification, process: Process) -> None:
        """Without Landlock, keep signals inside the run."""
        target = _signed(call.arguments[0])
        if call.number == NUMBERS["pidfd_send_signal"]:
            target = -1  # whom it stands for cannot be told from a number
        if target > 0 and self.is_own(target):
            self._listener.go_on(call)
            return
        self._listener.fail(call, errno.EPERM)
        self._denied(call.number, process, "signals reach processes of the run only, one at a time")

    def _about_another(self, call: Notification, process: Process) -> None:
        """Let a run treat its own processes as it likes, and leave those of others alone."""
        if self._plan.level is Level.L3:  # it sees no others
            self._listener.go_on(call)
            return
        name = NAMES[call.number]
        only_asks = name == "prlimit64" and call.arguments[2] == 0
        one_process = {"setpriority": 0, "ioprio_set": 1}.get(name)
        by_number = one_process is None or call.arguments[0] == one_process  # and not by group or user
        if only_asks or (by_number and self.is_own(_signed(call.arguments[policy.WHOSE[name]]))):
            self._listener.go_on(call)
            return
        self._listener.fail(call, errno.EPERM)
        self._denied(call.number, process, "how processes outside the run are treated is not its business")


def _signed(argument: int) -> int:
    """Return an ``int`` argument of a call."""
    low = argument & 0xFFFFFFFF
    return low - (1 << 32) if low & (1 << 31) else low


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
