"""The rulebook as a program sees it."""

from __future__ import annotations

import importlib
import sys

import pytest

from pinfold.model import PinfoldError, RuleError
from pinfold.rulebook import Cache, Judge, judge, load, load_with
from pinfold.rulebook.compile import pack, prepare
from pinfold.rulebook.load import users_rules
from pinfold.rulebook.rule import Rules

room = importlib.import_module("pinfold.rulebook.load")  # the name in the package is the function
RUN = {"id": "run", "kind": "exec", "detection": {"a": {"CommandLine|contains": "dig"}, "condition": "a"}}
SIGMA = """\
title: A digger
status: test
logsource: {category: process_creation, product: linux}
detection: {a: {CommandLine|contains: delve}, condition: a}
"""
YARA = 'rule shovel { meta: severity = "critical" strings: $a = "spade" condition: $a }'


@pytest.fixture(scope="module")
def own():
    return load()


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def test_our_rules_load_and_work(own):
    assert {"reverse-tunnel", "hidden-miner", "jailbreak-pack", "laundering-lure"} <= {rule.id for rule in own.rules}
    assert [rule.id for rule in own.rules] == sorted(rule.id for rule in own.rules)
    assert own.version


def test_every_rule_says_what_it_means_and_maps_somewhere(own):
    for rule in own.rules:
        assert rule.about, rule.id
        assert rule.maps, rule.id
        assert rule.references, rule.id
        assert rule.explain.endswith("."), rule.id
        assert rule.fix.endswith("."), rule.id


def test_a_checkout_is_compiled_once_for_each_state(own, cache, monkeypatch):
    assert load(cache) == own
    monkeypatch.setattr(room, "compile_folder", None)  # it would not survive a second call
    assert load(cache) == own


def test_a_wheel_carries_compiled_rules(own, tmp_path, monkeypatch):
    monkeypatch.setattr(room, "SOURCES", tmp_path / "gone")
    monkeypatch.setattr(room, "COMPILED", tmp_path / "rules.bin")
    with pytest.raises(RuleError, match="missing from this installation"):
        load()
    (tmp_path / "rules.bin").write_bytes(pack(own))
    assert load() == own


@pytest.mark.parametrize("damaged", [False, True])
def test_a_wheel_carries_its_rules_made_ready(write_rule, tmp_path, monkeypatch, damaged):
    write_rule(acts=[RUN])
    rules = Rules(rules=tuple(users_rules(tmp_path / "rules")[0]), version="1")
    for name, data in (("COMPILED", pack(rules)), ("READY", b"none" if damaged else prepare(rules))):
        monkeypatch.setattr(room, name, tmp_path / name)
        (tmp_path / name).write_bytes(data)
    if not damaged:
        monkeypatch.setattr("pinfold.rulebook.prefilter._index", None)  # nothing is to be compiled but the database
    assert judge(rules).rules == rules.rules


def test_what_the_cache_holds_must_be_rules(own, cache):
    load(cache)
    for path in cache._folder.iterdir():
        cache.put(path.name, b"damaged")
    assert load(cache) == own


def test_the_users_rules_stand_beside_ours(own, write_rule, tmp_path):
    write_rule(acts=[RUN])
    (tmp_path / "rules" / "sub").mkdir()
    (tmp_path / "rules" / "sub" / "digger.yml").write_text(SIGMA, "utf-8")
    (tmp_path / "rules" / "shovel.yar").write_text(YARA, "utf-8")
    (tmp_path / "rules" / "README.md").write_text("# Our rules", "utf-8")
    rules = load_with([tmp_path / "rules"])
    assert {rule.id for rule in rules.rules} - {rule.id for rule in own.rules} == {"made-up", "a-digger", "shovel"}
    assert rules.version != own.version
    assert len(rules.yara) == 1


def test_without_folders_the_rulebook_is_ours(own):
    assert load_with([]) == own


def test_all_three_forms_judge(act, write_rule, tmp_path):
    write_rule(acts=[RUN])
    (tmp_path / "rules" / "digger.yaml").write_text(SIGMA, "utf-8")
    (tmp_path / "rules" / "shovel.yara").write_text(YARA, "utf-8")
    ready = judge(load_with([tmp_path / "rules"]))
    found = ready.judge("live", [act(CommandLine="dig and delve")], [])
    assert {match.rule.id for match in found} == {"made-up", "a-digger"}
    assert [match.rule.id for match in ready.judge_bytes("a.txt", b"a spade", seconds=5)] == ["shovel"]


def test_a_changed_yara_file_is_another_rulebook(tmp_path):
    (tmp_path / "a.yar").write_text(YARA, "utf-8")
    before = load_with([tmp_path]).version
    (tmp_path / "a.yar").write_text(YARA.replace("spade", "hoe"), "utf-8")
    assert load_with([tmp_path]).version != before


@pytest.mark.parametrize("text", [SIGMA.replace("A digger", "Hidden miner"), "id: hidden-miner"])
def test_one_name_for_two_rules_is_refused(write_rule, tmp_path, text):
    if text.startswith("id"):
        write_rule("hidden-miner", acts=[RUN])
    else:
        (tmp_path / "rules").mkdir()
        (tmp_path / "rules" / "digger.yml").write_text(text, "utf-8")
    with pytest.raises(RuleError, match="two rules are named 'hidden-miner'"):
        load_with([tmp_path / "rules"])


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(RuleError, match="no such folder of rules"):
        load_with([tmp_path / "gone"])


def test_the_pattern_database_is_kept_and_checked(own, cache, monkeypatch):
    ready = judge(own, cache)
    key = room.patterns_key(own)
    assert cache.get(key) == ready.serialize()
    compiled = []
    monkeypatch.setattr(
        room,
        "Judge",
        lambda rules, data=None, *more, **options: compiled.append(data) or Judge(rules, data, *more, **options),
    )
    judge(own, cache)
    assert [data is not None for data in compiled] == [True]
    cache.put(key, b"damaged")
    judge(own, cache)
    assert cache.get(key) == ready.serialize()


@pytest.mark.parametrize(("name", "text", "module"), [("a.yml", SIGMA, "sigma.rule"), ("a.yar", YARA, "yara_x")])
def test_an_extra_that_is_not_installed_is_named(tmp_path, monkeypatch, name, text, module):
    (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.setitem(sys.modules, module, None)
    room._yara.cache_clear()
    with pytest.raises(PinfoldError) as caught:
        load_with([tmp_path])
    assert caught.value.hint.startswith("pip install 'pinfold[")
