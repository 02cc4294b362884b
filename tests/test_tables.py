"""Tables read the same from a checkout and from a wheel."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import pinfold
from pinfold.tables import SUFFIX, pack, table

SOURCES = sorted(Path(pinfold.__file__).parent.rglob("*.toml"))


def test_there_are_tables():
    assert len(SOURCES) > 4


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_packed_table_is_the_table(path, tmp_path):
    expected = tomllib.loads(path.read_text("utf-8"))
    (tmp_path / f"{path.stem}{SUFFIX}").write_bytes(pack(expected))
    assert table(tmp_path, path.stem) == expected == table(path.parent, path.stem)


def test_a_missing_table_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        table(tmp_path, "gone")
