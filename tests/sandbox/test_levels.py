"""What this machine can do, tried; and the choice of a level."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from pinfold.model import Level
from pinfold.sandbox.levels import Available, LevelTooLowError, choose, probe_levels
from pinfold.sandbox.shortfall import Missing

L0, L1, L2, L3 = Level
FULL = Available(L3)
NO_NAMESPACES = Available(L2, (Missing(L3, "AppArmor forbids them", "Allow them."),))
NOTHING = Available(L0, (Missing(L1, "somebody listens", "Leave."), *NO_NAMESPACES.missing))
linux = pytest.mark.skipif(sys.platform != "linux", reason="there is nothing to try elsewhere")


@pytest.fixture(autouse=True)
def fresh():
    """What was found is kept within a process; no test may see what another one made it find."""
    probe_levels.cache_clear()
    yield
    probe_levels.cache_clear()


@pytest.mark.parametrize(
    ("available", "wanted", "lowest", "level", "reasons"),
    [
        (FULL, None, L2, L3, ()),
        (FULL, L2, L2, L2, ("level L2 was asked for; L3 can be had",)),
        (FULL, L0, L0, L0, ("level L0 was asked for; L3 can be had",)),
        (NO_NAMESPACES, None, L2, L2, ("L3: AppArmor forbids them",)),
        (NO_NAMESPACES, L2, L1, L2, ("L3: AppArmor forbids them",)),
        (NOTHING, None, L0, L0, ("L1: somebody listens", "L3: AppArmor forbids them")),
    ],
)
def test_the_highest_level_is_chosen_unless_another_is_asked_for(available, wanted, lowest, level, reasons):
    assert choose(available, wanted, lowest) == (level, reasons)


@pytest.mark.parametrize(
    ("available", "wanted", "lowest", "message", "hint"),
    [
        (NO_NAMESPACES, None, L3, "level L3 is needed and L2 is reached: AppArmor forbids them", "Allow them."),
        (NO_NAMESPACES, L3, L1, "level L3 is needed and L2 is reached: AppArmor forbids them", "Allow them."),
        (NOTHING, None, L2, "level L2 is needed and L0 is reached: somebody listens", "Leave."),
        (FULL, L1, L2, "level L1 was asked for, and the profile accepts none below L2", 'level = "L1"'),
    ],
)
def test_a_run_is_refused_rather_than_weakened(available, wanted, lowest, message, hint):
    with pytest.raises(LevelTooLowError) as refusal:
        choose(available, wanted, lowest)
    assert str(refusal.value) == message
    assert hint in refusal.value.hint


@linux
def test_every_level_is_reached_or_it_is_said_why_not():
    found = probe_levels()
    lacking = {one.level for one in found.missing}
    assert found.highest is not None
    assert all(one.reason for one in found.missing)
    assert lacking or found.highest is L3
    assert all(level.rank > found.highest.rank for level in lacking)


@pytest.mark.parametrize(
    ("system", "machine", "reason"),
    [
        ("darwin", "arm64", "macOS"),
        ("win32", "AMD64", "Windows"),
        ("freebsd14", "amd64", "freebsd14 is not Linux"),
        ("linux", "aarch64", "the processor is aarch64"),
        ("linux", "i686", "the processor is i686"),
    ],
)
def test_another_system_is_refused_and_nothing_is_tried(monkeypatch, system, machine, reason):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr(os, "fork", None)
    found = probe_levels()
    assert found.highest is None
    with pytest.raises(LevelTooLowError, match="nothing can be confined here") as refusal:
        choose(found, None, L0)
    assert reason in str(refusal.value)
    assert "Linux virtual machine" in refusal.value.hint


ELSEWHERE = """
import ctypes, json, os, sys
sys.platform = {system!r}
def missing(*_arguments, **_options):
    raise TypeError("there is no such library")
ctypes.CDLL = missing
for name in ("fork", "O_PATH", "O_CLOEXEC", "pidfd_open", "geteuid"):
    if hasattr(os, name):
        delattr(os, name)
for name in ("fcntl", "resource", "pwd"):
    sys.modules[name] = None
from pinfold.sandbox.levels import probe_levels
print(json.dumps(probe_levels().missing[0].reason))
"""


@pytest.mark.skipif(not os.access(sys.executable, os.X_OK), reason="this user cannot start the interpreter again")
@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_it_can_be_imported_where_there_is_no_such_kernel(system):
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE.format(system=system)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "neither Landlock nor seccomp" in json.loads(done.stdout)
