"""How acts are called in Sigma: the log source of each kind, and which fields an act can have.

Sigma's names stand in its taxonomy (https://sigmahq.io/sigma-specification/, appendix taxonomy, version 2.1); what
Sigma has no word for is ours.
"""

from __future__ import annotations

from pinfold.model import ActKind

CATEGORIES: dict[str, ActKind] = {
    "process_creation": ActKind.EXEC,
    "network_connection": ActKind.CONNECT,
    "dns_query": ActKind.LOOKUP,
    "dns": ActKind.LOOKUP,
    "file_access": ActKind.READ,
    "file_event": ActKind.WRITE,
}
"""Sigma's log source categories that we read, and the kind of act that they speak of."""

LOGSOURCES: dict[ActKind, dict[str, str]] = {
    ActKind.EXEC: {"category": "process_creation"},
    ActKind.CONNECT: {"category": "network_connection"},
    ActKind.LOOKUP: {"category": "dns_query"},
    ActKind.READ: {"category": "file_access"},
    ActKind.WRITE: {"category": "file_event"},
    ActKind.CALL: {"category": "application", "product": "pinfold", "service": "tool-call"},
    ActKind.SPEND: {"category": "application", "product": "pinfold", "service": "payment"},
}
"""The log source under which a detection over one kind of act is exported."""

SIGMA_FIELDS: dict[ActKind, frozenset[str]] = {
    ActKind.EXEC: frozenset(
        {
            "Image",
            "OriginalFileName",
            "CommandLine",
            "ParentImage",
            "ParentCommandLine",
            "CurrentDirectory",
            "User",
            "ProcessId",
            "ParentProcessId",
        }
    ),
    ActKind.CONNECT: frozenset(
        {"DestinationHostname", "DestinationIp", "DestinationPort", "Initiated", "Protocol", "Image", "ProcessId"}
    ),
    ActKind.LOOKUP: frozenset({"QueryName", "Image", "ProcessId"}),
    ActKind.READ: frozenset({"TargetFilename", "Image", "ProcessId"}),
    ActKind.WRITE: frozenset({"TargetFilename", "Image", "ProcessId"}),
    ActKind.CALL: frozenset({"ProcessId"}),
    ActKind.SPEND: frozenset({"ProcessId"}),
}
"""The fields of an act that a SIEM may well have, too."""

OUR_FIELDS: dict[ActKind, frozenset[str]] = {
    ActKind.EXEC: frozenset({"PipedFrom", "PipedFromUrl", "PipedInto", "ImageOrigin", "Url", "Stranger"}),
    ActKind.CONNECT: frozenset({"Url", "Method", "SentData", "ReverseTunnel", "Content", "Stranger"}),
    ActKind.LOOKUP: frozenset({"SentData"}),
    ActKind.READ: frozenset({"Origin"}),
    ActKind.WRITE: frozenset({"Origin", "Content"}),
    ActKind.CALL: frozenset({"Tool", "Arguments"}),
    ActKind.SPEND: frozenset({"Amount", "Currency", "Payee"}),
}
"""The fields of an act that only Pinfold fills. Every act has `EVERYWHERE` besides."""

EVERYWHERE = frozenset({"Certainty", "Role", "Text"})
"""What every act has: how we know of it, what part the words play, and the words themselves."""

OTHER_NAMES: dict[str, dict[str, str]] = {
    "dns": {"query": "QueryName"},
    "file_access": {"FileName": "TargetFilename"},
}
"""Fields that a Sigma category calls by another name than we do."""


def fields_of(kind: ActKind) -> frozenset[str]:
    """Return every field that an act of this kind can have."""
    return SIGMA_FIELDS[kind] | OUR_FIELDS[kind] | EVERYWHERE
