"""Members of tar archives, read block by block.

The standard library's ``TarFile`` stops without a word at a header it cannot read and at the first empty block, so that
whatever stands behind would go unread. This reader takes the headers from ``TarInfo.frombuf`` and decides everything
else itself: it goes on behind empty blocks, and it says so when it has to stop.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator

from pinfold.model import LimitReachedError, Unread
from pinfold.skills.inflate import Allowance, Source
from pinfold.skills.member import Member, Names, clean_name, link_leaves, refused, unsafe_name

_BLOCK = 512
_EMPTY = bytes(_BLOCK)
_MAX_EXTENSION = 1 << 20  # a longer name or attribute list than this is an attack on the reader

_REGULAR = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
_EXTENSIONS = (
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
)
_SPECIAL = {tarfile.CHRTYPE: "a character device", tarfile.BLKTYPE: "a block device", tarfile.FIFOTYPE: "a named pipe"}


def tar_members(source: Source, allowance: Allowance) -> Iterator[Member | Unread]:
    """Yield the files of the tar archive in ``source``, and what could not be read.

    Raises ``tarfile.HeaderError`` and ``EOFError`` where the archive is damaged, ``LimitReachedError`` where it is too
    large.
    """
    names = Names()
    pending: dict[str, str] = {}  # what extension headers say of the next member
    everywhere: dict[str, str] = {}  # and of all that follow
    while header := source.take(_BLOCK):
        if header == _EMPTY:
            continue
        if len(header) < _BLOCK:
            raise EOFError("the archive is cut short in a header")
        info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        if info.size < 0:
            raise tarfile.InvalidHeaderError("a negative size")  # type: ignore[attr-defined]  # missing in typeshed
        if info.type in _EXTENSIONS:
            allowance.take_file()
            told = _extension(source, info)
            (everywhere if info.type == tarfile.XGLTYPE else pending).update(told)
            continue
        told, pending = {**everywhere, **pending}, {}
        yield from _member(source, info, told, names, allowance)


def _extension(source: Source, info: tarfile.TarInfo) -> dict[str, str]:
    """Return what an extension header says, by pax keyword."""
    if info.size > _MAX_EXTENSION:
        raise LimitReachedError("an extension header of more than 1 MiB")
    body = _content(source, info.size)
    _pass_padding(source, info.size)
    if info.type == tarfile.GNUTYPE_LONGNAME:
        return {"path": _text(body.split(b"\0", 1)[0])}
    if info.type == tarfile.GNUTYPE_LONGLINK:
        return {"linkpath": _text(body.split(b"\0", 1)[0])}
    told: dict[str, str] = {}
    at = 0
    while at < len(body) and body[at]:
        space = body.find(b" ", at, at + 20)
        length = int(body[at:space]) if space > at else 0
        if length <= space - at or at + length > len(body):
            raise ValueError("a damaged attribute list")
        keyword, _, value = body[space + 1 : at + length - 1].partition(b"=")
        told[_text(keyword)] = _text(value)
        at += length
    return told


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _content(source: Source, size: int) -> bytes:
    """Return the ``size`` bytes behind a header."""
    data = source.take(size)
    if len(data) < size:
        raise EOFError("the archive is cut short in a member")
    return data


def _pass_padding(source: Source, size: int) -> None:
    if len(source.take(-size % _BLOCK)) < -size % _BLOCK:
        raise EOFError("the archive is cut short behind a member")


def _member(
    source: Source, info: tarfile.TarInfo, told: dict[str, str], names: Names, allowance: Allowance
) -> Iterator[Member | Unread]:
    """Yield the member behind the header ``info``, or why it is not read."""
    name, target = told.get("path", info.name), told.get("linkpath", info.linkname)
    size = int(told["size"]) if "size" in told else info.size
    allowance.take_file()
    if info.type in (tarfile.DIRTYPE, tarfile.LNKTYPE, tarfile.SYMTYPE, *_SPECIAL):
        if size and info.type != tarfile.LNKTYPE:
            # Programs differ in whether they pass over these bytes, and so in what they take for the next header.
            raise ValueError(f"{name[:100]!r} claims content that its type cannot have")
        if why := unsafe_name(name):
            yield refused(name, "unsafe", why)
        elif info.type in _SPECIAL:
            yield refused(name, "unsafe", _SPECIAL[info.type])
        elif info.type == tarfile.SYMTYPE and link_leaves(name.rpartition("/")[0], target):
            yield refused(name, "unsafe", f"a link out of the archive, to {target[:200]!r}")
        elif info.type == tarfile.LNKTYPE and link_leaves("", target):
            yield refused(name, "unsafe", f"a hard link out of the archive, to {target[:200]!r}")
        if info.type == tarfile.LNKTYPE and size:
            raise ValueError(f"{name[:100]!r} is a hard link that claims content")
        return
    if info.type == tarfile.GNUTYPE_SPARSE or any(keyword.startswith("GNU.sparse") for keyword in told):
        raise ValueError(f"{name[:100]!r} is a sparse file, which is not read")
    limit = allowance.limits.file_bytes
    allowance.take_bytes(min(size, limit))
    why = unsafe_name(name)
    if why or size > limit:
        yield refused(name, "unsafe" if why else "limit", why or f"file_bytes = {limit:,}: the member has {size:,}")
        if not source.skip(size + -size % _BLOCK):
            raise EOFError("the archive is cut short in a member")
        return
    data = _content(source, size)
    if info.type not in _REGULAR or not name.endswith("/") or data:
        yield Member(names.path(clean_name(name)), data, bool(info.mode & 0o100))
    _pass_padding(source, size)
