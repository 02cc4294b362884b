from __future__ import annotations

import os

import pytest

from pinfold.model import Level
from pinfold.sandbox import watches as module
from pinfold.sandbox.loop import Loop
from pinfold.sandbox.watches import Watches

SH = "/bin/sh"


class Seen:
    """Watches with what they told, and a loop that is turned until nothing is left to tell."""

    def __init__(self) -> None:
        self.appeared: list[str] = []
        self.touched: list[tuple[str, bool]] = []
        self.loop = Loop()
        self.watches = Watches(
            self.loop, self.appeared.append, lambda path, changed: self.touched.append((path, changed))
        )

    def turn(self) -> None:
        self.loop.after(0, lambda: None)
        self.loop.turn()

    def close(self) -> None:
        self.watches.close()
        self.loop.close()


@pytest.fixture
def seen():
    seen = Seen()
    yield seen
    seen.close()


def test_an_expected_name_is_told_once_it_exists(seen, tmp_path):
    seen.watches.expect(str(tmp_path), ("CLAUDE.md",))
    seen.watches.expect(str(tmp_path), (".env.*",))
    (tmp_path / "other").touch()
    seen.turn()
    assert seen.appeared == []
    (tmp_path / ".env.local").touch()
    (tmp_path / "other").rename(tmp_path / "CLAUDE.md")
    seen.turn()
    assert seen.appeared == [str(tmp_path / ".env.local"), str(tmp_path / "CLAUDE.md")]


def test_a_name_that_is_there_already_is_told_at_once(seen, tmp_path):
    (tmp_path / "a.kdbx").touch()
    seen.watches.expect(str(tmp_path), ("*.kdbx",))
    assert seen.appeared == [str(tmp_path / "a.kdbx")]


def test_folders_on_the_way_are_followed(seen, tmp_path):
    seen.watches.expect(str(tmp_path), (".github", "workflows", "ci.yml"))
    (tmp_path / "g" / "workflows").mkdir(parents=True)
    (tmp_path / "g").rename(tmp_path / ".github")
    seen.turn()
    (tmp_path / ".github" / "workflows" / "ci.yml").touch()
    seen.turn()
    assert seen.appeared == [str(tmp_path / ".github" / "workflows" / "ci.yml")]


def test_a_name_made_together_with_its_folder_is_found(seen, tmp_path):
    seen.watches.expect(str(tmp_path), (".github", "workflows"))
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    seen.turn()
    assert seen.appeared == [str(tmp_path / ".github" / "workflows")]


def test_a_name_that_is_gone_again_is_not_told(seen, tmp_path):
    seen.watches.expect(str(tmp_path), ("CLAUDE.md",))
    (tmp_path / "CLAUDE.md").touch()
    (tmp_path / "CLAUDE.md").unlink()
    seen.turn()
    assert seen.appeared == []


def test_touching_is_told(seen, tmp_path):
    (tmp_path / "file").write_text("a")
    (tmp_path / "folder").mkdir()
    seen.watches.observe([str(tmp_path / "file"), str(tmp_path / "folder"), str(tmp_path / "missing")])
    (tmp_path / "file").read_text()
    seen.turn()
    assert set(seen.touched) == {(str(tmp_path / "file"), False)}
    (tmp_path / "folder" / "new").touch()
    (tmp_path / "file").chmod(0o600)
    seen.turn()
    assert {(str(tmp_path / "folder" / "new"), True), (str(tmp_path / "file"), True)} <= set(seen.touched)


def test_there_is_a_limit_and_it_is_told(seen, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_WATCHES", 3)
    for number in range(4):
        (tmp_path / str(number)).touch()
    seen.watches.observe(str(tmp_path / str(number)) for number in range(3))
    assert not seen.watches.short
    seen.watches.observe([str(tmp_path / "3")])
    assert seen.watches.short


@pytest.mark.parametrize("level", [Level.L2, Level.L3])
def test_a_denied_name_made_from_outside_ends_the_run(confined, level):
    """The judge stands for somebody outside: it makes the name as soon as the program has started."""

    def judge(event):
        if event.__struct_config__.tag == "exec" and "sleep" in event.CommandLine:
            (confined.folder / "CLAUDE.md").write_text("mine")
        return ""

    done = confined(SH, "-c", "sleep 30", level=level, judge=judge, seconds=25)
    assert done.outcome is not None, done.error
    assert "CLAUDE.md" in done.outcome.stopped
    assert done.outcome.code == 120
    rules = [event.Rule for event in done.of("finding")]
    assert rules == ["denied-name-raced" if level is Level.L3 else "denied-name-appeared"]
    kept = [path for path in confined.folder.iterdir() if path.read_text() == "mine"]
    assert len(kept) == 1  # nothing is ever lost
    assert (kept[0].name == "CLAUDE.md") == (level is Level.L2)


def test_what_agents_obey_is_seen_when_it_is_read(confined):
    (confined.folder / "CLAUDE.md").write_text("instructions")
    done = confined(SH, "-c", "cat CLAUDE.md CLAUDE.md", level=Level.L3)
    assert [event.TargetFilename for event in done.of("read")] == [str(confined.folder / "CLAUDE.md")]
    assert not done.of("write")
    assert [path.name for path in confined.folder.iterdir()] == ["CLAUDE.md"]


@pytest.mark.parametrize("name", ["CLAUDE.md", ".env"])
@pytest.mark.parametrize("how", ["replaced", "written"])
def test_what_a_mount_protects_may_be_written_from_outside_but_not_replaced(confined, name, how):
    """To put another file in its place takes the mount away."""
    (confined.folder / name).write_text("old")
    os.chown(confined.folder / name, confined.user, confined.user)

    def judge(event):
        if event.__struct_config__.tag == "exec" and "sleep" in event.CommandLine:
            target = confined.folder / ("new" if how == "replaced" else name)
            target.write_text("mine")
            if how == "replaced":
                target.replace(confined.folder / name)
        return ""

    seconds = "30" if how == "replaced" else "0.2"
    done = confined(SH, "-c", f"sleep {seconds}; echo end", level=Level.L3, judge=judge, seconds=25)
    assert done.outcome is not None, done.error
    assert (confined.folder / name).read_text() == "mine"
    rules = [event.Rule for event in done.of("finding")]
    if how == "replaced":
        assert (done.outcome.code, rules, done.stdout) == (120, ["denied-name-replaced"], "")
    else:
        assert (done.outcome.code, rules, done.stdout) == (0, [], "end\n")


def test_places_that_cannot_be_watched_are_told(confined, monkeypatch):
    monkeypatch.setattr(module, "MOST_WATCHES", 0)
    done = confined(SH, "-c", "true", level=Level.L3)
    assert [event.Rule for event in done.of("finding")] == ["denied-names-unwatched"]
