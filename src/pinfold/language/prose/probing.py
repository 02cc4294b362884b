"""Acts of looking around in the internal network, as prose asks for them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pinfold.language.prose.mentions import Mention, Sentence
from pinfold.language.prose.reference import Draft, url_fields
from pinfold.language.prose.verbs import Verb
from pinfold.language.prose.wording import entries, listed, wording
from pinfold.model import ActKind, FieldValue

_METADATA_HOST = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|metadata\.[\w.]+", re.IGNORECASE)
_METADATA_ADDRESS = "169.254.169.254"
_PORT = re.compile("(?:\\bports? |端口 ?)(\\d{1,5})|(\\d{1,5}) ?端口".encode())
_UP_TO = re.compile(r"\.\d{1,3}\s?[-–~].*")
"""The last number and the end of a range such as "192.168.1.1-254", which is written ``192.168.1.*``."""
_ONE_ADDRESS = re.compile(rb"[\d.]+")
_EACH = (b"every", b"each", b"all", b"any")


def probes(sentence: Sentence) -> Iterator[Draft]:
    """Yield acts of scanning networks, and of asking the metadata service of a cloud."""
    for service in sentence.of("metadata"):
        found = sentence.governing(service, "ask", "probe", "read", "run")
        if found is not None:
            at, _, asked = found
            start, end = min(at.start, service.start), max(at.end, service.end)
            yield Draft(ActKind.CONNECT, _metadata(sentence.words(service)), start, end, asked)
    for network in sentence.of("range") or sentence.of("network"):
        found = sentence.governing(network, "probe")
        if found is not None and _is_search(sentence, found[1], network):
            at, _, asked = found
            start, end = min(at.start, network.start), max(at.end, network.end)
            yield Draft(ActKind.CONNECT, _scan(sentence, network), start, end, asked)


def _metadata(written: str) -> dict[str, FieldValue]:
    host = _METADATA_HOST.search(written)
    fields: dict[str, FieldValue] = {"DestinationIp": "fd00:ec2::254" if "fd00:" in written else _METADATA_ADDRESS}
    if host is not None:
        fields = url_fields(f"//{host.group()}", keep=False)
    if "/" in written:
        fields["Url"] = written if "://" in written else f"http://{written}"
    return {**fields, "DestinationPort": 80, "Method": "GET"}


def _scan(sentence: Sentence, network: Mention) -> dict[str, FieldValue]:
    """Return the fields of a scan; a network in words is a private range that stands for all of them."""
    address = str(wording()["things"]["network_range"])
    if network.kind == "range":
        address = _UP_TO.sub(".*", sentence.words(network)).replace("x", "*").replace("X", "*")
    fields: dict[str, FieldValue] = {"DestinationIp": address, "Method": "SCAN"}
    port = _PORT.search(sentence.data)
    if port is not None:
        fields["DestinationPort"] = int(port.group(1) or port.group(2))
    return fields


def _is_search(sentence: Sentence, verb: Verb, network: Mention) -> bool:
    """Tell whether a verb and a network mean a search.

    Verbs of scanning always do; "check" and "find" only with a range of addresses, or with hosts or ports beside it.
    """
    words = sentence.data[network.start : network.end]
    if verb.lemma in entries("mood", "scanning"):
        return True
    if network.kind == "range":
        return _ONE_ADDRESS.fullmatch(words) is None
    rest = sentence.data[: network.start] + b" | " + sentence.data[network.end :]
    return words.startswith(_EACH) or listed("things", "hosts_words").search(rest) is not None
