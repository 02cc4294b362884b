import asyncio
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pinfold.model import FindingEvent, Level, Profile
from pinfold.sandbox import RunError, arun, library, run, start
from pinfold.sandbox.levels import probe_levels

pytestmark = pytest.mark.skipif(probe_levels().highest is None, reason="nothing can be confined here")


@pytest.fixture(scope="module", autouse=True)
def keeper() -> Iterator[None]:
    """Let the keeper go when these tests are over: other tests count the children of this process."""
    yield
    library._KEEPER.close()


def test_a_run_returns_how_it_went_and_hands_over_its_events(tmp_path: Path):
    events: list[object] = []
    outcome = run(["sh", "-c", "/bin/true; exit 4"], folder=tmp_path, on_event=events.append)
    assert outcome.code == 4
    assert [event.__struct_config__.tag for event in events].count("exec") == 2
    assert outcome.counts["exec"] == 2
    assert outcome.lost == 0


def test_output_goes_where_the_caller_wants_it(tmp_path: Path):
    with (tmp_path / "out").open("w+b") as out, (tmp_path / "in").open("w+b") as given:
        given.write(b"said\n")
        given.seek(0)
        run(["sh", "-c", "cat; echo loud >&2"], folder=tmp_path, stdin=given, stdout=out, stderr=subprocess.DEVNULL)
        out.seek(0)
        assert out.read() == b"said\n"


def test_whoever_decides_and_judges_is_asked_in_the_callers_process(tmp_path: Path):
    asked: list[int] = []

    def decide(event: object) -> str:
        asked.append(os.getpid())
        return "not this one" if str(getattr(event, "Image", "")).endswith("/true") else ""

    judged: list[object] = []
    outcome = run(
        ["sh", "-c", "/bin/true; exit 5"],
        folder=tmp_path,
        decide=decide,
        judge=lambda event: judged.append(event) or "",
    )
    assert (outcome.code, outcome.denied) == (5, 1)
    assert set(asked) == {os.getpid()}
    assert len(judged) == sum(outcome.counts.values())


def test_a_decision_that_fails_is_a_denial(tmp_path: Path):
    def decide(event: object) -> str:
        raise KeyError(event)

    assert run(["true"], folder=tmp_path, decide=decide).denied == 1


def test_a_judge_ends_the_run(tmp_path: Path):
    outcome = run(["sleep", "60"], folder=tmp_path, judge=lambda event: "kill")
    assert (outcome.code, outcome.stopped[:6]) == (120, "judged")


def test_a_run_can_be_frozen_thawed_and_killed(tmp_path: Path):
    states: list[str] = []
    seen = threading.Condition()

    def note(event: object) -> None:
        with seen:
            states.append(getattr(event, "State", ""))
            seen.notify_all()

    def until(state: str) -> None:
        with seen:
            assert seen.wait_for(lambda: state in states, timeout=20)

    started = start(["sh", "-c", "while :; do /bin/true; done"], folder=tmp_path, on_event=note)
    until("started")
    started.freeze("looking")
    until("frozen")
    started.thaw()
    until("thawed")
    started.kill("enough")
    outcome = started.wait(20)
    assert (outcome.code, outcome.stopped) == (120, "enough")


def test_what_takes_too_long_is_killed(tmp_path: Path):
    with pytest.raises(TimeoutError):
        run(["sleep", "60"], folder=tmp_path, timeout=0.3)


def test_many_runs_go_on_at_once(tmp_path: Path):
    async def main() -> list[int]:
        outcomes = await asyncio.gather(*(arun(["sh", "-c", f"exit {n}"], folder=tmp_path) for n in range(6)))
        return [outcome.code for outcome in outcomes]

    assert asyncio.run(main()) == [0, 1, 2, 3, 4, 5]


def test_a_task_that_is_cancelled_kills_its_run(tmp_path: Path):
    mark = tmp_path / "mark"

    async def main() -> None:
        task = asyncio.create_task(arun(["sh", "-c", "touch mark; sleep 60"], folder=tmp_path))
        async with asyncio.timeout(20):
            while not mark.exists():
                await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_a_run_that_cannot_be_is_an_error_with_the_code_of_the_command_line(tmp_path: Path):
    with pytest.raises(RunError, match="no program 'nosuch'") as missing:
        run(["nosuch"], folder=tmp_path)
    assert missing.value.code == 127
    with pytest.raises(RunError) as low:
        run(["true"], folder=tmp_path, level=Level.L1, profile=Profile(level=Level.L2))
    assert low.value.code == 121


def test_a_caller_that_forks_has_a_keeper_of_its_own(tmp_path: Path):
    run(["true"], folder=tmp_path)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = run(["sh", "-c", "exit 9"], folder=tmp_path).code
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert run(["true"], folder=tmp_path).code == 0


def test_findings_reach_the_caller(tmp_path: Path):
    rewrite = (
        "import ctypes\n"
        "words = open('/proc/self/stat').read().rpartition(') ')[2].split()\n"
        "ctypes.memset(int(words[45]), ord('z'), int(words[46]) - int(words[45]) - 1)\n"
    )
    events: list[object] = []
    outcome = run(["/usr/bin/python3", "-c", rewrite], folder=tmp_path, on_event=events.append)
    assert outcome.findings == 1
    assert [event.Rule for event in events if isinstance(event, FindingEvent)] == ["argv-rewritten"]
