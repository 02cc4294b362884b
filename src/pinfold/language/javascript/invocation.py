"""One call in JavaScript source while it is judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tree_sitter import Node

from pinfold.language.address import Address
from pinfold.language.drafts import Draft
from pinfold.language.flow import NOTHING, Flow, Word, joined, merged
from pinfold.language.javascript.values import UNKNOWN, Value
from pinfold.language.python.invocation import fill, send
from pinfold.language.shell.command import MAX_PATH, home
from pinfold.model import ActKind, FieldValue

if TYPE_CHECKING:
    from pinfold.language.javascript.names import Names


class Invocation:
    """A call: the function's ``name``, its ``arguments``, and the place where it stands."""

    __slots__ = ("arguments", "callee", "name", "new", "node", "raws", "reader")

    def __init__(
        self, reader: Names, node: Node, callee: Value, arguments: list[Value], raws: list[str], *, new: bool = False
    ) -> None:
        self.reader = reader
        self.node = node
        self.callee = callee
        self.name = callee.name
        self.arguments = arguments
        self.raws = raws
        self.new = new

    @property
    def text(self) -> str:
        """The source of the call."""
        return self.reader.text(self.node)

    @property
    def receiver(self) -> Value:
        """The object whose method is called."""
        return self.callee.receiver or UNKNOWN

    @property
    def method(self) -> str:
        """The last part of the function's name."""
        return self.name.rpartition(".")[2]

    @property
    def held(self) -> Flow:
        """What the function and all its arguments hold."""
        return merged([self.callee.flow, *(value.flow for value in self.arguments)])

    def argument(self, index: int) -> Value:
        """Return an argument, functions left out at the end, or ``UNKNOWN``."""
        return self.arguments[index] if index < len(self.arguments) else UNKNOWN

    @property
    def callback(self) -> Value | None:
        """The last argument, where it is a function of the source."""
        last = self.arguments[-1] if self.arguments else UNKNOWN
        return last if last.function is not None else None

    def call_back(self, *values: Value) -> None:
        """Call the function that is the last argument."""
        if (callback := self.callback) is not None:
            self.reader.run(callback, list(values), values[0] if values else None)

    def add(self, kind: ActKind, fields: dict[str, FieldValue]) -> Draft:
        """Write a draft at this call's place."""
        return self.reader.drafts.add(kind, fields, self.node.start_byte, self.node.end_byte, self.text[:500])

    def read(self, word: Word) -> Flow:
        """Note that a file is read; returns what it holds."""
        path = home(word.text.removeprefix("file://"))
        if not path or "\n" in path or len(path) > MAX_PATH or "://" in path:
            return NOTHING
        self.add(ActKind.READ, {"TargetFilename": path, "Image": "node"})
        stored = self.reader.drafts.files.get(path, NOTHING)
        return Flow(joined((path,), stored.sources), stored.programs, stored.origin, stored.text)

    def write(self, word: Word, flow: Flow, text: str | None = None) -> Draft | None:
        """Note that a file is written with ``flow``."""
        path = home(word.text.removeprefix("file://"))
        if not path or "\n" in path or len(path) > MAX_PATH:
            return None
        draft = self.add(ActKind.WRITE, {"TargetFilename": path, "Image": "node"})
        fill(draft, flow, text, self.reader.drafts)
        return draft


def connect(
    reader: Names,
    node: Node,
    far: Address,
    image: str,
    *,
    method: str = "",
    sent: Iterable[str] = (),
    protocol: str = "",
) -> Draft:
    """Note a connection to ``far`` that carries ``sent``."""
    fields: dict[str, FieldValue] = {"DestinationIp" if far.numeric else "DestinationHostname": far.host or "*"}
    if far.port:
        fields["DestinationPort"] = far.port
    fields |= {"Initiated": True, "Image": image}
    if far.url:
        fields["Url"] = far.url[:2_000]
    if method:
        fields["Method"] = method[:40]
    if protocol:
        fields["Protocol"] = protocol
    draft = reader.drafts.add(ActKind.CONNECT, fields, node.start_byte, node.end_byte, reader.text(node)[:500])
    send(draft, sent, reader.drafts)
    return draft


__all__ = ["Invocation", "connect", "fill", "send"]
