"""What one run is given, settled to the last path: what a profile means on this machine, in this folder.

A :class:`Plan` holds no patterns of the profile's own notation: every path is absolute, and a ``*`` is left only in
the names of what is denied though it may not exist yet.
"""

from __future__ import annotations

import msgspec

from pinfold.model import Destination, Level, Resources


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """What of the file tree a run may reach: absolute paths without symbolic links, a folder for all below it.

    The ``no_`` tuples are denied whatever allows them, and may name what does not exist; ``*`` stands for any
    characters of one name. What may be written may also be read.
    """

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    execute: tuple[str, ...] = ()
    no_read: tuple[str, ...] = ()
    no_write: tuple[str, ...] = ()
    no_execute: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One run.

    ``command`` is started as ``program`` in ``folder`` with ``environment`` and nothing else of ours. ``scratch`` is a
    folder made for the run, mode 0700, with ``home`` and ``tmp`` in it; it goes when the run ends. ``egress`` is
    ``none`` or ``broker``; ``hosts`` are the destinations granted. ``devices`` are device nodes. ``level`` is the level
    at which the run is confined, and ``missing`` says why it is not a higher one. ``trace`` adds events that cost time:
    ``files`` for every file that is opened.
    """

    command: tuple[str, ...]
    program: str
    folder: str
    scratch: str
    environment: dict[str, str]
    reach: Reach
    level: Level
    missing: tuple[str, ...] = ()
    egress: str = "broker"
    hosts: tuple[Destination, ...] = ()
    devices: tuple[str, ...] = ()
    limits: Resources = Resources()
    trace: frozenset[str] = frozenset()
    session: str = ""
    profile: str = ""

    @property
    def home(self) -> str:
        """The fresh home folder."""
        return f"{self.scratch}/home"

    @property
    def temporary(self) -> str:
        """The fresh folder for temporary files."""
        return f"{self.scratch}/tmp"  # noqa: S108  # below a folder of our own
