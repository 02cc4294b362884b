"""Serves the calls of one run: each is answered by what is responsible for it, denied by default."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable

from pinfold.model import ConnectEvent, DeniedEvent, ExecEvent, Level
from pinfold.sandbox import policy
from pinfold.sandbox.calls import NAMES, NUMBERS
from pinfold.sandbox.denials import Denials
from pinfold.sandbox.egress import Egress
from pinfold.sandbox.file_calls import FileCalls
from pinfold.sandbox.launch import Launched
from pinfold.sandbox.listener import Listener, Notification
from pinfold.sandbox.loop import Loop
from pinfold.sandbox.observing import Observing
from pinfold.sandbox.plan import Plan
from pinfold.sandbox.process_calls import ProcessCalls
from pinfold.sandbox.processes import Process, Processes
from pinfold.sandbox.resolver import hosts_file_names
from pinfold.sandbox.sockets import Broker

Handler = Callable[[Notification, Process], None]

_EXECS = (NUMBERS["execve"], NUMBERS["execveat"])
_USELESS = "no program needs this inside a sandbox, or it would lead out of it"


class Serving:
    """Whatever goes wrong in answering a call fails that call, and never lets it pass.

    ``over`` is set when the run is being ended: from then on nothing is granted but to leave.
    """

    def __init__(
        self,
        plan: Plan,
        launched: Launched,
        loop: Loop,
        files: FileCalls,
        *,
        emit: Callable[..., None],
        permits: Callable[[ConnectEvent | ExecEvent], str],
        kill: Callable[[str], None],
    ) -> None:
        self.over = False
        self._plan = plan
        self._loop = loop
        self._emit = emit
        self._files = files
        self._known = Processes()
        self._denials = Denials(emit)
        self._listener = Listener(launched.listener)
        names = hosts_file_names()
        egress = Egress(plan.hosts, plan.egress, names)
        self.broker = Broker(plan, self._listener, loop, emit, egress=egress, clock=time.monotonic, permits=permits)
        self._process_calls = ProcessCalls(
            plan,
            launched,
            self._listener,
            loop,
            known=self._known,
            emit=emit,
            denied=self._denials.tell,
            permits=permits,
        )
        handlers: dict[str, Handler] = dict(self._process_calls.handlers())
        if plan.level is Level.L0:
            handlers |= Observing(self._listener, emit, names).handlers()
        else:
            handlers |= self.broker.handlers()
        handlers |= files.serve(
            self._listener,
            loop,
            emit=emit,
            denied=self._denials.tell,
            kill=kill,
            is_own=self._process_calls.is_own,
            numbers=lambda: [process.number for process in self._known],
        )
        self._handlers = {NUMBERS[name]: handler for name, handler in handlers.items()}
        loop.watch(self._listener.fileno(), self._serve)

    @property
    def processes(self) -> Processes:
        """The processes that are known."""
        return self._known

    def close(self) -> int:
        """Stop serving, so that every call that waits or follows fails; returns how many processes had not ended."""
        self.broker.close()
        self._files.close()
        self._denials.close()
        self._loop.forget(self._listener.fileno())
        self._listener.close()
        left = 0
        for process in self._known:
            left += not process.ended
            self._loop.forget(process.pidfd)
            self._known.forget(process)
        return left

    def _serve(self) -> None:
        """Answer the next call that waits."""
        calls = self._listener
        try:
            call = calls.receive()
        except OSError:
            self._loop.forget(calls.fileno())
            return
        if call is None or call.thread == 0:
            return
        process, is_new = self._known.meet(call.thread)
        if process is None:
            calls.fail(call, errno.ESRCH)
            return
        if is_new:
            self._loop.watch(process.pidfd, lambda: self._process_calls.gone(process))
        try:
            self._answer(call, process)
        except Exception as error:
            calls.fail(call, errno.EPERM)
            self._emit(
                DeniedEvent,
                ProcessId=process.number,
                Image=process.image,
                Call=NAMES.get(call.number, str(call.number)),
                decision="deny",
                reason=f"it could not be judged: {type(error).__name__}: {error}",
            )

    def _answer(self, call: Notification, process: Process) -> None:
        if process.starting and call.number not in _EXECS:
            self._process_calls.started(process, surely=call.number == NUMBERS["arch_prctl"])
        handler = self._handlers.get(call.number)
        if self.over and call.number != NUMBERS["exit_group"]:
            self._listener.fail(call, errno.EPERM)
        elif handler is not None:
            handler(call, process)
        elif self._plan.level is Level.L0:
            self._listener.go_on(call)
        else:
            self._listener.fail(call, policy.DENIED.get(call.number, errno.EPERM))
            self._denials.tell(call.number, process, _USELESS)
