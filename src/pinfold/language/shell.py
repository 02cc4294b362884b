"""Shell source and command lines become acts."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import count

from pinfold.language import python_reader, shell_reader
from pinfold.language.context import Context
from pinfold.language.drafts import Drafts
from pinfold.language.flow import NOTHING
from pinfold.language.shell_command import base_name
from pinfold.language.shell_programs import KNOWN
from pinfold.language.program_table import PYTHONS, SHELLS
from pinfold.language.shell_transcript import without_prompts
from pinfold.model import Act, ActKind

MAX_SOURCE = 2_000_000
"""How many characters of one source are read; callers split or report what is longer."""

_UNQUOTED_SCRIPT = re.compile(r"^\S+(?:\s+-[A-Za-z]+)*?\s+-[A-Za-z]*c\s+(?![\"'])(.+)$", re.DOTALL)


def acts(source: str, context: Context) -> list[Act]:
    """Return the acts that running ``source`` in a shell leads to, in the order of reading. Never raises on any text."""
    text = without_prompts(source[:MAX_SOURCE], KNOWN.__contains__)
    drafts = _drafts(context)
    shell_reader.read(text, drafts, NOTHING, "")
    return drafts.acts(context)


def implied(act: Act) -> list[Act]:
    """Return the acts that an observed ``exec`` act leads to, read from its ``CommandLine``; they share its place, group, order and time.

    A command line that a system call recorded has lost its quotes, so what follows ``-c`` of an interpreter is taken as one script.
    """
    line = str(act.fields.get("CommandLine", ""))[:MAX_SOURCE]
    if act.kind is not ActKind.EXEC or not line.strip():
        return []
    context = Context(
        place=lambda _start, _end: act.place, role=act.role, certainty=act.certainty, negated=act.negated, group=act.group, time=act.time, order=count(act.order, 0)
    )
    image = base_name(str(act.fields.get("Image", "")) or line.split()[0])
    drafts = _drafts(context)
    script = _UNQUOTED_SCRIPT.match(line) if image in SHELLS | PYTHONS and base_name(line.split()[0]) == image else None
    if script is not None:
        reader = drafts.shell if image in SHELLS else drafts.python
        reader(script[1], drafts, NOTHING, str(act.fields.get("Image", image)))
        return [_observed(found, act) for found in drafts.acts(context)]
    shell_reader.read(line, drafts, NOTHING, "")
    own = next((draft for draft in drafts.items if draft.kind is ActKind.EXEC), None)
    if own is not None and base_name(str(own.fields["Image"])) == image and not drafts.items[0].captured:
        drafts.items.remove(own)
    return [_observed(found, act) for found in drafts.acts(context)]


def _observed(found: Act, act: Act) -> Act:
    """Give an implied act the fields that the observed one knows better."""
    fields = dict(found.fields)
    if fields.get("Image") and base_name(str(fields["Image"])) == base_name(str(act.fields.get("Image", ""))):
        fields["Image"] = act.fields["Image"]
    return replace_fields(found, fields)


def replace_fields(act: Act, fields: dict[str, str | int | bool]) -> Act:
    """Return ``act`` with other fields."""
    import msgspec

    return msgspec.structs.replace(act, fields=fields)


def _drafts(context: Context) -> Drafts:
    """Return empty drafts that know the readers of nested languages."""
    return Drafts(shell=shell_reader.read, command=shell_reader.command, python=python_reader.read, depth=context.depth)


__all__ = ["acts", "implied", "replace"]
