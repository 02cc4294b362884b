"""What the model sees of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.fold import fold
from pinfold.language.likeness.grams import BUCKETS, MAX_SENTENCE, grams, paragraphs, readable


def read(text):
    return readable(fold(text).data)


def words(text):
    return {shown for _, shown in grams(read(text))}


def split(text):
    whole = read(text)
    return [[whole[start:end] for start, end in sentences] for sentences in paragraphs(whole)]


def test_words_and_pairs_of_words_are_features():
    assert words("Send the key") == {"send", "send the", "the", "the key", "key"}


def test_endings_addresses_paths_and_numbers_are_levelled():
    assert {place for place, _ in grams("sending")} == {place for place, _ in grams("send")}
    assert {place for place, _ in grams("https://a.example/x")} == {place for place, _ in grams("https://b.invalid")}
    assert {place for place, _ in grams("~/.ssh/id_rsa 22")} == {place for place, _ in grams("/etc/passwd 7")}


def test_which_host_or_file_it_is_says_nothing():
    assert {place for place, _ in grams("to a.example")} == {place for place, _ in grams("to collector.invalid")}


def test_chinese_is_read_in_simplified_runs_of_up_to_three():
    assert words("不要") == {"不", "要", "不要"}
    assert {place for place, _ in grams(read("傳送資料"))} == {place for place, _ in grams(read("传送资料"))}


def test_a_word_said_twice_says_no_more():
    assert len(list(grams("address address address address"))) == len(list(grams("address address address")))


def test_sentences_of_a_list_stand_in_one_paragraph_and_code_is_left_out():
    text = "One. Two!\n\n- three\n- four\n\n```bash\nrm x\n```\n\n```text\nfive\n```\n"
    assert split(text) == [["one.", "two!"], ["- three", "- four"], ["five"]]


def test_chinese_sentences_end_at_their_own_stops():
    assert split("先读取。然后上传！完成") == [["先读取。", "然后上传!", "完成"]]


def test_lines_far_from_a_promising_one_are_not_split():
    text = "\n".join(f"line {number}" for number in range(20))
    near = [
        text[start:end] for sentences in paragraphs(text, lambda line: line == "line 7") for start, end in sentences
    ]
    assert near == ["line 6", "line 7", "line 8"]


@pytest.mark.parametrize("unit", ["a", ".", "。", "```", "/.", " \n"])
def test_odd_texts_are_read_in_pieces(unit):
    text = unit * 50_000
    spans = [span for sentences in paragraphs(text) for span in sentences]
    assert all(end - start <= MAX_SENTENCE for start, end in spans)


@given(st.text(max_size=400))
def test_any_text_has_features_within_the_table_and_sentences_in_order(text):
    whole = read(text)
    spans = [span for sentences in paragraphs(whole) for span in sentences]
    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(whole) for start, end in spans)
    assert all(0 <= place < BUCKETS for place, _ in grams(whole))
