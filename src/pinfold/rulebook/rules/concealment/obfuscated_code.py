"""The check of ``obfuscated-code``: is what was decoded a program, and does something execute it?"""

from __future__ import annotations

import re
from collections.abc import Iterator

import re2

from pinfold.language.file_kind import PROGRAMS
from pinfold.language.layers.glance import is_sealed
from pinfold.language.layers.layer import Layer
from pinfold.language.layers.legible import is_program
from pinfold.language.layers.stance import stance_of
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
_BLOB = re2.compile(r"[A-Za-z0-9+/_=-]{88,}")
_HEX = re.compile(r"[0-9a-fA-F]+")
_RARE = 300
"""Characters among which chance makes one row of letters that looks like a word."""

_PLAIN_WORD = re.compile(r"[a-z]{9}|/[a-z]+/[a-z]+/")


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
        stance = stance_of(document, layer)
        if stance.negated or not (stance.role.live or stance.role in (Role.EXAMPLE, Role.FIXTURE)):
            continue
        around = document.text[max(0, layer.start - _AROUND) : layer.end + _AROUND]
        executed = _EXECUTES.search(around) is not None
        if part := _part(layer, executed=executed, prose=document.kind in ("markdown", "text")):
            yield Ground(part, layer.start, layer.end, layer.how, layer.text, stance.role)
    yield from _sealed(subject)


def _part(layer: Layer, *, executed: bool, prose: bool) -> str:
    if layer.how.startswith(("split strings", "escapes", "URL")):
        return "built-command" if executed else ""
    if executed:
        return "hidden-program"
    return "" if prose else "encoded-program"


def _sealed(subject: Subject) -> Iterator[Ground]:
    """Yield the long string that a program opens with a key and that nobody can read without it."""
    document = subject.document
    if document.kind not in PROGRAMS or not is_sealed(document.folded.data):
        return
    blob = next((found for found in _BLOB.finditer(document.text) if _is_random(found[0])), None)
    if blob is None or any(layer.start < blob.end() and blob.start() < layer.end for layer in subject.layers):
        return
    stance = document.stance(blob.start(), blob.end())
    if stance.role.live and not stance.negated:
        yield Ground("sealed-program", blob.start(), blob.end(), "a cipher", blob[0], stance.role)


def _is_random(token: str) -> bool:
    """Return whether a long token is as mixed as what a cipher leaves: paths, names and rows of one letter are not."""
    mixed = len(set(token)) >= (12 if _HEX.fullmatch(token) else 32)
    return mixed and len(_PLAIN_WORD.findall(token)) * _RARE <= len(token)
