"""Hyperscan says which patterns occur, RE2 says where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import RuleError
from pinfold.rulebook.match import MAX_HITS, Patterns
from pinfold.rulebook.patterns import locate, to_bytes
from pinfold.rulebook.prefilter import CANARY

SOURCES = (r"\bssh\b", "ignore .{0,20}rules", "挖矿|矿池", "a ?b", "[x一]y{2,3}")


@pytest.fixture(scope="module")
def patterns():
    return Patterns([to_bytes(source, where="test") for source in SOURCES])


def test_present_names_the_patterns_that_occur(patterns):
    assert patterns.present("the ssh, 挖矿".encode()) == {0, 2}
    assert patterns.present(b"nothing here") == set()
    assert patterns.present(b"") == set()
    assert max(patterns.present(CANARY), default=0) < len(SOURCES)


def test_spans_are_bytes(patterns):
    text = "一 ssh and ssh".encode()
    assert [text[start:end] for start, end in patterns.spans(0, text)] == [b"ssh", b"ssh"]


def test_a_byte_that_is_no_text_hides_no_phrase(patterns):
    assert 2 in patterns.present(b"\xff\xfe" + "挖矿".encode() + b"\xff")


def test_a_flood_of_hits_is_cut_off(patterns):
    assert len(list(patterns.spans(0, b"ssh " * (MAX_HITS + 50)))) == MAX_HITS


def test_a_serialised_database_finds_the_same(patterns):
    again = Patterns.load(patterns.serialize(), len(SOURCES))
    assert again.present("矿池 ssh".encode()) == {0, 2}
    assert list(again.spans(0, b"an ssh")) == [(3, 6)]


@pytest.mark.parametrize("damage", [b"", b"not a database", b"\0" * 200])
def test_a_damaged_database_is_no_database(damage):
    with pytest.raises(ValueError, match="compiled patterns"):
        Patterns.load(damage, 1)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_database_or_are_refused(data):
    with pytest.raises(ValueError, match="compiled patterns"):
        Patterns.load(data, 1)


def test_a_database_of_other_patterns_is_refused(patterns):
    with pytest.raises(ValueError, match="other rules"):
        Patterns.load(patterns.serialize(), 1)


def test_a_pattern_with_look_ahead_is_refused():
    with pytest.raises(RuleError, match="invalid perl operator"):
        Patterns([b"(?=a)b"])


def test_no_patterns_at_all_are_fine():
    assert Patterns([]).present(b"anything") == set()


WORDS = st.sampled_from(
    ["ssh", "ignore the rules", "ignore", "rules", "挖矿", "矿", "ab", "a b", "xyy", "一yyy", " ", "\n", "**", "\udcff"]
)


@given(st.lists(WORDS, max_size=12).map("".join))
def test_what_re2_finds_hyperscan_has_seen(patterns, text):
    data = text.encode("utf-8", "surrogateescape")
    present = patterns.present(data)
    for number, source in enumerate(SOURCES):
        if locate(to_bytes(source, where="test")).search(data):
            assert number in present


def test_a_build_of_hyperscan_that_misses_short_forms_does_not_matter():
    """python-hyperscan 0.9.1 does not find ``a[ ]*b`` in this text; its pass over literals must."""
    patterns = Patterns([to_bytes("a ?b", where="test")])
    for length in range(100):
        assert patterns.present(b"x" * length + b"ab") == {0}
        assert patterns.present(b"ab" + b"x" * length) == {0}


PIECES = st.sampled_from(
    [
        "a",
        "b",
        r"\b",
        ".{0,60}",
        "[^.\n]{0,40}",
        r"\w{1,20}",
        "[ab]{13}",
        "(?:ab |b){2,15}",
        "(?:a|.{0,14}b)?",
        " ",
        "$",
    ]
)
LETTERS = st.text("ab c.\n", max_size=80)


@given(
    st.lists(PIECES, min_size=1, max_size=6).map("".join),
    st.lists(LETTERS, max_size=3),
    st.lists(LETTERS, max_size=3),
    st.lists(LETTERS, max_size=2),
)
def test_spans_are_those_of_the_pattern_whatever_is_asked_first(source, before, lines, after):
    pattern = to_bytes(source, where="test")
    head, body, tail = ("".join(f"{line}\n" for line in part).encode() for part in (before, lines, after))
    start, end = len(head), len(head + body)
    matches = [match.span() for match in locate(pattern).finditer(head + body + tail, start, end)]
    expected = [(low, high) for low, high in matches if low < high]
    assert list(Patterns([pattern]).spans(0, head + body + tail, start, end)) == expected


@pytest.mark.parametrize("source", ["^a.{0,20}b", r"\Aa.{0,20}b", r"\Qa{2,60}\E", "(?m)^a.{0,20}b"])
def test_a_pattern_that_is_bound_or_quoted_is_looked_for_as_it_is(source):
    for text in (b"a b", b"c\na b", b"a{2,60}"):
        expected = [match.span() for match in locate(source.encode()).finditer(text)]
        assert list(Patterns([source.encode()]).spans(0, text)) == expected


@given(st.lists(st.sampled_from(["a", "b", "c", " ", "\n", "x" * 30]), max_size=60).map("".join))
def test_what_stands_in_many_places_is_found_in_all_of_them(text):
    pattern = to_bytes(r"\ba.{0,20}b\b|c\w*.{0,15}b", where="test")
    matches = [match.span() for match in locate(pattern).finditer(text.encode())]
    assert list(Patterns([pattern]).spans(0, text.encode())) == matches
