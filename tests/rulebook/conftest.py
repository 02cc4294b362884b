"""Acts, rules and passages made on the spot, so that a test of the rulebook shows all it rests on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
import yaml

from pinfold.language.fold import fold
from pinfold.model import Act, ActKind, Place, Role
from pinfold.rulebook import Judge, Rule
from pinfold.rulebook.act_literals import act_needs, act_text
from pinfold.rulebook.compile import read_rule
from pinfold.rulebook.detection import compile_detection, values_of
from pinfold.rulebook.prefilter import Prefilter

EXPLAINED = {"title": "A made-up rule", "severity": "high", "explain": "It means harm.", "fix": "Remove it."}


def make_act(kind="exec", **more):
    """Return an act; names with a capital are its fields."""
    fields = {name: more.pop(name) for name in list(more) if name[:1].isupper()}
    order = more.setdefault("order", 0)
    place = more.pop("place", Place("events.jsonl", line=order + 1, column=1, step=order))
    return Act(kind=ActKind(kind), fields=fields, place=place, **more)


@pytest.fixture(scope="session")
def act() -> Callable[..., Act]:
    """Makes an act: ``act("connect", DestinationIp="192.0.2.1", order=3)``."""
    return make_act


@pytest.fixture(scope="session")
def holds() -> Callable[..., bool]:
    """Says if a detection, or a lone selection, holds: ``holds({"a": {…}, "condition": "a"}, CommandLine="…")``."""

    def test(detection, kind="exec", **fields):
        if "condition" not in detection:
            detection = {"only": detection, "condition": "only"}
        plain = values_of(make_act(kind, **fields))
        folded = {name: value.lower() for name, value in plain.items()}
        answer = compile_detection(detection, where="test")(plain, folded)
        # Every test of a detection tests the prefilter, too: what holds is never held back.
        assert not answer or Prefilter([act_needs(detection)]).possible(act_text(folded)) == {0}
        return answer

    return test


@pytest.fixture(scope="session")
def rule() -> Callable[..., Rule]:
    """Makes a rule from what a rule file would hold."""

    def make(name="made-up", **body):
        return msgspec.convert({"id": name, **EXPLAINED, **body}, Rule)

    return make


@pytest.fixture
def judged(rule):
    """Judges acts, or a passage, by one rule made from its parts and returns the matches."""

    def judge(*material, lens="source", **body):
        acts = [item for item in material if hasattr(item, "kind")]
        return Judge([rule(**body)]).judge(lens, acts, [item for item in material if item not in acts])

    return judge


def _yaml(name, body):
    return yaml.safe_dump({"id": name, **EXPLAINED, **body}, allow_unicode=True)


@pytest.fixture
def write_rule(tmp_path) -> Callable[..., Path]:
    """Writes a rule file, ``raw`` or from its parts, into a folder of rules and returns its path."""

    def write(name="made-up", folder=None, raw=None, **body):
        target = (folder or tmp_path / "rules" / "family") / f"{name}.yaml"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(raw if raw is not None else _yaml(name, body), "utf-8")
        return target

    return write


@pytest.fixture
def read(write_rule) -> Callable[..., Rule]:
    """Writes a rule file and reads it."""

    def make(indicators=None, **body):
        return read_rule(write_rule(**body), indicators or {})

    return make


class Text:
    """A passage of plain lines. ``roles`` says by line what part the words play; lines in ``negated`` say not to."""

    def __init__(self, text, roles=None, negated=(), path="SKILL.md"):
        self.folded = fold(text)
        self._text, self._roles, self._negated, self._path = text, roles or {}, negated, path

    def _line(self, start):
        return self._text.count("\n", 0, start) + 1

    def stance(self, start, end):
        line = self._line(start)
        return SimpleNamespace(role=self._roles.get(line, Role.INSTRUCTION), negated=line in self._negated)

    def place(self, start, end):
        first = self._text.rfind("\n", 0, start) + 1
        return Place(self._path, line=self._line(start), column=start - first + 1)

    def excerpt(self, place):
        return self._text.splitlines()[place.line - 1], place.column - 1, place.column


@pytest.fixture(scope="session")
def passage() -> type[Text]:
    """A passage of plain text."""
    return Text
