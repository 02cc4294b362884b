"""What a skill says it is for: its name, its description, and the permissions that its front matter or manifest claims.

None of it is believed. It is the measure for what the skill can do: what nothing here supports goes beyond it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from pinfold.model import Skill

_TOOL = re.compile(r"(\w+)(?:\((.*)\))?")
_PROGRAM = re.compile(r"[A-Za-z][\w.+-]{0,39}", re.ASCII)
_SHORTEST = 4
"""Characters that a name has at least, to be told from a chance."""

_READS = frozenset({"Read", "Glob", "Grep", "LS", "NotebookRead", "view"})
_WRITES = frozenset({"Write", "Edit", "MultiEdit", "NotebookEdit", "create", "str_replace"})
_SHELLS = frozenset({"Bash", "Shell", "PowerShell"})


class Purpose(msgspec.Struct, frozen=True, kw_only=True):
    """A skill's declared purpose.

    ``programs`` may be run, ``any_program`` says that a shell is asked for without naming one; ``denied`` are programs
    that the skill itself forbids. ``unknown`` are claims that are not understood, as written.
    """

    name: str
    text: str
    programs: frozenset[str] = frozenset()
    any_program: bool = False
    denied: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    reads: bool = False
    writes: bool = False
    unknown: tuple[str, ...] = ()

    def says(self, word: str) -> bool:
        """Return whether name or description hold ``word``, however it is joined: ``open-meteo`` as ``Open Meteo``."""
        plain = _plain(word)
        return bool(plain) and f" {plain} " in f" {self.text} "

    def names_host(self, host: str, ordinary: frozenset[str]) -> bool:
        """Return whether a host is meant: by its whole name, or by the name under which it is registered.

        A name that is one of the ``ordinary`` words, or is short, means no host.
        """
        host = host.lower()
        if host in self.hosts or any(host.endswith(f".{known}") for known in self.hosts) or self.says(host):
            return True
        own = registered(host)
        return len(own) >= _SHORTEST and own not in ordinary and self.says(own)

    def is_own(self, folder: str) -> bool:
        """Return whether a folder bears the skill's own name."""
        return len(_plain(self.name)) >= _SHORTEST and _plain(folder) == _plain(self.name)


def registered(host: str) -> str:
    """Return the part of a host's name that somebody registered: ``github`` of ``api.github.com``."""
    labels = host.lower().split(".")
    if len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3:  # co.uk, com.cn
        labels.pop()
    return labels[-2] if len(labels) > 1 else labels[0]


def purpose_of(skill: Skill) -> Purpose:
    """Return the declared purpose of a skill."""
    found: dict[str, set[str]] = {"programs": set(), "denied": set(), "hosts": set(), "variables": set()}
    flags: set[str] = set()
    unknown: list[str] = []
    for claim in skill.declared:
        key, _, said = claim.partition(": ")
        match key:
            case "allowed-tools" | "tools":
                _tool(said, found, flags, unknown)
            case "disallowed-tools":
                found["denied"].update(_programs(said))
            case "requires.bins" | "requires.anyBins":
                found["programs"].update(_PROGRAM.findall(said)[:1])
            case "requires.env" | "env":
                found["variables"].add(said)
            case "remote":
                found["hosts"].update(_hosts([said]))
            case _:
                unknown.append(claim)
    return Purpose(
        name=skill.name,
        text=_plain(f"{skill.name} {skill.description}"),
        programs=frozenset(found["programs"]),
        any_program="shell" in flags,
        denied=frozenset(found["denied"]),
        hosts=frozenset(found["hosts"]),
        variables=frozenset(found["variables"]),
        reads="reads" in flags,
        writes="writes" in flags,
        unknown=tuple(unknown),
    )


def _tool(said: str, found: dict[str, set[str]], flags: set[str], unknown: list[str]) -> None:
    """Take in one allowed tool, such as ``Read``, ``Bash(git commit:*)`` or ``WebFetch(domain:docs.example)``."""
    tool = _TOOL.fullmatch(said)
    name, inside = (tool[1], tool[2] or "") if tool else ("", "")
    if name in _READS:
        flags.add("reads")
    elif name in _WRITES:
        flags.add("writes")
    elif name in _SHELLS:
        programs = _programs(said)
        found["programs"].update(programs)
        if not programs:
            flags.add("shell")
    elif name == "WebFetch" and inside.startswith("domain:"):
        found["hosts"].update(_hosts([f"https://{inside.removeprefix('domain:')}"]))
    else:
        unknown.append(f"tool {said}")


def _programs(said: str) -> list[str]:
    """Return the program that a pattern of a shell tool begins with."""
    tool = _TOOL.fullmatch(said)
    program = _PROGRAM.match(tool[2]) if tool and tool[1] in _SHELLS and tool[2] else None
    return [program[0]] if program else []


def _hosts(urls: Iterable[str]) -> list[str]:
    found = []
    for url in urls:
        try:
            host = urlsplit(url).hostname
        except ValueError:  # an address that only looks like one
            continue
        if host and "*" not in host:
            found.append(host.lower())
    return found


def _plain(text: str) -> str:
    """Return the words of a text in small letters; what is no Latin letter or digit stands by itself."""
    kept = [character if character.isascii() else f" {character} " for character in text.lower()]
    return " ".join(re.findall(r"[a-z0-9]+|[^\x00-\x7f]", "".join(kept)))
