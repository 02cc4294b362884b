"""The broker: sockets are connected, bound and made to listen by the supervisor, on the program's behalf.

The address is read from the program's memory once; everything after that, the decision and the deed, uses our copy, so
that changing it meanwhile changes nothing. Where the program shares our network (L1, L2) the deed is done on its own
socket, of which we take a copy. In a network of its own (L3) its sockets lead nowhere, so a socket of ours, already
connected, takes the place of its own.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import struct
from collections.abc import Callable
from typing import Any

from pinfold.model import BindEvent, ConnectEvent, DeniedEvent, Level, ListenEvent
from pinfold.sandbox import kernel
from pinfold.sandbox.addresses import LONGEST, Address, is_loopback, loopback_for, parse, plain, target
from pinfold.sandbox.diagnosis import Diagnosis
from pinfold.sandbox.egress import Egress, Ruling
from pinfold.sandbox.flows import Flows
from pinfold.sandbox.listener import Listener, Notification
from pinfold.sandbox.lookups import Lookups
from pinfold.sandbox.loop import WRITE, Loop
from pinfold.sandbox.plan import Plan
from pinfold.sandbox.processes import Process
from pinfold.sandbox.unix_sockets import UnixSockets

CONNECT_SECONDS = 60.0
"""How long a connection may take to open; a program that waits for one cannot be interrupted meanwhile."""

_DNS_PORT = 53
_SO_COOKIE = 57
_INET = (socket.AF_INET, socket.AF_INET6)
_FD_CLOEXEC_FLAG = 0o2000000

_KEPT_OPTIONS = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    (socket.SOL_SOCKET, socket.SO_OOBINLINE),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
    (socket.IPPROTO_IP, socket.IP_TOS),
)
_KEPT_TIMES = (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO, socket.SO_LINGER)
"""Options that are carried over where our socket takes the place of the program's."""


class Broker:
    """Answers ``connect``, ``bind``, ``listen`` and the making of datagram sockets."""

    def __init__(
        self,
        plan: Plan,
        listener: Listener,
        loop: Loop,
        emit: Callable[..., None],
        *,
        egress: Egress,
        clock: Callable[[], float],
        permits: Callable[[ConnectEvent], str],
    ) -> None:
        self._own_network = plan.level is Level.L3
        self._listener = listener
        self._loop = loop
        self._emit = emit
        self._egress = egress
        self._clock = clock
        self._permits = permits
        self._diagnosis = Diagnosis()
        self._own_listeners: dict[tuple[str, int], set[int]] = {}  # address, port -> inodes of the run's own sockets
        self._unix = UnixSockets(listener, emit)
        self.flows = Flows(self._diagnosis, emit)
        loop.watch(self._diagnosis.fileno(), self._destroyed)
        self.lookups = Lookups(loop, emit, egress=egress, clock=clock)

    def handlers(self) -> dict[str, Callable[[Notification, Process], None]]:
        """Return what answers each call, by name."""
        return {"connect": self.connect, "bind": self.bind, "listen": self.listen, "socket": self.make}

    def close(self) -> None:
        """Count the flows for the last time and close everything."""
        self._destroyed()
        self.flows.close()
        self._loop.forget(self._diagnosis.fileno())
        self.lookups.close()
        self._diagnosis.close()

    def _destroyed(self) -> None:
        for last in self._diagnosis.destroyed(self.flows):
            self.flows.ended(last)

    # Making sockets.

    def make(self, call: Notification, process: Process) -> None:
        """Answer a ``socket`` that is not an ordinary stream: a datagram socket becomes a line to our name server."""
        family, kind, protocol = (argument & 0xFFFFFFFF for argument in call.arguments[:3])
        is_datagram = kind & 0xF == socket.SOCK_DGRAM and protocol in (0, socket.IPPROTO_UDP)
        if family not in _INET or not is_datagram:
            what = f"address family {family}, type {kind & 0xF}, protocol {protocol}"
            reason = f"no sockets of {what}: only TCP, names, and Unix streams within the run"
            self._emit(DeniedEvent, **_who(process), Call="socket", decision="deny", reason=reason)
            self._listener.fail(call, errno.EAFNOSUPPORT if family not in _INET else errno.EPROTONOSUPPORT)
            return
        try:
            theirs = self.lookups.line(process, blocking=not kind & socket.SOCK_NONBLOCK)
        except OSError as error:
            self._listener.fail(call, error.errno or errno.EMFILE)
            return
        self._listener.inject(call, theirs.fileno(), close_on_exec=bool(kind & socket.SOCK_CLOEXEC))
        theirs.close()

    # Addresses of the run's own.

    def bind(self, call: Notification, process: Process) -> None:
        """Bind on the program's behalf: at L1 and L2 to loopback only, since everybody could reach the rest."""
        found = self._socket_and_address(call, process)
        if found is None:
            return
        ours, address = found
        with ours:
            if ours.family not in _INET or address.family not in _INET:
                if ours.family in _INET or address.family in _INET:
                    self._listener.fail(call, errno.EACCES if address.family else errno.EINVAL)
                else:  # the kernel's own rules say where a file may be made; nothing is decided here
                    self._emit(BindEvent, **_who(process), TargetFilename=address.path)
                    self._listener.go_on(call)
                return
            wanted = address if self._own_network else loopback_for(address)
            reason = ""
            if not self._own_network and not is_loopback(wanted.ip):
                reason = "a run takes connections on loopback only"
            failure = errno.EACCES if reason else _attempt(lambda: ours.bind(target(wanted)))
            self._emit(
                BindEvent,
                **_who(process),
                SourceIp=wanted.ip,
                SourcePort=wanted.port,
                Protocol="tcp",
                decision="deny" if reason else "allow",
                reason=reason,
            )
        self._finish(call, failure)

    def listen(self, call: Notification, process: Process) -> None:
        """Let a socket take connections, and remember that it is the run's own."""
        ours = self._socket(call, process)
        if ours is None:
            return
        with ours:
            backlog = struct.unpack("=i", struct.pack("=I", call.arguments[1] & 0xFFFFFFFF))[0]
            if ours.family == socket.AF_UNIX:
                failure = self._unix.listen(ours, backlog, process)
            elif ours.family in _INET:
                failure = self._listen(ours, backlog, process)
            else:
                failure = errno.EOPNOTSUPP
        self._finish(call, failure)

    def _listen(self, ours: socket.socket, backlog: int, process: Process) -> int:
        ip, port = ours.getsockname()[:2]
        if port and not self._own_network and not is_loopback(ip):  # bound by a call that the broker did not make
            return errno.EACCES
        if port == 0 and not self._own_network:  # the kernel would choose a port on all interfaces
            loopback = loopback_for(Address(ours.family, ip))
            if failure := _attempt(lambda: ours.bind(target(loopback))):
                return failure
        failure = _attempt(lambda: ours.listen(backlog))
        if not failure:
            ip, port = ours.getsockname()[:2]
            own = self._own_listeners.setdefault((plain(ip), port), set())
            own.add(os.fstat(ours.fileno()).st_ino)
            self._emit(ListenEvent, **_who(process), SourceIp=ip, SourcePort=port, Protocol="tcp", decision="allow")
        return failure

    def _is_own_port(self, ip: str, port: int) -> bool:
        """Whether the run listens there now: on another address, and since it left, somebody else may."""
        everywhere = ("0.0.0.0", "::") if ":" not in ip else ("::",)  # noqa: S104  # compared, not bound
        own = {inode for one in (ip, *everywhere) for inode in self._own_listeners.get((one, port), ())}
        if not own or self._own_network:
            return bool(own)  # nobody else is there
        return not own.isdisjoint(self._diagnosis.listeners(port))

    # Connections.

    def connect(self, call: Notification, process: Process) -> None:
        """Answer a ``connect``."""
        found = self._socket_and_address(call, process)
        if found is None:
            return
        ours, address = found
        if address.family == socket.AF_UNSPEC and ours.family in _INET:
            with ours:  # dissolves a connection, and makes none
                self._finish(call, _attempt(lambda: _dissolve(ours)))
        elif ours.family == socket.AF_UNIX and address.family in _INET:
            with ours:
                self._connect_datagram(call, process, ours, address)
        elif ours.family == socket.AF_UNIX:
            with ours:
                self._unix.connect(call, process, ours, address)
        elif ours.family in _INET and address.family in _INET:
            self._connect_stream(call, process, ours, address)
        else:
            ours.close()
            self._listener.fail(call, errno.EAFNOSUPPORT)

    def _connect_datagram(self, call: Notification, process: Process, ours: socket.socket, address: Address) -> None:
        """What stands for a datagram socket is joined to our name server already, and to nothing else."""
        if address.port == _DNS_PORT and ours.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_SEQPACKET:
            self._listener.succeed(call)
            return
        # The C library asks this way which of its own addresses it would use; without a word from it, it goes on.
        self._announce(process, address, Ruling(False, "no datagrams leave a run: only TCP, and names"), "udp")
        self._listener.fail(call, errno.ENETUNREACH)

    def _connect_stream(self, call: Notification, process: Process, ours: socket.socket, address: Address) -> None:
        ruling = self._egress.connect(address.ip, address.port, process.image, self._is_own_port, now=self._clock())
        refusal = self._announce(process, address, ruling, "tcp")
        if refusal:
            ours.close()
            # Who tries whether something listens here takes that for an answer, and any other error for a fault.
            self._listener.fail(call, errno.ECONNREFUSED if ruling.rule == "loopback" else errno.EACCES)
            return
        inject = self._own_network and ruling.rule != "own-port"
        attempt = _Attempt(self, call, process, address, ruling, ours, inject=inject)
        try:
            attempt.begin()
        except OSError as error:
            attempt.drop()
            self._listener.fail(call, error.errno or errno.EINVAL)

    def _announce(self, process: Process, address: Address, ruling: Ruling, protocol: str) -> str:
        """Record the intent, ask whoever else has a say, and return why it is refused."""
        fields: dict[str, Any] = {
            **_who(process),
            "DestinationIp": address.ip,
            "DestinationPort": address.port,
            "DestinationHostname": ruling.hostname,
            "Protocol": protocol,
            "source": "broker",
        }
        refusal = "" if ruling.allowed else ruling.reason
        if not refusal:
            refusal = self._permits(ConnectEvent(**fields, decision="allow", reason=ruling.reason))
        decision = "deny" if refusal else "allow"
        self._emit(ConnectEvent, **fields, decision=decision, reason=refusal or ruling.reason)
        return refusal

    # The program's side of a call.

    def _socket_and_address(self, call: Notification, process: Process) -> tuple[socket.socket, Address] | None:
        """Return a copy of the program's socket and of the address; answers the call itself where there is none."""
        length = call.arguments[2] & 0xFFFFFFFF
        if length > LONGEST:
            self._listener.fail(call, errno.EINVAL)
            return None
        try:
            address = parse(kernel.read_memory(call.thread, call.arguments[1], length))
        except OSError as error:
            self._listener.fail(call, error.errno or errno.EFAULT)
            return None
        ours = self._socket(call, process)
        return None if ours is None else (ours, address)

    def _socket(self, call: Notification, process: Process) -> socket.socket | None:
        try:
            descriptor = kernel.pidfd_getfd(process.pidfd, call.arguments[0] & 0xFFFFFFFF)
        except OSError as error:
            self._listener.fail(call, error.errno or errno.EBADF)
            return None
        try:
            return socket.socket(fileno=descriptor)
        except OSError as error:
            os.close(descriptor)
            self._listener.fail(call, error.errno or errno.ENOTSOCK)
            return None

    def _finish(self, call: Notification, failure: int) -> None:
        if failure:
            self._listener.fail(call, failure)
        else:
            self._listener.succeed(call)


class _Attempt:
    """One connection while it opens."""

    def __init__(
        self,
        broker: Broker,
        call: Notification,
        process: Process,
        address: Address,
        ruling: Ruling,
        ours: socket.socket,
        *,
        inject: bool,
    ) -> None:
        self._broker = broker
        self._listener = broker._listener
        self._loop = broker._loop
        self._call = call
        self._process = process
        self._address = address
        self._ruling = ruling
        self._program_socket = ours
        self._socket = ours
        self._inject = inject
        self._waiting = False
        self._open = True

    def begin(self) -> None:
        """Start to connect; raises ``OSError`` for what fails at once."""
        flags = fcntl.fcntl(self._program_socket.fileno(), fcntl.F_GETFL)
        blocking = not flags & os.O_NONBLOCK
        if self._inject:
            self._socket = _like(self._program_socket, self._address.family)
        # A socket that is shared with the program is made non-blocking for the moment of the call only.
        self._socket.setblocking(False)
        try:
            failure = self._socket.connect_ex(target(self._address))
        finally:
            if not self._inject:
                fcntl.fcntl(self._socket.fileno(), fcntl.F_SETFL, flags)
        if failure == errno.EINPROGRESS and blocking:
            self._waiting = True
            self._loop.watch(self._socket.fileno(), self._ready, WRITE)
            self._loop.after(CONNECT_SECONDS, self._too_late)
            return
        self._end(failure, blocking=blocking)

    def _ready(self) -> None:
        self._loop.forget(self._socket.fileno())
        self._waiting = False
        try:
            self._end(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), blocking=True)
        except Exception as error:  # one call must not take the others with it
            self.drop()
            self._listener.fail(self._call, getattr(error, "errno", None) or errno.EIO)

    def _too_late(self) -> None:
        if self._waiting:
            self.drop()
            self._listener.fail(self._call, errno.ETIMEDOUT)

    def _end(self, failure: int, *, blocking: bool) -> None:
        """Answer the call: with a connection, with one that is about to open, or with an error."""
        if failure in (0, errno.EINPROGRESS):
            if self._inject and not self._put_in_place(blocking=blocking):
                self.drop()
                return
            if self._ruling.rule != "own-port":
                cookie = struct.unpack("=Q", self._socket.getsockopt(socket.SOL_SOCKET, _SO_COOKIE, 8))[0]
                self._broker.flows.opened(cookie, self._process, self._address, self._ruling.hostname)
        self.drop()
        self._broker._finish(self._call, failure)

    def _put_in_place(self, *, blocking: bool) -> bool:
        number = self._call.arguments[0] & 0xFFFFFFFF
        self._socket.setblocking(blocking)
        close_on_exec = _closes_on_exec(self._call.thread, number)
        return self._listener.replace(self._call, self._socket.fileno(), number, close_on_exec=close_on_exec)

    def drop(self) -> None:
        """Close our copies."""
        if not self._open:
            return
        self._open = False
        if self._waiting:
            self._loop.forget(self._socket.fileno())
            self._waiting = False
        self._program_socket.close()
        self._socket.close()


def _who(process: Process) -> dict[str, Any]:
    return {"ProcessId": process.number, "Image": process.image}


def _attempt(call: Callable[[], object]) -> int:
    """Return the error number with which a call fails, or 0."""
    try:
        call()
    except OSError as error:
        return error.errno or errno.EINVAL
    except (OverflowError, ValueError, UnicodeError):
        return errno.EINVAL
    return 0


def _dissolve(ours: socket.socket) -> None:
    kernel.connect(ours.fileno(), struct.pack("=H14x", socket.AF_UNSPEC))


def _like(program_socket: socket.socket, family: int) -> socket.socket:
    """Return a new TCP socket with the options that the program gave to its own."""
    ours = socket.socket(family, socket.SOCK_STREAM)
    for level, option in _KEPT_OPTIONS:
        with contextlib.suppress(OSError):
            if value := program_socket.getsockopt(level, option):
                ours.setsockopt(level, option, value)
    for option in _KEPT_TIMES:
        with contextlib.suppress(OSError):
            value_bytes = program_socket.getsockopt(socket.SOL_SOCKET, option, 16)
            if any(value_bytes):
                ours.setsockopt(socket.SOL_SOCKET, option, value_bytes)
    return ours


def _closes_on_exec(thread: int, number: int) -> bool:
    try:
        with open(f"/proc/{thread}/fdinfo/{number}", "rb", buffering=0) as file:
            _, _, rest = file.read(512).partition(b"flags:")
        return bool(int(rest.split(maxsplit=1)[0], 8) & _FD_CLOEXEC_FLAG)
    except (OSError, IndexError, ValueError):
        return True
