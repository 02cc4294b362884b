"""What a run that is only observed (L0) does on the network: its connections and the ports that it listens on.

The calls go on untouched. What is told was looked at while the call waited, so it is a record of ordinary behaviour and
no proof against a program that forges it. Datagrams are not told: the C library connects such sockets to see which of
its own addresses it would use.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Mapping

from pinfold.model import ConnectEvent, ListenEvent
from pinfold.sandbox import kernel
from pinfold.sandbox.addresses import LONGEST, parse
from pinfold.sandbox.listener import Listener, Notification
from pinfold.sandbox.processes import Process

_INET = (socket.AF_INET, socket.AF_INET6)


class Observing:
    """Tells of ``connect`` and ``listen``, and lets them go on.

    ``names`` are the names that the operator has mapped himself, with their addresses: what leads to one of them, and
    to no other, is told by that name.
    """

    def __init__(self, listener: Listener, emit: Callable[..., None], names: Mapping[str, tuple[str, ...]]) -> None:
        self._listener = listener
        self._emit = emit
        self._names: dict[str, str] = {}
        for name, addresses in names.items():
            for address in addresses if not f".{name}".endswith(".localhost") else ():
                self._names[address] = "" if address in self._names else name

    def handlers(self) -> dict[str, Callable[[Notification, Process], None]]:
        """Return what answers each call, by its name."""
        return {"connect": self._around(self._connect), "listen": self._around(self._listen)}

    def _around(self, tell: Callable[[Notification, Process], None]) -> Callable[[Notification, Process], None]:
        def answer(call: Notification, process: Process) -> None:
            with contextlib.suppress(OSError):  # the call is about to fail in the same way
                tell(call, process)
            self._listener.go_on(call)

        return answer

    def _connect(self, call: Notification, process: Process) -> None:
        length = min(call.arguments[2] & 0xFFFFFFFF, LONGEST)
        address = parse(kernel.read_memory(call.thread, call.arguments[1], length))
        if address.family not in _INET or not address.port:
            return
        with _socket(call, process) as theirs:
            if theirs.type & 0xF != socket.SOCK_STREAM:
                return
        self._emit(
            ConnectEvent,
            ProcessId=process.number,
            Image=process.image,
            DestinationIp=address.ip,
            DestinationPort=address.port,
            DestinationHostname=self._names.get(address.ip, ""),
            Protocol="tcp",
        )

    def _listen(self, call: Notification, process: Process) -> None:
        with _socket(call, process) as theirs:
            if theirs.family not in _INET:
                return
            ip, port = theirs.getsockname()[:2]
        self._emit(
            ListenEvent,
            ProcessId=process.number,
            Image=process.image,
            SourceIp=ip,
            SourcePort=port,
            Protocol="tcp",
        )


def _socket(call: Notification, process: Process) -> socket.socket:
    """Return a copy of the socket that a call is about. Raises ``OSError``."""
    return socket.socket(fileno=kernel.pidfd_getfd(process.pidfd, call.arguments[0] & 0xFFFFFFFF))
