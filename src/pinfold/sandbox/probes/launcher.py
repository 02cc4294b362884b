"""How a program is started within the sandbox that is to be proved: always as a command of its own."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from pinfold.model import Level, UsageError

Launcher = Callable[[list[str], Path], list[str]]
"""Returns the command that runs ``argv`` in a sandbox in which ``folder`` may be written, started in that folder."""

_SYSTEM_PYTHON = "/usr/bin/python3"
_NEEDED = "import ctypes, json, mmap, socket, subprocess, sys; sys.exit(sys.version_info < (3, 10))"


def unconfined(argv: list[str], folder: Path) -> list[str]:
    """Run it without a sandbox."""
    return argv


def prefix(text: str, python: str) -> Launcher:
    """Return the launcher that puts a command before the program; ``{folder}`` and ``{python}`` in it are filled in.

    Raises ``UsageError`` for a command that cannot be split into words, or is none.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise UsageError(f"--launcher {text!r}: {error}", hint="Quote it as you would in a shell.") from None
    if not words:
        raise UsageError("--launcher is empty", hint="Give a command, such as 'bwrap --ro-bind / / --'.")

    def launch(argv: list[str], folder: Path) -> list[str]:
        filled = [word.replace("{folder}", str(folder)).replace("{python}", python) for word in words]
        return [*filled, *argv]

    return launch


def pinfold(level: Level | None = None, profile: Path | None = None) -> Launcher:
    """Return the launcher of Pinfold's own sandbox, at a level or the highest there is, with a profile or without."""
    words = [sys.executable, "-P", "-m", "pinfold", "run"]
    words += ["--level", str(level)] if level is not None else []
    words += ["--profile", os.path.abspath(profile)] if profile is not None else []

    def launch(argv: list[str], folder: Path) -> list[str]:
        return [*words, "--", *argv]

    return launch


@cache
def interpreter() -> str:
    """Return the Python that makes the attempts: the system's, which most sandboxes let a program use, or this one."""
    if os.access(_SYSTEM_PYTHON, os.X_OK):
        words = [_SYSTEM_PYTHON, "-I", "-S", "-c", _NEEDED]
        tried = subprocess.run(words, capture_output=True, check=False)  # noqa: S603 - a fixed path
        if tried.returncode == 0:
            return _SYSTEM_PYTHON
    return sys.executable
