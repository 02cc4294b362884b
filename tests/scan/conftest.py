"""A small rulebook of made-up words, and skills written on the spot.

The words mean nothing to anybody but these rules, so that a test of the scan does not move when a real rule does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

import msgspec
import pytest

from pinfold.model import Limits, Report, Skill, SkillKind, Unread
from pinfold.rulebook import Judge, Rule
from pinfold.scan.examine import Examiner

Write = Callable[..., Path]
Examine = Callable[..., Report]


def _rule(name: str, severity: str, **more: object) -> dict[str, object]:
    return {
        "id": name,
        "title": name,
        "severity": severity,
        "explain": f"{name} means harm.",
        "fix": "Remove it.",
        **more,
    }


def _runs(word: str) -> list[object]:
    return [{"id": "run", "kind": "exec", "detection": {"any": {"CommandLine|contains": word}, "condition": "any"}}]


def _says(word: str) -> list[object]:
    return [{"id": "said", "patterns": {"word": [word]}}]


_RULES = [
    _rule("crimson", "critical", acts=_runs("crimsonword")),
    _rule("scarlet", "high", text=_says("scarlet phrase|绯红短语")),
    _rule("amber", "medium", text=_says("amber phrase")),
    _rule("ochre", "medium", text=_says("ochre phrase")),
    _rule("grey", "low", text=_says("grey phrase")),
    _rule("plain", "critical", axis="capability", text=_says("plain phrase")),
    _rule(
        "sent",
        "critical",
        acts=[
            {
                "id": "sent",
                "kind": "connect",
                "detection": {"any": {"DestinationHostname": "drop.example"}, "condition": "any"},
            }
        ],
    ),
    _rule(
        "sweep",
        "high",
        acts=[
            {
                "id": "probe",
                "kind": ["connect", "exec"],
                "alone": False,
                "detection": {"any": {"DestinationIp|startswith": "192.0.2."}, "condition": "any"},
            }
        ],
        correlations=[
            {
                "id": "many",
                "type": "value_count",
                "rules": ["probe"],
                "timespan": "1m",
                "condition": {"field": "DestinationIp", "gte": 3},
            }
        ],
    ),
]


@pytest.fixture(scope="session")
def rules() -> tuple[Rule, ...]:
    """The made-up rules."""
    return tuple(msgspec.convert(rule, Rule) for rule in _RULES)


@pytest.fixture(scope="session")
def judge(rules: tuple[Rule, ...]) -> Judge:
    """The made-up rules, ready."""
    return Judge(rules)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes a skill, ``write("name", {"SKILL.md": "text"})``, and returns its folder."""

    def write(name: str, files: dict[str, str | bytes]) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
        return folder

    return write


def skill_at(root: Path, **more: object) -> Skill:
    """Return a folder as a skill."""
    return Skill(**{"name": root.name, "kind": SkillKind.SKILL, "path": root.name, "root": str(root), **more})


@pytest.fixture
def skill() -> Callable[..., Skill]:
    """A function that returns a folder as a skill."""
    return skill_at


@pytest.fixture
def examine(judge: Judge, write: Write) -> Examine:
    """A function that judges files, ``examine({"SKILL.md": "text"})``, or a folder, and returns the report."""

    def examine(
        files: dict[str, str | bytes] | Path, *, lost: Collection[Unread] = (), limits: Limits | None = None
    ) -> Report:
        root = files if isinstance(files, Path) else write("skill", files)
        return Examiner(judge, limits or Limits()).examine(skill_at(root), lambda _path: None, lost)

    return examine
