from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pinfold.model import Unread
from pinfold.output.json import encode

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"


def closed(schema: object) -> object:
    """Return a schema that allows no key but those it names, so that a new key cannot go undocumented."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return {**inner, "additionalProperties": False} if "properties" in schema and "type" in schema else inner


def checked(text: str, name: str) -> dict:
    schema = closed(json.loads((SCHEMAS / name).read_text(encoding="utf-8")))
    Draft202012Validator.check_schema(schema)
    document = json.loads(text)
    errors = [f"{list(error.path)}: {error.message}" for error in Draft202012Validator(schema).iter_errors(document)]
    assert errors == []
    return document


def test_a_scan_follows_the_schema(render, rogue, tame):
    document = checked(render("json", rogue, tame), "report-1.json")
    assert document["schema"] == "pinfold.report/1"
    assert [skill["name"] for skill in document["skills"]] == [rogue.name, "tame"]
    assert document["summary"]["verdicts"] == {"block": 1, "incomplete": 0, "review": 0, "clean": 1}
    assert document["summary"]["findings"]["critical"] == 1
    assert document["summary"]["suppressed"] == 1
    assert document["summary"]["unread"] == 13


def test_a_finding_tells_everything(render, rogue):
    finding, suppressed = json.loads(render("json", rogue))["skills"][0]["findings"]
    assert finding["rule"] == "reverse-tunnel"
    assert finding["evidence"][0]["line"] == 12
    assert finding["evidence"][1]["layer"] == "base64"
    assert finding["maps"] == [
        {
            "framework": "attack",
            "version": "18.1",
            "ids": [{"id": "T1572", "title": "Protocol Tunneling"}, {"id": "T1090", "title": "Proxy"}],
        },
        {"framework": "asi", "version": "2026", "ids": [{"id": "ASI10", "title": "Rogue Agents"}]},
    ]
    assert finding["suppressed"] is None
    assert suppressed["suppressed"]["author"] == "Ann Lee"
    assert suppressed["evidence"][0]["step"] == 3


def test_a_match_follows_its_schema(render, rollout):
    document = checked(render("json", rollout, subject="material"), "match-1.json")
    assert document["material"][0]["judged"] == 1204
    assert document["material"][0]["complete"] is False


@pytest.mark.parametrize(("subject", "name"), [("skills", "report-1.json"), ("material", "match-1.json")])
def test_no_report_at_all_is_valid(render, subject, name):
    assert checked(render("json", subject=subject), name)[subject] == []


def test_the_order_of_keys_never_changes(render, rogue, matches_snapshot):
    matches_snapshot("scan.json", render("json", rogue))


def test_each_report_stands_on_its_own_line(render, rogue, tame):
    lines = render("json", rogue, tame).splitlines()
    assert len(lines) == 4
    assert json.loads(lines[2])["name"] == "tame"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(categories=None)))
def test_any_text_becomes_strict_ascii_json(render, tame, text):
    hostile = msgspec.structs.replace(tame, name=text, unread=(Unread(text, "damaged", text),))
    written = render("json", hostile)
    assert written.isascii()
    assert all(character.isprintable() or character == "\n" for character in written)
    read = msgspec.json.decode(written)  # stricter than the standard library: refuses lone surrogates
    if not any("\ud800" <= character <= "\udfff" for character in text):
        assert read["skills"][0]["name"] == text


def test_undecodable_bytes_of_a_file_name_are_spelled_out():
    assert encode("caf\udce9") == '"caf\\\\udce9"'
