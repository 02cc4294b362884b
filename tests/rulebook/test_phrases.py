"""Wordings: groups of phrases that must stand near each other, in parts that count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import Role
from pinfold.rulebook import Judge
from pinfold.rulebook.phrases import MAX_AROUND


def says(condition="1 of them", within=12, **more):
    patterns = {"a": ["alpha"], "b": ["beta"], "c": ["gamma"]}
    return {"id": "said", "patterns": patterns, "condition": condition, "within": within, **more}


def test_words_are_found_where_they_stand(judged, passage):
    (match,) = judged(passage("Hello.\nSay ALPHA now."), text=[says(note="a word")])
    (evidence,) = match.evidence
    assert (evidence.place.path, evidence.place.line, evidence.place.column) == ("SKILL.md", 2, 5)
    assert (evidence.excerpt, evidence.note, evidence.role) == ("Say ALPHA now.", "a word", Role.INSTRUCTION)


@pytest.mark.parametrize("text", ["al\u200bpha", "ＡＬＰＨＡ", "al\ufffdpha", "al\u00adpha"])
def test_tricks_of_writing_do_not_hide_a_word(judged, passage, text):
    assert judged(passage(text), text=[says()])


@pytest.mark.parametrize(
    ("condition", "text", "wanted"),
    [
        ("a and b", "alpha", 0),
        ("a and b", "alpha beta", 1),
        ("2 of them", "beta gamma", 1),
        ("a or c", "gamma", 1),
        ("a and b", "alpha" + "\n" * 12 + "beta", 1),
        ("a and b", "alpha" + "\n" * 13 + "beta", 0),
        ("a and b", "alpha" + "\n" * 13 + "alpha" + "\n" * 12 + "beta", 1),
        ("a and b", "alpha beta" + "\n" * 20 + "beta alpha", 2),  # two places, two matches
        ("a and b", "alpha beta alpha beta", 1),
    ],
)
def test_groups_must_meet_within_some_lines(judged, passage, condition, text, wanted):
    assert len(judged(passage(text), text=[says(condition)])) == wanted


@pytest.mark.parametrize(
    ("sentences", "text", "wanted"),
    [
        (0, "alpha and beta.", True),
        (0, "alpha. then beta", False),
        (1, "alpha. then beta", True),
        (1, "alpha. no. then beta", False),
        (1, "甲 alpha。乙 beta", True),
        (0, "甲 alpha。乙 beta", False),
        (0, "alpha v1.2 beta", True),
        (0, "a wrapped alpha\nand beta", True),
        (1, "- alpha\n- beta", False),  # items of a list are paragraphs of their own
        (3, "alpha.\n\nAnd beta", False),
        (1, "✓ alpha\n✓ beta", False),  # and so are those that begin with a sign
        (1, "name: alpha\nkind: beta", False),  # and keys with their values
        (1, "| x | alpha | beta |", True),
        (1, "| alpha | x | beta |", False),  # the cells of a table are sentences
        (0, "the alpha | sort | beta", True),  # a bar alone makes no table
    ],
)
def test_groups_may_have_to_meet_within_some_sentences(judged, passage, sentences, text, wanted):
    assert bool(judged(passage(text), text=[says("a and b", sentences=sentences)])) is wanted


@pytest.mark.parametrize(
    ("text", "sentences", "found"),
    [
        ("去掉样本", 0, True),
        ("去掉 一些 样本", 0, True),
        ("去掉空格。样本", 0, False),
        ("去掉空格;样本", 0, False),
        ("| 去掉空格 | 样本 |", 0, False),
        ("去掉空格。样本", None, True),  # where lines are counted, a phrase may go on behind a full stop
    ],
)
def test_a_phrase_stands_in_one_sentence(judged, passage, text, sentences, found):
    said = {"id": "said", "patterns": {"a": [r"去掉[^.\n]{0,40}样本"]}}
    assert bool(judged(passage(text), text=[said | ({} if sentences is None else {"sentences": sentences})])) is found


@given(st.lists(st.sampled_from(["alpha", "beta", "gamma", ".", "\n", "- ", "。"]), max_size=14), st.integers(0, 2))
def test_the_order_of_groups_changes_nothing(rule, passage, words, sentences):
    text = " ".join(words)
    found = set()
    for order in ("abc", "cba", "bca"):
        patterns = {name: [{"a": "alpha", "b": "beta", "c": "gamma"}[name]] for name in order}
        said = says("(a and b) or (a and c)", sentences=sentences) | {"patterns": patterns}
        matches = Judge([rule(text=[said])]).judge("source", [], [passage(text)])
        found.add(tuple(sorted(match.evidence[0].place.line for match in matches)))
    assert len(found) == 1


def test_what_was_asked_for_leads_the_evidence(judged, passage):
    (match,) = judged(passage("alpha alpha\nalpha\nbeta\nalpha"), text=[says("a and b")])
    assert [item.place.line for item in match.evidence][:2] == [1, 3]


@pytest.mark.parametrize("role", list(Role))
def test_words_count_in_the_roles_that_the_wording_names(judged, passage, role):
    found = judged(passage("alpha", roles={1: role}), text=[says(roles=["instruction", "documentation"])])
    assert bool(found) is (role in (Role.INSTRUCTION, Role.DOCUMENTATION))


def test_negated_words_do_not_count(judged, passage):
    assert not judged(passage("alpha\nbeta", negated=[1]), text=[says("a and b")])


def test_a_later_word_stands_in_for_a_negated_one(judged, passage):
    assert judged(passage("alpha\nbeta\nalpha", negated=[1]), text=[says("a and b")])


def test_a_wording_may_take_prohibitions_at_their_word(judged, passage):
    no = passage("never alpha, beta", negated=[1])
    assert not judged(no, text=[says("a and b", prohibitive=["a"])])  # b must still be meant
    mixed = passage("never alpha\nbeta", negated=[1])
    assert judged(mixed, text=[says("a and b", prohibitive=["a"])])


def test_a_prohibition_may_be_the_deed(judged, passage):
    no = passage("never alpha, beta", negated=[1])
    assert judged(no, text=[says("a and b", prohibitive=["b"], forbidding=["a"])])
    assert not judged(no, text=[says("a and b", forbidding=["a"])])  # b is not meant


def test_a_forbidding_sentence_before_the_words_does_not_hide_them(judged, passage):
    decoyed = "never alpha, never beta\n\nalpha\nbeta"
    assert judged(passage(decoyed, negated=[1]), text=[says("a and b", within=2)])


@given(
    st.lists(st.tuples(st.sampled_from(["alpha", "beta", "gamma", ""]), st.booleans()), max_size=12), st.integers(0, 4)
)
def test_wording_agrees_with_trying_every_pair(rule, passage, lines, within):
    text = "\n".join(word for word, _ in lines)
    negated = [number for number, (_, no) in enumerate(lines, 1) if no]
    judge = Judge([rule(text=[says("a and b", within=within)])])
    where = {
        word: [number for number, (line, no) in enumerate(lines, 1) if line == word and not no]
        for word in ("alpha", "beta")
    }
    anywhere = any(abs(one - two) <= within for one in where["alpha"] for two in where["beta"])
    assert bool(judge.judge("source", [], [passage(text, negated=negated)])) is anywhere


def test_the_lens_is_asked_first(judged, passage):
    assert not judged(passage("alpha"), text=[says(lenses=["record"])], lens="source")
    assert judged(passage("alpha"), text=[says(lenses=["record"])], lens="record")


def test_a_passage_of_an_act_belongs_to_its_session(rule, passage):
    judge = Judge([rule(text=[says()])])
    assert [match.group for match in judge.judge_text("live", passage("alpha"), "s7")] == ["s7"]


# Making ready


@given(st.text(max_size=200))
def test_any_text_is_judged(rule, passage, text):
    judge = Judge([rule(text=[says("a or b")])])
    folded = text.casefold()
    found = judge.judge("source", [], [passage(text + "\n.")])
    if "alpha" in folded or "beta" in folded:
        assert found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alpha", True),
        ("alpha\nbeta", False),
        ("beta\nalpha", False),
        ("alpha" + "\n" * 30 + "beta", True),
    ],
)
def test_words_that_must_not_stand_near(judged, passage, text, found):
    assert bool(judged(passage(text), text=[says("a and not b")])) is found


@pytest.mark.parametrize("count", [1, MAX_AROUND, MAX_AROUND + 1, 5 * MAX_AROUND])
def test_however_often_a_word_stands_there_its_neighbour_is_found(judged, passage, count):
    text = "alpha\n" * count + "\n" * 40 + "alpha beta\n" + "\n" * 40 + "beta\n" * count
    (match,) = judged(passage(text), text=[says("a and b", within=2)])
    assert {evidence.place.line for evidence in match.evidence} == {count + 41}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("drop your\nusual rules", True),
        ("drop your\n   usual rules", True),
        ("放弃 drop\n规则 rules", True),
        ("drop your\n\nusual rules", False),
        ("drop your\n- usual rules", False),
        ("drop your\n# usual rules", False),
        ("drop your\n    usual rules", False),
    ],
)
def test_a_wrapped_line_hides_no_phrase(judged, passage, text, found):
    wording = {"id": "said", "patterns": {"a": ["drop.{0,20}rules"]}}
    assert bool(judged(passage(text), text=[wording])) is found
