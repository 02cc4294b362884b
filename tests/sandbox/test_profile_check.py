from __future__ import annotations

import pytest

from pinfold.model import Access, Destination, Level, Profile
from pinfold.sandbox.profile_check import check


def said(profile):
    return [(doubt.rule, doubt.key) for doubt in check(profile)]


def test_a_careful_profile_leaves_no_doubt():
    profile = Profile(
        read=Access(allow=(".", "/usr", "/etc", "~/.gitconfig"), deny=("~/.ssh", ".env", "*.pem")),
        write=Access(allow=("out", "/tmp/x"), deny=(".git/hooks",)),
        execute=Access(allow=("/usr", "git", "./tool"), deny=("sudo",)),
        hosts=(
            Destination(name="a.example", port=443, program="/usr/bin/curl"),
            Destination(name="b.example", port=443, program="git"),
            Destination(cidr="198.51.100.7/32", port=22),
        ),
    )
    assert said(profile) == []


@pytest.mark.parametrize(
    ("write", "execute", "expected"),
    [
        (".", "./tool", True),
        ("bin", "bin/tool", True),
        ("bin/tool", "./bin", True),
        ("/usr", "/usr/bin/git", True),
        ("/usr/bin", "git", True),
        ("out", "./tool", False),
    ],
)
def test_a_program_that_can_be_replaced(write, execute, expected):
    profile = Profile(write=Access(allow=(write,)), execute=Access(allow=(execute,)))
    assert (("replaced", "execute.allow") in said(profile)) is expected


def test_a_program_that_may_not_be_changed_is_not_replaced():
    profile = Profile(write=Access(allow=(".",), deny=("./tool",)), execute=Access(allow=("./tool",)))
    assert said(profile) == []


@pytest.mark.parametrize(
    ("cidr", "rules"),
    [
        ("198.51.100.0/24", []),
        ("198.51.0.0/16", ["wide"]),
        ("0.0.0.0/0", ["wide", "private"]),
        ("10.1.2.3/32", ["private"]),
        ("127.0.0.1/32", ["private"]),
        ("169.254.169.254/32", ["private"]),
        ("fd00::1/128", ["private"]),
        ("2001:db8::/64", ["wide"]),
    ],
)
def test_networks(cidr, rules):
    assert said(Profile(hosts=(Destination(cidr=cidr, port=80),))) == [(rule, "hosts, table 1") for rule in rules]


@pytest.mark.parametrize(
    ("title", "allow", "deny", "expected"),
    [
        ("read", "~/.ssh/config", "~/.ssh", True),
        ("read", ".env.local", ".env.*", True),
        ("execute", "sudo", "sudo", True),
        ("execute", "/usr/bin/sudo", "sudo", True),
        ("read", "~/.ssh", "~/.ssh/config", False),
    ],
)
def test_what_is_allowed_and_denied(title, allow, deny, expected):
    doubts = said(Profile(**{title: Access(allow=(allow,), deny=(deny,))}))
    assert (("void", f"{title}.allow") in doubts) is expected


def test_a_host_for_a_program_that_may_not_run():
    profile = Profile(hosts=(Destination(name="a.example", port=443, program="curl"),))
    assert said(profile) == [("void", "hosts, table 1")]


@pytest.mark.parametrize("path", ["$HOME/x", "~ada/x", "a\\b", "x/{skill}", "{home}/x", "**/x", "a?", "[ab]"])
def test_what_is_taken_as_it_stands(path):
    assert ("literal", "read.allow") in said(Profile(read=Access(allow=(path,))))
    assert ("literal", "write.deny") in said(Profile(write=Access(deny=(path,))))


def test_what_leads_upwards():
    assert said(Profile(read=Access(allow=("../x",)))) == [("upwards", "read.allow")]


@pytest.mark.parametrize(
    ("title", "path", "expected"),
    [
        ("read", "/", True),
        ("read", "~/", True),
        ("write", "/tmp", True),
        ("write", "/usr", True),
        ("read", "/usr", False),
        ("read", "/home/ada", True),
        ("write", ".", False),
        ("execute", "python3", False),
    ],
)
def test_folders_of_many_owners(title, path, expected):
    assert (("wide", f"{title}.allow") in said(Profile(**{title: Access(allow=(path,))}))) is expected


@pytest.mark.parametrize(("level", "expected"), [(Level.L0, True), (Level.L1, True), (Level.L2, False)])
def test_a_level_at_which_files_are_not_confined(level, expected):
    profile = Profile(level=level, read=Access(allow=("out",)))
    assert (("level", "level") in said(profile)) is expected
    assert said(Profile(level=level)) == []
