"""Scripts in pages and pictures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats.markup import scripts, too_many


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<script>a()</script>", ["a()"]),
        ("<SCRIPT type='x'>a()</SCRIPT><script>b()", ["a()", "b()"]),
        ('<svg onload="a()">', ["a()"]),
        ("<a href='javascript:a()'>", ["a()"]),
        ('<a xlink:href=" JavaScript:a()">', ["a()"]),
        ('<a href="https://a.example">', []),
        ("<script src='a.js'></script>", []),
        ("plain", []),
    ],
)
def test_where_scripts_stand(text, found):
    assert [text[start:end] for start, end in scripts(text)] == found


def test_many_scripts_are_told():
    assert too_many("<script>" * 3_000)


@given(st.text(alphabet="<script>/ onload='\"=javscript:a()", max_size=200))
def test_any_text_is_read(text):
    for start, end in scripts(text):
        assert 0 <= start <= end <= len(text)
