"""Configuration of a scan: ``pinfold.toml``, read only from places that what is scanned cannot write to (design §5).

In order, later ones winning: ``/etc/pinfold/pinfold.toml``, the user's configuration folder, and the working folder
unless it lies inside something scanned. ``--config FILE`` replaces them all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from pinfold.model import Limits, UsageError
from pinfold.scan.suppression import Suppress

FILE_NAME = "pinfold.toml"

MAX_JOBS = 256
"""How many worker processes a scan may be told to use."""

MOST = 1 << 53
"""The largest value of a limit; every part of the system can count so far."""


class ScanTable(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="kebab"):
    """The table ``[scan]``: defaults of the command line, limits, and suppressions."""

    fail_on: Literal["block", "review"] | None = None
    jobs: Annotated[int, msgspec.Meta(ge=1, le=MAX_JOBS)] | None = None
    rules: tuple[str, ...] = ()
    limits: dict[str, int | float] = {}
    suppress: tuple[Suppress, ...] = ()


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """What all files together say. ``notes`` are for the user: files used, and files passed over with the reason."""

    scan: ScanTable
    limits: Limits
    notes: tuple[str, ...] = ()


def configuration(
    explicit: Path | None, scanned: Sequence[Path], environment: Mapping[str, str], folder: Path
) -> Configuration:
    """Read the configuration. Raises `UsageError` that names the file and the key."""
    notes: list[str] = []
    files = [explicit] if explicit is not None else list(_standard(scanned, environment, folder, notes))
    if explicit is not None and not explicit.is_file():
        raise UsageError(f"{explicit}: no such configuration file")
    tables = [(path, _table(path)) for path in files if path.is_file()]
    merged = ScanTable()
    limits: dict[str, int | float] = {}
    for path, table in tables:
        limits.update(table.limits)
        merged = ScanTable(
            fail_on=table.fail_on or merged.fail_on,
            jobs=table.jobs or merged.jobs,
            rules=(*merged.rules, *(str(path.parent / rule) for rule in table.rules)),
            suppress=(*merged.suppress, *(msgspec.structs.replace(item, source=str(path)) for item in table.suppress)),
        )
    return Configuration(scan=merged, limits=_limits(limits), notes=tuple(notes))


def _standard(
    scanned: Sequence[Path], environment: Mapping[str, str], folder: Path, notes: list[str]
) -> Sequence[Path]:
    home = environment.get("XDG_CONFIG_HOME") or str(Path(environment.get("HOME") or "~").expanduser() / ".config")
    files = [Path("/etc/pinfold") / FILE_NAME, Path(home) / "pinfold" / FILE_NAME]
    own = folder / FILE_NAME
    if own.is_file():
        here = folder.resolve()
        if any(here.is_relative_to(_reach(path)) for path in scanned):
            notes.append(
                f"{own} is not read: it lies in or beside what is scanned; name it with --config if it is yours"
            )
        else:
            files.append(own)
    return files


def _reach(scanned: Path) -> Path:
    """Return the folder in which what is scanned may have put files: around a single file, its own folder."""
    path = scanned.resolve()
    return path.parent if path.is_file() else path


def _table(path: Path) -> ScanTable:
    import tomllib  # noqa: PLC0415  # few people have a configuration

    try:
        body: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        if unknown := [name for name in body if name != "scan"]:
            raise UsageError(f"{path}: unknown table or key {unknown[0]!r}", hint="The table is [scan].")
        return msgspec.convert(body.get("scan", {}), ScanTable)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: {error}", hint="See the page 'Configuration' of the documentation.") from None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def _limits(values: Mapping[str, int | float]) -> Limits:
    try:
        limits = msgspec.convert({name.replace("-", "_"): value for name, value in values.items()}, Limits)
    except msgspec.ValidationError as error:
        raise UsageError(f"[scan.limits]: {error}") from None
    for name in limits.__struct_fields__:
        value = getattr(limits, name)
        if value <= 0:
            raise UsageError(f"[scan.limits]: {name} must be more than 0")
        if not math.isfinite(value) or value > MOST:
            raise UsageError(f"[scan.limits]: {name} must be at most {MOST:,}")
    return limits
