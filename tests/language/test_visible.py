"""Nothing in an excerpt is hidden, and nothing in it acts on a terminal."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.visible import WIDTH, excerpt, visible


def test_hidden_characters_are_spelt_out():
    assert visible("a\u202eb") == "a⟨U+202E⟩b"
    assert visible("\x1b[2J\x9b\0\r") == "⟨U+001B⟩[2J⟨U+009B⟩⟨U+0000⟩⟨U+000D⟩"
    assert visible("i\u200bg\U000e0041\ufeff") == "i⟨U+200B⟩g⟨U+E0041⟩⟨U+FEFF⟩"
    assert visible("a\tb ✅️ 挖矿 é") == "a b ✅️ 挖矿 é"


def test_the_span_moves_with_what_is_spelt_out():
    text, start, end = excerpt("\u202e\trun \u200bcurl now", 6, 11)
    assert text[start:end] == "⟨U+200B⟩curl"


def test_long_lines_are_cut_around_the_span():
    text, start, end = excerpt("x" * 5_000 + "NEEDLE" + "y" * 5_000, 5_000, 5_006)
    assert len(text) == WIDTH
    assert text[start:end] == "NEEDLE"
    assert text.startswith("…x")
    assert text.endswith("y…")


def test_a_span_longer_than_the_excerpt_is_cut():
    text, start, end = excerpt("z" * 1_000_000, 100, 900_000)
    assert len(text) <= WIDTH
    assert set(text[start:end]) == {"z"}


@given(st.text(max_size=400), st.integers(0, 400), st.integers(0, 400))
def test_excerpts_are_short_and_visible(line, first, second):
    text, start, end = excerpt(line, min(first, second), max(first, second))
    assert len(text) <= WIDTH
    assert 0 <= start <= end <= len(text)
    assert not any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in text)
    assert not any("\u202a" <= each <= "\u202e" or "\u2066" <= each <= "\u2069" for each in text)


@given(st.text("ab\u200b挖", max_size=200), st.data())
def test_the_span_is_what_was_underlined(line, data):
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, min(len(line), start + 20)))
    text, low, high = excerpt(line, start, end)
    assert text[low:high] == visible(line[start:end])
