"""The destinations of a profile, made ready to be compared: which grant covers this address, or this name."""

from __future__ import annotations

import json

import msgspec

from pinfold.model import Destination
from pinfold.sandbox.ranges import Face, Span, Standing, span, standing

NEVER = frozenset({"unspecified", "multicast"})
"""Kinds of ranges into which nobody can connect, whatever names them."""


class Grant(msgspec.Struct, frozen=True):
    """One granted destination: a ``name``, or the addresses of ``cidr``. ``text`` is how the profile says it."""

    name: str
    cidr: str
    span: Span | None
    port: int
    program: str
    text: str

    def for_program(self, program: str) -> bool:
        """Return whether the program at this real path may use it: by its whole path, or by the name of its file."""
        return not self.program or self.program == program or self.program == program.rpartition("/")[2]

    def covers(self, there: Standing) -> bool:
        """Return whether the address itself is granted by number."""
        return self.span is not None and self.span.holds(there.version, there.number)

    def names(self, face: Face) -> bool:
        """Return whether an address that is not public is named: by a range that lies wholly within its kind's."""
        return (
            self.span is not None
            and face.kind not in NEVER
            and self.span.holds(face.version, face.number)
            and self.span.within(face.range)
        )


def plain_name(name: str) -> str:
    """Return a host name as it is compared: in lower case, without the final dot."""
    return name.lower().removesuffix(".")


def grant(destination: Destination) -> Grant:
    """Return a destination ready to be compared; a ``name`` that is an address counts as one."""
    name, cidr = plain_name(destination.name), destination.cidr
    if name:
        try:
            address = standing(name)
        except ValueError:
            pass
        else:
            name, cidr = "", f"{address.text}/{32 if address.version == 4 else 128}"
    return Grant(
        name=name,
        cidr=cidr,
        span=span(cidr) if cidr else None,
        port=destination.port,
        program=destination.program,
        text=lines(destination.port, name=name, cidr=cidr, program=destination.program),
    )


def lines(port: int | None, *, name: str = "", cidr: str = "", program: str = "") -> str:
    """Return what a profile says to grant a destination, in one line; without a port one has to be filled in."""
    words = [f"name = {json.dumps(name)}" if name else f"cidr = {json.dumps(cidr)}"]
    words.append(f"port = {'PORT' if port is None else port}")
    if program:
        words.append(f"program = {json.dumps(program)}")
    return f"[[hosts]] {', '.join(words)}"
