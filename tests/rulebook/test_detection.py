"""Sigma detections over acts."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pinfold.model import Certainty, Role, RuleError
from pinfold.rulebook.detection import compile_detection, values_of


@pytest.mark.parametrize(
    ("selection", "line", "wanted"),
    [
        ({"CommandLine": "ssh -R"}, "SSH -r", True),  # without regard to case
        ({"CommandLine": "ssh"}, "ssh -R", False),
        ({"CommandLine|contains": "-R"}, "ssh -r 22", True),
        ({"CommandLine|startswith": "ssh "}, "SSH -R", True),
        ({"CommandLine|startswith": "-R"}, "ssh -R", False),
        ({"CommandLine|endswith": "-R"}, "ssh -r", True),
        ({"CommandLine|cased": "ssh"}, "SSH", False),
        ({"CommandLine|contains|cased": "SSH"}, "an SSH", True),
        ({"CommandLine": "ssh*"}, "ssh -R", True),
        ({"CommandLine": "s?h"}, "ssh", True),
        ({"CommandLine": "s?h"}, "sh", False),
        ({"CommandLine|contains": "a*c"}, "xx abbbc yy", True),
        ({"CommandLine|endswith": "a*c"}, "xx abbbc yy", False),
        ({"CommandLine|startswith": "a*c"}, "abbbc yy", True),
        ({"CommandLine": "a*c"}, "a\nc", True),  # a wildcard crosses lines
        ({"CommandLine": r"a\*c"}, "a*c", True),
        ({"CommandLine": r"a\*c"}, "abc", False),
        ({"CommandLine": r"a\\*c"}, r"a\bc", True),  # an escaped backslash, then a wildcard
        ({"CommandLine|endswith": r"\cmd.exe"}, r"c:\windows\cmd.exe", True),  # a lone backslash is itself
        ({"CommandLine": ["x", "y"]}, "y", True),
        ({"CommandLine|contains|all": ["x", "y"]}, "y", False),
        ({"CommandLine|contains|all": ["x", "y"]}, "y and x", True),
        ({"CommandLine|contains|all": ["x*z", "y"]}, "y, x, z", True),
        ({"CommandLine|re": r"-\w*R\b"}, "ssh -fR", True),
        ({"CommandLine|re": "SSH"}, "ssh", False),  # patterns do regard case
        ({"CommandLine|re|i": "SSH"}, "ssh", True),
        ({"CommandLine|re|s": "a.c"}, "a\nc", True),
        ({"CommandLine|re": "a.c"}, "a\nc", False),
        ({"CommandLine|re|m": "^c$"}, "a\nc", True),
        ({"CommandLine|re|all": ["a", "b"]}, "b", False),
        ({"CommandLine|re|all": ["a", "b"]}, "ab", True),
        ({"CommandLine|contains|windash": "-enc"}, "x /enc", True),
        ({"CommandLine|contains|windash": "/c"}, "x -c", True),
        ({"CommandLine|contains|windash": "-enc"}, "x \u2013enc", True),
        ({"CommandLine|contains|windash": "-param-name"}, "x /param/name", False),  # only a word's start
        ({"CommandLine|contains|all|windash": [" -enc", " -nop"]}, "x /enc -nop", True),
        ({"CommandLine|contains|all|windash": [" -enc", " -nop"]}, "x /enc", False),
        ({"CommandLine": 22}, "22", True),
        ({"CommandLine": True}, "TRUE", True),
        ({"CommandLine": ""}, "", True),
        ({"CommandLine": None}, "", True),
        ({"CommandLine": None}, "x", False),
        ({"CommandLine|exists": True}, "x", True),
        ({"CommandLine|exists": False}, "x", False),
        ({"Url|exists": False}, "x", True),
        ({"Url": None}, "x", True),
        ({"Url": "*"}, "x", False),  # a missing field matches nothing
        ({"CommandLine": "x", "Url": "y"}, "x", False),  # a map wants all
        ([{"Url": "y"}, {"CommandLine": "x"}], "x", True),  # a list of maps, any
        (["curl", "wget"], "a WGET b", True),  # keywords stand in any field
        (["w*t -q"], "a wget -q b", True),
        (["command"], "x", False),  # but not in what every act has
        ({"CommandLine": "ſſh"}, "ſſh", True),
    ],
)
def test_values_and_modifiers(holds, selection, line, wanted):
    assert holds({"only": selection, "condition": "only"}, CommandLine=line) is wanted


@pytest.mark.parametrize(
    ("modifier", "value", "wanted"),
    [("gte", 1024, True), ("gt", 1024, False), ("lt", 1025, True), ("lte", 1023, False), ("gt", "1e3", True)],
)
def test_comparisons(holds, modifier, value, wanted):
    assert holds({f"DestinationPort|{modifier}": value}, "connect", DestinationPort=1024) is wanted
    assert holds({f"DestinationPort|{modifier}": value}, "connect", DestinationPort="$PORT") is False


@pytest.mark.parametrize(
    ("networks", "address", "wanted"),
    [
        ("10.0.0.0/8", "10.2.3.4", True),
        ("10.0.0.0/8", "110.2.3.4", False),
        (["192.168.0.0/16", "fc00::/7"], "fd00::1", True),
        ("10.0.0.0/8", "10.2.3.0/24", True),  # a range that a sweep is written over
        ("10.0.0.0/8", "10.2.3.*", True),
        ("10.0.0.0/8", "fd00::1", False),
        ("10.0.0.0/8", "$HOST", False),
        ("10.0.0.0/8", "", False),
    ],
)
def test_networks(holds, networks, address, wanted):
    assert holds({"DestinationIp|cidr": networks}, "connect", DestinationIp=address) is wanted


def test_a_program_without_a_folder_reads_as_if_one_stood_before_it(holds):
    assert holds({"Image|endswith": "/ssh"}, Image="ssh")
    assert holds({"Image|endswith": "/ssh"}, Image="/usr/bin/ssh")
    assert not holds({"Image|endswith": "/ssh"}, Image="openssh")
    assert holds({"Image": "/ssh"}, Image="ssh")
    assert not holds({"Image|endswith": "/ssh.exe"}, Image=r"C:\ssh.exe")
    assert not holds({"Url|startswith": "/"}, Url="x")  # no other field


def test_every_act_has_a_certainty_a_role_and_its_words(act):
    values = values_of(act(certainty=Certainty.INFERRED, role=Role.EXAMPLE, text="wörds", Initiated=False))
    assert values == {"Certainty": "inferred", "Role": "example", "Text": "wörds", "Initiated": "false"}


@pytest.mark.parametrize(
    ("detection", "words"),
    [
        ({"only": {"CommandLine": "x"}}, "needs a condition"),
        ({"only": {"CommandLine": "x"}, "condition": ["only"]}, "needs a condition"),
        ({"only": {"CommandLine|base64": "x"}, "condition": "only"}, "modifier 'base64' of CommandLine"),
        ({"only": {"CommandLine|neq": "x"}, "condition": "only"}, "modifier 'neq'"),
        ({"only": {"|contains": "x"}, "condition": "only"}, "no name"),
        ({"only": {"CommandLine": []}, "condition": "only"}, "no value"),
        ({"only": {"CommandLine": ["x", None]}, "condition": "only"}, "no value"),
        ({"only": {}, "condition": "only"}, "empty selection"),
        ({"only": [], "condition": "only"}, "a selection is"),
        ({"only": "word", "condition": "only"}, "a selection is"),
        ({"only": {"CommandLine|exists": "no"}, "condition": "only"}, "true or false"),
        ({"only": {"CommandLine|re": "(?=x)"}, "condition": "only"}, "test: only: CommandLine"),
        ({"only": {"CommandLine|re": "("}, "condition": "only"}, "test: only: CommandLine"),
        ({"only": {"CommandLine|re": "\ud800"}, "condition": "only"}, "test: only: CommandLine"),
        ({"only": {"DestinationIp|cidr": "10.0.0.0/99"}, "condition": "only"}, "test: only: DestinationIp"),
        ({"only": {"DestinationPort|gt": "many"}, "condition": "only"}, "'many' is not a number"),
        ({"only": {3: "x"}, "condition": "gone"}, "no selection named 'gone'"),
    ],
)
def test_what_cannot_be_evaluated_is_refused_by_selection_and_field(detection, words):
    with pytest.raises(RuleError) as caught:
        compile_detection(detection, where="test")
    assert str(caught.value).startswith("test")
    assert words in str(caught.value)


def test_a_half_surrogate_in_a_value_hides_nothing(holds):
    assert holds({"CommandLine|re": "a.c"}, CommandLine="a\ud800c")
    assert holds({"CommandLine": "a*c"}, CommandLine="a\ud800c")
    assert holds({"CommandLine|contains": "c"}, CommandLine="a\ud800c")


ANYTHING = st.text(st.characters(), max_size=30)
MODIFIERS = st.sampled_from(
    [
        "",
        "|contains",
        "|startswith",
        "|endswith",
        "|re",
        "|re|i",
        "|cidr",
        "|cased",
        "|windash",
        "|contains|all",
        "|gt",
        "|nope",
    ]
)


@given(MODIFIERS, st.lists(ANYTHING, min_size=1, max_size=3), ANYTHING)
@example("", ["\ud800*"], "\ud800x")
def test_any_value_and_any_act_end_in_an_answer_or_a_rule_error(holds, modifiers, values, line):
    try:
        assert holds({"CommandLine" + modifiers: values}, CommandLine=line) in (True, False)
    except RuleError as error:
        assert str(error).startswith("test")


@given(st.text("ab*?\\", max_size=8), st.text("ab*?\\", max_size=8))
def test_wildcards_agree_with_a_reading_letter_by_letter(holds, pattern, text):
    assert holds({"CommandLine": pattern}, CommandLine=text) is _like(_letters(pattern), text)


def _letters(pattern):
    """Return Sigma's reading of a value: a character, or ``...`` for ``*`` and ``None`` for ``?``."""
    letters, at = [], 0
    while at < len(pattern):
        if pattern[at] == "\\" and pattern[at + 1 : at + 2] in ("*", "?", "\\"):
            letters.append(pattern[at + 1])
            at += 1
        else:
            letters.append({"*": ..., "?": None}.get(pattern[at], pattern[at]))
        at += 1
    return letters


def _like(letters, text):
    if not letters:
        return not text
    if letters[0] is ...:
        return any(_like(letters[1:], text[at:]) for at in range(len(text) + 1))
    return bool(text) and letters[0] in (None, text[0]) and _like(letters[1:], text[1:])
