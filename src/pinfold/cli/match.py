"""``pinfold match``: judge what has been observed."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pinfold.model import UsageError

NAME = "match"
SUMMARY = "judge observed events, or the steps of a trajectory"

_EPILOG = """\
A file of events holds one observed act a line: "kind" and Sigma's field names, as in
  {"kind": "exec", "Image": "/usr/bin/ssh", "CommandLine": "ssh -fNR 2222:localhost:22 ops@203.0.113.7"}
A file of trajectories holds chat messages with tool calls: a rollout, or a message, a line.

exit codes: 0 no finding is at or above --fail-on; 1 one is; 2 wrong usage, or lines that could not be read.
Of several, the first of 1, 2, 0 counts.

examples:
  pinfold match events.jsonl
  pinfold match --trajectory rollout.jsonl
  zcat events.jsonl.gz | pinfold match --format json -
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    from pinfold.cli.reporting import add_output_options

    parser.epilog = _EPILOG
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="a file of events or trajectories; - is standard input"
    )
    parser.add_argument("--trajectory", action="store_true", help="the files hold trajectories")
    parser.add_argument(
        "--fail-on",
        choices=("critical", "high", "medium", "low"),
        default="medium",
        help="the severity from which on the exit code is 1 (default: medium)",
    )
    parser.add_argument("--no-cache", action="store_true", help="use no rules or patterns kept from earlier runs")
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Judge, report, and return the exit code."""
    import time

    from pinfold.cli.reporting import load_rules, note, open_cache, open_reports
    from pinfold.formats import chat, events
    from pinfold.model import Severity
    from pinfold.output.renderer import Totals
    from pinfold.rulebook import judge
    from pinfold.scan.observed import judge_events, judge_trajectories

    started = time.monotonic()
    for name in arguments.files:
        demand(name)
    cache = open_cache(wanted=not arguments.no_cache)
    rules = load_rules(arguments.rules, cache)
    ready = judge(rules, cache)
    totals = Totals(rules=len(rules.rules))
    written = open_reports(arguments, rules, "material")
    written.begin()
    for name in arguments.files:
        with open_lines(name) as lines:
            if arguments.trajectory:
                report = judge_trajectories(chat.read(lines, name), ready, name)
            else:
                report = judge_events(events.read(lines, name), ready, name)
        totals.add(report)
        written.report(report)
        if report.unread and not report.judged:
            note(_advice(name, trajectory=arguments.trajectory))
    totals.seconds = time.monotonic() - started
    forced = written.end(totals)
    if forced is not None:
        return forced
    least = Severity(arguments.fail_on).rank
    if any(number and severity.rank >= least for severity, number in totals.findings.items()):
        return 1
    return 2 if totals.unread else 0


def _advice(name: str, *, trajectory: bool) -> str:
    """Return what may be wrong with a file of which nothing could be judged."""
    if trajectory:
        return f"nothing in {name} is a trajectory; without --trajectory its lines are read as events"
    return f"nothing in {name} is an event; with --trajectory its lines are read as trajectories"


def demand(name: str) -> None:
    """Raise `UsageError` for a file that cannot be there, before anything is written; a pipe is left unopened."""
    path = Path(name)
    try:
        if name != "-" and path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if name != "-":
            path.stat()
    except OSError as error:
        raise _unusable(name, error) from None


def open_lines(name: str) -> BinaryIO:
    """Return a file of lines, ``-`` being standard input. Raises `UsageError` for one that cannot be opened."""
    if name == "-":
        return sys.stdin.buffer
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise _unusable(name, error) from None


def _unusable(name: str, error: OSError) -> UsageError:
    from pinfold.model import UsageError

    return UsageError(f"{name}: {error.strerror}", hint="Name a file of JSON lines, or - for standard input.")
