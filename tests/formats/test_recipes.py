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
    "composer.json": (
        '{"scripts": {"post-install-cmd": ["make it", "@php x", "A::b", "@b"], "b": "go"}}',
        ["make it", "php x", "go"],
    ),
    "package.json": ('{"scripts": {"postinstall": "npm run it", "it": "make it", "no": {}}}', ["make it"]),
    "pyproject.toml": ('[tool.poe.tasks.a]\ncmd = "make it"\n', ["make it"]),
    "assets/check.yml": ("jobs:\n  a:\n    runs-on: x\n    steps:\n      - run: make it\n", ["make it"]),
    "values.yaml": ("run: make it\n", []),
}


FILLED = {
    "variables": "vars: {A: it}\ntasks:\n  a:\n    cmds:\n      - make {{.A}}\n",
    "variables of a task": "vars: {A: no}\ntasks:\n  a:\n    vars: {A: it}\n    cmds: ['make {{ .A }}']\n",
    "variables of variables": "vars: {A: i, B: '{{.A}}t'}\ntasks:\n  a:\n    cmds: ['make {{.B | trim}}']\n",
    "environment": "env: {A: it}\ntasks:\n  a:\n    cmds: ['make $A']\n",
    "in braces": "tasks:\n  a:\n    env: {A: it}\n    cmds: ['make ${A}']\n",
    "of a workflow": "env: {A: it}\njobs:\n  a:\n    steps:\n      - run: make ${{ env.A }}\n",
}


@pytest.mark.parametrize("text", FILLED.values(), ids=FILLED)
def test_names_that_a_file_sets_are_filled_in(text):
    assert [item.command for item in commands("Taskfile.yml", text)] == ["make it"]


def test_a_name_that_a_command_sets_stands_for_its_output():
    text = "vars:\n  A: {sh: cat notes}\ntasks:\n  a: {cmds: ['send {{.A}}']}\n"
    assert [item.command for item in commands("Taskfile.yml", text)] == ["cat notes", "send $(cat notes)"]


UNFILLED = {
    "unknown": "tasks: {a: {cmds: ['make {{.A}} $B']}}",
    "of another task": "tasks: {b: {vars: {A: x}, cmds: []}, a: {cmds: ['make {{.A}} $B']}}",
    "a secret": "env: {B: '${{ secrets.B }}'}\ntasks: {a: {cmds: ['make {{.A}} $B']}}",
}


@pytest.mark.parametrize("text", UNFILLED.values(), ids=UNFILLED)
def test_other_names_stay(text):
    assert [item.command for item in commands("Taskfile.yml", text)] == ["make {{.A}} $B"]


PROJECTS = {
    "poe": ('[tool.poe.tasks]\nup = "make it"\n', ["make it"]),
    "hatch": ('[tool.hatch.envs.default.scripts]\nup = ["make it", "make more"]\n', ["make it", "make more"]),
    "pdm": ('[tool.pdm.scripts]\nup = {cmd = ["make", "it"]}\n', ["make it"]),
    "rye": ('[tool.rye.scripts]\nup = "make it"\n', ["make it"]),
    "entry points": ('[tool.poetry.scripts]\nup = "make:it"\n[project.scripts]\nup = "make:it"\n', []),
}


@pytest.mark.parametrize(("text", "found"), PROJECTS.values(), ids=PROJECTS)
def test_tasks_of_projects(text, found):
    assert [item.command for item in commands("pyproject.toml", text)] == found


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
