"""Acts of sending and of reading secrets, as prose asks for them."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from pinfold.language.fold import Folded
from pinfold.language.mentions import Mention, Sentence, Topic, doing, is_asked, read_sentence, secrets, thing, topics
from pinfold.language.verbs import Verb
from pinfold.language.wording import Pattern, compiled
from pinfold.model import ActKind, FieldValue

REMEMBERED = 3
"""For so many sentences a pronoun can still mean what an earlier one named."""

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443, "ftp": 21, "ftps": 990, "sftp": 22}
_WEAK = frozenset("write put pipe return copy report text feed drop message paste share transfer stream pass push mail e-mail email dm ship dump sync".split())
"""Verbs that need a preposition before the place: "write to", but "post https://…"."""
_PLACES = frozenset(("url", "host", "address", "email"))
_LATER = re.compile(r"\bhttps?://[^\s<>\"'`|)\],。、】」》]{1,500}")


@dataclass(slots=True)
class Draft:
    """An act in the making: ``start`` and ``end`` are folded bytes of its sentence, ``asked`` is false for what is only reported."""

    kind: ActKind
    fields: dict[str, FieldValue]
    start: int
    end: int
    asked: bool


@dataclass(slots=True)
class Memory:
    """What earlier sentences named, each with the index of its sentence."""

    past: deque[tuple[int, str, Folded]] = field(default_factory=lambda: deque(maxlen=REMEMBERED))  # sentences that may name secrets or places
    download: tuple[int, str] | None = None

    def note(self, index: int, words: str, folded: Folded, topics: Sequence[Topic]) -> None:
        """Keep a sentence that may name a secret or a place; it is read when a later one asks for it."""
        if any(kind.startswith("secret") or kind in _PLACES for topic in topics for kind in topic.kinds):
            self.past.append((index, words, folded))

    def expects(self, index: int, data: bytes) -> bool:
        """Tell whether a sentence may go on with what one before it named."""
        if self.download is not None and index - self.download[0] <= REMEMBERED:
            return True
        return bool(self.past) and index - self.past[-1][0] <= REMEMBERED and doing("send", "embed").search(data) is not None

    def recent(self, index: int) -> list[tuple[str, str]]:
        """Return the secrets named within reach of a pronoun, those of the latest sentence that named any."""
        kinds = frozenset(kind for topic in topics() for kind in topic.kinds if kind.startswith("secret"))
        for sentence in self._before(index, kinds):
            found = [named(sentence, mention) for mention in sentence.secrets()]
            if found:
                return found
        return []

    def place(self, index: int) -> dict[str, FieldValue] | None:
        """Return the fields of the last place that a sentence within reach named."""
        for sentence in self._before(index, _PLACES):
            places = sentence.of(*_PLACES)
            if places:
                return destination(sentence, places[-1], self)
        return None

    def _before(self, index: int, kinds: frozenset[str]) -> Iterator[Sentence]:
        """Yield the sentences kept before one, the latest first."""
        for where, words, folded in reversed(self.past):
            if index - REMEMBERED <= where < index:
                yield read_sentence(words, where, folded, kinds)


@dataclass(frozen=True, slots=True)
class _Patterns:
    preposition: Pattern
    into_url: Pattern
    tool: Pattern
    with_body: Pattern
    towards: Pattern
    to_next: Pattern
    whose: Pattern
    other_end: Pattern


@cache
def _patterns() -> _Patterns:
    return _Patterns(
        preposition=compiled(r"(?:\b(?:to|at|into|via|through|using|on|onto|over|address|endpoint|server|webhook|collector|bot|url|host|site|towards?|with|upload|post|put|recipient|channel|api|link|service|mailbox|inbox)|[:：→>=]|到|至|给|往|向|于|在|为|是|址|口|器|接|箱|net)\s?(?:the |our |my |its |a )?$"),
        into_url=compiled(r"\b(?:url|link|query|parameters?|params?|image|img|src|path|request|subject|body|end of)\b|链接|参数|图片|地址|末尾|网址|请求"),
        tool=compiled(r"\b(?:using|with|via|by|requires?|needs?|use|uses|set|configure|provide|without|has|have|where)\s+(?:your|the|an?|their|its|valid|my|this|our)?\s?(?:own |valid )?$|(?:使用|用|通过|需要|配置|设置|提供)(?:你的|您的)?$"),
        with_body=compiled(r"\b(?:with|containing|including|contains?|carrying|body|payload|together|along|as|of|plus|attach(?:ed|ing)?|include|the|all)\b|[:：]|附|包含|携带|内容|包括|带"),
        towards=compiled(r"(?:\b(?:to|use|using|via|contact|connect to|call|through)|向|往|给|到|对|通过|使用|用|访问|调用|连接)\s?(?:the |our |my |a )?(?:webhook |endpoint |server )?(?:at )?[`\"'(]?$"),
        to_next=compiled(r"^[\s*_`]{0,4}(?:to|via|over|onto|through|[:=→]|到|至|给|往)"),
        whose=compiled(r"\buser(?:'|’)?s?\b|\b(?:all|every|any|their|found|discovered|collected|stored|saved)\b|用户|所有|全部|他人|对方"),
        other_end=compiled(r"[.;]\s|→|\b(?:to|into|as|in(?:to)? a|from the env\w*)\s*(?:an? |the |your )?[`\"'*]*$|(?:为|成|到|至|入)\s*[`\"'*]*$"),
    )


def reads(sentence: Sentence) -> Iterator[Draft]:
    """Yield acts of reading a secret."""
    seen: set[str] = set()
    for mention in sentence.secrets():
        _, target = named(sentence, mention)
        if not target or target in seen:
            continue
        for at, verb in sentence.verbs("read" if mention.kind == "secret_path" else "take"):
            asked = is_asked(sentence, at, verb) if _governs(sentence, at, verb, mention) else None
            if asked is not None:
                seen.add(target)
                yield Draft(ActKind.READ, {"TargetFilename": target}, min(at.start, mention.start), max(at.end, mention.end), asked)
                break


def _governs(sentence: Sentence, at: Mention, verb: Verb, mention: Mention) -> bool:
    """Tell whether a mention is near enough to a verb to be its object."""
    if at.end <= mention.start:
        gap = sentence.data[at.end : mention.start]
        return len(gap) <= 100 and not _patterns().other_end.search(gap)
    if verb.lemma.isascii():
        return verb.form == "ed" and at.start - mention.end <= 60
    clause = re.split("[,。;:]".encode(), sentence.data[: mention.start])[-1]
    return at.start - mention.end <= 60 and re.search("把|将|从|对".encode(), clause) is not None


def named(sentence: Sentence, mention: Mention) -> tuple[str, str]:
    """Return what a secret is called in ``SentData`` and the file that holds it, or ``""``."""
    if mention.kind == "secret_path":
        path = normal_path(sentence.words(mention))
        return path, path
    row = secrets()[int(mention.kind.partition(":")[2])]
    words = " ".join(sentence.folded_words(mention).split())
    return f"{row.name} {words}" if row.name.casefold() != words.casefold() else row.name, row.target


def normal_path(path: str) -> str:
    """Return a path with ``~`` for the home folder."""
    return re.sub(r"^(?:\$HOME|\$\{HOME\}|%USERPROFILE%)(?=[/\\]|$)", "~", path, flags=re.IGNORECASE)


def sends(sentence: Sentence, memory: Memory, following: str) -> Iterator[Draft]:
    """Yield acts of sending something to somewhere, and of reading what is sent; ``following`` is the text after the sentence."""
    done: set[int] = set()
    for at, verb in sentence.verbs("send", "embed"):
        asked = is_asked(sentence, at, verb)
        if asked is None:
            continue
        place = _place_after(sentence, at, verb) or _place_before(sentence, at)
        if place is None or place.start in done:
            continue
        own = _objects(sentence, at, verb, place)
        objects = own or (_meant(sentence, at, verb, place, memory))
        if not objects:
            continue
        done.add(place.start)
        start, end = min(at.start, place.start), max(at.end, place.end)
        for target in dict.fromkeys(target for _, target in own if target):
            yield Draft(ActKind.READ, {"TargetFilename": target}, start, end, asked)
        fields = destination(sentence, place, memory, following)
        fields["Method"] = "POST"
        fields["SentData"] = " ".join(dict.fromkeys(words for words, _ in objects))[:500]
        yield Draft(ActKind.CONNECT, fields, start, end, asked)


def _place_after(sentence: Sentence, at: Mention, verb: Verb) -> Mention | None:
    patterns = _patterns()
    for place in sentence.of("url", "host", "address", "email", "place", "place_bare", "there"):
        gap = sentence.data[at.end : place.start] if place.start >= at.end else None
        if gap is None or len(gap) > 400:
            continue
        bare = gap.rstrip(b" \t\n*_`\"'([<")
        if thing("obtain").search(bare[-40:]) or re.search(rb"[;]\s", gap):
            continue
        if "send" not in verb.classes and place.kind != "email" and not (patterns.into_url.search(gap[-60:] + sentence.data[place.start : place.end + 30]) and patterns.preposition.search(bare)):
            continue
        if place.kind == "place_bare":
            if not bare and verb.lemma.endswith(("到", "给", "至", "往", "回")):
                return place
            continue
        if not bare:
            if place.kind == "place" or (verb.lemma not in _WEAK and "send" in verb.classes):
                return place
            continue
        if place.kind == "email" and bare.endswith(b"="):
            continue
        if place.kind == "there" or patterns.preposition.search(bare) or (place.kind in ("place", "there") and sentence.data[place.start : place.start + 3] == b"to "):
            return place
        if not verb.lemma.isascii() and len(bare) <= 12:
            return place
    return None


def _place_before(sentence: Sentence, at: Mention) -> Mention | None:
    for place in reversed(sentence.of("url", "host", "address", "email", "place")):
        if place.end <= at.start <= place.end + 90 and _patterns().towards.search(sentence.before(place.start)):
            return place
    return None


def _objects(sentence: Sentence, at: Mention, verb: Verb, place: Mention) -> list[tuple[str, str]]:
    """Return what is sent, as (words, file): the objects of the verb."""
    direct = [mention for mention in (*sentence.secrets(), *sentence.of("file")) if _is_object(sentence, at, verb, place, mention)]
    return [_object(sentence, mention) for mention in sorted(direct, key=lambda mention: mention.start)]


def _meant(sentence: Sentence, at: Mention, verb: Verb, place: Mention, memory: Memory) -> list[tuple[str, str]]:
    """Return what is sent when the verb has no object of its own: what a pronoun, or none, stands for."""
    following = sentence.data[place.end : place.end + 24].lstrip(b" `*\"'")
    if following.startswith(tuple(word.encode() for word in ("之前", "前", "时", "之后", "的"))):
        return []
    after = sentence.data[at.end : place.start if place.start > at.end else at.end + 60]
    pronoun = next((mention for mention in sentence.of("pronoun") if at.end <= mention.start <= at.end + 30), None)
    if pronoun is None and not _is_elided(sentence, at, verb, after):
        return []
    earlier = [mention for mention in sentence.secrets() if mention.end <= at.start and not _is_login(sentence, mention) and not _patterns().tool.search(sentence.before(mention.start))]
    if earlier:
        return [named(sentence, mention) for mention in earlier]
    return memory.recent(sentence.index)


def _is_elided(sentence: Sentence, at: Mention, verb: Verb, after: bytes) -> bool:
    """Tell whether a verb goes without its object ("then post to …"), which is then what was named before."""
    if verb.lemma.isascii():
        return _patterns().to_next.search(after) is not None
    clause = re.split("[,。;:]|然后|并且|再".encode(), sentence.data[: at.start])[-1]
    return len(clause.strip(b" *_`-0123456789.")) <= 12 and len(after) <= 60


def _object(sentence: Sentence, mention: Mention) -> tuple[str, str]:
    return (normal_path(sentence.words(mention)), "") if mention.kind == "file" else named(sentence, mention)


def _is_object(sentence: Sentence, at: Mention, verb: Verb, place: Mention, mention: Mention) -> bool:
    patterns = _patterns()
    if patterns.tool.search(sentence.data[max(0, mention.start - 40) : mention.start]) or _is_login(sentence, mention):
        return False
    if at.end <= mention.start and (mention.end <= place.start or place.end <= at.start):
        return mention.start - at.end <= 300
    if at.end <= place.start and place.end <= mention.start:
        return mention.kind != "file" and mention.start - place.end <= 60 and patterns.with_body.search(sentence.data[place.end : mention.start + 12]) is not None
    if mention.end <= at.start:
        return (not verb.lemma.isascii() or verb.form == "ed") and at.start - mention.end <= 120
    return False


def _is_login(sentence: Sentence, mention: Mention) -> bool:
    """Tell whether a secret is what one logs in with, in a sentence about logging in."""
    if not mention.kind.startswith("secret:") or secrets()[int(mention.kind.partition(":")[2])].kind != "login":
        return False
    owned = _patterns().whose.search(sentence.data[max(0, mention.start - 24) : mention.end])
    return owned is None and thing("auth").search(sentence.data) is not None


def destination(sentence: Sentence, place: Mention, memory: Memory, following: str = "") -> dict[str, FieldValue]:
    """Return the fields that say where a place is: for "our server" what stands beside it, before it or soon after it, else the host ``*``."""
    written = sentence.words(place)
    if place.kind in ("place", "place_bare", "there"):
        named_here = next((each for each in sentence.of("url", "host", "address", "email") if 0 <= each.start - place.end <= 40), None)
        if named_here is not None:
            return destination(sentence, named_here, memory)
        if (earlier := memory.place(sentence.index)) is not None:
            return earlier
        later = _LATER.search(following) if place.kind == "place" else None
        return url_fields(later.group().rstrip(".,;:!?*_")) if later else {"DestinationHostname": "*"}
    if place.kind == "email":
        return {"DestinationHostname": written.rpartition("@")[2], "DestinationPort": 25, "Url": f"mailto:{written}"}
    url = written if place.kind == "url" else f"//{written}"
    return url_fields(url.rstrip(".,;:!?*_"), keep=place.kind == "url")


def url_fields(url: str, *, keep: bool = True) -> dict[str, FieldValue]:
    """Return host, port and URL of an address; ``keep`` tells whether it was a URL with a scheme."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "*", parts.port
    except ValueError:
        return {"DestinationHostname": "*", "Url": url}
    is_address = re.fullmatch(r"\d{1,3}(?:\.\d{1,3}){3}", host) is not None
    fields: dict[str, FieldValue] = {"DestinationIp" if is_address else "DestinationHostname": host}
    port = port or _PORTS.get(parts.scheme)
    if port:
        fields["DestinationPort"] = port
    if keep:
        fields["Url"] = url
    return fields
