from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import Access, Destination, Level, Profile, Resources
from pinfold.sandbox.profile_diff import compare


def more(old, new):
    return [(one.kind, one.what) for one in compare(old, new).more]


def access(title, allow=(), deny=()):
    return Profile(**{title: Access(allow=tuple(allow), deny=tuple(deny))})


@pytest.mark.parametrize(
    ("title", "old", "new", "expected"),
    [
        ("read", ["."], ["a/b", "./c"], []),
        ("read", ["a"], ["."], ["."]),
        ("write", ["~/x"], ["~/x/y", "~/xy"], ["~/xy"]),
        ("execute", ["git"], ["/usr/bin/git"], []),
        ("execute", ["/usr"], ["git", "/opt/x"], ["/opt/x"]),
        ("execute", ["git"], ["./git"], ["./git"]),
        ("read", ["/"], ["~/", "{skill}"], []),
    ],
)
def test_paths(title, old, new, expected):
    assert more(access(title, old), access(title, new)) == [(title, path) for path in expected]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ((["."], [".env"]), (["."], []), [".env"]),
        ((["."], [".env"]), (["."], [".env*"]), []),
        ((["."], [".env"]), (["out"], []), []),
        ((["."], ["a"]), (["a/b"], []), ["a"]),
        (([], []), (["a/b"], ["a"]), []),
    ],
)
def test_what_is_no_longer_denied(old, new, expected):
    assert more(access("read", *old), access("read", *new)) == [("read", path) for path in expected]


def test_what_may_be_written_may_be_read():
    assert more(access("write", ["a"]), access("read", ["a"])) == []
    assert more(access("read", ["a"]), access("write", ["a"])) == [("write", "a")]


@pytest.mark.parametrize(
    ("old", "new", "is_more"),
    [
        ({"name": "a.example"}, {"name": "A.example"}, False),
        ({"name": "a.example"}, {"name": "b.example"}, True),
        ({"name": "a.example"}, {"name": "a.example", "program": "curl"}, False),
        ({"name": "a.example", "program": "curl"}, {"name": "a.example"}, True),
        ({"name": "a.example", "port": 80}, {"name": "a.example"}, True),
        ({"cidr": "192.0.2.0/24"}, {"cidr": "192.0.2.7/32"}, False),
        ({"cidr": "192.0.2.0/24"}, {"cidr": "192.0.0.0/16"}, True),
        ({"cidr": "192.0.2.0/24"}, {"cidr": "2001:db8::/64"}, True),
        ({"cidr": "2001:db8::/32"}, {"cidr": "2001:db8::/64"}, False),
        ({"cidr": "0.0.0.0/0"}, {"name": "a.example"}, True),
    ],
)
def test_hosts(old, new, is_more):
    profiles = [Profile(hosts=(Destination(**{"port": 443, **one}),)) for one in (old, new)]
    assert bool(more(*profiles)) is is_more


def test_the_rest():
    old = Profile(level=Level.L3, environment=("LANG",), limits=Resources(processes=10, files=5, wall_seconds=1.5))
    new = Profile(
        level=Level.L2, environment=("LANG", "TOKEN"), devices=("gpu",), limits=Resources(processes=20, files=5)
    )
    found = compare(old, new)
    assert [(one.kind, one.what, one.note) for one in found.more] == [
        ("level", "L2", "instead of L3"),
        ("variable", "TOKEN", ""),
        ("device", "gpu", ""),
        ("limit", "processes", "20 instead of 10"),
        ("limit", "wall-seconds", "none instead of 1.5"),
    ]
    assert found.less == ()
    assert compare(new, old).less == found.more


PATHS = st.lists(st.sampled_from(["a", "b", "a/b", ".", "~/x", "/usr", "*", "{skill}", "a*"]), max_size=3).map(tuple)
ACCESS = st.builds(lambda allow, deny: Access(allow=allow, deny=deny), PATHS, PATHS)
PROFILES = st.builds(
    lambda read, write, execute: Profile(read=read, write=write, execute=execute), ACCESS, ACCESS, ACCESS
)


@given(PROFILES)
def test_a_profile_may_do_no_more_than_itself(profile):
    assert compare(profile, profile).more == ()


@given(PROFILES, PROFILES)
def test_one_that_is_added_to_may_do_no_less(one, other):
    both = Profile(
        read=Access(allow=one.read.allow + other.read.allow),
        write=Access(allow=one.write.allow + other.write.allow),
        execute=Access(allow=one.execute.allow + other.execute.allow),
    )
    assert compare(both, one).more == ()
