"""The least that a skill needs for what it says it is for, and what it can do beyond that.

A capability is granted only if its kind of support, one of the few below, is there; the reason is told with each. What
a finding of severity medium or above rests on is never granted, nor are secrets, an agent's own configuration, what
starts by itself, and whatever is known only in part. When in doubt it is left out: a person can add a line.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

import msgspec

from pinfold.model import Access, Destination, Profile, Severity, Skill
from pinfold.sandbox.defaults import DEFAULTS
from pinfold.scan.purpose import Purpose, purpose_of
from pinfold.scan.sightings import Sighting, Sightings
from pinfold.tables import table


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``least_privilege.toml``."""

    never_execute: frozenset[str]
    environment: tuple[str, ...]
    plain_variables: frozenset[str]
    ordinary_words: frozenset[str]
    gpu_words: tuple[str, ...]


_TABLE = msgspec.convert(table(Path(__file__).parent, "least_privilege"), _Table)
_SKILL = "{skill}"
_TEMPORARY = ("/tmp/", "/var/tmp/")  # noqa: S108  # names that skills write
_NOTHING = ("/dev/null", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/dev/tty")
_SECRET_WORDS = ("key", "token", "secret", "passw", "credential", "cookie", "auth", "mnemonic", "private")
_SCRIPTS = (".py", ".sh", ".bash", ".js", ".mjs", ".cjs", ".ts", ".rb", ".pl", ".php", ".ps1", ".exe", ".bat", ".cmd")
_PYTHONS = ("python3", "python")
_MANY = 2
"""Documented commands that have to share a host before it counts as part of the main job."""


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """Why a capability is granted, or is not: its name, the reason, and the first place at which it was seen."""

    name: str
    reason: str
    path: str = ""
    line: int = 0
    column: int = 0


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A profile, the grounds of each of its lines, and what the skill can do beyond it.

    ``entries`` leads from each granted line of the profile to its ground: ``execute git``, ``host a.example:443``.
    """

    profile: Profile
    entries: dict[str, Ground]
    beyond: tuple[Ground, ...]


def draft(skill: Skill, seen: Sightings) -> Draft:
    """Return the least-privilege profile of a skill."""
    return _Drafting(skill, seen).draft()


class _Drafting:
    """The state of one derivation."""

    def __init__(self, skill: Skill, seen: Sightings) -> None:
        self._skill = skill
        self._seen = seen
        self._purpose: Purpose = purpose_of(skill)
        self._reached = set(seen.reached)
        self._granted: dict[str, Ground] = {}
        self._hosts: dict[tuple[str, int], str] = {}
        self._beyond: list[Ground] = []
        self._rested = self._resting()

    def draft(self) -> Draft:
        """Judge every capability once, best place first."""
        self._declared()
        by_name: dict[str, list[Sighting]] = {}
        for one in self._seen.found:
            by_name.setdefault(one.name, []).append(one)
        judges: dict[str, Callable[[str, list[Sighting]], str]] = {
            "exec": self._execute,
            "net": self._host,
            "read": self._read,
            "write": self._write,
            "env": self._variable,
            "gpu": self._gpu,
        }
        # Programs first: a host belongs to a program that is granted.
        for name in sorted(by_name, key=lambda name: (not name.startswith("exec:"), name)):
            places = sorted(by_name[name], key=self._remoteness)
            kind, _, detail = name.partition(":")
            refusal = "a finding rests on it" if name in self._rested else self._judged(judges, kind, detail, places)
            if refusal:
                self._beyond.append(_ground(name, refusal, places[0]))
        for claim in self._purpose.unknown:
            self._beyond.append(Ground(name=claim, reason="declared, and nothing that a profile can grant"))
        if self._purpose.any_program:
            self._beyond.append(Ground(name="exec:*", reason="declared: any command, of which none is named"))
        return Draft(profile=self._profile(), entries=self._granted, beyond=tuple(self._beyond))

    def _judged(
        self,
        judges: dict[str, Callable[[str, list[Sighting]], str]],
        kind: str,
        detail: str,
        places: list[Sighting],
    ) -> str:
        """Grant a capability, or return why not."""
        judge = judges.get(kind)
        if judge is None:
            return "a profile cannot grant it"
        # Below the working folder the name of a file may be open, since the folder is granted as a whole.
        is_below = kind in ("read", "write") and not detail.startswith(("*", "/", "~"))
        if "*" in detail.removesuffix(":*" if kind == "net" else "") and not is_below:
            return "known only in part"
        if places[0].path not in self._reached:
            return "no documented step leads to it"
        return judge(detail, places)

    def _remoteness(self, one: Sighting) -> tuple[bool, bool, str, int]:
        return one.path not in self._seen.instructions, one.path not in self._reached, one.path, one.line

    def _resting(self) -> set[str]:
        """Return the capabilities that stand on a line on which a finding rests, wherever else they stand."""
        lines: dict[str, list[tuple[int, int]]] = {}
        for finding in self._seen.report.findings:
            if finding.severity.rank >= Severity.MEDIUM.rank:
                for piece in finding.evidence:
                    place = piece.place
                    lines.setdefault(place.path, []).append((place.line, max(place.end_line, place.line)))
        return {
            one.name
            for one in self._seen.found
            for start, end in lines.get(one.path, ())
            if start == 0 or (one.line <= end and start <= one.end_line)
        }

    def _grant(self, entry: str, reason: str, place: Sighting | None = None) -> str:
        """Note a line of the profile with its ground; the first one counts."""
        name = place.name if place else entry.replace("execute ", "exec:", 1)
        self._granted.setdefault(entry, _ground(name, reason, place) if place else Ground(name=name, reason=reason))
        return ""

    def _declared(self) -> None:
        """Grant what is claimed by name, though nothing shows it."""
        purpose = self._purpose
        self._grant(f"read {_SKILL}", "the skill's own files")
        for program in sorted(purpose.programs - purpose.denied - _TABLE.never_execute):
            if f"exec:{program}" not in self._rested:
                self._grant(f"execute {program}", "declared")
        if purpose.reads:
            self._grant("read .", "declared: reads files")
        if purpose.writes:
            self._grant("write .", "declared: writes files")

    # --- one kind of capability each: grant it, or return why not ---

    def _execute(self, program: str, places: list[Sighting]) -> str:
        if program in _TABLE.never_execute:
            return "no purpose of a skill needs it; add it by hand if this one's does"
        if program in self._purpose.denied:
            return "the skill itself forbids it"
        if program.endswith(_SCRIPTS):
            own = [path for path in self._seen.reached if path.rpartition("/")[2] == program]
            if not own:
                return "no file of the skill"
            return self._grant(f"execute {_SKILL}/{own[0]}", "a script of the skill, in a documented step", places[0])
        purpose = self._purpose
        is_limited = bool(purpose.programs) and not purpose.any_program
        if is_limited and program not in purpose.programs and places[0].path in self._seen.instructions:
            return "not among the programs that its front matter declares"
        return self._grant(f"execute {program}", "in a documented step", places[0])

    def _host(self, detail: str, places: list[Sighting]) -> str:
        host, _, port = detail.rpartition(":")
        host = host.strip("[]")
        if not port.isdigit() or not 1 <= int(port) <= 65_535:
            return "the port is not known"
        if refusal := self._refused_address(host):
            return refusal
        reason = ""
        if self._purpose.names_host(host, _TABLE.ordinary_words):
            reason = "named in the skill's name, description or front matter"
        else:
            shared = [one for one in places if one.path in self._seen.instructions]
            if len({one.line for one in shared}) >= _MANY and all(_logs_in_only(one.sent) for one in places):
                reason = "shared by commands of the documented job, which send nothing but a login"
        if not reason:
            return "not named in the skill's name, description or front matter"
        entry = f"host {host}:{port}"
        self._hosts[host, int(port)] = self._program(places[0])
        return self._grant(entry, reason, places[0])

    def _refused_address(self, host: str) -> str:
        if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
            return "a service of this machine or its network"
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return "" if "." in host else "no full name of a host"
        return "a bare address" if address.is_global else "an address within the network"

    def _program(self, place: Sighting) -> str:
        """Return the granted program that opens a connection, or ``""`` where that is not known."""
        if f"execute {place.via}" in self._granted:
            return place.via
        if place.path.endswith(".py"):
            return next((program for program in _PYTHONS if f"execute {program}" in self._granted), "")
        return ""

    def _read(self, path: str, places: list[Sighting]) -> str:
        return self._file("read", path, places)

    def _write(self, path: str, places: list[Sighting]) -> str:
        return self._file("write", path, places)

    def _file(self, access: str, path: str, places: list[Sighting]) -> str:
        path = path.replace("\\", "/").removeprefix("./")
        if path in _NOTHING:
            return ""
        parts = path.split("/")
        if ".." in parts:
            return "outside the working folder"
        inside = self._in_skill(parts)
        if inside:
            return "" if access == "read" else "the skill would change itself"
        if refusal := _never(path):
            return refusal
        if not path.startswith(("/", "~")) and ":" not in parts[0]:
            return self._grant(f"{access} .", "files below the working folder, in a documented step", places[0])
        if path.startswith(_TEMPORARY) and len(path) > len("/var/tmp/"):  # noqa: S108
            return self._grant(f"{access} {path}", "a temporary file, in a documented step", places[0])
        if path.startswith("~/") and any(self._purpose.is_own(part.lstrip(".")) for part in parts[1:]):
            return self._grant(f"{access} {path}", "the skill's own folder, in a documented step", places[0])
        return "outside the working folder"

    def _in_skill(self, parts: list[str]) -> bool:
        """Return whether a path leads into the skill as it is installed: ``~/.claude/skills/NAME/…``."""
        return any(part == "skills" and self._purpose.is_own(following) for part, following in pairwise(parts))

    def _variable(self, name: str, places: list[Sighting]) -> str:
        if name in _TABLE.plain_variables:
            return self._grant(f"variable {name}", "says nothing about anybody", places[0])
        if name in self._purpose.variables:
            return self._grant(f"variable {name}", "declared", places[0])
        words = name.lower().split("_")
        supported = [word for word in words if len(word) >= 4 and self._purpose.says(word)]
        if any(secret in name.lower() for secret in _SECRET_WORDS):
            return "a secret that the front matter does not ask for"
        if supported and supported[0] not in _TABLE.ordinary_words:
            return self._grant(f"variable {name}", f"a setting of {supported[0]}, which the purpose names", places[0])
        return "not named in the purpose"

    def _gpu(self, _detail: str, places: list[Sighting]) -> str:
        if any(map(self._purpose.says, _TABLE.gpu_words)):
            return self._grant("device gpu", "the purpose names it", places[0])
        return "not named in the purpose"

    def _profile(self) -> Profile:
        listed: dict[str, list[str]] = {}
        for entry in self._granted:
            kind, _, what = entry.partition(" ")
            listed.setdefault(kind, []).append(what)
        hosts = [
            Destination(name=host, port=port, program=program) for (host, port), program in sorted(self._hosts.items())
        ]
        never = (*DEFAULTS.secrets, *DEFAULTS.obeyed)
        denied = sorted((self._purpose.denied | _TABLE.never_execute) - set(listed.get("execute", ())))
        return Profile(
            name=self._skill.name,
            digest=self._seen.report.digest,
            environment=tuple(sorted(listed.get("variable", ()))),
            devices=tuple(listed.get("device", ())),
            read=Access(allow=tuple(sorted(listed.get("read", ()))), deny=DEFAULTS.secrets),
            write=Access(allow=tuple(sorted(listed.get("write", ()))), deny=never),
            execute=Access(allow=tuple(sorted(listed.get("execute", ()))), deny=tuple(denied)),
            hosts=tuple(hosts),
        )


def _ground(name: str, reason: str, place: Sighting) -> Ground:
    return Ground(name=name, reason=reason, path=place.path, line=place.line, column=place.column)


def _logs_in_only(sent: str) -> bool:
    return all(word.startswith("auth:") for word in sent.split())


def _never(path: str) -> str:
    """Return why nothing is granted for a path, or ``""``."""
    for patterns, reason in (
        ((*DEFAULTS.secrets, *_TABLE.environment), "a place for secrets"),
        (DEFAULTS.agents, "what agents obey in later sessions"),
        ((*DEFAULTS.persistence, *DEFAULTS.repository, "/etc"), "what starts by itself"),
    ):
        if any(_matches(path, pattern) for pattern in patterns):
            return reason
    return ""


def _matches(path: str, pattern: str) -> bool:
    """Return whether a path is, or lies below, a pattern; one without a root counts in every folder."""
    wanted = pattern.lower().split("/")
    parts = path.lower().split("/")
    last = len(parts) - len(wanted) + 1
    starts = range(min(last, 1) if pattern.startswith(("~", "/")) else last)
    return any(
        all(fnmatchcase(part, want) for part, want in zip(parts[start:], wanted, strict=False)) for start in starts
    )
