from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.output import chapters
from pinfold.output.chapters import Chapters

LINES = st.text(st.characters(exclude_characters="\x1e", exclude_categories=["Cs"])).map(lambda text: f"{text}\n")


@pytest.mark.parametrize("held", [1, 1_000_000])
@given(st.lists(st.tuples(st.sampled_from("ab"), LINES)))
def test_pieces_come_back_chapter_by_chapter_in_their_order(held, added):
    kept, chapters.HELD = chapters.HELD, held
    try:
        written = Chapters("ab")
        for name, piece in added:
            written.add(name, piece)
        for name in "ab":
            expected = [piece for chapter, piece in added if chapter == name]
            assert list(written.pieces(name)) == expected
            assert written.counts[name] == len(expected)
        written.close()
    finally:
        chapters.HELD = kept
