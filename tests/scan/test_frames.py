from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.scan.frames import LONGEST, Decoder, FrameError, Kind, encode

MESSAGES = st.lists(st.tuples(st.sampled_from([Kind.TASK, Kind.STEP, Kind.RESULT, Kind.DIED]), st.binary(max_size=200)))


def pieces_of(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@given(messages=MESSAGES, size=st.integers(1, 300))
def test_frames_come_out_as_they_went_in_however_the_stream_is_cut(messages, size):
    decoder = Decoder()
    stream = b"".join(encode(kind, payload) for kind, payload in messages)
    assert [frame for piece in pieces_of(stream, size) for frame in decoder.feed(piece)] == messages


@given(noise=st.binary(max_size=400), size=st.integers(1, 100))
def test_noise_is_refused_or_is_a_frame_within_bounds(noise, size):
    decoder = Decoder()
    try:
        for piece in pieces_of(noise, size):
            for kind, payload in decoder.feed(piece):
                assert len(payload) <= LONGEST[kind]
    except FrameError:
        pass


@pytest.mark.parametrize("kind", list(Kind))
def test_a_frame_that_is_too_long_is_refused_at_its_head(kind):
    head = struct.pack("<BI", kind, LONGEST[kind] + 1)
    with pytest.raises(FrameError, match=kind.name.lower()):
        list(Decoder().feed(head))


def test_an_unknown_kind_is_refused():
    with pytest.raises(FrameError, match="kind 99"):
        list(Decoder().feed(struct.pack("<BI", 99, 0)))


def test_nothing_too_long_is_encoded():
    with pytest.raises(FrameError, match="memory of 1 bytes"):
        encode(Kind.MEMORY, b"x")
