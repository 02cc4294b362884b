"""Shell source and command lines become acts."""

from __future__ import annotations

import re
from itertools import count

import msgspec

from pinfold.language.context import Context
from pinfold.language.drafts import Drafts
from pinfold.language.flow import NOTHING
from pinfold.language.javascript import program as javascript
from pinfold.language.python import reader as python_reader
from pinfold.language.shell import reader as shell_reader
from pinfold.language.shell.command import base_name
from pinfold.language.shell.program_table import FAMILIAR, PYTHONS, SHELLS, WORDLESS
from pinfold.language.shell.programs import KNOWN
from pinfold.language.shell.transcript import without_prompts
from pinfold.model import Act, ActKind

MAX_SOURCE = 2_000_000
"""How many characters of one source are read; callers split or report what is longer."""

_PROGRAMS = KNOWN | WORDLESS | FAMILIAR
_UNQUOTED_SCRIPT = re.compile(
    r"^\S{1,256}(?:[ \t]+-[A-Za-z]{1,8}){0,8}?[ \t]+-[A-Za-z]{0,8}c[ \t]+(?![\"'])(.+)$", re.DOTALL
)


def acts(source: str, context: Context, *, windows: bool = False) -> list[Act]:
    """Return the acts that running ``source`` in a shell leads to, in the order of reading.

    With ``windows``, its programs are those of Windows. Never raises on any text.
    """
    text = without_prompts(source[:MAX_SOURCE], _PROGRAMS.__contains__)
    drafts = _drafts(context)
    drafts.windows = windows
    shell_reader.read(text, drafts, NOTHING, "")
    return drafts.acts(context)


def implied(act: Act, cut: list[str] | None = None) -> list[Act]:
    """Return the acts that an observed ``exec`` act leads to, read from its ``CommandLine``.

    They share its place, group, order and time. A command line that a system call recorded has lost its quotes, so what
    follows ``-c`` of an interpreter is taken as one script. ``cut`` takes a few words on each limit that was reached.
    """
    line = str(act.fields.get("CommandLine", ""))[:MAX_SOURCE]
    if act.kind is not ActKind.EXEC or not line.strip():
        return []
    context = Context(
        place=lambda _start, _end: act.place,
        role=act.role,
        certainty=act.certainty,
        negated=act.negated,
        group=act.group,
        time=act.time,
        order=count(act.order, 0),
        cut=[] if cut is None else cut,
    )
    drafts = _drafts(context)
    program = base_name(line.split(None, 1)[0])
    image = base_name(str(act.fields.get("Image", ""))) or program
    script = _UNQUOTED_SCRIPT.match(line) if image == program and image in SHELLS | PYTHONS else None
    if script is not None:
        reader = drafts.shell if image in SHELLS else drafts.python
        reader(script[1], drafts, NOTHING, str(act.fields.get("Image", "")) or image)
    else:
        shell_reader.read(line, drafts, NOTHING, "")
        _leave_out_own(drafts, image)
    return [_with_image(found, act, image) for found in drafts.acts(context)]


def _leave_out_own(drafts: Drafts, image: str) -> None:
    """Take out the draft that repeats the observed act itself."""
    own = next((draft for draft in drafts.items if draft.kind is ActKind.EXEC and not draft.captured), None)
    if own is not None and base_name(str(own.fields["Image"])) == image:
        drafts.items.remove(own)


def _with_image(found: Act, act: Act, image: str) -> Act:
    """Give an act of the observed program the full path of that program."""
    whole = act.fields.get("Image")
    if not whole or base_name(str(found.fields.get("Image", ""))) != image:
        return found
    return msgspec.structs.replace(found, fields={**found.fields, "Image": whole})


def _drafts(context: Context) -> Drafts:
    """Return empty drafts that know the readers of nested languages."""
    return Drafts(
        shell=shell_reader.read,
        command=shell_reader.command,
        python=python_reader.read,
        javascript=javascript.read,
        depth=context.depth,
    )


__all__ = ["MAX_SOURCE", "acts", "implied"]
