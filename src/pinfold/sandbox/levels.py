"""How firmly this machine can confine a run: tried, not guessed, and where it cannot, why, and what to do about it.

On other systems than Linux nothing is tried, and this module may still be imported.
"""

from __future__ import annotations

import functools
import platform
import struct
import sys

import msgspec

from pinfold.model import Level, PinfoldError
from pinfold.sandbox.shortfall import Missing, explain


class LevelTooLowError(PinfoldError):
    """A run cannot be confined as firmly as it must be; the message says what is missing."""

    code = 121


class Available(msgspec.Struct, frozen=True):
    """The ``highest`` level that can be reached here, none at all where it is ``None``, and why not a higher one."""

    highest: Level | None
    missing: tuple[Missing, ...] = ()


@functools.cache
def probe_levels() -> Available:
    """Return what this machine can do, for this user and within whatever this process already runs in.

    Takes some milliseconds, and at most two seconds where a trial hangs; tried once in a process.
    """
    if unfit := _unfit():
        return Available(None, (unfit,))
    from pinfold.sandbox.trials import tried  # noqa: PLC0415 - it needs what only Linux has

    missing = explain(tried(), _setting)
    lacking = min((one.level.rank for one in missing), default=len(Level))
    return Available(max(level for level in Level if level.rank < lacking), missing)


def choose(available: Available, wanted: Level | None, lowest: Level) -> tuple[Level, tuple[str, ...]]:
    """Return the level for a run, and the reasons why it is not a higher one.

    ``wanted`` is the level asked for, or ``None`` for the highest; ``lowest`` is the least that is acceptable. Raises
    :class:`LevelTooLowError` where either cannot be had.
    """
    needed = max(wanted or lowest, lowest)
    if wanted is not None and wanted.rank < lowest.rank:
        raise LevelTooLowError(
            f"level {wanted} was asked for, and the profile accepts none below {lowest}",
            hint=f'Ask for {lowest}, or let the profile say level = "{wanted}".',
        )
    if available.highest is None or available.highest.rank < needed.rank:
        lacking = [one for one in available.missing if one.level.rank <= needed.rank]
        reached = "nothing can be confined here" if available.highest is None else f"{available.highest} is reached"
        raise LevelTooLowError(
            f"level {needed} is needed and {reached}: {'; '.join(one.reason for one in lacking)}",
            hint=" ".join(one.remedy for one in lacking if one.remedy),
        )
    level = wanted or available.highest
    if level.rank < available.highest.rank:
        return level, (f"level {level} was asked for; {available.highest} can be had",)
    return level, tuple(f"{one.level}: {one.reason}" for one in available.missing)


def _unfit() -> Missing | None:
    """Say why nothing can be confined on this system at all."""
    remedy = "Run it in a Linux virtual machine or container host on x86-64, kernel 6.12 or later."
    if sys.platform == "darwin":
        return Missing(Level.L0, "macOS has neither Landlock nor seccomp", remedy)
    if sys.platform in ("win32", "cygwin"):
        return Missing(Level.L0, "Windows has neither Landlock nor seccomp", f"{remedy} WSL2 is one, up to level L0.")
    if sys.platform != "linux":
        return Missing(Level.L0, f"{sys.platform} is not Linux", remedy)
    machine = platform.machine()
    if machine != "x86_64" or struct.calcsize("P") != 8:
        return Missing(Level.L0, f"the processor is {machine}, and only 64-bit x86-64 is supported", remedy)
    return None


def _setting(name: str) -> str:
    try:
        with open(f"/proc/{name}", encoding="utf-8", errors="replace") as file:
            return file.read().rstrip("\n")
    except OSError:
        return ""
