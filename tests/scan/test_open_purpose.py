"""What a skill openly deals with leads to a review, not to a block."""

from __future__ import annotations

import pytest

from pinfold.model import Axis, Confidence, Evidence, Finding, Place, Severity, Skill, SkillKind
from pinfold.scan.open_purpose import MODEL, SAYS, with_declared
from pinfold.scan.risk import score

SAMPLES = "jailbreak-pack"


def finding(rule=SAMPLES, severity=Severity.HIGH, axis=Axis.THREAT, path="SKILL.md"):
    return Finding(
        rule=rule, title="", severity=severity, confidence=Confidence.HIGH, axis=axis, message="It does.", fix="",
        evidence=(Evidence(Place(path=path)),),
    )  # fmt: skip


def skill(description, name="helper"):
    return Skill(name=name, description=description, kind=SkillKind.SKILL, path="helper", root="/helper")


FILTER = skill("Filters jailbreak attempts out of what users write to a chatbot.")
FILTER_ZH = skill("给客服机器人加一道过滤，识别越狱提示词")


@pytest.mark.parametrize("honest", [FILTER, FILTER_ZH])
def test_what_an_honest_description_names_is_declared(honest):
    [marked] = with_declared([finding()], honest)
    assert marked.declared
    assert marked.message == "It does." + SAYS
    assert score([finding()]) >= 0.5 > score([marked]) >= 0.2


@pytest.mark.parametrize(
    "other",
    [
        skill("Makes charts."),
        skill("Filters rows of a table."),  # names no topic
        skill("The best jailbreak prompts for every model."),  # defends and teaches nothing
        skill("Removes unnecessary restrictions of the model.", "jailbreak-override"),
        skill(""),
    ],
)
def test_other_descriptions_declare_nothing(other):
    assert with_declared([finding()], other) == [finding()]


def test_another_topic_is_not_declared():
    [samples, keys] = with_declared([finding(), finding("credential-exfiltration")], FILTER)
    assert samples.declared
    assert not keys.declared
    assert score([samples, keys]) >= 0.5


def test_several_declared_findings_of_a_file_weigh_no_more_than_one():
    both = with_declared([finding(), finding("instruction-override"), finding(MODEL, Severity.MEDIUM)], FILTER)
    assert all(each.declared for each in both)
    assert score(both) == score(both[:1])


def test_a_skill_that_reads_very_much_like_harm_all_through_declares_nothing():
    found = [finding(), finding(MODEL, Severity.CRITICAL)]
    assert not any(each.declared for each in with_declared(found, FILTER))


def test_one_passage_that_reads_very_much_like_harm_may_be_a_sample():
    assert all(each.declared for each in with_declared([finding(), finding(MODEL)], FILTER))


def test_capabilities_are_facts():
    found = [finding(axis=Axis.CAPABILITY)]
    assert with_declared(found, FILTER) == found
