"""What is tried is tried for real, and harms nothing."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from pinfold.model import Level

if sys.platform != "linux":
    pytest.skip("there is nothing to try elsewhere", allow_module_level=True)

from pinfold.sandbox import kernel, namespaces, processes, trials
from pinfold.sandbox.levels import probe_levels

L0, L1, L2, L3 = Level
AT_ONCE = 1  # seconds; it takes some thousandths, and the rest is for a busy machine


@pytest.fixture(autouse=True)
def fresh():
    """What was found is kept within a process; no test may see what another one made it find."""
    probe_levels.cache_clear()
    yield
    probe_levels.cache_clear()


def test_trying_is_quick_leaves_nothing_and_is_done_once():
    before = {path.name for path in Path("/proc/self/fd").iterdir()}
    children = processes.descendants(os.getpid())
    start = time.monotonic()
    found = probe_levels()
    assert time.monotonic() - start < AT_ONCE
    assert {path.name for path in Path("/proc/self/fd").iterdir()} == before
    assert processes.descendants(os.getpid()) == children
    assert probe_levels() is found


def test_this_process_is_as_it_was():
    probe_levels()
    text = Path("/proc/self/status").read_text("utf-8")
    lines = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    assert lines["NoNewPrivs"] == "0"
    assert lines["Seccomp_filters"] == "0" or lines["Seccomp"] == "2"


def test_a_process_that_hides_itself_can_still_try():
    """A supervisor does, so that the program cannot read its memory; what it forks is hidden too."""
    before = kernel.prctl(kernel.PR_GET_DUMPABLE)
    expected = probe_levels()
    probe_levels.cache_clear()
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    try:
        assert probe_levels() == expected
    finally:
        kernel.prctl(kernel.PR_SET_DUMPABLE, before)


def refuse(number):
    def refused(*_arguments, **_options):
        raise OSError(number, os.strerror(number))

    return refused


@pytest.mark.parametrize(
    ("call", "number", "highest", "reason"),
    [
        ("install_filter", 16, L0, "only one"),
        ("pidfd_getfd", 1, L0, "child processes"),
        ("landlock_abi", 38, L1, "without Landlock"),
        ("landlock_restrict", 1, L1, "Landlock"),
        ("unshare", 1, L2, "make namespaces of its own"),
    ],
)
def test_what_the_kernel_refuses_is_named(monkeypatch, call, number, highest, reason):
    if probe_levels().highest is not L3:
        pytest.skip("this machine refuses something itself")
    probe_levels.cache_clear()
    monkeypatch.setattr(kernel, call, refuse(number))
    found = probe_levels()
    assert found.highest is highest
    assert any(reason in one.reason for one in found.missing)


def test_an_old_landlock_is_not_enough(monkeypatch):
    monkeypatch.setattr(kernel, "landlock_abi", lambda: 5)
    found = probe_levels()
    assert found.highest.rank <= L1.rank
    assert "Landlock is of version 5, and 6 is needed (Linux 6.12)" in [one.reason for one in found.missing]


def test_a_masked_proc_is_named(monkeypatch):
    if probe_levels().highest is not L3:
        pytest.skip("this machine refuses something itself")
    probe_levels.cache_clear()
    mount = kernel.mount

    def masked(source, target, kind="", *rest, **more):
        if kind == "proc":
            raise PermissionError(1, "Operation not permitted")
        mount(source, target, kind, *rest, **more)

    monkeypatch.setattr(kernel, "mount", masked)
    found = probe_levels()
    assert found.highest is L2
    assert "/proc is masked here" in found.missing[0].reason


def test_a_trial_that_hangs_is_given_up(monkeypatch):
    reading, writing = os.pipe()
    monkeypatch.setattr(trials, "_PATIENCE", 0.05)
    monkeypatch.setattr(namespaces, "unshare_all", lambda: os.read(reading, 1))
    found = probe_levels()
    os.close(reading)
    os.close(writing)
    assert found.highest is L0
    assert any("did not end in time" in one.reason for one in found.missing)
