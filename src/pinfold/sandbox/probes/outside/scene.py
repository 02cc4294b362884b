"""One attempt as it looks from outside: where it takes place, what it is told, and how its effect is seen."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec


class AbsentError(Exception):
    """What an attempt would be aimed at cannot be set up on this machine, or by this user; the message says why."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What an attempt says of itself: the name of an error, a line about it, and the bytes it brought back."""

    error: str = ""
    detail: str = ""
    got: bytes = b""


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where one attempt takes place.

    ``folder`` is the writable working folder of the run, ``outside`` a folder that nobody granted; both belong to this
    attempt alone. ``token`` is a word that nobody else knows, ``python`` the interpreter for processes outside.
    """

    folder: Path
    outside: Path
    python: str
    token: str = msgspec.field(default_factory=lambda: secrets.token_hex(8))

    @property
    def mark(self) -> str:
        """The name that the attempt's processes bear, at most 15 characters."""
        return f"pf{self.token[:12]}"

    @property
    def release(self) -> Path:
        """The file whose appearance lets an attempt end that waits to be seen."""
        return self.folder / "release"


class Scene(msgspec.Struct, kw_only=True):
    """What is ready outside.

    ``arguments`` go to the attempt. ``effect`` looks, after the run, whether it came about; it gets what the attempt
    says. ``during`` is asked again and again while the run lasts, and whether it ever said yes counts instead, if it is
    given alone. ``environment`` is that of whoever starts the sandbox; with ``ancestor`` a process that has it stands
    between. ``descriptors`` are left open, and ``terminal`` is standard input where it is not negative.
    """

    arguments: dict[str, Any]
    effect: Callable[[Said], bool] | None = None
    during: Callable[[], bool] | None = None
    environment: dict[str, str] = {}
    ancestor: bool = False
    descriptors: tuple[int, ...] = ()
    terminal: int = -1


Stage = Callable[[Place], AbstractContextManager[Scene]]
"""Sets up a scene and takes it down again."""

Making = Iterator[Scene]
"""What the function of a stage is before it becomes a context manager."""
