"""What a program does with its arguments: finds the judge of each known program."""

from __future__ import annotations

from collections.abc import Callable

from pinfold.language import address
from pinfold.language.flow import NOTHING, Flow
from pinfold.language.shell import digests, files, network, surroundings, transfer, windows_programs, wrappers
from pinfold.language.shell.command import Command
from pinfold.language.shell.program_table import WORDLESS

Judge = Callable[[Command], Flow]

_JUDGES: dict[str, Judge] = {
    **files.JUDGES,
    **digests.JUDGES,
    **network.JUDGES,
    **surroundings.JUDGES,
    **transfer.JUDGES,
    **wrappers.JUDGES,
    **windows_programs.NAMED,
}

KNOWN = frozenset(_JUDGES)
"""Programs whose arguments are understood."""


def judge(command: Command) -> Flow:
    """Write the acts that a command leads to; returns what it prints."""
    found = _JUDGES.get(command.name)
    if command.store.drafts.windows or command.image[-4:].lower() == ".exe":
        found = windows_programs.JUDGES.get(command.name.lower(), found)
    if found is not None:
        return found(command)
    for word in command.args:
        if word.text.startswith(("stratum", "ethproxy+")) and (far := address.split(word.text)):
            command.connect_url(word, far)
    return NOTHING if command.name in WORDLESS else command.output()
