"""Reading a skill: every file of it, archives opened, each as a ``SkillFile``, an ``Unread``, or both.

Which files belong to a skill:

- a skill or plugin folder: everything below it, nested skills included, but for git's own bookkeeping (``git_files``);
- an MCP server folder: the same, without the skills and plugins below it, which are units of their own;
- agent configuration: the files that ``markers.config_files`` names;
- a single file or archive: that file.

Nothing is followed out of the root, nothing is executed, nothing is written. A file that is opened is checked again
after opening, so that swapping it for a link or a device in between gains nothing.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Container, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from pinfold.model import FileType, LimitReachedError, Limits, Skill, SkillFile, SkillKind, Unread
from pinfold.skills import git_files, markers
from pinfold.skills.digest import Entry, tree_digest
from pinfold.skills.file_type import identify
from pinfold.skills.inflate import Allowance
from pinfold.skills.member import Member, Names, printable

_OPEN = (
    os.O_RDONLY
    | getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_BINARY", 0)
)
_PIECE = 1 << 20


class _Raw(NamedTuple):
    """A file on disk, as read."""

    path: str
    data: bytes
    executable: bool
    digest: str


class Reading(Iterator[SkillFile | Unread]):
    """The files of one skill, in the order of their paths; the members of an archive follow the archive.

    A file of a type that Pinfold does not read (``PROGRAM``, ``DATA``) is given as a ``SkillFile`` and then named in an
    ``Unread`` of the same path. So are media and documents that fail their checks. After the last item, ``digest`` is
    the tree digest, or ``""`` when a limit kept part of the tree from being hashed.
    """

    def __init__(self, skill: Skill, limits: Limits, *, closed: Container[str] = ()) -> None:
        self.digest = ""
        self._closed = closed
        self._skill = skill
        self._limits = limits
        self._allowance = Allowance(limits)
        self._unhashed = limits.skill_bytes  # how many bytes of files over the size limit may still be hashed
        self._entries: list[Entry] = []
        self._whole = True
        self._root = os.path.realpath(skill.root)
        self._names = Names()
        self._items = self._judged()

    def __next__(self) -> SkillFile | Unread:
        """Return the next file or note."""
        return next(self._items)

    def hash_only(self) -> str:
        """Read the files without looking at them and return the tree digest."""
        for _ in self._files():
            pass
        return self.digest

    def _judged(self) -> Iterator[SkillFile | Unread]:
        for item in self._files():
            if isinstance(item, Unread):
                yield item
            else:
                yield from self._unpacked(item._replace(path=self._names.path(item.path)), 0)

    def _unpacked(self, raw: _Raw, depth: int) -> Iterator[SkillFile | Unread]:
        """Yield a file and, if it is an archive, what it holds."""
        identity = identify(raw.path, raw.data)
        yield SkillFile(path=raw.path, data=raw.data, type=identity.type, executable=raw.executable, digest=raw.digest)
        if identity.reason:
            yield Unread(path=raw.path, reason=identity.reason, detail=identity.detail)
        if identity.type is not FileType.ARCHIVE or raw.path in self._closed:
            return
        if depth >= self._limits.archive_depth:
            yield Unread(
                path=raw.path,
                reason="limit",
                detail=f"archive_depth = {self._limits.archive_depth}: archives nested deeper are not opened",
            )
            return
        from pinfold.skills.unpack import members  # noqa: PLC0415  # few skills hold archives

        for item in members(raw.path, raw.data, identity.title, self._allowance):
            path = f"{raw.path}!/{item.path}" if item.path else raw.path
            if isinstance(item, Member):
                path = self._names.path(path)
                yield from self._unpacked(
                    _Raw(path, item.data, item.executable, hashlib.sha256(item.data).hexdigest()), depth + 1
                )
            else:
                yield Unread(path=path, reason=item.reason, detail=item.detail)

    # --- the tree on disk ---

    def _files(self) -> Iterator[_Raw | Unread]:
        """Yield the files on disk; set ``digest`` at the end."""
        try:
            yield from self._tree()
        except LimitReachedError as error:
            self._whole = False
            yield Unread(path="", reason="limit", detail=str(error))
        self.digest = tree_digest(self._entries) if self._whole else ""

    def _tree(self) -> Iterator[_Raw | Unread]:
        root = self._skill.root
        name = Path(root).name
        try:
            mode = os.lstat(root).st_mode
        except OSError as error:
            self._whole = False
            yield Unread(path=printable(name), reason="denied", detail=error.strerror or "gone")
            return
        if not stat.S_ISDIR(mode):
            yield from self._link(root, name, is_root=True) if stat.S_ISLNK(mode) else self._file(root, name)
        elif self._skill.kind is SkillKind.AGENT_CONFIG:
            for path in markers.config_files(markers.list_folder(root, markers.MAX_ENTRIES)):
                yield from self._configuration(path)
        else:
            yield from self._walk(root)

    def _walk(self, root: str) -> Iterator[_Raw | Unread]:
        """Yield everything below ``root`` in the order of the paths, without recursion."""
        waiting = [iter(self._listing(root, ""))]
        while waiting:
            item = next(waiting[-1], None)
            if item is None:
                waiting.pop()
            elif isinstance(item, Unread):
                yield item
            else:
                path, entry = item
                if _is_link(entry):
                    yield from self._link(entry.path, path)
                elif not entry.is_dir(follow_symlinks=False):
                    yield from self._file(entry.path, path)
                elif len(waiting) > self._limits.tree_depth:
                    self._whole = False
                    yield Unread(
                        path=printable(path),
                        reason="limit",
                        detail=f"tree_depth = {self._limits.tree_depth}: folders nested deeper are not read",
                    )
                elif not self._is_own_unit(entry.path):
                    self._allowance.take_file()
                    waiting.append(iter(self._listing(entry.path, f"{path}/")))

    def _listing(self, folder: str, prefix: str) -> list[tuple[str, os.DirEntry[str]] | Unread]:
        """Return the entries of a folder, sorted as their whole paths sort."""
        most = self._limits.skill_files
        try:
            with os.scandir(folder) as entries:
                found = list(islice(entries, most + 1))
        except OSError as error:
            self._whole = False
            return [
                Unread(
                    path=printable(prefix.rstrip("/")),
                    reason="denied",
                    detail=error.strerror or "a folder that cannot be listed",
                )
            ]
        if len(found) > most:
            raise LimitReachedError(f"skill_files = {most:,}: a folder has more entries")
        found.sort(key=lambda entry: entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name)
        return [(prefix + entry.name, entry) for entry in found]

    def _is_own_unit(self, folder: str) -> bool:
        """Return whether a folder in an MCP server is a skill or plugin, and so no part of the server."""
        return self._skill.kind is SkillKind.MCP_SERVER and markers.is_unit_folder(
            markers.list_folder(folder, markers.MAX_ENTRIES)
        )

    def _link(self, full: str, path: str, *, is_root: bool = False) -> Iterator[Unread]:
        """Note a symbolic link. One that stays inside is no news: what it points to is read by itself."""
        self._allowance.take_file()
        try:
            target = os.readlink(full)  # noqa: PTH115 - as written, which a Path would tidy
        except OSError as error:
            self._whole = False
            yield Unread(path=printable(path), reason="denied", detail=error.strerror or "a link that cannot be read")
            return
        self._entries.append((path, False, "link", hashlib.sha256(os.fsencode(target)).hexdigest()))
        inside = None if is_root else self._inside(full)
        if inside is None:
            yield Unread(
                path=printable(path), reason="unsafe", detail=f"a link out of the tree, to {printable(target)[:200]}"
            )
        elif git_files.may_be_bookkeeping(inside):
            yield Unread(path=printable(path), reason="unsafe", detail="a link to git's own files, which are not read")

    def _inside(self, full: str) -> str | None:
        """Return where a link ends, relative to the root, or None if that is outside."""
        end = os.path.realpath(full)
        if end == self._root:
            return ""
        below = self._root.rstrip(os.sep) + os.sep
        return end[len(below) :].replace(os.sep, "/") if end.startswith(below) else None

    def _configuration(self, path: str) -> Iterator[_Raw | Unread]:
        """Yield one file of agent configuration.

        Where it is a link, or lies behind one, its target may be no such file by name and is read in its place.
        """
        full = f"{self._skill.root}/{path}"
        real = os.path.realpath(full)
        if Path(full).is_symlink():
            yield from self._link(full, path)
        elif self._inside(full) is None:
            self._entries.append((path, False, "link", hashlib.sha256(os.fsencode(real)).hexdigest()))
            yield Unread(path=printable(path), reason="unsafe", detail="lies behind a link out of the tree")
        if self._inside(full):
            with suppress(OSError):
                if real == f"{self._root.rstrip('/')}/{path}" or stat.S_ISREG(Path(real).stat().st_mode):
                    yield from self._file(real, path)

    def _file(self, full: str, path: str) -> Iterator[_Raw | Unread]:
        """Yield one file on disk."""
        try:
            descriptor = os.open(full, _OPEN)
        except OSError as error:
            yield from self._not_opened(full, path, error)
            return
        try:
            status = os.fstat(descriptor)
            executable = bool(status.st_mode & stat.S_IXUSR)
            if not stat.S_ISREG(status.st_mode):
                yield self._special(path)
                return
            head = b""
            if ".git/" in path and git_files.may_be_bookkeeping(path):
                head = os.read(descriptor, git_files.HEAD_SIZE)
                if git_files.is_bookkeeping(path, head):
                    return
            self._allowance.take_file()
            limit = self._limits.file_bytes
            data = _read(descriptor, head, status.st_size, limit)
            if len(data) > limit:
                self._hash_long(descriptor, path, data, executable, status.st_size)
                yield Unread(
                    path=printable(path),
                    reason="limit",
                    detail=f"file_bytes = {limit:,}: the file has {max(status.st_size, len(data)):,}",
                )
                return
        except OSError as error:
            self._whole = False
            yield Unread(path=printable(path), reason="denied", detail=error.strerror or "reading failed")
            return
        finally:
            os.close(descriptor)
        self._allowance.take_bytes(len(data))
        digest = hashlib.sha256(data).hexdigest()
        self._entries.append((path, executable, "file", digest))
        yield _Raw(printable(path), data, executable, digest)

    def _not_opened(self, full: str, path: str, error: OSError) -> Iterator[Unread]:
        """Note a file that was not opened: a socket, a device without driver, or one that is not ours to read."""
        with suppress(OSError):
            if not stat.S_ISREG(os.lstat(full).st_mode):
                yield self._special(path)
                return
        self._whole = False
        yield Unread(path=printable(path), reason="denied", detail=error.strerror or "not opened")

    def _special(self, path: str) -> Unread:
        self._entries.append((path, False, "special", hashlib.sha256().hexdigest()))
        return Unread(path=printable(path), reason="unsafe", detail="a device, pipe or socket")

    def _hash_long(self, descriptor: int, path: str, start: bytes, executable: bool, size: int) -> None:
        """Hash a file that is too long to be judged, while the bound on such hashing lasts."""
        total = hashlib.sha256(start)
        self._unhashed -= max(size, len(start))
        if self._unhashed < 0:
            self._whole = False
            return
        left = self._limits.skill_bytes
        while left > 0 and (piece := os.read(descriptor, _PIECE)):
            total.update(piece)
            left -= len(piece)
        self._whole = self._whole and left > 0
        self._entries.append((path, executable, "file", total.hexdigest()))


def _is_link(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() or bool(getattr(entry, "is_junction", bool)())


def _read(descriptor: int, head: bytes, size: int, limit: int) -> bytes:
    """Return the file that begins with ``head``, or one byte more than ``limit`` of it if it is longer.

    ``size`` is what the system says, which may be wrong.
    """
    pieces, left = [head], limit + 1 - len(head)
    ask = max(size - len(head) + 1, _PIECE)
    while left > 0 and (piece := os.read(descriptor, min(ask, left))):
        pieces.append(piece)
        left -= len(piece)
        ask = _PIECE
    return pieces[1] if len(pieces) == 2 and not head else b"".join(pieces)


def read(skill: Skill, limits: Limits, *, closed: Container[str] = ()) -> Reading:
    """Return the files of ``skill``, read as they are asked for. Never raises for what it reads.

    The archives named in ``closed`` are given, but not opened.
    """
    return Reading(skill, limits, closed=closed)


def digest_of(skill: Skill, limits: Limits) -> str:
    """Return the tree digest of ``skill``, or ``""`` when a limit or a right kept part of it from being hashed."""
    return Reading(skill, limits).hash_only()
