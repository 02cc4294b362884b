"""Builds the hostile corpus from a seed and scans it: no crash, no hang, and nothing unread may be called clean."""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from hostile_cases import beyond_cases, file_cases, nesting_cases, tar_cases, text_cases, zip_cases
from hostile_cases.case import CASES, ENGLISH, LIFTS, MINER, MINES, Case, fence, write_skill
from hostile_cases.mutants import mutants
from hostile_cases.outcome import Fault, Skill, case_faults, lost_workers, run_faults
from process_watch import Finished, pinfold, private_home, watched
from table import show

FAMILIES = (zip_cases, tar_cases, text_cases, nesting_cases, beyond_cases, file_cases)
"""Importing these declares the cases."""

KINDS = ("crash", "hang", "wrong clean", "missed")


@dataclass
class Tally:
    """What came of the cases of one family."""

    cases: int = 0
    faults: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    lost: int = 0
    slowest: float = 0.0
    peak: int = 0


def main() -> int:
    """Run the cases that were asked for and print what came of them; 1 if anything is wrong."""
    arguments = _arguments()
    cases = [case for case in CASES if case.possible()]
    skipped = [case for case in CASES if not case.possible()]
    cases += mutants(arguments.mutants, arguments.seed)
    cases = [case for case in cases if fnmatchcase(f"{case.family}: {case.name}", arguments.only)]
    if arguments.list:
        for case in cases:
            print(f"{case.family}: {case.name} ({case.expect.value})")
        return 0
    scratch = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        return _run(cases, skipped, scratch, arguments)
    finally:
        if arguments.keep:
            print(f"kept: {scratch}")
        else:
            _remove(scratch)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=1, help="the corpus comes out the same for the same seed (default: 1)"
    )
    parser.add_argument(
        "--mutants", type=int, default=1000, metavar="N", help="how many broken archives (default: 1000)"
    )
    parser.add_argument(
        "--batch", type=int, default=50, metavar="N", help="mutants scanned by one command (default: 50)"
    )
    parser.add_argument("--only", default="*", metavar="PATTERN", help="only cases like this, as in 'tar: *bomb*'")
    parser.add_argument("--list", action="store_true", help="name the cases and stop")
    parser.add_argument("--verbose", action="store_true", help="say what came of every case")
    parser.add_argument("--keep", action="store_true", help="keep the corpus and say where it is")
    parser.add_argument("--seconds", type=float, default=300, help="a scan that takes longer hangs (default: 300)")
    parser.add_argument(
        "--memory", type=int, default=3072, metavar="MB", help="ceiling for the process tree (default: 3072)"
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="worker processes of the scan (default: 2)")
    parser.add_argument("--pinfold", metavar="PROGRAM", help="the program to run (default: this checkout)")
    return parser.parse_args()


def _run(cases: Sequence[Case], skipped: Sequence[Case], scratch: Path, arguments: argparse.Namespace) -> int:
    scan = Scan(scratch / "home", arguments)
    if not scan.control(scratch / "control"):
        return 1
    since = time.monotonic()
    tallies: dict[str, Tally] = defaultdict(Tally)
    failures: list[tuple[Case, Fault]] = []
    for number, group in enumerate(_groups(cases, arguments.batch)):
        root = scratch / f"{number:04}"
        failures += scan.cases(group, root, arguments.seed, tallies[group[0].family])
        if not arguments.keep:
            _remove(root)
    rows = [_row(family, tally) for family, tally in tallies.items()]
    show(("family", "cases", *KINDS, "workers lost", "slowest s", "peak MB"), rows)
    print(f"\nseed {arguments.seed}, {len(cases)} cases, {time.monotonic() - since:.0f} s")
    for case in skipped:
        print(f"not possible here: {case.family}: {case.name}")
    for case, fault in failures:
        print(f"{fault.kind}: {case.family}: {case.name}: {fault.words}")
    return 1 if failures else 0


def _row(family: str, tally: Tally) -> tuple[object, ...]:
    counts = (tally.faults[kind] for kind in KINDS)
    return (family, tally.cases, *counts, tally.lost, f"{tally.slowest:.1f}", tally.peak // 1_000_000)


def _groups(cases: Sequence[Case], batch: int) -> Iterator[list[Case]]:
    """Yield every case by itself, but mutants in batches: there are many, and each is small."""
    waiting: list[Case] = []
    for case in cases:
        if case.family != "mutants":
            yield [case]
            continue
        waiting.append(case)
        if len(waiting) == batch:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


class Scan:
    """Builds cases and scans them, with a home and a cache of its own."""

    def __init__(self, home: Path, arguments: argparse.Namespace) -> None:
        """Prepare the home."""
        home.mkdir()
        self._environment: Mapping[str, str] = private_home(home)
        self._command = pinfold(arguments.pinfold)
        self._arguments = arguments

    def control(self, root: Path) -> bool:
        """Make sure that the payloads are found in the open and that a skill without one is clean.

        Without that, nothing else would mean anything.
        """
        bodies = {"miner": fence(MINER), "phrase": ENGLISH, "honest": ""}
        rules = {"miner": MINES, "phrase": LIFTS, "honest": frozenset[str]()}
        for name, body in bodies.items():
            (root / name).mkdir(parents=True)
            write_skill(root / name, body)
        for name in bodies:
            finished = self._scan(root / name)
            skills, faults = run_faults(finished.code, finished.out, finished.err)
            found = any(finding["rule"] in rules[name] for skill in skills for finding in skill["findings"])
            clean = [skill["verdict"] for skill in skills] == ["clean"]
            if faults or not skills or found != bool(rules[name]) or clean == bool(rules[name]):
                print(f"the control {name!r} came out wrong: {[skill['verdict'] for skill in skills]} {faults}")
                return False
        return True

    def cases(self, group: Sequence[Case], root: Path, seed: int, tally: Tally) -> list[tuple[Case, Fault]]:
        """Build and scan a group of cases under ``root``; return what is wrong."""
        folders = {case: root / f"{number:04}" / "unit-converter" for number, case in enumerate(group)}
        for case, folder in folders.items():
            folder.mkdir(parents=True)
            case.build(folder, random.Random(f"{seed} {case.family} {case.name}"))  # noqa: S311 - to be repeatable
        finished = self._scan(root if len(group) > 1 else next(iter(folders.values())))
        skills, faults = run_faults(finished.code, finished.out, finished.err)
        if finished.stopped:
            faults = [Fault("hang", f"over the limit of {finished.stopped}, at {finished.seconds:.0f} s")]
        if finished.orphans:
            faults.append(Fault("hang", f"{finished.orphans} processes outlived the command"))
        failures = [(group[0], fault) for fault in faults]
        if not any(fault.kind in ("crash", "hang") for fault in faults):
            failures += [
                (case, fault)
                for case, folder in folders.items()
                for fault in case_faults(case, _within(folder, skills))
            ]
        if self._arguments.verbose:
            for case, folder in folders.items():
                _say(case, _within(folder, skills), finished)
        self._count(tally, len(group), finished, skills, [fault for _case, fault in failures])
        return failures

    def _count(
        self, tally: Tally, cases: int, finished: Finished, skills: Sequence[Skill], faults: Sequence[Fault]
    ) -> None:
        tally.cases += cases
        tally.slowest = max(tally.slowest, finished.seconds)
        tally.peak = max(tally.peak, finished.peak)
        tally.lost += lost_workers(skills)
        for fault in faults:
            tally.faults[fault.kind] += 1

    def _scan(self, path: Path) -> Finished:
        options = ["scan", "--format", "json", "--jobs", str(self._arguments.jobs), str(path)]
        return watched(
            [*self._command, *options],
            self._environment,
            seconds=self._arguments.seconds,
            memory=self._arguments.memory * 1_000_000,
        )


def _within(folder: Path, skills: Sequence[Skill]) -> list[Skill]:
    """Return the skills that lie in ``folder``."""
    return [skill for skill in skills if Path(skill["path"]) == folder or folder in Path(skill["path"]).parents]


def _say(case: Case, skills: Sequence[Skill], finished: Finished) -> None:
    """Print what came of one case."""
    verdicts = sorted({skill["verdict"] for skill in skills})
    rules = sorted({finding["rule"] for skill in skills for finding in skill["findings"]})
    unread = sorted({unread["reason"] for skill in skills for unread in skill["unread"]})
    words = [", ".join(words) or "-" for words in (verdicts, rules, unread)]
    print(
        f"{finished.seconds:6.1f} s  {case.family}: {case.name} ({case.expect.value}): {' | '.join(words)}", flush=True
    )


def _remove(folder: Path) -> None:
    """Remove a tree that may be deeper than Python's own removal goes, and hold folders that may not be read."""
    with suppress(OSError, RecursionError):
        shutil.rmtree(folder)
    if folder.exists():
        subprocess.run(["chmod", "-R", "u+rwX", str(folder)], check=False, capture_output=True)
        subprocess.run(["rm", "-rf", str(folder)], check=False)


if __name__ == "__main__":
    sys.exit(main())
