"""Prose turned into inferred acts, one sentence at a time.

Every act carries the role and polarity of the words that ask for it (`pinfold.language.prose.stance`). What a
sentence only reports of somebody ("the malware sends …") keeps its act, in the role of documentation, so that rules
decide.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from pinfold.language.context import Context
from pinfold.language.fold import fold
from pinfold.language.prose.deeds import mining, payments, tunnels
from pinfold.language.prose.downloads import downloads
from pinfold.language.prose.memory import memory_writes
from pinfold.language.prose.mentions import Sentence, Topic, doing, read_sentence, topics
from pinfold.language.prose.probing import probes
from pinfold.language.prose.reference import ITEM, Draft, Memory
from pinfold.language.prose.sending import reads, sends
from pinfold.language.prose.sentences import sentences
from pinfold.language.prose.stance import Stance, negated_at, stance
from pinfold.model import Act, ActKind, Certainty, Role

MAX_ACTS = 2_000
"""How many acts one piece of prose yields at most; no honest text comes near it."""

_FOLLOWING = 2_000
"""How many characters after a sentence its readers may look at."""

_INDENT = 200
"""Characters at the start of a paragraph in which the mark of a list item stands."""

_BLANK = re.compile(r"\n(?=[ \t]{0,80}\r?\n)")
"""The end of a line before a blank one."""

_DOING = ("take", "read", "send", "embed", "fetch", "ask", "probe", "write", "run")

__all__ = ["MAX_ACTS", "Named", "Stance", "acts", "named_in", "negated_at", "sentences", "stance"]


class Named(NamedTuple):
    """The topics of acts that a text names, each with the lines on which it does, in order and counted from 0."""

    lines: Sequence[tuple[Topic, Sequence[int]]]

    def on(self, first: int, last: int) -> list[Topic]:
        """Return the topics that some lines name."""
        return [topic for topic, lines in self.lines if bisect_left(lines, first) < bisect_right(lines, last)]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return the lines that name any topic as spans of the text. Prose without any of them holds no act."""
        spans: list[tuple[int, int]] = []
        at = line = 0
        for wanted in sorted(set[int]().union(*(lines for _, lines in self.lines))):
            while line < wanted:
                at = text.index("\n", at) + 1
                line += 1
            end = text.find("\n", at)
            spans.append((at, end if end >= 0 else len(text)))
        return spans


Part = Callable[[int, int], Stance]
"""Says what part the words between two characters play."""


def named_in(data: bytes) -> Named:
    """Return which topics of acts a folded text names, and where."""
    found: list[tuple[Topic, list[int]]] = []
    for topic in topics():
        lines: list[int] = []
        at = line = 0
        while at < len(data) and (match := topic.pattern.search(data, at)):
            start, end = match.span()
            line += data.count(b"\n", at, start)
            last = line + data.count(b"\n", start, end)
            lines.extend(range(line, last + 1))
            following = data.find(b"\n", end)  # the rest of a line that counts already
            if following < 0:
                break
            at, line = following + 1, last + 1
        if lines:
            found.append((topic, lines))
    return Named(found)


def acts(
    text: str,
    context: Context,
    *,
    headings: Sequence[str] = (),
    lead: str = "",
    named: Named | None = None,
    line: int = 0,
    part: Part | None = None,
) -> list[Act]:
    """Return the acts that a piece of prose asks for or speaks of, in the order of reading.

    Pass a whole region where there is one: "post them to …" finds what *them* means up to three sentences back, and a
    list stands under the sentence that introduces it. Where ``context`` says that the text instructs, role and polarity
    are those of each sentence (under ``headings`` and ``lead``, see `stance`); any other role is kept. ``named`` saves
    looking for topics again: it is what a larger text names, in which this one begins on ``line``; ``part`` says what
    part words play there. Linear in the length of the text; at most ``MAX_ACTS`` acts.
    """
    if named is None:
        named, line = named_in(fold(text).data), 0
    found: list[Act] = []
    memory = Memory()
    introduction = lead
    counted = 0
    for index, start, end in _telling(text, named, line, memory):
        words = text[start:end]
        if ITEM.match(words) is None:
            introduction = lead
        line += text.count("\n", counted, start)
        counted = start
        near = named.on(line, line + words.count("\n"))
        sentence = _sentence(words, index, near, memory) if near or memory.reaches(index) else None
        if sentence is not None:
            for draft in _drafts(sentence, memory, text[end : end + _FOLLOWING]):
                found.append(
                    _act(
                        draft, sentence, start, context, part or _part(sentence, start, context, headings, introduction)
                    )
                )
                if len(found) >= MAX_ACTS:
                    return found
        if words.endswith((":", "：")):
            introduction = words
    return found


def _telling(text: str, named: Named, line: int, memory: Memory) -> Iterator[tuple[int, int, int]]:
    """Yield number, start and end of the sentences of each paragraph that can matter.

    One that names no topic, introduces nothing, and stands too far from what ``memory`` holds is a single empty
    sentence, or none when it is an item of a list. A blank line ends every sentence, so paragraphs can be read apart.
    """
    index = start = 0
    while named.lines and start < len(text):
        blank = _BLANK.search(text, start)
        end = blank.start() if blank else len(text)
        last = line + text.count("\n", start, end)
        introduces = text[max(start, end - 8) : end].rstrip().endswith((":", "："))
        if introduces or named.on(line, last) or memory.reaches(index):
            for each in sentences(text, start, end):
                yield index, *each
                index += 1
        elif ITEM.match(text[start : min(end, start + _INDENT)].lstrip()) is None:
            yield index, start, start
            index += 1
        start, line = end + 1, last + 1


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


def _part(sentence: Sentence, base: int, context: Context, headings: Sequence[str], lead: str) -> Part:
    """Return what tells the part that words play, where nothing is known of the text around the sentence."""

    def tell(start: int, _end: int) -> Stance:
        if context.role is Role.INSTRUCTION:
            return stance(sentence.text, headings=headings, lead=lead, offset=start - base)
        return Stance(context.role, negated_at(sentence.text, start - base))

    return tell


def _act(draft: Draft, sentence: Sentence, base: int, context: Context, part: Part) -> Act:
    start, end = sentence.folded.span(draft.start, draft.end)
    role, negated = part(base + start, base + end)
    if role is Role.INSTRUCTION and not draft.asked:
        role = Role.DOCUMENTATION
    own = msgspec.structs.replace(context, certainty=Certainty.INFERRED, role=role, negated=context.negated or negated)
    return own.act(draft.kind, draft.fields, base + start, base + end, sentence.text)
