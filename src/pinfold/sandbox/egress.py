"""Who may contact whom: the decisions of the broker, without any I/O.

An address is granted by number, or because a granted name led to it. One that is not public (this machine, a private
network, where clouds hand out credentials) must be named by itself. Neither a wide range nor the answer to a granted
name leads there, because whoever owns a name decides where it leads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import msgspec

from pinfold.model import Destination
from pinfold.sandbox.grants import NEVER, Grant, grant, lines, plain_name
from pinfold.sandbox.ranges import Face, Standing, standing

GRACE = 3_600.0  # seconds beyond its time to live for which a program may use an answer that it kept
MOST_ADDRESSES = 64  # pinned for one name; the oldest give way
_SHOWN = 120  # characters of a name or path in a reason
_HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
_WORDS = {
    "loopback": "a loopback address",
    "private": "a private address",
    "link-local": "a link-local address",
    "metadata": "the metadata service of a cloud",
    "multicast": "a multicast address",
    "unspecified": "an unspecified address",
    "reserved": "a reserved address",
}
_NO_EGRESS = "this run has no network: --egress broker lets it contact what its profile grants"


class Ruling(msgspec.Struct, frozen=True):
    """A decision.

    ``reason`` is one line: the lines of the profile that allow it, or why it is refused and what would allow it.
    ``hostname`` is the name that led to the address, where one is known. ``rule`` is ``granted``, ``own-port`` or
    ``localhost`` if allowed, else ``no-egress``, ``not-granted``, ``not-an-address``, or the kind of the range:
    ``loopback``, ``private``, ``link-local``, ``metadata``, ``multicast``, ``unspecified``, ``reserved``.
    """

    allowed: bool
    reason: str = ""
    hostname: str = ""
    rule: str = "granted"


class Withheld(msgspec.Struct, frozen=True):
    """An address in the answer to a granted name that is not handed out; ``rule`` is as in :class:`Ruling`."""

    address: str
    rule: str


class Pinned(msgspec.Struct, frozen=True):
    """What becomes of an answer: ``addresses`` may be handed out, in the order in which they came."""

    addresses: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()


class Egress:
    """What one run may contact.

    ``hosts`` are the granted destinations, ``egress`` is ``none`` or ``broker``. ``private_names`` are the names that
    the operator has mapped himself, with their addresses, as in ``/etc/hosts``: where such a name is granted it leads
    to them even if they are private, from the start and for good. ``localhost`` is always one of them.

    A bare name of a program is compared with the name of its file; a program can make a file of any name where it may
    write, so whoever plans a run should settle names to paths before.
    """

    def __init__(
        self,
        hosts: Iterable[Destination],
        egress: str = "broker",
        private_names: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._closed = egress == "none"
        self._by_name: dict[str, list[Grant]] = {}
        self._ranges: dict[int, list[Grant]] = {}
        for one in map(grant, hosts):
            if one.name:
                self._by_name.setdefault(one.name, []).append(one)
            else:
                self._ranges.setdefault(one.port, []).append(one)
        self._private = {
            name: own
            for key, texts in (private_names or {}).items()
            if not _is_localhost(name := plain_name(key)) and (own := tuple(_connectable(texts)))
        }
        self._names: dict[str, dict[str, float]] = {}  # the names that lead to an address, and until when
        self._addresses: dict[str, dict[str, float]] = {}  # the same the other way round
        for name in self._by_name:
            self._keep(name, self.known(name), math.inf)

    def known(self, name: str) -> tuple[str, ...]:
        """Return the addresses of ``localhost``, or of a name that the operator mapped: nobody needs to be asked."""
        plain = plain_name(name)
        return ("127.0.0.1", "::1") if _is_localhost(plain) else self._private.get(plain, ())

    def lookup(self, name: str) -> Ruling:
        """Decide whether the addresses of a name may be asked for."""
        plain = plain_name(name)
        if _is_localhost(plain):
            return Ruling(True, "localhost is answered by the broker itself", plain, "localhost")
        if self._closed:
            return Ruling(False, _NO_EGRESS, plain, "no-egress")
        if plain in self._by_name:
            return Ruling(True, self._by_name[plain][0].text, plain)
        if not plain or not _HOST_CHARACTERS.issuperset(plain):
            return Ruling(False, f"{_shown(plain) or 'the root'} is not the name of a host", plain, "not-granted")
        return Ruling(False, f"{_shown(plain)} is not granted: add {lines(None, name=plain)}", plain, "not-granted")

    def pin(self, name: str, addresses: Iterable[str], now: float, ttl: float) -> Pinned:
        """Remember what a granted name leads to, and return what may be handed out.

        ``now`` is in seconds of the clock that :meth:`connect` is given, ``ttl`` in seconds. An address that is not
        public is withheld unless a grant names it, or the operator mapped the name to it.
        """
        plain = plain_name(name)
        if self._closed or plain not in self._by_name:
            return Pinned()
        handed: dict[str, None] = {}
        withheld = []
        for text in addresses:
            try:
                there = standing(text)
            except ValueError:
                withheld.append(Withheld(_shown(text), "not-an-address"))
                continue
            unnamed = [face for face in there.faces if not self._named(face)]
            if unnamed and there.text not in self.known(plain):
                withheld.append(Withheld(there.text, unnamed[0].kind))
            elif len(handed) < MOST_ADDRESSES:
                handed[there.text] = None
        self._keep(plain, handed, now + max(ttl, 0.0) + GRACE)
        return Pinned(tuple(handed), tuple(withheld))

    def _named(self, face: Face) -> bool:
        """Return whether any grant names an address that is not public."""
        return any(one.names(face) for ranges in self._ranges.values() for one in ranges)

    def _keep(self, name: str, addresses: Iterable[str], until: float) -> None:
        """Remember that ``name`` leads to ``addresses``, and forget the oldest ones beyond the bound."""
        kept = self._addresses.setdefault(name, {})
        for address in addresses:
            last = max(until, kept.pop(address, until))
            kept[address] = self._names.setdefault(address, {})[name] = last
        passing = [address for address, last in kept.items() if last != math.inf]
        for address in passing[: max(0, len(passing) - MOST_ADDRESSES)]:
            del kept[address]
            del self._names[address][name]
            if not self._names[address]:
                del self._names[address]

    def connect(self, ip: str, port: int, program: str, own_ports: Callable[[str, int], bool], *, now: float) -> Ruling:
        """Decide whether ``program``, the real path of an executable, may connect to a port of an address.

        ``own_ports`` says whether the run itself listens on a port of a loopback address.
        """
        try:
            there = standing(ip)
        except ValueError:
            return Ruling(False, f"{_shown(ip)} is not an address", rule="not-an-address")
        if there.loopback and own_ports(there.loopback, port):
            return Ruling(True, "the run itself listens on this port", rule="own-port")
        if self._closed:
            return Ruling(False, _NO_EGRESS, rule="no-egress")
        names = [name for name, until in self._names.get(there.text, {}).items() if until >= now]
        found = self._granting(there, port, program, names)
        if found is not None:
            return Ruling(True, found.text, found.name or next(iter(names), ""))
        return self._refused(there, port, program, names)

    def _granting(self, there: Standing, port: int, program: str | None, names: list[str]) -> Grant | None:
        """Return a grant that lets a program, or any program at all, connect to a port of an address."""
        ranges = self._ranges.get(port, ())
        named = all(
            any(one.names(face) and (program is None or one.for_program(program)) for one in ranges)
            for face in there.faces
        )
        for name in names:
            if named or there.text in self.known(name):
                for one in self._by_name[name]:
                    if one.port == port and (program is None or one.for_program(program)):
                        return one
        if named:
            for one in ranges:
                if one.covers(there) and (program is None or one.for_program(program)):
                    return one
        return None

    def _refused(self, there: Standing, port: int, program: str, names: list[str]) -> Ruling:
        """Return the refusal of a connection, with what would allow it."""
        host = names[0] if names else ""
        where = f"[{there.text}]:{port}" if there.version == 6 else f"{there.text}:{port}"
        where = f"{host} ({where})" if host else where
        never = next((face.kind for face in there.faces if face.kind in NEVER), "")
        if never:
            return Ruling(False, f"{where} is {_WORDS[never]}, to which nothing connects", host, never)
        faces = () if host and there.text in self.known(host) else there.faces
        adding, rule = "", "not-granted"
        if self._granting(there, port, None, names) is not None:
            owner, adding = f"granted to {self._owners(there, port, program, names)} only", program
        elif there.loopback:
            owner, rule = "a loopback port on which this run does not listen", "loopback"
        elif faces:
            packed = "" if faces[0].text == there.text else f"the way to {faces[0].text}, "
            rule = faces[0].kind
            owner = f"{packed}{_WORDS[rule]}, and not named as such"
        else:
            owner = "not granted"
        if host and not faces:
            grants = [lines(port, name=host, program=adding)]
        else:
            parts = dict.fromkeys((there.text, *(face.text for face in faces)))
            grants = [lines(port, cidr=_alone(text), program=adding) for text in parts]
        return Ruling(False, f"{where} is {owner}: add {' and '.join(grants)}", host, rule)

    def _owners(self, there: Standing, port: int, program: str, names: list[str]) -> str:
        """Return the programs, other than ``program``, to which a port of an address is granted."""
        grants = [one for name in names for one in self._by_name[name] if one.port == port]
        ranges = self._ranges.get(port, ())
        grants += [one for one in ranges if one.covers(there) or any(map(one.names, there.faces))]
        return " and ".join(dict.fromkeys(_shown(one.program) for one in grants if not one.for_program(program)))


def _alone(text: str) -> str:
    """Return the range of one address."""
    return f"{text}/{128 if ':' in text else 32}"


def _is_localhost(name: str) -> bool:
    return name == "localhost" or name.endswith(".localhost")


def _connectable(texts: Iterable[str]) -> Iterable[str]:
    """Yield the addresses, each in its one spelling, that anybody can connect to."""
    for text in texts:
        try:
            there = standing(text)
        except ValueError:
            continue
        if not any(face.kind in NEVER for face in there.faces):
            yield there.text


def _shown(text: str) -> str:
    """Return text of a stranger as a line may hold it."""
    return ascii(text)[1:-1][:_SHOWN]
