"""Events: acts that were observed, one small type a kind.

An event stream is a file of JSON objects, one a line. ``kind`` names the type; the other keys are the fields below,
with Sigma's names where Sigma has them. Unknown keys are kept out of judgement but do no harm. Example::

    {"kind": "exec", "Image": "/usr/bin/ssh", "CommandLine": "ssh -fNR 2222:localhost:22 ops@203.0.113.7",
     "time": 1760000000.5, "session": "rollout-17"}
"""

from __future__ import annotations

from typing import Any

import msgspec

from pinfold.model.act import Act, ActKind, Certainty, Role
from pinfold.model.place import Place


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="kind"):
    """What all events share.

    ``time`` is seconds since the epoch; ``sequence`` rises within a session; ``source`` is how we know: ``kernel``,
    ``broker``, ``sdk``, ``proxy`` or ``import``.
    """

    time: float | None = None
    sequence: int | None = None
    session: str = ""
    principal: str = ""
    skill: str = ""
    source: str = "import"
    Image: str = ""

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
    ProcessId: int | None = None


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
    """A file was created or changed."""

    TargetFilename: str = ""
    Content: str = ""


class CallEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="call"):
    """An agent called a tool. ``Arguments`` is JSON text."""

    Tool: str = ""
    Arguments: str = ""


class SpendEvent(Event, frozen=True, kw_only=True, omit_defaults=True, tag="spend"):
    """Money, or credit, was spent. ``Amount`` is a decimal number in ``Currency`` (ISO 4217 or a ticker)."""

    Amount: str = ""
    Currency: str = ""
    Payee: str = ""


AnyEvent = ExecEvent | ConnectEvent | LookupEvent | ReadEvent | WriteEvent | CallEvent | SpendEvent
"""Every event type, told apart by ``kind``."""
