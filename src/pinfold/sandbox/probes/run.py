"""Runs probes against a sandbox: each must first come off without it, so that a closed one means something."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from pinfold.sandbox.probes.launcher import Launcher, unconfined
from pinfold.sandbox.probes.outside.scene import AbsentError
from pinfold.sandbox.probes.probe import Outcome, Probe, Result
from pinfold.sandbox.probes.trial import Trial, make

_LONGEST_REASON = 200


def run(probes: Iterable[Probe], launcher: Launcher, python: str) -> Iterator[Result]:
    """Yield a result for each of ``probes``, in order, in the sandbox that ``launcher`` starts programs in.

    ``python`` is the interpreter that makes the attempts. Everything that a probe makes is gone before the next begins.
    """
    for probe in probes:
        started = time.monotonic()
        outcome, reason = _examine(probe, launcher, python)
        yield Result(probe=probe, outcome=outcome, reason=reason, seconds=round(time.monotonic() - started, 3))


def _examine(probe: Probe, launcher: Launcher, python: str) -> tuple[Outcome, str]:
    try:
        plain = make(probe, unconfined, python)
        if not plain.seen:
            return Outcome.ABSENT, f"not possible without a sandbox either: {_told(plain)}"
        confined = make(probe, launcher, python)
    except AbsentError as error:
        return Outcome.ABSENT, str(error)
    if confined.seen:
        return Outcome.OPEN, probe.reason
    return Outcome.CLOSED, _told(confined)


def _told(trial: Trial) -> str:
    """Return a line on why nothing was seen: in the words of the attempt, or of the sandbox where it never began."""
    complaints = [line for line in trial.complaint.splitlines() if line.strip() and not line.startswith("hint:")]
    if trial.said.error == "nothing" and complaints:
        words = complaints[-1]
    else:
        words = trial.said.detail or "it went through, and nothing came of it"
    return words[:_LONGEST_REASON]
