"""Tar archives and compressed files: bombs, headers that lie, links and devices."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile
import zlib
from functools import partial
from pathlib import Path

from hostile_cases.case import SCRIPT, Expect, case, write, write_skill

_case = partial(case, family="tar")

_MEBIBYTE = 1024 * 1024


def _put(folder: Path, data: bytes, name: str = "assets/pack.tar.gz") -> None:
    write_skill(folder)
    write(folder / name, data)


def tar(entries: dict[str, bytes], *, kind: int = tarfile.PAX_FORMAT) -> bytes:
    """Return an honest tar archive."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=kind) as pack:
        for name, data in entries.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mode = 0o755
            pack.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def _header(name: str, kind: bytes, size: int = 0, link: str = "") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, size, link
    return info.tobuf(tarfile.GNU_FORMAT)


def _gzip_zeros(before: bytes, mebibytes: int) -> bytes:
    """Return ``before`` and as many zeros, packed with gzip."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(_MEBIBYTE)
    pieces = [packer.compress(before), *(packer.compress(block) for _ in range(mebibytes)), packer.flush()]
    return b"".join(pieces)


@_case("one large member", Expect.NOT_CLEAN)
def _large(folder: Path, _draw: random.Random) -> None:
    _put(folder, _gzip_zeros(_header("zeros.txt", tarfile.REGTYPE, 600 * _MEBIBYTE), 600))


@_case("50,000 members", Expect.NOT_CLEAN)
def _many(folder: Path, _draw: random.Random) -> None:
    _put(
        folder,
        gzip.compress(b"".join(_header(f"n/{number}", tarfile.REGTYPE) for number in range(50_000)) + bytes(1024)),
    )


@_case("pax header of 300 MiB", Expect.NOT_CLEAN)
def _pax(folder: Path, _draw: random.Random) -> None:
    _put(folder, _gzip_zeros(_header("pax", tarfile.XHDTYPE, 300 * _MEBIBYTE), 300))


@_case("long name of 300 MiB", Expect.NOT_CLEAN)
def _long_name(folder: Path, _draw: random.Random) -> None:
    _put(folder, _gzip_zeros(_header("././@LongLink", tarfile.GNUTYPE_LONGNAME, 300 * _MEBIBYTE), 300))


@_case("sparse file of 1 TiB", Expect.NOT_CLEAN)
def _sparse(folder: Path, _draw: random.Random) -> None:
    entries = b"GNU.sparse.major=1\n", b"GNU.sparse.minor=0\n", b"GNU.sparse.realsize=1099511627776\n"
    pax = b"".join(b"%d %s" % (len(entry) + 3, entry) for entry in entries)
    content = b"1\n0\n512\n".ljust(1024, b"\0")
    data = _header("pax", tarfile.XHDTYPE, len(pax)) + pax.ljust(512, b"\0")
    _put(folder, data + _header("sparse.bin", tarfile.REGTYPE, len(content)) + content + bytes(1024), "assets/pack.tar")


@_case("old sparse file of 8 GiB", Expect.NOT_CLEAN)
def _old_sparse(folder: Path, _draw: random.Random) -> None:
    block = bytearray(_header("sparse.bin", tarfile.GNUTYPE_SPARSE, 512))
    block[386:410] = b"00000000000\0" + b"00000001000\0"  # one piece: offset 0, 512 bytes
    block[483:495] = b"77777777777\0"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    _put(folder, bytes(block) + b"x" * 512 + bytes(1024), "assets/pack.tar")


@_case("links and devices", Expect.NOT_CLEAN)
def _links(folder: Path, _draw: random.Random) -> None:
    blocks = [
        _header("passwords", tarfile.SYMTYPE, link="/etc/passwd"),
        _header("up", tarfile.SYMTYPE, link="../../../.."),
        _header("hard", tarfile.LNKTYPE, link="/etc/shadow"),
        _header("loop", tarfile.SYMTYPE, link="loop"),
        _header("zero", tarfile.CHRTYPE),
        _header("disk", tarfile.BLKTYPE),
        _header("pipe", tarfile.FIFOTYPE),
    ]
    _put(folder, gzip.compress(b"".join(blocks) + bytes(1024)))


@_case("names that climb or start at the root", Expect.CAUGHT)
def _climbing(folder: Path, _draw: random.Random) -> None:
    _put(folder, gzip.compress(tar(dict.fromkeys(("../../run.sh", "/etc/run.sh", "a/../../run.sh"), SCRIPT.encode()))))


@_case("a thousand folders deep", Expect.CAUGHT)
def _deep(folder: Path, _draw: random.Random) -> None:
    _put(folder, gzip.compress(tar({"d/" * 1000 + "run.sh": SCRIPT.encode()})))


@_case("payload in a plain archive", Expect.FOUND)
def _plain(folder: Path, _draw: random.Random) -> None:
    _put(folder, gzip.compress(tar({"bin/run.sh": SCRIPT.encode()})))


@_case("payload in xz, bzip2 and gzip", Expect.FOUND)
def _formats(folder: Path, _draw: random.Random) -> None:
    inner = tar({"bin/run.sh": SCRIPT.encode()}, kind=tarfile.GNU_FORMAT)
    _put(folder, gzip.compress(tar({"a.tar.xz": lzma.compress(inner), "b.tar.bz2": bz2.compress(inner)})))


@_case("payload behind the end mark", Expect.CAUGHT)
def _after_end(folder: Path, _draw: random.Random) -> None:
    _put(folder, tar({"README.md": b"Units."}) + tar({"run.sh": SCRIPT.encode()}), "assets/pack.tar")


@_case("payload in the second gzip member", Expect.CAUGHT)
def _second_member(folder: Path, _draw: random.Random) -> None:
    _put(folder, gzip.compress(b"#!/bin/sh\n") + gzip.compress(SCRIPT.encode()), "assets/run.sh.gz")


@_case("payload behind a gzip file", Expect.CAUGHT)
def _trailing(folder: Path, _draw: random.Random) -> None:
    _put(folder, gzip.compress(b"#!/bin/sh\n") + SCRIPT.encode(), "assets/run.sh.gz")


@_case("gzip cut short", Expect.NOT_CLEAN)
def _cut(folder: Path, _draw: random.Random) -> None:
    data = gzip.compress(tar({"README.md": b"Units.", "run.sh": SCRIPT.encode()}))
    _put(folder, data[: len(data) * 2 // 3])


@_case("gzip fifty deep", Expect.NOT_CLEAN)
def _matryoshka(folder: Path, _draw: random.Random) -> None:
    data = SCRIPT.encode()
    for _ in range(50):
        data = gzip.compress(data)
    _put(folder, data, "assets/run.sh.gz")


@_case("bzip2 bomb", Expect.NOT_CLEAN)
def _bzip2(folder: Path, _draw: random.Random) -> None:
    _put(folder, bz2.compress(bytes(256 * _MEBIBYTE)), "assets/zeros.bz2")


@_case("xz bomb", Expect.NOT_CLEAN)
def _xz(folder: Path, _draw: random.Random) -> None:
    _put(folder, lzma.compress(bytes(256 * _MEBIBYTE), preset=1), "assets/zeros.xz")


@_case("xz that wants 4 GiB of dictionary", Expect.CAUGHT)
def _dictionary(folder: Path, _draw: random.Random) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 64 * _MEBIBYTE}]
    data = bytearray(lzma.compress(SCRIPT.encode(), filters=filters, check=lzma.CHECK_NONE))
    at = data.index(b"\x21\x01") + 2  # the filter's properties: one byte for the size of the dictionary
    data[at] = 40
    header = 12
    size = (data[header] + 1) * 4
    data[header + size - 4 : header + size] = zlib.crc32(data[header : header + size - 4]).to_bytes(4, "little")
    _put(folder, bytes(data), "assets/run.sh.xz")


@_case("7z, rar and cab by their first bytes", Expect.NOT_CLEAN)
def _unknown(folder: Path, draw: random.Random) -> None:
    _put(folder, b"7z\xbc\xaf\x27\x1c\0\4" + draw.randbytes(500), "assets/a.7z")
    write(folder / "assets" / "b.rar", b"Rar!\x1a\7\1\0" + draw.randbytes(500))
    write(folder / "assets" / "c.cab", b"MSCF\0\0\0\0" + draw.randbytes(500))
