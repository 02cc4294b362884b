"""Attempts to read, change or make files that are not the run's own."""

from __future__ import annotations

import ctypes
import fcntl
import os
import select
import stat
import struct

from . import machine_code, ring
from .calls import (
    AT_FDCWD,
    FANOTIFY_INIT,
    FANOTIFY_MARK,
    FCHMODAT2,
    FILE_SETATTR,
    NAME_TO_HANDLE,
    OPEN_BY_HANDLE,
    OPENAT2,
    RENAMEAT2,
    SETXATTRAT,
    Arguments,
    call,
    checked,
    libc,
)

_MOST = 65_536
_FLAG_NODUMP = 0x40
_EXTENDED_NODUMP = 0x80


def _all_of(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _MOST)
    finally:
        os.close(descriptor)


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.write(descriptor, text.encode())
    os.close(descriptor)


def read(arguments: Arguments) -> bytes:
    """Read a file by its path."""
    return _all_of(os.open(arguments["path"], os.O_RDONLY))


def write(arguments: Arguments) -> None:
    """Write a file by its path, and make it if it is not there."""
    _write(arguments["path"], arguments["token"])


def write_existing(arguments: Arguments) -> None:
    """Write a file that is there already."""
    descriptor = os.open(arguments["path"], os.O_WRONLY)
    os.write(descriptor, arguments["token"].encode())
    os.close(descriptor)


def write_created(arguments: Arguments) -> None:
    """Make a file by ``creat``, which opens as well."""
    _fill(checked(libc.creat(ctypes.c_char_p(arguments["path"].encode()), 0o644)), arguments)


def write_node(arguments: Arguments) -> None:
    """Make a file as one makes a device, then write it."""
    os.mknod(arguments["path"], stat.S_IFREG | 0o644)
    write_existing(arguments)


def write_newly(arguments: Arguments) -> None:
    """Make a file by the newest call, whose flags a filter cannot see."""
    how = ctypes.create_string_buffer(struct.pack("QQQ", os.O_WRONLY | os.O_CREAT, 0o644, 0))
    _fill(call(OPENAT2, AT_FDCWD, ctypes.c_char_p(arguments["path"].encode()), how, 24), arguments)


def write_by_ring(arguments: Arguments) -> None:
    """Make a file by way of an io_uring."""
    path = ctypes.create_string_buffer(arguments["path"].encode())
    made = ring.Ring().do(ring.OPEN, AT_FDCWD, ctypes.addressof(path), 0o644, 0, os.O_WRONLY | os.O_CREAT)
    _fill(made, arguments)


def write_foreign(arguments: Arguments) -> None:
    """Make a file by a 32-bit system call."""
    door = machine_code.i386()
    path = door.put(arguments["path"].encode() + b"\0")
    _fill(door.call(5, path, os.O_WRONLY | os.O_CREAT, 0o644), arguments)


def write_by_folder(arguments: Arguments) -> None:
    """Make a file by its name below an open folder."""
    folder, name = os.path.split(arguments["path"])
    held = os.open(folder, os.O_PATH)
    _fill(os.open(name, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=held), arguments)


def write_dotted(arguments: Arguments) -> None:
    """Make a file by a path that goes down and up again."""
    folder, name = os.path.split(arguments["path"])
    os.mkdir(os.path.join(folder, "down"))
    _write(os.path.join(folder, "down", "..", name), arguments["token"])


def _fill(descriptor: int, arguments: Arguments) -> None:
    os.write(descriptor, arguments["token"].encode())
    os.close(descriptor)


def _own_link(arguments: Arguments) -> str:
    """Return a symbolic link of one's own that leads to the file."""
    link = os.path.join(arguments["folder"], "way")
    os.symlink(arguments["path"], link)
    return link


def chmod_by_link(arguments: Arguments) -> None:
    """Change the mode of a file by a link of one's own."""
    os.chmod(_own_link(arguments), 0o777)  # noqa: S103 - of a file made for this


def utime_by_link(arguments: Arguments) -> None:
    """Change the time of a file by a link of one's own."""
    os.utime(_own_link(arguments), (1, 1))


def set_attribute_by_link(arguments: Arguments) -> None:
    """Set an extended attribute of a file by a link of one's own."""
    os.setxattr(_own_link(arguments), "user.pinfold", arguments["token"].encode())


def write_by_link(arguments: Arguments) -> None:
    """Write a file by a link of one's own."""
    write_existing({**arguments, "path": _own_link(arguments)})


def chmod_by_folder(arguments: Arguments) -> None:
    """Change the mode of a file by its name below an open folder."""
    folder, name = os.path.split(arguments["path"])
    os.chmod(name, 0o777, dir_fd=os.open(folder, os.O_PATH))  # noqa: S103 - of a file made for this


def write_below(arguments: Arguments) -> None:
    """Make the folder, then the file in it."""
    os.makedirs(os.path.dirname(arguments["path"]), exist_ok=True)
    _write(arguments["path"], arguments["token"])


def truncate(arguments: Arguments) -> None:
    """Cut a file off by its path."""
    os.truncate(arguments["path"], 1)


def remove(arguments: Arguments) -> None:
    """Remove a file."""
    os.unlink(arguments["path"])


def list_folder(arguments: Arguments) -> bytes:
    """List a folder."""
    return "\n".join(os.listdir(arguments["path"])).encode()


def describe(arguments: Arguments) -> bytes:
    """Return size, inode and time of a file that may not be read, and where a link leads."""
    told = os.stat(arguments["path"])
    return f"{told.st_size} {told.st_ino} {told.st_mtime_ns} {os.readlink(arguments['link'])}".encode()


def prepared(arguments: Arguments, name: str = "prepared.txt") -> str:
    """Write the token into a file of the run's own and return the path."""
    path = os.path.join(arguments["folder"], name)
    _write(path, arguments["token"])
    return path


def rename(arguments: Arguments) -> None:
    """Move a file of one's own to that path."""
    os.rename(prepared(arguments), arguments["path"])


def exchange(arguments: Arguments) -> None:
    """Let a file of one's own and the one at that path change places."""
    own = ctypes.c_char_p(prepared(arguments).encode())
    call(RENAMEAT2, AT_FDCWD, own, AT_FDCWD, ctypes.c_char_p(arguments["path"].encode()), 2)


def hard_link(arguments: Arguments) -> None:
    """Give a file of one's own that path as a second name."""
    os.link(prepared(arguments), arguments["path"])


def symbolic_link(arguments: Arguments) -> None:
    """Make that path lead to a file of one's own."""
    os.symlink(prepared(arguments), arguments["path"])


def nameless_file(arguments: Arguments) -> None:
    """Write a file without a name, then give it that path."""
    descriptor = os.open(arguments["folder"], os.O_TMPFILE | os.O_RDWR, 0o644)
    os.write(descriptor, arguments["token"].encode())
    target = ctypes.c_char_p(arguments["path"].encode())
    try:
        checked(libc.linkat(descriptor, ctypes.c_char_p(b""), AT_FDCWD, target, 0x1000))  # AT_EMPTY_PATH
    except OSError:
        source = ctypes.c_char_p(f"/proc/self/fd/{descriptor}".encode())
        checked(libc.linkat(AT_FDCWD, source, AT_FDCWD, target, 0x400))  # AT_SYMLINK_FOLLOW


def rename_folder(arguments: Arguments) -> None:
    """Prepare a folder under a harmless name, then rename it."""
    folder, name = os.path.split(arguments["path"])
    made = os.path.join(arguments["folder"], "harmless")
    os.mkdir(made)
    _write(os.path.join(made, name), arguments["token"])
    os.rename(made, folder)


def move_parent(arguments: Arguments) -> None:
    """Move the folder of the file away, write the file there, and move the folder back."""
    folder, name = os.path.split(arguments["path"])
    away = os.path.join(arguments["folder"], "away")
    os.rename(folder, away)
    try:
        _write(os.path.join(away, name), arguments["token"])
    finally:
        os.rename(away, folder)


def through_link(arguments: Arguments) -> None:
    """Write the file by way of a link to its folder."""
    folder, name = os.path.split(arguments["path"])
    link = os.path.join(arguments["folder"], "elsewhere")
    os.symlink(folder, link)
    _write(os.path.join(link, name), arguments["token"])


def link_in(arguments: Arguments) -> bytes:
    """Give a file that may not be read a second name within one's own folder, and read it there."""
    own = os.path.join(arguments["folder"], "own-name")
    os.link(arguments["path"], own)
    return read({"path": own})


def chmod(arguments: Arguments) -> None:
    """Change the mode of a file by its path."""
    os.chmod(arguments["path"], 0o777)  # noqa: S103 - of a file made for this


def fchmod(arguments: Arguments) -> None:
    """Change the mode of a file by a descriptor that only stands for its place."""
    descriptor = os.open(arguments["path"], os.O_PATH)
    os.chmod(f"/proc/self/fd/{descriptor}", 0o777)  # noqa: S103 - of a file made for this


def fchmodat2(arguments: Arguments) -> None:
    """Change the mode of a file by the newest of the calls for it."""
    call(FCHMODAT2, AT_FDCWD, ctypes.c_char_p(arguments["path"].encode()), 0o777, 0)


def foreign_chmod(arguments: Arguments) -> None:
    """Change the mode of a file by a 32-bit system call."""
    door = machine_code.i386()
    door.call(15, door.put(arguments["path"].encode() + b"\0"), 0o777)


def chown(arguments: Arguments) -> None:
    """Change the owner of a file, to nobody or, where that is not allowed, to whom it belongs."""
    target = 65534 if os.geteuid() == 0 else -1
    os.chown(arguments["path"], target, os.getegid())


def utime(arguments: Arguments) -> None:
    """Change the time of a file."""
    os.utime(arguments["path"], (1, 1))


def set_attribute(arguments: Arguments) -> None:
    """Set an extended attribute of a file."""
    os.setxattr(arguments["path"], "user.pinfold", arguments["token"].encode())


class _Attribute(ctypes.Structure):
    _fields_ = (("value", ctypes.c_void_p), ("size", ctypes.c_uint32), ("flags", ctypes.c_uint32))


def set_attribute_newly(arguments: Arguments) -> None:
    """Set an extended attribute of a file by the newest of the calls for it."""
    text = ctypes.create_string_buffer(arguments["token"].encode())
    attribute = _Attribute(ctypes.addressof(text), len(text) - 1, 0)
    path, name = ctypes.c_char_p(arguments["path"].encode()), ctypes.c_char_p(b"user.pinfold")
    call(SETXATTRAT, AT_FDCWD, path, 0, name, ctypes.byref(attribute), 16)


def read_attribute(arguments: Arguments) -> bytes:
    """Read an extended attribute of a file."""
    return os.getxattr(arguments["path"], "user.secret")


def set_flags(arguments: Arguments) -> None:
    """Set an inode flag of a file that is open for reading."""
    descriptor = os.open(arguments["path"], os.O_RDONLY)
    fcntl.ioctl(descriptor, 0x40086602, struct.pack("l", _FLAG_NODUMP))  # FS_IOC_SETFLAGS


def set_flags_newly(arguments: Arguments) -> None:
    """Set an inode flag of a file by its path."""
    wanted = ctypes.create_string_buffer(struct.pack("QIIII", _EXTENDED_NODUMP, 0, 0, 0, 0))
    call(FILE_SETATTR, AT_FDCWD, ctypes.c_char_p(arguments["path"].encode()), wanted, 24, 0)


def by_handle(arguments: Arguments) -> bytes:
    """Open a file by its handle instead of its path."""
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    mount = ctypes.c_int()
    path = ctypes.c_char_p(arguments["path"].encode())
    call(NAME_TO_HANDLE, AT_FDCWD, path, handle, ctypes.byref(mount), 0)
    anchor = os.open(arguments["folder"], os.O_RDONLY)
    return _all_of(call(OPEN_BY_HANDLE, anchor, handle, os.O_RDONLY))


def ring_read(arguments: Arguments) -> bytes:
    """Read a file by way of an io_uring."""
    path = ctypes.create_string_buffer(arguments["path"].encode())
    buffer = ctypes.create_string_buffer(4096)
    used = ring.Ring()
    opened = used.do(ring.OPEN, AT_FDCWD, ctypes.addressof(path), 0)
    count = used.do(ring.READ, opened, ctypes.addressof(buffer), len(buffer))
    return buffer.raw[:count]


def inherited_file(_arguments: Arguments) -> bytes:
    """Read whatever was left open by whoever started this."""
    found = b""
    for descriptor in range(3, 256):
        try:
            found += os.pread(descriptor, 4096, 0)
        except OSError:
            continue
    return found


def inherited_folder(arguments: Arguments) -> bytes:
    """Read a file below a folder that was left open."""
    for descriptor in range(3, 256):
        try:
            return _all_of(os.open(arguments["name"], os.O_RDONLY, dir_fd=descriptor))
        except OSError:
            continue
    raise FileNotFoundError("no folder was left open")


def watch_names(arguments: Arguments) -> bytes:
    """Return the names of files that others make in a folder that may not be read."""
    watcher = checked(libc.inotify_init1(0x800))
    checked(libc.inotify_add_watch(watcher, ctypes.c_char_p(arguments["path"].encode()), 0x100))  # IN_CREATE
    return _overheard(watcher, arguments)


def watch_names_by_handle(arguments: Arguments) -> bytes:
    """The same by fanotify, which needs no privilege where it reports handles only."""
    watcher = call(FANOTIFY_INIT, 0xE00 | 2, 0)  # FAN_REPORT_DFID_NAME | FAN_REPORT_FID, not blocking
    call(FANOTIFY_MARK, watcher, 1, 0x100, AT_FDCWD, ctypes.c_char_p(arguments["path"].encode()))  # FAN_CREATE
    return _overheard(watcher, arguments)


def _overheard(watcher: int, arguments: Arguments) -> bytes:
    """Ask whoever is outside to make the file, and return what is heard of it."""
    _write(arguments["ready"], "ready")
    select.select([watcher], [], [], 1.5)
    return _all_of(watcher)
