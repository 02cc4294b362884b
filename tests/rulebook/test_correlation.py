"""Sigma correlations over the acts of one group."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import RuleError
from pinfold.rulebook.correlation import MAX_WINDOW, compile_correlation
from pinfold.rulebook.rule import Correlation


def correlation(**more):
    return compile_correlation(
        Correlation(**{"id": "it", "type": "event_count", "rules": ("a",), "timespan": "1m", **more}), where="test"
    )


@pytest.fixture
def hits(act):
    """Makes hits: ``hits("a@0", "b@70")`` is part a at second 0, then part b at 70; without ``@``, without time."""

    def make(*words, field="DestinationIp"):
        made = []
        for order, word in enumerate(words):
            part, _, rest = word.partition("@")
            seconds, _, value = rest.partition("=")
            time = float(seconds) if seconds else None
            made.append((part, act("connect", order=order, time=time, **({field: value} if value else {}))))
        return made

    return make


def orders(found):
    return [act.order for act in found]


def test_an_event_count_names_the_acts_of_the_first_span_that_reaches_it(hits):
    count = correlation(condition={"gte": 3})
    assert not count(hits("a@0", "a@10"))
    assert not count(hits("a@0", "a@50", "a@100"))  # never three within a minute
    assert orders(count(hits("a@0", "a@50", "a@100", "a@105"))) == [1, 2, 3]
    assert not count(hits("a@0", "b@1", "b@2"))  # other parts do not count


@pytest.mark.parametrize(("bound", "number"), [("gte", 2), ("gt", 1), ("eq", 2)])
def test_bounds(hits, bound, number):
    assert orders(correlation(condition={bound: number})(hits("a@0", "a@1"))) == [0, 1]


def test_a_span_ends_where_it_says(hits):
    count = correlation(condition={"gte": 2})
    assert count(hits("a@0", "a@60"))
    assert not count(hits("a@0", "a@60.5"))


@pytest.mark.parametrize(("timespan", "within"), [("90s", 90), ("2m", 120), ("1h", 3600), ("1d", 86400)])
def test_time_spans(hits, timespan, within):
    count = correlation(condition={"gte": 2}, timespan=timespan)
    assert count(hits("a@0", f"a@{within}"))
    assert not count(hits("a@0", f"a@{within + 1}"))


def test_order_stands_in_for_time(hits):
    assert orders(correlation(condition={"gte": 2})(hits("a", "b", "a"))) == [0, 2]


def test_a_value_count_counts_different_values_and_names_one_act_of_each(hits):
    count = correlation(type="value_count", condition={"field": "DestinationIp", "gte": 3})
    assert not count(hits("a@0=10.0.0.1", "a@1=10.0.0.1", "a@2=10.0.0.2"))
    assert not count(hits("a@0", "a@1", "a@2"))  # acts without the field have no value
    assert orders(count(hits("a@0=x", "a@1=X", "a@2=y", "a@3=z"))) == [1, 2, 3]  # the last of each


def test_a_flood_of_one_value_hides_no_other(hits):
    flooded = [word for number in range(5) for word in [f"a@0=10.0.0.{number}"] + ["a@0=10.0.0.0"] * (MAX_WINDOW + 1)]
    found = correlation(type="value_count", condition={"field": "DestinationIp", "gte": 5})(hits(*flooded))
    assert len(found) == 5


def test_group_by_keeps_groups_apart(hits):
    count = correlation(condition={"gte": 2}, group_by=("DestinationIp",))
    assert not count(hits("a@0=x", "a@1=y", "a@2=z"))
    assert orders(count(hits("a@0=x", "a@1=y", "a@2=x"))) == [0, 2]


def test_temporal_wants_all_parts_in_any_order(hits):
    both = correlation(type="temporal", rules=("a", "b"))
    assert orders(both(hits("b@0", "a@10"))) == [0, 1]
    assert not both(hits("b@0", "b@1"))
    assert not both(hits("b@0", "a@100"))
    assert not correlation(type="temporal", rules=("a", "a"))(hits("a@0"))
    assert correlation(type="temporal", rules=("a", "a"))(hits("a@0", "a@1"))


def test_temporal_ordered_wants_them_in_order_with_others_between(hits):
    steps = correlation(type="temporal_ordered", rules=("a", "b", "c"))
    assert not steps(hits("c@0", "b@1", "a@2"))
    assert orders(steps(hits("b@0", "a@1", "a@2", "b@3", "a@4", "c@5"))) == [1, 3, 5]
    assert not steps(hits("a@0", "b@1", "c@100"))


def test_an_ordered_sequence_may_start_again_after_the_span(hits):
    steps = correlation(type="temporal_ordered", rules=("a", "b"))
    assert orders(steps(hits("a@0", "a@100", "b@110"))) == [1, 2]


def test_a_flood_costs_a_bounded_window(act):
    flood = [("a", act("connect", order=order, DestinationIp=str(order))) for order in range(5 * MAX_WINDOW)]
    assert not correlation(type="temporal", rules=("a", "b"))(flood)
    assert len(correlation(condition={"gte": MAX_WINDOW})(flood)) == MAX_WINDOW


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"timespan": "soon"}, "timespan 'soon'"),
        ({"timespan": "5w"}, "timespan"),
        ({"timespan": "-5s"}, "timespan"),
        ({"condition": {}}, "one bound"),
        ({"condition": {"gte": 1, "lte": 2}}, "one bound"),
        ({"condition": {"neq": 1}}, "one bound"),
        ({"condition": {"gte": "five"}}, "one bound"),
        ({"condition": {"gte": MAX_WINDOW + 1}}, "never be reached"),
        ({"type": "value_count", "condition": {"gte": 2}}, "name of a field"),
    ],
)
def test_what_cannot_be_counted_is_refused(more, words):
    with pytest.raises(RuleError, match=words) as caught:
        correlation(**more)
    assert str(caught.value).startswith("test: ")


@given(
    st.sampled_from(["temporal", "temporal_ordered", "event_count"]),
    st.lists(
        st.tuples(st.sampled_from("abc"), st.none() | st.floats(allow_nan=True, allow_infinity=True)), max_size=20
    ),
)
def test_any_times_end_in_an_answer(act, kind, moments):
    made = [(part, act("connect", order=order, time=time)) for order, (part, time) in enumerate(moments)]
    condition = {"gte": 2} if kind == "event_count" else {}
    found = correlation(type=kind, rules=("a", "b"), condition=condition)(made)
    assert all(item in [hit[1] for hit in made] for item in found)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 200)), max_size=12))
def test_an_event_count_agrees_with_trying_every_span(act, moments):
    made = [
        (part, act("connect", order=order, time=float(time)))
        for order, (part, time) in enumerate(sorted(moments, key=lambda item: item[1]))
    ]
    times = [hit[1].time for hit in made if hit[0] == "a"]
    anywhere = any(sum(start <= time <= start + 60 for time in times) >= 3 for start in times)
    assert bool(correlation(condition={"gte": 3})(made)) is anywhere
