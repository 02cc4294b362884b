from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pinfold.model import Evidence, Place, Unread, Verdict
from pinfold.output import markdown
from pinfold.output.markdown import block, code, prose
from pinfold.output.terminal import visible

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ANY_TEXT = st.text(st.characters(categories=None), max_size=60)
MARKS = st.text(st.sampled_from("`|\\*_[]()<>!#&;~$@:/.\n\r ax-=+1"), max_size=30)
HOSTILE = [
    "`",
    "``` `",
    "a`b",
    "`` x",
    "|",
    "a | b\n| --- |",
    "\\",
    "\\`",
    "</code><script>alert(1)</script>",
    "[x](https://a.example)",
    "![x](https://a.example/p.png)",
    "<img src=x onerror=1>",
    "&lt;",
    "# head",
    "- item",
    "1. one",
    "---",
    "\n\n# head",
    "@team #1",
    "www.a.example https://a.example",
    "$`x`$",
    "~~x~~",
    "**x**",
    "<!--",
    "-->",
    "[^1]",
    "::error::x",
]


def inline(text: str) -> list[tuple[str, str]]:
    """Return what a reader of Markdown makes of a paragraph: kinds of pieces, and their text."""
    tokens = READER.parse(text)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"], text
    return [(child.type, child.content) for child in tokens[1].children or []]


@given(ANY_TEXT | MARKS | st.sampled_from(HOSTILE))
def test_a_code_span_shows_the_text_and_ends_where_we_end_it(text):
    shown = visible(text)
    expected = [("code_inline", shown)] if shown.strip() else [("text", "(blank)")]
    around = inline(f"x {code(text)} y")
    if shown.strip():
        assert around == [("text", "x "), *expected, ("text", " y")]
    else:
        assert around == [("text", "x (blank) y")]


@given(ANY_TEXT | MARKS | st.sampled_from(HOSTILE))
def test_prose_says_the_same_and_means_nothing(text):
    shown = visible(text)
    pieces = inline(f"x{prose(text)}x")
    assert {kind for kind, _ in pieces} <= {"text", "text_special"}
    assert "".join(content for _, content in pieces) == f"x{shown}x"


@given(st.lists(ANY_TEXT | MARKS | st.sampled_from(HOSTILE), min_size=1))
def test_a_block_holds_its_lines(texts):
    lines = [visible(text) for text in texts]
    (token,) = READER.parse(block(lines))
    assert (token.type, token.info) == ("fence", "text")
    assert token.content == "\n".join(lines) + "\n"


def test_a_scan(render, rogue, tame, matches_snapshot):
    matches_snapshot("scan.md", render("markdown", tame, rogue, tame))


def test_observed_material(render, rollout, matches_snapshot):
    matches_snapshot("match.md", render("markdown", rollout, subject="material"))


def test_the_worst_comes_first_and_the_summary_before_it(render, rogue, tame):
    text = render("markdown", tame, rogue)
    assert text.startswith("# Pinfold: 2 skills scanned\n")
    assert text.index("## Do not install") < text.index("### Block") < text.index("## Nothing found")


def test_time_and_order_of_the_scan_leave_no_trace(render, rogue, tame):
    assert "0.4" not in render("markdown", rogue, tame)


def structure(text: str) -> list[str]:
    """Return the kinds of all blocks and inline pieces; what is written in them left out."""
    kinds = []
    for token in READER.parse(text):
        kinds.append(token.type + token.tag)
        kinds += sorted({child.type for child in token.children or []} - {"text", "text_special"})
    return kinds


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(ANY_TEXT | MARKS | st.sampled_from(HOSTILE))
def test_no_text_changes_what_the_page_consists_of(render, rogue, tunnel, text):
    def told(word):
        evidence = (Evidence(Place(word, 1, 1, layer=word), word, 0, len(word), note=word),)
        finding = msgspec.structs.replace(tunnel, title=word, message=word, fix=word, evidence=evidence)
        return render(
            "markdown",
            msgspec.structs.replace(
                rogue,
                name=word,
                path=word,
                source=word,
                unread=(Unread(word, "limit", word),),
                findings=(finding, *rogue.findings[1:]),
                capabilities=(msgspec.structs.replace(rogue.capabilities[0], name=f"read:{word}"),),
                flows=(msgspec.structs.replace(rogue.flows[0], host=word, via=word, data=(word,)),),
            ),
        )

    # "q" stands for any harmless word; the blank text is told in other words, which changes nothing here
    word = text if visible(text).strip() else "q"
    assert structure(told(word)) == structure(told("q"))


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_nothing_is_lost_to_an_encoding(rogue, encoding):
    import io

    from pinfold.output.renderer import Totals, renderer

    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="\n")
    writer = renderer("markdown", stream)
    writer.report(rogue)
    writer.end(Totals())
    stream.flush()


def test_a_report_stays_below_what_code_hosts_take_and_tells_it(render, rogue, tame, monkeypatch):
    monkeypatch.setattr(markdown, "MAX_BYTES", 6_000)
    reviewed = msgspec.structs.replace(rogue, verdict=Verdict.REVIEW)
    text = render("markdown", *[tame] * 3, *[reviewed] * 5, rogue)
    assert len(text.encode()) < 6_200
    assert "### Block" in text, "the worst is kept"
    assert "**Left out, because the report would be too long: " in text
    assert " review" in text.rpartition("Left out")[2]
    assert "Left out" not in render("markdown", *[reviewed] * 5, verbose=True)


def test_further_findings_of_a_rule_are_folded(render, rogue, tunnel):
    many = tuple(msgspec.structs.replace(tunnel, fingerprint=str(number)) for number in range(10))
    text = render("markdown", msgspec.structs.replace(rogue, findings=many))
    assert text.count("#### Critical: Opens a way back in") == 2
    assert "8 more findings of this rule" in text
    assert text.count("**Means**") == 1


def test_a_clean_skill_takes_a_line_and_every_suppression_is_told(render, tame, rogue):
    assert "- `tame` in `skills/tame`\n" in render("markdown", tame)
    quiet = msgspec.structs.replace(tame, findings=rogue.findings[1:])
    assert "agreed with the network team (by Ann Lee, until 2027-01-01, pinfold.toml)" in render("markdown", quiet)
