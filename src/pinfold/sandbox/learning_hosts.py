"""The hosts of a profile from connections that were observed."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from pinfold.model import AnyEvent, BindEvent, ConnectEvent, Destination, FlowEvent, LookupEvent
from pinfold.sandbox.profile_file import is_host

_NAMES_PORT = 53
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ssh": 22}


class Hosts:
    """What was connected to, how often, and by which programs."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._connects: Counter[tuple[str, str, str, int]] = Counter()
        self._flows: Counter[tuple[str, str, str, int]] = Counter()
        self._programs: dict[tuple[str, str, str, int], set[str]] = {}
        self._names: dict[tuple[str, str], set[str]] = {}
        self._lookups: Counter[str] = Counter()
        self._own: set[tuple[str, int]] = set()
        self._portless: Counter[str] = Counter()
        self._odd: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._connects) + len(self._flows) + len(self._lookups) + len(self._own)

    def take(self, event: ConnectEvent | FlowEvent | LookupEvent | BindEvent, program: str) -> None:
        """Note one event of a run; ``program`` is who opened the connection, as a profile names it."""
        if isinstance(event, BindEvent):
            if event.SourcePort:
                self._own.add((event.session, event.SourcePort))
            return
        if isinstance(event, LookupEvent):
            self._lookups[_name(event.QueryName)] += 1
            return
        if isinstance(event, ConnectEvent) and not event.Initiated:
            return
        if isinstance(event, ConnectEvent) and event.Protocol == "udp" and event.DestinationPort == _NAMES_PORT:
            return  # the broker answers it, whoever is asked
        name, address, port = _name(event.DestinationHostname), _address(event.DestinationIp), event.DestinationPort
        if isinstance(event, ConnectEvent) and event.Url and not (name or address):
            name, port = _told_by(event.Url, port)
        if not address and _address(name):
            name, address = "", _address(name)
        if name and not is_host(name):
            self._odd[name] += 1
            name = ""
        if not name and not address:
            return
        if not port or not 1 <= port <= 65_535:
            self._portless[name or address] += 1
            return
        if name and address:
            self._names.setdefault((event.session, address), set()).add(name)
        key = (event.session, name, address, port)
        if isinstance(event, ConnectEvent):
            self._connects[key] += 1
        elif event.State == "opened" or key not in self._flows:
            self._flows[key] += 1
        programs = self._programs.setdefault(key, set())
        if program or isinstance(event, ConnectEvent):  # a flow need not tell whose it is
            programs.add(program)

    def granted(self, why: dict[str, str]) -> list[Destination]:
        """Return the destinations in order, and add the reason for each to ``why``."""
        counts: Counter[tuple[str, str, int]] = Counter()
        programs: dict[tuple[str, str, int], set[str]] = {}
        for key, count in self._all():
            if place := self._place(key):
                counts[place] += count
                programs.setdefault(place, set()).update(self._programs[key])
        found = []
        for name, cidr, port in sorted(counts):
            used = programs[name, cidr, port]
            program = next(iter(used)) if len(used) == 1 else ""
            found.append(Destination(name=name, cidr=cidr, port=port, program=program))
            count = counts[name, cidr, port]
            why[f"host {name or cidr}:{port}"] = "seen once" if count == 1 else f"seen {count:,} times"
        return found

    def refused(self) -> Iterator[tuple[str, int, str]]:
        """Yield what is not granted: its line, how often it was seen, and why not."""
        links: Counter[str] = Counter()
        reached = set()
        for key, count in self._all():
            reached |= {key[1], *self._names.get((key[0], key[2]), ())}
            if _is_of_the_link(key[2]):
                links[f"host {key[2]}:{key[3]}"] += count
        for entry, count in sorted(links.items()):
            yield entry, count, "an address of the link itself, such as that of a cloud's metadata"
        for name, count in sorted(self._portless.items()):
            yield f"host {name}", count, "its port is not known"
        for name, count in sorted(self._odd.items()):
            yield f"host {name}", count, "no full name of a host"
        for name, count in sorted(self._lookups.items()):
            if name not in reached:
                yield f"lookup {name}", count, "looked up, and never connected to"

    def _all(self) -> Iterator[tuple[tuple[str, str, str, int], int]]:
        """Yield every connection once; a flow that no ``connect`` announced counts for itself."""
        yield from self._connects.items()
        for key, count in self._flows.items():
            if key not in self._connects:
                yield key, count

    def _place(self, key: tuple[str, str, str, int]) -> tuple[str, str, int] | None:
        """Return the name or network to grant, and the port; nothing for what needs no grant, or gets none."""
        session, name, address, port = key
        if address and _is_of_the_link(address):
            return None
        if address and ipaddress.ip_address(address).is_loopback and (session, port) in self._own:
            return None
        names = {name} if name else self._names.get((session, address), set())
        if len(names) == 1:
            return next(iter(names)), "", port
        return ("", str(ipaddress.ip_network(address)), port) if address else None


def described(event: AnyEvent) -> tuple[str, str] | None:
    """Return a denied event about the network as kind and object, for a list: ``("host", "a.example:443")``."""
    if isinstance(event, ConnectEvent | FlowEvent):
        host = _name(event.DestinationHostname) or event.DestinationIp
        return "host", f"{host}:{event.DestinationPort}" if event.DestinationPort else host
    if isinstance(event, LookupEvent):
        return "lookup", _name(event.QueryName)
    if isinstance(event, BindEvent):
        return "listen", event.TargetFilename or f"{event.SourceIp}:{event.SourcePort}"
    return None


def _name(text: str) -> str:
    return text.strip().rstrip(".").lower()


def _told_by(url: str, port: int | None) -> tuple[str, int | None]:
    """Return the host and port of a URL; ``port`` where it was told otherwise, and no host for no URL."""
    try:
        parts = urlsplit(url)
        return _name(parts.hostname or ""), port or parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return "", None


def _address(text: str) -> str:
    """Return an address in its usual form, an IPv4 one within IPv6 by itself, or ``""`` for none."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def _is_of_the_link(address: str) -> bool:
    """Return whether an address is one that no profile should name: link-local, multicast or none at all."""
    if not address:
        return False
    parsed = ipaddress.ip_address(address)
    return parsed.is_link_local or parsed.is_multicast or parsed.is_unspecified
