"""Classes of .NET that open connections: web clients, requests and sockets."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pinfold.language import address
from pinfold.language.address import Address
from pinfold.language.flow import Flow, Word, merged
from pinfold.language.powershell.call import Call, path_of, send
from pinfold.language.powershell.memory import Memory
from pinfold.language.powershell.values import UNKNOWN, Value, holding
from pinfold.model import ActKind, FieldValue

_CLIENT = "Net.WebClient"
_SOCKETS = frozenset({"net.sockets.tcpclient", "net.sockets.socket", "net.sockets.udpclient"})
_STREAM = Flow((), ("socket",))


def is_web(name: str) -> bool:
    """Return whether objects of this type open connections."""
    return name in _SOCKETS or name in _MAKERS or name.endswith(("xmlhttp", "serverxmlhttp.6.0", "winhttprequest.5.1"))


def made(memory: Memory, call: Call, name: str, arguments: Sequence[Value]) -> Value:
    """Return a new object; a socket that is given its far end is connected at once."""
    if name in _SOCKETS and len(arguments) > 1 and name != "net.sockets.socket":
        return connected(memory, call, name, arguments)
    if name in _SOCKETS:
        return Value(UNKNOWN.word, name, extra=_STREAM)
    return Value(UNKNOWN.word, name if "xmlhttp" not in name and "winhttp" not in name else "xmlhttp")


_MAKERS = frozenset({"net.webclient", "net.http.httpclient", "webclient", "httpclient", "net.webrequest"})


def connected(memory: Memory, call: Call, name: str, arguments: Sequence[Value]) -> Value:
    """Note a connection to ``(host, port)``."""
    host = arguments[0]
    far = Address(address.host_of(host.text) or "*", address.port_of(arguments[1].text) if len(arguments) > 1 else 0)
    fields: dict[str, FieldValue] = {"DestinationIp" if far.numeric else "DestinationHostname": far.host}
    if far.port:
        fields["DestinationPort"] = far.port
    fields |= {"Initiated": True, "Image": "socket", "Protocol": "udp" if "udp" in name else "tcp"}
    draft = call.add(ActKind.CONNECT, fields)
    return Value(UNKNOWN.word, name, draft=draft, extra=_STREAM)


def _login(value: Value) -> tuple[str, ...]:
    """Return what an object sends with every request: what was added to its headers."""
    return address.as_login(value.flow.sources)


def _fetched(call: Call, value: Value, image: str, method: str = "GET", data: Flow | None = None) -> Flow:
    call.image = image
    url = call.rest[0] if call.rest else UNKNOWN
    sent = (*(data.sources if data is not None else ()), *_login(value))
    return call.connect_to(url, call.raws.get("0", ""), method=method, sent=sent)


def client(memory: Memory, call: Call, value: Value, name: str) -> Value | None:
    """Judge a method of ``Net.WebClient``."""
    verb = name.removesuffix("async").removesuffix("taskasync").removesuffix("task")
    if verb in ("downloadstring", "downloaddata", "openread"):
        return holding(_fetched(call, value, _CLIENT), "response")
    if verb == "downloadfile":
        flow = _fetched(call, value, _CLIENT)
        if len(call.rest) > 1 and call.rest[1].text:
            call.write(path_of(call.rest[1].word), Flow((), flow.programs, flow.origin))
        return UNKNOWN
    if verb in ("uploadstring", "uploaddata", "uploadvalues", "openwrite"):
        held = merged([argument.flow for argument in call.rest[1:]])
        return holding(_fetched(call, value, _CLIENT, "POST", held), "response")
    if verb == "uploadfile" and len(call.rest) > 1:
        call.image = _CLIENT
        held = merged((call.read(path_of(call.rest[-1].word)), call.rest[-1].flow))
        return holding(_fetched(call, value, _CLIENT, "POST", held), "response")
    return None


def http_client(memory: Memory, call: Call, value: Value, name: str) -> Value | None:
    """Judge a method of ``Net.Http.HttpClient``."""
    verb = name.removesuffix("async")
    if verb in ("get", "getstring", "getbytearray", "getstream", "delete"):
        return holding(_fetched(call, value, "Net.Http.HttpClient"), "response")
    if verb in ("post", "put", "patch", "send"):
        held = merged([argument.flow for argument in call.rest[1:]])
        method = {"send": "POST"}.get(verb, verb.upper())
        return holding(_fetched(call, value, "Net.Http.HttpClient", method, held), "response")
    return None


def request_made(memory: Memory, call: Call) -> Value:
    """``[Net.WebRequest]::Create(url)``."""
    call.image = "Net.WebRequest"
    first = len(memory.drafts.items)
    flow = call.connect_to(call.rest[0] if call.rest else UNKNOWN, call.raws.get("0", ""), method="GET")
    draft = memory.drafts.items[first] if len(memory.drafts.items) > first else None
    return Value(UNKNOWN.word, "webrequest", draft=draft, extra=flow)


def stream(memory: Memory, call: Call, value: Value, name: str, targets: Sequence[str]) -> Value | None:
    """Judge a method of an object that stands for an open connection."""
    if name in ("write", "send", "writeline", "writeasync", "sendto") and value.draft is not None:
        send(value.draft, merged([argument.flow for argument in call.rest]), memory)
        return UNKNOWN
    if name in ("read", "receive", "readasync"):
        for target in targets[:1]:
            memory.merge(target, _STREAM if value.name != "webrequest" else value.flow)
        return UNKNOWN
    if name in ("readline", "readtoend"):
        return holding(value.flow, "response")
    if name in ("connect", "connectasync", "beginconnect") and value.name in _SOCKETS and value.draft is None:
        return connected(memory, call, value.name, call.rest)
    if name in ("getstream", "getrequeststream", "getresponse", "getresponsestream", "authenticateasclient"):
        return value
    return None


def message(memory: Memory, call: Call, value: Value, name: str, root: str) -> Value | None:
    """Judge a method of the COM objects that speak HTTP: ``open(method, url)``, then ``send(body)``."""
    if name == "open" and len(call.rest) > 1:
        pairs = {"method": call.rest[0], "url": call.rest[1]}
        memory.set(root, value.but(pairs=pairs))
        return UNKNOWN
    if name == "send" and value.pairs:
        held = call.rest[0].flow if call.rest else Flow()
        method = value.pairs.get("method", UNKNOWN).text.upper()
        call.image = "MSXML2.XMLHTTP"
        flow = call.connect_to(value.pairs.get("url", UNKNOWN), method=method, sent=held.sources)
        memory.set(root, value.but(extra=flow))
        return UNKNOWN
    return None


def looked_up(memory: Memory, call: Call) -> Value:
    """``[Net.Dns]::GetHostAddresses(name)``."""
    for value in call.rest[:1]:
        look_up(call, value.word if value.text else Word(call.raws.get("0", "*"), value.word.parts, False), value.flow)
    return UNKNOWN


def look_up(call: Call, word: Word, flow: Flow) -> None:
    """Note that a name is looked up, with what is hidden in it."""
    name = address.host_of(word.text)
    if not name or " " in name:
        return
    fields: dict[str, FieldValue] = {"QueryName": name, "Image": call.image}
    if flow.sources:
        fields["SentData"] = " ".join(flow.sources)
    call.add(ActKind.LOOKUP, fields)


def probed(memory: Memory, call: Call) -> Value:
    """``Ping.Send(host)``."""
    if call.rest and address.plausible(host := address.host_of(call.rest[0].text)):
        call.image = "Net.NetworkInformation.Ping"
        call.connect(Address(host), more={"Protocol": "icmp"})
    return UNKNOWN


def mailed(memory: Memory, call: Call, value: Value) -> Value:
    """``SmtpClient.Send(message)``."""
    host = (value.pairs or {}).get("host", UNKNOWN)
    call.image = "Net.Mail.SmtpClient"
    held = merged([argument.flow for argument in call.rest])
    call.connect(Address(address.host_of(host.text) or "*", 25), sent=held.sources)
    return UNKNOWN


CLIENTS: dict[str, Callable[[Memory, Call, Value, str], Value | None]] = {
    "net.webclient": client,
    "webclient": client,
    "net.http.httpclient": http_client,
    "httpclient": http_client,
}
"""Objects that speak HTTP, and what judges their methods."""
