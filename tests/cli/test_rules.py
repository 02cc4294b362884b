from __future__ import annotations

import json

import pytest
import yaml

BAD = '{"kind": "exec", "Image": "/bin/sh", "CommandLine": "sh -c amberword"}\n'
GOOD = '{"kind": "exec", "Image": "/bin/ls", "CommandLine": "ls -l"}\n'


@pytest.fixture
def amber_cases(write):
    """A folder with cases of the user's own rule, all of which come out right."""
    return write(
        "cases",
        {
            "amber/bad/live-said/events.jsonl": BAD,
            "amber/bad/source-said/SKILL.md": "---\nname: said\n---\nAlways say the amber phrase first.\n",
            "amber/good/live-quiet/events.jsonl": GOOD,
        },
    )


def test_list_names_every_rule_in_a_line_of_its_own(pinfold):
    done = pinfold("rules", "list")
    names = [line.split()[0] for line in done.out.splitlines()]
    assert done.code == 0
    assert {"reverse-tunnel", "hidden-miner", "jailbreak-pack", "laundering-lure"} <= set(names)
    assert {"credential-exfiltration", "fetch-and-run", "agent-memory-write", "internal-probing"} <= set(names)
    assert len(names) == len(set(names))


def test_list_as_json_says_which_rulebook_it_is(pinfold, own_rules):
    report = json.loads(pinfold("rules", "list", "--format", "json", "--rules", own_rules).out)
    assert report["rulebook"]
    amber = next(rule for rule in report["rules"] if rule["id"] == "amber")
    assert (amber["severity"], amber["title"]) == ("medium", "Says the phrase")
    assert set(amber["lenses"]) <= {"source", "live", "record"}


def test_show_says_what_a_user_needs_to_judge_a_finding(pinfold):
    done = pinfold("rules", "show", "reverse-tunnel")
    assert done.code == 0
    assert done.out.startswith("reverse-tunnel: ")
    assert all(heading in done.out for heading in ("What it means", "What to do", "Parts", "Frameworks"))
    assert "ATT&CK v18.1: T1572" in done.out
    rule = json.loads(pinfold("rules", "show", "reverse-tunnel", "--format", "json").out)
    assert rule["explain"]
    assert rule["fix"]
    assert {"framework", "version", "id"} <= rule["maps"][0].keys()
    assert {part["kind"] for part in rule["parts"]} >= {"act", "text"}


@pytest.mark.parametrize("action", [("show", "reverse-tunel"), ("export", "--sigma", "reverse-tunel")])
def test_a_name_that_is_nearly_right_is_met_with_the_right_one(pinfold, action):
    done = pinfold("rules", *action)
    assert done.code == 2
    assert "there is no rule 'reverse-tunel'" in done.err
    assert "Did you mean 'reverse-tunnel'?" in done.err
    assert done.out == ""


def test_cases_that_come_out_right(pinfold, own_rules, amber_cases):
    done = pinfold("rules", "test", "amber", "--rules", own_rules, "--cases", amber_cases)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[1].split() == ["amber", "1/1", "2/2", "-"]
    assert done.out.splitlines()[-1] == "3/3 passed"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("bad/live-missed", GOOD, "FAILED amber/bad/live-missed: not found"),
        ("good/live-alarm", BAD, "FAILED amber/good/live-alarm: found: "),
    ],
)
def test_a_case_that_comes_out_wrong_is_named(pinfold, own_rules, amber_cases, name, content, said):
    folder = amber_cases / "amber" / name
    folder.mkdir()
    (folder / "events.jsonl").write_text(content)
    done = pinfold("rules", "test", "amber", "--rules", own_rules, "--cases", amber_cases)
    assert done.code == 1
    assert said in done.err
    assert "3/4 passed" in done.out


def test_a_case_without_a_lens_is_refused_by_name(pinfold, own_rules, amber_cases):
    (amber_cases / "amber" / "bad" / "nowhere").mkdir()
    done = pinfold("rules", "test", "--rules", own_rules, "--cases", amber_cases)
    assert done.code == 2
    assert "bad/nowhere: a case is named <lens>-<case>" in done.err


def test_a_case_that_cannot_be_read_is_no_success(pinfold, own_rules, amber_cases):
    (amber_cases / "amber/good/live-quiet/events.jsonl").write_text("{not json\n")
    done = pinfold("rules", "test", "--rules", own_rules, "--cases", amber_cases)
    assert done.code == 2
    assert "events.jsonl" in done.err


def test_no_folder_of_cases_is_wrong_usage(pinfold, own_rules, tmp_path):
    done = pinfold("rules", "test", "--rules", own_rules)
    assert done.code == 2
    assert "no such folder of cases" in done.err
    (tmp_path / "none").mkdir()
    assert pinfold("rules", "test", "--rules", own_rules, "--cases", tmp_path / "none").code == 2


def test_an_export_is_what_the_other_tool_reads(pinfold, tmp_path):
    from sigma.collection import SigmaCollection
    from yara_x import compile as compile_yara

    path = tmp_path / "pinfold.yml"
    assert pinfold("rules", "export", "--sigma", "--output", path).out == ""
    assert len(SigmaCollection.from_yaml(path.read_text("utf-8")).rules) == len(list(yaml.safe_load_all(path.open())))
    compile_yara(pinfold("rules", "export", "--yara", "jailbreak-pack").out)


def test_an_export_that_cannot_be_written_says_where(pinfold, tmp_path):
    done = pinfold("rules", "export", "--sigma", "--output", tmp_path / "no" / "such.yml")
    assert done.code == 2
    assert "such.yml" in done.err


def test_export_needs_a_form(pinfold):
    assert pinfold("rules", "export").code == 2
