"""The limits of a scan: explicit, configurable in ``[scan.limits]`` of ``pinfold.toml``, reported when reached."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of hostile input is read before Pinfold says *incomplete*.

    Sizes are in bytes, times in seconds of wall clock.
    """

    file_bytes: int = 32 * 1024 * 1024  # one file, or one archive member
    skill_bytes: int = 512 * 1024 * 1024  # all files of one skill, after unpacking
    skill_files: int = 20_000  # files of one skill, members included
    tree_depth: int = 32  # nested folders
    archive_depth: int = 4  # archives within archives
    archive_ratio: int = 200  # unpacked bytes for each packed byte, once past 1 MiB
    file_seconds: float = 20.0  # judging one file
    skill_seconds: float = 120.0  # judging one skill
    worker_memory: int = 1024 * 1024 * 1024  # address space of one worker above its start
