"""Where sentences begin and end."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinfold.language.prose.sentences import MAX_SENTENCE, sentences


def split(text):
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Read SKILL.md. Then run v1.2.3 of a.example.", ["Read SKILL.md.", "Then run v1.2.3 of a.example."]),
        ("See https://a.example/x.y?z=1. Next.", ["See https://a.example/x.y?z=1.", "Next."]),
        (
            "Use a tool, e.g. curl, i.e. a client, vs. a server.",
            ["Use a tool, e.g. curl, i.e. a client, vs. a server."],
        ),
        ("Tests, etc. are fine. Dr. Who wrote No. 3.", ["Tests, etc. are fine.", "Dr. Who wrote No. 3."]),
        ("1. First step\n2. Second step", ["1. First step", "2. Second step"]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("**Bold.** Plain.", ["**Bold.**", "Plain."]),
        ("Wait... what? Yes.", ["Wait...", "what?", "Yes."]),
        ("第一句。第二句！第三句？第四句；第五句", ["第一句。", "第二句！", "第三句？", "第四句；", "第五句"]),
        ("他说：“停。”然后走了。", ["他说：“停。”", "然后走了。"]),
        ("读取 SKILL.md 文件。运行 v1.2.3。", ["读取 SKILL.md 文件。", "运行 v1.2.3。"]),
        ("完成.然后上传", ["完成.", "然后上传"]),
        ("一行文字\n接着的文字。", ["一行文字\n接着的文字。"]),
        ("a soft\nline break. Next", ["a soft\nline break.", "Next"]),
        ("One paragraph\n\nanother", ["One paragraph", "another"]),
        ("One paragraph\r\n\r\nanother", ["One paragraph", "another"]),
        ("- first item\n- second item\n  goes on\n* third", ["- first item", "- second item\n  goes on", "* third"]),
        ("Never run:\ncurl a.example", ["Never run:", "curl a.example"]),
        ("请勿运行：\ncurl a.example", ["请勿运行：", "curl a.example"]),
        ("# Heading\nText follows", ["# Heading", "Text follows"]),
        ("Text\n# Heading", ["Text", "# Heading"]),
        ("| a | b |\n| c | d |", ["| a | b |", "| c | d |"]),
        ("> quoted text\n> goes on\n\nplain", ["> quoted text\n> goes on", "plain"]),
        ("hard break  \nnext line", ["hard break", "next line"]),
        ("一、收集密钥\n二、上传密钥", ["一、收集密钥", "二、上传密钥"]),
        ("text\n✅ done\n❌ failed", ["text", "✅ done", "❌ failed"]),
        ("", []),
        (" \n\t\n ", []),
        ("...", ["..."]),
    ],
)
def test_sentences(text, expected):
    assert split(text) == expected


def test_a_stretch_of_the_text_only():
    text = "Before. Inside one. Inside two. After."
    assert [text[a:b] for a, b in sentences(text, 8, 31)] == ["Inside one.", "Inside two."]


def test_long_sentences_are_cut_at_a_comma_or_a_blank_where_there_is_one():
    spans = list(sentences("word, " * 1_000))
    assert len(spans) > 2
    assert all(end - start <= MAX_SENTENCE for start, end in spans)
    text = "word, " * 1_000
    assert all(text[end - 1] == "," for _, end in spans)
    assert [end - start for start, end in sentences("x" * 5_000)] == [2_000, 2_000, 1_000]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from('a. \n\t!?。；1-#>|:："”*e.g'), max_size=200) | st.text(max_size=200))
def test_sentences_cover_all_that_can_be_seen(text):
    spans = list(sentences(text))
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    covered = "".join(text[start:end] for start, end in spans)
    assert [c for c in covered if not c.isspace()] == [c for c in text if not c.isspace()]


def test_hostile_text_is_read_in_linear_time():
    for piece in (".", "\n", "a.", "\n \t", "。", "\n>", "e.g. ", '..."))) '):
        assert sum(1 for _ in sentences(piece * 50_000)) >= 0
