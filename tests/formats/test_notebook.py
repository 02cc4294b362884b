"""Cells of notebooks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats.notebook import cells, too_many


def notebook(*sources, language="python"):
    made = [{"cell_type": kind, "source": source, "outputs": [{"text": "!rm -rf x"}]} for kind, source in sources]
    return json.dumps({"cells": made, "metadata": {"kernelspec": {"language": language}}}, indent=1)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("print(1)", [("python", "print(1)")]),
        (["import a\n", "a.b()"], [("python", "import a\na.b()")]),
        ("!ls -l", [("python", "      "), ("bash", "ls -l")]),
        ("x = !ls", [("python", "       "), ("bash", "ls")]),
        ("%pip install a", [("python", " " * 14), ("bash", "pip  install a")]),
        ("%matplotlib inline\nb()", [("python", " " * 18 + "\nb()")]),
        ("%%bash\ncurl a", [("bash", "      \ncurl a")]),
        ("%%writefile a.py\nb()", [("python", " " * 16 + "\nb()")]),
    ],
)
def test_code_and_magic(source, found):
    assert [(cell.language, cell.text) for cell in cells(notebook(("code", source)))] == found


def test_other_cells_and_kernels():
    text = notebook(("markdown", "# Hi"), ("raw", "x"), ("code", "a()"), language="R")
    assert [cell.language for cell in cells(text)] == ["markdown", "raw", "r"]


def test_a_line_has_its_place_in_the_file():
    text = notebook(("code", ["one()\n", "two()"]))
    [cell] = cells(text)
    at = cell.place(cell.text.index("two"))
    assert text[at : at + 5] == "two()"


def test_many_cells_are_told():
    assert too_many('"cell_type"' * 6_000)


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    list(cells(text))
    list(cells(notebook(("code", text))))
