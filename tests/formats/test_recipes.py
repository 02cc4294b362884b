"""Commands in the files of builders and CI systems."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats.recipes import commands, limit_reached

RECIPES = {
    ".github/workflows/a.yml": ("jobs:\n  a:\n    steps:\n      - run: make it\n", ["make it"]),
    "docker-compose.yml": ("services:\n  a:\n    command: [sh, -c, make it]\n", ["sh -c 'make it'"]),
    ".gitlab-ci.yml": ("a:\n  script:\n    - make it\n    - make more\n", ["make it", "make more"]),
    ".pre-commit-config.yaml": ("repos:\n  - hooks:\n      - entry: make it\n", ["make it"]),
    "Taskfile.yml": ("tasks:\n  a:\n    cmds:\n      - make it\n", ["make it"]),
    "Procfile": ("web: make it\n", ["make it"]),
    "composer.json": ('{"scripts": {"post-install-cmd": ["make it", "@php x", "A::b"]}}', ["make it"]),
    "pyproject.toml": ('[tool.poe.tasks.a]\ncmd = "make it"\n', ["make it"]),
    "assets/check.yml": ("jobs:\n  a:\n    runs-on: x\n    steps:\n      - run: make it\n", ["make it"]),
    "values.yaml": ("run: make it\n", []),
}


@pytest.mark.parametrize(("path", "text", "found"), [(path, *rest) for path, rest in RECIPES.items()], ids=RECIPES)
def test_commands_and_their_places(path, text, found):
    taken = list(commands(path, text))
    assert [item.command for item in taken] == found
    assert all(text[item.start : item.end] for item in taken)


def test_what_is_too_long_is_told():
    assert limit_reached(".github/workflows/a.yml", "a: b\n" * 200_000)
    assert not limit_reached("a.yml", "a: b\n" * 200_000)


@given(st.sampled_from(sorted(RECIPES)), st.text(max_size=200))
def test_any_text_is_read(path, text):
    list(commands(path, text))
