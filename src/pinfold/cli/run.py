"""``pinfold run``: any program, under least privilege."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pinfold.model.errors import PinfoldError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinfold.model import AnyEvent, Profile
    from pinfold.sandbox.planning import Asked

NAME = "run"
SUMMARY = "run a program under least privilege, and tell what it does"

STOPPED = 120
OUR_FAULT = 125

_EPILOG = """\
Without a profile a program may read and run what the system and its interpreter bring along, change the working
folder, and contact nobody; it gets a home and a folder for temporary files of its own. What agents obey and what
holds secrets stays closed.

exit codes: the program's own; 120 it was stopped; 121 it cannot be confined as firmly as it must be; 125 a fault
of ours, or a profile that cannot be read; 126 and 127 the program cannot be started, or is not there.

examples:
  pinfold run -- python3 build.py
  pinfold run --profile build.toml --events build.jsonl -- make
  pinfold run --skill ./some-skill -- python3 ./some-skill/scripts/report.py
  pinfold run --level L0 --trace files --events seen.jsonl -- make     (observe only, to write a profile)
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``pinfold run``."""
    parser.epilog = _EPILOG
    parser.usage = "pinfold run [OPTIONS] -- COMMAND …"
    given = parser.add_mutually_exclusive_group()
    given.add_argument("--profile", type=Path, metavar="FILE", help="what the program may do (TOML)")
    given.add_argument("--skill", type=Path, metavar="DIR", help="let it do what the purpose of this skill needs")
    parser.add_argument(
        "--egress", choices=("none", "broker"), default="broker",
        help="none: no network at all; broker: what the profile grants (default)",
    )  # fmt: skip
    parser.add_argument(
        "--level", choices=("L0", "L1", "L2", "L3"), metavar="LEVEL",
        help="how firmly to confine it: L1 to L3, or L0 to observe only (default: the firmest there is)",
    )  # fmt: skip
    parser.add_argument(
        "--events", action="append", default=[], metavar="PATH",
        help="append what happens to this file, a JSON object a line, or send it to this Unix socket; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--trace", action="append", choices=("files",), default=[], help="also record every file that is opened"
    )
    parser.add_argument(
        "--on-finding", choices=("record", "freeze", "kill"), default="record",
        help="what to do when something is seen that should not happen at all (default: record)",
    )  # fmt: skip
    parser.add_argument("--session", default="", metavar="NAME", help="the name of this run in the events")
    parser.add_argument("-q", "--quiet", action="store_true", help="say nothing but errors")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to write the summary")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND …", help="the program and its arguments")


def run(arguments: argparse.Namespace) -> int:
    """Run the program, and return its exit code or ours."""
    from pinfold.model import Level, UsageError

    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    if not command:
        raise UsageError("no program is named", hint="Put it after two dashes: pinfold run -- python3 build.py")
    try:
        from pinfold.cli.run_notes import Notes
        from pinfold.sandbox.runs import supervise
        from pinfold.sandbox.stream import CallbackSink, open_sink

        asked = _asked(arguments, command)
        notes = Notes(sys.stderr, quiet=arguments.quiet, as_json=arguments.format == "json")
        outcome = supervise(
            asked,
            level=Level(arguments.level) if arguments.level else None,
            sinks=[*map(open_sink, arguments.events), CallbackSink(notes.event)],
            judge=_judge(arguments.on_finding),
            begin=lambda plan, supervisor: notes.begin(plan, supervisor.price),
        )
    except PinfoldError as error:
        _complain(error)
        return int(getattr(error, "code", OUR_FAULT))
    notes.end(outcome)
    return outcome.code


class BlockedSkillError(PinfoldError):
    """The skill that is to be run is one that a scan blocks."""

    code = STOPPED


def _asked(arguments: argparse.Namespace, command: list[str]) -> Asked:
    from pinfold.sandbox.planning import Asked

    return Asked(
        command=command,
        folder=os.getcwd(),  # noqa: PTH109
        environment=dict(os.environ),
        home=os.path.expanduser("~"),  # noqa: PTH111
        profile=_profile(arguments),
        skill=str(arguments.skill or ""),
        egress=arguments.egress,
        trace=frozenset(arguments.trace),
        session=arguments.session,
    )


def _profile(arguments: argparse.Namespace) -> Profile | None:
    """Return the profile of a file, or the one that a skill's purpose needs."""
    if arguments.profile is not None:
        from pinfold.sandbox.profile_file import load

        return load(arguments.profile)
    if arguments.skill is not None:
        return _of_skill(arguments.skill)
    return None


def _of_skill(path: Path) -> Profile:
    """Return what the purpose of a skill needs; a skill that a scan blocks is not run on its own word."""
    from pinfold.cli.reporting import load_rules, open_cache
    from pinfold.model import Limits, UsageError, Verdict
    from pinfold.rulebook import judge
    from pinfold.scan.least_privilege import draft
    from pinfold.scan.sightings import sightings
    from pinfold.skills.discover import find

    limits = Limits()
    found = list(find([path], limits))
    if len(found) != 1:
        raise UsageError(
            f"{path}: {len(found)} units, and a run is for one skill", hint="Name the folder of one skill."
        )
    cache = open_cache(wanted=True)
    seen = sightings(found[0], judge(load_rules([], cache), cache), limits)
    if seen.report.verdict is Verdict.BLOCK:
        hint = (
            f"`pinfold scan {path}` says why; `pinfold profile from-skill {path}` writes a profile that you can edit."
        )
        raise BlockedSkillError(f"{path}: a scan blocks this skill", hint=hint)
    return draft(found[0], seen).profile


def _judge(on_finding: str) -> Callable[[AnyEvent], str] | None:
    from pinfold.model import FindingEvent

    if on_finding == "record":
        return None
    return lambda event: on_finding if isinstance(event, FindingEvent) else ""


def _complain(error: PinfoldError) -> None:
    from pinfold.output.terminal import visible

    print(f"error: {visible(str(error))}", file=sys.stderr)
    if error.hint:
        print(f"hint: {visible(error.hint)}", file=sys.stderr)
