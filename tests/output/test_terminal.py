from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.output.terminal import cells, pad, shorten, underlined, visible, wrap

ANY_TEXT = st.text(st.characters(categories=None))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("挖矿 é ñ", "挖矿 é ñ"),
        ("a\u200bb", "a⟨U+200B⟩b"),
        ("\x1b[31m", "⟨U+001B⟩[31m"),
        ("line\nbreak", "line⟨U+000A⟩break"),
        ("\U000e0041", "⟨U+E0041⟩"),
        ("\u3164", "⟨U+3164⟩"),
        ("\udcff", "⟨U+DCFF⟩"),
        ("⚠\ufe0f", "⚠"),
        ("x\ufe0f", "x⟨U+FE0F⟩"),
        ("e\u0301", "e\u0301"),
        ("e" + "\u0301" * 5, "e" + "\u0301" * 3 + "⟨U+0301⟩" * 2),
    ],
)
def test_visible(text, shown):
    assert visible(text) == shown


@given(ANY_TEXT)
def test_visible_text_is_printable(text):
    shown = visible(text)
    assert all(character.isprintable() or unicodedata.category(character) == "Zs" for character in shown)
    assert not set(shown) & set("\u200b\u202e\u2066\ufeff\u00ad\u3164\x1b\n")


@pytest.mark.parametrize(("text", "width"), [("abc", 3), ("挖矿", 4), ("e\u0301", 1), ("", 0), ("｡", 1), ("😀", 2)])
def test_cells(text, width):
    assert cells(text) == width


def test_pad_fills_to_cells():
    assert pad("挖", 4) == "挖  "
    assert pad("long", 2) == "long"


@given(ANY_TEXT, st.integers(1, 40))
def test_shortened_text_fits(text, width):
    text = visible(text)
    short = shorten(text, width)
    assert cells(short) <= width
    assert short == text or short.endswith("…")


@given(ANY_TEXT, st.integers(0, 60))
def test_wrapped_text_fits_and_keeps_every_word(text, width):
    text = visible(text)
    lines = wrap(text, width)
    assert all(cells(line) <= max(width, 10) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_wrap_breaks_at_spaces_first():
    assert wrap("one two three four", 10) == ["one two", "three four"]
    assert wrap("没有空格的一句中文话", 10) == ["没有空格的", "一句中文话"]


@given(ANY_TEXT, st.integers(-5, 300), st.integers(-5, 300), st.integers(0, 120))
def test_underline_stays_within_the_line(excerpt, start, end, width):
    line, first, last = underlined(excerpt, start, end, width)
    assert 0 <= first <= last <= cells(line) <= max(width, 20)


def test_underline_of_a_long_line_keeps_the_span():
    line, first, last = underlined("a" * 200 + "SPAN" + "b" * 200, 200, 204, 60)
    assert line[first:last] == "SPAN"
    assert line.startswith("…")
    assert line.endswith("…")


def test_tabs_take_four_cells():
    assert underlined("\tx = 1", 1, 2, 80) == ("    x = 1", 4, 5)


def test_a_span_that_is_cut_ends_in_one_mark():
    excerpt = "run " + "x" * 100 + " and then more"
    source, start, end = underlined(excerpt, 4, 104, 40)
    assert source.startswith("…")
    assert source.endswith("x…")
    assert "……" not in source
    assert end - start == 38
