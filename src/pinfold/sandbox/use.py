"""What a run uses, looked at again and again, and held against its limits."""

from __future__ import annotations

import time
from collections.abc import Callable

from pinfold.model import Resources, SampleEvent
from pinfold.sandbox import processes
from pinfold.sandbox.loop import Loop

SAMPLE_SECONDS = 1.0
"""How often use is recorded."""

LIMIT_SECONDS = 0.1
"""How often it is looked at where memory or processor time is limited."""


class Use:
    """Watches over the processes below ``root``; a run that takes more than it may is killed."""

    def __init__(
        self,
        limits: Resources,
        root: int,
        loop: Loop,
        *,
        emit: Callable[..., None],
        kill: Callable[[str], None],
        sampled: Callable[[], None],
    ) -> None:
        self._limits = limits
        self._root = root
        self._loop = loop
        self._emit = emit
        self._kill = kill
        self._sampled = sampled
        limited = limits.memory_bytes is not None or limits.cpu_seconds is not None
        self._every = LIMIT_SECONDS if limited else SAMPLE_SECONDS
        self._told = time.monotonic()
        loop.after(self._every, self._look)
        if limits.wall_seconds is not None:
            loop.after(limits.wall_seconds, self._too_late)

    def _too_late(self) -> None:
        self._kill(f"it ran longer than {self._limits.wall_seconds:g} seconds (limits.wall-seconds)")

    def _look(self) -> None:
        usage = processes.Usage(processes.descendants(self._root))
        memory, seconds = self._limits.memory_bytes, self._limits.cpu_seconds
        if memory is not None and usage.memory > memory:
            self._kill(f"it used {usage.memory:,} bytes of memory, of {memory:,} (limits.memory-bytes)")
        if seconds is not None and usage.seconds > seconds:
            self._kill(f"it used {usage.seconds:.1f} processor seconds, of {seconds:g} (limits.cpu-seconds)")
        if time.monotonic() - self._told >= SAMPLE_SECONDS:
            self._told = time.monotonic()
            seconds_used = round(usage.seconds, 2)
            self._emit(SampleEvent, CpuSeconds=seconds_used, MemoryBytes=usage.memory, Processes=usage.number)
            self._sampled()
        self._loop.after(self._every, self._look)
