"""The documentation is true: what its pages show is run, and what they list is compared with the code."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import re
import shlex
import shutil
import tomllib
from pathlib import Path

import msgspec
import pytest
from jsonschema import Draft202012Validator

from pinfold.cli import main as door
from pinfold.formats import chat, events
from pinfold.model import ActKind, Level, Limits, Profile, Resources, Role, Severity, Unread
from pinfold.rulebook.detection import values_of
from pinfold.rulebook.logsource import CATEGORIES, EVERYWHERE, OUR_FIELDS, SIGMA_FIELDS
from pinfold.rulebook.rule import ActPart, Correlation, Rule, Wording
from pinfold.scan.configuration import ScanTable, configuration

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [*sorted(DOCS.glob("*.md")), *sorted(ROOT.glob("*.md"))]
FILE = re.compile(r"<!-- file: (\S+) -->\n(`{3,})\w+\n(.*?)\2", re.DOTALL)
SECONDS = re.compile(r"\d+\.\d\d s$")
PROGRAM = b"\x7fELF" + bytes(60)


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def tables(text: str) -> list[list[list[str]]]:
    """Return the tables of a page as rows of cells, without their heads."""
    found = re.findall(r"(?:^\|.*\|\n)+", text + "\n", re.MULTILINE)
    cells = [[re.split(r"(?<!\\)\|", row)[1:-1] for row in table.splitlines()[2:]] for table in found]
    return [[[cell.strip() for cell in row] for row in rows] for rows in cells]


def unpack(text: str, folder: Path) -> None:
    """Write the files that a page shows."""
    for name, _fence, content in FILE.findall(text):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, "utf-8")


def assert_shown(sample: str, output: str) -> None:
    """Every part of a sample between two ellipses stands in the output, in order; times differ."""
    shown, real = (SECONDS.sub("", text.rstrip()).rstrip() for text in (sample, output))
    at = 0
    for number, part in enumerate(re.split(r"^…$", shown, flags=re.MULTILINE)):
        found = real.find(part.strip("\n"), at)
        assert found >= 0, part
        assert number or found == 0
        at = found + len(part.strip("\n"))
    assert at == len(real)


# Samples


def test_the_readme_shows_the_report_on_the_examples(run_cli):
    (sample,) = [block for block in blocks((ROOT / "README.md").read_text("utf-8"), "") if block.startswith("block ")]
    done = run_cli("scan", "examples/rogue-skill", "examples/tame-skill", cwd=ROOT)
    assert_shown(sample, done.stdout)


def test_reading_results_explains_a_real_report(run_cli, tmp_path):
    text = page("reading-results")
    unpack(text, tmp_path)
    (tmp_path / "remote-help" / "bin").mkdir()
    (tmp_path / "remote-help" / "bin" / "agent").write_bytes(PROGRAM)
    done = run_cli("scan", "remote-help", cwd=tmp_path)
    assert_shown(blocks(text, "text")[0], done.stdout)


def test_least_privilege_shows_a_real_profile(run_cli, tmp_path):
    text = page("least-privilege")
    unpack(text, tmp_path)
    done = run_cli("profile", "from-skill", "weather-report", cwd=tmp_path)
    assert done.returncode == 0
    assert_shown(blocks(text, "toml")[0], done.stdout)
    assert blocks(text, "text")[0] == done.stderr
    beyond = json.loads(run_cli("profile", "from-skill", "--format", "json", "weather-report", cwd=tmp_path).stdout)
    assert all(f"`{key}`" in text for key in beyond)
    assert all(f"`{key}`" in text for key in msgspec.to_builtins(Profile()))
    assert all(f"`{name.replace('_', '-')}`" in text for name in Resources.__struct_fields__)


def test_profiles_shows_every_key_and_what_is_learned(run_cli, tmp_path):
    text = page("profiles")
    unpack(text, tmp_path)
    whole = tomllib.loads((tmp_path / "job.toml").read_text("utf-8"))
    assert set(whole) == set(Profile.__struct_encode_fields__)
    assert set(whole["limits"]) == set(Resources.__struct_encode_fields__)
    assert run_cli("profile", "check", "job.toml", cwd=tmp_path).stdout == "job.toml: valid\n"
    done = run_cli("profile", "from-events", "--name", "weather", "events.jsonl", cwd=tmp_path)
    assert done.returncode == 0
    assert_shown(blocks(text, "toml")[1], done.stdout)
    assert run_cli("profile", "diff", "job.toml", "job.toml", cwd=tmp_path).returncode == 0


def test_profiles_lists_every_doubt_and_level():
    schema = json.loads((DOCS / "schema" / "profile-check-1.json").read_text("utf-8"))
    rules = schema["properties"]["profiles"]["items"]["properties"]["doubts"]["items"]["properties"]["rule"]["enum"]
    rows = [[row[0].strip("`") for row in table] for table in tables(page("profiles"))]
    assert rules in rows
    assert [level.value for level in Level] in rows


def test_a_rule_in_ten_minutes_works_when_it_is_followed(run_cli, tmp_path):
    text = page("write-a-rule")
    unpack(text, tmp_path)
    (command,) = [line for block in blocks(text, "sh") for line in block.splitlines() if "--cases" in line]
    done = run_cli(*shlex.split(command)[1:], cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == blocks(text, "text")[0]
    assert run_cli("scan", "--rules", "our-rules", "our-cases", cwd=tmp_path).returncode == 0
    assert (
        run_cli(
            "match", "--rules", "our-rules", "our-cases/usage-beacon/bad/live-curl/events.jsonl", cwd=tmp_path
        ).returncode
        == 1
    )


@pytest.mark.parametrize("part", blocks(page("write-a-rule"), "yaml")[1:])
def test_every_part_that_the_guide_shows_can_be_loaded(run_cli, tmp_path, part):
    head = "id: shown\ntitle: t\nseverity: low\nexplain: e\nfix: f\n"
    (tmp_path / "shown.yaml").write_text(head + part, "utf-8")
    done = run_cli("rules", "show", "--rules", tmp_path, "shown")
    assert (done.returncode, done.stderr) == (0, "")


def test_events_on_the_pages_are_read(tmp_path):
    shown = [block for name in ("acts", "judge-events") for block in blocks(page(name), "json")]
    lines = "".join(shown).encode().splitlines()
    found = list(events.read(lines, "events.jsonl"))
    assert [item for item in found if isinstance(item, Unread)] == []
    assert {item.kind for item in found if not isinstance(item, Unread)} == set(ActKind)


def test_the_rollout_on_the_page_is_read():
    (shown,) = blocks(page("judge-a-rollout"), "json")
    steps = list(chat.read(shown.encode(), "rollout.json"))
    assert [bool(step.did) for step in steps if not isinstance(step, Unread)] == [False, True, False]


# Commands


def commands() -> list[tuple[str, list[str]]]:
    found = []
    for path in PAGES:
        for block in blocks(path.read_text("utf-8"), "sh") + blocks(path.read_text("utf-8"), "console"):
            for line in block.splitlines():
                for part in re.split(r"[|;>]|&&", line):
                    words = shlex.split(part, comments=True) if part.count("'") % 2 == 0 else []
                    if words and words[0] == "$":
                        words = words[1:]
                    if words and words[0].rpartition("/")[2] == "pinfold":
                        found.append((path.name, words[1:]))
    return found


@pytest.mark.parametrize(("name", "words"), commands())
def test_commands_on_the_pages_are_accepted(name, words):
    module = importlib.import_module(door.COMMANDS[words[0]][0])
    parser = argparse.ArgumentParser(allow_abbrev=False, exit_on_error=False)
    module.configure(parser)
    assert parser.parse_args(words[1:])


@pytest.mark.parametrize("option", sorted(set(re.findall(r"`(--[a-z][a-z-]*)", "".join(map(Path.read_text, PAGES))))))
def test_every_option_that_a_page_names_exists(option, capsys):
    pages = [
        [],
        ["scan"],
        ["match"],
        *(["rules", one] for one in ("list", "show", "test", "export")),
        ["skill", "list"],
        *(["profile", one] for one in ("from-skill", "from-events", "check", "diff", "show")),
        ["probe"],
        ["run"],
    ]
    helped = ""
    for words in pages:
        door.main([*words, "--help"])
        helped += capsys.readouterr().out
    assert option in helped


# Lists


def test_acts_lists_every_field_of_every_kind():
    text = page("acts")
    for kind in ActKind:
        section = text.partition(f"\n## {kind.value}\n")[2].partition("\n## ")[0]
        plain, _, ours = section.partition("| *ours* | |")
        named = [set(re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE)) for part in (plain, ours)]
        assert SIGMA_FIELDS[kind] - named[0] - {"Image"} == set(), kind
        assert OUR_FIELDS[kind] - {"Origin"} - named[1] == set(), kind
        assert named[0] & OUR_FIELDS[kind] == set(), kind
        assert "`Image`" in plain


def test_acts_lists_what_every_act_has():
    text = page("acts")
    act = next(iter(events.read([b'{"kind": "exec", "CommandLine": "ls"}'], "x")))
    assert set(values_of(act)) - set(act.fields) == EVERYWHERE
    assert all(f"\n| `{name}` | " in text for name in (*EVERYWHERE, *Role))


def test_the_guide_lists_every_key_of_a_rule():
    text = page("write-a-rule")
    keys = {*Rule.__struct_fields__, *ActPart.__struct_fields__, *Wording.__struct_fields__} - {"family"}
    keys |= set(Correlation.__struct_encode_fields__)
    assert [key for key in sorted(keys) if not re.search(rf"(`|\b){key}(`|:)", text)] == []
    types = re.findall(r"'(\w+)'|\"(\w+)\"", str(Correlation.__annotations__["type"]))
    assert len(types) == 4
    assert all(f"| `{one or other}` |" in text for one, other in types)


def test_configuration_shows_the_defaults(tmp_path):
    (shown,) = [block for block in blocks(page("configuration"), "toml") if block.startswith("[scan]")]
    file = tmp_path / "pinfold.toml"
    file.write_text(shown, "utf-8")
    read = configuration(file, [], {}, tmp_path)
    assert read.limits == Limits()
    table = tomllib.loads(shown)["scan"]
    assert {key.replace("-", "_") for key in table["limits"]} == set(Limits.__struct_fields__)
    assert {key.replace("-", "_") for key in table} == set(ScanTable.__struct_fields__) - {"suppress"}


def test_what_is_read_lists_every_limit():
    rows = {row[0].strip("`"): row[1] for table in tables(page("what-is-read")) for row in table if len(row) == 3}
    sizes = {"MiB": 2**20, "GiB": 2**30, "": 1}
    for name in Limits.__struct_fields__:
        number, _, unit = rows[name].partition(" ")
        assert float(number.replace(",", "")) * sizes[unit] == getattr(Limits(), name)


def test_exit_codes_are_those_of_the_code():
    codes = [int(row[0]) for row in tables(page("exit-codes"))[0]]
    of_runs = {120, 121, 126, 127}
    named = [door.USAGE, door.NOTHING_TO_SCAN, door.FAULT, door.INTERRUPTED, door.READER_GONE]
    assert set(codes) == {0, 1, *named, *of_runs}
    assert codes == sorted(codes)


def test_sigma_categories_are_those_of_the_code():
    rows = {name: row[1].strip("`") for row in tables(page("bring-sigma-and-yara"))[0] for name in row[0].split(", ")}
    assert rows == {f"`{name}`": kind.value for name, kind in CATEGORIES.items()}


def test_reading_results_names_every_key_of_the_reports(run_cli, tmp_path):
    text = page("reading-results")
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    scan = json.loads(run_cli("scan", "--format", "json", "examples", cwd=tmp_path).stdout)
    match = json.loads(run_cli("match", "--format", "json", "examples/observed/events.jsonl", cwd=tmp_path).stdout)
    found = scan["skills"][0]["findings"][0]
    for part in (scan, match, scan["summary"], match["summary"], scan["skills"][0], match["material"][0], found):
        assert [key for key in part if f"`{key}`" not in text] == []
    assert [key for key in found["evidence"][0] if f"`{key}`" not in text] == []
    assert all(f"`{severity}`" in text for severity in Severity)


def test_the_inventory_has_the_form_of_its_schema(run_cli, tmp_path):
    shutil.copytree(ROOT / "examples" / "tame-skill", tmp_path / ".claude" / "skills" / "gpu-benchmark")
    done = run_cli("skill", "list", "--format", "json", home=tmp_path)
    schema = json.loads((DOCS / "schema" / "inventory-1.json").read_text("utf-8"))
    listed = json.loads(done.stdout)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(listed)] == []
    assert [skill["name"] for skill in listed["skills"]] == ["gpu-benchmark"]
    assert set(schema["properties"]["skills"]["items"]["required"]) == set(listed["skills"][0])


def test_every_page_is_in_the_navigation():
    listed = re.findall(r": ([a-z-]+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE)
    assert sorted(listed) == sorted(path.name for path in DOCS.glob("*.md"))


# The pages of the rules


@pytest.fixture(scope="module")
def rule_pages():
    """The hook that makes a page for every rule; it needs no mkdocs for that."""
    spec = importlib.util.spec_from_file_location("rule_pages", DOCS / "_build" / "rule_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_cases_that_come_out_wrong_are_shown_as_such(rule_pages):
    limits = tomllib.loads((ROOT / "tests" / "rules" / "known-limits.toml").read_text("utf-8"))
    for rule in rule_pages.load().rules:
        text = rule_pages.rule_page(rule)
        right, _, wrong = text.partition("\n## Not got right yet\n")
        for name, reason in limits.get(rule.id, {}).items():
            heading = f"\n### {name.partition('/')[2]}\n"
            assert heading not in right
            assert heading in wrong
            assert rule_pages.in_text(reason) in wrong
        assert bool(wrong) is bool(limits.get(rule.id))


def test_a_rule_page_has_what_a_reader_needs(rule_pages):
    for rule in rule_pages.load().rules:
        text = rule_pages.rule_page(rule)
        assert text.startswith(f"# {rule_pages.in_text(rule.title)}\n")
        for heading in ("What to do", "Where it speaks", "Maps to", "Reported", "Not reported, though it looks alike"):
            assert f"\n## {heading}\n" in text
