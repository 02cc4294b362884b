"""Every way in which a machine may fall short is said in its own words."""

from __future__ import annotations

import errno
import re

import pytest

from pinfold.model import Level
from pinfold.sandbox.shortfall import Outcome, explain

GOOD = {name: Outcome() for name in ("listener", "attach", "version", "landlock", "namespaces")}
FILTERED = {"self/status": "Name:\tpython\nSeccomp:\t2\nSeccomp_filters:\t1"}


def missing(settings=None, **outcomes):
    return explain({**GOOD, **outcomes}, lambda name: (settings or {}).get(name, ""))


def test_nothing_is_missing_where_all_trials_worked():
    assert missing() == ()


@pytest.mark.parametrize(
    ("trial", "level", "outcome", "settings", "reason", "remedy"),
    [
        ("listener", "L1", Outcome(errno.EBUSY), {}, "only one", "WSL2"),
        ("listener", "L1", Outcome(errno.EINVAL), {}, "older than 5.19", "6.12"),
        ("listener", "L1", Outcome(errno.EPERM, "no"), FILTERED, "by a seccomp filter", "Docker"),
        ("listener", "L1", Outcome(errno.EPERM, "no"), {}, r"forbidden here \(no\)", ""),
        ("attach", "L1", Outcome(errno.EPERM), {"sys/kernel/yama/ptrace_scope": "2"}, "ptrace_scope", "scope=1"),
        ("attach", "L1", Outcome(errno.EPERM), FILTERED, "pidfd_getfd.*seccomp filter", "seccomp=FILE"),
        ("attach", "L1", Outcome(errno.ENOSYS), {}, "older than 5.6", "6.12"),
        ("version", "L2", Outcome(errno.ENOSYS), {}, "without Landlock", "6.12"),
        ("version", "L2", Outcome(errno.EOPNOTSUPP), {}, "switched off", "lsm="),
        ("version", "L2", Outcome(errno.EPROTONOSUPPORT, "4"), {}, "version 4, and 6 is needed", "6.12"),
        ("landlock", "L2", Outcome(errno.EPERM, "no"), FILTERED, "Landlock: forbidden by a seccomp", "seccomp=FILE"),
        ("namespaces", "L3", Outcome(errno.ENOSPC), {"sys/user/max_user_namespaces": "0"}, "is 0", "=10000"),
        ("namespaces", "L3", Outcome(errno.ENOSPC), {"sys/user/max_user_namespaces": "9"}, "as many", "raise"),
        ("namespaces", "L3", Outcome(errno.EPERM), {"sys/kernel/unprivileged_userns_clone": "0"}, "ordinary", "=1"),
        ("namespaces", "L3", Outcome(errno.EPERM), {"sys/kernel/apparmor_restrict_unprivileged_userns": "1"},
         "AppArmor", "userns,"),
        ("namespaces", "L3", Outcome(errno.EPERM, "could not make /proc (proc): x"), {}, "masked", "systempaths"),
        ("namespaces", "L3", Outcome(errno.EINVAL), {}, "older than 5.12", ".12"),
        ("namespaces", "L3", Outcome(errno.EPERM, "could not make namespaces"), FILTERED, "seccomp", "container"),
    ],
)  # fmt: skip
def test_the_reason_and_the_remedy_are_those_of_the_trial(trial, level, outcome, settings, reason, remedy):
    (one,) = missing(settings, **{trial: outcome})
    assert one.level is Level(level)
    assert re.search(reason, one.reason)
    assert remedy in one.remedy


def test_a_landlock_that_is_too_old_is_named_once():
    found = missing(version=Outcome(errno.ENOSYS), landlock=Outcome(errno.ENOSYS))
    assert [one.level for one in found] == [Level.L2]


def test_a_trial_that_did_not_end_counts_as_failed():
    found = explain({name: outcome for name, outcome in GOOD.items() if name != "namespaces"}, lambda _name: "")
    assert [(one.level, one.reason) for one in found] == [(Level.L3, "the trial of namespaces did not end in time")]


def test_the_lowest_level_comes_first():
    found = missing(namespaces=Outcome(errno.EPERM), listener=Outcome(errno.EBUSY))
    assert [one.level for one in found] == [Level.L1, Level.L3]
