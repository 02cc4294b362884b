"""What a unit says of itself: name, description, version, publisher, source, and the permissions it claims.

Manifests are read as leniently as the hosts read them, because what a host accepts is what an attacker can use: a byte
order mark, CRLF, YAML that is no YAML. None of it is believed; it is shown beside what the material really does. No
input makes a function here raise.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pinfold.skills.front_matter import front_matter

MOST = 256 * 1024
"""Bytes of a manifest that are read."""

_LINE = 1_024  # characters of a name, description, … that are kept
_CLAIMS = 200  # claimed permissions that are listed
_MAX_DOTS = 200  # in one line of TOML; the parser's work and memory grow with the square of a key's parts


class Manifest(NamedTuple):
    """What a unit says of itself; what it leaves out is ``""``.

    ``declared`` is one ``key: value`` for each permission, as written.
    """

    name: str = ""
    description: str = ""
    version: str = ""
    publisher: str = ""
    source: str = ""
    declared: tuple[str, ...] = ()

    def listed(self) -> tuple[str, ...]:
        """Return the first permissions that are claimed, and how many there are besides."""
        more = len(self.declared) - _CLAIMS
        return (*self.declared[:_CLAIMS], f"and {more:,} more") if more > 0 else self.declared

    def over(self, other: Manifest) -> Manifest:
        """Return this manifest, with what it leaves out taken from ``other``; claims of both count."""
        return Manifest(
            name=self.name or other.name,
            description=self.description or other.description,
            version=self.version or other.version,
            publisher=self.publisher or other.publisher,
            source=self.source or other.source,
            declared=tuple(dict.fromkeys((*self.declared, *other.declared))),
        )


NOTHING = Manifest()


def read_bounded(path: Path) -> bytes:
    """Return the first 256 KiB of a regular file, or ``b""`` when there is none that can be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        try:
            return os.read(descriptor, MOST) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return b""


def skill_manifest(data: bytes) -> Manifest:
    """Read the front matter of a ``SKILL.md``."""
    fields = front_matter(data)
    metadata = _mapping(fields.get("metadata")) or _mapping(
        _json(str(fields.get("metadata")).encode("utf-8", "replace"))
    )
    claims = [
        f"{key}: {tool}" for key in ("allowed-tools", "disallowed-tools", "tools") for tool in _tools(fields.get(key))
    ]
    claims += [f"hooks: {event}" for event in _mapping(fields.get("hooks"))]
    claims += [
        f"{key}: {_line(fields[key])}"
        for key in ("permissions", "command-dispatch", "context", "compatibility")
        if fields.get(key)
    ]
    for host in ("openclaw", "clawdbot", "moltbot", "clawdis"):
        claims += _host_claims(_mapping(metadata.get(host) or fields.get(host)))
    return Manifest(
        name=_line(fields.get("name")),
        description=_line(fields.get("description")),
        version=_line(fields.get("version") or metadata.get("version")),
        publisher=_line(fields.get("author") or metadata.get("author")),
        source=_line(
            fields.get("repository") or fields.get("homepage") or metadata.get("repository") or metadata.get("homepage")
        ),
        declared=tuple(claims),
    )


def _host_claims(block: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the block that OpenClaw reads asks for."""
    for key, values in _mapping(block.get("requires")).items():
        yield from (f"requires.{key}: {value}" for value in _values(values))
    yield from (f"install: {_line(step)}" for step in _values(block.get("install")))
    if block.get("always"):
        yield f"always: {_line(block['always'])}"


def json_manifest(data: bytes) -> Manifest:
    """Read the JSON manifest of a plugin, an extension, an MCP server or a package."""
    fields = _mapping(_json(data))
    author = fields.get("author") or fields.get("owner") or fields.get("publisher")
    repository = fields.get("repository")
    claims = [
        f"{key}: {name}"
        for key in ("hooks", "mcpServers", "commands", "agents", "permissions", "scripts")
        for name in _names(fields.get(key))
    ]
    for package in _values(fields.get("packages"), raw=True):
        claims += [
            f"env: {_line(_mapping(variable).get('name'))}"
            for variable in _values(_mapping(package).get("environmentVariables"), raw=True)
        ]
        claims += [
            f"package: {_line(_mapping(package).get('registryType'))} {_line(_mapping(package).get('identifier'))}"
        ]
    claims += [f"remote: {_line(_mapping(remote).get('url'))}" for remote in _values(fields.get("remotes"), raw=True)]
    return Manifest(
        name=_line(fields.get("name") or fields.get("slug") or fields.get("id")),
        description=_line(fields.get("description")),
        version=_line(fields.get("version")),
        publisher=_line(_mapping(author).get("name") or author),
        source=_line(_mapping(repository).get("url") or repository or fields.get("homepage")),
        declared=tuple(claims),
    )


def sold_here(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield name and folder of the plugins that the marketplace list ``data`` offers from its own tree."""
    fields = _mapping(_json(data))
    base = _line(_mapping(fields.get("metadata")).get("pluginRoot"))
    plugins = fields.get("plugins")
    for plugin in plugins if isinstance(plugins, list) else []:
        entry = _mapping(plugin)
        source, name = entry.get("source"), _line(entry.get("name"))
        if isinstance(source, str) and "://" not in source and "\0" not in source and name:
            yield name, f"{base}/{source}" if base else source


def toml_manifest(data: bytes) -> Manifest:
    """Read a ``pyproject.toml``."""
    fields = _mapping(_toml(data).get("project"))
    authors = _values(fields.get("authors"), raw=True)
    urls = _mapping(fields.get("urls"))
    return Manifest(
        name=_line(fields.get("name")),
        description=_line(fields.get("description")),
        version=_line(fields.get("version")),
        publisher=_line(_mapping(authors[0]).get("name")) if authors else "",
        source=_line(
            next((url for key, url in urls.items() if key.lower() in ("repository", "source", "homepage")), "")
        ),
        declared=tuple(f"scripts: {name}" for name in _mapping(fields.get("scripts"))),
    )


def origin_of(folder: Path) -> Manifest:
    """Return where the unit in ``folder`` says it came from: a registry's marks, or its git repository's remote."""
    origin = _mapping(_json(read_bounded(folder / ".clawhub" / "origin.json")))
    meta = _mapping(_json(read_bounded(folder / "_meta.json")))
    source = _registry(origin, _line(origin.get("slug")), origin.get("installedVersion"))
    if not source:
        lock = _mapping(_json(read_bounded(folder.parent.parent / ".clawhub" / "lock.json")))
        entry = _mapping(_mapping(lock.get("skills")).get(folder.name))
        source = _registry({"registry": "clawhub"}, folder.name, entry.get("version")) if entry else ""
    return Manifest(
        version=_line(
            origin.get("installedVersion") or meta.get("version") or _mapping(meta.get("latest")).get("version")
        ),
        publisher=_line(meta.get("owner") or meta.get("ownerId")),
        source=source or _remote(read_bounded(folder / ".git" / "config")),
    )


def _registry(origin: Mapping[str, Any], slug: str, version: object) -> str:
    if not slug:
        return ""
    return f"{_line(origin.get('registry')) or 'clawhub'}/{slug}" + (f"@{_line(version)}" if version else "")


def _remote(data: bytes) -> str:
    """Return the address of the first remote in a git configuration; it is read as text, git is not run."""
    if not data:
        return ""
    import configparser  # noqa: PLC0415  # few skills come with a git configuration

    settings = configparser.RawConfigParser(strict=False, interpolation=None, allow_no_value=True)
    try:
        settings.read_string(re.sub(r"(?m)^[ \t]+", "", data.decode("utf-8", "replace")))
        url = next(
            (
                settings.get(section, "url")
                for section in settings.sections()
                if section.startswith("remote") and settings.has_option(section, "url")
            ),
            "",
        )
    except (configparser.Error, ValueError, AttributeError, TypeError):
        return ""
    return re.sub(r"//[^/@]*@", "//", _line(url))  # an address may carry a password


def is_mcp_server(name: str, data: bytes) -> bool:
    """Return whether the manifest ``name`` says that its folder is an MCP server.

    It does as a registry entry, as a bundle, as a package that builds on an SDK for servers, and as code that answers
    the protocol's questions.
    """
    lower = name.lower()
    if lower.endswith(CODE_SUFFIXES):
        return _SERVER_CODE.search(data) is not None
    return lower in _SERVER_SIGNS and _SERVER_SIGNS[lower](data)


CODE_SUFFIXES = (".py", ".js", ".mjs", ".cjs", ".ts", ".mts")
"""Files whose text may show that they are an MCP server."""

_SERVER_CODE = re.compile(
    rb"[\"'`]tools/list[\"'`]|\bFastMCP\(|\bmcp\.server\b|@modelcontextprotocol/sdk/server|\bnew McpServer\("
)


def _says_registry(data: bytes) -> bool:
    fields = _mapping(_json(data))
    return "modelcontextprotocol" in str(fields.get("$schema")) or (
        isinstance(fields.get("name"), str) and isinstance(fields.get("packages") or fields.get("remotes"), list)
    )


def _says_bundle(data: bytes) -> bool:
    fields = _mapping(_json(data))
    return bool(fields.get("manifest_version") or fields.get("dxt_version")) and "mcp_config" in _mapping(
        fields.get("server")
    )


def _says_node_package(data: bytes) -> bool:
    needed = _mapping(_mapping(_json(data)).get("dependencies"))
    return any(name in ("fastmcp", "mcp-framework") or name.startswith("@modelcontextprotocol/") for name in needed)


_PYTHON_SDK = re.compile(r"(?:mcp|fastmcp)(?![\w.-])", re.IGNORECASE)


def _says_python_project(data: bytes) -> bool:
    return any(_PYTHON_SDK.match(need) for need in _values(_mapping(_toml(data).get("project")).get("dependencies")))


def _says_requirements(data: bytes) -> bool:
    return any(_PYTHON_SDK.match(line) for line in data.decode("utf-8", "replace").splitlines())


_SERVER_SIGNS: dict[str, Callable[[bytes], bool]] = {
    "server.json": _says_registry,
    "manifest.json": _says_bundle,
    "package.json": _says_node_package,
    "pyproject.toml": _says_python_project,
    "requirements.txt": _says_requirements,
}


# --- values of unknown shape ---


def _json(data: bytes) -> Any:
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        return None


def _toml(data: bytes) -> Mapping[str, Any]:
    import tomllib  # noqa: PLC0415  # few manifests are TOML

    lines = data.decode("utf-8-sig", "replace").splitlines()
    if any(line.count(".") > _MAX_DOTS for line in lines):
        return {}
    try:
        return tomllib.loads("\n".join(lines))
    except (ValueError, RecursionError, TypeError, LookupError, AttributeError):
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) and all(isinstance(key, str) for key in value) else {}


def _line(value: object) -> str:
    """Return a value as one bounded line of text; nothing for what is no single value."""
    if isinstance(value, dict | list):
        value = msgspec.json.encode(value).decode() if value else ""
    text = " ".join(str(value if value is not None else "")[: 4 * _LINE].split())[:_LINE]
    return text.encode("utf-8", "replace").decode()  # half a surrogate pair cannot be written


def _values(value: object, *, raw: bool = False) -> list[Any]:
    items = value if isinstance(value, list) else [] if value in (None, "") else [value]
    return items if raw else [_line(item) for item in items]


def _names(value: object) -> list[str]:
    return [_line(key) for key in value] if isinstance(value, dict) else _values(value)


def _tools(value: object) -> list[str]:
    """Split a list of tools at commas and spaces, but not inside the parentheses of ``Bash(git commit:*)``."""
    if isinstance(value, list):
        return _values(value)
    tools, depth, word = [], 0, ""
    for character in _line(value):
        depth = max(depth + (character == "(") - (character == ")"), 0)
        if depth == 0 and character in ", ":
            tools.append(word)
            word = ""
        else:
            word += character
    return [tool for tool in (*tools, word) if tool]
