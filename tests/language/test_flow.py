"""What values hold, and how it is joined."""

from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.flow import (
    MAX_PROGRAMS,
    MAX_SOURCES,
    NOTHING,
    Flow,
    Part,
    Word,
    concatenated,
    in_order,
    joined,
    merged,
)


def test_merging_keeps_order_and_drops_doubles():
    first, second = Flow(("a", "b"), ("p",), "https://a.example"), Flow(("b", "c"), ("q",))
    assert merged((first, NOTHING, second)) == Flow(("a", "b", "c"), ("p", "q"), "https://a.example")


def test_the_text_is_kept_only_where_it_is_one():
    assert merged((Flow(text="x"), NOTHING)).text == "x"
    assert merged((Flow(text="x"), Flow(("a",)))).text is None


def test_passing_through_a_program_forgets_the_text():
    assert Flow(("a",), ("p",), "", "x").through("q") == Flow(("a",), ("p", "q"))


def test_bounds():
    assert len(joined((), map(str, range(10_000)))) == MAX_SOURCES
    programs = in_order((), map(str, range(10_000)))
    assert len(programs) == MAX_PROGRAMS
    assert (programs[0], programs[-1]) == ("0", "9999")


def test_cutting_a_word_keeps_what_its_parts_hold():
    word = Word("ab$X", (Part(2, 4, Flow(("env:X",))),), False)
    assert word.after(1) == Word("b$X", (Part(1, 3, Flow(("env:X",))),), False)
    assert word.before(2) == Word("ab", (), True)
    assert word.after(4).flow == NOTHING


@given(st.lists(st.text(max_size=5), max_size=6))
def test_parts_move_with_their_text(texts):
    words = [Word(text, (Part(0, len(text), Flow((str(index),))),)) for index, text in enumerate(texts)]
    whole = concatenated(words)
    assert whole.text == "".join(texts)
    assert [whole.text[part.start : part.end] for part in whole.parts] == texts
