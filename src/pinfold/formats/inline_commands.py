"""Shell text that a host runs while it loads a prompt, before the model sees anything of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pinfold.formats.configured import ConfiguredCommand

_INLINE = re.compile(r"(?<!\S)!`([^`\n]+)`")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*!.*$", re.MULTILINE)
_BRACE = re.compile(r"!?\{|\}")


def in_markdown(text: str) -> Iterator[ConfiguredCommand]:
    """Yield the commands in a skill or command of Claude Code: inline code after ``!``, and fences marked with it."""
    for match in _INLINE.finditer(text):
        yield _command(text, *match.span(1))
    at = 0
    while fence := _FENCE.search(text, at):
        start = min(fence.end() + 1, len(text))
        closing = text.find(f"\n{fence[1]}", fence.end())
        at = len(text) if closing < 0 else closing + 1 + len(fence[1])
        yield _command(text, start, max(start, at if closing < 0 else closing))


def in_prompt(text: str) -> Iterator[ConfiguredCommand]:
    """Yield the commands in a prompt of Gemini CLI: what stands in ``!{…}``, braces balanced."""
    start = depth = 0
    for match in _BRACE.finditer(text):
        if match[0] == "}":
            depth = max(0, depth - 1)
            if start and depth == 0:
                yield _command(text, start, match.start())
                start = 0
        elif start:
            depth += 1
        elif match[0] == "!{":
            start, depth = match.end(), 1


def _command(text: str, start: int, end: int) -> ConfiguredCommand:
    return ConfiguredCommand("hook", text[start:end], start, end, "runs when the prompt is loaded")
