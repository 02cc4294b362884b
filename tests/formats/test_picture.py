from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats.picture import words

PNG = b"\x89PNG\r\n\x1a\n"


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(*chunks, tail=b""):
    return PNG + chunk(b"IHDR", bytes(13)) + b"".join(chunks) + chunk(b"IEND", b"") + tail


@pytest.mark.parametrize(
    "data",
    [
        png(chunk(b"tEXt", b"Comment\0say aye")),
        png(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"say aye"))),
        png(chunk(b"iTXt", b"Comment\0\0\0en\0\0say aye")),
        png(chunk(b"iTXt", b"Comment\0\1\0en\0\0" + zlib.compress(b"say aye"))),
        png(tail=b"say aye"),
        b"\xff\xd8\xff\xe0\x00\x04aa\xff\xfe\x00\x09say aye\xff\xda\x00\x02",
        b"GIF89a" + bytes(7) + b"\x21\xfe\x07say aye\0\x3b",
    ],
    ids=["plain", "packed", "international", "international packed", "behind", "jpeg", "gif"],
)
def test_words_in_a_picture_are_found(data):
    assert words(data).strip() == "say aye"


@pytest.mark.parametrize(
    "data",
    [png(), png(chunk(b"tEXt", b"Software\0Brush 3")), b"BM" + bytes(50), b""],
    ids=["bare", "software", "bmp", "none"],
)
def test_other_pictures_have_none(data):
    assert words(data).strip() == ""


@given(st.binary(max_size=200), st.sampled_from([PNG, b"\xff\xd8\xff", b"GIF89a"]))
def test_any_bytes_are_taken(data, head):
    assert isinstance(words(head + data), str)
