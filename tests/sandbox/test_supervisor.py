import os
import signal
from pathlib import Path

import pytest

from pinfold.model import Level
from tests.sandbox.conftest import RunConfined

LEVELS = [Level.L1, Level.L2, Level.L3]
CONFINED = [Level.L2, Level.L3]


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


def test_events_are_numbered_without_a_gap_and_told_to_be_complete(confined: RunConfined):
    run = confined("sh", "-c", "for i in 1 2 3 4 5; do /bin/true; done")
    assert [event.sequence for event in run.events] == list(range(1, len(run.events) + 1))
    first, *_, last = run.events
    assert (first.State, first.Level, last.State, last.Lost) == ("started", "L2", "ended", 0)
    assert len({event.session for event in run.events}) == 1


@pytest.mark.parametrize("level", LEVELS)
def test_what_is_left_running_ends_with_the_program(confined: RunConfined, level: Level):
    lost = "import os, time\nif os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0:\n    time.sleep(99)\n"
    run = confined("sh", "-c", f'/usr/bin/python3 -c "{lost}" & read x < /dev/null; sleep 0.3', level=level)
    assert run.outcome is not None, run.error
    assert run.outcome.code == 0
    pids = {event.ProcessId for event in run.events if event.ProcessId}
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


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
    run = confined(
        "sh", "-c", "ls -A $HOME $TMPDIR; touch $HOME/made-here $TMPDIR/made-here 2>/dev/null; ls $HOME", level=level
    )
    assert run.stdout.count("made-here\n") == 1, run.stderr


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
