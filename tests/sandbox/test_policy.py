"""The rules of each level: every call, every condition, with the program that the kernel would run."""

from __future__ import annotations

import ctypes
import errno
import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import Level
from pinfold.sandbox import bpf, kernel, policy
from pinfold.sandbox.bpf import ALLOW, NOTIFY, assemble
from pinfold.sandbox.calls import NUMBERS

CONFINED = (Level.L1, Level.L2, Level.L3)
ENOSYS = bpf.errno(errno.ENOSYS)

OUTRIGHT = (
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "process_madvise", "kcmp", "move_pages",
    "migrate_pages", "bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "mount", "umount2",
    "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree", "open_tree_attr",
    "mount_setattr", "setns", "name_to_handle_at", "open_by_handle_at", "kexec_load", "kexec_file_load", "init_module",
    "finit_module", "delete_module", "swapon", "swapoff", "reboot", "acct", "quotactl", "quotactl_fd", "settimeofday",
    "clock_settime", "sethostname", "setdomainname", "iopl", "ioperm", "vhangup", "syslog", "lookup_dcookie",
    "fanotify_init", "nfsservctl", "modify_ldt", "uselib", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "memfd_secret",
)  # fmt: skip
"""What no run may do at any level that confines, whatever the arguments."""

SHARED = (
    "shmget", "shmat", "shmctl", "semget", "semop", "semctl", "semtimedop", "msgget", "msgsnd", "msgrcv", "msgctl",
    "mq_open", "mq_unlink",
)  # fmt: skip
WATCHED = ("execve", "execveat", "fork", "vfork", "exit_group", "connect", "bind", "listen")
CONDITIONAL = {
    "arch_prctl", "clone", "socket", "socketpair", "sendto", "sendmsg", "sendmmsg", "setsockopt", "unshare",
    "memfd_create", "personality", "prctl", "prlimit64", "ioctl",
}  # fmt: skip

INET, INET6, UNIX, NETLINK = socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, 16
STREAM, DATAGRAM, RAW, SEQPACKET = 1, 2, 3, 5
FLAGS = socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
THREAD = 0x3D0F00  # as the C library makes one
NEW_USER = 0x10000000

CONDITIONS = [
    ("arch_prctl", (0x1002, 0x7F0000000000), NOTIFY),
    ("arch_prctl", (0x1001, 1), ALLOW),
    ("arch_prctl", (0x1003, 1), ALLOW),
    ("clone", (THREAD,), ALLOW),
    ("clone", (17,), NOTIFY),
    ("clone", (0x4111,), NOTIFY),  # vfork
    ("clone", (THREAD | NEW_USER,), NOTIFY),
    ("clone", (THREAD | 0x80,), NOTIFY),
    ("clone", (0x20000 | 17,), NOTIFY),
    ("clone3", (0, 88), ENOSYS),
    ("socket", (INET, STREAM, 0), ALLOW),
    ("socket", (INET6, STREAM | FLAGS, 6), ALLOW),
    ("socket", (INET, STREAM, 262), NOTIFY),  # multipath
    ("socket", (INET, STREAM, 132), NOTIFY),
    ("socket", (INET, DATAGRAM, 0), NOTIFY),
    ("socket", (INET6, DATAGRAM | FLAGS, 17), NOTIFY),
    ("socket", (INET, DATAGRAM, 1), NOTIFY),  # ping
    ("socket", (INET, RAW, 1), NOTIFY),
    ("socket", (INET, SEQPACKET, 0), NOTIFY),
    ("socket", (UNIX, STREAM, 0), ALLOW),
    ("socket", (UNIX, SEQPACKET | FLAGS, 0), ALLOW),
    ("socket", (UNIX, DATAGRAM, 0), NOTIFY),
    ("socket", (UNIX, RAW, 0), NOTIFY),
    ("socket", (NETLINK, RAW | FLAGS, 0), ALLOW),
    ("socket", (NETLINK, DATAGRAM, 0), ALLOW),
    ("socket", (NETLINK, RAW, 4), NOTIFY),  # sock_diag
    ("socket", (NETLINK, RAW, 9), NOTIFY),  # audit
    *(("socket", (family, kind, 0), NOTIFY) for family in (0, 17, 38, 40, 44) for kind in (STREAM, DATAGRAM, RAW)),
    ("socketpair", (UNIX, STREAM | FLAGS, 0), ALLOW),
    ("socketpair", (UNIX, SEQPACKET, 0), ALLOW),
    ("socketpair", (UNIX, DATAGRAM, 0), NOTIFY),
    ("socketpair", (INET, STREAM, 0), NOTIFY),
    ("sendto", (3, 1, 1, 0, 1, 16), ALLOW),
    ("sendto", (3, 1, 1, 0x4000, 0, 0), ALLOW),
    ("sendto", (3, 1, 1, 0x20000000, 1, 16), NOTIFY),
    ("sendmsg", (3, 1, 0x4000), ALLOW),
    ("sendmsg", (3, 1, 0x20004000), NOTIFY),
    ("sendmmsg", (3, 1, 2, 0), ALLOW),
    ("sendmmsg", (3, 1, 2, 0x20000000), NOTIFY),
    ("setsockopt", (3, 0, 11), bpf.errno(0)),  # IP_RECVERR
    ("setsockopt", (3, 41, 25), bpf.errno(0)),  # IPV6_RECVERR
    ("setsockopt", (3, 41, 11), ALLOW),
    ("setsockopt", (3, 0, 25), ALLOW),
    ("setsockopt", (3, 6, 30), NOTIFY),  # TCP_FASTOPEN_CONNECT
    ("setsockopt", (3, 6, 1), ALLOW),
    ("setsockopt", (3, 1, 30), ALLOW),
    ("unshare", (0,), ALLOW),
    ("unshare", (0x400,), ALLOW),  # a table of descriptors of its own
    *(("unshare", (1 << bit,), NOTIFY) for bit in (7, 17, 25, 26, 27, 28, 29, 30)),
    ("memfd_create", (1, 8), ALLOW),
    ("memfd_create", (1, 8 | 1), ALLOW),
    ("memfd_create", (1, 0), NOTIFY),
    ("memfd_create", (1, 3), NOTIFY),
    ("memfd_create", (1, 0x10), NOTIFY),  # MFD_EXEC
    ("personality", (0,), ALLOW),
    ("personality", (0xFFFFFFFF,), ALLOW),
    ("personality", (0xFFFFFFFF_FFFFFFFF,), ALLOW),
    ("personality", (0x0040000,), ALLOW),
    ("personality", (0x0400000,), NOTIFY),  # what can be read can be executed
    ("personality", (8,), NOTIFY),
    ("prctl", (4, 0), NOTIFY),  # PR_SET_DUMPABLE
    ("prctl", (4, 1), ALLOW),
    ("prctl", (35, 8), NOTIFY),  # PR_SET_MM
    ("prctl", (15, 0), ALLOW),  # PR_SET_NAME
    ("prctl", (38, 1), ALLOW),  # PR_SET_NO_NEW_PRIVS
    ("prlimit64", (0, 7, 1), ALLOW),
    ("prlimit64", (4711, 7, 1), NOTIFY),
    ("ioctl", (0, 0x5412), NOTIFY),  # TIOCSTI
    ("ioctl", (0, 0xFFFFFFFF_00005412), NOTIFY),  # the kernel looks at the lower half only
    ("ioctl", (0, 0x541C), NOTIFY),  # TIOCLINUX
    ("ioctl", (0, 0x40086602), NOTIFY),  # FS_IOC_SETFLAGS
    ("ioctl", (0, 0x401C5820), NOTIFY),  # FS_IOC_FSSETXATTR
    ("ioctl", (0, 0x5401), ALLOW),
    ("ioctl", (0x5412, 0x5413), ALLOW),
]


BY_BEHALF = (*policy.ATTRIBUTES, *policy.LOOKS, *policy.STANDING, "umask")
"""What is notified where the machine's files and processes are shared."""


@pytest.fixture(scope="module")
def at():
    """A function from a level, and what is asked beside it, to the assembled program."""
    made = {}

    def program(level, **asked):
        key = (level, *sorted(asked.items()))
        if key not in made:
            made[key] = assemble(policy.rules(level, **asked))
        return made[key]

    return program


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("asked", [{}, {"names": True}, {"trace_files": True}, {"names": True, "trace_files": True}])
def test_no_call_has_two_rules_and_the_kernel_takes_the_program(level, asked, forked):
    numbers = [rule.number for rule in policy.rules(level, **asked)]
    assert len(numbers) == len(set(numbers))
    program = assemble(policy.rules(level, **asked))
    assert len(program) % 8 == 0

    def body():
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        os.close(kernel.install_filter(program))

    forked(body)


@pytest.mark.parametrize("level", CONFINED)
@pytest.mark.parametrize("name", OUTRIGHT)
def test_what_leads_out_is_denied_and_told(bpf_decides, at, level, name):
    for arguments in ((), (1, 1, 1, 1, 1, 1), (0xFFFFFFFF_FFFFFFFF,) * 6):
        assert bpf_decides(at(level), NUMBERS[name], arguments) == NOTIFY
    assert policy.DENIED[NUMBERS[name]] in (errno.EPERM, errno.ENOSYS)


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("name", WATCHED)
def test_programs_processes_and_connections_are_always_seen(bpf_decides, at, level, name):
    assert bpf_decides(at(level), NUMBERS[name], (3, 1, 16)) == NOTIFY


@pytest.mark.parametrize("level", CONFINED)
@pytest.mark.parametrize(("name", "arguments", "action"), CONDITIONS)
def test_a_condition_holds_at_every_level_that_confines(bpf_decides, at, level, name, arguments, action):
    assert bpf_decides(at(level), NUMBERS[name], arguments) == action


@pytest.mark.parametrize("name", SHARED)
def test_what_everybody_on_the_machine_shares_is_denied_where_there_are_no_namespaces(bpf_decides, at, name):
    seen = [bpf_decides(at(level), NUMBERS[name], (1,)) for level in Level]
    assert seen == [ALLOW, NOTIFY, NOTIFY, ALLOW]
    assert policy.DENIED[NUMBERS[name]] == errno.EPERM


@pytest.mark.parametrize("name", ["umask"])
def test_who_a_process_becomes_is_seen_where_things_are_done_on_its_behalf(bpf_decides, at, name):
    assert [bpf_decides(at(level), NUMBERS[name]) for level in Level] == [ALLOW, NOTIFY, NOTIFY, ALLOW]


@pytest.mark.parametrize(("name", "argument"), [(name, policy.WHOSE[name]) for name in policy.STANDING])
def test_only_the_callers_own_standing_is_its_business(bpf_decides, at, name, argument):
    own, others = [5] * 6, [0] * 6
    own[argument], others[argument] = 0, 4711
    assert [bpf_decides(at(level), NUMBERS[name], own) for level in Level] == [ALLOW] * 4
    assert [bpf_decides(at(level), NUMBERS[name], others) for level in Level] == [ALLOW, NOTIFY, NOTIFY, ALLOW]


@pytest.mark.parametrize(("name", "mode"), [("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2)])
def test_no_file_is_lent_its_owners_rights_even_in_a_tree_of_its_own(bpf_decides, at, name, mode):
    arguments = [0] * 6
    arguments[mode] = 0o4755
    assert bpf_decides(at(Level.L3), NUMBERS[name], arguments) == NOTIFY
    arguments[mode] = 0o755
    assert bpf_decides(at(Level.L3), NUMBERS[name], arguments) == ALLOW


@pytest.mark.parametrize("name", policy.ATTRIBUTES)
def test_attributes_are_asked_about_where_no_mount_keeps_them(bpf_decides, at, name):
    assert [bpf_decides(at(level), NUMBERS[name]) for level in Level] == [ALLOW, NOTIFY, NOTIFY, ALLOW]


@pytest.mark.parametrize(
    "name", ["kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"]
)
def test_signals_are_asked_about_where_landlock_does_not_scope_them(bpf_decides, at, name):
    assert [bpf_decides(at(level), NUMBERS[name]) for level in Level] == [ALLOW, NOTIFY, ALLOW, ALLOW]


@pytest.mark.parametrize("name", policy.STANDING)
def test_how_others_are_treated_is_asked_about_where_they_are_seen(bpf_decides, at, name):
    own, other = ([0 if at == policy.WHOSE[name] else 9 for at in range(6)], [9] * 6)
    for level, wanted in zip(CONFINED, (NOTIFY, NOTIFY, ALLOW), strict=True):
        assert bpf_decides(at(level), NUMBERS[name], own) == ALLOW
        assert bpf_decides(at(level), NUMBERS[name], other) == wanted


@pytest.mark.parametrize("name", (*policy.LOOKS, "umask"))
def test_what_is_done_on_behalf_is_asked_about_where_the_tree_is_shared(bpf_decides, at, name):
    assert [bpf_decides(at(level), NUMBERS[name]) for level in Level] == [ALLOW, NOTIFY, NOTIFY, ALLOW]


def test_at_the_highest_level_only_lending_ones_rights_is_asked_about(bpf_decides, at):
    for name, mode in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2)):
        arguments = [0] * 6
        assert bpf_decides(at(Level.L3), NUMBERS[name], arguments) == ALLOW
        arguments[mode] = 0o4755
        assert bpf_decides(at(Level.L3), NUMBERS[name], arguments) == NOTIFY


def test_observing_alone_denies_nothing(bpf_decides, at):
    watched = {NUMBERS[name] for name in WATCHED}
    for number in range(600):
        wanted = NOTIFY if number in watched else ALLOW
        if number == NUMBERS["clone"]:
            wanted = NOTIFY
        assert bpf_decides(at(Level.L0), number, (1, 1, 1)) == wanted, number


@pytest.mark.parametrize("level", CONFINED)
def test_nothing_else_is_touched(bpf_decides, at, level):
    named = {*OUTRIGHT, *WATCHED, *CONDITIONAL, "clone3"}
    if level is not Level.L3:
        named |= {*SHARED, *BY_BEHALF}
    else:
        named |= {"chmod", "fchmod", "fchmodat", "fchmodat2"}  # in one case, which has a test of its own
    if level is Level.L1:
        named |= set(policy.SIGNALS)
    numbers = {NUMBERS[name] for name in named}
    others = [number for number in range(600) if number not in numbers]
    assert {bpf_decides(at(level), number, (1, 2, 3, 4, 5, 6)) for number in others} == {ALLOW}


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("name", ["execve", "connect", "socket", "read", "mount", "exit_group"])
def test_other_architectures_pass_no_level(bpf_decides, at, level, name):
    number = NUMBERS.get(name, 0)
    assert bpf_decides(at(level), number | 0x40000000) == ENOSYS
    assert bpf_decides(at(level), number, architecture=0x40000003) == ENOSYS


@pytest.mark.parametrize("level", CONFINED)
def test_names_that_are_given_are_asked_about_on_request(bpf_decides, at, level):
    creating = os.O_CREAT | os.O_WRONLY
    plain, named = at(level), at(level, names=True)
    for program, making in ((plain, ALLOW), (named, NOTIFY)):
        assert bpf_decides(program, NUMBERS["openat"], (3, 1, creating)) == making
        assert bpf_decides(program, NUMBERS["open"], (1, creating)) == making
        for name in policy.CREATORS:
            assert bpf_decides(program, NUMBERS[name], (1, 1)) == making
        assert bpf_decides(program, NUMBERS["openat"], (os.O_CREAT, 1, os.O_WRONLY, os.O_CREAT)) == ALLOW
        assert bpf_decides(program, NUMBERS["open"], (1, os.O_RDWR, os.O_CREAT)) == ALLOW
    assert bpf_decides(named, NUMBERS["openat2"]) == ENOSYS
    assert bpf_decides(plain, NUMBERS["openat2"]) == ALLOW


@pytest.mark.parametrize("level", CONFINED)
def test_changes_are_asked_about_on_request_and_reading_is_not(bpf_decides, at, level):
    program = at(level, names=True, changes=True)
    for flags, wanted in (
        (os.O_RDONLY, ALLOW),
        (os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY, ALLOW),
        (os.O_WRONLY, NOTIFY),
        (os.O_RDWR, NOTIFY),
        (os.O_RDONLY | os.O_TRUNC, NOTIFY),
        (os.O_RDONLY | os.O_CREAT, NOTIFY),
        (os.O_PATH | os.O_WRONLY, ALLOW),
    ):
        assert bpf_decides(program, NUMBERS["openat"], (3, 1, flags)) == wanted
        assert bpf_decides(program, NUMBERS["open"], (1, flags)) == wanted
    for name in ("truncate", "unlink", "unlinkat", "rmdir", *policy.CREATORS):
        assert bpf_decides(program, NUMBERS[name], (1, 1)) == NOTIFY


@pytest.mark.parametrize("level", Level)
def test_every_file_that_is_opened_is_seen_on_request(bpf_decides, at, level):
    program = at(level, trace_files=True)
    for name in ("openat", "open", "openat2", "truncate", "unlink", "unlinkat", "rmdir", *policy.CREATORS):
        assert bpf_decides(program, NUMBERS[name], (0, 0, 0)) == NOTIFY


@given(st.integers(0, 4095), st.tuples(*[st.one_of(st.integers(0, 64), st.integers(0, 2**64 - 1))] * 6))
def test_what_a_lower_level_denies_outright_no_higher_one_allows(bpf_decides, at, number, arguments):
    """Apart from what a namespace of its own makes harmless: shared memory, attributes and signals."""
    kept = {NUMBERS[name] for name in (*SHARED, *BY_BEHALF, *policy.SIGNALS)}
    if number not in kept:
        assert len({bpf_decides(at(level), number, arguments) for level in CONFINED}) == 1


def test_the_flags_that_are_asked_for_are_those_of_the_c_library():
    assert (policy.O_CREAT, policy.O_PATH, policy.O_ACCMODE) == (os.O_CREAT, os.O_PATH, os.O_ACCMODE)
    assert policy.MSG_FASTOPEN == socket.MSG_FASTOPEN
    assert policy.NAMESPACES == 0x7E020000


def test_when_nobody_listens_any_more_the_kernel_denies(forked):
    """For real: a filter whose listener is gone fails closed, and leaves alone what has no rule."""
    library = ctypes.CDLL(None, use_errno=True)

    def body():
        kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
        os.close(kernel.install_filter(assemble(policy.rules(Level.L2))))
        line = socket.socket()
        for denied in (
            lambda: line.connect(("127.0.0.1", 9)),
            lambda: socket.socket(INET, DATAGRAM),
            lambda: socket.socket(INET, STREAM, 262),
            lambda: os.memfd_create("x", 0),
            lambda: kernel.call(NUMBERS["ptrace"], 0, 0, 0, 0),
            lambda: kernel.call(425, 1, 0),
            lambda: kernel.unshare(kernel.CLONE_NEWUSER),
            os.fork,
        ):
            with pytest.raises(OSError) as caught:
                denied()
            assert caught.value.errno == errno.ENOSYS
        os.close(os.memfd_create("x", 8))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        assert library.getpid() == os.getpid()
        library.syscall(60, 0)  # exit, because exit_group waits for an answer

    forked(body)
