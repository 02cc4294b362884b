"""The guardians of a run are killed at random moments; nothing of the run may live on, and nothing may be left.

A run keeps a connection to a granted server alive, opens new ones, and forks, orphans and detaches processes, while its
supervisor or its reaper is killed with SIGKILL. What counts is seen from outside: the server's side of the
connections, the processes of the machine, its mounts, control groups and temporary folders.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ordinary_user import Place, compiled, measure_as

FLOWS_END = 0.1
"""Seconds that a connection may live on after the kill."""

_PATIENCE = 10.0
_CGROUPS = Path("/sys/fs/cgroup")

_TREE = r"""
#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
static struct sockaddr_in there = {.sin_family = AF_INET};
static int linked(void) {
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&there, sizeof there)) _exit(3);
    return s;
}
static void talk(int s) { for (;;) { if (write(s, "x", 1) != 1) _exit(4); usleep(2000); } }
int main(int count, char **words) {
    there.sin_port = htons(atoi(words[1]));
    inet_aton("127.0.0.1", &there.sin_addr);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    if (fork() == 0) { setsid(); if (fork() == 0) talk(linked()); _exit(0); }
    if (fork() == 0) for (;;) { close(linked()); usleep(3000); }
    if (fork() == 0)
        for (;;) {
            if (fork() == 0) { if (fork() == 0) { usleep(20000); } _exit(0); }
            usleep(4000);
        }
    talk(linked());
}
"""
"""PORT MARK: two live connections (one of a detached orphan), new ones all the time, forks that are orphaned."""

_BOMB = r"""
#include <unistd.h>
int main(void) { for (;;) if (fork() < 0) usleep(100); }
"""


def main() -> int:
    """Kill, and look; while others run Pinfold on the same machine, their control groups count as left over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="at each level, half of them of each guardian")
    parser.add_argument("--levels", nargs="*", default=["L2", "L3"])
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--user", nargs="*", default=["nobody", "root"], choices=["nobody", "root"])
    options = parser.parse_args()
    return measure_as(options.user, lambda place: measure(place, options))


@dataclass
class Seen:
    """What was seen after one kill, in seconds after it: the last live flow's end, the last process's end."""

    flows: float = 0.0
    processes: float = 0.0
    faults: list[str] = field(default_factory=list)


class Server:
    """Takes connections and whatever they say, and remembers when they came and ended (monotonic seconds)."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0), backlog=1_024)
        self.port = int(self._server.getsockname()[1])
        self.accepted: list[float] = []
        self.ended: list[float] = []
        self._live: set[socket.socket] = set()
        self.talked = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def live(self) -> int:
        """Return how many connections are open."""
        return len(self._live)

    def forget(self) -> None:
        """Begin anew."""
        self.accepted, self.ended = [], []
        self.talked.clear()

    def _serve(self) -> None:
        poll = select.epoll()
        poll.register(self._server, select.EPOLLIN)
        held: dict[int, socket.socket] = {}
        while True:
            for number, _event in poll.poll():
                if number == self._server.fileno():
                    one, _ = self._server.accept()
                    self.accepted.append(time.monotonic())
                    held[one.fileno()] = one
                    self._live.add(one)
                    poll.register(one, select.EPOLLIN)
                    continue
                try:
                    said = held[number].recv(4_096)
                except OSError:
                    said = b""
                if said:
                    self.talked.set()
                    continue
                self.ended.append(time.monotonic())
                poll.unregister(number)
                one = held.pop(number)
                self._live.discard(one)
                one.close()


def measure(place: Place, options: argparse.Namespace) -> int:
    """Kill guardians at each level, then let fork bombs off, and print a table of each."""
    chance = random.Random(options.seed)  # noqa: S311  # moments, not secrets
    tree = str(compiled(_TREE, place.work / "tree"))
    server = Server()
    temporary = place.folder / "tmp"
    temporary.mkdir()
    profile = _profile(place, "granted", f'[[hosts]]\ncidr = "127.0.0.1/32"\nport = {server.port}\n')
    print(f"\n### {options.kills} kills at each level, {place.user}\n")
    print("| level | killed | kills | faults | flows ended: median | worst | processes ended: median | worst |")
    print("|---|---|---|---|---|---|---|---|")
    faults = []
    for level in options.levels:
        for victim in ("supervisor", "reaper"):
            seen = []
            for number in range(options.kills // 2):
                mark = f"mark-{os.getpid()}-{level}-{victim}-{number}"
                launcher = [*place.pinfold, "run", "-q", "--level", level, "--profile", profile, "--"]
                seen.append(_one(server, [*launcher, tree, str(server.port), mark], victim, mark, temporary, chance))
                faults += [f"{level}, {victim} killed, {number}: {fault}" for fault in seen[-1].faults]
            flows, ends = sorted(one.flows for one in seen), sorted(one.processes for one in seen)
            bad = sum(bool(one.faults) for one in seen)
            times = f"{_ms(flows[len(flows) // 2])} | {_ms(flows[-1])} | {_ms(ends[len(ends) // 2])} | {_ms(ends[-1])}"
            print(f"| {level} | {victim} | {len(seen)} | {bad} | {times} |")
            sys.stdout.flush()
    faults += _bombs(place, options.levels, temporary)
    for fault in faults[:40]:
        print(f"- {fault}")
    print("\nBars: no fault; flows ended within 100 ms. Milliseconds after the kill; the server saw the flows.")
    return 1 if faults else 0


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f}"


def _profile(place: Place, name: str, more: str) -> str:
    path = place.folder / f"{name}.toml"
    path.write_text(
        'level = "L1"\n[read]\nallow = ["."]\n[write]\nallow = ["."]\n'
        f'[execute]\nallow = ["/usr", "/lib", "/lib64", "."]\n{more}'
    )
    return str(path)


def _one(server: Server, command: list[str], victim: str, mark: str, temporary: Path, chance: random.Random) -> Seen:
    """Start a run, kill one of its guardians at some moment, and look at what becomes of it."""
    server.forget()
    seen = Seen()
    mounts, groups = _mounts(), _groups()
    environment = {**os.environ, "TMPDIR": str(temporary)}
    supervisor = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if chance.random() < 0.7:  # else while it is being set up, as the moment will have it
        server.talked.wait(_PATIENCE)
    time.sleep(chance.random() * 0.3)
    reaper = next(iter(_children(supervisor.pid)), 0)
    target = supervisor.pid if victim == "supervisor" else reaper
    killed = time.monotonic()
    if target:
        with suppress(ProcessLookupError):
            os.kill(target, signal.SIGKILL)
    else:  # there is no reaper yet
        supervisor.kill()
    if victim == "reaper":
        killed = _kill_later_ones(supervisor, killed)
    while time.monotonic() - killed < _PATIENCE and (server.live() or list(_marked(mark))):
        time.sleep(0.002)
    seen.processes = time.monotonic() - killed
    with suppress(subprocess.TimeoutExpired):
        supervisor.wait(_PATIENCE)
    seen.flows = max((at - killed for at in server.ended), default=0.0)
    _find_faults(seen, server, supervisor, killed, mark)
    while time.monotonic() - killed < _PATIENCE and any(temporary.iterdir()):
        time.sleep(0.01)
    for one in temporary.iterdir():
        seen.faults.append(f"{one.name} is left in the temporary folder")
        shutil.rmtree(one, ignore_errors=True)
    seen.faults += ["a mount is left"] * (_mounts() != mounts) + ["a control group is left"] * (_groups() != groups)
    return seen


def _kill_later_ones(supervisor: subprocess.Popen[bytes], killed: float) -> float:
    """Kill what comes after a child that was no reaper, but a trial of what the machine can do; return the moment."""
    for _ in range(20):
        with suppress(subprocess.TimeoutExpired):
            supervisor.wait(0.25)
            return killed
        for number in _children(supervisor.pid)[:1]:
            killed = time.monotonic()
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
    return killed


def _find_faults(seen: Seen, server: Server, supervisor: subprocess.Popen[bytes], killed: float, mark: str) -> None:
    left = list(_marked(mark))
    if left:
        seen.faults.append(f"{len(left)} processes are left")
    for number in left:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    if supervisor.poll() is None:
        seen.faults.append("the supervisor is left")
        supervisor.kill()
        supervisor.wait()
    if server.live():
        seen.faults.append(f"{server.live()} connections are left")
    if seen.flows > FLOWS_END:
        seen.faults.append(f"a connection ended {_ms(seen.flows)} ms after the kill")
    late = [at - killed for at in server.accepted if at - killed > FLOWS_END]
    if late:
        seen.faults.append(f"{len(late)} new connections, the last {_ms(max(late))} ms after the kill")


def _marked(mark: str) -> Iterator[int]:
    """Yield the processes whose command line holds ``mark``; those that have ended have none."""
    word = mark.encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if word in (entry / "cmdline").read_bytes():
                    yield int(entry.name)


def _children(number: int) -> list[int]:
    with suppress(OSError):
        return list(map(int, Path(f"/proc/{number}/task/{number}/children").read_text().split()))
    return []


def _mounts() -> int:
    return len(Path("/proc/self/mountinfo").read_text().splitlines())


def _groups() -> set[str]:
    return {one for one, _, _ in os.walk(_CGROUPS) if "pinfold" in Path(one).name}


# Fork bombs.


def _bombs(place: Place, levels: list[str], temporary: Path) -> list[str]:
    """Let a fork bomb off under a limit of processes, and end it on request and by killing the supervisor."""
    bomb = str(compiled(_BOMB, place.work / "bomb"))
    profile = _profile(place, "limited", "[limits]\nprocesses = 64\n")
    print(f"\n### A fork bomb under a limit of 64 processes, {place.user}\n")
    print(
        "| level | ended by | processes, at most | another program starts in | all gone after |\n|---|---|---|---|---|"
    )
    faults = []
    for level in levels:
        for way in ("request", "kill -9 of the supervisor"):
            mark = f"bomb-{os.getpid()}-{level}-{len(way)}"
            command = [*place.pinfold, "run", "-q", "--level", level, "--profile", profile, "--", bomb, mark]
            environment = {**os.environ, "TMPDIR": str(temporary)}
            supervisor = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while len(list(_marked(mark))) < 32 and supervisor.poll() is None:
                time.sleep(0.01)
            time.sleep(1.0)
            most = len([one for one in _marked(mark) if one != supervisor.pid])
            since = time.monotonic()
            subprocess.run(["true"], check=True)
            responsive = time.monotonic() - since
            ended = time.monotonic()
            if way == "request":
                supervisor.terminate()
                supervisor.terminate()  # the second means it
            else:
                supervisor.kill()
            while time.monotonic() - ended < 3 * _PATIENCE and list(_marked(mark)):
                time.sleep(0.005)
            gone = time.monotonic() - ended
            print(f"| {level} | {way} | {most} | {_ms(responsive)} ms | {_ms(gone)} ms |")
            left = list(_marked(mark))
            supervisor.wait()
            faults += [f"fork bomb, {level}, {way}: {len(left)} processes are left"] * bool(left)
            faults += [f"fork bomb, {level}: {most} processes"] * (most > 68)
            for number in left:
                with suppress(ProcessLookupError):
                    os.kill(number, signal.SIGKILL)
    return faults


if __name__ == "__main__":
    sys.exit(main())
