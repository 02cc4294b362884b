"""Strangers: hosts of which the text around their address says nothing.

A manual that has its reader install a program names the program, and its maker's host or repository bears that name; a
client of a service names the service. A "prerequisite" from a host that nothing else in the text explains, or a key
that goes to one, is another matter.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from pinfold.language.address import split
from pinfold.language.document import Document
from pinfold.model import Act, ActKind
from pinfold.tables import table

_MAX_TEXT = 400_000
"""Characters of a text in which names are looked for."""

_ADDRESS = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,12}://|git@)[^\s\"'`<>|)]{1,400}|(?:[a-z0-9-]{1,63}\.){2,4}[a-z]{2,8}/\S{0,200}"
)
_WORD = re.compile(r"[a-z0-9]{1,40}")
_LEAST = 3
"""Letters that a name has at least."""


class _Names(NamedTuple):
    generic: frozenset[str]
    forges: frozenset[str]
    services: frozenset[str]


@cache
def _names() -> _Names:
    known = table(Path(__file__).parent, "strangers")
    return _Names(frozenset(known["generic"]), frozenset(known["forges"]), frozenset(known["services"]))


def told(document: Document, acts: list[Act]) -> list[Act]:
    """Say of code that is fetched, and of data that is sent, whether the text names the host: field ``Stranger``."""
    said: frozenset[str] | None = None
    for act in acts:
        names = makers(_address(act))
        if not names:
            continue
        if said is None:
            said = _said(f"{document.path}\n{document.text}")
        act.fields["Stranger"] = said.isdisjoint(names)
    return acts


def _address(act: Act) -> str:
    """Return the address from which an act takes code, or to which it sends something; ``""`` for other acts."""
    fields = act.fields
    if act.kind is ActKind.EXEC:
        return str(fields.get("PipedFromUrl") or fields.get("ImageOrigin") or _in_line(act))
    if act.kind is ActKind.CONNECT and fields.get("SentData"):
        host = str(fields.get("DestinationHostname", ""))
        if host and ".".join(host.split(".")[-2:]) not in _names().services:
            return str(fields.get("Url") or f"tcp://{host}")
    return ""


def _in_line(act: Act) -> str:
    """Return the address in a line of PowerShell that fetches and executes in one."""
    image = str(act.fields.get("Image", "")).lower()
    return str(act.fields.get("Url", "")) if image.startswith(("powershell", "pwsh", "invoke-", "iex")) else ""


def makers(url: str) -> frozenset[str]:
    """Return the names that an address bears, in small letters and without what separates their parts."""
    far = split(url)
    if far is None or "://" not in url or not far.host or not any(letter.isalpha() for letter in far.host):
        return frozenset()
    known = _names()
    host = far.host.lower()
    parts = host.split(".")[:-1]
    if host in known.forges or ".".join(host.split(".")[-2:]) in known.forges:
        path = url.partition("://")[2].partition("/")[2].split("/")
        parts = [*path[:2], *(parts[:1] if host not in known.forges else [])]
    found = {"".join(_WORD.findall(part.lower())) for part in parts}
    return frozenset(name for name in found if len(name) >= _LEAST and name not in known.generic) or frozenset({host})


def _said(text: str) -> frozenset[str]:
    """Return the words of a text, and two and three words in a row as one; addresses are left out."""
    words = _WORD.findall(_ADDRESS.sub(" ", text[:_MAX_TEXT].lower()))
    pairs = {first + second for first, second in pairwise(words)}
    threes = {a + b + c for a, b, c in zip(words, words[1:], words[2:], strict=False)}
    return frozenset(words) | pairs | threes
