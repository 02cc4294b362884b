from __future__ import annotations

import contextlib
import itertools
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import pinfold
from pinfold.model import PinfoldError
from pinfold.scan import worker_process
from pinfold.scan.workers import Lost, Outcome, run

MEBIBYTE = 1024 * 1024


def pool(tasks, work, *, jobs=2, step_seconds=30.0, task_seconds=60.0, memory=512 * MEBIBYTE, **more):
    return run(tasks, work, jobs=jobs, step_seconds=step_seconds, task_seconds=task_seconds, memory=memory, **more)


def only(outcomes: Iterator[Outcome]) -> Outcome:
    (outcome,) = outcomes
    return outcome


def lost(outcomes: Iterator[Outcome]) -> Lost:
    outcome = only(outcomes)
    assert outcome.result is None
    assert outcome.lost is not None
    return outcome.lost


def numbers(count: int) -> list[bytes]:
    return [str(number).encode() for number in range(count)]


def echo(task, announce):
    announce(task.decode())
    return b"<" + task + b">"


def wait_for(path: Path) -> None:
    while not path.exists():
        pass


@pytest.fixture(autouse=True)
def nothing_is_left_behind():
    process = psutil.Process()
    before = process.num_fds()
    yield
    assert process.children(recursive=True) == []
    assert process.num_fds() == before


# Results


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_every_task_has_its_result_in_order(jobs):
    outcomes = list(pool(numbers(2000), echo, jobs=jobs))
    assert [outcome.index for outcome in outcomes] == list(range(2000))
    assert [outcome.result for outcome in outcomes] == [b"<%d>" % number for number in range(2000)]


def test_a_task_that_finishes_early_waits_for_its_turn(tmp_path):
    def work(task, _announce):
        if task == b"0":
            wait_for(tmp_path / "1")
        (tmp_path / task.decode()).touch()
        return task

    assert [outcome.result for outcome in pool(numbers(3), work)] == numbers(3)


def test_no_tasks_start_no_worker():
    assert list(pool([], echo)) == []


def test_tasks_and_results_larger_than_a_pipe_pass():
    big = os.urandom(5 * MEBIBYTE)
    assert [outcome.result for outcome in pool([big, big], lambda task, _announce: task * 2)] == [big * 2] * 2


def test_tasks_are_taken_late_even_from_an_endless_source():
    taken = 0

    def endless():
        nonlocal taken
        for taken in itertools.count(1):  # noqa: B007 - the count is what the test looks at
            yield b"task"

    outcomes = pool(endless(), echo, jobs=2, ahead=3)
    for number, _outcome in enumerate(itertools.islice(outcomes, 50)):
        assert taken <= number + 1 + 2 * 3
    outcomes.close()


def test_an_old_task_holds_back_how_many_are_taken(tmp_path):
    taken: list[int] = []

    def source():
        for number in range(100):
            taken.append(number)
            if number == 5:
                (tmp_path / "go").touch()  # the sixth is the last that may be taken while the first is unfinished
            yield str(number).encode()

    def work(task, _announce):
        if task == b"0":
            wait_for(tmp_path / "go")
        return task

    outcomes = pool(source(), work, jobs=2, ahead=3)
    assert next(outcomes).result == b"0"
    assert taken == list(range(7))  # the seventh was taken when the first was done
    outcomes.close()


# Losses


def test_a_worker_that_hangs_costs_its_step_alone():
    def work(task, announce):
        announce("easy")
        announce(f"file {task.decode()}")
        while task == b"1":
            pass
        return task

    outcomes = list(pool(numbers(4), work, step_seconds=0.3))
    assert [outcome.result for outcome in outcomes] == [b"0", None, b"2", b"3"]
    assert outcomes[1].lost == Lost("file 1", "time", "the step took longer than 0.3 s")


def test_a_worker_that_goes_on_announcing_has_time_for_its_task_alone():
    def work(_task, announce):
        for number in itertools.count():
            announce(f"step {number}")
        return b""

    loss = lost(pool([b"task"], work, task_seconds=0.3))
    assert loss.reason == "time"
    assert loss.detail == "the task took longer than 0.3 s"
    assert loss.step.startswith("step ")


def test_a_step_that_is_announced_has_its_own_time():
    def work(task, announce):
        since = time.monotonic()
        while time.monotonic() < since + 1.3:
            announce("on my way")
        return task

    assert only(pool([b"task"], work, step_seconds=1)).result == b"task"


def test_time_in_which_the_parent_does_not_listen_does_not_count(tmp_path):
    def work(task, _announce):
        if task == b"1":
            wait_for(tmp_path / "go")
        return task

    outcomes = pool(numbers(2), work, step_seconds=0.5)
    assert next(outcomes).result == b"0"
    since = time.monotonic()
    while time.monotonic() < since + 0.8:  # somebody reads the first report at leisure
        pass
    (tmp_path / "go").touch()
    assert only(outcomes).result == b"1"


def test_a_worker_that_is_killed_costs_its_step_alone():
    def work(task, announce):
        announce(f"file {task.decode()}")
        if task in (b"0", b"3"):
            os.kill(os.getpid(), signal.SIGKILL)
        return task

    outcomes = list(pool(numbers(6), work))
    assert [outcome.result for outcome in outcomes] == [None, b"1", b"2", None, b"4", b"5"]
    assert outcomes[3].lost == Lost("file 3", "died", "the worker was ended by SIGKILL")


def test_a_worker_that_exits_is_a_loss():
    assert lost(pool([b""], lambda _task, _announce: os._exit(7))).detail == "the worker ended with exit code 7"


def test_a_worker_that_wants_too_much_memory_costs_its_step_alone():
    def work(task, announce):
        announce(f"file {task.decode()}")
        if task == b"1":
            hoard = [bytearray(MEBIBYTE)]
            while hoard:
                hoard.append(bytearray(MEBIBYTE))
        return task

    outcomes = list(pool(numbers(3), work, memory=64 * MEBIBYTE))
    assert [outcome.result for outcome in outcomes] == [b"0", None, b"2"]
    assert outcomes[1].lost is not None
    assert outcomes[1].lost.reason == "memory"
    assert outcomes[1].lost.step == "file 1"
    assert "67,108,864" in outcomes[1].lost.detail


def test_an_error_is_a_loss_that_says_what_and_where():
    def work(_task, announce):
        announce("the file")
        raise ValueError("broken")

    loss = lost(pool([b"task"], work))
    assert (loss.step, loss.reason) == ("the file", "died")
    assert loss.detail.startswith("ValueError: broken (test_workers.py:")


def test_an_error_that_cannot_be_printed_is_a_loss():
    class SurlyError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def work(_task, _announce):
        raise SurlyError

    assert lost(pool([b"task"], work)).detail.startswith("SurlyError (")


def test_a_step_may_be_any_file_name():
    def work(_task, announce):
        announce("b\udcffd/\n\u202e.md")
        raise ValueError

    assert lost(pool([b"task"], work)).step == "b\udcffd/\n\u202e.md"


def test_a_lost_task_is_tried_again_as_the_caller_says():
    asked: list[tuple[int, bytes, str]] = []

    def retry(index, task, loss):
        asked.append((index, task, loss.step))
        return task.replace(b"bad", b"good", 1) if b"bad" in task else None

    def work(task, announce):
        for word in task.split():
            announce(word.decode())
            if word in (b"bad", b"worse"):
                os.kill(os.getpid(), signal.SIGKILL)
        return task

    outcomes = list(pool([b"a bad bad b", b"c", b"worse"], work, retry=retry))
    assert [outcome.result for outcome in outcomes] == [b"a good good b", b"c", None]
    assert sorted(asked) == [(0, b"a bad bad b", "bad"), (0, b"a good bad b", "bad"), (2, b"worse", "worse")]


# A worker that was taken over


@pytest.mark.parametrize(
    "speech",
    [
        b"\xff" * 64,
        struct.pack("<BI", 3, 2**32 - 1),  # a result of 4 GiB
        struct.pack("<BI", 1, 4) + b"task",
        struct.pack("<BI", 2, 2) + b"\xff\xfe",  # a step that is no text
        struct.pack("<BI", 2, 100),  # a frame that never ends: the step's time does
    ],
)
def test_a_worker_that_breaks_the_protocol_is_replaced(speech):
    def work(task, announce):
        announce("before")
        if task == b"0":
            worker_process.encode = lambda _kind, _payload=b"": speech  # in the worker's own copy
            announce("after")
            while True:
                pass
        return task

    outcomes = list(pool(numbers(3), work, step_seconds=1))
    assert [outcome.result for outcome in outcomes] == [None, b"1", b"2"]
    assert outcomes[0].lost is not None
    assert outcomes[0].lost.step == "before"


def test_a_worker_that_speaks_out_of_turn_costs_nothing():
    def work(task, announce):
        if task == b"0":
            result = struct.pack("<BI", 3, 1) + b"0"
            worker_process.encode = lambda _kind, _payload=b"": result + result
            announce("a result, and one more")
        return task

    assert [outcome.result for outcome in pool(numbers(3), work, jobs=1)] == numbers(3)


def test_a_result_that_is_too_long_is_a_loss():
    loss = lost(pool([b"task"], lambda _task, _announce: bytes(65 * MEBIBYTE)))
    assert loss.reason == "died"
    assert "the most is 67,108,864" in loss.detail


ATTEMPTS = {
    "socket.__new__": socket.socket,
    "socket.getaddrinfo": lambda: socket.getaddrinfo("localhost", 80),
    "subprocess.Popen": lambda: subprocess.run([sys.executable, "--version"], check=False),
    "os.system": lambda: os.system("exit 0"),  # noqa: S605, S607
    "os.exec": lambda: os.execv(sys.executable, ["python", "--version"]),  # noqa: S606
    "os.posix_spawn": lambda: os.posix_spawn(sys.executable, ["python", "--version"], {}),
    "os.fork": os.fork,
}


@pytest.mark.parametrize("event", ATTEMPTS)
def test_a_worker_reaches_no_network_and_starts_no_program(event):
    def work(_task, announce):
        announce("the file")
        with contextlib.suppress(BaseException):  # even code that swallows every error cannot go on
            ATTEMPTS[event]()
        return b"done"

    assert lost(pool([b"task"], work)) == Lost("the file", "died", f"refused: a worker may not do {event}")


# What a worker is


def test_a_worker_has_no_terminal_no_input_no_core_and_its_own_session(capfd):
    def work(_task, _announce):
        os.write(1, b"never seen")
        os.write(2, b"never seen")
        facts = (
            os.read(0, 1) == b"",
            os.getsid(0) == os.getpid(),
            resource.getrlimit(resource.RLIMIT_CORE) == (0, 0),
            signal.getsignal(signal.SIGINT) == signal.SIG_DFL,
            signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
            not signal.pthread_sigmask(signal.SIG_BLOCK, ()),
        )
        return repr(facts).encode()

    before = signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    try:
        outcome = only(pool([b"task"], work))
    finally:
        signal.signal(signal.SIGTERM, before)
    assert outcome.result == repr((True,) * 6).encode()
    assert capfd.readouterr() == ("", "")


def test_even_one_job_has_a_process_of_its_own():
    assert only(pool([b""], lambda _task, _announce: b"%d" % os.getpid(), jobs=1)).result != b"%d" % os.getpid()


def test_workers_are_used_again():
    outcomes = pool(numbers(50), lambda _task, _announce: b"%d" % os.getpid())
    assert len({outcome.result for outcome in outcomes}) <= 2


# The end


def test_closing_early_ends_all_workers():
    def work(task, _announce):
        while task != b"0":
            pass
        return task

    outcomes = pool(numbers(10), work, jobs=3)
    assert next(outcomes).result == b"0"
    assert len(psutil.Process().children()) == 3
    outcomes.close()  # nothing_is_left_behind looks after the rest


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_error_in_the_consumer_ends_all_workers(error):
    outcomes = pool(numbers(10), echo)
    next(outcomes)
    with pytest.raises(error):
        outcomes.throw(error())


def test_an_error_in_the_source_is_the_callers_and_ends_all_workers():
    def source():
        yield b"0"
        raise OSError("the folder went away")

    with pytest.raises(OSError, match="the folder went away"):
        list(pool(source(), echo))


def test_an_error_in_retry_is_the_callers_and_ends_all_workers():
    def retry(_index, _task, _loss):
        raise LookupError

    with pytest.raises(LookupError):
        list(pool([b"task"], lambda _task, _announce: os._exit(1), retry=retry))


PARENT = """
import os
import signal
from pinfold.scan.workers import run

# A shell has its background jobs, such as a whole run of the tests, ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)

def work(task, announce):
    os.write(told, b"%d\\n" % os.getpid())
    while True:
        pass

told = os.dup(1)
next(run([b""] * 3, work, jobs=3, step_seconds=60, task_seconds=60, memory=2**29))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_workers_die_with_their_parent(number):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(Path(pinfold.__file__).parents[1])},
    )
    with parent:
        assert parent.stdout is not None
        workers = [psutil.Process(int(parent.stdout.readline())) for _ in range(3)]
        parent.send_signal(number)
        _gone, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []


def test_without_fork_nothing_is_judged(monkeypatch):
    monkeypatch.delattr(os, "fork")
    with pytest.raises(PinfoldError, match="cannot fork") as caught:
        pool([b"task"], echo)
    assert "Windows Subsystem" in caught.value.hint
