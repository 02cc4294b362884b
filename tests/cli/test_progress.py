from __future__ import annotations

import io
import threading

import pytest

from pinfold.cli import progress
from pinfold.cli.progress import watched


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch):
    """A function that makes standard error a terminal of somebody without patience, and returns what it shows."""

    def terminal() -> Terminal:
        stream = Terminal()
        monkeypatch.setattr("sys.stderr", stream)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(progress, "PATIENCE", -1.0)
        monkeypatch.setattr(progress, "PAUSE", -1.0)
        return stream

    return terminal


def test_nothing_is_shown_where_nobody_looks(capsys, monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", -1.0)
    assert list(watched(range(50), "scanning")) == list(range(50))
    assert capsys.readouterr() == ("", "")


def test_work_that_is_quick_shows_nothing(terminal, monkeypatch):
    stream = terminal()
    monkeypatch.setattr(progress, "PATIENCE", 60.0)
    assert list(watched(range(50), "scanning")) == list(range(50))
    assert stream.getvalue() == ""


def test_a_bar_does_not_run_into_results_on_the_terminal(terminal):
    stream = terminal()
    assert list(watched(range(50), "scanning", shown=True)) == list(range(50))
    assert stream.getvalue() == ""


def test_work_that_takes_a_while_shows_how_far_it_is(terminal, capsys):
    stream = terminal()
    assert list(watched(range(50), "scanning")) == list(range(50))
    shown = stream.getvalue()
    assert "scanning" in shown
    assert "50" in shown
    assert capsys.readouterr().out == ""


def test_the_bar_is_gone_at_the_end_and_the_cursor_is_back(terminal):
    stream = terminal()
    list(watched(range(3), "scanning"))
    shown = stream.getvalue()
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_an_error_ends_the_bar_and_passes(terminal):
    def items():
        yield 1
        yield 2
        raise RuntimeError("stop")

    stream = terminal()
    with pytest.raises(RuntimeError, match="stop"):
        list(watched(items(), "scanning"))
    shown = stream.getvalue()
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_giving_up_closes_what_is_watched(terminal):
    closed = []

    def items():
        try:
            yield from range(10)
        finally:
            closed.append(True)

    terminal()
    source = items()
    reports = watched(source, "scanning")
    next(reports)
    reports.close()
    source.close()
    assert closed == [True]


def test_items_are_taken_one_by_one(terminal):
    terminal()
    taken = []
    for item in watched((taken.append(number) or number for number in range(5)), "scanning"):
        assert taken[-1] == item


def test_the_bar_has_no_thread_beside_which_workers_would_be_forked(terminal):
    terminal()
    before = threading.active_count()
    for number in watched(range(5), "scanning"):
        assert threading.active_count() == before, number


def test_the_bar_is_not_drawn_for_every_item(terminal, monkeypatch):
    stream = terminal()
    monkeypatch.setattr(progress, "PAUSE", 60.0)
    list(watched(range(1000), "scanning"))
    assert len(stream.getvalue()) < 10_000
