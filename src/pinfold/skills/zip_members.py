"""Members of ZIP archives, and what stands between them.

A ZIP file is read from its end: a central directory names the members. Other programs read from the front, or search.
Bytes that no directory entry accounts for (before the first member, between members, behind the directory) are
therefore read as files of their own, so that no reader sees more than Pinfold does.
"""

from __future__ import annotations

import io
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator

from pinfold.model import LimitReachedError, Unread
from pinfold.skills.inflate import Allowance, Ratio
from pinfold.skills.member import Member, Names, clean_name, link_leaves, refused, unsafe_name

_ENTRY = b"PK\x01\x02"
_LOCAL = b"PK\x03\x04"
_LOCAL_SIZE = 30
_DESCRIPTOR = 24  # the longest record that may follow a member's content
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_PIECE = 1 << 20


def zip_members(data: bytes, allowance: Allowance, ratio: Ratio) -> Iterator[Member | Unread]:
    """Yield the files of the ZIP archive ``data``, then the bytes that belong to none, and what could not be read.

    Raises ``zipfile.BadZipFile`` and its kin where the archive is damaged, ``LimitReachedError`` where it is too large.
    """
    # ZipFile builds an object for each directory entry before it returns; count them first.
    if data.count(_ENTRY) > allowance.limits.skill_files:
        raise LimitReachedError(f"skill_files = {allowance.limits.skill_files:,}: the archive has more members")
    names = Names()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        start = archive.start_dir
        comment = archive.comment
        for info in members:
            yield from _member(archive, info, names, allowance, ratio)
    yield from _unclaimed(data, members, start, allowance)
    if comment.strip():
        allowance.take_file()
        yield Member("#comment", comment)


def _member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, names: Names, allowance: Allowance, ratio: Ratio
) -> Iterator[Member | Unread]:
    """Yield one member, or why it is not read."""
    allowance.take_file()
    name = info.orig_filename
    mode = info.external_attr >> 16
    limit = allowance.limits.file_bytes
    if why := unsafe_name(name):
        yield refused(name, "unsafe", why)
    elif info.flag_bits & 0x2041:
        yield refused(name, "encrypted", "an encrypted member")
    elif info.compress_type not in _METHODS:
        yield refused(name, "opaque", f"compression method {info.compress_type}, which is not read")
    elif stat.S_IFMT(mode) in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK):
        yield refused(name, "unsafe", "a device, pipe or socket")
    elif info.file_size > limit:
        yield refused(name, "limit", f"file_bytes = {limit:,}: the member has {info.file_size:,}")
    elif not (info.is_dir() and info.file_size == 0 and info.compress_size <= 2):
        content = _content(archive, info, limit, allowance, ratio)
        if isinstance(content, Unread):
            yield content
        elif stat.S_ISLNK(mode):
            target = content.decode("utf-8", "replace")
            if link_leaves(name.replace("\\", "/").rpartition("/")[0], target):
                yield refused(name, "unsafe", f"a link out of the archive, to {target[:200]!r}")
        else:
            yield Member(names.path(clean_name(name)), content, bool(mode & 0o100))


def _content(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int, allowance: Allowance, ratio: Ratio
) -> bytes | Unread:
    """Return the content of a member, read piece by piece; damage costs this member alone."""
    pieces: list[bytes] = []
    size = 0
    try:
        with archive.open(info) as stream:
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > limit:
                    return refused(info.orig_filename, "limit", f"file_bytes = {limit:,}: the member has more")
                ratio.add(len(piece))
                allowance.take_bytes(len(piece))
                pieces.append(piece)
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        OSError,
        EOFError,
        ValueError,
        struct.error,
        RuntimeError,
    ) as error:
        return refused(info.orig_filename, "damaged", str(error) or type(error).__name__)
    return b"".join(pieces)


def _unclaimed(
    data: bytes, members: list[zipfile.ZipInfo], directory: int, allowance: Allowance
) -> Iterator[Member | Unread]:
    """Yield the bytes before, between and behind the members that no directory entry accounts for."""
    at = 0
    for offset, end in sorted(_span(data, info) for info in members):
        if offset > at and _tells(data[at:offset], at):
            yield _remainder(data, at, offset, allowance)
        at = max(at, end)
    if directory > at and _tells(data[at:directory], at):
        yield _remainder(data, at, directory, allowance)
    end = data.rfind(b"PK\x05\x06")
    end += 22 + int.from_bytes(data[end + 20 : end + 22], "little")
    if data[end:].strip(b"\0"):
        yield _remainder(data, end, len(data), allowance)


def _span(data: bytes, info: zipfile.ZipInfo) -> tuple[int, int]:
    offset = info.header_offset
    if not data.startswith(_LOCAL, offset):
        return offset, offset
    name, extra = struct.unpack_from("<HH", data, offset + 26)
    return offset, offset + _LOCAL_SIZE + name + extra + info.compress_size


def _tells(gap: bytes, at: int) -> bool:
    """Return whether a gap can hold anything: not padding, and not the record that follows a streamed member."""
    return bool(gap.strip(b"\0")) and (at == 0 or len(gap) > _DESCRIPTOR)


def _remainder(data: bytes, start: int, end: int, allowance: Allowance) -> Member | Unread:
    allowance.take_file()
    allowance.take_bytes(end - start)
    return Member("#before" if start == 0 else f"#at-{start}", data[start:end])
