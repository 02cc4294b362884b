"""The rule's own form."""

from __future__ import annotations

import msgspec
import pytest

from pinfold.model import ActKind
from pinfold.rulebook.rule import ActPart, Correlation, Rule, Rules, YaraSource

RUN = {"id": "run", "kind": "exec", "detection": {"a": {"X": "y"}, "condition": "a"}}


@pytest.mark.parametrize(
    ("kind", "kinds"), [("exec", (ActKind.EXEC,)), (["read", "write"], (ActKind.READ, ActKind.WRITE))]
)
def test_a_part_is_over_one_kind_of_act_or_several(kind, kinds):
    assert msgspec.convert({**RUN, "kind": kind}, ActPart).kinds == kinds


def test_a_rule_speaks_where_one_of_its_parts_does(rule):
    assert rule(acts=[RUN]).lenses == ("source", "live", "record")
    said = {"id": "said", "patterns": {"a": ["x"]}, "lenses": ["source"]}
    assert rule(acts=[{**RUN, "lenses": ["record"]}], text=[said]).lenses == ("source", "record")
    assert rule().lenses == ()


def test_group_by_is_spelled_as_in_sigma():
    body = {"id": "c", "type": "event_count", "rules": ["a"], "timespan": "1m", "group-by": ["User"]}
    assert msgspec.convert(body, Correlation).group_by == ("User",)


@pytest.mark.parametrize(
    "change", [{"colour": "red"}, {"severity": "dire"}, {"title": 5}, {"acts": [{**RUN, "extra": 1}]}]
)
def test_what_the_form_does_not_know_is_refused(rule, change):
    with pytest.raises(msgspec.ValidationError):
        rule(**change)


def test_rules_travel_as_messagepack(rule):
    rules = Rules(rules=(rule(acts=[RUN]),), version="1", yara=(YaraSource("a.yar", "rule a { condition: true }"),))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(rules), type=Rules) == rules
    assert isinstance(rules.rules[0], Rule)
