"""One run from beginning to end: the level is chosen, the plan settled, the program served."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence

from pinfold.model import Level, PinfoldError
from pinfold.sandbox.defaults import default_profile
from pinfold.sandbox.levels import choose, probe_levels
from pinfold.sandbox.outcome import Outcome
from pinfold.sandbox.plan import Plan
from pinfold.sandbox.planning import Asked, settle
from pinfold.sandbox.stream import Sink, Stream
from pinfold.sandbox.supervisor import Decide, Judge, Supervisor


def supervise(
    asked: Asked,
    *,
    level: Level | None = None,
    sinks: Sequence[Sink] = (),
    decide: Decide | None = None,
    judge: Judge | None = None,
    begin: Callable[[Plan, Supervisor], None] | None = None,
) -> Outcome:
    """Run what is asked, in this process, and return how it ended.

    ``level`` is the level wanted, by default the highest there is; the profile's own is the lowest accepted.
    ``begin`` is called once the plan is settled, before anything is started. This process becomes the supervisor: it
    must have one thread. Raises ``LevelTooLowError`` where the level cannot be had, ``UsageError`` and ``SetupError``.
    """
    lowest = (asked.profile or default_profile()).level
    if level is not None and asked.profile is None:
        lowest = min(lowest, level)  # nobody has set a bound but whoever names the level
    reached, missing = choose(probe_levels(), level, lowest)
    plan = settle(asked, reached, missing)
    stream = Stream(sinks, session=plan.session, skill=asked.skill)
    supervisor = Supervisor(plan, stream, decide=decide, judge=judge)
    gc.freeze()  # a program waits while garbage is looked for: let that be little
    try:
        if begin is not None:
            begin(plan, supervisor)
        return supervisor.run()
    except PinfoldError:
        supervisor.discard()
        raise
    finally:
        stream.close()
