"""What stands on a real disk."""

from __future__ import annotations

import os
import socket

import pytest

from pinfold.sandbox.disk import Disk


def test_each_kind_is_told_and_no_link_is_followed(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    kinds = {name: Disk().kind(str(tmp_path / name)) for name in ("file", "folder", "link", "dangling", "pipe", "none")}
    assert kinds == {
        "file": "file", "folder": "folder", "link": "symlink", "dangling": "symlink", "pipe": "other", "none": "absent",
    }  # fmt: skip
    assert Disk().kind("/dev/null") == "device"


def test_a_socket_is_something_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("socket")
        assert Disk().kind("socket") == "other"


def test_links_and_names_are_read(tmp_path):
    (tmp_path / "link").symlink_to("./a//b")
    assert Disk().link(str(tmp_path / "link")) == "./a//b"
    assert list(Disk().names(str(tmp_path))) == ["link"]


@pytest.mark.parametrize("path", ["/nowhere/at/all", "/dev/null/x", "/a\0b", "/" + "a" * 5000])
def test_what_cannot_be_reached_is_absent(path):
    assert Disk().kind(path) == "absent"
    assert list(Disk().names(path)) == []
    assert Disk().link(path) == ""
