"""The weights that Pinfold carries, and what is said of them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pinfold.language.likeness import weights as stored
from pinfold.language.likeness.grams import BUCKETS
from pinfold.model import PinfoldError
from pinfold.tables import table

FOLDER = Path(stored.__file__).parent


def test_the_sidecar_is_of_these_weights():
    sidecar = table(FOLDER, "weights")
    assert sidecar["sha256"] == hashlib.sha256((FOLDER / "weights.bin").read_bytes()).hexdigest()
    assert sidecar["licence"] == "Apache-2.0"
    assert {"texts", "cases"} < sidecar["sources"].keys()


def test_they_are_small():
    assert (FOLDER / "weights.bin").stat().st_size < 2 * 1024 * 1024


def test_every_kind_can_be_named():
    assert table(FOLDER, "kinds")["says"].keys() == set(stored.weights().kinds)


def test_what_is_packed_can_be_read():
    known = stored.weights()
    numbers = stored.Numbers(known.scale, known.bias, known.spread, known.english, known.chinese)
    packed = stored.pack(bytes(known.harm), numbers, tuple(map(bytes, known.tables)))
    assert packed == (FOLDER / "weights.bin").read_bytes()
    assert len(known.harm) == BUCKETS


def test_a_damaged_file_is_an_error_with_a_hint(tmp_path, monkeypatch):
    for name in ("weights.bin", "weights.toml"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    (tmp_path / "weights.bin").write_bytes(b"pinfold1")
    monkeypatch.setattr(stored, "_HERE", tmp_path)
    with pytest.raises(PinfoldError, match="damaged") as caught:
        stored.weights.__wrapped__()
    assert caught.value.hint
