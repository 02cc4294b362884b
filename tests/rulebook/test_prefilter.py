"""The literals of a pattern let through everything that the pattern matches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import RuleError
from pinfold.rulebook.literals import needed
from pinfold.rulebook.patterns import locate, to_bytes
from pinfold.rulebook.prefilter import CANARY, Prefilter


def prefilter(*patterns):
    return Prefilter([needed(pattern) for pattern in patterns])


def test_it_names_what_may_occur():
    found = prefilter(b"alpha.{0,9}beta", b"beta.{0,9}gamma", b"delta")
    assert found.possible(b"alpha beta") == {0}
    assert found.possible(b"gamma and beta, or delta") == {1, 2}
    assert found.possible(b"alpha") == set()
    assert found.possible(b"") == set()


def test_an_alternative_without_literals_may_match_anywhere():
    found = prefilter(b"(?:x)?.{0,9}(?:y)?|z", b"word")
    assert found.possible(b"nothing of the kind") == {0}


def test_short_literals_are_asked_for_only_where_there_is_nothing_else():
    found = prefilter(b"to.{0,9}server", b"to")
    assert found.possible(b"a server") == {0}
    assert found.possible(b"to") == {1}


def test_blanks_and_marks_of_any_kind_are_one():
    assert prefilter(to_bytes("ignore all", where="test")).possible(b"ignore **\n> all") == {0}


def test_what_was_kept_finds_the_same():
    found = prefilter(b"alpha.{0,9}beta", b"gamma|delta")
    again = Prefilter.load(found.serialize())
    assert len(again) == 2
    for text in (b"alpha beta", b"gamma", b"delta beta", b"none", CANARY):
        assert again.possible(text) == found.possible(text)


def test_what_is_portable_finds_the_same_and_can_be_kept():
    found = prefilter(b"alpha.{0,9}beta", b"gamma|delta")
    again = Prefilter.load(found.serialize(portable=True))
    kept = Prefilter.load(again.serialize())
    assert len(kept) == 2
    for text in (b"alpha beta", b"gamma", b"delta beta", b"none", CANARY):
        assert kept.possible(text) == again.possible(text) == found.possible(text)
    with pytest.raises(ValueError, match="literals"):
        kept.serialize(portable=True)


def test_only_some_may_be_asked_for():
    found = prefilter(b"alpha", b"alpha.{0,9}beta", b"(?:x)?")
    assert found.possible(b"alpha beta") == {0, 1, 2}
    assert found.possible(b"alpha beta", {1, 2}) == {1, 2}
    assert found.possible(b"alpha beta", set()) == set()


@given(st.binary(max_size=300))
def test_any_bytes_are_what_was_kept_or_are_refused(data):
    with pytest.raises(ValueError, match="compiled patterns"):
        Prefilter.load(data)


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
        assert prefilter(pattern).possible(text.encode()) == {0}
