"""What a sentence mentions: secrets, places to send them to, networks, memory files, verbs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from pinfold.language.fold import Folded, fold
from pinfold.language.verbs import Verb, surfaces
from pinfold.language.wording import Marks, Pattern, alternatives, compiled, wording

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
_FILE = r"(?:~|\$home|\.{1,2}|\B)(?:/[\w.*-]+)+|\b[\w-]+\.(?:txt|md|json|csv|pdf|docx?|xlsx?|zip|tar|gz|log|db|sqlite3?|ya?ml|toml|py|sh|exe|dmg|png|jpe?g)\b"
_AMOUNT = r"(?:us\$|[$€£¥￥])\s?\d[\d,.]*\s?(?:usd|usdt|k|m)?\b|\b\d[\d,.]*\s?(?:%s|元|块|美元|美金|人民币|欧元|泰达币|比特币|以太币|枚)"


DETERMINERS = r"(?:\b(?:the|your|my|our|their|his|her|its|all|any|every|this|these|those|of|users?(?:['’`]s?)?|human(?:['’`]s)?|owner(?:['’`]s)?|customer(?:['’`]s)?)[\s*_`]+)+"
"""What may stand before a secret; without it a pronoun ("the … key") would win."""


class Mention(NamedTuple):
    """Something named in a sentence: its kind and its span in folded bytes."""

    kind: str
    start: int
    end: int


class Secret(NamedTuple):
    """One row of the table of secrets in ``wording.toml``."""

    name: str
    kind: str
    target: str


@cache
def secrets() -> Sequence[Secret]:
    """Return the table of secrets; the kind of a mention ``secret:3`` names its row."""
    return [Secret(row["name"], row["kind"], row.get("target", "")) for row in wording()["secret"]]


@cache
def _marks() -> Marks:
    things = wording()["things"]
    words = sorted(surfaces(), key=len, reverse=True)
    rows = [(f"secret:{index}", rf"(?:{DETERMINERS})?(?:{alternatives(row['words'])})") for index, row in enumerate(wording()["secret"])]
    plain = ("metadata", "memory_file", "secret_path")
    after = ("memory_words", "tunnel_tool", "tunnel", "mining", "network")
    return Marks([
        ("metadata", _url_of(alternatives(things["metadata"]))),
        ("url", _URL), ("email", _EMAIL),
        *((name, alternatives(things[name])) for name in plain[1:]),
        ("range", _RANGE + r"|\b(?:" + _ADDRESS + r"\s?[-–~]\s?\d{1,3}\b)|\b\d{1,3}(?:\.\d{1,3}){3}/(?:[89]|[12]\d|3[01])\b"),
        ("address", _ADDRESS), ("amount", _amount()),
        *((name, alternatives(things[name])) for name in after),
        *rows,
        ("host", _HOST), ("file", _FILE),
        ("place", alternatives(things["place_words"])), ("place_bare", alternatives(things["place_bare"])), ("there", alternatives(things["there"])),
        ("verb", alternatives(words)), ("pronoun", alternatives(things["pronoun"])),
    ])  # fmt: skip


def _url_of(source: str) -> str:
    return f"(?:https?://\\[?)?(?:{source})"


def _amount() -> str:
    return _AMOUNT % alternatives(wording()["things"]["money"]).replace(r"\b", "", 1)


@cache
def anchors() -> Pattern:
    """Return one pattern without groups that finds every piece of text in which an act can stand."""
    things = wording()["things"]
    names = ("metadata", "memory_file", "secret_path", "memory_words", "remember", "tunnel", "tunnel_tool", "mining", "network", "archive_password")
    sources = [alternatives(things[name]) for name in names]
    sources += [alternatives(row["words"]) for row in wording()["secret"]]
    sources += [_URL, _EMAIL, _RANGE, _amount(), _ADDRESS, _HOST, r"\b(?:download|unzip|extract|mining)|下载|解压"]
    return compiled("|".join(sources))


@dataclass(slots=True)
class Sentence:
    """One sentence under reading. Spans of mentions are in ``data``, its folded bytes."""

    text: str
    index: int
    folded: Folded
    mentions: list[Mention] = field(default_factory=list)

    @property
    def data(self) -> bytes:
        return self.folded.data

    def of(self, *kinds: str) -> list[Mention]:
        """Return the mentions of some kinds, in order."""
        return [mention for mention in self.mentions if mention.kind in kinds]

    def secrets(self) -> list[Mention]:
        """Return the mentions of secrets, in words or as paths."""
        return [mention for mention in self.mentions if mention.kind.startswith("secret")]

    def verbs(self, *classes: str) -> list[tuple[Mention, Verb]]:
        """Return the verbs of some classes, each with its mention."""
        wanted, found = set(classes), []
        for mention in self.mentions:
            if mention.kind == "verb":
                verb = self.verb(mention)
                if verb is not None and wanted & verb.classes:
                    found.append((mention, verb))
        return found

    def verb(self, mention: Mention) -> Verb | None:
        """Return the verb that a mention is a form of."""
        written = " ".join(self.folded_words(mention).replace("*", " ").replace("_", " ").split())
        return surfaces().get(written)

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


def read_sentence(text: str, index: int) -> Sentence | None:
    """Return the sentence with its mentions, or ``None`` when nothing in it can be part of an act."""
    folded = fold(text)
    if not anchors().search(folded.data):
        return None
    return Sentence(text, index, folded, [Mention(*mark) for mark in _marks().scan(folded.data)])


@cache
def _before(name: str) -> Pattern:
    return compiled(rf"(?:{alternatives(wording()['mood']['before'][name])})$")


@cache
def thing(name: str) -> Pattern:
    """Return the pattern of one list of ``[things]``."""
    return compiled(alternatives(wording()["things"][name]))


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
    if _before("noun").search(before) and verb.lemma.isascii():
        return None
    return True
