"""Sigma's condition language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import RuleError
from pinfold.rulebook.condition import compile_condition

NAMES = ("a", "b", "c", "sel_one", "sel_two", "_hidden", "with-dash")


def holds(text, *true):
    return compile_condition(text, NAMES, where="test")(true.__contains__)


@pytest.mark.parametrize(
    ("text", "true", "wanted"),
    [
        ("a", "a", True),
        ("a", "b", False),
        ("a and b", "a", False),
        ("a and b", "ab", True),
        ("a or b", "b", True),
        ("not a", "", True),
        ("not a", "a", False),
        ("a and not b", "ab", False),
        ("a or b and c", "a", True),  # `and` binds closer
        ("(a or b) and c", "a", False),
        ("not a or b", "", True),  # `not` binds closest
        ("not (a or b)", "b", False),
        ("A AND b", "ab", None),  # names keep their case
        ("a AND b OR NOT c", "abc", True),
    ],
)
def test_the_words_mean_what_sigma_says(text, true, wanted):
    if wanted is None:
        with pytest.raises(RuleError):
            holds(text)
    else:
        assert holds(text, *true) is wanted


@pytest.mark.parametrize(
    ("text", "true", "wanted"),
    [
        ("1 of sel_*", ["sel_two"], True),
        ("1 of sel_*", ["a"], False),
        ("any of sel_*", ["sel_one"], True),
        ("all of sel_*", ["sel_one"], False),
        ("all of sel_*", ["sel_one", "sel_two"], True),
        ("2 of them", ["a", "c"], True),
        ("2 of them", ["a"], False),
        ("1 of them", ["_hidden"], False),  # an underscore keeps a selection out of `them`
        ("1 of _*", ["_hidden"], True),
        ("with-dash", ["with-dash"], True),
        ("a and 1 of sel_*", ["a", "sel_one"], True),
    ],
)
def test_quantities(text, true, wanted):
    assert holds(text, *true) is wanted


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "a b", "not", "a and", "and a", "(a", "a)", "()", "1 of", "1 of nothing*", "9 of them", "0 of them",
        "nobody", "a | count() > 3", "a or or b", "not " * 40 + "a", "(" * 40 + "a" + ")" * 40, "a" + " and a" * 300,
    ],
)  # fmt: skip
def test_what_is_no_condition_is_refused_by_place(text):
    with pytest.raises(RuleError, match=r"^test: condition"):
        holds(text)


def test_a_selection_may_be_called_like_a_quantity():
    assert compile_condition("all and not any", ("all", "any"), where="test")({"all"}.__contains__)


@given(st.text(max_size=80))
def test_any_text_compiles_or_is_refused(text):
    try:
        holds(text)
    except RuleError as error:
        assert str(error).startswith("test: condition")


WORDS = st.sampled_from(["a", "b", "not", "and", "or", "(", ")", "1", "2", "all", "of", "them", "sel_*"])


@given(st.lists(WORDS, max_size=12).map(" ".join), st.sets(st.sampled_from(NAMES)))
def test_what_compiles_agrees_with_python(text, true):
    try:
        answer = holds(text, *true)
    except RuleError:
        return
    if " of " not in f" {text} ":
        python = " ".join(
            word if word in ("not", "and", "or", "(", ")") else str(word in true) for word in text.split()
        )
        assert answer is eval(python, {})  # noqa: S307 - words of ours, chosen above


@pytest.mark.parametrize(
    ("text", "may", "holds"),
    [
        ("a and not b", {"a", "b"}, True),
        ("a and not b", {"b"}, False),
        ("not a", set(), True),
        ("not (a or b) and c", {"a", "b", "c"}, True),
        ("a or b", set(), False),
        ("2 of them", {"a"}, False),
    ],
)
def test_a_hopeful_condition_says_what_may_still_hold(text, may, holds):
    condition = compile_condition(text, ("a", "b", "c"), where="test", hopeful=True)
    assert condition(may.__contains__) is holds
