"""What an agent's configuration makes a host run by itself: hooks, servers, tasks, install steps and risky settings.

Files are known by their names; what is in them is told by its shape, because hosts copy each other's keys. Commands are
returned as text with their place in the file; what the command does is for others to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from pinfold.formats import configured
from pinfold.formats.configured import ConfiguredCommand
from pinfold.formats.spans import read_json, read_toml, read_yaml

__all__ = ["ConfiguredCommand", "commands"]

MAX_TEXT = 1_000_000
"""Characters of YAML or TOML that are read; their parsers are slow, and no real configuration comes near."""

_JSON_NAMES = frozenset(
    {
        "settings.json",
        "settings.local.json",
        "managed-settings.json",
        ".claude.json",
        "hooks.json",
        "plugin.json",
        "mcp.json",
        ".mcp.json",
        "mcp_config.json",
        "mcp-config.json",
        "mcp_settings.json",
        "cline_mcp_settings.json",
        "claude_desktop_config.json",
        "server.json",
        "tasks.json",
        "devcontainer.json",
        ".devcontainer.json",
        "package.json",
        "gemini-extension.json",
        "openclaw.json",
        "openclaw.plugin.json",
        "opencode.json",
        "opencode.jsonc",
        "manifest.json",
    }
)
_COMMAND_LINE = re.compile(r"^[ \t]*(?:-[ \t]+)?[\"']?(?:command|notify)[\"']?[ \t]*[:=][ \t]*(.*)$", re.MULTILINE)


def commands(path: str, text: str) -> list[ConfiguredCommand]:
    """Return what the configuration file at ``path`` (``/``-separated, relative to the skill) makes a host run.

    Files of other kinds, and text that cannot be read as what its name says, give an empty list. Nothing is raised on
    any text.
    """
    pure = PurePosixPath(path.rpartition("!/")[2].lower())
    if pure.name in _JSON_NAMES or (pure.suffix == ".json" and pure.parent.name == "hooks"):
        value = read_json(text)
        return _sorted(configured.of_json(pure.name, value)) if value else []
    if pure.name in ("config.toml", "managed_config.toml", "requirements.toml") and len(text) <= MAX_TEXT:
        value = read_toml(text)
        return _sorted(configured.of_toml(value) if value else _lines(text, 0))
    if pure.suffix in (".md", ".mdc"):
        return _sorted(_front_matter(text))
    return []


def _sorted(found: Iterator[ConfiguredCommand]) -> list[ConfiguredCommand]:
    return sorted(found, key=lambda one: (one.start, one.end))


def _front_matter(text: str) -> Iterator[ConfiguredCommand]:
    """Yield what the YAML before a Markdown text makes a host run.

    Hosts repair malformed YAML in ways of their own, so there every line that sets a ``command`` counts as a hook.
    """
    start = len(text) - len(text.lstrip("\ufeff \t\r\n"))
    if not text.startswith("---", start):
        return
    begin = text.find("\n", start) + 1
    end = text.find("\n---", begin - 1) if begin else -1
    if end < 0 or end - begin > MAX_TEXT:
        return
    matter = text[begin : end + 1]
    value = read_yaml(matter, begin)
    if value is not None:
        yield from configured.of_front_matter(value)
        return
    yield from _lines(matter, begin)


def _lines(text: str, offset: int) -> Iterator[ConfiguredCommand]:
    for match in _COMMAND_LINE.finditer(text):
        command = match[1].strip().strip("\"'")
        if command:
            at = offset + match.start(1) + match[1].find(command)
            yield ConfiguredCommand("hook", command, at, at + len(command), "command in a malformed file")
