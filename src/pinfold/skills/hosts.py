"""The table of agent hosts, ``hosts.toml``, and where on this machine its rows point."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from pinfold.tables import table


class Entries(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a host keeps on one system, beside what it keeps on all of them."""

    user_skills: tuple[str, ...] = ()
    user_plugins: tuple[str, ...] = ()
    user_config: tuple[str, ...] = ()


class Host(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of ``hosts.toml``; the file's head explains the fields."""

    id: str
    title: str
    project_skills: tuple[str, ...] = ()
    project_config: tuple[str, ...] = ()
    user_skills: tuple[str, ...] = ()
    user_plugins: tuple[str, ...] = ()
    user_config: tuple[str, ...] = ()
    linux: Entries = Entries()
    macos: Entries = Entries()
    windows: Entries = Entries()


class Location(NamedTuple):
    """A place where a host looks.

    ``holds`` is ``units`` for a folder of skills or plugins, ``config`` for a file (whose last part may have ``*``).
    """

    host: str
    holds: str
    path: str


SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}
"""The names of the systems in the table, by ``sys.platform``."""


@cache
def hosts() -> tuple[Host, ...]:
    """Return the rows of the table."""
    rows = table(Path(__file__).parent, "hosts")["host"]
    return msgspec.convert(rows, tuple[Host, ...])


def locations(
    home: Path, environment: Mapping[str, str], platform: str, project: Path | None, top: Path
) -> Iterator[Location]:
    """Yield every place of every host, whether it exists or not.

    ``platform`` is as ``sys.platform``; an unknown one counts as Linux. ``top`` is the root of the file system, for
    paths such as ``/etc``.
    """
    system = SYSTEMS.get(platform, "linux")
    folders = _folders(home, environment)
    for host in hosts():
        own: Entries = getattr(host, system)
        for patterns, holds in (
            ((*host.user_skills, *own.user_skills, *host.user_plugins, *own.user_plugins), "units"),
            ((*host.user_config, *own.user_config), "config"),
        ):
            for pattern in patterns:
                path = _expanded(pattern, folders, environment)
                yield Location(
                    host.id, holds, path if pattern.startswith("{") else f"{top.as_posix().rstrip('/')}{path}"
                )
        if project is not None:
            for pattern in host.project_skills:
                yield Location(host.id, "units", f"{project.as_posix()}/{pattern}")
            for pattern in host.project_config:
                yield Location(host.id, "config", f"{project.as_posix()}/{pattern}")


def _folders(home: Path, environment: Mapping[str, str]) -> dict[str, str]:
    base = home.as_posix()
    return {
        "home": base,
        "xdg_config": environment.get("XDG_CONFIG_HOME") or f"{base}/.config",
        "appdata": environment.get("APPDATA") or f"{base}/AppData/Roaming",
        "localappdata": environment.get("LOCALAPPDATA") or f"{base}/AppData/Local",
        "programdata": environment.get("PROGRAMDATA") or environment.get("ProgramData") or "C:/ProgramData",
        "programfiles": environment.get("PROGRAMFILES") or environment.get("ProgramFiles") or "C:/Program Files",
    }


_VARIABLE = re.compile(r"\{env:(\w+)\|([^{}]*(?:\{\w+\}[^{}]*)?)\}")
_FOLDER = re.compile(r"\{(\w+)\}")


def _expanded(pattern: str, folders: Mapping[str, str], environment: Mapping[str, str]) -> str:
    chosen = _VARIABLE.sub(lambda match: environment.get(match[1], "").strip() or match[2], pattern)
    return _FOLDER.sub(lambda match: folders[match[1]], chosen).replace("\\", "/")
