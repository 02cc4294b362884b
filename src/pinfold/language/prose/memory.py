"""Acts of writing to the files that an agent obeys in later sessions, as prose asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pinfold.language.prose.mentions import Mention, Sentence, is_asked
from pinfold.language.prose.reference import Draft, normal_path
from pinfold.language.prose.verbs import Verb
from pinfold.language.prose.wording import beginning, ending, listed
from pinfold.model import ActKind, FieldValue

_MAX_CONTENT = 2_000
"""Characters of ``Content``."""

_CHANGING = frozenset(
    (
        "update", "modify", "edit", "overwrite", "replace", "create", "extend", "amend", "rewrite", "change",
        "修改", "更新", "编辑", "覆盖", "改写", "创建", "配置",
    )
)  # fmt: skip
"""Verbs whose object is the file itself; the others put something into it."""

_INTO = r"\s?(?:(?:the|your|a|our|user's|their|global|local|project|root|top of|end of|existing)\s)*"
_DETERMINER = r"\s?(?:the |your )?"
_QUOTE = r"[\s`\"'*_]{0,4}"
_IN_CHINESE = r"[^,，。;:|]{0,12}"
"""What may stand between a Chinese "in" and its file: "in the agent's file …"."""
_REST = re.compile(r"(?:[^\n]{1,400}\n(?=[ \t]{0,80}\S)){0,6}[^\n]{0,400}[:：][ \t]*\n[ \t]*\n(?=[ \t]{0,80}(?:>|```))")
"""The rest of a paragraph that ends by introducing a quotation or a fence."""
_STOP = re.compile(rb"[.;]\s")
_QUOTED = re.compile(r"[\"“「『]([^\"”」』]{4,2000})[\"”」』]")


def memory_writes(sentence: Sentence, following: str) -> Iterator[Draft]:
    """Yield acts of writing to the agent's memory and settings; ``following`` is the text after the sentence."""
    # What the user asks to have remembered is the user's business.
    agreed = listed("things", "consent").search(sentence.data) is not None
    files = sentence.of("memory_file", "memory_words")
    seen: set[str] = set()
    for at, verb in sentence.verbs("write") if files else ():
        file = next((each for each in files if _writes_to(sentence, at, verb, each)), None)
        asked = is_asked(sentence, at, verb) if file is not None else None
        target = _target(sentence, file) if file is not None else ""
        if file is None or asked is None or target in seen:
            continue
        seen.add(target)
        start, end = min(at.start, file.start), max(at.end, file.end)
        asked = asked and not agreed and not beginning("beside", "not_yet", first=_QUOTE).search(sentence.data[end:])
        yield Draft(ActKind.WRITE, _written(sentence, target, following), start, end, asked)
    match = None if seen else listed("things", "remember").search(sentence.data)
    if match is not None:
        fields = _written(sentence, "MEMORY.md", following)
        start, end = match.span()
        yield Draft(ActKind.WRITE, fields, start, end, not agreed)


def _target(sentence: Sentence, file: Mention) -> str:
    """Return the file, or the one that stands for words such as "your long-term memory"."""
    if file.kind == "memory_file":
        return normal_path(sentence.words(file))
    words = sentence.folded_words(file)
    if "hook" in words or "钩子" in words:
        return ".claude/settings.json"
    return "HEARTBEAT.md" if "heartbeat" in words or "心跳" in words else "MEMORY.md"


def _writes_to(sentence: Sentence, at: Mention, verb: Verb, file: Mention) -> bool:
    """Tell whether a verb of writing has a file as its object or as the place it puts something."""
    if at.end > file.start:
        between = sentence.data[file.end : max(at.start, file.end)]
        before = sentence.data[: file.start].rstrip(b"`\"'*_ ")
        if b"|" in between or at.start < file.end:
            return False
        if verb.lemma.isascii() and verb.form == "base":
            return len(between) <= 12 and ending("beside", "in_file", then=_DETERMINER).search(before) is not None
        if verb.lemma.isascii():
            return verb.form == "ed" and len(between) <= 60
        return len(between) <= 60 and ending("beside", "in_file", then=_IN_CHINESE).search(before) is not None
    gap = sentence.data[at.end : file.start]
    if len(gap) > 200 or _STOP.search(gap):
        return False
    if verb.lemma in _CHANGING and len(gap) <= 40 and not listed("beside", "by_file").search(gap):
        return True
    into = ending("beside", "into_file", then=_INTO).search(gap.rstrip(b"`\"'*_([ "))
    return into is not None or (not verb.lemma.isascii() and len(gap) <= 8)


def _written(sentence: Sentence, target: str, following: str) -> dict[str, FieldValue]:
    """Return the fields of a write, with the literal text where the sentence gives it."""
    text = sentence.text.strip()
    quoted = _QUOTED.search(text)
    if text.endswith((":", "：")):
        content = following.strip()
    elif quoted is not None:
        content = quoted.group(1)
    elif rest := _REST.match(following):
        content = following[rest.end() :].strip()
    else:
        content = text.replace("：", ": ").partition(": ")[2].strip()
    return {"TargetFilename": target, "Content": content[:_MAX_CONTENT]} if content else {"TargetFilename": target}
