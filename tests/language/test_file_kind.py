"""Name and first line tell what a file is."""

from __future__ import annotations

import pytest

from pinfold.language.file_kind import kind_of, role_of
from pinfold.model import Role


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("SKILL.md", "", "markdown"),
        (".cursor/rules/a.mdc", "", "markdown"),
        ("AGENTS", "# Title\n\nDo this.\n", "markdown"),
        ("notes.txt", "# not a heading", "text"),
        ("scripts/setup.command", "", "shell"),
        ("app/.envrc", "", "shell"),
        ("bin/run", "#!/usr/bin/env bash\n", "shell"),
        ("bin/run", "#!/bin/sh -e\r\n", "shell"),
        ("bin/run", "#!/usr/bin/env -S uv run --script\n", "python"),
        ("bin/run", "#!/usr/bin/python3.12\n", "python"),
        ("bin/run", "#! /usr/bin/env node\n", "javascript"),
        ("notes.txt", "#!/bin/bash\ncurl", "shell"),
        ("data.json", "#!/bin/bash\ncurl", "shell"),
        ("a.pyw", "", "python"),
        ("a.tsx", "", "typescript"),
        ("a.cjs", "", "javascript"),
        ("a.ps1", "", "powershell"),
        ("Makefile", "", "makefile"),
        ("build/Dockerfile", "", "dockerfile"),
        ("Dockerfile.dev", "", "dockerfile"),
        ("a.yaml", "", "data"),
        ("icon.svg", "", "data"),
        ("config", '{"a": 1}', "data"),
        ("main.go", "", "code"),
        ("C:\\skills\\SKILL.md", "", "markdown"),
        ("LICENSE", "MIT", "text"),
    ],
)
def test_kinds(path, text, kind):
    assert kind_of(path, text) == kind


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("SKILL.md", Role.INSTRUCTION),
        ("tests/skill/SKILL.md", Role.INSTRUCTION),
        ("references/security.md", Role.INSTRUCTION),
        ("prompt.txt", Role.INSTRUCTION),
        ("README.md", Role.DOCUMENTATION),
        ("docs/README.zh-CN.md", Role.DOCUMENTATION),
        ("LICENSE.txt", Role.DOCUMENTATION),
        ("CHANGELOG.md", Role.DOCUMENTATION),
        ("scripts/run.sh", Role.COMMAND),
        ("scripts/run.py", Role.CODE),
        ("scripts/readme.py", Role.CODE),
        ("tests/run.py", Role.FIXTURE),
        ("tests.py", Role.CODE),
        ("test-fixtures/evil/run.py", Role.FIXTURE),
        ("test_cases/run.py", Role.FIXTURE),
        ("eval-data/run.py", Role.FIXTURE),
        ("data/run.py", Role.CODE),
        ("evals/run.py", Role.CODE),
        ("testing/run.py", Role.CODE),
        ("test-tools/run.py", Role.CODE),
        ("contest/run.py", Role.CODE),
        ("data.json", Role.DATA),
        ("requirements.txt", Role.DATA),
    ],
)
def test_roles(path, role):
    assert role_of(path, kind_of(path, "")) is role
