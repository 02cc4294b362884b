"""One call in Python source while it is judged."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tree_sitter import Node

from pinfold.language.address import Address
from pinfold.language.drafts import Draft, Drafts
from pinfold.language.flow import Flow, Word, joined
from pinfold.language.python.values import Value
from pinfold.language.shell.command import MAX_PATH, home, sent_data
from pinfold.model import ActKind, FieldValue

if TYPE_CHECKING:
    from pinfold.language.python.names import Names


class Invocation:
    """A call: the function's ``name``, its ``arguments`` and ``keywords``, and the place where it stands."""

    __slots__ = ("arguments", "callee", "keywords", "name", "node", "reader", "rest")

    def __init__(
        self, reader: Names, node: Node, callee: Value, arguments: list[Value], keywords: dict[str, Value], rest: Flow
    ) -> None:
        self.reader = reader
        self.node = node
        self.callee = callee
        self.name = callee.name
        self.arguments = arguments
        self.keywords = keywords
        self.rest = rest

    @property
    def text(self) -> str:
        """The source of the call."""
        return self.reader.text(self.node)

    @property
    def raws(self) -> list[str]:
        """The source of each positional argument."""
        holder = self.node.child_by_field_name("arguments")
        children = holder.named_children if holder is not None else []
        return [
            self.reader.text(child)
            for child in children
            if child.type not in ("keyword_argument", "dictionary_splat", "comment")
        ] + [""] * len(self.arguments)

    @property
    def every(self) -> list[Value]:
        """All arguments."""
        return [*self.arguments, *self.keywords.values()]

    def argument(self, index: int, *names: str) -> Value | None:
        """Return an argument by position or by name."""
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        return self.arguments[index] if 0 <= index < len(self.arguments) else None

    def variable(self, index: int, keyword: str) -> Node | None:
        """Return the variable that is given by name, or else by position; nothing for what is no variable."""
        holder = self.node.child_by_field_name("arguments")
        children = [child for child in (holder.named_children if holder is not None else ()) if child.type != "comment"]
        positional = [child for child in children if child.type != "keyword_argument"]
        found = positional[index] if index < len(positional) else None
        for child in children:
            name = child.child_by_field_name("name") if child.type == "keyword_argument" else None
            if name is not None and self.reader.text(name) == keyword:
                found = child.child_by_field_name("value")
        return found if found is not None and found.type in ("identifier", "attribute") else None

    def keyword(self, name: str) -> Node | None:
        """Return the source of an argument that is given by name."""
        holder = self.node.child_by_field_name("arguments")
        for child in holder.named_children if holder is not None else ():
            named = child.child_by_field_name("name") if child.type == "keyword_argument" else None
            if named is not None and self.reader.text(named) == name:
                return child.child_by_field_name("value")
        return None

    def add(self, kind: ActKind, fields: dict[str, FieldValue]) -> Draft:
        """Write a draft at this call's place."""
        return self.reader.drafts.add(kind, fields, self.node.start_byte, self.node.end_byte, self.text[:500])

    def connect(
        self, address: Address, image: str, *, method: str = "", sent: Iterable[str] = (), protocol: str = ""
    ) -> Draft:
        """Note a connection to ``address`` that carries ``sent``."""
        fields: dict[str, FieldValue] = {
            "DestinationIp" if address.numeric else "DestinationHostname": address.host or "*"
        }
        if address.port:
            fields["DestinationPort"] = address.port
        fields |= {"Initiated": True, "Image": image}
        if address.url:
            fields["Url"] = address.url[:2_000]
        if method:
            fields["Method"] = method
        if protocol:
            fields["Protocol"] = protocol
        draft = self.add(ActKind.CONNECT, fields)
        send(draft, sent, self.reader.drafts)
        return draft

    def read(self, word: Word) -> Flow:
        """Note that a file is read; returns what it holds."""
        path = home(word.text)
        if not path or "\n" in path or len(path) > MAX_PATH or path.startswith(("http://", "https://")):
            return Flow()
        self.add(ActKind.READ, {"TargetFilename": path, "Image": "python"})
        stored = self.reader.drafts.files.get(path, Flow())
        return Flow(joined((path,), stored.sources), stored.programs, stored.origin)

    def write(self, word: Word, flow: Flow, text: str | None = None) -> Draft | None:
        """Note that a file is written with ``flow``."""
        path = home(word.text)
        if not path or "\n" in path or len(path) > MAX_PATH:
            return None
        draft = self.add(ActKind.WRITE, {"TargetFilename": path, "Image": "python"})
        fill(draft, flow, text, self.reader.drafts)
        return draft


def send(draft: Draft, sent: Iterable[str], drafts: Drafts) -> None:
    """Add to what a connection carries."""
    before = str(draft.fields.get("SentData", ""))
    if every := sent_data((*before.split(), *sent), drafts):
        draft.fields["SentData"] = every


def fill(draft: Draft, flow: Flow, text: str | None, drafts: Drafts) -> None:
    """Add to what a written file holds."""
    path = str(draft.fields["TargetFilename"])
    if text:
        draft.fields["Content"] = drafts.content(text, str(draft.fields.get("Content", "")))
    named = [source for source in flow.sources if not source.startswith("command:")]
    origin = flow.origin or next((source for source in named if source != path), named[0] if named else "")
    if origin and "Origin" not in draft.fields:
        draft.fields["Origin"] = origin
    before = drafts.files.get(path, Flow())
    content = draft.fields.get("Content")
    drafts.files[path] = Flow(
        joined(before.sources, flow.sources),
        flow.programs or before.programs,
        flow.origin or before.origin,
        str(content) if content else None,
    )
