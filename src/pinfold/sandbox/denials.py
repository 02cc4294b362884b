"""Denied calls, told one by one until there are too many: a flood of them must not flood the record."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from pinfold.model import DeniedEvent
from pinfold.sandbox.calls import NAMES
from pinfold.sandbox.processes import Process

DENIALS_A_SECOND = 50
"""Denied calls of one process and kind that are told one by one; the rest of that second are counted together."""


class Denials:
    """Emits ``denied`` events."""

    def __init__(self, emit: Callable[..., None]) -> None:
        self._emit = emit
        self._recent: dict[tuple[int, int], _Kind] = {}

    def tell(self, number: int, process: Process, reason: str, path: str = "") -> None:
        """Record that the call ``number`` of a process was denied; ``path`` is the file it was about."""
        key = (process.number, number)
        now = time.monotonic()
        kind = self._recent.get(key)
        if kind is None or now - kind.since > 1.0:
            if kind is not None:
                self._tell_rest(kind)
            kind = self._recent[key] = _Kind(now, process, NAMES.get(number, str(number)))
        kind.count += 1
        if kind.count <= DENIALS_A_SECOND:
            kind.fields |= {"reason": reason, "TargetFilename": path}
            self._emit(DeniedEvent, **kind.fields, Count=1)

    def close(self) -> None:
        """Tell what has only been counted so far."""
        for kind in self._recent.values():
            self._tell_rest(kind)
        self._recent.clear()

    def _tell_rest(self, kind: _Kind) -> None:
        if kind.count > DENIALS_A_SECOND:
            self._emit(DeniedEvent, **kind.fields, Count=kind.count - DENIALS_A_SECOND)


class _Kind:
    """The denials of one call of one process since some moment."""

    __slots__ = ("count", "fields", "since")

    def __init__(self, since: float, process: Process, call: str) -> None:
        self.since = since
        self.count = 0
        self.fields: dict[str, Any] = {
            "ProcessId": process.number,
            "Image": process.image,
            "Call": call,
            "decision": "deny",
        }
