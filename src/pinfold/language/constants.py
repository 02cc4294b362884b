"""Constants that one piece of shell source sets and another one uses."""

from __future__ import annotations

import re
from collections.abc import Mapping

NO_CONSTANTS: Mapping[str, str] = {}

MAX_CONSTANTS = 200
"""How many constants of one text are remembered."""

_ASSIGNMENT = re.compile(
    r"^[ \t]*(?:export[ \t]+|declare[ \t]+|readonly[ \t]+)?([A-Za-z_]\w{0,63})="
    r"(?:\"([^\"$`\\\n]{1,500})\"|'([^'\n]{1,500})'|([^\s\"'$`;&|()\\<>]{1,500}))[ \t]*(?:#[^\n]*)?\r?$",
    re.MULTILINE,
)
_USED = re.compile(r"\$\{?([A-Za-z_]\w{0,63})")
_ADDRESS = re.compile(
    r"(?i)^(?:[a-z][a-z0-9+.-]{1,12}://\S+|(?:[a-z0-9-]{1,63}\.){1,8}[a-z][a-z0-9-]{1,62}(?::\d+)?(?:/\S*)?"
    r"|(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?:/\S*)?|\S+@\S+)$"
)


def addresses(source: str) -> dict[str, str]:
    """Return the constants that ``source`` sets to an address of a machine, by name."""
    values = ((found[1], found[2] or found[3] or found[4]) for found in _ASSIGNMENT.finditer(source))
    return {name: value for name, value in values if _ADDRESS.match(value)}


def assigned(constants: Mapping[str, str], source: str) -> str:
    """Return one line of shell source that sets those of the constants that ``source`` uses and does not set."""
    used = dict.fromkeys(name for name in _USED.findall(source) if name in constants)
    if not used:
        return ""
    own = {found[1] for found in _ASSIGNMENT.finditer(source)}
    wanted = [f"{name}='{constants[name]}'" for name in used if name not in own and "'" not in constants[name]]
    return "; ".join(wanted) + "\n" if wanted else ""
