"""Which turns of a loop are read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.loops import LOOP_VALUES, turns


def test_a_short_loop_is_read_whole():
    assert turns(["a", "b", "ls -l"]) == ([0, 1, 2], False)


def test_the_same_value_is_read_once():
    assert turns(["true"] * 1000 + ["ssh"]) == ([0, 1000], False)


def test_commands_come_before_other_values():
    chosen, cut = turns([f"name{number}" for number in range(1000)] + ["/usr/bin/ssh -fNR 1:a:2 b"])
    assert (chosen[-1], len(chosen), cut) == (1000, LOOP_VALUES, False)


def test_commands_that_are_left_out_are_told():
    assert turns([f"curl {number}" for number in range(LOOP_VALUES)]).cut is False
    assert turns([f"curl {number}" for number in range(LOOP_VALUES + 1)]).cut is True


@given(st.lists(st.sampled_from(["", " ", "a", "ls", "curl x", "b c", "\n"]) | st.text(max_size=5), max_size=40))
def test_choices_are_values_in_order(values):
    chosen, _cut = turns(values)
    assert chosen == sorted(set(chosen))
    assert all(0 <= index < len(values) for index in chosen)
    assert len(chosen) == min(LOOP_VALUES, len(set(values)))
