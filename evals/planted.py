"""Plants one harmful sentence or step in each of many harmless skills, and counts what is found.

The plantings (``evals/planted/*.toml``) were written without sight of the rules, each with a twin: an honest text of
the same length and words at the same place. The harmless skills are other people's; they are copied from checkouts and
never run. Three scans are made: with the harm, with the twin, and of the skills as they are.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from accuracy import Scanner, worst
from process_watch import pinfold, private_home, watched
from table import show

Planting = Mapping[str, Any]
"""One ``[[planting]]`` of a file."""

VERSIONS = ("harm", "twin", "base")


class Told(NamedTuple):
    """What is said of a planting: the worst verdict, the rules above low, the heaviest first, and the highest score."""

    verdict: str
    rules: str
    score: float


def main() -> int:
    """Plant, scan and print."""
    arguments = _arguments()
    places = dict(entry.split("=", 1) for entry in arguments.checkout)
    chosen = [
        each
        for each in plantings(arguments.plantings)
        if each["base"].partition(":")[0] in places and arguments.half in ("both", half(each["id"]))
    ]
    with tempfile.TemporaryDirectory(prefix="planted-") as name:
        scratch = Path(name)
        for version in VERSIONS:
            for planting in chosen:
                plant(planting, places, version, scratch / version / planting["id"])
        (scratch / "home").mkdir()
        if arguments.peer:
            told = {version: _peer(arguments.peer, scratch / version, chosen, scratch) for version in VERSIONS}
        else:
            scanner = Scanner(pinfold(arguments.pinfold), scratch / "home", arguments.jobs)
            told = {version: _verdicts(scanner, scratch / version, chosen) for version in VERSIONS}
    _print(chosen, told, verbose=arguments.verbose)
    if arguments.at is not None:
        _print_at(arguments.at, chosen, told)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).parent / "planted"
    parser.add_argument("--plantings", type=Path, default=here, metavar="DIR", help="where the plantings stand")
    parser.add_argument(
        "--checkout", action="append", default=[], metavar="NAME=DIR", help="where a repository of the bases lies"
    )
    parser.add_argument(
        "--half",
        choices=("open", "kept", "both"),
        default="open",
        help="the half that may be looked at, the one kept for the last measurement, or both (default: open)",
    )
    parser.add_argument(
        "--peer", metavar="COMMAND", help="another scanner, with {path} in it: exit code 0 means nothing found"
    )
    parser.add_argument(
        "--at",
        type=float,
        metavar="SCORE",
        help="tell too what a bar at this score would catch",
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="worker processes of the scan (default: 2)")
    parser.add_argument("--pinfold", metavar="PROGRAM", help="the program to run (default: this checkout)")
    parser.add_argument(
        "--verbose", action="store_true", help="list every planting that was missed, and every twin hit"
    )
    return parser.parse_args()


def plantings(folder: Path) -> list[Planting]:
    """Return the plantings of all files."""
    files = sorted(folder.glob("*.toml"))
    return [each for file in files for each in tomllib.loads(file.read_text(encoding="utf-8"))["planting"]]


def half(name: str) -> str:
    """Return the half to which a planting belongs; the digest of its id decides, so nobody chose."""
    return "kept" if hashlib.sha256(name.encode()).digest()[0] % 2 else "open"


def plant(planting: Planting, places: Mapping[str, str], version: str, target: Path) -> None:
    """Copy the base of a planting to ``target`` and put the harm, the twin, or nothing into it."""
    repository, _, path = planting["base"].partition(":")
    shutil.copytree(Path(places[repository]) / path, target, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    if version == "base":
        return
    file = target / planting["file"]
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    at = planting["line"]
    before = "".join(lines[:at])
    if before and not before.endswith("\n"):
        before += "\n"
    file.chmod(0o600)
    file.write_text(before + planting[version].removeprefix("\n") + "".join(lines[at:]), encoding="utf-8")
    for name, text in planting.get(f"{version}_files", {}).items():
        added = target / name
        added.parent.mkdir(parents=True, exist_ok=True)
        added.write_text(text, encoding="utf-8")


def _verdicts(scanner: Scanner, root: Path, plantings: Sequence[Planting]) -> dict[str, Told]:
    """Return what is said of each planting."""
    told: dict[str, list[Any]] = defaultdict(list)
    for skill in scanner.scan(root):
        told[Path(skill["path"]).relative_to(root).parts[0]].append(skill)
    return {
        name: Told(worst(told[name]), _rules(told[name]), max((skill["score"] for skill in told[name]), default=0.0))
        for name in (planting["id"] for planting in plantings)
    }


def _rules(skills: Sequence[Any]) -> str:
    """Return the rules above low, the heaviest first."""
    found = Counter(
        finding["rule"]
        for skill in skills
        for finding in skill["findings"]
        if finding["severity"] not in ("low", "info")
    )
    return " ".join(found)


def _peer(command: str, root: Path, plantings: Sequence[Planting], scratch: Path) -> dict[str, Told]:
    """Return ``block`` where another scanner ends with something else than 0."""
    told: dict[str, Told] = {}
    for planting in plantings:
        words = [word.replace("{path}", str(root / planting["id"])) for word in command.split()]
        done = watched(words, private_home(scratch / "home"), seconds=600, memory=2**40)
        told[planting["id"]] = Told("block", "", 1.0) if done.code else Told("clean", "", 0.0)
    return told


def _print(chosen: Sequence[Planting], told: Mapping[str, Mapping[str, Told]], *, verbose: bool) -> None:
    rows = []
    shares: dict[str, list[float]] = defaultdict(list)
    for tier in ("overt", "subtle"):
        for class_ in sorted({each["class"] for each in chosen if each["tier"] == tier}):
            ids = [each["id"] for each in chosen if (each["tier"], each["class"]) == (tier, class_)]
            counts = {version: Counter(told[version][name].verdict for name in ids) for version in VERSIONS}
            rows.append((tier, class_, len(ids), *_counted(counts)))
            shares[f"{tier} block"].append(counts["harm"]["block"] / len(ids))
            shares[f"{tier} review"].append((counts["harm"]["block"] + counts["harm"]["review"]) / len(ids))
        ids = [each["id"] for each in chosen if each["tier"] == tier]
        counts = {version: Counter(told[version][name].verdict for name in ids) for version in VERSIONS}
        rows.append((tier, "ALL", len(ids), *_counted(counts)))
    columns = ("harm: block", "review", "twin: block", "review", "base: block", "review")
    show(("tier", "class", "skills", *columns), rows)
    print("\nmacro, mean over classes: " + json.dumps({k: round(sum(v) / len(v), 3) for k, v in shares.items() if v}))
    for planting in chosen if verbose else ():
        told_of = {version: told[version][planting["id"]] for version in VERSIONS}
        missed = told_of["harm"].verdict not in ("block", "review")
        hit = told_of["twin"].verdict in ("block", "review") and told_of["base"].verdict == "clean"
        if missed or hit:
            print(f"{planting['id']}  {planting['tier']} {planting['class']} {planting['form']}: {told_of}")


def _print_at(bar: float, chosen: Sequence[Planting], told: Mapping[str, Mapping[str, Told]]) -> None:
    """Print what a bar at another score than that of ``block`` would catch."""
    shares = []
    for tier, class_ in sorted({(each["tier"], each["class"]) for each in chosen}):
        names = [each["id"] for each in chosen if (each["tier"], each["class"]) == (tier, class_)]
        shares.append(sum(told["harm"][name].score > bar for name in names) / len(names))
    caught = {version: sum(told[version][each["id"]].score > bar for each in chosen) for version in VERSIONS}
    print(f"scores above {bar:g}: " + ", ".join(f"{version} {count}" for version, count in caught.items()), end="; ")
    print(f"a class is caught at {sum(shares) / len(shares):.2f} on average, of {len(shares)}")


def _counted(counts: Mapping[str, Counter[str]]) -> tuple[int, ...]:
    return tuple(counts[version][verdict] for version in VERSIONS for verdict in ("block", "review"))


if __name__ == "__main__":
    sys.exit(main())
