"""What a file is, by its content; its name only raises doubts, it never settles them.

The rule behind every decision here: *a file that is not read is never clean*. So text is whatever can be read as text,
inert media and plain PDF files count as read once their structure is accounted for to the last byte, archives are left
to ``unpack``, and everything else is reported as unread.
"""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import PurePosixPath
from typing import NamedTuple

from pinfold.model import FileType
from pinfold.skills.media import Medium, medium_of


class Identity(NamedTuple):
    """What a file is.

    ``title`` names the format for people. ``reason`` is a reason as in ``Unread``, with its ``detail``, when the
    content cannot be taken as read; otherwise both are ``""``.
    """

    type: FileType
    title: str
    reason: str = ""
    detail: str = ""


TEXT = Identity(FileType.TEXT, "text")
"""The identity of every text file."""


def identify(path: str, data: bytes) -> Identity:
    """Return what the file ``data`` is.

    ``path`` lends its suffix to the checks for disguise; any bytes are accepted.
    """
    if data[:5] == b"%PDF-":
        return _document(path, data)
    if data.isascii() and b"\0" not in data:
        return TEXT
    if title := archive_title(data):
        return Identity(FileType.ARCHIVE, title)
    if is_text(data) and not (b"\0" in data and _hides_zip(data)):
        return TEXT
    if title := _program(data):
        return _compiled(title)
    if medium := medium_of(data):
        return _medium(path, data, medium)
    if _is_litter(path, data):
        return Identity(FileType.DATA, "file left behind by an operating system")
    if _hides_zip(data):
        return Identity(FileType.ARCHIVE, _BEHIND)
    title = next((title for prefix, title in _DATA if data.startswith(prefix)), "binary data of unknown type")
    if title == PICKLE:
        return Identity(FileType.DATA, title)
    return Identity(FileType.DATA, title, "opaque", title)


def _compiled(title: str) -> Identity:
    """Return the identity of a program; of compiled Python the names and constants are read."""
    if title == COMPILED:
        return Identity(FileType.PROGRAM, title)
    return Identity(FileType.PROGRAM, title, "opaque", f"{title}: Pinfold does not read compiled code")


# --- text ---

_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\b\t\n\v\f\r\x1b") + b"\x7f"
_SAMPLE = 65_536


def is_text(data: bytes) -> bool:
    """Return whether ``data`` can be read as text: UTF-8, UTF-16, UTF-32 or an older encoding, with few stray bytes.

    A byte in fifty may be a control character. Wide encodings need a byte order mark or their typical share of zero
    bytes, so that they are recognised just where the decoder recognises them.
    """
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return _reads_as(data, "utf-32")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _reads_as(data, "utf-16")
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if controls * 50 <= len(data):
        return True
    even, odd = data[0:_SAMPLE:2].count(0), data[1:_SAMPLE:2].count(0)
    half = min(len(data), _SAMPLE) // 2 or 1
    if odd > half * 3 // 10 and even * 20 < half:
        return _reads_as(data, "utf-16-le")
    if even > half * 3 // 10 and odd * 20 < half:
        return _reads_as(data, "utf-16-be")
    return False


def _reads_as(data: bytes, encoding: str) -> bool:
    for start in {0, len(data) // 8 * 4, max(len(data) - _SAMPLE, 0) // 4 * 4}:
        text = data[start : start + _SAMPLE].decode(
            encoding if start == 0 else _without_mark(data, encoding), "replace"
        )
        odd = sum(1 for character in text if not character.isprintable() and character not in "\ufeff\t\n\r\f")
        if (odd + text.count("\ufffd")) * 20 > len(text):
            return False
    return True


def _without_mark(data: bytes, encoding: str) -> str:
    if encoding in ("utf-16", "utf-32"):
        return encoding + ("-le" if data[0] == 0xFF else "-be")
    return encoding


# --- archives and programs ---

_ARCHIVES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "ZIP archive"),
    (b"PK\x05\x06", "ZIP archive"),
    (b"PK\x07\x08", "ZIP archive"),
    (b"\x1f\x8b\x08", "gzip data"),
    (b"\xfd7zXZ\x00", "xz data"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive"),
    (b"Rar!\x1a\x07", "RAR archive"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
    (b"\x04\x22\x4d\x18", "LZ4 data"),
    (b"\x1f\x9d", "compress data"),
    (b"MSCF\0\0\0\0", "cabinet archive"),
    (b"!<arch>\n", "ar archive"),
)


def archive_title(data: bytes) -> str:
    """Return the name of the archive or compressed format that ``data`` begins as, or ``""``."""
    if data[257:262] == b"ustar" or _is_old_tar(data):
        return "tar archive"
    if data[:3] == b"BZh" and data[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return "bzip2 data"
    return next((title for prefix, title in _ARCHIVES if data.startswith(prefix)), "")


def _is_old_tar(data: bytes) -> bool:
    """Return whether ``data`` begins with a tar header from before the magic word: its checksum tells."""
    if len(data) < 512 or data[0] == 0 or data[100:101] not in (b"0", b" "):
        return False
    digits = data[148:156].strip(b"\0 ")
    if not digits.isdigit() or len(digits) > 7 or b"8" in digits or b"9" in digits:
        return False
    return int(digits, 8) == sum(data[:148]) + sum(data[156:512]) + 8 * 0x20


_PROGRAMS: tuple[tuple[bytes, str], ...] = (
    (b"\x7fELF", "ELF program"),
    (b"MZ", "Windows program"),
    (b"\0asm", "WebAssembly program"),
    (b"\xfe\xed\xfa\xce", "macOS program"),
    (b"\xfe\xed\xfa\xcf", "macOS program"),
    (b"\xce\xfa\xed\xfe", "macOS program"),
    (b"\xcf\xfa\xed\xfe", "macOS program"),
    (b"\xca\xfe\xba\xbe", "Java class or macOS program"),
    (b"dex\n", "Android program"),
    (b"\x1bLua", "compiled Lua"),
    (b"BC\xc0\xde", "LLVM bitcode"),
)


COMPILED = "compiled Python"
"""The title of what Python keeps of a module; its names and constants are read."""

PICKLE = "Python pickle"
"""The title of a pickle, whose opcodes are read."""


def _program(data: bytes) -> str:
    if data[2:4] == b"\r\n" and len(data) > 16 and b"\xe3" in data[8:17]:
        return COMPILED
    return next((title for prefix, title in _PROGRAMS if data.startswith(prefix)), "")


_DATA: tuple[tuple[bytes, str], ...] = (
    (b"SQLite format 3\0", "SQLite database"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "compound document (old Office format, Windows installer)"),
    (b"\x80\x02", PICKLE),
    (b"\x80\x03", PICKLE),
    (b"\x80\x04", PICKLE),
    (b"\x80\x05", PICKLE),
    (b"\x93NUMPY", "NumPy array"),
    (b"PAR1", "Parquet table"),
    (b"GGUF", "GGUF model"),
    (b"\x89HDF", "HDF5 data"),
)


# --- media ---

_TEXT_SUFFIXES = frozenset(
    (
        ".md", ".mdx", ".mdc", ".markdown", ".txt", ".rst", ".py", ".pyw", ".sh", ".bash", ".zsh", ".fish",
        ".ps1", ".psm1", ".bat", ".cmd", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx", ".json", ".jsonc",
        ".json5", ".jsonl", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".env", ".xml", ".html",
        ".htm", ".css", ".csv", ".tsv", ".rb", ".pl", ".php", ".lua", ".go", ".rs", ".java", ".kt",
        ".swift", ".c", ".h", ".cpp", ".cs", ".sql", ".r", ".svg",
    )
)  # fmt: skip
_MARKUP = (b"<?php", b"<script", b"<SCRIPT")
_BEHIND = "ZIP archive behind other data"
_ZIP_END = b"PK\x05\x06"
_MAX_ZIP_ENDS = 1_000


def _medium(path: str, data: bytes, medium: Medium) -> Identity:
    """Return the identity of a media file after checks of name, structure, end, and what hides inside."""
    title = medium.title
    if _suffix(path) in _TEXT_SUFFIXES:
        return Identity(FileType.MEDIA, title, "opaque", f"{title} under the name of a text file")
    try:
        end = medium.end(data)
    except (ValueError, IndexError, struct.error) as error:
        return Identity(FileType.MEDIA, title, "damaged", f"{title}: {error}")
    if _hides_zip(data):  # what honest author packs so? The members are read all the same.
        return Identity(FileType.ARCHIVE, _BEHIND, "opaque", f"a ZIP archive is hidden in the {title}")
    if data[end:].strip(b"\0\r\n\t "):
        return Identity(FileType.MEDIA, title, "opaque", f"{len(data) - end:,} bytes after the end of the {title}")
    if found := next((word for word in _MARKUP if word in data), None):
        return Identity(FileType.MEDIA, title, "opaque", f"{found.decode()} is hidden in the {title}")
    return Identity(FileType.MEDIA, title)


def _hides_zip(data: bytes) -> bool:
    """Return whether ``data`` holds the end record of a ZIP archive that has members, wherever the archive begins."""
    at = data.find(_ZIP_END)
    for _ in range(_MAX_ZIP_ENDS):
        if at < 0 or at + 22 > len(data):
            return False
        entries, size = struct.unpack_from("<HI", data, at + 10)
        if entries and (size == 0xFFFFFFFF or (46 <= size <= at and data.startswith(b"PK\x01\x02", at - size))):
            return True
        at = data.find(_ZIP_END, at + 1)
    return True  # Nothing honest holds that many end records.


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()


# --- documents ---

_ACTIVE = re.compile(rb"/(?:JavaScript|Launch|EmbeddedFiles?|RichMedia)\b|/JS\s?[(<\d]|/XFA\s?[\[\d]")
_ENCRYPTED = re.compile(rb"/Encrypt\b")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_INFLATED_STREAM, _INFLATED_TOTAL, _MAX_STREAMS, _MAX_ESCAPES = 1 << 20, 32 << 20, 4_096, 1_000_000


def _document(path: str, data: bytes) -> Identity:
    """Return the identity of a PDF file.

    One that runs code, starts programs, carries files or is encrypted is unread.
    """
    title = "PDF document"
    if _suffix(path) != ".pdf":
        return Identity(FileType.DOCUMENT, title, "opaque", f"{title} under another name")
    end = data.rfind(b"%%EOF")
    if end < 0 or b"startxref" not in data:
        return Identity(FileType.DOCUMENT, title, "damaged", f"{title} without an end")
    if data[end + 5 :].strip(b"\0\r\n\t ") or _hides_zip(data):
        return Identity(FileType.DOCUMENT, title, "opaque", f"other data in or after the {title}")
    if data.count(b"#") > _MAX_ESCAPES:
        return Identity(FileType.DOCUMENT, title, "limit", f"{title} with more escapes than are undone")
    plain = _plain_names(data)
    if _ENCRYPTED.search(plain):
        return Identity(FileType.DOCUMENT, title, "encrypted", f"{title} with encrypted content")
    streams = _object_streams(data)
    for piece in (plain, *(_plain_names(stream) for stream in streams or ())):
        if found := _ACTIVE.search(piece):
            return Identity(
                FileType.DOCUMENT, title, "opaque", f"{title} with active content: {found[0].decode()[:16]}"
            )
    if streams is None:
        return Identity(FileType.DOCUMENT, title, "limit", f"{title} with more compressed objects than are looked at")
    return Identity(FileType.DOCUMENT, title)


def _plain_names(data: bytes) -> bytes:
    """Undo the ``#xx`` escapes by which a name such as ``/J#53`` hides."""
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), data) if b"#" in data else data


def _object_streams(data: bytes) -> list[bytes] | None:
    """Return the compressed object streams of a PDF file, inflated, or None when there is too much of them."""
    streams: list[bytes] = []
    total = tried = 0
    at = data.find(b"/ObjStm")
    while at >= 0:
        tried += 1
        start = data.find(b"stream", at, at + 512)
        if start >= 0:
            start += 8 if data[start + 6 : start + 8] == b"\r\n" else 7
            try:
                streams.append(
                    zlib.decompressobj().decompress(data[start : start + _INFLATED_STREAM], _INFLATED_STREAM)
                )
                total += len(streams[-1])
            except zlib.error:
                pass  # Not compressed, or not a stream: its names stand in the open and have been searched.
        if total > _INFLATED_TOTAL or tried > _MAX_STREAMS:
            return None
        at = data.find(b"/ObjStm", at + 7)
    return streams


# --- litter ---

_LITTER_SIZE = 1 << 20


def _is_litter(path: str, data: bytes) -> bool:
    """Return whether this is what a file manager leaves behind, by name, shape and size."""
    name = PurePosixPath(path).name
    if len(data) > _LITTER_SIZE or _hides_zip(data):
        return False
    if name == ".DS_Store":
        return data.startswith(b"\0\0\0\x01Bud1")
    if name.lower() == "thumbs.db":
        return data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    return name.startswith("._") and data.startswith(b"\x00\x05\x16\x07")
