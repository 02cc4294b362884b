"""Folding unifies what looks alike, hides nothing, and knows the way back."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.fold import fold

INVISIBLE = [
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\u2064",
    "\ufeff",
    "\xad",
    "\u180e",
    "\ufe00",
    "\ufe0f",
    "\U000e0001",
    "\U000e007f",
    "\ufffd",
    "\0",
    "\x1b",
    "\u202e",
]


def original(text: str, word: str) -> str:
    """Return what the first occurrence of ``word`` in the folded text was folded from."""
    folded = fold(text)
    at = folded.data.index(word.encode())
    start, end = folded.span(at, at + len(word.encode()))
    return text[start:end]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ignore ALL Instructions", "ignore all instructions"),
        ("ＩＧＮＯＲＥ　ａｌｌ", "ignore all"),
        ("ﬁnd the ﬂag", "find the flag"),
        ("İGNORE", "ignore"),
        ("Straße", "strasse"),
        ("Caf\u0065\u0301", "cafe\u0301".replace("e\u0301", "é")),
        ("𝐢𝐠𝐧𝐨𝐫𝐞 𝕒𝕝𝕝", "ignore all"),
        ("①②③", "123"),
        ("挖，矿！", "挖,矿!"),
        ("한국어", "한국어"),
        ("\u1112\u1161\u11ab", "한"),
        ("ｶﾞ", "ガ"),
        ("a\u2028b\x85c", "a b c"),
        ("a\r\nb\tc\n", "a\r\nb\tc\n"),
        ("a\U000e0049\U000e0067\U000e006e\U000e0020b", "aign b"),
    ],
)
def test_what_looks_alike_folds_alike(text, folded):
    assert fold(text).data.decode() == folded


@pytest.mark.parametrize("invisible", INVISIBLE)
def test_invisible_characters_do_not_split_a_word(invisible):
    assert fold(f"i{invisible}gnore").data == b"ignore"
    assert fold(f"挖{invisible}{invisible}矿").data == "挖矿".encode()
    assert original(f"do i{invisible}gnore{invisible} it", "ignore") == f"i{invisible}gnore"


def test_an_accent_after_an_invisible_character_still_composes():
    assert fold("e\u200b\u0301").data == "é".encode()


@pytest.mark.parametrize(
    ("text", "word", "behind"),
    [
        ("please IGNORE this", "ignore", "IGNORE"),
        ("好的 ＩＧＮＯＲＥ 好", "ignore", "ＩＧＮＯＲＥ"),
        ("a ﬁle", "file", "ﬁle"),
        ("a ﬁle", "il", "ﬁl"),
        ("xe\u0301y", "é", "e\u0301"),
        ("é\n" * 5000 + "NEEDLE\n", "needle", "NEEDLE"),
        ("é" * 5000 + "NEEDLE" + "é" * 5000, "needle", "NEEDLE"),
        ("x" * 9000 + "\u0301" * 9000 + "NEEDLE", "needle", "NEEDLE"),
        ("\0plain NEEDLE", "needle", "NEEDLE"),
        ("\u200b" * 9000 + "NEEDLE", "needle", "NEEDLE"),
    ],
)
def test_the_way_back(text, word, behind):
    assert original(text, word) == behind


def test_spans_are_cut_to_the_text():
    for text in ("abc", "äbc", "", "\u200b"):
        folded = fold(text)
        assert folded.span(-5, 500)[1] <= len(text)
        assert folded.span(500, 600) == (len(text), len(text))
        assert folded.span(0, 0)[0] == folded.span(0, 0)[1]


MIXED = st.text(
    st.one_of(
        st.sampled_from(list("abcXYZ 01\n\r\t。，ＡＢ가각힣\u1100\u1161\u11a8ﬁﬀİıſKǅΐ") + INVISIBLE),
        st.sampled_from(
            ["\u0301", "\u0323", "\u0307", "\u3099", "\uff9e", "\u09be", "\u0338", "\ufdfa", "\u0344", "\u0f73"]
        ),
        st.characters(),
    ),
    max_size=80,
)


@given(MIXED)
def test_every_span_covers_what_folds_to_it(text):
    folded = fold(text)
    for start in range(0, len(folded.data), 3):
        for end in (start + 1, start + 4, len(folded.data)):
            low, high = folded.span(start, end)
            assert 0 <= low < high <= len(text)
            assert folded.data[start:end] in fold(text[low:high]).data


@given(MIXED)
def test_spans_follow_one_another(text):
    folded = fold(text)
    spans = [folded.span(at, at + 1) for at in range(len(folded.data))]
    assert spans == sorted(spans)
    assert folded.span(0, len(folded.data)) == ((spans[0][0], spans[-1][1]) if spans else (len(text), len(text)))


@given(MIXED)
def test_newlines_stay_newlines(text):
    assert fold(text).data.count(b"\n") == text.count("\n")


@given(MIXED)
def test_lines_fold_by_themselves(text):
    assert fold(text).data == b"".join(fold(line + "\n").data for line in text.split("\n"))[:-1]


@given(st.text(st.characters(max_codepoint=127)))
def test_ascii_keeps_its_places(text):
    folded = fold(text)
    assert (
        folded.data
        == "".join(each for each in text.lower() if each >= " " or each in "\t\n\v\f\r").replace("\x7f", "").encode()
    )


def test_every_character_folds_to_something_visible_and_normal():
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        text = fold(character).data.decode()
        assert not any(each in INVISIBLE for each in text)
        if character.isalnum() and character != "İ" and 0xFF9F < code < 0xD800:
            assert unicodedata.normalize("NFKC", text) == unicodedata.normalize("NFKC", character.casefold())


@pytest.mark.parametrize(
    "text",
    [
        "\u0301\u0323" * 500_000,
        ("\u0301" * 5_000 + "\u0323" * 5_000) * 50,
        "\u1112\u1161\u11ab" * 300_000,
        "\ufdfa" * 300_000,
        "\u200b" * 1_000_000,
        "挖矿，" * 300_000,
        "a\u0301\n" * 300_000,
    ],
    ids=["marks", "unsorted-marks", "hangul", "ligature", "invisible", "one-line", "short-lines"],
)
def test_hostile_text_takes_linear_time(text):
    began = time.perf_counter()
    folded = fold(text)
    folded.span(len(folded.data) // 2, len(folded.data) // 2 + 10)
    assert time.perf_counter() - began < 5  # a fraction of a second; quadratic work would take minutes


def test_every_pair_that_composes_is_one_place():
    """Newer Unicode versions bring new pairs; this finds the second halves that ``fold`` does not know yet."""
    for code in range(sys.maxunicode + 1):
        pair = unicodedata.normalize("NFD", chr(code))
        if len(pair) == 2 and unicodedata.normalize("NFC", pair) == chr(code):
            assert fold(f"ä{pair}ä").span(2, 3)[1] == 3, hex(code)
