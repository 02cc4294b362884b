"""The loop: what is ready is called, and nothing that was forgotten."""

from __future__ import annotations

import os
import time

import pytest

from pinfold.sandbox.loop import WRITE, Loop


@pytest.fixture
def loop():
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def pipes():
    """A function that makes a pipe and keeps it until the test is over."""
    made = []

    def pipe():
        ends = os.pipe()
        made.extend(ends)
        return ends

    yield pipe
    for end in made:
        os.close(end)


def test_what_is_ready_is_called_as_long_as_it_is(loop, pipes):
    reading, writing = pipes()
    calls = []
    loop.watch(reading, lambda: calls.append(1))
    os.write(writing, b"x")
    loop.turn()
    loop.turn()
    assert len(calls) == 2
    os.read(reading, 1)
    loop.after(0, lambda: calls.append("late"))
    loop.turn()
    assert calls == [1, 1, "late"]


def test_room_to_write_is_an_event_of_its_own(loop, pipes):
    _reading, writing = pipes()
    calls = []
    loop.watch(writing, lambda: calls.append(1), WRITE)
    loop.turn()
    assert calls == [1]


def test_the_end_of_the_other_side_is_told(loop):
    reading, writing = os.pipe()
    calls = []
    loop.watch(reading, lambda: calls.append(os.read(reading, 1)))
    os.close(writing)
    loop.turn()
    assert calls == [b""]
    loop.forget(reading)
    os.close(reading)


def test_what_one_call_makes_another_forget_is_not_called_in_the_same_turn(loop, pipes):
    (first, to_first), (second, to_second) = pipes(), pipes()
    calls = []
    loop.watch(first, lambda: (calls.append("first"), loop.forget(second)))
    loop.watch(second, lambda: (calls.append("second"), loop.forget(first)))
    os.write(to_first, b"x")
    os.write(to_second, b"x")
    loop.turn()
    assert len(calls) == 1
    loop.after(0, lambda: None)
    loop.turn()
    assert set(calls) == {calls[0]}


def test_what_is_forgotten_may_be_forgotten_again_and_watched_again(loop, pipes):
    reading, writing = pipes()
    calls = []
    loop.watch(reading, lambda: calls.append("old"))
    loop.forget(reading)
    loop.forget(reading)
    os.write(writing, b"x")
    loop.watch(reading, lambda: calls.append("new"))
    loop.turn()
    assert calls == ["new"]


def test_moments_come_once_each_in_their_order_and_not_early(loop):
    calls = []
    began = time.monotonic()
    for name, seconds in (("c", 0.03), ("a", 0.0), ("b", 0.015)):
        loop.after(seconds, lambda name=name: calls.append((name, time.monotonic() - began)))
    while len(calls) < 3:
        loop.turn()
    assert [name for name, _ in calls] == ["a", "b", "c"]
    assert calls[1][1] >= 0.015
    assert calls[2][1] >= 0.03


def test_moments_of_one_time_keep_the_order_in_which_they_were_asked_for(loop, monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 5.0)
    calls = []
    for number in range(5):
        loop.after(0, lambda number=number: calls.append(number))
    loop.turn()
    assert calls == [0, 1, 2, 3, 4]


def test_a_moment_may_ask_for_the_next_one(loop):
    calls = []

    def again():
        calls.append(1)
        if len(calls) < 3:
            loop.after(0.001, again)

    loop.after(0, again)
    while len(calls) < 3:
        loop.turn()
    assert len(calls) == 3


def test_something_ready_does_not_wait_for_a_moment_far_away(loop, pipes):
    reading, writing = pipes()
    calls = []
    loop.after(3600, lambda: calls.append("far"))
    loop.watch(reading, lambda: calls.append("near"))
    os.write(writing, b"x")
    began = time.monotonic()
    loop.turn()
    assert calls == ["near"]
    assert time.monotonic() - began < 60
