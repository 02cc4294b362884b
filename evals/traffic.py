"""How fast granted traffic flows: one long transfer over a brokered connection, beside plain."""

from __future__ import annotations

import argparse
import statistics
import subprocess

from ordinary_user import Place, compiled

_SENDER = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
static char data[262144];
static const long size_of_data = sizeof data;
int main(int count, char **words) {
    struct sockaddr_in here = {.sin_family = AF_INET};
    socklen_t size = sizeof here;
    int s = socket(AF_INET, SOCK_STREAM, 0);
    inet_aton("127.0.0.1", &here.sin_addr);
    bind(s, (struct sockaddr *)&here, sizeof here);
    listen(s, 16);
    getsockname(s, (struct sockaddr *)&here, &size);
    printf("%d\n", ntohs(here.sin_port));
    fflush(stdout);
    for (;;) {
        int one = accept(s, NULL, NULL);
        long left;
        if (read(one, &left, sizeof left) == sizeof left)
            for (long sent; left > 0; left -= sent)
                if ((sent = send(one, data, left < size_of_data ? left : size_of_data, MSG_NOSIGNAL)) <= 0) break;
        close(one);
    }
}
"""

_RECEIVER = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
static char data[262144];
int main(int count, char **words) {
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(atoi(words[1]))};
    struct timespec began, ended;
    long wanted = atol(words[2]), had = 0, part;
    inet_aton("127.0.0.1", &there.sin_addr);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&there, sizeof there)) return 1;
    clock_gettime(CLOCK_MONOTONIC, &began);
    write(s, &wanted, sizeof wanted);
    while ((part = read(s, data, sizeof data)) > 0) had += part;
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%.9f\n", (ended.tv_sec - began.tv_sec) + (ended.tv_nsec - began.tv_nsec) / 1e9);
    return had != wanted;
}
"""


def measure_traffic(place: Place, options: argparse.Namespace) -> int:
    """Time transfers in turn, plain and at each level, and print a table."""
    receiver = str(compiled(_RECEIVER, place.work / "receiver"))
    sender = subprocess.Popen([str(compiled(_SENDER, place.folder / "sender"))], stdout=subprocess.PIPE, text=True)
    size = options.megabytes * 1_000_000
    try:
        port = sender.stdout.readline().strip() if sender.stdout else ""
        profile = place.folder / "granted.toml"
        profile.write_text(
            'level = "L1"\n[read]\nallow = ["."]\n[write]\nallow = ["."]\n'
            '[execute]\nallow = ["/usr", "/lib", "/lib64", "."]\n'
            f'[[hosts]]\ncidr = "127.0.0.1/32"\nport = {port}\n'
        )
        times: dict[str, list[float]] = {"plain": [], "L1": [], "L2": [], "L3": []}
        for _ in range(options.rounds):
            for level, own in times.items():
                launcher = [*place.pinfold, "run", "-q", "--level", level, "--profile", str(profile), "--"]
                command = [*(launcher if level != "plain" else []), receiver, port, str(size)]
                own.append(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    finally:
        sender.kill()
        sender.wait()
    print(f"\n### One connection, {options.megabytes} MB, {place.user}, {options.rounds} rounds\n")
    print("| | best | median | ratio to plain: best | median of each round |\n|---|---|---|---|---|")
    for level, own in times.items():
        rounds = [mine / theirs for mine, theirs in zip(own, times["plain"], strict=True)]
        speeds = " | ".join(f"{options.megabytes / one:,.0f} MB/s" for one in (min(own), statistics.median(own)))
        print(f"| {level} | {speeds} | {min(own) / min(times['plain']):.2f} | {statistics.median(rounds):.2f} |")
    print("\nBar: native speed. That fetches by name succeed, by curl, pip, git and Python, is in `ordinary_work.py`.")
    return 0
