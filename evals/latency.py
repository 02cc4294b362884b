"""How long it takes from a system call to its event, and until a brokered connection is there."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ordinary_user import SOURCE, Place, compiled

_CALLER = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static long now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000L + at.tv_nsec;
}
int main(int count, char **words) {
    int calls = atoi(words[2]), runs = words[1][0] == 'e';
    long *began = calloc(calls, sizeof(long)), *ended = calloc(calls, sizeof(long));
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(1)};
    inet_aton("127.0.0.1", &there.sin_addr);
    int line[2];
    pipe(line);
    for (int i = 0; i < calls; i++) {
        usleep(2000);
        if (runs) {
            if (fork() == 0) {
                long at = now();
                write(line[1], &at, sizeof at);
                execl("/bin/true", "true", NULL);
                _exit(1);
            }
            wait(NULL);
            read(line[0], &began[i], sizeof began[i]);
        } else {
            int s = socket(AF_INET, SOCK_STREAM, 0);
            began[i] = now();
            connect(s, (struct sockaddr *)&there, sizeof there);
            ended[i] = now();
            close(s);
        }
    }
    for (int i = 0; i < calls; i++) printf("%ld %ld\n", began[i], ended[i]);
    return 0;
}
"""
"""Makes a call that is notified, every two milliseconds, and notes when it made it."""

_CLIENTS = r"""
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
static struct sockaddr_in there = {.sin_family = AF_INET};
static int each, pause_us;
static long *took;
static long now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * 1000000000L + at.tv_nsec;
}
static void *client(void *number) {
    long *mine = took + (long)number * each;
    if (pause_us) usleep(rand() % pause_us);
    for (int i = 0; i < each; i++) {
        int s = socket(AF_INET, SOCK_STREAM, 0);
        long began = now();
        mine[i] = connect(s, (struct sockaddr *)&there, sizeof there) ? -1 : now() - began;
        close(s);
        if (pause_us) usleep(pause_us);
    }
    return NULL;
}
int main(int count, char **words) {
    int clients = atoi(words[2]);
    pthread_t threads[1024];
    there.sin_port = htons(atoi(words[1]));
    inet_aton("127.0.0.1", &there.sin_addr);
    each = atoi(words[3]), pause_us = atoi(words[4]);
    took = calloc(clients * each, sizeof(long));
    for (long n = 0; n < clients; n++) pthread_create(&threads[n], NULL, client, (void *)n);
    for (int n = 0; n < clients; n++) pthread_join(threads[n], NULL);
    for (int i = 0; i < clients * each; i++) printf("%ld\n", took[i]);
    return 0;
}
"""
"""Clients that connect at once: to PORT, CLIENTS of them, TIMES each, with a PAUSE in between (microseconds)."""

_SERVER = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void) {
    struct sockaddr_in here = {.sin_family = AF_INET};
    socklen_t size = sizeof here;
    int s = socket(AF_INET, SOCK_STREAM, 0);
    inet_aton("127.0.0.1", &here.sin_addr);
    bind(s, (struct sockaddr *)&here, sizeof here);
    listen(s, 4096);
    getsockname(s, (struct sockaddr *)&here, &size);
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);
    for (;;) close(accept(s, NULL, NULL));
}
"""


def measure_latency(place: Place, options: argparse.Namespace) -> int:
    """Measure both, and print two tables."""
    caller, clients = compiled(_CALLER, place.work / "caller"), compiled(_CLIENTS, place.work / "clients")
    print(f"\n### From a system call to its event, idle, {place.user}, {options.calls:,} calls each, microseconds\n")
    print("| level | call | to the event: median | 99 % | the caller waits: median | 99 % |\n|---|---|---|---|---|---|")
    for level in ("L1", "L2", "L3"):
        for what in ("connect", "exec"):
            told, waited = _observed(level, [str(caller), what, str(options.calls)])
            row = [f"{_at(told, share) / 1e3:.0f}" for share in (0.5, 0.99)]
            row += [f"{_at(waited, share) / 1e3:.0f}" for share in (0.5, 0.99)] if what == "connect" else ["", ""]
            print(f"| {level} | {what} | " + " | ".join(row) + " |")
    server = subprocess.Popen([str(compiled(_SERVER, place.folder / "server"))], stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline()) if server.stdout else 0
        print(f"\n### Brokered connections, {options.clients} clients at once, {place.user}, microseconds\n")
        print("| level | each client | median | 99 % | worst | failed |\n|---|---|---|---|---|---|")
        for level in ("plain", "L2", "L3"):
            for pause, words in ((0, "as fast as it can"), (50_000, "20 times a second")):
                command = [str(clients), str(port), str(options.clients), "40", str(pause)]
                took = _connected(place, level, command, port)
                good = [one for one in took if one >= 0]
                cells = [f"{_at(good, share) / 1e3:.0f}" for share in (0.5, 0.99, 1.0)]
                print(f"| {level} | {words} | " + " | ".join(cells) + f" | {len(took) - len(good)} |")
    finally:
        server.kill()
        server.wait()
    print("\nBars: 99 % of events within 50 µs, idle; 99 % of connections within 5,000 µs with 64 clients.")
    return 0


def _at(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def _connected(place: Place, level: str, command: list[str], port: int) -> list[int]:
    profile = place.folder / "granted.toml"
    profile.write_text(
        'level = "L1"\n[read]\nallow = ["."]\n[write]\nallow = ["."]\n'
        '[execute]\nallow = ["/usr", "/lib", "/lib64", "."]\n'
        f'[[hosts]]\ncidr = "127.0.0.1/32"\nport = {port}\n'
    )
    launcher = (
        [] if level == "plain" else [*place.pinfold, "run", "-q", "--level", level, "--profile", str(profile), "--"]
    )
    done = subprocess.run([*launcher, *command], capture_output=True, text=True, check=True)
    return [int(line) for line in done.stdout.split()]


def _observed(level: str, command: list[str]) -> tuple[list[float], list[float]]:
    """Run a caller; returns how long after each call its event came, and how long the caller waited, in nanoseconds."""
    with _pipe() as (reader, writer), _pipe() as (said, say):
        child = os.fork()
        if child == 0:
            os.dup2(say, 1)
            _supervise(level, command, writer)
        os.close(writer)
        os.close(say)
        times = json.loads(_all(reader))
        words = _all(said).split()
        os.waitpid(child, 0)
    began, ended = list(map(int, words[::2])), list(map(int, words[1::2]))
    if len(began) != len(times):
        raise RuntimeError(f"{len(began)} calls and {len(times)} events")
    told = [at - since for at, since in zip(times, began, strict=True)]
    return told, [at - since for at, since in zip(ended, began, strict=True)]


def _supervise(level: str, command: list[str], tell: int) -> None:
    """Be the supervisor of a run, in a process of one thread, and tell when the events came."""
    times: list[int] = []
    code = 1
    try:
        sys.path.insert(0, str(SOURCE))
        from pinfold.model import ConnectEvent, ExecEvent, Level  # noqa: PLC0415  # this checkout's
        from pinfold.sandbox.planning import Asked  # noqa: PLC0415
        from pinfold.sandbox.runs import supervise  # noqa: PLC0415
        from pinfold.sandbox.stream import CallbackSink  # noqa: PLC0415

        wanted = ConnectEvent if command[1] == "connect" else ExecEvent

        def note(event: Any) -> None:
            if isinstance(event, wanted) and not (wanted is ExecEvent and "caller" in event.Image):
                times.append(time.monotonic_ns())

        home = os.environ["HOME"]
        asked = Asked(command=command, folder=str(Path.cwd()), environment=dict(os.environ), home=home)
        supervise(asked, level=Level(level), sinks=[CallbackSink(note)])
        code = 0
    finally:
        with os.fdopen(tell, "w") as stream:
            json.dump(times, stream)
        os._exit(code)


class _pipe:  # noqa: N801  # reads as the call it stands for
    """A pipe for the time of a block; ends that are closed before are left alone."""

    def __enter__(self) -> tuple[int, int]:
        self._ends = os.pipe()
        return self._ends

    def __exit__(self, *_: object) -> None:
        os.close(self._ends[0])


def _all(descriptor: int) -> str:
    with os.fdopen(os.dup(descriptor)) as stream:
        return stream.read()
