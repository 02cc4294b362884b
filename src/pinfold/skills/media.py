"""Where images, fonts, sound and film end, so that nothing can ride along behind them.

Each finder walks the structure of one format and returns the offset just after its last byte. It raises ``ValueError``,
``struct.error`` or ``IndexError`` when the structure is not what the format demands. Pixels and samples are not
decoded: what matters here is that the bytes are accounted for.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Medium(NamedTuple):
    """A media format: its name for people, and the finder of its end."""

    title: str
    end: Callable[[bytes], int]


def medium_of(data: bytes) -> Medium | None:
    """Return the media format that ``data`` begins as, or None."""
    for prefix, medium in _BY_PREFIX:
        if data.startswith(prefix):
            return medium
    if data[:4] in (b"RIFF", b"RIFX") and data[8:12] in _RIFF_FORMS:
        return Medium(_RIFF_FORMS[data[8:12]], _end_of_riff)
    if data[:4] == b"FORM" and data[8:12] in (b"AIFF", b"AIFC"):
        return Medium("AIFF sound", _end_of_form)
    if data[4:8] == b"ftyp":
        return Medium("ISO media file", _end_of_boxes)
    if len(data) > 4 and data[0] == 0xFF and _mp3_frame_length(data, 0):
        return Medium("MP3 sound", _end_of_mp3)
    return None


def _u32(data: bytes, at: int) -> int:
    return int(struct.unpack_from(">I", data, at)[0])


def _u32_little(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


def _u16(data: bytes, at: int) -> int:
    return int(struct.unpack_from(">H", data, at)[0])


def _pieces() -> Iterator[int]:
    """Count the pieces of a file; raise when there are more than an honest file has, which only a hostile one does."""
    yield from range(_MAX_PIECES)
    raise ValueError(f"more than {_MAX_PIECES:,} pieces")


_MAX_PIECES = 300_000


def _demand(condition: bool, what: str) -> None:
    if not condition:
        raise ValueError(what)


def _end_of_png(data: bytes) -> int:
    at = 8
    _demand(data[12:16] == b"IHDR", "the first chunk is not a header")
    for _ in _pieces():
        length, kind = _u32(data, at), data[at + 4 : at + 8]
        _demand(len(kind) == 4 and kind.isalpha(), f"no chunk at byte {at}")
        at += 12 + length
        _demand(at <= len(data), "a chunk runs past the end")
        if kind == b"IEND":
            break
    return at


_JPEG_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_JPEG_START_OF_SCAN, _JPEG_END = 0xDA, 0xD9


def _end_of_jpeg(data: bytes) -> int:
    at = 2
    for _ in _pieces():
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        _demand(data[at] == 0xFF, f"no marker at byte {at}")
        marker = data[at + 1]
        if marker == _JPEG_END:
            break
        at += 2 + _u16(data, at + 2)
        _demand(at <= len(data), "a segment runs past the end")
        if marker == _JPEG_START_OF_SCAN:
            found = _JPEG_MARKER.search(data, at)
            if found is None:
                raise ValueError("the picture has no end")
            at = found.start()
    return at + 2


def _end_of_gif(data: bytes) -> int:
    flags = data[10]
    at = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    pieces = _pieces()
    for _ in pieces:
        block = data[at]
        if block == 0x3B:
            break
        if block == 0x2C:
            flags = data[at + 9]
            at += 11 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
        else:
            _demand(block == 0x21, f"no block at byte {at}")
            at += 2
        while size := data[at]:
            at += 1 + size
            next(pieces)
        at += 1
    return at + 1


_RIFF_FORMS = {b"WEBP": "WebP image", b"WAVE": "WAV sound", b"AVI ": "AVI film", b"ACON": "animated cursor"}


def _end_of_riff(data: bytes) -> int:
    size = _u32_little(data, 4) if data[:4] == b"RIFF" else _u32(data, 4)
    _demand(8 + size <= len(data), "the size runs past the end")
    return 8 + size + (size & 1 if 8 + size < len(data) else 0)


def _end_of_form(data: bytes) -> int:
    size = _u32(data, 4)
    _demand(8 + size <= len(data), "the size runs past the end")
    return 8 + size


def _end_of_bmp(data: bytes) -> int:
    size, pixels, header = struct.unpack_from("<I4xII", data, 2)
    _demand(header in (12, 16, 40, 52, 56, 64, 108, 124) and 14 + header <= pixels <= len(data), "no bitmap header")
    _demand(pixels <= size <= len(data), "the size is wrong")
    return int(size)


def _end_of_icon(data: bytes) -> int:
    count = int(struct.unpack_from("<H", data, 4)[0])
    _demand(count > 0, "an icon without pictures")
    end = 6 + 16 * count
    for index in range(count):
        size, offset = struct.unpack_from("<II", data, 6 + 16 * index + 8)
        _demand(offset >= 6 + 16 * count and offset + size <= len(data), "a picture lies outside the file")
        end = max(end, offset + size)
    return end


def _end_of_boxes(data: bytes) -> int:
    at = 0
    for _ in _pieces():
        if at == len(data):
            break
        size, kind = _u32(data, at), data[at + 4 : at + 8]
        if len(kind) < 4 or not all(0x20 <= byte < 0x7F or byte == 0xA9 for byte in kind):
            break
        if size == 0:
            return len(data)
        if size == 1:
            size = int(struct.unpack_from(">Q", data, at + 8)[0])
        if size < 8 or at + size > len(data):
            break
        at += size
    return at


_MP3_KBITS = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),  # MPEG 1, layer III
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),  # MPEG 2 and 2.5, layer III
}
_MP3_HERTZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _mp3_frame_length(data: bytes, at: int) -> int:
    """Return the length in bytes of the layer III frame at ``at``, or 0 if there is none."""
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE6 != 0xE2:
        return 0
    version, rate, hertz = data[at + 1] >> 3 & 3, data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version == 1 or hertz == 3:
        return 0
    kbits = _MP3_KBITS[3 if version == 3 else 2][rate]
    return (
        (144 if version == 3 else 72) * kbits * 1000 // _MP3_HERTZ[version][hertz] + (data[at + 2] >> 1 & 1)
        if kbits
        else 0
    )


def _end_of_mp3(data: bytes) -> int:
    at = 0
    if data[:3] == b"ID3":
        at = 10 + (data[6] << 21 | data[7] << 14 | data[8] << 7 | data[9])
        at = len(data) - len(data[at:].lstrip(b"\0"))
    frames = _pieces()
    while length := _mp3_frame_length(data, at):
        at += length
        next(frames)
    _demand(next(frames) > 0, "no sound after the tags")
    if data[at : at + 3] == b"TAG":
        at += 128
    return min(at, len(data))


def _end_of_ogg(data: bytes) -> int:
    at = 0
    pages = _pieces()
    while data[at : at + 4] == b"OggS":
        next(pages)
        count = data[at + 26]
        table = data[at + 27 : at + 27 + count]
        at += 27 + count + sum(table)
        _demand(at <= len(data) and len(table) == count, "a page runs past the end")
    return at


def _end_of_midi(data: bytes) -> int:
    at = 0
    tracks = _pieces()
    while data[at : at + 4] in (b"MThd", b"MTrk"):
        next(tracks)
        at += 8 + _u32(data, at + 4)
        _demand(at <= len(data), "a track runs past the end")
    return at


def _ebml_size(data: bytes, at: int) -> tuple[int | None, int]:
    """Return the value of the variable-length size at ``at`` (None for "unknown") and the offset after it."""
    first = data[at]
    _demand(first != 0, "no element size")
    width = 9 - first.bit_length()
    value = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
    return (None if value == (1 << 7 * width) - 1 else value), at + width


def _end_of_matroska(data: bytes) -> int:
    at = 0
    elements = _pieces()
    while data[at : at + 4] in (b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"):
        next(elements)
        size, at = _ebml_size(data, at + 4)
        if size is None:
            return len(data)
        at += size
        _demand(at <= len(data), "an element runs past the end")
    return at


def _end_of_font(data: bytes) -> int:
    if data[:4] == b"ttcf":
        faces = _u32(data, 8)
        _demand(0 < faces <= 256, "no faces")
        return max(_end_of_face(data, _u32(data, 12 + 4 * face)) for face in range(faces))
    return _end_of_face(data, 0)


def _end_of_face(data: bytes, at: int) -> int:
    tables = _u16(data, at + 4)
    _demand(0 < tables <= 512, "no table directory of a font")
    end = at + 12 + 16 * tables
    for index in range(tables):
        tag, offset, length = struct.unpack_from(">4s4xII", data, at + 12 + 16 * index)
        _demand(
            all(0x20 <= byte < 0x7F for byte in tag) and offset + length <= len(data), "a table lies outside the file"
        )
        end = max(end, offset + length)
    return end


def _end_of_web_font(data: bytes) -> int:
    size = _u32(data, 8)
    _demand(44 <= size <= len(data), "the size is wrong")
    return size


def _whole(data: bytes) -> int:
    # TIFF and FLAC have no end marker; the checks for hidden archives and markup still apply.
    return len(data)


_BY_PREFIX: tuple[tuple[bytes, Medium], ...] = (
    (b"\x89PNG\r\n\x1a\n", Medium("PNG image", _end_of_png)),
    (b"\xff\xd8\xff", Medium("JPEG image", _end_of_jpeg)),
    (b"GIF87a", Medium("GIF image", _end_of_gif)),
    (b"GIF89a", Medium("GIF image", _end_of_gif)),
    (b"BM", Medium("BMP image", _end_of_bmp)),
    (b"\x00\x00\x01\x00", Medium("icon", _end_of_icon)),
    (b"\x00\x00\x02\x00", Medium("cursor", _end_of_icon)),
    (b"II*\x00", Medium("TIFF image", _whole)),
    (b"MM\x00*", Medium("TIFF image", _whole)),
    (b"\x00\x01\x00\x00\x00", Medium("TrueType font", _end_of_font)),
    (b"OTTO", Medium("OpenType font", _end_of_font)),
    (b"true", Medium("TrueType font", _end_of_font)),
    (b"ttcf", Medium("font collection", _end_of_font)),
    (b"wOFF", Medium("WOFF font", _end_of_web_font)),
    (b"wOF2", Medium("WOFF2 font", _end_of_web_font)),
    (b"ID3", Medium("MP3 sound", _end_of_mp3)),
    (b"OggS", Medium("Ogg sound or film", _end_of_ogg)),
    (b"fLaC", Medium("FLAC sound", _whole)),
    (b"MThd", Medium("MIDI music", _end_of_midi)),
    (b"\x1a\x45\xdf\xa3", Medium("Matroska or WebM film", _end_of_matroska)),
)
