"""Probes of other processes, of whoever started the run, and of the run's own privileges."""

from __future__ import annotations

from functools import partial
from typing import Any

from pinfold.sandbox.probes.outside import ground, machine, population, victim
from pinfold.sandbox.probes.outside.scene import Stage
from pinfold.sandbox.probes.probe import Group, Probe


def _probe(name: str, question: str, stage: Stage, attempt: str, *, reason: str = "", **options: Any) -> Probe:
    return Probe(
        name=name,
        group=Group.PROCESSES,
        question=question,
        stage=stage,
        attempt=f"processes.{attempt}",
        options=options,
        reason=reason,
    )


_secret = partial(victim.with_secret, kind="memory-")

_VICTIM = (
    _probe("signal-kill", "signal a process outside", victim.signalled, "kill"),
    _probe("signal-group", "signal a process group outside", victim.signalled, "kill_group"),
    _probe("signal-thread", "signal one thread of it", victim.signalled, "kill_thread"),
    _probe("signal-queue", "signal it with a value", victim.signalled, "kill_queued"),
    _probe("signal-pidfd", "signal it by a descriptor", victim.signalled, "kill_by_descriptor"),
    _probe("signal-owner", "have the kernel signal it", victim.signalled, "kill_by_owner"),
    _probe("ptrace", "take a process outside over as a debugger", _secret, "trace"),
    _probe("memory-read", "read its memory in one call", _secret, "read_memory"),
    _probe("memory-write", "overwrite its memory in one call", victim.with_memory, "write_memory"),
    _probe("proc-mem-read", "read its memory as a file", _secret, "read_memory_file"),
    _probe("proc-mem-write", "overwrite its memory as a file", victim.with_memory, "write_memory_file"),
    _probe(
        "proc-environ",
        "read its environment",
        partial(victim.with_secret, kind="SECRET=", name="environ"),
        "read_victim_file",
    ),
    _probe(
        "proc-cmdline",
        "read its command line",
        partial(victim.with_secret, kind="argv-", name="cmdline"),
        "read_victim_file",
    ),
    _probe("pidfd-getfd", "copy a file that it has open", partial(victim.with_secret, kind="file-"), "take_descriptor"),
    _probe("setns", "join its namespaces", victim.apart, "join_namespaces"),
    _probe("victim-limits", "change its limits", partial(victim.kept_as_it_is, what="limits"), "limit_victim"),
    _probe("victim-priority", "change its priority", partial(victim.kept_as_it_is, what="priority"), "slow_victim"),
    _probe("victim-scheduler", "change when it runs", partial(victim.kept_as_it_is, what="scheduler"), "idle_victim"),
    _probe("victim-processors", "change where it runs", partial(victim.kept_as_it_is, what="processors"), "pin_victim"),
    _probe(
        "victim-oom-score",
        "have it killed when memory runs out",
        partial(victim.kept_as_it_is, what="score"),
        "doom_victim",
    ),
)

_OWN = (
    _probe("caller-environment", "read the variables of whoever started the run", population.caller, "own_environment"),
    _probe(
        "ancestor-environment",
        "read the environment of the processes above",
        partial(population.caller, ancestor=True),
        "read_environments",
    ),
    _probe("newuser-unshare", "become root of a user namespace", population.user_namespaces, "unshare_user"),
    _probe("newuser-clone", "start a process in one", population.user_namespaces, "clone_user"),
    _probe(
        "newuser-clone3",
        "start one by the call that filters cannot look into",
        population.user_namespaces,
        "clone3_user",
    ),
    _probe("setuid", "run a program as its owner", population.set_user, "run_privileged"),
    _probe("outlive", "go on after the run has ended", population.survivors, "outlive"),
    _probe("memfd-exec", "execute a program that is in no file", partial(ground.unstarted, how="path"), "from_memory"),
    _probe("memfd-execveat", "execute it without a path", partial(ground.unstarted, how="descriptor"), "from_memory"),
    _probe(
        "loader-exec",
        "run a file that is not executable by way of the dynamic loader",
        ground.unstarted,
        "loader",
        reason="the loader is a program that reads files, as every interpreter is, and programs need it to start",
    ),
    _probe("terminal-input", "type commands into the terminal", machine.terminal, "type_ahead"),
)

PROBES = (*_VICTIM, *_OWN)
"""Every probe of processes."""
