"""Asks the system for the addresses of names, in a child process of its own, so that nobody waits for the answer.

The system's resolver can hang, and may start threads; a supervisor must do neither, since it forks. Questions and
answers are one JSON message each on a pair of sockets. The child ends with its parent.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from pinfold.sandbox.kernel import PR_SET_PDEATHSIG, close_from, prctl
from pinfold.sandbox.ranges import standing

TTL = 60  # seconds that an answer lives: the system does not say
TIME_OUT = 15.0  # seconds; glibc gives up on one server after ten
MOST_STARTS = 4
MOST_PENDING = 256
_MOST_THREADS = 16
_MOST_ADDRESSES = 64
_MESSAGE = 16_384  # bytes; 64 addresses with their scopes need a quarter of it
_HOSTS_FILE = 4 * 1024 * 1024  # bytes of a file of hosts that are read

NO_SUCH_NAME = "no such name"
"""The ``error`` of an answer that is final: the name does not exist, or has no addresses."""

LookUp = Callable[[str], list[str]]
"""Returns the addresses of a name, or raises ``OSError``."""


class Answer(msgspec.Struct, frozen=True):
    """The addresses of a name, and the seconds for which they may be kept; or none, and why."""

    name: str
    addresses: tuple[str, ...] = ()
    ttl: int = TTL
    error: str = ""


def system_addresses(name: str) -> list[str]:
    """Return the addresses that the system knows for a name, in its order of preference; raises ``OSError``."""
    found = socket.getaddrinfo(name.encode("ascii"), None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Resolver:
    """Questions about names, asked in the order in which they come and answered as they are known.

    The process starts with the first question. Nothing here waits. :meth:`receive` is to be called when
    :meth:`fileno` can be read, and at the latest when :attr:`deadline` (of ``time.monotonic``) has come.
    """

    def __init__(self, look_up: LookUp = system_addresses, *, time_out: float = TIME_OUT) -> None:
        self._look_up, self._time_out = look_up, time_out
        self._poll = select.epoll()  # stays the same one when the child is started again
        self._socket: socket.socket | None = None
        self._pidfd = -1
        self._starts = 0
        self._pending: dict[str, float] = {}
        self._failed: list[Answer] = []
        self.pid = 0

    def fileno(self) -> int:
        """Return the descriptor that can be read when there are answers."""
        return self._poll.fileno()

    @property
    def deadline(self) -> float | None:
        """When :meth:`receive` is due though nothing has come, or ``None``."""
        if self._failed:
            return 0.0
        return next(iter(self._pending.values()), None)

    def ask(self, name: str) -> None:
        """Ask for the addresses of a name; a question that is open already is not asked again."""
        if name in self._pending:
            return
        if len(self._pending) >= MOST_PENDING:
            self._failed.append(Answer(name, error="too many questions are open"))
            return
        try:
            if self._socket is None:
                self._start()
            if self._socket is not None:
                self._socket.send(msgspec.json.encode(name), socket.MSG_NOSIGNAL)
                self._pending[name] = time.monotonic() + self._time_out
                return
            error = f"the resolver ended {self._starts} times and is not started again"
        except OSError as cause:
            error = f"the resolver cannot be asked: {cause.strerror}"
        self._failed.append(Answer(name, error=error))

    def receive(self) -> list[Answer]:
        """Return the answers that have come, those that did not come in time, and those that cannot come any more."""
        answers, self._failed = self._failed, []
        while self._socket is not None:
            try:
                message = self._socket.recv(_MESSAGE)
            except BlockingIOError:
                break
            except OSError:
                message = b""
            try:
                one = msgspec.json.decode(message, type=Answer)
            except msgspec.MsgspecError:  # nothing at all where it has ended
                self._stop()
                answers.extend(Answer(name, error="the resolver ended") for name in self._pending)
                self._pending.clear()
                break
            if self._pending.pop(one.name, None) is not None:
                answers.append(one)
        now = time.monotonic()
        late = [name for name, until in self._pending.items() if until <= now]
        for name in late:
            del self._pending[name]
            answers.append(Answer(name, error=f"not answered within {self._time_out:g} seconds"))
        return answers

    def close(self) -> None:
        """End the child process; open questions stay unanswered."""
        self._stop()
        self._pending.clear()
        self._starts = MOST_STARTS
        self._poll.close()

    def _start(self) -> None:
        """Start the child, unless it has ended too often."""
        if self._starts >= MOST_STARTS:
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        parent = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            ours.close()
            theirs.close()
            raise
        if not pid:
            _child(theirs.fileno(), parent, self._look_up)
        theirs.close()
        try:
            self._pidfd = os.pidfd_open(pid)
        except OSError:
            ours.close()  # which ends the child
            os.waitpid(pid, 0)
            raise
        ours.setblocking(False)
        self._starts += 1
        self._socket, self.pid = ours, pid
        self._poll.register(ours.fileno(), select.EPOLLIN)

    def _stop(self) -> None:
        """End the child if there is one, and reap it."""
        if self._socket is None:
            return
        self._poll.unregister(self._socket.fileno())
        self._socket.close()
        try:
            signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED)
        except (ProcessLookupError, ChildProcessError):
            pass  # somebody else who reaps children of this process was quicker
        os.close(self._pidfd)
        self._socket, self.pid, self._pidfd = None, 0, -1


def _child(descriptor: int, parent: int, look_up: LookUp) -> None:
    """Answer questions until the parent goes; never returns. Whatever fails ends the process and nothing else."""
    try:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            return
        gc.freeze()  # a file of the parent's that is collected here would close a descriptor of ours
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDWR)
        for target, source in ((0, descriptor), (1, nothing), (2, nothing)):
            os.dup2(source, target)
        close_from(3)
        _serve(socket.socket(fileno=0), look_up)
    finally:
        os._exit(0)


def _serve(connection: socket.socket, look_up: LookUp) -> None:
    """Answer each question in a thread of its own, so many at a time."""
    connection.setblocking(True)
    free = threading.Semaphore(_MOST_THREADS)

    def work(name: str) -> None:
        try:
            answer = _answer(name, look_up)
            connection.send(msgspec.json.encode(answer))
        except OSError:
            os._exit(0)  # the parent has gone
        finally:
            free.release()

    while message := connection.recv(_MESSAGE):
        free.acquire()
        threading.Thread(target=work, args=(msgspec.json.decode(message, type=str),), daemon=True).start()


def _answer(name: str, look_up: LookUp) -> Answer:
    try:
        addresses = tuple(look_up(name)[:_MOST_ADDRESSES])
    except (OSError, ValueError) as cause:
        missing = isinstance(cause, socket.gaierror) and cause.errno in (socket.EAI_NONAME, socket.EAI_NODATA)
        reason = cause.strerror if isinstance(cause, OSError) else ""
        return Answer(name, error=NO_SUCH_NAME if missing else f"not resolved: {reason or cause}"[:200])
    return Answer(name, addresses) if addresses else Answer(name, error=NO_SUCH_NAME)


def hosts_file_names(path: str = "/etc/hosts") -> dict[str, tuple[str, ...]]:
    """Return the names that a file of hosts maps, in lower case, with their addresses; none where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            text = file.read(_HOSTS_FILE).decode("ascii", "replace")
    except OSError:
        return {}
    found: dict[str, dict[str, None]] = {}
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        try:
            there = standing(address)
        except ValueError:
            continue
        for name in names:
            found.setdefault(name.lower().removesuffix("."), {})[there.text] = None
    return {name: tuple(addresses) for name, addresses in found.items()}
