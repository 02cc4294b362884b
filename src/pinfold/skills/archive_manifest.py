"""What an archive says of itself, found without reading more of it than needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pinfold.model import Limits, SkillKind
from pinfold.skills import manifest, markers
from pinfold.skills.file_type import identify
from pinfold.skills.inflate import Allowance
from pinfold.skills.manifest import NOTHING, Manifest
from pinfold.skills.member import Member
from pinfold.skills.unpack import members

_PLUGIN_NAMES = ("gemini-extension.json", "openclaw.plugin.json")
_MANIFEST_DEPTH = 6  # hosts look no deeper for a skill


def peek(file: Path, limits: Limits) -> tuple[SkillKind, Manifest]:
    """Return the kind of the archive ``file`` and what its first manifest says.

    A skill that says nothing when it has none.
    """
    for kind, read, data in _manifests(file, limits):
        return kind, read(data)
    return SkillKind.SKILL, NOTHING


def holds_unit(file: Path, limits: Limits) -> bool:
    """Return whether the archive holds a skill, a plugin or an MCP server.

    One that cannot be opened is taken to: it has to be reported.
    """
    for _ in _manifests(file, limits):
        return True
    return not _opens(file, limits)


def _manifests(file: Path, limits: Limits) -> Iterator[tuple[SkillKind, Callable[[bytes], Manifest], bytes]]:
    for member in _members(file, limits):
        if isinstance(member, Member) and member.path.count("/") <= _MANIFEST_DEPTH:
            *folders, name = member.path.lower().split("/")
            if name in _PLUGIN_NAMES or (name == "plugin.json" and folders and folders[-1].endswith("-plugin")):
                yield SkillKind.PLUGIN, manifest.json_manifest, member.data
            elif name == markers.SKILL_FILE:
                yield SkillKind.SKILL, manifest.skill_manifest, member.data
            elif name in ("server.json", "manifest.json") and manifest.is_mcp_server(name, member.data):
                yield SkillKind.MCP_SERVER, manifest.json_manifest, member.data


def _opens(file: Path, limits: Limits) -> bool:
    return any(isinstance(member, Member) for member in _members(file, limits))


def _members(file: Path, limits: Limits) -> Iterator[Member | object]:
    try:
        if file.stat().st_size > limits.file_bytes:
            return
        data = file.read_bytes()
    except OSError:
        return
    yield from members(file.name, data, identify(file.name, data).title, Allowance(limits))
