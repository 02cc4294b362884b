from __future__ import annotations

import pytest

from pinfold.model import Level

PYTHON = "/usr/bin/python3"
EVERY = pytest.mark.parametrize("level", list(Level))


def told(done, folder):
    """Return the names in the folder that were read and written."""
    place = f"{folder}/"
    return tuple(
        sorted(
            {
                event.TargetFilename.removeprefix(place)
                for event in done.of(kind)
                if event.TargetFilename.startswith(place)
            }
        )
        for kind in ("read", "write")
    )


@EVERY
def test_every_file_is_told(confined, level):
    (confined.folder / "seen").write_text("x")
    code = (
        "cat seen seen; echo x > made; mkdir d; mv made d/moved; ln -s x link; ln d/moved hard; rm hard; rmdir none;"
        f"cat missing; {PYTHON} -c 'import os; os.truncate(\"d/moved\", 0)'"
    )
    done = confined("sh", "-c", code, level=level, trace=["files"])
    reads, writes = told(done, confined.folder)
    assert reads == ["seen"], done.stderr
    assert writes == ["d", "d/moved", "hard", "link", "made", "none"]
    libraries = [event for event in done.of("read") if "libc" in event.TargetFilename]
    assert libraries
    assert {event.decision for event in libraries} == {"" if level is Level.L0 else "allow"}
    assert all(event.Image and event.ProcessId for event in libraries)
    started = done.of("run")[0]
    assert started.Traced == ("files",)


@EVERY
def test_the_same_is_told_once_a_program(confined, level):
    (confined.folder / "seen").write_text("x")
    done = confined("sh", "-c", "for i in 1 2 3; do cat seen; read x < seen; done", level=level, trace=["files"])
    events = [event for event in done.of("read") if event.TargetFilename.endswith("/seen")]
    assert sorted(event.Image.rpartition("/")[2] for event in events) == ["cat", "dash"]


@pytest.mark.parametrize("level", [Level.L2, Level.L3])
def test_denials_of_the_kernel_are_told(confined, level):
    home = confined.folder.parent / "home"
    (home / "secret").write_text("x")
    done = confined("sh", "-c", f"cat {home}/secret; echo x > {home}/new; cat /nowhere", level=level, trace=["files"])
    denied = {event.TargetFilename: event for event in done.events if event.decision == "deny"}
    if level is Level.L2:  # at L3 it does not exist
        assert "read.allow" in denied[f"{home}/secret"].reason
        assert "write.allow" in denied[f"{home}/new"].reason
    assert "/nowhere" not in denied


def test_at_the_lowest_level_nothing_is_refused(confined):
    done = confined(
        "sh", "-c", "echo x > CLAUDE.md; echo y > .env; cat .env; chmod 600 .env", level=Level.L0, trace=["files"]
    )
    assert done.stdout == "y\n"
    assert (confined.folder / "CLAUDE.md").read_text() == "x\n"
    assert not done.of("denied")
    assert told(done, confined.folder) == ([".env"], [".env", "CLAUDE.md"])


def test_newer_and_odd_ways_to_open(confined):
    code = (
        "import ctypes, os, struct\nlibc = ctypes.CDLL(None)\n"
        "libc.syscall(437, -100, b'new', struct.pack('=3Q', os.O_CREAT | os.O_WRONLY, 0o644, 0), 24)\n"
        "libc.syscall(437, -100, b'new', struct.pack('=3Q', 0, 0, 0), 24)\n"
        "libc.syscall(437, -100, b'new', 1, 24); libc.syscall(257, -100, 1, 0); libc.syscall(2, b'', 0)\n"
        "libc.syscall(257, 77, b'x', 0)\n"
        "os.symlink('loop', 'loop'); libc.syscall(2, b'loop', os.O_CREAT)\nprint('done')\n"
    )
    done = confined(PYTHON, "-c", code, level=Level.L0, trace=["files"])
    assert done.stdout == "done\n"
    assert told(done, confined.folder) == (["new"], ["loop", "new"])


@EVERY
def test_names_that_are_made_or_taken_away_are_told_apart_from_content(confined, level):
    (confined.folder / "old").write_text("x")
    (confined.folder / "old").chmod(0o666)
    (confined.folder / "gone").write_text("x")
    done = confined("sh", "-c", "echo y > old; echo x > new; mkdir d; rm gone", level=level, trace=["files"])
    place = f"{confined.folder}/"
    entries = {
        event.TargetFilename.removeprefix(place): event.entry
        for event in done.of("write")
        if event.TargetFilename.startswith(place)
    }
    assert entries == {"old": False, "new": True, "d": True, "gone": True}, done.stderr


def test_what_may_not_be_written_anyway_is_not_told(confined):
    if confined.user == 0:
        pytest.skip("root may write anywhere")
    done = confined("sh", "-c", "echo x > /usr/new; echo x > /etc/passwd", level=Level.L0, trace=["files"])
    assert not [event for event in done.of("write") if event.TargetFilename.startswith(("/usr", "/etc"))]
