"""What a program needs beside its own file to start: the loader or interpreter it names, and the prefix it lives in.

What a file says about itself was written by whoever wrote the file, and what is found here may be granted to a run. So
only programs count: no script can name somebody's papers, or a folder, as its interpreter.
"""

from __future__ import annotations

import os
import shutil
import stat
import struct
from collections.abc import Iterator

_HEAD = 4_096
_MOST_PROGRAMS = 12
_PT_INTERP = 3
_SYSTEM = ("/usr/", "/bin/", "/sbin/", "/lib", "/opt/")


def needs(program: str, path: str) -> Iterator[str]:
    """Yield the loader of a program, or the interpreters of a script, and what those need in turn.

    ``path`` is searched, as in the variable of that name, for the program that a script asks ``env`` for.
    """
    pending, seen = [program], {program}
    while pending:
        for needed in _named(_head(pending.pop(0)), path):
            if needed not in seen and len(seen) <= _MOST_PROGRAMS and _is_program(needed):
                seen.add(needed)
                pending.append(needed)
                yield needed


def _named(head: bytes, path: str) -> Iterator[str]:
    """Yield the programs that a file which begins so is started with."""
    words = _interpreter(head)
    if words:
        yield words[0]
        if os.path.basename(words[0]) == "env":
            names = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
            yield (shutil.which(names[0], path=path) or "") if names else ""
    else:
        yield loader_of(head)


def _interpreter(head: bytes) -> list[str]:
    """Return the first line of a script as words: its interpreter, and what that is given."""
    line = head[2:].split(b"\n", 1)[0] if head.startswith(b"#!") else b""
    return line.decode("utf-8", "surrogateescape").split() if b"\0" not in line else []


def _is_program(path: str) -> bool:
    """Whether a whole path leads to a file that can be executed."""
    return path.startswith("/") and os.path.isfile(path) and os.access(path, os.X_OK)


def loader_of(head: bytes) -> str:
    """Return the loader that a 64-bit ELF program names in its first bytes; ``""`` for anything else."""
    if not head.startswith(b"\x7fELF\x02\x01") or len(head) < 64:
        return ""
    (table,) = struct.unpack_from("<Q", head, 32)
    size, count = struct.unpack_from("<HH", head, 54)
    for number in range(min(count, 64)):
        at = table + number * size
        if size < 56 or at + 56 > len(head):
            return ""
        (kind,) = struct.unpack_from("<I", head, at)
        if kind == _PT_INTERP:
            (offset,) = struct.unpack_from("<Q", head, at + 8)
            (length,) = struct.unpack_from("<Q", head, at + 32)
            return head[offset : offset + min(length, 255)].split(b"\0", 1)[0].decode("utf-8", "surrogateescape")
    return ""


def prefixes(program: str) -> Iterator[str]:
    """Yield the folders in which a program outside the system keeps what belongs to it.

    For an interpreter that is its prefix, and for a virtual environment also the one it was made from; for a script
    those of its interpreter.
    """
    seen: set[str] = set()
    pending = [program]
    while pending and len(seen) < 8:
        one = pending.pop()
        for path in dict.fromkeys((one, os.path.realpath(one))):
            if path in seen:
                continue
            seen.add(path)
            folder = os.path.dirname(os.path.dirname(path))
            if os.path.basename(os.path.dirname(path)) == "bin" and not _belongs_to_others(folder):
                home = _configured(folder)
                if home or _is_prefix(folder):
                    yield folder
                if home:
                    pending += filter(_is_program, [os.path.join(home, "python3")])
            pending += filter(_is_program, _interpreter(_head(path))[:1])


def _belongs_to_others(folder: str) -> bool:
    """Whether a folder is the system's, or a home in which somebody keeps programs of their own."""
    return (folder + "/").startswith(_SYSTEM) or folder in ("/", "", os.path.expanduser("~"))


def _configured(folder: str) -> str:
    """Return the folder from which the interpreter of a virtual environment was taken."""
    text = _head(os.path.join(folder, "pyvenv.cfg")).decode("utf-8", "replace")
    pairs = (line.partition("=") for line in text.splitlines())
    return next((value.strip() for key, _, value in pairs if key.strip() == "home"), "")


def _is_prefix(folder: str) -> bool:
    """Whether a folder is an installation, and not a ``~/.local`` in which there are keys as well."""
    try:
        names = os.listdir(os.path.join(folder, "lib"))  # names are all that is needed
    except OSError:
        return False
    return any(name.startswith(("python3", "node_modules", "ruby", "perl5", "jvm")) for name in names) and not (
        os.path.isdir(os.path.join(folder, "share", "keyrings"))
    )


def _head(path: str) -> bytes:
    """Return the first bytes of a file; none of a pipe or a device, which could keep us waiting."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError):  # ValueError: a zero byte in the path
        return b""
    try:
        return os.read(descriptor, _HEAD) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    except OSError:
        return b""
    finally:
        os.close(descriptor)
