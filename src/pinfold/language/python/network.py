"""Python calls that open connections."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pinfold.language import address
from pinfold.language.address import Address
from pinfold.language.drafts import MAX_COMMAND_LINE
from pinfold.language.flow import Flow, merged
from pinfold.language.python.invocation import Invocation, send
from pinfold.language.python.table import HTTP_LIBRARIES, HTTP_METHODS
from pinfold.language.python.values import UNKNOWN, Value, constant, holding
from pinfold.model import ActKind, FieldValue

_BODY = ("data", "json", "files", "content", "body", "params", "fields", "form")


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


def request(invocation: Invocation, image: str, method: str) -> Value:
    """``requests.post(url, data=…)`` and its like."""
    arguments = list(invocation.arguments)
    if method in ("request", "stream") and arguments and "method" not in invocation.keywords:
        method = arguments.pop(0).text.upper() or "GET"
    elif method == "request":
        method = (invocation.keywords.get("method") or constant("GET")).text.upper() or "GET"
    else:
        method = {"ws_connect": "GET"}.get(method, method.upper())
    url = _whole(invocation, invocation.keywords.get("url") or (arguments[0] if arguments else UNKNOWN))
    sent: list[str] = []
    for value in arguments[1:3]:
        sent.extend(value.flow.sources)
    for name in _BODY:
        if name in invocation.keywords:
            value = invocation.keywords[name]
            for key, held in (value.pairs or {}).items():
                sources = held.flow.sources
                sent.extend(address.as_login(sources) if name == "params" and address.login_like(key) else sources)
            if not value.pairs or value.extra:
                sent.extend(value.flow.sources if not value.pairs else value.extra.sources)
    if "headers" in invocation.keywords:
        sent.extend(sent_by_headers(invocation.keywords["headers"]))
    for name in ("auth", "cookies"):
        if name in invocation.keywords:
            sent.extend(address.as_login(invocation.keywords[name].flow.sources))
    sent.extend(invocation.rest.sources)
    return _connected(invocation, image, url, method, sent)


def _whole(invocation: Invocation, url: Value) -> Value:
    """Return a URL behind the address that its client was made with."""
    client = invocation.callee.receiver
    base = client.pairs.get("base_url") if client is not None and client.pairs is not None else None
    if base is None or not base.text or "://" in url.text:
        return url
    return constant(f"{base.text.rstrip('/')}/{url.text.lstrip('/')}").but(extra=url.flow)


def _client(invocation: Invocation) -> Value:
    """``httpx.Client(base_url=…)``, ``aiohttp.ClientSession(base_url)``: paths are asked for below that address."""
    base = invocation.argument(0 if invocation.name.startswith("aiohttp") else -1, "base_url")
    held = merged([value.flow for value in invocation.every])
    made = holding(held, f"{invocation.name}()")
    return made if base is None or not base.text else made.but(pairs={"base_url": base})


def _connected(invocation: Invocation, image: str, url: Value, method: str, sent: Iterable[str]) -> Value:
    """Note a connection to a URL; the value is what comes back."""
    far = address.split(url.text) if url.text else None
    if far is None and url.text and not url.known:
        far = Address("*", 0, "", "", url.text)
    if far is None and url.known and url.text:
        return UNKNOWN
    if far is None:
        far = Address("*")
    every = [*sent, *(address.sent_in_url(url.word, far) if far.tail else ())]
    invocation.connect(far, image, method=method, sent=every)
    return Value(UNKNOWN.word, f"{image}.response()", extra=Flow((), (image,), far.url or "*"))


def library_call(name: str) -> Callable[[Invocation], Value] | None:
    """Return what judges a call of an HTTP library's method, or ``None``."""
    library, _, method = name.rpartition(".")
    if library in HTTP_LIBRARIES and method in HTTP_METHODS:
        return _library_request
    return None


def _library_request(invocation: Invocation) -> Value:
    library, _, method = invocation.name.rpartition(".")
    return request(invocation, library, method)


def _urlopen(invocation: Invocation) -> Value:
    """``urllib.request.urlopen(url_or_request, data)``."""
    target = invocation.argument(0, "url", "fullurl") or UNKNOWN
    data = invocation.argument(1, "data") or UNKNOWN
    sent = list(data.flow.sources)
    if target.pairs is not None and "url" in target.pairs:
        data = target.pairs.get("data", data)
        sent += (
            list(data.flow.sources)
            + sent_by_headers(target.pairs.get("headers", UNKNOWN))
            + list(address.as_login(target.extra.sources))
        )
        method = target.pairs["method"].text.upper() if "method" in target.pairs else ""
        target = target.pairs["url"]
    else:
        method = ""
    return _connected(invocation, "urllib", target, method or ("POST" if data is not UNKNOWN else "GET"), sent)


def _request_object(invocation: Invocation) -> Value:
    """``urllib.request.Request(url, data, headers)``."""
    pairs = {"url": invocation.argument(0, "url") or UNKNOWN}
    for index, name in ((1, "data"), (2, "headers"), (9, "method")):
        value = invocation.argument(index, name)
        if value is not None:
            pairs[name] = value
    return Value(UNKNOWN.word, "urllib.request.Request()", pairs=pairs)


def _retrieve(invocation: Invocation) -> Value:
    """``urlretrieve(url, path)``, ``wget.download(url, path)``."""
    url, path = invocation.argument(0, "url") or UNKNOWN, invocation.argument(1, "filename", "out") or UNKNOWN
    image = "urllib" if invocation.name.startswith("urllib") else "wget"
    _connected(invocation, image, url, "GET", ())
    if path.text:
        invocation.write(path.word, Flow((), (image,), url.text))
    return path


def _end_point(value: Value, port: Value | None = None) -> Address:
    """Return the far end of ``(host, port)`` or ``host, port``."""
    host, number = value, port
    if value.items is not None and value.items:
        host, number = value.items[0], value.items[1] if len(value.items) > 1 else None
    text = host.text.removeprefix("https://").removeprefix("http://").rstrip("/")
    name, _, rest = text.partition(":") if text.count(":") == 1 else (text, "", "")
    return Address(address.host_of(name) or "*", address.port_of(number.text if number is not None else rest))


def _socket(invocation: Invocation) -> Value:
    return Value(UNKNOWN.word, "socket.socket()", extra=Flow((), ("socket",)))


def _connect(invocation: Invocation, image: str, far: Address, name: str, protocol: str = "") -> Value:
    draft = invocation.connect(far, image, protocol=protocol)
    value = Value(UNKNOWN.word, name, draft=draft, extra=Flow((), (image,)))
    _keep(invocation, value)
    return value


def _keep(invocation: Invocation, value: Value) -> None:
    """Let the object whose method connects stand for the connection."""
    function = invocation.node.child_by_field_name("function")
    target = function.child_by_field_name("object") if function is not None and function.type == "attribute" else None
    if (
        target is not None
        and target.type in ("identifier", "attribute")
        and invocation.callee.name.partition(".")[2]
        and "()" in invocation.callee.name
    ):
        invocation.reader.store_path(target, value)


def _socket_connect(invocation: Invocation) -> Value:
    """``s.connect((host, port))``."""
    far = _end_point(invocation.argument(0, "address") or UNKNOWN)
    return _connect(invocation, "socket", far, "socket.socket()", protocol="tcp")


def _send_datagram(invocation: Invocation) -> Value:
    """``s.sendto(data, (host, port))``."""
    if len(invocation.arguments) > 1:
        draft = invocation.connect(_end_point(invocation.arguments[-1]), "socket", protocol="udp")
        send(draft, invocation.arguments[0].flow.sources, invocation.reader.drafts)
    return UNKNOWN


def _open_connection(invocation: Invocation) -> Value:
    """``asyncio.open_connection(host, port)``: a reader and a writer."""
    value = _connect(
        invocation,
        "socket",
        _end_point(invocation.argument(0, "host") or UNKNOWN, invocation.argument(1, "port")),
        "socket.socket()",
        protocol="tcp",
    )
    return Value(UNKNOWN.word, items=(value, value))


def _service(image: str, default: int, name: str) -> Callable[[Invocation], Value]:
    def judge(invocation: Invocation) -> Value:
        host = invocation.argument(0, "host", "hostname", "ssh_address_or_host")
        if host is None:
            return Value(UNKNOWN.word, name)
        port = invocation.keywords.get("port") or (
            invocation.arguments[1]
            if len(invocation.arguments) > 1 and invocation.arguments[1].text.isdigit()
            else None
        )
        far = _end_point(host, port) if host.items is None else _end_point(host)
        sent: list[str] = []
        for key in ("password", "pkey", "key_filename", "client_keys", "passphrase"):
            if key in invocation.keywords:
                sent.extend(address.as_login(invocation.keywords[key].flow.sources))
        value = _connect(invocation, image, Address(far.host, far.port or default), name)
        if value.draft is not None:
            send(value.draft, sent, invocation.reader.drafts)
        return value

    return judge


def _web_socket(invocation: Invocation) -> Value:
    """``websockets.connect(url)``, ``websocket.create_connection(url)``."""
    url = invocation.argument(0, "uri", "url") or UNKNOWN
    far = address.split(url.text) or Address("*", 0, "", "", url.text)
    draft = invocation.connect(far, "websocket", sent=address.sent_in_url(url.word, far))
    return Value(UNKNOWN.word, "websocket()", draft=draft, extra=Flow((), ("websocket",)))


def _http_connection(invocation: Invocation) -> Value:
    """``http.client.HTTPSConnection(host)``."""
    scheme = "https" if "HTTPS" in invocation.name else "http"
    far = _end_point(invocation.argument(0, "host") or UNKNOWN, invocation.argument(1, "port"))
    port = f":{far.port}" if far.port else ""
    return Value(UNKNOWN.word, "http.client.connection()", pairs={"base": constant(f"{scheme}://{far.host}{port}")})


def _http_request(invocation: Invocation) -> Value:
    """``connection.request(method, path, body, headers)``."""
    function = invocation.node.child_by_field_name("function")
    target = function.child_by_field_name("object") if function is not None else None
    base = invocation.reader.lookup_path(target) if target is not None else None
    root = base.pairs["base"].text if base is not None and base.pairs is not None and "base" in base.pairs else ""
    path = invocation.argument(1, "url") or UNKNOWN
    body, headers = invocation.argument(2, "body") or UNKNOWN, invocation.argument(3, "headers") or UNKNOWN
    method = invocation.argument(0, "method") or constant("GET")
    url = Value(path.word.before(0)) if not root else constant(root + (path.text if path.text.startswith("/") else "/"))
    return _connected(
        invocation,
        "http.client",
        url,
        method.text.upper(),
        [*body.flow.sources, *path.flow.sources, *sent_by_headers(headers)],
    )


def _forward(invocation: Invocation) -> Value:
    """``request_port_forward(…)``, ``forward_remote_port(…)``: the far end may open connections back."""
    image = "asyncssh" if "forward_remote" in invocation.name or "asyncssh" in invocation.name else "paramiko"
    invocation.add(
        ActKind.EXEC, {"Image": image, "CommandLine": invocation.text[:MAX_COMMAND_LINE], "ParentImage": "python"}
    )
    if invocation.callee.draft is not None:
        invocation.callee.draft.fields["ReverseTunnel"] = True
    return UNKNOWN


def _lookup(invocation: Invocation) -> Value:
    """``socket.gethostbyname(name)``, ``dns.resolver.resolve(name)``."""
    name = invocation.argument(0, "qname", "host", "hostname") or UNKNOWN
    if name.text:
        fields: dict[str, FieldValue] = {"QueryName": address.host_of(name.text), "Image": "python"}
        if name.flow.sources:
            fields["SentData"] = " ".join(name.flow.sources)
        invocation.add(ActKind.LOOKUP, fields)
    return UNKNOWN


def _bucket(invocation: Invocation) -> Value:
    """``s3.upload_file(path, bucket, key)``, ``s3.put_object(Bucket=…, Body=…)``."""
    if invocation.name.endswith("put_object"):
        bucket, body = invocation.keywords.get("Bucket", UNKNOWN), invocation.keywords.get("Body", UNKNOWN)
        sent: Iterable[str] = body.flow.sources
    else:
        path, bucket = (
            invocation.argument(0, "Filename", "Fileobj") or UNKNOWN,
            invocation.argument(1, "Bucket") or UNKNOWN,
        )
        sent = merged((invocation.read(path.word) if path.text else path.flow, path.flow)).sources
    host = f"{address.host_of(bucket.text)}.s3.amazonaws.com" if bucket.text else "*"
    invocation.connect(
        Address(host, 443, "s3", "", f"s3://{bucket.text}" if bucket.text else ""), "boto3", method="PUT", sent=sent
    )
    return UNKNOWN


def _scan(invocation: Invocation) -> Value:
    """``nmap.PortScanner().scan(hosts, ports)``: the program is started."""
    hosts, ports = (invocation.argument(0, "hosts") or UNKNOWN), (invocation.argument(1, "ports") or UNKNOWN)
    more = invocation.argument(2, "arguments") or UNKNOWN
    words = ["nmap", more.text, f"-p {ports.text}" if ports.text else "", hosts.text]
    line = " ".join(word for word in words if word)
    invocation.add(ActKind.EXEC, {"Image": "nmap", "CommandLine": line[:2_000], "ParentImage": "python"})
    return UNKNOWN


HANDLERS: dict[str, Callable[[Invocation], Value]] = {
    "nmap.PortScanner().scan": _scan,
    **dict.fromkeys(("httpx.Client", "httpx.AsyncClient", "aiohttp.ClientSession"), _client),
    "urllib.request.urlopen": _urlopen,
    "urllib.request.Request": _request_object,
    "urllib.Request": _request_object,
    "urllib.request.urlretrieve": _retrieve,
    "wget.download": _retrieve,
    "socket.socket": _socket,
    **dict.fromkeys(
        ("socket.socket().connect", "socket.socket().connect_ex", "socket.create_connection"), _socket_connect
    ),
    "socket.socket().sendto": _send_datagram,
    "asyncio.open_connection": _open_connection,
    **dict.fromkeys(("smtplib.SMTP", "smtplib.SMTP().connect"), _service("smtplib", 25, "smtplib.SMTP()")),
    "smtplib.SMTP_SSL": _service("smtplib", 465, "smtplib.SMTP()"),
    **dict.fromkeys(
        ("ftplib.FTP", "ftplib.FTP_TLS", "ftplib.FTP().connect", "ftplib.FTP_TLS().connect"),
        _service("ftplib", 21, "ftplib.FTP()"),
    ),
    "telnetlib.Telnet": _service("telnetlib", 23, "telnetlib.Telnet()"),
    **dict.fromkeys(
        ("paramiko.SSHClient().connect", "paramiko.Transport", "paramiko.SSHClient().connect_ex"),
        _service("paramiko", 22, "paramiko.SSHClient()"),
    ),
    **dict.fromkeys(
        ("asyncssh.connect", "asyncssh.create_connection"), _service("asyncssh", 22, "asyncssh.connection()")
    ),
    **dict.fromkeys(("fabric.Connection",), _service("fabric", 22, "fabric.Connection()")),
    **dict.fromkeys(
        ("sshtunnel.SSHTunnelForwarder", "sshtunnel.open_tunnel"), _service("sshtunnel", 22, "sshtunnel.forwarder()")
    ),
    **dict.fromkeys(
        [
            "websocket.create_connection",
            "websockets.connect",
            "websocket.WebSocketApp",
            "websocket.WebSocket().connect",
        ],
        _web_socket,
    ),
    **dict.fromkeys(("http.client.HTTPSConnection", "http.client.HTTPConnection"), _http_connection),
    "http.client.connection().request": _http_request,
    **dict.fromkeys(
        (
            "socket.gethostbyname",
            "socket.getaddrinfo",
            "socket.gethostbyname_ex",
            "dns.resolver.resolve",
            "dns.resolver.query",
        ),
        _lookup,
    ),
    **{
        f"{name}.{method}": _forward
        for name in (
            "?",
            "paramiko.SSHClient()",
            "paramiko.Transport()",
            "asyncssh.connection()",
            "paramiko.SSHClient().get_transport()",
        )
        for method in (
            "request_port_forward",
            "forward_remote_port",
            "forward_remote_path",
            "forward_remote_port_to_path",
        )
    },
    **{
        f"{name}.{method}": _bucket
        for name in ("boto3.client()", "boto3.resource()", "?")
        for method in ("upload_file", "upload_fileobj", "put_object")
    },
}
