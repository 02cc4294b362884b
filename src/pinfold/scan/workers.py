"""A small pool of worker processes, so that no input can hurt, stop or starve the scan.

Each worker is a fork of the parent, with everything already imported, and is fenced in (``worker_process.py``). It
takes one task at a time and announces each step of it, so that a worker which hangs, crashes or runs out of memory
costs the step it was at: the parent kills it, forks another, and asks the caller whether the task is to be tried again.
Nothing that a worker sends is trusted beyond its bounds (``frames.py``).

A worker opens no socket and starts no program; the first attempt ends it.

The parent must have no other thread when it forks: a lock that such a thread holds would stay locked in the worker.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Literal, NamedTuple

import msgspec

from pinfold.model import PinfoldError
from pinfold.scan.frames import Decoder, FrameError, Kind, encode
from pinfold.scan.worker_process import Announce, Work, serve

__all__ = ["Announce", "Lost", "Outcome", "Retry", "Work", "give_up", "run"]

_PIECE = 64 * 1024  # bytes read from one worker before the others get a hearing: what a pipe holds


class Lost(msgspec.Struct, frozen=True):
    """Why a task has no result. ``step`` is the last one announced, or ``""``; ``detail`` is one line for a person."""

    step: str
    reason: Literal["time", "memory", "died"]
    detail: str


class Outcome(msgspec.Struct, frozen=True):
    """What became of the task number ``index``, from 0: either ``result`` or ``lost`` is set."""

    index: int
    result: bytes | None
    lost: Lost | None


Retry = Callable[[int, bytes, Lost], bytes | None]
"""Asked about every loss, with index, task and loss: returns the task to try instead, or ``None`` to give up."""


def give_up(_index: int, _task: bytes, _lost: Lost) -> None:
    """Try no lost task again."""


def run(
    tasks: Iterable[bytes],
    work: Work,
    *,
    jobs: int,
    step_seconds: float,
    task_seconds: float,
    memory: int,
    ahead: int = 2,
    retry: Retry = give_up,
) -> Generator[Outcome, None, None]:
    """Yield the outcome of every task, in the order of the tasks.

    Up to ``jobs`` workers run ``work``. A worker is killed when ``step_seconds`` have passed since it last announced a
    step, or ``task_seconds`` since it was given the task. Only seconds count in which the parent listens, not those in
    which it waits for whoever reads the outcomes. ``memory`` is in bytes of address space beside what a worker starts
    with. ``tasks`` may be endless: at most ``jobs * ahead`` of them are taken before the oldest one has been yielded.
    ``retry`` is asked about every loss; it has to give up at some time.

    Closing the generator, or an error in its consumer, ends all workers. Raises ``PinfoldError`` where processes cannot
    be forked.
    """
    if not hasattr(os, "fork"):
        raise PinfoldError(
            "this platform cannot fork processes, and Pinfold judges nothing outside a process of its own",
            hint="scan on Linux or macOS, or under the Windows Subsystem for Linux",
        )
    tasks_ahead = _Tasks(tasks, max(jobs, jobs * ahead), retry)
    return _Pool(tasks_ahead, work, jobs, _Bounds(step_seconds, task_seconds, memory)).outcomes()


class _Worker:
    """One worker as the parent sees it. ``index`` is ``None`` while it has no task."""

    def __init__(self, process: int, tasks: int, answers: int) -> None:
        self.process = process
        self.tasks = tasks
        self.answers = answers
        self.decoder = Decoder()
        self.unsent = memoryview(b"")
        self.index: int | None = None
        self.task = b""
        self.step = ""
        self.began = 0.0
        self.announced = 0.0

    def begin(self, index: int, task: bytes, now: float) -> None:
        """Take a task on; it still has to be sent."""
        self.index, self.task, self.step = index, task, ""
        self.began = self.announced = now
        self.unsent = memoryview(encode(Kind.TASK, task))

    def send(self) -> None:
        """Send as much of the task as the pipe takes without waiting. A dead worker shows when its answers end."""
        try:
            while self.unsent:
                self.unsent = self.unsent[os.write(self.tasks, self.unsent) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.unsent = memoryview(b"")

    def end(self) -> int:
        """Kill the process, unless it has ended by itself, and return its exit code: negative for a signal."""
        os.kill(self.process, signal.SIGKILL)  # it has not been waited for, so the number is still its own
        _process, status = os.waitpid(self.process, 0)
        os.close(self.tasks)
        os.close(self.answers)
        return os.waitstatus_to_exitcode(status)


class _Bounds(NamedTuple):
    """What a worker may take: seconds, seconds and bytes."""

    step_seconds: float
    task_seconds: float
    memory: int


class _Tasks:
    """What is to be done, taken from the caller's iterator as late as possible, and the outcomes so far."""

    def __init__(self, tasks: Iterable[bytes], window: int, retry: Retry) -> None:
        self._source = iter(tasks)
        self._window = window
        self._retry = retry
        self._again: deque[tuple[int, bytes]] = deque()
        self._done: dict[int, Outcome] = {}
        self._taken = 0
        self._yielded = 0

    def take(self) -> tuple[int, bytes] | None:
        """Return the next task with its index, or ``None`` if there is none, or none yet."""
        if self._again:
            return self._again.popleft()
        if self._taken - self._yielded >= self._window:
            return None
        task = next(self._source, None)
        if task is None:
            return None
        self._taken += 1
        return self._taken - 1, task

    def finish(self, index: int, result: bytes) -> None:
        """Note a result."""
        self._done[index] = Outcome(index, result, None)

    def lose(self, index: int, task: bytes, lost: Lost) -> None:
        """Note a loss, or what is to be tried instead."""
        again = self._retry(index, task, lost)
        if again is None:
            self._done[index] = Outcome(index, None, lost)
        else:
            self._again.append((index, again))

    def next_outcome(self) -> Outcome | None:
        """Return the outcome that comes next in the order of the tasks, if it is there."""
        outcome = self._done.pop(self._yielded, None)
        if outcome is not None:
            self._yielded += 1
        return outcome


class _Pool:
    """The workers, and the clock by which they are judged."""

    def __init__(self, tasks: _Tasks, work: Work, jobs: int, bounds: _Bounds) -> None:
        self._tasks = tasks
        self._work = work
        self._jobs = max(1, jobs)
        self._bounds = bounds
        self._workers: dict[int, _Worker] = {}  # by the descriptor of their answers
        self._poll = select.poll()
        self._elsewhere = 0.0  # seconds in which the pool did not listen

    def outcomes(self) -> Generator[Outcome, None, None]:
        """Run the pool; see ``run``."""
        try:
            while True:
                self._hand_out()
                while (outcome := self._tasks.next_outcome()) is not None:
                    self._hand_out()  # so that nobody idles while the consumer is busy
                    with self._not_listening():
                        yield outcome
                if all(worker.index is None for worker in self._workers.values()):
                    return
                self._listen()
                self._enforce()
        finally:
            for worker in list(self._workers.values()):
                self._end(worker)

    def _hand_out(self) -> None:
        """Give a task to every worker that has none, and to new ones, while there are tasks."""
        while True:
            free = next((worker for worker in self._workers.values() if worker.index is None), None)
            if free is None and len(self._workers) >= self._jobs:
                return
            with self._not_listening():
                entry = self._tasks.take()
            if entry is None:
                return
            worker = free or self._fork()
            worker.begin(*entry, self._now())
            self._send(worker)

    def _send(self, worker: _Worker) -> None:
        """Send what the worker's pipe takes, and be told when it takes more."""
        worker.send()
        if worker.unsent:
            self._poll.register(worker.tasks, select.POLLOUT)

    def _fork(self) -> _Worker:
        """Start a worker."""
        tasks, tasks_end = os.pipe()
        answers_end, answers = os.pipe()
        os.set_blocking(tasks_end, False)
        ours = [tasks_end, answers_end]
        for worker in self._workers.values():
            ours += (worker.tasks, worker.answers)
        parent = os.getpid()
        try:
            with _signals_held():
                process = os.fork()
                if process == 0:
                    serve(self._work, tasks, answers, parent=parent, memory=self._bounds.memory, close=ours)
                worker = self._workers[answers_end] = _Worker(process, tasks_end, answers_end)
        except OSError as error:
            for descriptor in (tasks_end, answers_end):
                os.close(descriptor)
            raise PinfoldError(f"cannot start a worker process: {error}", hint="try fewer with --jobs") from error
        finally:
            os.close(tasks)
            os.close(answers)
        self._poll.register(answers_end, select.POLLIN)
        return worker

    def _end(self, worker: _Worker) -> int:
        """Forget a worker, kill it, and return its exit code: negative if a signal ended it."""
        self._poll.unregister(worker.answers)
        with suppress(KeyError):  # it is registered for sending only while it has not read its task
            self._poll.unregister(worker.tasks)
        del self._workers[worker.answers]
        return worker.end()

    def _lose(self, worker: _Worker, reason: Literal["time", "memory", "died"], detail: str) -> None:
        """End a worker and give its task up, or back."""
        code = self._end(worker)
        if worker.index is not None:
            lost = Lost(worker.step, reason, detail or _ending(code))
            self._tasks.lose(worker.index, worker.task, lost)

    def _listen(self) -> None:
        """Wait until a worker answers, takes more of its task, or is late; hear everyone who has something to say."""
        busy = [worker for worker in self._workers.values() if worker.index is not None]
        seconds = min(self._deadline(worker) for worker in busy) - self._now()
        ready = self._poll.poll(max(0.0, seconds) * 1000 + 1)
        for descriptor, _events in ready:
            speaker = self._workers.get(descriptor)
            if speaker is not None:
                self._hear(speaker)
                continue
            for worker in busy:
                if worker.tasks == descriptor and worker.answers in self._workers:
                    self._poll.unregister(descriptor)
                    self._send(worker)

    @contextmanager
    def _not_listening(self) -> Iterator[None]:
        """Stop the pool's clock while somebody else has the floor: a worker may be waiting to be heard."""
        since = time.monotonic()
        yield
        self._elsewhere += time.monotonic() - since

    def _now(self) -> float:
        """Return the time by the pool's clock, in seconds."""
        return time.monotonic() - self._elsewhere

    def _deadline(self, worker: _Worker) -> float:
        """Return the time by the pool's clock at which a busy worker is late."""
        return min(worker.announced + self._bounds.step_seconds, worker.began + self._bounds.task_seconds)

    def _enforce(self) -> None:
        """End every worker that is late."""
        now = self._now()
        step_seconds, task_seconds, _memory = self._bounds
        for worker in list(self._workers.values()):
            if worker.index is None or now < self._deadline(worker):
                continue
            if now >= worker.began + task_seconds:
                self._lose(worker, "time", f"the task took longer than {task_seconds:g} s")
            else:
                self._lose(worker, "time", f"the step took longer than {step_seconds:g} s")

    def _hear(self, worker: _Worker) -> None:
        """Read one piece of what a worker says, and act on it."""
        piece = os.read(worker.answers, _PIECE)
        if not piece:
            self._lose(worker, "died", "")
            return
        try:
            for kind, payload in worker.decoder.feed(piece):
                if not self._take(worker, kind, payload):
                    return
        except ValueError as error:  # a malformed frame, or a step that is no text
            self._lose(worker, "died", f"the worker broke the protocol: {error}")

    def _take(self, worker: _Worker, kind: Kind, payload: bytes) -> bool:
        """Act on one frame; false if the worker is gone thereafter."""
        if worker.index is None:
            raise FrameError("it spoke without a task")
        if kind is Kind.STEP:
            worker.step = payload.decode("utf-8", "surrogatepass")
            worker.announced = self._now()
        elif kind is Kind.RESULT:
            self._tasks.finish(worker.index, payload)
            worker.index = None
        elif kind is Kind.MEMORY:
            self._lose(worker, "memory", f"the worker needed more than {self._bounds.memory:,} bytes of memory")
        elif kind is Kind.DIED:
            self._lose(worker, "died", payload.decode("utf-8", "replace"))
        else:
            raise FrameError(f"it sent a {kind.name.lower()}")
        return kind in (Kind.STEP, Kind.RESULT)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Hold signals back, so that none strikes between a fork and the note of its process id, or in the young worker."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _ending(code: int) -> str:
    """Return how a process ended that said nothing about it."""
    if code >= 0:
        return f"the worker ended with exit code {code}"
    with suppress(ValueError):
        return f"the worker was ended by {signal.Signals(-code).name}"
    return f"the worker was ended by signal {-code}"
