"""One skill judged from end to end: read, turned into acts and passages, put to the rulebook, reported.

This is what runs in a worker. It announces each file before it is touched, so that the file which kills a worker is
known by name, and it can be told which files to leave out.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

import re2

from pinfold.formats import picture
from pinfold.language.companions import Companions
from pinfold.language.decode import decode
from pinfold.language.document import Document
from pinfold.language.layers.glance import worth_peeling
from pinfold.language.likeness.likeness import suspects
from pinfold.model import (
    Act,
    ActKind,
    Capability,
    FileType,
    Flow,
    LimitReachedError,
    Limits,
    Report,
    Role,
    Skill,
    SkillFile,
    Unread,
    verdict_of,
)
from pinfold.rulebook import Judge, Match, findings
from pinfold.scan.capabilities import capabilities, distinct_capabilities, distinct_flows, flows, named_hosts
from pinfold.scan.excerpts import with_excerpts
from pinfold.scan.fixtures import Names, in_fixtures, role_elsewhere
from pinfold.scan.modules import Modules
from pinfold.scan.open_purpose import with_declared
from pinfold.scan.risk import score
from pinfold.scan.source import PROGRAMS, companions, is_text, limit_reached, read_source
from pinfold.skills.file_type import identify
from pinfold.skills.read import read

Announce = Callable[[str], None]
"""Told the path of each file before it is judged."""

MAX_MEMBERS = 200
"""How many unread files of one reason a report lists by name; the rest are counted in one entry."""

LARGE = 256 * 1024
"""Bytes above which a file waits until the smaller ones have been judged, so that it takes no time from them."""

MAX_HELD = 64 * 1024 * 1024
"""Bytes of files that wait in memory until the whole skill is known; those beyond are judged where they stand."""

MAX_TOGETHER = 8 * 1024 * 1024
"""Bytes of small texts that are kept until all have been judged, to be looked at together."""

MAX_ARCHIVE = 8 * 1024 * 1024
"""Bytes of an archive that is kept until the texts have been searched for its password."""

MAX_REMEMBERED = 50_000
"""How many files, and things that they say, are remembered at once."""


class _Said(NamedTuple):
    """What one file says, whichever skill it is part of."""

    matches: tuple[Match, ...]
    programs: tuple[Act, ...]
    capabilities: tuple[Capability, ...]
    flows: tuple[Flow, ...]
    unread: tuple[Unread, ...]
    consulted: tuple[tuple[str, str], ...]  # programs of the skill that were followed from here, and their digests

    @property
    def size(self) -> int:
        """How much it takes to remember."""
        return 1 + sum(map(len, self))


class Examiner:
    """Judges skills with one rulebook.

    It remembers what files said, so that copies in other skills cost nothing. A copy counts as one only under the same
    path, because the path has a say in the part that a file plays.
    """

    def __init__(self, judge: Judge, limits: Limits) -> None:
        """Take the rules made ready, and the limits."""
        self._judge = judge
        self._limits = limits
        self._said: dict[tuple[str, str, Role | None], _Said] = {}
        self._remembered = 0

    def examine(
        self,
        skill: Skill,
        announce: Announce,
        lost: Collection[Unread] = (),
        began: float | None = None,
        until: Unread | None = None,
    ) -> Report:
        """Return the report on one skill.

        Files named in ``lost`` cost a worker its life before; they stay unread. At the file named in ``until`` the
        skill is given up. ``began`` is when the first try began, by the monotonic clock: all tries share the time for
        a skill.
        """
        seen = _Seen(lost)
        deadline = (time.monotonic() if began is None else began) + self._limits.skill_seconds
        reading = read(skill, self._limits, closed=seen.lost)
        try:
            self._judge_all(reading, seen, announce if until is None else _up_to(until.path, announce), deadline)
        except _GivenUpError:
            digest = ""
            if until is not None:
                seen.leave(until)
        else:
            digest = reading.digest
        for item in (*_run_as_programs(seen.acts, seen.media), *seen.modules.without_source()):
            seen.leave(item)
        return self._report(skill, digest, seen)

    def _judge_all(
        self, reading: Iterable[SkillFile | Unread], seen: _Seen, announce: Announce, deadline: float
    ) -> None:
        """Judge every file: small ones as they come, then the large ones, test data last."""
        fixtures: list[SkillFile] = []
        waiting: list[SkillFile] = []
        held = 0
        for item in reading:
            if isinstance(item, Unread):
                seen.leave(item)
                continue
            seen.take(item)
            self._judge_bytes(item, seen, announce)
            if item.type is FileType.ARCHIVE:
                announce(item.path)  # what follows is spent on opening it
            if not is_text(item):
                continue
            if in_fixtures(item.path):
                fixtures.append(item)
            elif item.path not in seen.lost:
                held += len(item.data)
                waiting.append(item)
                if held > MAX_HELD:
                    held -= len(item.data)
                    self._judge_in_time(waiting.pop(), None, seen, announce, deadline)
                seen.names.add(item)
        seen.companions = companions(waiting)
        for item in sorted(waiting, key=lambda file: len(file.data) > LARGE):
            self._judge_in_time(item, None, seen, announce, deadline)
        self._judge_fixtures(fixtures, seen, announce, deadline)
        if seen.held and time.monotonic() <= deadline:
            self._judge_together(seen)

    def _judge_together(self, seen: _Seen) -> None:
        """Judge what no file shows by itself: texts cut into several files, archives whose password a text gives."""
        numbers = Counter(_numbered(file.path) for file in seen.held.values())
        parts = [file for file in seen.held.values() if numbers[_numbered(file.path)] > 1 and _has_number(file.path)]
        if parts:
            from pinfold.scan.across import judge_across  # noqa: PLC0415  # few skills have numbered files

            seen.matches.extend(judge_across([_document(file) for file in parts], self._judge))
        self._judge_rows(seen)
        if seen.pictures or any(map(_is_data, seen.held)):
            self._judge_data(seen)
        locked = {item.path.partition("!/")[0] for item in seen.unread if item.reason == "encrypted"}
        archives = [(path, data) for path, data in seen.archives.items() if path in locked]
        if archives:
            self._judge_locked(archives, seen)

    def _judge_rows(self, seen: _Seen) -> None:
        """Judge files that a text has somebody put together."""
        pieces = {path.rpartition("/")[2]: file for path, file in seen.held.items() if path.endswith(_PIECES)}
        named = [file for file in seen.held.values() if len(pieces) > 1 and len(_named(file.data, pieces)) > 1]
        if named:
            from pinfold.scan.across import judge_rows, may_join, rows_named  # noqa: PLC0415  # few skills are cut up

            texts = [_document(file) for file in named if may_join(file.data)]
            rows = rows_named(texts, {name: _document(file) for name, file in pieces.items()}) if texts else []
            seen.matches.extend(judge_rows(rows, self._judge))

    def _judge_data(self, seen: _Seen) -> None:
        """Judge data files that others of the skill have somebody obey or decode."""
        names = {path.rpartition("/")[2] for path in (*seen.held, *seen.pictures) if _is_data(path)}
        named = [file for file in seen.held.values() if not _is_data(file.path) and _named(file.data, names)]
        if named:
            from pinfold.scan.obeyed import judge_obeyed, may_lead  # noqa: PLC0415  # few skills lead to their data

            leading = [(file.path, decode(file.data).text) for file in named if may_lead(file.data)]
            led = {path: decode(file.data).text for path, file in seen.held.items() if _is_data(path)}
            if leading:
                seen.matches.extend(judge_obeyed(leading, led | seen.pictures, self._judge))

    def _judge_locked(self, archives: list[tuple[str, bytes]], seen: _Seen) -> None:
        from pinfold.scan.locked import locked_layer, open_locked  # noqa: PLC0415  # few skills have locked archives

        texts = [_document(file) for file in seen.held.values()]
        for key in open_locked(archives, texts):
            subject = locked_layer(key)
            seen.matches.extend(self._judge.judge_checks("source", subject))
            for member in key.members:
                path = f"{key.archive}!/{member.name}"
                seen.unread = [item for item in seen.unread if (item.path, item.reason) != (path, "encrypted")]
                identity = identify(path, member.data)
                digest = hashlib.sha256(member.data).hexdigest()
                file = SkillFile(path=path, data=member.data, type=identity.type, digest=digest)
                if is_text(file):
                    self._judge_file(file, None, seen)
                elif identity.type is not FileType.MEDIA:
                    seen.leave(Unread(path, "opaque", identity.title))

    def _judge_fixtures(self, files: list[SkillFile], seen: _Seen, announce: Announce, deadline: float) -> None:
        """Judge the files in test folders: first what is named, round by round, and what remains as test data."""
        waiting = {file.path: file for file in files if file.path not in seen.lost}
        named = list(waiting)
        while named:
            texts, seen.names = seen.names, Names()
            named = []
            for path in waiting:
                announce(path)
                if time.monotonic() > deadline or texts.lead_to(path):
                    named.append(path)
            for path in named:
                file = waiting.pop(path)
                self._judge_in_time(file, role_elsewhere(file), seen, announce, deadline)
                seen.names.add(file)
        for file in waiting.values():
            self._judge_in_time(file, None, seen, announce, deadline)

    def _judge_bytes(self, file: SkillFile, seen: _Seen, announce: Announce) -> None:
        """Put a file of any type to the user's YARA rules."""
        if not self._judge.reads_bytes or file.path in seen.lost:
            return
        announce(file.path)
        try:
            # Half the time that a worker has for a file: the reason is then known, and the text is still judged.
            seconds = self._limits.file_seconds / 2
            seen.matches.extend(self._judge.judge_bytes(file.path, file.data, seconds=seconds))
        except LimitReachedError as error:
            seen.leave(Unread(file.path, "limit", str(error)))

    def _judge_in_time(
        self, file: SkillFile, role: Role | None, seen: _Seen, announce: Announce, deadline: float
    ) -> None:
        if time.monotonic() > deadline:
            seen.leave(
                Unread(file.path, "limit", f"skill_seconds = {self._limits.skill_seconds:g}: the time was used up")
            )
            return
        announce(file.path)
        self._judge_file(file, role, seen)

    def _judge_file(self, file: SkillFile, role: Role | None, seen: _Seen) -> None:
        key = (file.digest, file.path, role)
        said = self._said.get(key)
        if said is None or any(seen.digests.get(path) != digest for path, digest in said.consulted):
            said = self._read(file, role, seen)
            if self._remembered + said.size > MAX_REMEMBERED:
                self._said.clear()
                self._remembered = 0
            if said.size <= MAX_REMEMBERED:
                self._said[key] = said
                self._remembered += said.size
        seen.hear(said)

    def _read(self, file: SkillFile, role: Role | None, seen: _Seen) -> _Said:
        seen.companions.consulted.clear()
        source = read_source(file, role=role, companions=seen.companions or None)
        document, acts, _cut = source
        shared = seen.companions
        consulted = shared.paths if shared.handed else shared.consulted
        matches = list(with_excerpts(self._judge.judge("source", acts, [document]), document))
        limits = [limit_reached(source)]
        if worth_peeling(document) or suspects(document):
            from pinfold.scan.layers import judge_layers  # noqa: PLC0415  # most texts conceal nothing

            under = judge_layers(source, matches, self._judge)
            matches += under.matches
            acts += under.acts
            limits += under.cut
        if any(act.kind is ActKind.WRITE and "Content" in act.fields for act in acts):
            from pinfold.scan.written import judge_written  # noqa: PLC0415  # few texts write others

            under = judge_written(source, self._judge)
            matches += under.matches
            limits += under.cut
        return _Said(
            tuple(matches),
            tuple(act for act in acts if act.kind is ActKind.EXEC and act.role.live and not act.negated),
            tuple(capabilities(acts)),
            (*flows(acts), *named_hosts(document)),
            tuple(Unread(file.path, "limit", limit) for limit in limits if limit),
            tuple((path, seen.digests.get(path, "")) for path in sorted(consulted)),
        )

    def _report(self, skill: Skill, digest: str, seen: _Seen) -> Report:
        found = with_declared(findings(seen.matches), skill)
        value = score(found)
        can, more_capabilities = distinct_capabilities(seen.capabilities)
        goes, more_flows = distinct_flows(seen.flows)
        return Report(
            name=skill.name,
            kind=skill.kind,
            path=skill.path,
            digest=digest,
            verdict=verdict_of(value, complete=not seen.unread),
            score=value,
            complete=not seen.unread,
            unread=_listed(seen.unread),
            findings=tuple(found),
            capabilities=can,
            more_capabilities=more_capabilities,
            flows=goes,
            more_flows=more_flows,
            declared=skill.declared,
            hosts=skill.hosts,
            source=skill.source,
            files=seen.files,
            bytes=seen.bytes,
        )


class _Seen:
    """What the files of one skill have shown so far."""

    def __init__(self, lost: Collection[Unread]) -> None:
        self.lost = {item.path for item in lost}
        self.unread: list[Unread] = list(lost)
        self.matches: list[Match] = []
        self.acts: list[Act] = []
        self.capabilities: list[Capability] = []
        self.flows: list[Flow] = []
        self.media: set[str] = set()
        self.files = 0
        self.bytes = 0
        self.names = Names()
        self.companions = Companions({})
        self.digests: dict[str, str] = {}
        self.modules = Modules()
        self.held: dict[str, SkillFile] = {}
        self.archives: dict[str, bytes] = {}
        self.pictures: dict[str, str] = {}
        self._room = MAX_TOGETHER

    def take(self, file: SkillFile) -> None:
        """Count a file."""
        if file.path.endswith(PROGRAMS):
            self.digests[file.path] = file.digest
        self.files += 1
        self.bytes += len(file.data)
        if file.type is FileType.MEDIA:
            self.media.add(file.path)
            if said := picture.words(file.data).strip():
                self.pictures[file.path] = said
        elif len(file.data) <= LARGE and self._room > 0 and file.type is FileType.TEXT:
            self._room -= len(file.data)
            self.held[file.path] = file
        elif file.type is FileType.ARCHIVE and len(file.data) <= MAX_ARCHIVE and "!/" not in file.path:
            self.archives[file.path] = file.data
        self.modules.take(file)

    def hear(self, said: _Said) -> None:
        """Add what a file says."""
        self.matches.extend(said.matches)
        self.acts.extend(said.programs)
        self.capabilities.extend(said.capabilities)
        self.flows.extend(said.flows)
        for item in said.unread:
            self.leave(item)

    def leave(self, item: Unread) -> None:
        """Note what was not read, each path once."""
        if item.path not in self.lost:
            self.unread.append(item)


_NAME = re2.compile(rb"[^\s/`\"'(){}<>|,;:=]{1,120}\.[A-Za-z0-9]{1,5}\b")


def _named(data: bytes, names: Collection[str]) -> set[str]:
    """Return those of some names of files that stand in a text."""
    return {name.decode("utf-8", "replace") for name in _NAME.findall(data)} & set(names)


_PIECES = (".txt", ".dat", ".md", ".b64", ".part", ".bin", ".log")
"""How files end that may be parts of one text."""

_DATA = (
    ".png", ".jpg", ".jpeg", ".gif", ".json", ".yaml", ".yml", ".csv", ".tsv", ".xml", ".html", ".htm", ".svg", ".ini",
    ".cfg", ".conf", ".dat",
)  # fmt: skip


def _is_data(path: str) -> bool:
    """Return whether a file is data wherever nobody obeys or decodes it, by its name."""
    return path.lower().endswith(_DATA) and not in_fixtures(path)


_DIGITS = re.compile(r"\d+")


def _numbered(path: str) -> str:
    return _DIGITS.sub("#", path)


def _has_number(path: str) -> bool:
    return _DIGITS.search(path.rpartition("/")[2]) is not None


def _document(file: SkillFile) -> Document:
    return Document(file.path, decode(file.data).text)


class _GivenUpError(Exception):
    """The file is reached at which a skill is given up."""


def _up_to(path: str, announce: Announce) -> Announce:
    """Return an announcer that raises `_GivenUpError` at a path."""

    def announced(reached: str) -> None:
        if reached == path:
            raise _GivenUpError
        announce(reached)

    return announced


def _run_as_programs(acts: Iterable[Act], media: set[str]) -> Iterator[Unread]:
    """Yield media files that a command runs: what passes for a picture is then a program that nobody has read."""
    if not media:
        return
    named: dict[str, list[str]] = {}
    for path in sorted(media):
        named.setdefault(path.rpartition("/")[2], []).append(path)
    for act in acts:
        program, *words = str(act.fields.get("CommandLine", "")).split() or [""]
        run = [program]
        if program.rpartition("/")[2] in _INTERPRETERS:
            run += [word for word in words if not word.startswith("-")][:1]
        for word in run:
            for path in named.pop(word.rpartition("/")[2], ()):
                yield Unread(path, "opaque", f"looks like media, yet a command runs it ({act.place})")


_INTERPRETERS = frozenset(
    {"python", "python3", "bash", "sh", "node", "perl", "ruby", "source", ".", "php", "deno", "bun"}
)


def _listed(unread: list[Unread]) -> tuple[Unread, ...]:
    """Return what was not read, at most `MAX_MEMBERS` entries of each reason by name."""
    kept: list[Unread] = []
    counts: dict[str, int] = {}
    for item in unread:
        counts[item.reason] = counts.get(item.reason, 0) + 1
        if counts[item.reason] <= MAX_MEMBERS:
            kept.append(item)
    kept.extend(
        Unread("", reason, f"and {number - MAX_MEMBERS} more")
        for reason, number in counts.items()
        if number > MAX_MEMBERS
    )
    return tuple(kept)
