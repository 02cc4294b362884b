"""The weights of the model, as ``evals/classifier/train.py`` made them: one file of bytes, read when first needed."""

from __future__ import annotations

import math
import struct
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from pinfold.language.likeness.grams import BUCKETS
from pinfold.model import PinfoldError
from pinfold.tables import table

_HERE = Path(__file__).parent
_HEADER = struct.Struct("<8sIIddddddd")
_MAGIC = b"pinfold2"

KIND_BUCKETS = 1 << 13
"""Places in the table that tells the kinds of harm apart."""


class Sigmoid(NamedTuple):
    """What turns scores into probabilities (Platt): a slope and an offset."""

    slope: float
    offset: float

    def of(self, score: float) -> float:
        """Return the probability that a score stands for."""
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, self.slope * score + self.offset))))


class Weights(msgspec.Struct, frozen=True):
    """What the model knows.

    ``harm`` has a signed byte for each place of a feature and counts in units of ``scale``; ``bias`` is added.
    ``english`` and ``chinese`` turn the score of a passage in that language into a probability. ``kinds`` are the names
    of the kinds of harm; ``tables`` has `KIND_BUCKETS` signed bytes for each of them. ``spread`` is added to the number
    of features over which a score is averaged, so that few words say little.
    """

    harm: memoryview
    scale: float
    bias: float
    english: Sigmoid
    chinese: Sigmoid
    spread: float
    kinds: tuple[str, ...]
    tables: tuple[memoryview, ...]


class Numbers(NamedTuple):
    """The numbers at the head of the file."""

    scale: float
    bias: float
    spread: float
    english: Sigmoid
    chinese: Sigmoid


def pack(harm: bytes, numbers: Numbers, tables: tuple[bytes, ...]) -> bytes:
    """Return the file of bytes that `weights` reads."""
    scale, bias, spread, english, chinese = numbers
    head = _HEADER.pack(_MAGIC, len(harm), len(tables), scale, bias, spread, *english, *chinese)
    return head + harm + b"".join(tables)


@cache
def weights() -> Weights:
    """Return the weights that Pinfold carries. Raises `PinfoldError` when the file is not what it should be."""
    data = (_HERE / "weights.bin").read_bytes()
    kinds = tuple(table(_HERE, "weights")["kinds"])
    size = _HEADER.size + BUCKETS + len(kinds) * KIND_BUCKETS
    if len(data) != size or data[:8] != _MAGIC:
        raise PinfoldError("the weights of the text model are damaged", hint="Install Pinfold again.")
    _, _, _, scale, bias, spread, *sigmoids = _HEADER.unpack_from(data)
    english, chinese = Sigmoid(*sigmoids[:2]), Sigmoid(*sigmoids[2:])
    view = memoryview(data)[_HEADER.size :].cast("b")
    starts = range(BUCKETS, len(view), KIND_BUCKETS)
    tables = tuple(view[start : start + KIND_BUCKETS] for start in starts)
    return Weights(view[:BUCKETS], scale, bias, english, chinese, spread, kinds, tables)
