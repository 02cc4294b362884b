"""Events: acts that were observed, one small type a kind.

An event stream is a file of JSON objects, one a line. ``kind`` names the type; the other keys are the fields below,
with Sigma's names where Sigma has them. Unknown keys are kept out of judgement but do no harm. Example::

    {"kind": "exec", "Image": "/usr/bin/ssh", "CommandLine": "ssh -fNR 2222:localhost:22 ops@203.0.113.7",
     "time": 1760000000.5, "session": "rollout-17"}
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from pinfold.model.act import Act, ActKind, Certainty, Role
from pinfold.model.place import Place


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """What all events share.

    ``time`` is seconds since the epoch; ``sequence`` rises within a session; ``source`` is how we know: ``kernel``,
    ``broker``, ``sdk``, ``proxy`` or ``import``. ``decision`` is ``allow`` or ``deny`` where somebody decided, else
    ``""``; ``reason`` says why, and, for a denial, what would allow it.
    """

    time: float | None = None
    sequence: int | None = None
    session: str = ""
    principal: str = ""
    skill: str = ""
    source: str = "import"
    decision: str = ""
    reason: str = ""
    Image: str = ""
    ProcessId: int | None = None

    def act(self, path: str, index: int) -> Act:
        """Return the event as an observed act that stands at line ``index + 1`` of ``path``."""
        fields: dict[str, Any] = {
            name: value
            for name in self.__struct_fields__
            if name[0].isupper() and (value := getattr(self, name)) not in ("", None)
        }
        return Act(
            kind=ActKind(str(self.__struct_config__.tag)),
            fields=fields,
            place=Place(path, line=index + 1, column=1, step=index),
            role=Role.COMMAND,
            certainty=Certainty.OBSERVED,
            group=self.session,
            order=index if self.sequence is None else self.sequence,
            time=self.time,
            text=str(next((fields[key] for key in _SPEAKING if key in fields), ""))[:500],
        )


_SPEAKING = (
    "CommandLine",
    "Url",
    "DestinationHostname",
    "DestinationIp",
    "QueryName",
    "TargetFilename",
    "Arguments",
    "Payee",
    "Tool",
    "Image",
)


class ExecEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="exec"):
    """A program was started."""

    CommandLine: str = ""
    ParentImage: str = ""
    ParentCommandLine: str = ""
    CurrentDirectory: str = ""
    User: str = ""
    ParentProcessId: int | None = None


class ConnectEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="connect"):
    """A connection was opened or refused. ``Initiated`` is true when this side opened it."""

    DestinationHostname: str = ""
    DestinationIp: str = ""
    DestinationPort: int | None = None
    Protocol: str = ""
    Initiated: bool = True
    Url: str = ""


class LookupEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="lookup"):
    """A name was looked up."""

    QueryName: str = ""


class ReadEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="read"):
    """A file was opened for reading."""

    TargetFilename: str = ""


class WriteEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="write"):
    """A file was created or changed.

    ``entry`` is true where the name was made, moved or taken away: that changes the folder in which it stands.
    """

    TargetFilename: str = ""
    Content: str = ""
    entry: bool = False


class CallEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="call"):
    """An agent called a tool. ``Arguments`` is JSON text."""

    Tool: str = ""
    Arguments: str = ""


class SpendEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="spend"):
    """Money, or credit, was spent. ``Amount`` is a decimal number in ``Currency`` (ISO 4217 or a ticker)."""

    Amount: str = ""
    Currency: str = ""
    Payee: str = ""


class ExitEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="exit"):
    """A process ended: with ``ExitCode``, or by the signal ``Signal``. ``CommandLine`` is what it said at its end."""

    ExitCode: int | None = None
    Signal: int | None = None
    CommandLine: str = ""


class BindEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="bind"):
    """A socket took an address of its own: ``SourceIp`` and ``SourcePort``, or ``TargetFilename`` of a Unix socket."""

    SourceIp: str = ""
    SourcePort: int | None = None
    Protocol: str = ""
    TargetFilename: str = ""


class ListenEvent(BindEvent, frozen=True, kw_only=True, omit_defaults=True, tag="listen"):
    """A socket began to take connections."""


class FlowEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="flow"):
    """A brokered connection: ``opened``, ``sampled`` while it lives, ``closed``.

    ``Flow`` numbers the connection within the run. The byte counts are those of the data sent and received since it was
    opened; ``Seconds`` is its age.
    """

    Flow: int = 0
    State: Literal["", "opened", "sampled", "closed"] = ""
    DestinationHostname: str = ""
    DestinationIp: str = ""
    DestinationPort: int | None = None
    SentBytes: int | None = None
    ReceivedBytes: int | None = None
    Seconds: float | None = None


class DeniedEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="denied"):
    """A system call other than a connection was denied.

    ``Call`` is its name, ``TargetFilename`` the path it was about, ``Count`` how many equal ones this event stands for.
    """

    Call: str = ""
    TargetFilename: str = ""
    Count: int = 1


class SampleEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="sample"):
    """What the run uses: processor seconds since its start, resident bytes and processes now."""

    CpuSeconds: float = 0.0
    MemoryBytes: int = 0
    Processes: int = 0


class FindingEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="finding"):
    """Something that should not happen at all: ``Rule`` names it, ``Detail`` says what was seen, in one line."""

    Rule: str = ""
    Severity: str = ""
    Detail: str = ""
    TargetFilename: str = ""


class RunEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="run"):
    """A run ``started``, was ``frozen``, went on (``thawed``), or ``ended``.

    ``CurrentDirectory`` is its working folder, ``Home`` and ``Temporary`` are the fresh folders that it has for itself,
    all as the program sees them. ``Level`` is L0 to L3, ``Missing`` why it is not a higher one, ``Traced`` what is
    observed beyond the ordinary (``files``). At the end ``ExitCode`` is the program's, ``Lost`` counts the events that
    could not be delivered, and ``reason`` says what stopped the run, if anything did.
    """

    State: Literal["", "started", "frozen", "thawed", "ended"] = ""
    CommandLine: str = ""
    CurrentDirectory: str = ""
    Home: str = ""
    Temporary: str = ""
    Level: str = ""
    Missing: tuple[str, ...] = ()
    Traced: tuple[str, ...] = ()
    Profile: str = ""
    ExitCode: int | None = None
    Lost: int | None = None


ActEvent = ExecEvent | ConnectEvent | LookupEvent | ReadEvent | WriteEvent | CallEvent | SpendEvent
"""Every event that is an act, and so is judged."""

AnyEvent = (
    ActEvent | ExitEvent | BindEvent | ListenEvent | FlowEvent | DeniedEvent | SampleEvent | FindingEvent | RunEvent
)
"""Every event type, told apart by ``kind``."""
