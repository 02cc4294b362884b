import socket

import pytest

from pinfold.model import Destination, Level
from tests.sandbox.conftest import RunConfined
from tests.sandbox.test_sockets import granting

LEVELS = [Level.L1, Level.L2, Level.L3]
PYTHON = "/usr/bin/python3"

LOOK = """
import socket
for name in {names!r}:
    try: print(sorted({{found[4][0] for found in socket.getaddrinfo(name, 80)}}))
    except OSError as error: print(error.errno)
"""


@pytest.mark.parametrize("level", LEVELS)
def test_a_name_that_is_not_granted_does_not_exist(confined: RunConfined, level: Level):
    run = confined(PYTHON, "-c", LOOK.format(names=["data-carried-out.example"]), level=level)
    assert run.stdout == f"{socket.EAI_NONAME}\n", run.stderr
    event = run.of("lookup")[0]
    assert (event.QueryName, event.decision) == ("data-carried-out.example", "deny")
    assert 'name = "data-carried-out.example"' in event.reason


@pytest.mark.parametrize("level", LEVELS)
def test_localhost_is_known_without_asking(confined: RunConfined, level: Level):
    run = confined(PYTHON, "-c", LOOK.format(names=["sub.localhost"]), level=level)
    assert "127.0.0.1" in run.stdout, run.stderr


def test_a_name_that_looks_like_data_is_told_as_such(confined: RunConfined):
    name = "q7x2m9v4k8z1b5n3w6j0r2t4y6u8i1o3.attacker.example"
    run = confined(PYTHON, "-c", LOOK.format(names=[name]))
    assert "entropy" in run.of("lookup")[0].reason or "label" in run.of("lookup")[0].reason


def test_without_egress_no_name_is_known(confined: RunConfined):
    script = LOOK.format(names=["granted.example"])
    profile = granting(Destination(name="granted.example", port=443))
    run = confined(PYTHON, "-c", script, profile=profile, egress="none")
    assert [event.decision for event in run.of("lookup")] == ["deny"] * len(run.of("lookup"))
    assert run.of("lookup")


def test_damaged_questions_are_answered_or_dropped_and_harm_nobody(confined: RunConfined):
    script = """
import os, random, socket
random.seed(1)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("192.0.2.53", 53))
for size in (1, 2, 11, 12, 13, 40, 512, 4000):
    s.send(os.urandom(size))
t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
t.settimeout(5)
t.connect(("192.0.2.53", 53))
t.send(b"\\1\\2\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0\\3abc\\0\\0\\1\\0\\1")
print(t.recv(100)[:2] == b"\\1\\2")
"""
    run = confined(PYTHON, "-c", script)
    assert run.stdout == "True\n", run.stderr


def test_many_lines_are_too_many_in_the_end(confined: RunConfined):
    script = """
import resource, socket
resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
held = []
try:
    while len(held) < 2000: held.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
except OSError as error: print(error.errno)
print(len(held) < 1000)
"""
    run = confined(PYTHON, "-c", script)
    assert run.stdout == "24\nTrue\n", run.stderr
