"""What can be seen from outside of the processes of an attempt, which are found by the name they give themselves."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from pinfold.sandbox.probes.outside.ground import program
from pinfold.sandbox.probes.outside.scene import AbsentError, Making, Place, Scene

_PROC = Path("/proc")
_END_SECONDS = 1.0
"""How long a process may take to end once it has been killed."""


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""


def processes() -> Iterator[Path]:
    """Yield the folder in ``/proc`` of every process."""
    return (path for path in _PROC.iterdir() if path.name.isdecimal())


def marked(mark: str) -> list[int]:
    """Return the processes that bear the name ``mark`` and have not ended."""
    return [
        int(path.name)
        for path in processes()
        if _text(path / "comm").strip() == mark and ") Z " not in _text(path / "stat")
    ]


def end_marked(mark: str) -> None:
    """Kill every process that bears the name ``mark``."""
    until = time.monotonic() + _END_SECONDS
    while (left := marked(mark)) and time.monotonic() < until:
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)


def _link(pid: int, name: str) -> str:
    try:
        return str(Path(f"/proc/{pid}/{name}").readlink())
    except OSError:
        return ""


@contextlib.contextmanager
def user_namespaces(place: Place) -> Making:
    """Whether two processes of the attempt are in different user namespaces."""

    def apart() -> bool:
        spaces = {_link(pid, "ns/user") for pid in marked(place.mark)} - {""}
        return len(spaces) > 1

    yield Scene(arguments={}, during=apart)


@contextlib.contextmanager
def held_descriptor(place: Place, kind: str) -> Making:
    """Whether a process of the attempt holds a descriptor of this kind: what its link in ``/proc`` says."""

    def held() -> bool:
        for pid in marked(place.mark):
            with contextlib.suppress(OSError):
                if any(kind in _link(pid, f"fd/{path.name}") for path in Path(f"/proc/{pid}/fd").iterdir()):
                    return True
        return False

    yield Scene(arguments={}, during=held)


@contextlib.contextmanager
def personalities(place: Place) -> Making:
    """Whether a process of the attempt has another personality than the plain one."""

    def changed() -> bool:
        said = {_text(Path(f"/proc/{pid}/personality")).strip() for pid in marked(place.mark)}
        return bool(said - {"", "00000000"})

    yield Scene(arguments={}, during=changed)


def _privileged(token: str) -> bool:
    """Return whether a process with this word among its arguments runs as somebody else than who started it."""
    for path in processes():
        if token in _text(path / "cmdline"):
            users = next((line.split()[1:3] for line in _text(path / "status").splitlines() if line[:4] == "Uid:"), [])
            if len(users) == 2 and users[0] != users[1]:
                return True
    return False


@contextlib.contextmanager
def set_user(place: Place) -> Making:
    """A program that runs as its owner, whoever starts it: one of the system, or for root a copy made for this."""
    if os.geteuid() == 0:
        own = place.folder / "as-nobody"
        shutil.copyfile(program("sleep"), own)
        os.chown(own, 65534, 65534)
        own.chmod(0o4755)
        path = str(own)
    else:
        path = program("su", "passwd", "mount", "newgrp")
        if not Path(path).stat().st_mode & 0o4000:
            raise AbsentError(f"{path} does not run as its owner")
    yield Scene(arguments={"program": path}, during=lambda: _privileged(place.token))


@contextlib.contextmanager
def survivors(place: Place) -> Making:
    """Whether a process of the attempt is still there after the run has ended, and has been given time to end."""

    def left() -> bool:
        until = time.monotonic() + _END_SECONDS
        while marked(place.mark):
            if time.monotonic() > until:
                return True
            time.sleep(0.01)
        return False

    yield Scene(arguments={}, effect=lambda _said: left())


@contextlib.contextmanager
def caller(place: Place, *, ancestor: bool = False) -> Making:
    """A secret in the environment of whoever starts the sandbox; with ``ancestor``, of a process above that."""
    secret = f"secret{place.token[::-1]}"
    yield Scene(
        arguments={},
        effect=lambda said: secret.encode() in said.got,
        environment={"PINFOLD_PROBE_SECRET": secret},
        ancestor=ancestor,
    )
