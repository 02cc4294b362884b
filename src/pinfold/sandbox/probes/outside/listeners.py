"""Listeners on loopback, and the machine's own sockets, that an attempt should not reach."""

from __future__ import annotations

import contextlib
import itertools
import select
import socket
import struct
from collections.abc import Callable
from pathlib import Path

from pinfold.sandbox.probes.outside.scene import AbsentError, Making, Place, Said, Scene

_GRACE = 0.25
"""Seconds in which what was sent must have come; on loopback it is there at once, unless the machine is very busy."""

_STREAMS = (socket.SOCK_STREAM, socket.SOCK_SEQPACKET)
_METADATA = "169.254.169.254"


def _bound(family: int, kind: int, protocol: int, address: object) -> socket.socket:
    try:
        used = socket.socket(family, kind, protocol)
    except OSError as error:
        raise AbsentError(f"this kernel has no such socket: {error.strerror}") from None
    try:
        used.bind(address)  # type: ignore[arg-type]
        if kind in _STREAMS:
            used.listen(8)
        used.setblocking(False)
    except OSError as error:
        used.close()
        raise AbsentError(f"no listener can stand at {address!r}: {error.strerror}") from None
    return used


def heard(listener: socket.socket, seconds: float = _GRACE) -> bool:
    """Return whether a connection or a datagram has come."""
    if not select.select([listener], [], [], seconds)[0]:
        return False
    if listener.type not in _STREAMS:
        return bool(listener.recv(4096))
    came, _from = listener.accept()
    came.close()
    return True


@contextlib.contextmanager
def listener(
    place: Place,
    *,
    family: int = socket.AF_INET,
    kind: int = socket.SOCK_STREAM,
    host: str = "127.0.0.1",
    port: int = 0,
    send: dict[str, int | str] | None = None,
) -> Making:
    """A listener at ``host``; ``send`` overrides what the attempt is told about the socket that it is to use."""
    with _bound(family, kind, 0, (host, port)) as used:
        told = {"family": int(family), "type": int(kind), **(send or {})}
        address = [told.pop("to", host), used.getsockname()[1]]
        yield Scene(arguments={**told, "address": address}, effect=lambda _said: heard(used))


@contextlib.contextmanager
def beside(place: Place) -> Making:
    """A listener at a loopback address other than the usual one, on a port that is free there."""
    with _bound(socket.AF_INET, socket.SOCK_STREAM, 0, ("127.0.0.2", 0)) as used:
        told = {"family": int(socket.AF_INET), "type": int(socket.SOCK_STREAM), "address": list(used.getsockname())}
        yield Scene(arguments=told, effect=lambda _said: heard(used))


@contextlib.contextmanager
def successor(place: Place) -> Making:
    """A listener that takes the port over which the attempt has left, as it wrote into a file."""
    path, taken = place.folder / "port", place.folder / "taken"
    told = {"family": int(socket.AF_INET), "type": int(socket.SOCK_STREAM), "path": str(path), "taken": str(taken)}
    with contextlib.ExitStack() as stack:
        listening: list[socket.socket] = []

        def follow() -> bool:
            port = path.read_text("ascii") if not listening and path.exists() else ""
            if port.endswith(" "):
                address = ("127.0.0.1", int(port))
                with contextlib.suppress(AbsentError):  # the port is not free, so nobody can take it over yet
                    listening.append(stack.enter_context(_bound(socket.AF_INET, socket.SOCK_STREAM, 0, address)))
                    taken.touch()
            return False

        yield Scene(arguments=told, during=follow, effect=lambda _said: any(map(heard, listening)))


@contextlib.contextmanager
def other(place: Place, *, family: int, kind: int, protocol: int, address: tuple[object, ...]) -> Making:
    """A listener of a kind that few machines have."""
    with _bound(family, kind, protocol, address) as used:
        told = {"family": family, "type": kind, "protocol": protocol, "address": [address[0], used.getsockname()[1]]}
        yield Scene(arguments=told, effect=lambda _said: heard(used))


def own_addresses() -> list[str]:
    """Return this machine's own IPv4 addresses beyond loopback; what is sent to them never leaves it."""
    lines = Path("/proc/net/fib_trie").read_text("ascii").splitlines()
    found = [before.split()[-1] for before, line in itertools.pairwise(lines) if "/32 host LOCAL" in line]
    return sorted({address for address in found if not address.startswith(("127.", "169.254."))})


@contextlib.contextmanager
def at_own_address(place: Place, *, metadata: bool = False) -> Making:
    """A listener at an address of this machine that is not a loopback one, or at the one of cloud metadata."""
    addresses = [_METADATA] if metadata else own_addresses()
    if not addresses:
        raise AbsentError("this machine has no address beyond loopback")
    with listener(place, host=addresses[0]) as scene:
        yield scene


@contextlib.contextmanager
def unix(place: Place, *, kind: int, where: str, by: str = "") -> Making:
    """A Unix socket: ``where`` is ``inside`` the working folder, ``outside``, or ``abstract``.

    ``by`` is the way to it: a symbolic ``link`` within the working folder, or ``root`` for ``/proc/self/root``.
    """
    path = place.outside / "s" if where == "outside" else place.folder / "s"
    address = f"\0{place.token}" if where == "abstract" else str(path)
    told = address
    if by == "link":
        told = str(place.folder / "way")
        Path(told).symlink_to(path)
    elif by == "root":
        told = f"/proc/self/root{path}"
    with _bound(socket.AF_UNIX, kind, 0, address) as used:
        if where != "abstract":
            path.chmod(0o777)
        arguments = {
            "family": int(socket.AF_UNIX),
            "type": int(kind),
            "address": told,
            "own": str(place.folder / "own"),
        }
        yield Scene(arguments=arguments, effect=lambda _said: heard(used))


@contextlib.contextmanager
def echo(place: Place, *, kind: int) -> Making:
    """The kernel's own count of echo requests; many are sent, so that one of somebody else is not taken for ours."""
    before, count = _echoes(), 32
    told = {"family": int(socket.AF_INET), "type": int(kind), "protocol": socket.IPPROTO_ICMP, "count": count}
    yield Scene(arguments={**told, "address": ["127.0.0.1", 0]}, effect=lambda _said: _echoes() - before >= count)


def _echoes() -> int:
    head, values = (
        line.split() for line in Path("/proc/net/snmp").read_text("ascii").splitlines() if line.startswith("Icmp:")
    )
    return int(values[head.index("InEchos")])


@contextlib.contextmanager
def chatter(place: Place) -> Making:
    """Somebody else's datagrams on loopback, with a secret in them, sent as long as the run lasts."""
    with _bound(socket.AF_INET, socket.SOCK_DGRAM, 0, ("127.0.0.1", 0)) as used:
        secret = f"overheard-{place.token}".encode()

        def speak() -> bool:
            used.sendto(secret, used.getsockname())
            with contextlib.suppress(BlockingIOError):
                used.recv(4096)
            return False

        yield Scene(arguments={"token": "overheard-"}, effect=lambda said: secret in said.got, during=speak)


@contextlib.contextmanager
def frames(place: Place) -> Making:
    """Everything that passes on loopback: a frame that the attempt made must not be among it."""
    try:
        used = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    except OSError as error:
        raise AbsentError(f"this user may not look at frames: {error.strerror}") from None
    with used:
        used.bind(("lo", 0))

        def passed(_said: Said) -> bool:
            while select.select([used], [], [], _GRACE)[0]:
                if place.token.encode() in used.recv(65_536):
                    return True
            return False

        yield Scene(arguments={"address": ["127.0.0.1", 9]}, effect=passed)


@contextlib.contextmanager
def listed(place: Place) -> Making:
    """A listener whose port is a secret."""
    with _bound(socket.AF_INET, socket.SOCK_STREAM, 0, ("127.0.0.1", 0)) as used:
        port = str(used.getsockname()[1]).encode()
        yield Scene(arguments={}, effect=lambda said: port in said.got.split())


@contextlib.contextmanager
def loopback_addresses(place: Place) -> Making:
    """The addresses of the loopback interface; one of a range for documentation must not be added to them."""
    address = "192.0.2.77"

    def added() -> bool:
        return address in Path("/proc/net/fib_trie").read_text("ascii")

    if added():
        raise AbsentError(f"{address} is an address of this machine already")
    try:
        yield Scene(arguments={"address": address}, effect=lambda _said: added())
    finally:
        if added():
            _remove_address(address)


def _remove_address(address: str) -> None:
    there = socket.inet_aton(address)
    attributes = struct.pack("HH4s", 8, 2, there) + struct.pack("HH4s", 8, 1, there)
    message = struct.pack("BBBBI", socket.AF_INET, 32, 0, 0, socket.if_nametoindex("lo")) + attributes
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as used:
        used.send(struct.pack("IHHII", 16 + len(message), 21, 5, 1, 0) + message)
        used.recv(4096)


@contextlib.contextmanager
def visitor(place: Place) -> Making:
    """Somebody who calls at an unusual loopback address, where only a listener on all of them is met."""
    with _bound(socket.AF_INET, socket.SOCK_STREAM, 0, ("127.0.0.1", 0)) as used:
        port = used.getsockname()[1]
    told = {"family": int(socket.AF_INET), "type": int(socket.SOCK_STREAM), "address": ["", port]}

    yield Scene(arguments=told, during=lambda: _meets(port, place.token))


def _meets(port: int, token: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.2", port), timeout=0.5) as used:
            return used.recv(64) == token.encode()
    except OSError:
        return False


@contextlib.contextmanager
def visitor_at_any(place: Place) -> Making:
    """The same for a port that the attempt writes into a file."""
    path = place.folder / "port"
    told = {"family": int(socket.AF_INET), "type": int(socket.SOCK_STREAM), "path": str(path)}

    def met() -> bool:
        port = path.read_text("ascii") if path.exists() else ""
        return port.endswith(" ") and _meets(int(port), place.token)

    yield Scene(arguments=told, during=met)


_NameServer = Callable[[], bool]


def _answering(used: socket.socket, name: str) -> _NameServer:
    """Return a function that answers what has come with "no such name", and says whether ``name`` was asked for."""

    def answer() -> bool:
        asked = False
        while select.select([used], [], [], 0)[0]:
            query, sender = used.recvfrom(4096)
            asked = asked or name.encode() in query
            if len(query) > 12:
                used.sendto(query[:2] + b"\x81\x83" + query[4:], sender)
        return asked

    return answer


@contextlib.contextmanager
def name_server(place: Place, *, host: str = "127.0.0.1", port: int = 53, resolver: bool = False) -> Making:
    """A name server on loopback; ``resolver`` demands that the C library of this machine asks it."""
    name = f"{place.token}.invalid"
    if resolver and _name_servers() != ["127.0.0.1"]:
        raise AbsentError("the name servers of this machine are others, which a probe does not touch")
    with _bound(socket.AF_INET, socket.SOCK_DGRAM, 0, (host, port)) as used:
        query = (
            b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x10" + place.token.encode() + b"\x07invalid\0\0\1\0\1"
        )
        told = {"family": int(socket.AF_INET), "type": int(socket.SOCK_DGRAM), "address": list(used.getsockname())}
        answer = _answering(used, place.token)
        scene = Scene(arguments={**told, "name": name, "token": query.decode("latin-1")}, during=answer)
        scene.effect = lambda _said: answer()
        yield scene


def _name_servers() -> list[str]:
    """Return the name servers that the C library asks; without any it asks this machine."""
    try:
        lines = Path("/etc/resolv.conf").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    return [line.split()[1] for line in lines if line.startswith("nameserver ")] or ["127.0.0.1"]


@contextlib.contextmanager
def left_open(place: Place) -> Making:
    """A connected socket that whoever starts the sandbox has left open."""
    with contextlib.ExitStack() as stack:
        used = stack.enter_context(_bound(socket.AF_INET, socket.SOCK_STREAM, 0, ("127.0.0.1", 0)))
        client = stack.enter_context(socket.create_connection(used.getsockname()))
        came = stack.enter_context(used.accept()[0])

        def effect(_said: Said) -> bool:
            return bool(select.select([came], [], [], _GRACE)[0] and came.recv(64))

        yield Scene(arguments={}, effect=effect, descriptors=(client.fileno(),))
