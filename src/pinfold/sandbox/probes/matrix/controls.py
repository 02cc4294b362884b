"""What must go on working in any sandbox, so that one which refuses everything does not look like a good one."""

from __future__ import annotations

from functools import partial

from pinfold.sandbox.probes.outside import ground
from pinfold.sandbox.probes.outside.scene import Stage
from pinfold.sandbox.probes.probe import Group, Probe


def _control(name: str, question: str, stage: Stage, attempt: str) -> Probe:
    return Probe(name=name, group=Group.CONTROL, question=question, stage=stage, attempt=f"controls.{attempt}")


_kept = partial(ground.kept, name="done")

PROBES = (
    _control("write-inside", "write in the working folder", partial(ground.kept, name="sub/done"), "write"),
    _control("chmod-inside", "change modes and times there", partial(ground.kept, name="done", mode=0o500), "chmod"),
    _control("read-granted", "read a file of the system", ground.granted_file, "read"),
    _control("execute-granted", "start a program of the system", _kept, "execute"),
    _control("loopback-own-port", "talk over a port of its own", _kept, "own_port"),
    _control("unix-own-socket", "talk over a socket of its own", _kept, "own_socket"),
    _control("double-fork", "start processes that start processes", _kept, "fork_twice"),
)
"""Every control."""
