"""The wire format of DNS, as far as a responder needs it that knows names and addresses only (RFC 1035, 3596, 6891).

It reads one query and writes one answer; the name of an answer is the very bytes of the question. Nothing here sends.
"""

from __future__ import annotations

import ipaddress
import math
import struct
from collections.abc import Iterable

import msgspec

from pinfold.model.errors import PinfoldError

A = 1
AAAA = 28
_OPT = 41
INTERNET = 1

FORMAT_ERROR = 1
SERVER_FAILURE = 2
NO_SUCH_NAME = 3
REFUSED = 5

LONGEST_QUERY = 512
_LONGEST_NAME = 255
_LARGEST_ANSWER = 1_232  # what the makers of resolvers agreed that a datagram carries everywhere
_PLAIN_ANSWER = 512
_HEADER = struct.Struct("!6H")
_QUESTION_END = struct.Struct("!2H")
_OPT_REST = struct.Struct("!2HIH")
_RECORD = struct.Struct("!3HIH")
_POINTER_TO_QUESTION = 0xC000 | _HEADER.size

_RESPONSE = 0x8000
_OPERATION = 0x7800
_TRUNCATED = 0x0200
_RECURSION_DESIRED = 0x0100
_RECURSION_AVAILABLE = 0x0080
_CHECKING_DISABLED = 0x0010


class DamagedQueryError(PinfoldError):
    """A message is no DNS query that can be answered; the message says what is wrong with it."""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """One question.

    ``name`` is in lower case, without the final dot; a byte that is not a visible ASCII character, a dot within a label
    and a backslash stand as a backslash and three digits, so that no two names are spelt alike. ``question`` is the raw
    question, repeated in the answer as it came. ``recursion`` and ``unchecked`` are flags that the answer repeats too.
    ``extended`` says whether the asker sent an OPT record, ``room`` how many bytes it takes.
    """

    id: int
    name: str
    record_type: int
    record_class: int
    question: bytes
    recursion: bool = True
    unchecked: bool = False
    extended: bool = False
    room: int = _PLAIN_ANSWER


def parse_query(message: bytes) -> Query:
    """Return the question that a message asks; raises ``DamagedQueryError``."""
    if len(message) > LONGEST_QUERY:
        raise DamagedQueryError(f"a DNS query of {len(message)} bytes is longer than {LONGEST_QUERY}")
    if len(message) < _HEADER.size:
        raise DamagedQueryError(f"a DNS query of {len(message)} bytes has no header")
    number, flags, questions, answers, authorities, additional = _HEADER.unpack_from(message)
    if flags & (_RESPONSE | _OPERATION | _TRUNCATED):
        raise DamagedQueryError(f"a DNS message with the flags {flags:#06x} is not a query")
    if (questions, answers, authorities) != (1, 0, 0) or additional > 1:
        counts = f"{questions}, {answers}, {authorities} and {additional}"
        raise DamagedQueryError(f"a DNS query has one question and nothing else, not {counts} records")
    name, at = _name(message, _HEADER.size)
    if at + _QUESTION_END.size > len(message):
        raise DamagedQueryError("a DNS query ends within its question")
    record_type, record_class = _QUESTION_END.unpack_from(message, at)
    end = at + _QUESTION_END.size
    room = _PLAIN_ANSWER
    if additional:
        room = _room(message, end)
    elif end != len(message):
        raise DamagedQueryError("a DNS query goes on after its question")
    return Query(
        id=number,
        name=name,
        record_type=record_type,
        record_class=record_class,
        question=message[_HEADER.size : end],
        recursion=bool(flags & _RECURSION_DESIRED),
        unchecked=bool(flags & _CHECKING_DISABLED),
        extended=bool(additional),
        room=room,
    )


def _name(message: bytes, at: int) -> tuple[str, int]:
    """Return the name that begins at ``at``, and where it ends."""
    start, labels = at, []
    while True:
        if at >= len(message):
            raise DamagedQueryError("a DNS query ends within its name")
        length = message[at]
        if length > 63:
            raise DamagedQueryError("the name in a DNS query is packed, or has a label longer than 63 bytes")
        at += 1
        if not length:
            break
        label = message[at : at + length]
        at += length
        if len(label) < length or at - start >= _LONGEST_NAME:
            raise DamagedQueryError("the name in a DNS query is cut off, or longer than 255 bytes")
        labels.append("".join(map(_SPELLING.__getitem__, label)))
    return ".".join(labels), at


_SPELLING = tuple(
    chr(byte).lower() if 0x21 <= byte <= 0x7E and chr(byte) not in ".\\" else f"\\{byte:03}" for byte in range(256)
)


def _room(message: bytes, at: int) -> int:
    """Return how large an answer the OPT record at ``at``, the last one, allows."""
    rest = at + 1
    if message[at:rest] != b"\0" or len(message) < rest + _OPT_REST.size:
        raise DamagedQueryError("the additional record of a DNS query is damaged")
    kind, room, _flags, length = _OPT_REST.unpack_from(message, rest)
    asked = int(room)
    if kind != _OPT or rest + _OPT_REST.size + length != len(message):
        raise DamagedQueryError("the additional record of a DNS query is not an OPT record alone")
    return min(max(asked, _PLAIN_ANSWER), _LARGEST_ANSWER)


def answer(query: Query, addresses: Iterable[str], *, ttl: int) -> bytes:
    """Return the answer with those addresses that are of the query's type, as many as its asker takes.

    ``ttl`` is in seconds. There may be none: the name exists then, and has no record of that type.
    """
    version = {A: 4, AAAA: 6}.get(query.record_type, 0) if query.record_class == INTERNET else 0
    extra = _extra(query)
    left = query.room - _HEADER.size - len(query.question) - len(extra)
    records = []
    for text in addresses:
        address = ipaddress.ip_address(text)
        if address.version != version:
            continue
        packed = address.packed
        record = _RECORD.pack(_POINTER_TO_QUESTION, query.record_type, INTERNET, ttl, len(packed)) + packed
        left -= len(record)
        if left < 0:
            break
        records.append(record)
    return b"".join((_header(query, 0, len(records)), query.question, *records, extra))


def refusal(query: Query, code: int) -> bytes:
    """Return the answer that says only why there is none: ``REFUSED``, ``SERVER_FAILURE`` or ``NO_SUCH_NAME``."""
    return _header(query, code, 0) + query.question + _extra(query)


def format_error(message: bytes) -> bytes:
    """Return the answer to a damaged query, or ``b""`` where it has no id, or is itself an answer."""
    if len(message) < _HEADER.size or message[2] & 0x80:
        return b""
    return message[:2] + struct.pack("!5H", _RESPONSE | FORMAT_ERROR, 0, 0, 0, 0)


def _header(query: Query, code: int, answers: int) -> bytes:
    flags = _RESPONSE | _RECURSION_AVAILABLE | code
    flags |= _RECURSION_DESIRED * query.recursion | _CHECKING_DISABLED * query.unchecked
    return _HEADER.pack(query.id, flags, 1, answers, 0, int(query.extended))


def _extra(query: Query) -> bytes:
    """Return an OPT record of our own for whoever sent one."""
    return b"\0" + _OPT_REST.pack(_OPT, _LARGEST_ANSWER, 0, 0) if query.extended else b""


# How a name looks that carries data. Lengths are in characters. The bars of entropy, in bits a character, were set on
# 231,699 names of packages of 20 to 40 characters, the nearest to long labels that people make.
LONGEST_LABEL = 40
LONGEST_PLAIN_NAME = 150
MOST_LABELS = 12
SHORTEST_JUDGED_LABEL = 20  # the entropy of a shorter one says nothing
MOST_ENTROPY = 4.1
MOST_ENTROPY_WITH_DIGITS = 3.0
MANY_DIGITS = 0.15  # of all characters of the label


def looks_like_data(name: str) -> str:
    """Return why a name looks as if it carried data out, or ``""``."""
    if len(name) > LONGEST_PLAIN_NAME:
        return f"the name has {len(name)} characters"
    labels = name.split(".")
    if len(labels) > MOST_LABELS:
        return f"the name has {len(labels)} labels"
    for label in labels:
        if len(label) > LONGEST_LABEL:
            return f"a label has {len(label)} characters"
        if len(label) < SHORTEST_JUDGED_LABEL:
            continue
        bits = _entropy(label)
        digits = sum(map(str.isdigit, label)) / len(label)
        if bits > (MOST_ENTROPY_WITH_DIGITS if digits >= MANY_DIGITS else MOST_ENTROPY):
            return f"a label of {len(label)} characters looks random"
    return ""


def _entropy(text: str) -> float:
    shares = [text.count(character) / len(text) for character in set(text)]
    return -sum(share * math.log2(share) for share in shares)
