"""The stream of events: numbered, whole lines, and nothing lost without being counted."""

from __future__ import annotations

import itertools
import json
import os
import resource
import socket
import stat
import threading
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import AnyEvent, DeniedEvent, ExecEvent, RunEvent, UsageError
from pinfold.sandbox import stream as stream_module
from pinfold.sandbox.stream import CallbackSink, FileSink, SocketSink, Stream, open_sink


def events_in(data):
    """The events of a stream; fails on a line that is none."""
    return [msgspec.json.decode(line, type=AnyEvent) for line in data.splitlines()]


def numbers(data):
    return [event.sequence for event in events_in(data)]


def test_events_are_numbered_timed_and_named_after_their_session():
    taken = []
    stream = Stream([CallbackSink(taken.append)], session="rollout-17", skill="pdf")
    before = time.time()
    first = stream.emit(ExecEvent, Image="/bin/sh")
    second = stream.emit(DeniedEvent, Call="ptrace", source="broker", decision="deny")
    assert taken == [first, second]
    assert [event.sequence for event in taken] == [1, 2]
    assert stream.number == 2
    assert {(event.session, event.skill) for event in taken} == {("rollout-17", "pdf")}
    assert before <= first.time <= second.time <= time.time()
    assert (first.source, second.source) == ("kernel", "broker")


def test_a_line_says_what_the_event_says(tmp_path):
    path = tmp_path / "events"
    stream = Stream([open_sink(str(path))], session="s")
    event = stream.emit(RunEvent, State="ended", ExitCode=3, Missing=("a", "b"))
    stream.close()
    assert events_in(path.read_bytes()) == [event]
    assert json.loads(path.read_bytes())["kind"] == "run"


HOSTILE = st.text(st.characters(codec=None, exclude_categories=()) | st.sampled_from('\n\r\0\u2028\udcff"\\'))


@given(HOSTILE, HOSTILE)
def test_what_a_program_calls_itself_never_breaks_a_line(image, path):
    """Names are bytes to the kernel: those that are no text reach us as lone surrogates, which JSON cannot hold."""
    lines, taken = [], []

    class Keeping:
        lost = 0

        def take(self, event, line):
            lines.append(line)
            taken.append(event)

        def close(self):
            pass

    stream = Stream([Keeping()], session="s")
    stream.emit(DeniedEvent, Image=image, TargetFilename=path)
    stream.emit(RunEvent, Missing=(image, path))
    assert [line.count(b"\n") for line in lines] == [1, 1]
    assert [msgspec.json.decode(line, type=AnyEvent) for line in lines] == taken
    if not any("\ud800" <= character <= "\udfff" for character in image):
        assert taken[0].Image == taken[1].Missing[0] == image


def test_bytes_that_are_no_text_stay_readable():
    taken = []
    Stream([CallbackSink(taken.append)], session="").emit(ExecEvent, Image=os.fsdecode(b"/tmp/\xffx"))
    assert taken[0].Image == r"/tmp/\udcffx"


def test_a_callback_that_raises_loses_its_event_and_no_other():
    taken = []

    def one(event):
        if event.sequence % 2:
            raise RuntimeError("no")
        taken.append(event.sequence)

    other = []
    stream = Stream([CallbackSink(one), CallbackSink(other.append)], session="")
    for _ in range(5):
        stream.emit(ExecEvent)
    stream.close()
    assert taken == [2, 4]
    assert len(other) == 5
    assert stream.lost == 3


def test_a_file_is_for_its_owner_only_and_is_added_to(tmp_path):
    path = tmp_path / "events"
    for _ in range(2):
        stream = Stream([open_sink(str(path))], session="")
        stream.emit(ExecEvent)
        stream.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert numbers(path.read_bytes()) == [1, 1]


def _until_full(stream, limit):
    """Emit until an event is lost, with so many bytes for the file."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    for _ in itertools.repeat(None, 1_000):
        stream.emit(ExecEvent, Image="/usr/bin/something")
        if stream.lost:
            break


@pytest.mark.parametrize("limit", range(1_000, 1_012))
def test_a_file_that_is_full_costs_events_but_no_others_and_each_is_counted(tmp_path, forked, limit):
    """The limit falls at different places of a line; when there is room again the next line begins afresh."""
    path = tmp_path / "events"

    def body():
        sink = FileSink(str(path))
        stream = Stream([sink], session="")
        _until_full(stream, limit)
        stream.emit(ExecEvent)
        stream.emit(ExecEvent)
        assert stream.lost == 3
        lost_from = stream.number - 3
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        stream.emit(ExecEvent)
        stream.emit(ExecEvent)
        stream.close()
        assert stream.lost == 3
        whole = [line for line in path.read_bytes().splitlines() if line.endswith(b"}")]
        assert [json.loads(line)["sequence"] for line in whole] == [
            *range(1, lost_from + 1),
            lost_from + 4,
            lost_from + 5,
        ]
        assert len(path.read_bytes().splitlines()) <= len(whole) + 1

    forked(body)


@pytest.fixture
def listener(tmp_path):
    """The path of a Unix socket on which somebody listens, and the socket."""
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(path)
        line.listen(4)
        yield path, line


def test_events_go_to_a_unix_socket(listener):
    path, line = listener
    stream = Stream([open_sink(path)], session="")
    stream.emit(ExecEvent)
    stream.emit(ExecEvent)
    stream.close()
    with line.accept()[0] as reader:
        assert numbers(reader.makefile("rb").read()) == [1, 2]
    assert stream.lost == 0


def test_a_reader_that_reads_nothing_holds_nothing_up_and_what_it_misses_is_counted(listener, monkeypatch):
    path, line = listener
    monkeypatch.setattr(stream_module, "MOST_WAITING", 100_000)
    stream = Stream([open_sink(path)], session="")
    reader = line.accept()[0]
    while not stream.lost:
        stream.emit(ExecEvent, CommandLine="x" * 1_000)
    for _ in range(9):
        stream.emit(ExecEvent, CommandLine="x" * 1_000)
    assert stream.lost == 10
    emitted = stream.number
    received = []
    reading = threading.Thread(target=lambda: received.append(reader.makefile("rb").read()))
    reading.start()
    stream.close()
    reading.join(20)
    reader.close()
    assert numbers(received[0]) == list(range(1, emitted - 9))
    assert stream.lost == 10


def test_what_a_reader_never_reads_is_counted_at_the_end(listener, monkeypatch):
    path, line = listener
    monkeypatch.setattr(stream_module, "MOST_WAITING", 50_000)
    sink = open_sink(path)
    stream = Stream([sink], session="")
    with line.accept()[0] as reader:
        while not stream.lost:
            stream.emit(ExecEvent, CommandLine="x" * 1_000)
        moments = itertools.count(0, 0.6)
        monkeypatch.setattr(time, "monotonic", lambda: next(moments))
        stream.close()
        received = b""
        while data := reader.recv(65_536):
            received += data
        whole, _, _cut = received.rpartition(b"\n")
        assert len(numbers(whole)) + stream.lost == stream.number


def test_a_reader_that_goes_away_is_no_reason_to_fail(listener):
    path, line = listener
    other = []
    stream = Stream([open_sink(path), CallbackSink(other.append)], session="")
    line.accept()[0].close()
    for _ in range(5):
        stream.emit(ExecEvent)
    stream.close()
    assert stream.lost == 5
    assert len(other) == 5


def test_a_reader_that_goes_away_loses_what_still_waited_for_it(listener, monkeypatch):
    path, line = listener
    stream = Stream([open_sink(path)], session="")
    reader = line.accept()[0]
    for _ in range(1_000):
        stream.emit(ExecEvent, CommandLine="x" * 1_000)
    assert stream.lost == 0
    got = reader.recv(1_000_000).count(b"\n")
    reader.close()
    stream.emit(ExecEvent)
    stream.close()
    assert 0 < stream.lost <= 1_001 - got


@given(chunks=st.lists(st.integers(1, 5_000), max_size=20), sizes=st.lists(st.integers(0, 3_000), max_size=40))
def test_lines_arrive_whole_and_in_order_however_slowly_they_are_read(chunks, sizes):
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    stream = Stream([SocketSink(ours.detach())], session="")
    received = bytearray()
    theirs.setblocking(False)
    for size, chunk in itertools.zip_longest(sizes, chunks):
        if size is not None:
            stream.emit(ExecEvent, CommandLine="y" * size)
        if chunk is not None:
            try:
                received += theirs.recv(chunk)
            except BlockingIOError:
                continue
    theirs.setblocking(True)
    reading = threading.Thread(target=lambda: received.extend(theirs.makefile("rb").read()))
    reading.start()
    stream.close()
    reading.join(20)
    theirs.close()
    assert numbers(bytes(received)) == list(range(1, len(sizes) + 1))
    assert stream.lost == 0


def test_events_go_to_a_pipe_that_somebody_reads(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(UsageError, match="cannot go to"):  # nobody reads yet, and waiting would hold up the run
        open_sink(str(path))
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        stream = Stream([open_sink(str(path))], session="")
        stream.emit(ExecEvent)
        stream.close()
        assert numbers(os.read(reading, 65_536)) == [1]
    finally:
        os.close(reading)


def test_a_place_where_events_cannot_go_is_told_with_a_hint(tmp_path, listener):
    path, line = listener
    line.close()
    datagrams = str(tmp_path / "d")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(datagrams)
        for bad in (path, datagrams, str(tmp_path), str(tmp_path / "none" / "events")):
            with pytest.raises(UsageError) as caught:
                open_sink(bad)
            assert bad in str(caught.value)
            assert "\n" not in str(caught.value)
            assert caught.value.hint


def test_a_program_that_listens_but_never_accepts_does_not_hold_the_run_up(tmp_path):
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(path)
        line.listen(0)
        sinks = []
        with pytest.raises(UsageError, match="cannot go to"):
            for _ in range(10):
                sinks.append(open_sink(path))  # noqa: PERF401
        assert sinks
        for sink in sinks:
            sink.close()


def test_descriptors_of_any_number_can_be_waited_for(listener):
    """A supervisor of many runs may have thousands."""
    path, line = listener
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] <= 1_500:
        pytest.skip("too few descriptors allowed")
    high = 1_400
    with socket.socket(socket.AF_UNIX) as ours:
        ours.connect(path)
        os.dup2(ours.fileno(), high)
    reader = line.accept()[0]
    stream = Stream([SocketSink(high)], session="")
    for _ in range(1_000):
        stream.emit(ExecEvent, CommandLine="x" * 1_000)
    received = []
    reading = threading.Thread(target=lambda: received.append(reader.makefile("rb").read()))
    reading.start()
    stream.close()
    reading.join(20)
    reader.close()
    assert len(numbers(received[0])) == 1_000
