from __future__ import annotations

import msgspec
import pytest

from pinfold.model import Place


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        (Place("SKILL.md"), "SKILL.md"),
        (Place("SKILL.md", 3, 7, 3, 9), "SKILL.md:3:7"),
        (Place("pack.zip!/a/b.sh", 1, 1), "pack.zip!/a/b.sh:1:1"),
        (Place("events.jsonl", 5, 1, step=4), "events.jsonl:5:1 (step 4)"),
        (Place("rollout.jsonl", step=0), "rollout.jsonl (step 0)"),
    ],
)
def test_a_place_reads_as_compilers_print_it(place, shown):
    assert str(place) == shown


def test_places_are_values():
    assert Place("a", 1, 2) == Place("a", 1, 2)
    assert len({Place("a", 1, 2), Place("a", 1, 2), Place("a", 1, 3)}) == 2


def test_a_place_survives_the_way_from_a_worker():
    place = Place("events.jsonl", 1, 1, step=0)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(place), type=Place) == place
