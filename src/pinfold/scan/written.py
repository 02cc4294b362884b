"""What a program writes into the files that agents obey, judged as if the skill had brought these files along."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pinfold.language.document import Document
from pinfold.language.layers.layer import Layer
from pinfold.model import Act, ActKind, Certainty, Role, Severity
from pinfold.rulebook import Judge
from pinfold.rulebook.check import Subject
from pinfold.scan.layers import Under, judge_inner, placed
from pinfold.scan.source import Source

MAX_WRITTEN = 64
"""Texts of one file that are judged; what else it writes is told."""

_LEAST = 24
"""Characters below which a text orders nothing."""

_OBEYED = re.compile(
    r"(?i)(?:^|[/\\])(?:(?:claude|agents|gemini|qwen|codex|soul|memory|identity|user|heartbeat|tools|bootstrap|skill)"
    r"(?:\.local|\.override)?\.md|copilot-instructions\.md|\.(?:cursor|windsurf|cline|roo)rules)$"
    r"|[/\\]\.(?:cursor|claude|codex|windsurf|continue)[/\\](?:rules|commands|agents|skills|prompts)[/\\]\S+$"
)
"""Files that agents take orders from."""


def judge_written(source: Source, judge: Judge) -> Under:
    """Return what rules find in the texts that the acts of ``source`` write for agents to obey."""
    document = source.document
    under = Under([], [], [])
    seen: set[str] = set()
    for act in _orders(source.acts):
        text = str(act.fields["Content"])
        if text in seen:
            continue
        if len(seen) == MAX_WRITTEN:
            under.cut.append(f"more than {MAX_WRITTEN} texts that are written for agents")
            break
        seen.add(text)
        start, end = document.lines.span(act.place.line)
        name = re.split(r"[/\\]", str(act.fields["TargetFilename"]))[-1]
        layer = Layer(text, start, end, f"written to {name}", hidden=False)
        inner = Document(name, text, file_role=Role.INSTRUCTION)
        under.matches.extend(judge_inner(document, layer, inner, judge, under))
        # A few words by themselves are like anything: only what suffices counts of what they are merely like.
        like = judge.judge_checks("source", Subject(inner, [], []))
        enough = [match for match in like if match.severity.rank >= Severity.HIGH.rank]
        under.matches.extend(placed(enough, document, layer))
    return under


def _orders(acts: list[Act]) -> Iterator[Act]:
    for act in acts:
        if act.kind is not ActKind.WRITE or act.negated or not act.role.live or act.certainty is Certainty.INFERRED:
            continue
        path, text = str(act.fields.get("TargetFilename", "")), str(act.fields.get("Content", ""))
        if act.place.line and len(text) >= _LEAST and _OBEYED.search(path[-300:]):
            yield act
