"""What a program needs beside its own file to start: the loader or interpreter it names, and the prefix it lives in."""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Iterator

_HEAD = 4_096
_MOST_STEPS = 4
_PT_INTERP = 3
_SYSTEM = ("/usr/", "/bin/", "/sbin/", "/lib", "/opt/")


def needs(program: str, path: str) -> Iterator[str]:
    """Yield the loader of a program, or the interpreters of a script, and what those need in turn."""
    for _ in range(_MOST_STEPS):
        real = os.path.realpath(program)
        if real != program:
            yield real
        head = _head(real)
        if head.startswith(b"#!"):
            words = head[2:].split(b"\n", 1)[0].decode("utf-8", "replace").split()
            if not words:
                return
            yield words[0]
            program = words[0]
            if os.path.basename(program) == "env":
                names = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
                found = shutil.which(names[0], path=path) if names else None
                if found is None:
                    return
                yield from needs(program, path)
                yield found
                program = found
        else:
            loader = loader_of(head)
            if loader:
                yield loader
                yield os.path.realpath(loader)
            return


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
            return head[offset : offset + min(length, 255)].split(b"\0", 1)[0].decode("utf-8", "replace")
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
            if os.path.basename(os.path.dirname(path)) == "bin" and not (folder + "/").startswith(_SYSTEM):
                home = _configured(folder)
                if home:
                    yield folder
                    pending.append(os.path.join(home, "python3"))
                elif _is_prefix(folder):
                    yield folder
            head = _head(path)
            if head.startswith(b"#!"):
                pending += head[2:].split(b"\n", 1)[0].decode("utf-8", "replace").split()[:1]


def _configured(folder: str) -> str:
    """Return the folder from which the interpreter of a virtual environment was taken."""
    try:
        with open(os.path.join(folder, "pyvenv.cfg"), encoding="utf-8", errors="replace") as lines:
            pairs = (line.partition("=") for line in lines.read(_HEAD).splitlines())
            return next((value.strip() for key, _, value in pairs if key.strip() == "home"), "")
    except OSError:
        return ""


def _is_prefix(folder: str) -> bool:
    """Whether a folder is an installation, and not a home in which somebody keeps programs of their own."""
    try:
        names = os.listdir(os.path.join(folder, "lib"))  # names are all that is needed
    except OSError:
        return False
    return any(name.startswith(("python3", "node_modules", "ruby", "perl5", "jvm")) for name in names) and not (
        os.path.isdir(os.path.join(folder, "share", "keyrings")) or folder in ("/", os.path.expanduser("~"))
    )


def _head(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            return file.read(_HEAD) or b""
    except OSError:
        return b""
