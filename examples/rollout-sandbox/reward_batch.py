"""A reward function over a batch, as verl calls it: every solution runs against its tests in a sandbox of its own.

The tests lie in a folder that the solution may read but not change, so that a solution cannot earn its reward by
rewriting them.
"""

import asyncio
import tempfile
from pathlib import Path

from pinfold.model import Access, Profile, Resources
from pinfold.sandbox import arun
from pinfold.sandbox.defaults import DEFAULTS

AT_ONCE = 4
SECONDS = 20.0


def profile(work: Path, tests: Path) -> Profile:
    """What a solution may do: read the tests, write in its own folder, run Python."""
    return Profile(
        name="reward",
        read=Access(allow=(str(tests), str(work)), deny=DEFAULTS.secrets),
        write=Access(allow=(str(work),), deny=DEFAULTS.obeyed),
        execute=Access(allow=("python3",)),
        limits=Resources(processes=16, memory_bytes=500_000_000, wall_seconds=SECONDS),
    )


async def score(solution: str, test: str, room: asyncio.Semaphore) -> float:
    """Return 1.0 if the test passes, 0.0 if not, and -1.0 for a solution that reached for what it must not have."""
    with tempfile.TemporaryDirectory() as place:
        work, tests = Path(place, "work"), Path(place, "tests")
        for folder in (work, tests):
            folder.mkdir()
        (work / "solution.py").write_text(solution, "utf-8")
        (tests / "check.py").write_text(test, "utf-8")
        with (work / "log").open("wb") as log:
            async with room:
                outcome = await arun(
                    ["python3", "-B", str(tests / "check.py")],
                    profile=profile(work, tests),
                    folder=work,
                    egress="none",
                    stdout=log,
                    stderr=log,
                )
    if outcome.denied or outcome.findings:
        return -1.0
    return float(outcome.code == 0)


async def compute_scores(solutions: list[str], tests: list[str]) -> list[float]:
    """Score a batch, some at a time."""
    room = asyncio.Semaphore(AT_ONCE)
    return await asyncio.gather(*(score(one, test, room) for one, test in zip(solutions, tests, strict=True)))


TEST = "import sys; sys.path.insert(0, '.')\nfrom solution import double\nassert double(21) == 42\n"
SOLUTIONS = {
    "right": "def double(x): return 2 * x\n",
    "wrong": "def double(x): return x\n",
    "rewrites the test": "open(__import__('sys').argv[0], 'w').write('')\ndef double(x): return 0\n",
    "calls home": "import socket\nsocket.create_connection(('198.51.100.7', 443))\ndef double(x): return 2 * x\n",
}


def main() -> None:
    """Score four solutions."""
    scores = asyncio.run(compute_scores(list(SOLUTIONS.values()), [TEST] * len(SOLUTIONS)))
    for name, reward in zip(SOLUTIONS, scores, strict=True):
        print(f"{reward:5.1f}  {name}")


if __name__ == "__main__":
    main()
