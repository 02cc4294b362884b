"""What a probe is, and what comes of one."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from pinfold.sandbox.probes.outside.scene import Stage


class Group(StrEnum):
    """What a probe is aimed at."""

    NETWORK = "network"
    FILES = "files"
    PROCESSES = "processes"
    KERNEL = "kernel"
    CONTROL = "control"  # what must go on working, so that a sandbox which refuses everything is seen


class Outcome(StrEnum):
    """What a probe says of a sandbox; of a control, ``open`` means that it works."""

    CLOSED = "closed"  # the effect came about without the sandbox, and did not within it
    OPEN = "open"  # it came about within it
    ABSENT = "absent"  # it does not come about without a sandbox either, so nothing can be said


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a confined program could try.

    ``question`` is what it could do if this were open. ``stage`` sets up what stands outside, and ``attempt`` is the
    function of ``inside`` that tries, told ``options`` beside what the stage tells it. ``reason`` says why it cannot be
    closed without namespaces, and is empty where it can.
    """

    name: str
    group: Group
    question: str
    stage: Stage
    attempt: str
    options: dict[str, Any] = {}
    reason: str = ""

    @property
    def closable(self) -> bool:
        """Whether a sandbox without namespaces can close it."""
        return not self.reason


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a probe; ``reason`` is what the attempt said, or why there was none; ``seconds`` what it took."""

    probe: Probe
    outcome: Outcome
    reason: str = ""
    seconds: float = 0.0
