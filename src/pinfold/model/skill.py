"""What came in."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class SkillKind(StrEnum):
    """What sort of thing a host would load."""

    SKILL = "skill"
    PLUGIN = "plugin"
    MCP_SERVER = "mcp-server"
    AGENT_CONFIG = "agent-config"


class FileType(StrEnum):
    """What a file is, by its content first and its name second."""

    TEXT = "text"  # decoded and judged
    MEDIA = "media"  # image, font, audio, video: checked for type, trailing data and polyglots
    DOCUMENT = "document"  # PDF: checked for active content
    ARCHIVE = "archive"  # unpacked; its members are files of their own
    PROGRAM = "program"  # compiled code, which Pinfold does not read
    DATA = "data"  # binary data of no known type


class Unread(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file, or a part of one, that was not read, and why.

    ``reason`` is one of ``limit`` (a size, depth, count or time limit was reached), ``damaged``, ``encrypted``,
    ``opaque`` (compiled or of unknown type), ``unsafe`` (device, link out of the tree, path traversal), ``denied``
    (the system refused), ``died`` (the worker was lost). ``detail`` is one line for a person and names the limit.
    """

    path: str
    reason: str
    detail: str = ""


class SkillFile(msgspec.Struct, kw_only=True):
    """One file of a skill, or one member of an archive in it.

    ``path`` is relative to the root, ``/``-separated, members after ``!/``. ``data`` is the whole content; files over
    the size limit never become a ``SkillFile``, they become an ``Unread``. ``executable`` is the owner's execute bit.
    ``digest`` is the SHA-256 of the content in hexadecimal.
    """

    path: str
    data: bytes
    type: FileType
    executable: bool = False
    digest: str = ""


class Skill(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A unit that a host would load: a skill folder, a plugin, an MCP server, or agent configuration.

    ``path`` is where it lies as the user named it; ``root`` the absolute folder, or the archive or single file.
    ``digest`` is ``sha256:`` and the hexadecimal tree digest over content, mode and type of every file (see
    ``skills/digest.py``). ``declared`` holds the permissions that the manifest claims (``allowed-tools`` and the
    like), as written. ``hosts`` lists the agents that would load it from here, ``source`` where it says it came from.
    """

    name: str
    kind: SkillKind
    path: str
    root: str
    digest: str = ""
    description: str = ""
    declared: tuple[str, ...] = ()
    source: str = ""
    publisher: str = ""
    version: str = ""
    hosts: tuple[str, ...] = ()
