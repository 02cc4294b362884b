from __future__ import annotations

import os
import re
import tempfile

import pytest

from pinfold.sandbox.probes.launcher import interpreter, prefix
from pinfold.sandbox.probes.pack import packed
from pinfold.sandbox.probes.probe import Group, Outcome
from pinfold.sandbox.probes.run import run
from pinfold.sandbox.probes.suite import CONTROLS, PROBES

NOBODY = 65534

ASKED_FOR = {
    "io-uring", "io-uring-connect", "i386-connect", "x32-connect", "ptrace", "proc-environ", "proc-mem-write",
    "inherited-file", "inherited-socket", "raw-ip", "packet-send", "mptcp", "udp-sendto", "icmp", "vsock",
    "unix-stream-abstract", "unix-stream-outside", "memfd-exec", "newuser-clone3", "newuser-unshare", "setuid",
    "signal-kill", "chmod-outside", "dns-server", "dns-name", "loader-exec", "stat-unreadable", "netlink-sockets",
}  # fmt: skip

NEEDS_NOTHING = {
    "tcp-ipv4", "udp-sendto", "unix-stream-inside", "unix-datagram-outside", "inherited-socket", "inherited-file",
    "read-outside", "read-secret-inside", "list-outside", "stat-unreadable", "write-outside", "create-outside",
    "chmod-outside", "utime-outside", "config-create", "config-change", "config-rename-folder", "signal-kill",
    "victim-priority", "caller-environment", "ancestor-environment", "outlive",
}  # fmt: skip
"""What any kernel allows any user, so that a probe of it that is absent is broken."""


def test_names_are_of_one_form_and_given_once():
    names = [probe.name for probe in (*PROBES, *CONTROLS)]
    assert [name for name in names if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []
    assert len(names) == len(set(names))
    assert {probe.name for probe in PROBES} >= ASKED_FOR | NEEDS_NOTHING


def test_only_two_probes_may_be_open_and_they_say_why():
    assert {probe.name for probe in PROBES if not probe.closable} == {"stat-unreadable", "loader-exec"}


def test_every_probe_has_a_question_and_stands_with_its_group():
    groups = [probe.group for probe in PROBES]
    assert all(probe.question for probe in (*PROBES, *CONTROLS))
    assert groups == sorted(groups, key=list(Group).index)
    assert {control.group for control in CONTROLS} == {Group.CONTROL}


def test_every_probe_can_fail():
    """In what is no sandbox, nothing may be closed: a probe that is would close any sandbox."""
    found = {result.probe.name: result for result in run(PROBES, prefix("env --", ""), interpreter())}
    again = [
        result.probe for result in found.values() if result.outcome is Outcome.CLOSED
    ]  # a busy machine may be late
    found |= {result.probe.name: result for result in run(again, prefix("env --", ""), interpreter())}
    assert {name for name, result in found.items() if result.outcome is Outcome.CLOSED} == set()
    assert {name for name in NEEDS_NOTHING if found[name].outcome is not Outcome.OPEN} == set()
    assert [name for name, result in found.items() if result.outcome is Outcome.ABSENT and not result.reason] == []


def test_a_launcher_that_runs_nothing_closes_all_and_fails_every_control():
    some = [probe for probe in PROBES if probe.name in NEEDS_NOTHING]
    launcher = prefix("true", "")
    assert {result.outcome for result in run(some, launcher, interpreter())} == {Outcome.CLOSED}
    assert {result.outcome for result in run(CONTROLS, launcher, interpreter())} == {Outcome.CLOSED}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(interpreter() != "/usr/bin/python3", reason="there is no Python that everybody may use")
def test_an_ordinary_user_can_make_them(open_folder, monkeypatch):
    os.chown(open_folder, NOBODY, NOBODY)
    monkeypatch.setattr(tempfile, "tempdir", str(open_folder))
    packed()  # read while the files may be read
    some = [probe for probe in PROBES if probe.name in NEEDS_NOTHING]
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            found = [result.outcome for result in run(some, prefix("env --", ""), interpreter())]
            os.write(writer, b" ".join(outcome.encode() for outcome in found))
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as told:
        assert set(told.read().decode().split()) == {"open"}
    os.waitpid(child, 0)
