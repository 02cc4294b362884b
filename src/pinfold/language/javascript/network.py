"""JavaScript calls that open connections."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pinfold.language import address
from pinfold.language.address import Address
from pinfold.language.drafts import MAX_COMMAND_LINE
from pinfold.language.flow import Flow, Word
from pinfold.language.javascript.invocation import Invocation, connect
from pinfold.language.javascript.strings import joined_path
from pinfold.language.javascript.table import kind
from pinfold.language.javascript.values import (
    UNKNOWN,
    UNKNOWN_WORD,
    Box,
    Value,
    constant,
    holding,
    interpolated,
    joined_words,
)
from pinfold.model import ActKind, FieldValue

_BODY = ("body", "data", "json", "form", "formData", "multipart", "payload", "files")
_QUERY = ("params", "qs", "query", "searchParams")
_SOCKET = Flow((), ("socket",))


def is_url(value: Value) -> bool:
    """Return whether a value is an address by its text."""
    return value.text.startswith(("http://", "https://", "ws://", "wss://"))


def library_call(name: str) -> Callable[[Invocation], Value] | None:
    """Return what judges a call of an HTTP library, or ``None``."""
    if name in kind("http"):
        return _library
    library, _, method = name.rpartition(".")
    if library in kind("http") and method in kind("verbs"):
        return _library
    return None


def _library(invocation: Invocation) -> Value:
    name = invocation.name
    library, _, method = name.rpartition(".")
    if name in kind("http"):
        library, method = name, "get"
        if name in ("$", "jQuery"):  # a look-up in the page
            return UNKNOWN
    return request(invocation, library, method)


def request(invocation: Invocation, image: str, method: str) -> Value:
    """``axios.post(url, data, options)``, ``got(url, options)``, ``request({url, …}, f)`` and their like."""
    first = invocation.argument(0)
    rest = [value for value in invocation.arguments[1:] if value.function is None]
    if image == "needle" and method in ("get", "request") and first.text.lower() in kind("verbs") and rest:
        method, first, rest = first.text, rest[0], rest[1:]
    options = first if first.option("url", "uri", "baseURL") is not None else UNKNOWN
    url = options.option("url", "uri") or (first if options is UNKNOWN else UNKNOWN)
    base = (options.option("baseURL", "prefixUrl") or UNKNOWN) if options is not UNKNOWN else UNKNOWN
    shared = invocation.receiver if "()" in image else UNKNOWN
    base = shared.option("baseURL", "prefixUrl") or base
    if base.text and not is_url(url):
        url = joined_path([base, url], ["", ""])
    sent: list[str] = []
    second = image in kind("data_second") and method not in ("get", "delete", "head", "options", "request")
    if second and rest:
        sent.extend(rest[0].flow.sources)
        rest = rest[1:]
    for each in (options, shared, *rest):
        if each.box is not None:
            sent.extend(_sent(each))
            method = (each.option("method", "type") or constant(method)).text
    if any(each.option(*_BODY) is not None for each in rest) and method == "get":
        method = "post"
    verb = {"del": "DELETE", "request": "GET", "stream": "GET", "getjson": "GET", "ajax": "POST"}.get(method.lower())
    return connected(invocation, image.removesuffix("()").removesuffix(".create"), url, verb or method.upper(), sent)


def _sent(options: Value) -> list[str]:
    """Return what the options of a request give away, logins marked as such."""
    sent: list[str] = []
    for name in _BODY:
        value = options.option(name)
        if value is not None:
            sent.extend(value.flow.sources)
    for name in _QUERY:
        value = options.option(name)
        for key, held in (value.box.pairs if value is not None and value.box is not None else {}).items():
            sources = held.flow.sources
            sent.extend(address.as_login(sources) if address.login_like(key) else sources)
        if value is not None and (value.box is None or not value.box.pairs):
            sent.extend(value.flow.sources)
    for name in ("auth", "username", "password", "oauth", "agent"):
        value = options.option(name)
        if value is not None:
            sent.extend(address.as_login(value.flow.sources))
    headers = options.option("headers")
    if headers is not None:
        sent.extend(_sent_by_headers(headers))
    return sent


def _sent_by_headers(headers: Value) -> list[str]:
    pairs = headers.box.pairs if headers.box is not None else {}
    if not pairs:
        return list(address.as_login(headers.flow.sources))
    sent: list[str] = []
    for name, held in pairs.items():
        sources = held.flow.sources
        login = address.login_like(name)
        for source in sources:
            variable = source.startswith("env:") and source != "env:*"
            sent.extend(address.as_login((source,)) if login or variable else (source,))
    return sent


def connected(invocation: Invocation, image: str, url: Value, method: str, sent: Iterable[str]) -> Value:
    """Note a connection to a URL; the value is what comes back."""
    far = address.split(url.text) if url.text else None
    if far is None and url.known and url.text:
        return holding(Flow(), f"{image}.response()")
    if far is None:
        far = Address("*", 0, "", "", url.text) if url.text else Address("*")
    every = [*sent, *(address.sent_in_url(url.word, far) if far.tail else ())]
    if url.box is not None:
        every.extend(url.box.held.sources)
    draft = connect(invocation.reader, invocation.node, far, image, method=method, sent=every)
    held = Flow((), ("fetch",), far.url or "*")
    value = Value(UNKNOWN_WORD, "response()", box=Box(draft=draft), extra=held)
    invocation.call_back(*((UNKNOWN, value, value) if image in ("request", "needle") else (value, value)))
    return value


def _fetch(invocation: Invocation) -> Value:
    """``fetch(url, options)``."""
    first, options = invocation.argument(0), invocation.argument(1)
    if first.name == "Request()" and first.box is not None:
        options, first = first, first.option("url") or UNKNOWN
    method = options.option("method")
    verb = method.text.upper() if method is not None else "POST" if options.option("body") is not None else "GET"
    return connected(invocation, "fetch", first, verb, _sent(options))


def _request_object(invocation: Invocation) -> Value:
    """``new Request(url, options)``."""
    options = invocation.argument(1)
    pairs = dict(options.box.pairs) if options.box is not None else {}
    return Value(UNKNOWN_WORD, "Request()", box=Box(pairs={**pairs, "url": invocation.argument(0)}))


def _http_request(invocation: Invocation) -> Value:
    """``https.request(url, options, f)``, ``https.request({hostname, path, …}, f)``, ``http.get``."""
    scheme = invocation.name.partition(".")[0].removesuffix("2")
    first, options = invocation.argument(0), invocation.argument(1)
    url = first
    if first.box is not None and first.name != "URL()":
        options = first
        url = _from_options(first, scheme)
    sent = _sent(options)
    method = (options.option("method") or constant("GET")).text.upper()
    return connected(invocation, scheme, url, method, sent)


def _from_options(options: Value, scheme: str) -> Value:
    host = options.option("hostname", "host") or UNKNOWN
    path, port = options.option("path") or constant("/"), options.option("port")
    protocol = (options.option("protocol") or constant(f"{scheme}:")).text.rstrip(":/") or scheme
    words = [Word(f"{protocol}://"), interpolated(host, "hostname")]
    if port is not None and port.text not in ("", "443", "80") and ":" not in host.text:
        words += [Word(":"), interpolated(port, "port")]
    if not path.text.startswith("/"):
        words.append(Word("/"))
    words.append(interpolated(path, "path"))
    return joined_words(words)


def _instance(invocation: Invocation) -> Value:
    """``axios.create(options)``: an object that makes requests with them."""
    options = invocation.argument(0)
    box = options.box or Box()
    return Value(UNKNOWN_WORD, f"{invocation.name}()", box=box)


def _web_socket(invocation: Invocation) -> Value:
    """``new WebSocket(url)``, ``io(url)``."""
    url = invocation.argument(0)
    far = address.split(url.text) or Address("*", 0, "", "", url.text)
    sent = (*address.sent_in_url(url.word, far), *_sent(invocation.argument(1)))
    draft = connect(invocation.reader, invocation.node, far, "websocket", sent=sent)
    held = Flow((), ("websocket",), far.url)
    return Value(UNKNOWN_WORD, "WebSocket()", box=Box(draft=draft), extra=held)


def _socket(invocation: Invocation) -> Value:
    """``new net.Socket()``."""
    return Value(UNKNOWN_WORD, "net.Socket()", box=Box(), extra=_SOCKET)


def _end_point(invocation: Invocation) -> Address:
    """Return the far end of ``connect(port, host)``, ``connect({port, host})`` or ``connect(path)``."""
    first, second = invocation.argument(0), invocation.argument(1)
    if first.box is not None:
        first, second = first.option("port") or UNKNOWN, first.option("host", "hostname", "servername") or UNKNOWN
    if "://" in first.text:
        return address.split(first.text) or Address("*")
    host = second.text if second.function is None else ""
    if not host:
        host = "*" if not first.known and second is not UNKNOWN and second.function is None else "localhost"
    return Address(address.host_of(host) or "*", address.port_of(first.text))


def _socket_connect(invocation: Invocation) -> Value:
    """``net.connect(port, host, f)``, ``socket.connect(…)``, ``tls.connect(…)``."""
    draft = connect(invocation.reader, invocation.node, _end_point(invocation), "socket", protocol="tcp")
    box = invocation.receiver.box if "()" in invocation.name else None
    value = Value(UNKNOWN_WORD, "net.Socket()", box=box or Box(), extra=_SOCKET)
    if value.box is not None:
        value.box.draft = draft
    invocation.call_back(value)
    return value


def _server(invocation: Invocation) -> Value:
    """``net.createServer(f)``: whoever connects is given to the function."""
    invocation.call_back(Value(UNKNOWN_WORD, "net.Socket()", box=Box(), extra=_SOCKET))
    return Value(UNKNOWN_WORD, "net.Server()", box=Box(), extra=_SOCKET)


def _datagram(invocation: Invocation) -> Value:
    """``socket.send(message, …, port, host)``."""
    texts = [value for value in invocation.arguments[1:] if value.function is None]
    numbers = [value for value in texts if address.port_of(value.text)]
    host = next((value.text for value in reversed(texts) if value.text and not value.text.isdigit()), "")
    far = Address(address.host_of(host) or "*", address.port_of(numbers[-1].text) if numbers else 0)
    sent = invocation.argument(0).flow.sources
    connect(invocation.reader, invocation.node, far, "socket", protocol="udp", sent=sent)
    return UNKNOWN


def _lookup(invocation: Invocation) -> Value:
    """``dns.resolve(name, f)``."""
    name = invocation.argument(0)
    if name.text:
        fields: dict[str, FieldValue] = {"QueryName": address.host_of(name.text), "Image": "node"}
        if sources := name.flow.sources:
            fields["SentData"] = " ".join(sources)[:4_000]
        invocation.add(ActKind.LOOKUP, fields)
    result = holding(Flow((), ("dns",), ""))
    invocation.call_back(UNKNOWN, result)
    return result


def _beacon(invocation: Invocation) -> Value:
    """``navigator.sendBeacon(url, data)``."""
    return connected(invocation, "sendBeacon", invocation.argument(0), "POST", invocation.argument(1).flow.sources)


def _open_request(invocation: Invocation) -> Value:
    """``xhr.open(method, url)``: what follows is sent there."""
    result = connected(invocation, "XMLHttpRequest", invocation.argument(1), invocation.argument(0).text.upper(), ())
    box = invocation.receiver.box
    if box is not None:
        box.draft = result.draft
        box.hold(result.extra)
    return UNKNOWN


def _mail(invocation: Invocation) -> Value:
    """``nodemailer.createTransport(…).sendMail({to, text, attachments})``."""
    options = invocation.argument(0)
    to = options.option("to") or UNKNOWN
    sent = [
        source
        for name in ("text", "html", "subject", "attachments", "body")
        if (value := options.option(name))
        for source in value.flow.sources
    ]
    attached = options.option("attachments")
    for item in (attached.items or []) if attached is not None else []:
        path = item.option("path")
        if path is not None and path.text:
            sent.extend(invocation.read(path.word).sources)
    host = address.host_of(to.text.rpartition("@")[2]) or "*"
    far = Address(host, 25, "mailto", "", f"mailto:{to.text}" if to.text else "")
    connect(invocation.reader, invocation.node, far, "nodemailer", sent=sent)
    return UNKNOWN


def _forward(invocation: Invocation) -> Value:
    """``connection.forwardIn(host, port)``: the far end may open connections back."""
    line = invocation.text[:MAX_COMMAND_LINE]
    invocation.add(ActKind.EXEC, {"Image": "ssh2", "CommandLine": line, "ParentImage": "node"})
    return UNKNOWN


def _ssh(invocation: Invocation) -> Value:
    """``new Client().connect({host, …})`` of ssh2."""
    options = invocation.argument(0)
    host, port = options.option("host", "hostname") or UNKNOWN, options.option("port") or constant("22")
    far = Address(address.host_of(host.text) or "*", address.port_of(port.text) or 22)
    sent = [
        source
        for name in ("password", "privateKey", "passphrase")
        if (value := options.option(name))
        for source in address.as_login(value.flow.sources)
    ]
    draft = connect(invocation.reader, invocation.node, far, "ssh2", protocol="tcp", sent=sent)
    if invocation.receiver.box is not None:
        invocation.receiver.box.draft = draft
    return invocation.receiver


def _tunnel(invocation: Invocation) -> Value:
    """``ngrok.connect({proto, addr})``, ``localtunnel({port})``: as their programs would be started."""
    first = invocation.argument(0)
    port = first.option("addr", "port") or (first if first.box is None else UNKNOWN)
    if invocation.name.startswith("ngrok"):
        words = ["ngrok", (first.option("proto") or constant("http")).text or "http", port.text or "{port}"]
    else:
        words = ["localtunnel", "--port", port.text or "{port}"]
    invocation.add(ActKind.EXEC, {"Image": words[0], "CommandLine": " ".join(words)[:2_000], "ParentImage": "node"})
    return UNKNOWN


def _scan(invocation: Invocation) -> Value:
    """``new nmap.NmapScan(range, options)`` of node-nmap: the program is started."""
    words = ["nmap", invocation.argument(1).text, invocation.argument(0).text]
    line = " ".join(word for word in words if word)
    invocation.add(ActKind.EXEC, {"Image": "nmap", "CommandLine": line[:2_000], "ParentImage": "node"})
    return UNKNOWN


HANDLERS: dict[str, Callable[[Invocation], Value]] = {
    "fetch": _fetch,
    "Bun.fetch": _fetch,
    "Request": _request_object,
    **dict.fromkeys(("http.request", "https.request", "http.get", "https.get"), _http_request),
    **dict.fromkeys(("axios.create", "got.extend", "ky.create", "ky.extend", "request.defaults"), _instance),
    **dict.fromkeys(("WebSocket", "io", "io.connect"), _web_socket),
    "net.Socket": _socket,
    "tls.TLSSocket": _socket,
    **dict.fromkeys(
        ("net.connect", "tls.connect", "net.Socket().connect", "Bun.connect", "Deno.connect", "Deno.connectTls"),
        _socket_connect,
    ),
    **dict.fromkeys(("net.createServer", "tls.createServer"), _server),
    **dict.fromkeys(("dgram.createSocket().send", "dgram.Socket().send"), _datagram),
    **dict.fromkeys(kind("lookup"), _lookup),
    "navigator.sendBeacon": _beacon,
    "XMLHttpRequest().open": _open_request,
    **dict.fromkeys(("nodemailer.createTransport().sendMail", "nodemailer.createTransport()().sendMail"), _mail),
    **dict.fromkeys(("?.forwardIn", "ssh2.Client().forwardIn", "ssh2().forwardIn"), _forward),
    "ssh2.Client().connect": _ssh,
    "node-ssh.NodeSSH().connect": _ssh,
    **dict.fromkeys(("ngrok.connect", "ngrok", "localtunnel"), _tunnel),
    **dict.fromkeys(("node-nmap.NmapScan", "node-nmap.QuickScan", "node-nmap.OsAndPortScan"), _scan),
}  # fmt: skip
