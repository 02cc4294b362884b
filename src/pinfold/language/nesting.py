"""Drafts that know the reader of each language that may be nested in another."""

from __future__ import annotations

from collections.abc import Iterable

from pinfold.language.companions import Companions
from pinfold.language.context import Context
from pinfold.language.drafts import Drafts
from pinfold.language.flow import Flow, merged
from pinfold.language.following import by_itself
from pinfold.language.javascript import nested as javascript
from pinfold.language.python import reader as python
from pinfold.language.shell import reader as shell


def drafts(context: Context) -> Drafts:
    """Return empty drafts for one source."""
    empty = _readers()
    empty.depth = context.depth
    empty.companions = context.companions
    empty.path = context.group
    if context.files is not None:
        empty.files = context.files
    return empty


def _readers() -> Drafts:
    return Drafts(
        shell=shell.read,
        command=shell.command,
        python=python.read,
        javascript=javascript.read,
        powershell=_powershell,
    )


def _powershell(source: str, drafts: Drafts, stdin: Flow, parent: str) -> Flow:
    """Read nested PowerShell, which is rare: its reader is loaded when there is some."""
    from pinfold.language.powershell import reader  # noqa: PLC0415

    return reader.read(source, drafts, stdin, parent)


def hand_over(companions: Companions, texts: Iterable[str]) -> None:
    """Find out what programs of a skill leave in files for one another; ``texts`` are its other texts."""
    outer = _readers()
    outer.companions = companions
    for path in companions.meeting(texts):
        reader = shell.reader_of(path)
        if reader is None:
            continue
        for name, held in by_itself(outer, path, reader).files.items():
            if held.sources or held.origin:
                kept = Flow(held.sources, held.programs, held.origin)
                companions.handed[name] = merged((companions.handed.get(name, kept), kept))
