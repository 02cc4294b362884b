"""Git's own bookkeeping, which is no part of a skill: it changes with every fetch and no host reads it.

A ``.git`` folder can carry code all the same, so only files that stand where git keeps them *and* begin as git writes
them are passed over. Everything else below ``.git`` is read like any other file: ``config`` and enabled hooks above
all.
"""

from __future__ import annotations

import re

_SAMPLES = (
    "applypatch-msg|commit-msg|fsmonitor-watchman|post-update|pre-applypatch|pre-commit|pre-merge-commit|pre-push|pre-rebase|pre-receive|prepare-commit-msg|push-to-checkout"
    "|sendemail-validate|update"
)

_OBJECT_NAME = rb"[0-9a-f]{40}(?:[0-9a-f]{24})?"

_OWN: tuple[tuple[re.Pattern[str], re.Pattern[bytes]], ...] = (
    (re.compile(r"objects/[0-9a-f]{2}/[0-9a-f]{38,62}"), re.compile(rb"x[\x01\x5e\x9c\xda]")),
    (
        re.compile(r"objects/pack/pack-[0-9a-f]{40,64}\.(?:pack|idx|rev|bitmap|mtimes)"),
        re.compile(rb"PACK|\xfftOc|RIDX|BITM|MTME"),
    ),
    (
        re.compile(r"objects/info/(?:commit-graph|commit-graphs/graph-[0-9a-f]+\.graph|packs)"),
        re.compile(rb"CGPH|P pack-"),
    ),
    (re.compile(r"index"), re.compile(rb"DIRC\0\0\0[\x02-\x04]")),
    (
        re.compile(r"(?:refs/.+|HEAD|ORIG_HEAD|shallow)"),
        re.compile(rb"(?:ref: refs/[^\n ]{1,200}|" + _OBJECT_NAME + rb")\n?\Z"),
    ),
    (re.compile(r"logs/.+"), re.compile(_OBJECT_NAME + rb" " + _OBJECT_NAME + rb" [^\n]+<[^\n]*> \d+ [+-]\d{4}\t")),
    (re.compile(r"FETCH_HEAD"), re.compile(_OBJECT_NAME + rb"\t|\Z")),
    (re.compile(r"packed-refs"), re.compile(rb"# pack-refs with:|" + _OBJECT_NAME + rb" refs/")),
    (re.compile(r"description"), re.compile(rb"Unnamed repository; edit this file")),
    (re.compile(r"info/exclude"), re.compile(rb"# git ls-files")),
    (re.compile(rf"hooks/(?:{_SAMPLES})\.sample"), re.compile(rb"#!/(?:bin/sh|usr/bin/perl)\n")),
)

HEAD_SIZE = 512
"""How many bytes of a file are needed to tell."""


def may_be_bookkeeping(path: str) -> bool:
    """Return whether ``path`` (relative, ``/``-separated) is where git keeps something of its own."""
    return (below := _below_git(path)) is not None and any(place.fullmatch(below) for place, _ in _OWN)


def is_bookkeeping(path: str, head: bytes) -> bool:
    """Return whether the file at ``path`` that begins with ``head`` is git's own bookkeeping."""
    below = _below_git(path)
    return below is not None and any(place.fullmatch(below) and start.match(head) for place, start in _OWN)


def _below_git(path: str) -> str | None:
    if path.startswith(".git/"):
        return path[5:]
    _, found, below = path.partition("/.git/")
    return below if found else None
