"""The supervisor: serves the calls of one run until it ends.

Nothing in here waits but the loop itself. Whatever goes wrong in answering a call fails that call, never lets it pass.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

import msgspec

from pinfold.model import (
    AnyEvent,
    ConnectEvent,
    DeniedEvent,
    Event,
    ExecEvent,
    ExitEvent,
    FindingEvent,
    Level,
    RunEvent,
    SampleEvent,
)
from pinfold.sandbox import kernel, policy, processes
from pinfold.sandbox.bpf import assemble
from pinfold.sandbox.calls import NAMES, NUMBERS
from pinfold.sandbox.egress import Egress
from pinfold.sandbox.file_calls import FileCalls
from pinfold.sandbox.launch import Launched, launch
from pinfold.sandbox.listener import Listener, Notification
from pinfold.sandbox.loop import Loop
from pinfold.sandbox.plan import Plan
from pinfold.sandbox.processes import Process, Processes
from pinfold.sandbox.resolver import hosts_file_names
from pinfold.sandbox.sockets import Broker
from pinfold.sandbox.stream import Stream

SAMPLE_SECONDS = 1.0
MEMORY_SECONDS = 0.1
"""How often use is looked at: for the record, and where memory is limited."""

GRACE_SECONDS = 5.0
"""What a program gets between being asked to end and being made to."""

DENIALS_A_SECOND = 50
"""Denied calls of one process and kind that are told one by one; the rest of that second are counted together."""

Judge = Callable[[AnyEvent], str]
"""Sees each event and returns what is to be done about it: ``""``, ``freeze`` or ``kill``."""

Decide = Callable[[AnyEvent], str]
"""Is asked before a granted connection is made, and when a program has been started: ``""`` to allow it, or the reason
to deny it. A program that is denied is ended before it does anything."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended.

    ``code`` is the program's own exit code, 128 and the number of the signal that ended it, or 120 when the run was
    stopped; ``stopped`` says why it was. Counts are of events; ``lost`` are those that a sink did not take.
    """

    code: int
    level: Level
    seconds: float
    stopped: str = ""
    counts: dict[str, int] = {}
    denied: int = 0
    findings: int = 0
    sent: int = 0
    received: int = 0
    flows: int = 0
    lost: int = 0
    left: int = 0


class Supervisor:
    """One run."""

    def __init__(
        self,
        plan: Plan,
        stream: Stream,
        *,
        decide: Decide | None = None,
        judge: Judge | None = None,
    ) -> None:
        self._plan = plan
        self._stream = stream
        self._decide = decide
        self._judge = judge
        self._loop = Loop()
        self._processes = Processes()
        self._launched: Launched | None = None
        self._listener: Listener | None = None
        self._broker: Broker | None = None
        self._files = FileCalls(plan)
        self._stopped = ""
        self._ended = False
        self._dying = False
        self._frozen = False
        self._forks = 0
        self._failed_exec = ""
        self.counts: dict[str, int] = {}
        self._denied = 0
        self._findings = 0
        self._denials: dict[tuple[int, int], list[Any]] = {}
        self._handlers: dict[int, Callable[[Notification, Process], None]] = {}

    @property
    def price(self) -> str:
        """What keeping denied files in writable folders costs this run, in one sentence; ``""`` if nothing."""
        return self._files.price

    # The life of a run.

    def run(self) -> Outcome:
        """Start the program, serve it to its end, leave nothing behind, and return how it went."""
        plan = self._plan
        began = time.monotonic()
        files = self._files
        traced = "files" in plan.trace
        program = assemble(policy.rules(plan.level, names=files.names, opens=files.opens, trace_files=traced))
        launched = self._launched = launch(plan, program)
        self._listener = Listener(launched.listener)
        mapped = hosts_file_names()
        self._broker = Broker(
            plan,
            self._listener,
            self._loop,
            self.emit,
            egress=Egress(plan.hosts, plan.egress, mapped),
            clock=time.monotonic,
            permits=self._permits,
        )
        self._handlers = self._table(self._broker)
        serve = files.serve(
            self._listener,
            self._loop,
            emit=self.emit,
            denied=self.denied,
            kill=self.kill,
            is_own=self._is_own,
            numbers=lambda: [process.number for process in self._processes],
        )
        self._handlers |= {NUMBERS[name]: handler for name, handler in serve.items()}
        self.emit(
            RunEvent,
            State="started",
            CommandLine=" ".join(plan.command),
            CurrentDirectory=plan.folder,
            Level=plan.level.value,
            Missing=plan.missing,
            Traced=tuple(sorted(plan.trace)),
            Profile=plan.profile,
            source="broker",
        )
        self._loop.watch(launched.listener, self._serve)
        launched.control.setblocking(False)
        self._loop.watch(launched.control.fileno(), self._told)
        self._begin_timers()
        with self._signals():
            try:
                while not self._ended:
                    self._loop.turn()
            finally:
                left = self._finish(launched)
        self._loop.close()
        return self._outcome(launched, time.monotonic() - began, left)

    def _begin_timers(self) -> None:
        limits = self._plan.limits
        every = MEMORY_SECONDS if limits.memory_bytes is not None else SAMPLE_SECONDS
        self._loop.after(every, lambda: self._sample(every, time.monotonic()))
        if limits.wall_seconds is not None:
            seconds = limits.wall_seconds
            self._loop.after(seconds, lambda: self.kill(f"it ran longer than {seconds:g} seconds"))

    @contextlib.contextmanager
    def _signals(self) -> Any:
        """Pass on what asks the run to end; what the terminal sends reaches the program by itself."""
        waking, woken = socket.socketpair()
        waking.setblocking(False)
        woken.setblocking(False)
        before = {number: signal.signal(number, self._asked_to_end) for number in (signal.SIGTERM, signal.SIGHUP)}
        before[signal.SIGINT] = signal.signal(signal.SIGINT, lambda _number, _frame: None)
        old = signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)

        def drain() -> None:
            with contextlib.suppress(BlockingIOError):
                woken.recv(4_096)

        self._loop.watch(woken.fileno(), drain)
        try:
            yield
        finally:
            signal.set_wakeup_fd(old)
            self._loop.forget(woken.fileno())
            for number, handler in before.items():
                signal.signal(number, handler)
            waking.close()
            woken.close()

    def _asked_to_end(self, number: int, _frame: object) -> None:
        """Pass a signal on to every process of the run, and end it if that does not help."""
        name = signal.Signals(number).name
        if self._stopped:
            self.kill(self._stopped)
            return
        self._stopped = f"it was asked to end ({name})"
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kernel.pidfd_signal(process.pidfd, number)
        self._loop.after(GRACE_SECONDS, lambda: self.kill(self._stopped))

    def kill(self, reason: str) -> None:
        """End every process of the run."""
        if self._dying or self._ended:
            return
        self._stopped = self._stopped or reason
        self._dying = True  # from here on no call is granted any more
        self._send(b"end")
        launched = self._launched
        if launched is not None and launched.init:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(launched.init, signal.SIGKILL)

    def freeze(self, reason: str) -> None:
        """Stop every process of the run where it stands, until :meth:`thaw`."""
        if self._frozen or self._dying or self._launched is None:
            return
        self._frozen = True
        processes.freeze(self._launched.reaper)
        self.emit(RunEvent, State="frozen", reason=reason, source="broker")

    def thaw(self) -> None:
        """Let a frozen run go on."""
        if self._frozen and self._launched is not None:
            self._frozen = False
            processes.thaw(self._launched.reaper)
            self.emit(RunEvent, State="thawed", source="broker")

    def _send(self, message: bytes) -> None:
        if self._launched is not None:
            with contextlib.suppress(OSError):
                self._launched.control.send(message, socket.MSG_NOSIGNAL)

    def _told(self) -> None:
        """Hear what the reaper has to say, or that it is gone."""
        launched = self._launched
        if launched is None:
            return
        try:
            message = launched.control.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            message = b""
        if not message:
            self._loop.forget(launched.control.fileno())
            if not self._dying:
                self._stopped = self._stopped or "its reaper was killed"
            self._ended = True
            return
        told = json.loads(message)
        if "status" in told and launched.status is None:
            launched.status = told["status"]
            self._dying = True
            self._send(b"end")
        elif "failed" in told:
            self._failed_exec = told["failed"]

    def _finish(self, launched: Launched) -> int:
        """End whatever is left, here and with the reaper's help; returns how many processes were still running."""
        self._dying = True
        if launched.init:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(launched.init, signal.SIGKILL)
        left = 0
        if self._broker is not None:
            self._broker.close()
        self._files.close()
        self._tell_counted_denials()
        if self._listener is not None:
            self._loop.forget(self._listener.fileno())
            self._listener.close()
        launched.control.close()
        processes.end(os.getpid())
        for process in self._processes:
            if not process.ended:
                left += 1
            self._loop.forget(process.pidfd)
            self._processes.forget(process)
        shutil.rmtree(self._plan.scratch, ignore_errors=True)
        return left

    def _outcome(self, launched: Launched, seconds: float, left: int) -> Outcome:
        code = 120
        if not self._stopped and launched.status is not None:
            status = launched.status
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
        broker = self._broker
        self.emit(
            RunEvent,
            State="ended",
            Level=self._plan.level.value,
            ExitCode=code,
            Lost=self._stream.lost,
            reason=self._stopped,
            source="broker",
        )
        return Outcome(
            code=code,
            level=self._plan.level,
            seconds=seconds,
            stopped=self._stopped,
            counts=self.counts,
            denied=self._denied,
            findings=self._findings,
            sent=broker.flows.sent if broker else 0,
            received=broker.flows.received if broker else 0,
            flows=broker.flows.count if broker else 0,
            lost=self._stream.lost,
            left=left,
        )

    # Events.

    def emit(self, kind: type[Event], **fields: Any) -> None:
        """Deliver an event, and do what the judge says about it."""
        name = str(kind.__struct_config__.tag)
        self.counts[name] = self.counts.get(name, 0) + 1
        self._denied += fields.get("decision") == "deny"
        self._findings += kind is FindingEvent
        event = self._stream.emit(kind, **fields)
        if self._judge is None:
            return
        try:
            response = self._judge(event)
        except Exception as error:  # a judge that fails must not look like one that is content
            response = "kill"
            self._stopped = self._stopped or f"its judge failed: {type(error).__name__}"
        if response == "kill":
            self.kill(f"judged: {event.reason or name}")
        elif response == "freeze":
            self.freeze(f"judged: {event.reason or name}")

    def _permits(self, event: ConnectEvent | ExecEvent) -> str:
        """Ask whoever decides beside the profile; returns the reason to deny, or ``""``."""
        if self._decide is None:
            return ""
        try:
            return self._decide(event)
        except Exception as error:  # fail closed
            return f"whoever decides failed: {type(error).__name__}"

    # Calls.

    def _table(self, broker: Broker) -> dict[int, Callable[[Notification, Process], None]]:
        """Return what answers each call that is not simply denied."""
        if self._plan.level is Level.L0:
            handlers: dict[str, Callable[[Notification, Process], None]] = {}
        else:
            handlers = {
                "connect": broker.connect,
                "bind": broker.bind,
                "listen": broker.listen,
                "socket": broker.make,
                "prlimit64": self._limit_of_another,
                **dict.fromkeys(policy.SIGNALS, self._signal),
            }
        handlers |= {
            "execve": self._exec,
            "execveat": self._exec,
            "fork": self._fork,
            "vfork": self._fork,
            "clone": self._fork,
            "arch_prctl": self._began,
            "exit_group": self._exit,
        }
        return {NUMBERS[name]: handler for name, handler in handlers.items()}

    @property
    def _brokered(self) -> Broker:
        if self._broker is None:
            raise RuntimeError("no call comes before the broker is there")
        return self._broker

    @property
    def _calls(self) -> Listener:
        if self._listener is None:
            raise RuntimeError("no call comes before the listener is there")
        return self._listener

    def _serve(self) -> None:
        """Answer the next call that waits."""
        calls = self._calls
        try:
            call = calls.receive()
        except OSError:
            self._loop.forget(calls.fileno())
            return
        if call is None or call.thread == 0:
            return
        process, is_new = self._processes.meet(call.thread)
        if process is None:
            calls.fail(call, errno.ESRCH)
            return
        if is_new:
            self._loop.watch(process.pidfd, lambda: self._gone(process))
        if process.starting and call.number not in (NUMBERS["execve"], NUMBERS["execveat"]):
            self._started(process)
        handler = self._handlers.get(call.number)
        try:
            if self._dying and call.number != NUMBERS["exit_group"]:
                calls.fail(call, errno.EPERM)
            elif handler is not None:
                handler(call, process)
            else:
                self._deny(call, process)
        except Exception as error:
            calls.fail(call, errno.EPERM)
            self.emit(
                DeniedEvent,
                ProcessId=process.number,
                Image=process.image,
                Call=NAMES.get(call.number, str(call.number)),
                decision="deny",
                reason=f"it could not be judged: {type(error).__name__}: {error}",
            )

    def _deny(self, call: Notification, process: Process) -> None:
        if self._plan.level is Level.L0:
            self._calls.go_on(call)
            return
        self._calls.fail(call, policy.DENIED.get(call.number, errno.EPERM))
        self.denied(call.number, process, "no program needs this inside a sandbox, or it would lead out of it")

    def denied(self, number: int, process: Process, reason: str, path: str = "") -> None:
        """Record a denied call; many equal ones within a second become one event with a count."""
        key = (process.number, number)
        now = time.monotonic()
        entry = self._denials.get(key)
        if entry is None or now - entry[0] > 1.0:
            if entry is not None and entry[1] > DENIALS_A_SECOND:
                self._tell_denial(entry, entry[1] - DENIALS_A_SECOND)
            fields = {"ProcessId": process.number, "Image": process.image, "Call": NAMES.get(number, str(number))}
            entry = [now, 0, {**fields, "decision": "deny", "reason": reason, "TargetFilename": path}]
            self._denials[key] = entry
        entry[1] += 1
        if entry[1] <= DENIALS_A_SECOND:
            entry[2]["reason"], entry[2]["TargetFilename"] = reason, path
            self._tell_denial(entry, 1)

    def _tell_denial(self, entry: list[Any], count: int) -> None:
        self.emit(DeniedEvent, **entry[2], Count=count)

    def _tell_counted_denials(self) -> None:
        for entry in self._denials.values():
            if entry[1] > DENIALS_A_SECOND:
                self._tell_denial(entry, entry[1] - DENIALS_A_SECOND)
        self._denials.clear()

    # Processes.

    def _fork(self, call: Notification, process: Process) -> None:
        flags = call.arguments[0] if call.number == NUMBERS["clone"] else 0
        if flags & policy.NAMESPACES and self._plan.level is not Level.L0:
            self._calls.fail(call, errno.EPERM)
            self.denied(call.number, process, "a run may not make namespaces: they would hide it from its confinement")
            return
        most = self._plan.limits.processes
        if most is not None and not self._has_room(most):
            self._calls.fail(call, errno.EAGAIN)
            self.denied(call.number, process, f"the run has its {most} processes already (limits.processes)")
            return
        self._calls.go_on(call)

    def _has_room(self, most: int) -> bool:
        """Whether another process may be made. Counting is costly, so it is done when so many may have come since."""
        self._forks -= 1
        if self._forks > 0:
            return True
        if self._launched is None:
            return False
        now = len(processes.descendants(self._launched.reaper)) - bool(self._launched.init)
        self._forks = most - now
        return self._forks > 0

    def _exec(self, call: Notification, process: Process) -> None:
        process.starting = True
        self._calls.go_on(call)
        self._loop.after(0.005, lambda: self._look_after(process))

    def _look_after(self, process: Process) -> None:
        """See to a program that has started without the usual first call."""
        if process.starting and not process.ended:
            image = processes.image_of(process.number)
            if image and image != process.image:
                self._started(process)

    def _began(self, call: Notification, process: Process) -> None:
        """A new program sets itself up: it has been loaded, and has not done anything yet."""
        self._calls.go_on(call)

    def _started(self, process: Process) -> None:
        """Record the program that a process has become."""
        before = process.image, process.command_line
        process.look()
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
        if before == (process.image, process.command_line) and not process.image:
            return
        refusal = self._permits(ExecEvent(**fields))
        self.emit(ExecEvent, **fields, decision="deny" if refusal else "allow", reason=refusal)
        if refusal:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kernel.pidfd_signal(process.pidfd, signal.SIGKILL)

    def _exit(self, call: Notification, process: Process) -> None:
        """Record the end of a process, and what its command line says by then."""
        last = processes.command_line_of(process.number)
        if last != process.command_line and process.image and not process.ended:
            self.emit(
                FindingEvent,
                ProcessId=process.number,
                Image=process.image,
                Rule="argv-rewritten",
                Severity="medium",
                Detail=f"started as {process.command_line[:200]!r}, ended as {last[:200]!r}",
            )
        process.ended = True
        code = call.arguments[0] & 0xFF
        self._calls.go_on(call)
        self.emit(ExitEvent, ProcessId=process.number, Image=process.image, ExitCode=code, CommandLine=last)

    def _gone(self, process: Process) -> None:
        """Forget a process; if it did not say goodbye it was killed."""
        self._loop.forget(process.pidfd)
        if not process.ended:
            process.ended = True
            self.emit(
                ExitEvent,
                ProcessId=process.number,
                Image=process.image,
                Signal=kernel.ending_signal(process.pidfd),
                CommandLine=process.command_line,
            )
        self._processes.forget(process)

    def _is_own(self, number: int) -> bool:
        known = self._processes.known(number)
        if known is not None:
            return True
        launched = self._launched
        return launched is not None and number in processes.descendants(launched.reaper)

    def _signal(self, call: Notification, process: Process) -> None:
        """Without Landlock, keep signals inside the run."""
        target = _signed(call.arguments[0])
        if call.number == NUMBERS["pidfd_send_signal"]:
            target = -1  # whom it stands for cannot be told from a number
        if target > 0 and self._is_own(target):
            self._calls.go_on(call)
            return
        self._calls.fail(call, errno.EPERM)
        self.denied(call.number, process, "signals reach processes of the run only, one at a time")

    def _limit_of_another(self, call: Notification, process: Process) -> None:
        changes = call.arguments[2] != 0
        if not changes or self._is_own(_signed(call.arguments[0])):
            self._calls.go_on(call)
            return
        self._calls.fail(call, errno.EPERM)
        self.denied(call.number, process, "limits of processes outside the run are not its business")

    # Use.

    def _sample(self, every: float, told: float) -> None:
        """Look at what the run uses, and end it where that is more than it may."""
        if self._ended or self._launched is None:
            return
        usage = processes.Usage(processes.descendants(self._launched.reaper))
        limits = self._plan.limits
        if limits.memory_bytes is not None and usage.memory > limits.memory_bytes:
            self.kill(f"it used {usage.memory:,} bytes of memory, of {limits.memory_bytes:,} (limits.memory-bytes)")
        if limits.cpu_seconds is not None and usage.seconds > limits.cpu_seconds:
            self.kill(f"it used {usage.seconds:.1f} processor seconds, of {limits.cpu_seconds:g} (limits.cpu-seconds)")
        now = time.monotonic()
        if now - told >= SAMPLE_SECONDS or every >= SAMPLE_SECONDS:
            told = now
            self.emit(
                SampleEvent,
                CpuSeconds=round(usage.seconds, 2),
                MemoryBytes=usage.memory,
                Processes=usage.number,
            )
            self._brokered.flows.sample()
        self._loop.after(every, lambda: self._sample(every, told))


def _signed(argument: int) -> int:
    """Return an ``int`` argument of a call."""
    low = argument & 0xFFFFFFFF
    return low - (1 << 32) if low & (1 << 31) else low


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
