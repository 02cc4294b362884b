import json
import socket
from pathlib import Path

import jsonschema
import pytest

from pinfold.sandbox.levels import probe_levels
from tests.conftest import RunCli

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"

pytestmark = pytest.mark.skipif(probe_levels().highest is None, reason="nothing can be confined here")


def test_the_program_keeps_its_output_its_input_and_its_code(run_cli: RunCli, tmp_path: Path):
    done = run_cli("run", "--", "sh", "-c", "cat; exit 9", cwd=tmp_path, stdin="said")
    assert (done.stdout, done.returncode) == ("said", 9)
    first, *_, last = done.stderr.splitlines()
    assert first.startswith("pinfold: level L")
    assert last.startswith("pinfold: exit code 9 after ")


def test_a_denial_is_told_once_with_what_would_allow_it(run_cli: RunCli, tmp_path: Path):
    script = "import socket\nfor _ in range(3): print(socket.socket().connect_ex(('192.0.2.7', 443)))"
    done = run_cli("run", "--", "/usr/bin/python3", "-c", script, cwd=tmp_path)
    assert done.stdout == "13\n13\n13\n"
    told = [line for line in done.stderr.splitlines() if "denied: " in line]
    assert len(told) == 1
    assert "192.0.2.7:443" in told[0]
    assert 'add [[hosts]] cidr = "192.0.2.7/32", port = 443' in told[0]


def test_quiet_is_quiet(run_cli: RunCli, tmp_path: Path):
    assert run_cli("run", "-q", "--", "true", cwd=tmp_path).stderr == ""


def test_events_go_to_a_file_that_only_its_owner_reads(run_cli: RunCli, tmp_path: Path):
    run_cli("run", "--events", "events.jsonl", "--session", "rollout-7", "--", "true", cwd=tmp_path)
    path = tmp_path / "events.jsonl"
    events = [json.loads(line) for line in path.read_text().splitlines()]
    assert [event["kind"] for event in events] == ["run", "exec", "exit", "run"]
    assert {event["session"] for event in events} == {"rollout-7"}
    assert path.stat().st_mode & 0o777 == 0o600


def test_events_go_to_a_socket(run_cli: RunCli, tmp_path: Path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        server.listen()
        done = run_cli("run", "--events", "s", "--", "true", cwd=tmp_path)
        assert done.returncode == 0
        line, _ = server.accept()
        text = b""
        while chunk := line.recv(65_536):
            text += chunk
    assert [json.loads(one)["kind"] for one in text.splitlines()] == ["run", "exec", "exit", "run"]


def test_the_summary_in_json_is_as_documented(run_cli: RunCli, tmp_path: Path):
    done = run_cli("run", "--format", "json", "--", "sh", "-c", "/bin/true; exit 3", cwd=tmp_path)
    document = json.loads(done.stderr)
    jsonschema.validate(document, json.loads((ROOT / "docs/schema/run-1.json").read_text()))
    assert (document["exit_code"], document["events"]["exec"], document["lost"]) == (3, 2, 0)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run"], 2, "no program is named"),
        (["run", "--", "no-such-program"], 127, "there is no program 'no-such-program'"),
        (["run", "--profile", "nowhere.toml", "--", "true"], 125, "nowhere.toml"),
        (["run", "--events", "no/such/folder", "--", "true"], 125, "events cannot go to no/such/folder"),
        (["run", "--skill", "nowhere", "--", "true"], 125, "nowhere"),
    ],
)
def test_what_cannot_be_done_is_one_clear_line(run_cli: RunCli, tmp_path: Path, arguments, code, words):
    done = run_cli(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_profile_runs_nothing(run_cli: RunCli, tmp_path: Path):
    (tmp_path / "p.toml").write_text('level = "L9"\n')
    done = run_cli("run", "--profile", "p.toml", "--", "touch", "made", cwd=tmp_path)
    assert done.returncode == 125
    assert not (tmp_path / "made").exists()


def test_a_profile_grants_what_it_says_and_nothing_else(run_cli: RunCli, tmp_path: Path):
    (tmp_path / "open").mkdir()
    (tmp_path / "closed").mkdir()
    (tmp_path / "p.toml").write_text(
        'environment = ["SEEN"]\n[read]\nallow = ["."]\n[write]\nallow = ["open"]\n[execute]\nallow = ["sh", "cat"]\n'
    )
    script = "echo $SEEN$UNSEEN; echo a > open/a; echo b > closed/b; cat open/a; ls; true"
    variables = {"SEEN": "seen", "UNSEEN": "unseen"}
    done = run_cli("run", "--profile", "p.toml", "--", "sh", "-c", script, cwd=tmp_path, env=variables)
    assert done.stdout == "seen\na\n", done.stderr
    assert (tmp_path / "open/a").read_text() == "a\n"
    assert not (tmp_path / "closed/b").exists()
    assert "ls" in done.stderr


def test_a_skill_runs_with_what_its_purpose_needs(run_cli: RunCli, tmp_path: Path):
    skill = EXAMPLES / "tame-skill"
    done = run_cli("run", "--skill", skill, "--", "/usr/bin/python3", "-c", "print('ran')", cwd=tmp_path)
    assert done.returncode in (0, 126), done.stderr
    assert "Traceback" not in done.stderr


def test_a_rogue_skill_does_not_run_on_its_own_word(run_cli: RunCli, tmp_path: Path):
    done = run_cli("run", "--skill", EXAMPLES / "rogue-skill", "--", "touch", "made", cwd=tmp_path)
    assert done.returncode == 120
    assert "a scan blocks this skill" in done.stderr
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("level", ["L1", "L2", "L3"])
def test_the_level_is_told_and_why_it_is_not_a_higher_one(run_cli: RunCli, tmp_path: Path, level: str):
    done = run_cli("run", "--level", level, "--", "true", cwd=tmp_path)
    if done.returncode == 121:
        pytest.skip("this machine does not reach it")
    assert f"pinfold: level {level}: " in done.stderr
