from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from pinfold.sandbox.probes.suite import PROBES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="probes are for Linux")

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "probe-1.json"


def proved(pinfold, launcher, *names):
    done = pinfold("probe", "--format", "json", "--launcher", launcher, "--only", *names)
    document = json.loads(done.out)
    schema = json.loads(SCHEMA.read_text("utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(document)] == []
    assert [probe["name"] for probe in document["probes"]] == sorted(names, key=[p.name for p in PROBES].index)
    return done.code, document


def test_what_is_no_sandbox_does_not_hold(pinfold):
    code, document = proved(pinfold, "env --", "tcp-ipv4", "stat-unreadable", "vsock")
    assert code == 1
    assert {probe["name"]: probe["result"] for probe in document["probes"]}["tcp-ipv4"] == "open"
    assert {control["result"] for control in document["controls"]} == {"works"}
    assert document["summary"]["closable_open"] >= 1
    assert document["level"] is None


def test_what_may_be_open_does_not_count(pinfold):
    code, document = proved(pinfold, "env --", "stat-unreadable")
    assert (code, document["summary"]["open"], document["summary"]["holds"]) == (0, 1, True)


def test_a_sandbox_in_which_nothing_works_does_not_hold(pinfold):
    code, document = proved(pinfold, "true", "tcp-ipv4", "chmod-outside")
    assert code == 1
    assert {probe["result"] for probe in document["probes"]} == {"closed"}
    assert {control["result"] for control in document["controls"]} == {"fails"}


def test_text_says_what_is_open_and_what_does_not_work(pinfold):
    done = pinfold("probe", "--launcher", "env --", "--only", "udp-sendto")
    assert done.code == 1
    assert "\nnetwork\n  OPEN    udp-sendto" in done.out
    assert "\n0 closed, 1 open, 0 absent; 7 of 7 things that must work do; uid " in done.out
    done = pinfold("probe", "--launcher", "sh -c 'echo \x1b[31mno >&2'", "--only", "udp-sendto")
    assert "  FAILS   write-inside" in done.out
    assert "\nNothing at all works in it" in done.out
    assert "\x1b" not in done.out


def test_the_list_has_every_probe_and_starts_nothing(pinfold):
    done = pinfold("probe", "--list")
    assert done.code == 0
    assert all(f"  {probe.name} " in done.out for probe in PROBES)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--only", "no-such"], "there is no probe 'no-such'"),
        (["--launcher", "env --", "--level", "L2"], "--level and --profile are for Pinfold's own sandbox"),
        (["--launcher", "'"], "--launcher"),
        (["--launcher", "no-such-program"], "no-such-program: No such file or directory"),
        (["--level", "L0"], "invalid choice"),
    ],
)
def test_a_wrong_command_line_ends_as_2(pinfold, words, message):
    done = pinfold("probe", *words)
    assert done.code == 2
    assert message in done.err


def test_nothing_is_left_behind_when_it_is_ended(open_folder):
    code = "import sys; from pinfold.cli.main import main; sys.exit(main())"
    words = [sys.executable, "-c", code, "probe", "--launcher", "sleep 60 ;", "--only", "sysv-queue"]
    env = {**os.environ, "TMPDIR": str(open_folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=env) as started:
        while not list(open_folder.glob("pinfold-probe-*/work/attempts.zip")):
            assert started.poll() is None
        started.terminate()
        assert started.wait(timeout=30) == 143
    assert list(open_folder.iterdir()) == []
