"""What a detection cannot hold without, and that nothing for which it holds is held back."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats import events
from pinfold.model import Act, RuleError
from pinfold.rulebook import load
from pinfold.rulebook.act_literals import act_needs, act_text
from pinfold.rulebook.detection import compile_detection, values_of
from pinfold.rulebook.prefilter import Prefilter

CASES = Path(__file__).parents[1] / "rules"
TUNNEL = {"Image|endswith": ["/ssh", "/autossh"], "CommandLine|contains": " -R "}


def needs(condition="only", **selections):
    (conditions,) = act_needs({**selections, "condition": condition})
    return {frozenset(literal.decode() for literal in condition) for condition in conditions}


def test_all_fields_of_a_selection_are_needed():
    assert needs(only=TUNNEL) == {frozenset({"/ssh", "/autossh"}), frozenset({" -r "})}


def test_of_alternatives_one_is_needed():
    either = needs("a or b", a={"Image": "/frpc"}, b={"CommandLine|re": r"(?i)chisel\s+client"})
    assert either == {frozenset({"/frpc", "chisel"})}
    assert needs(only=[{"Image": "/frpc"}, {"Image": "/chisel"}]) == {frozenset({"/frpc", "/chisel"})}


def test_what_is_denied_is_not_needed():
    assert needs("a and not b", a={"Image": "/ssh"}, b={"CommandLine|contains": "-L"}) == {frozenset({"/ssh"})}
    assert needs("not a", a={"Image": "/ssh"}) == set()


def test_the_smallest_set_of_alternatives_is_asked_for():
    found = needs("(a and b) or c", a={"Image": "one"}, b={"Image": "two"}, c={"Image": "three"})
    assert found in ({frozenset({"one", "three"})}, {frozenset({"two", "three"})})


@pytest.mark.parametrize(
    "selection",
    [
        {"Image": None},
        {"Image|exists": True},
        {"DestinationIp|cidr": "10.0.0.0/8"},
        {"DestinationPort|gt": 1000},
        {"CommandLine": "*"},
        {"CommandLine|contains": "_"},
        {"CommandLine|contains": ""},
        {"CommandLine|re": "[a-z]+"},
        {"CommandLine|re": r"\x{e9}t"},
        {"CommandLine|re": "挖矿?"},
        [{"Image": "/ssh"}, {"Image|exists": True}],
    ],
)
def test_what_says_nothing_of_a_text_is_not_asked_for(selection):
    assert needs(only=selection) == set()


def test_a_wildcard_leaves_the_longest_piece():
    assert needs(only={"CommandLine": r"*--secret=?\*literal*"}) == {frozenset({"--secret="})}


def test_values_of_a_list_that_all_must_occur_are_all_needed():
    assert needs(only={"CommandLine|contains|all": ["one", "two"]}) == {frozenset({"one"}), frozenset({"two"})}


def test_keywords_are_needed_too():
    assert needs(only=["stratum+tcp", "XMRIG"]) == {frozenset({"stratum+tcp", "xmrig"})}


PIECES = st.sampled_from(
    [
        "ssh",
        " -R ",
        "K",
        "\u212a",
        "ſ",
        "İ",
        "ß",
        "SS",
        "σς",
        "a",
        "B",
        "*",
        "?",
        "\\",
        "_",
        " ",
        "\n",
        "挖矿",
        "/",
        "-",
    ]
)
TEXTS = st.lists(PIECES, max_size=6).map("".join)
MODIFIERS = (
    "",
    "|endswith",
    "|contains",
    "|contains|all",
    "|startswith",
    "|cased|contains",
    "|windash|contains",
    "|re",
    "|re|i",
)
KEYS = st.builds("{}{}".format, st.sampled_from(["CommandLine", "Image"]), st.sampled_from(MODIFIERS))
SELECTIONS = st.dictionaries(KEYS, st.lists(TEXTS, min_size=1, max_size=3), min_size=1, max_size=2)
CONDITIONS = st.sampled_from(["a", "a and b", "a or b", "a and not b", "1 of them", "not (a and b)", "not a or b"])


@given(SELECTIONS, SELECTIONS, CONDITIONS, TEXTS, TEXTS)
def test_what_holds_is_never_held_back(one, two, condition, image, line):
    detection = {"a": one, "b": two, "condition": condition}
    try:
        holds = compile_detection(detection, where="test")
    except RuleError:
        return
    plain = {"Image": image, "CommandLine": line}
    folded = {name: value.lower() for name, value in plain.items()}
    if holds(plain, folded):
        assert Prefilter([act_needs(detection)]).possible(act_text(folded)) == {0}


@pytest.fixture(scope="module")
def parts():
    return [part for rule in load().rules for part in rule.acts]


def test_nothing_in_the_rule_cases_is_held_back(parts):
    prefilter = Prefilter([act_needs(part.detection) for part in parts])
    matchers = [compile_detection(part.detection, where="test") for part in parts]
    held = set()
    for path in sorted(CASES.glob("*/*/live-*/*.jsonl")):
        for act in events.read(path.read_bytes().splitlines(), str(path)):
            if not isinstance(act, Act):
                continue
            plain = values_of(act)
            folded = {name: value.lower() for name, value in plain.items()}
            possible = prefilter.possible(act_text(folded))
            holding = {number for number, holds in enumerate(matchers) if holds(plain, folded)}
            assert holding <= possible, path
            held |= holding
    assert len(held) > len(parts) / 4  # the cases did put the parts to the test


def test_few_of_our_parts_have_to_be_asked_about_everything(parts):
    prefilter = Prefilter([act_needs(part.detection) for part in parts])
    assert len(prefilter.possible(b"no word of any rule")) < len(parts) / 8
