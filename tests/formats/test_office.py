"""Text in the parts of Office documents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats.office import is_part, is_relations, links, part

W = 'xmlns:w="urn:w"'


def test_runs_are_joined():
    data = f"<w:document {W}><w:p><w:r><w:t>one </w:t></w:r><w:r><w:t>two</w:t></w:r></w:p></w:document>"
    assert part(data.encode()).text == "one two\n"


def test_hidden_text_is_kept_apart():
    data = (
        f"<w:d {W}><w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>hid</w:t></w:r>"
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>shown</w:t></w:r></w:p></w:d>'
    )
    found = part(data.encode())
    assert (found.text, found.hidden) == ("shown\n", "hid\n")


def test_links_that_leave_the_document():
    data = b"""<Relationships>
    <Relationship Type="urn:x/attachedTemplate" Target="https://a.example/t" TargetMode="External"/>
    <Relationship Type="urn:x/styles" Target="styles.xml"/></Relationships>"""
    assert links(data) == ["attachedTemplate https://a.example/t"]


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><a><t>&b;</t></a>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a><t>&b;</t></a>',
        b"<a><b></a>",
        b"",
    ],
)
def test_entities_and_damage_are_refused(data):
    found = part(data)
    assert found.trouble
    assert found.text == ""


PARTS = [
    "a.docx!/word/document.xml",
    "a.odt!/content.xml",
    "a.pptx!/ppt/slides/slide1.xml",
    "b/a.xlsx!/xl/sharedStrings.xml",
]


@pytest.mark.parametrize("path", PARTS)
def test_parts_with_text(path):
    assert is_part(path)


def test_other_members():
    assert not is_part("a.docx!/word/styles.xml")
    assert is_relations("a.docx!/word/_rels/document.xml.rels")


@given(st.binary(max_size=200))
def test_any_bytes_are_read(data):
    part(data)
    links(b"<a>" + data)
