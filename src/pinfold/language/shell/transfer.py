"""Programs that move files between machines, or open a session on one: ssh and its family, git, cloud storage, mail."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from pinfold.language import address
from pinfold.language.address import Address
from pinfold.language.flow import NOTHING, Flow, Word, in_order, joined
from pinfold.language.shell.command import Command, home
from pinfold.language.shell.options import Options, split
from pinfold.model import FieldValue

MAX_HOPS = 16
"""How many machines one connection may hop over."""

MAX_LINES = 256
"""How many commands one connection may carry."""

MAX_RECIPIENTS = 64
"""How many recipients one mail may have."""

_BACK: dict[str, FieldValue] = {"ReverseTunnel": True}
_REMOTE = re.compile(r"^(?:([^@\s/:]+)@)?(\[[^\]]+\]|[^:/\s@]+):(?!//)(.*)$", re.DOTALL)
_FORWARD = re.compile(r"(?i)^\s*(?:remoteforward)\b")
_MAIL = re.compile(r"[\w.+-]{1,64}@([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})")
_GIT_ADDRESS = re.compile(r"^(?:[^@\s/:]+)@([^:/\s]+):(.+)$")


def _host(text: str) -> Address | None:
    """Return the far end of ``[user@]host``, or of an ``ssh://`` URL."""
    found = address.split(text)
    if found is not None:
        return found
    user, _, rest = text.rpartition("@")
    host = address.host_of(rest)
    return Address(host, 22, "", user) if address.plausible(host) else None


def _ssh_port(options: Options) -> int:
    word = options.value("-p", "-P")
    port = address.port_of(word.text) if word is not None else 0
    for option in options.values("-o"):
        name, _, value = option.text.replace(" ", "=", 1).partition("=")
        if name.lower() == "port":
            port = address.port_of(value)
    return port


def ssh(command: Command) -> Flow:
    """``ssh`` and its family: a session, perhaps with a tunnel back."""
    options = command.options(stop=True)
    rest = command.args[options.first :]
    if rest and len(rest) > 1 and rest[1].text.startswith("-"):
        more = split("ssh", rest[1:], stop=True)
        options.flags.extend(more.flags)
    if options.has("-V", "-Q") or not rest:
        return NOTHING
    far = _host(rest[0].text)
    if far is None:
        return NOTHING
    back = options.has("-R") or any(_FORWARD.match(word.text) for word in options.values("-o"))
    for word in options.values("-J"):
        for hop in command.store.drafts.within(word.text.split(","), MAX_HOPS, "hops of one connection"):
            jump = address.loose(hop, "ssh")
            if jump is not None:
                command.connect(Address(jump.host, jump.port or 22))
    for word in options.values("-i"):
        command.read(word)
    command.connect(
        Address(far.host, _ssh_port(options) or far.port or 22, url=far.url),
        sent=command.stdin.sources,
        more=_BACK if back else {},
    )
    return Flow((f"command:{command.name}",), in_order(command.stdin.programs, (command.name,)))


def tunnel(command: Command) -> Flow:
    """Programs whose purpose is a tunnel: ``sshuttle``, ``chisel``, ``bore``, ``ngrok``, ``cloudflared``, ``frpc``."""
    texts = [word.text for word in command.args]
    target: Address | None = None
    back = True
    if command.name == "sshuttle":
        target = next(
            (_host(texts[index + 1]) for index, text in enumerate(texts[:-1]) if text in ("-r", "--remote")), None
        )
        back = False
    elif command.name == "chisel" and texts[:1] == ["client"]:
        operands = [text for text in texts[1:] if not text.startswith("-")]
        target = address.loose(operands[0]) if operands else None
        back = any(text.startswith("R:") for text in operands)
    elif command.name == "bore" and "--to" in texts[:-1]:
        target = Address(address.host_of(texts[texts.index("--to") + 1]), 7835)
    if target is not None:
        command.connect(target, more=_BACK if back else {})
    return command.output()


def copy(command: Command) -> Flow:
    """``scp`` and ``rsync``: from the first operands to the last, one side may be remote."""
    options = command.options()
    operands = options.operands
    port = _ssh_port(options) if command.name != "rsync" else _rsync_port(options)
    if len(operands) < 2:
        return NOTHING
    *sources, target = operands
    far = _remote(target)
    sent: list[str] = []
    for word in sources:
        away = _remote(word)
        if away is None:
            held = command.read(word)
            sent.extend(joined(held.sources, word.flow.sources))
            if far is None:
                command.write(_inside(target, word), Flow(held.sources, held.programs, held.origin or home(word.text)))
        else:
            command.connect(Address(away.host, port or away.port, url=away.url), method="GET")
            if far is None:
                command.write(_inside(target, word), Flow((), (command.name,), word.text))
    if far is not None:
        command.connect(Address(far.host, port or far.port, url=far.url), method="PUT", sent=sent)
    return NOTHING


def _inside(target: Word, source: Word) -> Word:
    if target.text.endswith("/") or target.text in (".", "..", "~"):
        return Word(
            posixpath.join(target.text, posixpath.basename(source.text.rstrip("/"))), target.parts, target.known
        )
    return target


def _rsync_port(options: Options) -> int:
    word = options.value("--port")
    if word is not None:
        return address.port_of(word.text)
    shell = options.value("-e", "--rsh")
    found = re.search(r"-p\s*(\d{1,5})", shell.text) if shell is not None else None
    return address.port_of(found[1]) if found else 0


def _remote(word: Word) -> Address | None:
    """Return the far end of ``[user@]host:path`` or a URL; ``None`` for a local path."""
    found = address.split(word.text)
    if found is not None:
        return found
    match = _REMOTE.match(word.text)
    if match is None or len(match[2]) == 1:
        return None
    host = address.host_of(match[2])
    return Address(host, 22, "", match[1] or "") if address.plausible(host) else None


def sftp(command: Command) -> Flow:
    """``sftp [user@]host[:path]``, with commands on its input."""
    options = command.options()
    if not options.operands:
        return NOTHING
    word = options.operands[0]
    far = _remote(word) or _host(word.text)
    if far is None:
        return NOTHING
    sent = list(command.stdin.sources)
    for line in command.store.drafts.within(
        (command.stdin.text or "").splitlines(), MAX_LINES, "commands to one server"
    ):
        parts = line.split()
        if len(parts) > 1 and parts[0] in ("put", "mput", "reput"):
            sent.extend(command.read(Word(parts[1])).sources)
    for batch in options.values("-b"):
        command.read(batch)
    command.connect(Address(far.host, _ssh_port(options) or far.port or 22, url=far.url), sent=sent)
    return NOTHING


def _git_address(text: str) -> Address | None:
    found = address.split(text)
    if found is not None:
        return found if found.scheme != "file" else None
    match = _GIT_ADDRESS.match(text)
    return Address(address.host_of(match[1]), 22, "ssh", "", f"ssh://{match[1]}/{match[2]}") if match else None


def git(command: Command) -> Flow:
    """``git``: what is cloned, fetched and pushed, as far as the address is known."""
    options = command.options(stop=True)
    rest = command.args[options.first :]
    if not rest:
        return NOTHING
    verb = rest[0].text
    inner = split("git", rest[1:])
    operands = inner.operands
    remotes = command.store.files
    if verb == "remote" and len(operands) > 2 and operands[0].text in ("add", "set-url"):
        words = operands[-1]
        remotes[f"git:{operands[1].text}"] = Flow((), (), words.text)
        return NOTHING
    if verb == "submodule" and operands and operands[0].text == "add":
        operands = operands[1:]
    elif verb not in ("clone", "fetch", "pull", "push", "ls-remote", "archive"):
        return command.output()
    first = operands[0] if operands else None
    if first is None:
        return NOTHING
    known = remotes.get(f"git:{first.text}")
    far = _git_address(known.origin if known is not None else first.text)
    if far is None:
        return NOTHING
    sent = ("command:git",) if verb == "push" else ()
    command.connect(far, method="PUT" if verb == "push" else "GET", sent=(*sent, *address.sent_in_url(first, far)))
    if verb == "clone":
        name = operands[1].text if len(operands) > 1 else posixpath.basename(far.url.rstrip("/")).removesuffix(".git")
        if name:
            command.store.folders[command.store.resolve(home(name))] = far.url
    return NOTHING


_BUCKET = re.compile(r"^(s3|gs|oss|cos|b2)://([^/]+)(/.*)?$")
_STORE_HOSTS = {
    "s3": "s3.amazonaws.com",
    "gs": "storage.googleapis.com",
    "oss": "aliyuncs.com",
    "cos": "myqcloud.com",
    "b2": "backblazeb2.com",
}


def cloud(command: Command) -> Flow:
    """``aws s3 cp``, ``gsutil cp``, ``s3cmd put``, ``rclone copy``: files to and from a bucket."""
    options = split("rclone" if command.name == "rclone" else "aws", command.args)
    verbs = frozenset({"cp", "mv", "sync", "put", "get", "copy", "move", "copyto", "rsync"})
    index = next((index for index, word in enumerate(options.operands[:4]) if word.text in verbs), -1)
    if index < 0:
        return command.output()
    operands = options.operands[index + 1 :]
    if len(operands) < 2:
        return command.output()
    *sources, target = operands
    endpoint = options.value("--endpoint-url", "--s3-endpoint")
    sent: list[str] = []
    for word in sources:
        far = _bucket(command, word, endpoint)
        if far is not None:
            command.connect(far, method="GET")
            if _bucket(command, target, endpoint) is None:
                command.write(_inside(target, word), Flow((), (command.name,), word.text))
        else:
            sent.extend(
                command.stdin.sources if word.text == "-" else joined(command.read(word).sources, word.flow.sources)
            )
    far = _bucket(command, target, endpoint)
    if far is not None:
        command.connect(far, method="PUT", sent=sent)
    return NOTHING


def _bucket(command: Command, word: Word, endpoint: Word | None) -> Address | None:
    match = _BUCKET.match(word.text)
    if match is not None:
        base = address.split(endpoint.text) if endpoint is not None else None
        host = base.host if base is not None else f"{address.host_of(match[2])}.{_STORE_HOSTS[match[1]]}"
        return Address(host, base.port if base is not None else 443, match[1], "", word.text)
    if (
        command.name == "rclone"
        and re.match(r"^:?[\w-]+(?:,[^:]*)?:", word.text)
        and not re.match(r"^[A-Za-z]:[\\/]", word.text)
    ):
        return Address("*", 443, "", "", word.text)
    return None


def mail(command: Command) -> Flow:
    """``mail``, ``mutt``, ``sendmail``, ``swaks``: a message to each recipient."""
    options = command.options()
    sent = list(command.stdin.sources)
    for word in options.values("-a", "-A", "--attach", "--body"):
        sent.extend(joined(command.read(word.after(word.text.startswith("@"))).sources, word.flow.sources))
    for word in options.values("-s", "--data"):
        sent.extend(word.flow.sources)
    words = [*options.operands, *options.values("--to", "-t", "-b", "-c")]
    text = " ".join(word.text for word in words)
    if command.name in ("sendmail", "msmtp") and options.has("-t"):
        text = f"{text} {command.stdin.text or ''}"
    for found in command.store.drafts.within(list(_MAIL.finditer(text)), MAX_RECIPIENTS, "recipients"):
        command.connect(Address(found[1].lower(), 25, "mailto", "", f"mailto:{found[0]}"), method="POST", sent=sent)
    server = options.value("--server")
    if server is not None and (far := address.loose(server.text, "smtp")) is not None:
        command.connect(Address(far.host, far.port or 25), sent=sent)
    return NOTHING


JUDGES: dict[str, Callable[[Command], Flow]] = {
    **dict.fromkeys(("ssh", "autossh", "slogin", "dbclient", "plink"), ssh),
    **dict.fromkeys(("sshuttle", "chisel", "bore"), tunnel),
    **dict.fromkeys(("scp", "rsync", "pscp"), copy),
    "sftp": sftp,
    "git": git,
    **dict.fromkeys(("aws", "gsutil", "gcloud", "s3cmd", "rclone", "mc", "ossutil", "coscmd"), cloud),
    **dict.fromkeys(("mail", "mailx", "s-nail", "mutt", "neomutt", "sendmail", "msmtp", "swaks"), mail),
}
