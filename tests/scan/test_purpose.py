from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import Skill, SkillKind
from pinfold.scan.purpose import purpose_of, registered

ORDINARY = frozenset({"backup", "cloud"})


def purpose(*declared, name="weather-report", description="Asks Open-Meteo and GitHub. 用显卡计算。"):
    return purpose_of(
        Skill(name=name, kind=SkillKind.SKILL, path="s", root="/s", description=description, declared=declared)
    )


@pytest.mark.parametrize(
    ("word", "said"),
    [("github", True), ("open-meteo", True), ("Open Meteo", True), ("meteo", True), ("git", False), ("显卡", True),
     ("显存", False), ("", False), ("weather-report", True)],
)  # fmt: skip
def test_a_purpose_says_whole_words(word, said):
    assert purpose().says(word) is said


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("api.github.com", True),
        ("api.open-meteo.com", True),
        ("github.com.evil.example", False),
        ("github-api.example", False),
        ("notgithub.com", False),
        ("evil.example", False),
    ],
)
def test_a_host_is_named_by_the_name_under_which_it_is_registered(host, named):
    assert purpose().names_host(host, ORDINARY) is named


def test_an_ordinary_word_names_no_host_and_its_whole_name_does():
    said = purpose(description="Makes a backup in the cloud, at backup.example.")
    assert not said.names_host("cloud.example", ORDINARY)
    assert said.names_host("backup.example", ORDINARY)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("api.github.com", "github"),
        ("www.a.co.uk", "a"),
        ("x.taobao.com.cn", "taobao"),
        ("localhost", "localhost"),
        ("", ""),
    ],
)
def test_registered(host, name):
    assert registered(host) == name


def test_claims_are_read():
    said = purpose(
        "allowed-tools: Read",
        "allowed-tools: Bash(git commit:*)",
        "allowed-tools: WebFetch(domain:docs.example)",
        "tools: Edit",
        "disallowed-tools: Bash(rm:*)",
        "requires.bins: jq",
        "requires.env: METEO_KEY",
        "remote: https://mcp.example:8443/sse",
        "hooks: SessionStart",
        "allowed-tools: mcp__mail__send",
    )
    assert said.programs == {"git", "jq"}
    assert said.denied == {"rm"}
    assert said.hosts == {"docs.example", "mcp.example"}
    assert said.variables == {"METEO_KEY"}
    assert (said.reads, said.writes, said.any_program) == (True, True, False)
    assert said.unknown == ("hooks: SessionStart", "tool mcp__mail__send")


@pytest.mark.parametrize("tool", ["Bash", "Bash(*)", "Bash(:*)"])
def test_a_shell_without_a_program_asks_for_any(tool):
    said = purpose(f"allowed-tools: {tool}")
    assert said.any_program
    assert said.programs == frozenset()


@given(st.lists(st.text(st.characters(categories=None), max_size=30)), st.text(st.characters(categories=None)))
def test_any_claim_is_taken(claims, text):
    said = purpose(
        *claims,
        *(f"allowed-tools: {claim}" for claim in claims),
        *(f"remote: {claim}" for claim in claims),
        description=text,
    )
    said.says(text)
    said.names_host(text, ORDINARY)
