"""Schedules of ``cron``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.cron import entries


def commands(text, **more):
    return [text[entry.start : entry.end] for entry in entries(text, **more)]


@pytest.mark.parametrize(
    "line",
    [
        "* * * * * ./go",
        "*/5 0-23 1,15 jan mon-fri ./go",
        "0  4\t* * 7 ./go",
        "@reboot ./go",
        "  @daily root ./go",
        "30 2 L * ? ./go",
    ],
)
def test_a_line_of_a_schedule_holds_a_command(line):
    assert commands(f"# nightly\n{line}\n") == ["./go"]


@pytest.mark.parametrize("line", ["# * * * * * ./go", "1 2 3 4 ./go", "see * * * * * ./go", "@home ./go", "* * * * *"])
def test_other_lines_hold_none(line):
    assert commands(line) == []


def test_where_lines_name_a_user_the_command_stands_behind():
    assert commands("0 0 * * * deploy ./go --now", users=True) == ["./go --now"]
    assert commands("0 0 * * * deploy ./go --now") == ["deploy ./go --now"]


def test_what_the_lines_above_set_goes_before_the_command():
    text = (
        "SITE = 'a.example'\nMAILTO=\"\"\n0 0 * * * curl $SITE\nSITE=b.example\n0 0 * * * curl ${SITE}\n0 0 * * * true"
    )
    assert [entry.settings for entry in entries(text)] == ["SITE='a.example'\n", "SITE='b.example'\n", ""]


@given(st.text(alphabet="*0 \n@ay=A$'\"/-,", max_size=200))
def test_no_text_upsets_the_reader(text):
    for entry in entries(text):
        assert 0 <= entry.start <= entry.end <= len(text)
