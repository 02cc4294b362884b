"""Whole runs for tests: as an ordinary user or as root, each in a process of its own."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import select
import signal
import struct
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import msgspec
import pytest

import pinfold.sandbox
from pinfold.model import AnyEvent, Level, Profile
from pinfold.sandbox import kernel
from pinfold.sandbox.outcome import Outcome
from pinfold.sandbox.planning import Asked, settle
from pinfold.sandbox.ranges import standing
from pinfold.sandbox.stream import FileSink, Stream
from pinfold.sandbox.supervisor import Decide, Judge, Supervisor

NOBODY = 65534

standing("192.0.2.1")  # reads its table, which whoever drops privileges may no longer do

for _module in pkgutil.iter_modules(pinfold.sandbox.__path__):  # who drops privileges may no longer read them
    importlib.import_module(f"pinfold.sandbox.{_module.name}")


class Confined(msgspec.Struct):
    """How a run went: what the supervisor says (``None`` if it failed: ``error``), its events, what was printed."""

    outcome: Outcome | None
    events: list[AnyEvent]
    stdout: str
    stderr: str
    error: str = ""

    def of(self, kind: str) -> list[AnyEvent]:
        """Return the events of one kind, by its tag."""
        return [event for event in self.events if event.__struct_config__.tag == kind]


class RunConfined(Protocol):
    """Runs a command confined in ``folder``, as ``user``."""

    folder: Path
    user: int

    def __call__(
        self,
        *command: str,
        level: Level = Level.L2,
        profile: Profile | None = None,
        trace: Iterable[str] = (),
        environment: Mapping[str, str] | None = None,
        decide: Decide | None = None,
        judge: Judge | None = None,
        egress: str = "broker",
        stdin: bytes = b"",
        seconds: float = 60.0,
    ) -> Confined:
        """Return how it went; fails the test after ``seconds``."""


def become(user: int) -> None:
    """Give up all privileges for those of ``user``, for good; what was imported before can still be used."""
    if os.getuid() == 0 and user != 0:
        for capability in range(64):
            try:
                kernel.prctl(kernel.PR_CAPBSET_DROP, capability)
            except OSError:
                break
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        kernel.clear_capabilities()
        kernel.prctl(kernel.PR_SET_DUMPABLE, 1)  # as it is after an exec: its own /proc is its own again


def in_child(body: Callable[[], None], seconds: float) -> int:
    """Run ``body`` in a forked process; returns its wait status. Fails the test if it takes longer than ``seconds``."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            body()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    pidfd = os.pidfd_open(child)
    try:
        if not select.select([pidfd], [], [], seconds)[0]:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            pytest.fail(f"the run took longer than {seconds:g} seconds")
        return os.waitpid(child, 0)[1]
    finally:
        os.close(pidfd)


class _Runs:
    def __init__(self, place: Path, user: int) -> None:
        self.user = user
        self.folder = place / "work"
        self._home = place / "home"
        self._out = place / "out"
        for made in (self.folder, self._home, self._out, place / "tmp"):
            made.mkdir()
            os.chown(made, user, user)
        self._temporary = place / "tmp"
        self._count = 0

    def __call__(
        self,
        *command: str,
        level: Level = Level.L2,
        profile: Profile | None = None,
        trace: Iterable[str] = (),
        environment: Mapping[str, str] | None = None,
        decide: Decide | None = None,
        judge: Judge | None = None,
        egress: str = "broker",
        stdin: bytes = b"",
        seconds: float = 60.0,
    ) -> Confined:
        self._count += 1
        out = self._out / str(self._count)
        out.mkdir()
        os.chown(out, self.user, self.user)
        (out / "stdin").write_bytes(stdin)
        asked = Asked(
            command=command,
            folder=str(self.folder),
            environment={"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", **(environment or {})},
            home=str(self._home),
            profile=profile,
            trace=frozenset(trace),
            egress=egress,
        )

        def body() -> None:
            become(self.user)
            os.environ["TMPDIR"] = str(self._temporary)
            tempfile.tempdir = None
            os.dup2(os.open(out / "stdin", os.O_RDONLY), 0)
            for number, name in ((1, "stdout"), (2, "stderr")):
                os.dup2(os.open(out / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
            sinks = [FileSink(str(out / "events"))]
            plan = settle(asked, level, ())
            stream = Stream(sinks, session=plan.session)
            outcome = Supervisor(plan, stream, decide=decide, judge=judge).run()
            (out / "outcome").write_bytes(msgspec.json.encode(outcome))

        status = in_child(body, seconds)
        lines = (out / "events").read_bytes().splitlines() if (out / "events").exists() else []
        stderr = (out / "stderr").read_text("utf-8", "replace")
        finished = (out / "outcome").exists()
        return Confined(
            outcome=msgspec.json.decode((out / "outcome").read_bytes(), type=Outcome) if finished else None,
            events=[msgspec.convert(json.loads(line), AnyEvent) for line in lines],
            stdout=(out / "stdout").read_text("utf-8", "replace"),
            stderr=stderr,
            error="" if finished else f"status {status}: {stderr[-2_000:]}",
        )


@pytest.fixture(params=["nobody", "root"])
def user(request: pytest.FixtureRequest) -> int:
    """The user as whom a run is made: an ordinary one without capabilities, then root; else whoever tests."""
    if os.getuid() != 0:
        if request.param == "root":
            pytest.skip("needs root")
        return os.getuid()
    return NOBODY if request.param == "nobody" else 0


@pytest.fixture
def confined(open_folder: Path, user: int) -> Iterator[RunConfined]:
    """A function that runs a command confined, in ``confined.folder``, once as an ordinary user and once as root."""
    kernel.landlock_abi()
    yield _Runs(open_folder, user)


class Forked(Protocol):
    """Runs a body in a forked process."""

    def __call__(self, body: Callable[[], object], *, user: int = 0, seconds: float = 20.0) -> None:
        """Fail the test unless ``body`` returns; it runs as ``user`` where the tests run as root."""


@pytest.fixture(scope="session")
def forked() -> Forked:
    """A function that runs a body in a forked process, whose error is the error of the test."""

    def run(body: Callable[[], object], *, user: int = 0, seconds: float = 20.0) -> None:
        def child() -> None:
            become(user)
            body()

        assert in_child(child, seconds) == 0, "it failed: what it said is on standard error"

    return run


_AMD64 = 0xC000003E


@pytest.fixture(scope="session")
def bpf_decides() -> Callable[..., int]:
    """An interpreter of the classic BPF that seccomp speaks: what the kernel would do with a program."""

    def decide(program: bytes, number: int, arguments: Iterable[int] = (), *, architecture: int = _AMD64) -> int:
        padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
        data = struct.pack("<IIQ6Q", number, architecture, 0x7F00_0000_1000, *padded)
        lines = list(struct.iter_unpack("=HBBI", program))
        assert 0 < len(lines) <= 4_096  # BPF_MAXINSNS
        at = accumulator = 0
        while True:
            code, yes, no, value = lines[at]  # past the end is an error here as it is to the kernel
            at += 1
            if code == 0x20:  # load a word
                (accumulator,) = struct.unpack_from("<I", data, value)
            elif code == 0x54:  # and
                accumulator &= value
            elif code == 0x15:  # jump if equal
                at += yes if accumulator == value else no
            elif code == 0x35:  # jump if at least
                at += yes if accumulator >= value else no
            else:
                assert code == 0x06, f"unknown instruction {code:#x}"
                return int(value)

    return decide
