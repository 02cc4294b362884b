"""Finding what a host would load: the units of a tree.

A *unit* is judged as one:

- a **plugin** is a folder with a plugin manifest, or one that a marketplace names; everything below it, its skills
  included, belongs to it;
- a **skill** is a folder with a ``SKILL.md`` in whatever case; everything below it belongs to it, folders with a
  ``SKILL.md`` of their own included, because a host that loads the outer skill can be led to any of them;
- an **MCP server** is a folder with a registry entry, a bundle manifest or a package that builds on an SDK for servers;
  skills and plugins below it are units of their own. A file of MCP configuration is a unit too;
- **agent configuration** is what a host obeys by itself: the files in one folder that ``markers`` names (``CLAUDE.md``,
  ``.claude/settings.json``, …), together;
- an **archive** is one unit with everything in it.

Files of a tree that belong to no unit are not scanned, as no host loads them. But who names a path expects it to be
judged: a path without any unit is scanned as a whole, as one skill. So is a folder that cannot be searched, because it
may not be listed or lies too deep.

Links inside a tree are not followed; one that leads out of it to a skill or to MCP configuration becomes a unit that
reads as *unsafe*. In the folders of the hosts themselves (`installed`) links are followed wherever they lead, because
that is how installers share a skill between hosts, and the host loads it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from pinfold.model import FileType, Limits, NothingToScanError, Skill, SkillKind, UsageError
from pinfold.skills import archive_manifest, manifest, markers
from pinfold.skills.file_type import identify
from pinfold.skills.hosts import Location, locations
from pinfold.skills.manifest import Manifest
from pinfold.skills.member import printable

_HEAD = 4_096
_HOST_DEPTH = 6  # hosts look no deeper for skills


def find(paths: Sequence[Path], limits: Limits) -> Iterator[Skill]:
    """Yield the units in ``paths``, each path's in the order of their paths, none twice.

    Raises:
        UsageError: at once, when a path does not exist or is neither a folder nor a file.
        NothingToScanError: at the end, when there was no unit at all.
    """
    for path in paths:
        _demand(path)
    return _find(paths, limits)


def _demand(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "not a path"
        raise UsageError(
            f"{printable(str(path))}: {why}", hint="Name a skill folder, a SKILL.md, an archive, or a tree of skills."
        ) from error
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise UsageError(
            f"{printable(str(path))}: neither a folder nor a file", hint="Devices, pipes and sockets are not read."
        )


def _find(paths: Sequence[Path], limits: Limits) -> Iterator[Skill]:
    seen: set[str] = set()
    for path in paths:
        for skill in units(path, limits):
            key = f"{skill.kind}:{skill.root}"
            if key not in seen:
                seen.add(key)
                yield skill
    if not seen:
        raise NothingToScanError("nothing to scan: " + ", ".join(printable(str(path)) for path in paths))


def units(path: Path, limits: Limits) -> Iterator[Skill]:
    """Yield the units at and below ``path``, a folder or file.

    The whole path as one skill when there is none, nothing when there is not even a file.
    """
    root = Path(os.path.realpath(path))
    if not root.is_dir():
        yield single(root, str(path), limits)
        return
    walk = _Walk(root, str(path), limits)
    found = False
    for skill in walk.visit(str(root), 0):
        found = True
        yield skill
    if not found and _holds_file(root, limits):
        yield _skill(SkillKind.SKILL, str(root), str(path), manifest.origin_of(root))


def holding(files: Sequence[Path], folder: Path, limits: Limits) -> Iterator[Skill]:
    """Yield the units at and below ``folder`` that hold one of ``files``, which need not exist any more.

    Nothing is a unit only because it was asked for: where no unit holds a file, it is passed over.
    """
    # A link that has changed counts where it lies, not where it leads.
    changed = {os.path.join(os.path.realpath(file.parent), file.name) for file in files}  # noqa: PTH118
    touched = {path for name in changed for path in (name, *map(str, Path(name).parents))}
    root = Path(os.path.realpath(folder))
    for skill in _Walk(root, str(folder), limits).visit(str(root), 0):
        if skill.root in changed or (skill.root in touched and _is_told_by(skill, touched)):
            yield skill


def _is_told_by(skill: Skill, touched: Collection[str]) -> bool:
    """Return whether a path below the root of a unit is one of its files: of agent configuration, only some are."""
    if skill.kind is not SkillKind.AGENT_CONFIG:
        return True
    files = markers.config_files(markers.list_folder(skill.root, markers.MAX_ENTRIES))
    return any(f"{skill.root.rstrip('/')}/{name}" in touched for name in files)


def single(file: Path, shown: str, limits: Limits) -> Skill:
    """Return the unit that one file is: an archive, agent configuration, MCP configuration, or else a skill."""
    name = file.name.lower()
    root = str(file)
    head = manifest.read_bounded(file)
    if identify(file.name, head[:_HEAD]).type is FileType.ARCHIVE:
        kind, said = archive_manifest.peek(file, limits)
        return _skill(kind, root, shown, said)
    if name in markers.MCP_CONFIGS or manifest.is_mcp_server(name, head):
        return _skill(SkillKind.MCP_SERVER, root, shown, manifest.json_manifest(head))
    if markers.is_config_file(file):
        return _skill(SkillKind.AGENT_CONFIG, root, shown, Manifest())
    said = manifest.skill_manifest(head) if name.endswith((".md", ".mdx", ".markdown")) else Manifest()
    return _skill(SkillKind.SKILL, root, shown, said)


def _skill(kind: SkillKind, root: str, shown: str, said: Manifest) -> Skill:
    return Skill(
        name=said.name or printable(Path(root).name) or printable(root),
        kind=kind,
        path=printable(shown),
        root=root,
        description=said.description,
        declared=said.listed(),
        source=said.source,
        publisher=said.publisher,
        version=said.version,
    )


class _Walk:
    """One walk over one tree, folder by folder in sorted order."""

    def __init__(
        self, root: Path, shown: str, limits: Limits, *, follow: bool = False, depth: int | None = None
    ) -> None:
        self._root = str(root)
        self._follow = follow  # links, as installers make them; but none behind a link
        self._depth = depth  # how deep the host itself looks
        self._sold: dict[str, str] = {}  # the names of plugins that a marketplace lists, by their folders
        self._shown = shown.rstrip("/") or "/"
        self._limits = limits

    def visit(self, path: str, depth: int, *, configured: bool = False, inside_server: bool = False) -> Iterator[Skill]:
        """Yield the units at and below the folder ``path``.

        ``configured`` says that the parent's agent configuration has taken what lies here; ``inside_server`` that the
        files here belong to an MCP server, so that only skills and plugins count.
        """
        listing = markers.list_folder(path, markers.MAX_ENTRIES)
        if unit := self._folder_unit(listing) or self._unsearchable(listing):
            yield unit
            return
        if not inside_server and (server := self._server(listing)):
            yield server
            inside_server = True
        taken: set[str] = set()
        yield from self._marketplace(listing)
        if not inside_server:
            if not configured and (files := markers.config_files(listing)):
                taken = {file.split("/")[0] for file in files}
                yield self._unit(SkillKind.AGENT_CONFIG, path, Manifest())
            yield from self._files(listing)
        yield from self._links(listing)
        if self._depth is not None and depth >= self._depth:
            return
        for folder in listing.folders:
            below = f"{path.rstrip('/')}/{folder}"
            if folder == ".git":
                continue
            if depth >= self._limits.tree_depth:
                yield self._unit(SkillKind.SKILL, below, Manifest())
            else:
                yield from self.visit(below, depth + 1, configured=folder in taken, inside_server=inside_server)

    def _unit(self, kind: SkillKind, path: str, said: Manifest) -> Skill:
        below = path[len(self._root) :].strip("/")
        return _skill(kind, path, f"{self._shown.rstrip('/')}/{below}" if below else self._shown, said)

    def _folder_unit(self, listing: markers.Folder) -> Skill | None:
        """Return the plugin or skill that this folder is."""
        folder = Path(listing.path)
        plugin, skill = markers.plugin_manifest(listing), listing.file(markers.SKILL_FILE)
        sold = self._sold.get(listing.path, "")
        if not plugin and not skill and not sold:
            return None
        said = manifest.origin_of(folder)
        if skill:
            said = manifest.skill_manifest(manifest.read_bounded(folder / skill)).over(said)
        if plugin:
            said = manifest.json_manifest(manifest.read_bounded(folder / plugin)).over(said)
        if not plugin and not skill:
            said = Manifest(name=sold).over(said)
        return self._unit(SkillKind.SKILL if skill and not plugin else SkillKind.PLUGIN, listing.path, said)

    def _marketplace(self, listing: markers.Folder) -> Iterator[Skill]:
        """Note the plugins of this tree that a marketplace lists; yield the list where it holds hooks or servers."""
        folder, file = markers.marketplace(listing) or ("", "")
        if not file:
            return
        data = manifest.read_bounded(Path(listing.path, folder, file))
        for name, source in manifest.sold_here(data):
            path = os.path.normpath(f"{listing.path}/{source}")
            if path.startswith(f"{listing.path.rstrip('/')}/"):
                self._sold[path] = name
        if len(data) == manifest.MOST or any(word in data for word in (b'"hooks"', b'Servers"', b'"command"')):
            unit = self._unit(SkillKind.AGENT_CONFIG, f"{listing.path.rstrip('/')}/{folder}/{file}", Manifest())
            yield msgspec.structs.replace(unit, name=manifest.json_manifest(data).name or unit.name)

    def _unsearchable(self, listing: markers.Folder) -> Skill | None:
        """Return, as a unit that cannot be read, a folder that cannot be listed or has too many entries."""
        return None if listing.whole else self._unit(SkillKind.SKILL, listing.path, Manifest())

    def _server(self, listing: markers.Folder) -> Skill | None:
        """Return the MCP server that this folder is."""
        folder = Path(listing.path)
        for name in (*markers.mcp_manifests(listing), *markers.code_files(listing, manifest.CODE_SUFFIXES)):
            data = manifest.read_bounded(folder / name)
            if manifest.is_mcp_server(name, data):
                read = manifest.toml_manifest if name.lower().endswith(".toml") else manifest.json_manifest
                return self._unit(SkillKind.MCP_SERVER, listing.path, read(data).over(manifest.origin_of(folder)))
        return None

    def _files(self, listing: markers.Folder) -> Iterator[Skill]:
        """Yield the files that are units by themselves: MCP configuration and archives made to be installed."""
        for name in listing.files:
            lower = name.lower()
            if lower in markers.MCP_CONFIGS or (
                lower.endswith(markers.ARCHIVE_SUFFIXES) and self._is_installable(f"{listing.path}/{name}")
            ):
                full = f"{listing.path.rstrip('/')}/{name}"
                yield single(
                    Path(full), f"{self._shown.rstrip('/')}/{full[len(self._root) :].strip('/')}", self._limits
                )

    def _is_installable(self, path: str) -> bool:
        head = manifest.read_bounded(Path(path))[:_HEAD]
        return identify(path, head).type is FileType.ARCHIVE and archive_manifest.holds_unit(Path(path), self._limits)

    def _links(self, listing: markers.Folder) -> Iterator[Skill]:
        """Yield the links out of the tree to a skill or plugin: what they lead to is not read; that must be said."""
        for name in listing.links:
            full = f"{listing.path.rstrip('/')}/{name}"
            target = os.path.realpath(full)
            if name.lower() in markers.MCP_CONFIGS:
                yield self._linked_config(full, target)
            elif self._follow:
                yield from self._linked(full, target)
            elif not f"{target}/".startswith(f"{self._root.rstrip('/')}/") and markers.is_unit_folder(
                markers.list_folder(target, self._limits.skill_files)
            ):
                yield self._unit(SkillKind.SKILL, full, Manifest(name=printable(name)))

    def _linked(self, full: str, target: str) -> Iterator[Skill]:
        """Yield the units behind a link by which an installer shares a skill, or a folder of skills, between hosts."""
        if not Path(target).is_dir() or f"{self._root}/".startswith(f"{target.rstrip('/')}/"):
            return
        yield from _Walk(
            Path(target), f"{self._shown}{full[len(self._root) :]}", self._limits, depth=_HOST_DEPTH
        ).visit(target, 0)

    def _linked_config(self, full: str, target: str) -> Skill:
        """Return the unit that a link to MCP configuration is: its target, or the link where that leaves the tree."""
        inside = self._follow or f"{target}/".startswith(f"{self._root.rstrip('/')}/")
        unit = self._unit(SkillKind.MCP_SERVER, full, Manifest())
        if not inside or not Path(target).is_file():
            return unit
        said = manifest.json_manifest(manifest.read_bounded(Path(target)))
        return msgspec.structs.replace(unit, root=target, name=said.name or unit.name)


def _holds_file(root: Path, limits: Limits) -> bool:
    """Return whether there is anything to read below ``root``."""
    waiting = [(str(root), 0)]
    while waiting:
        path, depth = waiting.pop()
        listing = markers.list_folder(path, markers.MAX_ENTRIES)
        if listing.files or listing.links or not listing.whole or depth > limits.tree_depth:
            return True
        waiting += [(f"{path}/{folder}", depth + 1) for folder in listing.folders if folder != ".git"]
    return False


def installed(
    home: Path,
    environment: Mapping[str, str],
    platform: str,
    cwd: Path | None = None,
    *,
    limits: Limits | None = None,
    top: Path = Path("/"),
) -> Iterator[Skill]:
    """Yield what is installed for every host of ``hosts.toml``, sorted by path.

    ``hosts`` of each names all that load it.

    ``environment`` is as ``os.environ``, ``platform`` as ``sys.platform``. With ``cwd``, what the hosts would load for
    that project counts too. ``top`` is the root of the file system that is looked at, for one that is mounted
    elsewhere. Finding nothing is no error.
    """
    found: dict[str, Skill] = {}
    owners: dict[str, set[str]] = {}
    seen: dict[tuple[str, str], list[str]] = {}
    for location in locations(home, environment, platform, cwd, top):
        place = (location.holds, location.path)
        if place not in seen:
            units_here = {f"{skill.kind}:{skill.root}": skill for skill in _at(location, limits or Limits())}
            seen[place] = list(units_here)
            found = units_here | found
        for key in seen[place]:
            owners.setdefault(key, set()).add(location.host)
    for key, skill in sorted(found.items(), key=lambda item: (item[1].path, item[0])):
        yield msgspec.structs.replace(skill, hosts=tuple(sorted(owners[key])))


def _at(location: Location, limits: Limits) -> Iterator[Skill]:
    """Yield the units at one place of one host."""
    path = Path(location.path)
    try:
        if location.holds == "units":
            if path.is_dir() and os.access(path, os.R_OK | os.X_OK):
                root = Path(os.path.realpath(path))
                yield from _Walk(root, str(path), limits, follow=True).visit(str(root), 0)
            return
        matches = sorted(path.parent.glob(path.name)) if "*" in path.name else [path]
        for match in matches:
            if match.is_file():
                yield msgspec.structs.replace(_configuration(match, limits), name=printable(match.name))
    except OSError:
        return  # a place that may not be looked into is not ours to list


def _configuration(file: Path, limits: Limits) -> Skill:
    """Return the unit that a host's own configuration file is, wherever a link to it may lead."""
    skill = single(Path(os.path.realpath(file)), str(file), limits)
    if skill.kind is SkillKind.MCP_SERVER or file.name.lower() in markers.MCP_CONFIGS:
        return msgspec.structs.replace(skill, kind=SkillKind.MCP_SERVER)
    return msgspec.structs.replace(skill, kind=SkillKind.AGENT_CONFIG)
