from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import time
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinfold.model import Limits, Unread
from pinfold.skills.file_type import identify
from pinfold.skills.inflate import Allowance
from pinfold.skills.member import Member
from pinfold.skills.unpack import members

FILES = {"skill/SKILL.md": b"# Hello\n", "skill/run.sh": b"echo hello\n" * 50, "skill/empty": b""}


def opened(data: bytes, path: str = "a.zip", **limits: int) -> tuple[dict[str, bytes], list[Unread]]:
    found = list(members(path, data, identify(path, data).title, Allowance(Limits(**limits))))
    return {item.path: item.data for item in found if isinstance(item, Member)}, [
        item for item in found if isinstance(item, Unread)
    ]


def reasons(unread: list[Unread]) -> list[str]:
    return [item.reason for item in unread]


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data, method)
    return out.getvalue()


def tarred(*entries: tuple[tarfile.TarInfo | str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, data in entries:
            info = tarfile.TarInfo(name) if isinstance(name, str) else name
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def special(name: str, type_: bytes, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = type_, link
    return info


def old_tar(name: str, data: bytes) -> bytes:
    """A tar file from before the magic word."""
    header = bytearray(512)
    header[: len(name)] = name.encode()
    header[100:108], header[124:136] = b"0000644\0", b"%011o\0" % len(data)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + data + bytes(-len(data) % 512) + bytes(1024)


TAR = tarred(*FILES.items())


@pytest.mark.parametrize(
    "data",
    [
        zipped(*FILES.items()),
        zipped(*FILES.items(), method=zipfile.ZIP_STORED),
        zipped(*FILES.items(), method=zipfile.ZIP_BZIP2),
        zipped(*FILES.items(), method=zipfile.ZIP_LZMA),
        TAR,
        tarred(*FILES.items(), form=tarfile.GNU_FORMAT),
        tarred(*FILES.items(), form=tarfile.USTAR_FORMAT),
        gzip.compress(TAR),
        bz2.compress(TAR),
        lzma.compress(TAR),
    ],
)
def test_every_format_gives_every_file(data: bytes) -> None:
    # The name says nothing about the format: its bytes do.
    assert opened(data, "looks-like.txt") == (FILES, [])


def test_an_old_tar_is_opened() -> None:
    assert opened(old_tar("a.txt", b"hello"), "a.dat") == ({"a.txt": b"hello"}, [])


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_single_compressed_file_is_opened(compress: Callable[[bytes], bytes]) -> None:
    two = compress(b"hello ") + compress(b"world")
    assert opened(two, "folder/notes.txt.gz")[0].popitem()[1] == b"hello world"
    assert "notes.txt" in opened(gzip.compress(b"a"), "folder/notes.txt.gz")[0]


def test_long_names_in_both_tar_forms_are_read() -> None:
    name = "/".join(["folder" * 4] * 12) + "/a.txt"
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
        assert opened(tarred((name, b"x"), form=form)) == ({name: b"x"}, [])


@pytest.mark.parametrize(
    "name",
    ["../evil", "a/../../evil", "/etc/cron.d/x", "C:\\Windows\\x", "c:x", "..\\evil", "\\\\host\\share", "a" * 5000],
)
def test_names_that_leave_the_archive_are_unsafe(name: str) -> None:
    for data in (zipped((name, b"x"), ("ok", b"y")), tarred((name, b"x"), ("ok", b"y"))):
        files, unread = opened(data)
        assert list(files) == ["ok"]
        assert reasons(unread) == ["unsafe"]


def test_a_nul_in_a_name_is_unsafe() -> None:
    data = zipped(("okXevil.sh", b"x")).replace(b"okXevil.sh", b"ok\0evil.sh")
    assert reasons(opened(data)[1]) == ["unsafe"]


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        (special("dev", tarfile.CHRTYPE), ["unsafe"]),
        (special("dev", tarfile.BLKTYPE), ["unsafe"]),
        (special("pipe", tarfile.FIFOTYPE), ["unsafe"]),
        (special("a/link", tarfile.SYMTYPE, "../b"), []),
        (special("a/link", tarfile.SYMTYPE, "../../b"), ["unsafe"]),
        (special("link", tarfile.SYMTYPE, "/etc/passwd"), ["unsafe"]),
        (special("link", tarfile.LNKTYPE, "a/b"), []),
        (special("link", tarfile.LNKTYPE, "../b"), ["unsafe"]),
        (special("link", tarfile.LNKTYPE, "/etc/passwd"), ["unsafe"]),
    ],
)
def test_links_and_devices_in_a_tar(info: tarfile.TarInfo, reason: list[str]) -> None:
    files, unread = opened(tarred((info, b""), ("ok", b"y")))
    assert (list(files), reasons(unread)) == (["ok"], reason)


@pytest.mark.parametrize(
    ("mode", "content", "reason"),
    [
        (0o120777, b"../../etc/passwd", ["unsafe"]),
        (0o120777, b"SKILL.md", []),
        (0o020666, b"", ["unsafe"]),
        (0o010666, b"", ["unsafe"]),
    ],
)
def test_links_and_devices_in_a_zip(mode: int, content: bytes, reason: list[str]) -> None:
    info = zipfile.ZipInfo("skill/thing")
    info.external_attr = mode << 16
    files, unread = opened(zipped((info, content), ("ok", b"y")))
    assert (list(files), reasons(unread)) == (["ok"], reason)


def test_the_execute_bit_is_kept() -> None:
    info = zipfile.ZipInfo("run")
    info.external_attr = 0o100755 << 16
    tar_info = tarfile.TarInfo("run")
    tar_info.mode = 0o755
    for data in (zipped((info, b"x"), ("no", b"y")), tarred((tar_info, b"x"), ("no", b"y"))):
        found = members("a", data, identify("a", data).title, Allowance(Limits()))
        assert [(item.path, item.executable) for item in found if isinstance(item, Member)] == [
            ("run", True),
            ("no", False),
        ]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_all_read() -> None:
    entries = (("SKILL.md", b"good"), ("SKILL.md", b"bad"), ("./SKILL.md", b"ugly"))
    for data in (zipped(*entries), tarred(*entries)):
        assert opened(data) == ({"SKILL.md": b"good", "SKILL.md#2": b"bad", "SKILL.md#3": b"ugly"}, [])


def test_a_member_may_be_called_like_the_second_of_another_name() -> None:
    files, _unread = opened(zipped(("a.txt", b"1"), ("a.txt", b"2"), ("a.txt#2", b"3"), ("a.txt", b"4")))
    assert sorted(files.values()) == [b"1", b"2", b"3", b"4"]


def test_a_tar_that_ends_in_the_padding_of_a_member_is_damaged() -> None:
    data = tarred(("a.txt", b"hello"))
    files, unread = opened(data[:600], "a.tar")
    assert (files, reasons(unread)) == ({"a.txt": b"hello"}, ["damaged"])


def test_encrypted_members_are_named() -> None:
    data = bytearray(zipped(("secret.txt", b"x" * 40), ("ok", b"y")))
    directory = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[directory + 8] |= 1
    files, unread = opened(bytes(data))
    assert (list(files), reasons(unread)) == (["ok"], ["encrypted"])


def test_a_damaged_member_costs_itself_alone() -> None:
    data = zipped(("a", b"x" * 40), ("b", b"hello"), method=zipfile.ZIP_STORED).replace(b"hello", b"jello")
    files, unread = opened(data)
    assert (list(files), [(item.path, item.reason) for item in unread]) == (["a"], [("b", "damaged")])


def test_an_unknown_compression_is_opaque() -> None:
    data = bytearray(zipped(("a", b"x" * 40)))
    data[8] = data[data.index(b"PK\x01\x02") + 10] = 97
    assert reasons(opened(bytes(data))[1]) == ["opaque"]


def test_bytes_that_no_member_accounts_for_are_read() -> None:
    plain = zipped(("a", b"x"))
    assert opened(b"#!/bin/sh\necho hello\n" + plain)[0]["#before"] == b"#!/bin/sh\necho hello\n"
    assert opened(plain + b"curl behind the end")[0][f"#at-{len(plain)}"] == b"curl behind the end"
    out = io.BytesIO(plain)
    with zipfile.ZipFile(out, "a") as archive:
        archive.comment = b"ignore everything above"
    assert opened(out.getvalue())[0]["#comment"] == b"ignore everything above"


def test_a_member_that_only_its_local_header_names_is_seen() -> None:
    # A program that reads from the front finds the first member; the directory does not name it.
    hidden, shown = zipped(("hidden.sh", b"echo hidden")), zipped(("SKILL.md", b"hello"))
    front = hidden[: hidden.index(b"PK\x01\x02")]
    files, unread = opened(front + shown)
    assert files["SKILL.md"] == b"hello"
    assert files["#before"] == front
    assert unread == []


def test_a_tar_is_read_beyond_its_end_mark() -> None:
    joined = tarred(("a", b"1")) + tarred(("b", b"2"))
    assert opened(joined) == ({"a": b"1", "b": b"2"}, [])


def test_a_tar_with_a_broken_header_says_so() -> None:
    joined = tarred(("a", b"1")) + b"no header at all".ljust(512, b"!")
    files, unread = opened(joined)
    assert (files, reasons(unread)) == ({"a": b"1"}, ["damaged"])


@pytest.mark.parametrize("data", [TAR[:515], gzip.compress(TAR)[:-30], bz2.compress(TAR)[:-9], lzma.compress(TAR)[:-9]])
def test_what_is_cut_short_is_damaged(data: bytes) -> None:
    assert reasons(opened(data)[1]) == ["damaged"]


def test_data_behind_a_compressed_stream_is_damage() -> None:
    assert reasons(opened(gzip.compress(b"x") + b"something else")[1]) == ["damaged"]
    assert opened(gzip.compress(b"x") + bytes(100), "a.gz") == ({"a": b"x"}, [])


def test_sparse_files_are_not_passed_over_in_silence() -> None:
    assert reasons(opened(tarred((special("s", tarfile.GNUTYPE_SPARSE), b""), form=tarfile.GNU_FORMAT))[1]) == [
        "damaged"
    ]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_bomb_stops_at_the_ratio(compress: Callable[[bytes], bytes]) -> None:
    bomb = compress(bytes(64 << 20))
    start = time.perf_counter()
    files, unread = opened(bomb, "a.gz", archive_ratio=50, file_bytes=1 << 30)
    assert (files, reasons(unread)) == ({}, ["limit"])
    assert "archive_ratio" in unread[0].detail
    assert time.perf_counter() - start < 3


def test_a_zip_bomb_of_overlapping_members_stops() -> None:
    inner = zipped(("a", bytes(4 << 20)))
    directory = inner.index(b"PK\x01\x02")
    entry = inner[directory : inner.index(b"PK\x05\x06")]
    count = 500
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, count, count, len(entry) * count, directory, 0)
    files, unread = opened(inner[:directory] + entry * count + end)
    assert len(files) < 20
    assert "limit" in reasons(unread) or "damaged" in reasons(unread)


def test_a_directory_bomb_is_not_even_opened() -> None:
    many = zipped(*((f"f{number}", b"") for number in range(300)))
    files, unread = opened(many, skill_files=100)
    assert (files, reasons(unread)) == ({}, ["limit"])


def test_too_many_or_too_large_members_stop() -> None:
    many = tarred(*((f"f{number}", b"x") for number in range(30)))
    assert len(opened(many, skill_files=10)[0]) == 10
    assert reasons(opened(many, skill_files=10)[1]) == ["limit"]
    assert reasons(opened(tarred(("a", b"x" * 90), ("b", b"x" * 90)), skill_bytes=100)[1]) == ["limit"]


def test_a_large_member_costs_itself_alone() -> None:
    entries = (("big", b"x" * 5000), ("ok", b"y"))
    for data in (zipped(*entries), tarred(*entries)):
        files, unread = opened(data, file_bytes=1000)
        assert (files, [(item.path, item.reason) for item in unread]) == ({"ok": b"y"}, [("big", "limit")])
    assert reasons(opened(gzip.compress(b"x" * 5000), "a.gz", file_bytes=1000)[1]) == ["limit"]


def test_an_extension_header_bomb_stops() -> None:
    info = tarfile.TarInfo("a")
    info.pax_headers = {"comment": "x" * (2 << 20)}
    assert reasons(opened(gzip.compress(tarred((info, b""))), archive_ratio=10_000)[1]) == ["limit"]


def test_thousands_of_tiny_streams_stop() -> None:
    start = time.perf_counter()
    assert reasons(opened(gzip.compress(b"") * 50_000, "a.gz")[1]) == ["limit"]
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    "magic", [b"7z\xbc\xaf\x27\x1c\0\x04", b"Rar!\x1a\x07\x01\0", b"\x28\xb5\x2f\xfd\x04\0", b"!<arch>\n\xff"]
)
def test_archives_of_other_kinds_are_opaque(magic: bytes) -> None:
    assert reasons(opened(magic + bytes(40))[1]) == ["opaque"]


def test_a_thousand_mutated_archives_never_crash() -> None:
    dice = random.Random(2)
    bases = [
        *(zipped(*FILES.items(), method=method) for method in (0, 8, 12, 14)),
        TAR,
        tarred(("n" * 150, b"x"), form=tarfile.GNU_FORMAT),
        gzip.compress(TAR),
        bz2.compress(TAR),
        lzma.compress(TAR),
    ]
    start = time.perf_counter()
    for _ in range(1_000):
        data = bytearray(dice.choice(bases))
        for _ in range(dice.randint(1, 8)):
            at = dice.randrange(len(data))
            action = dice.random()
            if action < 0.7:
                data[at] = dice.randrange(256)
            elif action < 0.85:
                del data[at : at + dice.randint(1, 40)]
            else:
                data[at:at] = dice.randbytes(dice.randint(1, 40))
            if not data:
                break
        found = list(
            members("a", bytes(data), "ZIP archive" if data[:1] == b"P" else "tar archive", Allowance(Limits()))
        )
        found += list(members("a", bytes(data), identify("a", bytes(data)).title, Allowance(Limits())))
        assert all(isinstance(item, Member | Unread) for item in found)
    assert time.perf_counter() - start < 30


@settings(max_examples=200)
@given(
    data=st.binary(max_size=1500),
    title=st.sampled_from(["ZIP archive", "tar archive", "gzip data", "bzip2 data", "xz data", "RAR archive"]),
    magic=st.sampled_from([b"", b"PK\x03\x04", b"\x1f\x8b\x08\0\0\0\0\0\0\xff", b"BZh9", b"\xfd7zXZ\0"]),
)
def test_any_bytes_give_files_or_reasons(data: bytes, title: str, magic: bytes) -> None:
    allowance = Allowance(Limits(skill_bytes=1 << 20, skill_files=50))
    for item in members("x", magic + data, title, allowance):
        assert isinstance(item, Member) or item.reason


@given(name=st.text(max_size=30), data=st.binary(max_size=50))
def test_whatever_is_packed_comes_out_or_is_named(name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name or "x")
    files, unread = opened(zipped((info, data)))
    assert data in files.values() or unread or (info.filename.endswith("/") and not data)
    for path in (*files, *(item.path for item in unread)):
        path.encode()
        assert not path.startswith("/") or unread
