"""AES in ZIP archives as WinZip and 7-Zip write it (AE-1, AE-2): members are opened with a password that is known.

No library that a plain install should bring along does this, and Python has the rest of the scheme (key derivation,
check sum); so the block cipher stands here. It only ever reads archives: it keeps no secret of anybody's.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
import zipfile
import zlib

METHOD = 99
"""The method of compression that stands for encryption with AES."""

MAX_BYTES = 300_000
"""How many encrypted bytes of one member are opened; a cipher in Python takes some three seconds for a megabyte."""

_EXTRA = 0x9901
_LOCAL = struct.Struct("<4s22xHH")
_CHECK = 2
_SUM = 10


def opened(data: bytes, info: zipfile.ZipInfo, password: str, most: int) -> bytes | None:
    """Return the content of a member of the archive ``data``, at most ``most`` bytes; nothing where it stays shut.

    It stays shut if the password is wrong, the member is damaged, longer than ``MAX_BYTES``, or packed in a way other
    than deflate.
    """
    found = _settings(info.extra)
    if found is None or info.compress_size > MAX_BYTES:
        return None
    strength, method = found
    body = _body(data, info)
    salt, sealed = body[: 4 * strength + 4], body[4 * strength + 4 :]
    length = 8 * strength + 8
    if len(sealed) < _CHECK + _SUM:
        return None
    keys = hashlib.pbkdf2_hmac("sha1", password.encode(), salt, 1_000, 2 * length + _CHECK)
    if keys[2 * length :] != sealed[:_CHECK]:
        return None
    content, given = sealed[_CHECK:-_SUM], sealed[-_SUM:]
    if hmac.new(keys[length : 2 * length], content, "sha1").digest()[:_SUM] != given:
        return None
    plain = _counted(keys[:length], content)
    if method == zipfile.ZIP_STORED:
        return plain[:most]
    if method != zipfile.ZIP_DEFLATED:
        return None
    try:
        return zlib.decompressobj(-15).decompress(plain, most)
    except zlib.error:
        return None


def _settings(extra: bytes) -> tuple[int, int] | None:
    """Return the strength (1 to 3) and the method of compression that an entry of a directory tells."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind == _EXTRA and size >= 7 and at + 11 <= len(extra):
            strength, method = struct.unpack_from("<BH", extra, at + 8)
            return (strength, method) if 1 <= strength <= 3 else None
        at += 4 + size
    return None


def _body(data: bytes, info: zipfile.ZipInfo) -> bytes:
    """Return what stands behind the header of a member."""
    if info.header_offset + 30 > len(data):
        return b""
    mark, name, extra = _LOCAL.unpack_from(data, info.header_offset)
    start = info.header_offset + 30 + name + extra
    return data[start : start + info.compress_size] if mark == b"PK\x03\x04" else b""


def _counted(key: bytes, content: bytes) -> bytes:
    """Return ``content`` in counter mode; the counter begins at one, its lowest byte first."""
    schedule = _schedule(key)
    stream = b"".join(
        _block(schedule, (number + 1).to_bytes(16, "little")) for number in range((len(content) + 15) // 16)
    )
    return (int.from_bytes(content, "big") ^ int.from_bytes(stream[: len(content)], "big")).to_bytes(
        len(content), "big"
    )


def _doubled(value: int) -> int:
    return (value << 1) ^ (0x11B if value & 0x80 else 0)


def _substitutions() -> bytes:
    """Return the table of the cipher: the inverse of each byte in its field, turned and added up (FIPS 197, 5.1.1)."""
    table = bytearray(256)
    value = inverse = 1
    while True:
        value ^= _doubled(value)  # three times the value: all that are not zero, one after the other
        for shift in (1, 2, 4):
            inverse ^= (inverse << shift) & 0xFF
        if inverse & 0x80:
            inverse ^= 0x09
        turned = inverse
        for shift in (1, 2, 3, 4):
            turned ^= (inverse << shift | inverse >> (8 - shift)) & 0xFF
        table[value] = turned ^ 0x63
        if value == 1:
            break
    table[0] = 0x63
    return bytes(table)


_S = _substitutions()
_COLUMNS = [bytes((_doubled(s), s, s, _doubled(s) ^ s)) for s in _S]
_T = [[int.from_bytes(column[-turn:] + column[:-turn], "big") for column in _COLUMNS] for turn in range(4)]
"""What one byte of each row adds to its column in a round: substituted and mixed."""


def _schedule(key: bytes) -> list[int]:
    """Return the words of the keys of all rounds (FIPS 197, 5.2)."""
    words = list(struct.unpack(f">{len(key) // 4}I", key))
    count, factor = len(words), 1
    for index in range(count, 4 * (count + 7)):
        word = words[-1]
        if index % count == 0:
            word = _substituted((word << 8 | word >> 24) & 0xFFFFFFFF) ^ factor << 24
            factor = _doubled(factor)
        elif count > 6 and index % count == 4:
            word = _substituted(word)
        words.append(words[index - count] ^ word)
    return words


def _substituted(word: int) -> int:
    return _S[word >> 24] << 24 | _S[word >> 16 & 255] << 16 | _S[word >> 8 & 255] << 8 | _S[word & 255]


def _block(schedule: list[int], plain: bytes) -> bytes:
    """Return one block of 16 bytes, encrypted (FIPS 197, 5.1)."""
    zero, one, two, three = _T
    a, b, c, d = (word ^ key for word, key in zip(struct.unpack(">4I", plain), schedule, strict=False))
    for at in range(4, len(schedule) - 4, 4):
        a, b, c, d = (
            zero[a >> 24] ^ one[b >> 16 & 255] ^ two[c >> 8 & 255] ^ three[d & 255] ^ schedule[at],
            zero[b >> 24] ^ one[c >> 16 & 255] ^ two[d >> 8 & 255] ^ three[a & 255] ^ schedule[at + 1],
            zero[c >> 24] ^ one[d >> 16 & 255] ^ two[a >> 8 & 255] ^ three[b & 255] ^ schedule[at + 2],
            zero[d >> 24] ^ one[a >> 16 & 255] ^ two[b >> 8 & 255] ^ three[c & 255] ^ schedule[at + 3],
        )
    rows = ((a, b, c, d), (b, c, d, a), (c, d, a, b), (d, a, b, c))
    last = schedule[-4:]
    return struct.pack(
        ">4I",
        *(
            (_S[w >> 24] << 24 | _S[x >> 16 & 255] << 16 | _S[y >> 8 & 255] << 8 | _S[z & 255]) ^ key
            for (w, x, y, z), key in zip(rows, last, strict=True)
        ),
    )
