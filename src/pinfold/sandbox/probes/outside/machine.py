"""What the kernel keeps for others (queues, memory, keys, terminals), and about the whole machine."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import secrets
import socket
import struct
import termios
import tty
from pathlib import Path

from pinfold.sandbox import kernel
from pinfold.sandbox.probes.outside.scene import AbsentError, Making, Place, Said, Scene

_SHMGET, _SHMAT, _SHMCTL, _SHMDT = 29, 30, 31, 67
_MSGGET, _MSGRCV, _MSGCTL = 68, 70, 71
_SYSLOG = 103
_MQ_OPEN, _MQ_UNLINK, _MQ_SEND = 240, 241, 242
_ADD_KEY, _KEYCTL = 248, 250
_CREATE, _PRIVATE = 0o1000, 0o600
_REMOVE = 0
_USER_RING = -4
_PARAMETER = Path("/proc/sys/kernel/printk_ratelimit_burst")
_MEMORY = Path("/dev/mem")
_ROM = 0xF0000  # the firmware's own pages: to read them changes nothing


def _demand(number: int, *arguments: object) -> int:
    """Make a system call without which the scene cannot be set."""
    try:
        return kernel.call(number, *arguments)
    except OSError as error:
        raise AbsentError(f"this kernel or user does not have it: {error.strerror}") from None


def _secret(place: Place) -> bytes:
    return f"secret-{place.token[::-1]}".encode()


@contextlib.contextmanager
def shared_memory(place: Place) -> Making:
    """Shared memory with a secret in it."""
    key = secrets.randbelow(1 << 30) + 1
    segment = _demand(_SHMGET, key, 4096, _CREATE | _PRIVATE)
    try:
        at = kernel.call(_SHMAT, segment, None, 0)
        ctypes.memmove(at, _secret(place), len(_secret(place)))
        kernel.call(_SHMDT, at)
        yield Scene(arguments={"key": key}, effect=lambda said: _secret(place) in said.got)
    finally:
        kernel.call(_SHMCTL, segment, _REMOVE, None)


@contextlib.contextmanager
def message_queue(place: Place) -> Making:
    """A queue into which nothing must come."""
    key = secrets.randbelow(1 << 30) + 1
    queue = _demand(_MSGGET, key, _CREATE | _PRIVATE)

    def came(_said: Said) -> bool:
        try:
            return kernel.call(_MSGRCV, queue, ctypes.create_string_buffer(256), 200, 0, 0o4000) > 0
        except OSError:
            return False

    try:
        yield Scene(arguments={"key": key}, effect=came)
    finally:
        kernel.call(_MSGCTL, queue, _REMOVE, None)


@contextlib.contextmanager
def named_queue(place: Place) -> Making:
    """A queue with a name, and a secret in it."""
    name = ctypes.c_char_p(f"pinfold-{place.token}".encode())
    queue = _demand(_MQ_OPEN, name, os.O_CREAT | os.O_RDWR, _PRIVATE, None)
    try:
        text = ctypes.create_string_buffer(_secret(place))
        kernel.call(_MQ_SEND, queue, text, len(_secret(place)), 0, None)
        arguments = {"name": f"pinfold-{place.token}"}
        yield Scene(arguments=arguments, effect=lambda said: _secret(place) in said.got)
    finally:
        os.close(queue)
        kernel.call(_MQ_UNLINK, name)


@contextlib.contextmanager
def user_key(place: Place) -> Making:
    """A key on the user's own ring, which every process of the user may search."""
    name, text = f"pinfold-{place.token}", ctypes.create_string_buffer(_secret(place))
    key = _demand(_ADD_KEY, ctypes.c_char_p(b"user"), ctypes.c_char_p(name.encode()), text, len(text) - 1, _USER_RING)
    try:
        _demand(_KEYCTL, 5, key, 0x3F3F0000)
        yield Scene(arguments={"name": name}, effect=lambda said: _secret(place) in said.got)
    finally:
        kernel.call(_KEYCTL, 9, key, _USER_RING)


@contextlib.contextmanager
def kernel_log(place: Place) -> Making:
    """The end of the kernel's log, as this user sees it."""
    buffer = ctypes.create_string_buffer(1 << 18)
    count = _demand(_SYSLOG, 3, buffer, len(buffer))
    line = next((line for line in reversed(buffer.raw[:count].splitlines()) if len(line) > 20), b"")
    if not line:
        raise AbsentError("the kernel's log is empty")
    yield Scene(arguments={}, effect=lambda said: line in said.got)


@contextlib.contextmanager
def host_name(place: Place) -> Making:
    """The name of this machine, put back afterwards."""
    before = socket.gethostname()
    try:
        yield Scene(arguments={}, effect=lambda _said: socket.gethostname() != before)
    finally:
        if socket.gethostname() != before:
            socket.sethostname(before)


@contextlib.contextmanager
def parameter(place: Place) -> Making:
    """A harmless setting of the kernel, put back afterwards."""
    try:
        before = _PARAMETER.read_text("ascii")
    except OSError as error:
        raise AbsentError(f"{_PARAMETER}: {error.strerror}") from None
    arguments = {"path": str(_PARAMETER), "value": str(int(before) + 1)}
    try:
        yield Scene(arguments=arguments, effect=lambda _said: _PARAMETER.read_text("ascii") != before)
    finally:
        if _PARAMETER.read_text("ascii") != before:
            _PARAMETER.write_text(before, "ascii")


@contextlib.contextmanager
def machine_memory(place: Place) -> Making:
    """A page of the machine's memory that holds firmware."""
    try:
        with _MEMORY.open("rb", buffering=0) as file:
            file.seek(_ROM)
            page = file.read(256)
    except OSError as error:
        raise AbsentError(f"{_MEMORY}: {error.strerror}") from None
    arguments = {"path": str(_MEMORY), "offset": _ROM}
    yield Scene(arguments=arguments, effect=lambda said: said.got == page)


@contextlib.contextmanager
def terminal(place: Place) -> Making:
    """A terminal from which whoever comes after the run would read what was typed into it."""
    if os.geteuid() != 0 and not _types_ahead():
        raise AbsentError("this kernel lets nobody type into a terminal (dev.tty.legacy_tiocsti)")
    master, slave = os.openpty()
    try:
        tty.setraw(slave)

        def typed(_said: Said) -> bool:
            waiting = fcntl.ioctl(slave, termios.FIONREAD, bytes(4))
            return bool(struct.unpack("i", waiting)[0])

        yield Scene(arguments={}, effect=typed, terminal=slave)
    finally:
        os.close(master)
        os.close(slave)


def _types_ahead() -> bool:
    try:
        return Path("/proc/sys/dev/tty/legacy_tiocsti").read_text("ascii").strip() == "1"
    except OSError:
        return True  # before 6.2 there was no such setting, and everybody could
