"""From rule files to the compiled rulebook."""

from __future__ import annotations

import zlib

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinfold.model import ActKind, Axis, Confidence, RuleError, Severity
from pinfold.rulebook.compile import (
    MAX_RULE_BYTES,
    build,
    compile_folder,
    documents,
    pack,
    read_indicators,
    read_rule,
    unpack,
    version_of,
)

RUN = {"id": "run", "kind": "exec", "detection": {"a": {"CommandLine|contains": "dig"}, "condition": "a"}}
SAID = {"id": "said", "patterns": {"a": ["alpha"]}}


def test_a_rule_is_read_with_its_defaults(read):
    rule = read(acts=[RUN])
    assert (rule.id, rule.family) == ("made-up", "family")
    assert (rule.severity, rule.confidence, rule.axis) == (Severity.HIGH, Confidence.HIGH, Axis.THREAT)
    assert rule.acts[0].kinds == (ActKind.EXEC,)
    assert rule.lenses == ("source", "live", "record")


def test_indicator_lists_are_written_out(read):
    detection = {
        "a": {"DestinationHostname|endswith|expand": ["%pools%", "own.example"]},
        "b": {"CommandLine|re": "^%pools%$"},
        "c": [{"QueryName|expand": "%pools%"}],
        "condition": "1 of them",
    }
    text = [{"id": "said", "patterns": {"a": ["at %pools%"], "b": "beta"}}]
    acts = [{"id": "run", "kind": "connect", "detection": detection}]
    rule = read({"pools": ("one.example", "Two.example")}, acts=acts, text=text)
    assert rule.acts[0].detection["a"] == {
        "DestinationHostname|endswith": ["one.example", "Two.example", "own.example"]
    }
    assert rule.acts[0].detection["b"] == {"CommandLine|re": [r"^(?:one\.example|two\.example)$"]}
    assert rule.acts[0].detection["c"] == [{"QueryName": ["one.example", "Two.example"]}]
    assert rule.text[0].patterns == {"a": (r"at (?:one\.example|two\.example)",), "b": ("beta",)}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "needs acts or text"),
        ({"acts": [RUN], "colour": "red"}, "unknown field `colour`"),
        ({"acts": [RUN], "severity": "dire"}, "severity"),
        ({"acts": [{**RUN, "kind": "think"}]}, "kind"),
        ({"acts": [{**RUN, "detection": {"a": {"X": "y"}}}]}, "needs a condition"),
        (
            {"acts": [{**RUN, "detection": {"a": {"X|expand": "%gone%"}, "condition": "a"}}]},
            "no indicator list named %gone%",
        ),
        (
            {"acts": [{**RUN, "detection": {"a": {"X|re": "%gone%"}, "condition": "a"}}]},
            "no indicator list named 'gone'",
        ),
        ({"acts": [{**RUN, "detection": {"a": {"X|re": "(?=x)"}, "condition": "a"}}]}, "run: a: X"),
        ({"acts": "many"}, "acts"),
        (
            {"acts": [RUN], "correlations": [{"id": "c", "type": "temporal", "rules": ["x"], "timespan": "1m"}]},
            "act part",
        ),
        ({"text": [{**SAID, "patterns": {"a": ["a.*b"]}}]}, "unbounded gap"),
        ({"text": [{**SAID, "patterns": {"a": ["("]}}]}, "made-up.yaml"),
        ({"text": [{**SAID, "condition": "b"}]}, "no selection named 'b'"),
        ({"text": [{**SAID, "roles": ["boss"]}]}, "roles"),
        ({"acts": [RUN, RUN]}, "two parts are named 'run'"),
        ({"acts": [RUN], "maps": {"nobody": ["X"]}}, "no framework named 'nobody'"),
        ({"acts": [RUN], "maps": {"attack": ["T9999"]}}, "has no 'T9999'"),
    ],
)
def test_a_rule_that_would_not_work_is_refused_by_file_and_key(read, body, words):
    with pytest.raises(RuleError) as caught:
        read(**body)
    assert words in str(caught.value)
    assert "made-up" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "just words",
        "id: other\n",
        "a: [",
        "a: &a [*a]\nid: made-up",
        "\x00",
        "!!python/object/apply:os.system [ls]",
        "id: made-up\nacts: 5",
        "id: made-up\nacts: [{detection: &d {a: *d}}]",
        "id: made-up\n---\nid: other",
    ],
)
def test_a_file_that_is_no_rule_is_refused(write_rule, text):
    with pytest.raises(RuleError, match=r"made-up\.yaml"):
        read_rule(write_rule(raw=text), {})


def test_a_file_that_is_too_large_is_not_read(write_rule):
    with pytest.raises(RuleError, match="larger than"):
        read_rule(write_rule(raw="#" * (MAX_RULE_BYTES + 1)), {})


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RuleError, match=r"gone\.yaml: No such file"):
        list(documents(tmp_path / "gone.yaml"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_are_a_rule_or_a_rule_error(tmp_path, data):
    path = tmp_path / "made-up.yaml"
    path.write_bytes(data)
    with pytest.raises(RuleError, match=r"made-up\.yaml"):
        read_rule(path, {})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("ab|%*", max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab|%", max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["acts", "text", "correlations", "maps"]), JSON)
def test_any_shape_is_a_rule_or_a_rule_error(read, key, value):
    try:
        read(**{"acts": [RUN], key: value})
    except RuleError as error:
        assert "made-up.yaml" in str(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.text("ab|%", max_size=4), JSON, max_size=3))
def test_any_detection_is_compiled_or_a_rule_error(read, detection):
    try:
        read(acts=[{**RUN, "detection": {**detection, "condition": "1 of them"}}])
    except RuleError as error:
        assert "made-up.yaml" in str(error)


def test_a_folder_is_read_whole_and_in_order(write_rule, tmp_path):
    write_rule("zebra", acts=[RUN])
    write_rule("ant", folder=tmp_path / "rules" / "other" / "deep", acts=[RUN])
    rules = compile_folder(tmp_path / "rules", {})
    assert [rule.id for rule in rules.rules] == ["ant", "zebra"]
    assert rules.version == version_of(rules.rules)


def test_two_rules_of_one_name_are_refused(write_rule, tmp_path):
    write_rule(acts=[RUN])
    write_rule(folder=tmp_path / "rules" / "other", acts=[RUN])
    with pytest.raises(RuleError, match="two rules are named 'made-up'"):
        compile_folder(tmp_path / "rules", {})


def test_the_version_follows_the_content(rule):
    one, other = rule(acts=[RUN]), rule(acts=[RUN], severity="low")
    assert version_of((one,)) == version_of((one,)) != version_of((other,))


def test_indicator_files_hold_one_list_a_document(tmp_path):
    (tmp_path / "some.yaml").write_text("name: a\nvalues: [x, 2]\n---\nname: b\nvalues: [y]\n", "utf-8")
    assert read_indicators(tmp_path) == {"a": ("x", "2"), "b": ("y",)}
    (tmp_path / "wrong.yaml").write_text("name: c\n", "utf-8")
    with pytest.raises(RuleError, match=r"wrong\.yaml: an indicator list needs"):
        read_indicators(tmp_path)


@pytest.mark.parametrize("text", ["values: [x]\n", "- x\n"])
def test_an_indicator_list_without_a_name_is_refused(tmp_path, text):
    (tmp_path / "wrong.yaml").write_text(text, "utf-8")
    with pytest.raises(RuleError, match=r"wrong\.yaml"):
        read_indicators(tmp_path)


def test_what_is_built_is_what_was_written(write_rule, tmp_path):
    write_rule(acts=[RUN], text=[SAID], maps={"attack": ["T1572"]})
    build(tmp_path / "rules", tmp_path / "rules.bin")
    data = (tmp_path / "rules.bin").read_bytes()
    assert unpack(data) == compile_folder(tmp_path / "rules", {})
    assert pack(unpack(data)) == data
    assert b"alpha" not in data  # other scanners do not mistake the rulebook for what it describes


@given(
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=200).map(zlib.compress),
        JSON.map(msgspec.msgpack.encode).map(zlib.compress),
    )
)
def test_damaged_rules_end_in_a_rule_error(data):
    with pytest.raises(RuleError):
        unpack(data)


@pytest.mark.parametrize("key", ["off", "on", "yes", "12"])
def test_a_key_that_yaml_takes_for_a_value_is_named(tmp_path, key):
    head = "id: odd\ntitle: t\nseverity: high\nexplain: e\nfix: f\nacts:\n- id: a\n  kind: exec\n"
    text = f"{head}  detection:\n    {key}:\n      Image: x\n    condition: {key}\n"
    (tmp_path / "odd.yaml").write_text(text, "utf-8")
    with pytest.raises(RuleError, match=r"odd\.yaml: a key is .* rather than text"):
        read_rule(tmp_path / "odd.yaml", {})
