"""AES in ZIP archives as WinZip and 7-Zip write it (AE-1, AE-2): members are opened with a password that is known.

Python's own module opens only what the old cipher of ZIP protects. This reads archives; it keeps nobody's secret.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
import zipfile
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

METHOD = 99
"""The method of compression that stands for encryption with AES."""

MAX_BYTES = 8_000_000
"""How many encrypted bytes of one member are opened."""

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
    """Return ``content`` in counter mode; the counter begins at one, its lowest byte first, which no library's does."""
    counters = b"".join(number.to_bytes(16, "little") for number in range(1, (len(content) + 15) // 16 + 1))
    stream = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(counters)[: len(content)]  # noqa: S305
    return (int.from_bytes(content, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(content), "big")
