"""One call in PowerShell while it is judged: a cmdlet with its arguments, or a method of a class of .NET."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinfold.language import address
from pinfold.language.address import Address, first_url
from pinfold.language.drafts import MAX_COMMAND_LINE, Draft
from pinfold.language.flow import Flow, Part, Word, in_order
from pinfold.language.powershell.values import BYTES, UNKNOWN, Value, holding, members
from pinfold.language.shell.command import Command, sent_data
from pinfold.model import ActKind, FieldValue

if TYPE_CHECKING:
    from pinfold.language.powershell.memory import Memory

_DRIVE = re.compile(r"^(?:microsoft\.powershell\.core\\)?(?:filesystem|registry)::", re.IGNORECASE)
_HIVES = (
    (re.compile(r"^(?:hkcu:?|hkey_current_user)(?=/|$)", re.IGNORECASE), "HKCU"),
    (re.compile(r"^(?:hklm:?|hkey_local_machine)(?=/|$)", re.IGNORECASE), "HKLM"),
    (re.compile(r"^(?:hku:?|hkey_users)(?=/|$)", re.IGNORECASE), "HKU"),
)
_STARTS_WITH_SESSION = re.compile(r"(?i)/currentversion/(?:run|runonce|policies/explorer/run)(?:/|$)|/winlogon(?:/|$)")
_PROFILE = re.compile(r"(?i)^(?:c:)?/users/[^/]+(?=/)")


def path_of(word: Word) -> Word:
    """Return a path as acts have it: with ``/``, the home folder as ``~``, a hive of the registry as ``HKCU``."""
    text = _DRIVE.sub("", word.text).replace("\\", "/")
    if text.endswith("/*"):
        text = text[:-2]
    for pattern, hive in _HIVES:
        text = pattern.sub(hive, text)
    return Word(text, word.parts, word.known)


def is_registry(path: str) -> bool:
    """Return whether a path of an act is a key of the registry."""
    return path.startswith(("HKCU", "HKLM", "HKU"))


class Call(Command):
    """A call: ``named`` and ``rest`` are its arguments, ``input`` is what the pipeline hands to it."""

    __slots__ = ("input", "line", "memory", "named", "raws", "rest", "switches")

    def __init__(
        self, memory: Memory, image: str, start: int, end: int, *, input: Value = UNKNOWN, text: str = ""
    ) -> None:
        super().__init__(memory, [Word(image)], input.flow, start, end, text or memory.text_at(start, end), 0)
        self.memory = memory
        self.input = input
        self.line = image
        self.named: dict[str, Value] = {}
        self.raws: dict[str, str] = {}
        self.rest: list[Value] = []
        self.switches: set[str] = set()

    def value(self, *names: str) -> Value:
        """Return the first argument of these that is given, in lower case, or what is unknown."""
        return next((self.named[name] for name in names if name in self.named), UNKNOWN)

    def given(self, *names: str) -> Value:
        """Return an argument, or what the pipeline hands in its place."""
        found = self.value(*names)
        return self.input if found is UNKNOWN else found

    def paths(self, *names: str) -> list[Word]:
        """Return the paths that an argument, or else the pipeline, names."""
        value = self.given(*names)
        return [path_of(item.word) for item in members(value)[:64] if item.text and item.name != BYTES]

    def exec_act(self, line: str, *flows: Flow, image: str = "") -> Draft:
        """Note that this call starts something; ``flows`` are what it executes."""
        fields: dict[str, FieldValue] = {"Image": image or self.image, "CommandLine": line[:MAX_COMMAND_LINE]}
        if self.memory.parent:
            fields["ParentImage"] = self.memory.parent
        programs: tuple[str, ...] = ()
        origin = ""
        for flow in flows:
            programs = in_order(programs, flow.programs)
            origin = origin or flow.origin
        if programs:
            fields["PipedFrom"] = "|".join(programs)
            if "://" in origin:
                fields["PipedFromUrl"] = origin
        if "://" in line:
            fields["Url"] = first_url(line)
        self.draft = self.add(ActKind.EXEC, fields)
        return self.draft

    def read_path(self, word: Word) -> Value:
        """Note that a file or key is read; returns what it holds."""
        flow = self.read(word)
        if flow.text is not None:
            held = Flow(flow.sources, flow.programs, flow.origin)
            return Value(Word(flow.text, (Part(0, len(flow.text), held),)))
        return holding(flow)

    def write_path(self, word: Word, value: Value, *, append: bool = False) -> None:
        """Note that a file is written with a value."""
        flow = value.flow
        text = "\n".join(item.text for item in members(value)[:4_096]) if _has_text(value) else None
        self.write(word, Flow(flow.sources, flow.programs, flow.origin, text), append=append)

    def write_key(self, key: str, name: str, value: Value) -> None:
        """Note that a value of the registry is set; a command that starts with the session is read."""
        path = f"{key.rstrip('/')}/{name}" if name else key
        fields: dict[str, FieldValue] = {"TargetFilename": path, "Image": self.image}
        if value.text:
            fields["Content"] = self.store.drafts.content(value.text)
        self.add(ActKind.WRITE, fields)
        if value.text and _STARTS_WITH_SESSION.search(key):
            self.memory.run_line(self, value)

    def connect_to(self, target: Value, raw: str = "", *, method: str = "", sent: tuple[str, ...] = ()) -> Flow:
        """Note a connection to a URL; returns what comes back."""
        word = (
            target.word if target.text else Word(raw or "*", (Part(0, 1, target.flow),) if target.flow else (), False)
        )
        far = address.loose(word.text) if word.text != "*" else Address("*")
        if far is None:
            far = Address("*", 0, "", "", word.text)
        if target.text:
            self.connect_url(word, far, method=method, sent=sent)
        else:
            self.connect(far, method=method, sent=sent)
        return Flow((f"command:{self.image}",), (self.image,), far.url or "*")


def _has_text(value: Value) -> bool:
    if value.items is not None:
        return bool(value.items) and all(item.text and item.name != BYTES for item in value.items[:256])
    return bool(value.text) and value.name != BYTES


def send(draft: Draft, flow: Flow, memory: Memory) -> None:
    """Add to what a connection carries."""
    before = str(draft.fields.get("SentData", ""))
    if every := sent_data((*before.split(), *flow.sources), memory.drafts):
        draft.fields["SentData"] = every


__all__ = ["Call", "is_registry", "path_of", "send"]
