"""Errors that say what went wrong, where, and what to do next."""

from __future__ import annotations


class PinfoldError(Exception):
    """The root of every error that Pinfold raises on purpose.

    ``str(error)`` is one line: what happened and where. ``hint`` is the next step for the person who reads it, or
    ``""``.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(PinfoldError):
    """The command line or a configuration file asks for something that cannot be done (exit code 2)."""


class NothingToScanError(PinfoldError):
    """A scan found no skill, plugin, server or agent configuration (exit code 3)."""


class RuleError(PinfoldError):
    """A rule file cannot be read or compiled; the message names the file and the key."""


class MaterialError(PinfoldError):
    """Input that is to be judged cannot be read: an event line, a trajectory record. The message names the place."""


class LimitReachedError(PinfoldError):
    """A limit of size, depth, count or time was reached; what lies beyond it has not been read."""


class UnreadableError(PinfoldError):
    """A file is damaged, encrypted or opaque, so its content has not been read."""
