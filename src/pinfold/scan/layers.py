"""What stands concealed in a file, judged again: each layer as a document of its own.

A layer plays the part that its words would play if they stood in the open, at the place where they were hidden: an
encoded example stays an example. Only characters that show nothing are never one, because nobody can read an example
in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from pinfold.language.document import Document, Stance
from pinfold.language.file_kind import PROGRAMS
from pinfold.language.layers.glance import is_sealed
from pinfold.language.layers.layer import Layer, layers
from pinfold.language.layers.legible import kind
from pinfold.language.layers.stance import stance_of
from pinfold.language.likeness.likeness import suspects
from pinfold.model import Act, Place, Role
from pinfold.rulebook import Judge, Match
from pinfold.rulebook.check import Subject
from pinfold.scan.excerpts import with_excerpts
from pinfold.scan.source import Source, limit_reached, read_document

MAX_JUDGED = 100
"""Layers of one file that are judged; that there are more is told."""


class Under(NamedTuple):
    """What the layers of one file showed, and which limits kept the rest from being seen."""

    matches: list[Match]
    acts: list[Act]
    cut: list[str]


class _Inner(Document):
    """A layer as a document; it is negated where the words that hold it are."""

    negated = False

    def stance(self, start: int, end: int) -> Stance:
        own = super().stance(start, end)
        return Stance(own.role, own.negated or self.negated)


def judge_layers(source: Source, shown: Sequence[Match], judge: Judge) -> Under:
    """Return what the layers of a file show beyond what its open text has ``shown``."""
    document = source.document
    cut: list[str] = []
    found = layers(document.text, document.folded, cut, data=document.kind == "data")
    under = Under([], [], cut if document.file_role.live else [])
    again = [layer for layer in found if layer.text and not layer.plain]
    if len(again) > MAX_JUDGED and document.file_role.live:
        cut.append(f"more than {MAX_JUDGED} concealed texts")
    known = {(match.rule.id, item.place.line) for match in shown for item in match.evidence}
    for layer in again[:MAX_JUDGED]:
        for match in judge_layer(document, layer, judge, under):
            if not all((match.rule.id, item.place.line) in known for item in match.evidence):
                under.matches.append(match)
    if found or suspects(document) or (document.kind in PROGRAMS and is_sealed(document.folded.data)):
        under.matches.extend(judge.judge_checks("source", Subject(document, source.acts, found)))
    return under


def judge_layer(document: Document, layer: Layer, judge: Judge, under: Under) -> list[Match]:
    """Return what rules find in one layer of a document, placed in it; acts and limits go to ``under``."""
    inner = _document(document, layer)
    return judge_inner(document, layer, inner, judge, under, negated=inner.negated)


def judge_inner(
    document: Document, layer: Layer, inner: Document, judge: Judge, under: Under, *, negated: bool = False
) -> list[Match]:
    """Return what rules find in the document that a layer is, placed where it stands in the outer one."""
    source = read_document(inner)
    acts = [msgspec.structs.replace(act, negated=True) for act in source.acts] if negated else source.acts
    under.acts.extend(_moved_acts(acts, document, layer))
    if (limit := limit_reached(source)) and inner.file_role.live:
        under.cut.append(f"{limit} (in {layer.how})")
    return placed(with_excerpts(judge.judge("source", acts, [inner]), inner), document, layer)


def placed(matches: Iterable[Match], document: Document, layer: Layer) -> list[Match]:
    """Return what was found in a layer with the places where the layer stands in the outer document."""
    return [
        match._replace(
            evidence=tuple(
                msgspec.structs.replace(item, place=_outside(item.place, document, layer)) for item in match.evidence
            )
        )
        for match in matches
    ]


def _moved_acts(acts: Iterable[Act], document: Document, layer: Layer) -> list[Act]:
    return [msgspec.structs.replace(act, place=_outside(act.place, document, layer)) for act in acts]


def _outside(place: Place, document: Document, layer: Layer) -> Place:
    """Return where in the file something stands that was found in a layer."""
    if layer.respelt:
        return msgspec.structs.replace(place, layer=layer.how)
    return msgspec.structs.replace(document.place(layer.start, layer.end), layer=layer.how)


def _document(document: Document, layer: Layer) -> _Inner:
    if layer.respelt:
        return _Inner(document.path, layer.text, file_role=document.file_role)
    role, negated = stance_of(document, layer)
    inner = _Inner(document.path, layer.text, file_role=role)
    inner.kind = kind(layer.text)
    if inner.kind == "data":
        inner.file_role = Role.DATA
    inner.negated = negated
    return inner
