"""Unix sockets: a run may speak to those on which it listens itself, and to no other.

A socket of this kind is a door into whoever listens behind it (a container engine, a keyring, a session bus), and
neither Landlock before its ninth version nor a network namespace closes it.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Callable
from typing import Any

from pinfold.model import ConnectEvent, ListenEvent
from pinfold.sandbox import kernel
from pinfold.sandbox.addresses import Address, parse
from pinfold.sandbox.listener import Listener, Notification
from pinfold.sandbox.processes import Process


class UnixSockets:
    """Remembers the run's own listening sockets, by file or abstract name, and connects to those."""

    def __init__(self, listener: Listener, emit: Callable[..., None]) -> None:
        self._listener = listener
        self._emit = emit
        self._files: set[tuple[int, int]] = set()
        self._names: set[str] = set()

    def listen(self, ours: socket.socket, backlog: int, process: Process) -> int:
        """Listen on the program's behalf; returns an error number or 0."""
        try:
            ours.listen(backlog)
        except OSError as error:
            return error.errno or errno.EINVAL
        address = parse(kernel.socket_name(ours.fileno()))
        if address.abstract:
            self._names.add(address.path)
        elif address.path:
            found = _find(process, address.path)
            if found is not None:
                state = os.fstat(found)
                self._files.add((state.st_dev, state.st_ino))
                os.close(found)
        self._emit(ListenEvent, **_who(process), TargetFilename=address.path, Protocol="unix", decision="allow")
        return 0

    def connect(self, call: Notification, process: Process, ours: socket.socket, address: Address) -> None:
        """Connect on the program's behalf, if the other end is the run's own."""
        way = self._way(process, address)
        if way is None:
            missing = not address.abstract and _is_missing(process, address.path)
            if not missing:  # what is not there can be asked for without harm, and every look-up of a user does so
                reason = "this Unix socket is not the run's own, and what listens behind it is not confined"
                self._tell(process, address, "deny", reason)
            self._listener.fail(call, errno.ENOENT if missing else errno.EACCES)
            return
        held, name = way
        try:
            failure = _connect(ours, name)
        finally:
            if held >= 0:
                os.close(held)
        self._tell(process, address, "allow", "the run itself listens on it")
        if failure:
            self._listener.fail(call, failure)
        else:
            self._listener.succeed(call)

    def _way(self, process: Process, address: Address) -> tuple[int, str | bytes] | None:
        """Return the name by which to connect, and a descriptor to hold meanwhile; ``None`` if it is not the run's."""
        if address.abstract:
            if address.path not in self._names:
                return None
            return -1, b"\0" + address.path[1:].encode("utf-8", "surrogateescape")
        found = _find(process, address.path)
        if found is None:
            return None
        state = os.fstat(found)
        if (state.st_dev, state.st_ino) not in self._files:
            os.close(found)
            return None
        return found, f"/proc/self/fd/{found}"

    def _tell(self, process: Process, address: Address, decision: str, reason: str) -> None:
        fields: dict[str, Any] = {**_who(process), "DestinationHostname": address.path, "Protocol": "unix"}
        self._emit(ConnectEvent, **fields, decision=decision, reason=reason, source="broker")


def _connect(ours: socket.socket, name: str | bytes) -> int:
    """Connect without ever waiting: a full queue is tried again by the program, as ``EAGAIN`` asks for."""
    flags = fcntl.fcntl(ours.fileno(), fcntl.F_GETFL)
    fcntl.fcntl(ours.fileno(), fcntl.F_SETFL, flags | os.O_NONBLOCK)
    try:
        return ours.connect_ex(name)
    finally:
        fcntl.fcntl(ours.fileno(), fcntl.F_SETFL, flags)


def _find(process: Process, path: str) -> int | None:
    """Return a descriptor of what lies at ``path`` as the process sees it."""
    try:
        return kernel.open_path_of(process.number, path)
    except OSError:
        return None


def _is_missing(process: Process, path: str) -> bool:
    try:
        os.close(kernel.open_path_of(process.number, path))
    except OSError as error:
        return error.errno in (errno.ENOENT, errno.ENOTDIR)
    return False


def _who(process: Process) -> dict[str, Any]:
    return {"ProcessId": process.number, "Image": process.image}
