"""Programs that open connections: HTTP clients, raw sockets, probes and name lookups."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable

from pinfold.language import address
from pinfold.language.address import Address
from pinfold.language.flow import NOTHING, Flow, Word, in_order, joined
from pinfold.language.shell.command import Command
from pinfold.language.shell.options import Options
from pinfold.model import ActKind, FieldValue

MAX_TARGETS = 64
"""How many far ends of one command line are noted."""

MAX_PACKAGES = 1_024
"""How many packages of one command line are looked at."""

_HEADER = re.compile(r"^\s*([A-Za-z0-9_-]{1,64})\s*:")
_HTTPIE = re.compile(r"^([\w.\[\]-]{1,64})(==|:=@|:=|=@|@|=|:)(.*)$", re.DOTALL)
_DATA = ("-d", "--data", "--data-ascii", "--data-binary", "--data-urlencode", "--json", "--url-query")
_RAW_DATA = ("--data-raw",)
_FORM = ("-F", "--form", "--form-string")


def sent_headers(words: Iterable[Word]) -> list[str]:
    """Return what headers give away: logins marked as such."""
    sent: list[str] = []
    for word in words:
        flow = word.flow
        match = _HEADER.match(word.text)
        if match is not None and address.login_like(match[1]):
            sent.extend(address.as_login(flow.sources))
        else:
            sent.extend(
                f"auth:{source[4:]}" if source.startswith("env:") and source != "env:*" else source
                for source in flow.sources
            )
    return sent


def sent_data(command: Command, word: Word, *, marks: str = "@") -> tuple[str, ...]:
    """Return what a ``-d`` argument sends: the text, or the file behind its ``@``."""
    text = word.text
    at = 0 if text[:1] in marks and text else -1
    if at < 0 and (found := re.match(r"^[\w.\[\]-]{0,64}(?:=)?[" + marks + r"]", text)) and found[0][-1] in marks:
        at = len(found[0]) - 1
    if at < 0:
        return word.flow.sources
    path = word.after(at + 1)
    cut = path.text.find(";")
    path = path.before(cut) if cut > 0 else path
    if path.text == "-":
        return command.stdin.sources
    return joined(command.read(Word(path.text.strip('"'), path.parts, path.known)).sources, word.flow.sources)


def _file(command: Command, word: Word) -> tuple[str, ...]:
    """Return what sending a file sends."""
    if word.text in ("-", "."):
        return command.stdin.sources
    return joined(command.read(word).sources, word.flow.sources)


def _curl_sent(command: Command, options: Options) -> tuple[list[str], str]:
    """Return what curl sends, and the method that this implies."""
    sent: list[str] = []
    method = ""
    for flag, value in options.flags:
        if value is None:
            method = "HEAD" if flag in ("-I", "--head") and not method else method
        elif flag in _DATA:
            sent.extend(sent_data(command, value))
            method = method or "POST"
        elif flag in _RAW_DATA:
            sent.extend(value.flow.sources)
            method = method or "POST"
        elif flag in _FORM:
            sent.extend(
                sent_data(command, value, marks="" if flag == "--form-string" else "@<")
                if flag != "--form-string"
                else value.flow.sources
            )
            method = "POST"
        elif flag in ("-T", "--upload-file"):
            sent.extend(_file(command, value))
            method = "PUT"
        elif flag in ("-H", "--header"):
            sent.extend(_file(command, value.after(1)) if value.text.startswith("@") else sent_headers((value,)))
        elif flag in ("-u", "--user", "--oauth2-bearer", "-U", "--proxy-user", "-b", "--cookie"):
            sent.extend(address.as_login(value.flow.sources))
        elif flag in ("-A", "--user-agent", "-e", "--referer"):
            sent.extend(value.flow.sources)
    if options.has("-G", "--get"):
        method = "GET"
    return sent, method


def curl(command: Command) -> Flow:
    """``curl``."""
    options = command.options()
    sent, method = _curl_sent(command, options)
    given = options.value("-X", "--request")
    method = (given.text.upper() if given is not None else method) or "GET"
    outputs = options.values("-o", "--output")
    folder = options.value("--output-dir")
    remote = options.has("-O", "--remote-name", "--remote-name-all")
    flow = NOTHING
    for index, word in enumerate(command.within([*options.operands, *options.values("--url")], MAX_TARGETS, "targets")):
        far = address.loose(word.text)
        if far is None:
            continue
        command.connect_url(word, far, method=method, sent=sent)
        flow = Flow(("command:curl",), ("curl",), far.url)
        target = outputs[min(index, len(outputs) - 1)] if outputs else (_remote_name(far.url) if remote else None)
        if target is not None and target.text != "-":
            command.write(_in_folder(target, folder), Flow((), ("curl",), far.url))
            flow = NOTHING
    for word in options.values("-x", "--proxy", "--socks5", "--socks5-hostname", "--socks4", "--socks4a", "--preproxy"):
        if (far := address.loose(word.text)) is not None:
            command.connect(far)
    for word in options.values("--unix-socket", "-K", "--config"):
        command.read(word)
    return flow


def _remote_name(url: str) -> Word | None:
    """Return the file name that a download takes from its URL."""
    name = posixpath.basename(re.split(r"[?#]", url)[0].rstrip("/"))
    return Word(name) if name and "://" not in name else None


def _in_folder(target: Word, folder: Word | None) -> Word:
    return Word(posixpath.join(folder.text, target.text)) if folder is not None else target


def wget(command: Command) -> Flow:
    """``wget``."""
    options = command.options()
    sent = sent_headers(options.values("--header"))
    method = options.value("--method")
    for word in options.values("--post-data", "--body-data"):
        sent.extend(word.flow.sources)
    for word in options.values("--post-file", "--body-file"):
        sent.extend(_file(command, word))
    posts = options.has("--post-data", "--post-file", "--body-data", "--body-file")
    output = options.value("-O", "--output-document")
    folder = options.value("-P", "--directory-prefix")
    flow = NOTHING
    for word in command.within(options.operands, MAX_TARGETS, "targets"):
        far = address.loose(word.text)
        if far is None:
            continue
        command.connect_url(
            word, far, method=method.text.upper() if method is not None else ("POST" if posts else "GET"), sent=sent
        )
        if output is not None and output.text in ("-", "/dev/stdout"):
            flow = Flow(("command:wget",), ("wget",), far.url)
            continue
        target = output or _remote_name(far.url)
        if target is not None and not options.has("--spider"):
            command.write(_in_folder(target, folder) if output is None else target, Flow((), ("wget",), far.url))
    return flow


def httpie(command: Command) -> Flow:
    """``http [METHOD] URL [ITEMS]``."""
    options = command.options()
    operands = options.operands
    method = ""
    if operands and operands[0].text.isupper() and operands[0].text.isalpha():
        method, operands = operands[0].text, operands[1:]
    if not operands:
        return command.output()
    target = operands[0]
    far = address.loose(target.text, "https" if command.name == "https" else "http")
    if far is None:
        return command.output()
    sent: list[str] = list(command.stdin.sources)
    for word in command.within(operands[1:], MAX_TARGETS, "fields"):
        match = _HTTPIE.match(word.text)
        if match is None:
            continue
        value = word.after(match.start(3))
        if match[2] == ":":
            sent.extend(sent_headers((word,)))
        elif "@" in match[2]:
            sent.extend(_file(command, value))
        else:
            sent.extend(value.flow.sources)
        method = method or ("POST" if match[2] not in (":", "==") else "")
    for word in options.values("-a", "--auth"):
        sent.extend(address.as_login(word.flow.sources))
    command.connect_url(target, far, method=method or ("POST" if command.stdin.sources else "GET"), sent=sent)
    if (output := options.value("-o", "--output")) is not None:
        command.write(output, Flow((), (command.name,), far.url))
        return NOTHING
    return Flow(("command:http",), (command.name,), far.url)


def netcat(command: Command) -> Flow:
    """``nc``, ``ncat``: one connection, or a listener; ``-e`` and ``-c`` start a program on it."""
    options = command.options()
    operands = options.operands
    program = options.value("-e", "--exec")
    script = options.value("-c", "--sh-exec")
    stream = Flow((), (command.name,))
    if operands and not options.has("-l", "--listen"):
        far = Address(
            address.host_of(operands[0].text),
            address.port_of(operands[1].text.split("-")[0]) if len(operands) > 1 else 0,
        )
        sent = command.stdin.sources
        command.connect(far, sent=sent, more={"Protocol": "udp" if options.has("-u", "--udp") else "tcp"})
        for word in options.values("-x", "--proxy"):
            if (proxy := address.loose(word.text)) is not None:
                command.connect(Address(proxy.host, address.port_of(word.text.rpartition(":")[2])))
    if program is not None:
        command.store.nested_shell(program, command, stream)
    if script is not None and script.text and not script.text.startswith("-"):
        command.store.nested_shell(script, command, stream)
    return stream


_SOCAT = re.compile(
    r"^(TCP[46]?(?:-CONNECT)?|OPENSSL(?:-CONNECT)?|SSL|UDP[46]?(?:-CONNECT)?|SCTP(?:-CONNECT)?|PROXY"
    r"|SOCKS4A?)(?:-connect)?:(\[[^\]]*\]|[^:,]+):([^:,]+)",
    re.IGNORECASE,
)
_SOCAT_RUN = re.compile(r"^(?:EXEC|SYSTEM|SHELL):(.*)$", re.IGNORECASE | re.DOTALL)
_SOCAT_FILE = re.compile(r"^(?:FILE|OPEN|GOPEN|CREATE):([^,]+)", re.IGNORECASE)


def socat(command: Command) -> Flow:
    """``socat ADDRESS ADDRESS``."""
    operands = command.options().operands
    sent = list(command.stdin.sources)
    for word in operands:
        if match := _SOCAT_FILE.match(word.text):
            sent.extend(command.read(word.after(match.start(1)).before(len(match[1]))).sources)
    for word in operands:
        if match := _SOCAT.match(word.text):
            far = Address(address.host_of(match[2]), address.port_of(match[3]))
            command.connect(far, sent=sent, more={"Protocol": "udp" if match[1].upper().startswith("UDP") else "tcp"})
    for word in operands:
        if match := _SOCAT_RUN.match(word.text):
            inner = re.split(r",(?=[a-z])", match[1])[0].strip("'\"")
            command.store.nested_shell(Word(inner), command, Flow((), ("socat",)))
    return Flow((), ("socat",))


def telnet(command: Command) -> Flow:
    """``telnet HOST PORT``, ``ftp HOST``, ``tftp HOST``, ``whois``."""
    operands = command.options().operands
    if not operands:
        return NOTHING
    default = {"telnet": 23, "ftp": 21, "tftp": 69}.get(command.name, 0)
    found = address.split(operands[0].text)
    if found is None:
        port = address.port_of(operands[1].text) if len(operands) > 1 else 0
        host = address.host_of(operands[0].text.rpartition("@")[2])
        if not address.plausible(host):
            return NOTHING
        found = Address(host, port or default)
    command.connect(found, sent=command.stdin.sources)
    return Flow((), (command.name,))


def openssl(command: Command) -> Flow:
    """``openssl``: a client, or a program that turns one file into another."""
    options = command.options()
    verb = options.operands[0].text if options.operands else ""
    if verb == "s_client":
        target = options.value("-connect")
        words = target.text if target is not None else ""
        if target is None and len(options.operands) > 1:
            words = options.operands[1].text
        far = address.loose(words, "https") if words else None
        if far is not None:
            command.connect(
                Address(far.host, address.port_of(words.rpartition(":")[2]) or 443), sent=command.stdin.sources
            )
        return Flow((), ("openssl",))
    given = options.value("-in")
    held = command.read(given) if given is not None else command.stdin
    target = options.value("-out")
    if target is not None:
        command.write(target, Flow(held.sources, ("openssl",), held.origin))
        return NOTHING
    return Flow(held.sources, in_order(held.programs, ("openssl",)), held.origin)


def probe(command: Command) -> Flow:
    """``ping``: one packet to each operand."""
    for word in command.within(command.options().operands, MAX_TARGETS, "targets"):
        host = address.host_of(word.text)
        if address.plausible(host):
            command.connect(Address(host), more={"Protocol": "icmp"})
    return command.output()


def scanner(command: Command) -> Flow:
    """``nmap``, ``masscan``: many ports of many hosts."""
    options = command.options()
    ports = options.value("-p", "--ports")
    single = address.port_of(re.split(r"[,-]", ports.text)[0]) if ports is not None else 0
    for word in options.values("-iL"):
        command.read(word)
    for word in command.within(options.operands, MAX_TARGETS, "targets"):
        host = address.host_of(word.text)
        name, slash, _ = host.partition("/")
        if address.plausible(host) or (slash and address.plausible(name)):
            command.connect(Address(host, single), more={"Protocol": "icmp" if options.has("-sn", "-sP") else "tcp"})
    return command.output()


_TYPES = frozenset(
    ["a", "aaaa", "any", "axfr", "caa", "cname", "hinfo", "mx", "ns", "ptr", "soa", "spf", "srv", "txt", "in", "ch"]
)


def lookup(command: Command) -> Flow:
    """``dig``, ``nslookup``, ``host``: one question, perhaps to a given server."""
    operands = command.options().operands
    if command.name in ("getent", "resolvectl"):
        operands = operands[1:]
    asked = False
    for index, word in enumerate(command.within(operands, MAX_TARGETS, "targets")):
        text = word.text
        if text.startswith("@") or (asked and index == 1 and command.name in ("nslookup", "host")):
            far = Address(address.host_of(text.lstrip("@")), 53)
            command.connect(far, more={"Protocol": "udp"})
        elif not text.startswith("+") and text.lower() not in _TYPES:
            name = address.host_of(text)
            if not name or " " in name:
                continue
            asked = True
            fields: dict[str, FieldValue] = {"QueryName": name, "Image": command.image}
            if word.flow.sources:
                fields["SentData"] = " ".join(word.flow.sources)
            command.add(ActKind.LOOKUP, fields)
    return command.output()


def packages(command: Command) -> Flow:
    """``pip``, ``npm`` and the like: a connection only where a URL is spelled out, never to the registry."""
    for word in command.within(command.args, MAX_PACKAGES, "packages"):
        text = word.text.removeprefix("git+")
        text = text.partition("=")[2] if text.startswith("--") and "=" in text else text
        far = address.split(text)
        if far is not None and far.scheme in ("http", "https", "ssh", "git", "ftp"):
            command.connect(far, method="GET")
    return command.output()


JUDGES: dict[str, Callable[[Command], Flow]] = {
    "curl": curl,
    "wget": wget,
    "http": httpie,
    "https": httpie,
    "xh": httpie,
    **dict.fromkeys(("nc", "ncat", "netcat", "nc.traditional", "nc.openbsd"), netcat),
    "socat": socat,
    **dict.fromkeys(("telnet", "ftp", "tftp"), telnet),
    "openssl": openssl,
    **dict.fromkeys(("ping", "ping6", "fping", "hping3", "traceroute", "mtr", "arping"), probe),
    **dict.fromkeys(("nmap", "masscan", "zmap", "rustscan", "arp-scan", "naabu"), scanner),
    **dict.fromkeys(("dig", "nslookup", "host", "drill", "kdig", "getent"), lookup),
    **dict.fromkeys(["pip", "pip3", "gem", "go", "cargo", "brew", "apt", "apt-get", "yum", "dnf", "apk"], packages),
}
