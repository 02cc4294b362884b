"""What a run may reach without a profile, and what no profile of ours grants: ``defaults.toml``."""

from __future__ import annotations

from pathlib import Path

import msgspec

from pinfold.model import Access, Profile, Resources
from pinfold.tables import table


class Defaults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The lists of ``defaults.toml``, in the notation of profiles; ``processes`` is a number."""

    processes: int
    system: tuple[str, ...]
    programs: tuple[str, ...]
    devices: tuple[str, ...]
    gpu: tuple[str, ...]
    variables: frozenset[str]
    secrets: tuple[str, ...]
    agents: tuple[str, ...]
    persistence: tuple[str, ...]
    repository: tuple[str, ...]

    @property
    def obeyed(self) -> tuple[str, ...]:
        """What is never written: what agents obey, and what starts without anybody asking."""
        return (*self.agents, *self.persistence)


DEFAULTS = msgspec.convert(table(Path(__file__).parent, "defaults"), Defaults)


def default_profile() -> Profile:
    """Return the profile of a run for which none is given."""
    return Profile(
        name="default",
        read=Access(allow=(".",), deny=DEFAULTS.secrets),
        write=Access(allow=(".",), deny=(*DEFAULTS.secrets, *DEFAULTS.obeyed)),
        execute=Access(allow=(*DEFAULTS.programs, ".")),
        limits=Resources(processes=DEFAULTS.processes),
    )


def learning_profile(name: str) -> Profile:
    """Return a profile that grants nothing, with the deny lists that every profile of ours has."""
    return Profile(
        name=name,
        read=Access(deny=DEFAULTS.secrets),
        write=Access(deny=(*DEFAULTS.secrets, *DEFAULTS.obeyed)),
    )
