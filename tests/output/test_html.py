from __future__ import annotations

import base64
import hashlib
import io
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinfold.model import Evidence, Place, Severity, Unread, Verdict
from pinfold.output import html as page
from pinfold.output.html_parts import shown
from pinfold.output.plain_words import CAPABILITIES, VERDICTS
from pinfold.output.renderer import Totals, renderer
from pinfold.output.terminal import visible

STYLE = (Path(page.__file__).parent / "html.css").read_text("utf-8")
VOID = {"meta"}
TAGS = {
    "a",
    "article",
    "body",
    "code",
    "dd",
    "dl",
    "dt",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "head",
    "html",
    "li",
    "main",
    "mark",
    "meta",
    "p",
    "pre",
    "section",
    "span",
    "strong",
    "style",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "title",
    "tr",
    "ul",
}
ATTRIBUTES = {"aria-labelledby", "charset", "class", "content", "href", "http-equiv", "id", "lang", "name", "scope"}
ANY_TEXT = st.text(st.characters(categories=None), max_size=60)
TRICKS = st.sampled_from(
    [
        "<script>alert(1)</script>",
        "</style><script>x</script>",
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='x",
        "&lt;b&gt;",
        "<!--",
        "-->",
        "]]>",
        "<a href=javascript:x>",
        "</pre></article></main>",
        "\u202egnp.exe",
        "\x1b[31m",
        "javascript:alert(1)",
        "</title><script>",
        "&#60;script&#62;",
        "<svg/onload=x>",
        "\x00<b>",
    ]
)


class Page(HTMLParser):
    """What a browser would make of a page, as far as the tests ask: elements, attributes, text, and the nesting."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.comments: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def handle_comment(self, data):
        self.comments.append(data)

    def unknown_decl(self, data):
        self.comments.append(data)

    def handle_pi(self, data):
        self.comments.append(data)


def read(text: str) -> Page:
    """Parse a page and hold it to what every page must keep to."""
    found = Page(text)
    assert {tag for tag, _ in found.elements} <= TAGS
    assert {name for _, attributes in found.elements for name in attributes} <= ATTRIBUTES
    assert found.comments == []
    names = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(set(names)) == len(names)
    for _, attributes in found.elements:
        if "href" in attributes:
            assert attributes["href"][0] == "#"
            assert attributes["href"][1:] in names
        if "class" in attributes:
            assert re.fullmatch(r"[a-z]+( [a-z]+)?", attributes["class"])
    return found


def test_a_scan(render, rogue, tame, matches_snapshot):
    text = render("html", tame, rogue, tame)
    read(text)
    matches_snapshot("scan.html", text)


def test_observed_material(render, rollout, matches_snapshot):
    text = render("html", rollout, subject="material")
    read(text)
    matches_snapshot("match.html", text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80)
@given(ANY_TEXT | TRICKS)
def test_no_text_becomes_anything_but_text(render, rogue, rollout, tunnel, text):
    def told(word):
        evidence = (Evidence(Place(word, 1, 1, layer=word), word, 0, len(word), note=word),)
        finding = msgspec.structs.replace(
            tunnel, title=word, message=word, fix=word, rule=word, evidence=evidence, fingerprint=word
        )
        hostile = msgspec.structs.replace(
            rogue,
            name=word,
            path=word,
            source=word,
            digest=word,
            hosts=(word,),
            declared=(word,),
            unread=(Unread(word, "limit", word),),
            findings=(finding, *rogue.findings[1:]),
            capabilities=(msgspec.structs.replace(rogue.capabilities[0], name=f"read:{word}"),),
            flows=(msgspec.structs.replace(rogue.flows[0], host=word, via=word, data=(word,)),),
        )
        observed = msgspec.structs.replace(rollout, path=word, findings=(finding,))
        return read(render("html", hostile, version=word)), read(render("html", observed, subject="material"))

    word = text or "q"
    for made, plain in zip(told(word), told("q"), strict=True):
        assert [tag for tag, _ in made.elements if tag not in ("mark",)] == [
            tag for tag, _ in plain.elements if tag not in ("mark",)
        ]
        assert visible(word) in "".join(made.texts)


@given(ANY_TEXT | TRICKS)
def test_text_is_escaped_and_visible(text):
    class Reader(HTMLParser):
        text = ""

        def handle_data(self, data):
            self.text += data

    reader = Reader(convert_charrefs=True)
    reader.feed(f"<p>{shown(text)}</p>")
    reader.close()
    assert reader.text == visible(text)
    assert not set(shown(text)) & set("<>\"'")


def test_the_policy_allows_the_one_style_and_nothing_else(render, rogue):
    text = render("html", rogue)
    (policy,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]+)">', text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert text.index("Content-Security-Policy") < text.index("<style>")
    assert "style=" not in text
    assert not re.search(r"@import|url\(|expression|</", style)


def test_nothing_is_loaded_and_no_link_leads_out(render, rogue, tame):
    text = render("html", rogue, tame, verbose=True)
    read(text)
    assert not re.search(r"<[^>]+(?:src|srcset|href|action|data|poster)\s*=\s*[\"']?[^#\"'\s]", text)


def test_the_summary_comes_first_in_plain_words(render, rogue, tame):
    found = read(render("html", tame, rogue, tame))
    text = "".join(found.texts)
    assert "1 must not be installed. 2 gave no reason for concern." in text
    assert text.index("must not be installed") < text.index("All at a glance") < text.index("Opens a way back in")


def test_headings_leave_no_level_out_and_the_language_is_told(render, rogue, tame):
    found = read(render("html", rogue, tame, verbose=True))
    levels = [int(tag[1]) for tag, _ in found.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert ("html", {"lang": "en"}) in found.elements
    heads = [attributes.get("scope") for tag, attributes in found.elements if tag == "th"]
    assert set(heads) == {"row", "col"}


def colours(part: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", part))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", range(3), ids=["light", "dark", "print"])
def test_everybody_can_read_it(scheme):
    schemes = [colours(part) for part in STYLE.split(":root {")[1:]]
    assert len(schemes) == 3
    used = schemes[scheme]
    assert set(used) == set(schemes[0])
    pairs = [("text", "page"), ("soft", "page"), ("text", "code"), ("mark-text", "mark")]
    pairs += [("on", str(verdict)) for verdict in Verdict]
    assert [pair for pair in pairs if contrast(used[pair[0]], used[pair[1]]) < 4.5] == []


def test_every_verdict_and_severity_has_a_colour_and_words():
    assert all(re.search(rf"\.{word}\b", STYLE) for word in (*Verdict, *Severity))
    assert list(VERDICTS) == list(Verdict)
    assert all(words.next_step.endswith(".") for words in VERDICTS.values())
    assert VERDICTS[Verdict.REVIEW].counted(1_200) == "1,200 need a person's look before they are used."
    assert set(CAPABILITIES) >= {"exec", "net", "read", "write", "env", "gpu", "spend", "tool"}


def test_the_same_reports_give_the_same_file(render, rogue, tame):
    def made(seconds):
        stream = io.StringIO()
        writer = renderer("html", stream, version="1", rulebook="2")
        totals = Totals(seconds=seconds)
        writer.report(rogue)
        totals.add(rogue)
        writer.end(totals)
        return stream.getvalue()

    assert made(0.1) == made(99.9)


@pytest.mark.parametrize(("encoding", "kept"), [("utf-8", True), ("latin-1", False), ("ascii", False)])
def test_a_stream_of_another_encoding_gets_references(rogue, encoding, kept):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    writer = renderer("html", stream)
    writer.report(rogue)
    writer.end(Totals())
    stream.flush()
    text = raw.getvalue().decode("utf-8")
    assert ("先运行" in text) is kept
    assert "先运行" in "".join(read(text).texts)


def test_long_lists_are_cut_and_say_so(render, rogue):
    many = tuple(Unread(f"file-{number}", "opaque") for number in range(60))
    report = msgspec.structs.replace(rogue, unread=many)
    text = "".join(read(render("html", report)).texts)
    assert "and 35 more" in text
    assert "file-59" not in text
    assert "file-59" in render("html", report, verbose=True)


def test_nothing_at_all(render):
    assert "There was nothing to scan." in "".join(read(render("html")).texts)
