"""What in a valid profile is wider than it looks, or has no effect; nothing here looks at the disk."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator

import msgspec

from pinfold.model import Access, Level, Profile
from pinfold.sandbox.learning_paths import is_mixed, system_folder
from pinfold.sandbox.notation import covered, pattern

_WIDE = 256
"""Addresses from which on a network is more than a host with its neighbours."""

_ODD = re.compile(r"\$|\\|^~[^/]|\{(?!skill\}(/|$))|.\{skill\}|[?\[]|\*\*")


class Doubt(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to look at twice.

    ``rule`` is ``level``, ``literal``, ``upwards``, ``void``, ``wide``, ``replaced`` or ``private``; ``key`` is where
    in the file it stands, and ``text`` says what is the matter.
    """

    rule: str
    key: str
    text: str


def check(profile: Profile) -> tuple[Doubt, ...]:
    """Return what is doubtful in a profile; the same profile gives the same list."""
    checks: tuple[Callable[[Profile], Iterator[Doubt]], ...] = (_level, _odd, _void, _wide, _replaced, _hosts)
    return tuple(warning for one in checks for warning in one(profile))


def _accesses(profile: Profile) -> Iterator[tuple[str, Access]]:
    yield from (("read", profile.read), ("write", profile.write), ("execute", profile.execute))


def _level(profile: Profile) -> Iterator[Doubt]:
    """Files are confined from L2 on."""
    if profile.level.rank < Level.L2.rank and any(access.allow or access.deny for _title, access in _accesses(profile)):
        held = "nothing" if profile.level is Level.L0 else "no path"
        text = f"at {profile.level.value} {held} is confined, so read, write and execute may have no effect"
        yield Doubt(rule="level", key="level", text=text)


def _odd(profile: Profile) -> Iterator[Doubt]:
    """What reads as if it meant something, and is taken literally."""
    for title, access in _accesses(profile):
        for name, paths in (("allow", access.allow), ("deny", access.deny)):
            for path in paths:
                if _ODD.search(path):
                    text = f"{path!r} is taken as it stands: only ~/ and {{skill}} in front, and * in a name, mean more"
                    yield Doubt(rule="literal", key=f"{title}.{name}", text=text)
                elif ".." in path.split("/"):
                    text = f"{path!r} leads upwards; write the path in full"
                    yield Doubt(rule="upwards", key=f"{title}.{name}", text=text)


def _void(profile: Profile) -> Iterator[Doubt]:
    """What is allowed and has no effect."""
    for title, access in _accesses(profile):
        program = title == "execute"
        deny = [(pattern(path, program=program), path) for path in access.deny]
        for path in access.allow:
            taken = pattern(path, program=program)
            if by := next((text for one, text in deny if one.covers(taken)), ""):
                text = f"{path!r} is denied anyway, by {by!r}"
                yield Doubt(rule="void", key=f"{title}.allow", text=text)
    runs = [pattern(path, program=True) for path in profile.execute.allow]
    for number, host in enumerate(profile.hosts, start=1):
        if host.program and not covered(pattern(host.program, program=True), runs):
            text = f"{host.program!r} may use it, and may not be executed"
            yield Doubt(rule="void", key=f"hosts, table {number}", text=text)


def _wide(profile: Profile) -> Iterator[Doubt]:
    """Folders in which things of many owners lie."""
    for title, access in _accesses(profile):
        for path in access.allow:
            taken = pattern(path, program=title == "execute")
            is_system = title != "write" and system_folder(taken) is not None
            if taken.root != "program" and "*" not in path and is_mixed(taken, ()) and not is_system:
                text = f"{path!r} holds the things of many owners"
                yield Doubt(rule="wide", key=f"{title}.allow", text=text)


def _replaced(profile: Profile) -> Iterator[Doubt]:
    """Programs that the run may replace before it starts them."""
    writes = [(pattern(path), path) for path in profile.write.allow]
    denied = [pattern(path) for path in profile.write.deny]
    for path in profile.execute.allow:
        taken = pattern(path, program=True)
        if covered(taken, denied):
            continue
        if by := next((text for one, text in writes if one.meets(taken)), ""):
            text = f"{path!r} may be executed and, through {by!r}, be replaced: any program can be run"
            yield Doubt(rule="replaced", key="execute.allow", text=text)


def _hosts(profile: Profile) -> Iterator[Doubt]:
    """Networks instead of hosts, and those that lie within."""
    for number, host in enumerate(profile.hosts, start=1):
        if not host.cidr:
            continue
        network = ipaddress.ip_network(host.cidr)
        key = f"hosts, table {number}"
        if network.num_addresses > _WIDE:
            yield Doubt(rule="wide", key=key, text=f"{host.cidr} is {network.num_addresses:,} addresses")
        if within := next((what for known, what in _WITHIN if _overlap(network, known)), ""):
            yield Doubt(rule="private", key=key, text=f"{host.cidr} reaches {within}")


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Ranges that a run should reach only on purpose; 2026-11-22, from the registries of special addresses of IANA.
_WITHIN: tuple[tuple[_Network, str], ...] = (
    (ipaddress.ip_network("169.254.0.0/16"), "the link itself, with a cloud's metadata"),
    (ipaddress.ip_network("fe80::/10"), "the link itself"),
    (ipaddress.ip_network("127.0.0.0/8"), "this machine"),
    (ipaddress.ip_network("::1/128"), "this machine"),
    (ipaddress.ip_network("10.0.0.0/8"), "a private network"),
    (ipaddress.ip_network("172.16.0.0/12"), "a private network"),
    (ipaddress.ip_network("192.168.0.0/16"), "a private network"),
    (ipaddress.ip_network("100.64.0.0/10"), "a carrier's or cloud's inner network"),
    (ipaddress.ip_network("fc00::/7"), "a private network"),
)


def _overlap(one: _Network, other: _Network) -> bool:
    return one.version == other.version and one.overlaps(other)
