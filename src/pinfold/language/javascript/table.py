"""Names of JavaScript's libraries, and which source is worth reading at all."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

import msgspec
import re2

from pinfold.tables import table

WORTH = re2.compile(
    r"child_process|\bexec|\bspawn|\bfork\(|\beval\b|\bFunction\b|\.constructor\b|\bvm\b|_compile\b|runIn\w{1,20}Context"
    r"|\bfetch\b|XMLHttpRequest|https?\b|axios|\bgot\b|\bky\b|superagent|undici|needle|WebSocket|\bnet\b|\btls\b|dgram"
    r"|\bdns\b|sendBeacon|nodemailer|\bfs\b|[rR]eadFile|riteFile|ppendFile|createReadStream|process\s*\.\s*env|\benv\b"
    r"|Deno\b|Bun\b|\$`|\bzx\b|execa|ssh2|ngrok|localtunnel|[cC]lipboard|[sS]creen|apturer|document\.cookie"
    r"|localStorage|chrome\.|browser\.|keydown|keypress|keyup|[kK]eyboard|iohook|Image\(|\.src\b|import\s*\(|require\s*\("
    r"|fromCharCode|atob|Buffer|\\x[0-9a-f]{2}|\\u00[2-7]|_0x[0-9a-f]|globalThis|\bwindow\[|\bReflect\b|Worker|Miner\b"
    r"|(?i:coin-?hive|coinimp|crypto-?loot|cryptonight|randomx)|\bftp\b|\bpipe\b|sh\.exec|\bpty\b|os\.homedir|setTimeout"
)
"""A source without any of these yields no act."""

TELLING = re2.compile(
    r"child_process|\bexec|\bspawn|\bfork\(|\beval\b|\bFunction\b|constructor\b|\bvm\b|_compile\b|runIn\w{1,20}Context"
    r"|\bfetch\b|XMLHttpRequest|https?:|\bhttps?\.|axios|\bgot\b|\bky\b|superagent|undici|needle|WebSocket|\bnet\.|\btls\."
    r"|dgram|\bdns\b|sendBeacon|ailer|\bfs\w{0,8}\.|[rR]eadFile|riteFile|ppendFile|Stream\(|process\s*\.\s*env|\benv\b|Deno\b"
    r"|Bun\b|\$`|execa|ssh2|forwardIn|ngrok|tunnel|[cC]lipboard|[sS]creen|apturer|\.cookie|localStorage|chrome\.|browser\."
    r"|keydown|keypress|keyup|[kK]eyboard|iohook|Image\(|\.src\b|import\s*\(|require\s*\(|_0x[0-9a-f]|globalThis|Reflect"
    r"|Worker|Miner\b|(?i:coin-?hive|coinimp|crypto-?loot)|\.pipe\(|\.send\(|\.write\(|\.post\(|\.get\(|\.request\("
    r"|homedir|__dirname|import\.meta|fromCharCode|atob|Buffer|decode|charCodeAt|\\x[0-9a-f]{2}"
    r"|\.connect\(|\.put\(|\.upload|\.end\(|\.open\(|\[[\"'`\w]{1,40}\]\(|\.on\w{0,20}\s*=|\.on\("
)
"""A function that nobody calls is read only if one of these stands in it."""


class _Names(msgspec.Struct, frozen=True):
    """The table of libraries."""

    modules: dict[str, str]
    undeclared: dict[str, str]
    kinds: dict[str, list[str]]
    miners: dict[str, str]


@cache
def _names() -> _Names:
    return msgspec.convert(table(Path(__file__).parent, "libraries"), _Names)


@cache
def kind(name: str) -> frozenset[str]:
    """Return the names of one kind of the table."""
    return frozenset(_names().kinds[name])


def miner(name: str) -> str:
    """Return the program's name of an object that mines coins, or ``""``."""
    return _names().miners.get(name, "")


def undeclared(name: str) -> str:
    """Return what a name stands for that the source does not declare."""
    return canonical(_names().undeclared.get(name, name))


def module(name: str) -> str:
    """Return the usual name of a module as it is imported."""
    return canonical(name.removeprefix("node:").removeprefix("npm:").strip())


@lru_cache(maxsize=8_192)
def canonical(name: str) -> str:
    """Return the usual name of a library's function or object."""
    modules, around = _names().modules, kind("surroundings")
    for _ in range(4):
        head, dot, rest = name.partition(".")
        if dot and head in around:
            name = rest
            continue
        if name.endswith(".default"):
            name = name.removesuffix(".default")
            continue
        found = _longest(name, modules)
        if not found:
            break
        name = f"{modules[found]}{name[len(found) :]}"
    return name[:200]


def _longest(name: str, modules: dict[str, str]) -> str:
    """Return the longest beginning of a dotted name that goes by another one, or ``""``."""
    head = name
    while head:
        if head in modules and modules[head] != head:
            return head
        head = head.rpartition(".")[0]
    return ""
