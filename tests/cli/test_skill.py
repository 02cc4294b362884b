from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from pinfold.cli import skill
from pinfold.model import UsageError


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    skill.configure(parser)
    return skill.run(parser.parse_args(words))


def plant(home: Path, folder: str, name: str) -> None:
    path = home / folder / "SKILL.md"
    path.parent.mkdir(parents=True)
    path.write_text(f'---\nname: "{name}"\ndescription: x\nallowed-tools: Read\n---\n')


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "COPILOT_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)


def test_the_list_is_a_table_on_stdout_and_notes_go_to_stderr(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant(tmp_path, ".claude/skills/a", "tidy")
    plant(tmp_path, ".goose/skills/b", "整理工具")
    assert run("list", "--home", str(tmp_path)) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].split() == ["HOST", "KIND", "NAME", "SOURCE", "DIGEST", "PATH"]
    assert lines[1].split()[:3] == ["claude-code", "skill", "tidy"]
    assert lines[2].split()[:3] == ["goose", "skill", "整理工具"]
    assert lines[1].endswith(str(tmp_path / ".claude/skills/a"))
    # The wide characters take two columns each.
    assert lines[1].index("sha256:") == lines[2].index("sha256:") + 4
    assert "2 installed" in err


def test_json_has_a_schema_and_every_field(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant(tmp_path, ".claude/skills/a", "tidy")
    assert run("list", "--home", str(tmp_path), "--format", "json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["schema"] == "pinfold.inventory/1"
    [row] = report["skills"]
    assert row["digest"].startswith("sha256:")
    assert (row["name"], row["kind"], row["hosts"]) == ("tidy", "skill", ["claude-code"])
    assert (row["path"], row["declared"]) == (str(tmp_path / ".claude/skills/a"), ["allowed-tools: Read"])


def test_a_project_is_listed_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "home").mkdir()
    plant(tmp_path / "project", ".claude/skills/a", "tidy")
    assert run("list", "--home", str(tmp_path / "home"), "--project", str(tmp_path / "project")) == 0
    assert "claude-code, github-copilot, opencode, vscode" in capsys.readouterr().out


@pytest.mark.parametrize(("form", "out"), [("text", ""), ("json", '"skills": []')])
def test_nothing_installed_is_exit_code_three(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, out: str
) -> None:
    assert run("list", "--home", str(tmp_path), "--format", form) == 3
    printed = capsys.readouterr()
    assert out in printed.out
    assert "Nothing is installed" in printed.err


def test_names_cannot_drive_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant(tmp_path, ".claude/skills/a", "\\e[2Jtidy\\u202Eevil\\u200b")
    assert run("list", "--home", str(tmp_path)) == 0
    assert "\\x1b[2Jtidy\\u202eevil\\u200b" in capsys.readouterr().out


def test_a_long_name_does_not_push_the_table_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant(tmp_path, ".claude/skills/a", "x" * 500)
    run("list", "--home", str(tmp_path))
    assert "x" * 59 + "…" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--home", "--project"])
def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path: Path, option: str) -> None:
    with pytest.raises(UsageError) as caught:
        run("list", option, str(tmp_path / "gone"))
    assert caught.value.hint
