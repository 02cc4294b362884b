"""Acts of running what was just downloaded, as prose asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pinfold.language.prose.mentions import Mention, Sentence, is_asked
from pinfold.language.prose.reference import Draft, Memory
from pinfold.language.prose.verbs import Verb
from pinfold.language.prose.wording import beginning, entries, listed
from pinfold.model import ActKind, FieldValue

_PROGRAM = re.compile(rb"[ *_`\"']*([\w.-]{1,60}\.(?:exe|dmg|pkg|sh|bat|msi|app|ps1|py|run|bin|appimage))\b")
_GIVEN = re.compile("(?: ?(?:is|=|:|是|为)){0,3}[\\s`\"'*:=]{0,8}([!-~]{2,64})".encode())
_OPENED = re.compile(
    rb"(?:the |this )?(?:\w+ )?(?:installer|app|dmg|exe|setup|binary|executable|program)\b"
    rb"|\S+\.(?:exe|dmg|pkg|msi|app)\b"
)
"""What is started when it is "opened"; anything else is looked at."""


class _Archive(NamedTuple):
    """An archive that is opened with a given password."""

    at: int
    asked: bool
    password: str


def downloads(sentence: Sentence, memory: Memory) -> Iterator[Draft]:
    """Yield acts of running a download, in one sentence or in a few, and of opening an archive with its password."""
    fetched = _note_download(sentence, memory)
    archive = _archive(sentence)
    origin = memory.origin(sentence.index)
    if archive is not None:
        fields: dict[str, FieldValue] = {"Image": "unzip", "CommandLine": f"unzip -P {archive.password}"}
        yield Draft(ActKind.EXEC, fields | _origin(origin), archive.at, len(sentence.data), archive.asked)
    if not origin and archive is None:
        return
    for at, verb in sentence.verbs("run"):
        if at.start < fetched or (archive is not None and sentence.folded_words(at) == archive.password):
            continue
        asked = is_asked(sentence, at, verb) if _runs(sentence.data, at, verb) else None
        if asked is not None:
            program = _program(sentence.data, at, origin)
            fields = {"Image": program, "CommandLine": program}
            yield Draft(ActKind.EXEC, fields | _origin(origin or "*"), at.start, at.end, asked)
            memory.download = None
            return


def _note_download(sentence: Sentence, memory: Memory) -> int:
    """Remember what the sentence downloads; return where its verb ends, 0 when it downloads nothing."""
    fetched = sentence.asked("fetch")
    if fetched is None:
        return 0
    at, verb, _ = fetched
    urls = sentence.of("url")
    origin = sentence.words(urls[0]) if urls else ""
    things = listed("things", "download_words").search(sentence.data[at.end : at.end + 60]) is not None
    is_program = _PROGRAM.match(origin.rpartition("/")[2].encode()) is not None
    if origin and (things or is_program or verb.lemma in entries("mood", "downloading")):
        memory.download = (sentence.index, origin)
    elif things and listed("things", "link_words").search(sentence.data):
        memory.download = (sentence.index, "*")
    else:
        return 0
    return at.end


def _origin(origin: str) -> dict[str, FieldValue]:
    if not origin:
        return {}
    return {"ImageOrigin": origin} if origin == "*" else {"ImageOrigin": origin, "Url": origin}


def _archive(sentence: Sentence) -> _Archive | None:
    data = sentence.data
    opened = sentence.asked("unpack")
    match = listed("things", "archive_password").search(data)
    if match is None and opened is not None:
        match = listed("things", "password").search(data)
    given = _GIVEN.match(data, match.end()) if match is not None else None
    password = given.group(1).rstrip(b"`\"'*.,;)").decode() if given is not None else ""
    if match is None or not password or password in entries("beside", "no_password"):
        return None
    return _Archive(match.start(), True, password) if opened is None else _Archive(opened[0].start, opened[2], password)


def _runs(data: bytes, at: Mention, verb: Verb) -> bool:
    """Tell whether a verb of running has the download as its object."""
    after = data[at.end : at.end + 60].lstrip(b" *_`\"'")
    if verb.lemma in ("paste", "粘贴"):
        return listed("things", "terminal").search(data[at.end : at.end + 80]) is not None
    if verb.lemma == "open":
        return _OPENED.match(after) is not None
    if beginning("things", "runnable").search(after) or not after.strip(b" .!"):
        return True
    if verb.lemma.isascii():
        return _PROGRAM.match(after) is not None
    before = data[max(0, at.start - 12) : at.start]
    return after.startswith((b",", "。".encode())) or before.endswith(("并".encode(), "後".encode(), "后".encode()))


def _program(data: bytes, at: Mention, origin: str) -> str:
    """Return the program that runs, by its name in the text or in the URL."""
    program = _PROGRAM.match(data, at.end)
    if program is not None:
        return program.group(1).decode("utf-8", "replace")
    last = origin.partition("?")[0].rstrip("/").rpartition("/")[2]
    return last if "." in last else "*"
