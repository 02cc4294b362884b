"""A process outside, of the same user, with secrets in its memory, its environment and its open files."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pinfold.sandbox.probes.outside.scene import AbsentError, Making, Place, Scene

_SOURCE = """\
import ctypes, json, os, signal, socket, sys
secret, path, apart = os.environ["SECRET"], sys.argv[1], sys.argv[2]
signal.signal(signal.SIGUSR1, lambda *_: os.write(1, b"signal\\n"))
memory = ctypes.create_string_buffer(("memory-" + secret).encode())
file = os.open(path, os.O_RDONLY)
os.chdir(os.path.dirname(path))
address = ""
if apart:
    if ctypes.CDLL(None, use_errno=True).unshare(0x50000000):
        sys.exit("no namespaces of its own: " + os.strerror(ctypes.get_errno()))
    address = "\\0" + apart
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen(1)
told = {"address": ctypes.addressof(memory), "length": len(memory) - 1, "descriptor": file, "socket": address}
os.write(1, json.dumps(told).encode() + b"\\n")
while True:
    try:
        line = os.read(0, 1)
    except InterruptedError:
        continue
    if line == b"m":
        os.write(1, memory.raw[:-1] + b"\\n")
    elif line == b"c" and apart:
        server.setblocking(False)
        try:
            server.accept()
            os.write(1, b"came\\n")
        except OSError:
            os.write(1, b"nobody\\n")
    else:
        break
"""

_SECONDS = 5.0


class Victim:
    """The process, as whoever started it sees it."""

    def __init__(self, place: Place, *, apart: bool = False) -> None:
        """Start it; ``apart`` gives it user and network namespaces of its own."""
        self.secret = f"secret-{place.token[::-1]}"
        path = place.outside / "held"
        path.write_text(f"file-{self.secret}", "ascii")
        words = [
            place.python,
            "-I",
            "-S",
            "-c",
            _SOURCE,
            str(path),
            place.token if apart else "",
            f"argv-{self.secret}",
        ]
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env={"SECRET": self.secret},
        )
        line = self._line(_SECONDS)
        if not line:
            self._process.kill()
            raise AbsentError(self._process.communicate()[1].decode("utf-8", "replace").strip() or "no victim started")
        self.told: dict[str, Any] = json.loads(line)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def _line(self, seconds: float) -> bytes:
        assert self._process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            return b""
        return os.read(self._process.stdout.fileno(), 4096)

    def ask(self, what: bytes) -> bytes:
        """Ask for its ``m`` memory, or whether somebody ``c`` came."""
        assert self._process.stdin is not None  # noqa: S101 - as above
        try:
            os.write(self._process.stdin.fileno(), what)
        except BrokenPipeError:
            return b""
        return self._line(_SECONDS)

    def signalled(self) -> bool:
        """Return whether it was signalled: it tells of that before it answers anything else."""
        return b"signal" in self.ask(b"m")

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


@contextlib.contextmanager
def _victim(place: Place, *, apart: bool = False) -> Iterator[Victim]:
    victim = Victim(place, apart=apart)
    try:
        yield victim
    finally:
        victim.end()


@contextlib.contextmanager
def signalled(place: Place) -> Making:
    """A victim that tells of every signal."""
    with _victim(place) as victim:
        yield Scene(arguments={"pid": victim.pid}, effect=lambda _said: victim.signalled())


@contextlib.contextmanager
def with_secret(place: Place, kind: str, name: str = "") -> Making:
    """A victim with secrets; ``kind`` (``memory-``, ``file-``, ``argv-``, ``SECRET=``) says which of them counts."""
    with _victim(place) as victim:
        secret = f"{kind}{victim.secret}".encode()
        paths = {"path": f"/proc/{victim.pid}/{name.format(**victim.told)}", "name": name}
        arguments = {**victim.told, **paths, "pid": victim.pid}
        yield Scene(arguments=arguments, effect=lambda said: secret in said.got)


@contextlib.contextmanager
def with_memory(place: Place) -> Making:
    """A victim whose memory must stay as it is."""
    with _victim(place) as victim:
        arguments = {**victim.told, "pid": victim.pid}
        yield Scene(arguments=arguments, effect=lambda _said: b"memory-" not in victim.ask(b"m"))


@contextlib.contextmanager
def with_folder(place: Place, way: str) -> Making:
    """A victim in whose root or working folder (``way``) nothing must be made."""
    path = place.outside / "made"
    with _victim(place) as victim:
        below = path.name if way == "cwd" else str(path).lstrip("/")
        arguments = {"path": f"/proc/{victim.pid}/{way}/{below}"}
        yield Scene(arguments=arguments, effect=lambda _said: path.exists())


@contextlib.contextmanager
def apart(place: Place) -> Making:
    """A victim in namespaces of its own, where only those who joined them can speak to it."""
    with _victim(place, apart=True) as victim:
        arguments = {"pid": victim.pid, "address": victim.told["socket"]}
        yield Scene(arguments=arguments, effect=lambda _said: b"came" in victim.ask(b"c"))


def _limits(pid: int) -> object:
    return resource.prlimit(pid, resource.RLIMIT_NOFILE)


def _priority(pid: int) -> object:
    return os.getpriority(os.PRIO_PROCESS, pid)


def _score(pid: int) -> object:
    return Path(f"/proc/{pid}/oom_score_adj").read_text("ascii")


MEASURES: dict[str, Callable[[int], object]] = {
    "limits": _limits,
    "priority": _priority,
    "scheduler": os.sched_getscheduler,
    "processors": os.sched_getaffinity,
    "score": _score,
}
"""What is kept about a process, and who may change it is anybody of the same user."""


@contextlib.contextmanager
def kept_as_it_is(place: Place, what: str) -> Making:
    """A victim of which one of ``MEASURES`` must stay."""
    processors = os.sched_getaffinity(0)
    if what == "processors" and len(processors) < 2:
        raise AbsentError("there is one processor only")
    with _victim(place) as victim:
        before = MEASURES[what](victim.pid)
        arguments = {"pid": victim.pid, "processor": min(processors)}
        yield Scene(arguments=arguments, effect=lambda _said: MEASURES[what](victim.pid) != before)
