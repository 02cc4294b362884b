from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats.spans import MAX_DEPTH, Value, read_json, read_toml, read_yaml


def plain(value: Value | None) -> object:
    """Return a value as plain Python objects, words as text."""
    if value is None or value.kind in ("string", "word"):
        return value and value.text
    if value.kind == "array":
        return [plain(item) for item in value.items]
    return {key: plain(item) for key, item in value.members}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": [1, "b", true, {"c": null}]}', {"a": ["1", "b", "true", {"c": "null"}]}),
        ('// note\n{ /* x */ "a": 1, }', {"a": "1"}),
        ("{a: 'it', 'b': [1,2,],}", {"a": "it", "b": ["1", "2"]}),
        ('\ufeff{"u": "\\u6316\\ud83d\\ude00\\n\\/"}', {"u": "挖😀\n/"}),
        ('{"a": "http://x.example/*no comment*/"}', {"a": "http://x.example/*no comment*/"}),
        ('{"a": "cut off', {"a": "cut off"}),
        ('{"a": {"b": 1', {"a": {"b": "1"}}),
        ('{"a": 1 "b": 2}', {"a": "1", "b": "2"}),
        ("[] {}", []),
        ("just words", None),
        ("", None),
        ("/* never closed {", None),
    ],
)
def test_lenient_json(text, expected):
    assert plain(read_json(text)) == expected


def test_repeated_keys_are_all_kept():
    value = read_json('{"a": 1, "a": 2}')
    assert [found.text for found in value.each("a")] == ["1", "2"]


def test_spans_point_at_the_text_between_the_quotes():
    text = '{"命令": "echo \\"hi\\"", "n": 12}'
    value = read_json(text)
    (command,) = value.each("命令")
    assert text[command.start : command.end] == 'echo \\"hi\\"'
    assert command.text == 'echo "hi"'
    (number,) = value.each("n")
    assert text[number.start : number.end] == "12"
    assert (value.start, value.end) == (0, len(text))


@pytest.mark.parametrize("unit", ["[", '{"a":', "/*", '"', '"\\', "'", "//", "{'"])
def test_hostile_repetition_ends(unit):
    value = read_json(unit * 50_000)
    assert value is None or isinstance(value, Value)


def test_what_lies_too_deep_is_passed_over():
    deep = "[" * (MAX_DEPTH + 50) + '"hidden"' + "]" * (MAX_DEPTH + 50)
    value = read_json('{"a": ' + deep + ', "b": "seen"}')
    assert [found.text for found in value.each("b")] == ["seen"]
    assert "hidden" not in [found.text for _, found in value.walk()]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


def words(value: object) -> object:
    if isinstance(value, dict):
        return {key: words(item) for key, item in value.items()}
    if isinstance(value, list):
        return [words(item) for item in value]
    return value if isinstance(value, str) else json.dumps(value)


@given(st.lists(JSON) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON), st.booleans())
def test_real_json_is_read_as_it_is(value, ascii_only):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=1)
    assert plain(read_json(text)) == words(value)


@given(st.text(st.sampled_from("{}[]:,\"'/*\\ \nab1u-&!#|>%@`") | st.characters(categories=None)))
def test_any_text_is_read_without_an_error(text):
    for read in (read_json, read_yaml, read_toml):
        value = read(text)
        if value is not None:
            for _, found in value.walk():
                assert 0 <= found.start <= len(text)
                assert found.end <= len(text)


def test_yaml_keeps_places():
    text = 'hooks:\n  - command: "echo 挖"\n    run: |\n      one\n      two\n  - command: plain words # note\n'
    value = read_yaml("# 注释\n" + text, 0)
    text = "# 注释\n" + text
    (hooks,) = value.each("hooks")
    commands = [found for item in hooks.items for found in item.each("command")]
    assert [text[found.start : found.end] for found in commands] == ["echo 挖", "plain words"]
    (run,) = hooks.items[0].each("run")
    assert run.text == "one\ntwo\n"


def test_yaml_aliases_and_merges():
    text = "base: &b {command: run me}\none:\n  <<: *b\n  x: 1\ntwo: *b\n"
    assert plain(read_yaml(text)) == {
        "base": {"command": "run me"},
        "one": {"command": "run me", "x": "1"},
        "two": {"command": "run me"},
    }


@pytest.mark.parametrize(
    "text",
    [
        "a: b: c",
        "[" * 200_000,
        "- " * 50_000,
        "a: &a [x,x]\n"
        + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(9)),
        "!!python/object:os.system {}: [",
        "\x00",
    ],
)
def test_malformed_or_endless_yaml_is_refused(text):
    assert read_yaml(text) is None


def test_an_alias_of_itself_ends():
    assert plain(read_yaml("&a [*a, x]")) == ["", "x"]


def test_toml_finds_its_strings_in_order():
    text = 'a = "npx"\n[s.one]\ncommand = "npx"\nargs = ["-y", "x"]\non = true\n'
    value = read_toml(text)
    (first,) = value.each("a")
    (one,) = next(value.each("s")).each("one")
    (second,) = one.each("command")
    assert first.start < text.index("[s.one]") < second.start
    assert text[second.start : second.end] == "npx"
    assert [found.text for found in one.each("on")] == ["true"]


@pytest.mark.parametrize("text", ["a = ", "a = " + "[" * 100_000, ".".join(["a"] * 100_000) + " = 1"])
def test_malformed_or_endless_toml_is_refused(text):
    assert read_toml(text) is None
