import tempfile

import msgspec
import pytest

from pinfold.model import Level, Profile
from pinfold.sandbox import runs
from pinfold.sandbox.defaults import default_profile
from pinfold.sandbox.levels import Available, LevelTooLowError
from pinfold.sandbox.planning import Asked
from pinfold.sandbox.shortfall import Missing

LACKING = (Missing(Level.L3, "there are no user namespaces", "Allow them."),)


def asked(profile: Profile | None = None) -> Asked:
    return Asked(command=["true"], folder="/", environment={"PATH": "/usr/bin:/bin"}, home="/nowhere", profile=profile)


@pytest.fixture
def reaching(monkeypatch: pytest.MonkeyPatch):
    """A function that lets this machine reach a level, and no more."""

    def reach(level: Level | None) -> None:
        monkeypatch.setattr(runs, "probe_levels", lambda: Available(level, LACKING))

    return reach


@pytest.mark.parametrize(
    ("highest", "wanted", "lowest", "reason"),
    [
        (Level.L2, None, Level.L3, "no user namespaces"),
        (Level.L1, Level.L2, Level.L1, "L1 is reached"),
        (None, None, Level.L1, "nothing can be confined here"),
        (Level.L3, Level.L1, Level.L2, "accepts none below L2"),
    ],
)
def test_a_run_below_its_level_is_refused_before_anything_is_made(
    reaching, tmp_path, monkeypatch, highest, wanted, lowest, reason
):
    reaching(highest)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    profile = msgspec.structs.replace(default_profile(), level=lowest)
    with pytest.raises(LevelTooLowError, match=reason) as refused:
        runs.supervise(asked(profile), level=wanted)
    assert refused.value.code == 121
    assert not any(tmp_path.iterdir())


def test_without_a_profile_a_level_may_be_asked_for_but_none_is_taken_silently(reaching):
    reaching(Level.L1)
    with pytest.raises(LevelTooLowError):
        runs.supervise(asked())


def test_a_run_that_fails_at_the_start_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def begin(plan, supervisor):
        raise LevelTooLowError("changed my mind")

    with pytest.raises(LevelTooLowError):
        runs.supervise(asked(), level=Level.L0, begin=begin)
    assert not any(tmp_path.iterdir())
