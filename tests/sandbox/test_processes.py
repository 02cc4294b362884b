"""Processes of a run: small real trees, met, counted, stopped and ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinfold.sandbox import kernel, processes
from pinfold.sandbox.processes import Processes, Usage, descendants

SECONDS = 20.0


def until(condition):
    """Wait for a condition; fails after a while."""
    deadline = time.monotonic() + SECONDS
    while not (value := condition()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.001)
    return value


class Child:
    """A forked process, with a socket to it; its end is the end of all that it forked."""

    def __init__(self, body):
        self.line, theirs = socket.socketpair()
        self.number = os.fork()
        if self.number == 0:
            try:
                os.setpgid(0, 0)
                self.line.close()
                body(theirs)
            finally:
                os._exit(0)
        theirs.close()

    def end(self):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.number, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.number, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.number, 0)
        self.line.close()


@pytest.fixture
def child():
    """A function that forks a process whose body is called with a socket to us."""
    made = []

    def fork(body=lambda line: line.recv(1)):
        made.append(Child(body))
        return made[-1]

    yield fork
    for one in made:
        one.end()


@pytest.fixture
def known():
    made = Processes()
    yield made
    for process in made:
        made.forget(process)


def state(number):
    return Path(f"/proc/{number}/stat").read_text().rpartition(") ")[2][0]


def threads_of(number):
    return {int(one) for one in os.listdir(f"/proc/{number}/task")} - {number}


# Who they are.


def test_a_process_is_new_once(child, known):
    one = child()
    process, is_new = known.meet(one.number)
    assert is_new
    assert (process.number, process.parent) == (one.number, os.getpid())
    assert process.image == os.path.realpath(sys.executable)
    assert process.command_line == processes.command_line_of(os.getpid()) != ""
    assert known.meet(one.number) == (process, False)
    assert known.known(one.number) is process
    assert known.by_pidfd(process.pidfd) is process
    assert list(known) == [process]
    assert len(known) == 1


def test_a_thread_belongs_to_its_process(child, known):
    def body(line):
        threading.Thread(target=lambda: line.recv(1)).start()
        line.send(b"x")
        line.recv(1)

    one = child(body)
    one.line.recv(1)
    (thread,) = threads_of(one.number)
    process, is_new = known.meet(thread)
    assert is_new
    assert process.number == one.number
    assert known.meet(one.number) == (process, False)
    assert known.meet(thread) == (process, False)
    assert len(known) == 1


def test_the_number_of_a_thread_is_not_kept(child, known):
    """It may be given to a process of somebody else's, who must not pass for this one."""

    def body(line):
        for _ in range(2):
            ready = threading.Event()
            thread = threading.Thread(target=lambda ready=ready: (ready.set(), line.recv(1)))
            thread.start()
            ready.wait()
            line.send(b"x")
            thread.join()
            line.send(b"x")

    one = child(body)
    one.line.recv(1)
    (thread,) = threads_of(one.number)
    process, _ = known.meet(thread)
    one.line.send(b"x")
    one.line.recv(1)
    one.line.recv(1)
    until(lambda: thread not in threads_of(one.number))
    assert known.known(thread) is None
    assert known.meet(thread) == (None, False)
    assert known.known(one.number) is process


def test_what_is_gone_is_not_met(child, known):
    one = child(lambda _line: None)
    os.waitpid(one.number, 0)
    assert known.meet(one.number) == (None, False)
    assert known.known(one.number) is None
    assert len(known) == 0


def test_a_number_is_trusted_only_while_its_owner_lives(child, known):
    one = child()
    process, _ = known.meet(one.number)
    os.kill(one.number, signal.SIGKILL)
    until(lambda: state(one.number) == "Z")
    assert known.known(one.number) is process  # until somebody has taken leave of it the number is its own
    os.waitpid(one.number, 0)
    assert known.known(one.number) is None
    assert known.meet(one.number) == (None, False)
    assert list(known) == [process]  # it still has to be told as gone
    known.forget(process)
    assert list(known) == []


def test_forgetting_one_process_leaves_another_with_its_number_alone(child, known):
    one, other = child(), child()
    first, _ = known.meet(one.number)
    one.end()
    second, _ = known.meet(other.number)
    second.number = first.number  # as if the kernel had given it again
    known._by_number[first.number] = second
    known.forget(first)
    assert known.known(first.number) is second


def test_a_new_process_is_a_copy_of_its_parent_until_it_runs_something(child, known):
    def body(line):
        inner = os.fork()
        if inner == 0:
            line.recv(1)
            os._exit(0)
        line.send(str(inner).encode())
        os.waitpid(inner, 0)

    one = child(body)
    inner = int(one.line.recv(20))
    parent, _ = known.meet(one.number)
    parent.image, parent.command_line = "/as/told", "as told"
    process, is_new = known.meet(inner)
    assert is_new
    assert (process.parent, process.image, process.command_line) == (one.number, "/as/told", "as told")
    process.look()
    assert process.image == os.path.realpath(sys.executable)
    one.line.send(b"x")


def test_descriptors_are_given_back(child):
    before = os.listdir("/proc/self/fd")
    some = Processes()
    one = child()
    process, _ = some.meet(one.number)
    some.forget(process)
    one.end()
    assert os.listdir("/proc/self/fd") == before


# What they run.

WORDS = st.lists(st.binary(max_size=20).map(lambda word: word.replace(b"\0", b"")), min_size=1, max_size=6)


@settings(max_examples=20)
@given(WORDS)
def test_a_command_line_shows_where_words_begin_and_end(words):
    """A shell reads it as the same words, wherever they are text."""
    reading, writing = os.pipe()
    with subprocess.Popen(
        [b"/bin/sh", b"-c", b"read x; exit 0", *words], stdin=reading, executable=b"/bin/sh", close_fds=True
    ) as program:
        os.close(reading)
        line = until(lambda: _of_sh(program.pid))
        os.close(writing)
    told = subprocess.run(["/bin/sh", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True).stdout
    wanted = [b"/bin/sh", b"-c", b"read x; exit 0", *words]
    assert told.split(b"\0")[:-1] == [word.decode("utf-8", "replace").encode() for word in wanted]


def _of_sh(number):
    line = processes.command_line_of(number)
    return line if line.startswith("/bin/sh") else ""


def test_a_command_line_of_any_length_is_read_to_a_bound():
    with subprocess.Popen(["/bin/sleep", "100", *["x" * 1_000] * 100], stderr=subprocess.DEVNULL) as program:
        line = processes.command_line_of(program.pid)
        program.kill()
    assert len(line) <= 32_768 + 200


def test_what_is_gone_has_neither_image_nor_command_line(child):
    one = child(lambda _line: None)
    until(lambda: state(one.number) == "Z")
    assert processes.command_line_of(one.number) == ""
    assert processes.image_of(one.number) == ""
    os.waitpid(one.number, 0)
    assert processes.command_line_of(one.number) == processes.image_of(one.number) == ""


# How many they are, and what they use.


def _tree(line, depth):
    """Fork a chain of processes, each the child of the one before, which say their numbers and wait."""
    for _ in range(depth):
        if os.fork() != 0:
            break
        line.send(b"%d\n" % os.getpid())
    line.recv(1)


def _numbers(line, count):
    text = b""
    while text.count(b"\n") < count:
        text += line.recv(1_000)
    return {int(word) for word in text.split()}


def test_descendants_are_all_below_and_not_the_process_itself(child):
    one, other = child(lambda line: _tree(line, 4)), child()
    below = _numbers(one.line, 4)
    assert set(descendants(one.number)) == below
    assert set(descendants(os.getpid())) >= {*below, one.number, other.number}
    assert os.getpid() not in descendants(os.getpid())


def test_children_of_threads_count(child):
    def body(line):
        numbers = []

        def fork():
            inner = os.fork()
            if inner == 0:
                line.recv(1)
                os._exit(0)
            numbers.append(inner)
            line.send(b"%d\n" % inner)
            line.recv(1)

        thread = threading.Thread(target=fork)
        thread.start()
        thread.join()

    one = child(body)
    below = _numbers(one.line, 1)
    assert set(descendants(one.number)) == below


def test_a_great_many_children_are_all_found():
    """The kernel hands such a list out in pieces."""
    script = "i=0; while [ $i -lt 800 ]; do sleep 1000 & i=$((i+1)); done; echo; read x"
    pipe = subprocess.PIPE
    with subprocess.Popen(["/bin/sh", "-c", script], stdin=pipe, stdout=pipe, start_new_session=True) as shell:
        shell.stdout.readline()
        found = descendants(shell.pid)
        os.killpg(shell.pid, signal.SIGKILL)
    assert len(found) == len(set(found)) == 800


def test_descendants_of_nobody_are_none(child):
    one = child(lambda _line: None)
    os.waitpid(one.number, 0)
    assert descendants(one.number) == []


def test_use_is_summed_over_the_living(child):
    def busy(line):
        block = bytearray(30_000_000)
        while time.process_time() < 0.1:
            sum(range(1_000))
        line.send(b"x")
        line.recv(1)
        assert block

    one, other, dead = child(busy), child(), child(lambda _line: None)
    one.line.recv(1)
    until(lambda: state(dead.number) == "Z")
    usage = Usage([one.number, other.number, dead.number, 2**22 + 1])
    assert usage.number == 2
    assert 0.09 <= usage.seconds < 20
    assert usage.memory > 30_000_000
    alone = Usage([other.number])
    assert alone.memory < usage.memory - 30_000_000
    assert Usage([]).number == 0


def test_processor_seconds_of_children_that_ended_still_count(child):
    def body(line):
        inner = os.fork()
        if inner == 0:
            while time.process_time() < 0.1:
                sum(range(1_000))
            os._exit(0)
        os.waitpid(inner, 0)
        line.send(b"x")
        line.recv(1)

    one = child(body)
    one.line.recv(1)
    assert Usage([one.number]).seconds >= 0.09


def test_a_program_cannot_choose_a_name_that_confuses_the_counting(child):
    def named(line):
        Path("/proc/self/comm").write_text("x) R 1 1 1")
        line.send(b"x")
        line.recv(1)

    one = child(named)
    one.line.recv(1)
    usage = Usage([one.number])
    assert usage.number == 1
    assert usage.memory > 1_000_000
    known = Processes()
    process, _ = known.meet(one.number)
    assert process.parent == os.getpid()
    known.forget(process)


# Stopping and ending them.


def test_a_frozen_tree_stands_still_until_it_is_thawed(child):
    def body(line):
        if os.fork() == 0 and os.fork() == 0:
            while True:
                line.send(b".")
        line.recv(1)
        os._exit(0)

    one = child(body)
    one.line.recv(1)
    below = descendants(one.number)
    assert processes.freeze(one.number) == len(below) >= 2
    assert {state(number) for number in below} == {"T"}
    one.line.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        while one.line.recv(65_536):
            pass
    with pytest.raises(BlockingIOError):
        one.line.recv(1)
    one.line.setblocking(True)
    one.line.settimeout(SECONDS)
    processes.thaw(one.number)
    assert one.line.recv(1) == b"."


def test_processes_that_wake_each_other_are_frozen_all_the_same(child):
    def body(line):
        for _ in range(3):
            if os.fork() == 0:
                line.recv(1)
                group = [
                    int(one) for one in Path(f"/proc/{os.getppid()}/task/{os.getppid()}/children").read_text().split()
                ]
                while True:
                    for number in group:
                        if number != os.getpid():
                            with contextlib.suppress(ProcessLookupError):
                                os.kill(number, signal.SIGCONT)
        line.send(b"x")
        signal.pause()

    one = child(body)
    one.line.recv(1)
    one.line.send(b"xxx")
    below = descendants(one.number)
    assert processes.freeze(one.number, seconds=SECONDS) == 3
    assert [state(number) for number in below] == ["T"] * 3


def test_a_tree_that_keeps_forking_is_frozen_whole(child):
    def forking(line):
        if os.fork() != 0:
            signal.pause()
        line.send(b"x")
        for _ in range(300):
            if os.fork() == 0:
                signal.pause()
        signal.pause()

    one = child(forking)
    one.line.recv(1)
    count = processes.freeze(one.number, seconds=SECONDS)
    below = descendants(one.number)
    assert len(below) == count
    assert {state(number) for number in below} == {"T"}


def test_the_end_comes_for_all_whoever_their_parents_were(forked):
    """Double forks, new sessions, deaf to signals: as a child subreaper we inherit them all."""

    def body():
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        ours, theirs = socket.socketpair()
        for _ in range(3):
            middle = os.fork()
            if middle == 0:
                os.setsid()
                for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
                    signal.signal(number, signal.SIG_IGN)
                if os.fork() == 0:
                    if os.fork() == 0:
                        theirs.send(b"%d\n" % os.getpid())
                        signal.pause()
                    os._exit(0)  # an orphan is made
                signal.pause()
        orphans = _numbers(ours, 3)
        until(lambda: len(descendants(os.getpid())) >= 6)
        until(lambda: orphans <= set(descendants(os.getpid())))
        assert processes.end(os.getpid())
        assert descendants(os.getpid()) == []
        for number in orphans:
            assert not os.path.exists(f"/proc/{number}")

    forked(body)


def test_stopped_processes_end_as_well(forked):
    def body():
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        if os.fork() == 0:
            signal.pause()
        processes.freeze(os.getpid())
        assert processes.end(os.getpid())

    forked(body)


def test_who_is_spared_lives(forked):
    def body():
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
        numbers = []
        for _ in range(2):
            numbers.append(os.fork())
            if numbers[-1] == 0:
                signal.pause()
        assert processes.end(os.getpid(), spare=frozenset(numbers[:1]))
        assert descendants(os.getpid()) == numbers[:1]
        assert processes.end(os.getpid())

    forked(body)


def test_the_end_does_not_wait_for_ever(child):
    """Somebody else's children can be killed, and their parent never take leave of them."""

    def body(line):
        if os.fork() == 0:
            signal.pause()
        line.send(b"x")
        signal.pause()

    one = child(body)
    one.line.recv(1)
    began = time.monotonic()
    assert not processes.end(one.number, seconds=0.05)
    assert time.monotonic() - began < SECONDS


def test_leave_is_taken_of_all_that_ended(forked):
    def body():
        assert processes.reap() == {}
        first, second = os.fork(), None
        if first == 0:
            os._exit(3)
        second = os.fork()
        if second == 0:
            signal.pause()
        statuses = {}
        until(lambda: statuses.update(processes.reap()) or statuses)
        assert {number: os.waitstatus_to_exitcode(status) for number, status in statuses.items()} == {first: 3}
        os.kill(second, signal.SIGKILL)
        until(lambda: statuses.update(processes.reap()) or second in statuses)
        assert os.WTERMSIG(statuses[second]) == signal.SIGKILL

    forked(body)
