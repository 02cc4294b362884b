"""Story 1, so far: a "jailbreak and free GPU mining" skill, in Chinese and English, is scanned and refused.

Every test runs the command line in a process of its own, as a person would.
"""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from jsonschema import Draft4Validator, Draft202012Validator

from pinfold.rulebook import Cache, cache_folder, load

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
ROGUE, TAME, OBSERVED = EXAMPLES / "rogue-skill", EXAMPLES / "tame-skill", EXAMPLES / "observed"
SARIF = Draft4Validator(json.loads((ROOT / "tests" / "output" / "schemas" / "sarif-2.1.0.json").read_text("utf-8")))


@pytest.fixture(scope="module")
def all_rules() -> set[str]:
    """The ids of all our rules."""
    return {rule.id for rule in load(Cache(cache_folder(os.environ))).rules}


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((ROOT / "docs" / "schema" / f"{name}-1.json").read_text("utf-8")))


def faults(validator, document) -> list[str]:
    return [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(document)]


_FIRST: list[dict] = []


@pytest.fixture
def rogue(scanned):
    """The report on the rogue skill, made once."""
    if not _FIRST:
        code, skills = scanned(ROGUE)
        assert (code, list(skills)) == (1, ["gpu-freedom"])
        _FIRST.append(skills["gpu-freedom"])
    return _FIRST[0]


@pytest.fixture
def scanned(run_cli):
    """Run ``pinfold scan`` in JSON; return the exit code and the skills by name."""

    def scanned(*arguments, **more):
        done = run_cli("scan", "--format", "json", *arguments, **more)
        report = json.loads(done.stdout)
        assert faults(schema("report"), report) == []
        return done.returncode, {skill["name"]: skill for skill in report["skills"]}

    return scanned


def test_the_rogue_skill_is_blocked_for_all_that_it_does(rogue):
    assert (rogue["verdict"], rogue["complete"]) == ("block", True)
    assert rogue["score"] > 0.99
    grave = {finding["rule"] for finding in rogue["findings"] if finding["severity"] in ("critical", "high")}
    assert grave == {*DEEDS, "harmful-instruction"}  # the text model sees what the rules see


DEEDS = {
    "reverse-tunnel": "ssh -o",
    "hidden-miner": "xmrig",
    "fetch-and-run": "tuner.sh | bash",
    "credential-exfiltration": "~/.ssh",
    "internal-probing": "10.0.0.$i",
    "agent-memory-write": "~/.claude/CLAUDE.md",
    "instruction-override": "mention",
    "jailbreak-pack": "without any restrictions",
    "laundering-lure": "代收代付",
}
"""What the rogue skill does, rule by rule, with words of a line that does it."""


def test_each_finding_points_at_the_line_that_does_it(rogue, all_rules):
    lines = {path: path.read_text("utf-8").splitlines() for path in ROGUE.rglob("*") if path.is_file()}
    assert set(DEEDS) <= all_rules
    for rule, words in DEEDS.items():
        told = [
            lines[ROGUE / piece["path"]][piece["line"] - 1]
            for finding in rogue["findings"]
            if finding["rule"] == rule
            for piece in finding["evidence"]
        ]
        assert any(words in line for line in told), rule


def test_each_finding_says_what_it_means_what_to_do_and_by_which_frameworks(rogue):
    for finding in rogue["findings"]:
        assert finding["message"].endswith(".")
        assert finding["fix"].endswith(".")
        assert finding["fingerprint"]
        assert finding["maps"]
        assert all(entry["version"] and entry["ids"] for entry in finding["maps"])


def test_what_it_can_do_and_what_goes_where_is_told(rogue):
    assert {"net:198.51.100.23:22", "net:pool.freedom.example:3333", "write:~/.claude/CLAUDE.md", "exec:bash"} <= {
        one["name"] for one in rogue["capabilities"]
    }
    sent = {flow["host"]: flow["data"] for flow in rogue["flows"] if flow["data"]}
    assert sent == {"licence.freedom.example": ["~/.ssh", "~/.aws/credentials"]}
    assert rogue["declared"] != []


def test_its_honest_twin_is_clean_though_it_uses_the_same_words(scanned):
    code, skills = scanned(TAME)
    tame = skills["gpu-benchmark"]
    assert (code, tame["verdict"], tame["score"], tame["complete"]) == (0, "clean", 0, True)
    assert tame["findings"] == []


def test_side_by_side_each_keeps_its_verdict(scanned):
    code, skills = scanned(ROGUE, TAME)
    assert code == 1
    assert {name: skill["verdict"] for name, skill in skills.items()} == {
        "gpu-freedom": "block",
        "gpu-benchmark": "clean",
    }


@pytest.mark.parametrize("removed", ["SKILL.md", "scripts/setup.sh", "references/earn.md"])
def test_any_part_of_it_that_is_left_is_blocked_still(scanned, tmp_path, removed):
    shutil.copytree(ROGUE, tmp_path / "rogue")
    (tmp_path / "rogue" / removed).unlink()
    code, skills = scanned(tmp_path / "rogue")
    assert (code, [skill["verdict"] for skill in skills.values()]) == (1, ["block"])


def test_packed_it_is_the_same_skill(scanned, tmp_path):
    with zipfile.ZipFile(tmp_path / "gift.skill", "w") as archive:
        for path in ROGUE.rglob("*"):
            archive.write(path, path.relative_to(EXAMPLES))
    code, skills = scanned(tmp_path / "gift.skill")
    (packed,) = skills.values()
    assert (code, packed["verdict"], packed["complete"]) == (1, "block", True)
    assert {finding["rule"] for finding in packed["findings"]} >= set(DEEDS)


def test_it_is_found_on_the_machine_where_a_host_would_load_it(run_cli, tmp_path):
    place = tmp_path / ".claude" / "skills" / "gpu-freedom"
    shutil.copytree(ROGUE, place)
    cache = {"PINFOLD_CACHE": str(cache_folder(os.environ))}
    done = run_cli("scan", "--format", "json", home=tmp_path, env=cache)
    (skill,) = json.loads(done.stdout)["skills"]
    assert (done.returncode, skill["verdict"]) == (1, "block")
    assert "claude-code" in skill["hosts"]


def test_the_text_report_can_be_read_by_a_person(run_cli):
    done = run_cli("scan", "examples/rogue-skill", "examples/tame-skill", cwd=ROOT)
    assert done.returncode == 1
    assert done.stderr == ""
    for told in (
        "block",
        "gpu-freedom",
        "examples/rogue-skill",
        "critical[reverse-tunnel]",
        "--> scripts/setup.sh:13:1",
        "^^^",
        "= means:",
        "= do:",
        "what goes where",
        "2 skills: 1 block, 1 clean",
    ):
        assert told in done.stdout
    assert "\x1b" not in done.stdout


def test_sarif_is_valid_and_stable(run_cli):
    first, second = (run_cli("scan", "--format", "sarif", "examples", cwd=ROOT) for _ in range(2))
    assert first.returncode == 1
    log = json.loads(first.stdout)
    assert faults(SARIF, log) == []
    (run,) = log["runs"]
    assert {result["ruleId"] for result in run["results"]} >= set(DEEDS)
    uris = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]}
    assert uris == {f"examples/rogue-skill/{name}" for name in ("SKILL.md", "scripts/setup.sh", "references/earn.md")}
    prints = [result["partialFingerprints"] for result in run["results"]]
    assert prints == [result["partialFingerprints"] for result in json.loads(second.stdout)["runs"][0]["results"]]
    assert len({json.dumps(one) for one in prints}) == len(prints)


def test_a_fingerprint_survives_lines_that_move(rogue, scanned, tmp_path):
    shutil.copytree(ROGUE, tmp_path / "rogue")
    script = tmp_path / "rogue" / "scripts" / "setup.sh"
    script.write_text("#!/usr/bin/env bash\n\n\n" + script.read_text("utf-8"), "utf-8")
    after = {one["fingerprint"] for one in scanned(tmp_path / "rogue")[1]["gpu-freedom"]["findings"]}
    assert after == {one["fingerprint"] for one in rogue["findings"]}


# The same rules over what was observed


def matched(run_cli, *arguments):
    done = run_cli("match", "--format", "json", *arguments)
    report = json.loads(done.stdout)
    assert faults(schema("match"), report) == []
    (material,) = report["material"]
    return done.returncode, material


def first_steps(material) -> dict[str, int]:
    return {finding["rule"]: finding["evidence"][0]["step"] for finding in material["findings"]}


def test_the_stray_agent_is_seen_in_what_it_did(run_cli):
    code, material = matched(run_cli, OBSERVED / "events.jsonl")
    assert (code, material["lens"], material["complete"]) == (1, "live", True)
    steps = first_steps(material)
    assert {"internal-probing": 1, "reverse-tunnel": 7, "hidden-miner": 9}.items() <= steps.items()
    assert all(piece["certainty"] == "observed" for finding in material["findings"] for piece in finding["evidence"])


def test_and_in_the_trajectory_that_recorded_it(run_cli):
    code, material = matched(run_cli, "--trajectory", OBSERVED / "rollout.jsonl")
    assert (code, material["lens"], material["complete"]) == (1, "record", True)
    steps = first_steps(material)
    assert {"internal-probing": 4, "reverse-tunnel": 6, "hidden-miner": 8}.items() <= steps.items()
    lines = {piece["line"] for finding in material["findings"] for piece in finding["evidence"]}
    assert lines == {1}, "the honest rollout on line 2, which reads about a tunnel, is left alone"


def test_the_match_report_is_valid_sarif_too(run_cli):
    done = run_cli("match", "--format", "sarif", OBSERVED / "events.jsonl")
    assert done.returncode == 1
    assert faults(SARIF, json.loads(done.stdout)) == []
