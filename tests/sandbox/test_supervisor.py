import os
import signal
import struct
from pathlib import Path

import pytest

from pinfold.model import Level, Resources
from pinfold.sandbox.defaults import default_profile
from tests.sandbox.conftest import RunConfined

LEVELS = [Level.L1, Level.L2, Level.L3]
CONFINED = [Level.L2, Level.L3]


def limited(**limits: float):
    import msgspec

    return msgspec.structs.replace(default_profile(), limits=Resources(**limits))


@pytest.mark.parametrize("level", [Level.L0, *LEVELS])
def test_the_exit_code_is_the_programs_own(confined: RunConfined, level: Level):
    run = confined("sh", "-c", "echo said; exit 7", level=level)
    assert run.outcome is not None, run.error
    assert (run.outcome.code, run.outcome.level, run.stdout) == (7, level, "said\n")
    assert run.outcome.stopped == ""


@pytest.mark.parametrize("level", LEVELS)
def test_a_signal_that_ends_the_program_is_told_as_a_shell_tells_it(confined: RunConfined, level: Level):
    run = confined("sh", "-c", "kill -TERM $$", level=level)
    assert run.outcome is not None, run.error
    assert run.outcome.code == 128 + signal.SIGTERM


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


def test_events_are_numbered_without_a_gap_and_told_to_be_complete(confined: RunConfined):
    run = confined("sh", "-c", "for i in 1 2 3 4 5; do /bin/true; done")
    assert [event.sequence for event in run.events] == list(range(1, len(run.events) + 1))
    first, *_, last = run.events
    assert (first.State, first.Level, last.State, last.Lost) == ("started", "L2", "ended", 0)
    assert len({event.session for event in run.events}) == 1


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


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_left_running_ends_with_the_program(confined: RunConfined, level: Level):
    lost = "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n    time.sleep(99)\n"
    run = confined("sh", "-c", f'/usr/bin/python3 -c "{lost}" & read x < /dev/null; sleep 0.3', level=level)
    assert run.outcome is not None, run.error
    assert run.outcome.code == 0
    pids = {event.ProcessId for event in run.events if event.ProcessId}
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@pytest.mark.parametrize("level", CONFINED)
def test_a_run_that_takes_too_long_is_stopped(confined: RunConfined, level: Level):
    run = confined("sleep", "60", level=level, profile=limited(wall_seconds=0.2))
    assert run.outcome is not None, run.error
    assert run.outcome.code == 120
    assert "0.2 seconds" in run.outcome.stopped
    assert run.outcome.seconds < 20


@pytest.mark.parametrize("level", CONFINED)
def test_a_run_that_takes_too_much_memory_is_stopped(confined: RunConfined, level: Level):
    # Two processes share the limit: neither alone is over it.
    hold = "x = bytearray(90_000_000); import time; time.sleep(60)"
    both = f'/usr/bin/python3 -c "{hold}" & /usr/bin/python3 -c "{hold}"'
    run = confined("sh", "-c", both, level=level, profile=limited(memory_bytes=150_000_000))
    assert run.outcome is not None, run.error
    assert (run.outcome.code, "limits.memory-bytes" in run.outcome.stopped) == (120, True)


@pytest.mark.parametrize("level", CONFINED)
def test_a_run_that_computes_too_long_is_stopped(confined: RunConfined, level: Level):
    run = confined(
        "sh", "-c", "(while :; do :; done) & while :; do :; done", level=level, profile=limited(cpu_seconds=1)
    )
    assert run.outcome is not None, run.error
    assert run.outcome.code in (120, 128 + signal.SIGKILL, 128 + signal.SIGXCPU)


@pytest.mark.parametrize("level", CONFINED)
def test_a_fork_bomb_meets_the_limit_and_can_be_ended(confined: RunConfined, level: Level):
    bomb = "b() { b | b & }; b; sleep 60"
    run = confined("bash", "-c", bomb, level=level, profile=limited(processes=25, wall_seconds=1.5))
    assert run.outcome is not None, run.error
    assert run.outcome.code == 120
    assert any("limits.processes" in event.reason for event in run.of("denied"))
    pids = {event.ProcessId for event in run.events if event.ProcessId}
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


DENIED = {
    "libc.unshare(0x10000000)": "unshare",
    "libc.ptrace(16, 1, 0, 0)": "ptrace",
    "libc.syscall(425, 8, 0)": "io_uring_setup",
    "libc.memfd_create(b'x', 0)": "memfd_create",
    "libc.prctl(4, 0, 0, 0, 0)": "prctl",
    "libc.socket(40, 1, 0)": "socket",
    "libc.socket(2, 1, 262)": "socket",
    "libc.socket(1, 2, 0)": "socket",
    "libc.socketpair(1, 2, 0, (ctypes.c_int * 2)())": "socketpair",
}


@pytest.mark.parametrize("level", LEVELS)
def test_a_denied_call_fails_and_is_told(confined: RunConfined, level: Level):
    calls = "\n".join(f"print({call})" for call in DENIED)
    run = confined("/usr/bin/python3", "-c", f"import ctypes\nlibc = ctypes.CDLL(None)\n{calls}", level=level)
    assert run.stdout == "-1\n" * len(DENIED), run.stderr
    assert [event.Call for event in run.of("denied")] == list(DENIED.values())
    assert all(event.decision == "deny" and event.reason for event in run.of("denied"))


def test_a_flood_of_denials_is_counted_rather_than_told_one_by_one(confined: RunConfined):
    flood = "import ctypes\nlibc = ctypes.CDLL(None)\nfor _ in range(2000): libc.unshare(0x10000000)"
    run = confined("/usr/bin/python3", "-c", flood)
    denials = run.of("denied")
    assert sum(event.Count for event in denials) == 2_000
    assert len(denials) < 700


@pytest.mark.parametrize("level", LEVELS)
def test_whoever_decides_may_forbid_a_program_before_it_does_anything(confined: RunConfined, level: Level):
    def decide(event):
        return "no copying" if event.CommandLine == "cp from secret" else ""

    (confined.folder / "from").write_text("x")
    os.chown(confined.folder / "from", confined.user, confined.user)
    run = confined("sh", "-c", "cp from plain; cp from secret; echo done", level=level, decide=decide)
    assert run.stdout == "done\n", run.error
    names = {path.name for path in confined.folder.iterdir()}
    assert "plain" in names or level is Level.L1  # cp keeps times at L1 and L2 through the supervisor
    assert "secret" not in names
    assert [event.reason for event in run.of("exec") if event.decision == "deny"] == ["no copying"]


def test_whoever_decides_and_fails_has_denied(confined: RunConfined):
    def decide(event):
        raise KeyError(event.Image)

    run = confined("echo", "never", decide=decide)
    assert run.stdout == ""
    assert run.of("exec")[0].decision == "deny"


def test_a_judge_may_stop_the_run(confined: RunConfined):
    run = confined("sh", "-c", "/bin/true; sleep 60", judge=lambda event: "kill" if "true" in event.Image else "")
    assert run.outcome is not None, run.error
    assert (run.outcome.code, run.outcome.stopped[:6]) == (120, "judged")


def test_a_judge_that_fails_stops_the_run(confined: RunConfined):
    run = confined("sleep", "60", judge=lambda event: {}[event])
    assert run.outcome is not None, run.error
    assert "judge failed" in run.outcome.stopped


@pytest.mark.parametrize("level", CONFINED)
def test_nothing_is_left_on_the_disk(confined: RunConfined, level: Level):
    confined("sh", "-c", "echo x > $HOME/a; echo y > $TMPDIR/b; mkdir $HOME/c", level=level)
    assert not list((confined.folder.parent / "tmp").iterdir())
    assert not list(confined.folder.iterdir())


@pytest.mark.parametrize("level", CONFINED)
def test_home_and_temporary_files_are_fresh(confined: RunConfined, level: Level):
    run = confined("sh", "-c", "ls -A $HOME $TMPDIR; touch $HOME/a $TMPDIR/a 2>/dev/null; ls $HOME", level=level)
    assert run.stdout.count("a\n") == 1, run.stderr


@pytest.mark.parametrize("level", LEVELS)
def test_only_plain_variables_are_passed_on(confined: RunConfined, level: Level):
    environment = {"API_TOKEN": "s3cret", "LC_ALL": "C.UTF-8"}
    run = confined("env", level=level, environment=environment)
    names = {line.partition("=")[0] for line in run.stdout.splitlines()}
    assert "LC_ALL" in names
    assert "API_TOKEN" not in names
    assert "s3cret" not in run.stdout


@pytest.mark.parametrize("level", LEVELS)
def test_descriptors_of_the_caller_stay_with_the_caller(confined: RunConfined, level: Level):
    run = confined("sh", "-c", "ls /proc/self/fd | wc -l", level=level)
    assert run.stdout.strip() == "4"  # three, and the one that lists


@pytest.mark.parametrize("level", CONFINED)
def test_a_run_is_sampled_for_what_it_uses(confined: RunConfined, level: Level):
    run = confined("sleep", "1.3", level=level)
    [sample, *_] = run.of("sample")
    assert sample.Processes >= 1
    assert sample.MemoryBytes > 100_000


def test_observing_denies_nothing(confined: RunConfined):
    run = confined(
        "/usr/bin/python3", "-c", "import ctypes; print(ctypes.CDLL(None).memfd_create(b'x', 0) > 0)", level=Level.L0
    )
    assert run.stdout == "True\n"
    assert run.outcome is not None
    assert run.outcome.denied == 0


def test_processes_share_memory_and_semaphores_where_these_are_their_own(confined: RunConfined):
    code = "import multiprocessing as m; a = m.Array('i', 3); l = m.Lock(); l.acquire(); print('shared')"
    run = confined("/usr/bin/python3", "-c", code, level=Level.L3)
    assert run.stdout == "shared\n", run.stderr


@pytest.mark.parametrize("level", CONFINED)
def test_what_a_run_builds_in_its_folder_may_be_run(confined: RunConfined, level: Level):
    run = confined(
        "sh", "-c", "cp /bin/echo built && ./built works && mkdir d && cp built d && d/built too", level=level
    )
    assert run.stdout == "works\ntoo\n", run.stderr
