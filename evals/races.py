"""Races on what pointers lead to: an address, a path or an argument is changed while the supervisor decides about it.

A second thread, or process, flips the memory between what is granted and what is not, as fast as it can. What counts is
the effect, seen from outside: what reached the forbidden server, what the forbidden program wrote. The control is a
supervisor that looks at the memory and lets the kernel go on, as many do.
"""

from __future__ import annotations

import argparse
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from ordinary_user import SOURCE, Place, compiled, measure_as

_ATTACKS = ("connect", "sendto", "sendmsg", "fastopen", "exec", "argv", "bare")
_SECONDS = 3_600

_CLIENT = r"""
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
static struct shared { volatile struct sockaddr_in there; volatile char path[16], word[16]; } *shared;
static unsigned short granted, forbidden;
static char kind;
static void flip(void) {
    for (;;) {
        if (kind == 'e') { shared->path[3] = 'd'; shared->path[3] = 'a'; }
        else if (kind == 'a' || kind == 'b') { shared->word[0] = 'e'; shared->word[0] = 'g'; }
        else { shared->there.sin_port = forbidden; shared->there.sin_port = granted; }
    }
}
static void *flipper(void *nothing) { flip(); return nothing; }
int main(int count, char **words) {
    int tries = atoi(words[2]), made = 0;
    pthread_t thread;
    shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    kind = words[1][0] == 's' ? 's' : words[1][0];
    granted = htons(atoi(words[3])), forbidden = htons(atoi(words[4]));
    shared->there.sin_family = AF_INET;
    shared->there.sin_port = granted;
    inet_aton("127.0.0.1", (struct in_addr *)&shared->there.sin_addr);
    strcpy((char *)shared->path, kind == 'b' ? "./ba" : "./pa");
    strcpy((char *)shared->word, "good");
    if (kind == 'e' || kind == 'a' || kind == 'b') {
        pid_t other = fork();
        if (other == 0) { prctl(PR_SET_PDEATHSIG, SIGKILL); flip(); }
        for (int i = 0; i < tries; i++) {
            pid_t child = fork();
            if (child == 0) {
                char *arguments[] = {"p", kind == 'e' ? "x" : (char *)shared->word, NULL};
                execv((char *)shared->path, arguments);
                _exit(9);
            }
            int status;
            waitpid(child, &status, 0);
            made += WIFEXITED(status) && WEXITSTATUS(status) == 0;
        }
        kill(other, SIGKILL);
        printf("%d\n", made);
        return 0;
    }
    struct sockaddr *to = (struct sockaddr *)&shared->there;
    pthread_create(&thread, NULL, flipper, NULL);
    for (int i = 0; i < tries; i++) {
        struct iovec part = {"x", 1};
        struct msghdr message = {.msg_name = (void *)&shared->there, .msg_namelen = sizeof(struct sockaddr_in),
                                 .msg_iov = &part, .msg_iovlen = 1};
        int datagram = !strcmp(words[1], "sendto") || !strcmp(words[1], "sendmsg");
        int s = socket(AF_INET, datagram ? SOCK_DGRAM : SOCK_STREAM, 0);
        int failed;
        if (!strcmp(words[1], "connect"))
            failed = connect(s, to, sizeof(struct sockaddr_in));
        else if (!strcmp(words[1], "sendto"))
            failed = sendto(s, "x", 1, MSG_DONTWAIT, to, sizeof(struct sockaddr_in)) != 1;
        else if (!strcmp(words[1], "sendmsg"))
            failed = sendmsg(s, &message, MSG_DONTWAIT) != 1;
        else
            failed = sendto(s, "x", 1, MSG_FASTOPEN, to, sizeof(struct sockaddr_in)) != 1;
        made += !failed;
        close(s);
    }
    printf("%d\n", made);
    return 0;
}
"""
"""ATTACK TRIES GRANTED FORBIDDEN: tries one attack, and prints how many of its calls were let through."""

_PROGRAM = r"""
#include <fcntl.h>
#include <unistd.h>
int main(int count, char **words) {
    if (WRITES) write(open("effect", O_WRONLY | O_CREAT | O_APPEND, 0600), "!", 1);
    return 0;
}
"""

_BARE_PROGRAM = r"""
__attribute__((naked)) void _start(void) {
    __asm__("mov 16(%rsp), %rdi\n cmpb $'e', (%rdi)\n jne 1f\n"
            "mov $2, %eax\n lea name(%rip), %rdi\n mov $02101, %esi\n mov $0600, %edx\n syscall\n"
            "mov %eax, %edi\n mov $1, %eax\n lea name(%rip), %rsi\n mov $1, %edx\n syscall\n"
            "1: mov $231, %eax\n xor %edi, %edi\n syscall\n name: .asciz \"effect\"");
}
"""
"""The same without a C library, and so without the first call by which a new program is otherwise noticed."""


def main() -> int:
    """Run the attacks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=100_000, help="of each attack at each level")
    parser.add_argument("--control", type=int, default=3_000, help="tries against the control")
    parser.add_argument("--only", nargs="*", default=list(_ATTACKS), choices=_ATTACKS)
    parser.add_argument("--levels", nargs="*", default=["L1", "L2", "L3"])
    parser.add_argument("--user", nargs="*", default=["nobody", "root"], choices=["nobody", "root"])
    options = parser.parse_args()
    return measure_as(options.user, lambda place: measure(place, options))


def measure(place: Place, options: argparse.Namespace) -> int:
    """Run each attack against the control and each level, and print how many tries were won."""
    sys.path.insert(0, str(SOURCE))
    client = str(compiled(_CLIENT, place.work / "client"))
    for name, writes in (("pa", "count > 1 && words[1][0] == 'e'"), ("pd", "1")):
        compiled(_PROGRAM.replace("WRITES", writes), place.work / name)
    bare = ["gcc", "-O1", "-static", "-nostdlib", "-o", str(place.work / "ba"), "-x", "c", "-"]
    subprocess.run(bare, input=_BARE_PROGRAM.encode(), check=True)
    print(f"\n### Pointer races, {place.user}: tries won of {options.tries:,} (calls let through)\n")
    print("| attack | control: look and go on | " + " | ".join(options.levels) + " |")
    print("|---" * (2 + len(options.levels)) + "|")
    lost = 0
    for attack in options.only:
        cells = []
        for level in ("control", *options.levels):
            tries = options.control if level == "control" else options.tries
            if attack == "exec" and level == "L1":
                cells.append("(files are not confined)")
                continue
            won, through, error = _attacked(place, attack, level, [client, attack, str(tries)])
            lost += won if level != "control" else 0
            cells.append(error or f"**{won:,}**" * (won > 0) + f"{won}" * (won == 0) + f" of {tries:,} ({through:,})")
        print(f"| {attack} | " + " | ".join(cells) + " |")
        sys.stdout.flush()
    print("\nBar: 0 of 100,000. `bare` is a program without a C library whose argument is denied by `decide`.")
    return 1 if lost else 0


def _attacked(place: Place, attack: str, level: str, command: list[str]) -> tuple[int, int, str]:
    """Return how often the attack had its effect, how many calls were let through, and what went wrong."""
    effect = place.work / "effect"
    effect.unlink(missing_ok=True)
    kind = socket.SOCK_DGRAM if attack in ("sendto", "sendmsg") else socket.SOCK_STREAM
    with socket.socket(type=kind) as granted, socket.socket(type=kind) as forbidden:
        for one in (granted, forbidden):
            one.bind(("127.0.0.1", 0))
            if kind is socket.SOCK_STREAM:
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, 128)
                one.listen(4_096)
        ports = [one.getsockname()[1] for one in (granted, forbidden)]
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.dup2(writer, 1)
            os.close(reader)
            run = _control if level == "control" else _confined
            _leave(lambda: run(place, attack, level, [*command, *map(str, ports)]))
        os.close(writer)
        won, status = _counted(granted, forbidden, child)
        with os.fdopen(reader) as stream:
            said = stream.read().split()
    if attack in ("exec", "argv", "bare"):
        won = effect.stat().st_size if effect.exists() else 0
    through = int(said[-1]) if said and said[-1].isdigit() else 0
    return won, through, f"failed ({status})" if status or not said else ""


def _leave(body: Callable[[], int]) -> None:
    code = 99
    try:
        code = body()
    finally:
        os._exit(code)


def _counted(granted: socket.socket, forbidden: socket.socket, child: int) -> tuple[int, int]:
    """Take what comes until ``child`` has ended; returns how much reached the forbidden server, and the exit code."""
    reached, ended, deadline = 0, None, time.monotonic() + _SECONDS
    for one in (granted, forbidden):
        one.setblocking(False)
    while True:
        idle = True
        for one in (granted, forbidden):
            try:
                if one.type & 0xF == socket.SOCK_STREAM:
                    one.accept()[0].close()
                else:
                    one.recv(16)
            except BlockingIOError:
                continue
            idle = False
            reached += one is forbidden
        if idle and ended is not None:
            return reached, ended
        if idle:
            gone, status = os.waitpid(child, os.WNOHANG)
            ended = os.waitstatus_to_exitcode(status) if gone else None
            if time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
            time.sleep(0.0005)


def _confined(place: Place, attack: str, level: str, command: list[str]) -> int:
    """Be the supervisor of a run that is granted one port, and not the program ``pd``, nor what is called ``e…``."""
    from pinfold.model import ExecEvent, Level  # noqa: PLC0415  # this checkout's
    from pinfold.sandbox.planning import Asked  # noqa: PLC0415
    from pinfold.sandbox.profile_file import load  # noqa: PLC0415
    from pinfold.sandbox.runs import supervise  # noqa: PLC0415

    programs = '"/usr", "/lib", "/lib64", "./client", "./pa", "./ba"'
    profile = place.folder / "races.toml"
    profile.write_text(
        'level = "L1"\n[read]\nallow = ["."]\n[write]\nallow = ["."]\n'
        f'[execute]\nallow = [{programs}]\ndeny = ["./pd"]\n'
        f'[[hosts]]\ncidr = "127.0.0.1/32"\nport = {command[-2]}\n'
    )

    def decide(event: Any) -> str:
        is_evil = isinstance(event, ExecEvent) and "client" not in event.CommandLine and " e" in event.CommandLine
        return "evil" if is_evil else ""

    asked = Asked(
        command=command,
        folder=str(place.work),
        environment=dict(os.environ),
        home=str(place.home),
        profile=load(profile),
    )
    return supervise(asked, level=Level(level), decide=decide if attack in ("argv", "bare") else None).code


def _control(place: Place, attack: str, level: str, command: list[str]) -> int:
    """Supervise as it must not be done: look at what the pointer leads to, and let the kernel look again."""
    from pinfold.sandbox import kernel  # noqa: PLC0415  # this checkout's
    from pinfold.sandbox.bpf import NOTIFY, Rule, assemble  # noqa: PLC0415
    from pinfold.sandbox.calls import NUMBERS  # noqa: PLC0415
    from pinfold.sandbox.listener import Listener  # noqa: PLC0415

    name = {"connect": "connect", "sendmsg": "sendmsg", "sendto": "sendto", "fastopen": "sendto"}.get(attack, "execve")
    at = {"connect": 1, "sendmsg": 1, "sendto": 4, "fastopen": 4, "exec": 0}.get(attack, 1)
    granted = struct.pack(">H", int(command[-2]))
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        listener = kernel.install_filter(assemble([Rule(NUMBERS[name], NOTIFY)]))
        os.write(theirs.fileno(), struct.pack("=i", listener))  # what would send the descriptor itself is notified
        os.read(theirs.fileno(), 1)
        os.close(listener)
        os.execv(command[0], command)  # noqa: S606
    number = struct.unpack("=i", os.read(ours.fileno(), 4))[0]
    listener = Listener(kernel.pidfd_getfd(kernel.pidfd_open(child), number))
    os.write(ours.fileno(), b".")
    waiting = select.poll()
    waiting.register(listener.fileno(), select.POLLIN)
    while True:
        if not any(event & select.POLLIN for _, event in waiting.poll(100)):
            gone, status = os.waitpid(child, os.WNOHANG)
            if gone:
                return os.waitstatus_to_exitcode(status)
            continue
        call = listener.receive()
        if call is None:
            continue
        where = call.arguments[at]
        try:
            if attack == "sendmsg":
                where = struct.unpack("=Q", kernel.read_memory(call.thread, where, 8))[0]
            if attack in ("argv", "bare"):
                where = struct.unpack("=Q", kernel.read_memory(call.thread, where + 8, 8))[0]
            seen = kernel.read_memory(call.thread, where, 8)
        except OSError:
            listener.fail(call, 14)
            continue
        if attack in ("exec", "argv", "bare"):
            good = seen[3:4] != b"d" if attack == "exec" else seen[:1] != b"e"
        else:
            good = seen[2:4] == granted
        if good:
            listener.go_on(call)
        else:
            listener.fail(call, 13)


if __name__ == "__main__":
    sys.exit(main())
