"""A profile from what was observed: the least that lets the same work be done again.

What is granted was seen to be used, and allowed, in at least one run. What lies in the system or in an interpreter is
granted with its folder, what lies in the working folder relative to it. Whatever a deny list names is never granted,
and what was denied only if that is asked for; both are told. Nothing here looks at the disk.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from pinfold.model import (
    Access,
    AnyEvent,
    BindEvent,
    ConnectEvent,
    DeniedEvent,
    ExecEvent,
    FlowEvent,
    LookupEvent,
    Profile,
    ReadEvent,
    RunEvent,
    WriteEvent,
)
from pinfold.sandbox import learning_hosts, learning_paths
from pinfold.sandbox.learning_paths import Line, written
from pinfold.sandbox.notation import DenyList, Pattern, covered, is_name, pattern

MOST_DISTINCT = 200_000
"""Different things that are kept apart; what goes beyond is counted only."""

MOST_LINES = 200
"""Lines under one ``allow``; what has no room is told, and not granted."""

_INTERPRETERS = frozenset(("sh", "bash", "dash", "zsh", "ksh", "fish", "node", "perl", "ruby", "php", "Rscript"))
_WITH_CODE = frozenset(("-c", "-e", "-m", "-p", "--eval", "--print"))
_MOST_FOLDERS = 16
_SAMPLE = ".sample"  # what git puts among the hooks of a new repository, and never runs
_UNOBSERVED = ("/bin", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/usr")
"""What hardly any program does without, for runs of which no file was observed; so is the working folder."""

_NAMED = 5


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was seen and is not granted: ``entry`` as in a profile, how often, and why not."""

    entry: str
    count: int
    reason: str


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """A profile, the reason for each of its lines, and what was seen beyond it.

    ``why`` leads from a line (``read /usr``, ``host a.example:443``) to how often it was seen. ``refused`` was seen and
    is not granted; ``denied`` was denied when it was tried. ``traced`` says whether files were observed at all.
    ``more`` counts events that no list had room for.
    """

    profile: Profile
    why: dict[str, str]
    refused: tuple[Seen, ...]
    denied: tuple[Seen, ...]
    runs: int
    events: int
    traced: bool
    more: int = 0


class _Run(msgspec.Struct, frozen=True):
    """Where one run took place, as absolute paths or ``""``."""

    folder: str
    home: str
    temporary: str


def learn(
    events: Iterable[AnyEvent],
    *,
    base: Profile,
    folder: str,
    home: str,
    temporary: str = "",
    is_prefix: Callable[[str], bool] = lambda _path: False,
    include_denied: bool = False,
) -> Learned:
    """Return the profile for what the events of one or more runs show.

    Args:
        events: in the order of each run; those of several runs may be mixed if each has a ``session`` of its own.
        base: what the profile has besides: its name, variables and deny lists. What these name is not granted.
        folder: the working folder of runs whose events do not tell theirs; absolute.
        home: the home folder of the user; absolute.
        temporary: a folder that every run has for itself, where events do not tell it.
        is_prefix: whether an absolute path is the folder of an interpreter, such as a virtual environment.
        include_denied: grant what was denied as well, unless a deny list names it.
    """
    learner = _Learner(base, _Run(folder, "", temporary), home, is_prefix, include_denied=include_denied)
    for event in events:
        learner.take(event)
    return learner.learned()


class _Learner:
    """The state of one derivation."""

    def __init__(
        self, base: Profile, run: _Run, home: str, is_prefix: Callable[[str], bool], *, include_denied: bool
    ) -> None:
        self._base = base
        self._home = home
        self._is_prefix = is_prefix
        self._include_denied = include_denied
        self._unknown = run
        self._runs: dict[str, _Run] = {}
        self._seen: Counter[tuple[str, Pattern]] = Counter()
        self._made: set[Pattern] = set()
        self._devices: Counter[str] = Counter()
        self._refused: dict[str, Seen] = {}
        self._denied: Counter[tuple[str, str]] = Counter()
        self._prefixes: dict[Pattern, Pattern | None] = {}
        self._around: set[Pattern] = set()
        self._hosts = learning_hosts.Hosts()
        self._why: dict[str, str] = {}
        self._traced = False
        self._folders: list[str] = []
        self._started = self._events = self._more = 0
        self._never = {
            "read": DenyList(base.read.deny),
            "write": DenyList(base.write.deny),
            "execute": DenyList(base.execute.deny, programs=True),
        }
        self._enclose(run)

    # --- what the events say ---

    def take(self, event: AnyEvent) -> None:
        """Note one event."""
        self._events += 1
        if isinstance(event, RunEvent):
            if event.State == "started":
                self._begin(event)
            return
        if len(self._seen) + len(self._denied) + len(self._hosts) >= MOST_DISTINCT:
            self._more += 1
            return
        run = self._runs.get(event.session, self._unknown)
        denied = event.decision == "deny" or isinstance(event, DeniedEvent)
        for kind, what in self._things(event, run):
            if denied and not (self._include_denied and isinstance(what, Pattern)):
                shown = written(what, program=kind == "execute") if isinstance(what, Pattern) else what
                times = event.Count if isinstance(event, DeniedEvent) else 1
                self._denied[f"{kind} {shown}", event.reason] += max(1, times)
            elif isinstance(what, Pattern):
                self._seen[kind, what] += 1
        if isinstance(event, ConnectEvent | FlowEvent | LookupEvent | BindEvent) and (
            not denied or self._include_denied
        ):
            self._hosts.take(event, self._program(event.Image, run))

    def _begin(self, event: RunEvent) -> None:
        """Note where a run takes place."""
        self._started += 1
        folder = event.CurrentDirectory or self._unknown.folder
        run = self._runs[event.session] = _Run(folder, event.Home, event.Temporary or self._unknown.temporary)
        self._enclose(run)

    def _enclose(self, run: _Run) -> None:
        """Remember a working folder, and those around it: none of these is granted as a whole."""
        if run.folder and run.folder not in self._folders and len(self._folders) < _MOST_FOLDERS:
            self._folders.append(run.folder)
            self._around |= set(learning_paths.parents(self._noted(run.folder, _Run("", "", "")) or pattern("/")))

    def _things(self, event: AnyEvent, run: _Run) -> Iterator[tuple[str, Pattern | str]]:
        """Yield the kinds of access in an event, with what they are about."""
        if isinstance(event, ReadEvent | WriteEvent):
            self._traced = True
            kind = "read" if isinstance(event, ReadEvent) else "write"
            if event.TargetFilename and not event.TargetFilename.startswith("env:"):
                path = event.TargetFilename
                if isinstance(event, WriteEvent) and event.entry and self._may_be_made(path, run):
                    path = posixpath.dirname(path) or "."
                yield from self._path(kind, path, run)
        elif isinstance(event, ExecEvent):
            at = msgspec.structs.replace(run, folder=event.CurrentDirectory or run.folder)
            for program in filter(None, (event.Image, _script(event))):
                yield from self._path("execute", program, run if program.startswith("/") else at)
        elif isinstance(event, DeniedEvent):
            kind = "execute" if event.Call.startswith("execve") else "write"
            if event.TargetFilename:
                yield from self._path(kind, event.TargetFilename, run)
            else:
                yield "call", event.Call
        elif event.decision == "deny" and (entry := learning_hosts.described(event)):
            yield entry

    def _path(self, kind: str, path: str, run: _Run) -> Iterator[tuple[str, Pattern]]:
        if kind == "execute" and is_name(path):
            yield kind, Pattern("program", (path,))
        elif kind == "execute" and (path.endswith(" (deleted)") or path.startswith("/memfd:")):
            self._refuse(kind, pattern(path), 1, "a program without a file")
        elif noted := self._noted(path, run):
            yield kind, noted

    def _may_be_made(self, path: str, run: _Run) -> bool:
        """Remember what a run made, or took away: it is not there when the next one starts, and its folder is.

        Returns false for what is never granted, which has to be told by its own name.
        """
        noted = self._noted(path, run)
        if noted is None:
            return False
        if self._never["write"].naming(noted, everywhere=True):
            return False
        if len(self._made) < MOST_DISTINCT:
            self._made.add(noted)
        return True

    def _standing(self, taken: Pattern) -> Pattern:
        """Return the nearest folder around something made in a run that the run found there; else the thing itself."""
        standing = taken
        for end in range(len(taken.names), 0, -1):
            if Pattern(taken.root, taken.names[:end]) in self._made:
                standing = Pattern(taken.root, taken.names[: end - 1])
        return standing

    def _noted(self, path: str, run: _Run) -> Pattern | None:
        """Return a path as a profile would have it; nothing for what belongs to the run alone."""
        if not path.startswith("/"):
            if not run.folder:
                return None
            path = f"{run.folder}/{path}"
        whole = f"/{posixpath.normpath(path).lstrip('/')}"
        roots = [("", run.folder), ("~", self._home), ("own", run.home), ("own", run.temporary)]
        for root, folder in sorted(roots, key=lambda pair: len(pair[1]), reverse=True):
            if len(folder) > 1 and (whole == folder or whole.startswith(f"{folder}/")):
                names = tuple(filter(None, whole[len(folder) :].split("/")))
                return None if root == "own" else Pattern(root, names)
        return pattern(whole)

    def _program(self, image: str, run: _Run) -> str:
        """Return the program that opens a connection as a profile names it, or ``""`` where there is no such name."""
        noted = self._noted(image, run) if image.startswith("/") and "*" not in image else None
        return written(noted, program=True) if noted else ""

    # --- what becomes of it ---

    def learned(self) -> Learned:
        """Make the profile."""
        lines = {kind: self._lines(kind) for kind in ("execute", "read", "write")}
        interpreters = set(self._prefixes.values())
        for path, line in lines["read"].items():
            if line.taken in interpreters and not covered(line.taken, _taken(lines["execute"])):
                lines["execute"][path] = line
                self._why[f"execute {path}"] = "an interpreter, whose scripts run"
        for line in lines["execute"].values():
            if line.taken.root != "program" and not covered(line.taken, _taken(lines["read"])):
                lines["read"][written(line.taken)] = line
                self._why[f"read {written(line.taken)}"] = "its programs run"
        if not self._traced and self._events:
            for kind in ("read", "write"):
                lines[kind] = {path: line for path, line in lines[kind].items() if line.taken.root != ""}
                for path in (".", *(_UNOBSERVED if kind == "read" else ())):
                    lines[kind].setdefault(path, Line(taken=pattern(path)))
                    self._why.setdefault(f"{kind} {path}", "files were not observed")
        hosts = self._hosts.granted(self._why)
        for entry, count, reason in self._hosts.refused():
            self._refused[entry] = Seen(entry=entry, count=count, reason=reason)
        for name, count in self._devices.items():
            self._why[f"device {name}"] = _times(count)
        profile = msgspec.structs.replace(
            self._base,
            devices=tuple(sorted({*self._base.devices, *self._devices})),
            read=self._access("read", self._base.read.deny, lines["read"]),
            write=self._access("write", self._base.write.deny, lines["write"]),
            execute=self._access("execute", self._base.execute.deny, lines["execute"]),
            hosts=tuple(hosts),
        )
        denied = (Seen(entry=entry, count=count, reason=why) for (entry, why), count in sorted(self._denied.items()))
        return Learned(
            profile=profile,
            why=self._why,
            refused=tuple(self._refused[entry] for entry in sorted(self._refused)),
            denied=tuple(denied),
            runs=self._started,
            events=self._events,
            traced=self._traced,
            more=self._more,
        )

    def _lines(self, kind: str) -> dict[str, Line]:
        """Return the lines that are to be granted for one kind of access."""
        whole: dict[Pattern, Line] = {}
        named: dict[Pattern, list[str]] = {}
        single: list[Line] = []
        for (access, seen), count in self._seen.items():
            if access != kind or learning_paths.device(seen) == "plain":
                continue
            place, reason = self._judged(kind, seen)
            taken = seen if kind == "read" or reason else self._standing(seen)
            line = Line(taken=place or taken, count=count)
            if reason:
                self._refuse(kind, taken, count, reason)
            elif place:
                whole.setdefault(place, Line(taken=place, things=0)).add(line)
                named.setdefault(place, []).append(taken.names[-1] if taken.names else "/")
            elif learning_paths.device(taken) == "gpu":
                self._devices["gpu"] += count
            else:
                single.append(line)
        kept = {written(place, program=kind == "execute"): line for place, line in _in_order(whole)}
        for path, line in kept.items():
            self._why[f"{kind} {path}"] = _counted(line, kind, sorted(set(named[line.taken])))
        for line in learning_paths.gathered(single, self._around):
            if covered(line.taken, whole):
                continue
            if learning_paths.is_mixed(line.taken, self._around):
                self._refuse(kind, line.taken, line.count, "too wide a folder to be granted as a whole")
            elif len(kept) >= MOST_LINES:
                self._refuse(kind, line.taken, line.count, "there are too many of its kind to list")
            else:
                path = written(line.taken, program=kind == "execute")
                kept[path] = line
                self._why[f"{kind} {path}"] = _counted(line, kind) if line.things > 1 else _times(line.count)
        return kept

    def _judged(self, kind: str, taken: Pattern) -> tuple[Pattern | None, str]:
        """Return the folder with which a path is granted, if there is one, and why it is not granted, if it is not."""
        system = learning_paths.system_folder(taken, programs=kind == "execute")
        prefix = None if system or kind == "write" else self._prefix(taken)
        is_own = system is not None or prefix is not None
        is_sample = bool(taken.names) and taken.names[-1].endswith(_SAMPLE)
        if wanted := self._never[kind].naming(taken, everywhere=not (is_own or is_sample)):
            return None, f"{wanted} is denied"
        if any("\0" in name for name in taken.names):
            return None, "no path holds a NUL"
        if any("*" in name for name in taken.names) and not is_own:
            return None, "a * in its name would stand for other names"
        if kind == "write" and system:
            return None, "it lies in a folder of the system"
        is_device = learning_paths.device(taken)
        if is_device == "other":
            return None, "a device has to be named under devices"
        if is_device == "shared":
            return Pattern("/", ("dev", "shm")), ""
        return system or prefix, ""

    def _prefix(self, taken: Pattern) -> Pattern | None:
        """Return the folder of the interpreter in which a path lies, the innermost."""
        passed: list[Pattern] = []
        found = None
        for folder in learning_paths.parents(taken):
            if folder in self._prefixes:
                found = self._prefixes[folder]
                break
            passed.append(folder)
            if learning_paths.is_mixed(folder, ()):
                break
            if any(map(self._is_prefix, self._absolute(folder))):
                found = folder
                break
        self._prefixes.update(dict.fromkeys(passed, found))
        return found

    def _absolute(self, folder: Pattern) -> list[str]:
        """Return where a folder may lie: one below the working folder, in each run's."""
        below = "/".join(folder.names)
        roots = self._folders if folder.root == "" else [self._home if folder.root == "~" else "/"]
        return [posixpath.join(root, below).rstrip("/") for root in roots]

    def _refuse(self, kind: str, taken: Pattern, count: int, reason: str) -> None:
        entry = f"{kind} {written(taken, program=kind == 'execute')}"
        before = self._refused.get(entry)
        self._refused[entry] = Seen(entry=entry, count=count + (before.count if before else 0), reason=reason)

    def _access(self, kind: str, deny: tuple[str, ...], lines: dict[str, Line]) -> Access:
        """Return the lists of one kind; what was refused and lies within a granted folder is denied by name."""
        allow = [line.taken for line in lines.values()]
        more = []
        for entry in sorted(self._refused):
            path = entry.partition(" ")[2]
            taken = pattern(path, program=kind == "execute")
            is_within = entry.startswith(f"{kind} ") and not set(path) & {"*", "\0"} and covered(taken, allow)
            if is_within and not self._never[kind].covers(taken):
                more.append(path)
        surplus = [pattern(path, program=kind == "execute") for path in more[MOST_LINES:]]
        for path in [path for path, line in lines.items() if any(map(line.taken.covers, surplus))]:
            line = lines.pop(path)
            self._refuse(kind, line.taken, max(1, line.count), "too much lies in it that is denied")
        return Access(allow=tuple(sorted(lines)), deny=(*deny, *more[:MOST_LINES]))


def _in_order(lines: dict[Pattern, Line]) -> list[tuple[Pattern, Line]]:
    """Return lines in an order that is the same each time."""
    return sorted(lines.items(), key=lambda item: (item[0].root, item[0].names))


def _script(event: ExecEvent) -> str:
    """Return the script that an interpreter was started with, if it is named by a path.

    The kernel starts ``#! /bin/sh`` as ``/bin/sh ./the-script``, and the script has to be executable for that.
    """
    program = posixpath.basename(event.Image)
    if program not in _INTERPRETERS and not program.startswith("python"):
        return ""
    for word in event.CommandLine[:4096].split()[1:]:
        if word.startswith("-"):
            if word in _WITH_CODE:
                return ""
        else:
            return word if "/" in word and "*" not in word and "://" not in word else ""
    return ""


def _times(count: int) -> str:
    return "seen once" if count == 1 else f"seen {count:,} times"


def _counted(line: Line, kind: str, names: Sequence[str] = ()) -> str:
    """Return of how many things a line is made, and how often they were seen; programs by their names."""
    what = "program" if kind == "execute" else "file"
    text = f"{line.things:,} {what}{'' if line.things == 1 else 's'}, {_times(line.count)}"
    if names and kind == "execute":
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        text += f": {', '.join(names[:_NAMED])}{more}"
    return text


def _taken(lines: dict[str, Line]) -> list[Pattern]:
    return [line.taken for line in lines.values()]
