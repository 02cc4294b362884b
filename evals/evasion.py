"""Puts each disguise over the bad cases of our own rules and counts what becomes of the verdicts.

Only cases that are blocked as they are take part. All disguised skills go through one pool of workers with the rules
made ready once, so that a whole run costs judging and nothing else. ``--record`` keeps every verdict with what it
depends on: a run that was stopped goes on where it was. ``--sample 10`` takes every tenth case, ``--show`` lists the
cases that a disguise lets through.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from decoders import DECODERS
from disguises import DISGUISES, KEEP_FILES, Disguise, Files, as_one_text
from table import show
from variations import KEEP_FILES as VARIED_FILES
from variations import VARIATIONS

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from pinfold.model import Limits, Skill  # noqa: E402  # the checkout is what is measured
from pinfold.rulebook import judge, load  # noqa: E402
from pinfold.scan.engine import scan  # noqa: E402
from pinfold.skills.discover import find  # noqa: E402

VERDICTS = ("block", "review", "incomplete", "clean")
PLAIN = ("as it is", "in one text")
"""What a case is called in the record before it is disguised: with its files, and with all of them in one text."""

EVERY: dict[str, Disguise] = DISGUISES | VARIATIONS | DECODERS
"""Every disguise: those of the list, variations on it, and the idioms of decoders."""

IN_FILES = KEEP_FILES | VARIED_FILES | DECODERS.keys()
"""Disguises that leave each file a file; the others are measured against `as_one_text`."""

SHARE = 3
"""Each variation and each idiom takes every so many-th case, another third each, so that a run stays short."""

Key = tuple[str, str]
"""A disguise and a case."""


def main() -> int:
    """Disguise, scan and print."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="evasion-") as name:
        scanner = Scanner(Path(name), arguments.jobs, arguments.record)
        cases = dict(list(read_cases(arguments.cases).items())[:: arguments.sample])
        blocked = _blocked(cases, scanner)
        for which, kept in blocked.items():
            print(f"{len(kept)} of {len(cases)} cases are blocked {which}")
        names = arguments.only or list(EVERY)
        made = (
            ((disguise, case), files)
            for disguise in names
            for case in _share(disguise, blocked[PLAIN[disguise not in IN_FILES]])
            if (files := EVERY[disguise](cases[case])) is not None
        )
        verdicts = scanner.verdicts(made)
    for (disguise, case), verdict in verdicts.items():
        if verdict in arguments.show:
            print(f"{verdict}: {disguise}: {case}")
    print()
    show(("disguise", "cases", *VERDICTS, "blocked"), [_row(name, verdicts) for name in names])
    used = os.times()
    print(f"\n{used.user + used.system + used.children_user + used.children_system:.0f} s of CPU")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path, default=ROOT / "tests" / "rules", metavar="DIR", help="cases of rules")
    parser.add_argument("--only", action="append", choices=EVERY, metavar="NAME", help="one disguise; may repeat")
    parser.add_argument("--show", nargs="*", default=[], metavar="VERDICT", help="list the cases with these verdicts")
    parser.add_argument("--sample", type=int, default=1, metavar="N", help="take every N-th case only")
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep verdicts here, and take those that hold")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="worker processes of the scan (default: 2)")
    return parser.parse_args()


def read_cases(folder: Path) -> dict[str, Files]:
    """Return the files of every bad case of the source lens that has a SKILL.md, by rule and name."""
    cases: dict[str, Files] = {
        f"{case.parents[1].name}/{case.name}": {
            path.relative_to(case).as_posix(): path.read_bytes() for path in sorted(case.rglob("*")) if path.is_file()
        }
        for case in sorted(folder.glob("*/bad/source-*"))
    }
    return {name: files for name, files in cases.items() if "SKILL.md" in files}


def _blocked(cases: Mapping[str, Files], scanner: Scanner) -> dict[str, list[str]]:
    """Return the cases that are blocked in each way of `PLAIN`."""
    plain, whole = PLAIN
    ways = [((plain, case), files) for case, files in cases.items()]
    ways += [((whole, case), as_one_text(files)) for case, files in cases.items()]
    verdicts = scanner.verdicts(ways)
    kept = {plain: [case for case in cases if verdicts[plain, case] == "block"]}
    kept[whole] = [case for case in kept[plain] if verdicts[whole, case] == "block"]
    return kept


def _share(disguise: str, cases: list[str]) -> list[str]:
    """Return the cases that a disguise is put over: all of them, or a third that its place in the list gives."""
    return cases if disguise in DISGUISES else cases[list(EVERY).index(disguise) % SHARE :: SHARE]


class Scanner:
    """Writes skills below ``scratch``, has them judged, and remembers the verdicts in ``record`` where there is one."""

    def __init__(self, scratch: Path, jobs: int, record: Path | None) -> None:
        """Make the rules ready and read the record."""
        self._scratch = scratch
        self._jobs = jobs
        self._judge = judge(load())
        self._record = record
        self._known: dict[str, str] = {}
        self._written = 0
        if record is not None:
            self._code = _code()
            if record.exists():
                self._known = dict(map(json.loads, record.read_text("utf-8").splitlines()))

    def verdicts(self, skills: Iterable[tuple[Key, Files]]) -> dict[Key, str]:
        """Return the worst verdict of each skill; one that holds another counts once."""
        found: dict[Key, str] = {}
        waiting: dict[str, tuple[Key, str]] = {}
        units = self._units(skills, found, waiting)
        for report in scan(units, self._judge, Limits(), jobs=self._jobs, version="", cache=None):
            key, digest = waiting[Path(report.path).relative_to(self._scratch).parts[0]]
            for item in report.unread:
                if item.reason == "died":  # a fault of ours, which must not pass for a limit
                    print(f"{key}: {item.path}: {item.detail}", file=sys.stderr)
            found[key] = min(report.verdict.value, found.get(key, "clean"), key=VERDICTS.index)
            self._remember(digest, found[key])
        return found

    def _units(
        self, skills: Iterable[tuple[Key, Files]], found: dict[Key, str], waiting: dict[str, tuple[Key, str]]
    ) -> Iterator[Skill]:
        """Yield what has to be scanned; what is remembered goes to ``found`` at once, the rest to ``waiting``."""
        for key, files in skills:
            digest = self._digest(key, files)
            if digest in self._known:
                found[key] = self._known[digest]
                continue
            self._written += 1
            folder = self._scratch / f"{self._written:05}"
            for path, data in files.items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
            waiting[folder.name] = key, digest
            yield from find([folder], Limits())

    def _digest(self, key: Key, files: Files) -> str:
        """Return what a verdict depends on: the skill, and the program that judges it."""
        if self._record is None:
            return ""
        parts = (self._code, *key, *(part for path, data in sorted(files.items()) for part in (path, data.hex())))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]

    def _remember(self, digest: str, verdict: str) -> None:
        if self._record is not None:
            with self._record.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps([digest, verdict]) + "\n")


def _code() -> str:
    """Return a digest of the program: a verdict of another one does not hold."""
    parts = [path for path in sorted((ROOT / "src").rglob("*")) if path.suffix in (".py", ".toml", ".yaml")]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in parts)).hexdigest()


def _row(disguise: str, verdicts: Mapping[Key, str]) -> list[object]:
    counts = Counter(verdict for (name, _case), verdict in verdicts.items() if name == disguise)
    share = f"{counts['block'] / counts.total():.0%}" if counts else "-"
    return [disguise, counts.total(), *(counts[verdict] for verdict in VERDICTS), share]


if __name__ == "__main__":
    sys.exit(main())
