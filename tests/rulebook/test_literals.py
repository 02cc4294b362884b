"""What a pattern needs, in literals."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import RuleError
from pinfold.rulebook.literals import MOST, MOST_TOGETHER, best, needed, spaced
from pinfold.rulebook.patterns import locate


def words(*alternatives):
    """Return conditions as `needed` does, written as blank-separated words."""
    return [tuple(frozenset(each.encode().split()) for each in conditions) for conditions in alternatives]


@pytest.mark.parametrize(
    ("pattern", "conditions"),
    [
        (b"abc", words(["abc"])),
        (b"abc.{0,60}def", words(["abc", "def"])),
        (b"abc.{0,9}def|ghi", words(["abc", "def"], ["ghi"])),
        (b"(?:ab|cd)ef", words(["abef cdef"])),
        (b"(?:a.{0,9}bb|c)d", words(["bb c", "d"])),
        (b"colou?r", words(["color colour"])),
        (rb"\bone\b.{0,9}\btwo", words(["one", "two"])),
        (rb"a\.b\x63", words(["a.bc"])),
        (rb"a[\s*_>]{1,12}b", [(frozenset({b"a b"}),)]),
        (rb"a(?:[\s*_>]{1,12})?b", [(frozenset({b"a b", b"ab"}),)]),
        (rb"a[\s*_>]{0,3}b", words(["a", "b"])),
        (rb"a\*\*b_c", [(frozenset({b"a b c"}),)]),
        (rb"x|\*", words(["x"], [])),
        (b"gr[ae]y", words(["gray grey"])),
        (b"[.|]x", words([".x |x"])),
        (b"[]x]y", words(["]y xy"])),
        (b"[a-z]x", words(["x"])),
        (b"[^a]x", words(["x"])),
        (b"[[:alpha:]]x", words(["x"])),
        (b"(?:abc)+d", words(["abc", "d"])),
        (b"(?:abc)*d", words(["d"])),
        (b"(?:abc){2,3}", words(["abc"])),
        (b"(?:abc){1}d", words(["abcd"])),
        (b"(abc)(?P<name>d)", words(["abcd"])),
        (b"(?i)ABC", words(["abc"])),
        (b"(?i:A)B", words(["aB"])),
        (b"(?:(?i)A)B", words(["aB"])),
        (b"x{,3}", words(["x{,3}"])),
        (b"(?:x)?", words([])),
        (b"(?:x|.)y", words(["y"])),
        (b"", words([])),
        (rb"\pLabc|def", words([])),
        (rb"\Qa.b\E", words([])),
    ],
)
def test_needed(pattern, conditions):
    locate(pattern)
    if pattern == b"x{,3}":  # RE2 reads it as it is written; to say nothing of it is as good
        assert needed(pattern) in (conditions, words([]))
    else:
        assert needed(pattern) == conditions


def test_products_that_grow_are_cut_into_conditions():
    pattern = b"(?:aa|bb|cc|dd)" * 6
    (conditions,) = needed(pattern)
    assert all(len(condition) <= MOST for condition in conditions)
    assert len(conditions) > 1


def test_a_long_list_is_no_condition():
    pattern = b"|".join(b"word%04d" % number for number in range(MOST_TOGETHER + 1))
    assert needed(b"(?:" + pattern + b")x") == words(["x"])


def test_the_best_condition_has_the_longest_literals():
    assert best((frozenset({b"a"}), frozenset({b"abc", b"abd"}), frozenset({b"xyz"}))) == {b"xyz"}


PIECES = st.recursive(
    st.sampled_from(
        [
            "a",
            "b",
            "A",
            r"\.",
            r"\x62",
            r"\s",
            ".",
            "[ab]",
            "[^a]",
            "[]a]",
            r"[\s*_>]{1,12}",
            r"\*",
            "_",
            r"[\sa]",
            r"\b",
            "^",
            "ab",
            "(?i)",
        ]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map("".join),
        st.tuples(st.sampled_from(["(?:", "(", "(?i:"]), st.lists(inner, max_size=3).map("|".join)).map(
            lambda parts: f"{parts[0]}{parts[1]})"
        ),
        st.tuples(
            st.sampled_from(["(?:a|b)", "(?:ab)", "a", "[ab]", "."]),
            st.sampled_from(["?", "*", "+", "{2}", "{0,2}", "{1,2}", "??", "{1}"]),
        ).map("".join),
    ),
    max_leaves=12,
)


@given(PIECES, st.text(st.sampled_from("ab. ]\n*_>"), max_size=10))
def test_a_text_that_matches_meets_the_conditions(pattern, text):
    try:
        located = locate(pattern.encode())
    except RuleError:
        return
    if located.search(text.encode()):
        assert any(
            all(any(literal in spaced(text.encode()) for literal in condition) for condition in conditions)
            for conditions in needed(pattern.encode())
        )


@given(st.binary(max_size=40))
def test_any_pattern_that_re2_takes_can_be_read(pattern):
    try:
        locate(pattern)
    except RuleError:
        return
    assert needed(pattern)


def test_an_escaped_text_is_its_own_condition():
    assert needed(re.escape(b"http://a.example/?x=[1]")) == words(["http://a.example/?x=[1]"])


def test_spaced_text():
    assert spaced(b"**ignore** all\n> the_rules") == b" ignore all the rules "
    assert spaced(b"") == b"  "
