"""Probes of the kernel, and of what it keeps for others."""

from __future__ import annotations

from functools import partial
from typing import Any

from pinfold.sandbox.probes.outside import ground, machine, population
from pinfold.sandbox.probes.outside.scene import Stage
from pinfold.sandbox.probes.probe import Group, Probe


def _probe(name: str, question: str, stage: Stage, attempt: str, **options: Any) -> Probe:
    return Probe(
        name=name, group=Group.KERNEL, question=question, stage=stage, attempt=f"kernel.{attempt}", options=options
    )


def _held(kind: str) -> Stage:
    return partial(population.held_descriptor, kind=kind)


PROBES = (
    _probe("io-uring", "hand the kernel work that no filter sees", _held("[io_uring]"), "hold_ring"),
    _probe("bpf-map", "make tables for programs in the kernel", _held("bpf-map"), "hold_bpf"),
    _probe("bpf-program", "load a program into the kernel", _held("bpf-prog"), "hold_bpf_program"),
    _probe("perf-event", "measure by the processor's counters", _held("[perf_event]"), "hold_perf_event"),
    _probe("userfaultfd", "handle page faults, which widens races", _held("[userfaultfd]"), "hold_fault_handler"),
    _probe("fanotify", "watch whole file systems", _held("[fanotify]"), "hold_fanotify"),
    _probe("personality", "switch off what hardens memory", population.personalities, "change_personality"),
    _probe("kernel-log", "read the kernel's log", machine.kernel_log, "read_log"),
    _probe("keyring", "read the user's keys", machine.user_key, "read_key"),
    _probe("sysv-shared-memory", "read the shared memory of others", machine.shared_memory, "read_shared_memory"),
    _probe("sysv-queue", "send to the queues of others", machine.message_queue, "send_to_queue"),
    _probe("posix-queue", "read the named queues of others", machine.named_queue, "read_queue"),
    _probe(
        "kernel-setting",
        "change a setting of the kernel, such as what runs on a crash",
        machine.parameter,
        "set_parameter",
    ),
    _probe("host-name", "rename this machine", machine.host_name, "set_host_name"),
    _probe("mount", "mount a file system", ground.mount_point, "mount"),
    _probe("mount-newer", "mount it by the newer calls", ground.mount_point, "mount_newly"),
    _probe("device-node", "make a device", ground.device_node, "make_device"),
    _probe("machine-memory", "read the machine's memory", machine.machine_memory, "read_device"),
)
"""Every probe of the kernel."""
