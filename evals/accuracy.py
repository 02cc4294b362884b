"""Scans labelled skills with their tells taken away, and counts what was blocked, missed and wrongly suspected.

A label file is CSV with the columns repository, path, label (malicious, vulnerable, benign) and category. The skills
are read as data and never run. Each is copied to a folder with a number for a name; files that state what a scanner
should find, and evaluation files, are left out; hosts under ``.test`` become hosts under ``.example``.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import shutil
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from process_watch import pinfold, private_home, watched
from table import show

Skill = Mapping[str, Any]
"""One entry of ``skills[]`` in a JSON report."""

TELL = re.compile(r"(?i)^(_?expected.*\.(json|ya?ml|md)|_meta\.json|evals?(\.json|\.ya?ml|\.md)?|\.git|__pycache__)$")
"""Names of files and folders that tell a sample's label or test a skill, and are no part of what a host loads."""

TEST_HOST = re.compile(rb"(?i)(?<=[a-z0-9-])\.test\b(?![.\w(])")
TOLERATED = 0.01
"""Which part of the benign skills the bar of the ranking may catch."""

VERDICTS = ("block", "review", "incomplete", "clean", "not seen")


@dataclass(frozen=True)
class Sample:
    """A labelled skill and where its copy lies."""

    repository: str
    path: str
    label: str
    category: str
    copy: Path

    @property
    def name(self) -> str:
        """What the sample is called in the label file."""
        return f"{self.repository}/{self.path}"


def main() -> int:
    """Scan and print."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="accuracy-") as name:
        scratch = Path(name)
        home = scratch / "home"
        home.mkdir()
        scanner = Scanner(pinfold(arguments.pinfold), home, arguments.jobs)
        if arguments.labels is not None:
            samples = copy_samples(arguments, scratch / "samples")
            _print_labelled(samples, scanner.verdicts(samples, scratch / "samples"))
        if arguments.background is not None:
            skills = scanner.scan(arguments.background)
            _print_background(skills, arguments.sample, arguments.seed)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=Path, metavar="FILE", help="the labels")
    parser.add_argument("--checkouts", type=Path, metavar="DIR", help="a folder with the repositories as OWNER/NAME")
    parser.add_argument(
        "--checkout",
        action="append",
        default=[],
        metavar="OWNER/NAME=DIR",
        help="where one repository lies; may be repeated",
    )
    parser.add_argument(
        "--background", type=Path, metavar="DIR", help="unlabelled skills: tell how many raise an alert"
    )
    parser.add_argument(
        "--sample", type=int, default=20, metavar="N", help="list so many of those alerts (default: 20)"
    )
    parser.add_argument("--seed", type=int, default=1, help="which alerts are listed (default: 1)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="worker processes of the scan (default: 2)")
    parser.add_argument("--pinfold", metavar="PROGRAM", help="the program to run (default: this checkout)")
    arguments = parser.parse_args()
    if arguments.labels is None and arguments.background is None:
        parser.error("name --labels, --background, or both")
    return arguments


# Samples


def copy_samples(arguments: argparse.Namespace, folder: Path) -> list[Sample]:
    """Copy every labelled skill whose repository is at hand, without its tells."""
    with arguments.labels.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    places = dict(entry.split("=", 1) for entry in arguments.checkout)
    samples, absent = [], Counter[str]()
    for number, row in enumerate(rows):
        place = places.get(row["repository"])
        root = Path(place) if place else arguments.checkouts and arguments.checkouts / row["repository"]
        source = root and root / row["path"]
        if not source or not source.exists():
            absent[row["repository"]] += 1
            continue
        inner = {root / other["path"] for other in rows if other["repository"] == row["repository"]} - {source}
        copy = folder / f"{number:04}"
        _copy(source, copy, inner)
        samples.append(Sample(row["repository"], row["path"], row["label"], row["category"], copy))
    for repository, count in absent.items():
        print(f"not at hand: {count} of {repository}")
    return samples


def _copy(source: Path, target: Path, leave_out: Collection[Path]) -> None:
    """Copy a skill without tells and without the skills in it that have a label of their own."""

    def ignored(folder: str, names: list[str]) -> list[str]:
        return [name for name in names if TELL.match(name) or Path(folder) / name in leave_out]

    if source.is_file():
        target.mkdir(parents=True)
        shutil.copy(source, target / source.name)
    else:
        shutil.copytree(source, target, symlinks=True, ignore=ignored)
    for path in target.rglob("*"):
        if path.is_file() and not path.is_symlink():
            data = path.read_bytes()
            neutral = TEST_HOST.sub(b".example", data)
            if neutral != data and b"\0" not in data:
                path.chmod(0o600 | path.stat().st_mode)
                path.write_bytes(neutral)


# Scanning


class Scanner:
    """Runs ``pinfold scan`` and reads its JSON."""

    def __init__(self, command: Sequence[str], home: Path, jobs: int) -> None:
        """Use ``home`` for caches."""
        self._command = command
        self._home = home
        self._jobs = jobs

    def scan(self, path: Path) -> list[Skill]:
        """Return what is said about every skill under ``path``."""
        options = ["scan", "--format", "json", "--jobs", str(self._jobs), str(path)]
        done = watched([*self._command, *options], private_home(self._home), seconds=3600, memory=2**40)
        if done.code not in range(4):
            sys.exit(f"the scan of {path} failed: {done.err.decode('utf-8', 'replace')[:500]}")
        skills: list[Skill] = json.loads(done.out)["skills"]
        return skills

    def verdicts(self, samples: Sequence[Sample], root: Path) -> dict[Sample, list[Skill]]:
        """Return what is said of each sample: all are scanned at once, and by themselves those not seen so."""
        told: dict[str, list[Skill]] = defaultdict(list)
        for skill in self.scan(root) if samples else ():
            inside = Path(skill["path"]).relative_to(root)
            told[inside.parts[0] if inside.parts else ""].append(skill)
        return {sample: told[sample.copy.name] or self.scan(sample.copy) for sample in samples}


def worst(skills: Iterable[Skill]) -> str:
    """Return the worst verdict, or ``not seen``."""
    given = {skill["verdict"] for skill in skills}
    return next((verdict for verdict in VERDICTS if verdict in given), "not seen")


# Printing


def _print_labelled(samples: Sequence[Sample], told: Mapping[Sample, Sequence[Skill]]) -> None:
    verdicts = {sample: worst(told[sample]) for sample in samples}
    by_label: dict[str, Counter[str]] = defaultdict(Counter)
    by_category: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for sample, verdict in verdicts.items():
        by_label[sample.label][verdict] += 1
        by_category[sample.label, sample.category][verdict] += 1
    show(("label", "skills", *VERDICTS), [_row(label, counts) for label, counts in sorted(by_label.items())])
    print()
    rows = []
    for (label, category), counts in sorted(by_category.items()):
        caught = counts["block"] + counts["review"]
        rows.append((f"{label}: {category}", counts.total(), counts["block"], counts["review"], _share(caught, counts)))
    show(("category", "skills", "block", "review", "block or review"), rows)
    _print_ranking(samples, told)
    _print_list(
        "benign and not clean", samples, verdicts, told, ("benign",), ("block", "review", "incomplete", "not seen")
    )
    missed = ("clean", "incomplete", "review", "not seen")
    _print_list("malicious and not blocked", samples, verdicts, told, ("malicious",), missed)
    rules = Counter(rule for sample in samples if sample.label == "benign" for rule in _rules(told[sample]))
    print(
        f"\nrules over benign skills: {', '.join(f'{rule} {count}' for rule, count in rules.most_common()) or 'none'}"
    )


def _print_ranking(samples: Sequence[Sample], told: Mapping[Sample, Sequence[Skill]]) -> None:
    """Print what would be caught if the bar stood where it blocks `TOLERATED` of the benign skills."""
    scores = {sample: max((skill["score"] for skill in told[sample]), default=0.0) for sample in samples}
    harmless = sorted((scores[sample] for sample in samples if sample.label == "benign"), reverse=True)
    categories = sorted({sample.category for sample in samples if sample.label == "malicious"})
    if not harmless or not categories:
        return
    bar = harmless[int(TOLERATED * len(harmless))]
    shares = []
    for category in categories:
        found = [scores[each] for each in samples if (each.label, each.category) == ("malicious", category)]
        shares.append(sum(score > bar for score in found) / len(found))
    caught = sum(score > bar for score in harmless)
    print(
        f"\nranking: scores above {bar:.3f} are those of {caught} of {len(harmless)} benign skills; there a category of"
    )
    print(f"malicious ones is caught at {sum(shares) / len(shares):.2f} on average, of {len(shares)}")


def _print_list(
    title: str,
    samples: Sequence[Sample],
    verdicts: Mapping[Sample, str],
    told: Mapping[Sample, Sequence[Skill]],
    labels: Collection[str],
    wanted: Collection[str],
) -> None:
    chosen = [sample for sample in samples if sample.label in labels and verdicts[sample] in wanted]
    print(f"\n{title}: {len(chosen)}")
    for sample in chosen:
        print(f"  {verdicts[sample]:10}  {sample.name}  {', '.join(sorted(_rules(told[sample])))}")


def _print_background(skills: Sequence[Skill], sample: int, seed: int) -> None:
    counts = Counter(skill["verdict"] for skill in skills)
    print()
    show(("background", "skills", *VERDICTS[:4]), [("skills", len(skills), *(counts[name] for name in VERDICTS[:4]))])
    shares = (f"{verdict} {_share(counts[verdict], counts)}" for verdict in VERDICTS[:4])
    print(f"\nshares: {', '.join(shares)}")
    rules = Counter(rule for skill in skills for rule in _rules([skill]))
    print(f"rules: {', '.join(f'{rule} {count}' for rule, count in rules.most_common())}\n")
    alerts = [skill for skill in skills if skill["verdict"] in ("block", "review")]
    chosen = random.Random(seed).sample(alerts, min(sample, len(alerts)))  # noqa: S311 - to be repeatable
    for skill in chosen:
        print(f"{skill['verdict']}  {skill['path']}")
        for finding in skill["findings"]:
            print(f"    {finding['rule']}  {_first_line(finding)}")


def _first_line(finding: Mapping[str, Any]) -> str:
    """Return where a finding rests, and on what, in one line."""
    evidence = finding["evidence"][0]
    return f"{evidence['path']}:{evidence['line']}  {evidence['excerpt'].strip()[:140]}"


def _rules(skills: Iterable[Skill]) -> set[str]:
    return {finding["rule"] for skill in skills for finding in skill["findings"] if not finding.get("suppressed")}


def _row(title: str, counts: Counter[str]) -> tuple[object, ...]:
    return (title, counts.total(), *(counts[verdict] for verdict in VERDICTS))


def _share(part: int, counts: Counter[str]) -> str:
    return f"{100 * part / counts.total():.1f} %" if counts.total() else "-"


if __name__ == "__main__":
    sys.exit(main())
