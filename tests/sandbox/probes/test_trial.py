from __future__ import annotations

import contextlib
import shlex
import tempfile
from pathlib import Path

import pytest

from pinfold.model import UsageError
from pinfold.sandbox.probes import trial
from pinfold.sandbox.probes.launcher import interpreter, prefix, unconfined
from pinfold.sandbox.probes.outside.population import marked
from pinfold.sandbox.probes.outside.scene import Scene
from pinfold.sandbox.probes.probe import Group, Probe
from pinfold.sandbox.probes.suite import PROBES


def probe_of(attempt="controls.read", **scene):
    places = []

    @contextlib.contextmanager
    def stage(place):
        places.append(place)
        yield Scene(**{"arguments": {"path": "/bin/sh"}, **scene})

    return Probe(name="p", group=Group.FILES, question="?", stage=stage, attempt=attempt), places


@pytest.fixture(autouse=True)
def own_temporary_folder(open_folder, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))
    return open_folder


def test_what_the_attempt_says_comes_back():
    probe, _places = probe_of()
    made = trial.make(probe, unconfined, interpreter())
    assert made.said.got == Path("/bin/sh").read_bytes()[:4096]


@pytest.mark.parametrize(
    "printed", ["", "pinfold-probe-said:", "pinfold-probe-said:{}", "pinfold-probe-said:[1]", "\\377\\000", "x" * 9000]
)
def test_a_sandbox_that_prints_nonsense_says_nothing(printed):
    probe, _places = probe_of()
    made = trial.make(probe, prefix(f"sh -c {shlex.quote(f'printf {shlex.quote(printed)}')}", ""), interpreter())
    assert (made.said.error, made.seen) == ("nothing", False)


def test_an_attempt_that_does_not_end_is_ended_and_the_effect_decides(monkeypatch):
    monkeypatch.setattr(trial, "SECONDS", 0.3)
    probe, _places = probe_of(effect=lambda _said: True)
    assert trial.make(probe, prefix("sleep 60 ;", ""), interpreter()).seen
    assert trial.make(probe, prefix("sh -c 'sleep 60; :'", ""), interpreter()).seen


def test_nothing_is_left_behind(own_temporary_folder):
    probe, places = probe_of("processes.outlive")
    trial.make(probe, unconfined, interpreter())
    assert list(own_temporary_folder.iterdir()) == []
    assert marked(places[0].mark) == []


def test_nothing_is_left_behind_when_the_launcher_is_no_program(own_temporary_folder):
    probe, _places = probe_of()
    with pytest.raises(UsageError, match="no-such-program"):
        trial.make(probe, prefix("no-such-program", ""), interpreter())
    assert list(own_temporary_folder.iterdir()) == []


def test_what_is_seen_while_it_runs_counts_and_lets_it_go():
    looks = iter([False, True])
    probe, _places = probe_of(during=lambda: next(looks, False))
    launcher = prefix("sh -c 'while [ ! -e release ]; do sleep 0.01; done'", "")
    assert trial.make(probe, launcher, interpreter()).seen


def test_the_caller_has_the_variables_and_descriptors_of_the_scene():
    names = {"caller-environment", "inherited-file", "inherited-socket", "ancestor-environment"}
    some = [probe for probe in PROBES if probe.name in names]
    assert len(some) == len(names)
    assert all(trial.make(probe, unconfined, interpreter()).seen for probe in some)
