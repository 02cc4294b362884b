from __future__ import annotations

import fnmatch
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.sandbox.notation import DenyList, Pattern, covered, is_name, matches, pattern, resolved


@pytest.mark.parametrize(
    ("path", "root", "names"),
    [
        (".", "", ()),
        ("./a//b/.", "", ("a", "b")),
        ("a/../b", "", ("b",)),
        ("../a", "", ("..", "a")),
        ("/", "/", ()),
        ("/a/../../b", "/", ("b",)),
        ("~/", "~", ()),
        ("~", "~", ()),
        ("~/.ssh", "~", (".ssh",)),
        ("~ada/x", "", ("~ada", "x")),
        ("./~/x", "", ("~", "x")),
        ("{skill}", "{skill}", ()),
        ("{skill}/a", "{skill}", ("a",)),
        ("{skill}s/a", "", ("{skill}s", "a")),
    ],
)
def test_a_path_is_taken_apart(path, root, names):
    assert pattern(path) == Pattern(root, names)


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        (".", "a/b", True),
        ("a", "a/b", True),
        ("a", "ab", False),
        ("a/b", "a", False),
        ("/", "~/x", True),
        ("/", "a", True),
        (".", "~/a", False),
        ("~/", "/home/ada", False),
        (".env.*", ".env.local", True),
        ("*/x", "a/x/y", True),
        ("*", "a*", True),
        ("a*", "a*b", True),
        ("a*b", "a*", False),
    ],
)
def test_what_covers_what(outer, inner, expected):
    assert pattern(outer).covers(pattern(inner)) is expected


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ("git", "/usr/bin/git", True),
        ("/usr/bin/git", "git", True),
        ("/usr", "git", True),
        ("git", "/home/ada/git", False),
        ("git", "./git", False),
        ("git", "gits", False),
        (".", "git", False),
        ("git", "/usr/bin/git/x", False),
    ],
)
def test_a_program_by_name_is_the_one_that_is_searched(outer, inner, expected):
    assert pattern(outer, program=True).covers(pattern(inner, program=True)) is expected


def test_names_of_programs_and_folders():
    assert [is_name(path) for path in ("git", "./git", ".", "..", "~", "{skill}", "a b")] == [
        True, False, False, False, False, False, True,
    ]  # fmt: skip


def test_a_path_means_one_place():
    here = {"folder": "/w/x", "home": "/h", "skill": "/s"}
    paths = ["a/b", ".", "../y", "~/.ssh", "{skill}/z", "/e/../f", ".env.*"]
    assert [resolved(path, **here) for path in paths] == [
        "/w/x/a/b", "/w/x", "/w/y", "/h/.ssh", "/s/z", "/f", "/w/x/.env.*",
    ]  # fmt: skip
    assert resolved("{skill}/z", folder="/w", home="/h") == ""


@pytest.mark.parametrize(
    ("path", "everywhere", "by"),
    [
        ("~/.ssh/id_rsa", False, "~/.ssh"),
        (".env", False, ".env"),
        ("a/.env", False, ""),
        ("a/.env", True, ".env"),
        ("/x/key.pem", True, "*.pem"),
        ("/x/.git/hooks/pre-push", True, ".git/hooks"),
        ("/x/.git/config", True, ""),
    ],
)
def test_a_deny_list_names_what_it_denies(path, everywhere, by):
    deny = DenyList(["~/.ssh", ".env", "*.pem", ".git/hooks"])
    assert deny.naming(pattern(path), everywhere=everywhere) == by
    assert deny.covers(pattern(path)) is (bool(by) and not everywhere)


TEXT = st.text("ab*", max_size=8)


@given(TEXT, st.text("ab", max_size=8))
def test_stars_stand_for_any_characters(wanted, name):
    assert matches(wanted, name) is (re.fullmatch(fnmatch.translate(wanted), name) is not None)


@given(TEXT, TEXT, st.text("ab", max_size=6))
def test_what_is_within_a_name_is_within_what_that_is_within(outer, inner, name):
    if matches(outer, inner) and matches(inner, name):
        assert matches(outer, name)


PATHS = st.lists(st.sampled_from(["a", "b", ".", "..", "*", "a*", "~", "{skill}", ""]), max_size=6).map("/".join)


@given(PATHS, st.booleans())
def test_whatever_is_written_covers_itself(path, program):
    taken = pattern(path, program=program)
    assert taken.covers(taken)
    assert covered(taken, [taken])
    assert pattern("/").covers(taken)
