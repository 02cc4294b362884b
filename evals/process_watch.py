"""Runs a command as a user would, under limits of time and memory, and says what it took and what it left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

GRACE = 3.0
"""Seconds that processes of a command have to end after it."""

_INTERVAL = 0.02
_MOST_OUTPUT = 256 * 1024 * 1024


@dataclass(frozen=True)
class Finished:
    """How a command ended. ``peak`` is the largest resident size of its process tree, seen fifty times a second.

    ``shared`` is the same with pages that several processes share counted once; 0 where the system does not tell, or it
    was not asked. ``stopped`` names the limit that ended the command. ``orphans`` counts processes that outlived it.
    """

    code: int
    out: bytes
    err: bytes
    seconds: float
    peak: int
    shared: int
    stopped: Literal["", "time", "memory"]
    orphans: int


def pinfold(program: str | None) -> list[str]:
    """Return the start of a command line: the given program, or this checkout in this interpreter."""
    if program:
        return [program]
    start = "import sys; sys.path.insert(0, sys.argv.pop(1)); from pinfold.cli.main import main; sys.exit(main())"
    return [sys.executable, "-c", start, str(Path(__file__).resolve().parents[1] / "src")]


def private_home(folder: Path) -> dict[str, str]:
    """Return an environment in which ``folder`` is the home, so that nothing of the real one is read or written.

    Python may keep what it compiles, as it does for everybody who installs Pinfold: some containers forbid it, and then
    every process compiles 250 modules anew, which takes longer than the scan of a small skill.
    """
    left_out = ("PINFOLD_", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    places = {
        "HOME": "",
        "XDG_CACHE_HOME": ".cache",
        "XDG_CONFIG_HOME": ".config",
        "XDG_DATA_HOME": ".local/share",
        "XDG_STATE_HOME": ".local/state",
    }
    environment.update({name: str(folder / place) for name, place in places.items()})
    return environment


def timed(command: Sequence[str], environment: Mapping[str, str], *, seconds: float = 600) -> tuple[float, int]:
    """Run ``command`` with nobody watching; return its wall time in seconds and its exit code."""
    since = time.perf_counter()
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
    )
    return time.perf_counter() - since, done.returncode


def watched(
    command: Sequence[str],
    environment: Mapping[str, str],
    *,
    seconds: float,
    memory: int,
    count_shared: bool = False,
) -> Finished:
    """Run ``command`` until it ends, ``seconds`` have passed or its process tree takes more than ``memory`` bytes."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        since = time.perf_counter()
        process = psutil.Popen(
            list(command),
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        family: set[psutil.Process] = set()
        peak = shared = 0
        stopped: Literal["", "time", "memory"] = ""
        while process.poll() is None and not stopped:
            resident, proportional = _sizes(process, family, count_shared=count_shared)
            peak, shared = max(peak, resident), max(shared, proportional)
            if time.perf_counter() - since > seconds:
                stopped = "time"
            elif resident > memory:
                stopped = "memory"
            with suppress(psutil.TimeoutExpired):
                process.wait(_INTERVAL)
        took = time.perf_counter() - since
        if stopped:
            family.add(process)
        orphans = _outlived(family, kill=bool(stopped))
        out.seek(0)
        err.seek(0)
        said = out.read(_MOST_OUTPUT), err.read(_MOST_OUTPUT)
        return Finished(process.wait(), *said, took, peak, shared, stopped, orphans)


def _sizes(process: psutil.Process, family: set[psutil.Process], *, count_shared: bool) -> tuple[int, int]:
    """Return the resident size of a process tree, with shared pages counted again and again, and counted once."""
    resident = proportional = 0
    with suppress(psutil.NoSuchProcess):
        children = process.children(recursive=True)
        family.update(children)
        for member in (process, *children):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                resident += member.memory_info().rss
                if count_shared:
                    proportional += getattr(member.memory_full_info(), "pss", 0)
    return resident, proportional


def _outlived(family: set[psutil.Process], *, kill: bool) -> int:
    """Return how many of ``family`` are still there, and end them."""
    if kill:
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.kill()
    _gone, alive = psutil.wait_procs(family, timeout=GRACE)
    for member in alive:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    return len(alive)
