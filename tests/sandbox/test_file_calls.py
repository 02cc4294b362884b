from __future__ import annotations

import os

import msgspec
import pytest

from pinfold.model import Access, Level, Profile
from pinfold.sandbox.file_calls import FileCalls
from pinfold.sandbox.planning import Asked, settle


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A function that says what is done about files in a folder at a level, for a profile."""
    (tmp_path / "home").mkdir()
    (tmp_path / "work").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def about(level=Level.L2, profile=None, present=()):
        for name in present:
            (tmp_path / "work" / name).touch()
        asked = Asked(
            command=["true"],
            folder=str(tmp_path / "work"),
            environment=dict(os.environ),
            home=str(tmp_path / "home"),
            profile=profile,
        )
        return FileCalls(settle(asked, level, ()))

    return about


@pytest.mark.parametrize(("level", "names"), [(Level.L0, False), (Level.L1, True), (Level.L2, True), (Level.L3, True)])
def test_names_are_looked_at_where_some_are_denied(files, level, names):
    made = files(level)
    assert (made.names, made.opens, made.price) == (names, False, "")


@pytest.mark.parametrize(("level", "opens"), [(Level.L0, False), (Level.L1, True), (Level.L2, True), (Level.L3, False)])
def test_files_are_opened_on_behalf_where_something_denied_is_there_and_no_mount_covers_it(files, level, opens):
    assert files(level, present=[".env"]).opens == opens


def test_without_a_denied_name_inside_nothing_is_asked(files):
    profile = Profile(write=Access(allow=(".",), deny=("/etc",)), read=Access(allow=("/usr",)))
    made = files(profile=profile)
    assert (made.names, made.opens) == (False, False)
    inside = msgspec.structs.replace(profile, write=Access(allow=(".",), deny=("./sub/*.key",)))
    assert files(profile=inside).names


def test_the_price_is_named(files):
    price = files(present=[".env"]).price
    assert price.startswith("every file is opened by the supervisor because .env lies in a writable folder")
    assert ".env and 1 more lie in a" in files(present=["id_rsa"]).price


@pytest.mark.parametrize(("level", "changes"), [(Level.L1, True), (Level.L2, True), (Level.L3, False)])
def test_what_may_be_read_and_not_changed_costs_those_who_change(files, level, changes):
    made = files(level, present=["CLAUDE.md"])
    assert (made.opens, made.changes, made.price) == (False, changes, "")
