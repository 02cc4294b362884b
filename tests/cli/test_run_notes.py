"""What ``pinfold run`` tells on standard error."""

from __future__ import annotations

import io
import json

import msgspec
import pytest

from pinfold.cli.run_notes import MOST_NOTES, Notes, document, summary
from pinfold.model import (
    BindEvent,
    ConnectEvent,
    DeniedEvent,
    ExecEvent,
    FindingEvent,
    Level,
    LookupEvent,
    ReadEvent,
    RunEvent,
)
from pinfold.sandbox.plan import Plan, Reach
from pinfold.sandbox.supervisor import Outcome

DENIED = {"decision": "deny", "reason": "it is not granted", "Image": "/usr/bin/tool"}


def plan(level=Level.L2, **fields):
    return Plan(
        command=("a",), program="/a", folder="/", scratch="/s", environment={}, reach=Reach(), level=level, **fields
    )


def outcome(**fields):
    return Outcome(**{"code": 0, "level": Level.L2, "seconds": 1.25, **fields})


@pytest.fixture
def tell():
    """A function that tells events, and returns the lines that were written."""

    def told(*events, quiet=False, as_json=False, begin=None, end=None):
        stream = io.StringIO()
        notes = Notes(stream, quiet=quiet, as_json=as_json)
        if begin:
            notes.begin(begin)
        for event in events:
            notes.event(event)
        if end:
            notes.end(end)
        return stream.getvalue().splitlines()

    return told


@pytest.mark.parametrize("level", Level)
def test_the_level_and_why_it_is_no_higher_come_first(tell, level):
    lines = tell(begin=plan(level, missing=("no namespaces here", "nor there")))
    assert lines[0].startswith(f"pinfold: level {level}: ")
    assert lines[1:] == ["pinfold:   not more: no namespaces here", "pinfold:   not more: nor there"]


def test_the_lowest_level_does_not_pretend_to_confine(tell):
    assert "nothing is confined" in tell(begin=plan(Level.L0))[0]
    assert "files are not" in tell(begin=plan(Level.L1))[0]


@pytest.mark.parametrize(
    ("event", "what"),
    [
        (ConnectEvent(DestinationIp="192.0.2.1", DestinationPort=22, **DENIED), "connecting to 192.0.2.1:22"),
        (ConnectEvent(DestinationIp="2001:db8::1", DestinationPort=22, **DENIED), "connecting to [2001:db8::1]:22"),
        (
            ConnectEvent(DestinationHostname="a.example", DestinationIp="192.0.2.1", DestinationPort=22, **DENIED),
            "connecting to a.example:22",
        ),
        (ConnectEvent(DestinationHostname="/run/x.sock", **DENIED), "connecting to /run/x.sock"),
        (LookupEvent(QueryName="b.example", **DENIED), "looking up b.example"),
        (LookupEvent(**DENIED), "looking up something damaged"),
        (ExecEvent(CommandLine="rm -rf /", **DENIED), "running rm -rf /"),
        (DeniedEvent(Call="ptrace", **DENIED), "ptrace"),
        (DeniedEvent(Call="mkdir", TargetFilename="/x/.git", **DENIED), "mkdir /x/.git"),
        (ReadEvent(TargetFilename="/etc/shadow", **DENIED), "read /etc/shadow"),
        (BindEvent(SourceIp="192.0.2.1", **DENIED), "bind"),
    ],
)
def test_a_denial_is_one_sentence(tell, event, what):
    assert tell(event) == [f"pinfold: denied: tool {what}: it is not granted"]


def test_a_program_without_a_name_is_a_program(tell):
    assert tell(msgspec.structs.replace(DeniedEvent(Call="ptrace", **DENIED), Image="")) == [
        "pinfold: denied: a program ptrace: it is not granted"
    ]


def test_each_kind_is_told_once(tell):
    event = DeniedEvent(Call="ptrace", **DENIED)
    other = msgspec.structs.replace(event, Image="/usr/bin/other")
    assert len(tell(event, event, other, event, other)) == 2


def test_what_is_allowed_is_not_worth_a_word(tell):
    assert tell(ExecEvent(decision="allow", CommandLine="ls"), ConnectEvent(DestinationIp="192.0.2.1")) == []


def test_findings_and_freezing_are_told(tell):
    lines = tell(
        FindingEvent(Rule="argv-rewritten", Detail="started as a, ended as b"),
        FindingEvent(Rule="argv-rewritten", Detail="started as a, ended as b"),
        RunEvent(State="frozen", reason="judged: mining"),
        RunEvent(State="thawed"),
        RunEvent(State="started"),
    )
    assert lines == [
        "pinfold: finding argv-rewritten: started as a, ended as b",
        "pinfold: frozen: judged: mining",
        "pinfold: thawed",
    ]


def test_too_many_kinds_are_counted_instead(tell):
    events = [DeniedEvent(Call=f"call-{number}", **DENIED) for number in range(MOST_NOTES + 1_234)]
    lines = tell(*events, end=outcome(denied=len(events)))
    assert len([line for line in lines if "denied: tool" in line]) == MOST_NOTES
    assert lines[MOST_NOTES] == "pinfold: 1,234 more kinds of denial: --events records all of them"
    assert len(lines) == MOST_NOTES + 2


def test_what_a_program_calls_itself_cannot_write_to_the_terminal(tell):
    hostile = "\x1b[2J\x1b]0;title\x07\npinfold: level L3\r\u202e"
    event = msgspec.structs.replace(
        DeniedEvent(Call="ptrace", TargetFilename=hostile, **DENIED), Image=f"/bin/{hostile}"
    )
    lines = tell(event, FindingEvent(Rule="r", Detail=hostile), ExecEvent(CommandLine=hostile, **DENIED))
    assert len(lines) == 3
    assert not any(character in line for line in lines for character in "\x1b\x07\r\n\u202e")


def test_quiet_is_quiet(tell):
    events = [DeniedEvent(Call="ptrace", **DENIED), FindingEvent(Rule="r", Detail="d")]
    assert tell(*events, quiet=True, begin=plan(), end=outcome()) == []


def test_as_json_one_document_is_all_that_is_written(tell):
    lines = tell(DeniedEvent(Call="ptrace", **DENIED), as_json=True, begin=plan(missing=("m",)), end=outcome(code=3))
    (line,) = lines
    said = json.loads(line)
    assert said == document(outcome(code=3), plan(missing=("m",)))
    assert (said["schema"], said["exit_code"], said["level"], said["missing"]) == ("pinfold.run/1", 3, "L2", ["m"])


def test_a_document_says_all_there_is_to_say():
    said = document(
        outcome(
            stopped="it ran longer", counts={"exec": 2}, denied=3, findings=1, flows=2, sent=10, received=20, lost=4,
            left=5,
        ),
        plan(session="s", profile="p"),
    )  # fmt: skip
    assert (said["stopped"], said["events"], said["denied"], said["findings"]) == ("it ran longer", {"exec": 2}, 3, 1)
    assert said["flows"] == {"count": 2, "sent_bytes": 10, "received_bytes": 20}
    assert (said["left_running"], said["lost"], said["seconds"]) == (5, 4, 1.25)
    assert (said["session"], said["profile"]) == ("s", "p")
    assert document(outcome(), None)["session"] == ""


def test_the_summary_of_a_run_without_incident():
    line = summary(outcome(counts={"exec": 1}), plan(Level.L1))
    assert line == "exit code 0 after 1.2 s; 1 program; nothing denied"


def test_the_summary_of_a_run_with_everything():
    everything = outcome(
        code=120, stopped="it ran longer than 5 seconds", counts={"exec": 1_200}, denied=3, findings=2, flows=2,
        sent=1_000, received=2_000_000, lost=1, left=2,
    )  # fmt: skip
    line = summary(everything, plan(trace=frozenset({"files"})))
    assert line == (
        "stopped, because it ran longer than 5 seconds after 1.2 s; 1,200 programs; "
        "2 connections (1,000 bytes sent, 2,000,000 received); 3 denied; 2 findings; "
        "2 still running were ended; 1 event LOST"
    )


def test_the_summary_counts_in_words_that_fit():
    assert "1 connection (0 bytes sent" in summary(outcome(flows=1), None)
    assert "; 1 finding" in summary(outcome(findings=1), None)
    assert "findings" not in summary(outcome(findings=1), None)
    assert "connection" not in summary(outcome(), None)


@pytest.mark.parametrize("level", Level)
def test_where_the_kernel_denies_unseen_the_summary_says_so(level):
    unseen = "--trace files" in summary(outcome(), plan(level))
    assert unseen is (level in (Level.L2, Level.L3))
    assert "--trace files" not in summary(outcome(), plan(level, trace=frozenset({"files"})))


def test_lines_are_written_as_they_come():
    """Whoever watches sees them while the program runs."""
    flushed = []

    class Stream(io.StringIO):
        def flush(self):
            flushed.append(self.getvalue())

    Notes(Stream(), quiet=False, as_json=False).event(DeniedEvent(Call="ptrace", **DENIED))
    assert len(flushed) == 1
    assert "ptrace" in flushed[0]
