"""Prose turned into inferred acts, one sentence at a time.

Every act carries the role and polarity of the words that ask for it (`pinfold.language.stance`). What a sentence only
reports of somebody ("the malware sends …") keeps its act, in the role of documentation, so that rules decide.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from pinfold.language.context import Context
from pinfold.language.fold import fold
from pinfold.language.prose_deeds import mining, payments, tunnels
from pinfold.language.prose_downloads import downloads
from pinfold.language.prose_memory import memory_writes
from pinfold.language.prose_mentions import Sentence, Topic, doing, read_sentence, topics
from pinfold.language.prose_probing import probes
from pinfold.language.prose_reference import Draft, Memory
from pinfold.language.prose_sending import reads, sends
from pinfold.language.sentences import sentences
from pinfold.language.stance import Stance, negated_at, stance
from pinfold.model import Act, ActKind, Certainty, Role

MAX_ACTS = 2_000
"""How many acts one piece of prose yields at most; no honest text comes near it."""

_FOLLOWING = 2_000
"""How many characters after a sentence its readers may look at."""

_ITEM = re.compile(r"[-*+•|>]\s|\d{1,3}[.)、]")
"""How a list item, a table row or a quotation begins: what stands under the sentence before it."""

_DOING = ("take", "read", "send", "embed", "fetch", "ask", "probe", "write", "run")

__all__ = ["MAX_ACTS", "Stance", "acts", "negated_at", "sentences", "stance", "worth"]


def worth(pieces: Sequence[str]) -> list[bool]:
    """Say of each piece of prose whether it can hold an act: false where `acts` would find none.

    All pieces are searched as one text, because a search costs more to begin than to go on.
    """
    folded = [fold(piece).data for piece in pieces]
    data = b"\n".join(folded)
    ends = list(accumulate(len(piece) + 1 for piece in folded))
    found = [False] * len(pieces)
    for topic in topics():
        at = 0
        while at < len(data) and (match := topic.pattern.search(data, at)):
            start, end = match.span()
            last = bisect_right(ends, start)
            found[last] = True
            while last + 1 < len(pieces) and (ends[last] < end or found[last + 1]):
                last += 1
                found[last] = True
            at = ends[last]
    return found


def acts(text: str, context: Context, *, headings: Sequence[str] = (), lead: str = "") -> list[Act]:
    """Return the acts that a piece of prose asks for or speaks of, in the order of reading.

    Pass a whole region where there is one: "post them to …" finds what *them* means up to three sentences back, and a
    list stands under the sentence that introduces it. Where ``context`` says that the text instructs, role and polarity
    are those of each sentence (under ``headings`` and ``lead``, see `stance`); any other role is kept. Linear in the
    length of the text; at most ``MAX_ACTS`` acts.
    """
    data = fold(text).data
    near = [topic for topic in topics() if topic.pattern.search(data)]
    found: list[Act] = []
    memory = Memory()
    introduction = lead
    for index, (start, end) in enumerate(sentences(text) if near else ()):
        words = text[start:end]
        if _ITEM.match(words) is None:
            introduction = lead
        sentence = _sentence(words, index, near, memory)
        if sentence is not None:
            for draft in _drafts(sentence, memory, text[end : end + _FOLLOWING]):
                found.append(_act(draft, sentence, start, context, headings, introduction))
                if len(found) >= MAX_ACTS:
                    return found
        if words.endswith((":", "：")):
            introduction = words
    return found


def _sentence(words: str, index: int, near: Sequence[Topic], memory: Memory) -> Sentence | None:
    """Return the sentence with its mentions, or ``None`` when no act can stand in it."""
    folded = fold(words)
    about = [topic for topic in near if topic.pattern.search(folded.data)]
    memory.note(index, words, folded, about)
    if not about:
        asked_for = memory.expects(index, folded.data)
    else:
        asked_for = any(topic.speaks_for_itself for topic in about) or doing(*_DOING).search(folded.data) is not None
    if not asked_for:
        return None
    return read_sentence(words, index, folded, frozenset[str]().union(*(topic.kinds for topic in about)))


def _drafts(sentence: Sentence, memory: Memory, following: str) -> Iterator[Draft]:
    """Yield the acts of one sentence, each once."""
    readers = (
        reads(sentence),
        sends(sentence, memory, following),
        memory_writes(sentence, following),
        probes(sentence),
        downloads(sentence, memory),
        tunnels(sentence, memory),
        mining(sentence),
        payments(sentence),
    )
    seen: set[tuple[ActKind, frozenset[tuple[str, object]]]] = set()
    for reader in readers:
        for draft in reader:
            key = draft.kind, frozenset(draft.fields.items())
            if key not in seen:
                seen.add(key)
                yield draft


def _act(draft: Draft, sentence: Sentence, base: int, context: Context, headings: Sequence[str], lead: str) -> Act:
    start, end = sentence.folded.span(draft.start, draft.end)
    if context.role is Role.INSTRUCTION:
        role, negated = stance(sentence.text, headings=headings, lead=lead, offset=start)
        if role is Role.INSTRUCTION and not draft.asked:
            role = Role.DOCUMENTATION
    else:
        role, negated = context.role, negated_at(sentence.text, start)
    own = replace(context, certainty=Certainty.INFERRED, role=role, negated=context.negated or negated)
    return own.act(draft.kind, draft.fields, base + start, base + end, sentence.text)
