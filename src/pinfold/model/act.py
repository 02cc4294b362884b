"""The act: what every rule judges, whichever lens saw it (design §2)."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pinfold.model.place import Place


class ActKind(StrEnum):
    """What is done. The comment names the Sigma log source category that a rule for this kind exports to."""

    EXEC = "exec"  # process_creation
    CONNECT = "connect"  # network_connection
    LOOKUP = "lookup"  # dns_query
    READ = "read"  # file_access
    WRITE = "write"  # file_event
    CALL = "call"  # application: an agent's tool call
    SPEND = "spend"  # application: a payment


class Role(StrEnum):
    """What part the words play in the material they were found in.

    The first four are *live*: somebody, or something, will act on them. The others speak about an act without asking
    for it.
    """

    INSTRUCTION = "instruction"  # prose that tells the agent or the user what to do
    COMMAND = "command"  # a command line in a fence, a script, or an observed process
    CODE = "code"  # a call in a program
    CONFIGURATION = "configuration"  # a hook, task, server or setting that a host obeys by itself
    EXAMPLE = "example"  # quoted, shown as a sample or an output
    DENY_LIST = "deny-list"  # named in order to forbid, block or detect it
    DOCUMENTATION = "documentation"  # explains, compares, refers
    FIXTURE = "fixture"  # test data
    DATA = "data"  # tables, schemas, word lists and other data files

    @property
    def live(self) -> bool:
        """Whether words in this role lead to an act."""
        return self in _LIVE


_LIVE = frozenset({Role.INSTRUCTION, Role.COMMAND, Role.CODE, Role.CONFIGURATION})


class Certainty(StrEnum):
    """How we know of the act."""

    OBSERVED = "observed"  # it happened: kernel, broker, SDK, or a recorded tool call
    STATED = "stated"  # the material spells it out: a command, a call
    INFERRED = "inferred"  # prose asks for it in words


FieldValue = str | int | bool
"""A value of an act's field. Everything is matched as text; numbers and truth values keep their JSON form for
reports."""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody does something to something.

    ``fields`` has the names of Sigma's taxonomy and, where Sigma has no word, ours; ``docs/acts.md`` lists all of them:

    - ``exec``: ``Image``, ``CommandLine``, ``ParentImage``, ``ParentCommandLine``, ``CurrentDirectory``, ``User``;
      ours: ``PipedFrom`` (program whose output is executed or read as standard input), ``PipedInto``, ``ImageOrigin``
      (URL from which the program that runs was fetched earlier), ``Url`` (first URL on the command line). A program
      that was renamed has its first name as ``OriginalFileName``.
    - ``connect``: ``DestinationHostname``, ``DestinationIp``, ``DestinationPort``, ``Initiated``, ``Protocol``,
      ``Image``; ours: ``Url``, ``Method``, ``SentData`` (what is sent: paths, ``env:NAME``, or the words used, space
      separated), ``ReverseTunnel`` (``true`` when the far end may open connections back).
    - ``lookup``: ``QueryName``, ``Image``.
    - ``read``, ``write``: ``TargetFilename``, ``Image``; ours: ``Origin`` (URL or file the written bytes come from),
      ``Content`` (the text written, at most 2,000 characters).
    - ``call``: ``Tool``, ``Arguments`` (JSON text).
    - ``spend``: ``Amount``, ``Currency``, ``Payee``.

    ``group`` says which acts belong together: acts of one group happened in one session (live, record) or stand in one
    file (source); within a group ``order`` rises with time, and ``time`` is seconds since the epoch where known.
    ``negated`` is true when the material says *not* to do it. ``text`` is the wording the act was read from, at most
    500 characters, for reports.
    """

    kind: ActKind
    fields: dict[str, FieldValue]
    place: Place
    role: Role = Role.COMMAND
    certainty: Certainty = Certainty.STATED
    negated: bool = False
    group: str = ""
    order: int = 0
    time: float | None = None
    text: str = ""
