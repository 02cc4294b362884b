"""The check of ``obfuscated-code``: is what was decoded a program, and does something execute it?"""

from __future__ import annotations

from collections.abc import Iterator

import re2

from pinfold.language.layers.layer import Layer
from pinfold.language.layers.legible import is_program
from pinfold.model import Role
from pinfold.rulebook.check import LOCKED, Ground, Subject

_IN_THE_OPEN = ("a comment", "the titles", "link definitions", "the text of pictures", "far ")

_AROUND = 1_500
"""Characters before and behind a blob within which something executes it."""

_EXECUTES = re2.compile(
    r"(?i)\b(?:exec|eval|compile|function|execsync|spawn\w*|popen|check_output|check_call|system"
    r"|shell_exec|passthru|vm\.runin\w+|iex|invoke-expression|runpy|exec_module|importlib)\b ?[({\"'`$]"
    r"|\bsubprocess\.\w+|\bos\.(?:system|popen|exec\w+)|\|\s*(?:sudo\s+)?(?:ba|z|da|k)?sh\b|\|\s*(?:python3?|node|perl|ruby|php|iex)\b"
    r"|\b(?:ba|z|da)?sh\s+(?:-c\s|<\(|<<<|\S+\.(?:sh|tmp|bin)\b|[\"']?\$\w|/tmp/|\./)|\bchmod\s+\+?[0-7a-z]*x|-enc\w*\s|\bsource\s+<\(|\beval\s"
)
_RUNS = frozenset({Role.CODE, Role.COMMAND, Role.CONFIGURATION})


def check(subject: Subject) -> Iterator[Ground]:
    """Yield concealed programs beside which something executes what is decoded, and archives that were locked."""
    document = subject.document
    for layer in subject.layers:
        if layer.how.startswith(LOCKED):
            yield Ground("locked-archive", layer.start, layer.end, layer.how, layer.text, Role.INSTRUCTION)
            continue
        if (
            layer.plain
            or layer.how.startswith(_IN_THE_OPEN)
            or layer.respelt
            or not layer.hidden
            or not is_program(layer.text)
        ):
            continue
        stance = document.stance(layer.start, layer.end)
        if stance.negated or not (stance.role.live or stance.role in (Role.EXAMPLE, Role.FIXTURE)):
            continue
        around = document.text[max(0, layer.start - _AROUND) : layer.end + _AROUND]
        if _EXECUTES.search(around):
            yield Ground(_part(layer), layer.start, layer.end, layer.how, layer.text, stance.role)


def _part(layer: Layer) -> str:
    return "built-command" if layer.how.startswith(("split strings", "escapes", "URL")) else "hidden-program"
