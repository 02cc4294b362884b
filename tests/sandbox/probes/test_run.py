from __future__ import annotations

import contextlib

from pinfold.sandbox.probes.launcher import interpreter, prefix
from pinfold.sandbox.probes.outside.scene import AbsentError, Scene
from pinfold.sandbox.probes.probe import Group, Outcome, Probe
from pinfold.sandbox.probes.run import run


def probe_of(effect, attempt="controls.write", reason=""):
    @contextlib.contextmanager
    def stage(place):
        path = place.folder / "done"
        yield Scene(arguments={"path": str(path)}, effect=lambda said: effect(path, said))

    return Probe(name="p", group=Group.FILES, question="?", stage=stage, attempt=attempt, reason=reason)


def outcome(probe, launcher):
    (result,) = run([probe], prefix(launcher, ""), interpreter())
    return result.outcome, result.reason


def test_the_effect_decides_and_not_what_the_attempt_says():
    assert outcome(probe_of(lambda path, _said: path.exists()), "env --")[0] is Outcome.OPEN
    claimed = probe_of(lambda path, said: path.exists() and not said.error, "files.read")
    assert outcome(claimed, "env --")[0] is Outcome.ABSENT


def test_an_effect_that_fails_to_come_within_the_sandbox_is_closed():
    closed, reason = outcome(
        probe_of(lambda path, _said: path.exists()), "sh -c 'echo no such sandbox >&2; echo hint: none >&2'"
    )
    assert closed is Outcome.CLOSED
    assert reason == "no such sandbox"


def test_what_does_not_come_about_without_a_sandbox_is_absent_with_the_reason():
    absent, reason = outcome(probe_of(lambda _path, _said: False, "files.read"), "true")
    assert absent is Outcome.ABSENT
    assert reason.startswith("not possible without a sandbox either: [Errno 2]")


def test_a_scene_that_cannot_be_set_makes_it_absent():
    @contextlib.contextmanager
    def stage(_place):
        raise AbsentError("no such kernel")
        yield

    probe = Probe(name="p", group=Group.FILES, question="?", stage=stage, attempt="files.read")
    assert outcome(probe, "env --") == (Outcome.ABSENT, "no such kernel")


def test_what_cannot_be_closed_says_why():
    assert outcome(probe_of(lambda path, _said: path.exists(), reason="it is so"), "env --")[1] == "it is so"
