from __future__ import annotations

import pytest

from pinfold.model import Destination
from pinfold.sandbox.grants import grant, lines
from pinfold.sandbox.ranges import standing


@pytest.mark.parametrize(
    ("program", "running", "granted"),
    [
        ("", "/usr/bin/curl", True),
        ("curl", "/usr/bin/curl", True),
        ("/usr/bin/curl", "/usr/bin/curl", True),
        ("/usr/bin/curl", "/usr/local/bin/curl", False),
        ("bin/curl", "/usr/bin/curl", False),
        ("curl", "/usr/bin/curl-config", False),
        ("curl", "", False),
    ],
)
def test_a_grant_is_for_a_program(program, running, granted):
    assert grant(Destination(name="a.example", port=1, program=program)).for_program(running) is granted


@pytest.mark.parametrize(
    ("cidr", "address", "covers", "names"),
    [
        ("10.0.0.0/8", "10.1.1.1", True, True),
        ("10.1.1.1/32", "10.1.1.1", True, True),
        ("0.0.0.0/0", "10.1.1.1", True, False),
        ("10.0.0.0/8", "192.168.0.1", False, False),
        ("224.0.0.0/4", "224.0.0.1", True, False),
        ("0.0.0.0/32", "0.0.0.0", True, False),  # noqa: S104  # nothing is bound to it
    ],
)
def test_a_range_covers_an_address_and_names_it_only_if_it_is_narrow(cidr, address, covers, names):
    one, there = grant(Destination(cidr=cidr, port=1)), standing(address)
    assert (one.covers(there), one.names(there.faces[0])) == (covers, names)


def test_a_name_that_is_an_address_is_a_range_of_one():
    one = grant(Destination(name="::FFFF:192.0.2.1", port=1))
    assert (one.name, one.cidr) == ("", "192.0.2.1/32")


def test_a_grant_is_said_as_a_profile_says_it():
    assert lines(443, name="a.example") == '[[hosts]] name = "a.example", port = 443'
    assert lines(None, cidr="192.0.2.0/24", program='a"b') == (
        '[[hosts]] cidr = "192.0.2.0/24", port = PORT, program = "a\\"b"'
    )
