"""Puts each disguise over the bad cases of our own rules and counts what becomes of the verdicts.

Only cases that are blocked as they are take part. ``--show`` lists the cases that a disguise lets through.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from disguises import DISGUISES, KEEP_FILES, Files, as_one_text
from process_watch import pinfold, private_home, watched
from table import show

ROOT = Path(__file__).resolve().parents[1]
VERDICTS = ("block", "review", "incomplete", "clean")
HOUR = 3600.0


def main() -> int:
    """Disguise, scan and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, default=ROOT / "tests" / "rules", metavar="DIR", help="cases of rules")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="one disguise; may be repeated")
    parser.add_argument("--show", nargs="*", default=[], metavar="VERDICT", help="list the cases with these verdicts")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="worker processes of the scan (default: 2)")
    parser.add_argument("--pinfold", metavar="PROGRAM", help="the program to run (default: this checkout)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="evasion-") as name:
        scratch = Path(name)
        cases = _blocked(_cases(arguments.cases), scratch / "plain", arguments)
        whole = _blocked({name: as_one_text(files) for name, files in cases.items()}, scratch / "whole", arguments)
        print(f"{len(cases)} cases are blocked as they are, {len(whole)} with all their files in one text\n")
        rows = []
        for disguise in arguments.only or DISGUISES:
            part = cases if disguise in KEEP_FILES else {name: cases[name] for name in whole}
            verdicts = _disguised(disguise, part, scratch / f"{len(rows):02}", arguments)
            rows.append(_row(disguise, verdicts))
            for case, verdict in sorted(verdicts.items()):
                if verdict in arguments.show:
                    print(f"{verdict}: {disguise}: {case}")
        print()
        show(("disguise", "cases", *VERDICTS, "blocked"), rows)
    return 0


def _cases(folder: Path) -> dict[str, Files]:
    """Return the files of every bad case of the source lens."""
    return {
        f"{case.parents[1].name}/{case.name}": {
            path.relative_to(case).as_posix(): path.read_bytes() for path in sorted(case.rglob("*")) if path.is_file()
        }
        for case in sorted(folder.glob("*/bad/source-*"))
    }


def _blocked(cases: dict[str, Files], folder: Path, arguments: argparse.Namespace) -> dict[str, Files]:
    verdicts = _verdicts(cases, folder, arguments)
    return {name: files for name, files in cases.items() if verdicts[name] == "block" and "SKILL.md" in files}


def _disguised(disguise: str, cases: dict[str, Files], folder: Path, arguments: argparse.Namespace) -> dict[str, str]:
    made = {name: DISGUISES[disguise](files) for name, files in cases.items()}
    return _verdicts({name: files for name, files in made.items() if files is not None}, folder, arguments)


def _verdicts(cases: dict[str, Files], folder: Path, arguments: argparse.Namespace) -> dict[str, str]:
    """Write the cases into a folder, scan them, and return the worst verdict of each."""
    names = {}
    for number, (name, files) in enumerate(cases.items()):
        names[f"{number:04}"] = name
        for path, data in files.items():
            target = folder / f"{number:04}" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    if not names:
        return {}
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    command = [*pinfold(arguments.pinfold), "scan", "--format", "json", "--jobs", str(arguments.jobs)]
    paths = [str(folder / number) for number in names]
    done = watched([*command, *paths], private_home(home), seconds=HOUR, memory=2**40)
    if done.code not in range(4):
        sys.exit(done.err.decode("utf-8", "replace"))
    found: dict[str, list[str]] = {name: [] for name in cases}
    for skill in json.loads(done.out)["skills"]:
        number = Path(skill["path"]).relative_to(folder).parts[0]
        found[names[number]].append(skill["verdict"])
    return {name: min(each, key=VERDICTS.index, default="clean") for name, each in found.items()}


def _row(disguise: str, verdicts: dict[str, str]) -> Iterable[object]:
    counts = Counter(verdicts.values())
    share = f"{counts['block'] / len(verdicts):.0%}" if verdicts else "-"
    return [disguise, len(verdicts), *(counts[verdict] for verdict in VERDICTS), share]


if __name__ == "__main__":
    sys.exit(main())
