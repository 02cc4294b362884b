"""Calls that Python lacks: each made for real, in forked processes where it changes something for good."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pinfold.sandbox import bpf, kernel


def fails(number, call, *arguments):
    with pytest.raises(OSError) as caught:
        call(*arguments)
    assert caught.value.errno == number
    assert caught.value.strerror == os.strerror(number)


@pytest.fixture
def sleeper():
    """A process that waits until it is killed."""
    with subprocess.Popen(["/bin/sleep", "1000"]) as program:
        yield program
        program.kill()


@pytest.fixture
def pidfd(sleeper):
    descriptor = kernel.pidfd_open(sleeper.pid)
    yield descriptor
    os.close(descriptor)


def test_a_call_by_number_returns_what_the_kernel_does():
    assert kernel.call(39) == os.getpid()
    fails(errno.EBADF, kernel.call, 3, -1)
    fails(errno.ENOSYS, kernel.call, 5_000)


def test_options_of_a_process_are_set_and_read(forked):
    def body():
        assert kernel.prctl(kernel.PR_GET_DUMPABLE) == 1
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
        assert kernel.prctl(kernel.PR_GET_DUMPABLE) == 0
        fails(errno.EINVAL, kernel.prctl, 12_345)

    forked(body)


def test_a_descriptor_stands_for_a_process(sleeper, pidfd):
    assert not os.get_inheritable(pidfd)
    assert select.select([pidfd], [], [], 0)[0] == []
    kernel.pidfd_signal(pidfd, signal.SIGTERM)
    assert select.select([pidfd], [], [], 20)[0] == [pidfd]
    sleeper.wait()
    fails(errno.ESRCH, kernel.pidfd_signal, pidfd, 0)
    fails(errno.ESRCH, kernel.pidfd_open, sleeper.pid)


def test_the_signal_that_ended_a_process_is_told_where_the_kernel_knows(sleeper, pidfd):
    assert kernel.ending_signal(pidfd) is None
    sleeper.kill()
    sleeper.wait()
    assert kernel.ending_signal(pidfd) in (signal.SIGKILL, None)
    with subprocess.Popen(["/bin/sh", "-c", "read x; exit 3"], stdin=subprocess.PIPE) as orderly:
        other = kernel.pidfd_open(orderly.pid)
    assert kernel.ending_signal(other) is None
    os.close(other)


def test_a_descriptor_of_another_process_is_copied():
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE) as cat:
        pidfd = kernel.pidfd_open(cat.pid)
        ours = kernel.pidfd_getfd(pidfd, 0)
        assert not os.get_inheritable(ours)
        assert os.path.sameopenfile(ours, cat.stdin.fileno())
        fails(errno.EBADF, kernel.pidfd_getfd, pidfd, 999)
        os.close(ours)
        os.close(pidfd)


def test_everything_from_a_number_on_is_closed(forked):
    def body():
        for number in (50, 51, 400):
            os.dup2(1, number)
        kernel.close_from(51)
        os.fstat(50)
        fails(errno.EBADF, os.fstat, 51)
        fails(errno.EBADF, os.fstat, 400)

    forked(body)


def test_the_memory_of_another_process_is_read():
    text = ctypes.create_string_buffer(b"something to be read" * 500)
    line, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        theirs.recv(1)
        os._exit(0)
    assert kernel.read_memory(child, ctypes.addressof(text), 20) == b"something to be read"
    assert kernel.read_memory(child, ctypes.addressof(text), 10_000) == text.raw[:10_000]
    fails(errno.EFAULT, kernel.read_memory, child, 8, 10)
    line.send(b"x")
    os.waitpid(child, 0)
    fails(errno.ESRCH, kernel.read_memory, child, ctypes.addressof(text), 10)


def test_memory_is_read_up_to_the_end_of_a_mapping():
    page = mmap.PAGESIZE
    area = mmap.mmap(-1, 2 * page)
    area[:] = b"z" * (2 * page)
    start = ctypes.addressof(ctypes.c_char.from_buffer(area))
    libc = ctypes.CDLL(None)
    assert libc.mprotect(ctypes.c_void_p(start + page), ctypes.c_size_t(page), 0) == 0
    assert kernel.read_memory(os.getpid(), start + page - 5, 100) == b"z" * 5
    libc.mprotect(ctypes.c_void_p(start + page), ctypes.c_size_t(page), 3)


def test_no_link_leads_out_of_a_folder_that_is_opened_beneath(tmp_path):
    (tmp_path / "in" / "deep").mkdir(parents=True)
    (tmp_path / "in" / "deep" / "file").write_text("inside")
    (tmp_path / "out").write_text("outside")
    (tmp_path / "in" / "link").symlink_to("deep")
    folder = os.open(tmp_path / "in", os.O_PATH)
    try:
        descriptor = kernel.open_beneath(folder, "deep/file", os.O_RDONLY)
        assert os.read(descriptor, 10) == b"inside"
        assert not os.get_inheritable(descriptor)
        os.close(descriptor)
        fails(errno.ELOOP, kernel.open_beneath, folder, "link/file", os.O_RDONLY)
        fails(errno.EXDEV, kernel.open_beneath, folder, "../out", os.O_RDONLY)
        fails(errno.EXDEV, kernel.open_beneath, folder, str(tmp_path / "out"), os.O_RDONLY)
        fails(errno.ENOENT, kernel.open_beneath, folder, "none", os.O_RDONLY)
    finally:
        os.close(folder)


def test_a_network_of_its_own_has_a_loopback_to_switch_on(forked):
    def body():
        try:
            kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNET)
        except OSError:
            return  # not here
        with socket.create_server(("127.0.0.1", 0)) as server:
            with socket.socket() as line, pytest.raises(OSError, match="unreachable"):
                line.connect(server.getsockname())
            kernel.bring_up("lo")
            with socket.create_connection(server.getsockname(), 5):
                pass
        fails(errno.ENODEV, kernel.bring_up, "none0")

    forked(body)


def test_mounts_of_its_own_are_made_changed_and_taken_away(forked, tmp_path):
    (tmp_path / "m").mkdir()
    target = str(tmp_path / "m")

    def body():
        user, group = os.getuid(), os.getgid()
        try:
            kernel.unshare(kernel.CLONE_NEWUSER | kernel.CLONE_NEWNS)
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"0 {user} 1")
            Path("/proc/self/gid_map").write_text(f"0 {group} 1")
        except OSError:
            return  # not here
        kernel.mount("", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
        kernel.mount("tmpfs", target, "tmpfs", kernel.MS_NOSUID, "size=1m")
        os.mkfifo(f"{target}/x")
        kernel.mount_attributes(target, add=kernel.MOUNT_ATTR_RDONLY)
        fails(errno.EROFS, os.open, f"{target}/y", os.O_CREAT | os.O_WRONLY, 0o600)
        kernel.mount_attributes(target, remove=kernel.MOUNT_ATTR_RDONLY, recursive=False)
        os.close(os.open(f"{target}/y", os.O_CREAT | os.O_WRONLY, 0o600))
        kernel.unmount(target)
        assert os.listdir(target) == []
        fails(errno.EINVAL, kernel.unmount, target)

    forked(body)
    assert os.listdir(target) == []


def test_capabilities_are_given_up_for_good(forked):
    def body():
        kernel.clear_capabilities()
        with open("/proc/self/status") as status:
            said = dict(line.split(":\t", 1) for line in status.read().splitlines() if line.startswith("Cap"))
        assert {int(said[name], 16) for name in ("CapEff", "CapPrm", "CapInh")} == {0}

    forked(body)


def test_the_version_of_landlock_is_told():
    assert kernel.landlock_abi() >= 1


def test_a_filter_needs_no_listener(forked):
    def body():
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        assert kernel.install_filter(bpf.assemble([]), listen=False) == 0
        fails(errno.EINVAL, lambda: kernel.install_filter(b"\0" * 8, listen=False))

    forked(body)


def test_a_path_is_opened_as_another_process_sees_it(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("file")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, cwd=tmp_path) as program:
        for path in ("file", "link", str(tmp_path / "file"), "../" * 40 + str(tmp_path / "file")):
            descriptor = kernel.open_path_of(program.pid, path)
            assert os.path.samestat(os.fstat(descriptor), os.stat(tmp_path / "file"))
            os.close(descriptor)
        fails(errno.ENOENT, kernel.open_path_of, program.pid, "none")
        program.kill()


def test_sockets_take_and_tell_addresses_in_the_kernels_own_form():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as line:
        kernel.connect(line.fileno(), kernel.socket_name(server.fileno()))
        assert line.getpeername() == server.getsockname()
        fails(errno.EISCONN, kernel.connect, line.fileno(), kernel.socket_name(server.fileno()))
    with socket.socket(socket.AF_UNIX) as unix:
        assert kernel.socket_name(unix.fileno()) == b"\1\0"
    fails(errno.EBADF, kernel.socket_name, 999)
