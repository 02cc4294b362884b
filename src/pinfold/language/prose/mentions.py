"""What a sentence mentions: secrets, places to send them to, networks, memory files, verbs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from pinfold.language.fold import Folded
from pinfold.language.prose.verbs import Verb, surfaces
from pinfold.language.prose.wording import (
    Pattern,
    alternatives,
    beginning,
    compiled,
    ending,
    entries,
    simplified,
    wording,
)

_REST = r"[^\s<>\"'`|)\],。、】」》]*[^\s<>\"'`|)\],。、】」》.:;!?*_]"
"""What belongs to a URL, without the punctuation that ends the sentence around it."""
_TLDS = (
    "com|net|org|io|cn|dev|app|ai|xyz|top|ru|info|me|co|cc|site|online|tech|live|club|shop|icu|tk|pw|ws|to|gg|so|fun|su"
    "|onion|example|invalid|test"
)
_URL = rf"\b(?:https?|wss?|ftps?|sftp)://{_REST}"
_EMAIL = r"\b[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]+\b"
_HOST = rf"\b[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.(?:{_TLDS})\b(?::\d+)?(?:/{_REST})?"
_ADDRESS = rf"\b\d+(?:\.\d+){{3}}(?::\d+)?(?:/{_REST})?"
_OCTET = r"(?:\d+|x+|\*)"
_UP_TO = r"(?:/\d{1,2}|\s?[-–~]\s?\d+(?:\.\d+){0,3})?"
_TWO_OCTETS = r"172\.(?:1[6-9]|2\d|3[01])|192\.168"
_RANGE = (
    rf"\b(?:10(?:\.{_OCTET}){{3}}|(?:{_TWO_OCTETS}|169\.254)(?:\.{_OCTET}){{2}}){_UP_TO}"
    rf"|\b(?:10|{_TWO_OCTETS})(?:\.\d+)?(?:\.(?:x+|\*)){{1,2}}"
)
_ENDINGS = "txt|md|json|csv|pdf|docx?|xlsx?|zip|tar|gz|log|db|sqlite3?|ya?ml|toml|py|sh|exe|dmg|png|jpe?g"
_FILE = rf"(?:~|\$home|\.{{1,2}})(?:/[\w.*-]+)+|\B(?:/[\w.*-]+){{2,}}|\b[\w-]+\.(?:{_ENDINGS})\b"
_NUMBER = r"\d(?:[\d,.]*\d)?"

_LISTED = {
    "metadata": "metadata",
    "memory_file": "memory_file",
    "secret_path": "secret_path",
    "memory_words": "memory_words",
    "tunnel": "tunnel",
    "tunnel_tool": "tunnel_tool",
    "mining": "mining",
    "network": "network",
    "place": "place_words",
    "place_bare": "place_bare",
    "there": "there",
    "pronoun": "pronoun",
}
"""Kinds of mentions and the lists of ``[things]`` that name them."""

_FIRST = (
    "metadata", "url", "email", "memory_file", "secret_path", "range", "address", "amount", "memory_words", "tunnel",
    "tunnel_tool", "mining",
)  # fmt: skip
_SOFT = ("file", "place", "place_bare", "there", "pronoun", "verb")
"""Kinds that matter only beside others."""


class Mention(NamedTuple):
    """Something named in a sentence: its kind and its span in folded bytes."""

    kind: str
    start: int
    end: int


class Topic(NamedTuple):
    """A pattern over some kinds of mentions; unless it speaks for itself, an act needs a verb beside them."""

    pattern: Pattern
    kinds: frozenset[str]
    speaks_for_itself: bool


@cache
def _sources() -> dict[str, str]:
    """Return the expression of every kind; where two overlap in a text the earlier wins."""
    spelt = {"url": _URL, "email": _EMAIL, "host": _HOST, "address": _ADDRESS, "range": _RANGE, "file": _FILE}
    spelt |= {"amount": _amount(), "verb": alternatives(surfaces())}
    spelt |= {kind: alternatives(entries("things", name)) for kind, name in _LISTED.items()}
    secret = {f"secret:{index}": alternatives(row["words"]) for index, row in enumerate(wording()["secret"])}
    spelt["metadata"] = rf"(?:https?://\[?)?(?:{spelt['metadata']})"
    return {kind: (spelt | secret)[kind] for kind in (*_FIRST, *secret, "network", "host", *_SOFT)}


def _amount() -> str:
    money = "|".join(entries("things", "money")).replace("(", "(?:")
    return (
        rf"(?:us\$|[$€£¥￥])\s?{_NUMBER}\s?(?:usd|usdt|k|m)?\b"
        rf"|\b{_NUMBER}\s?(?:(?:{money})\b|元|块|美元|美金|人民币|欧元|泰达币|比特币|以太币|枚)"
    )


@cache
def topics() -> Sequence[Topic]:
    """Return what acts are about: text in which none of the patterns matches holds no act.

    There are several patterns, because one automaton for all of them would spend more time on building its states than
    on reading.
    """
    secret = [kind for kind in _sources() if kind.startswith("secret:")]
    groups = (
        ("url", "address", "range"),
        ("email", "host"),
        secret[:7],
        secret[7:12],
        secret[12:],
        ("memory_file", "secret_path"),
    )
    found = [Topic(_union(group), frozenset(group), speaks_for_itself=False) for group in groups]
    words = ("memory_words", "network", "tunnel", "tunnel_tool", "mining", "amount")
    found.append(Topic(_union(words), frozenset(words), speaks_for_itself=True))
    phrases = [alternatives(entries("things", name)) for name in ("remember", "archive_password", "download")]
    others = compiled("|".join([_sources()["metadata"], *phrases]))
    found.append(Topic(others, frozenset(("metadata",)), speaks_for_itself=True))
    return found


def _union(kinds: Sequence[str]) -> Pattern:
    return compiled("|".join(_sources()[kind] for kind in kinds))


@cache
def doing(*classes: str) -> Pattern:
    """Return the pattern of all forms of the verbs of some classes."""
    return compiled(alternatives(form for form, verb in surfaces().items() if not verb.classes.isdisjoint(classes)))


class Sentence:
    """One sentence under reading; ``index`` counts the sentences of its text. Spans of mentions are in ``data``."""

    __slots__ = ("_doing", "_kinds", "folded", "index", "mentions", "text")

    def __init__(self, text: str, index: int, folded: Folded, mentions: list[Mention]) -> None:
        """Take what was found, and look up the verbs, once for all readers."""
        self.text = text
        self.index = index
        self.folded = folded
        self.mentions = mentions
        self._kinds = frozenset(mention.kind for mention in mentions)
        self._doing = [(at, verb) for at in self.of("verb") if (verb := surfaces().get(self._plain(at))) is not None]

    @property
    def data(self) -> bytes:
        """The folded bytes."""
        return self.folded.data

    def of(self, *kinds: str) -> list[Mention]:
        """Return the mentions of some kinds, in order."""
        if self._kinds.isdisjoint(kinds):
            return []
        return [mention for mention in self.mentions if mention.kind in kinds]

    def secrets(self) -> list[Mention]:
        """Return the mentions of secrets, in words or as paths."""
        return [mention for mention in self.mentions if mention.kind.startswith("secret")]

    def verbs(self, *classes: str) -> list[tuple[Mention, Verb]]:
        """Return the verbs of some classes, each with its mention."""
        return [(at, verb) for at, verb in self._doing if not verb.classes.isdisjoint(classes)]

    def asked(self, *classes: str) -> tuple[Mention, Verb, bool] | None:
        """Return the first verb of some classes that is one here, and whether it asks for its act."""
        for at, verb in self.verbs(*classes):
            asked = is_asked(self, at, verb)
            if asked is not None:
                return at, verb, asked
        return None

    def governing(self, thing: Mention, *classes: str) -> tuple[Mention, Verb, bool] | None:
        """Return the nearest verb of some classes of which a thing is the object, and whether it asks for its act."""
        for at, verb in reversed(self.verbs(*classes)):
            near = 0 <= thing.start - at.end <= 140
            if not verb.lemma.isascii():
                near = near or 0 <= at.start - thing.end <= 30
            elif verb.form == "ed":
                near = near or 0 <= at.start - thing.end <= 60
            asked = is_asked(self, at, verb) if near else None
            if asked is not None:
                return at, verb, asked
        return None

    def folded_words(self, mention: Mention) -> str:
        """Return the folded wording of a mention, in simplified characters, with single blanks."""
        return simplified(" ".join(self.data[mention.start : mention.end].decode("utf-8", "replace").split()))

    def words(self, mention: Mention) -> str:
        """Return the wording of a mention as written."""
        start, end = self.folded.span(mention.start, mention.end)
        return self.text[start:end]

    def before(self, at: int, size: int = 90) -> bytes:
        """Return the folded bytes before an offset, without the white space and emphasis at their end."""
        return self.data[max(0, at - size) : at].rstrip(b" \t\n*_`\"'([")

    def _plain(self, mention: Mention) -> str:
        return " ".join(self.folded_words(mention).replace("*", " ").replace("_", " ").split())


def read_sentence(text: str, index: int, folded: Folded, kinds: frozenset[str]) -> Sentence:
    """Return the sentence with its mentions of the given kinds, and of those that matter beside them."""
    data = folded.data
    taken = bytearray(len(data))
    found: list[Mention] = []
    for kind, source in _sources().items():
        if kind not in kinds and kind not in _SOFT:
            continue
        for match in compiled(source).finditer(data):
            start, end = match.span()
            cut_out = kind.endswith(("_path", "_file")) and _is_cut_out(data, start, end)
            if end > start and taken.find(1, start, end) < 0 and not cut_out:
                taken[start:end] = b"\1" * (end - start)
                found.append(Mention(kind, start, end))
    found.sort(key=lambda mention: mention.start)
    return Sentence(text, index, folded, found)


def _is_cut_out(data: bytes, start: int, end: int) -> bool:
    """Tell whether a path is only a piece of a longer name ("context.env", ".env.example", "managed-agents.md")."""
    before, after = data[max(0, start - 1) : start], data[end : end + 2]
    if before.isalnum() or before in (b"_", b"-", b"."):
        return True
    return after[:1].isalnum() or after[:1] in (b"_", b"-") or (after[:1] == b"." and after[1:].isalnum())


def is_asked(sentence: Sentence, at: Mention, verb: Verb) -> bool | None:
    """Tell whether a verb asks for its act (true), reports it of somebody (false), or is no verb here (``None``)."""
    if _is_name_part(sentence.data, at):
        return None
    before = sentence.before(at.start)
    if _stands("reported", before):
        return False
    if _stands("told", before) or _stands("agent", before):
        return verb.form in ("base", "s") or None
    if verb.form != "base":
        return _is_asked_inflected(sentence, at, verb, before)
    if _stands("able_to", before) or _stands("third_person", before):
        return _stands("request", before)
    if verb.lemma.isascii():
        return None if _stands("noun", before) else True
    after = sentence.data[at.end : at.end + 16]
    return None if _stands("done", before) or beginning("mood", "noun_after").search(after) else True


def _is_asked_inflected(sentence: Sentence, at: Mention, verb: Verb, before: bytes) -> bool:
    if verb.form == "ed":
        return _stands("must_be", before)
    if verb.form == "ing":
        return _stands("gerund", before) or _stands("request", sentence.data[: at.start].rstrip())
    return False


def _stands(name: str, before: bytes) -> bool:
    """Tell whether a text ends in words of one list of ``[mood.before]``."""
    return ending("mood", "before", name).search(before) is not None


def _is_name_part(data: bytes, at: Mention) -> bool:
    before, after = data[max(0, at.start - 1) : at.start], data[at.end : at.end + 1]
    return before in (b"_", b"/", b".", b"-", b"&", b"$", b"@", b"#") or after in (b"_", b"/", b"-", b"=", b"(", b"@")
