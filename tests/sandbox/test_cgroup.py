"""Control groups, real ones where this machine has some that may be written."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from pinfold.sandbox import cgroup
from pinfold.sandbox.cgroup import CgroupError, Delegated, Group, Usage

NOBODY = 65534


def some_delegated():
    found = cgroup.find() if sys.platform == "linux" else None
    return found if found and Path(found.folder, "cgroup.procs").exists() else None


FOUND = some_delegated()
needs_group = pytest.mark.skipif(FOUND is None, reason="no control group of version 2 may be written here")


@pytest.fixture
def group():
    group = FOUND.create(f"pinfold-test-{os.getpid()}")
    yield group
    group.remove()


@pytest.fixture
def sleeper():
    """A process that waits until it is killed."""
    child = os.fork()
    if not child:
        signal.pause()
        os._exit(0)
    yield child
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@needs_group
def test_a_killed_group_is_empty(group, sleeper):
    group.add(sleeper)
    assert not group.is_empty()
    group.kill()
    assert os.waitid(os.P_PID, sleeper, os.WEXITED | os.WNOWAIT).si_status == signal.SIGKILL
    assert group.is_empty()


@needs_group
def test_a_frozen_process_goes_on_when_thawed(group):
    told, tell = os.pipe()
    gate, opener = os.pipe()
    child = os.fork()
    if not child:
        os.read(gate, 1)
        os.write(tell, b"x")
        os._exit(0)
    os.set_blocking(told, False)
    group.add(child)
    group.freeze()
    while "frozen 1" not in Path(group.folder, "cgroup.events").read_text("utf-8"):
        pass
    os.write(opener, b"x")
    with pytest.raises(BlockingIOError):
        os.read(told, 1)
    group.thaw()
    os.waitpid(child, 0)
    assert os.read(told, 1) == b"x"
    for descriptor in (told, tell, gate, opener):
        os.close(descriptor)


@needs_group
def test_what_a_member_starts_is_a_member_and_dies_with_it(group):
    told, tell = os.pipe()
    child = os.fork()
    if not child:
        os.read(told, 1)
        if not os.fork():
            os.setsid()
        signal.pause()
        os._exit(0)
    group.add(child)
    os.write(tell, b"x")
    group.remove()
    os.waitpid(child, 0)
    assert not Path(group.folder).exists()
    os.close(told)
    os.close(tell)


@needs_group
def test_removing_twice_does_nothing(group):
    group.remove()
    group.remove()


@needs_group
def test_a_missing_controller_is_said(group):
    missing = group.limit(memory_bytes=1 << 30, processes=100, cpus=1.5)
    assert missing == tuple(name for name in ("memory", "pids", "cpu") if name in FOUND.missing)
    assert group.limit() == ()


@needs_group
def test_usage_is_counted_where_there_is_a_counter(group, sleeper):
    group.add(sleeper)
    usage = group.usage()
    assert usage.cpu_seconds is None or usage.cpu_seconds >= 0
    assert (usage.memory_bytes is None) == ("memory" in FOUND.missing)
    assert (usage.processes is None) == ("pids" in FOUND.missing)


@needs_group
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can delegate")
def test_a_delegated_folder_is_found_by_the_user_whose_it_is(group):
    inner = f"{group.folder}/inner"
    for path in (group.folder, f"{group.folder}/cgroup.procs", f"{group.folder}/cgroup.subtree_control"):
        os.chown(path, NOBODY, NOBODY)
    child = os.fork()
    if not child:
        code = 1
        try:
            group.add(os.getpid())
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
            found = cgroup.find()
            made = found.create("inner")
            made.add(os.getpid())
            code = 0 if found.folder == group.folder and made.folder == inner and not made.is_empty() else 2
            Group(group.folder).add(os.getpid())
            made.remove()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not Path(inner).exists()


# What follows reads folders that only look like control groups.


def made_up(tmp_path, monkeypatch, *, own="/user/app", mount_root="/"):
    """A tree of groups and the two files of this process that tell of it."""
    tree = tmp_path / "tree"
    proc = {
        "/proc/self/mountinfo": f"30 1 0:26 / / rw - ext4 /dev/a rw\n31 1 0:27 {mount_root} {tree} rw - cgroup2 c rw\n",
        "/proc/self/cgroup": f"1:cpu:/\n0::{own}\n",
    }
    read = cgroup._read
    monkeypatch.setattr(cgroup, "_read", lambda path: proc[path] if path in proc else read(path))
    for name, controllers in (("", "cpu memory pids"), ("user", "memory pids"), ("user/app", "")):
        folder = tree / name
        folder.mkdir()
        (folder / "cgroup.procs").write_text("")
        (folder / "cgroup.subtree_control").write_text(controllers)
    return tree


def test_the_nearest_folder_with_the_most_controllers_is_taken(tmp_path, monkeypatch):
    tree = made_up(tmp_path, monkeypatch)
    monkeypatch.setattr(os, "access", lambda path, _mode: path.startswith(f"{tree}/user"))
    assert cgroup.find() == Delegated(f"{tree}/user", ("cpu",))


def test_a_folder_above_one_that_may_not_be_written_is_not_reached(tmp_path, monkeypatch):
    tree = made_up(tmp_path, monkeypatch)
    monkeypatch.setattr(os, "access", lambda path, _mode: not path.startswith(f"{tree}/user/cgroup"))
    assert cgroup.find() == Delegated(f"{tree}/user/app", ("cpu", "memory", "pids"))


@pytest.mark.parametrize("case", [{"own": "/../x"}, {"mount_root": "/user"}])
def test_a_tree_that_is_not_seen_whole_is_not_used(tmp_path, monkeypatch, case):
    made_up(tmp_path, monkeypatch, **case)
    assert cgroup.find() is None


def test_nothing_is_found_where_nothing_may_be_written(tmp_path, monkeypatch):
    made_up(tmp_path, monkeypatch)
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    assert cgroup.find() is None


def test_limits_are_written_as_the_kernel_reads_them(tmp_path):
    for name in ("memory.max", "memory.swap.max", "pids.max", "cpu.max"):
        (tmp_path / name).write_text("max")
    assert Group(str(tmp_path)).limit(memory_bytes=4096, processes=20, cpus=1.5) == ()
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert written == {"memory.max": "4096", "memory.swap.max": "0ax", "pids.max": "20x", "cpu.max": "150000 100000"}


def test_usage_is_read_from_the_kernels_files(tmp_path):
    (tmp_path / "cpu.stat").write_text("usage_usec 1500000\nuser_usec 1\n")
    (tmp_path / "memory.current").write_text("8192\n")
    assert Group(str(tmp_path)).usage() == Usage(cpu_seconds=1.5, memory_bytes=8192)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a"])
def test_a_name_is_one_part_of_a_path(tmp_path, name):
    with pytest.raises(CgroupError, match="is no name"):
        Delegated(str(tmp_path)).create(name)


def test_a_failure_names_the_file(tmp_path):
    with pytest.raises(CgroupError, match=r"/gone/cgroup\.kill: No such file") as failure:
        Group(f"{tmp_path}/gone").kill()
    assert failure.value.hint
