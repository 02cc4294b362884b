import struct
from pathlib import Path

import msgspec
import pytest

from pinfold.model import Level, Resources
from pinfold.sandbox.defaults import default_profile
from tests.sandbox.conftest import RunConfined

LEVELS = [Level.L1, Level.L2, Level.L3]
CONFINED = [Level.L2, Level.L3]


def limited(**limits: float):
    return msgspec.structs.replace(default_profile(), limits=Resources(**limits))


@pytest.mark.parametrize("level", LEVELS)
def test_every_program_is_an_event_with_its_parent_and_its_end(confined: RunConfined, level: Level):
    run = confined("sh", "-c", "/bin/true 'a b'; exit 3", level=level)
    shell, true = run.of("exec")
    assert shell.CommandLine == "sh -c '/bin/true '\\''a b'\\''; exit 3'"
    assert true.CommandLine == "/bin/true 'a b'"
    assert true.Image.endswith("/true")
    assert true.ParentProcessId == shell.ProcessId
    assert true.ParentCommandLine == shell.CommandLine
    assert shell.CurrentDirectory == str(confined.folder)
    assert [(end.ProcessId, end.ExitCode) for end in run.of("exit")] == [(true.ProcessId, 0), (shell.ProcessId, 3)]


def test_a_program_without_a_c_library_is_seen_too(confined: RunConfined):
    # write(1, "x\n", 2); exit_group(5): two system calls, and nothing that a C library would do before.
    code = bytes.fromhex("b801000000bf01000000488d3513000000ba020000000f05b8e7000000bf050000000f05") + b"x\n"
    size, start = 120 + len(code), 0x400000
    head = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, 62, 1, start + 120, 64, 0, 0, 64, 56, 1, 0, 0, 0
    ) + struct.pack("<IIQQQQQQ", 1, 5, 0, start, start, size, size, 0x1000)
    program = confined.folder / "tiny"
    program.write_bytes(head + code)
    program.chmod(0o755)
    run = confined("./tiny")
    assert run.outcome is not None, run.error
    assert (run.outcome.code, run.stdout) == (5, "x\n")
    assert [event.Image for event in run.of("exec")] == [str(program)]


def test_a_command_line_rewritten_before_the_end_is_a_finding(confined: RunConfined):
    rewrite = (
        "import ctypes\n"
        "libc = ctypes.CDLL(None)\n"
        "stat = open('/proc/self/stat').read().rpartition(') ')[2].split()\n"
        "start, end = int(stat[45]), int(stat[46])\n"
        "ctypes.memset(start, ord('z'), end - start - 1)\n"
    )
    run = confined("/usr/bin/python3", "-c", rewrite)
    [finding] = run.of("finding")
    assert finding.Rule == "argv-rewritten"
    assert "zzzz" in finding.Detail
    assert run.of("exec")[0].CommandLine.startswith("/usr/bin/python3")


def test_a_program_that_fails_to_start_another_is_not_taken_for_it(confined: RunConfined):
    run = confined("/usr/bin/python3", "-c", "import os\ntry: os.execv('/nowhere', ['x'])\nexcept OSError: print('no')")
    assert run.stdout == "no\n"
    assert len(run.of("exec")) == 1


@pytest.mark.parametrize("level", CONFINED)
def test_a_fork_bomb_meets_the_limit_and_can_be_ended(confined: RunConfined, level: Level):
    bomb = "b() { b | b & }; b; sleep 60"
    run = confined("bash", "-c", bomb, level=level, profile=limited(processes=25, wall_seconds=1.5))
    assert run.outcome is not None, run.error
    assert run.outcome.code == 120
    assert any("limits.processes" in event.reason for event in run.of("denied"))
    pids = {event.ProcessId for event in run.events if event.ProcessId}
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@pytest.mark.parametrize("level", CONFINED)
def test_there_are_never_more_processes_than_the_limit(confined: RunConfined, level: Level):
    code = (
        "import os, time\n"
        "lives = os.open('lives', os.O_WRONLY | os.O_CREAT | os.O_APPEND)\n"
        "def live():\n"
        "    os.write(lives, b'x')\n"  # and never end
        "    for _ in range(9):\n"
        "        try:\n"
        "            if os.fork() == 0: live()\n"
        "        except BlockingIOError: pass\n"
        "    time.sleep(60)\n"
        "live()"
    )
    run = confined("/usr/bin/python3", "-c", code, level=level, profile=limited(processes=25, wall_seconds=1.5))
    assert any("limits.processes" in event.reason for event in run.of("denied")), run.stderr
    assert 20 <= len((confined.folder / "lives").read_bytes()) <= 25
