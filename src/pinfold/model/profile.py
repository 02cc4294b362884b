"""What a run may do: the least-privilege profile, as it stands in a TOML file.

A path is relative to the working folder of the run, or begins with ``/``, with ``~/`` (the home folder) or with
``{skill}`` (the folder of the skill); a folder stands for all that is below it, and ``*`` within a name for any
characters of it. What is denied is denied even where something else allows it.
"""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from typing import Annotated

import msgspec

_Count = Annotated[int, msgspec.Meta(ge=1)]
_Seconds = Annotated[float, msgspec.Meta(gt=0)]
_Text = Annotated[str, msgspec.Meta(min_length=1)]


class Level(StrEnum):
    """How firmly a run is confined; each level holds what the ones below it hold."""

    L0 = "L0"  # observed only
    L1 = "L1"  # seccomp and the broker: system calls and destinations
    L2 = "L2"  # and Landlock: files and programs
    L3 = "L3"  # and namespaces: a file tree, a network and processes of its own

    @property
    def rank(self) -> int:
        """The number of the level."""
        return int(self.value[1])


class Access(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Paths, or programs, that are allowed, and those that are denied whatever allows them."""

    allow: tuple[_Text, ...] = ()
    deny: tuple[_Text, ...] = ()


class Destination(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A host that may be contacted: by ``name`` or by ``cidr``, on one ``port``.

    ``program`` is the only one that may use it; without it every allowed program may.
    """

    name: str = ""
    cidr: str = ""
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)]
    program: str = ""

    def __post_init__(self) -> None:
        """Raise ``ValueError`` unless one host is named, and named exactly."""
        if bool(self.name) == bool(self.cidr):
            raise ValueError("a host has either a name or a cidr")
        if "*" in self.name:
            raise ValueError("a host is named in full, without *")
        if self.cidr:
            ipaddress.ip_network(self.cidr)


class Resources(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, rename="kebab"
):
    """How much a run may take; what is not given is left to whoever runs it.

    ``cpu_seconds`` and ``memory_bytes`` (resident) are those of all its processes together, ``processes`` how many live
    at once, ``files`` how many each has open, ``wall_seconds`` how long the run lasts.
    """

    cpu_seconds: _Seconds | None = None
    memory_bytes: _Count | None = None
    processes: _Count | None = None
    files: _Count | None = None
    wall_seconds: _Seconds | None = None


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a run may do; what is not named is denied.

    ``name`` and ``digest`` say for what it was made. ``level`` is the lowest at which it may run. ``environment`` lists
    the variables that are passed on, ``devices`` device nodes, or ``gpu`` for those of graphics cards.
    """

    name: str = ""
    digest: str = ""
    level: Level = Level.L2
    environment: tuple[_Text, ...] = ()
    devices: tuple[_Text, ...] = ()
    read: Access = Access()
    write: Access = Access()
    execute: Access = Access()
    hosts: tuple[Destination, ...] = ()
    limits: Resources = Resources()
