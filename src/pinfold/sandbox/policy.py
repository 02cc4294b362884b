"""Which system calls are allowed, brokered or denied at each level.

Everything not named here is allowed: files and programs are Landlock's to judge, and a connected socket is as fast as
ever. What is denied is notified as well, so that every denial becomes an event; when nobody listens any more, the
kernel itself fails all of these calls (ENOSYS).
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable, Mapping

from pinfold.model import Level
from pinfold.sandbox.bpf import ALLOW, NOTIFY, Case, Check, Rule
from pinfold.sandbox.bpf import errno as fails_with
from pinfold.sandbox.calls import NUMBERS
from pinfold.sandbox.kernel import (
    CLONE_NEWCGROUP,
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUSER,
    CLONE_NEWUTS,
    PR_SET_DUMPABLE,
)

CLONE_THREAD = 0x10000
_CLONE_NEWTIME = 0x80
NAMESPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET

ARCH_SET_FS = 0x1002
MSG_FASTOPEN = 0x20000000
MFD_NOEXEC_SEAL = 0x8
SOCKET_TYPE = 0xF
_PR_SET_MM = 35
_TCP_FASTOPEN_CONNECT = 30
_IP_RECVERR = 11
_IPV6_RECVERR = 25
_PLAIN_PERSONALITIES = (0, 0x0040000, 0xFFFFFFFF)  # Linux, Linux with fixed addresses (debuggers), the question

O_ACCMODE = 0o3
O_CREAT = 0o100
O_PATH = 0o10000000
S_ISUID = 0o4000

TIOCSTI = 0x5412
TIOCLINUX = 0x541C
FS_IOC_SETFLAGS = 0x40086602
FS_IOC_FSSETXATTR = 0x401C5820

WATCHED = ("execve", "execveat", "fork", "vfork", "exit_group")
"""Calls that are only looked at."""

BROKERED = ("connect", "bind", "listen")
"""Calls that the supervisor makes on the program's behalf."""

SIGNALS = ("kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal")
"""Where there is no Landlock, the supervisor keeps signals inside the run."""

STANDING = ("setpriority", "sched_setscheduler", "sched_setparam", "sched_setattr", "sched_setaffinity", "ioprio_set")
"""Calls that change how a process is treated, which one of the same user may do to another."""

CREATORS = (
    "mkdir", "mkdirat", "mknod", "mknodat", "rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat",
    "creat",
)  # fmt: skip
"""Calls that give something a name."""

_REMOVERS = ("truncate", "unlink", "unlinkat", "rmdir")

ATTRIBUTES = (
    "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "utime", "utimes", "futimesat",
    "utimensat", "setxattr", "lsetxattr", "fsetxattr", "setxattrat", "removexattr", "lremovexattr", "fremovexattr",
    "removexattrat", "file_setattr",
)  # fmt: skip
"""Calls that change what is known of a file, which Landlock does not judge."""

WHOSE = {"prlimit64": 0, "setpriority": 1, "ioprio_set": 1} | dict.fromkeys(STANDING[1:5], 0)
"""Which argument of a call says whom it is about; 0 there means the caller."""

LOOKS = (
    "getxattr", "lgetxattr", "listxattr", "llistxattr", "getxattrat", "listxattrat", "file_getattr",
    "inotify_add_watch",
)  # fmt: skip
"""Calls that tell something of a file without opening it."""

_SHARED_MEMORY = (
    "shmget", "shmat", "shmctl", "semget", "semop", "semctl", "semtimedop", "msgget", "msgsnd", "msgrcv", "msgctl",
    "mq_open", "mq_unlink",
)  # fmt: skip
"""System V and POSIX queues, which everybody on the machine shares where there are no namespaces."""

_NEVER = (
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "process_madvise", "kcmp", "move_pages",
    "migrate_pages", "bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "mount", "umount2",
    "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree", "open_tree_attr",
    "mount_setattr", "setns", "name_to_handle_at", "open_by_handle_at", "kexec_load", "kexec_file_load", "init_module",
    "finit_module", "delete_module", "swapon", "swapoff", "reboot", "acct", "quotactl", "quotactl_fd", "settimeofday",
    "clock_settime", "sethostname", "setdomainname", "iopl", "ioperm", "vhangup", "syslog", "lookup_dcookie",
    "fanotify_init", "nfsservctl", "modify_ldt", "uselib",
)  # fmt: skip

_MISSING = ("io_uring_setup", "io_uring_enter", "io_uring_register", "memfd_secret")
"""Calls for which programs have another way when the kernel lacks them; operations of a ring never meet a filter."""

DENIED: Mapping[int, int] = {
    **{NUMBERS[name]: errno.EPERM for name in _NEVER},
    **{NUMBERS[name]: errno.EPERM for name in _SHARED_MEMORY},
    **{NUMBERS[name]: errno.ENOSYS for name in _MISSING},
    NUMBERS["unshare"]: errno.EPERM,
    NUMBERS["memfd_create"]: errno.ENOSYS,
    NUMBERS["personality"]: errno.EPERM,
    NUMBERS["prctl"]: errno.EPERM,
    NUMBERS["ioctl"]: errno.EPERM,
    NUMBERS["setsockopt"]: errno.ENOPROTOOPT,
    NUMBERS["socketpair"]: errno.EPROTONOSUPPORT,
    NUMBERS["sendto"]: errno.EOPNOTSUPP,
    NUMBERS["sendmsg"]: errno.EOPNOTSUPP,
    NUMBERS["sendmmsg"]: errno.EOPNOTSUPP,
    NUMBERS["prlimit64"]: errno.EPERM,
}
"""The error with which a denied call fails. A call that is denied in some cases only is notified in those alone."""


def rules(
    level: Level, *, names: bool = False, changes: bool = False, opens: bool = False, trace_files: bool = False
) -> Iterable[Rule]:
    """Return the rules of a level.

    ``names`` has the supervisor asked about names that are given to files, ``changes`` about every file that is opened
    to be changed and every name that goes, ``opens`` about every file that is opened; ``trace_files`` about the same,
    to tell of it. At L0 nothing is denied, and all that is notified goes on as it was.
    """
    if trace_files or opens:
        yield from _every_opening(names=names)
    else:
        yield from _making(level, names=names, changes=changes)
    yield from (Rule(NUMBERS[name], NOTIFY) for name in (*WATCHED, *BROKERED))
    yield Rule(NUMBERS["arch_prctl"], ALLOW, (Case(NOTIFY, (Check(0, (ARCH_SET_FS,)),)),))
    threads = Check(0, (CLONE_THREAD,), CLONE_THREAD | NAMESPACES | _CLONE_NEWTIME)
    yield Rule(NUMBERS["clone"], NOTIFY, (Case(ALLOW, (threads,)),))  # of new processes the supervisor keeps count
    if level is Level.L0:
        return
    yield from _sockets()
    yield from _denials()
    yield Rule(NUMBERS["clone3"], fails_with(errno.ENOSYS))  # its flags lie in memory; C libraries fall back to clone
    if level.rank < Level.L3.rank:
        yield from (Rule(NUMBERS[name], NOTIFY) for name in _SHARED_MEMORY)
        yield from (Rule(NUMBERS[name], NOTIFY) for name in (*ATTRIBUTES, *LOOKS, "umask"))
        for name in STANDING:
            yield Rule(NUMBERS[name], NOTIFY, (Case(ALLOW, (Check(WHOSE[name], (0,)),)),))
    else:
        for name, mode in (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2)):
            yield Rule(NUMBERS[name], ALLOW, (Case(NOTIFY, (Check(mode, (S_ISUID,), S_ISUID),)),))
    if level is Level.L1:
        yield from (Rule(NUMBERS[name], NOTIFY) for name in SIGNALS)


def _every_opening(*, names: bool) -> Iterable[Rule]:
    for name, argument in (("openat", 2), ("open", 1)):  # a handle gives no access, whatever it is of
        yield Rule(NUMBERS[name], NOTIFY, (Case(ALLOW, (Check(argument, (O_PATH,), O_PATH),)),))
    yield Rule(NUMBERS["openat2"], fails_with(errno.ENOSYS) if names else NOTIFY)  # its flags lie in memory
    yield from (Rule(NUMBERS[name], NOTIFY) for name in (*CREATORS, *_REMOVERS))


def _making(level: Level, *, names: bool, changes: bool) -> Iterable[Rule]:
    """Yield the rules about files that are made; even where any name will do, none with its owner's rights."""
    if level is Level.L0:
        return
    for name, flags, mode in (("openat", 2, 3), ("open", 1, 2)):
        making = Check(flags, (O_CREAT,), O_CREAT)
        lending = () if names else (Check(mode, (S_ISUID,), S_ISUID),)
        handle = Case(ALLOW, (Check(flags, (O_PATH,), O_PATH),))
        if changes:
            looking = Case(ALLOW, (Check(flags, (os.O_RDONLY,), os.O_ACCMODE | O_CREAT | os.O_TRUNC),))
            yield Rule(NUMBERS[name], NOTIFY, (handle, looking))
        else:
            yield Rule(NUMBERS[name], ALLOW, (handle, Case(NOTIFY, (making, *lending))))
    if changes:
        yield from (Rule(NUMBERS[name], NOTIFY) for name in _REMOVERS)
    if names:
        yield Rule(NUMBERS["openat2"], fails_with(errno.ENOSYS))  # its flags lie in memory
        yield from (Rule(NUMBERS[name], NOTIFY) for name in CREATORS)


def _sockets() -> Iterable[Rule]:
    inet = (socket.AF_INET, socket.AF_INET6)
    stream = (socket.SOCK_STREAM,)
    yield Rule(
        NUMBERS["socket"],
        NOTIFY,
        (
            Case(ALLOW, (Check(0, inet), Check(1, stream, SOCKET_TYPE), Check(2, (0, socket.IPPROTO_TCP)))),
            Case(ALLOW, (Check(0, (socket.AF_UNIX,)), Check(1, (*stream, socket.SOCK_SEQPACKET), SOCKET_TYPE))),
            Case(ALLOW, (Check(0, (16,)), Check(2, (0,)))),  # AF_NETLINK, NETLINK_ROUTE: how interfaces are listed
        ),
    )
    # A pair is joined to itself, but a datagram socket may still send to any address.
    pair = Case(ALLOW, (Check(0, (socket.AF_UNIX,)), Check(1, (*stream, socket.SOCK_SEQPACKET), SOCKET_TYPE)))
    yield Rule(NUMBERS["socketpair"], NOTIFY, (pair,))
    # Sending may connect, which would pass by the broker.
    for name, argument in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)):
        yield Rule(NUMBERS[name], ALLOW, (Case(NOTIFY, (Check(argument, (MSG_FASTOPEN,), MSG_FASTOPEN),)),))
    # The resolver of the GNU C library insists on these two; what stands for a datagram socket here does not know them.
    errors = (
        Case(fails_with(0), (Check(1, (0,)), Check(2, (_IP_RECVERR,)))),
        Case(fails_with(0), (Check(1, (41,)), Check(2, (_IPV6_RECVERR,)))),
        Case(NOTIFY, (Check(1, (socket.IPPROTO_TCP,)), Check(2, (_TCP_FASTOPEN_CONNECT,)))),
    )
    yield Rule(NUMBERS["setsockopt"], ALLOW, errors)


def _denials() -> Iterable[Rule]:
    yield from (Rule(NUMBERS[name], NOTIFY) for name in (*_NEVER, *_MISSING))
    yield Rule(NUMBERS["unshare"], NOTIFY, (Case(ALLOW, (Check(0, (0,), NAMESPACES | _CLONE_NEWTIME),)),))
    # What lies in memory alone could be executed without any file system to forbid it.
    yield Rule(NUMBERS["memfd_create"], NOTIFY, (Case(ALLOW, (Check(1, (MFD_NOEXEC_SEAL,), MFD_NOEXEC_SEAL),)),))
    yield Rule(NUMBERS["personality"], NOTIFY, (Case(ALLOW, (Check(0, _PLAIN_PERSONALITIES),)),))
    hiding = Case(NOTIFY, (Check(0, (PR_SET_DUMPABLE,)), Check(1, (0,))))  # from the supervisor, who has to read it
    yield Rule(NUMBERS["prctl"], ALLOW, (hiding, Case(NOTIFY, (Check(0, (_PR_SET_MM,)),))))
    yield Rule(NUMBERS["prlimit64"], NOTIFY, (Case(ALLOW, (Check(WHOSE["prlimit64"], (0,)),)),))
    typing = Check(1, (TIOCSTI, TIOCLINUX, FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR))
    yield Rule(NUMBERS["ioctl"], ALLOW, (Case(NOTIFY, (typing,)),))
