from __future__ import annotations

import contextlib
import ipaddress
import random
import socket
import string
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pinfold.sandbox.dns import (
    AAAA,
    LONGEST_QUERY,
    NO_SUCH_NAME,
    REFUSED,
    SERVER_FAILURE,
    A,
    DamagedQueryError,
    answer,
    format_error,
    looks_like_data,
    parse_query,
    refusal,
)

OPT = b"\0" + struct.pack("!2HIH", 41, 4096, 0, 0)


def wire(name):
    labels = [label.encode("latin-1") for label in name.split(".")] if name else []
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def question(name="a.example", kind=A, *, number=7, flags=0x0100, counts=(1, 0, 0, 0), end=b"", cls=1):
    return struct.pack("!6H", number, flags, *counts) + wire(name) + struct.pack("!2H", kind, cls) + end


def read_name(message, at, hops=0):
    """Read a name as any resolver does, following pointers; independent of the module under test."""
    labels = []
    while True:
        length = message[at]
        if length >= 0xC0:
            assert hops < 5
            target = struct.unpack_from("!H", message, at)[0] & 0x3FFF
            rest, _ = read_name(message, target, hops + 1)
            return [*labels, *rest], at + 2
        at += 1
        if not length:
            return labels, at
        labels.append(message[at : at + length])
        at += length


def read_answer(message):
    number, flags, *counts = struct.unpack_from("!6H", message)
    at, questions, records = 12, [], []
    for _ in range(counts[0]):
        labels, at = read_name(message, at)
        questions.append((b".".join(labels), *struct.unpack_from("!2H", message, at)))
        at += 4
    for _ in range(sum(counts[1:])):
        labels, at = read_name(message, at)
        kind, cls, ttl, length = struct.unpack_from("!2HIH", message, at)
        at += 10
        records.append((b".".join(labels), kind, cls, ttl, message[at : at + length]))
        at += length
    assert at == len(message)
    return number, flags, questions, records


def test_a_query_is_read():
    query = parse_query(question("WWW.A.Example", AAAA, number=0xBEEF))
    assert (query.id, query.name, query.record_type, query.record_class) == (0xBEEF, "www.a.example", AAAA, 1)
    assert (query.recursion, query.extended, query.room) == (True, False, 512)
    assert query.question == wire("WWW.A.Example") + struct.pack("!2H", AAAA, 1)


def test_what_the_asker_takes_is_read_from_its_opt_record():
    query = parse_query(question(counts=(1, 0, 0, 1), end=OPT))
    assert (query.extended, query.room) == (True, 1_232)
    cookie = b"\0" + struct.pack("!2HIH", 41, 100, 0, 12) + struct.pack("!2H", 10, 8) + b"12345678"
    assert parse_query(question(counts=(1, 0, 0, 1), end=cookie)).room == 512


def test_no_two_names_are_spelt_alike():
    dotted = b"\x05a.b\\\xc3\x00"
    message = struct.pack("!6H", 1, 0, 1, 0, 0, 0) + dotted + struct.pack("!2H", A, 1)
    assert parse_query(message).name == "a\\046b\\092\\195"
    assert parse_query(question("")).name == ""


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (b"", "no header"),
        (question()[:11], "no header"),
        (question()[:20], "cut off|ends within"),
        (question()[:-1], "within its question"),
        (question(flags=0x8180), "not a query"),
        (question(flags=0x2800), "not a query"),
        (question(flags=0x0300), "not a query"),
        (question(counts=(0, 0, 0, 0)), "one question"),
        (question(counts=(2, 0, 0, 0), end=wire("b.example") + b"\0\1\0\1"), "one question"),
        (question(counts=(1, 1, 0, 0)), "one question"),
        (question(counts=(1, 0, 1, 0)), "one question"),
        (question(counts=(1, 0, 0, 2), end=OPT + OPT), "one question"),
        (question(counts=(1, 0, 0, 1)), "additional record"),
        (question(counts=(1, 0, 0, 1), end=OPT[:-1]), "additional record"),
        (question(counts=(1, 0, 0, 1), end=OPT + b"x"), "OPT record alone"),
        (question(counts=(1, 0, 0, 1), end=OPT.replace(b"\x29", b"\xfa")), "OPT record alone"),
        (question(end=b"more"), "goes on"),
        (question("a" * 64), "longer than 63"),
        (question()[:12] + b"\xc0\x0c\0\1\0\1", "packed"),
        (question()[:12] + b"\1a\xc0\x0c\0\1\0\1", "packed"),
        (question()[:12] + b"\x41a\0\0\1\0\1", "packed"),
        (question(".".join(["a" * 63] * 4)), "longer than 255"),
        (question(".".join("a" * 128)), "longer than 255"),
        (question() + bytes(LONGEST_QUERY), "longer than 512"),
    ],
)
def test_a_damaged_query_is_refused(message, why):
    with pytest.raises(DamagedQueryError, match=why) as caught:
        parse_query(message)
    assert "\n" not in str(caught.value)


def test_the_longest_name_is_read():
    name = ".".join(["a" * 63] * 3 + ["b" * 61])
    assert len(wire(name)) == 255
    assert parse_query(question(name)).name == name


@given(st.binary(max_size=600))
@example(question())
def test_any_bytes_are_a_query_or_damaged(message):
    try:
        query = parse_query(message)
    except DamagedQueryError:
        error = format_error(message)
        assert not error or (error[:2] == message[:2] and error[3] & 0x0F == 1 and error[2] & 0x80)
    else:
        assert query.question in message
        assert query.name == query.name.lower()
        assert read_answer(answer(query, ["192.0.2.1", "2001:db8::1"], ttl=1))[0] == query.id


@given(st.binary(max_size=40), st.integers(0, 60))
def test_a_query_changed_anywhere_is_read_or_refused(noise, at):
    message = bytearray(question(counts=(1, 0, 0, 1), end=OPT))
    message[at : at + len(noise)] = noise
    with contextlib.suppress(DamagedQueryError):
        parse_query(bytes(message))


LABELS = st.text(string.ascii_letters + string.digits + "-_", min_size=1, max_size=63)


@given(
    st.lists(LABELS, min_size=1, max_size=8).map(".".join).filter(lambda name: len(name) < 254),
    st.lists(st.ip_addresses().map(str), max_size=80),
    st.sampled_from([A, AAAA]),
    st.booleans(),
    st.integers(0, 86_400),
)
def test_an_answer_says_what_was_asked(name, addresses, kind, extended, ttl):
    more = {"counts": (1, 0, 0, 1), "end": OPT} if extended else {}
    query = parse_query(question(name, kind, number=99, **more))
    message = answer(query, addresses, ttl=ttl)
    number, flags, questions, records = read_answer(message)
    if extended:
        assert records.pop()[:2] == (b"", 41)
    assert (number, flags) == (99, 0x8180)
    assert questions == [(name.encode(), kind, 1)]
    assert all(record[:4] == (name.encode(), kind, 1, ttl) for record in records)
    wanted = [socket_bytes for text in addresses if (socket_bytes := packed(text, kind))]
    assert [record[4] for record in records] == wanted[: len(records)]
    assert len(message) <= query.room
    assert len(records) == len(wanted) or len(message) + 28 > query.room


def packed(text, kind):
    version = ipaddress.ip_address(text).version
    if version != {A: 4, AAAA: 6}[kind]:
        return b""
    return socket.inet_pton(socket.AF_INET if version == 4 else socket.AF_INET6, text)


@pytest.mark.parametrize(("kind", "cls"), [(65, 1), (255, 1), (16, 1), (A, 3)])
def test_other_types_and_classes_have_no_records(kind, cls):
    message = answer(parse_query(question(kind=kind, cls=cls)), ["192.0.2.1", "2001:db8::1"], ttl=60)
    assert read_answer(message)[1:] == (0x8180, [(b"a.example", kind, cls)], [])


@pytest.mark.parametrize("code", [REFUSED, SERVER_FAILURE, NO_SUCH_NAME])
def test_a_refusal_repeats_the_question(code):
    query = parse_query(question(number=3, flags=0x0110))
    assert read_answer(refusal(query, code)) == (3, 0x8190 | code, [(b"a.example", A, 1)], [])
    assert refusal(parse_query(question(flags=0)), code)[2:4] == struct.pack("!H", 0x8080 | code)


def test_a_damaged_query_is_answered_where_it_has_an_id():
    assert read_answer(format_error(question()[:15])) == (7, 0x8001, [], [])
    assert format_error(b"\0\7") == b""
    assert format_error(question(flags=0x8180)) == b"", "an answer is never answered"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("a" * 41 + ".example", "41 characters"),
        (".".join(["abcdefgh"] * 18), "161 characters"),
        (".".join("abcdefghijklm"), "13 labels"),
        ("3f9a0c77b1e24d58a6f0c1d2e3b4a596.example", "looks random"),
        ("nbswy3dpeb3w64tmmqqho2dfojsq.t.example", "looks random"),
        ("zqxjvkwpyfbgmhcdulrsnieota7.example", "looks random"),
    ],
)
def test_a_name_that_carries_data_is_told(name, why):
    assert why in looks_like_data(name)


@pytest.mark.parametrize(
    "name",
    [
        "", "localhost", "a.example", "files.pythonhosted.example", "d1a2b3c4d5e6f7.cdn.example",
        "production-eu-central-registry.example", "objects.githubusercontent.example", "registry-1.docker.example",
        "my-very-long-service-name-staging.svc.example", "xn--bcher-kva.example",
    ],
)  # fmt: skip
def test_ordinary_names_carry_none(name):
    assert looks_like_data(name) == ""


def test_most_random_labels_are_told():
    generator = random.Random(4)
    for letters in (string.digits + "abcdef", string.ascii_lowercase + string.digits):
        labels = ("".join(generator.choices(letters, k=32)) for _ in range(500))
        assert sum(bool(looks_like_data(f"{label}.example")) for label in labels) > 450
