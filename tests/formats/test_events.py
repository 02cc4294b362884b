from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats import json_lines
from pinfold.formats.events import observed, read
from pinfold.model import (
    Act,
    ActEvent,
    ActKind,
    AnyEvent,
    Certainty,
    ConnectEvent,
    Event,
    ExitEvent,
    Role,
    RunEvent,
    Unread,
)


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
        (
            {"kind": "Exec", "CommandLine": ["ssh", "-R", "1:2:3"]},
            "exec",
            {"Image": "ssh", "CommandLine": "ssh -R 1:2:3"},
        ),
        (
            {"EventID": 1, "Image": "C:\\Windows\\System32\\cmd.exe", "ProcessId": "0x1f4", "RuleName": "-"},
            "exec",
            {"Image": "C:\\Windows\\System32\\cmd.exe", "ProcessId": 500},
        ),
        ({"EventCode": "22", "QueryName": "pool.example"}, "lookup", {"QueryName": "pool.example"}),
        ({"kind": "call", "Tool": "bash", "Arguments": {"a": 1}}, "call", {"Tool": "bash", "Arguments": '{"a":1}'}),
        ({"kind": "spend", "Amount": 12.5, "Currency": "EUR"}, "spend", {"Amount": "12.5", "Currency": "EUR"}),
        ({"kind": "connect", "Image": "a", "DestinationPort": "many"}, "connect", {"Image": "a", "Initiated": True}),
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


@pytest.mark.parametrize(
    ("event", "name", "value"),
    [
        ({"kind": "exec", "Image": "bash", "PipedFrom": "curl"}, "PipedFrom", "curl"),
        ({"kind": "exec", "Image": "bash", "PipedFrom": ["curl", "base64"]}, "PipedFrom", "curl|base64"),
        ({"kind": "exec", "Image": "bash", "PipedFrom": "curl", "Url": "http://a.example"}, "Url", "http://a.example"),
        ({"kind": "exec", "Image": "a", "ImageOrigin": "http://a.example"}, "ImageOrigin", "http://a.example"),
        ({"kind": "connect", "DestinationHostname": "a.example", "Method": "POST"}, "Method", "POST"),
        (
            {"kind": "connect", "DestinationHostname": "a.example", "SentData": ["~/a", "env:B"]},
            "SentData",
            "~/a env:B",
        ),
        ({"kind": "write", "TargetFilename": "a", "Origin": "http://a.example"}, "Origin", "http://a.example"),
    ],
)
def test_fields_of_acts_that_no_system_reports(event, name, value):
    act = one(event)
    assert act.fields[name] == value
    assert len(act.fields) >= 2


def test_names_of_fields_in_other_capitals():
    act = one({"kind": "exec", "image": "/usr/bin/ssh", "commandline": "ssh a.example", "pipedfrom": "cat"})
    assert act.fields == {"Image": "/usr/bin/ssh", "CommandLine": "ssh a.example", "PipedFrom": "cat"}


@pytest.mark.parametrize(
    ("line", "image"),
    [
        ("ssh -N a.example", "ssh"),
        ('"C:\\Program Files\\a.exe" -x', "C:\\Program Files\\a.exe"),
        ("'/opt/a b' c", "/opt/a b"),
    ],
)
def test_a_program_without_a_path_is_the_first_word_of_its_command_line(line, image):
    assert one({"kind": "exec", "CommandLine": line}).fields["Image"] == image


@pytest.mark.parametrize("event", [{"kind": "exec", "cmd": "ssh"}, {"kind": "connect", "ip": "203.0.113.7"}])
def test_an_event_of_which_no_field_is_known_is_reported(event):
    assert (one(event).reason, "without any field" in one(event).detail) == ("damaged", True)


@pytest.mark.parametrize(
    "lines",
    [
        [b'[{"kind": "exec", "Image": "a"}, {"kind": "exec", "Image": "b"}]'],
        [b"[", b'{"kind": "exec", "Image": "a"},', b'{"kind": "exec", "Image": "b"}', b"]"],
        [b'[{"kind": "exec", "Image": "a"}', b',{"kind": "exec", "Image": "b"}]'],
        [b"[", b'{"kind": "exec",', b'"Image": "a"},', b'{"kind": "exec", "Image": "b"}', b"]"],
    ],
)
@pytest.mark.parametrize("most", [10_000, 1])
def test_an_array_of_events(monkeypatch, lines, most):
    monkeypatch.setattr(json_lines, "MAX_DOCUMENT", most)
    if most > 1 or len(lines) != 5:  # beyond the bound, an event has to stand on one line
        acts = list(read(lines, "e"))
        assert [act.fields["Image"] for act in acts] == ["a", "b"]
        assert acts[0].order < acts[1].order or acts[0].place.line == acts[1].place.line == 1


def test_a_document_of_several_lines_has_no_line_numbers():
    (act, bad) = read(json.dumps([{"kind": "exec", "Image": "a"}, 3], indent=1).encode().splitlines(), "e")
    assert (act.place.line, bad.path, bad.reason) == (0, "e#1", "damaged")


def test_a_line_over_the_limit(monkeypatch):
    monkeypatch.setattr(json_lines, "MAX_LINE", 64)
    bad, good = read([b'"' + b"x" * 100 + b'"\n', b'{"kind": "exec", "CommandLine": "ls"}\n'], "e")
    assert (bad.path, bad.reason) == ("e:1", "limit")
    assert isinstance(good, Act)


def test_every_field_of_every_event_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "acts.md").read_text(encoding="utf-8")
    for event in get_args(AnyEvent):
        mark = "##" if event in get_args(ActEvent) else "###"
        section = page.partition(f"\n{mark} {event.__struct_config__.tag}\n")[2].partition("\n##")[0]
        known = () if event in get_args(ActEvent) else Event.__struct_fields__  # named once for all that are no acts
        own = [name for name in event.__struct_fields__ if name[0].isupper() and name not in known]
        missing = [name for name in own if f"`{name}`" not in section]
        assert (event.__name__, missing) == (event.__name__, [])
        assert f'"kind": "{event.__struct_config__.tag}"' in section


def test_every_example_of_the_documentation_is_read():
    page = (Path(__file__).parents[2] / "docs" / "acts.md").read_text(encoding="utf-8")
    examples = [line.encode() for line in page.splitlines() if line.startswith('{"')]
    assert len(examples) >= len(get_args(AnyEvent))
    assert [item for item in read(examples, "acts.md") if isinstance(item, Unread)] == []
    assert {type(item) for item in observed(examples, "acts.md")} == set(get_args(AnyEvent))


OTHER = [event.__struct_config__.tag for event in get_args(AnyEvent) if event not in get_args(ActEvent)]


@pytest.mark.parametrize("kind", OTHER)
@pytest.mark.parametrize("more", [{}, {"timestamp": 5}, {"ExitCode": [], "State": "odd", "Call": 7}])
def test_events_that_are_no_acts_are_passed_over(kind, more):
    """They are known, so nothing of them is unread, whatever they say."""
    line = json.dumps({"kind": kind, **more}).encode()
    assert list(read([line], "e")) == []
    assert list(read([b"[" + line + b"]"], "e")) == []


@pytest.mark.parametrize(
    "event",
    [{"kind": "connect", "DestinationIp": "192.0.2.1", "DestinationPort": 22}, {"kind": "lookup", "QueryName": "a.b"}],
)
def test_an_act_that_was_denied_is_an_act(event):
    assert one({**event, "decision": "deny", "reason": "no host is granted"}).fields.items() >= set(
        list(event.items())[1:]
    )


def test_events_are_returned_as_they_are():
    lines = [
        b'{"kind": "run", "State": "started", "Home": "/s/home", "session": "r"}',
        b"",
        b'[{"kind": "EXIT", "ExitCode": 3, "timestamp": 1}, {"kind": "exit", "ExitCode": "many"}]',
        b'{"kind": "connect", "DestinationIp": "192.0.2.1", "DestinationPort": "22", "decision": "deny"}',
        b'{"kind": "connect"}',
        b"junk",
    ]
    run, bad, connect, *more = observed(lines, "e")
    assert run == RunEvent(State="started", Home="/s/home", session="r")
    assert (bad.path, "ExitCode" in bad.detail) == ("e:3", True)
    assert connect == ConnectEvent(DestinationIp="192.0.2.1", DestinationPort=22, decision="deny")
    assert [item.path for item in more] == ["e:5", "e:6"]
    assert list(observed([b'[{"kind": "EXIT", "ExitCode": 3}]'], "e")) == [ExitEvent(ExitCode=3)]


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
    assert all(isinstance(item, AnyEvent | Unread) for item in observed([json.dumps(event).encode()], "e"))


@given(st.binary(min_size=1))
def test_any_bytes_are_read_or_reported(line):
    assert all(isinstance(item, Act | Unread) for item in read([line], "e"))
    assert all(isinstance(item, AnyEvent | Unread) for item in observed([line], "e"))
