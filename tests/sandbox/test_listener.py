"""Calls that wait for an answer: forked processes under a filter, and every answer there is."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import select
import signal
import socket

import pytest

from pinfold.sandbox import bpf, kernel
from pinfold.sandbox.calls import NUMBERS
from pinfold.sandbox.listener import Listener

MKDIR, UMASK, FCHDIR = NUMBERS["mkdir"], NUMBERS["umask"], NUMBERS["fchdir"]
RULES = [bpf.Rule(number, bpf.NOTIFY) for number in (MKDIR, UMASK, FCHDIR)]


class Caller:
    """A process under a filter that makes one call after another, and tells what each came to."""

    def __init__(self, body, numbers=RULES):
        self.line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.line.settimeout(20)
        self.number = os.fork()
        if self.number == 0:
            try:
                kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
                listener = kernel.install_filter(bpf.assemble(numbers))
                socket.send_fds(theirs, [b"x"], [listener])
                os.close(listener)
                body(theirs)
            finally:
                os._exit(0)
        theirs.close()
        (descriptor,) = socket.recv_fds(self.line, 1, 1)[1]
        self.listener = Listener(descriptor)

    def call(self):
        """The next call that waits."""
        assert select.select([self.listener], [], [], 20)[0], "no call came"
        call = self.listener.receive()
        assert call is not None
        return call

    def told(self):
        return self.line.recv(1_000)

    def end(self):
        os.kill(self.number, signal.SIGKILL)
        os.waitpid(self.number, 0)
        self.listener.close()
        self.line.close()


@pytest.fixture
def caller():
    """A function that forks a process which makes calls, each told as its result or ``-errno``."""
    made = []

    def start(*calls):
        def body(line):
            for number, *arguments in calls:
                try:
                    result = kernel.call(number, *arguments)
                except OSError as error:
                    result = -error.errno
                line.send(b"%d" % result)
            line.recv(1)

        made.append(Caller(body))
        return made[-1]

    yield start
    for one in made:
        one.end()


def test_a_call_arrives_with_its_number_its_arguments_and_its_thread(caller):
    one = caller((UMASK, 0o123, 7, 2**63 - 1, 0, -1, 5))
    call = one.call()
    assert (call.number, call.thread) == (UMASK, one.number)
    assert call.arguments == (0o123, 7, 2**63 - 1, 0, 2**64 - 1, 5)
    assert one.listener.valid(call)
    one.listener.succeed(call)


def test_each_call_has_a_ticket_of_its_own(caller):
    one = caller((UMASK, 1), (UMASK, 2))
    first = one.call()
    one.listener.succeed(first)
    second = one.call()
    assert first.ticket != second.ticket
    assert not one.listener.valid(first)
    one.listener.succeed(second)


@pytest.mark.parametrize("value", [0, 1, 4711, 2**40])
def test_a_call_can_seem_to_succeed(caller, value):
    one = caller((MKDIR, 0, 0))
    one.listener.succeed(one.call(), value)
    assert int(one.told()) == value


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOENT, errno.ENOSYS, 4_000])
def test_a_call_can_fail(caller, number):
    one = caller((UMASK, 0))
    one.listener.fail(one.call(), number)
    assert int(one.told()) == -number


def test_a_call_can_go_on_as_if_nobody_had_looked(caller):
    one = caller((UMASK, 0o123), (UMASK, 0))
    one.listener.go_on(one.call())
    one.told()
    one.listener.go_on(one.call())
    assert int(one.told()) == 0o123


def _same_file(number, descriptor, ours):
    theirs = os.stat(f"/proc/{number}/fd/{descriptor}")
    return (theirs.st_dev, theirs.st_ino) == (os.fstat(ours).st_dev, os.fstat(ours).st_ino)


def _closes_on_exec(number, descriptor):
    with open(f"/proc/{number}/fdinfo/{descriptor}") as info:
        return bool(int(info.read().split("flags:")[1].split()[0], 8) & os.O_CLOEXEC)


@pytest.mark.parametrize("close_on_exec", [True, False])
def test_a_call_can_return_a_descriptor_of_ours(caller, close_on_exec):
    one = caller((UMASK, 0))
    with open(os.devnull) as ours:
        assert one.listener.inject(one.call(), ours.fileno(), close_on_exec=close_on_exec)
        theirs = int(one.told())
        assert theirs > 2
        assert _same_file(one.number, theirs, ours.fileno())
        assert _closes_on_exec(one.number, theirs) is close_on_exec


@pytest.mark.parametrize("close_on_exec", [True, False])
def test_a_descriptor_can_be_put_in_place_of_the_callers_own(caller, close_on_exec):
    one = caller((FCHDIR, 0))
    with open(os.devnull) as ours:
        call = one.call()
        assert one.listener.replace(call, ours.fileno(), 77, close_on_exec=close_on_exec)
        assert one.listener.valid(call)  # it still waits
        assert _same_file(one.number, 77, ours.fileno())
        assert _closes_on_exec(one.number, 77) is close_on_exec
        one.listener.succeed(call, 5)
    assert int(one.told()) == 5


def test_a_caller_without_room_for_a_descriptor_is_told_so():
    def body(line):
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        with contextlib.suppress(OSError):
            try:
                kernel.call(UMASK, 0)
            except OSError as error:
                line.send(b"%d" % error.errno)
        line.recv(1)

    one = Caller(body)
    try:
        assert not one.listener.inject(one.call(), 0, close_on_exec=True)
        assert int(one.told()) == errno.EMFILE
    finally:
        one.end()


def test_answers_to_a_caller_that_was_killed_are_dropped(caller):
    one = caller((UMASK, 0))
    call = one.call()
    os.kill(one.number, signal.SIGKILL)
    pidfd = os.pidfd_open(one.number)
    assert select.select([pidfd], [], [], 20)[0]
    os.close(pidfd)
    assert not one.listener.valid(call)
    one.listener.go_on(call)
    one.listener.fail(call, errno.EPERM)
    one.listener.succeed(call, 1)
    assert not one.listener.inject(call, 0, close_on_exec=True)
    assert not one.listener.replace(call, 0, 5, close_on_exec=True)


def test_a_call_that_was_answered_cannot_be_answered_again(caller):
    one = caller((UMASK, 0), (UMASK, 1))
    call = one.call()
    one.listener.fail(call, errno.EPERM)
    one.listener.succeed(call, 9)
    one.listener.fail(call, errno.ENOENT)
    assert int(one.told()) == -errno.EPERM
    one.listener.fail(one.call(), errno.ENOENT)
    assert int(one.told()) == -errno.ENOENT


def test_a_signal_that_does_not_kill_does_not_interrupt_a_call_that_was_taken():
    def body(line):
        signal.signal(signal.SIGUSR1, lambda *_: None)
        line.send(b"ready")
        result = kernel.call(UMASK, 0)
        line.send(b"%d" % result)
        line.recv(1)

    one = Caller(body)
    try:
        assert one.told() == b"ready"
        call = one.call()
        os.kill(one.number, signal.SIGUSR1)
        assert one.listener.valid(call)
        one.listener.succeed(call, 3)
        assert int(one.told()) == 3
    finally:
        one.end()


def test_calls_of_processes_that_were_forked_come_to_the_same_listener():
    def body(line):
        if os.fork() == 0:
            line.send(b"%d" % os.getpid())
        else:
            line.recv(1)
            os._exit(0)
        kernel.call(UMASK, 4)
        line.recv(1)

    one = Caller(body)
    try:
        inner = int(one.told())
        call = one.call()
        assert call.thread == inner
        one.listener.succeed(call)
        os.kill(inner, signal.SIGKILL)
    finally:
        one.end()


def test_when_nobody_listens_any_more_what_waits_and_what_follows_fails(caller):
    one = caller((UMASK, 0), (MKDIR, 0, 0))
    call = one.call()
    assert call.number == UMASK
    one.listener.close()
    one.listener.close()  # twice does no harm
    assert [int(one.told()), int(one.told())] == [-errno.ENOSYS] * 2
