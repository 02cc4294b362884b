"""The names by which a folder or file shows what a host would load it as.

The names stand in ``markers.toml``. They are compared without regard to case: file systems of two of the three systems
do the same, and loaders are lenient.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec

from pinfold.tables import table

SKILL_FILE = "skill.md"


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``markers.toml``."""

    plugin_folders: frozenset[str]
    plugin_files: tuple[str, ...]
    mcp_manifests: frozenset[str]
    mcp_configs: frozenset[str]
    config_files: frozenset[str]
    common_words: frozenset[str]
    archive_suffixes: tuple[str, ...]
    config_folders: dict[str, tuple[str, ...]]


_TABLE = msgspec.convert(table(Path(__file__).parent, "markers"), _Table)

MCP_CONFIGS = _TABLE.mcp_configs
"""Files in which a host keeps the MCP servers that it starts."""

ARCHIVE_SUFFIXES = _TABLE.archive_suffixes
"""By these names an archive that lies loose in a tree is taken for something to install."""

MAX_ENTRIES = 1_000_000
"""Entries of one folder that are looked at in search of units; what has more is no folder that a host could load."""

_MAX_CODE_FILES = 64
_MEMORY = "memory"  # a common word, so the folder counts only beside other configuration


class Folder(msgspec.Struct):
    """The listing of one folder: names by what they are. ``links`` are symbolic links to anything.

    ``whole`` is false where the folder could not be listed, or has more entries than were asked for.
    """

    path: str
    files: list[str] = []
    folders: list[str] = []
    links: list[str] = []
    whole: bool = True

    def file(self, name: str) -> str | None:
        """Return the file or link that is called ``name`` (in small letters) in whatever case, or None."""
        return next((found for names in (self.files, self.links) for found in names if found.lower() == name), None)


def list_folder(path: str, most: int) -> Folder:
    """Return the listing of the folder ``path``, sorted, of at most ``most`` entries.

    A folder that cannot be listed is empty, and not ``whole``.
    """
    listing = Folder(path)
    try:
        with os.scandir(path) as entries:
            for index, entry in enumerate(entries):
                if index == most:
                    listing.whole = False
                    break
                if entry.is_symlink():
                    listing.links.append(entry.name)
                elif entry.is_dir(follow_symlinks=False):
                    listing.folders.append(entry.name)
                else:
                    listing.files.append(entry.name)
    except OSError:
        return Folder(path, whole=False)
    for names in (listing.files, listing.folders, listing.links):
        names.sort()
    return listing


def plugin_manifest(listing: Folder) -> str | None:
    """Return the path of the manifest, relative to the folder, that makes this folder a plugin, or None."""
    for folder in (*listing.folders, *listing.links):
        if folder.lower() in _TABLE.plugin_folders and (
            name := list_folder(f"{listing.path}/{folder}", 1_000).file("plugin.json")
        ):
            return f"{folder}/{name}"
    return next((found for name in _TABLE.plugin_files if (found := listing.file(name))), None)


def marketplace(listing: Folder) -> tuple[str, str] | None:
    """Return the folder and name of the list by which this folder offers plugins, or None."""
    for folder in listing.folders:
        if folder.lower() in _TABLE.plugin_folders and (
            name := list_folder(f"{listing.path}/{folder}", 1_000).file("marketplace.json")
        ):
            return folder, name
    return None


def is_unit_folder(listing: Folder) -> bool:
    """Return whether the folder is a skill or a plugin."""
    return listing.file(SKILL_FILE) is not None or plugin_manifest(listing) is not None


def mcp_manifests(listing: Folder) -> list[str]:
    """Return the files of the folder that may say that it is an MCP server; their content decides."""
    return [name for name in listing.files if name.lower() in _TABLE.mcp_manifests]


def code_files(listing: Folder, suffixes: tuple[str, ...]) -> list[str]:
    """Return the first of the folder's files with one of ``suffixes``."""
    return list(islice((name for name in listing.files if name.lower().endswith(suffixes)), _MAX_CODE_FILES))


def config_files(listing: Folder) -> list[str]:
    """Return the agent configuration in the folder and in the hosts' own folders below it, as sorted relative paths.

    A path may lead through links. A folder that is a link out of this one is returned itself.
    """
    names = {name: name.lower() for name in (*listing.files, *listing.links)}
    found = [name for name, lower in names.items() if lower in _TABLE.config_files]
    memory: list[str] = []
    for folder in (*listing.folders, *listing.links):
        if patterns := _TABLE.config_folders.get(folder.lower()):
            (memory if folder.lower() == _MEMORY else found).extend(_matching(listing.path, folder, patterns))
    here = Path(listing.path).name.lower()
    if here != _MEMORY and (own := _TABLE.config_folders.get(here)):
        found.extend(path for path in _matching(listing.path, "", own) if path not in names)
        found.extend(name for name, lower in names.items() if _is_own(lower, own) and name not in found)
    if all(name.lower() in _TABLE.common_words and not Path(name).stem.isupper() for name in found):
        return []
    return sorted({*found, *memory})


def _is_own(name: str, patterns: tuple[str, ...]) -> bool:
    return any(
        re.fullmatch(re.escape(pattern.lower()).replace(r"\*", "[^/]*"), name)
        for pattern in patterns
        if "/" not in pattern
    )


def _matching(root: str, folder: str, patterns: tuple[str, ...]) -> set[str]:
    base = os.path.realpath(root)
    return {
        path.lstrip("/")
        for pattern in patterns
        for path in _below(base, folder, pattern.lower().split("/"), leads_out=_leaves(base, f"{base}/{folder}"))
    }


def _below(root: str, folder: str, pattern: list[str], *, leads_out: bool) -> Iterator[str]:
    """Yield the files below ``folder`` whose paths match ``pattern``, in whatever case, relative to ``root``."""
    if leads_out:
        yield folder
        return
    wanted = re.compile(re.escape(pattern[0]).replace(r"\*", "[^/]*"))
    listing = list_folder(f"{root}/{folder}", MAX_ENTRIES)
    for name in (*listing.files, *listing.folders, *listing.links):
        path = f"{folder}/{name}"
        if not wanted.fullmatch(name.lower()):
            continue
        is_folder = Path(root, path.lstrip("/")).is_dir()
        if len(pattern) == 1 and not is_folder:
            yield path
        elif len(pattern) > 1 and is_folder:
            yield from _below(root, path, pattern[1:], leads_out=_leaves(root, f"{root}/{path}"))


def _leaves(root: str, path: str) -> bool:
    return not f"{os.path.realpath(path)}/".startswith(f"{root.rstrip('/')}/")


def is_config_file(path: Path) -> bool:
    """Return whether a file, by its own name and that of the folders above it, is agent configuration."""
    if path.name.lower() in _TABLE.config_files:
        return True
    parts = path.parts
    for depth in (2, 3, 4):
        if len(parts) >= depth and (patterns := _TABLE.config_folders.get(parts[-depth].lower())):
            below = "/".join(parts[1 - depth :])
            return any(
                re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]*"), below, re.IGNORECASE) for pattern in patterns
            )
    return False
