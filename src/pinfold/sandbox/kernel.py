"""The calls of the Linux kernel that Python lacks, made through the C library; each raises ``OSError`` on failure.

Only what the sandbox needs, only x86-64. Constants are from the kernel's own headers (6.18, 2026-11-22), because those
of a distribution stop years earlier.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct
import sys

# System calls without a wrapper in the C library, or with one that needs more than the call.
_IOCTL = 16
_SOCKET = 41
_CAPSET = 126
_SECCOMP = 317
_PIDFD_SEND_SIGNAL = 424
_OPEN_TREE = 428
_MOVE_MOUNT = 429
_PIDFD_OPEN = 434
_CLOSE_RANGE = 436
_OPENAT2 = 437
_PIDFD_GETFD = 438
_MOUNT_SETATTR = 442
_LANDLOCK_CREATE_RULESET = 444
_LANDLOCK_ADD_RULE = 445
_LANDLOCK_RESTRICT_SELF = 446
_PIVOT_ROOT = 155

PR_SET_PDEATHSIG = 1
PR_GET_DUMPABLE = 3
PR_SET_DUMPABLE = 4
PR_SET_NAME = 15
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

if sys.platform == "linux":  # elsewhere no call is ever made: pinfold.sandbox.levels refuses first
    _libc = ctypes.CDLL(None, use_errno=True)
    _libc.syscall.restype = ctypes.c_long
    _libc.process_vm_readv.restype = ctypes.c_ssize_t
    _libc.process_vm_writev.restype = ctypes.c_ssize_t


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def call(number: int, *arguments: object) -> int:
    """Make a system call by number; integers go as 64-bit values, everything else as ctypes passes it."""
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return _checked(_libc.syscall(ctypes.c_long(number), *words))


def prctl(option: int, value: int = 0, third: int = 0, fourth: int = 0, fifth: int = 0) -> int:
    """Change something about this process or thread: one of the ``PR_`` constants."""
    words = map(ctypes.c_ulong, (value, third, fourth, fifth))
    return _checked(_libc.prctl(ctypes.c_int(option), *words))


def pidfd_open(pid: int) -> int:
    """Return a descriptor that stands for the process ``pid``, closed on exec."""
    return call(_PIDFD_OPEN, pid, 0)


def pidfd_getfd(pidfd: int, descriptor: int) -> int:
    """Return a copy of another process's descriptor, closed on exec."""
    return call(_PIDFD_GETFD, pidfd, descriptor, 0)


def pidfd_signal(pidfd: int, number: int) -> None:
    """Send a signal to the process that ``pidfd`` stands for."""
    call(_PIDFD_SEND_SIGNAL, pidfd, number, None, 0)


_PIDFD_GET_INFO = 0xC048FF0B  # 72 bytes, the second size of struct pidfd_info (Linux 6.15)
_PIDFD_INFO_EXIT = 1 << 3


def ending_signal(pidfd: int) -> int | None:
    """Return the signal that ended the process that ``pidfd`` stands for; ``None`` where the kernel does not say."""
    info = bytearray(struct.pack("=Q", _PIDFD_INFO_EXIT) + bytes(64))
    try:
        fcntl.ioctl(pidfd, _PIDFD_GET_INFO, info, True)
    except OSError:
        return None
    (mask,) = struct.unpack_from("=Q", info)
    (status,) = struct.unpack_from("=i", info, 60)
    return status & 0x7F if mask & _PIDFD_INFO_EXIT and status & 0x7F else None


def close_from(first: int) -> None:
    """Close every descriptor from ``first`` on."""
    call(_CLOSE_RANGE, first, 0xFFFFFFFF, 0)


class _Span(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def read_memory(pid: int, address: int, length: int) -> bytes:
    """Return up to ``length`` bytes of another process's memory; fewer where the mapping ends.

    Raises ``OSError`` where nothing is mapped, or where the process does not let itself be read.
    """
    buffer = ctypes.create_string_buffer(length)
    here, there = _Span(ctypes.addressof(buffer), length), _Span(address, length)
    count = _checked(_libc.process_vm_readv(ctypes.c_int(pid), ctypes.byref(here), 1, ctypes.byref(there), 1, 0))
    return buffer.raw[:count]


def write_memory(pid: int, address: int, data: bytes) -> int:
    """Write into another process's memory; returns how many bytes there was room for. Raises ``OSError``."""
    buffer = ctypes.create_string_buffer(data, len(data))
    here, there = _Span(ctypes.addressof(buffer), len(data)), _Span(address, len(data))
    return _checked(_libc.process_vm_writev(ctypes.c_int(pid), ctypes.byref(here), 1, ctypes.byref(there), 1, 0))


# Mounts.

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 2

MOUNT_ATTR_RDONLY = 0x1
MOUNT_ATTR_NOSUID = 0x2
MOUNT_ATTR_NODEV = 0x4
MOUNT_ATTR_NOEXEC = 0x8
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000


def mount(source: str, target: str, kind: str = "", flags: int = 0, data: str = "") -> None:
    """Mount ``source`` at ``target``."""
    words = [text.encode("utf-8", "surrogateescape") if text else None for text in (source, target, kind)]
    _checked(_libc.mount(*words, ctypes.c_ulong(flags), data.encode() or None))


def unmount(target: str, flags: int = MNT_DETACH) -> None:
    """Take away what is mounted at ``target``."""
    _checked(_libc.umount2(target.encode("utf-8", "surrogateescape"), flags))


class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("user_namespace", ctypes.c_uint64),
    )


def mount_attributes(target: str, *, add: int = 0, remove: int = 0, recursive: bool = True) -> None:
    """Change the ``MOUNT_ATTR_`` flags of the mount at ``target``, and of those below it."""
    attributes = _MountAttributes(add, remove, 0, 0)
    path = ctypes.c_char_p(target.encode("utf-8", "surrogateescape"))
    flags = _AT_RECURSIVE if recursive else 0
    call(_MOUNT_SETATTR, _AT_FDCWD, path, flags, ctypes.byref(attributes), ctypes.sizeof(attributes))


_OPEN_TREE_CLONE = 0x1
_OPEN_TREE_CLOEXEC = 0x80000
_AT_EMPTY_PATH = 0x1000
_MOVE_MOUNT_F_EMPTY_PATH = 0x4
_MOVE_MOUNT_T_EMPTY_PATH = 0x40
_RESOLVE_NO_MAGICLINKS = 0x2
_RESOLVE_NO_SYMLINKS = 0x4
_RESOLVE_BENEATH = 0x8


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def open_beneath(folder: int, path: str, flags: int) -> int:
    """Open the relative ``path`` below the folder open as ``folder``, closed on exec.

    Raises ``OSError`` (ELOOP, EXDEV) where a symbolic link stands anywhere on the way, or where ``..`` leads out.
    """
    how = _OpenHow(flags | os.O_CLOEXEC, 0, _RESOLVE_BENEATH | _RESOLVE_NO_SYMLINKS | _RESOLVE_NO_MAGICLINKS)
    name = ctypes.c_char_p(path.encode("utf-8", "surrogateescape"))
    return call(_OPENAT2, folder, name, ctypes.byref(how), ctypes.sizeof(how))


def clone_tree(descriptor: int, *, add: int) -> int:
    """Return a detached copy of the mounts from ``descriptor`` down, with the ``MOUNT_ATTR_`` flags ``add`` on all."""
    empty = ctypes.c_char_p(b"")
    flags = _OPEN_TREE_CLONE | _OPEN_TREE_CLOEXEC | _AT_EMPTY_PATH | _AT_RECURSIVE
    tree = call(_OPEN_TREE, descriptor, empty, flags)
    attributes = _MountAttributes(add, 0, 0, 0)
    size = ctypes.sizeof(attributes)
    try:
        call(_MOUNT_SETATTR, tree, empty, _AT_EMPTY_PATH | _AT_RECURSIVE, ctypes.byref(attributes), size)
    except OSError:
        os.close(tree)
        raise
    return tree


def attach_tree(tree: int, place: int) -> None:
    """Mount the detached ``tree`` at the file or folder open as ``place``."""
    empty = ctypes.c_char_p(b"")
    call(_MOVE_MOUNT, tree, empty, place, empty, _MOVE_MOUNT_F_EMPTY_PATH | _MOVE_MOUNT_T_EMPTY_PATH)


def pivot_root(new: str, old: str) -> None:
    """Make ``new`` the root of this mount namespace and put the old one at ``old``."""
    paths = (ctypes.c_char_p(path.encode("utf-8", "surrogateescape")) for path in (new, old))
    call(_PIVOT_ROOT, *paths)


# Namespaces.

CLONE_NEWNS = 0x20000
CLONE_NEWCGROUP = 0x2000000
CLONE_NEWUTS = 0x4000000
CLONE_NEWIPC = 0x8000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000


def unshare(flags: int) -> None:
    """Leave the namespaces named by the ``CLONE_NEW`` flags for new ones."""
    _checked(_libc.unshare(ctypes.c_int(flags)))


_SOCKET_INET = 2
_SOCKET_DATAGRAM = 2 | 0x80000  # closed on exec
_SIOCGIFFLAGS = 0x8913
_SIOCSIFFLAGS = 0x8914
_INTERFACE_UP = 0x1


class _InterfaceFlags(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char * 16), ("flags", ctypes.c_short), ("rest", ctypes.c_char * 22))


def bring_up(interface: str) -> None:
    """Switch a network interface of this network namespace on."""
    handle = call(_SOCKET, _SOCKET_INET, _SOCKET_DATAGRAM, 0)
    try:
        request = _InterfaceFlags(interface.encode("ascii"), 0, b"")
        call(_IOCTL, handle, _SIOCGIFFLAGS, ctypes.byref(request))
        request.flags |= _INTERFACE_UP
        call(_IOCTL, handle, _SIOCSIFFLAGS, ctypes.byref(request))
    finally:
        os.close(handle)


# Capabilities.

_CAPABILITY_VERSION_3 = 0x20080522


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def clear_capabilities() -> None:
    """Give up every effective, permitted and inheritable capability of this thread."""
    header = _CapabilityHeader(_CAPABILITY_VERSION_3, 0)
    call(_CAPSET, ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))


# Landlock.

LANDLOCK_CREATE_RULESET_VERSION = 1
LANDLOCK_RULE_PATH_BENEATH = 1


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scope", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def landlock_abi() -> int:
    """Return the version of Landlock that the kernel speaks; raises ``OSError`` where it is missing or switched off."""
    return call(_LANDLOCK_CREATE_RULESET, None, 0, LANDLOCK_CREATE_RULESET_VERSION)


def landlock_ruleset(files: int, network: int, scope: int) -> int:
    """Return the descriptor of a ruleset that denies these rights unless a rule grants them."""
    ruleset = _Ruleset(files, network, scope)
    size = 8 if not network and not scope else 16 if not scope else 24
    return call(_LANDLOCK_CREATE_RULESET, ctypes.byref(ruleset), size, 0)


def landlock_allow(ruleset: int, descriptor: int, rights: int) -> None:
    """Grant ``rights`` on the file or folder open as ``descriptor``, and on all below it."""
    rule = _PathBeneath(rights, descriptor)
    call(_LANDLOCK_ADD_RULE, ruleset, LANDLOCK_RULE_PATH_BENEATH, ctypes.byref(rule), 0)


def landlock_restrict(ruleset: int) -> None:
    """Confine this thread, and all it will start, to the ruleset."""
    call(_LANDLOCK_RESTRICT_SELF, ruleset, 0)


# Seccomp.

_SET_MODE_FILTER = 1
_NEW_LISTENER = 1 << 3
_WAIT_KILLABLE = 1 << 5


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def install_filter(program: bytes, *, listen: bool = True) -> int:
    """Install a seccomp program for this thread and all it will start; returns the listener's descriptor, or 0."""
    packed = _Program(len(program) // 8, program)
    flags = _NEW_LISTENER | _WAIT_KILLABLE if listen else 0
    return call(_SECCOMP, _SET_MODE_FILTER, flags, ctypes.byref(packed))


# Sockets and files of others.

_RESOLVE_IN_ROOT = 0x10
_O_PATH_CLOEXEC = getattr(os, "O_PATH", 0) | getattr(os, "O_CLOEXEC", 0)


def open_path_of(number: int, path: str) -> int:
    """Return an ``O_PATH`` descriptor of ``path`` as the process ``number`` sees it: its root, its working folder."""
    if not path.startswith("/"):
        path = f"{os.readlink(f'/proc/{number}/cwd')}/{path}"
    root = os.open(f"/proc/{number}/root", _O_PATH_CLOEXEC)
    try:
        how = _OpenHow(_O_PATH_CLOEXEC, 0, _RESOLVE_IN_ROOT)
        name = ctypes.c_char_p(path.encode("utf-8", "surrogateescape"))
        return call(_OPENAT2, root, name, ctypes.byref(how), ctypes.sizeof(how))
    finally:
        os.close(root)


def connect(descriptor: int, address: bytes) -> None:
    """Connect a socket to an address in the kernel's own form."""
    _checked(_libc.connect(ctypes.c_int(descriptor), address, ctypes.c_uint(len(address))))


def socket_name(descriptor: int) -> bytes:
    """Return a socket's own address in the kernel's own form."""
    buffer = ctypes.create_string_buffer(128)
    length = ctypes.c_uint(len(buffer))
    _checked(_libc.getsockname(ctypes.c_int(descriptor), buffer, ctypes.byref(length)))
    return buffer.raw[: min(length.value, len(buffer))]
