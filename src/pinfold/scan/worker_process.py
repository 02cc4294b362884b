"""The worker's side of the pool: a process that fences itself in and then carries out one task after another.

The fences: a session of its own, no terminal, an end with the parent's, a ceiling on memory, no core dump, and an audit
hook that ends the worker at the first attempt to open a socket or start a program. The hook is defence in depth
against our own mistakes. It is no sandbox: machine code that took the worker over would not call it.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

from pinfold.scan.frames import LONGEST, Decoder, Kind, encode

if sys.platform != "win32":  # where workers.run refuses
    import fcntl
    import resource

    _HANDLED = (
        signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGALRM, signal.SIGCHLD, signal.SIGUSR1,
        signal.SIGUSR2, signal.SIGWINCH,
    )  # fmt: skip

Announce = Callable[[str], None]
"""Tells the parent which step, such as the path of a file, the work has come to."""

Work = Callable[[bytes, Announce], bytes]
"""Task in, result out, both encoded by the caller."""

REFUSED = frozenset(
    {
        "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.startfile/2", "os.system",
        "pty.spawn", "subprocess.Popen", "webbrowser.open",
    }
)  # fmt: skip
"""Audit events that end a worker, beside every ``socket.`` event."""

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1
_PIECE = 64 * 1024  # bytes read at once: what a pipe holds
_LONGEST_STEP = LONGEST[Kind.STEP] // 4  # in characters, each of at most four bytes
_MEMORY_FRAME = encode(Kind.MEMORY)  # made now, because there may be no memory for it when it is needed


def serve(work: Work, tasks: int, answers: int, *, parent: int, memory: int, close: Iterable[int]) -> NoReturn:
    """Carry out tasks until the parent closes ``tasks``; never returns, whatever happens.

    To be called in a fresh fork. ``tasks`` and ``answers`` are the pipe's ends, ``parent`` is the parent's process id,
    and ``memory`` how many bytes of address space the worker may take beside what it starts with. ``close`` holds the
    parent's own descriptors: while a copy of them is open here, another worker could not see the parent go.
    """
    code = 1
    try:
        for descriptor in close:
            os.close(descriptor)
        tasks, answers = _detach(tasks, answers)
        _follow(parent)
        _bound(memory)
        gc.freeze()  # what came from the parent is never garbage here, and stays in memory that is shared with it
        gc.set_threshold(100_000, 20, 20)  # judging makes many small objects and few cycles
        sys.addaudithook(_guard(answers))
        code = _carry_out(work, tasks, answers)
    finally:
        os._exit(code)  # nothing of the parent's is flushed, closed or unwound a second time


def _detach(tasks: int, answers: int) -> tuple[int, int]:
    """Leave the parent's terminal and give up its signal handlers; return the pipe's ends, moved out of the way."""
    for number in _HANDLED:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.setsid()  # so Ctrl-C reaches the parent alone, which then ends its workers
    tasks = fcntl.fcntl(tasks, fcntl.F_DUPFD_CLOEXEC, 3)
    answers = fcntl.fcntl(answers, fcntl.F_DUPFD_CLOEXEC, 3)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    return tasks, answers


def _follow(parent: int) -> None:
    """Arrange to be killed when the parent dies. Elsewhere than on Linux, the end of the pipe has to do."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def _bound(memory: int) -> None:
    """Allow ``memory`` more bytes of address space, where the platform says how much there is now, and no core dump."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        facts = os.open("/proc/self/statm", os.O_RDONLY)  # a file object would touch 300 pages that are shared so far
    except OSError:
        return
    pages = int(os.read(facts, 100).split()[0])
    os.close(facts)
    ceiling = pages * resource.getpagesize() + memory
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        ceiling = min(ceiling, hard)
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, ceiling))


def _guard(answers: int) -> Callable[[str, tuple[Any, ...]], None]:
    """Return an audit hook that ends the worker rather than let it reach the network or start a program.

    It tells the parent and ends the process itself: an exception could be caught by the code that made the attempt.
    """

    def hook(event: str, _arguments: tuple[Any, ...]) -> None:
        if event in REFUSED or event.startswith("socket."):
            _write(answers, encode(Kind.DIED, f"refused: a worker may not do {event}".encode()))
            os._exit(1)

    return hook


def _carry_out(work: Work, tasks: int, answers: int) -> int:
    """Answer tasks until there are no more and return 0; return 1 after a task that failed."""

    def announce(step: str) -> None:
        _write(answers, encode(Kind.STEP, step[:_LONGEST_STEP].encode("utf-8", "surrogatepass")))

    for task in _frames(tasks):
        try:
            answer = encode(Kind.RESULT, work(task, announce))
        except MemoryError:
            _write(answers, _MEMORY_FRAME)
            return 1
        except BaseException as error:
            _write(answers, encode(Kind.DIED, _describe(error)))
            return 1
        _write(answers, answer)
        del answer
    return 0


def _frames(descriptor: int) -> Iterable[bytes]:
    """Yield the payload of every task until the other end is closed."""
    decoder = Decoder()
    while piece := os.read(descriptor, _PIECE):
        for _kind, payload in decoder.feed(piece):
            yield payload


def _write(descriptor: int, data: bytes) -> None:
    """Write all of ``data``."""
    written = os.write(descriptor, data)
    if written < len(data):
        rest = memoryview(data)[written:]
        while rest:
            rest = rest[os.write(descriptor, rest) :]


def _describe(error: BaseException) -> bytes:
    """Return what happened and where, in one line of UTF-8."""
    try:
        words = f"{type(error).__name__}: {error}"
    except Exception:
        words = type(error).__name__
    frames = traceback.extract_tb(error.__traceback__, limit=-1)
    where = f" ({Path(frames[0].filename).name}:{frames[0].lineno})" if frames else ""
    return f"{words[:500]}{where}".encode("utf-8", "backslashreplace")
