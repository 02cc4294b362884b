import signal

import msgspec
import pytest

from pinfold.model import Level, Resources
from pinfold.sandbox.defaults import default_profile
from tests.sandbox.conftest import RunConfined

CONFINED = [Level.L2, Level.L3]


def limited(**limits: float):
    return msgspec.structs.replace(default_profile(), limits=Resources(**limits))


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
def test_a_run_is_sampled_for_what_it_uses(confined: RunConfined, level: Level):
    run = confined("sleep", "1.3", level=level)
    [sample, *_] = run.of("sample")
    assert sample.Processes >= 1
    assert sample.MemoryBytes > 100_000


def test_what_a_run_is_stopped_for_names_the_limit(confined: RunConfined):
    run = confined("sleep", "60", profile=limited(wall_seconds=0.1))
    assert run.events[-1].reason == "it ran longer than 0.1 seconds (limits.wall-seconds)"
