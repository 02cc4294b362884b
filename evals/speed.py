"""Measures what a user waits for: whole commands as the shell sees them, and the memory of all their processes.

No run finds results of an earlier one: each starts from a fresh copy of a cache that holds the compiled rules alone,
and the row "first run ever" starts from nothing.
"""

from __future__ import annotations

import argparse
import json
import random
import shlex
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from process_watch import pinfold, private_home, timed, watched
from table import show

LARGEST = 200_000
"""Bytes that an ordinary skill has at most."""

COLD = 20_000
"""Bytes of the skill that is scanned by itself."""


def main() -> int:
    """Measure what was asked for and print it."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="speed-") as name:
        scratch = Path(name)
        bench = Bench(scratch, arguments)
        if arguments.official is not None:
            bench.scan("official skills", arguments.official)
            for peer in arguments.peer:
                bench.peer(peer, arguments.official)
        if arguments.ordinary:
            _ordinary(bench, arguments, scratch)
        bench.command("--help", lambda _home: [*bench.program, "--help"])
        show(("what", "skills", "median s", "fastest s", "skills/s", "peak RSS MB", "shared once MB"), bench.rows)
        print(f"\n{arguments.repeat} runs each, --jobs {arguments.jobs}; memory as seen by sampling one more run")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--official", type=Path, metavar="DIR", help="the official skills")
    parser.add_argument(
        "--from", dest="ordinary", type=Path, nargs="+", metavar="DIR", help="trees to take ordinary skills from"
    )
    parser.add_argument("--count", type=int, default=1000, metavar="N", help="how many ordinary skills (default: 1000)")
    parser.add_argument("--seed", type=int, default=1, help="which skills are taken (default: 1)")
    parser.add_argument(
        "--repeat", type=int, default=5, metavar="N", help="runs of which the median is told (default: 5)"
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="worker processes of the scan (default: 2)")
    parser.add_argument(
        "--peer",
        action="append",
        default=[],
        metavar="COMMAND",
        help="time this over the official skills too; {path} stands for their folder; may be repeated",
    )
    parser.add_argument("--pinfold", metavar="PROGRAM", help="the program to run (default: this checkout)")
    return parser.parse_args()


class Bench:
    """Times commands and collects the rows of the table."""

    def __init__(self, scratch: Path, arguments: argparse.Namespace) -> None:
        """Compile the rules once, for all runs that do not start from nothing."""
        self.program = pinfold(arguments.pinfold)
        self.rows: list[tuple[object, ...]] = []
        self._scratch = scratch
        self._repeat: int = arguments.repeat
        self._jobs: int = arguments.jobs
        self._homes = 0
        self._warm = scratch / "warm"
        self._warm.mkdir()
        skill = scratch / "first" / "SKILL.md"
        skill.parent.mkdir()
        skill.write_text("---\nname: first\ndescription: Warms the cache.\n---\n", encoding="utf-8")
        timed(self._scan(skill.parent), private_home(self._warm))

    def scan(self, title: str, path: Path, *, warm: bool = True) -> None:
        """Time scans of ``path``."""
        self.command(title, lambda _home: self._scan(path), skills=self._count(path), warm=warm)

    def peer(self, command: str, path: Path) -> None:
        """Time another program over ``path``."""
        words = [word.replace("{path}", str(path)) for word in shlex.split(command)]
        skills = sum(1 for _ in path.rglob("SKILL.md"))
        self.command(Path(words[0]).name, lambda _home: words, skills=skills)

    def command(
        self, title: str, words: Callable[[Path], Sequence[str]], *, skills: int = 0, warm: bool = True
    ) -> None:
        """Time a command and add a row; every run has a home of its own."""
        times = []
        for _ in range(self._repeat):
            home = self._home(warm=warm)
            seconds, code = timed(words(home), private_home(home))
            times.append(seconds)
        home = self._home(warm=warm)
        seen = watched(words(home), private_home(home), seconds=600, memory=2**40, count_shared=True)
        median = statistics.median(times)
        speed = f"{skills / median:.1f}" if skills else ""
        mark = f" (exit code {code})" if code not in range(4) else ""
        self.rows.append(
            (
                title + mark, skills or "", f"{median:.3f}", f"{min(times):.3f}", speed,
                f"{seen.peak / 1e6:.0f}", f"{seen.shared / 1e6:.0f}" if seen.shared else "",
            )
        )  # fmt: skip

    def _scan(self, path: Path) -> list[str]:
        return [*self.program, "scan", "--format", "json", "--jobs", str(self._jobs), str(path)]

    def _count(self, path: Path) -> int:
        """Return how many skills a scan of ``path`` reports."""
        home = self._home(warm=True)
        done = watched(self._scan(path), private_home(home), seconds=600, memory=2**40)
        return len(json.loads(done.out)["skills"])

    def _home(self, *, warm: bool) -> Path:
        """Return a new home: with the compiled rules in its cache, or empty."""
        self._homes += 1
        home = self._scratch / f"home-{self._homes}"
        if warm:
            shutil.copytree(self._warm, home)
        else:
            home.mkdir()
        return home


def _ordinary(bench: Bench, arguments: argparse.Namespace, scratch: Path) -> None:
    """Measure trees of ordinary skills, and one skill by itself."""
    chosen = ordinary_skills(arguments.ordinary)
    single = min(chosen, key=lambda folder: abs(chosen[folder] - COLD))
    sample = sorted(chosen)
    random.Random(arguments.seed).shuffle(sample)  # noqa: S311 - the sample has to come out the same again
    counts = sorted({max(1, arguments.count // 5), min(arguments.count, len(sample))})
    if len(sample) < arguments.count:
        print(f"only {len(sample)} different skills of at most {LARGEST:,} bytes were found")
    for count in counts:
        tree = scratch / f"tree-{count}"
        for number, folder in enumerate(sample[:count]):
            shutil.copytree(folder, tree / f"{number:04}" / folder.name, symlinks=True)
        size = sum(chosen[folder] for folder in sample[:count])
        bench.scan(f"{count} ordinary skills, {size / 1e6:.1f} MB", tree)
    bench.scan(f"one skill of {chosen[single] / 1000:.1f} kB", single)
    bench.scan("first run ever, the same skill", single, warm=False)


def ordinary_skills(trees: Sequence[Path]) -> dict[Path, int]:
    """Return the folders under ``trees`` that hold a ``SKILL.md`` and no other skill, with their size in bytes."""
    sizes: dict[Path, int] = {}
    manifests = sorted(path for tree in trees for path in tree.rglob("SKILL.md"))
    folders = {path.parent for path in manifests}
    for folder in sorted(folders):
        files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
        size = sum(path.stat().st_size for path in files)
        within = sum(path.name == "SKILL.md" for path in files)
        if size <= LARGEST and within == 1:
            sizes[folder] = size
    return sizes


if __name__ == "__main__":
    sys.exit(main())
