"""Downloads whose digest a script knows beforehand: what was checked against it is no longer somebody else's choice.

Only SHA-2 and BLAKE2 digests written into the script count. One that is fetched from where the file comes from says
nothing, and MD5 and SHA-1 do not bind whoever made the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from pinfold.language.flow import NOTHING, Flow, Word
from pinfold.language.shell.command import Command, Store, home
from pinfold.language.shell.files import MAX_FILES, reader

_PROGRAMS = frozenset({"sha256sum", "sha384sum", "sha512sum", "shasum", "gsha256sum", "b2sum", "b3sum"})
_LISTED = re.compile(r"^\s*\\?([0-9a-fA-F]{64,128})\s+\*?(\S[^\n]*)$", re.MULTILINE)
_DIGEST = re.compile(r"(?:sha(?:256|384|512):)?[0-9a-fA-F]{64,128}")
_BRACED = re.compile(r"\$\{(\w+)\}")


def summed(command: Command) -> Flow:
    """``sha256sum``: prints digests, or checks files against those of a list."""
    options = command.options()
    if not options.has("-c", "--check"):
        return reader(command)
    lists = [command.read(word) for word in command.within(options.operands, MAX_FILES, "files")] or [command.stdin]
    for each in lists:
        if each.text and "://" not in each.origin:
            for line in _LISTED.finditer(each.text):
                _pin(command.store, line[2].strip())
    return NOTHING


def compare(store: Store, words: Iterable[Word]) -> None:
    """Note the files of which a test compares the digest with one that the script knows."""
    words = list(words)
    if any(_DIGEST.fullmatch(word.text) for word in words):
        for word in words:
            if not _PROGRAMS.isdisjoint(word.flow.programs):
                for source in word.flow.sources:
                    _pin(store, source)


def _compared(command: Command) -> Flow:
    """``[ "$(sha256sum FILE | …)" = DIGEST ]``."""
    compare(command.store, command.args)
    return NOTHING


def _pin(store: Store, name: str) -> None:
    """Take a file for known content."""
    key = store.resolve(home(_BRACED.sub(r"$\1", name)))
    held = store.files.get(key)
    if held is not None:
        sources = tuple(source for source in held.sources if "://" not in source)
        store.files[key] = Flow(sources, held.programs, "", held.text)


JUDGES: dict[str, Callable[[Command], Flow]] = {
    **dict.fromkeys(_PROGRAMS, summed),
    **dict.fromkeys(("[", "test"), _compared),
}
