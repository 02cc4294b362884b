"""Schedules of ``cron``: which part of a line is the command, and what the lines above it set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from pinfold.language.constants import NO_CONSTANTS, assigned

_DAY = r"(?i:sun|mon|tue|wed|thu|fri|sat|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_FIELD = rf"(?:\*|[0-9]{{1,2}}|{_DAY}|[LW?])[0-9A-Za-z*/,#?-]{{0,80}}"
_LINE = re.compile(
    r"^[ \t]*(?:@(?:reboot|yearly|annually|monthly|weekly|daily|midnight|hourly|every_\w{1,20})"
    rf"|{_FIELD}(?:[ \t]+{_FIELD}){{4}})[ \t]+(?=\S)",
    re.MULTILINE,
)
_USER = re.compile(r"(?:root|nobody|daemon|www-data|ubuntu|debian|ec2-user|admin|\$\{?USER\}?)[ \t]+(?=\S)")
_ANY_USER = re.compile(r"[a-z_$][\w${}-]{0,31}[ \t]+(?=\S)")
_END = re.compile(r"[^\n]*")
_SET = re.compile(r"^[ \t]*([A-Za-z_]\w{0,63})[ \t]*=[ \t]*([^\n]{0,2000})$", re.MULTILINE)


class Entry(NamedTuple):
    """One command of a schedule, from ``start`` to ``end`` of its text; ``settings`` is shell source for before it."""

    start: int
    end: int
    settings: str


def entries(text: str, *, users: bool = False, constants: Mapping[str, str] = NO_CONSTANTS) -> Iterator[Entry]:
    """Yield the commands of a schedule.

    With ``users``, each line names the user before the command. ``constants`` are set before the first line.
    """
    settings = dict(constants)
    done = 0
    for found in _LINE.finditer(text):
        for setting in _SET.finditer(text, done, found.start()):
            settings[setting[1]] = setting[2].strip().strip("\"'")
        done = found.end()
        user = (_ANY_USER if users else _USER).match(text, found.end())
        start = user.end() if user else found.end()
        end = _END.match(text, start)
        if end:
            yield Entry(start, end.end(), assigned(settings, text[start : end.end()]))
