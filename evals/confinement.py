"""What confinement costs: the time of ordinary work beside plain and beside peers, start-up, and the delay of events.

Everything is measured in one run, in turn, as an ordinary user without capabilities and beside it as root.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from latency import measure_latency
from ordinary_user import SOURCE, Place, clean_environment, compiled, measure_as
from traffic import measure_traffic

_STOPWATCH = r"""
#include <stdio.h>
#include <stdlib.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
int main(int count, char **words) {
    struct timespec began, ended;
    int status = 0;
    clock_gettime(CLOCK_MONOTONIC, &began);
    pid_t child = fork();
    if (child == 0) {
        dup2(open("/dev/null", O_WRONLY), 1);
        execvp(words[1], words + 1);
        _exit(127);
    }
    waitpid(child, &status, 0);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%.9f\n", (ended.tv_sec - began.tv_sec) + (ended.tv_nsec - began.tv_nsec) / 1e9);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
"""
"""Tells how long a program takes, from within the sandbox: without the start of the sandbox itself."""

_SANDLOCK = """\
import os, sys
from sandlock import Sandbox
system = ["/usr", "/bin", "/lib", "/lib64", "/etc", "/proc", "/sys", "/opt"]
box = Sandbox(fs_writable=[sys.argv[1], "/dev"], fs_readable=[one for one in system if os.path.isdir(one)])
done = box.run(sys.argv[2:])
sys.stdout.buffer.write(done.stdout)
sys.stderr.buffer.write(done.stderr)
sys.exit(done.exit_code)
"""


@dataclass(frozen=True)
class Workload:
    """A piece of ordinary work; ``before`` makes room for it and is not timed. ``bar`` is the ratio it may reach."""

    name: str
    command: list[str]
    bar: float | None = None
    before: Callable[[], None] = lambda: None


def main() -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    overhead = commands.add_parser("overhead", help="the time of ordinary work, as a ratio to plain")
    overhead.add_argument("--rounds", type=int, default=10)
    overhead.add_argument("--sandlock", type=Path, help="an interpreter that has sandlock")
    overhead.add_argument("--only", nargs="*", default=[], help="these workloads only")
    overhead.add_argument("--without", nargs="*", default=[], help="leave out these launchers")
    startup = commands.add_parser("startup", help="how long it takes until a program runs and has ended")
    startup.add_argument("--rounds", type=int, default=50)
    latency = commands.add_parser("latency", help="from a system call to its event; brokered connections")
    latency.add_argument("--calls", type=int, default=2_000)
    latency.add_argument("--clients", type=int, default=64)
    traffic = commands.add_parser("traffic", help="the speed of one long transfer over a granted connection")
    traffic.add_argument("--rounds", type=int, default=5)
    traffic.add_argument("--megabytes", type=int, default=500)
    for command in (overhead, startup, latency, traffic):
        command.add_argument("--user", nargs="*", default=["nobody", "root"], choices=["nobody", "root"])
    options = parser.parse_args()
    work = {
        "overhead": measure_overhead,
        "startup": measure_startup,
        "latency": measure_latency,
        "traffic": measure_traffic,
    }[options.what]
    return measure_as(options.user, lambda place: work(place, options))


# Overhead.


def measure_overhead(place: Place, options: argparse.Namespace) -> int:
    """Time every workload under every launcher, in turn, and print three tables."""
    stopwatch = str(compiled(_STOPWATCH, place.work / "stopwatch"))
    launchers = {name: one for name, one in _launchers(place, options).items() if name not in options.without}
    workloads = [one for one in _workloads(place) if not options.only or one.name in options.only]
    inside: dict[tuple[str, str], list[float]] = {}
    outside: dict[tuple[str, str], list[float]] = {}
    for turn in range(options.rounds + 1):  # the first warms up
        for workload in workloads:
            names = list(launchers)
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                workload.before()
                since = time.perf_counter()
                done = subprocess.run(
                    [*launchers[name], stopwatch, *workload.command],
                    stdin=subprocess.DEVNULL, capture_output=True, env=_environment(name), check=False, timeout=600,
                )  # fmt: skip
                took = time.perf_counter() - since
                if done.returncode:
                    print(f"{workload.name} under {name} failed ({done.returncode}): {done.stderr[-300:]!r}")
                elif turn:
                    outside.setdefault((workload.name, name), []).append(took)
                    inside.setdefault((workload.name, name), []).append(float(done.stdout))
    print(f"\n### Overhead, {place.user}, {options.rounds} rounds\n")
    print("Ratio to plain: of the best times / median of the ratios of each round. The line of plain is in seconds.\n")
    print("Without the start of the sandbox:\n")
    _ratios(workloads, list(launchers), inside)
    print("\nWith the start of the sandbox:\n")
    _ratios(workloads, list(launchers), outside)
    return 0


def _environment(launcher: str) -> dict[str, str]:
    if launcher.startswith("pinfold"):
        return dict(os.environ)
    temporary = Path.cwd() / "temporary"  # where a sandbox that grants the working folder lets it be written
    temporary.mkdir(exist_ok=True)
    return {**clean_environment(), "TMPDIR": str(temporary)}


def _ratios(workloads: list[Workload], launchers: list[str], times: dict[tuple[str, str], list[float]]) -> None:
    print("| | " + " | ".join(one.name for one in workloads) + " |")
    print("|---" * (len(workloads) + 1) + "|")
    bars = (f"≤ {one.bar:g}" if one.bar else "" for one in workloads)
    for launcher in launchers:
        cells = []
        for workload in workloads:
            plain, own = times.get((workload.name, "plain"), []), times.get((workload.name, launcher), [])
            if not plain or not own:
                cells.append("-")
            elif launcher == "plain":
                cells.append(f"{min(own):.3f} / {statistics.median(own):.3f}")
            else:
                rounds = [mine / theirs for mine, theirs in zip(own, plain, strict=False)]
                cells.append(f"{min(own) / min(plain):.2f} / {statistics.median(rounds):.2f}")
        print(f"| {launcher} | " + " | ".join(cells) + " |")
    print("| bar | " + " | ".join(bars) + " |")


def _launchers(place: Place, options: argparse.Namespace) -> dict[str, list[str]]:
    """Return the starts of the command lines; what is not there is left out with a word."""
    launchers: dict[str, list[str]] = {"plain": []}
    for level in ("L1", "L2", "L3"):
        launchers[f"pinfold {level}"] = [*place.pinfold, "run", "-q", "--level", level, "--"]
    if shutil.which("bwrap"):
        launchers["bwrap"] = [
            "bwrap", "--ro-bind", "/", "/", "--bind", str(place.work), str(place.work), "--dev", "/dev",
            "--proc", "/proc", "--unshare-all", "--die-with-parent", "--",
        ]  # fmt: skip
    if shutil.which("strace"):
        launchers["strace -f"] = ["strace", "-f", "-qq", "-o", "/dev/null"]
    if options.sandlock:
        launcher = place.folder / "sandlocked.py"
        launcher.write_text(_SANDLOCK)
        launchers["sandlock"] = [str(options.sandlock), str(launcher), str(place.work)]
    for name in ("bwrap", "strace -f", "sandlock"):
        if name not in launchers:
            print(f"{name} is not here and left out")
            continue
        done = subprocess.run([*launchers[name], "true"], capture_output=True, env=clean_environment(), check=False)
        if done.returncode:
            print(f"{name} does not work here and is left out: {done.stderr.decode(errors='replace').strip()[-200:]}")
            del launchers[name]
    return launchers


def _workloads(place: Place) -> list[Workload]:
    work = place.work
    _make_tree(work / "tree", 4_300)
    _make_tree(work / "repository", 1_000)
    git = ["git", "-c", "user.name=E", "-c", "user.email=e@e.invalid", "-C", str(work / "repository")]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "all"], ["status"]):
        subprocess.run([*git, *words], check=True, capture_output=True)
    subprocess.run(["tar", "cf", str(work / "tree.tar"), "-C", str(work), "tree"], check=True)
    (work / "program.c").write_text(_C_PROGRAM)
    wheel = _make_wheel(work)
    subprocess.run(["/usr/bin/python3", "-m", "venv", str(work / "venv")], check=True, capture_output=True)
    modules = "import argparse, asyncio, email.mime.text, http.client, json, sqlite3, unittest, xml.dom.minidom"
    status = f"i=0; while [ $i -lt 24 ]; do git -C {work}/repository status; i=$((i+1)); done"
    compiling = f"for i in 1 2 3; do gcc -O1 -c -o {work}/program.o {work}/program.c; done"
    spawning = "i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done"
    importing = f"for i in 1 2 3 4 5 6; do /usr/bin/python3 -c '{modules}'; done"
    counting = "total = 0\nfor number in range(12_000_000): total += number"
    target = work / "installed"
    return [
        Workload("CPU loop", ["/usr/bin/python3", "-c", counting], 1.05),
        Workload("tar c", ["tar", "cf", f"{work}/new.tar", "-C", str(work), "tree"], 1.2),
        Workload("tar x", ["tar", "xf", f"{work}/tree.tar", "-C", f"{work}/out"], 1.2, lambda: _empty(work / "out")),
        Workload("git status x24", ["sh", "-c", status], 1.2),
        Workload("gcc x3", ["sh", "-c", compiling], 1.2),
        Workload("300 spawns", ["sh", "-c", spawning], 1.8),
        Workload("6 imports", ["sh", "-c", importing]),
        Workload(
            "pip install",
            [f"{work}/venv/bin/python", "-m", "pip", "install", "-q", "--no-index", "-t", str(target), str(wheel)],
            before=lambda: shutil.rmtree(target, ignore_errors=True),
        ),
    ]


_C_PROGRAM = "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n" + "".join(
    f"int f{n}(int a) {{ int t = {n}; for (int i = 0; i < a; i++) t += i * {n} ^ (t >> 3); return t; }}\n"
    for n in range(40)
)


def _make_tree(folder: Path, files: int) -> None:
    """Make files of one to eight kilobytes, fifty in a folder."""
    for number in range(files):
        inner = folder / f"d{number // 500:02}" / f"e{number // 50 % 10}"
        inner.mkdir(parents=True, exist_ok=True)
        (inner / f"file{number:05}.txt").write_bytes(f"line {number}\n".encode() * (100 + number * 37 % 700))


def _make_wheel(folder: Path) -> Path:
    """Make a wheel of a hundred modules."""
    wheel = folder / "parcel-1.0-py3-none-any.whl"
    info = "parcel-1.0.dist-info"
    texts = {f"parcel/part{number}.py": f"VALUE = {number}\n" * 20 for number in range(100)}
    texts["parcel/__init__.py"] = ""
    texts[f"{info}/METADATA"] = "Metadata-Version: 2.1\nName: parcel\nVersion: 1.0\n"
    texts[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: eval\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    texts[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*texts, f"{info}/RECORD"))
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return wheel


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


# Start-up.


def measure_startup(place: Place, options: argparse.Namespace) -> int:
    """Time the shortest run there is: by the command, and from a program that has it loaded."""
    print(f"\n### Start-up, {place.user}, {options.rounds} rounds, milliseconds (best / median / 95th of 100)\n")
    print("| what | plain | L1 | L2 | L3 |\n|---|---|---|---|---|")
    shutil.rmtree(os.environ["PYTHONPYCACHEPREFIX"], ignore_errors=True)
    cold = _timed([*place.pinfold, "run", "-q", "--", "true"])
    levels = ("L1", "L2", "L3")
    commands = {level: [*place.pinfold, "run", "-q", "--level", level, "--", "true"] for level in levels}
    times: dict[str, list[float]] = {name: [] for name in ("plain", *levels)}
    for _ in range(options.rounds):
        times["plain"].append(_timed(["true"]))
        for level in levels:
            times[level].append(_timed(commands[level]))
    print("| `pinfold run -- true` | " + " | ".join(_spread(one) for one in times.values()) + " |")
    print(f"| the same, nothing compiled yet (once) | | | | {cold * 1000:.0f} |")
    measured = _from_a_program(levels, options.rounds)
    print('| `run(["true"])` in a warm process | ' + " | ".join(_spread(one) for one in measured.values()) + " |")
    plain = statistics.median(measured["plain"])
    added = " | ".join(f"{(statistics.median(measured[level]) - plain) * 1000:.1f}" for level in levels)
    print(f"| added, medians | | {added} |")
    print("\nBars: `pinfold run -- true` ≤ 350 ms; ≤ 60 ms added in a warm process.")
    return 0


def _timed(command: list[str]) -> float:
    since = time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return time.perf_counter() - since


def _spread(times: list[float]) -> str:
    ordered = sorted(one * 1000 for one in times)
    return f"{ordered[0]:.1f} / {statistics.median(ordered):.1f} / {ordered[int(len(ordered) * 0.95)]:.1f}"


def _from_a_program(levels: tuple[str, ...], rounds: int) -> dict[str, list[float]]:
    sys.path.insert(0, str(SOURCE))
    from pinfold.model import Level  # noqa: PLC0415  # this checkout's
    from pinfold.sandbox.library import run  # noqa: PLC0415

    times: dict[str, list[float]] = {name: [] for name in ("plain", *levels)}
    for level in levels:
        run(["true"], level=Level(level))
    for _ in range(rounds):
        times["plain"].append(_timed(["true"]))
        for level in levels:
            since = time.perf_counter()
            outcome = run(["true"], level=Level(level))
            times[level].append(time.perf_counter() - since)
            if outcome.code:
                raise RuntimeError(f"{level}: {outcome}")
    return times


if __name__ == "__main__":
    sys.exit(main())
