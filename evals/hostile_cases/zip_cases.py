"""ZIP archives: bombs, lies, and members that some unpackers see and others do not."""

from __future__ import annotations

import random
import struct
import zlib
from functools import partial
from pathlib import Path

from hostile_cases.case import SCRIPT, Expect, case, skill_text, write, write_skill
from hostile_cases.crafted_zip import STORED, Member, archive, central, end, local, member, overlapping, zeros

_case = partial(case, family="zip")

_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000200000500017a5eab3f0000000049454e44ae426082"
)
"""A picture of one pixel."""


def _put(folder: Path, data: bytes, name: str = "assets/pack.zip") -> None:
    write_skill(folder)
    write(folder / name, data)


@_case("one large member", Expect.NOT_CLEAN)
def _large(folder: Path, _draw: random.Random) -> None:
    packed, size, crc = zeros(256)
    _put(folder, archive([Member(b"zeros.txt", packed, size, crc)]))


@_case("many large members", Expect.NOT_CLEAN)
def _many_large(folder: Path, _draw: random.Random) -> None:
    packed, size, crc = zeros(24)
    _put(folder, archive(Member(b"zeros-%d.txt" % number, packed, size, crc) for number in range(200)))


@_case("60,000 members", Expect.NOT_CLEAN)
def _many_members(folder: Path, _draw: random.Random) -> None:
    _put(folder, archive(member(f"notes/{number}.txt", "a note", method=STORED) for number in range(60_000)))


@_case("nested bomb", Expect.NOT_CLEAN)
def _nested(folder: Path, _draw: random.Random) -> None:
    packed, size, crc = zeros(64)
    data = archive([Member(b"zeros.txt", packed, size, crc)])
    for _ in range(5):
        data = archive(member(f"{number}.zip", data) for number in range(10))
    _put(folder, data)


@_case("members that share their bytes", Expect.NOT_CLEAN)
def _overlapping(folder: Path, _draw: random.Random) -> None:
    _put(folder, overlapping([f"{number:03}.txt" for number in range(150)], 16))


@_case("one set of bytes under many entries", Expect.NOT_CLEAN)
def _same_offset(folder: Path, _draw: random.Random) -> None:
    packed, size, crc = zeros(16)
    kernel = Member(b"zeros.txt", packed, size, crc)
    directory = central(kernel, 0) * 5000
    body = local(kernel)
    _put(folder, body + directory + end(5000, len(directory), len(body)))


@_case("two hundred deep, payload innermost", Expect.NOT_CLEAN)
def _deep(folder: Path, _draw: random.Random) -> None:
    data = archive([member("run.sh", SCRIPT)])
    for _ in range(200):
        data = archive([member("inner.zip", data, method=STORED)])
    _put(folder, data)


@_case("two deep, payload innermost", Expect.FOUND)
def _shallow(folder: Path, _draw: random.Random) -> None:
    inner = archive([member("bin/run.sh", SCRIPT)])
    _put(folder, archive([member("tools.zip", inner)]))


@_case("a packed skill", Expect.FOUND)
def _packed_skill(folder: Path, _draw: random.Random) -> None:
    entries = [member("units/SKILL.md", skill_text()), member("units/scripts/run.sh", SCRIPT, mode=0o100755)]
    write(folder / "units.skill", archive(entries))


@_case("encrypted member", Expect.NOT_CLEAN)
def _encrypted(folder: Path, draw: random.Random) -> None:
    noise = draw.randbytes(200)
    _put(folder, archive([Member(b"run.sh", noise, 188, zlib.crc32(noise), STORED, flags=1)]))


@_case("unknown method", Expect.NOT_CLEAN)
def _method(folder: Path, draw: random.Random) -> None:
    _put(folder, archive([Member(b"run.sh", draw.randbytes(100), 200, 1, method=97)]))


@_case("names that climb or start at the root", Expect.CAUGHT)
def _climbing(folder: Path, _draw: random.Random) -> None:
    names = (
        "../../../run.sh",
        "/etc/cron.hourly/run.sh",
        "C:\\run.sh",
        "..\\..\\run.sh",
        "a/../../run.sh",
        "//host/x/run.sh",
    )
    _put(folder, archive(member(name, SCRIPT) for name in names))


@_case("the same name twice, payload last", Expect.CAUGHT)
def _twice(folder: Path, _draw: random.Random) -> None:
    _put(folder, archive([member("run.sh", "#!/bin/sh\necho hello\n"), member("run.sh", SCRIPT)]))


@_case("the same name twice, payload first", Expect.CAUGHT)
def _twice_first(folder: Path, _draw: random.Random) -> None:
    _put(folder, archive([member("run.sh", SCRIPT), member("run.sh", "#!/bin/sh\necho hello\n")]))


@_case("a member that the directory does not name", Expect.CAUGHT)
def _unlisted(folder: Path, _draw: random.Random) -> None:
    _put(folder, archive([member("README.md", "Units.")], hidden=[member("run.sh", SCRIPT, method=STORED)]))


@_case("header and directory name different files", Expect.CAUGHT)
def _misnamed(folder: Path, _draw: random.Random) -> None:
    real, shown = member("run.sh", SCRIPT), member("run.md", SCRIPT)
    directory = central(shown, 0)
    body = local(real)
    _put(folder, body + directory + end(1, len(directory), len(body)))


@_case("sizes that lie", Expect.NOT_CLEAN)
def _lying(folder: Path, _draw: random.Random) -> None:
    packed, _size, crc = zeros(128)
    _put(folder, archive([Member(b"small.txt", packed, 100, crc)]))


@_case("wrong checksum", Expect.CAUGHT)
def _checksum(folder: Path, _draw: random.Random) -> None:
    honest = member("run.sh", SCRIPT)
    _put(folder, archive([Member(honest.name, honest.packed, honest.size, honest.crc ^ 1)]))


@_case("behind a picture", Expect.CAUGHT)
def _picture(folder: Path, _draw: random.Random) -> None:
    _put(folder, archive([member("run.sh", SCRIPT)], before=_PIXEL), "assets/logo.png")


@_case("behind a shell script", Expect.CAUGHT)
def _self_extracting(folder: Path, _draw: random.Random) -> None:
    start = b'#!/bin/sh\ntail -n +3 "$0" > /dev/null\nexit\n'
    _put(folder, archive([member("run.sh", SCRIPT)], before=start), "scripts/install.sh")


@_case("an archive in the comment", Expect.CAUGHT)
def _comment(folder: Path, _draw: random.Random) -> None:
    inner = archive([member("run.sh", SCRIPT)])
    _put(folder, archive([member("README.md", "Units.")], comment=inner))


@_case("directory of 4 GiB claimed", Expect.NOT_CLEAN)
def _claimed(folder: Path, _draw: random.Random) -> None:
    body = local(member("README.md", "Units."))
    _put(folder, body + end(65535, 2**32 - 1, len(body)))


@_case("zip64 with absurd sizes", Expect.NOT_CLEAN)
def _zip64(folder: Path, _draw: random.Random) -> None:
    body = local(member("README.md", "Units."))
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 2**60, 2**60, 2**62, len(body))
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, len(body), 1)
    _put(folder, body + record + locator + end(65535, 2**32 - 1, 2**32 - 1))


@_case("names that are no text", Expect.CAUGHT)
def _names(folder: Path, _draw: random.Random) -> None:
    names = (
        b"\xff\xfe.sh",
        b"a\nb.sh",
        b"\x1b[2Jrun.sh",
        b"run\0.txt.sh",
        "\u202ehs.nur".encode(),
        b"n" * 60_000 + b".sh",
    )
    _put(folder, archive(member(name, SCRIPT) for name in names))


@_case("links and devices", Expect.NOT_CLEAN)
def _links(folder: Path, _draw: random.Random) -> None:
    entries = [
        member("passwords", "/etc/passwd", mode=0o120777),
        member("up", "../../..", mode=0o120777),
        member("device", "", mode=0o020666),
    ]
    _put(folder, archive(entries))
