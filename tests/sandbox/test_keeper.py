"""What the keeper does when its callers, or what they say, are not as they should be."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from pinfold.sandbox import keeper
from pinfold.sandbox.keeper import Request
from pinfold.sandbox.levels import probe_levels
from pinfold.sandbox.planning import Asked

pytestmark = pytest.mark.skipif(probe_levels().highest is None, reason="nothing can be confined here")


@pytest.fixture
def line():
    """A line to a keeper of our own; yields a function that asks for a supervisor and returns the line to it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    code = f"import sys; sys.path[:] = {sys.path!r}\nfrom pinfold.sandbox.keeper import main\nmain({theirs.fileno()})"
    process = subprocess.Popen([sys.executable, "-I", "-c", code], pass_fds=[theirs.fileno()])
    theirs.close()

    def ask() -> socket.socket:
        caller, supervisor = socket.socketpair()
        with supervisor, Path(os.devnull).open("r+b") as nothing:
            socket.send_fds(ours, [b"R"], [nothing.fileno()] * 3 + [supervisor.fileno()])
        caller.settimeout(30)
        return caller

    yield ask
    ours.close()
    assert process.wait(30) == 0


def request(*command: str, **changes: object) -> bytes:
    asked = Asked(command=command, folder="/", environment={"PATH": "/usr/bin:/bin"}, home="/nowhere")
    return msgspec.json.encode(Request(asked=asked, **changes)) + b"\n"


def said(line: socket.socket) -> list[dict]:
    text = b""
    while chunk := line.recv(65_536):
        text += chunk
    return [json.loads(one) for one in text.splitlines()]


def test_a_request_is_answered_with_events_and_an_outcome(line):
    with line() as caller:
        caller.sendall(request("true"))
        messages = said(caller)
    assert messages[0]["begun"]["level"] in ("L1", "L2", "L3")
    assert messages[-1]["outcome"]["code"] == 0
    assert [message["event"]["kind"] for message in messages[1:-1]] == ["run", "exec", "exit", "run"]


@pytest.mark.parametrize("words", [b"{}\n", b"not json\n", b'{"asked": {"command": 5}}\n'])
def test_a_request_that_makes_no_sense_is_an_error(line, words: bytes):
    with line() as caller:
        caller.sendall(words)
        [message] = said(caller)
    assert message["code"] == keeper.OUR_FAULT
    assert message["error"]


def test_a_caller_that_goes_takes_its_run_with_it(line):
    with line() as caller:
        caller.sendall(request("sleep", "60"))
        text = b""
        while b'"exec"' not in text:
            text += caller.recv(65_536)
        number = next(json.loads(one)["event"]["ProcessId"] for one in text.splitlines() if b'"exec"' in one)
        program = os.pidfd_open(number)
    assert select.select([program], [], [], 20)[0]
    os.close(program)


def test_an_answer_that_does_not_come_is_a_denial(line, monkeypatch: pytest.MonkeyPatch):
    with line() as caller:
        caller.sendall(request("true", decides=True))
        text = b""
        while b'"decide"' not in text:
            text += caller.recv(65_536)
        caller.sendall(b'{"do": "thaw"}\n{"answer": 99, "reason": ""}\n{"answer": 1, "reason": "no"}\n')
        messages = said(caller)
    assert messages[-1]["outcome"]["code"] == 128 + signal.SIGKILL
    assert messages[-1]["outcome"]["denied"] == 1
