"""The syntax tree of JavaScript or TypeScript source, made within bounds that hostile source cannot move.

The grammars take time and memory out of all proportion where errors and ambiguities pile up, and one of them
overflows the stack on objects within objects by the hundred thousand. So brackets are counted first, and the parser is
stopped when it has worked several times as long as for any real program.
"""

from __future__ import annotations

import re
import time
from functools import cache

import tree_sitter_javascript
import tree_sitter_typescript
from tree_sitter import Language, Node, Parser, Tree

from pinfold.language.drafts import Drafts

MAX_BRACKETS = 2_000
"""How deep brackets of the source may stand within each other."""

MAX_SECONDS = 6.0
"""How many seconds of the processor's time one source may be parsed in all."""

_WORK, _WORK_PER_CHARACTER = 1_000, 0.08
"""How often the parser may report, which it does every hundred operations; real programs need a fifth of it."""

_STRETCH, _MOST_OPEN = 2_000, 60
"""In a stretch with more signs ``<`` than ``>`` by so many, TypeScript's grammars follow too many readings at once."""

_CHUNK = 1 << 16
_BRACKETS = re.compile(r"[()\[\]{}]")
_STRINGS = re.compile(
    r"//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/)?|\"(?:[^\"\\\n]|\\.)*+\"?|'(?:[^'\\\n]|\\.)*+'?", re.DOTALL
)
_ODD_BLANK = re.compile("[\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]")
NON_ASCII = re.compile(r"[^\x00-\x7f]")
"""Characters that stand for one byte each, so that offsets of bytes are those of characters."""


@cache
def _language(name: str) -> Language:
    grammars = {
        "javascript": tree_sitter_javascript.language,
        "tsx": tree_sitter_typescript.language_tsx,
        "typescript": tree_sitter_typescript.language_typescript,
    }
    return Language(grammars[name]())


def parsed(source: str, drafts: Drafts, *, typed: bool) -> Node | None:
    """Return the root of the tree, whose offsets are characters of ``source``, or ``None`` where a limit was reached.

    Of the grammars, the first that understands the whole source is taken, else the one with the fewest errors; for
    TypeScript (``typed``) those of TypeScript come first.
    """
    data = source if source.isascii() else NON_ASCII.sub("x", _ODD_BLANK.sub(" ", source))
    if _too_deep(data):
        drafts.cut[f"a program with brackets more than {MAX_BRACKETS:,} deep"] = None
        return None
    deadline = time.thread_time() + MAX_SECONDS
    best: tuple[int, Node] | None = None
    grammars = ("tsx", "typescript", "javascript") if typed else ("javascript", "tsx", "typescript")
    for name in grammars if not _is_ambiguous(data) else ("javascript",):
        tree = _tree(name, data.encode("ascii"), deadline)
        if tree is None:
            continue
        root = tree.root_node
        wrong = _errors(root) if root.has_error else 0
        if best is None or wrong < best[0]:
            best = (wrong, root)
        if not wrong:
            break
    if best is None:
        drafts.cut["a program that cannot be parsed in reasonable time"] = None
        return None
    return best[1]


def _tree(name: str, data: bytes, deadline: float) -> Tree | None:
    work = 0
    most = _WORK + int(len(data) * _WORK_PER_CHARACTER)

    def is_over(_offset: int, _error: bool) -> bool:
        nonlocal work
        work += 1
        return work > most or (not work % 16 and time.thread_time() > deadline)

    try:
        return Parser(_language(name)).parse(
            lambda offset, _point: data[offset : offset + _CHUNK], encoding="utf8", progress_callback=is_over
        )
    except ValueError:  # it was stopped
        return None


def _is_ambiguous(data: str) -> bool:
    return any(
        data.count("<", at, at + _STRETCH) - data.count(">", at, at + _STRETCH) > _MOST_OPEN
        for at in range(0, len(data), _STRETCH)
    )


def _too_deep(data: str) -> bool:
    if max(data.count("("), data.count("["), data.count("{")) <= MAX_BRACKETS // 3:
        return False
    return _depth(data) > MAX_BRACKETS and _depth(_STRINGS.sub("", data)) > MAX_BRACKETS


def _depth(data: str) -> int:
    depth = deepest = 0
    for bracket in _BRACKETS.findall(data):
        if bracket in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif depth:
            depth -= 1
    return deepest


def _errors(root: Node) -> int:
    """Return how many characters the grammar did not understand; of very many places the first ones."""
    wrong = 0
    pending = [root]
    for _ in range(20_000):
        if not pending:
            break
        node = pending.pop()
        if node.is_error or node.is_missing:
            wrong += max(1, node.end_byte - node.start_byte)
        elif node.has_error:
            pending.extend(node.children)
    return wrong
