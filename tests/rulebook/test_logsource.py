"""How acts are called in Sigma."""

from __future__ import annotations

import msgspec
import pytest

from pinfold.model import ActEvent, ActKind
from pinfold.rulebook import load
from pinfold.rulebook.logsource import CATEGORIES, EVERYWHERE, LOGSOURCES, OUR_FIELDS, SIGMA_FIELDS, fields_of


@pytest.mark.parametrize("kind", list(ActKind))
def test_every_kind_has_a_log_source_and_fields(kind):
    assert LOGSOURCES[kind]["category"]
    assert fields_of(kind) > EVERYWHERE
    assert not SIGMA_FIELDS[kind] & OUR_FIELDS[kind]


@pytest.mark.parametrize(("category", "kind"), list(CATEGORIES.items()))
def test_what_is_exported_under_a_category_is_read_under_it(category, kind):
    assert CATEGORIES.get(LOGSOURCES[kind]["category"]) is kind


def test_the_fields_of_events_are_fields_of_acts():
    for event in ActEvent.__args__:
        kind = ActKind(event.__struct_config__.tag)
        own = {field.name for field in msgspec.structs.fields(event) if field.name[0].isupper()}
        assert own - {"Image"} <= fields_of(kind), kind


def test_our_rules_ask_for_no_field_that_no_act_has():
    for rule in load().rules:
        for part in rule.acts:
            known = set().union(*(fields_of(kind) for kind in part.kinds))
            for name, body in part.detection.items():
                maps = [] if name == "condition" else body if isinstance(body, list | tuple) else [body]
                asked = {key.partition("|")[0] for item in maps for key in item}
                assert asked <= known, f"{rule.id}: {part.id}: {name}"
