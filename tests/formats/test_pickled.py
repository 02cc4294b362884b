"""Pickles, read and never loaded."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats.pickled import is_pickle, source_of


class Calls:
    """Something that calls a function when it is loaded."""

    def __init__(self, function, *arguments):
        self.what = (function, arguments)

    def __reduce__(self):
        return self.what


@pytest.mark.parametrize("protocol", range(6))
def test_what_loading_would_call(protocol):
    data = pickle.dumps({"weights": [1, 2.5, "a"], "hook": Calls(eval, "1 + 1")}, protocol)
    source, trouble = source_of(data)
    assert "= eval('1 + 1')" in source
    assert trouble == ""


def test_modules_are_named():
    data = b"cposix\nsystem\n(S'id'\ntR."
    assert source_of(data) == ("import posix\nvalue_0 = posix.system('id')", "")


def test_data_calls_nothing():
    assert source_of(pickle.dumps({"a": [1, (2, 3)], "b": {"c": b"d"}})) == ("", "")


def test_a_second_pickle_is_read_too():
    data = pickle.dumps([1]) + pickle.dumps(Calls(eval, "2"))
    assert "eval('2')" in source_of(data)[0]


def test_a_damaged_pickle_says_so():
    assert "damaged" in source_of(pickle.dumps({"a": "b" * 200})[:-60])[1]


def test_a_protocol_is_known_by_its_first_bytes():
    assert is_pickle(pickle.dumps([]))
    assert not is_pickle(b"\x80\x09.")


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data):
    source_of(data)
    source_of(b"\x80\x04" + data)


PLAIN = st.recursive(
    st.none() | st.integers() | st.text() | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(PLAIN, st.integers(0, 5))
def test_plain_data_of_any_shape_calls_nothing(value, protocol):
    assert source_of(pickle.dumps(value, protocol)) == ("", "")
