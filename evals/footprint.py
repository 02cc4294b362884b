"""Builds the wheel, installs it into a fresh virtual environment, and says how much of the disk that took.

Needs a way to the package index.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from table import show

NOT_OURS = frozenset({"pip", "setuptools"})
"""What the environment brings along."""

BAR = 80
"""Megabytes that the core may take."""


def main() -> int:
    """Print the table; 1 if the core is over the bar."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="footprint-") as name:
        scratch = Path(name)
        wheel = arguments.wheel or _build(scratch / "dist")
        sizes = _installed(wheel, arguments.extras, scratch / "user")
    total = sum(sizes.values())
    rows = [(title, f"{size / 1e6:.2f}") for title, size in sorted(sizes.items(), key=lambda item: -item[1])]
    show(("package", "MB"), [*rows, ("in total", f"{total / 1e6:.2f}")])
    print(f"\nbar: at most {BAR} MB for the core, compiled modules included")
    return 0 if arguments.extras or total <= BAR * 1_000_000 else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheel", type=Path, metavar="FILE", help="a wheel that is built already")
    parser.add_argument("--extras", default="", metavar="NAMES", help="install these extras too, as in sigma,yara")
    return parser.parse_args()


def _build(folder: Path) -> Path:
    """Build the wheel of this checkout."""
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(root)]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def _installed(wheel: Path, extras: str, folder: Path) -> dict[str, int]:
    """Install ``wheel`` into a new environment and return the size of every package in bytes."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = f"{wheel.resolve()}[{extras}]" if extras else str(wheel.resolve())
    options = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([str(python), "-m", "pip", "install", *options, wanted], check=True)
    sizes: dict[str, int] = {}
    for record in folder.rglob("*.dist-info/RECORD"):
        package = record.parent.name.partition("-")[0]
        if package in NOT_OURS:
            continue
        with record.open(encoding="utf-8", newline="") as lines:
            files = {(record.parents[1] / row[0]).resolve() for row in csv.reader(lines) if row}
        sizes[package] = sum(path.stat().st_size for path in files if path.is_file())
    return sizes


if __name__ == "__main__":
    sys.exit(main())
