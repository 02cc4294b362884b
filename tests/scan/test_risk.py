from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import (
    BLOCK_AT,
    REVIEW_AT,
    Axis,
    Confidence,
    Evidence,
    Finding,
    Place,
    Severity,
    Suppression,
    Verdict,
    verdict_of,
)
from pinfold.scan.risk import score, weight

AGREED = Suppression("agreed", "ann", "2099-01-01")


def finding(severity="high", confidence="high", *, rule="r", axis="threat", suppressed=None, line=1, path="SKILL.md"):
    return Finding(
        rule=rule,
        title=rule,
        severity=Severity(severity),
        confidence=Confidence(confidence),
        axis=Axis(axis),
        message="m",
        fix="f",
        evidence=(Evidence(Place(path, line, 1)),),
        suppressed=suppressed,
    )


FINDINGS = st.lists(
    st.builds(
        finding,
        st.sampled_from(list(Severity)),
        st.sampled_from(list(Confidence)),
        rule=st.sampled_from("abcdef"),
        axis=st.sampled_from(list(Axis)),
        suppressed=st.sampled_from([None, None, AGREED]),
    ),
    max_size=12,
)


def verdict(*findings):
    return verdict_of(score(findings), complete=True)


def test_doubts_about_different_files_do_not_add_up():
    doubts = [finding("medium", rule=rule, path=f"{rule}.md") for rule in "abcdef"]
    assert verdict(*doubts) is Verdict.REVIEW
    assert verdict(*(finding("medium", rule=rule) for rule in "ab")) is Verdict.BLOCK
    assert score([finding("high"), finding("medium", rule="s", path="other.md")]) > score([finding("high")])


def test_nothing_found_is_nothing():
    assert score([]) == 0.0


@pytest.mark.parametrize("severity", ["critical", "high"])
def test_one_certain_grave_threat_blocks(severity):
    assert verdict(finding(severity)) is Verdict.BLOCK


@pytest.mark.parametrize(
    ("severity", "confidence", "wanted"),
    [
        ("critical", "medium", Verdict.BLOCK),
        ("critical", "low", Verdict.REVIEW),
        ("high", "medium", Verdict.REVIEW),
        ("high", "low", Verdict.CLEAN),
        ("medium", "high", Verdict.REVIEW),
        ("medium", "medium", Verdict.CLEAN),
        ("low", "high", Verdict.CLEAN),
        ("info", "high", Verdict.CLEAN),
    ],
)
def test_severity_and_confidence_weigh_together(severity, confidence, wanted):
    assert verdict(finding(severity, confidence)) is wanted


def test_different_rules_corroborate_each_other():
    assert verdict(finding("medium", rule="a")) is Verdict.REVIEW
    assert verdict(finding("medium", rule="a"), finding("medium", rule="b")) is Verdict.BLOCK


def test_repeats_of_one_rule_do_not():
    repeats = [finding("medium", line=line) for line in range(1, 50)]
    assert score(repeats) == score(repeats[:1])


def test_of_one_rule_the_strongest_finding_counts():
    assert score([finding("low"), finding("critical"), finding("medium")]) == score([finding("critical")])


def test_a_capability_is_a_fact_and_weighs_nothing():
    assert weight(finding("critical", axis="capability")) == 0.0
    assert verdict(*(finding("critical", rule=str(number), axis="capability") for number in range(20))) is Verdict.CLEAN


def test_what_is_suppressed_weighs_nothing():
    assert weight(finding("critical", suppressed=AGREED)) == 0.0
    assert score([finding("critical", suppressed=AGREED), finding("low")]) == score([finding("low")])


def test_low_findings_alone_reach_a_review_only_in_numbers():
    low = [finding("low", rule=str(number)) for number in range(9)]
    assert verdict(*low[:2]) is Verdict.CLEAN
    assert score(low) > REVIEW_AT


@given(FINDINGS)
def test_a_score_is_a_chance(findings):
    assert 0.0 <= score(findings) <= 1.0


@given(FINDINGS, st.randoms())
def test_the_order_of_findings_does_not_count(findings, random):
    shuffled = list(findings)
    random.shuffle(shuffled)
    assert score(shuffled) == score(findings)


@given(FINDINGS, FINDINGS)
def test_one_more_finding_never_makes_things_better(some, others):
    assert score([*some, *others]) >= score(some)


def test_nothing_rounds_its_way_below_a_threshold():
    assert score([finding("critical", "medium")]) >= BLOCK_AT
    assert score([finding("medium", rule="a"), finding("medium", rule="b")]) == pytest.approx(0.51)
