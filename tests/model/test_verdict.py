from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import BLOCK_AT, REVIEW_AT, Verdict, verdict_of

SCORES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("score", "complete", "verdict"),
    [
        (1.0, True, Verdict.BLOCK),
        (0.5, True, Verdict.BLOCK),
        (0.499, True, Verdict.REVIEW),
        (0.2, True, Verdict.REVIEW),
        (0.199, True, Verdict.CLEAN),
        (0.0, True, Verdict.CLEAN),
        (0.5, False, Verdict.BLOCK),
        (0.499, False, Verdict.INCOMPLETE),
        (0.0, False, Verdict.INCOMPLETE),
    ],
)
def test_the_verdict_follows_the_design(score, complete, verdict):
    assert verdict_of(score, complete=complete) is verdict


def test_the_thresholds_are_those_of_the_design():
    assert (BLOCK_AT, REVIEW_AT) == (0.5, 0.2)


@given(SCORES)
def test_what_is_unread_is_never_clean_and_never_hides_a_block(score):
    verdict = verdict_of(score, complete=False)
    assert verdict in (Verdict.BLOCK, Verdict.INCOMPLETE)
    assert (verdict is Verdict.BLOCK) == (verdict_of(score, complete=True) is Verdict.BLOCK)


@given(SCORES, SCORES, st.booleans())
def test_a_higher_score_is_never_a_better_verdict(first, second, complete):
    worst_first = list(Verdict)
    low, high = sorted((first, second))
    assert worst_first.index(verdict_of(high, complete=complete)) <= worst_first.index(
        verdict_of(low, complete=complete)
    )
