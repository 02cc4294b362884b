"""Strings and lists of numbers that a program turns into writing with a key or a way that stands beside them.

What a program does to its strings is read off as words, not run: the key of an exclusive or, an offset, a table of
letters, noise that is replaced by nothing, every second letter, an order that is reversed. Each way is tried on each
long string, and what comes out counts only where it is writing.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Literal, NamedTuple

import re2

from pinfold.language.layers.found import Found
from pinfold.language.layers.glance import is_promising
from pinfold.language.layers.legible import from_bytes, is_language, is_writing, known, leads_on, tells

MAX_STRINGS = 40
"""Strings, and lists of numbers, of one text that are tried."""

MAX_LENGTH = 200_000
"""Characters of one string that are turned."""

MAX_KEYS = 24
"""Keys, marks of noise and tables that are tried on each."""

_FEW = 6
_SPARSE = 16
"""How many marks make noise, and how many characters there are for each at most."""

_HEAD = 240
"""Bytes on which a key is tried before everything is turned with it."""

_DIGITS_OF_NUMBER = 4_000
"""Digits of a number that Python reads; more of them in decimal take quadratic time."""

_STRING = re2.compile(
    r"'''(?:[^'\\]|\\.|'[^'])*'''|\"\"\"(?:[^\"\\]|\\.|\"[^\"])*\"\"\""
    r"|\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.|'')*'|`(?:[^`\\]|\\.)*`"
)
_HERE = re2.compile(
    r"<<-?[ \t]*['\"]?(\w+)['\"]?[^\n]*\n((?:[^\n]*\n)*?[^\n]{12,}\n(?:[^\n]*\n)*?)[ \t]*\w+[ \t]*(?:\n|$)"
)
_TOUCHING = 0.75
"""Which part of the neighbours in a Chinese text commas and the like leave side by side."""

_LONG = 24
_PLAIN = 4
"""English words from which on a string needs no turning."""

_NUMBERS = re2.compile(r"(?:\b(?:0x[0-9A-Fa-f]{1,4}|\d{1,6})\b[\s,;]{1,6}){9,}(?:0x[0-9A-Fa-f]{1,4}|\d{1,6})\b")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([nrt0'\"`\\]))")
_MEANT = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}

_XOR = re2.compile(r"(?i)\bb?xor\b|\^=?\s*(?:0x|\d{1,3}(?:[^.\w]|$)|\w*key|k\b|k\[)|\d\s?\^\s?\w|\w \^ \w")
_KEY = re.compile(r"(?i)(?:\^=?|xor)\s*\(?\s*(0x[0-9a-f]{1,2}|\d{1,3})\b|(0x[0-9a-f]{1,2}|\b\d{1,3})\s*\^")
_WORD_KEY = re.compile(r"b?([\"'])([!-~]{1,40}?)\1")
_OFFSET = re.compile(r"[-+]\s*(\d{1,3})\b|\b(?:shift|offset|rot)\w*\s*[=:(]\s*-?(\d{1,3})\b", re.IGNORECASE)
_LETTERS_AND_CODES = re2.compile(r"(?i)\bcha?r\w{0,2}\(|fromc\w+\(|\bord\(|charcode|\[char\]")
_MAY_BE_NOISY = re2.compile(r"(?i)replace|\bsplit\(|\btr\s|\bsed\s")
_NOISE = re.compile(
    r"(?i)replace(?:all)?\(\s*/?([\"'])?([^\"'\n/]{1,12})(?:\1|/g\w*)\s*,\s*([\"'])\3\s*\)"
    r"|split\(([\"'])([^\"'\n]{1,12})\4\)\s*\.\s*join\(\s*([\"'])\6\s*\)|[\"']{2}\.join\([^)\n]{1,60}\.split\(([\"'])([^\"'\n]{1,12})\7\)"
    r"|-c?replace\s*([\"'])([^\"'\n]{1,12})\9|\btr\s+-d\s+([\"']?)([^\s\"'|]{1,12})\11"
    r"|\bsed\s+(?:-E\s+)?[\"']s(.)([^\n\"']{1,12}?)\13\13g"
)
_NOISE_GROUPS = (2, 5, 8, 10, 12, 14)
_STRIDE = re.compile(r"\[\s*([01]?)\s*:\s*:\s*([2-5])\s*\]|%\s*([2-5])\s*(?:===?|!==?|-eq)\s*([01])")
_TURNED = re2.compile(r"(?i)\[::-1\]|reverse|\brev\b|strrev|\[-1\.\.|倒")
_MAY_EXCHANGE = re2.compile(r"maketrans|\btr\s|\by/")
_TABLE = re.compile(
    r"maketrans\(\s*([\"'])([^\"'\n]{8,200})\1\s*,\s*([\"'])([^\"'\n]{8,200})\3|\b(?:tr|y/)\s+[\"']?([^\s\"']{3,140})[\"']?\s+[\"']?([^\s\"']{3,140})"
)
_ROTATED = re2.compile(r"(?i)rot_?13|[^\w]N-ZA-M")
_WHOLE_NUMBER = re2.compile(r"\b(?:0x([0-9a-fA-F]{48,})|(\d{60,}))n?\b")
_SINGLE = [bytes([code]) for code in range(1, 256)]
_TO_QUOTE = re.compile(r"[^\"'`\n]{0,40}(?=[\"'`\n])")
_MANY_HAN = 12
_REVERSED = "reversed text"
_ORDERS: tuple[Literal["big", "little"], ...] = ("big", "little")
_HAN_ROW = re.compile("[\u3400-\u9fff](?=[\u3400-\u9fff])")
_HAN = re.compile("[\u3400-\u9fff]")
_BLOB = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")
_LIST = re2.compile(
    r"[\[(]\s*(?:[rbu]?(?:\"[^\"\n]*\"|'[^'\n]*')\s*,\s*)+[rbu]?(?:\"[^\"\n]*\"|'[^'\n]*')\s*,?\s*[\])]"
)
_ITEM = re.compile(r"\"([^\"\n]*)\"|'([^'\n]*)'")


class _Held(NamedTuple):
    """A string of the text as it is meant, and where it stands."""

    said: str
    start: int
    end: int


def find(text: str) -> Iterator[Found]:
    """Yield what strings and numbers of ``text`` become. Work is bounded; nothing of the text is run."""
    yield from _without_noise(text)
    yield from _numbers(text)
    yield from _in_lists(text)
    turns = list(_turns(text))
    keyed = _XOR.search(text) is not None
    held = list(islice(_strings(text), MAX_STRINGS)) if turns or keyed else []
    for how, turn in turns:
        for one in held:
            yield from _told(turn(one.said), one, how)
    if keyed:
        yield from _keyed(text, held)


def _strings(text: str) -> Iterator[_Held]:
    """Yield the long strings of a program that are not plain English."""
    for match in _STRING.finditer(text):
        if match.end() - match.start() >= _LONG and known(match[0])[0] < _PLAIN:
            edge = 3 if match[0][:3] in ("'''", '"""') else 1
            yield _Held(_meant(match[0][edge:-edge])[:MAX_LENGTH], *match.span())
    for match in _HERE.finditer(text):
        yield _Held(match[2][:MAX_LENGTH], *match.span(2))


def _meant(literal: str) -> str:
    if "\\" not in literal:
        return literal
    return _ESCAPE.sub(
        lambda escape: (
            _MEANT.get(escape[4], escape[4]) if escape[4] else _character(escape[1] or escape[2] or escape[3])
        ),
        literal,
    )


def _character(digits: str) -> str:
    code = int(digits, 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _told(said: str, one: _Held, how: str) -> Iterator[Found]:
    # Chinese has no words that would show which way round it is: at a word about reversal both are read.
    chinese = how == _REVERSED and _rows(said) >= _MANY_HAN
    if said != one.said and (chinese or _better(said, one.said) or _is_blob(said)):
        yield Found(said, one.start, one.end, how)


def _better(said: str, before: str) -> bool:
    """Return whether one reading of a string is plainly more language than the other."""
    if _rows(said) >= _MANY_HAN and _rows(said) > 3 * _rows(before) and is_writing(said):
        return True
    if not is_language(said):
        return False
    (latin, han), (latin_before, han_before) = known(said), known(before)
    return (
        (latin >= 3 and latin > 2 * latin_before)
        or (han >= 3 and han > 2 * han_before)
        or not latin_before + han_before
    )


def _rows(said: str) -> int:
    """Return how many Chinese characters stand before another one."""
    return sum(1 for _ in _HAN_ROW.finditer(said[:4096]))


def _is_blob(said: str) -> bool:
    bare = said.strip()
    return len(bare) >= _LONG and _BLOB.fullmatch(bare) is not None and is_promising(bare)


def _turns(text: str) -> Iterator[tuple[str, Callable[[str], str]]]:
    """Yield the ways that a text names of turning strings into others, a few at most."""
    for match in islice(_STRIDE.finditer(text), 4):
        yield "letters among others", _every(int(match[2] or match[3]))
    if _TURNED.search(text):
        yield _REVERSED, lambda said: said[::-1]
    for match in islice(_TABLE.finditer(text), 4) if _MAY_EXCHANGE.search(text) else ():
        table = _letters(match[2] or _expanded(match[5]), match[4] or _expanded(match[6]))
        if table:
            yield "letters exchanged", _exchanged(table)
    if _ROTATED.search(text):
        yield "rot13", lambda said: codecs.decode(said, "rot13")
    for offset in _offsets(text):
        yield "letters moved on", _moved(offset)


def _without_noise(text: str) -> Iterator[Found]:
    """Yield the stretch of a text that is full of marks which the text takes out, without them."""
    if not _MAY_BE_NOISY.search(text):
        return
    for match in islice(_NOISE.finditer(text), MAX_KEYS):
        mark = next((match[group] for group in _NOISE_GROUPS if match[group]), "").replace("\\", "")
        places = [place.start() for place in islice(re.finditer(re.escape(mark), text), MAX_LENGTH)]
        # The place where the mark is named, and a few that only chance to look like it, are not the text.
        places = [place for place in places if not match.start() <= place < match.end()]
        if len(places) < _FEW:
            continue
        start, end = text.rfind("\n", 0, places[0]) + 1, places[-1]
        quote = max(text.rfind(mark, start, places[0]) for mark in "\"'`(")
        start = quote + 1 if quote >= start else start
        rest = _TO_QUOTE.match(text, end + len(mark))
        end = rest.end() if rest else end
        said = _meant(text[start:end].replace(mark, ""))
        if _reads_better(text[start:end], said):
            continue
        if len(places) * _SPARSE >= end - start and (tells(said) or _rows(said) >= _MANY_HAN):
            yield Found(said, start, end, "noise between letters")


def _reads_better(shown: str, bare: str) -> bool:
    """Return whether a stretch is language as it stands, more so than without its marks: then they are no noise."""
    words = sum(known(shown))
    # Common pairs of Chinese characters outlive marks between every few; how many characters touch tells more.
    return words >= _FEW and words >= sum(known(bare)) and _rows(shown) >= _TOUCHING * _rows(bare)


def _every(step: int) -> Callable[[str], str]:
    return lambda said: next((said[first::step] for first in range(2) if _better(said[first::step], said)), said)


def _letters(before: str, after: str) -> dict[int, int]:
    """Return a table of exchanged letters, or an empty one where it exchanges nothing much."""
    if len(before) != len(after):
        return {}
    table = {ord(old): ord(new) for old, new in zip(before, after, strict=True) if old != new}
    return table if len(table) >= 8 else {}


def _expanded(letters: str) -> str:
    """Return a set of letters as ``tr`` understands it: ``a-c`` for ``abc``."""
    return re.sub(
        r"([!-~])-([!-~])",
        lambda span: "".join(map(chr, range(ord(span[1]), ord(span[2]) + 1))) if span[1] <= span[2] else span[0],
        letters,
    )


def _exchanged(table: dict[int, int]) -> Callable[[str], str]:
    return lambda said: said.translate(table)


def _offsets(text: str) -> list[int]:
    """Return the offsets by which a text may move the codes of letters."""
    if not _LETTERS_AND_CODES.search(text):
        return []
    given = (int(match[1] or match[2]) for match in islice(_OFFSET.finditer(text), MAX_KEYS))
    return [signed for offset in dict.fromkeys(given) if 0 < offset < 256 for signed in (-offset, offset)]


def _moved(offset: int) -> Callable[[str], str]:
    def turn(said: str) -> str:
        if not is_language(_shifted(map(ord, said[:_HEAD]), offset)):
            return said
        return _shifted(map(ord, said), offset)

    return turn


def _shifted(codes: Iterable[int], offset: int) -> str:
    moved = (code + offset for code in codes)
    return "".join(chr(code) if 0 <= code < 0x110000 and not 0xD800 <= code < 0xE000 else "\0" for code in moved)


def _numbers(text: str) -> Iterator[Found]:
    """Yield what lists of numbers say, moved by an offset or as bytes, and what one long number says."""
    offsets = _offsets(text)
    for match in islice(_NUMBERS.finditer(text), MAX_STRINGS):
        codes = [
            int(code, 0) if code[:2] == "0x" else int(code) for code in re.findall(r"0x[0-9A-Fa-f]+|\d+", match[0])
        ]
        for offset in offsets:
            moved = _shifted(codes, offset)
            if is_writing(moved) and (tells(moved) or _rows(moved) >= _MANY_HAN):
                yield Found(moved, match.start(), match.end(), "codes with an offset")
    for match in islice(_WHOLE_NUMBER.finditer(text), MAX_STRINGS):
        if len(match[0]) > (MAX_LENGTH if match[1] else _DIGITS_OF_NUMBER):
            continue
        number = int(match[1], 16) if match[1] else int(match[2])
        size = (number.bit_length() + 7) // 8
        for order in _ORDERS:
            said = from_bytes(number.to_bytes(size, order))
            if said and leads_on(said):
                yield Found(said, match.start(), match.end(), "a long number")


def _in_lists(text: str) -> Iterator[Found]:
    """Yield what lists of encoded pieces say: joined in either order, or decoded one by one."""
    for match in islice(_LIST.finditer(text), MAX_STRINGS):
        pieces = [item[1] or item[2] or "" for item in _ITEM.finditer(match[0])]
        if len(pieces) < 2 or sum(_BLOB.fullmatch(piece) is not None for piece in pieces) * 10 < len(pieces) * 8:
            continue
        for row in (pieces, pieces[::-1]) if _TURNED.search(text) else (pieces,):
            said = from_bytes(_joined(row)) or from_bytes(b"".join(map(_decoded, row)))
            if said and leads_on(said):
                yield Found(said, match.start(), match.end(), "encoded pieces")


def _joined(pieces: list[str]) -> bytes:
    return _decoded("".join(piece.rstrip("=") for piece in pieces))


def _decoded(token: str) -> bytes:
    """Return what hexadecimal or base64 stands for; nothing if it is neither."""
    bare = token.strip().rstrip("=")
    if _HEX.fullmatch(bare):
        return binascii.unhexlify(bare)
    try:
        return base64.b64decode(bare.replace("-", "+").replace("_", "/") + "=" * (-len(bare) % 4))
    except ValueError:
        return b""


def _keyed(text: str, held: list[_Held]) -> Iterator[Found]:
    """Yield what an exclusive or with a key makes of encoded strings and of lists of bytes."""
    keys = [bytes([code]) for match in islice(_KEY.finditer(text), MAX_KEYS) if (code := _small(match))]
    keys += [match[2].encode() for match in islice(_WORD_KEY.finditer(text), MAX_KEYS)]
    keys = list(dict.fromkeys(keys))
    for data, start, end in islice(_bytes(text, held), MAX_STRINGS):
        for key in keys or _SINGLE:
            if _reads(_xor(data[:_HEAD], key), guessed=not keys) and (said := from_bytes(_xor(data, key))):
                yield Found(said, start, end, "an exclusive or")
                break


def _small(match: re.Match[str]) -> int:
    """Return the number that is a key of one byte, or 0."""
    key = (match[1] or match[2]).lower()
    value = int(key, 16) if key.startswith("0x") else int(key)
    return value if value < 256 else 0


def _reads(head: bytes, *, guessed: bool) -> bool:
    """Return whether the beginning of a text, which may end within a character, is language.

    Where the key was ``guessed``, Chinese characters alone prove nothing: several keys make some.
    """
    said = head.decode("utf-8", "ignore")
    return is_writing(said) and (is_language(said) or (not guessed and len(_HAN.findall(said)) >= _MANY_HAN))


def _xor(data: bytes, key: bytes) -> bytes:
    size = len(data)
    stream = (key * (size // len(key) + 1))[:size]
    return (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")


def _bytes(text: str, held: list[_Held]) -> Iterator[tuple[bytes, int, int]]:
    for one in held:
        bare = "".join(one.said.split())
        if _BLOB.fullmatch(bare) and (data := _decoded(bare)):
            yield data, one.start, one.end
        elif "\\" in text[one.start : one.end] and all(letter < "\u0100" for letter in one.said):
            yield one.said.encode("latin-1"), one.start, one.end
    for match in _NUMBERS.finditer(text):
        codes = [
            int(code, 0) if code[:2] == "0x" else int(code) for code in re.findall(r"0x[0-9A-Fa-f]+|\d+", match[0])
        ]
        if max(codes) < 256:
            yield bytes(codes), *match.span()
