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
_LOGIN = re.compile(r"(?i)key|token|secret|passw|credential|auth|login|client_id|app_?id|account")
_NEVER_SENT = re.compile(r"(?i)private_?key|mnemonic|seed|wallet|ssh")
_LEAST = 3
"""Letters that a name has at least."""


class _Names(NamedTuple):
    generic: frozenset[str]
    forges: frozenset[str]
    services: frozenset[str]
    affixes: tuple[str, ...]
    second_level: frozenset[str]


@cache
def _names() -> _Names:
    known = table(Path(__file__).parent, "strangers")
    return _Names(
        frozenset(known["generic"]),
        frozenset(known["forges"]),
        frozenset(known["services"]),
        tuple(known["affixes"]),
        frozenset(known["second_level"]),
    )


def told(document: Document, acts: list[Act]) -> list[Act]:
    """Say of code that is fetched, and of data that is sent, whether the text names the host: field ``Stranger``.

    A key that bears the name of the host it goes to is a login there, and is told as one.
    """
    said: frozenset[str] | None = None
    for act in acts:
        if "env:" in (sent := str(act.fields.get("SentData", ""))):
            act.fields["SentData"] = _with_logins(sent, str(act.fields.get("DestinationHostname", "")))
        names = makers(_address(act))
        if not names:
            continue
        if said is None:
            said = _said(f"{document.path}\n{document.text}")
        act.fields["Stranger"] = said.isdisjoint(names)
    return acts


def _with_logins(sent: str, host: str) -> str:
    """Return what is sent to a host, with the variables that hold its own keys as logins."""
    return " ".join(
        f"auth:{word[4:]}" if word.startswith("env:") and is_own_key(word[4:], host) else word for word in sent.split()
    )


def is_own_key(variable: str, host: str) -> bool:
    """Return whether a variable such as ``ACME_API_KEY`` bears the name of the host that its value goes to.

    Only the name counts under which a domain is registered; what stands before it anybody may choose. The keys of
    wallets are nobody's login.
    """
    owner = _registered(host)
    if not owner or not _LOGIN.search(variable) or _NEVER_SENT.search(variable):
        return False
    parts = variable.lower().split("_")
    prefixes = {"".join(parts[:count]) for count in range(1, len(parts))}
    return any(name in prefixes for name in _spellings(owner))


def _registered(host: str) -> str:
    """Return the name under which a host's domain is registered, or ``""`` where many makers share it."""
    known = _names()
    labels = host.lower().rstrip(".").split(".")
    if len(labels) < 2 or any(".".join(labels[-count:]) in known.forges for count in (2, 3)):
        return ""
    at = -3 if labels[-2] in known.second_level and len(labels) > 2 else -2
    name = "".join(_WORD.findall(labels[at]))
    return name if len(name) >= _LEAST else ""


def _spellings(owner: str) -> set[str]:
    """Return the name of a domain with and without what makers hang on it."""
    found = {owner}
    for affix in _names().affixes:
        found |= {owner.removesuffix(affix), owner.removeprefix(affix)}
    return {name for name in found if len(name) >= _LEAST and name not in _names().generic}


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
