"""What ``pinfold run`` tells on standard error: the level, each kind of denial once, and what it came to."""

from __future__ import annotations

from typing import Any, TextIO

import msgspec

from pinfold.model import (
    AnyEvent,
    ConnectEvent,
    DeniedEvent,
    Event,
    ExecEvent,
    FindingEvent,
    Level,
    LookupEvent,
    RunEvent,
)
from pinfold.output.terminal import visible
from pinfold.sandbox.outcome import Outcome
from pinfold.sandbox.plan import Plan

MOST_NOTES = 20
"""Denials and findings that are told while the program runs; the events have all of them."""

_HOLDS = {
    Level.L0: "observed only, nothing is confined",
    Level.L1: "system calls and connections are confined (seccomp, broker); files are not",
    Level.L2: "files, system calls and connections are confined (Landlock, seccomp, broker)",
    Level.L3: "a file tree, processes and a network of its own (namespaces, Landlock, seccomp, broker)",
}


class Notes:
    """Writes to ``stream``; with ``quiet`` nothing but the summary that JSON asks for."""

    def __init__(self, stream: TextIO, *, quiet: bool, as_json: bool) -> None:
        self._stream = stream
        self._quiet = quiet or as_json
        self._as_json = as_json
        self._told: set[tuple[str, ...]] = set()
        self._untold = 0
        self._plan: Plan | None = None

    def begin(self, plan: Plan, price: str = "") -> None:
        """Tell how firmly the run is confined, why not more so, and what it costs (a sentence) if that is much."""
        self._plan = plan
        self._say(f"level {plan.level}: {_HOLDS[plan.level]}")
        for reason in plan.missing:
            self._say(f"  not more: {reason}")
        if price:
            self._say(price)

    def event(self, event: AnyEvent) -> None:
        """Tell a denial or a finding, each kind once."""
        if isinstance(event, FindingEvent):
            self._once(("finding", event.Rule, event.Detail), f"finding {event.Rule}: {event.Detail}")
        elif isinstance(event, RunEvent) and event.State in ("frozen", "thawed"):
            self._say(f"{event.State}: {event.reason}" if event.reason else event.State)
        elif event.decision == "deny":
            program = event.Image.rpartition("/")[2] or "a program"
            what = _what(event)
            self._once((event.Image, what), f"denied: {program} {what}: {event.reason}")

    def _once(self, key: tuple[str, ...], text: str) -> None:
        if key in self._told:
            return
        if len(self._told) >= MOST_NOTES:
            self._untold += 1
            return
        self._told.add(key)
        self._say(text)

    def end(self, outcome: Outcome) -> None:
        """Tell what the run came to."""
        if self._as_json:
            self._stream.write(msgspec.json.encode(document(outcome, self._plan)).decode() + "\n")
            self._stream.flush()
            return
        if outcome.failed:
            self._say(f"the program cannot be started: {outcome.failed}")
        if self._untold:
            self._say(f"{self._untold:,} more kinds of denial: --events records all of them")
        self._say(summary(outcome, self._plan))

    def _say(self, text: str) -> None:
        if not self._quiet:
            self._stream.write(f"pinfold: {visible(text)}\n")
            self._stream.flush()


def _what(event: Event) -> str:
    """Return what was denied, as part of a sentence."""
    if isinstance(event, ConnectEvent):
        where = event.DestinationHostname or event.DestinationIp
        if ":" in event.DestinationIp and not event.DestinationHostname:
            where = f"[{where}]"
        return f"connecting to {where}:{event.DestinationPort}" if event.DestinationPort else f"connecting to {where}"
    if isinstance(event, LookupEvent):
        return f"looking up {event.QueryName or 'something damaged'}"
    if isinstance(event, ExecEvent):
        return f"running {event.CommandLine[:100]}"
    if isinstance(event, DeniedEvent):
        return f"{event.Call} {event.TargetFilename}".rstrip()
    name = str(event.__struct_config__.tag)
    return f"{name} {getattr(event, 'TargetFilename', '')}".rstrip()


def summary(outcome: Outcome, plan: Plan | None) -> str:
    """Return what a run came to, in one line."""
    parts = [f"stopped, because {outcome.stopped}" if outcome.stopped else f"exit code {outcome.code}"]
    parts[0] += f" after {outcome.seconds:.1f} s"
    programs = outcome.counts.get("exec", 0)
    parts.append(f"{programs:,} {'program' if programs == 1 else 'programs'}")
    if outcome.flows:
        flows = "1 connection" if outcome.flows == 1 else f"{outcome.flows:,} connections"
        parts.append(f"{flows} ({outcome.sent:,} bytes sent, {outcome.received:,} received)")
    parts.append(f"{outcome.denied:,} denied" if outcome.denied else "nothing denied")
    if outcome.findings:
        parts.append("1 finding" if outcome.findings == 1 else f"{outcome.findings:,} findings")
    if outcome.left:
        parts.append(f"{outcome.left:,} still running were ended")
    if outcome.lost:
        parts.append("1 event LOST" if outcome.lost == 1 else f"{outcome.lost:,} events LOST")
    if plan is not None and plan.level.rank >= Level.L2.rank and "files" not in plan.trace:
        parts.append("files that the kernel denied are not seen (--trace files)")
    return "; ".join(parts)


def document(outcome: Outcome, plan: Plan | None) -> dict[str, Any]:
    """Return what a run came to as ``docs/schema/run-1.json`` describes it."""
    return {
        "schema": "pinfold.run/1",
        "level": outcome.level,
        "missing": list(plan.missing) if plan else [],
        "session": plan.session if plan else "",
        "profile": plan.profile if plan else "",
        "exit_code": outcome.code,
        "stopped": outcome.stopped,
        "failed": outcome.failed,
        "seconds": round(outcome.seconds, 3),
        "events": outcome.counts,
        "denied": outcome.denied,
        "findings": outcome.findings,
        "flows": {"count": outcome.flows, "sent_bytes": outcome.sent, "received_bytes": outcome.received},
        "left_running": outcome.left,
        "lost": outcome.lost,
    }
