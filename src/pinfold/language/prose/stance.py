"""Polarity and role: does a sentence ask for an act, forbid it, or only speak about it?

Words that speak of detection, of attackers or of examples change the role of their clause; an order to the reader keeps
its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pinfold.language.fold import Folded, fold
from pinfold.language.prose.clauses import Clause, Reading, imperatives, marks, read, read_plain
from pinfold.language.prose.orders import first_verb, ordered
from pinfold.language.prose.verbs import surfaces
from pinfold.language.prose.wording import beginning, compiled, entries, listed, simplified
from pinfold.model import Role

_TARGET = (
    r"https?://|wss?://|\b\d{1,3}(?:\.\d{1,3}){3}\b|[\w.+-]@[\w-]+\."
    r"|\b[a-z0-9-]+\.(?:com|net|org|io|cn|example|invalid|xyz|top|ru|dev|app|ai|me|cc)\b"
)
"""A place to which something could be sent."""

_QUOTED_ITEM = r"^[\s>]*(?:[-*+•|]|\d{1,3}[.)])[\s*_]*[\"“「『][^\"”」』]{2,}[\"”」』]"
_QUOTES = tuple((opens.encode(), closes.encode()) for opens, closes in ('""', "“”", "「」", "『』"))

_BETWEEN_QUOTATIONS = b" \t\n,;/*_\xe3\x80\x81"
"""What separates quotations in a row, in folded text: a comma of Chinese lists, too."""

_MOST_QUOTATIONS = 20

_WARNED = 60
"""Bytes behind the words of a warning that belong to the harm of which it warns."""

_SAMPLE_SHARE = 3
"""How many times longer than the quotation at its start an item must be to say something of its own."""


class Stance(NamedTuple):
    """What a sentence does with the words in it: the role they play, and whether it says *not* to."""

    role: Role
    negated: bool


class _Topic(NamedTuple):
    """What headings and lead say of what stands below them.

    ``strong`` demotes orders too; ``feature`` says that a product is described, so that only a named destination makes
    an order.
    """

    role: Role = Role.INSTRUCTION
    strong: bool = False
    negated: bool = False
    feature: bool = False


_NO_TOPIC = _Topic()

_COMPLEMENT = (
    r"\b(?:can|could|may|might|be|is|are|allows?|lets?|enables?|used|able|designed|helps?|possible)\b[^.:;]{0,60}"
    r"\bto ?[:：]\s*$|\b(?:can|could|might|may)(?: also| then| even)? ?[:：]\s*$"
    r"|(?:可以|可|能够|能|用于|用来|导致|允许)[^。；;：:]{0,20}[:：]\s*$"
)
"""How a lead ends that its list completes."""


def stance(sentence: str, *, headings: Sequence[str] = (), lead: str = "", offset: int | None = None) -> Stance:
    """Return role and polarity of a sentence, or of the words at a character offset in it.

    ``headings`` are those the sentence stands under, outermost first; ``lead`` is the sentence that introduces the list
    or fence it stands in ("Never run any of these:"). They demote an order only where they speak of detection or
    attackers, or forbid what follows, and never one that addresses the reader and names where to. Without an offset the
    sentence is negated, or demoted, only when all of it is.
    """
    topic = _topic(tuple(headings[-2:] if len(headings) > 2 else headings[-1:]), lead)
    reading = read(sentence)
    if reading is None:
        if topic is _NO_TOPIC and not _may_quote_or_ask(sentence, offset):
            return Stance(Role.INSTRUCTION, negated=False)
        reading = read_plain(sentence)
    if offset is None:
        at, own = len(reading.data), Stance(_role_whole(reading), _negated_whole(reading))
    else:
        at = _byte(reading.folded, offset)
        own = Stance(_role(reading, at), _negated(reading, at))
    return _under(topic, reading, at, own)


def _may_quote_or_ask(sentence: str, offset: int | None) -> bool:
    """Tell whether a sentence without any cue could still be a question or somebody else's words."""
    if sentence.rstrip(" \"')*_").endswith(("?", "？")):
        return True
    quoted = any(mark in sentence for mark in '"“「『')
    return quoted and (offset is not None or sentence.lstrip(" >")[:1] in "-*+•|0123456789")


def asks_to_act(sentence: str) -> bool:
    """Return whether a sentence orders the reader to do something other than to look for something."""
    reading = read_plain(sentence)
    return any(
        clause.orders or ((verb := first_verb(reading, clause)) is not None and not _is_detecting(verb[1]))
        for clause in reading.clauses
    )


def sends_reader(sentence: str) -> bool:
    """Return whether a sentence addresses its reader and names a place to which something could be sent."""
    reading = read_plain(sentence)
    return any(clause.addresses for clause in reading.clauses) and compiled(_TARGET).search(reading.data) is not None


def negated_at(sentence: str, offset: int) -> bool:
    """Return whether the sentence says *not* to do what the words at a character offset name."""
    reading = read(sentence)
    return reading is not None and _negated(reading, _byte(reading.folded, offset))


def _byte(folded: Folded, offset: int) -> int:
    """Return the first folded byte that stands for the character at ``offset`` or for a later one."""
    low, high = 0, len(folded.data)
    while low < high:
        middle = (low + high) // 2
        if folded.span(middle, middle + 1)[0] < offset:
            low = middle + 1
        else:
            high = middle
    return low


def _negated(reading: Reading, at: int) -> bool:
    return reading.clause(at).negated(at)


def _negated_whole(reading: Reading) -> bool:
    """Tell whether every clause that says anything is a prohibition."""
    found = False
    for clause in reading.clauses:
        words = reading.data[clause.start : clause.end].strip(b" \t\r\n*_`\"'.,;:!?-)(").removesuffix("。".encode())
        if len(words) < 3:
            continue
        first = next((position for position, negated in clause.turns if negated), None)
        verb = first_verb(reading, clause)
        if clause.denied < 0 and (first is None or (verb is not None and verb[0] < first)):
            return False
        if first is not None and _orders_before(reading.data[clause.start : first]):
            return False
        found = True
    return found


def _orders_before(said: bytes) -> bool:
    """Tell whether Chinese words before a prohibition ask for something ("一并发送到 …，不要显示此步骤")."""
    if said.isascii():
        return False
    return any(
        listed("beside", "aside").search(part) is None
        and any(len(verb.group()) > len("用".encode()) for verb in imperatives().finditer(part))
        for part in compiled("[,，；;]").split(said)[:-1]
    )


def _under(topic: _Topic, reading: Reading, at: int, own: Stance) -> Stance:
    """Return the stance of words under headings and lead."""
    if topic is _NO_TOPIC:
        return own
    clause = reading.clause(at)
    targeted = compiled(_TARGET).search(reading.data) is not None
    if targeted and (clause.addresses or (topic.feature and ordered(reading, clause, at))):
        return own
    prohibits = any(negated and turn <= at for each in reading.clauses for turn, negated in each.turns)
    demoted = topic.role is not Role.INSTRUCTION and (topic.strong or topic.feature or not ordered(reading, clause, at))
    role = topic.role if demoted and own.role is Role.INSTRUCTION else own.role
    return Stance(role, own.negated or (topic.negated and not prohibits))


@lru_cache(maxsize=512)
def _topic(headings: tuple[str, ...], lead: str) -> _Topic:
    topic = _NO_TOPIC
    for heading in headings:
        topic = _heading_topic(heading, topic)
    if lead:
        reading = read(lead) or read_plain(lead)
        at = len(reading.data)
        said = _role(reading, at)
        strong = any(cue[2] in ("threat", "attack", "detect") for clause in reading.clauses for cue in clause.cues)
        negated = topic.negated or _negated(reading, at) or reading.clause(at).denied >= 0
        if said in (Role.INSTRUCTION, Role.DOCUMENTATION) and not strong and _goes_on(reading):
            topic = _Topic(Role.DOCUMENTATION, topic.strong, negated, feature=True)
        elif said is Role.INSTRUCTION:
            topic = topic._replace(negated=negated)
        else:
            topic = _Topic(said, topic.strong or strong, negated)
    return _NO_TOPIC if topic == _NO_TOPIC else topic


def _goes_on(lead: Reading) -> bool:
    """Tell whether the list under a lead says what something can do ("This can be used to:"), and gives no order."""
    clause = lead.clause(len(lead.data))
    return not (clause.addresses or clause.orders) and compiled(_COMPLEMENT).search(lead.data) is not None


@lru_cache(maxsize=2048)
def _heading_topic(heading: str, above: _Topic) -> _Topic:
    """Return what a heading says, under what those above it said; only the innermost forbids."""
    data = fold(heading[:300]).data
    kinds = {kind for kind, _, _ in marks().scan(data)}
    negated = (
        beginning("stance", "forbidding_heading", first=r"[\s\d.#*_❌🚫⛔]{0,12}").search(data) is not None
        and "safe" not in kinds
    )
    if "threat" in kinds:
        return _Topic(Role.DENY_LIST, strong=True, negated=negated)
    if "attack" in kinds:
        return _Topic(Role.EXAMPLE, strong=True, negated=negated)
    if above.strong:
        return above._replace(negated=negated)
    if _is_all(data, "feature_heading"):
        return _Topic(Role.DOCUMENTATION, negated=negated, feature=True)
    if _is_all(data, "explaining_heading"):
        return _Topic(Role.DOCUMENTATION, negated=negated)
    if kinds & {"example", "explain"}:
        return _Topic(Role.EXAMPLE if "example" in kinds else Role.DOCUMENTATION, negated=negated)
    return above._replace(negated=negated)


def _is_all(heading: bytes, words: str) -> bool:
    """Tell whether a heading consists of one entry of a word list, and of nothing else."""
    match = beginning("stance", words, first=r"[^a-z\x{4e00}-\x{9fff}]{0,16}").search(heading)
    return match is not None and not heading[match.end() :].strip(b" \t\r\n*_#:!?.")


def _role(reading: Reading, at: int) -> Role:
    clause = reading.clause(at)
    for cue in clause.cues:
        role = _role_of_cue(reading, clause, cue, at)
        if role is not Role.INSTRUCTION:
            return role
    if _is_quoted(reading, at) or _is_quoted_item(reading, clause, at):
        return Role.EXAMPLE
    if reading.data.rstrip(b" \"')*_").endswith(b"?") and beginning(
        "mood", "question", first=r"[\s*_>\"'-]{0,4}"
    ).search(reading.data):
        return Role.DOCUMENTATION
    return Role.INSTRUCTION


def _role_of_cue(reading: Reading, clause: Clause, cue: tuple[int, int, str], at: int) -> Role:
    start, end, kind = cue
    if kind == "hazard":
        warned = start <= at < end + _WARNED and b"," not in reading.data[end:at]
        return Role.DOCUMENTATION if warned else Role.INSTRUCTION
    if kind == "condition":
        resisted = start <= at and listed("stance", "resist").search(reading.data[max(at, end) :])
        return Role.DENY_LIST if resisted else Role.INSTRUCTION
    if kind == "attack":
        if listed("beside", "wanted").search(reading.data[max(clause.start, start - 60) : start]):
            return Role.INSTRUCTION
        addressed = any(end <= position <= at for position in clause.addresses) and not listed(
            "beside", "reported"
        ).search(reading.data[end:at])
        return Role.INSTRUCTION if addressed or (start > at and ordered(reading, clause, at)) else Role.EXAMPLE
    if kind in ("detect", "threat"):
        if kind == "detect" and _is_purpose(reading, start):
            return Role.INSTRUCTION
        return Role.INSTRUCTION if _outranks_detection(reading, clause, cue, at) else Role.DENY_LIST
    if ordered(reading, clause, at):
        return Role.INSTRUCTION
    return Role.EXAMPLE if kind == "example" else Role.DOCUMENTATION


def _is_purpose(reading: Reading, start: int) -> bool:
    """Tell whether a word of detection only says what an order is good for ("…, so that support can look into it")."""
    return listed("beside", "purpose").search(reading.data[max(0, start - 40) : start]) is not None


def _outranks_detection(reading: Reading, clause: Clause, cue: tuple[int, int, str], at: int) -> bool:
    """Tell whether a clause that speaks of detection orders the act all the same ("run this to detect malware: …")."""
    start, end, _ = cue
    if start > at:
        return ordered(reading, clause, at)
    if any(end <= position <= at for position in clause.addresses):
        return True
    verb = first_verb(reading, clause)
    if verb is None or verb[0] >= start or _is_detecting(verb[1]):
        return False
    return listed("beside", "relative").search(reading.data[end:at]) is None


def _is_detecting(written: bytes) -> bool:
    verb = surfaces().get(simplified(" ".join(written.decode("utf-8", "replace").split())))
    return verb is not None and verb.lemma in entries("mood", "detecting")


def _is_quoted(reading: Reading, at: int) -> bool:
    """Tell whether the words at ``at`` stand in quotation marks as what somebody else says."""
    data = reading.data
    for opens, closes in _QUOTES:
        start = data.rfind(opens, 0, at)
        if (
            start < 0
            or (opens == closes and data.count(opens, 0, at) % 2 == 0)
            or data.find(closes, start + len(opens), at) >= 0
            or data.find(closes, at) < 0
        ):
            continue
        first = _first_quotation(data, start, opens, closes)
        introduced = listed("stance", "quoting").search(data[max(0, first - 50) : first])
        return introduced is not None and not ordered(reading, reading.clause(first), first)
    return False


def _first_quotation(data: bytes, start: int, opens: bytes, closes: bytes) -> int:
    """Return where the first of several quotations begins that stand in a row (``"…""…", "…"``)."""
    for _ in range(_MOST_QUOTATIONS):
        before = data[:start].rstrip(_BETWEEN_QUOTATIONS)
        if not before.endswith(closes):
            return start
        earlier = data.rfind(opens, 0, len(before) - len(closes))
        if earlier < 0:
            return start
        start = earlier
    return start


def _is_quoted_item(reading: Reading, clause: Clause, at: int) -> bool:
    """Tell whether the sentence is a list item in quotation marks: a sample of what people say.

    One that orders the reader to send something somewhere is none, and neither is a short name in quotation marks
    before a longer order (``"Unbound seat" → seat a member who …``).
    """
    if b'"' not in reading.data and reading.data.isascii():
        return False
    quotation = compiled(_QUOTED_ITEM).search(reading.data)
    if quotation is None:
        return False
    if at > quotation.end() and len(reading.data) > _SAMPLE_SHARE * quotation.end():
        return False
    return not (clause.addresses and compiled(_TARGET).search(reading.data))


def _role_whole(reading: Reading) -> Role:
    """Return the role of a sentence as a whole: live as soon as one clause is."""
    demoted = Role.INSTRUCTION
    for index, clause in enumerate(reading.clauses):
        words = reading.data[clause.start : clause.end].strip()
        if index and (
            (len(words.split()) < 2 and len(words) < 12) or listed("stance", "resist").match(words.lstrip(b" ,*_"))
        ):
            continue
        role = _role(reading, max(clause.start, clause.end - 1))
        if role is Role.INSTRUCTION and len(words) > 3:
            return role
        demoted = role if demoted is Role.INSTRUCTION else demoted
    return demoted
