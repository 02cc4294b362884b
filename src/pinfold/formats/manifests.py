"""Kubernetes manifests: what their containers start, from the images' own programs to hooks of their life."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from pinfold.formats.configured import ConfiguredCommand
from pinfold.formats.spans import Value, read_yaml

MAX_DOCUMENTS = 100
"""How many documents of one file are read."""

MAX_TEXT = 500_000
"""Characters of a file that are read; the parser is slow."""

_KIND = re.compile(r"(?m)^kind:[ \t]*[\"']?(?:Pod|DaemonSet|Deployment|StatefulSet|ReplicaSet|Job|CronJob)\b")
_BREAK = re.compile(r"(?m)^---[^\n]*\n")


def is_manifest(name: str, text: str) -> bool:
    """Say whether a file of this name in small letters describes containers to a cluster."""
    return name.endswith((".yml", ".yaml")) and "containers:" in text and _KIND.search(text) is not None


def commands(text: str) -> Iterator[ConfiguredCommand]:
    """Yield what the containers of a manifest start; nothing of documents that are no YAML. Never raises."""
    start = 0
    for number, stop in enumerate([*(found.start() for found in _BREAK.finditer(text)), len(text)]):
        if number >= MAX_DOCUMENTS or stop > MAX_TEXT:
            return
        root = read_yaml(text[start:stop], start)
        for _key, value in root.walk() if root is not None else ():
            if value.kind == "object":
                yield from _started(value)
        start = stop


def limit_reached(text: str) -> str:
    """Return which limit kept `commands` from reading all of a manifest, or ``""``."""
    if len(text) > MAX_TEXT:
        return f"a manifest of more than {MAX_TEXT:,} characters"
    breaks = sum(1 for _ in _BREAK.finditer(text))
    return f"a manifest of more than {MAX_DOCUMENTS:,} documents" if breaks >= MAX_DOCUMENTS else ""


def _started(value: Value) -> Iterator[ConfiguredCommand]:
    """Yield the command of a container, or of a hook or probe within it, with its arguments."""
    lists = [held for held in (*value.each("command"), *value.each("args")) if held.kind == "array"]
    words = [word for held in lists for word in held.strings()]
    if words:
        start, end = min(held.start for held in lists), max(held.end for held in lists)
        yield ConfiguredCommand("task", shlex.join(words), start, end, "command of a container")
