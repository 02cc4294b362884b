"""A plan: what one run is given."""

from __future__ import annotations

import msgspec
import pytest

from pinfold.model import Level, Resources
from pinfold.sandbox.plan import Plan, Reach

PLAN = Plan(
    command=("a", "b"),
    program="/bin/a",
    folder="/work",
    scratch="/tmp/run-1",
    environment={"A": "1"},
    reach=Reach(read=("/usr",)),
    level=Level.L2,
)


def test_the_fresh_folders_lie_in_the_scratch_folder():
    assert PLAN.home == "/tmp/run-1/home"
    assert PLAN.temporary == "/tmp/run-1/tmp"


def test_what_is_not_said_is_not_granted():
    assert (PLAN.hosts, PLAN.devices, PLAN.missing, PLAN.trace) == ((), (), (), frozenset())
    assert PLAN.reach.write == PLAN.reach.execute == ()
    assert PLAN.limits == Resources()
    assert PLAN.egress == "broker"  # which connects nobody without hosts


def test_a_plan_is_settled():
    with pytest.raises(AttributeError):
        PLAN.level = Level.L0
    with pytest.raises(AttributeError):
        PLAN.reach.read = ("/",)
    with pytest.raises(TypeError):
        Plan("a")


def test_a_plan_survives_being_handed_on():
    assert msgspec.json.decode(msgspec.json.encode(PLAN), type=Plan) == PLAN
