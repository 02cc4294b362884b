from __future__ import annotations

import inspect
import json
import sys

import pytest

from pinfold.sandbox.probes.inside import attempt, calls
from pinfold.sandbox.probes.suite import CONTROLS, PROBES


@pytest.mark.parametrize("probe", [*PROBES, *CONTROLS], ids=lambda probe: probe.name)
def test_every_probe_names_an_attempt_that_exists(probe):
    assert len(inspect.signature(attempt.attempt(probe.attempt)).parameters) == 1


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("files.read", {"path": "/nonexistent"}, "ENOENT"),
        ("files.read", {}, "KeyError"),
        ("files.no_such", {}, "AttributeError"),
        ("no_such.thing", {}, "ModuleNotFoundError"),
    ],
)
def test_whatever_goes_wrong_is_told_in_one_line(monkeypatch, capfd, name, arguments, error):
    monkeypatch.setattr(attempt, "name_process", lambda _mark: None)
    monkeypatch.setattr(sys, "argv", ["attempts.zip", name, json.dumps({"mark": "pf", **arguments})])
    assert attempt.main() == 0
    (line,) = [line for line in capfd.readouterr().out.splitlines() if line]
    assert json.loads(line.removeprefix(attempt.MARK))["error"] == error


def test_a_refused_call_raises_with_its_number():
    with pytest.raises(OSError, match="Bad file descriptor"):
        calls.call(3, 1 << 20)  # close
