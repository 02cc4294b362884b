from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import Level, Profile
from pinfold.sandbox.profile_file import MAX_BYTES, ProfileError, load, parse

WHOLE = """
name = "weather"
level = "L3"
environment = ["LANG"]
devices = ["gpu", "/dev/kvm"]
[read]
allow = [".", "{skill}"]
deny = ["~/.ssh"]
[[hosts]]
name = "api.weather.example"
port = 443
program = "curl"
[[hosts]]
cidr = "2001:db8::/64"
port = 22
[limits]
cpu-seconds = 60
"""


def wrong(text):
    with pytest.raises(ProfileError) as caught:
        parse(text.encode() if isinstance(text, str) else text, "p.toml")
    assert "\n" not in str(caught.value)
    return str(caught.value), caught.value.hint


def test_a_file_is_read(tmp_path):
    file = tmp_path / "p.toml"
    file.write_text("\ufeff" + WHOLE, "utf-8")
    profile = load(file)
    assert (profile.name, profile.level, profile.limits.cpu_seconds) == ("weather", Level.L3, 60.0)
    assert [host.port for host in profile.hosts] == [443, 22]
    assert parse(b"", "p") == Profile()


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("x", "p.toml:1: no TOML: Expected '='", "Texts stand in quotes"),
        ("\n[read]\nallow = [", "p.toml:3: no TOML: ", "Texts stand in quotes"),
        ('name = "a\nb"', "p.toml:1:10: no TOML: ", "Texts stand in quotes"),
        ('name = "a"\nname = "b"', "p.toml:2:", "Texts stand in quotes"),
        ("a = " + "[" * 50_000, "p.toml: nested too deeply", ""),
        (b"name = '\xff'", "p.toml:1: not UTF-8", "UTF-8"),
        ("a" * (MAX_BYTES + 1), "p.toml: larger than 256 KiB", ""),
        ("x = {" + "a." * 1001 + "a = 1}", "p.toml:1: more than 1,000 dots", "one entry a line"),
        ("[read]\nalow = []", "p.toml: unknown key 'alow' in read", "Did you mean allow?"),
        ("[limits]\ncpu_seconds = 3", "p.toml: unknown key 'cpu_seconds' in limits", "Did you mean cpu-seconds?"),
        ("host = []", "p.toml: unknown key 'host'", "Did you mean hosts?"),
        ("zzz = 1", "p.toml: unknown key 'zzz'", "The keys are name, digest, level"),
        ('[[hosts]]\nnames = "a"', "p.toml: unknown key 'names' in hosts, table 1", "Did you mean name?"),
        ('level = "L9"', "p.toml: level: ", "one of L0, L1, L2 and L3"),
        ('read = ["."]', "p.toml: read: expected", "a table with allow and deny"),
        ('[read]\nallow = "."', "p.toml: read.allow: expected", "a list of paths"),
        ('[read]\nallow = [".", ""]', "p.toml: read.allow, entry 2: expected", "a list of paths"),
        ('[write]\ndeny = ["a\\u0000"]', "p.toml: write.deny, entry 1: a path holds no NUL", "a list of paths"),
        ('environment = ["A=B"]', "p.toml: environment, entry 1: 'A=B' is no name", "names of variables"),
        ('devices = ["gpu", "disk"]', "p.toml: devices, entry 2: 'disk' is neither", "gpu"),
        ('[[hosts]]\nname = "a.example"', "p.toml: hosts, table 1: has no port", "[[hosts]]"),
        ('[[hosts]]\nname = "a.example"\nport = 0', "p.toml: hosts, table 1.port: expected", "from 1 to 65535"),
        ('[[hosts]]\nname = "*.example"\nport = 1', "p.toml: hosts, table 1: a host is named in full", ""),
        ('[[hosts]]\nname = "https://a.example"\nport = 1', "is no name of a host", "the full name of a host"),
        ('[[hosts]]\nname = "192.0.2.1"\nport = 1', "is an address, which is written as cidr", "full name"),
        ('[[hosts]]\nname = "2001:db8::1"\nport = 1', "is no name of a host", "full name"),
        ('[[hosts]]\ncidr = "192.0.2.1/24"\nport = 1', "p.toml: hosts, table 1: 192.0.2.1/24 has host bits", ""),
        ("[limits]\nprocesses = 0", "p.toml: limits.processes: expected", "a whole number from 1 on"),
        ("[limits]\nwall-seconds = inf", "p.toml: limits.wall-seconds: no number", "a number of seconds"),
        ("[limits]\ncpu-seconds = nan", "p.toml: limits.cpu-seconds: ", "a number of seconds"),
    ],
)
def test_every_mistake_has_one_clear_sentence(text, message, hint):
    said, advised = wrong(text)
    assert message in said
    assert hint in advised


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_file_that_cannot_be_read(tmp_path, name):
    with pytest.raises(ProfileError, match=name):
        load(tmp_path / name)


@pytest.mark.parametrize(
    "part", ["a." * 999 + "a=1\n", "[[" + "a." * 999 + "a]]\n", "x={" + "a.b=1," * 900 + "}\n", "[[hosts]]\n", "[a]\n"]
)
def test_hostile_files_take_no_long_time(part):
    begun = time.process_time()
    wrong(part * (MAX_BYTES // len(part)))
    assert time.process_time() - begun < 5


KEYS = st.sampled_from(
    ["name", "level", "read", "hosts", "limits", "[read]", "[[hosts]]", "allow", "port", "cidr", "x.y"]
)
VALUES = st.sampled_from(['"a"', "1", "[]", "['.']", "{}", "1979-01-01", "true", "inf", '"*"', '"192.0.2.0/24"'])
LINES = st.builds(lambda key, value: key if key[0] == "[" else f"{key} = {value}", KEYS, VALUES)


@given(st.lists(LINES, max_size=6).map("\n".join) | st.text(max_size=60))
def test_any_text_is_a_profile_or_an_error(text):
    try:
        assert isinstance(parse(text.encode("utf-8", "replace"), "p.toml"), Profile)
    except ProfileError as error:
        assert str(error).startswith("p.toml")


@given(st.binary(max_size=60))
def test_any_bytes_are_a_profile_or_an_error(data):
    try:
        assert isinstance(parse(data, "p.toml"), Profile)
    except ProfileError as error:
        assert str(error).startswith("p.toml")
