"""The form of a wording's patterns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import RuleError
from pinfold.rulebook.match import locate
from pinfold.rulebook.patterns import LARGE, MAX_GAP, MEMORY, expand, to_bytes, widened


def found(pattern, text):
    return locate(to_bytes(pattern, where="test")).search(text.encode()) is not None


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("ignore all", "ignore  all", True),
        ("ignore all", "ignore **all**", True),
        ("ignore all", "ignore\n> all", True),
        ("ignore all", "ignoreall", False),
        ("ignore all", "ignore" + " " * 20 + "all", False),
        ("反向 ?隧道", "反向隧道", True),  # an optional blank is optional as a whole
        ("反向 ?隧道", "反向 隧道", True),
        ("反向 ?隧道", "反向 * > 隧道", True),
        ("反向 ?隧道", "反向 x隧道", False),
        ("你的?密钥", "你密钥", True),  # so is a character of three bytes
        ("你的?密钥", "你的密钥", True),
        ("(?:一|二){2}", "一二", True),
        ("密{2}钥", "密密钥", True),
        ("[一二]号", "二号", True),
        ("[a-z一]号", "x号", True),
        ("[a-z一]号", "三号", False),
        ("[^a-z]x", "1x", True),
        (r"a\.b", "a.b", True),
        (r"a\.b", "axb", False),
        (r"[\]x]y", "]y", True),
        ("[]x]y", "]y", True),
        (r"\bssh\b", "an ssh!", True),
        (r"\bssh\b", "openssh", False),
        ("a.{0,6}b", "a一二b", True),  # gaps are counted in bytes
        ("a.{0,5}b", "a一二b", False),
        ("a.{0,9}b", "a\nb", False),
        (r"a\ b", "a b", True),
        (r"\一", "一", True),
        ("[一-]", "-", True),
    ],
)
def test_what_a_pattern_finds(pattern, text, wanted):
    assert found(pattern, text) is wanted


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("a.*b", "unbounded gap '.\\*'"),
        ("a.+b", "unbounded gap '.\\+'"),
        (f"a.{{0,{MAX_GAP + 1}}}b", "wider than"),
        ("a.{99}b", "wider than"),
        ("a.{2,}b", "wider than"),
        ("[^一]", "excludes non-ASCII"),
        ("[一-龥]", "range of non-ASCII"),
        ("[a-龥]", "range of non-ASCII"),
        ("[abc", "not closed"),
    ],
)
def test_what_byte_matching_cannot_do_is_refused(pattern, words):
    with pytest.raises(RuleError, match=words) as caught:
        to_bytes(pattern, where="test")
    assert str(caught.value).startswith("test")


@pytest.mark.parametrize("pattern", [r"(?=a)", r"(a)\1", "(", "*a", "a{2,1}"])
def test_what_re2_does_not_know_is_refused(pattern):
    with pytest.raises(RuleError):
        locate(to_bytes(pattern, where="test"))


def test_indicators_stand_for_their_alternatives():
    pattern = expand("at %pools%!", {"pools": ("a.Example", "b c")}, where="test")
    assert found(pattern, "at a.example!")
    assert found(pattern, "at b  c!")
    assert not found(pattern, "at axexample!")


def test_an_unknown_indicator_list_is_refused_with_the_known_ones():
    with pytest.raises(RuleError, match="no indicator list named 'pool'") as caught:
        expand("%pool%", {"pools": ()}, where="test")
    assert "pools" in caught.value.hint


@given(st.text(st.sampled_from("ab一二 .?*+{}0,9()[]^\\|*>"), max_size=14))
def test_any_pattern_is_compiled_or_refused(pattern):
    try:
        locate(to_bytes(pattern, where="test"))
    except RuleError:
        return


@given(st.text(st.sampled_from("ab一二钥"), min_size=1, max_size=6), st.text(st.sampled_from("ab一二钥x"), max_size=12))
def test_letters_find_themselves_and_nothing_else(word, text):
    assert found(word, text) is (word in text)


@given(st.text(max_size=30))
def test_any_text_can_be_a_pattern_or_is_refused(pattern):
    try:
        assert to_bytes(pattern, where="test").isascii()
    except RuleError as error:
        assert str(error).startswith("test")


@pytest.mark.parametrize("text", ["挖矿", "挖礦"])
@pytest.mark.parametrize("pattern", ["挖矿", "挖[矿机]", "挖矿?矿"])
def test_a_simplified_character_stands_for_its_traditional_forms(pattern, text):
    assert locate(to_bytes(pattern, where="test")).fullmatch(text.encode())


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (rb"a.{0,60}b", rb"a.*b"),
        (rb"a[^.\n]{1,40}?b", rb"a[^.\n]+?b"),
        (rb"a\w{5,20}b{2}", rb"a\w{3,}b{2}"),
        (rb"[{0,60}]\{0,60}\x{41}.{20}", rb"[{0,60}]\{0,60}\x{41}.{3,}"),
        (rb"[]{0,60}]a{2,60}", rb"[]{0,60}]a{2,}"),
        (rb"[[:alpha:]{0,60}]a{0,60}[^]]", rb"[[:alpha:]{0,60}]a*[^]]"),
        (rb"a[\s*_>]{1,12}b", None),  # it gains nothing
        (rb"^a.{0,60}b", None),
        (rb"\Qa{0,60}\E", None),
    ],
)
def test_a_widened_pattern_counts_no_wide_gaps(pattern, wanted):
    assert widened(pattern) == wanted


def test_a_large_pattern_gets_the_memory_that_its_automaton_needs():
    large = b"(?:" + b"|".join(b"w%d.{0,20}x" % number for number in range(40)) + b")"
    assert locate(large).programsize >= LARGE
    assert locate(large).options.max_mem > locate(b"small").options.max_mem == MEMORY
