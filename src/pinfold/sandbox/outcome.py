"""How a run went."""

from __future__ import annotations

import msgspec

from pinfold.model import Level


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How a run ended.

    ``code`` is the program's own exit code, 128 and the number of the signal that ended it, or 120 when the run was
    stopped; ``stopped`` says why it was. ``failed`` says why the program could not be started (126 and 127). Counts are
    of events; ``lost`` are those that a sink did not take.
    """

    code: int
    level: Level
    seconds: float
    stopped: str = ""
    failed: str = ""
    counts: dict[str, int] = {}
    denied: int = 0
    findings: int = 0
    sent: int = 0
    received: int = 0
    flows: int = 0
    lost: int = 0
    left: int = 0
