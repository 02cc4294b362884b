from __future__ import annotations

from pinfold.sandbox.probes.launcher import interpreter, prefix
from pinfold.sandbox.probes.matrix.controls import PROBES
from pinfold.sandbox.probes.probe import Outcome
from pinfold.sandbox.probes.run import run


def test_every_control_works_where_nothing_is_confined():
    found = {result.probe.name: result.outcome for result in run(PROBES, prefix("env --", ""), interpreter())}
    assert set(found.values()) == {Outcome.OPEN}, found
