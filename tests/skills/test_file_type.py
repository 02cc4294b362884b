from __future__ import annotations

import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import FileType
from pinfold.skills.file_type import identify


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0\0"))
    + chunk(b"IEND", b"")
)
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\x00\x3b"
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + bytes(range(0x80, 0xF0)) + b"\xff\x00\xff\xd0\x01" + b"\xff\xd9"
)
WEBP = b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8L" + struct.pack("<I", 10) + b"\x2f\0\0\0\0\x88\x88\x08\0\0"
WAV = b"RIFF" + struct.pack("<I", 44) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
WAV += b"data" + struct.pack("<I", 8) + b"\0\x01" * 4
BMP = b"BM" + struct.pack("<IHHI", 58, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0)
BMP += b"\0\0\xff\0"
ICON = b"\0\0\x01\0\x01\0" + struct.pack("<BBBBHHII", 1, 1, 0, 0, 1, 32, len(PNG), 22) + PNG
FONT = b"\0\x01\0\0" + struct.pack(">HHHH", 1, 16, 0, 0) + b"head" + struct.pack(">III", 0, 28, 4) + b"\0\x01\x02\x03"
COLLECTION = b"ttcf" + struct.pack(">III", 0x10000, 1, 16) + b"\0\x01\0\0" + struct.pack(">HHHH", 1, 16, 0, 0)
COLLECTION += b"head" + struct.pack(">III", 0, 44, 4) + b"\0\x01\x02\x03"
WOFF = b"wOFF\0\x01\0\0" + struct.pack(">I", 48) + bytes(36)
OGG = b"OggS\0\x02" + bytes(20) + b"\x01\x04" + b"\x01\x02\x03\x04"
MP3 = b"ID3\x03\0\0\0\0\0\x02ab" + (b"\xff\xfb\x90\x00" + bytes(413)) * 2
MP4 = struct.pack(">I", 16) + b"ftypisom\0\0\0\0" + struct.pack(">I", 12) + b"mdat\x01\x02\x03\x04"
MIDI = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk\0\0\0\x04\0\xff\x2f\0"
WEBM = b"\x1a\x45\xdf\xa3\x84\0\x01\x02\x03\x18\x53\x80\x67\x82\0\x01"
AIFF = b"FORM" + struct.pack(">I", 8) + b"AIFF\0\0\0\0"

MEDIA = {
    "a.png": PNG, "a.gif": GIF, "a.jpg": JPEG, "a.webp": WEBP, "a.wav": WAV, "a.bmp": BMP, "a.ico": ICON,
    "a.ttf": FONT, "a.ttc": COLLECTION, "a.woff": WOFF, "a.ogg": OGG, "a.mp3": MP3, "a.mp4": MP4, "a.mid": MIDI,
    "a.webm": WEBM, "a.aiff": AIFF,
}  # fmt: skip

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"


def zip_of(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(("name", "data"), MEDIA.items())
def test_sound_media_count_as_read(name: str, data: bytes) -> None:
    found = identify(name, data)
    assert (found.type, found.reason) == (FileType.MEDIA, "")


@pytest.mark.parametrize(("name", "data"), MEDIA.items())
def test_data_behind_the_end_of_media_is_unread(name: str, data: bytes) -> None:
    found = identify(name, data + b"run this instead")
    assert found.type is FileType.MEDIA
    assert found.reason == "opaque"
    assert "after the end" in found.detail


@pytest.mark.parametrize("name", [name for name in MEDIA if name not in ("a.mp3", "a.mp4", "a.mid", "a.webm")])
def test_media_cut_short_are_never_read(name: str) -> None:
    data = MEDIA[name]  # the four left out are rows of pieces, any of which may be the last
    for end in range(4, len(data)):
        found = identify(name, data[:end])
        assert found.reason or found.type is FileType.TEXT or not data[end:].strip(b"\0"), end


@pytest.mark.parametrize(("name", "data"), MEDIA.items())
def test_media_under_the_name_of_a_text_are_unread(name: str, data: bytes) -> None:
    assert identify("SKILL.md", data).reason == "opaque"


def test_padding_behind_media_is_no_data() -> None:
    assert identify("a.png", PNG + b"\0\0\r\n").reason == ""


def test_an_archive_or_markup_hidden_inside_media_is_unread() -> None:
    hidden = PNG[:-12] + chunk(b"teXt", zip_of(a="b")) + PNG[-12:]
    assert "ZIP" in identify("a.png", hidden).detail
    script = PNG[:-12] + chunk(b"teXt", b"<?php echo 1;") + PNG[-12:]
    assert identify("a.png", script).reason == "opaque"


def test_text_that_begins_as_media_is_text() -> None:
    assert identify("a.gif", b"GIF89a = 1; alert(a)").type is FileType.TEXT
    assert identify("a.bmp", "BM ist kein Bild, sondern Text: ä".encode()).type is FileType.TEXT


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello\n",
        "挖矿 and more".encode(),
        "挖矿 手册 中文".encode("gb18030"),
        "日本語の文章です".encode("shift-jis"),
        "naïve café".encode("latin-1"),
        "instructions for the agent".encode("utf-16"),
        "instructions for the agent".encode("utf-16-le"),
        "instructions for the agent".encode("utf-16-be"),
        "instructions for the agent".encode("utf-32"),
        "\ufeff挖矿教程".encode("utf-16"),
        b"a stray \xff byte in a long enough line of text",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"one NUL \0 in a line of text that is long enough to be text all the same",
        b"\x1b[31mred\x1b[0m",
    ],
)
def test_text_in_every_common_encoding_is_text(data: bytes) -> None:
    assert identify("notes.md", data).type is FileType.TEXT


@pytest.mark.parametrize(
    ("data", "type_"),
    [
        (b"\xa7\r\r\n" + bytes(12) + b"\xe3" + bytes(30), FileType.PROGRAM),
        (b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x02os\x94.", FileType.DATA),
    ],
    ids=["compiled Python", "pickle"],
)
def test_what_is_read_for_what_it_carries_is_not_unread(data: bytes, type_: FileType) -> None:
    found = identify("thing.bin", data)
    assert (found.type, found.reason) == (type_, "")


@pytest.mark.parametrize(
    ("data", "type_"),
    [
        (b"\x7fELF\x02\x01\x01" + bytes(60), FileType.PROGRAM),
        (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff" + bytes(60), FileType.PROGRAM),
        (b"\xcf\xfa\xed\xfe\x07\0\0\x01" + bytes(60), FileType.PROGRAM),
        (b"\0asm\x01\0\0\0", FileType.PROGRAM),
        (b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(20), FileType.PROGRAM),
        (b"dex\n035\0" + bytes(60), FileType.PROGRAM),
        (b"SQLite format 3\0" + bytes(80), FileType.DATA),
        (bytes(range(256)) * 4, FileType.DATA),
        (b"\xff\xfe" + bytes(range(256)) * 4, FileType.DATA),
    ],
)
def test_programs_and_unknown_data_are_unread(data: bytes, type_: FileType) -> None:
    found = identify("thing.bin", data)
    assert (found.type, found.reason) == (type_, "opaque")
    assert found.detail


def test_a_plain_pdf_counts_as_read() -> None:
    assert identify("guide.pdf", PDF) == (FileType.DOCUMENT, "PDF document", "", "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda pdf: pdf.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>"), "opaque"),
        (lambda pdf: pdf.replace(b"/Catalog", b"/Catalog/OpenAction<</S/J#61va#53cript>>"), "opaque"),
        (lambda pdf: pdf.replace(b"/Catalog", b"/Catalog/OpenAction<</S/Launch/F(calc)>>"), "opaque"),
        (lambda pdf: pdf.replace(b"/Catalog", b"/Catalog/Names<</EmbeddedFiles 2 0 R>>"), "opaque"),
        (lambda pdf: pdf.replace(b"/Root", b"/Encrypt 5 0 R/Root"), "encrypted"),
        (lambda pdf: pdf + b"#!/bin/sh\necho hello", "opaque"),
        (lambda pdf: pdf.replace(b"%%EOF", b""), "damaged"),
        (
            lambda pdf: pdf.replace(
                b"endobj\n",
                b"endobj\n2 0 obj<</Type/ObjStm>>stream\n" + zlib.compress(b"<</S/JavaScript>>") + b"\nendstream\n",
            ),
            "opaque",
        ),
    ],
)
def test_a_pdf_that_is_active_encrypted_or_odd_is_unread(change: Callable[[bytes], bytes], reason: str) -> None:
    found = identify("guide.pdf", change(PDF))
    assert (found.type, found.reason) == (FileType.DOCUMENT, reason)


def test_text_dressed_as_a_pdf_is_unread() -> None:
    assert identify("SKILL.md", PDF).reason == "opaque"
    assert identify("README", PDF).reason == "opaque"


@pytest.mark.parametrize("prefix", [b"", b"#!/usr/bin/env python3\n", b"\0\x01\x02 data of any kind "])
def test_zip_is_known_by_its_content_wherever_it_begins(prefix: bytes) -> None:
    assert identify("tool.pyz", prefix + zip_of(**{"a.txt": "b"})).type is FileType.ARCHIVE


def test_a_zip_behind_a_long_text_is_an_archive() -> None:
    data = "ein längerer Text\n".encode() * 2000 + zip_of(**{"a.txt": "b"})
    assert identify("notes.md", data).type is FileType.ARCHIVE


def test_litter_counts_as_read_when_it_has_its_shape() -> None:
    store = b"\0\0\0\x01Bud1" + bytes(100)
    assert identify("a/.DS_Store", store).reason == ""
    assert identify("a/.DS_Store", b"\x7fELF" + bytes(100)).reason == "opaque"
    assert identify("a/payload", store).reason == "opaque"
    assert identify("a/.DS_Store", store + bytes(2 << 20)).reason == "opaque"


@given(data=st.binary(max_size=300), name=st.sampled_from(["a", "a.md", "a.png", "a.pdf", "a.ttf", ".DS_Store"]))
def test_any_bytes_have_a_type(data: bytes, name: str) -> None:
    found = identify(name, data)
    assert found.type is not FileType.TEXT or not found.reason


@given(
    base=st.sampled_from([*MEDIA.values(), PDF]),
    at=st.integers(0, 2000),
    change=st.binary(max_size=9),
    name=st.sampled_from(["a.png", "a.pdf"]),
)
def test_mutated_media_never_crash(base: bytes, at: int, change: bytes, name: str) -> None:
    at %= len(base)
    identify(name, base[:at] + change + base[at + len(change) :])


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(4) + b"IHDR" + bytes(4) + (bytes(4) + b"abcd" + bytes(4)) * 2_000_000,
        b"GIF89a\x01\0\x01\0\0\0\0\x21\xfe" + b"\x01\x01" * 9_000_000,
        b"\xff\xd8" + b"\xff\xe0\0\x02" * 4_000_000,
        b"\0\0\0\x08ftyp" * 3_000_000,
        b"\x1a\x45\xdf\xa3\x80" * 4_000_000,
    ],
    ids=["png", "gif", "jpeg", "mp4", "webm"],
)
def test_millions_of_pieces_are_not_counted_out(data: bytes) -> None:
    start = time.perf_counter()
    assert identify("a.bin", data).reason == "damaged"
    assert time.perf_counter() - start < 2


@pytest.mark.parametrize("unit", [b"PK\x05\x06", b"\xff\xd8\xff\xe0\0\x02", b"/ObjStm", b"OggS", b"\x21\xf9\x01\x00"])
def test_repeated_marks_cost_little(unit: bytes) -> None:
    for start in (PNG, b"%PDF-1.4\n", b"GIF89a\x01\0\x01\0\0\0\0", b"\xff\xd8\xff"):
        identify("a.pdf", start + unit * 200_000)
