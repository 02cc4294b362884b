from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pinfold.sandbox.budget import GRANTED_NAMES, REFUSED_NAMES, Budget, granted_budget, refused_budget


def test_names_run_out_and_come_back_evenly():
    budget = Budget(names=6, size=1_000)
    assert [budget.spend(10, 100.0) for _ in range(7)] == [True] * 6 + [False]
    assert not budget.spend(10, 109.0)
    assert budget.spend(10, 110.5)
    assert not budget.spend(10, 110.6)


def test_bytes_run_out_before_names():
    budget = Budget(names=100, size=100)
    assert budget.spend(60, 0.0)
    assert not budget.spend(60, 0.0)
    assert budget.spend(40, 0.0)
    assert budget.spend(50, 30.1)


def test_a_minute_brings_back_no_more_than_a_minute_holds():
    budget = Budget(names=3, size=1_000)
    budget.spend(1, 0.0)
    assert [budget.spend(1, 10_000.0) for _ in range(4)] == [True, True, True, False]


def test_a_clock_that_goes_back_brings_nothing_back():
    budget = Budget(names=1, size=1_000)
    assert budget.spend(1, 1_000.0)
    assert not budget.spend(1, 0.0)
    assert not budget.spend(1, 1_000.0)


def test_granted_names_have_the_larger_budget():
    for budget, names in ((granted_budget(), GRANTED_NAMES), (refused_budget(), REFUSED_NAMES)):
        assert [budget.spend(20, 0.0) for _ in range(names + 1)] == [True] * names + [False]
    assert GRANTED_NAMES > REFUSED_NAMES


@given(st.lists(st.tuples(st.integers(1, 300), st.floats(0, 5)), max_size=200))
def test_no_pattern_of_questions_gets_more_than_the_budget_allows(steps):
    budget, now, count, size = Budget(names=10, size=500), 0.0, 0, 0
    for length, pause in steps:
        now += pause
        if budget.spend(length, now):
            count, size = count + 1, size + length
    assert count <= 10 + 10 * now / 60 + 1e-6
    assert size <= 500 + 500 * now / 60 + 1e-6
