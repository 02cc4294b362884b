"""Runs for programs: :func:`run` waits for the end, :func:`arun` awaits it, :func:`start` returns a :class:`Run`.

Made for whatever calls a sandbox for each rollout: the caller may be large and have many threads, because the run is
supervised by another process (:mod:`pinfold.sandbox.keeper`), which is started with the first run and kept.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import msgspec

from pinfold.model import AnyEvent, Level, PinfoldError, Profile
from pinfold.sandbox.keeper import Request
from pinfold.sandbox.outcome import Outcome
from pinfold.sandbox.planning import Asked

Stdio = int | IO[Any] | None
"""A descriptor, an open file, or ``None`` for the caller's own; ``subprocess.DEVNULL`` stands for nothing."""

_CHUNK = 262_144
_START = """\
import sys
sys.path[:] = sys.argv[2:]
from pinfold.sandbox.keeper import main
main(int(sys.argv[1]))
"""


class RunError(PinfoldError):
    """A run could not be carried out; ``code`` is what ``pinfold run`` would exit with (121, 125, 126 or 127)."""

    def __init__(self, message: str, *, hint: str, code: int) -> None:
        super().__init__(message, hint=hint)
        self.code = code


class Run:
    """One run that has been started.

    Events come to ``on_event`` in a thread of their own, in order. ``decide`` and ``judge`` are called there too, while
    the program waits.
    """

    def __init__(
        self,
        line: socket.socket,
        *,
        on_event: Callable[[AnyEvent], object] | None,
        decide: Callable[[AnyEvent], str] | None,
        judge: Callable[[AnyEvent], str] | None,
    ) -> None:
        self._line = line
        self._on_event, self._decide, self._judge = on_event, decide, judge
        self._sending = threading.Lock()
        self._outcome: Outcome | None = None
        self._error: RunError | None = None
        self._over = threading.Event()
        self.level: Level | None = None
        self.missing: tuple[str, ...] = ()
        self.session = ""
        threading.Thread(target=self._listen, name="pinfold-run", daemon=True).start()

    def wait(self, seconds: float | None = None) -> Outcome:
        """Wait for the end and return how it went.

        Raises ``RunError`` if the program could not be run, ``TimeoutError`` if it is not over after ``seconds``.
        """
        if not self._over.wait(seconds):
            raise TimeoutError(f"the run is not over after {seconds} seconds")
        if self._error is not None:
            raise self._error
        if self._outcome is None:
            raise RunError("the supervisor was killed; the run has ended with it", hint="", code=125)
        return self._outcome

    def kill(self, reason: str = "the caller asked for it") -> None:
        """End every process of the run."""
        self._send({"do": "kill", "reason": reason})

    def freeze(self, reason: str = "the caller asked for it") -> None:
        """Stop every process of the run where it stands."""
        self._send({"do": "freeze", "reason": reason})

    def thaw(self) -> None:
        """Let a frozen run go on."""
        self._send({"do": "thaw"})

    def _send(self, message: dict[str, Any]) -> None:
        try:
            with self._sending:
                self._line.sendall(msgspec.json.encode(message) + b"\n")
        except OSError:  # it is over
            return

    def _listen(self) -> None:
        received = b""
        try:
            while chunk := self._line.recv(_CHUNK):
                *lines, received = (received + chunk).split(b"\n")
                for line in lines:
                    self._take(line)
        except OSError:
            pass
        finally:
            self._line.close()
            self._over.set()

    def _take(self, line: bytes) -> None:
        message = msgspec.json.decode(line, type=_Message)
        if message.event is not None:
            if self._on_event is not None:
                self._on_event(message.event)
        elif message.about is not None:
            ask = self._decide if message.decide else self._judge
            try:
                reason = ask(message.about) if ask else ""
            except Exception as error:  # fail closed, and say so
                reason = "kill" if message.judge else f"whoever decides failed: {type(error).__name__}: {error}"
            self._send({"answer": message.decide or message.judge, "reason": reason})
        elif message.begun is not None:
            self.level, self.missing = message.begun.level, message.begun.missing
            self.session = message.begun.session
        elif message.outcome is not None:
            self._outcome = message.outcome
        elif message.error:
            self._error = RunError(message.error, hint=message.hint, code=message.code)


class _Begun(msgspec.Struct, frozen=True):
    level: Level
    missing: tuple[str, ...]
    session: str


class _Message(msgspec.Struct, frozen=True):
    """What the supervisor says; see :mod:`pinfold.sandbox.keeper`."""

    event: AnyEvent | None = None
    about: AnyEvent | None = None
    decide: int = 0
    judge: int = 0
    begun: _Begun | None = None
    outcome: Outcome | None = None
    error: str = ""
    hint: str = ""
    code: int = 125


class _Keeper:
    """The keeper of this process, and of none of its children."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, descriptors: Sequence[int]) -> None:
        """Have a supervisor forked that gets ``descriptors``; a keeper that has died is replaced once."""
        with self._lock:
            for attempt in (1, 2):
                line = self._line if self._owner == os.getpid() and self._line is not None else self._begin()
                try:
                    socket.send_fds(line, [b"R"], descriptors)
                except OSError:
                    self._line = None
                    if attempt == 2:
                        raise
                else:
                    return

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        package = str(Path(__file__).parents[2])
        paths = list(dict.fromkeys([package, *filter(None, sys.path)]))
        command = [sys.executable, "-I", "-S", "-c", _START, str(theirs.fileno()), *paths]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # our own interpreter and our own module
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, cwd="/", env={"LANG": "C.UTF-8"}
            )
        self._owner, self._line = os.getpid(), ours
        return ours

    def close(self) -> None:
        """Let the keeper go; runs that are under way go on as long as their callers live."""
        with self._lock:
            if self._owner == os.getpid() and self._line is not None:
                self._line.close()
                self._line = None
                if self._process is not None:
                    self._process.wait()


_KEEPER = _Keeper()
atexit.register(_KEEPER.close)


def start(  # noqa: PLR0913  # each is a word of its own, and named by the caller
    command: Sequence[str],
    *,
    profile: Profile | None = None,
    folder: str | os.PathLike[str] | None = None,
    skill: str | os.PathLike[str] | None = None,
    environment: Mapping[str, str] | None = None,
    egress: str = "broker",
    level: Level | None = None,
    events: Sequence[str | os.PathLike[str]] = (),
    trace: frozenset[str] = frozenset(),
    session: str = "",
    stdin: Stdio = subprocess.DEVNULL,
    stdout: Stdio = None,
    stderr: Stdio = None,
    on_event: Callable[[AnyEvent], object] | None = None,
    decide: Callable[[AnyEvent], str] | None = None,
    judge: Callable[[AnyEvent], str] | None = None,
) -> Run:
    """Start ``command`` confined, and return at once.

    ``folder`` is its working folder, by default the caller's; ``environment`` the variables from which the profile
    picks, by default the caller's. ``events`` names files and sockets for the events, ``on_event`` is called with each.
    ``decide`` is asked before a granted connection is made and when a program has been started: it returns ``""``, or
    the reason to deny it. ``judge`` sees every event and returns ``""``, ``"freeze"`` or ``"kill"``.
    """
    ours = _supervisor(stdin, stdout, stderr)
    asked = Asked(
        command=list(command),
        folder=os.path.abspath(folder or "."),
        environment=dict(os.environ if environment is None else environment),
        home=os.path.expanduser("~"),
        profile=profile,
        skill=os.path.abspath(skill) if skill else "",
        egress=egress,
        trace=trace,
        session=session,
    )
    request = Request(
        asked=asked,
        level=level,
        events=tuple(os.path.abspath(one) for one in events),
        decides=decide is not None,
        judges=judge is not None,
    )
    ours.sendall(msgspec.json.encode(request) + b"\n")
    return Run(ours, on_event=on_event, decide=decide, judge=judge)


def _supervisor(*files: Stdio) -> socket.socket:
    """Have a supervisor forked that has ``files`` as its standard ones, and return the line to it."""
    ours, theirs = socket.socketpair()
    nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        with theirs:
            numbers = [_descriptor(one, default, nothing) for default, one in enumerate(files)]
            _KEEPER.start([*numbers, theirs.fileno()])
    except BaseException:
        ours.close()
        raise
    finally:
        os.close(nothing)
    return ours


def _descriptor(one: Stdio, default: int, nothing: int) -> int:
    if one is None:
        return default
    if one == subprocess.DEVNULL:
        return nothing
    return one if isinstance(one, int) else one.fileno()


def run(command: Sequence[str], *, timeout: float | None = None, **options: Any) -> Outcome:
    """Run ``command`` confined and return how it ended; the options are those of :func:`start`.

    After ``timeout`` seconds the run is killed and ``TimeoutError`` raised. Raises ``RunError`` where it cannot be run.
    """
    started = start(command, **options)
    try:
        return started.wait(timeout)
    except BaseException:
        started.kill()
        raise


async def arun(command: Sequence[str], *, timeout: float | None = None, **options: Any) -> Outcome:
    """Do what :func:`run` does without holding up the event loop; a task that is cancelled kills its run."""
    started = start(command, **options)
    try:
        return await asyncio.wait_for(asyncio.to_thread(started.wait), timeout)
    except BaseException:
        started.kill()
        raise
