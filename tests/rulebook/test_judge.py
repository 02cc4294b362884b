"""Rules against acts and passages: the one code path of all lenses."""

from __future__ import annotations

import pytest

from pinfold.model import Certainty, Confidence, Place, Role, RuleError, Severity
from pinfold.rulebook import Judge
from pinfold.rulebook.judge import compile_parts
from pinfold.rulebook.rule import MAX_EVIDENCE


def runs(word, **more):
    return {"id": "run", "kind": "exec", "detection": {"a": {"CommandLine|contains": word}, "condition": "a"}, **more}


def says(condition="1 of them", within=12, **more):
    patterns = {"a": ["alpha"], "b": ["beta"], "c": ["gamma"]}
    return {"id": "said", "patterns": patterns, "condition": condition, "within": within, **more}


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
