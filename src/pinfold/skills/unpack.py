"""Archives and compressed files, opened in memory and within bounds; nothing is ever written to disk.

Every way in which an archive can fail ends here, in an ``Unread``: too large, damaged, encrypted, of a kind that is not
opened, or nested too deep.
"""

from __future__ import annotations

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

from pinfold.model import LimitReachedError, Unread
from pinfold.skills.inflate import Allowance, Ratio, Source, inflate
from pinfold.skills.member import Member
from pinfold.skills.tar_members import tar_members
from pinfold.skills.zip_members import zip_members

_COMPRESSED = {"gzip data": (".gz", ".tgz"), "bzip2 data": (".bz2", ".tbz2", ".tbz"), "xz data": (".xz", ".txz")}
_ZIP = ("ZIP archive", "ZIP archive behind other data")

_DAMAGE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    tarfile.TarError,
    lzma.LZMAError,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,  # with UnicodeError
    OverflowError,
    LookupError,
    RuntimeError,  # with NotImplementedError and RecursionError
    AttributeError,  # from the standard library's own parsers, on headers they do not expect
    TypeError,
)


def members(path: str, data: bytes, title: str, allowance: Allowance) -> Iterator[Member | Unread]:
    """Yield the files in the archive ``data``, and what could not be read. No input makes this raise.

    ``title`` is the format as ``file_type.identify`` calls it. ``path`` is the archive's own and names what a single
    compressed file unpacks to. Member paths are relative to the archive; an ``Unread`` of the archive itself has the
    path ``""``.
    """
    try:
        yield from _open(path, data, title, allowance)
    except LimitReachedError as error:
        yield Unread(path="", reason="limit", detail=str(error))
    except MemoryError:
        yield Unread(path="", reason="limit", detail=f"not enough memory to open this {title}")
    except _DAMAGE as error:
        yield Unread(path="", reason="damaged", detail=f"{title}: {str(error)[:300] or type(error).__name__}")


def _open(path: str, data: bytes, title: str, allowance: Allowance) -> Iterator[Member | Unread]:
    ratio = Ratio(len(data), allowance.limits)
    if title in _ZIP:
        yield from zip_members(data, allowance, ratio)
    elif title == "tar archive":
        yield from tar_members(Source(iter((data,))), allowance)
    elif title in _COMPRESSED:
        source = Source(inflate(data, ratio))
        if _is_tar(source.peek(512)):
            yield from tar_members(source, allowance)
        else:
            yield _single(path, title, source, allowance)
    else:
        yield Unread(path="", reason="opaque", detail=f"{title}: not opened")


def _is_tar(block: bytes) -> bool:
    if len(block) < 512 or not block.strip(b"\0"):
        return False
    try:
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.TarError, ValueError):
        return block[257:262] == b"ustar"
    return True


def _single(path: str, title: str, source: Source, allowance: Allowance) -> Member | Unread:
    """Return the one file that a compressed file holds."""
    name = path.rpartition("/")[2]
    for suffix in _COMPRESSED[title]:
        name = name[: -len(suffix)] if name.lower().endswith(suffix) else name
    limit = allowance.limits.file_bytes
    data = source.take(limit + 1)
    allowance.take_file()
    allowance.take_bytes(len(data))
    if len(data) > limit:
        return Unread(path=name, reason="limit", detail=f"file_bytes = {limit:,}: the file unpacks to more")
    return Member(name or "content", data)
