"""Events about every file that a run opens, makes, moves or removes: what ``--trace files`` adds.

Nothing is decided here. What an event says was looked at while the call waited; the program could change it before the
kernel goes on, so a trace is a record of ordinary behaviour and no proof against a program that forges it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import Any

from pinfold.model import Level, ReadEvent, WriteEvent
from pinfold.sandbox import kernel
from pinfold.sandbox.behalf import Handler
from pinfold.sandbox.bounds import Bounds
from pinfold.sandbox.calls import NAMES
from pinfold.sandbox.listener import Notification
from pinfold.sandbox.names import MADE, MOVES, folder_of, place_of
from pinfold.sandbox.paths import AT_FDCWD
from pinfold.sandbox.processes import Process

MOST_REMEMBERED = 100_000
"""How many acts are remembered so as not to be told twice; then remembering begins anew."""

_FLAGS = {"open": 1, "openat": 2}
_CHANGES = os.O_CREAT | os.O_TRUNC
_OTHERS = {
    "openat2": (0, 1), "truncate": (AT_FDCWD, 0), "unlink": (AT_FDCWD, 0), "unlinkat": (0, 1), "rmdir": (AT_FDCWD, 0),
}  # fmt: skip
_ENTRIES = frozenset((*MOVES, "unlink", "unlinkat", "rmdir"))
_OWN_AT_L3 = ("/tmp/", "/var/tmp/", "/dev/", "/proc/")  # noqa: S108  # a run's own there


class Tracing:
    """Tells of files, the same program, path and kind of act once in a run."""

    def __init__(self, level: Level, bounds: Bounds, emit: Callable[..., None], go_on: Handler) -> None:
        self._level = level
        self._bounds = bounds
        self._emit = emit
        self._go_on = go_on
        self._told: set[tuple[str, str, bool, bool]] = set()

    def around(self, handlers: dict[str, Handler]) -> dict[str, Handler]:
        """Return handlers for every call about a file: those given, or going on, each after it has been told of."""
        return {
            name: self._traced(handlers.get(name), name in handlers)
            for name in (*MADE, *MOVES, *_OTHERS)
        }  # fmt: skip

    def _traced(self, handler: Handler | None, is_told: bool) -> Handler:
        """Return a handler that tells first; with ``is_told`` only of what is allowed: it tells denials."""

        def traced(call: Notification, process: Process) -> None:
            with contextlib.suppress(OSError):  # the call is about to fail in the same way
                self._tell(call, process, allowed_only=is_told)
            (handler or self._go_on)(call, process)

        return traced

    def _tell(self, call: Notification, process: Process, *, allowed_only: bool) -> None:
        name = NAMES[call.number]
        if name in MOVES:
            old_folder, old, new_folder, new = MOVES[name]
            self._one(call, process, old_folder, old, writes=True, allowed_only=allowed_only)
            self._one(call, process, new_folder, new, writes=True, allowed_only=allowed_only)
            return
        folder, path = MADE.get(name) or _OTHERS[name]
        self._one(call, process, folder, path, writes=_writes(call, name), allowed_only=allowed_only)

    def _one(
        self, call: Notification, process: Process, folder: int, argument: int, *, writes: bool, allowed_only: bool
    ) -> None:
        path = place_of(
            call, folder_of(call, folder), argument, follow=NAMES[call.number] in ("open", "openat", "creat")
        )
        path = path.replace(f"/proc/{os.getpid()}/", f"/proc/{process.number}/", 1)
        there = f"/proc/{call.thread}/root{path}"
        entry = writes and (NAMES[call.number] in _ENTRIES or not os.path.lexists(there))
        key = (process.image, path, writes, entry)
        if key in self._told:
            return
        # What is looked for in vain, many times a second, is read by nobody; so it is with what may not be written.
        if not (os.access(os.path.dirname(there) if entry else there, os.W_OK) if writes else os.path.lexists(there)):
            return
        reason = self._reason(path, writes=writes)
        if allowed_only and reason:
            return
        if len(self._told) >= MOST_REMEMBERED:
            self._told.clear()
        self._told.add(key)
        decision = "" if self._level is Level.L0 else "deny" if reason else "allow"
        fields: dict[str, Any] = {"ProcessId": process.number, "Image": process.image, "TargetFilename": path}
        fields |= {"decision": decision, "reason": reason, "source": "kernel"}
        if writes:
            self._emit(WriteEvent, **fields, entry=entry)
        else:
            self._emit(ReadEvent, **fields)

    def _reason(self, path: str, *, writes: bool) -> str:
        """Return why the kernel will deny it."""
        if self._level is Level.L0 or (self._level is Level.L3 and path.startswith(_OWN_AT_L3)):
            return ""
        return self._bounds.why_not_write(path) if writes else self._bounds.why_not_read(path)


def _writes(call: Notification, name: str) -> bool:
    if name == "openat2":
        flags = int.from_bytes(kernel.read_memory(call.thread, call.arguments[2], 8), "little")
    elif name in _FLAGS:
        flags = call.arguments[_FLAGS[name]]
    else:
        return True
    return flags & os.O_ACCMODE != os.O_RDONLY or bool(flags & _CHANGES)
