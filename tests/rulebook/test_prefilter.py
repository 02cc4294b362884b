"""The literals of a pattern let through everything that the pattern matches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import RuleError
from pinfold.rulebook.literals import spaced
from pinfold.rulebook.patterns import locate, to_bytes
from pinfold.rulebook.prefilter import by_literal, met, numbered


def may_match(pattern, text):
    """Say whether the prefilter lets a text through."""
    literals, (needs,) = numbered([pattern])
    return met(needs, {number for number, literal in enumerate(literals) if literal in spaced(text)})


def test_patterns_share_literals():
    literals, needs = numbered([b"alpha.{0,9}beta", b"beta.{0,9}gamma"])
    assert sorted(literals) == [b"alpha", b"beta", b"gamma"]
    assert len(needs) == 2


def test_an_alternative_without_literals_may_match_anywhere():
    _literals, needs = numbered([b"(?:x)?.{0,9}(?:y)?|z", b"word"])
    assert met(needs[0], set())
    assert by_literal(needs)[0] == {0}


def test_short_literals_are_asked_for_only_where_there_is_nothing_else():
    assert numbered([b"to.{0,9}server"])[0] == [b"server"]
    assert numbered([b"to"])[0] == [b"to"]


def test_a_pattern_is_asked_about_where_its_rarest_literal_was_found():
    literals, needs = numbered([b"send.{0,9}(?:passwords|credentials)"])
    _anywhere, index = by_literal(needs)
    assert {literals[number] for number in index} == {b"passwords", b"credentials"}


@pytest.mark.parametrize("pattern", [b"a.{0,9}(?=b)", b"a(", b"[b-a]"])
def test_what_is_no_pattern_is_refused(pattern):
    with pytest.raises(RuleError):
        numbered([pattern])


ATOMS = st.sampled_from(
    ["a", "b", "挖", "(?:c|d)", "(?:ab|挖d)?", "[ef]", " ", ".{0,6}", "x?", r"\bg", "|", "(?:a b|c){2}"]
)


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
    if located.search(text.encode()):
        assert may_match(pattern, text.encode())
