"""What a skill can do, and what goes where: facts read off its acts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pinfold.language.document import Document
from pinfold.model import Act, ActKind, Capability, Flow

MAX_CAPABILITIES = 500
"""How many different capabilities, and how many flows, one report lists."""

_HOST = re.compile(
    r"https?://([A-Za-z0-9._~-]*[A-Za-z0-9][A-Za-z0-9._~-]*|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?", re.ASCII
)
_MARKUP = frozenset({"xml", "xsd", "svg", "html", "css"})
_GPU = ("nvidia-smi", "rocm-smi", "nvcc")


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
            program = _program(str(fields.get("Image", "*")))
            yield "gpu" if program in _GPU else f"exec:{program}"
        case ActKind.CONNECT:
            yield f"net:{_host(act)}:{fields.get('DestinationPort') or '*'}"
        case ActKind.LOOKUP:
            yield f"net:{fields.get('QueryName') or '*'}:53"
        case ActKind.READ | ActKind.WRITE:
            target = str(fields.get("TargetFilename") or "*")
            yield target if target.startswith("env:") else f"{act.kind.value}:{target}"
        case ActKind.CALL:
            yield f"tool:{fields.get('Tool') or '*'}"
        case ActKind.SPEND:
            yield f"spend:{fields.get('Currency') or '*'}"


def flows(acts: Iterable[Act]) -> Iterator[Flow]:
    """Yield what live acts send where."""
    for act in acts:
        if act.kind is ActKind.CONNECT and act.role.live and not act.negated:
            yield Flow(
                host=_host(act),
                port=_port(act.fields.get("DestinationPort")),
                via=_program(str(act.fields.get("Image", ""))),
                data=tuple(str(act.fields.get("SentData", "")).split()[:20]),
                place=act.place,
            )


def named_hosts(document: Document) -> Iterator[Flow]:
    """Yield the hosts that a text names in URLs; markup is left out, where they name vocabularies rather than peers."""
    if "://" not in document.text or document.path.rpartition(".")[2].lower() in _MARKUP:
        return
    seen: set[str] = set()
    for match in _HOST.finditer(document.text):
        host = match[1].lower()
        if host not in seen and len(seen) < MAX_CAPABILITIES:
            seen.add(host)
            yield Flow(host=host, port=_port(match[2]), place=document.place(*match.span()))


def distinct_capabilities(found: Iterable[Capability]) -> tuple[Capability, ...]:
    """Return each capability once, sorted by name."""
    first: dict[str, Capability] = {}
    for capability in found:
        if len(first) < MAX_CAPABILITIES:
            first.setdefault(capability.name, capability)
    return tuple(sorted(first.values(), key=lambda capability: capability.name))


def distinct_flows(found: Iterable[Flow]) -> tuple[Flow, ...]:
    """Return each destination once for each way and cargo; a host that is only named gives way to one that is used."""
    first: dict[tuple[str, int, str, tuple[str, ...]], Flow] = {}
    used: set[str] = set()
    for flow in found:
        if len(first) < MAX_CAPABILITIES:
            first.setdefault((flow.host, flow.port, flow.via, flow.data), flow)
            if flow.via:
                used.add(flow.host)
    kept = [flow for flow in first.values() if flow.via or flow.host not in used]
    return tuple(sorted(kept, key=lambda flow: (not flow.data, not flow.via, flow.host, flow.port, flow.data)))


def _program(image: str) -> str:
    return image.replace("\\", "/").rpartition("/")[2] or "*"


def _host(act: Act) -> str:
    return str(act.fields.get("DestinationHostname") or act.fields.get("DestinationIp") or "*")


def _port(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isdigit() and int(text) < 65536 else 0
