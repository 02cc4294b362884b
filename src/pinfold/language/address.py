"""Hosts, addresses and URLs as they stand in source text, where parts of them may be unknown (``*``)."""

from __future__ import annotations

import re

import msgspec

from pinfold.language.flow import Part, Word
from pinfold.language.shell.program_table import PORTS

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,30})://([^/?#\s\"'<>|\\^`]*)")
_HOST_PORT = re.compile(r"^(\[[0-9A-Fa-f:.%]+\]|[^:/?#\s]*)(?::([^:/?#\s]*))?")
_UNKNOWN = re.compile(r"\$\{[^}]*\}|\$\([^)]*\)|\$[A-Za-z_0-9@*#?!-]+|`[^`]*`|\{\{[^}]*\}\}|\{[^}]*\}|<[^>]*>|%[sd]")
_ADDRESS = re.compile(
    r"^[0-9*]{1,3}(?:\.(?:[0-9*]{1,3}|\d{1,3}-\d{1,3}"
    r"|\d{1,3}(?:,\d{1,3})+)){3}(?:/\d{1,2})?(?:-\d{1,3}(?:\.\d{1,3}){0,3})?$"
)
_SIX = re.compile(r"^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:/\d{1,3})?$")
_NUMBER = re.compile(r"^(?:0[xX][0-9A-Fa-f]{1,8}|\d{8,10})$")
_PARTS = re.compile(r"^(?:0x[0-9a-f]{1,8}|\d{1,12})(?:\.(?:0x[0-9a-f]{1,8}|\d{1,12})){1,3}$")
_ODD_PART = re.compile(r"(?:^|\.)(?:0x|0\d)|\.\d{4,}$|\.(?:2[6-9]\d|25[6-9]|[3-9]\d\d)$")
_MAPPED = re.compile(r"^(?:::|(?:0{1,4}:){5})ffff:(?:([0-9a-f]{1,4}):([0-9a-f]{1,4})|(\d{1,3}(?:\.\d{1,3}){3}))$")
_NAME = re.compile(r"^[\w*](?:[\w.*-]*[\w*])?$")


class Address(msgspec.Struct, frozen=True):
    """A far end. ``host`` is lower case, ``*`` standing for unknown parts; ``port`` is 0 when unknown.

    ``tail`` is the offset of the text behind host and port.
    """

    host: str
    port: int = 0
    scheme: str = ""
    user: str = ""
    url: str = ""
    tail: int = 0

    @property
    def numeric(self) -> bool:
        """Whether the host is an IP address, a range of them, or one with unknown digits."""
        return bool(_ADDRESS.match(self.host) or _SIX.match(self.host))


def host_of(text: str) -> str:
    """Return a host as it is compared.

    That is: in lower case, unknown parts as ``*``, without a final dot. Addresses in the other spellings that programs
    accept (one number, octal or hexadecimal parts, fewer than four parts, mapped into IPv6) become dotted ones.
    """
    host = _UNKNOWN.sub("*", text.strip("[]")).rstrip(".").lower()
    if _NUMBER.match(host):
        number = int(host, 16 if host.startswith("0x") else 10)
        if number < 1 << 32:
            return _dotted(number)
    if _PARTS.match(host) and _ODD_PART.search(host):
        return _from_parts(host.split(".")) or host
    mapped = _MAPPED.match(host)
    if mapped is not None:
        return mapped[3] or _dotted(int(mapped[1], 16) << 16 | int(mapped[2], 16))
    return host


def _dotted(number: int) -> str:
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def _from_parts(parts: list[str]) -> str:
    """Return the address that parts in decimal, octal or hexadecimal name; the last one fills what is left."""
    if any(part[:1] == "0" and part.isdigit() and set(part) - set("01234567") for part in parts):
        return ""
    numbers = [int(part, 16 if "x" in part else 8 if part[:1] == "0" else 10) for part in parts]
    *first, last = numbers
    left = 4 - len(first)
    if any(number > 255 for number in first) or last >= 1 << 8 * left:
        return ""
    return _dotted(sum(number << 24 - 8 * index for index, number in enumerate(first)) + last)


def plausible(host: str) -> bool:
    """Return whether ``host`` can be a host name or address at all."""
    return bool(_NAME.match(host) or _ADDRESS.match(host) or _SIX.match(host))


def port_of(text: str) -> int:
    """Return a port number, or 0."""
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65_536 else 0


def split(text: str) -> Address | None:
    """Return the far end that a URL names, or ``None``."""
    match = _URL.match(text)
    if match is None:
        return None
    scheme = match[1].lower()
    user, _, rest = match[2].rpartition("@")
    inner = _HOST_PORT.match(_UNKNOWN.sub("*", rest))
    host = host_of(inner[1]) if inner else ""
    port = port_of(inner[2] or "") if inner else 0
    return Address(host, port or PORTS.get(scheme, 0), scheme, user, text, match.end())


def loose(text: str, scheme: str = "http") -> Address | None:
    """Return the far end of ``host[:port][/path]``, with or without a scheme, or ``None`` when it cannot be one."""
    found = split(text)
    if found is not None:
        return found
    stop = re.search(r"[/?#]", text)
    authority = text[: stop.start()] if stop else text
    user, _, rest = _UNKNOWN.sub("*", authority).rpartition("@")
    inner = _HOST_PORT.match(rest)
    if inner is None or " " in rest.strip():
        return None
    host = host_of(inner[1])
    if not plausible(host):
        return None
    return Address(
        host, port_of(inner[2] or "") or PORTS.get(scheme, 0), scheme, user, f"{scheme}://{text}", len(authority)
    )


def first_url(text: str) -> str:
    """Return the first URL in ``text``, or ``""``."""
    match = re.search(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://[^\s\"'<>|\\^`]{1,2000}", text)
    return match[0].rstrip(".,;)") if match else ""


_QUERY_KEY = re.compile(r"([A-Za-z0-9_.-]{1,40})=$")
_LOGIN = re.compile(
    r"(?i)auth|token|key|secret|cookie|session|credential|password|passwd|signature|bearer|login|appid|api"
)


def login_like(name: str) -> bool:
    """Return whether a header or parameter of this name carries a login."""
    return bool(_LOGIN.search(name))


def as_login(sources: tuple[str, ...]) -> tuple[str, ...]:
    """Return ``sources`` marked as used for logging in (``auth:NAME``)."""
    return tuple(
        f"auth:{source.removeprefix('env:')}" if not source.startswith("auth:") else source for source in sources
    )


def sent_in_url(word: Word, address: Address) -> tuple[str, ...]:
    """Return what a URL itself gives away behind its host: parts of path and query, and logins before the host."""
    sent: list[str] = []
    for part in word.parts:
        before = word.text[: part.start]
        if part.start < address.tail:
            sent.extend(_sent_in_authority(word, part, address))
            continue
        key = _QUERY_KEY.search(before[-42:])
        if (key is not None and login_like(key[1])) or before.endswith("/bot"):
            sent.extend(as_login(part.flow.sources))
        else:
            sent.extend(part.flow.sources)
    return tuple(dict.fromkeys(sent))


def _sent_in_authority(word: Word, part: Part, address: Address) -> tuple[str, ...]:
    """Return what a part of ``user@host`` gives away: a login, or data in a label of the host's name."""
    scheme = word.text.find("://") + 3 if "://" in word.text[: address.tail] else 0
    if part.start < scheme or part.end > address.tail:
        return ()
    if "@" in word.text[part.end : address.tail]:
        return as_login(part.flow.sources)
    if word.text.startswith(".", part.end) and "." in word.text[part.end + 1 : address.tail]:
        return tuple(source for source in part.flow.sources if not source.startswith("env:"))
    return ()
