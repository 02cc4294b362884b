"""What one profile may do that another may not, as far as their words tell: nothing here looks at the disk."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import msgspec

from pinfold.model import Access, Destination, Profile
from pinfold.sandbox.notation import Pattern, covered, pattern


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a profile may do, and another may not.

    ``kind`` is ``read``, ``write``, ``execute``, ``host``, ``variable``, ``device``, ``limit`` or ``level``; ``what``
    is the line of the profile; ``note`` says more where the line alone does not.
    """

    kind: str
    what: str
    note: str = ""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """``more`` is what the new profile may do and the old may not, ``less`` the reverse."""

    more: tuple[Difference, ...]
    less: tuple[Difference, ...]


def compare(old: Profile, new: Profile) -> Comparison:
    """Compare two profiles. What stands in other words and means the same is no difference."""
    return Comparison(more=tuple(_beyond(new, old)), less=tuple(_beyond(old, new)))


def _beyond(one: Profile, other: Profile) -> Iterator[Difference]:
    """Yield what ``one`` may do and ``other`` may not."""
    if one.level.rank < other.level.rank:
        yield Difference(kind="level", what=one.level.value, note=f"instead of {other.level.value}")
    for kind in ("read", "write", "execute"):
        also = other.write.allow if kind == "read" else ()  # what may be written may also be read
        yield from _paths(kind, getattr(one, kind), getattr(other, kind), also)
    for host in one.hosts:
        if not any(_serves(other_host, host) for other_host in other.hosts):
            note = f"by {host.program}" if host.program else ""
            yield Difference(kind="host", what=f"{host.name or host.cidr}:{host.port}", note=note)
    for kind, names, known in (
        ("variable", one.environment, other.environment),
        ("device", one.devices, other.devices),
    ):
        yield from (Difference(kind=kind, what=name) for name in names if name not in known)
    for name, field in zip(one.limits.__struct_encode_fields__, one.limits.__struct_fields__, strict=True):
        mine, theirs = getattr(one.limits, field), getattr(other.limits, field)
        if theirs is not None and (mine is None or mine > theirs):
            shown = "none" if mine is None else f"{mine:,}"
            yield Difference(kind="limit", what=name, note=f"{shown} instead of {theirs:,}")


def _paths(kind: str, one: Access, other: Access, also: tuple[str, ...]) -> Iterator[Difference]:
    """Yield the paths that ``one`` allows, or no longer denies, beyond ``other``."""

    def taken(paths: tuple[str, ...]) -> list[Pattern]:
        return [pattern(path, program=kind == "execute") for path in paths]

    allowed, denied = taken(one.allow), taken(one.deny)
    known = taken((*other.allow, *also))
    for path, wanted in zip(one.allow, allowed, strict=True):
        if not covered(wanted, known) and not covered(wanted, denied):
            yield Difference(kind=kind, what=path)
    for path, wanted in zip(other.deny, taken(other.deny), strict=True):
        is_open = any(wanted.meets(place) and not covered(place, denied) for place in allowed)
        if is_open and not covered(wanted, denied):
            yield Difference(kind=kind, what=path, note="which is denied there")


def _serves(known: Destination, wanted: Destination) -> bool:
    """Return whether whoever may contact ``known`` may contact ``wanted``."""
    if known.port != wanted.port or (known.program and known.program != wanted.program):
        return False
    if known.name or wanted.name:
        return known.name.lower().rstrip(".") == wanted.name.lower().rstrip(".")
    inner, outer = ipaddress.ip_network(wanted.cidr), ipaddress.ip_network(known.cidr)
    if isinstance(inner, ipaddress.IPv4Network) and isinstance(outer, ipaddress.IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, ipaddress.IPv6Network) and isinstance(outer, ipaddress.IPv6Network):
        return inner.subnet_of(outer)
    return False
