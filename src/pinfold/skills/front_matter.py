"""The front matter of a Markdown file, read as leniently as hosts read it and without the dangers of YAML.

Only plain structure is taken from YAML: no tags, no anchors, no aliases, no numbers or dates (every scalar stays text).
What does not parse is read line by line as ``key: value``, which is how lenient hosts repair it.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

_MOST = 64 * 1024  # bytes of front matter
_MAX_EVENTS = 20_000
_MAX_DEPTH = 32

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _PlainLoader(_Base):  # type: ignore[misc]  # chosen at run time
    """A safe loader for which every scalar is text, whatever it looks like."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  # the name and type are PyYAML's


_FENCE = re.compile(r"---[ \t]*\n")
_END = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_PAIR = re.compile(r"([A-Za-z0-9_][A-Za-z0-9_.-]*)[ \t]*:(?:[ \t]+(.*)|[ \t]*)$")


def front_matter(data: bytes) -> dict[str, Any]:
    """Return the front matter of a Markdown file as text, lists and mappings; empty if there is none. Never raises."""
    text = front_matter_text(data)
    if not text.strip():
        return {}
    loaded = _load(text)
    if isinstance(loaded, dict):
        fields = {key: value for key, value in loaded.items() if isinstance(key, str)}
        if fields:
            return fields
    return _repaired(text)


def front_matter_text(data: bytes) -> str:
    """Return the text between the fences, with line feeds only, or ``""``.

    A missing second fence ends it at the first empty line, as lenient loaders have it.
    """
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = data[:_MOST].decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff \t\n")
    opening = _FENCE.match(text)
    if not opening:
        return ""
    closing = _END.search(text, opening.end())
    end = closing.start() if closing else text.find("\n\n", opening.end())
    return text[opening.end() : end if end >= 0 else len(text)]


def _load(text: str) -> Any:
    """Return the YAML in ``text``; None when it is damaged or uses what could make it grow (aliases, tags, depth)."""
    try:
        depth = 0
        for count, event in enumerate(yaml.parse(text, Loader=_PlainLoader)):
            if (
                count > _MAX_EVENTS
                or isinstance(event, yaml.AliasEvent)
                or getattr(event, "tag", None)
                or depth > _MAX_DEPTH
            ):
                return None
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        loader = _PlainLoader(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except (yaml.YAMLError, ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return None


def _repaired(text: str) -> dict[str, Any]:
    """Read ``key: value`` line by line; indented lines continue the value above or, after ``-``, add to it."""
    fields: dict[str, Any] = {}
    last = ""
    for line in text.split("\n")[:2_000]:
        pair = _PAIR.match(line)
        if pair:
            last = pair[1]
            fields[last] = (pair[2] or "").strip().strip("\"'")
        elif last and line[:1] in (" ", "\t", "-") and (rest := line.strip()):
            if rest.startswith("- "):
                held = fields[last] if isinstance(fields[last], list) else [fields[last]] if fields[last] else []
                fields[last] = [*held, rest[2:].strip()]
            elif isinstance(fields[last], str):
                fields[last] = f"{fields[last]} {rest}".lstrip(" |>").strip()
    return fields
