from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats import json_lines
from pinfold.formats.events import read
from pinfold.model import Act, ActKind, AnyEvent, Certainty, Role, Unread


def one(line: object) -> Act | Unread:
    data = line if isinstance(line, bytes) else json.dumps(line).encode()
    (act,) = read([data], "events.jsonl")
    return act


def test_an_event_becomes_an_observed_act():
    act = one({"kind": "exec", "Image": "/usr/bin/ssh", "CommandLine": "ssh host.example", "time": 5, "session": "r17"})
    assert act.kind is ActKind.EXEC
    assert act.fields == {"Image": "/usr/bin/ssh", "CommandLine": "ssh host.example"}
    assert (act.group, act.time, act.text) == ("r17", 5.0, "ssh host.example")
    assert (act.certainty, act.role) == (Certainty.OBSERVED, Role.COMMAND)
    assert str(act.place) == "events.jsonl:1:1 (step 0)"


@pytest.mark.parametrize(
    ("event", "kind", "fields"),
    [
        (
            {"kind": "connect", "DestinationIp": "192.0.2.1", "DestinationPort": "3333", "Initiated": "true"},
            "connect",
            {"DestinationIp": "192.0.2.1", "DestinationPort": 3333, "Initiated": True},
        ),
        (
            {"kind": "connect", "DestinationHostname": "-", "DestinationPort": 22.0, "Initiated": "False"},
            "connect",
            {"DestinationPort": 22, "Initiated": False},
        ),
        ({"kind": "Exec", "CommandLine": ["ssh", "-R", "1:2:3"]}, "exec", {"CommandLine": "ssh -R 1:2:3"}),
        (
            {"EventID": 1, "Image": "C:\\Windows\\System32\\cmd.exe", "ProcessId": "0x1f4", "RuleName": "-"},
            "exec",
            {"Image": "C:\\Windows\\System32\\cmd.exe", "ProcessId": 500},
        ),
        ({"EventCode": "22", "QueryName": "pool.example"}, "lookup", {"QueryName": "pool.example"}),
        ({"kind": "call", "Tool": "bash", "Arguments": {"a": 1}}, "call", {"Tool": "bash", "Arguments": '{"a":1}'}),
        ({"kind": "spend", "Amount": 12.5, "Currency": "EUR"}, "spend", {"Amount": "12.5", "Currency": "EUR"}),
        ({"kind": "connect", "DestinationPort": "many"}, "connect", {"Initiated": True}),
        ({"kind": "write", "TargetFilename": "~/CLAUDE.md", "extra": [{}]}, "write", {"TargetFilename": "~/CLAUDE.md"}),
    ],
)
def test_what_loggers_write(event, kind, fields):
    act = one(event)
    assert isinstance(act, Act), act
    assert (act.kind, act.fields) == (kind, fields)


@pytest.mark.parametrize(
    "times",
    [
        {"time": "2026-10-09T08:53:20Z"},
        {"time": 1_791_536_000_000},
        {"UtcTime": "2026-10-09 08:53:20.000"},
        {"@timestamp": "2026-10-09T10:53:20+02:00"},
        {"time": None, "timestamp": "1791536000"},
    ],
)
def test_times_under_any_name(times):
    assert one({"kind": "lookup", "QueryName": "a.example", **times}).time == 1_791_536_000.0


def test_without_a_session_the_group_is_empty():
    assert one({"kind": "exec", "CommandLine": "ls"}).group == ""


def test_a_bad_byte_does_not_hide_the_rest():
    act = one(b'{"kind": "exec", "CommandLine": "xm\xffrig"}')
    assert act.fields["CommandLine"] == "xm\ufffdrig"


@pytest.mark.parametrize("line", [b"junk", b"[]", b"3", b"{}", b'{"kind": "dance"}', b'{"kind": 7}', b"[" * 100_000])
def test_a_bad_line_is_reported_and_reading_goes_on(line):
    good = b'{"kind": "exec", "CommandLine": "ls"}'
    first, bad, last = read([good, line, good], "e")
    assert isinstance(bad, Unread)
    assert (bad.path, bad.reason) == ("e:2", "damaged")
    assert bad.detail
    assert (first.order, last.order, last.place.line) == (0, 2, 3)


def test_a_line_over_the_limit(monkeypatch):
    monkeypatch.setattr(json_lines, "MAX_LINE", 64)
    bad, good = read([b'"' + b"x" * 100 + b'"\n', b'{"kind": "exec", "CommandLine": "ls"}\n'], "e")
    assert (bad.path, bad.reason) == ("e:1", "limit")
    assert isinstance(good, Act)


def test_every_field_of_every_event_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "acts.md").read_text(encoding="utf-8")
    for event in get_args(AnyEvent):
        section = page.partition(f"## {event.__struct_config__.tag}\n")[2].partition("\n## ")[0]
        missing = [name for name in event.__struct_fields__ if name[0].isupper() and f"`{name}`" not in section]
        assert (event.__name__, missing) == (event.__name__, [])
        assert f'"kind": "{event.__struct_config__.tag}"' in section


def test_every_example_of_the_documentation_is_read():
    page = (Path(__file__).parents[2] / "docs" / "acts.md").read_text(encoding="utf-8")
    examples = [line.encode() for line in page.splitlines() if line.startswith('{"')]
    assert len(examples) >= len(get_args(AnyEvent))
    assert [item for item in read(examples, "acts.md") if isinstance(item, Unread)] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["kind", "EventID", "Image", "CommandLine", "DestinationPort", "Initiated", "time", "session", "sequence"]
)


@given(st.dictionaries(NAMES, JSON | st.sampled_from(["exec", "connect", "22"])))
def test_any_object_is_read_or_reported(event):
    assert isinstance(one(event), Act | Unread)


@given(st.binary(min_size=1))
def test_any_bytes_are_read_or_reported(line):
    assert all(isinstance(item, Act | Unread) for item in read([line], "e"))
