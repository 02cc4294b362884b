"""What the words of a sentence refer to: the files of named secrets, the addresses of named places, what "it" means."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from pinfold.language.fold import Folded
from pinfold.language.prose.mentions import Mention, Sentence, Topic, doing, read_sentence, topics
from pinfold.language.prose.wording import wording
from pinfold.model import ActKind, FieldValue

REMEMBERED = 3
"""For so many sentences a pronoun can still mean what an earlier one named."""

ITEM = re.compile(r"[-*+•|>]\s|\d{1,3}[.)、]")
"""How a list item, a table row or a quotation begins: what stands under the sentence before it."""

_PLACES = frozenset(("url", "host", "address", "email"))
_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443, "ftp": 21, "ftps": 990, "sftp": 22}
_LATER = re.compile(r"\bhttps?://[^\s<>\"'`|)\],。、】」》]{1,500}")
_HOME = re.compile(r"^(?:\$HOME|\$\{HOME\}|%USERPROFILE%)(?=[/\\]|$)", re.IGNORECASE)
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


class Draft(msgspec.Struct):
    """An act in the making.

    ``start`` and ``end`` are folded bytes of its sentence; ``asked`` is false for what is only reported of somebody.
    """

    kind: ActKind
    fields: dict[str, FieldValue]
    start: int
    end: int
    asked: bool


class Secret(NamedTuple):
    """One row of the table of secrets in ``wording.toml``."""

    name: str
    kind: str
    target: str


class Named(NamedTuple):
    """Something that can be sent: what ``SentData`` calls it, and the file that holds it or ``""``."""

    words: str
    target: str


@cache
def _secrets() -> Sequence[Secret]:
    return [Secret(row["name"], row["kind"], row.get("target", "")) for row in wording()["secret"]]


def secret(mention: Mention) -> Secret | None:
    """Return the row of a secret that is named in words, ``None`` for a path."""
    _, _, row = mention.kind.partition("secret:")
    return _secrets()[int(row)] if row else None


def named(sentence: Sentence, mention: Mention) -> Named:
    """Return what a mentioned secret or file is called and where it lies."""
    row = secret(mention)
    if row is None:
        path = normal_path(sentence.words(mention))
        return Named(path, path if mention.kind == "secret_path" else "")
    words = sentence.folded_words(mention)
    return Named(row.name if row.name.casefold() == words else f"{row.name} {words}", row.target)


def normal_path(path: str) -> str:
    """Return a path with ``~`` for the home folder."""
    return _HOME.sub("~", path)


class Memory(msgspec.Struct):
    """What earlier sentences named.

    ``past`` holds sentences that may name a secret or a place, ``download`` the sentence and the URL of the last
    download, ``*`` for an unknown one.
    """

    past: deque[tuple[int, str, Folded]] = msgspec.field(default_factory=lambda: deque(maxlen=REMEMBERED))
    download: tuple[int, str] | None = None

    def note(self, index: int, words: str, folded: Folded, about: Sequence[Topic]) -> None:
        """Keep a sentence that may name a secret or a place; it is read when a later one asks for it."""
        if any(kind.startswith("secret") or kind in _PLACES for topic in about for kind in topic.kinds):
            self.past.append((index, words, folded))

    def reaches(self, index: int) -> bool:
        """Tell whether anything was named so near before a sentence that it may go on with it."""
        return bool(self.origin(index)) or self._is_near(index)

    def expects(self, index: int, data: bytes) -> bool:
        """Tell whether a sentence may go on with what one before it named."""
        if self.origin(index):
            return True
        return self._is_near(index) and doing("send", "embed").search(data) is not None

    def _is_near(self, index: int) -> bool:
        return bool(self.past) and index - self.past[-1][0] <= REMEMBERED

    def origin(self, index: int) -> str:
        """Return the URL of a download within reach, ``*`` for an unknown one, ``""`` for none."""
        return self.download[1] if self.download and index - self.download[0] <= REMEMBERED else ""

    def secrets(self, index: int) -> list[Named]:
        """Return the secrets within reach of a pronoun: those of the latest sentence that named any, or of its list."""
        kinds = frozenset(kind for topic in topics() for kind in topic.kinds if kind.startswith("secret"))
        found: list[Named] = []
        for sentence in self._before(index, kinds):
            found += (named(sentence, mention) for mention in sentence.secrets())
            if found and ITEM.match(sentence.text) is None:
                break
        return found

    def place(self, index: int) -> dict[str, FieldValue] | None:
        """Return the fields of the last place that a sentence within reach named."""
        for sentence in self._before(index, _PLACES):
            places = sentence.of(*_PLACES)
            if places:
                return destination(sentence, places[-1], self)
        return None

    def _before(self, index: int, kinds: frozenset[str]) -> Iterator[Sentence]:
        """Yield the sentences kept before one, the latest first."""
        for where, words, folded in reversed(self.past):
            if index - REMEMBERED <= where < index:
                yield read_sentence(words, where, folded, kinds)


def destination(sentence: Sentence, place: Mention, memory: Memory, following: str = "") -> dict[str, FieldValue]:
    """Return the fields that say where a place is.

    For "our server" that is what stands beside it, in a sentence before, or in the text ``following``; else the host
    is ``*``.
    """
    written = sentence.words(place)
    if place.kind == "email":
        host = written.rpartition("@")[2]
        return {"DestinationHostname": host, "DestinationPort": 25, "Url": f"mailto:{written}"}
    if place.kind == "url":
        return url_fields(written)
    if place.kind in _PLACES:
        return url_fields(f"//{written}", keep=False)
    beside = next((each for each in sentence.of(*_PLACES) if 0 <= each.start - place.end <= 40), None)
    if beside is not None:
        return destination(sentence, beside, memory)
    earlier = memory.place(sentence.index)
    later = _LATER.search(following) if place.kind == "place" else None
    if earlier is None and later is not None:
        return url_fields(later.group().rstrip(".,;:!?*_"))
    return earlier or {"DestinationHostname": "*"}


def url_fields(url: str, *, keep: bool = True) -> dict[str, FieldValue]:
    """Return host, port and, unless ``keep`` is false, the URL itself as fields of a connection."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "*", parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return {"DestinationHostname": "*", "Url": url}
    fields: dict[str, FieldValue] = {"DestinationIp" if _ADDRESS.fullmatch(host) else "DestinationHostname": host}
    if port:
        fields["DestinationPort"] = port
    if keep:
        fields["Url"] = url
    return fields
