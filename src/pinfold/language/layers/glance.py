"""Whether a text can hold anything concealed at all: cheap looks, so that ordinary text costs next to nothing."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Protocol

import re2

from pinfold.language.file_kind import PROGRAMS

ESCAPES = (
    rb"(?:\\(?:x[0-9a-f]{2}|u\{?[0-9a-f]{4}|[0-3][0-7]{2})[^\\\n]{0,8}){4}"
    rb"|(?:%[0-9a-f]{2}[^%\s]{0,16}){5}|(?:&#x?[0-9a-f]{2,6};?[^&\n]{0,8}){4}"
    rb"|(?:\b\d{2,5}[,; +]{1,3}){9}|(?:ch(?:a)?r\w{0,2}\( *(?:0x)?[0-9a-f]{2,5} *\)[^a-z0-9]{0,8}){3}"
    rb"|(?:[01]{7,8}[ ,]{1,2}){5}|[01]{48}"
)
PINYIN = (
    rb"\b(?:yue ?yu|jie ?suo|hu ?lue|rao ?guo|zhi ?ling|ti ?shi ?ci|ju ?jue|kai ?fa ?zhe|"
    rb"wu ?xian ?zhi|min ?gan ?ci|wa ?kuang|kuang ?chi|kuang ?ji|suan ?li|xian ?ka|"
    rb"qian ?bao|xi ?qian|pao ?fen|dai ?shou|ma ?shang|ka ?shang|shui ?fang|"
    rb"si ?jian ?tao|yong ?jin|shou ?kuan|hei ?ka|yin ?hang ?ka|mi ?yao|si ?yao|mi ?ma|"
    rb"ling ?pai|ping ?zheng|shang ?chuan|fa ?song|hui ?chuan|hou ?men|mu ?ma|"
    rb"sui ?dao|nei ?wang|sao ?miao|duan ?kou|jiao ?ben|zhi ?xing|jing ?mo|shan ?chu|"
    rb"le ?suo|zhuan ?zhang|yong ?hu|gao ?su)\b"
)
MARKUP = (
    rb"\A---[ \t\r]*\n(?:[^#\n-][^\n]*\n|\n)*#|<!--"
    rb"|display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0|font-size\s*:\s*[01]"
    rb"|color\s*[:=]\s*[\"']?(?:white|#f{3}|transparent|rgb)"
    rb"|<\w+ [^>\n]*\bhidden\b|(?:left|top|text-indent)\s*:\s*-\d{3}|\n(?:[ \t\r]*\n){24}"
    rb"|[ \t]{160}|\]\([^)\n]* [\"'][^)\n]{24}"
    rb"|!\[[^\]\n]{60}|(?m:^ {0,3}\[[^\]\n]+\]:)"
)
PIECES = (
    rb"[a-z0-9:/.~][\"'`][ \t]*(?:\+|\.\.?|&)?[ \t]*(?:\\?\n[ \t]*)?[\"'`][a-z0-9:/.~]"
    rb"|(?:[\"'][^\"'\n ]{1,12}[\"'],\s*){4}|[a-z](?:\"\"|'')[a-z]|[^\x00-\x7f][\"'`]\s*\+\s*[\"'`][^\x00-\x7f]"
)
ROTATED = (
    b"gur|naq|lbh|lbhe|sbe|guvf|gung|jvgu|sebz|nyy|vtaber|cerivbhf|vafgehpgvbaf|"
    b"flfgrz|cebzcg|hfre|phey|jtrg|uggc|uggcf|onfu|rkrp|vzcbeg|vafgnyy"
)
BACKWARDS = (
    b"eht|dna|uoy|ruoy|siht|taht|htiw|morf|erongi|suoiverp|snoitcurtsni|"
    b"metsys|tpmorp|resu|lruc|tegw|ptth|sptth|hsab|tropmi|llatsni"
)
REVERSING = rb"\brevers|\bbackward|" + "倒过来|倒過來|倒着|倒著|倒序|逆序|反转|反轉".encode()
REVERSAL = (
    rb"(?:(?:read|decod|written|kept|stored|text|letters?|characters?|words?)\b[^\n]{0,60}\b(?:revers|backward)"
    rb"|(?:\brevers|\bbackward|" + "倒过来|倒過來|倒着|倒著|倒序|逆序|反转|反轉".encode() + rb")[^\n]{0,80}"
    rb"(?:\b(?:read|decod|text|letters|characters|words|follow|do what)|"
    + "读|讀|解码|解碼|文字|内容|內容|照".encode()
    + rb"))"
)
DIGITS = rb"(?:\b(?:[a-z]+[013457@$]|[013457@$][a-z])[a-z013457@$]*[^a-z0-9\n]{1,3}){3}"
SPELLING = rb"\b(?:" + ROTATED + b"|" + BACKWARDS + rb")\b|(?:\b[a-z][ .*_|/~^-]){5}"
CIPHERS = (
    rb"\[ ?[01]? ?: ?: ?-?[1-5] ?\]|maketrans|\bb?xor\b|\^=? ?(?:0x[0-9a-f]|\d{1,3}(?:[^.\w]|$)|[a-z]*key|k\b|k\[)"
    rb"|\d ?\^ ?[a-z]|\w \^ \w|\bord\(|\bchr\([^)\n]{1,24}[-+^%]|charcode|fromcodepoint|\[char\]|rot_?13|n-za-m"
    rb"|\.reverse\(|reversed\(|\| ?rev\b|strrev|\[-1\.\.|\]::reverse"
    rb"|replace(?:all)?\( ?[\"'/][^\"'\n/]{1,12}[\"'/]g? ?, ?(?:\"\"|'')|\)\.join\(|-c?replace ?[\"']"
    rb"|\btr (?:-d ?[\"'\[]|[\"'\[]?[a-z0-9]-[a-z0-9]|[\"'][!-~]{8})|\bsed [\"']s.[^\n\"']{1,12}(?://|\|\|)g"
    rb"|0x[0-9a-f]{48}|\b[0-9]{60}|[\"'][a-z0-9+/]{16,}={0,2}[\"'],\s*[\"'][a-z0-9+/]{8,}={0,2}[\"']"
)
BLOBS = rb"(?:[0-9a-f]{2}[ :,]{1,2}){11}|(?:(?:0x|\\x)[0-9a-f]{2}[^a-z0-9]{0,3}){6}|<~|b(?:ase.?)?85"

SEALED = (
    rb"decrypt(?:o|_\w{1,20})?\(|decipheriv\(|cryptostream|openssl\s+(?:enc\b|aes|des|\S{1,20}\s+-d\b)"
    rb"|\bgpg\b[^\n]{0,60}\s(?:-d\b|--decrypt)|\bb?xor\b|\]?\s*\^=?\s*(?:\w*key|k\b|0x|\d{1,3}\b)|\w \^ \w"
)
_SEALED = re2.compile(SEALED)
_ROW = re2.compile(rb"[a-z0-9+/_=-]{88}")


def is_sealed(data: bytes) -> bool:
    """Return whether a program may open a long string with a key; ``data`` is its text folded."""
    return _ROW.search(data) is not None and _SEALED.search(data) is not None


# One by one: all patterns in one automaton take ten times as long, because its states multiply.
_PARTS = {
    "ciphers": CIPHERS,
    "escapes": ESCAPES,
    "markup": MARKUP,
    "pieces": PIECES,
    "pinyin": PINYIN,
    "reversal": REVERSING,
    "spelling": SPELLING,
    "digits": DIGITS,
    "blobs": BLOBS,
}
_EACH = {name: re2.compile(part) for name, part in _PARTS.items()}
_REVERSAL = re2.compile(REVERSAL)
_TOKEN = re2.compile(r"=?[A-Za-z0-9+/_-]{20,}")
_PACKED = (
    b"\x1f\x8b",
    b"\x78\x01",
    b"\x78\x5e",
    b"\x78\x9c",
    b"\x78\xda",
    b"BZh",
    b"\xfd7zXZ",
    b"\x5d\0\0",
    b"PK\x03\x04",
)
_WRITING = re.compile(rb"[\t\n\r -~]*(?:[\xc2-\xf4][\x80-\xbf]{1,3}[\t\n\r -~]*)*(?:[\xc2-\xf4][\x80-\xbf]{0,2})?")
_TURNED = re2.compile(rb"\[::-1\]|revers|\brev\b|strrev|rot.?13|a-za-z|deflat|inflat|xor|decompress")
_DIGITS = re.compile(r"[0-9a-f]+")
_PROGRAMMED = re.compile(r"[A-Z2-7]{20}")


NOT_ORDINARY = re.compile(
    r"[\xad\u0305\u0332-\u0338\u20d0-\u20dc\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0e\ufeff\uffa0"
    r"\U000e0000-\U000e0fff\u0192\u01c0\u0250-\u02af\u0370-\u058f\u0ae6\u13a0-\u13ff\u1d00-\u1d2b\u2170-\u217f\ua731]"
    r"|[\u3400-\u9fff][ .*_|~^`'\"+=#@&$%!·•。\-\u3000\u2010-\u2015\u2605\u2606\u25a0-\u25ff]{1,3}"
    r"[\u3400-\u9fff](?![\u3400-\u9fff])|(?m:^[。！？；，、])|[氵钅扌讠纟阝亻忄犭辶彳]"
)
"""What no ordinary text has, or few: letters that show nothing, letters of other scripts, Chinese cut up by marks."""


def worth_peeling(document: _Text) -> bool:
    """Return whether a document may have layers. Data files are looked at for invisible characters only."""
    if not document.text.isascii() and NOT_ORDINARY.search(document.text):
        return True
    if document.kind == "data":
        return False
    data = document.folded.data
    return bool(worth(document.text, data)) or (document.kind in PROGRAMS and is_sealed(data))


def worth(text: str, data: bytes) -> frozenset[str]:
    """Return the names of the finders that may find something; ``data`` is ``text`` folded."""
    names = {name for name, pattern in _EACH.items() if pattern.search(data)}
    if "reversal" in names and not _REVERSAL.search(data):
        names.discard("reversal")
    if "blobs" not in names and next(promising(text, turned=_TURNED.search(data) is not None), None):
        names.add("blobs")
    return frozenset(names)


class _Folded(Protocol):
    data: bytes


class _Text(Protocol):
    """A document, as far as it is looked at here."""

    text: str
    kind: str

    @property
    def folded(self) -> _Folded: ...


def promising(text: str, *, turned: bool) -> Iterator[tuple[int, int]]:
    """Yield the rows of letters and digits of which the first few say that they encode writing, or packed data.

    Where a text speaks of turning data round (``turned``), any long row may.
    """
    for match in _TOKEN.finditer(text):
        token = match[0]
        if is_promising(token) or (turned and is_promising_turned(token)):
            yield match.span()


def is_promising(token: str) -> bool:
    """Return whether the head of a token decodes to writing, or to something packed."""
    if token[0] == "=":
        return is_promising(token[::-1].rstrip("="))
    head = token[:24]
    if head.islower() and not _DIGITS.fullmatch(head):
        return False  # paths and long names, of which ordinary texts are full
    return any(_looks(decoded) for decoded in _heads(head))


def is_promising_turned(token: str) -> bool:
    """Return whether a token is promising backwards, in rot13, or squeezed."""
    if len(token) < 24:
        return False
    return is_promising(token[::-1]) or is_promising(codecs.decode(token[:24], "rot13")) or _inflates(token[:800])


def _inflates(head: str) -> bool:
    """Return whether a token is a deflated stream without a header, as far as its beginning tells."""
    try:
        said = zlib.decompressobj(-15).decompress(binascii.a2b_base64(head[: len(head) // 4 * 4]), 64)
    except (ValueError, zlib.error):
        return False
    return _looks(said)


def _heads(head: str) -> Iterator[bytes]:
    plain = head.replace("-", "+").replace("_", "/")
    with suppress(ValueError):
        yield binascii.a2b_base64(plain[: len(plain) // 4 * 4])
    with suppress(ValueError):
        yield bytes.fromhex(head[: len(head) // 2 * 2])
    if _PROGRAMMED.match(head):
        yield base64.b32decode(head[:16])


def _looks(head: bytes) -> bool:
    if head.startswith(_PACKED):
        return True
    if head[1:12:2].count(0) >= 5:  # UTF-16
        head = head[::2]
    return len(head) >= 8 and _WRITING.fullmatch(head) is not None
