"""How far a pattern goes: never less than what RE2 matches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import RuleError
from pinfold.rulebook.patterns import locate, to_bytes
from pinfold.rulebook.reach import FURTHEST, Reach, reach


@pytest.mark.parametrize(
    ("pattern", "size", "runs"),
    [
        (b"ab", 2, 0),
        (b"a.{0,60}b", 62, 0),
        (rb"\bword[\s*_>]{1,12}x", 17, 0),
        (rb"(?:a|bcd){2}e?", 7, 0),
        (rb"a\w+b[^\n]*", 2, 2),
        (rb"(?:\w*){3}", 0, 3),
        (rb"\xe6\x8c\x96[ab]\x{41}", 5, 0),
        (rb"a{3}b{1}", 4, 0),
        (rb"a{0,}", 0, 1),
        (b"", 0, 0),
    ],
)
def test_what_a_pattern_takes(pattern, size, runs):
    assert reach(pattern) == Reach(size, runs)


@pytest.mark.parametrize(
    "pattern",
    [
        rb"a\s*b",
        rb"a[^b]*",
        rb"(?:ab)*",
        b"(?s)a.*",
        b"a$",
        rb"a\z",
        rb"\pL",
        rb"\Qa\E",
        b"(?:a{1000}b{1000}){2}",
    ],
)
def test_where_there_is_no_end_in_sight(pattern):
    assert reach(pattern) is None


def test_the_end_is_that_of_a_line():
    text = b"one\ntwo three\nfour"
    assert Reach(2, 0).end(text, 4, len(text)) == 13
    assert Reach(2, 1).end(text, 4, len(text)) == len(text)
    assert Reach(0, 0).end(text, 0, 2) == 2


PIECES = st.sampled_from(["a", "b", "|", r"\b", ".{0,9}", "[^.]{0,4}", r"\w{1,5}", r"\w+", "[^\n]*"]) | st.sampled_from(
    ["(?:ab |b){1,3}", "(?:a|.{0,4}b)?", " ", "c{2,}", "挖?"]
)


@given(st.lists(PIECES, min_size=1, max_size=6).map("".join), st.text("ab c.挖\n", max_size=120))
def test_no_match_goes_further(source, text):
    pattern, data = to_bytes(source, where="test"), text.encode()
    try:
        located = locate(pattern)
    except RuleError:
        return
    found = reach(pattern)
    if found is None:
        return
    assert found.size <= FURTHEST
    for match in located.finditer(data):
        start, end = match.span()
        assert end <= found.end(data, start, len(data))
