"""A scan of many skills: work handed to isolated workers, results in order, nothing kept.

Each skill is judged in a worker process with limits of time and memory. A worker that dies, hangs or runs out of
memory costs the file that it was at: the skill is judged again without that file, which the report then names as
unread.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

import pinfold
from pinfold.model import Limits, Report, Skill, Unread, Verdict
from pinfold.rulebook import Cache, Judge
from pinfold.scan.examine import Announce, Examiner
from pinfold.scan.workers import Lost, run
from pinfold.skills.read import read

MAX_LOSSES = 5
"""How many files of one skill may cost a worker before the rest of the skill is given up."""


class _Task(msgspec.Struct, array_like=True):
    """What a worker is given; ``until`` is the file at which the skill is given up."""

    skill: Skill
    began: float  # by the monotonic clock, which all processes share
    lost: tuple[Unread, ...] = ()
    until: Unread | None = None


_TASK = msgspec.msgpack.Decoder(_Task)
_REPORT = msgspec.msgpack.Decoder(Report)


def scan(
    skills: Iterable[Skill], judge: Judge, limits: Limits, *, jobs: int, version: str, cache: Cache | None
) -> Iterator[Report]:
    """Yield a report for each skill, in their order. ``version`` names the rules, for the cache of results."""
    examiner = Examiner(judge, limits)
    results = _Results(cache, version, limits)

    def work(data: bytes, announce: Announce) -> bytes:
        task = _TASK.decode(data)
        if (known := results.get(task)) is not None:
            return known
        announce("")
        report = examiner.examine(task.skill, announce, task.lost, task.began, task.until)
        encoded = msgspec.msgpack.encode(report)
        results.put(task, report, encoded)
        return encoded

    waiting: dict[int, Skill] = {}

    def tasks() -> Iterator[bytes]:
        for index, skill in enumerate(skills):
            waiting[index] = skill
            yield msgspec.msgpack.encode(_Task(skill, time.monotonic()))

    outcomes = run(
        tasks(),
        work,
        jobs=jobs,
        step_seconds=limits.file_seconds,
        # The examiner stops by itself when the time for a skill is over, and keeps what it has found.
        task_seconds=limits.skill_seconds + limits.file_seconds,
        memory=limits.worker_memory,
        retry=_retry,
    )
    for outcome in outcomes:
        skill = waiting.pop(outcome.index)
        if outcome.result is not None:
            yield _REPORT.decode(outcome.result)
        else:
            yield _given_up(skill, outcome.lost)


def _retry(_index: int, data: bytes, lost: Lost) -> bytes | None:
    """Return the task without the file that was lost, or nothing when it cannot be told.

    When too many were lost, the last try goes as far as this file, so that what was found before it is not lost too.
    """
    task = _TASK.decode(data)
    if not lost.step or task.until is not None or any(item.path == lost.step for item in task.lost):
        return None
    if len(task.lost) >= MAX_LOSSES:
        return msgspec.msgpack.encode(_Task(task.skill, task.began, task.lost, _given_up_at(_unread(lost))))
    return msgspec.msgpack.encode(_Task(task.skill, task.began, (*task.lost, _unread(lost))))


def _unread(lost: Lost) -> Unread:
    if lost.reason == "died":
        return Unread(lost.step, "died", lost.detail)
    limit = "file_seconds" if lost.reason == "time" else "worker_memory"
    return Unread(lost.step, "limit", f"{limit}: {lost.detail}")


def _given_up_at(last: Unread) -> Unread:
    return Unread(last.path, last.reason, f"{last.detail}; the skill was given up")


def _given_up(skill: Skill, lost: Lost | None) -> Report:
    last = Unread("", "died", "the worker gave no result") if lost is None else _unread(lost)
    return Report(
        name=skill.name,
        kind=skill.kind,
        path=skill.path,
        digest="",
        verdict=Verdict.INCOMPLETE,
        score=0.0,
        complete=False,
        unread=(_given_up_at(last),),
        declared=skill.declared,
        hosts=skill.hosts,
        source=skill.source,
    )


class _Results:
    """Reports of earlier scans, by what they depend on: the skill's content, the rules, limits, and Pinfold itself."""

    def __init__(self, cache: Cache | None, version: str, limits: Limits) -> None:
        self._cache = cache
        self._limits = limits
        self._key = hashlib.sha256(msgspec.msgpack.encode((version, _state(), limits))).hexdigest()[:16]

    def get(self, task: _Task) -> bytes | None:
        """Return the report of the same content from before, under today's name and path."""
        if self._cache is None or task.lost:
            return None
        digest = read(task.skill, self._limits).hash_only()
        data = self._cache.get(self._name(task.skill, digest)) if digest else None
        if data is None:
            return None
        try:
            report = _REPORT.decode(data)
        except msgspec.MsgspecError:  # whole, but nothing that we wrote
            return None
        skill = task.skill
        return msgspec.msgpack.encode(
            msgspec.structs.replace(
                report,
                name=skill.name,
                path=skill.path,
                hosts=skill.hosts,
                source=skill.source,
                declared=skill.declared,
                cached=True,
            )
        )

    def put(self, task: _Task, report: Report, encoded: bytes) -> None:
        """Keep a report that the same content would lead to again."""
        lasting = all(item.reason in _LASTING for item in report.unread)
        if self._cache is not None and report.digest and lasting and not task.lost:
            self._cache.put(self._name(task.skill, report.digest), encoded)

    def _name(self, skill: Skill, digest: str) -> str:
        return f"report-{digest.removeprefix('sha256:')}-{skill.kind.value}-{self._key}"


def _state() -> list[tuple[str, int, int]]:
    """Return names, sizes and times of the files that Pinfold is made of; its version stands still as they change."""
    found: list[tuple[str, int, int]] = []
    folders = [Path(pinfold.__file__).parent]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    folders.append(Path(entry.path))
                elif entry.name.endswith((".py", ".toml", ".msgpack")):
                    status = entry.stat()
                    found.append((entry.path, status.st_size, status.st_mtime_ns))
    return sorted(found)


_LASTING = frozenset({"damaged", "encrypted", "opaque", "unsafe"})
"""Reasons for which a file stays unread however often it is tried."""
