from __future__ import annotations

import os
import select
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from pinfold.sandbox.resolver import MOST_PENDING, MOST_STARTS, NO_SUCH_NAME, Resolver, hosts_file_names

PATIENCE = 20.0


@pytest.fixture
def resolver(request):
    """A resolver over the look-up that the test names, closed at the end."""
    made = Resolver(**getattr(request, "param", {}))
    yield made
    made.close()


def gather(resolver, count=1):
    """Wait until so many answers have come, as a supervisor does: by the descriptor and the deadline."""
    answers, end = [], time.monotonic() + PATIENCE
    while len(answers) < count and (now := time.monotonic()) < end:
        until = min(end, end if resolver.deadline is None else resolver.deadline)
        select.select([resolver], [], [], max(0.0, until - now))
        answers += resolver.receive()
    return answers


def fixed(table):
    def look_up(name):
        if name not in table:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return table[name]

    return look_up


@pytest.mark.parametrize("resolver", [{}], indirect=True)
def test_the_system_is_asked(resolver):
    resolver.ask("localhost")
    (answer,) = gather(resolver)
    assert (answer.name, answer.error) == ("localhost", "")
    assert {"127.0.0.1", "::1"} & set(answer.addresses)
    assert answer.ttl > 0


def test_nothing_runs_before_the_first_question(resolver):
    assert resolver.pid == 0
    assert resolver.fileno() >= 0
    assert resolver.receive() == []
    assert resolver.deadline is None


@pytest.mark.parametrize(
    "resolver", [{"look_up": fixed({"a.example": ["192.0.2.1", "2001:db8::1"], "empty.example": []})}], indirect=True
)
def test_names_are_answered_or_do_not_exist(resolver):
    for name in ("a.example", "b.example", "empty.example", "a.example"):
        resolver.ask(name)
    answers = {one.name: one for one in gather(resolver, 3)}
    assert answers["a.example"].addresses == ("192.0.2.1", "2001:db8::1")
    assert answers["b.example"].error == answers["empty.example"].error == NO_SUCH_NAME
    assert resolver.deadline is None
    resolver.ask("a.example")
    assert [one.name for one in gather(resolver)] == ["a.example"]


def failing(name):
    raise {
        "server.example": socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"),
        "refused.example": PermissionError("not\nhere"),
    }.get(name, ValueError("x" * 10_000))


@pytest.mark.parametrize("resolver", [{"look_up": failing}], indirect=True)
def test_a_failure_is_told_from_a_name_that_does_not_exist(resolver):
    for name in ("server.example", "refused.example", "odd.example"):
        resolver.ask(name)
    errors = {one.name: one.error for one in gather(resolver, 3)}
    assert errors["server.example"] == "not resolved: Temporary failure in name resolution"
    assert errors["odd.example"].startswith("not resolved: xxx")
    assert len(errors["odd.example"]) <= 200
    assert NO_SUCH_NAME not in errors.values()


GATE = threading.Event()  # in the child, that one's own


def gated(name):
    if name == "open.example":
        GATE.set()
    elif name.startswith("slow"):
        GATE.wait()
    return ["192.0.2.1"]


@pytest.mark.parametrize("resolver", [{"look_up": gated}], indirect=True)
def test_a_question_that_hangs_holds_up_nobody(resolver):
    resolver.ask("slow.example")
    resolver.ask("quick.example")
    assert [one.name for one in gather(resolver)] == ["quick.example"]
    resolver.ask("open.example")
    assert {one.name for one in gather(resolver, 2)} == {"slow.example", "open.example"}


@pytest.mark.parametrize("resolver", [{"look_up": gated, "time_out": 0.2}], indirect=True)
def test_what_does_not_come_in_time_is_an_error(resolver):
    before = time.monotonic()
    resolver.ask("slow.example")
    assert before < resolver.deadline < time.monotonic() + 0.2
    (answer,) = gather(resolver)
    assert answer.error == "not answered within 0.2 seconds"
    assert time.monotonic() - before >= 0.2
    assert resolver.deadline is None


@pytest.mark.parametrize("resolver", [{"look_up": gated}], indirect=True)
def test_asking_never_waits_however_many_hang(resolver):
    for number in range(MOST_PENDING + 5):
        resolver.ask(f"slow-{number}.example")
    answers = resolver.receive()
    assert len(answers) >= 5
    assert all(one.error and not one.addresses for one in answers)


def dying(name):
    if name == "deadly.example":
        os._exit(9)
    return ["192.0.2.1"]


@pytest.mark.parametrize("resolver", [{"look_up": dying}], indirect=True)
def test_a_child_that_ends_is_told_and_started_again_a_few_times(resolver):
    descriptor = resolver.fileno()
    for _ in range(MOST_STARTS):
        resolver.ask("deadly.example")
        assert [(one.name, one.error) for one in gather(resolver)] == [("deadly.example", "the resolver ended")]
    resolver.ask("a.example")
    (answer,) = gather(resolver)
    assert answer.error == f"the resolver ended {MOST_STARTS} times and is not started again"
    assert resolver.fileno() == descriptor


@pytest.mark.parametrize("resolver", [{"look_up": dying}], indirect=True)
def test_a_child_that_was_killed_and_reaped_by_somebody_else_is_started_again(resolver):
    resolver.ask("a.example")
    assert gather(resolver)[0].addresses
    pid = resolver.pid
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert gather_end(resolver)
    resolver.ask("a.example")
    assert gather(resolver)[0].addresses == ("192.0.2.1",)
    assert resolver.pid not in (0, pid)


def gather_end(resolver):
    """Wait until the end of the child is seen."""
    select.select([resolver], [], [], PATIENCE)
    resolver.receive()
    return resolver.pid == 0


def test_the_child_holds_nothing_of_ours_and_goes_with_close():
    reading, writing = os.pipe()
    resolver = Resolver(lambda _name: [entry.name for entry in Path("/proc/self/fd").iterdir()])
    resolver.ask("a.example")
    (answer,) = gather(resolver)
    assert set(answer.addresses) <= {"0", "1", "2", "3"}  # 3 is the folder that was read
    pid = resolver.pid
    os.close(writing)
    assert os.read(reading, 1) == b""
    resolver.ask("b.example")
    resolver.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    os.close(reading)


def test_the_child_ends_with_its_parent():
    reading, writing = os.pipe()
    middle = os.fork()
    if not middle:
        try:
            resolver = Resolver(dying)
            resolver.ask("a.example")
            gather(resolver)
            os.write(writing, str(resolver.pid).encode())
            signal.pause()
        finally:
            os._exit(1)
    grandchild = os.pidfd_open(int(os.read(reading, 20)))
    os.kill(middle, signal.SIGKILL)
    os.waitpid(middle, 0)
    assert select.select([grandchild], [], [], PATIENCE)[0], "the resolver outlived its parent"
    for descriptor in (reading, writing, grandchild):
        os.close(descriptor)


def test_a_file_of_hosts_is_read(tmp_path):
    path = tmp_path / "hosts"
    path.write_bytes(
        b"127.0.0.1 localhost\n# 10.0.0.1 hidden\n10.0.0.5\tDB.corp db. # the database\n\n"
        b"::ffff:10.0.0.6 db\nnot-an-address name\nfe80::1%eth0 router\n192.0.2.1\n\xff\xfe broken\n"
    )
    assert hosts_file_names(str(path)) == {
        "localhost": ("127.0.0.1",),
        "db.corp": ("10.0.0.5",),
        "db": ("10.0.0.5", "10.0.0.6"),
        "router": ("fe80::1",),
    }


def test_without_a_file_of_hosts_there_are_no_names(tmp_path):
    assert hosts_file_names(str(tmp_path / "none")) == {}
