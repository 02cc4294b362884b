"""Acts of sending and of reading secrets, as prose asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from pinfold.language.prose.mentions import Mention, Sentence, is_asked
from pinfold.language.prose.reference import Draft, Memory, Named, destination, named, secret, url_fields
from pinfold.language.prose.verbs import Verb
from pinfold.language.prose.wording import Pattern, beginning, compiled, ending, listed
from pinfold.model import ActKind

_MAX_SENT = 500
"""Characters of ``SentData``."""

_NEEDS_PREPOSITION = frozenset(
    (
        "copy", "dm", "drop", "dump", "e-mail", "email", "feed", "mail", "message", "pass", "paste", "pipe", "push",
        "put", "report", "return", "share", "ship", "stream", "sync", "text", "transfer", "write",
    )
)  # fmt: skip
"""Verbs that need a preposition before the place: "write to", but "post https://…"."""

_PARTICLES = ("到", "给", "至", "往", "回")
"""How a Chinese verb ends that has its place right after it."""

_NOT_A_PLACE = tuple(word.encode() for word in ("之前", "前", "时", "之后", "的"))
"""What follows a place that is named only to say when, or whose."""

_CLAUSE = re.compile("[,。;:]|然后|并且|再".encode())
_TAKES_UP = ("把".encode(), "将".encode())
_TAKEN_UP = re.compile("把|将|从|对".encode())
_SEMICOLON = re.compile(rb";\s")
_DETERMINER = r"\s?(?:the |our |my |its |a )?"


@cache
def _tool() -> Pattern:
    owner = r"\s*(?:(?:your|the|an?|their|its|valid|my|this|our|own)\s|你的|您的)*"
    return ending("beside", "as_tool", then=owner)


def reads(sentence: Sentence) -> Iterator[Draft]:
    """Yield acts of reading a secret."""
    seen: set[str] = set()
    for mention in sentence.secrets():
        target = named(sentence, mention).target
        if not target or target in seen:
            continue
        for at, verb in sentence.verbs("read" if mention.kind == "secret_path" else "take"):
            asked = is_asked(sentence, at, verb) if _governs(sentence, at, verb, mention) else None
            if asked is not None:
                seen.add(target)
                start, end = min(at.start, mention.start), max(at.end, mention.end)
                yield Draft(ActKind.READ, {"TargetFilename": target}, start, end, asked)
                break


def _governs(sentence: Sentence, at: Mention, verb: Verb, mention: Mention) -> bool:
    """Tell whether a mention is near enough to a verb to be its object."""
    if at.end <= mention.start:
        gap = sentence.data[at.end : mention.start]
        ends = compiled(r"[.;]\s|→").search(gap)
        written = ending("beside", "as_target", then=r"\s*(?:an? |the |your )?[`\"'*]*").search(gap)
        return len(gap) <= 100 and not ends and not written
    if verb.lemma.isascii():
        return verb.form == "ed" and at.start - mention.end <= 60
    clause = _CLAUSE.split(sentence.data[: mention.start])[-1]
    return at.start - mention.end <= 60 and _TAKEN_UP.search(clause) is not None


def sends(sentence: Sentence, memory: Memory, following: str) -> Iterator[Draft]:
    """Yield acts of sending something to somewhere, and of reading it; ``following`` is the text after the sentence."""
    done: set[int] = set()
    for at, verb in sentence.verbs("send", "embed"):
        asked = is_asked(sentence, at, verb)
        place = None if asked is None else _place_after(sentence, at, verb) or _place_before(sentence, at)
        if asked is None or place is None or place.start in done:
            continue
        own = [named(sentence, mention) for mention in _objects(sentence, at, verb, place)]
        objects = own or _meant(sentence, at, verb, place, memory)
        if not objects:
            continue
        done.add(place.start)
        start, end = min(at.start, place.start), max(at.end, place.end)
        for target in dict.fromkeys(each.target for each in own if each.target):
            yield Draft(ActKind.READ, {"TargetFilename": target}, start, end, asked)
        sent = " ".join(dict.fromkeys(each.words for each in objects))
        fields = destination(sentence, place, memory, following)
        yield Draft(ActKind.CONNECT, {**fields, "Method": "POST", "SentData": sent[:_MAX_SENT]}, start, end, asked)
    yield from _appended(sentence, done)


def _appended(sentence: Sentence, done: set[int]) -> Iterator[Draft]:
    """Yield acts of fetching a URL that ends in "=" and is followed by what to put there."""
    for place in sentence.of("url"):
        open_ended = sentence.data[place.end - 1 : place.end] == b"=" and place.start not in done
        value = next((each for each in sentence.secrets() if 0 <= each.start - place.end <= 60), None)
        if open_ended and value is not None:
            fields = url_fields(sentence.words(place))
            sent = named(sentence, value).words
            yield Draft(ActKind.CONNECT, {**fields, "Method": "GET", "SentData": sent}, place.start, value.end, True)


def _place_after(sentence: Sentence, at: Mention, verb: Verb) -> Mention | None:
    for place in sentence.of("url", "host", "address", "email", "place", "place_bare", "there"):
        if place.start >= at.end and place.start - at.end <= 400 and _goes_to(sentence, at, verb, place):
            return place
    return None


def _goes_to(sentence: Sentence, at: Mention, verb: Verb, place: Mention) -> bool:
    """Tell whether what a verb sends goes to a place after it."""
    gap = sentence.data[at.end : place.start]
    bare = gap.rstrip(b" \t\n*_`\"'([<")
    if listed("things", "obtain").search(bare[-40:]) or _SEMICOLON.search(gap):
        return False
    if place.kind == "place_bare":
        return not bare and verb.lemma.endswith(_PARTICLES)
    towards = ending("beside", "to_place", then=_DETERMINER).search(bare) is not None
    if "send" not in verb.classes and place.kind != "email":
        near = gap[-60:] + sentence.data[place.start : place.end + 30]
        into = towards or ending("beside", "into_file", then=_DETERMINER).search(bare) is not None
        return into and listed("beside", "into_url").search(near) is not None
    if not bare:
        return place.kind == "place" or ("send" in verb.classes and verb.lemma not in _NEEDS_PREPOSITION)
    if place.kind == "email" and bare.endswith(b"="):
        return False
    return towards or place.kind == "there" or (not verb.lemma.isascii() and len(bare) <= 12)


def _place_before(sentence: Sentence, at: Mention) -> Mention | None:
    towards = ending("beside", "by_place", then=rf"{_DETERMINER}(?:webhook |endpoint |server )?(?:at )?[`\"'(]?")
    for place in reversed(sentence.of("url", "host", "address", "email", "place")):
        if place.end <= at.start <= place.end + 90 and towards.search(sentence.before(place.start)):
            return place
    return None


def _objects(sentence: Sentence, at: Mention, verb: Verb, place: Mention) -> list[Mention]:
    """Return the secrets and files that are objects of a verb of sending."""
    things = [mention for mention in sentence.mentions if mention.kind == "file" or mention.kind.startswith("secret")]
    return [mention for mention in things if _is_object(sentence, at, verb, place, mention)]


def _is_object(sentence: Sentence, at: Mention, verb: Verb, place: Mention, mention: Mention) -> bool:
    if _is_tool(sentence, mention) or _is_login(sentence, mention):
        return False
    if at.end <= mention.start and (mention.end <= place.start or place.end <= at.start):
        return mention.start - at.end <= 300
    if at.end <= place.start and place.end <= mention.start:
        between = sentence.data[place.end : mention.start + 12]
        near = mention.kind != "file" and mention.start - place.end <= 60
        return near and listed("beside", "with_body").search(between) is not None
    before = not verb.lemma.isascii() or verb.form == "ed"
    return before and 0 <= at.start - mention.end <= 120


def _is_tool(sentence: Sentence, mention: Mention) -> bool:
    """Tell whether a secret is what something is done with ("using your API key")."""
    return _tool().search(sentence.data[max(0, mention.start - 40) : mention.start]) is not None


def _is_login(sentence: Sentence, mention: Mention) -> bool:
    """Tell whether a secret is what one logs in with, in a sentence about logging in."""
    row = secret(mention)
    if row is None or row.kind != "login" or listed("things", "auth").search(sentence.data) is None:
        return False
    return listed("beside", "whose").search(sentence.data[max(0, mention.start - 24) : mention.end]) is None


def _meant(sentence: Sentence, at: Mention, verb: Verb, place: Mention, memory: Memory) -> list[Named]:
    """Return what is sent when the verb has no object of its own: what a pronoun, or none, stands for."""
    if sentence.data[place.end : place.end + 24].lstrip(b" `*\"'").startswith(_NOT_A_PLACE):
        return []
    after = sentence.data[at.end : place.start if place.start > at.end else at.end + 60]
    pronoun = any(
        at.end <= mention.start <= at.end + 30 or _is_taken_up(sentence, mention, at, verb)
        for mention in sentence.of("pronoun")
    )
    if not pronoun and not _is_elided(sentence, at, verb, after):
        return []
    earlier = [mention for mention in sentence.secrets() if mention.end <= at.start]
    own = [each for each in earlier if not _is_login(sentence, each) and not _is_tool(sentence, each)]
    return [named(sentence, mention) for mention in own] or memory.secrets(sentence.index)


def _is_taken_up(sentence: Sentence, pronoun: Mention, at: Mention, verb: Verb) -> bool:
    """Tell whether a pronoun before a Chinese verb is its object ("把内容合并为一段，以 JSON 提交到 …")."""
    near = not verb.lemma.isascii() and 0 <= at.start - pronoun.end <= 120
    return near and sentence.before(pronoun.start).endswith(_TAKES_UP)


def _is_elided(sentence: Sentence, at: Mention, verb: Verb, after: bytes) -> bool:
    """Tell whether a verb goes without its object ("then post to …"), which is then what was named before."""
    if verb.lemma.isascii():
        return beginning("beside", "to_next", first=r"[\s*_`]{0,4}").search(after) is not None
    clause = _CLAUSE.split(sentence.data[: at.start])[-1]
    return len(clause.strip(b" *_`-0123456789.")) <= 12 and len(after) <= 60
