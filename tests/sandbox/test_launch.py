"""Faults: whichever of the two guardians is killed, nothing of the run is left, and nothing gets out any more."""

import contextlib
import os
import select
import signal
import socket
import tempfile
import time
from pathlib import Path

import pytest

from pinfold.model import Destination, Level
from pinfold.sandbox import cgroup, processes
from pinfold.sandbox.planning import Asked, settle
from pinfold.sandbox.stream import Stream
from pinfold.sandbox.supervisor import Supervisor
from tests.sandbox.conftest import become
from tests.sandbox.test_sockets import granting

LEVELS = [Level.L1, Level.L2, Level.L3]
PATIENCE = 20.0

TALK = """
import os, socket, time
line = socket.create_connection(("127.0.0.1", {port}))
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            line.send(b"x"); time.sleep(0.005)
    os._exit(0)
while True:
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {{}}), 0)
    try: socket.create_connection(("127.0.0.1", {port})).close()
    except OSError: pass
"""


@contextlib.contextmanager
def running(folder: Path, user: int, level: Level, port: int):
    """Start a run that talks and forks without end; yields the numbers of its supervisor and its reaper."""
    for name in ("work", "tmp"):
        (folder / name).mkdir()
        os.chown(folder / name, user, user)
    supervisor = os.fork()
    if supervisor == 0:
        try:
            become(user)
            tempfile.tempdir = str(folder / "tmp")
            asked = Asked(
                command=["/usr/bin/python3", "-c", TALK.format(port=port)],
                folder=str(folder / "work"),
                environment={"PATH": "/usr/bin:/bin"},
                home=str(folder / "work"),
                profile=granting(Destination(cidr="127.0.0.1/32", port=port)),
            )
            plan = settle(asked, level, ())
            Supervisor(plan, Stream([], session="")).run()
        finally:
            os._exit(0)
    try:
        yield supervisor
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(supervisor, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(supervisor, 0)


def until(true, what: str) -> None:
    """Wait for something to become true, looking again and again."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(what)
        select.select([], [], [], 0.005)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("victim", ["supervisor", "reaper"])
def test_nothing_outlives_the_death_of_a_guardian(open_folder: Path, user: int, level: Level, victim: str):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        with running(open_folder, user, level, server.getsockname()[1]) as supervisor:
            flow, _ = server.accept()
            flow.settimeout(PATIENCE)
            assert flow.recv(1) == b"x"
            reaper = min(processes.descendants(supervisor))
            everyone = processes.descendants(supervisor)
            os.kill(supervisor if victim == "supervisor" else reaper, signal.SIGKILL)
            while flow.recv(4_096):  # until its other end is closed
                pass
            if victim == "reaper":
                until(lambda: os.waitpid(supervisor, os.WNOHANG)[0], "the supervisor goes on without its reaper")
            else:
                os.waitpid(supervisor, 0)
            until(lambda: not [one for one in everyone if _alive(one)], "processes are left")
            until(lambda: not list((open_folder / "tmp").iterdir()), "files are left")
            groups = cgroup.find()
            if groups is not None:
                group = Path(groups.folder, f"pinfold-{supervisor}")
                until(lambda: not group.exists(), "a control group is left")
            server.settimeout(0)
            with contextlib.suppress(BlockingIOError):
                while True:  # those that were made before
                    server.accept()[0].close()
            select.select([server], [], [], 0.05)
            with pytest.raises(BlockingIOError):
                server.accept()


def _alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_bytes().rpartition(b") ")[2][:1] != b"Z"
    except OSError:
        return False


@pytest.mark.parametrize("level", LEVELS)
def test_a_program_that_cannot_be_started_says_why(open_folder: Path, user: int, level: Level):
    program = open_folder / "odd"
    program.write_text("#!/nowhere/at/all\n")
    program.chmod(0o755)
    plain = open_folder / "plain"
    plain.write_bytes(b"\x7fELF nothing")
    plain.chmod(0o755)
    for path, code in ((program, 127), (plain, 126)):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                become(user)
                tempfile.tempdir = None
                os.environ["TMPDIR"] = "/tmp"
                asked = Asked(command=[str(path)], folder=str(open_folder), environment={}, home="/nowhere")
                plan = settle(asked, level, ())
                os.write(writing, bytes([Supervisor(plan, Stream([], session="")).run().code]))
            finally:
                os._exit(0)
        os.close(writing)
        assert os.read(reading, 1) == bytes([code])
        os.close(reading)
        os.waitpid(child, 0)
