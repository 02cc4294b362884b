"""What a sentence mentions: secrets, places to send them to, networks, memory files, verbs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from pinfold.language.fold import Folded
from pinfold.language.verbs import Verb, surfaces
from pinfold.language.wording import Pattern, alternatives, compiled, listed, simplified, wording

_HOST = r"\b[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\.(?:com|net|org|io|cn|dev|app|ai|xyz|top|ru|info|me|co|cc|site|online|tech|live|club|shop|icu|tk|pw|ws|to|gg|so|fun|su|onion|example|invalid|test)\b(?::\d+)?(?:/[^\s<>\"'`)\],。、]*)?"
_ADDRESS = r"\b\d+(?:\.\d+){3}(?::\d+)?(?:/[^\s<>\"'`)\],。、]*)?"
_OCTET = r"(?:\d+|x+|\*)"
_SPAN = r"(?:/\d{1,2}|\s?[-–~]\s?\d+(?:\.\d+){0,3})?"
_RANGE = (
    rf"\b(?:10(?:\.{_OCTET}){{3}}|(?:172\.(?:1[6-9]|2\d|3[01])|192\.168|169\.254)(?:\.{_OCTET}){{2}}){_SPAN}"
    r"|\b(?:10|172\.(?:1[6-9]|2\d|3[01])|192\.168)(?:\.\d+)?(?:\.(?:x+|\*)){1,2}"
)
_URL = r"\b(?:https?|wss?|ftps?|sftp)://[^\s<>\"'`|)\],。、】」》]+"
_EMAIL = r"\b[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]+\b"
_FILE = r"(?:~|\$home|\.{1,2})(?:/[\w.*-]+)+|\B(?:/[\w.*-]+){2,}|\b[\w-]+\.(?:txt|md|json|csv|pdf|docx?|xlsx?|zip|tar|gz|log|db|sqlite3?|ya?ml|toml|py|sh|exe|dmg|png|jpe?g)\b"
_AMOUNT = r"(?:us\$|[$€£¥￥])\s?\d[\d,.]*\s?(?:usd|usdt|k|m)?\b|\b\d[\d,.]*\s?(?:%s|元|块|美元|美金|人民币|欧元|泰达币|比特币|以太币|枚)"


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


class Secret(NamedTuple):
    """One row of the table of secrets in ``wording.toml``."""

    name: str
    kind: str
    target: str


@cache
def secrets() -> Sequence[Secret]:
    """Return the table of secrets; the kind of a mention ``secret:3`` names its row."""
    return [Secret(row["name"], row["kind"], row.get("target", "")) for row in wording()["secret"]]


_LISTED = {
    "memory_file": "memory_file", "secret_path": "secret_path", "memory_words": "memory_words", "tunnel": "tunnel", "tunnel_tool": "tunnel_tool", "mining": "mining", "network": "network",
    "place": "place_words", "place_bare": "place_bare", "there": "there", "pronoun": "pronoun", "metadata": "metadata",
}  # fmt: skip
"""Kinds of mentions and the lists of ``[things]`` that name them."""

_SOFT = ("file", "place", "place_bare", "there", "verb", "pronoun")
"""Kinds that matter only beside others."""


@cache
def _sources() -> dict[str, str]:
    """Return the expression of every kind; where two overlap in a text the earlier wins."""
    things = wording()["things"]
    spelt = {"url": _URL, "email": _EMAIL, "range": _RANGE, "address": _ADDRESS, "host": _HOST, "file": _FILE, "amount": _amount(), "verb": alternatives(surfaces())}
    spelt |= {kind: alternatives(things[name]) for kind, name in _LISTED.items()}
    spelt |= {f"secret:{index}": alternatives(row["words"]) for index, row in enumerate(wording()["secret"])}
    spelt["metadata"] = f"(?:https?://\\[?)?(?:{spelt['metadata']})"
    first = ("metadata", "url", "email", "memory_file", "secret_path", "range", "address", "amount", "memory_words", "tunnel", "tunnel_tool", "mining")
    order = (*first, *(kind for kind in spelt if kind.startswith("secret:")), "network", "host", *_SOFT)
    return {kind: spelt[kind] for kind in order}


@cache
def topics() -> Sequence[Topic]:
    """Return what acts are about. Text in which none of the patterns matches holds no act.

    There are several patterns, because one automaton for all of them would spend more time on building its states than on reading.
    """
    secret = [kind for kind in _sources() if kind.startswith("secret:")]
    groups = (
        ("url", "address", "range"), ("email", "host"), secret[:7], secret[7:12], secret[12:], ("memory_file", "secret_path"),
        ("memory_words", "network", "tunnel", "tunnel_tool", "mining", "amount"), ("metadata", "+remember", "+archive_password", "+download"),
    )  # fmt: skip
    things = wording()["things"]
    return [
        Topic(
            compiled("|".join(alternatives(things[kind[1:]]) if kind.startswith("+") else _sources()[kind] for kind in group)),
            frozenset(group),
            speaks_for_itself=not {"tunnel", "metadata"}.isdisjoint(group),
        )
        for group in groups
    ]


@cache
def doing(*classes: str) -> Pattern:
    """Return the pattern of all forms of the verbs of some classes."""
    return compiled(alternatives(written for written, verb in surfaces().items() if not verb.classes.isdisjoint(classes)))


def _mentions(data: bytes, kinds: frozenset[str]) -> list[Mention]:
    """Return what is mentioned, in order and without overlap: the given kinds, and those that matter beside them."""
    taken = bytearray(len(data))
    found: list[Mention] = []
    for kind, source in _sources().items():
        if kind not in kinds and kind not in _SOFT:
            continue
        for match in compiled(source).finditer(data):
            start, end = match.span()
            if end > start and taken.find(1, start, end) < 0 and not (kind.endswith(("_path", "_file")) and _is_cut_out(data, start, end)):
                taken[start:end] = b"\1" * (end - start)
                found.append(Mention(kind, start, end))
    found.sort(key=lambda mention: mention.start)
    return found


def _is_cut_out(data: bytes, start: int, end: int) -> bool:
    """Tell whether a path is only a piece of a longer name ("context.env", ".env.example", "managed-agents.md")."""
    before, after = data[max(0, start - 1) : start], data[end : end + 2]
    return before.isalnum() or before in (b"_", b"-", b".") or after[:1].isalnum() or after[:1] in (b"_", b"-") or (after[:1] == b"." and after[1:].isalnum())


def _amount() -> str:
    return _AMOUNT % alternatives(wording()["things"]["money"]).replace(r"\b", "", 1)


@dataclass(slots=True)
class Sentence:
    """One sentence under reading. Spans of mentions are in ``data``, its folded bytes."""

    text: str
    index: int
    folded: Folded
    mentions: list[Mention] = field(default_factory=list)
    doing: list[tuple[Mention, Verb]] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Look up the verbs, once for all readers."""
        self.kinds = {mention.kind for mention in self.mentions}
        self.doing = [(mention, verb) for mention in self.mentions if mention.kind == "verb" and (verb := self.verb(mention)) is not None]

    @property
    def data(self) -> bytes:
        return self.folded.data

    def of(self, *kinds: str) -> list[Mention]:
        """Return the mentions of some kinds, in order."""
        if self.kinds.isdisjoint(kinds):
            return []
        return [mention for mention in self.mentions if mention.kind in kinds]

    def secrets(self) -> list[Mention]:
        """Return the mentions of secrets, in words or as paths."""
        return [mention for mention in self.mentions if mention.kind.startswith("secret")]

    def verbs(self, *classes: str) -> list[tuple[Mention, Verb]]:
        """Return the verbs of some classes, each with its mention."""
        return [(mention, verb) for mention, verb in self.doing if not verb.classes.isdisjoint(classes)]

    def verb(self, mention: Mention) -> Verb | None:
        """Return the verb that a mention is a form of."""
        written = simplified(self.folded_words(mention)).replace("*", " ").replace("_", " ")
        return surfaces().get(" ".join(written.split()))

    def folded_words(self, mention: Mention) -> str:
        """Return the folded wording of a mention."""
        return self.data[mention.start : mention.end].decode("utf-8", "replace")

    def words(self, mention: Mention) -> str:
        """Return the wording of a mention as written."""
        start, end = self.folded.span(mention.start, mention.end)
        return self.text[start:end]

    def before(self, at: int, size: int = 90) -> bytes:
        """Return the folded bytes before an offset, without the white space and emphasis at their end."""
        return self.data[max(0, at - size) : at].rstrip(b" \t\n*_`\"'([")


def read_sentence(text: str, index: int, folded: Folded, kinds: frozenset[str]) -> Sentence:
    """Return the sentence with its mentions of the given kinds, and of those that matter beside them."""
    return Sentence(text, index, folded, _mentions(folded.data, kinds))


@cache
def _before(name: str) -> Pattern:
    return compiled(rf"(?:{alternatives(wording()['mood']['before'][name])})$")


@cache
def _after_verb() -> Pattern:
    return compiled(rf"^(?:{alternatives(wording()['mood']['noun_after'])})")


def thing(name: str) -> Pattern:
    """Return the pattern of one list of ``[things]``."""
    return listed("things", name)


def is_asked(sentence: Sentence, mention: Mention, verb: Verb) -> bool | None:
    """Tell whether a verb asks for its act (true), reports it of somebody (false), or is no verb here at all (``None``)."""
    before = sentence.before(mention.start)
    beside = sentence.data[max(0, mention.start - 1) : mention.start], sentence.data[mention.end : mention.end + 1]
    if beside[0] in (b"_", b"/", b".", b"-", b"&", b"$", b"@", b"#") or beside[1] in (b"_", b"/", b"-", b"=", b"(", b"@"):
        return None
    if _before("reported").search(before):
        return False
    if _before("told").search(before) or _before("agent").search(before):
        return verb.form in ("base", "s") or None
    if verb.form == "ed":
        return _before("must_be").search(before) is not None
    if verb.form == "ing":
        asked = _before("gerund").search(before) or _before("request").search(sentence.data[: mention.start])
        return asked is not None
    if verb.form == "s":
        return False
    if _before("able_to").search(before) or _before("third_person").search(before):
        return _before("request").search(before) is not None
    if verb.lemma.isascii():
        return None if _before("noun").search(before) else True
    return None if _before("done").search(before) or _after_verb().search(sentence.data[mention.end : mention.end + 16]) else True
