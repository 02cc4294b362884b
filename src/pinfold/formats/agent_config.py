"""What an agent's configuration makes a host run by itself: hooks, servers, tasks, install steps and risky settings.

Files are known by their names; what is in them is told by its shape, because hosts copy each other's keys. Commands are
returned as text with their place in the file; what the command does is for others to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice, pairwise
from pathlib import PurePosixPath

from pinfold.formats import configured, inline_commands
from pinfold.formats.configured import ConfiguredCommand
from pinfold.formats.spans import load_toml, load_yaml, read_json, read_toml, read_yaml
from pinfold.model import LimitReachedError

__all__ = ["ConfiguredCommand", "commands", "limit_reached"]

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
        "crush.json",
        ".crush.json",
        "launch.json",
        "manifest.json",
        "marketplace.json",
    }
)
_TOML_NAMES = frozenset({"config.toml", "managed_config.toml", "requirements.toml"})
_HOST_FOLDERS = frozenset(
    {
        ".amazonq",
        ".claude",
        ".codex",
        ".continue",
        ".cursor",
        ".factory",
        ".gemini",
        ".junie",
        ".kilocode",
        ".kiro",
        ".opencode",
        ".qwen",
        ".roo",
        ".trae",
        ".windsurf",
        ".zed",
    }
)
_JSON_FOLDERS = frozenset({"hooks", "agents", "cli-agents"})
_PROMPT_FOLDERS = frozenset({"command", "commands"})
_COMMAND_LINE = re.compile(r"^[ \t]*(?:-[ \t]+)?[\"']?(?:command|notify)[\"']?[ \t]*[:=][ \t]*(.*)$", re.MULTILINE)
_ENDS = tuple(re.compile(end, re.MULTILINE) for end in (r"^---", r"^---[ \t]*\r?$", r"^\.\.\.[ \t]*\r?$"))
_EMPTY_LINE = re.compile(r"^[ \t]*\r?$", re.MULTILINE)
_TOP_KEY = re.compile(r"^[A-Za-z_\"'][^\n:]{0,100}:", re.MULTILINE)
_MAX_KEYS = 500
_ORDINARY = 20_000  # characters; front matter of this size has too few values to reach a limit without aliases


def commands(path: str, text: str) -> list[ConfiguredCommand]:
    """Return what the configuration file at ``path`` (``/``-separated, relative to the skill) makes a host run.

    Files of other kinds, and text that cannot be read as what its name says, give an empty list; so does text beyond a
    limit, which `limit_reached` tells. Nothing is raised on any text.
    """
    pure = _pure(path)
    found: Iterable[ConfiguredCommand] = ()
    if _is_json(pure, text):
        value = read_json(text)
        found = configured.of_json(pure.name, value) if value else ()
    elif _is_toml(pure) and len(text) <= MAX_TEXT:
        value = read_toml(text)
        found = configured.of_toml(value) if value else _lines(text, 0)
    elif _is_yaml(pure) and len(text) <= MAX_TEXT:
        value = read_yaml(text)
        found = configured.of_yaml(value) if value else _by_key(text, 0)
    elif pure.suffix in (".md", ".mdc"):
        found = _front_matter(text)
        if pure.name == "skill.md" or _PROMPT_FOLDERS & set(pure.parts):
            found = chain(found, inline_commands.in_markdown(text))
    elif pure.suffix == ".toml" and _PROMPT_FOLDERS & set(pure.parts):
        found = inline_commands.in_prompt(text)
    once = {(one.start, one.end, one.kind, one.command): one for one in found}
    return [once[key] for key in sorted(once)]


def limit_reached(path: str, text: str) -> str:
    """Return which limit kept `commands` from reading this file, or ``""``."""
    pure = _pure(path)
    try:
        if _is_toml(pure):
            _demand_size(text, "configuration")
            load_toml(text)
        elif _is_yaml(pure):
            _demand_size(text, "configuration")
            load_yaml(text)
        elif pure.suffix in (".md", ".mdc"):
            begin, ends = _fences(text)
            for end in ends:
                _demand_size(text[begin:end], "front matter")
                if _may_grow(text[begin:end]):
                    load_yaml(text[begin:end])
    except LimitReachedError as error:
        return str(error)
    return ""


def _demand_size(text: str, what: str) -> None:
    if len(text) > MAX_TEXT:
        raise LimitReachedError(f"{what} of more than {MAX_TEXT:,} characters")


def _may_grow(matter: str) -> bool:
    """Return whether front matter can reach a limit at all, which is told faster than it is parsed."""
    return len(matter) > _ORDINARY or ("&" in matter and "*" in matter) or matter.count("[") + matter.count("{") > 50


def _pure(path: str) -> PurePosixPath:
    return PurePosixPath(path.rpartition("!/")[2].lower())


def _is_json(path: PurePosixPath, text: str) -> bool:
    """Return whether a file is configuration in JSON: by its name, by its folder, or by what it holds.

    The manifest of a plugin may lay its hooks and servers into files of any name.
    """
    if path.name in _JSON_NAMES or path.name.endswith(".kiro.hook"):
        return True
    if path.suffix in (".json", ".jsonc") and (path.parent.name in _JSON_FOLDERS or _HOST_FOLDERS & set(path.parts)):
        return True
    if text[:64].lstrip("\ufeff \t\r\n")[:1] != "{":
        return False
    return '"mcpServers"' in text or ('"hooks"' in text and '"command"' in text)


def _is_toml(path: PurePosixPath) -> bool:
    return path.name in _TOML_NAMES


def _is_yaml(path: PurePosixPath) -> bool:
    """Return whether a file is configuration in YAML; a ``config.yaml`` in a folder of a skill's own is not."""
    if path.suffix not in (".yaml", ".yml"):
        return False
    if _HOST_FOLDERS & set(path.parts):
        return True
    return path.name == "openai.yaml" or (path.stem == "config" and len(path.parts) == 1)


def _front_matter(text: str) -> Iterator[ConfiguredCommand]:
    """Yield what the YAML before a Markdown text makes a host run.

    Hosts repair malformed YAML in ways of their own, so there each key is read by itself, and where that fails too
    every line that sets a ``command`` counts as a hook.
    """
    begin, ends = _fences(text)
    for end in ends:
        if end - begin <= MAX_TEXT:
            matter = text[begin:end]
            value = read_yaml(matter, begin)
            yield from configured.of_front_matter(value) if value is not None else _by_key(matter, begin)


def _fences(text: str) -> tuple[int, list[int]]:
    """Return where the front matter begins and where it may end; hosts differ in what they take for its end.

    Some want a line of three dashes alone, some a line that begins with them, some take three dots; where there is
    none, lenient ones stop at the first empty line.
    """
    start = len(text) - len(text.lstrip("\ufeff \t\r\n"))
    begin = text.find("\n", start) + 1
    if not begin or not text.startswith("---", start):
        return 0, []
    ends = [found.start() for pattern in _ENDS if (found := pattern.search(text, begin))]
    if not ends:
        empty = _EMPTY_LINE.search(text, begin)
        ends = [empty.start() if empty else len(text)]
    return begin, sorted(set(ends))


def _by_key(text: str, offset: int) -> Iterator[ConfiguredCommand]:
    """Yield what each key of malformed YAML says by itself."""
    starts = [0, *(match.start() for match in islice(_TOP_KEY.finditer(text), _MAX_KEYS)), len(text)]
    for start, end in pairwise(sorted(set(starts))):
        value = read_yaml(text[start:end], offset + start)
        if value is not None and value.kind == "object":
            yield from configured.of_front_matter(value)
        else:
            yield from _lines(text[start:end], offset + start)


def _lines(text: str, offset: int) -> Iterator[ConfiguredCommand]:
    for match in _COMMAND_LINE.finditer(text):
        command = match[1].strip().strip("\"'")
        if command:
            at = offset + match.start(1) + match[1].find(command)
            yield ConfiguredCommand("hook", command, at, at + len(command), "command in a malformed file")
