"""Cmdlets that open connections."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pinfold.language import address
from pinfold.language.address import Address
from pinfold.language.flow import NOTHING, Flow, merged
from pinfold.language.powershell import web
from pinfold.language.powershell.call import Call, path_of
from pinfold.language.powershell.values import UNKNOWN, Value, holding, members

MAX_TARGETS = 64
"""How many hosts of one command are noted."""


def sent_by_headers(value: Value) -> list[str]:
    """Return what headers give away: logins marked as such."""
    sent: list[str] = []
    for name, held in (value.pairs or {}).items():
        sources = held.flow.sources
        sent.extend(address.as_login(sources) if address.login_like(name) else _environment_as_login(sources))
    if not value.pairs:
        sent.extend(address.as_login(value.flow.sources))
    return sent


def _environment_as_login(sources: Iterable[str]) -> list[str]:
    return [f"auth:{source[4:]}" if source.startswith("env:") and source != "env:*" else source for source in sources]


def request(call: Call) -> Value:
    """``Invoke-WebRequest``, ``Invoke-RestMethod``."""
    sent: list[str] = []
    body = merged([call.value(name).flow for name in ("body", "form")])
    sent.extend(body.sources)
    files = [call.read(path) for path in (call.paths("infile") if "infile" in call.named else ())]
    for item in members(call.value("form")):
        held = [value for value in (item.pairs or {}).values() if value.name == "file" and value.text]
        files.extend(call.read(path_of(value.word)) for value in held)
    sent.extend(source for flow in files for source in flow.sources)
    sent.extend(sent_by_headers(call.value("headers")) if "headers" in call.named else ())
    for name in ("credential", "token", "websession"):
        sent.extend(address.as_login(call.value(name).flow.sources))
    sent.extend(call.value("useragent").flow.sources)
    if "body" not in call.named and call.input is not UNKNOWN and "uri" in call.named:
        sent.extend(call.input.flow.sources)
    method = call.value("method", "custommethod").text.upper()
    method = method or ("POST" if "body" in call.named or files else "GET")
    flow = NOTHING
    for target in members(call.given("uri"))[:MAX_TARGETS]:
        flow = call.connect_to(target, call.raws.get("uri", ""), method=method, sent=tuple(sent))
    if "proxy" in call.named and (far := address.loose(call.value("proxy").text)) is not None:
        call.connect(far)
    if "outfile" in call.named:
        for path in call.paths("outfile"):
            call.write(path, Flow((), flow.programs, flow.origin))
        return UNKNOWN
    return holding(flow, "response")


def background(call: Call) -> Value:
    """``Start-BitsTransfer``: a download, or with ``-TransferType Upload`` a file that is sent."""
    upload = call.value("transfertype").text.lower().startswith("upload")
    if upload:
        held = merged([call.read(path) for path in call.paths("source")])
        call.connect_to(call.value("destination"), call.raws.get("destination", ""), method="PUT", sent=held.sources)
        return UNKNOWN
    flow = call.connect_to(call.value("source"), call.raws.get("source", ""), method="GET")
    for path in call.paths("destination") if "destination" in call.named else ():
        call.write(path, Flow((), flow.programs, flow.origin))
    return UNKNOWN


def mail(call: Call) -> Value:
    """``Send-MailMessage``."""
    held = [call.value(name).flow for name in ("body", "subject")]
    held += [call.read(path) for path in (call.paths("attachments") if "attachments" in call.named else ())]
    sent = merged([*held, call.input.flow]).sources
    server = call.value("smtpserver")
    port = address.port_of(call.value("port").text) or 25
    far = Address(address.host_of(server.text) or "*", port, "", "", "")
    call.connect(far, sent=(*sent, *address.as_login(call.value("credential").flow.sources)))
    return UNKNOWN


def lookup(call: Call) -> Value:
    """``Resolve-DnsName``."""
    for value in members(call.given("name"))[:MAX_TARGETS]:
        if value.text:
            web.look_up(call, value.word, value.flow)
    if (server := call.value("server")).text:
        call.connect(Address(address.host_of(server.text), 53), more={"Protocol": "udp"})
    return UNKNOWN


def probe(call: Call) -> Value:
    """``Test-Connection``, ``Test-NetConnection``."""
    names = ("targetname", "computername")
    port = address.port_of(call.value("port", "tcpport").text)
    for value in members(call.given(*names))[:MAX_TARGETS]:
        host = address.host_of(value.text or call.raws.get("computername", "") or call.raws.get("targetname", ""))
        if host and (address.plausible(host) or "*" in host):
            call.connect(Address(host, port), more={"Protocol": "tcp" if port else "icmp"})
    return UNKNOWN


def remote(call: Call) -> Value:
    """``Enter-PSSession``, ``New-PSSession`` and what is run on other machines."""
    for value in members(call.value("computername", "hostname"))[:MAX_TARGETS]:
        host = address.host_of(value.text)
        if host and address.plausible(host):
            secure = "hostname" in call.named
            call.connect(Address(host, 22 if secure else 5985))
    return UNKNOWN


JUDGES: dict[str, Callable[[Call], Value]] = {
    "invoke-webrequest": request,
    "invoke-restmethod": request,
    "start-bitstransfer": background,
    "send-mailmessage": mail,
    "resolve-dnsname": lookup,
    "test-connection": probe,
    "test-netconnection": probe,
    "enter-pssession": remote,
    "new-pssession": remote,
}
