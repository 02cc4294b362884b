"""Why a level cannot be reached, in words: from how the trials of :mod:`pinfold.sandbox.levels` ended.

Names of settings are those of the kernel and of Debian's and Ubuntu's patches to it, as of 2026-11.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping

import msgspec

from pinfold.model import Level

LANDLOCK_NEEDED = 6
"""The version of Landlock from which on signals and abstract sockets stay within a run; Linux 6.12 has it."""


class Missing(msgspec.Struct, frozen=True):
    """One thing that a machine lacks for ``level``, and what would help."""

    level: Level
    reason: str
    remedy: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """How a trial ended: ``number`` is the error's, 0 where it worked; ``said`` tells more."""

    number: int = 0
    said: str = ""


Settings = Callable[[str], str]
"""Returns the text of a file below ``/proc``, without the line's end; ``""`` where there is none."""

_FILTERED = (
    "Run outside that container, or let its seccomp profile allow the call (Docker: --security-opt seccomp=FILE)."
)
_NEWER = "Use a kernel that is newer: 6.12 or later has all that is needed."


def explain(outcomes: Mapping[str, Outcome], setting: Settings) -> tuple[Missing, ...]:
    """Return what is missing, lowest level first.

    ``outcomes`` are those of the trials ``listener``, ``attach``, ``version``, ``landlock`` and ``namespaces``; one
    that is absent did not end in time.
    """
    rows = (
        ("listener", Level.L1, _listener),
        ("attach", Level.L1, _attach),
        ("version", Level.L2, _landlock),
        ("landlock", Level.L2, _landlock),
        ("namespaces", Level.L3, _namespaces),
    )
    found: dict[Level, list[Missing]] = {}
    for name, level, words in rows:
        outcome = outcomes.get(name)
        if outcome is None:
            found.setdefault(level, []).append(Missing(level, f"the trial of {_TRIALS[name]} did not end in time"))
        elif outcome.number and not (name == "landlock" and level in found):
            reason, remedy = words(outcome, setting)
            found.setdefault(level, []).append(Missing(level, reason, remedy))
    return tuple(one for level in sorted(found) for one in found[level])


_TRIALS = {
    "listener": "seccomp notification",
    "attach": "pidfd_getfd",
    "version": "Landlock",
    "landlock": "Landlock",
    "namespaces": "namespaces",
}


def _listener(outcome: Outcome, setting: Settings) -> tuple[str, str]:
    if outcome.number == errno.EBUSY:
        return (
            "another supervisor listens to this process's system calls already, and the kernel allows only one",
            "Start it outside of that supervisor; WSL2 and some sandboxes are such.",
        )
    if outcome.number in (errno.EINVAL, errno.ENOSYS):
        return "the kernel is older than 5.19, or without seccomp notification", _NEWER
    return _forbidden("seccomp notification", outcome, setting)


def _attach(outcome: Outcome, setting: Settings) -> tuple[str, str]:
    if setting("sys/kernel/yama/ptrace_scope") in ("2", "3"):
        return (
            "this user may not look into its own child processes (kernel.yama.ptrace_scope)",
            "As root: sysctl -w kernel.yama.ptrace_scope=1; from 3, only a restart helps.",
        )
    if outcome.number == errno.ENOSYS:
        return "the kernel is older than 5.6: it has no pidfd_getfd", _NEWER
    return _forbidden("looking into its own child processes (pidfd_getfd)", outcome, setting)


def _landlock(outcome: Outcome, setting: Settings) -> tuple[str, str]:
    if outcome.number == errno.ENOSYS:
        return "the kernel is without Landlock", _NEWER
    if outcome.number == errno.EOPNOTSUPP:
        return (
            "Landlock was switched off when the machine was started",
            "Add landlock to lsm= on the kernel's command line.",
        )
    if outcome.number == errno.EPROTONOSUPPORT:
        return f"Landlock is of version {outcome.said}, and {LANDLOCK_NEEDED} is needed (Linux 6.12)", _NEWER
    return _forbidden("Landlock", outcome, setting)


def _namespaces(outcome: Outcome, setting: Settings) -> tuple[str, str]:
    for name, values, reason, remedy in _NAMESPACE_SETTINGS:
        if setting(name) in values:
            return reason, remedy
    if outcome.number in (errno.ENOSYS, errno.EINVAL):
        return "the kernel is without user namespaces, or older than 5.12", _NEWER
    if outcome.number == errno.ENOSPC:
        return "there are as many namespaces as are allowed", "End other sandboxes, or raise user.max_*_namespaces."
    if "/proc (proc)" in outcome.said:
        return (
            "/proc is masked here, as in a container, so that no new one can be mounted",
            "Start the container with /proc unmasked (Docker: --security-opt systempaths=unconfined).",
        )
    return _forbidden("namespaces", outcome, setting)


_NAMESPACE_SETTINGS = (
    (
        "sys/user/max_user_namespaces",
        ("0",),
        "user namespaces are forbidden (user.max_user_namespaces is 0)",
        "As root: sysctl -w user.max_user_namespaces=10000",
    ),
    (
        "sys/kernel/unprivileged_userns_clone",
        ("0",),
        "user namespaces are forbidden to ordinary users (kernel.unprivileged_userns_clone is 0)",
        "As root: sysctl -w kernel.unprivileged_userns_clone=1",
    ),
    (
        "sys/kernel/apparmor_restrict_unprivileged_userns",
        ("1", "2"),
        "AppArmor forbids user namespaces to ordinary users (kernel.apparmor_restrict_unprivileged_userns)",
        "As root: give this Python an AppArmor profile with the rule `userns,`; or set that sysctl to 0.",
    ),
)


def _forbidden(what: str, outcome: Outcome, setting: Settings) -> tuple[str, str]:
    """Say who forbids something that the kernel could do."""
    filtered = any(line.split() == ["Seccomp:", "2"] for line in setting("self/status").splitlines())
    by = "forbidden by a seccomp filter around this process" if filtered else "forbidden here"
    return f"{what}: {by} ({outcome.said})", _FILTERED if filtered else ""
