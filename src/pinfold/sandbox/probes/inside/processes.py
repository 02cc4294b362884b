"""Attempts upon other processes: a victim outside, whoever started the run, and the run's own privileges."""

from __future__ import annotations

import ctypes
import fcntl
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

from .calls import (
    CLONE3,
    CLONE_NEWNET,
    CLONE_NEWUSER,
    PIDFD_GETFD,
    PIDFD_OPEN,
    PIDFD_SEND_SIGNAL,
    PROCESS_VM_READV,
    PROCESS_VM_WRITEV,
    PTRACE,
    SETNS,
    SIGCHLD,
    Arguments,
    call,
    libc,
    name_process,
    wait_for_release,
)

_TGKILL = 234
_CLONE = 56
_QUEUE = 129


def kill(arguments: Arguments) -> None:
    """Signal the victim."""
    os.kill(arguments["pid"], signal.SIGUSR1)


def kill_group(arguments: Arguments) -> None:
    """Signal the victim's process group."""
    os.killpg(arguments["pid"], signal.SIGUSR1)


def kill_thread(arguments: Arguments) -> None:
    """Signal the victim's first thread."""
    call(_TGKILL, arguments["pid"], arguments["pid"], int(signal.SIGUSR1))


def kill_queued(arguments: Arguments) -> None:
    """Signal the victim with a value."""
    told = struct.pack("iiiiii", signal.SIGUSR1, 0, -1, 0, os.getpid(), os.getuid()).ljust(128, b"\0")
    call(_QUEUE, arguments["pid"], int(signal.SIGUSR1), ctypes.c_char_p(told))


def kill_by_descriptor(arguments: Arguments) -> None:
    """Signal the victim by a descriptor that stands for it."""
    call(PIDFD_SEND_SIGNAL, call(PIDFD_OPEN, arguments["pid"], 0), int(signal.SIGUSR1), None, 0)


def kill_by_owner(arguments: Arguments) -> None:
    """Make the victim the owner of a socket, so that the kernel signals it when something arrives."""
    left, right = socket.socketpair()
    fcntl.fcntl(left, fcntl.F_SETOWN, arguments["pid"])
    fcntl.fcntl(left, 10, int(signal.SIGUSR1))  # F_SETSIG
    fcntl.fcntl(left, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
    right.send(b"x")


def trace(arguments: Arguments) -> bytes:
    """Attach to the victim as a debugger would and read its memory."""
    attach, read, detach = 16, 2, 17
    pid = arguments["pid"]
    call(PTRACE, attach, pid, 0, 0)
    try:
        os.waitpid(pid, 0x40000000)  # __WALL
        found = b""
        for at in range(0, arguments["length"], 8):
            word = ctypes.c_long()
            call(PTRACE, read, pid, arguments["address"] + at, ctypes.byref(word))
            found += struct.pack("l", word.value)
        return found
    finally:
        call(PTRACE, detach, pid, 0, 0)


class _Span(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def _carry(number: int, arguments: Arguments, data: bytes) -> bytes:
    buffer = ctypes.create_string_buffer(data, len(data))
    here, there = _Span(ctypes.addressof(buffer), len(data)), _Span(arguments["address"], len(data))
    call(number, arguments["pid"], ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    return buffer.raw


def read_memory(arguments: Arguments) -> bytes:
    """Read the victim's memory in one call."""
    return _carry(PROCESS_VM_READV, arguments, bytes(arguments["length"]))


def write_memory(arguments: Arguments) -> None:
    """Overwrite the victim's memory in one call."""
    _carry(PROCESS_VM_WRITEV, arguments, b"#" * arguments["length"])


def read_memory_file(arguments: Arguments) -> bytes:
    """Read the victim's memory as a file."""
    descriptor = os.open(f"/proc/{arguments['pid']}/mem", os.O_RDONLY)
    return os.pread(descriptor, arguments["length"], arguments["address"])


def write_memory_file(arguments: Arguments) -> None:
    """Overwrite the victim's memory as a file."""
    descriptor = os.open(f"/proc/{arguments['pid']}/mem", os.O_WRONLY)
    os.pwrite(descriptor, b"#" * arguments["length"], arguments["address"])


def read_victim_file(arguments: Arguments) -> bytes:
    """Read a file of the victim in ``/proc``: its environment or its command line."""
    with open(f"/proc/{arguments['pid']}/{arguments['name']}", "rb") as file:
        return file.read(65_536)


def read_environments(_arguments: Arguments) -> bytes:
    """Return the environments of all other processes that can be seen."""
    found, own = b"", {str(os.getpid()), "self", "thread-self"}
    for name in os.listdir("/proc"):
        if name.isdigit() and name not in own:
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    found += file.read(65_536)
            except OSError:
                continue
    return b"\0".join(re.findall(rb"PINFOLD_PROBE_SECRET=\w+", found))


def own_environment(_arguments: Arguments) -> bytes:
    """Return the variable that whoever started this had set for itself."""
    return os.environ.get("PINFOLD_PROBE_SECRET", "").encode()


def take_descriptor(arguments: Arguments) -> bytes:
    """Copy an open file of the victim and read it."""
    taken = call(PIDFD_GETFD, call(PIDFD_OPEN, arguments["pid"], 0), arguments["descriptor"], 0)
    return os.pread(taken, 4096, 0)


def join_namespaces(arguments: Arguments) -> None:
    """Join the victim's user and network namespaces and speak to what listens there."""
    victim = call(PIDFD_OPEN, arguments["pid"], 0)
    call(SETNS, victim, CLONE_NEWUSER)
    call(SETNS, victim, CLONE_NEWNET)
    with socket.socket(socket.AF_UNIX) as used:
        used.connect(arguments["address"])
        used.sendall(arguments["token"].encode())


def _apart(arguments: Arguments) -> None:
    name_process(arguments["mark"])
    wait_for_release(arguments)
    os._exit(0)


def unshare_user(arguments: Arguments) -> None:
    """Leave the user namespace."""
    child = os.fork()
    if child == 0:
        failed = libc.unshare(CLONE_NEWUSER)
        if failed:
            os._exit(ctypes.get_errno())
        _apart(arguments)
    _reap(child)


def clone_user(arguments: Arguments) -> None:
    """Start a process in a user namespace of its own, by the old call."""
    if call(_CLONE, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0) == 0:
        _apart(arguments)
    _reap(-1)


def clone3_user(arguments: Arguments) -> None:
    """Start a process in a user namespace of its own, by the new call, which filters cannot look into."""
    wanted = ctypes.create_string_buffer(struct.pack("QQQQQQQQ", CLONE_NEWUSER, 0, 0, 0, SIGCHLD, 0, 0, 0))
    if call(CLONE3, wanted, 64) == 0:
        _apart(arguments)
    _reap(-1)


def _reap(child: int) -> None:
    _pid, status = os.waitpid(child, 0)
    number = os.waitstatus_to_exitcode(status) if hasattr(os, "waitstatus_to_exitcode") else status >> 8
    if number:
        raise OSError(number, os.strerror(number))


def run_privileged(arguments: Arguments) -> None:
    """Start a program that runs as somebody else, and hold it by an output into which nothing fits."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, bytes(65_536))
    except BlockingIOError:
        os.set_blocking(writer, True)
    words = [arguments["program"], "--help", arguments["token"]]
    nothing, _writer = os.pipe()
    started = subprocess.Popen(words, stdin=nothing, stdout=writer, stderr=writer)
    wait_for_release(arguments)
    os.close(writer)
    os.close(reader)  # what is held ends of a broken pipe
    started.wait()


def limit_victim(arguments: Arguments) -> None:
    """Set a limit of the victim."""
    limits = struct.pack("QQ", 77, 77)
    call(302, arguments["pid"], 7, ctypes.c_char_p(limits), None)  # prlimit64, RLIMIT_NOFILE


def slow_victim(arguments: Arguments) -> None:
    """Lower the victim's priority."""
    os.setpriority(os.PRIO_PROCESS, arguments["pid"], 19)


def idle_victim(arguments: Arguments) -> None:
    """Let the victim run only when nothing else does."""
    os.sched_setscheduler(arguments["pid"], os.SCHED_IDLE, os.sched_param(0))


def pin_victim(arguments: Arguments) -> None:
    """Bind the victim to one processor."""
    os.sched_setaffinity(arguments["pid"], {arguments["processor"]})


def doom_victim(arguments: Arguments) -> None:
    """Make the victim the first to be killed when memory runs out."""
    with open(f"/proc/{arguments['pid']}/oom_score_adj", "w", encoding="ascii") as file:
        file.write("999")


def outlive(arguments: Arguments) -> None:
    """Leave a process behind that belongs to nobody."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            name_process(arguments["mark"])
            nowhere, _writer = os.pipe()  # nobody waits for the end of what this process might print
            for descriptor in range(3):
                os.dup2(nowhere, descriptor)
            time.sleep(20)
        os._exit(0)
    os.wait()
    time.sleep(0.1)


def loader(arguments: Arguments) -> None:
    """Have the dynamic loader start a program that is not executable."""
    own = os.path.join(arguments["folder"], "not-executable")
    with open(arguments["program"], "rb") as source, open(own, "wb") as target:
        target.write(source.read())
    os.chmod(own, 0o644)
    with open(sys.executable, "rb") as file:
        found = re.search(rb"/lib[\w/.-]*/ld[\w.-]+\.so\.\d", file.read())
    if found is None:
        raise FileNotFoundError("no dynamic loader")
    _run([found.group().decode(), own, arguments["path"]])


def _run(argv: list[str]) -> None:
    subprocess.run(argv, timeout=3, check=True)


def from_memory(arguments: Arguments) -> None:
    """Execute a program that is in no file, by a path or, with ``how`` at ``descriptor``, without one."""
    with open(arguments["program"], "rb") as source:
        body = source.read()
    held = os.memfd_create("program")
    os.write(held, body)
    child = os.fork()
    if child == 0:
        words = ["touch", arguments["path"]]
        try:
            if arguments["how"] == "path":
                os.execv(f"/proc/self/fd/{held}", words)
            argv = (ctypes.c_char_p * 3)(*(word.encode() for word in words), None)
            libc.syscall(322, held, ctypes.c_char_p(b""), argv, None, 0x1000)
            os._exit(ctypes.get_errno())
        except OSError as error:
            os._exit(error.errno or 1)
    _reap(child)


def type_ahead(arguments: Arguments) -> None:
    """Put characters into the terminal as if they had been typed."""
    for character in arguments["token"].encode():
        fcntl.ioctl(0, 0x5412, bytes([character]))  # TIOCSTI
