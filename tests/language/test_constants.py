"""Constants that one piece of shell source sets and another one uses."""

from __future__ import annotations

import pytest

from pinfold.language.constants import addresses, assigned


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("BASE=https://a.example/x", "https://a.example/x"),
        ('export BASE="a.example"  # here', "a.example"),
        ("  readonly BASE='203.0.113.5:22'", "203.0.113.5:22"),
        ("BASE=me@a.example\r", "me@a.example"),
    ],
)
def test_an_address_is_remembered(line, value):
    assert addresses(f"cd x\n{line}\nls\n") == {"BASE": value}


@pytest.mark.parametrize(
    "line", ["BASE=secret", "BASE=$OTHER", 'BASE="$(curl a.example)"', "BASE=a.example ls", "# BASE=a.b"]
)
def test_other_values_are_not(line):
    assert addresses(line) == {}


def test_only_what_is_used_and_not_set_is_assigned():
    known = {"BASE": "a.example", "OTHER": "b.example"}
    assert assigned(known, "curl ${BASE}/x $HOME") == "BASE='a.example'\n"
    assert assigned(known, "BASE=c.example\ncurl $BASE") == ""
    assert assigned(known, "ls") == ""
