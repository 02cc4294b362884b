"""One simple command while it is judged: its words, its streams, and the acts it leads to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Protocol

from pinfold.language.address import Address, sent_in_url
from pinfold.language.drafts import Draft, Drafts
from pinfold.language.flow import MAX_SOURCES, NOTHING, Flow, Word, in_order, joined, merged
from pinfold.language.shell import options as shell_options
from pinfold.model import ActKind, FieldValue

MAX_LOOKED = 500_000
"""How many files that a script has written are looked through, in all, for those below a folder."""

MAX_PATH = 4_096
"""How many characters a path has at most; no system opens a longer one."""

MAX_SENT = 4_000
"""How many characters ``SentData`` has at most."""

MAX_SOURCE_NAME = 300
"""How many characters, counted from the end, of a path are kept in ``SentData``."""

MAX_NAME = 64
"""How many characters of a program's name are kept in lists of programs."""

MAX_UNIT_LINES = 8
"""How many commands of a systemd unit that a script writes are read."""

_UNIT_LINE = re.compile(r"^[ \t]{0,8}Exec(?:Start|StartPre|StartPost|Reload|Stop)=[@+!:-]*([^\n]+)$", re.MULTILINE)
_NO_FIELDS: Mapping[str, FieldValue] = {}
_DEVICES = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/stdin", "/dev/tty", "/dev/zero", "-", ""})
_HOME = re.compile(r"^(?:\$HOME|\$\{HOME\}|~)(?=/|$)")


class Store(Protocol):
    """What a script remembers while it is read."""

    drafts: Drafts
    files: dict[str, Flow]
    folders: dict[str, str]
    installed: dict[str, str]
    folder: str

    def resolve(self, path: str) -> str:
        """Return a path as a key of ``files``."""
        ...

    def origin_of(self, path: str) -> str:
        """Return the URL a file was downloaded from, or ``""``."""
        ...

    def nested_shell(self, source: Word, command: Command, stdin: Flow) -> Flow:
        """Read shell source that the command executes."""
        ...

    def nested_python(self, source: Word, command: Command, stdin: Flow) -> Flow:
        """Read Python source that the command executes."""
        ...

    def followed(self, word: Word, arguments: Sequence[Word], command: Command) -> Flow | None:
        """Follow the command into a program of the skill, if ``word`` names one."""
        ...

    def nested_javascript(self, source: Word, command: Command, stdin: Flow) -> Flow:
        """Read JavaScript source that the command executes."""
        ...

    def execute(self, words: list[Word], command: Command, stdin: Flow) -> Flow:
        """Judge another command that this command starts."""
        ...

    def assign(self, name: str, word: Word) -> None:
        """Set a variable."""
        ...


def home(path: str) -> str:
    """Return ``path`` with the home folder written ``~``."""
    return _HOME.sub("~", path)


class Command:
    """A simple command.

    ``image`` is its program as written and ``name`` the same without folder; ``args`` are the words after it, ``stdin``
    is what it reads, ``draft`` its exec act.
    """

    __slots__ = ("args", "depth", "draft", "end", "image", "name", "sent", "start", "stdin", "store", "text")

    def __init__(
        self, store: Store, words: list[Word], stdin: Flow, start: int, end: int, text: str, depth: int
    ) -> None:
        self.store = store
        self.image = words[0].text
        self.name = base_name(self.image)
        self.args = words[1:]
        self.stdin = stdin
        self.start = start
        self.end = end
        self.text = text
        self.depth = depth
        self.draft: Draft | None = None
        self.sent: tuple[tuple[str, ...], str] = ((), "")

    def options(self, *, stop: bool = False) -> shell_options.Options:
        """Return the arguments taken apart."""
        return shell_options.split(self.name, self.args, stop=stop)

    def within(self, words: Sequence[Word], most: int, what: str) -> Sequence[Word]:
        """Return the first ``most`` words; that there are more is told."""
        return self.store.drafts.within(words, most, f"{what} of one command")

    def add(self, kind: ActKind, fields: dict[str, FieldValue]) -> Draft:
        """Write a draft at this command's place."""
        return self.store.drafts.add(kind, fields, self.start, self.end, self.text)

    def output(self, *flows: Flow) -> Flow:
        """Return what the command prints when it prints ``flows`` and its input; with nothing known, its own output."""
        held = merged((self.stdin, *flows))
        sources = held.sources or (f"command:{self.name}",)
        return Flow(sources, in_order(held.programs, (self.name,)), held.origin)

    def read(self, word: Word) -> Flow:
        """Note that the file is read; returns what it holds."""
        text = word.text
        if text.startswith("<("):
            return word.flow
        path = home(text)
        if path in _DEVICES or "\n" in path or len(path) > MAX_PATH:
            return self.stdin if path in ("-", "/dev/stdin") else NOTHING
        if "://" in path:
            return NOTHING
        self.add(ActKind.READ, {"TargetFilename": path, "Image": self.image})
        stored = self.store.files.get(self.store.resolve(path), NOTHING)
        origin = stored.origin or self.store.origin_of(path)
        return Flow(joined((path,), stored.sources), stored.programs, origin, stored.text)

    def read_folder(self, word: Word) -> Flow:
        """Note that a file or folder is read with all that is below it; returns what they hold."""
        held = self.read(word)
        files, drafts = self.store.files, self.store.drafts
        drafts.looked += len(files)
        if drafts.looked > MAX_LOOKED:
            drafts.cut[f"folders are packed that may hold more than {MAX_LOOKED:,} files"] = None
            return held
        below = f"{self.store.resolve(home(word.text)).rstrip('/')}/"
        return merged((held, *(flow for path, flow in files.items() if path.startswith(below))))

    def store_file(self, word: Word) -> Flow:
        """Return what a file named by ``word`` holds, as far as this script shows, without noting that it is read."""
        if word.text.startswith("<("):
            return word.flow
        return self.store.files.get(self.store.resolve(home(word.text)), NOTHING)

    def write(self, word: Word, flow: Flow, *, append: bool = False) -> None:
        """Note that the file is written with ``flow``."""
        path = home(word.text)
        if path in _DEVICES or "\n" in path or len(path) > MAX_PATH:
            return
        fields: dict[str, FieldValue] = {"TargetFilename": path, "Image": self.image}
        if flow.text:
            fields["Content"] = self.store.drafts.content(flow.text)
        origin = flow.origin or next((source for source in flow.sources if not source.startswith("command:")), "")
        if origin:
            fields["Origin"] = origin
        self.add(ActKind.WRITE, fields)
        self.remember(path, flow, append=append)
        if path.endswith(".service") and flow.text:
            self._unit(flow.text)

    def _unit(self, text: str) -> None:
        """Read the commands that a systemd unit, written by this command, would start."""
        lines = list(islice(_UNIT_LINE.finditer(text), MAX_UNIT_LINES + 1))
        for match in self.store.drafts.within(lines, MAX_UNIT_LINES, "commands of one unit"):
            self.store.nested_shell(Word(match[1]), self, NOTHING)

    def remember(self, path: str, flow: Flow, *, append: bool = False) -> None:
        """Remember what a file holds from here on."""
        key = self.store.resolve(path)
        before = self.store.files.get(key, NOTHING) if append else NOTHING
        if before:
            text = before.text + flow.text if before.text is not None and flow.text is not None else None
            held = merged((before, flow))
            flow = Flow(held.sources, held.programs, held.origin, text[:65_536] if text else None)
        self.store.files[key] = flow
        if flow.origin and posixpath.dirname(key).endswith("/bin"):
            self.store.installed[posixpath.basename(key)] = flow.origin

    def connect(
        self,
        address: Address,
        *,
        method: str = "",
        sent: Iterable[str] = (),
        more: Mapping[str, FieldValue] = _NO_FIELDS,
    ) -> None:
        """Note a connection to ``address`` that carries ``sent``."""
        if not address.host and not address.url:
            return
        fields: dict[str, FieldValue] = {
            "DestinationIp" if address.numeric else "DestinationHostname": address.host or "*"
        }
        if address.port:
            fields["DestinationPort"] = address.port
        fields["Initiated"] = True
        fields["Image"] = self.image
        if address.url:
            fields["Url"] = address.url[:2_000]
        if method:
            fields["Method"] = method
        sources = tuple(sent)
        if sources:
            if sources != self.sent[0]:
                self.sent = (sources, sent_data(sources, self.store.drafts))
            fields["SentData"] = self.sent[1]
        fields.update(more)
        self.add(ActKind.CONNECT, fields)

    def connect_url(self, word: Word, address: Address, *, method: str = "", sent: Iterable[str] = ()) -> None:
        """Note a connection to a URL; what the URL itself gives away is sent too."""
        self.connect(address, method=method, sent=(*sent, *sent_in_url(word, address)))


def sent_data(sources: Iterable[str], drafts: Drafts) -> str:
    """Return ``SentData``: each source once, as many as there is room for. That some are left out is told."""
    names = list(dict.fromkeys(source[-MAX_SOURCE_NAME:] for source in sources))
    text = " ".join(names)
    if len(text) > MAX_SENT or len(names) >= MAX_SOURCES:
        drafts.cut[f"what is sent takes more than {MAX_SENT:,} characters or {MAX_SOURCES} names"] = None
    return text[:MAX_SENT]


_SUFFIX = re.compile(r"\.(?:exe|cmd|bat)$", re.IGNORECASE)
_VERSION = re.compile(r"^(python|pypy|pip|ruby|perl|php|lua|node)[0-9]+(?:\.[0-9]+)*$")


def base_name(image: str) -> str:
    """Return the name of a program without folder, ``.exe`` and version."""
    return _base_name(image[-256:])


@lru_cache(maxsize=4_096)
def _base_name(image: str) -> str:
    name = image.replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = _SUFFIX.sub("", name)
    match = _VERSION.match(name)
    name = match[1] if match and name not in ("python2", "python3", "pypy3") else name
    return name[:MAX_NAME]
