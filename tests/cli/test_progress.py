from __future__ import annotations

import io

import pytest

from pinfold.cli import progress
from pinfold.cli.progress import watched


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Standard error as a terminal, and a clock that ticks once for every look at it."""
    stream = Terminal()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progress, "PATIENCE", -1.0)
    return stream


def test_nothing_is_shown_where_nobody_looks(capsys, monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", -1.0)
    assert list(watched(range(50), "scanning")) == list(range(50))
    assert capsys.readouterr() == ("", "")


def test_work_that_is_quick_shows_nothing(terminal, monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 60.0)
    assert list(watched(range(50), "scanning")) == list(range(50))
    assert terminal.getvalue() == ""


def test_work_that_takes_a_while_shows_how_far_it_is(terminal, capsys):
    assert list(watched(range(50), "scanning")) == list(range(50))
    shown = terminal.getvalue()
    assert "scanning" in shown
    assert "50" in shown
    assert capsys.readouterr().out == ""


def test_the_bar_is_gone_at_the_end_and_the_cursor_is_back(terminal):
    list(watched(range(3), "scanning"))
    shown = terminal.getvalue()
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_an_error_ends_the_bar_and_passes(terminal):
    def items():
        yield 1
        yield 2
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        list(watched(items(), "scanning"))
    shown = terminal.getvalue()
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_giving_up_closes_what_is_watched(terminal):
    closed = []

    def items():
        try:
            yield from range(10)
        finally:
            closed.append(True)

    source = items()
    reports = watched(source, "scanning")
    next(reports)
    reports.close()
    source.close()
    assert closed == [True]


def test_items_are_taken_one_by_one(terminal):
    taken = []
    for item in watched((taken.append(number) or number for number in range(5)), "scanning"):
        assert taken[-1] == item
