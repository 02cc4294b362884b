"""What a skill can do, and what goes where: facts read off its acts.

A fact must be worth reading. What is wholly unknown is left out, what is unknown in part becomes ``*``, and in a text
that people read a word is taken for a program, a file or a host only where it looks like one: a sample of output is
easily mistaken for commands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from pinfold.language.document import Document
from pinfold.language.shell.program_table import FAMILIAR, INTERPRETERS, READERS
from pinfold.language.shell.programs import KNOWN
from pinfold.model import Act, ActKind, Capability, Flow

MAX_CAPABILITIES = 500
"""How many different capabilities, and how many flows, one report lists; the rest are counted."""

MAX_SENT = 20
"""How many things that are sent one flow lists; the rest are counted in a last entry."""

MAX_HOSTS = 20_000
"""How many hosts that one text names are told apart; no report lists that many."""

_HOST = re.compile(
    r"https?://([A-Za-z0-9._~-]*[A-Za-z0-9][A-Za-z0-9._~-]*|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?", re.ASCII
)
_MARKUP = frozenset({"xml", "xsd", "svg", "html", "css"})
_GPU = ("nvidia-smi", "rocm-smi", "nvcc")

_PROGRAMS = FAMILIAR | INTERPRETERS | READERS | KNOWN
# fmt: off
_BUILT_IN = frozenset((
    ".", ":", "[", "[[", "alias", "basename", "break", "case", "cd", "clear", "continue", "declare", "dirname",
    "do", "done", "echo", "elif", "else", "esac", "exit", "export", "false", "fi", "for", "function", "getopts",
    "hash", "if", "in", "let", "local", "popd", "printf", "pushd", "pwd", "read", "readonly", "return", "select",
    "set", "shift", "shopt", "sleep", "source", "test", "then", "time", "trap", "true", "type", "typeset", "ulimit",
    "umask", "unalias", "unset", "until", "wait", "which", "while",
))
# fmt: on
"""What every shell has: that a skill uses it says nothing."""

_PROGRAM = re.compile(r"[A-Za-z][\w.+-]{0,39}", re.ASCII)
_PLAIN_PROGRAM = re.compile(r"[a-z][a-z0-9_.+-]{1,29}", re.ASCII)
_SCRIPT = re.compile(r"\.(?:bash|bat|cmd|cjs|exe|js|mjs|php|pl|ps1|py|rb|sh|ts|zsh)$")
_OPTION = re.compile(r"\s(?:--[a-z][\w-]+|-[A-Za-z])(?:[\s=]|$)")
_PATH_TO = ("./", "../", "~/", "/", "$")
_WRITTEN_FOR_MACHINES = re.compile(
    r"(?i)\.(?:ba|z|fi|k)?sh$|\.(?:bat|cmd|c?js|mjs|jsx|php|pl|ps1|psm1|py|pyw|rb|tsx?|json[lc5]?|ya?ml|toml|service|ipynb)$"
    r"|(?:^|/)(?:Makefile|Dockerfile|Justfile|Procfile|crontab)$"
)

_BRACES = re.compile(r"\$?\{[^{}]{0,200}\}|\$\([^()]{0,200}\)|<[^<>]{0,80}>")
_VARIABLE = re.compile(r"\$\w+|%\w+%|[{}]+")
_STARS = re.compile(r"\*+")
_LETTERS = re.compile(r"[^\W\d_]{2}|\d{3}|^[*/]*[^\W_]\.\w{2}")
_ENDING = re.compile(r"(?<=\w\w)\.\w{1,5}$")
_NAMED_FILE = re.compile(r"^\.\w|[\w*)]\.[A-Za-z]\w{0,11}$")
_NO_PATH = re.compile(r"[\s,;|=\"'`\[\]]|:$|^-")
_VARIABLE_NAME = re.compile(r"\*|[A-Za-z_]\w*", re.ASCII)
_MAX_DEPTH = 8


def capabilities(acts: Iterable[Act]) -> Iterator[Capability]:
    """Yield the capabilities that live acts show, the first place of each."""
    for act in acts:
        if act.role.live and not act.negated:
            for name in _names(act):
                yield Capability(name, act.place)


def _names(act: Act) -> Iterator[str]:
    fields = act.fields
    match act.kind:
        case ActKind.EXEC:
            program = _program(str(fields.get("Image", "")))
            if program in _GPU:
                yield "gpu"
            elif _is_program(program, act):
                yield f"exec:{program}"
        case ActKind.CONNECT:
            host = _host(act)
            if host == "*" or not _is_word(host, act):
                yield f"net:{host}:{'*' if host == '*' else fields.get('DestinationPort') or '*'}"
        case ActKind.LOOKUP:
            yield f"net:{fields.get('QueryName') or '*'}:53"
        case ActKind.READ | ActKind.WRITE:
            yield from _file(act)
        case ActKind.CALL:
            if tool := fields.get("Tool"):
                yield f"tool:{tool}"
        case ActKind.SPEND:
            yield f"spend:{fields.get('Currency') or '*'}"


def _is_read_by_people(act: Act) -> bool:
    return _WRITTEN_FOR_MACHINES.search(act.place.path) is None


def _is_program(name: str, act: Act) -> bool:
    """Tell whether a word is the name of a program that is worth a mention.

    In a text for people an unknown one must be given an option, or a path.
    """
    if name in _BUILT_IN or _PROGRAM.fullmatch(name) is None:
        return False
    if name in _PROGRAMS or not _is_read_by_people(act):
        return True
    if str(act.fields.get("Image", "")).startswith(_PATH_TO) or _SCRIPT.search(name):
        return True
    given = _OPTION.search(str(act.fields.get("CommandLine", ""))) is not None
    return given and _PLAIN_PROGRAM.fullmatch(name) is not None


def _is_word(host: str, act: Act) -> bool:
    """Tell whether a host is a mere word of a text for people."""
    return not set(host) & set(".:*") and host.lower() != "localhost" and _is_read_by_people(act)


def _file(act: Act) -> Iterator[str]:
    target = str(act.fields.get("TargetFilename") or "")
    if target.startswith("env:"):
        if _VARIABLE_NAME.fullmatch(target[4:]) and (len(target) > 6 or target == "env:*"):
            yield target
        return
    path = _known_part(target)
    if not path or _NO_PATH.search(path):
        return
    if _is_read_by_people(act) and "/" not in path and not _NAMED_FILE.search(path):
        return
    yield f"{act.kind.value}:{path}"


def _known_part(path: str) -> str:
    """Return a path with what is only known at run time as ``*``, or nothing when too little else is left."""
    for _ in range(_MAX_DEPTH):
        shorter = _BRACES.sub("*", path)
        if shorter == path:
            break
        path = shorter
    path = _STARS.sub("*", _VARIABLE.sub("*", path))
    named = path.rpartition("/")[2] if path.startswith("*") else path
    if path in ("/", "~", "~/", "."):
        return path
    return path if _LETTERS.search(_ENDING.sub("", named)) or named.startswith("*.") else ""


def flows(acts: Iterable[Act]) -> Iterator[Flow]:
    """Yield what live acts send where."""
    for act in acts:
        if act.kind is ActKind.CONNECT and act.role.live and not act.negated:
            yield Flow(
                host=_host(act),
                port=_port(act.fields.get("DestinationPort")),
                via=_program(str(act.fields.get("Image", ""))),
                data=_sent(str(act.fields.get("SentData", ""))),
                place=act.place,
            )


def _sent(data: str) -> tuple[str, ...]:
    words = data.split()
    more = len(words) - MAX_SENT
    return (*words[:MAX_SENT], f"and {more} more") if more > 0 else tuple(words)


def named_hosts(document: Document) -> Iterator[Flow]:
    """Yield the hosts that a text names in URLs; markup is left out, where they name vocabularies rather than peers."""
    if "://" not in document.text or document.path.rpartition(".")[2].lower() in _MARKUP:
        return
    seen: set[str] = set()
    for match in _HOST.finditer(document.text):
        host = match[1].lower()
        if host not in seen and len(seen) < MAX_HOSTS:
            seen.add(host)
            yield Flow(host=host, port=_port(match[2]), place=document.place(*match.span()))


def distinct_capabilities(found: Iterable[Capability]) -> tuple[tuple[Capability, ...], int]:
    """Return each capability once, sorted by name, and how many the list has no room for."""
    first: dict[str, Capability] = {}
    for capability in found:
        first.setdefault(capability.name, capability)
    kept = sorted(islice(first.values(), MAX_CAPABILITIES), key=lambda capability: capability.name)
    return tuple(kept), len(first) - len(kept)


def distinct_flows(found: Iterable[Flow]) -> tuple[tuple[Flow, ...], int]:
    """Return each destination once for each way and cargo, and how many the list has no room for.

    A host that is only named gives way to one that is used.
    """
    first: dict[tuple[str, int, str, tuple[str, ...]], Flow] = {}
    used: set[str] = set()
    for flow in found:
        first.setdefault((flow.host, flow.port, flow.via, flow.data), flow)
        if flow.via:
            used.add(flow.host)
    kept = [flow for flow in first.values() if flow.via or flow.host not in used]
    kept.sort(key=lambda flow: (not flow.data, not flow.via, flow.host, flow.port, flow.data))
    return tuple(kept[:MAX_CAPABILITIES]), max(0, len(kept) - MAX_CAPABILITIES)


def _program(image: str) -> str:
    return image.replace("\\", "/").rpartition("/")[2] or "*"


def _host(act: Act) -> str:
    return str(act.fields.get("DestinationHostname") or act.fields.get("DestinationIp") or "*")


def _port(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isdigit() and int(text) < 65536 else 0
