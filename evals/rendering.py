"""Measures what writing results costs beside the scan: seconds, share of the scan, size, and memory that is held.

The scan is run once and its reports are kept in a temporary file, so that each format is written from the same ones.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import msgspec
from table import show

from pinfold.model import Limits, Report
from pinfold.output.renderer import FORMATS, Totals, renderer
from pinfold.rulebook import Cache, judge, load
from pinfold.scan.engine import scan
from pinfold.skills.discover import find

_BYTES = 4


def main() -> int:
    """Scan, write, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="+", metavar="DIR", help="skills")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="worker processes of the scan (default: 2)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rendering-") as name:
        kept = Path(name) / "reports"
        count, seconds = _scan(arguments.folder, arguments.jobs, kept)
        print(f"{count} skills scanned in {seconds:.1f} s with {arguments.jobs} workers\n")
        rows = [_measured(format, kept, Path(name) / "out", seconds, count) for format in FORMATS]
    show(("format", "seconds", "% of scan", "MB written", "MB held, first half", "MB held, all"), rows)
    return 0


def _scan(folders: list[Path], jobs: int, kept: Path) -> tuple[int, float]:
    cache = Cache(None)
    rules = load(cache)
    started = time.monotonic()
    count = 0
    with kept.open("wb") as file:
        reports = scan(
            find(folders, Limits()), judge(rules, cache), Limits(), jobs=jobs, version=rules.version, cache=None
        )
        for report in reports:
            data = msgspec.msgpack.encode(report)
            file.write(len(data).to_bytes(_BYTES, "big") + data)
            count += 1
    return count, time.monotonic() - started


def _reports(kept: Path, most: int) -> Iterator[Report]:
    with kept.open("rb") as file:
        for _ in range(most):
            size = int.from_bytes(file.read(_BYTES), "big")
            yield msgspec.msgpack.decode(file.read(size), type=Report)


def _write(format: str, kept: Path, out: Path, most: int) -> None:
    totals = Totals()
    with out.open("w", encoding="utf-8") as stream:
        writer = renderer(format, stream)
        writer.begin()
        for report in _reports(kept, most):
            totals.add(report)
            writer.report(report)
        writer.end(totals)


def _measured(format: str, kept: Path, out: Path, scanned: float, count: int) -> tuple[object, ...]:
    _write(format, kept, out, 1)  # imports are no part of it
    started = time.process_time()
    _write(format, kept, out, count)
    seconds = time.process_time() - started
    size = out.stat().st_size
    held = []
    for most in (count // 2, count):
        tracemalloc.start()
        _write(format, kept, out, most)
        held.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    megabytes = [f"{number / 1e6:.2f}" for number in (size, *held)]
    return format, f"{seconds:.2f}", f"{100 * seconds / scanned:.1f}", *megabytes


if __name__ == "__main__":
    raise SystemExit(main())
