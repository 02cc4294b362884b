from __future__ import annotations

import msgspec
import pytest

from pinfold.model import Access, Destination, Profile, Resources

WHOLE = {
    "name": "weather",
    "digest": "sha256:00",
    "environment": ["LANG"],
    "devices": ["gpu"],
    "read": {"allow": [".", "{skill}"], "deny": ["~/.ssh"]},
    "write": {"allow": ["out"]},
    "execute": {"allow": ["python3"], "deny": ["sudo"]},
    "hosts": [{"name": "api.weather.example", "port": 443, "program": "curl"}, {"cidr": "192.0.2.0/24", "port": 22}],
    "limits": {"cpu-seconds": 60, "memory-bytes": 1073741824, "processes": 20, "files": 256, "wall-seconds": 300.5},
}


def test_everything_that_a_profile_can_say_is_read():
    read = msgspec.convert(WHOLE, Profile)
    assert read.read == Access(allow=(".", "{skill}"), deny=("~/.ssh",))
    assert read.hosts[0] == Destination(name="api.weather.example", port=443, program="curl")
    assert read.limits == Resources(cpu_seconds=60.0, memory_bytes=2**30, processes=20, files=256, wall_seconds=300.5)
    assert msgspec.convert(msgspec.to_builtins(read), Profile) == read


def test_an_empty_profile_allows_nothing():
    empty = Profile()
    assert not any((empty.read.allow, empty.write.allow, empty.execute.allow, empty.hosts, empty.environment))


@pytest.mark.parametrize(
    "wrong",
    [
        {"netwrok": []},
        {"read": {"alow": ["."]}},
        {"read": {"allow": [""]}},
        {"hosts": [{"port": 443}]},
        {"hosts": [{"name": "a.example", "cidr": "192.0.2.0/24", "port": 443}]},
        {"hosts": [{"name": "*", "port": 443}]},
        {"hosts": [{"name": "*.example", "port": 443}]},
        {"hosts": [{"cidr": "192.0.2.1/24", "port": 443}]},
        {"hosts": [{"cidr": "all", "port": 443}]},
        {"hosts": [{"name": "a.example"}]},
        {"hosts": [{"name": "a.example", "port": 0}]},
        {"hosts": [{"name": "a.example", "port": 65536}]},
        {"limits": {"processes": 0}},
        {"limits": {"wall-seconds": -1}},
    ],
)
def test_what_is_not_understood_is_refused(wrong):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**WHOLE, **wrong}, Profile)
