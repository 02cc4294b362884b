"""Every place at which a skill shows what it can do, and which of its files its own instructions lead to.

A scan's report names the first place of each capability. Who wants to know whether the documented job needs it must see
more: which program uses it, and whether the place is reached from the instructions at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from pinfold.language.decode import decode
from pinfold.model import FileType, Limits, Report, Skill, SkillFile, UnreadableError
from pinfold.rulebook import Judge
from pinfold.scan.capabilities import capabilities
from pinfold.scan.examine import Announce, Examiner
from pinfold.scan.source import read_source
from pinfold.scan.workers import run
from pinfold.skills.read import read

MAX_SIGHTINGS = 5_000
"""How many different sightings are told apart; what lies beyond is counted."""

MOST_BYTES = 4 << 20
"""How much text is followed from file to file; what only longer texts name counts as not led to."""

_TOKEN = re.compile(r"[\w.-]+")
_INSTRUCTIONS = ("skill.md", "readme.md")


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """One capability at one place.

    ``via`` is the program or library that shows it, ``sent`` what goes there in the words of ``SentData``. ``end_line``
    is the last line of the act.
    """

    name: str
    via: str = ""
    sent: str = ""
    path: str
    line: int = 0
    end_line: int = 0
    column: int = 0


class Sightings(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of one skill, beside the report on it.

    ``instructions`` are the files that an agent is given to read, ``reached`` these and all files that they lead to.
    """

    report: Report
    found: tuple[Sighting, ...]
    more: int
    instructions: tuple[str, ...]
    reached: tuple[str, ...]


def sightings(skill: Skill, judge: Judge, limits: Limits) -> Sightings:
    """Return what is seen of a skill, which is read in a process of its own.

    Raises `UnreadableError` where the skill has to be given up.
    """
    examiner = Examiner(judge, limits)

    def work(data: bytes, announce: Announce) -> bytes:
        given = msgspec.msgpack.decode(data, type=Skill)
        report = examiner.examine(given, announce)
        return msgspec.msgpack.encode(_look(given, report, limits, announce))

    outcomes = run(
        [msgspec.msgpack.encode(skill)],
        work,
        jobs=1,
        step_seconds=limits.file_seconds,
        task_seconds=2 * limits.skill_seconds + limits.file_seconds,
        memory=limits.worker_memory,
    )
    for outcome in outcomes:
        if outcome.result is not None:
            return msgspec.msgpack.decode(outcome.result, type=Sightings)
        detail = outcome.lost.detail if outcome.lost else "no result"
        place = outcome.lost.step if outcome.lost else ""
        raise UnreadableError(f"{skill.path}: given up at {place or 'its start'}: {detail}", hint="Scan it first.")
    raise UnreadableError(f"{skill.path}: no result")


def _look(skill: Skill, report: Report, limits: Limits, announce: Announce) -> Sightings:
    found: dict[tuple[str, str, str, int], Sighting] = {}
    texts: dict[str, str] = {}
    left = MOST_BYTES
    for item in read(skill, limits):
        if not isinstance(item, SkillFile) or item.type is not FileType.TEXT:
            continue
        announce(item.path)
        for one in _sighted(item):
            found.setdefault((one.name, one.via, one.path, one.line), one)
        left -= len(item.data)
        texts[item.path] = decode(item.data).text if left >= 0 else ""
    instructions = _instructions(list(texts))
    return Sightings(
        report=report,
        found=tuple(found.values())[:MAX_SIGHTINGS],
        more=max(len(found) - MAX_SIGHTINGS, 0),
        instructions=instructions,
        reached=_reached(instructions, texts),
    )


def _sighted(file: SkillFile) -> Iterator[Sighting]:
    for act in read_source(file).acts:
        for capability in capabilities((act,)):
            place = act.place
            yield Sighting(
                name=capability.name,
                via=str(act.fields.get("Image", "")).replace("\\", "/").rpartition("/")[2],
                sent=str(act.fields.get("SentData", "")),
                path=place.path,
                line=place.line,
                end_line=max(place.end_line, place.line),
                column=place.column,
            )


def _instructions(paths: list[str]) -> tuple[str, ...]:
    """Return the files that an agent reads first: every ``SKILL.md``, or else the README, or else the only file."""
    for name in _INSTRUCTIONS:
        if found := tuple(path for path in paths if path.rpartition("/")[2].lower() == name):
            return found
    return tuple(paths) if len(paths) == 1 else ()


def _reached(start: tuple[str, ...], texts: dict[str, str]) -> tuple[str, ...]:
    """Return the files that some reached file names, by their last name in whatever case, or as a module of Python."""
    waiting = list(start)
    names: dict[str, list[str]] = {}
    for path in texts:
        last = path.rpartition("/")[2].lower()
        names.setdefault(last, []).append(path)
        if last.endswith(".py"):
            names.setdefault(last.removesuffix(".py"), []).append(path)
    reached = dict.fromkeys(start)
    while waiting:
        path = waiting.pop()
        for token in set(_TOKEN.findall(texts.get(path, "").lower())):
            word = token.strip(".-")
            for named in (*names.get(word, ()), *(names.get(token, ()) if token != word else ())):
                is_module = named.rpartition("/")[2].lower() not in (word, token)
                if named not in reached and (not is_module or path.endswith(".py")):
                    reached[named] = None
                    waiting.append(named)
    return tuple(sorted(reached))
