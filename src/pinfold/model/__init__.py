"""The words that every room shares (design §3). No I/O; the standard library and msgspec only."""

from pinfold.model.act import Act, ActKind, Certainty, FieldValue, Role
from pinfold.model.capability import Capability, Flow
from pinfold.model.errors import (
    LimitReachedError,
    MaterialError,
    NothingToScanError,
    PinfoldError,
    RuleError,
    UnreadableError,
    UsageError,
)
from pinfold.model.event import (
    AnyEvent,
    CallEvent,
    ConnectEvent,
    Event,
    ExecEvent,
    LookupEvent,
    ReadEvent,
    SpendEvent,
    WriteEvent,
)
from pinfold.model.finding import (
    Axis,
    Confidence,
    Evidence,
    Finding,
    FrameworkId,
    Severity,
    Suppression,
    fingerprint,
)
from pinfold.model.limits import Limits
from pinfold.model.place import Place
from pinfold.model.profile import Access, Destination, Profile, Resources
from pinfold.model.skill import FileType, Skill, SkillFile, SkillKind, Unread
from pinfold.model.verdict import BLOCK_AT, REVIEW_AT, MatchReport, Report, Verdict, verdict_of

__all__ = [
    "BLOCK_AT",
    "REVIEW_AT",
    "Access",
    "Act",
    "ActKind",
    "AnyEvent",
    "Axis",
    "CallEvent",
    "Capability",
    "Certainty",
    "Confidence",
    "ConnectEvent",
    "Destination",
    "Event",
    "Evidence",
    "ExecEvent",
    "FieldValue",
    "FileType",
    "Finding",
    "Flow",
    "FrameworkId",
    "LimitReachedError",
    "Limits",
    "LookupEvent",
    "MatchReport",
    "MaterialError",
    "NothingToScanError",
    "PinfoldError",
    "Place",
    "Profile",
    "ReadEvent",
    "Report",
    "Resources",
    "Role",
    "RuleError",
    "Severity",
    "Skill",
    "SkillFile",
    "SkillKind",
    "SpendEvent",
    "Suppression",
    "Unread",
    "UnreadableError",
    "UsageError",
    "Verdict",
    "WriteEvent",
    "fingerprint",
    "verdict_of",
]
