"""Rules against acts and passages: the one code path of all lenses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import Certainty, Confidence, Place, Role, RuleError, Severity
from pinfold.rulebook import Judge
from pinfold.rulebook.judge import MAX_AROUND, MAX_EVIDENCE, compile_parts


def runs(word, **more):
    return {"id": "run", "kind": "exec", "detection": {"a": {"CommandLine|contains": word}, "condition": "a"}, **more}


def says(condition="1 of them", within=12, **more):
    patterns = {"a": ["alpha"], "b": ["beta"], "c": ["gamma"]}
    return {"id": "said", "patterns": patterns, "condition": condition, "within": within, **more}


@pytest.fixture
def judged(rule):
    """Judges acts, or a passage, by one rule made from its parts and returns the matches."""

    def judge(*material, lens="source", **body):
        acts = [item for item in material if hasattr(item, "kind")]
        return Judge([rule(**body)]).judge(lens, acts, [item for item in material if item not in acts])

    return judge


# Acts


def test_a_match_says_which_part_holds_and_on_what_grounds(act, judged):
    (match,) = judged(
        act(CommandLine="./dig", text="./dig", group="s1"), acts=[runs("dig", note="it digs")], lens="live"
    )
    assert (match.rule.id, match.part, match.group) == ("made-up", "run", "s1")
    assert (match.severity, match.confidence) == (Severity.HIGH, Confidence.HIGH)
    (evidence,) = match.evidence
    assert evidence.place == Place("events.jsonl", line=1, column=1, step=0)
    assert (evidence.excerpt, evidence.end, evidence.note) == ("./dig", 5, "it digs")
    assert (evidence.role, evidence.certainty) == (Role.COMMAND, Certainty.STATED)


def test_a_part_may_weigh_otherwise_than_its_rule(act, judged):
    (match,) = judged(act(CommandLine="dig"), acts=[runs("dig", severity="low", confidence="medium")])
    assert (match.severity, match.confidence) == (Severity.LOW, Confidence.MEDIUM)


def test_only_acts_of_the_parts_kinds_are_asked(act, judged):
    assert not judged(act("write", CommandLine="dig"), acts=[runs("dig")])
    assert judged(act("write", CommandLine="dig"), acts=[runs("dig", kind=["exec", "write"])])


def test_what_the_material_forbids_is_no_match(act, judged):
    assert not judged(act(CommandLine="dig", negated=True), acts=[runs("dig")])


@pytest.mark.parametrize("role", list(Role))
def test_roles(act, judged, role):
    found = judged(act(CommandLine="dig", role=role), acts=[runs("dig")])
    if role.live:
        assert found[0].severity is Severity.HIGH
    elif role in (Role.EXAMPLE, Role.FIXTURE):
        assert (found[0].severity, found[0].confidence) == (Severity.LOW, Confidence.LOW)
    else:
        assert not found


def test_an_inferred_act_is_never_certain(act, judged):
    (match,) = judged(act(CommandLine="dig", certainty=Certainty.INFERRED), acts=[runs("dig")])
    assert match.confidence is Confidence.MEDIUM


@pytest.mark.parametrize("lens", ["source", "live", "record"])
def test_a_part_speaks_in_its_lenses_only(act, judged, lens):
    found = judged(act(CommandLine="dig"), acts=[runs("dig", lenses=["live"])], lens=lens)
    assert bool(found) is (lens == "live")


JOINED = {
    "acts": [runs("one", id="first", alone=False), runs("two", id="second", alone=False)],
    "correlations": [{"id": "both", "type": "temporal_ordered", "rules": ["first", "second"], "timespan": "1m"}],
}


def test_parts_that_are_not_alone_speak_through_their_correlation(act, judged):
    one, two = act(CommandLine="one", order=0), act(CommandLine="two", order=1)
    assert not judged(one, **JOINED)
    assert not judged(two, one, **JOINED)
    (match,) = judged(one, two, **JOINED)
    assert match.part == "both"
    assert [item.place.step for item in match.evidence] == [0, 1]


def test_a_correlation_stays_within_one_group(act, judged):
    one, two = act(CommandLine="one", group="a"), act(CommandLine="two", group="b", order=1)
    assert not judged(one, two, **JOINED)


def test_examples_do_not_correlate(act, judged):
    one, two = act(CommandLine="one", role=Role.EXAMPLE), act(CommandLine="two", order=1)
    assert not judged(one, two, **JOINED)


def test_correlations_of_one_rule_do_not_see_the_parts_of_another(act, rule):
    other = {**JOINED, "acts": [runs("one", id="first", alone=False), runs("three", id="second", alone=False)]}
    judge = Judge([rule("some", **JOINED), rule("other", **other)])
    matches = judge.judge("live", [act(CommandLine="one"), act(CommandLine="two", order=1)], [])
    assert [match.rule.id for match in matches] == ["some"]


def test_evidence_is_bounded(act, judged):
    body = {
        "acts": [runs("x", alone=False)],
        "correlations": [
            {"id": "many", "type": "event_count", "rules": ["run"], "timespan": "1m", "condition": {"gte": 50}}
        ],
    }
    (match,) = judged(*(act(CommandLine="x", order=order) for order in range(60)), **body)
    assert len(match.evidence) == MAX_EVIDENCE


# Passages


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


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"acts": [runs("x", detection={"a": {"CommandLine|nope": "x"}, "condition": "a"})]},
            "made-up: run: a: modifier",
        ),
        (
            {"correlations": [{"id": "c", "type": "temporal", "rules": ["gone"], "timespan": "1m"}]},
            "no act part named 'gone'",
        ),
        ({"text": [says("nobody")]}, "made-up: said: condition"),
        ({"text": [{"id": "said", "patterns": {"a": [".*"]}}]}, "made-up: said: unbounded"),
    ],
)
def test_a_rule_that_does_not_compile_is_refused_by_part(rule, body, words):
    with pytest.raises(RuleError, match=words):
        Judge([rule(**body)])


def test_compile_parts_names_where_the_rule_came_from(rule):
    with pytest.raises(RuleError, match=r"^some/file\.yaml: said: condition"):
        compile_parts(rule(text=[says("nobody")]), "some/file.yaml")


def test_a_judge_keeps_no_state(act, rule, passage):
    judge = Judge([rule(text=[says()], **JOINED)])
    one, two = act(CommandLine="one"), act(CommandLine="two", order=1)
    assert not judge.judge("live", [one], [])
    assert not judge.judge("live", [two], [])
    assert len(judge.judge("live", [one, two], [passage("alpha")])) == 2


def test_bytes_are_judged_by_whoever_is_given(rule):
    assert not Judge([rule(text=[says()])]).reads_bytes
    assert Judge([rule(text=[says()])]).judge_bytes("f", b"x", seconds=1) == []
    judge = Judge([rule(text=[says()])], bytes_judge=lambda path, data, *, seconds: [(path, data, seconds)])
    assert judge.reads_bytes
    assert judge.judge_bytes("f", b"x", seconds=1) == [("f", b"x", 1)]


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
