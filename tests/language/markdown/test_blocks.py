"""Markdown falls into blocks that know what they stand under and what introduces them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.markdown.blocks import MAX_BLOCKS, blocks


def outline(text):
    return [(block.kind, text[block.start : block.end].strip()) for block in blocks(text).blocks]


def fences(text):
    return [
        (block.language, text[block.start : block.end], block.closed)
        for block in blocks(text).blocks
        if block.kind == "fence"
    ]


def above(text, word):
    """Return the headings above the block that holds ``word``."""
    found = blocks(text)
    return [
        text[found.blocks[each].start : found.blocks[each].end] for each in found.headings(found.at(text.index(word)))
    ]


def introduced_by(text, word):
    found = blocks(text)
    return [text[found.blocks[each].start : found.blocks[each].end] for each in found.leads(found.at(text.index(word)))]


def test_the_kinds_of_blocks():
    text = "---\nname: x\n---\n# Title\n\nSome\nprose.\n\n- one\n- two\n\n"
    text += "| a | b |\n|---|---|\n| c | d |\n\n```sh\nrun\n```\n"
    assert outline(text) == [
        ("front-matter", "name: x"),
        ("heading", "Title"),
        ("paragraph", "Some\nprose."),
        ("item", "one"),
        ("item", "two"),
        ("row", "| a | b |"),
        ("row", "| c | d |"),
        ("fence", "run"),
    ]


@pytest.mark.parametrize("start", ["---\n", "\ufeff---\n", "---  \r\n"])
def test_front_matter_stands_at_the_very_start(start):
    assert blocks(f"{start}a: b\n---\ntext").blocks[0].kind == "front-matter"


@pytest.mark.parametrize("text", ["\n---\na: b\n---\n", "---\na: b\n", "--- x\na: b\n---\n"])
def test_what_is_no_front_matter(text):
    assert "front-matter" not in {block.kind for block in blocks(text).blocks}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```bash\na\n```\nb\n", [("bash", "a\n", True)]),
        ("~~~~ Python {.x}\na\n~~~\nb\n~~~~\n", [("python", "a\n~~~\nb\n", True)]),
        ("```{.sh}\na\n```\n", [("sh", "a\n", True)]),
        ("````md\n```sh\na\n```\n````\n", [("md", "```sh\na\n```\n", True)]),
        ("```\n~~~\n```\n", [("", "~~~\n", True)]),
        ("```a`b\ntext\n", []),
        ("   ```\na\n   ```  \nb", [("", "a\n", True)]),
        ("```\na\n    ```\nb\n", [("", "a\n    ```\nb\n", False)]),
        ("```sh\na", [("sh", "a", False)]),
        ("```sh", [("sh", "", False)]),
        ("```\r\na\r\n```\r\nb", [("", "a\r\n", True)]),
        ("```sh\n```", [("sh", "", True)]),
        ("```\na\n``` x\n```\n", [("", "a\n``` x\n", True)]),
        ("- x\n  ```sh\n  a\n  ```\n- y\n", [("sh", "  a\n", True)]),
        ("1. ```sh\n   a\n   ```\nb", [("sh", "   a\n", True)]),
        ("- x\n  ```sh\n  a\nb\n", [("sh", "  a\n", False)]),
        ("> ```sh\n> a\n> ```\nb", [("sh", "> a\n", True)]),
        ("> ```sh\n> a\nb\n", [("sh", "> a\n", False)]),
        ("> - x\n>   ```\n>   a\n>   ```\n", [("", ">   a\n", True)]),
        ("text\n\n    a\n\n    b\n\ntext\n", [("", "a\n\n    b", True)]),
        ("text\n    not code\n", []),
        ("- x\n\n      a\n", [("", "a", True)]),
        ("<!--\n```text\nx\n-->\nrun\n", [("text", "x\n", False)]),
    ],
)
def test_fences(text, found):
    assert fences(text) == found


@pytest.mark.parametrize(
    ("text", "comments"),
    [
        ("a <!-- b --> c", [" b "]),
        ("<!-- a\nb -->\n<!-- c -->", [" a\nb ", " c "]),
        ("<!-- never closed\n\n```sh\nrun\n", [" never closed\n\n```sh\nrun\n"]),
        ("amid <!-- never closed", []),
        ("`<!--` is shown --> <!-- x -->", [" x "]),
        ("```\n<!-- a -->\n```\n", []),
        ("<!-->a-->", [""]),
    ],
)
def test_comments(text, comments):
    assert [text[start:end] for start, end in blocks(text).comments] == comments


def test_headings_stand_in_one_another():
    text = "# A\n## B\n#### C\nc\n## D\nd\n\nE\n===\ne\n\nF\n---\nf\n"
    assert above(text, "c\n") == ["A", "B", "C"]
    assert above(text, "d\n") == ["A", "D"]
    assert above(text, "e\n") == ["E"]
    assert above(text, "f\n") == ["E", "F"]


def test_what_introduces_a_list():
    text = "Never do:\n\n- one\n- two\n  ```\n  code\n  ```\n- three\n  1. inner\n  2. second\n- four\n"
    for word in ("one", "two", "three", "four"):
        assert introduced_by(text, word) == ["Never do:"]
    assert introduced_by(text, "code") == ["two", "Never do:"]
    assert introduced_by(text, "second") == ["three", "Never do:"]


def test_what_introduces_a_fence_or_a_table():
    assert introduced_by("Run:\n\n```sh\na\n```\n\n```sh\nb\n```\n", "b\n") == ["Run:"]
    assert introduced_by("Wrong:\n```\na\n```\nRight:\n```\nb\n```\n", "b\n") == ["Right:"]
    assert introduced_by("Never:\n\n| bad | why |\n|---|---|\n| x | y |\n", "x") == ["| bad | why |", "Never:"]
    assert introduced_by("bad | why\n--- | ---\nx | y\n", "x") == ["bad | why"]


@pytest.mark.parametrize("between", ["# Heading\n", "---\n"])
def test_a_heading_or_a_rule_ends_what_was_introduced(between):
    assert introduced_by(f"Never do this:\n\n{between}\n- run\n", "run") == []


@pytest.mark.parametrize("marker", ["-", "*", "+", "1.", "2)", "1、", "（一）", "•"])
def test_markers_of_items(marker):
    assert outline(f"{marker} text\n") == [("item", "text")]


MARKS = st.lists(
    st.sampled_from(
        [
            "```",
            "~~~~",
            "`",
            "sh\n",
            "\n",
            "\n\n",
            "> ",
            "- ",
            "1. ",
            "    ",
            "\t",
            "# ",
            "<!--",
            "-->",
            "---\n",
            "| a |",
            "a",
            "：",
            "\r\n",
            "===",
        ]
    ),
    max_size=60,
).map("".join)


@given(MARKS)
def test_blocks_are_in_order_and_within_the_text(text):
    found = blocks(text)
    at = 0
    for index, block in enumerate(found.blocks):
        assert at <= block.start <= block.end <= len(text)
        at = block.end
        assert block.heading < len(found.blocks)
        assert block.lead < index
        assert len(found.headings(index)) <= 6
        assert found.blocks[found.at(block.start)].start == block.start
    assert all(start <= end <= len(text) for start, end in found.comments)


@given(MARKS)
def test_no_word_is_lost(text):
    """Every letter stands in a block, but for the word that opens a fence."""
    found = blocks(text)
    covered = {at for block in found.blocks for at in range(block.start, block.end)}
    for at, character in enumerate(text):
        if character == "a" and at not in covered:
            line = text[text.rfind("\n", 0, at) + 1 : at]
            assert "```" in line or "~~~" in line


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 100_000,
        "a\n" * 1_000_000,
        "a" * 50_000_000,
        ">" * 10_000_000 + "a",
        "- " * 3_000_000,
        "- a\n" * 500_000,
        "```\n" * 1_000_000,
        "`" * 100_000,
        "<!--" * 2_000_000,
        "`<!--" * 2_000_000,
        "x<!--\n" * 300_000,
        "".join(" " * (number % 300) + "- a:\n" for number in range(20_000)),
        "> ```\n> a\nb\n" * 100_000,
        "| a |\n" * 300_000,
    ],
    ids=range(14),
)
def test_hostile_text_takes_linear_time(text):
    began = time.perf_counter()
    assert len(blocks(text).blocks) <= MAX_BLOCKS + 9
    assert time.perf_counter() - began < 10  # most take a fraction of a second; quadratic work would take hours
