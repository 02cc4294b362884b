"""Pinfold and four other scanners of skills, side by side in one run.

Told of each: time and memory over the official skills and what it says of them; what share of labelled skills it
blocks; what share of planted harm and of honest twins (`planted.py`). Each runs without a network in a home of its own.
The others are installed by hand, each into its own environment (``pip install NAME``); one not named is left out.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from accuracy import Sample, copy_samples
from planted import Planting, half, plant, plantings
from process_watch import Finished, pinfold, private_home, watched
from table import show

Blocked = Callable[[Path, Sequence[str]], set[str]]
"""Takes a folder of skills and their names; returns the names of those that are blocked."""


class Peer(NamedTuple):
    """Another scanner: its package, its words, and what it must say of a skill to block it."""

    package: str
    words: tuple[str, ...]
    whole: bool  # whether it takes a folder of skills at once and tells them apart
    blocks: Callable[[Finished], set[str]]
    rule: str


def _by_code(*codes: int) -> Callable[[Finished], set[str]]:
    return lambda done: {"*"} if done.code in codes else set()


def _cisco(done: Finished) -> set[str]:
    told: dict[str, Any] = json.loads(done.out)
    return {Path(each["skill_path"]).name for each in told["results"] if not each["is_safe"]}


def _pinfold(done: Finished) -> set[str]:
    told: dict[str, Any] = json.loads(done.out)
    return {part for each in told["skills"] if each["verdict"] == "block" for part in Path(each["path"]).parts}


PEERS = {
    "pinfold": Peer("pinfold", ("scan", "--format", "json", "{path}"), True, _pinfold, "verdict block"),
    "skill-scanner": Peer(
        "cisco-ai-skill-scanner",
        ("scan-all", "{path}", "--recursive", "--format", "json", "--lenient"),
        True,
        _cisco,
        "not safe (a finding of high or critical)",
    ),
    "husk": Peer("husk-scanner", ("gate", "{path}", "--json"), False, _by_code(1, 2), "gate fails"),
    "skillsentinel": Peer(
        "skillsentinel-cli", ("scan", "{path}", "--json"), False, _by_code(1, 2), "exit code (high or critical)"
    ),
    "frisk": Peer("frisk-scan", ("{path}", "--json"), False, _by_code(1, 2), "exit code (verdict BLOCK)"),
}


class Runner:
    """Runs one scanner in a home of its own, cut off from the network."""

    def __init__(self, peer: Peer, command: Sequence[str], home: Path) -> None:
        """Use ``command`` as the program."""
        self.peer = peer
        self._command = command
        self._environment = private_home(home)
        self.spent = 0.0
        self.peak = 0

    def run(self, path: Path) -> Finished:
        """Scan one path and add up what it took."""
        words = [word.replace("{path}", str(path)) for word in self.peer.words]
        since = time.perf_counter()
        done = watched(["unshare", "-n", *self._command, *words], self._environment, seconds=3600, memory=2**40)
        self.spent += time.perf_counter() - since
        self.peak = max(self.peak, done.peak)
        return done

    def blocked(self, root: Path, names: Iterable[str]) -> set[str]:
        """Return which of the skills in ``root`` are blocked."""
        wanted = set(names)
        if self.peer.whole:
            return self.peer.blocks(self.run(root)) & wanted
        return {name for name in wanted if self.peer.blocks(self.run(root / name))}


def main() -> int:
    """Run what is named and print it."""
    arguments = _arguments()
    programs = {"pinfold": pinfold(arguments.pinfold), **_named(arguments.peer)}
    with tempfile.TemporaryDirectory(prefix="peers-") as name:
        scratch = Path(name)
        runners: dict[str, Runner] = {}
        for title, command in programs.items():
            home = scratch / f"home-{title}"
            home.mkdir()
            runners[title] = Runner(PEERS[title], command, home)
        if arguments.official is not None:
            _official(runners, arguments.official)
        if arguments.labels is not None:
            _labelled(runners, copy_samples(arguments, scratch / "samples"), scratch / "samples")
        if arguments.plantings is not None:
            _planted(runners, arguments, scratch)
        for title in runners:
            print(f"{title} blocks where: {PEERS[title].rule}")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--official", type=Path, metavar="DIR", help="the official skills")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="labelled skills, as for accuracy.py")
    parser.add_argument("--checkouts", type=Path, metavar="DIR", help="a folder with the repositories as OWNER/NAME")
    parser.add_argument("--checkout", action="append", default=[], metavar="NAME=DIR", help="where one repository lies")
    parser.add_argument("--plantings", type=Path, metavar="DIR", help="plantings, as for planted.py")
    parser.add_argument("--half", choices=("open", "kept", "both"), default="both", help="which half of them")
    parser.add_argument(
        "--peer", action="append", default=[], metavar="NAME=PROGRAM", help=f"one of {', '.join(PEERS)} and where it is"
    )
    parser.add_argument("--pinfold", metavar="PROGRAM", help="the program to run (default: this checkout)")
    return parser.parse_args()


def _named(entries: Iterable[str]) -> Mapping[str, list[str]]:
    programs = dict(entry.split("=", 1) for entry in entries)
    if unknown := sorted(set(programs) - set(PEERS)):
        sys.exit(f"not known: {', '.join(unknown)}; known are {', '.join(PEERS)}")
    return {title: [program] for title, program in programs.items()}


def _official(runners: Mapping[str, Runner], root: Path) -> None:
    names = sorted(path.parent.name for path in root.glob("*/SKILL.md"))
    rows = []
    for title, runner in runners.items():
        runner.run(root / names[0])  # what the first run compiles is not counted
        runner.spent = runner.peak = 0
        found = runner.blocked(root, names)
        rows.append(
            (
                title,
                len(names),
                f"{runner.spent:.1f}",
                f"{len(names) / runner.spent:.1f}",
                f"{runner.peak / 1e6:.0f}",
                len(found),
            )
        )
    show(("official skills", "skills", "seconds", "skills/s", "peak RSS MB", "blocked"), rows)
    print()


def _labelled(runners: Mapping[str, Runner], samples: Sequence[Sample], root: Path) -> None:
    labels = sorted({sample.label for sample in samples})
    rows = []
    for title, runner in runners.items():
        found = runner.blocked(root, [sample.copy.name for sample in samples])
        counts = [
            (
                sum(each.copy.name in found for each in samples if each.label == label),
                sum(each.label == label for each in samples),
            )
            for label in labels
        ]
        rows.append((title, *(f"{hit} of {every}" for hit, every in counts)))
    show(("blocked", *labels), rows)
    print()


def _planted(runners: Mapping[str, Runner], arguments: argparse.Namespace, scratch: Path) -> None:
    places = dict(entry.split("=", 1) for entry in arguments.checkout)
    chosen = [
        each
        for each in plantings(arguments.plantings)
        if each["base"].partition(":")[0] in places and arguments.half in ("both", half(each["id"]))
    ]
    for version in ("harm", "twin"):
        for planting in chosen:
            plant(planting, places, version, scratch / version / planting["id"])
    rows = []
    for title, runner in runners.items():
        hits = {
            version: runner.blocked(scratch / version, [each["id"] for each in chosen]) for version in ("harm", "twin")
        }
        rows.append((title, *(_share(chosen, hits[version], tier) for version in hits for tier in ("overt", "subtle"))))
    show(("planted, blocked", "overt harm", "subtle harm", "overt twins", "subtle twins"), rows)
    print()


def _share(chosen: Sequence[Planting], hits: set[str], tier: str) -> str:
    """Return how many of a tier are hit, and the mean over its classes."""
    by_class: dict[str, list[bool]] = defaultdict(list)
    for each in chosen:
        if each["tier"] == tier:
            by_class[each["class"]].append(each["id"] in hits)
    every = [hit for each in by_class.values() for hit in each]
    macro = sum(sum(each) / len(each) for each in by_class.values()) / max(len(by_class), 1)
    return f"{sum(every)} of {len(every)} ({macro:.2f})"


if __name__ == "__main__":
    sys.exit(main())
