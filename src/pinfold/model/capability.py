"""What a skill can do: facts, not findings."""

from __future__ import annotations

import msgspec

from pinfold.model.place import Place


class Capability(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that the material is able to do.

    ``name`` is one of ``net:host:port``, ``read:path``, ``write:path``, ``exec:program``, ``env:NAME``, ``tool:name``,
    ``gpu``, ``spend:currency``; ``*`` stands for what could not be determined. ``place`` is the first place that shows
    it.
    """

    name: str
    place: Place


class Flow(msgspec.Struct, frozen=True, omit_defaults=True):
    """What goes where: one destination named or built in the material, and what would be sent there.

    ``host`` is a name, an address, or ``*`` when it is built at run time. ``port`` is 0 when unknown. ``data`` lists
    what is sent (paths, ``env:NAME``, or words of the material); it is empty when nothing says so.
    """

    host: str
    place: Place
    port: int = 0
    via: str = ""
    data: tuple[str, ...] = ()
