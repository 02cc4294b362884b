"""Users' own YARA rules over the bytes of a skill's files."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.model import Confidence, LimitReachedError, PinfoldError, RuleError, Severity
from pinfold.rulebook.rule import MAX_EVIDENCE, YaraSource
from pinfold.rulebook.yara import MAX_SOURCE_BYTES, Yara, read_yara

SPADE = """
rule Garden_Spade : tools {
    meta:
        title = "A spade"
        description = "It digs up your lawn."
        severity = "critical"
        confidence = "low"
        fix = "Take it away."
        reference = "https://spades.example/"
    strings:
        $s = "spade" nocase
        $h = { 68 6f 65 }
    condition:
        any of them
}
"""


@pytest.fixture
def scan():
    """Compiles YARA text and judges bytes by it."""

    def judge(text, data, path="notes.md", **more):
        return Yara([YaraSource("own.yar", text)]).scan(path, data, **more)

    return judge


def test_a_rule_says_of_itself_what_its_meta_says():
    (rule,) = Yara([YaraSource("own.yar", SPADE)]).rules
    assert (rule.id, rule.title, rule.family) == ("Garden_Spade", "A spade", "yara")
    assert (rule.explain, rule.fix) == ("It digs up your lawn.", "Take it away.")
    assert (rule.severity, rule.confidence) == (Severity.CRITICAL, Confidence.LOW)
    assert rule.references == ("https://spades.example/",)


def test_a_rule_without_meta_is_of_medium_weight():
    (rule,) = Yara([YaraSource("own.yar", "rule bare { condition: true }")]).rules
    assert (rule.title, rule.explain) == ("bare", "bare")
    assert (rule.severity, rule.confidence) == (Severity.MEDIUM, Confidence.MEDIUM)


@pytest.mark.parametrize("severity", ["dire", 5, True])
def test_a_meta_that_means_nothing_to_us_does_no_harm(severity):
    value = f'"{severity}"' if isinstance(severity, str) else str(severity).lower()
    (rule,) = Yara([YaraSource("own.yar", f"rule bare {{ meta: severity = {value} condition: true }}")]).rules
    assert rule.severity is Severity.MEDIUM


def test_a_match_in_text_has_line_and_column(scan):
    (match,) = scan(SPADE, "Läuft.\nEin Spätzünder: SPADE und hoe\n".encode())
    assert (match.rule.id, match.part, match.severity) == ("Garden_Spade", "Garden_Spade", Severity.CRITICAL)
    first, second = match.evidence
    assert str(first.place) == "notes.md:2:17"
    assert (first.place.end_line, first.place.end_column) == (2, 22)
    assert first.excerpt[first.start : first.end] == "SPADE"
    assert first.note == "$s at byte 26"
    assert second.excerpt[second.start : second.end] == "hoe"


def test_a_match_in_bytes_has_an_offset(scan):
    (match,) = scan(SPADE, b"\x00\x01\xffspade\x00", "a.bin")
    (evidence,) = match.evidence
    assert (evidence.place.path, evidence.place.line) == ("a.bin", 0)
    assert (evidence.excerpt, evidence.note) == ("spade", "$s at byte 3")


def test_a_rule_without_strings_speaks_of_the_file(scan):
    (match,) = scan("rule small { condition: filesize < 10 }", b"x")
    assert str(match.evidence[0].place) == "notes.md"
    assert not scan("rule small { condition: filesize < 10 }", b"x" * 10)


def test_a_long_line_is_cut_around_the_match(scan):
    (match,) = scan(SPADE, b"x" * 5_000 + b"spade" + b"y" * 5_000)
    (evidence,) = match.evidence
    assert len(evidence.excerpt) <= 240
    assert evidence.excerpt[evidence.start : evidence.end] == "spade"


def test_few_of_many_matches_are_named(scan):
    (match,) = scan(SPADE, b"spade\n" * 1_000)
    assert [evidence.place.line for evidence in match.evidence] == list(range(1, MAX_EVIDENCE + 1))


def test_controls_are_not_shown(scan):
    (match,) = scan(SPADE, b"\x1b[31mspade\x07")
    assert match.evidence[0].excerpt.isprintable()


def test_files_may_use_the_same_names():
    sources = [
        YaraSource("a.yar", "rule one { condition: true }"),
        YaraSource("b.yar", "rule one { condition: false }"),
    ]
    yara = Yara(sources)
    assert [rule.id for rule in yara.rules] == ["one", "one"]
    assert len(yara.scan("f", b"")) == 1


def test_modules_that_yara_x_carries_can_be_used(scan):
    assert scan('import "hash" rule h { condition: hash.md5(0, filesize) == "9dd4e461268c8034f5c8564e155c67a6" }', b"x")


@pytest.mark.parametrize(
    ("text", "words", "hint"),
    [
        ('include "other.yar"\n', "include", "one file"),
        ('\nimport "nope"\nrule a { condition: nope.x }', "line 2: unknown module", "yara-x"),
        ("rule a { condition: $gone }", "own.yar: line 1", ""),
        ("rule a {", "own.yar", ""),
        ("rule a { strings: $a = /(/ condition: $a }", "unclosed group", ""),
        ("rule a { condition: true } rule a { condition: true }", "own.yar", ""),
    ],
)
def test_what_does_not_compile_is_refused_by_file_and_line(text, words, hint):
    with pytest.raises(RuleError) as caught:
        Yara([YaraSource("own.yar", text)])
    assert str(caught.value).startswith("own.yar: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert hint in caught.value.hint


def test_a_rule_that_takes_too_long_is_a_limit_reached(scan):
    slow = "rule slow { condition: for all i in (0..1000000000000) : (filesize + i >= 0) }"
    with pytest.raises(LimitReachedError, match=r"notes\.md: the YARA rules took longer than 1 s"):
        scan(slow, b"x", seconds=1)


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"\xff\xfe", "not UTF-8"), (b"#" * (MAX_SOURCE_BYTES + 1), "larger than"), (None, "No such file")],
)
def test_a_file_that_cannot_be_read_is_refused(tmp_path, data, words):
    path = tmp_path / "own.yar"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(RuleError, match=words):
        read_yara(path)


def test_a_file_is_read_with_or_without_a_mark(tmp_path):
    (tmp_path / "own.yar").write_bytes(b"\xef\xbb\xbf" + SPADE.encode())
    assert read_yara(tmp_path / "own.yar").text == SPADE


def test_without_yara_x_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "yara_x", None)
    with pytest.raises(PinfoldError, match="yara-x") as caught:
        Yara([YaraSource("own.yar", SPADE)])
    assert caught.value.hint == "pip install 'pinfold[yara]'"


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_any_bytes_are_judged(data, more):
    yara = Yara([YaraSource("own.yar", "rule b { strings: $a = /[\\x00-\\xff]{1,9}/ condition: $a }")])
    for match in yara.scan("f", data + more):
        for evidence in match.evidence:
            assert evidence.excerpt.isprintable()
            assert evidence.place.line >= 0


@given(st.text(max_size=80))
def test_any_text_is_compiled_or_refused(text):
    try:
        Yara([YaraSource("own.yar", text)])
    except RuleError as error:
        assert str(error).startswith("own.yar: ")
