"""One attempt in one sandbox: sets the scene, starts the program, looks for the effect, and clears everything away."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from pinfold.model import UsageError
from pinfold.sandbox.probes.inside.attempt import MARK
from pinfold.sandbox.probes.launcher import Launcher
from pinfold.sandbox.probes.outside.population import end_marked
from pinfold.sandbox.probes.outside.scene import Place, Said, Scene
from pinfold.sandbox.probes.pack import NAME, packed
from pinfold.sandbox.probes.probe import Probe

SECONDS = 10.0
"""How long an attempt may take; then it is ended, and the effect decides as ever."""

_TICK = 0.01
_MOST_OUTPUT = 1 << 20
_ANCESTOR = ("/bin/sh", "-c", '"$@"; exit $?', "sh")
_OWN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
)


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What one attempt came to: whether the effect was ``seen``, what it ``said``, and what else was printed."""

    seen: bool
    said: Said
    complaint: str = ""


def make(probe: Probe, launcher: Launcher, python: str) -> Trial:
    """Make the attempt of ``probe`` once, in what ``launcher`` starts.

    Raises ``AbsentError`` where the scene cannot be set, ``UsageError`` where the launcher is no program.
    """
    top = Path(tempfile.mkdtemp(prefix="pinfold-probe-")).resolve()
    place = Place(folder=top / "work", outside=top / "outside", python=python)
    try:
        top.chmod(0o755)
        place.folder.mkdir()
        place.outside.mkdir()
        (place.folder / NAME).write_bytes(packed())
        with probe.stage(place) as scene:
            told = {"token": place.token, "folder": str(place.folder), "release": str(place.release)}
            arguments = json.dumps({**told, "mark": place.mark, **scene.arguments, **probe.options})
            archive = str(place.folder / NAME)
            argv = [python, "-I", "-S", archive, probe.attempt, arguments]
            try:
                return _carry_out(launcher(argv, place.folder), scene, place)
            finally:
                end_marked(place.mark)
    finally:
        shutil.rmtree(top, ignore_errors=True)


def _carry_out(command: list[str], scene: Scene, place: Place) -> Trial:
    if scene.ancestor:
        command = [*_ANCESTOR, *command]
    if scene.terminal >= 0:
        command = [place.python, "-I", "-S", "-c", _OWN_TERMINAL, *command]
    try:
        process = subprocess.Popen(  # noqa: S603 - the command is what is to be proved
            command,
            cwd=place.folder,
            stdin=scene.terminal if scene.terminal >= 0 else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **scene.environment},
            pass_fds=scene.descriptors,
            start_new_session=True,
        )
    except OSError as error:
        hint = "It must be a program that can be run."
        raise UsageError(f"{command[0]}: {error.strerror}", hint=hint) from None
    with process:
        try:
            seen, output, complaint = _watch(process, scene, place)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    said = _parsed(output)
    seen = seen or (scene.effect is not None and scene.effect(said))
    return Trial(seen=seen, said=said, complaint=complaint.decode("utf-8", "replace"))


def _watch(process: subprocess.Popen[bytes], scene: Scene, place: Place) -> tuple[bool, bytes, bytes]:
    """Read what the program prints and look out for the effect until the program ends or its time is up."""
    output, complaint = cast("BinaryIO", process.stdout), cast("BinaryIO", process.stderr)
    printed = {output: b"", complaint: b""}
    ended = os.pidfd_open(process.pid)
    waiting: list[BinaryIO | int] = [*printed, ended]
    seen, until = False, time.monotonic() + SECONDS
    try:
        while ended in waiting and (left := until - time.monotonic()) > 0:
            ready, _, _ = select.select(waiting, [], [], min(left, _TICK) if scene.during else left)
            waiting = [one for one in waiting if one not in ready or _goes_on(one, printed)]
            if scene.during is not None and scene.during():
                seen = True
                place.release.touch()
        for stream in printed:  # what was printed last; a process left behind may hold the pipe open
            while select.select([stream], [], [], 0)[0] and _goes_on(stream, printed):
                pass
    finally:
        os.close(ended)
    return seen, printed[output], printed[complaint]


def _goes_on(one: BinaryIO | int, printed: dict[BinaryIO, bytes]) -> bool:
    """Read what is ready; return whether more may come."""
    if isinstance(one, int):
        return False
    read = os.read(one.fileno(), 65_536)
    printed[one] = (printed[one] + read)[-_MOST_OUTPUT:]
    return bool(read)


def _parsed(output: bytes) -> Said:
    """Return what the attempt says of itself, or that it said nothing."""
    for line in reversed(output.decode("utf-8", "replace").splitlines()):
        if line.startswith(MARK):
            try:
                told = msgspec.json.decode(line[len(MARK) :], type=dict[str, str])
                return Said(error=told["error"], detail=told["detail"], got=bytes.fromhex(told["got"]))
            except (msgspec.DecodeError, KeyError, ValueError):
                break
    return Said(error="nothing", detail="the attempt said nothing")
