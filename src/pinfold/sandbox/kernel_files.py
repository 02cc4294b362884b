"""The kernel's calls about files, made for programs again and again: each raises ``OSError`` on failure.

Apart from :mod:`pinfold.sandbox.kernel` because these are made for every file that a run touches, so that what they
need is prepared once. Not for several threads at a time.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from functools import lru_cache

_FCHOWNAT = 260
_LINKAT = 265
_UTIMENSAT = 280
_RENAMEAT2 = 316
_OPENAT2 = 437

_AT_FDCWD = -100
_AT_SYMLINK_FOLLOW = 0x400
_AT_EMPTY_PATH = 0x1000


class _Span(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


_HOW_SIZE = ctypes.sizeof(_OpenHow)

RESOLVE_NO_MAGICLINKS = 0x2
_PATH_MAX = 4_096

if sys.platform == "linux":
    _libc = ctypes.CDLL(None, use_errno=True)
    _long, _int, _pointer = ctypes.c_long, ctypes.c_int, ctypes.c_void_p
    # Made once, because these are called for every file that a run touches.
    _call_openat2 = ctypes.CFUNCTYPE(
        _long, _long, _int, ctypes.c_char_p, _pointer, ctypes.c_size_t, use_errno=True
    )(("syscall", _libc))  # fmt: skip
    _call_on_file = ctypes.CFUNCTYPE(_long, _long, _int, ctypes.c_char_p, _long, _long, _long, use_errno=True)(
        ("syscall", _libc)
    )
    _call_on_names = ctypes.CFUNCTYPE(
        _long, _long, _int, ctypes.c_char_p, _int, ctypes.c_char_p, ctypes.c_uint, use_errno=True
    )(("syscall", _libc))
    _call_readv = ctypes.CFUNCTYPE(
        ctypes.c_ssize_t, _int, _pointer, ctypes.c_ulong, _pointer, ctypes.c_ulong, ctypes.c_ulong, use_errno=True
    )(("process_vm_readv", _libc))
    _text = ctypes.create_string_buffer(_PATH_MAX)
    _times = ctypes.create_string_buffer(32)
    _text_here, _text_there = _Span(ctypes.addressof(_text), 0), _Span(0, 0)
    _text_spans = ctypes.addressof(_text_here), ctypes.addressof(_text_there)

_FIRST_READ = 256
_PAGE = 4_096


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def read_text(pid: int, address: int) -> bytes:
    """Return the path that stands in another process's memory at ``address``, up to its zero byte.

    Raises ``OSError``: EFAULT where nothing is mapped, ENAMETOOLONG after 4,096 bytes. Not for several threads.
    """
    if address >> 63:
        raise OSError(errno.EFAULT, os.strerror(errno.EFAULT))
    found = b""
    want = min(_FIRST_READ, _PAGE - address % _PAGE)
    while len(found) < _PATH_MAX:
        _text_here.length = _text_there.length = want
        _text_there.base = address + len(found)
        count = _call_readv(pid, _text_spans[0], 1, _text_spans[1], 1, 0)
        if count <= 0:
            raise OSError(errno.EFAULT, os.strerror(errno.EFAULT))
        text = _text.value  # up to the first zero byte; what lies behind ``count`` is of an earlier call
        if len(text) < count:
            return found + text
        found += text[:count]
        want = min(_PAGE - (address + len(found)) % _PAGE, _PATH_MAX - len(found))
    raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))


@lru_cache(maxsize=256)
def _how(flags: int, mode: int, resolve: int) -> tuple[int, _OpenHow]:
    how = _OpenHow(flags, mode, resolve)
    return ctypes.addressof(how), how


def open_at(folder: int, path: bytes, flags: int, *, resolve: int = 0) -> int:
    """Open ``path`` as seen from the folder open as ``folder``, closed on exec; ``resolve`` is of the kernel's own.

    Nothing is made: ``O_CREAT`` has no business here.
    """
    how = _how(flags | os.O_CLOEXEC, 0, resolve)[0]
    return _checked(_call_openat2(_OPENAT2, folder, path, how, _HOW_SIZE))


def change_owner(descriptor: int, user: int, group: int) -> None:
    """Give the file, or symbolic link, that a descriptor of any kind stands for to somebody else; -1 leaves as is."""
    _checked(_call_on_file(_FCHOWNAT, descriptor, b"", user, group, _AT_EMPTY_PATH))


def change_times(descriptor: int, times: bytes | None) -> None:
    """Set the times of what a descriptor of any kind stands for: two ``struct timespec``, ``None`` for now."""
    if times is not None:
        _times.raw = times
    pointer = 0 if times is None else ctypes.addressof(_times)
    _checked(_call_on_file(_UTIMENSAT, descriptor, b"", pointer, _AT_EMPTY_PATH, 0))


def link_at(file: int, folder: int, name: bytes) -> None:
    """Give what the descriptor ``file`` stands for another name in the folder open as ``folder``."""
    # Naming a descriptor itself needs a privilege; its entry in /proc does not.
    path = b"/proc/self/fd/%d" % file
    _checked(_call_on_names(_LINKAT, _AT_FDCWD, path, folder, name, _AT_SYMLINK_FOLLOW))


def rename_at(old_folder: int, old: bytes, new_folder: int, new: bytes, flags: int) -> None:
    """Rename, with the kernel's own flags (``RENAME_NOREPLACE``, ``RENAME_EXCHANGE``)."""
    _checked(_call_on_names(_RENAMEAT2, old_folder, old, new_folder, new, flags))


_INOTIFY_FLAGS = 0o2004000  # not blocking, closed on exec


def inotify() -> int:
    """Return a descriptor from which what happens to watched files can be read, without waiting."""
    return _checked(_libc.inotify_init1(ctypes.c_int(_INOTIFY_FLAGS)))


def add_watch(descriptor: int, path: str, mask: int) -> int:
    """Watch a path; returns the number of the watch, the same one for the same file."""
    name = path.encode("utf-8", "surrogateescape")
    return _checked(_libc.inotify_add_watch(ctypes.c_int(descriptor), name, ctypes.c_uint32(mask)))
