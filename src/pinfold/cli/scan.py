"""``pinfold scan``: look over what would be installed, or what is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinfold.model import Limits, Report, Skill, Verdict
    from pinfold.rulebook import Rules
    from pinfold.scan.suppression import Suppress

NAME = "scan"
SUMMARY = "look over skills, plugins, MCP servers and agent configuration"

_EPILOG = """\
With no PATH, everything installed for the agents on this machine is scanned.

exit codes: 0 nothing is at or above --fail-on; 1 something is; 2 wrong usage, or a skill could not be
read in full (incomplete); 3 nothing to scan. Of several, the first of 1, 2, 3, 0 counts.

examples:
  pinfold scan ./some-skill                 before you install it
  pinfold scan ./download.skill             an archive, which is opened in memory
  pinfold scan                              what is installed already
  pinfold scan --fail-on review --format json skills/
  pinfold scan --format sarif --output ../pinfold.sarif .
  pinfold scan --also html=../report.html skills/
  git diff --name-only -z | xargs -0 pinfold scan --changed --
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    from pinfold.cli.reporting import add_output_options

    parser.epilog = _EPILOG
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="skill, tree of skills, archive, plugin, MCP server or configuration",
    )
    parser.add_argument(
        "--changed",
        action="store_true",
        help="each PATH is a file that has changed: scan what in the working folder holds it, and nothing else",
    )
    parser.add_argument(
        "--fail-on", choices=("block", "review"), help="the verdict from which on the exit code is 1 (default: block)"
    )
    parser.add_argument(
        "--jobs", type=_jobs, metavar="N", help="how many worker processes (default: one for each processor)"
    )
    parser.add_argument(
        "--no-cache", action="store_true", help="use no results, rules or patterns kept from earlier runs"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="read this configuration file and no other")
    add_output_options(parser)


def _jobs(text: str) -> int:
    from pinfold.scan.configuration import MAX_JOBS

    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MAX_JOBS):
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {MAX_JOBS}")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Scan, report, and return the exit code."""
    import os

    from pinfold.cli.reporting import load_rules, note, open_cache
    from pinfold.model import UsageError
    from pinfold.rulebook import judge
    from pinfold.scan.configuration import configuration
    from pinfold.scan.engine import scan

    if arguments.changed and not arguments.paths:
        raise UsageError("--changed needs the files that have changed", hint="pinfold scan --changed -- FILE …")
    # Without a path, what hosts would load for the working folder is scanned too, so it may not speak for itself.
    scanned = [Path.cwd()] if arguments.changed or not arguments.paths else arguments.paths
    settings = configuration(arguments.config, scanned, os.environ, Path.cwd())
    for text in settings.notes:
        note(text)
    cache = open_cache(wanted=not arguments.no_cache)
    rules = load_rules([*arguments.rules, *map(Path, settings.scan.rules)], cache)
    reports = scan(
        _skills(arguments.paths, settings.limits, changed=arguments.changed),
        judge(rules, cache),
        settings.limits,
        jobs=arguments.jobs or settings.scan.jobs or os.cpu_count() or 1,
        version=rules.version,
        cache=None if arguments.no_cache else cache,
    )
    verdicts = _report(arguments, reports, rules, settings.scan.suppress)
    return _exit_code(verdicts, arguments.fail_on or settings.scan.fail_on or "block")


def _report(
    arguments: argparse.Namespace, reports: Iterator[Report], rules: Rules, suppressions: Sequence[Suppress]
) -> set[Verdict]:
    """Write every report as it comes and return all verdicts; where there was no report, raise `NothingToScanError`.

    What was found in the part of a skill that could be read counts, too: a skill that is `incomplete` adds the verdict
    that it would have without the unread part.
    """
    import datetime
    import time

    from pinfold.cli.progress import watched
    from pinfold.cli.reporting import note, open_reports
    from pinfold.model import NothingToScanError, verdict_of
    from pinfold.output.renderer import Totals
    from pinfold.scan.suppression import suppressed

    started = time.monotonic()
    totals = Totals(rules=len(rules.rules))
    verdicts: set[Verdict] = set()
    written = open_reports(arguments, rules, "skills")
    today = datetime.datetime.now(datetime.UTC).date()
    nothing = NothingToScanError(
        "no skill, plugin, server or agent configuration was found",
        hint="Name a folder, file or archive: pinfold scan PATH.",
    )
    written.begin()
    try:
        for report in watched(reports, "scanning", shown=written.interactive):
            shown, notes = suppressed(report, suppressions, today)
            for text in notes:
                note(text)
            totals.add(shown)
            verdicts |= {shown.verdict, verdict_of(shown.score, complete=True)}
            written.report(shown)
    except NothingToScanError as error:  # the document is finished all the same, so that programs can read it
        nothing = error
    totals.seconds = time.monotonic() - started
    written.end(totals)
    if not totals.skills and not arguments.changed:
        raise nothing
    return verdicts


def _skills(paths: list[Path], limits: Limits, *, changed: bool) -> Iterator[Skill]:
    import os
    import sys

    from pinfold.skills.discover import find, holding, installed

    if changed:
        return holding(paths, Path(), limits)
    if paths:
        return find(paths, limits)
    return installed(Path.home(), os.environ, sys.platform, cwd=Path.cwd())


def _exit_code(verdicts: set[Verdict], fail_on: str) -> int:
    from pinfold.model import Verdict

    failing = {Verdict.BLOCK} if fail_on == "block" else {Verdict.BLOCK, Verdict.REVIEW}
    if verdicts & failing:
        return 1
    return 2 if Verdict.INCOMPLETE in verdicts else 0
