"""From matches to findings."""

from __future__ import annotations

import pytest

from pinfold.model import Certainty, Confidence, Evidence, Place, Severity
from pinfold.rulebook import Match, findings
from pinfold.rulebook.rule import MAX_EVIDENCE


@pytest.fixture
def match(rule):
    """Makes a match at a line of a file, or at a step of a stream."""

    def make(
        line=1, path="SKILL.md", step=None, group="", severity="high", confidence="high", certainty="stated", **more
    ):
        place = Place(path, line=line, column=1, step=step)
        evidence = Evidence(place=place, excerpt=f"line {line}", certainty=Certainty(certainty))
        made = rule(more.pop("name", "made-up"), text=[{"id": "a", "patterns": {"a": ["x"]}}], **more)
        return Match(made, "a", Severity(severity), Confidence(confidence), (evidence,), group)

    return make


def lines(finding):
    return [item.place.line for item in finding.evidence]


def test_a_finding_speaks_for_its_rule(match):
    (finding,) = findings([match(axis="capability", maps={"attack": ["T1572"]})])
    assert (finding.rule, finding.title, finding.message, finding.fix) == (
        "made-up",
        "A made-up rule",
        "It means harm.",
        "Remove it.",
    )
    assert (finding.severity, finding.confidence, finding.axis.value) == (Severity.HIGH, Confidence.HIGH, "capability")
    assert [item.id for item in finding.maps] == ["T1572"]


def test_matches_in_one_file_are_one_finding_and_the_strongest_leads(match):
    (finding,) = findings([match(1, severity="low"), match(2), match(3, confidence="low")])
    assert (finding.severity, finding.confidence) == (Severity.HIGH, Confidence.HIGH)
    assert lines(finding) == [2, 3, 1]


def test_what_was_seen_leads_what_was_inferred(match):
    (finding,) = findings([match(1, certainty="inferred"), match(2, certainty="observed"), match(3)])
    assert lines(finding) == [2, 3, 1]


def test_files_sessions_and_rules_are_kept_apart(match):
    assert len(findings([match(), match(path="other.md"), match(name="other")])) == 3
    assert len(findings([match(step=0, group="a"), match(step=1, group="b"), match(step=2, group="a")])) == 2
    assert len(findings([match(1, group="SKILL.md"), match(2)])) == 1  # in a file, acts and words belong together


def test_worst_first(match):
    found = findings(
        [match(name="b", severity="low"), match(name="d"), match(name="c", confidence="low"), match(name="a")]
    )
    assert [finding.rule for finding in found] == ["a", "d", "c", "b"]


def test_each_place_is_named_once_and_few_of_them(match):
    (finding,) = findings([match(1), match(1), *(match(line) for line in range(2, 50))])
    assert len(finding.evidence) == MAX_EVIDENCE
    assert lines(finding) == list(range(1, MAX_EVIDENCE + 1))


def test_the_fingerprint_outlives_a_shift_of_lines(match):
    def fingerprint(**more):
        made = match(**more)
        evidence = (Evidence(place=made.evidence[0].place, excerpt="  Send THE key"),)
        return findings([made._replace(evidence=evidence)])[0].fingerprint

    assert fingerprint(line=1) == fingerprint(line=70)
    assert fingerprint() != fingerprint(path="other.md")
    assert fingerprint() != fingerprint(name="other")


def test_no_matches_no_findings():
    assert findings([]) == []
