"""Offsets become lines and columns, and back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.lines import LineIndex


@pytest.mark.parametrize(
    ("text", "offset", "position"),
    [
        ("", 0, (1, 1)),
        ("abc", 2, (1, 3)),
        ("a\nb", 1, (1, 2)),
        ("a\nb", 2, (2, 1)),
        ("a\r\nb", 3, (2, 1)),
        ("a\rb", 2, (2, 1)),
        ("a\u2028b\x0cc\x85d", 6, (1, 7)),
        ("a\n", 99, (2, 1)),
        ("ab", -3, (1, 1)),
        ("\n" * 100_000 + "xyz", 100_002, (100_001, 3)),
        ("x" * 100_000 + "\nyz", 100_002, (2, 2)),
    ],
)
def test_positions(text, offset, position):
    assert LineIndex(text).position(offset) == position


@given(st.text("ab\n\r", max_size=60), st.integers(0, 60))
def test_positions_agree_with_splitting(text, offset):
    offset = min(offset, len(text))
    ends = [match.end() for match in re.finditer(r"\r\n|\r|\n", text) if match.end() <= offset]
    assert LineIndex(text).position(offset) == (len(ends) + 1, offset - (ends[-1] if ends else 0) + 1)


@given(st.text("ab\n\r", max_size=60))
def test_lines_agree_with_splitting(text):
    lines = LineIndex(text)
    expected = re.split(r"\r\n|\r|\n", text)
    assert lines.count == len(expected)
    assert [text[slice(*lines.span(number + 1))].removesuffix("\r") for number in range(lines.count)] == expected


def test_lines_far_apart():
    text = "\n".join(f"line {number}" for number in range(1, 20_001))
    lines = LineIndex(text)
    for number in (1, 2, 997, 10_000, 19_999, 20_000):
        start, end = lines.span(number)
        assert text[start:end] == f"line {number}"
        assert lines.position(start) == (number, 1)
    assert lines.span(20_001) == (len(text), len(text))
