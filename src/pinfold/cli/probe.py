"""``pinfold probe``: proves a sandbox, Pinfold's own or another, before anything is run in it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinfold.sandbox.probes.launcher import Launcher
    from pinfold.sandbox.probes.probe import Probe, Result

NAME = "probe"
SUMMARY = "prove a sandbox: try what a confined program could try, and look from outside"

_TERMINATED = 143  # as a shell says it of a program that ended by this signal

_EPILOG = """\
Each probe is first tried without a sandbox, then within it. It is closed if its effect came about in the first case
and not in the second, open if it came about in both, absent if it came about in neither. What a call returned decides
nothing. All traffic stays on loopback.

A launcher is a command that runs the words after it in a sandbox; {folder} becomes the folder that may be written,
{python} the interpreter that makes the attempts.

exit codes: 0 all that can be closed is closed, and what must work works; 1 it is not so; 2 wrong usage.

examples:
  pinfold probe
  pinfold probe --profile some-skill.toml --format json
  pinfold probe --launcher 'bwrap --ro-bind / / --bind {folder} {folder} --unshare-all --'
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("--profile", type=Path, metavar="FILE", help="prove the sandbox that this profile builds")
    parser.add_argument("--level", choices=("L1", "L2", "L3"), help="prove it at this level (default: the highest)")
    parser.add_argument("--launcher", metavar="CMD", help="prove what this command runs programs in instead")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="only these probes")
    parser.add_argument("--list", action="store_true", help="list the probes instead")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to write it (default: text)")


def run(arguments: argparse.Namespace) -> int:
    """Prove, report, and return the exit code."""
    import signal
    import sys

    probes = _chosen(arguments.only)
    if arguments.list:
        _list(probes)
        return 0
    _demand_linux()
    # Whoever ends this must not leave behind what was set up outside: queues, processes, files.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(_TERMINATED))
    try:
        return _prove(arguments, probes)
    finally:
        signal.signal(signal.SIGTERM, before)


def _prove(arguments: argparse.Namespace, probes: tuple[Probe, ...]) -> int:
    from pinfold.sandbox.probes.launcher import interpreter
    from pinfold.sandbox.probes.run import run as examine
    from pinfold.sandbox.probes.suite import CONTROLS

    launcher, python = _launcher(arguments), interpreter()
    controls, found = examine(CONTROLS, launcher, python), examine(probes, launcher, python)
    if arguments.format == "json":
        from pinfold.output.json import encode

        document = _document(arguments, list(controls), list(found))
        print(encode(document))
        summary = document["summary"]
    else:
        summary = _summary(*_shown(controls, found))
        print(_in_words(summary))
    return 0 if summary["holds"] else 1


def _chosen(names: list[str]) -> tuple[Probe, ...]:
    from pinfold.model import UsageError
    from pinfold.sandbox.probes.suite import PROBES

    unknown = sorted(set(names) - {probe.name for probe in PROBES})
    if unknown:
        raise UsageError(f"there is no probe {unknown[0]!r}", hint="`pinfold probe --list` shows them.")
    return tuple(probe for probe in PROBES if not names or probe.name in names)


def _list(probes: Iterable[Probe]) -> None:
    group = ""
    for probe in probes:
        if probe.group != group:
            group = probe.group
            print(group)
        print(
            f"  {probe.name:<24} {probe.question}{'' if probe.closable else ' (cannot be closed without namespaces)'}"
        )


def _demand_linux() -> None:
    import platform
    import sys

    from pinfold.model import UsageError

    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise UsageError(
            f"there are no probes for {platform.system()} on {platform.machine()}", hint="Linux on x86-64 is needed."
        )


def _launcher(arguments: argparse.Namespace) -> Launcher:
    from pinfold.model import Level, UsageError
    from pinfold.sandbox.probes import launcher

    if arguments.launcher is None:
        return launcher.pinfold(Level(arguments.level) if arguments.level else None, arguments.profile)
    if arguments.level or arguments.profile:
        raise UsageError(
            "--level and --profile are for Pinfold's own sandbox",
            hint="A launcher brings its own settings: leave them away.",
        )
    return launcher.prefix(arguments.launcher, launcher.interpreter())


def _summary(controls: list[Result], found: list[Result]) -> dict[str, Any]:
    from pinfold.sandbox.probes.probe import Outcome

    numbers: dict[str, Any] = {str(one): sum(result.outcome is one for result in found) for one in Outcome}
    numbers["closable_open"] = sum(result.outcome is Outcome.OPEN and result.probe.closable for result in found)
    numbers["controls"] = len(controls)
    numbers["controls_working"] = sum(result.outcome is Outcome.OPEN for result in controls)
    numbers["holds"] = not numbers["closable_open"] and numbers["controls_working"] == len(controls)
    return numbers


def _document(arguments: argparse.Namespace, controls: list[Result], found: list[Result]) -> dict[str, Any]:
    """Return the results in the order of ``docs/schema/probe-1.json``."""
    import os

    from pinfold.sandbox.probes.probe import Outcome

    works = {Outcome.OPEN: "works", Outcome.CLOSED: "fails", Outcome.ABSENT: "absent"}

    def described(result: Result) -> dict[str, Any]:
        return {"name": result.probe.name, "group": result.probe.group, "question": result.probe.question}

    def ended(result: Result) -> dict[str, Any]:
        return {"reason": result.reason, "seconds": result.seconds}

    return {
        "schema": "pinfold.probe/1",
        "launcher": arguments.launcher or "pinfold run",
        "level": arguments.level,
        "user": os.geteuid(),
        "kernel": os.uname().release,
        "landlock_abi": _landlock_abi(),
        "probes": [
            {**described(one), "result": one.outcome, **ended(one), "closable": one.probe.closable} for one in found
        ],
        "controls": [{**described(one), "result": works[one.outcome], **ended(one)} for one in controls],
        "summary": _summary(controls, found),
    }


def _landlock_abi() -> int:
    from pinfold.sandbox.kernel import landlock_abi

    try:
        return landlock_abi()
    except OSError:
        return 0


def _shown(controls: Iterator[Result], found: Iterator[Result]) -> tuple[list[Result], list[Result]]:
    """Print each result as it comes; return them all."""
    from pinfold.output.terminal import visible
    from pinfold.sandbox.probes.probe import Group, Outcome

    kept: dict[bool, list[Result]] = {True: [], False: []}
    heading = ""
    for results in (controls, found):
        for result in results:
            probe, word = result.probe, str(result.outcome)
            control = probe.group is Group.CONTROL
            kept[control].append(result)
            title = "what must work" if control else str(probe.group)
            if title != heading:
                heading = title
                print(heading)
            if control:
                word = "works" if result.outcome is Outcome.OPEN else "FAILS"
            elif result.outcome is Outcome.OPEN and probe.closable:
                word = "OPEN"
            print(f"  {word:<7} {probe.name:<24} {probe.question}", flush=True)
            if result.reason and (result.outcome is not Outcome.CLOSED or control):
                print(f"          {visible(result.reason)}")
    return kept[True], kept[False]


def _in_words(summary: dict[str, Any]) -> str:
    import os

    nothing = "" if summary["controls_working"] else "Nothing at all works in it, so what is closed says little.\n"
    others = summary["open"] - summary["closable_open"]
    left = f" ({others} of them cannot be closed without namespaces)" if others else ""
    return (
        f"{nothing}{summary['closed']} closed, {summary['open']} open{left}, {summary['absent']} absent; "
        f"{summary['controls_working']} of {summary['controls']} things that must work do; "
        f"uid {os.geteuid()}, Linux {os.uname().release}, Landlock {_landlock_abi() or 'missing'}"
    )
