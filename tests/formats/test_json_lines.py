from __future__ import annotations

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats import json_lines
from pinfold.formats.json_lines import DamagedError, decode, numbered, seconds


@pytest.mark.parametrize("make", [io.BytesIO, lambda data: data.splitlines(keepends=True)])
def test_lines_keep_their_numbers(make):
    assert list(numbered(make(b"\xef\xbb\xbf1\r\n\n  \n2\n3"))) == [(1, b"1"), (4, b"2"), (5, b"3")]


@pytest.mark.parametrize("make", [io.BytesIO, lambda data: data.splitlines(keepends=True)])
def test_a_long_line_is_passed_over(make, monkeypatch):
    monkeypatch.setattr(json_lines, "MAX_LINE", 10)
    assert list(numbered(make(b"1\n" + b"x" * 35 + b"\n2\n" + b"y" * 35))) == [
        (1, b"1"),
        (2, None),
        (3, b"2"),
        (4, None),
    ]


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'{"a": "\xff"}', {"a": "\ufffd"}),
        (b'{"a": "\\ud800"}', {"a": "\ufffd"}),
        (b'{"a": "x\ty"}', {"a": "x\ty"}),
        (b'{"a": NaN}', {"a": None}),
        ('"挖矿"'.encode(), "挖矿"),
    ],
)
def test_decode(data, value):
    assert decode(data) == value


@pytest.mark.parametrize("data", [b"", b"{", b"[" * 100_000, b'{"a":' * 50_000, b"\x00", b"nul"])
def test_decode_refuses(data):
    with pytest.raises(DamagedError):
        decode(data)


@given(st.binary())
def test_decode_never_raises_anything_else(data):
    with suppress(DamagedError):
        decode(data)


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (1_791_536_000.5, 1_791_536_000.5),
        (1_791_536_000_500, 1_791_536_000.5),
        ("1791536000", 1_791_536_000.0),
        ("2026-10-09T08:53:20.5Z", 1_791_536_000.5),
        ("2026-10-09 08:53:20.500", 1_791_536_000.5),
        ("2026-10-09T10:53:20.5+02:00", 1_791_536_000.5),
        ("yesterday", None),
        ("nan", None),
        ("0001-01-01T00:00:00+23:59", -62_135_683_140.0),
        (True, None),
        (None, None),
        (1e300, None),
    ],
)
def test_seconds(value, time):
    assert seconds(value) == time
