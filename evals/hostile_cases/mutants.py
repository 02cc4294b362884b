"""A thousand broken archives: flipped bits, cuts, splices, made from a few whole ones and a seed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from hostile_cases.case import MINES, SCRIPT, Case, Expect, skill_text, write, write_skill
from hostile_cases.crafted_zip import STORED, archive, member
from hostile_cases.tar_cases import tar

_MOST = 1024 * 1024
_DAMAGE = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError,
    LookupError, OverflowError, NotImplementedError, AttributeError, TypeError,
)  # fmt: skip


def whole(draw: random.Random) -> dict[str, bytes]:
    """Return the archives, by name, that mutants are made from. Each holds the payload as ``run.sh``."""
    files = {"SKILL.md": skill_text(), "notes.txt": "".join(draw.choices("units \n", k=3000)), "run.sh": SCRIPT}
    plain = {name: text.encode() for name, text in files.items()}
    packed = archive(member(name, text) for name, text in files.items())
    pack = tar(plain)
    return {
        "deflated.zip": packed,
        "stored.zip": archive(member(name, text, method=STORED) for name, text in files.items()),
        "pack.tar": pack,
        "gnu.tar": tar(plain, kind=tarfile.GNU_FORMAT),
        "pack.tar.gz": gzip.compress(pack, mtime=0),
        "pack.tar.bz2": bz2.compress(pack),
        "pack.tar.xz": lzma.compress(pack),
        "units.whl": packed,
        "nested.zip": archive([member("inner.zip", packed), member("inner.tgz", gzip.compress(pack, mtime=0))]),
        "run.sh.gz": gzip.compress(SCRIPT.encode(), mtime=0),
    }


def mutate(data: bytes, other: bytes, draw: random.Random) -> bytes:
    """Return ``data`` damaged in one of seven ways, most of them small."""
    broken = bytearray(data)
    at = draw.randrange(len(broken))
    length = min(draw.choice((1, 4, 30, 300)), len(broken) - at)
    way = draw.randrange(7)
    if way <= 1:
        for _ in range(draw.choice((1, 1, 2, 8, 60))):
            broken[draw.randrange(len(broken))] ^= 1 << draw.randrange(8)
    elif way == 2:
        del broken[at:]
    elif way == 3:
        broken[at:] = other[draw.randrange(len(other)) :]
    elif way == 4:
        broken[at : at + length] = draw.choice((b"\0", b"\xff")) * length
    elif way == 5:
        broken[at:at] = broken[at : at + length] * draw.choice((1, 2, 50))
    else:
        del broken[at : at + length]
    return bytes(broken)


def carries(data: bytes, depth: int = 0) -> bool:
    """Say whether an ordinary, trusting unpacker would still get the payload out of ``data``, or some of it."""
    if SCRIPT.encode()[10:] in data:
        return True
    if depth > 2 or not data:
        return False
    return any(carries(content, depth + 1) for content in (*_unzipped(data), *_untarred(data), *_unpacked(data)))


def _unzipped(data: bytes) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            for entry in pack.infolist():
                try:
                    yield pack.open(entry).read(_MOST)
                except _DAMAGE:
                    continue
    except _DAMAGE:
        return


def _untarred(data: bytes) -> Iterator[bytes]:
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as pack:
            for entry in pack:
                stream = pack.extractfile(entry) if entry.isreg() else None
                if stream is not None:
                    yield stream.read(_MOST)
    except _DAMAGE:
        return


def _unpacked(data: bytes) -> Iterator[bytes]:
    for unpacker in (zlib.decompressobj(31), bz2.BZ2Decompressor(), lzma.LZMADecompressor()):
        pieces = bytearray()
        try:
            for start in range(0, len(data), 512):  # piece by piece, so that what stands before the damage comes out
                pieces += unpacker.decompress(data[start : start + 512])
        except _DAMAGE:
            pass
        if pieces:
            yield bytes(pieces)


def damaged(name: str, data: bytes) -> bool:
    """Say whether a strict unpacker refuses ``data``. An empty file holds nothing that could go unread."""
    if not data:
        return False
    unpack = next((unpack for ending, unpack in _STRICT.items() if name.endswith(ending)), _tested)
    try:
        return not unpack(data)
    except _DAMAGE:
        return True


def _tested(data: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        return pack.testzip() is None


def _listed(data: bytes) -> bool:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as pack:
        return all(stream.read() is not None for entry in pack if (stream := pack.extractfile(entry)) is not None)


_STRICT: dict[str, Callable[[bytes], object]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
    ".tar": _listed,
}


def mutants(count: int, seed: int) -> Iterator[Case]:
    """Yield ``count`` cases: a skill with a broken archive in it."""
    source = random.Random(f"whole {seed}")  # noqa: S311 - a corpus has to come out the same again
    archives = whole(source)
    names = sorted(archives)
    for number in range(count):
        draw = random.Random(f"{seed} {number}")  # noqa: S311 - as above
        name = names[number % len(names)]
        data = mutate(archives[name], archives[draw.choice(names)], draw)
        expect = Expect.NOT_CLEAN if damaged(name, data) else Expect.ANYTHING
        expect = Expect.CAUGHT if carries(data) else expect
        yield Case(f"{number:04} {name}", "mutants", expect, partial(_build, name=name, data=data), MINES)


def _build(folder: Path, _draw: random.Random, *, name: str, data: bytes) -> None:
    write_skill(folder)
    write(folder / "assets" / name, data)
