"""Confines what runs: any program, under least privilege, without root, daemon or container.

For programs: ``run``, ``arun`` and ``start`` of :mod:`pinfold.sandbox.library`, importable from here::

    from pinfold.sandbox import run

    outcome = run(["python3", "step.py"], folder=rollout, on_event=record)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pinfold.sandbox.library import Run, RunError, arun, run, start
    from pinfold.sandbox.outcome import Outcome

__all__ = ["Outcome", "Run", "RunError", "arun", "run", "start"]


def __getattr__(name: str) -> Any:
    """Load the library when it is asked for; the supervisor and the command line need none of it."""
    if name not in __all__:
        raise AttributeError(name)
    from pinfold.sandbox import library  # noqa: PLC0415

    return getattr(library, name)
