"""The command line run within the test's own process, which is ten times as quick as in one of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from pinfold.cli.main import main


class Done(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str


RULE = """
id: amber
title: Says the phrase
severity: medium
explain: It says the phrase.
fix: Take it out.
acts:
  - {id: run, kind: exec, detection: {any: {CommandLine|contains: amberword}, condition: any}}
text:
  - id: said
    patterns: {word: ["amber phrase"]}
"""

Pinfold = Callable[..., Done]
Write = Callable[..., Path]


@pytest.fixture
def pinfold(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pinfold:
    """A function that runs a command: in an empty folder, unless ``cwd`` is given."""

    def pinfold(*arguments: str | Path, cwd: Path | None = None) -> Done:
        folder = cwd or tmp_path / "empty"
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        return Done(code, *capsys.readouterr())

    return pinfold


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes files, ``write("name", {"SKILL.md": "text"})``, and returns their folder."""

    def write(name: str, files: dict[str, str | bytes]) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return folder

    return write


@pytest.fixture
def own_rules(write: Write) -> Path:
    """A folder with a rule of the user's own: one medium finding, which is worth a review."""
    return write("own-rules", {"amber.yaml": RULE})
