"""The supervisor: sees one run from its start to its end, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from pinfold.model import (
    AnyEvent,
    ConnectEvent,
    Event,
    ExecEvent,
    FindingEvent,
    Level,
    RunEvent,
)
from pinfold.sandbox import kernel, namespaces, policy, processes
from pinfold.sandbox.bpf import assemble
from pinfold.sandbox.cgroup import CgroupError
from pinfold.sandbox.file_calls import FileCalls
from pinfold.sandbox.launch import Launched, launch
from pinfold.sandbox.loop import Loop
from pinfold.sandbox.outcome import Outcome
from pinfold.sandbox.plan import Plan
from pinfold.sandbox.serving import Serving
from pinfold.sandbox.stream import Stream
from pinfold.sandbox.use import Use

_MOST_BYTES = 65_536

GRACE_SECONDS = 5.0
"""What a program gets between being asked to end and being made to."""

Judge = Callable[[AnyEvent], str]
"""Sees each event and returns what is to be done about it: ``""``, ``freeze`` or ``kill``."""

Decide = Callable[[AnyEvent], str]
"""Is asked before a granted connection is made, and when a program has been started: ``""`` to allow it, or the reason
to deny it. A program that is denied is ended before it does anything."""


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
        self._files = FileCalls(plan)
        self._launched: Launched | None = None
        self._serving: Serving | None = None
        self._stopped = ""
        self._failed = ""
        self._ended = False
        self._frozen = False
        self.counts: dict[str, int] = {}
        self._denied = 0
        self._findings = 0

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
        asked = {"names": files.names, "changes": files.changes, "opens": files.opens, "trace_files": traced}
        program = assemble(policy.rules(plan.level, **asked))
        launched = self._launched = launch(plan, program)
        if plan.level in (Level.L1, Level.L2):
            namespaces.drop_capabilities()  # what is done on the run's behalf is done with the rights that it has
        serving = self._serving = Serving(
            plan, launched, self._loop, files, emit=self.emit, permits=self._permits, kill=self.kill
        )
        self._begin(launched, serving)
        with self._signals():
            try:
                while not self._ended:
                    self._loop.turn()
            finally:
                left = self._finish(launched, serving)
        self._loop.close()
        return self._outcome(launched, serving, time.monotonic() - began, left)

    def _begin(self, launched: Launched, serving: Serving) -> None:
        """Tell that the run has started, and what it is."""
        plan = self._plan
        self.emit(
            RunEvent,
            State="started",
            CommandLine=" ".join(plan.command),
            CurrentDirectory=plan.folder,
            Home=plan.environment.get("HOME", ""),
            Temporary=plan.environment.get("TMPDIR", ""),
            Level=plan.level.value,
            Missing=plan.missing,
            Traced=tuple(sorted(plan.trace)),
            Profile=plan.profile,
            source="broker",
        )
        launched.control.setblocking(False)
        self._loop.watch(launched.control.fileno(), lambda: self._told(launched))
        sampled = serving.broker.flows.sample
        Use(plan.limits, launched.reaper, self._loop, emit=self.emit, kill=self.kill, sampled=sampled)

    def watch(self, descriptor: int, call: Callable[[], None]) -> None:
        """Call ``call`` during the run whenever ``descriptor`` is readable."""
        self._loop.watch(descriptor, call)

    def unwatch(self, descriptor: int) -> None:
        """Stop watching a descriptor."""
        self._loop.forget(descriptor)

    def discard(self) -> None:
        """Leave nothing of a run that never began, or failed."""
        shutil.rmtree(self._plan.scratch, ignore_errors=True)

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
        for process in self._serving.processes if self._serving is not None else ():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kernel.pidfd_signal(process.pidfd, number)
        self._loop.after(GRACE_SECONDS, lambda: self.kill(self._stopped))

    def kill(self, reason: str) -> None:
        """End every process of the run."""
        if self._dying or self._ended:
            return
        self._stopped = self._stopped or reason
        self._leave()
        self._by_group("kill")
        if self._launched is not None:
            self._launched.kill_init()

    @property
    def _dying(self) -> bool:
        return self._serving is not None and self._serving.over

    def _leave(self) -> None:
        """Grant nothing any more, and have the reaper end what there is."""
        if self._serving is not None:
            self._serving.over = True
        if self._launched is not None:
            with contextlib.suppress(OSError):
                self._launched.control.send(b"end", socket.MSG_NOSIGNAL)

    def freeze(self, reason: str) -> None:
        """Stop every process of the run where it stands, until :meth:`thaw`."""
        if self._frozen or self._dying or self._launched is None:
            return
        self._frozen = True
        if not self._by_group("freeze"):
            processes.freeze(self._launched.reaper)
        self.emit(RunEvent, State="frozen", reason=reason, source="broker")

    def thaw(self) -> None:
        """Let a frozen run go on."""
        if self._frozen and self._launched is not None:
            self._frozen = False
            if not self._by_group("thaw"):
                processes.thaw(self._launched.reaper)
            self.emit(RunEvent, State="thawed", source="broker")

    def _by_group(self, deed: str) -> bool:
        """Do something to the whole control group; whether there is one."""
        group = self._launched.group if self._launched is not None else None
        try:
            if group is None or group.is_empty():
                return False
            {"freeze": group.freeze, "thaw": group.thaw, "kill": group.kill}[deed]()
        except CgroupError:  # the group only adds to what is done process by process
            return False
        return True

    def _told(self, launched: Launched) -> None:
        """Hear what the reaper has to say, or that it is gone."""
        try:
            message = launched.control.recv(_MOST_BYTES)
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
            self._leave()
        elif "failed" in told:
            self._failed = told["failed"]

    def _finish(self, launched: Launched, serving: Serving) -> int:
        """End whatever is left, here and with the reaper's help; returns how many processes were still running."""
        launched.kill_init()
        left = serving.close()
        launched.control.close()
        processes.end(os.getpid())
        self.discard()
        if launched.group is not None:
            with contextlib.suppress(CgroupError):
                launched.group.remove()
        return left

    def _outcome(self, launched: Launched, serving: Serving, seconds: float, left: int) -> Outcome:
        code = 120
        if not self._stopped and launched.status is not None:
            status = launched.status
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
        flows = serving.broker.flows
        self.emit(
            RunEvent,
            State="ended",
            Level=self._plan.level.value,
            ExitCode=code,
            Lost=self._stream.lost,
            reason=self._stopped or self._failed,
            source="broker",
        )
        return Outcome(
            code=code,
            level=self._plan.level,
            seconds=seconds,
            stopped=self._stopped,
            failed=self._failed,
            counts=self.counts,
            denied=self._denied,
            findings=self._findings,
            sent=flows.sent,
            received=flows.received,
            flows=flows.count,
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
