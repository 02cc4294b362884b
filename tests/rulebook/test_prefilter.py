"""The pieces of a pattern let through everything that the pattern matches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import RuleError
from pinfold.rulebook.patterns import locate, to_bytes
from pinfold.rulebook.prefilter import met, numbered, split


@pytest.mark.parametrize(
    ("pattern", "pieces"),
    [
        (b"abc", [[b"abc"]]),
        (b"abc.{0,60}def", [[b"abc", b"def"]]),
        (b"abc.{0,9}def|ghi", [[b"abc", b"def"], [b"ghi"]]),
        (b"(?:a.{0,9}b|c)d", [[b"(?:a.{0,9}b|c)d"]]),
        (rb"\bone\b.{0,9}\btwo", [[b"one", b"two"]]),
        (rb"a\.{1}b", [[rb"a\.{1}b"]]),
        (b"[.|]x", [[b"[.|]x"]]),
        (b"x.{0,9}(?:y)?", [[b"x"]]),
        (b"(?i)x.{0,9}y", [[b"(?i)x.{0,9}y"]]),
    ],
)
def test_a_pattern_is_cut_at_its_gaps_and_outer_alternatives(pattern, pieces):
    assert split(pattern) == pieces


def test_an_alternative_without_pieces_may_match_anywhere():
    _pieces, needs = numbered([b"(?:x)?.{0,9}(?:y)?|z"])
    assert met(needs[0], set())


def test_pieces_are_shared_between_patterns():
    pieces, needs = numbered([b"a.{0,9}b", b"b.{0,9}c"])
    assert pieces == [b"a", b"b", b"c"]
    assert needs == [(frozenset({0, 1}),), (frozenset({1, 2}),)]


def test_a_piece_that_is_no_pattern_is_refused():
    with pytest.raises(RuleError):
        split(b"a.{0,9}(?=b)")


ATOMS = st.sampled_from(["a", "b", "挖", "(?:c|d)", "[ef]", " ", ".{0,6}", "x?", r"\bg", "|"])


@given(
    st.lists(ATOMS, min_size=1, max_size=7).map("".join),
    st.lists(st.sampled_from("abcdefgx 挖\n"), max_size=14).map("".join),
)
def test_what_matches_is_never_held_back(source, text):
    pattern = to_bytes(source, where="test")
    try:
        located = locate(pattern)
    except RuleError:
        return
    data = text.encode()
    pieces, needs = numbered([pattern])
    if located.search(data):
        found = {number for number, piece in enumerate(pieces) if locate(piece).search(data)}
        assert met(needs[0], found)
