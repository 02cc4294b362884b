from __future__ import annotations

import argparse
import io
import json
import sys

import pytest

from pinfold.cli.reporting import (
    add_output_options,
    load_rules,
    note,
    open_cache,
    open_output,
    open_renderer,
    rule_info,
)
from pinfold.model import RuleError, UsageError
from pinfold.output.renderer import Totals
from pinfold.rulebook import load


@pytest.fixture
def options():
    """Parse output options."""

    def options(*words):
        parser = argparse.ArgumentParser()
        add_output_options(parser)
        arguments = parser.parse_args(list(words))
        arguments.no_color = False
        return arguments

    return options


def test_text_goes_to_standard_output_unless_told_otherwise(options):
    arguments = options()
    assert (arguments.format, arguments.output, arguments.rules, arguments.verbose) == ("text", None, [], False)
    assert open_output(None) is sys.stdout


def test_a_file_is_written_as_utf_8(tmp_path):
    with open_output(tmp_path / "out.txt") as stream:
        stream.write("挖矿\n")
    assert (tmp_path / "out.txt").read_bytes() == "挖矿\n".encode()


@pytest.mark.parametrize("place", ["missing/out.txt", "."])
def test_a_file_that_cannot_be_written_is_a_usage_error(tmp_path, place):
    with pytest.raises(UsageError, match=str(tmp_path)) as caught:
        open_output(tmp_path / place)
    assert caught.value.hint


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "no_color", "variable", "colored"),
    [
        (Terminal, False, "", True),
        (Terminal, True, "", False),
        (Terminal, False, "1", False),
        (io.StringIO, False, "", False),
    ],
)
def test_colour_is_for_terminals_whose_owner_wants_it(options, monkeypatch, stream, no_color, variable, colored):
    monkeypatch.setenv("NO_COLOR", variable)
    arguments = options()
    arguments.no_color = no_color
    out = stream()
    renderer = open_renderer(arguments, out, load_rules([], open_cache(wanted=True)), "skills")
    renderer.begin()
    totals = Totals(skills=1)
    totals.verdicts = {"block": 1}
    renderer.end(totals)
    assert ("\x1b[" in out.getvalue()) is colored


def test_a_report_names_version_and_rulebook(options):
    rules = load_rules([], open_cache(wanted=True))
    out = io.StringIO()
    renderer = open_renderer(options("--format", "json"), out, rules, "skills")
    renderer.begin()
    renderer.end(Totals(rules=len(rules.rules)))
    head = json.loads(out.getvalue())
    assert head["rulebook"] == rules.version
    assert head["pinfold"]


def test_what_is_said_of_a_rule_names_frameworks_with_their_versions():
    for rule in load(open_cache(wanted=True)).rules:
        said = rule_info(rule)
        assert (said.id, said.title, said.explain, said.fix) == (rule.id, rule.title, rule.explain, rule.fix)
        assert said.maps
        assert all(one.version and one.id for one in said.maps)


def test_a_cache_that_is_not_wanted_keeps_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("PINFOLD_CACHE", str(tmp_path / "cache"))
    forgetful = open_cache(wanted=False)
    forgetful.put("x", b"y")
    assert forgetful.get("x") is None
    assert not (tmp_path / "cache").exists()
    kept = open_cache(wanted=True)
    kept.put("x", b"y")
    assert open_cache(wanted=True).get("x") == b"y"
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


def test_rules_of_ones_own_stand_beside_ours(tmp_path):
    ours = load_rules([], open_cache(wanted=True))
    (tmp_path / "mine.yaml").write_text(
        "id: mine\ntitle: Mine\nseverity: low\nexplain: It is mine.\nfix: Ask me.\n"
        "text: [{id: said, patterns: {word: ['amber phrase']}}]\n"
    )
    both = load_rules([tmp_path], open_cache(wanted=True))
    assert {rule.id for rule in both.rules} == {rule.id for rule in ours.rules} | {"mine"}
    assert both.version != ours.version


def test_a_folder_of_rules_must_exist(tmp_path):
    with pytest.raises(RuleError, match="missing"):
        load_rules([tmp_path / "missing"], open_cache(wanted=True))


def test_a_note_is_one_harmless_line_on_standard_error(capsys):
    note("the file \x1b[2Jx\n\u202ey is passed over")
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("note: the file ")
    assert shown.err.count("\n") == 1
    assert shown.err.strip().isprintable()
