"""Attempts upon the kernel itself, and upon what it keeps for others: queues, shared memory, keys, settings, mounts."""

from __future__ import annotations

import ctypes
import os
import stat
import struct

from .calls import (
    AT_FDCWD,
    BPF,
    FANOTIFY_INIT,
    FSCONFIG,
    FSMOUNT,
    FSOPEN,
    IO_URING_SETUP,
    KEYCTL,
    MOVE_MOUNT,
    PERF_EVENT_OPEN,
    SETHOSTNAME,
    SYSLOG,
    USERFAULTFD,
    Arguments,
    call,
    checked,
    libc,
    wait_for_release,
)

_SHMGET, _SHMAT, _MSGGET, _MSGSND = 29, 30, 68, 69
_MQ_OPEN, _MQ_RECEIVE = 240, 243


def hold_bpf(arguments: Arguments) -> None:
    """Make a table for programs that run in the kernel."""
    _hold(call(BPF, 0, ctypes.create_string_buffer(struct.pack("IIII", 2, 4, 8, 1).ljust(64, b"\0")), 64), arguments)


def hold_bpf_program(arguments: Arguments) -> None:
    """Load a program that runs in the kernel."""
    code = ctypes.create_string_buffer(bytes.fromhex("b7000000000000009500000000000000"))
    licence = ctypes.create_string_buffer(b"GPL")
    told = struct.pack("IIQQ", 1, 2, ctypes.addressof(code), ctypes.addressof(licence)).ljust(64, b"\0")
    _hold(call(BPF, 5, ctypes.create_string_buffer(told), 64), arguments)


def hold_perf_event(arguments: Arguments) -> None:
    """Measure a process by the processor's counters."""
    wanted = struct.pack("IIQQQQQ", 1, 112, 1, 0, 0, 0, 1 << 5 | 1 << 6).ljust(112, b"\0")
    _hold(call(PERF_EVENT_OPEN, ctypes.create_string_buffer(wanted), 0, -1, -1, 0), arguments)


def hold_fault_handler(arguments: Arguments) -> None:
    """Handle page faults of one's own, which widens races in the kernel."""
    _hold(call(USERFAULTFD, 1), arguments)


def hold_ring(arguments: Arguments) -> None:
    """Set up an io_uring."""
    _hold(call(IO_URING_SETUP, 4, ctypes.create_string_buffer(120)), arguments)


def hold_fanotify(arguments: Arguments) -> None:
    """Set up a watch over files that reports by handle."""
    _hold(call(FANOTIFY_INIT, 0xE00, 0), arguments)


def _hold(descriptor: int, arguments: Arguments) -> None:
    """Keep the descriptor open until somebody outside has seen it."""
    wait_for_release(arguments)
    os.close(descriptor)


def change_personality(arguments: Arguments) -> None:
    """Switch off what makes an attack on memory hard."""
    checked(libc.personality(0x0040000 | 0x0400000))  # ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC
    wait_for_release(arguments)


def read_log(_arguments: Arguments) -> bytes:
    """Return the end of the kernel's log."""
    buffer = ctypes.create_string_buffer(1 << 18)
    count = call(SYSLOG, 3, buffer, len(buffer))
    return buffer.raw[:count][-4096:]


def set_host_name(arguments: Arguments) -> None:
    """Rename this machine."""
    name = arguments["token"].encode()
    call(SETHOSTNAME, ctypes.c_char_p(name), len(name))


def set_parameter(arguments: Arguments) -> None:
    """Write a setting of the kernel."""
    with open(arguments["path"], "w", encoding="ascii") as file:
        file.write(arguments["value"])


def make_device(arguments: Arguments) -> None:
    """Make a device node."""
    os.mknod(arguments["path"], stat.S_IFCHR | 0o600, os.makedev(1, 3))


def read_device(arguments: Arguments) -> bytes:
    """Read the machine's memory."""
    descriptor = os.open(arguments["path"], os.O_RDONLY)
    return os.pread(descriptor, 256, arguments["offset"])


def mount(arguments: Arguments) -> None:
    """Mount an empty file system on a folder of one's own."""
    path = ctypes.c_char_p(arguments["path"].encode())
    checked(libc.mount(b"pinfold-probe", path, b"tmpfs", ctypes.c_ulong(0), b"size=64k"))


def mount_newly(arguments: Arguments) -> None:
    """The same by the newer calls."""
    made = call(FSOPEN, ctypes.c_char_p(b"tmpfs"), 0)
    call(FSCONFIG, made, 1, ctypes.c_char_p(b"source"), ctypes.c_char_p(b"pinfold-probe"), 0)
    call(FSCONFIG, made, 6, None, None, 0)
    mounted = call(FSMOUNT, made, 0, 0)
    path = ctypes.c_char_p(arguments["path"].encode())
    call(MOVE_MOUNT, mounted, ctypes.c_char_p(b""), AT_FDCWD, path, 4)


def read_key(arguments: Arguments) -> bytes:
    """Return a key from the user's key ring."""
    kind, name = ctypes.c_char_p(b"user"), ctypes.c_char_p(arguments["name"].encode())
    key = call(KEYCTL, 10, -4, kind, name, 0)
    buffer = ctypes.create_string_buffer(256)
    count = call(KEYCTL, 11, key, buffer, len(buffer), 0)
    return buffer.raw[:count]


def read_shared_memory(arguments: Arguments) -> bytes:
    """Return what another process has put into shared memory."""
    return ctypes.string_at(call(_SHMAT, call(_SHMGET, arguments["key"], 0, 0), None, 0o10000), 64)


def send_to_queue(arguments: Arguments) -> None:
    """Send a message to another process's queue."""
    text = arguments["token"].encode()
    message = ctypes.create_string_buffer(struct.pack("l", 1) + text)
    call(_MSGSND, call(_MSGGET, arguments["key"], 0), message, len(text), 0o4000)


def read_queue(arguments: Arguments) -> bytes:
    """Take a message out of another process's queue that has a name."""
    queue = call(_MQ_OPEN, ctypes.c_char_p(arguments["name"].encode()), os.O_RDONLY | os.O_NONBLOCK, 0, None)
    buffer = ctypes.create_string_buffer(8192)
    count = call(_MQ_RECEIVE, queue, buffer, len(buffer), None, None)
    return buffer.raw[:count]
