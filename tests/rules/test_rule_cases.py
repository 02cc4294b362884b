"""Every rule over its own cases, and what a rule must bring before it may stay.

``known-limits.toml`` lists the cases that a rule does not get right yet; one that comes out right has to leave it.
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pinfold.model import Limits
from pinfold.rulebook import judge, load
from pinfold.scan.cases import cases, missing_literals, run_case

CASES = Path(__file__).parent
SOURCES = Path(load.__code__.co_filename).parent / "rules"
ALL = list(cases(CASES))
RULES = load()
KNOWN_LIMITS = tomllib.loads((CASES / "known-limits.toml").read_text("utf-8"))
FEWEST = 2


@pytest.fixture(scope="session")
def ready():
    return judge(RULES)


def reason(case):
    return KNOWN_LIMITS.get(case.rule, {}).get(case.name)


@pytest.mark.parametrize("case", ALL, ids=[f"{case.rule}/{case.name}" for case in ALL])
def test_bad_is_found_and_good_is_left_alone(case, ready, request):
    if why := reason(case):
        request.applymarker(pytest.mark.xfail(reason=why, strict=True))
    result = run_case(case, ready, Limits())
    assert result.passed, [str(finding.place) for finding in result.findings]


def test_known_limits_name_cases_that_exist():
    listed = {f"{rule}/{name}" for rule, names in KNOWN_LIMITS.items() for name in names}
    assert listed - {f"{case.rule}/{case.name}" for case in ALL} == set()


@pytest.mark.parametrize("rule", RULES.rules, ids=[rule.id for rule in RULES.rules])
def test_a_rule_has_two_of_each_sort_in_every_lens(rule):
    for lens in rule.lenses:
        for bad in (True, False):
            own = [case for case in ALL if (case.rule, case.lens, case.bad) == (rule.id, lens, bad)]
            assert len(own) >= FEWEST, f"{rule.id}: {len(own)} {'bad' if bad else 'good'} cases for {lens}"


@pytest.mark.parametrize("rule", [rule.id for rule in RULES.rules])
def test_a_near_miss_has_every_literal_of_a_bad_case(rule):
    assert missing_literals(CASES / rule) == []
    pair = tomllib.loads((CASES / rule / "near-miss.toml").read_text("utf-8"))
    listed = KNOWN_LIMITS.get(rule, {})
    assert not listed.keys() & {f"bad/{pair['bad']}", f"good/{pair['good']}"}


def test_id_file_and_folder_of_cases_are_one_name():
    files = {path.stem for path in SOURCES.rglob("*.yaml")}
    folders = {path.name for path in CASES.iterdir() if path.is_dir() and not path.name.startswith("__")}
    assert files == {rule.id for rule in RULES.rules} == folders


@pytest.mark.parametrize("rule", [rule.id for rule in RULES.rules])
def test_cases_are_in_chinese_too(rule):
    for bad in (True, False):
        texts = [
            path.read_text("utf-8", "replace")
            for case in ALL
            if case.rule == rule and case.bad is bad
            for path in case.folder.rglob("*")
            if path.is_file()
        ]
        chinese = [text for text in texts if sum("\u4e00" <= letter <= "\u9fff" for letter in text) > 20]
        assert chinese
        assert len(chinese) < len(texts)
