"""A private folder for what can be made again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinfold.rulebook import Cache, cache_folder

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are POSIX's")


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({"PINFOLD_CACHE": "/c", "XDG_CACHE_HOME": "/x"}, "/c"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "/x/pinfold"),
        ({"HOME": "/h"}, "/h/.cache/pinfold"),
    ],
)
def test_where_the_cache_belongs(environment, wanted):
    assert cache_folder(environment) == Path(wanted)


def entry(folder: Path) -> Path:
    (found,) = (path for path in folder.rglob("*") if path.is_file())
    return found


def test_what_is_put_is_got(tmp_path):
    cache = Cache(tmp_path / "cache")
    assert cache.get("one") is None
    cache.put("one", b"content")
    assert cache.get("one") == b"content"
    assert Cache(tmp_path / "cache").get("one") == b"content"
    cache.put("one", b"other")
    assert cache.get("one") == b"other"
    cache.drop("one")
    cache.drop("one")
    assert cache.get("one") is None


def test_without_a_folder_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cache = Cache(None)
    cache.put("one", b"content")
    assert cache.get("one") is None
    assert not list(tmp_path.iterdir())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=100))
def test_an_entry_that_was_touched_is_ignored(tmp_path, data):
    cache = Cache(tmp_path / "cache")
    cache.put("one", b"content")
    entry(tmp_path).write_bytes(data)
    assert cache.get("one") is None


def test_a_flipped_bit_is_noticed(tmp_path):
    cache = Cache(tmp_path / "cache")
    cache.put("one", b"content")
    path = entry(tmp_path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert cache.get("one") is None


@POSIX
def test_the_folder_is_closed_to_others(tmp_path):
    Cache(tmp_path / "cache").put("one", b"content")
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
    assert entry(tmp_path).stat().st_mode & 0o077 == 0


@POSIX
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_may_write_to_is_left_alone(tmp_path, mode):
    folder = tmp_path / "cache"
    folder.mkdir()
    folder.chmod(mode)
    cache = Cache(folder)
    cache.put("one", b"content")
    assert cache.get("one") is None
    assert not list(folder.iterdir())


@POSIX
def test_a_link_is_no_folder_of_ours(tmp_path):
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "cache").symlink_to(tmp_path / "real")
    cache = Cache(tmp_path / "cache")
    cache.put("one", b"content")
    assert cache.get("one") is None
    assert not list((tmp_path / "real").iterdir())


def test_a_file_in_the_way_is_a_miss(tmp_path):
    (tmp_path / "cache").write_text("in the way", "utf-8")
    cache = Cache(tmp_path / "cache")
    cache.put("one", b"content")
    assert cache.get("one") is None


@POSIX
def test_a_disk_that_fails_is_a_miss(tmp_path, monkeypatch):
    cache = Cache(tmp_path / "cache")

    def full(*_arguments, **_more):
        raise OSError("no space left")

    monkeypatch.setattr(os, "replace", full)
    cache.put("one", b"content")
    assert cache.get("one") is None
