"""Encrypted archives whose password stands in the text of the skill that ships them.

The traditional cipher of ZIP is undone, and AES as WinZip and 7-Zip use it. Only words that the prose itself
offers as a password are tried, so nothing is guessed. What opens is read like any other member of an archive.
"""

from __future__ import annotations

import io
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pinfold.language.document import Document
from pinfold.language.layers.layer import Layer
from pinfold.rulebook.check import LOCKED, Subject
from pinfold.skills import zip_cipher

MAX_WORDS = 40
"""Words that are tried on one archive."""

MAX_BYTES = 2_000_000
"""Bytes of encrypted members that are opened; the cipher of old archives is slow."""

MAX_MEMBERS = 200
"""Encrypted members of one archive that are opened."""

_OFFERED = re.compile(
    r"(?i)(?:pass(?:word|phrase|code)?|pwd|\bpw|key|密码|密碼|口令|解压码|解壓碼|提取码|提取碼)(?: is| are| 是|是|为"
    r"|為)?[\s:=：`\"'“”‘’「」*(（]{0,6}([!-~]{1,64})"
)
_OPTION = re.compile(r"(?:unzip|7z\w?|zip|bsdtar)\b[^\n]{0,80}?\s-(?:P\s?|p)([!-~]{1,64})")
_SPEAKS = re.compile(
    r"(?i)pass|phrase|unlock|\bopens?\b|\bpw\b|\bpin\b|\bcode\b|\bkey\b"
    r"|密|口令|暗号|暗號|解[压壓开開]"
)
_QUOTED = re.compile(r"`([^`\n]{1,64})`|\"([^\"\n]{1,64})\"|'([^'\n]{1,64})'|“([^”\n]{1,64})”|「([^」\n]{1,64})」")
_TRIM = "`\"'.,;:)(]}[{*“”‘’」「。，；）（"


class Opened(NamedTuple):
    """A member of an archive: its name, its content."""

    name: str
    data: bytes


class Key(NamedTuple):
    """A password that opened an archive: who offers it, and what it opened."""

    archive: str
    offer: Offer
    members: list[Opened]


class Offer(NamedTuple):
    """A word that a text offers as a password, and where it stands in characters."""

    word: str
    document: Document
    start: int
    end: int


def offers(document: Document) -> Iterator[Offer]:
    """Yield the words that a text offers as passwords."""
    for pattern in (_OFFERED, _OPTION):
        for match in pattern.finditer(document.text[:1_000_000]):
            word = match[1].strip(_TRIM)
            if word:
                yield Offer(word, document, *match.span(1))
    yield from _quoted(document)


def _quoted(document: Document) -> Iterator[Offer]:
    """Yield what stands in quotation marks on lines that speak of opening something."""
    at = 0
    for line in document.text[:1_000_000].split("\n"):
        if _SPEAKS.search(line[:2_000]):
            for match in _QUOTED.finditer(line[:2_000]):
                start, end = match.span(match.lastindex or 0)
                yield Offer(line[start:end], document, at + start, at + end)
        at += len(line) + 1


def opened(data: bytes, word: str) -> list[Opened]:
    """Return the encrypted members of a ZIP archive that a password opens. Never raises for what it reads."""
    found: list[Opened] = []
    left = MAX_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in [info for info in archive.infolist() if info.flag_bits & 1][:MAX_MEMBERS]:
                left -= max(info.file_size, info.compress_size)
                if left < 0:
                    break
                content = _read(archive, data, info, word)
                if content is None:
                    break
                found.append(Opened(info.filename, content))
    except _DAMAGE:
        return found
    return found


_DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, RuntimeError, struct.error,
    IndexError, LookupError, AttributeError, TypeError,
)  # fmt: skip


def _read(archive: zipfile.ZipFile, data: bytes, info: zipfile.ZipInfo, word: str) -> bytes | None:
    try:
        if info.compress_type == zip_cipher.METHOD:
            return zip_cipher.opened(data, info, word, MAX_BYTES)
        with archive.open(info, pwd=word.encode()) as stream:
            return stream.read(MAX_BYTES)
    except _DAMAGE:
        return None


def locked_layer(key: Key) -> Subject:
    """Return what the check of ``obfuscated-code`` is told: the offered password as a layer of the text around it."""
    names = ", ".join(member.name for member in key.members[:10])
    said = f"{key.offer.word} opens {key.archive}: {names}"
    layer = Layer(said, key.offer.start, key.offer.end, LOCKED)
    return Subject(key.offer.document, [], [layer])


def open_locked(archives: Iterable[tuple[str, bytes]], texts: Iterable[Document]) -> Iterator[Key]:
    """Yield the archives, given as path and content, that a word of the texts opens."""
    words: dict[str, Offer] = {}
    for text in texts:
        for offer in offers(text):
            words.setdefault(offer.word, offer)
    for path, data in archives:
        for offer in list(words.values())[:MAX_WORDS]:
            if members := opened(data, offer.word):
                yield Key(path, offer, members)
                break
