"""What the supervisor does about files at each level: which calls it takes, and who answers them.

At L1 and L2 it changes what is known of files, and gives names to them, on the program's behalf; where something denied
lies in a writable folder it opens every file. At L3, where mounts do most of that, it looks at names and watches.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable
from typing import Any

from pinfold.model import FindingEvent, Level, ReadEvent, WriteEvent
from pinfold.sandbox import kernel_files
from pinfold.sandbox.attributes import Attributes
from pinfold.sandbox.behalf import Behalf, Handler
from pinfold.sandbox.bounds import MOST_PRESENT, Bounds, present
from pinfold.sandbox.fifos import Fifos
from pinfold.sandbox.listener import Listener, Notification
from pinfold.sandbox.looks import Looks
from pinfold.sandbox.loop import Loop
from pinfold.sandbox.moves import Moves
from pinfold.sandbox.names import Lookout
from pinfold.sandbox.opens import Opens
from pinfold.sandbox.paths import Paths
from pinfold.sandbox.plan import Plan
from pinfold.sandbox.processes import Process
from pinfold.sandbox.tracing import Tracing
from pinfold.sandbox.watches import Watches

_MOST_LINKED = 20_000
_MOST_ASIDE = 1_000
_RENAME_NOREPLACE = 1


class FileCalls:
    """The files of one run. What it says before :meth:`serve` is about the disk as it is when it is made."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._level = plan.level
        self._bounds = Bounds(plan)
        self._present = present(self._bounds.guarded) if plan.level is not Level.L0 else {}
        self._traces = "files" in plan.trace
        self._watches: Watches | None = None
        self._fifos: Fifos | None = None
        self.names = plan.level is not Level.L0 and bool(self._bounds.guarded.patterns)
        """Whether calls that give names to files are to be notified."""
        self._secret = [path for path in self._present if self._bounds.unreadable.match(path)]
        self.opens = self._is_on_behalf and bool(self._secret)
        """Whether all calls that open files are: something lies there that must not be read."""
        self.changes = self._is_on_behalf and bool(self._present)
        """Whether calls that open files to change them, and that remove names, are."""

    @property
    def _is_on_behalf(self) -> bool:
        return self._level in (Level.L1, Level.L2)

    @property
    def price(self) -> str:
        """What the care for denied names costs this run, in one sentence; ``""`` if nothing worth telling."""
        if not self.opens:
            return ""
        first = min(self._secret)
        more = f" and {len(self._secret) - 1} more" if len(self._secret) > 1 else ""
        verb = "lie" if more else "lies"
        place = f"{os.path.relpath(first, self._plan.folder)}{more} {verb} in a writable folder"
        return f"every file is opened by the supervisor because {place}; file-heavy work is slower (not at L3)"

    def serve(
        self,
        listener: Listener,
        loop: Loop,
        *,
        emit: Callable[..., None],
        denied: Callable[[int, Process, str, str], None],
        kill: Callable[[str], None],
        is_own: Callable[[int], bool],
        numbers: Callable[[], list[int]],
    ) -> dict[str, Handler]:
        """Begin, and return what answers each call, by its name.

        ``is_own`` tells whether a process is of this run; ``numbers`` are those of its processes that are known.
        """
        handlers: dict[str, Handler] = {}
        if self._is_on_behalf:
            handlers = self._on_behalf(listener, loop, denied, is_own)
        elif self.names:
            handlers = Lookout(listener, self._bounds, denied).handlers()
        if self._traces:
            tracing = Tracing(self._level, self._bounds, emit, lambda call, _process: listener.go_on(call))
            handlers |= tracing.around(handlers)
        if self._level is not Level.L0:
            self._watch(loop, emit, kill, numbers)
        return handlers

    def close(self) -> None:
        """Stop, and give everything back."""
        for one in (self._watches, self._fifos):
            if one is not None:
                one.close()

    def _on_behalf(
        self,
        listener: Listener,
        loop: Loop,
        denied: Callable[[int, Process, str, str], None],
        is_own: Callable[[int], bool],
    ) -> dict[str, Handler]:
        linked = _linked(self._present)
        behalf = Behalf(listener, self._bounds, Paths(is_own), denied, linked)
        handlers = Attributes(behalf).handlers() | Looks(behalf).handlers()
        if self.names:
            self._fifos = Fifos(loop)
            handlers |= Opens(behalf, self._fifos).handlers(everything=self.changes)
            handlers |= Moves(behalf).handlers(removals=self.changes)

        def mask(call: Notification, process: Process) -> None:
            process.mask = call.arguments[0] & 0o777
            listener.go_on(call)

        return handlers | {"umask": mask}

    # Watches.

    def _watch(
        self,
        loop: Loop,
        emit: Callable[..., None],
        kill: Callable[[str], None],
        numbers: Callable[[], list[int]],
    ) -> None:
        told: set[tuple[str, bool]] = set()

        def touched(path: str, is_changed: bool) -> None:
            if (path, is_changed) in told or len(told) >= MOST_PRESENT:
                return
            told.add((path, is_changed))
            kind = WriteEvent if is_changed else ReadEvent
            reason = "seen at the file itself; another program may have done it"
            emit(kind, TargetFilename=path, decision="allow", reason=reason, source="kernel")

        def appeared(path: str) -> None:
            if path not in self._present:
                self._appeared(path, emit, kill)
            elif self._watches is not None and not any(_is_held(number, path) for number in numbers()):
                detail = f"{path} was replaced from outside, and with it went the mount that kept it from the run"
                fields = {"Severity": "high", "TargetFilename": path, "source": "kernel"}
                emit(FindingEvent, Rule="denied-name-replaced", Detail=detail, **fields)
                kill(f"{path} is denied and was replaced from outside; nothing would keep the run from it")

        watches = Watches(loop, appeared, touched)
        if not self.opens:
            for folder in self._plan.reach.write:
                for rest in self._bounds.guarded.below(folder):
                    watches.expect(folder, rest)
        protected = present(self._bounds.unwritable)
        watches.observe(path for path in protected if not self._bounds.why_not_read(path))
        self._watches = watches
        if watches.short:
            detail = "more places than can be watched: some denied names could appear, or be touched, without notice"
            emit(FindingEvent, Rule="denied-names-unwatched", Severity="low", Detail=detail, source="broker")

    def _appeared(self, path: str, emit: Callable[..., None], kill: Callable[[str], None]) -> None:
        """A denied name exists that should not: at L3 a call got past the look, else somebody outside made it."""
        fields: dict[str, Any] = {"Severity": "high", "TargetFilename": path, "source": "kernel"}
        if self._level is Level.L3:
            aside = _put_aside(path, self._plan.session)
            detail = f"{path} came to exist while a call that was looked at went on; it is now {aside or 'still there'}"
            emit(FindingEvent, Rule="denied-name-raced", Detail=detail, **fields)
            kill(f"{path} is denied and came to exist")
        else:
            detail = f"{path} was made from outside of the run, which could now reach it"
            emit(FindingEvent, Rule="denied-name-appeared", Detail=detail, **fields)
            kill(f"{path} is denied and was made from outside; nothing would keep the run from it")


def _is_held(number: int, path: str) -> bool:
    """Whether, in a process's own file tree, a mount still keeps a denied path from being written or read."""
    try:
        return bool(os.statvfs(f"/proc/{number}/root{path}").f_flag & os.ST_RDONLY)
    except OSError:
        return False


def _put_aside(path: str, session: str) -> str:
    """Take a denied name from whatever has it. Nothing is lost: it may have been somebody else who made it."""
    folder, _, name = path.rpartition("/")
    try:
        held = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        for number in range(_MOST_ASIDE):
            aside = f"refused-{session}-{number}-{name}.txt"
            with contextlib.suppress(FileExistsError):
                kernel_files.rename_at(held, os.fsencode(name), held, os.fsencode(aside), _RENAME_NOREPLACE)
                return aside
    except OSError:
        return ""
    finally:
        os.close(held)
    return ""


def _linked(paths: dict[str, str]) -> dict[tuple[int, int], str]:
    """Return denied files that have other names too, by device and inode, with the denied path."""
    found: dict[tuple[int, int], str] = {}
    pending, looked = list(paths), 0
    while pending and looked < _MOST_LINKED:
        looked += 1
        path = pending.pop()
        try:
            state = os.lstat(path)
            if stat.S_ISDIR(state.st_mode):
                with os.scandir(path) as entries:
                    pending += [entry.path for entry in entries]
            elif state.st_nlink > 1:
                found[state.st_dev, state.st_ino] = path
        except OSError:
            continue
    return found
