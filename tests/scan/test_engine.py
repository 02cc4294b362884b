from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from pinfold.model import Limits, SkillKind, Verdict
from pinfold.rulebook import Cache, Judge
from pinfold.scan import engine, examine
from pinfold.scan.engine import MAX_LOSSES

CRIMSON = "# Use\n\nRun this first:\n\n```bash\n./go --crimsonword\n```\n"
CLEAN = "# Hello\n\nSay hello to the user.\n"


@pytest.fixture
def scan(judge):
    """Judge skills with the made-up rules and return the reports."""

    def scan(*skills, limits=None, jobs=1, version="1", cache=None, using=judge):
        return list(engine.scan(skills, using, limits or Limits(), jobs=jobs, version=version, cache=cache))

    return scan


@pytest.fixture
def cache(tmp_path):
    return Cache(tmp_path / "cache")


def entries(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "cache").rglob("report-*") if path.is_file())


def fresh(report):
    return msgspec.structs.replace(report, cached=False)


# Order and number of workers


def test_no_skill_no_report(scan):
    assert scan() == []


def test_every_skill_has_its_report_in_order(scan, write, skill):
    skills = [skill(write(f"s{n:03}", {"SKILL.md": CRIMSON if n % 3 == 0 else CLEAN})) for n in range(60)]
    reports = scan(*skills, jobs=2)
    assert [report.name for report in reports] == [one.name for one in skills]
    assert [report.verdict for report in reports] == [Verdict.BLOCK if n % 3 == 0 else Verdict.CLEAN for n in range(60)]


def test_one_worker_says_what_two_say(scan, write, skill):
    files = {"SKILL.md": CRIMSON, "a.md": "The amber phrase.\n", "tool": b"\x7fELF" + bytes(60), "tests/b.md": "x"}
    skills = [skill(write(f"s{n}", {**files, "n.md": f"number {n}\n"})) for n in range(12)]
    assert scan(*skills, jobs=1) == scan(*skills, jobs=2)


def test_skills_are_taken_as_they_are_needed(judge, write, skill):
    """A tree of any size is never held in memory."""
    root = write("s", {"SKILL.md": CLEAN})
    taken = []

    def skills():
        for number in range(1000):
            taken.append(number)
            yield skill(root)

    reports = engine.scan(skills(), judge, Limits(), jobs=2, version="1", cache=None)
    next(reports)
    assert len(taken) < 20
    reports.close()


def test_what_is_told_of_a_skill_reaches_its_report(scan, write, skill):
    one = skill(
        write("s", {"SKILL.md": CLEAN}),
        name="挖\x1b矿",
        kind=SkillKind.PLUGIN,
        declared=("Bash",),
        hosts=("codex",),
        source="https://market.example/s",
    )
    (report,) = scan(one)
    assert (report.name, report.kind, report.declared, report.hosts, report.source) == (
        one.name,
        one.kind,
        one.declared,
        one.hosts,
        one.source,
    )


# Results of earlier scans


def test_a_cached_result_equals_a_fresh_one(scan, write, skill, cache):
    one = skill(write("s", {"SKILL.md": CRIMSON, "a.md": "The amber phrase.\n", "tool": b"\x7fELF" + bytes(60)}))
    (first,), (second,) = scan(one, cache=cache), scan(one, cache=cache)
    assert (first.cached, second.cached) == (False, True)
    assert fresh(second) == first
    assert first == scan(one)[0]


def test_a_cached_result_carries_todays_name_and_place(scan, write, skill, cache):
    scan(skill(write("s", {"SKILL.md": CRIMSON})), cache=cache)
    moved = skill(write("elsewhere/t", {"SKILL.md": CRIMSON}), path="elsewhere/t", hosts=("codex",), source="x")
    (report,) = scan(moved, cache=cache)
    assert report.cached
    assert (report.name, report.path, report.hosts, report.source) == ("t", "elsewhere/t", ("codex",), "x")
    assert report.verdict is Verdict.BLOCK


@pytest.mark.parametrize("change", ["content", "name", "mode", "link", "new"])
def test_any_change_of_the_content_misses_the_cache(scan, write, skill, cache, change):
    root = write("s", {"SKILL.md": CLEAN, "a.sh": "id\n", "b.sh": "id\n"})
    scan(skill(root), cache=cache)
    if change == "content":
        (root / "a.sh").write_text("ID\n")
    elif change == "name":
        (root / "a.sh").rename(root / "c.sh")
    elif change == "mode":
        (root / "a.sh").chmod(0o755)
    elif change == "link":
        (root / "a.sh").unlink()
        (root / "a.sh").symlink_to("b.sh")
    else:
        (root / "c.sh").write_text("id\n")
    (report,) = scan(skill(root), cache=cache)
    assert not report.cached
    assert scan(skill(root), cache=cache)[0].cached


def test_a_changed_pinfold_misses_the_cache(scan, write, skill, cache, monkeypatch):
    one = skill(write("s", {"SKILL.md": CRIMSON}))
    scan(one, cache=cache)
    monkeypatch.setattr("pinfold.scan.engine._state", list)
    assert not scan(one, cache=cache)[0].cached


@pytest.mark.parametrize(
    "change",
    [{"version": "2"}, {"limits": Limits(file_bytes=1000)}],
    ids=["rulebook", "limit"],
)
def test_a_changed_rulebook_or_limit_misses_it(scan, write, skill, cache, change):
    one = skill(write("s", {"SKILL.md": CLEAN}))
    scan(one, cache=cache)
    assert not scan(one, cache=cache, **change)[0].cached
    assert scan(one, cache=cache)[0].cached


def test_what_is_loaded_as_something_else_misses_it(scan, write, skill, cache):
    root = write("s", {"SKILL.md": CLEAN})
    scan(skill(root), cache=cache)
    assert not scan(skill(root, kind=SkillKind.MCP_SERVER), cache=cache)[0].cached


def test_more_rules_find_more_in_what_was_clean(scan, write, skill, cache, rules):
    one = skill(write("s", {"SKILL.md": CRIMSON}))
    fewer = Judge([rule for rule in rules if rule.id != "crimson"])
    assert scan(one, cache=cache, using=fewer, version="fewer")[0].verdict is Verdict.CLEAN
    assert scan(one, cache=cache, version="all")[0].verdict is Verdict.BLOCK


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "folder", "nonsense"])
def test_a_damaged_entry_is_ignored_and_replaced(scan, write, skill, cache, tmp_path, damage):
    one = skill(write("s", {"SKILL.md": CRIMSON}))
    (first,) = scan(one, cache=cache)
    (entry,) = entries(tmp_path)
    data = entry.read_bytes()
    if damage == "cut":
        entry.write_bytes(data[:-1])
    elif damage == "flipped":
        entry.write_bytes(data.replace(b"block", b"clean"))
    elif damage == "empty":
        entry.write_bytes(b"")
    elif damage == "folder":
        entry.unlink()
        entry.mkdir()
    else:
        cache.put(entry.name, b"\xc1 not a report")
    (second,) = scan(one, cache=cache)
    assert second == first
    if damage != "folder":
        assert scan(one, cache=cache)[0].cached


def test_no_cache_writes_nothing(scan, write, skill, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    scan(skill(write("s", {"SKILL.md": CRIMSON})), cache=None)
    assert sorted(path for path in tmp_path.rglob("*") if "s" not in path.relative_to(tmp_path).parts) == before


def test_a_limit_that_was_reached_is_tried_again(scan, write, skill, cache, tmp_path):
    one = skill(write("s", {"SKILL.md": CLEAN, "big.md": "x" * 200}))
    (report,) = scan(one, cache=cache, limits=Limits(file_bytes=100))
    assert report.verdict is Verdict.INCOMPLETE
    assert entries(tmp_path) == []


# Copies


def test_identical_copies_are_judged_once_with_equal_results(scan, write, skill, cache, tmp_path):
    files = {"SKILL.md": CRIMSON, "a.md": "The amber phrase.\n"}
    skills = [skill(write(f"copy-{n}", files), path="x", name="x") for n in range(6)]
    reports = scan(*skills, cache=cache)
    assert [report.cached for report in reports] == [False] + [True] * 5
    assert len({msgspec.json.encode(fresh(report)) for report in reports}) == 1
    assert len(entries(tmp_path)) == 1
    assert [fresh(report) for report in reports] == scan(*skills)


# Files that cost a worker its life


@pytest.fixture
def trap(monkeypatch):
    """Let files of a name end their worker in the way given: ``trap({"bad.md": function})``."""

    def trap(ways):
        original = examine.read_source

        def read_source(file, **more):
            if way := ways.get(file.path):
                way()
            return original(file, **more)

        monkeypatch.setattr(examine, "read_source", read_source)

    return trap


def fail():
    raise RuntimeError("a fault of ours")


def hang():
    while True:
        pass


def burn(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def swell():
    bytearray(1 << 40)


@pytest.mark.parametrize(
    ("way", "reason", "told"),
    [
        (fail, "died", "a fault of ours"),
        (lambda: os._exit(7), "died", "7"),
        (lambda: os.kill(os.getpid(), 9), "died", "SIGKILL"),
        (swell, "limit", "worker_memory"),
        (hang, "limit", "file_seconds"),
    ],
    ids=["error", "exit", "signal", "memory", "time"],
)
def test_a_file_that_ends_its_worker_costs_itself_alone(scan, write, skill, trap, way, reason, told):
    trap({"bad.md": way})
    root = write("s", {"SKILL.md": CRIMSON, "bad.md": "x", "z.md": "The amber phrase.\n"})
    other = skill(write("other", {"SKILL.md": CLEAN}))
    report, after = scan(skill(root), other, limits=Limits(file_seconds=1.0 if way is hang else 20.0))
    ((path, why, detail),) = [(item.path, item.reason, item.detail) for item in report.unread]
    assert (path, why) == ("bad.md", reason)
    assert told in detail
    assert [finding.rule for finding in report.findings] == ["crimson", "amber"]
    assert (report.verdict, report.complete) == (Verdict.BLOCK, False)
    assert report.digest
    assert after.verdict is Verdict.CLEAN


def test_a_skill_with_such_a_file_is_never_clean(scan, write, skill, trap):
    trap({"bad.md": fail})
    (report,) = scan(skill(write("s", {"SKILL.md": CLEAN, "bad.md": "x"})))
    assert (report.verdict, report.unread[0].path) == (Verdict.INCOMPLETE, "bad.md")


def test_it_is_not_cached(scan, write, skill, trap, cache, tmp_path):
    trap({"bad.md": fail})
    scan(skill(write("s", {"SKILL.md": CLEAN, "bad.md": "x"})), cache=cache)
    assert entries(tmp_path) == []


def test_a_few_such_files_are_left_out_one_by_one(scan, write, skill, trap):
    names = [f"bad{number}.md" for number in range(MAX_LOSSES)]
    trap(dict.fromkeys(names, fail))
    (report,) = scan(skill(write("s", {"SKILL.md": CRIMSON, **dict.fromkeys(names, "x")})))
    assert sorted(item.path for item in report.unread) == names
    assert report.verdict is Verdict.BLOCK


def test_with_too_many_the_skill_is_given_up_and_not_clean(scan, write, skill, trap):
    names = [f"bad{number}.md" for number in range(MAX_LOSSES + 1)]
    trap(dict.fromkeys(names, fail))
    one, other = (
        skill(write("s", {"SKILL.md": CLEAN, **dict.fromkeys(names, "x")})),
        skill(write("t", {"SKILL.md": CLEAN})),
    )
    report, after = scan(one, other)
    assert (report.verdict, report.complete) == (Verdict.INCOMPLETE, False)
    assert "given up" in report.unread[-1].detail
    assert after.verdict is Verdict.CLEAN


def test_what_was_found_before_a_skill_was_given_up_is_kept(scan, write, skill, trap):
    names = [f"bad{number}.md" for number in range(MAX_LOSSES + 3)]
    trap(dict.fromkeys(names, fail))
    files = {"SKILL.md": CLEAN, "a.md": CRIMSON, "zz.md": "The amber phrase.\n", **dict.fromkeys(names, "x")}
    (report,) = scan(skill(write("s", files)))
    assert [finding.rule for finding in report.findings] == ["crimson"]
    assert (report.verdict, report.complete, report.digest) == (Verdict.BLOCK, False, "")
    assert [item.path for item in report.unread] == names[: MAX_LOSSES + 1]
    assert "given up" in report.unread[-1].detail


def test_time_for_a_skill_that_is_over_keeps_what_was_found(scan, write, skill, trap):
    trap({"b.md": lambda: burn(0.8)})
    root = write("s", {"SKILL.md": CRIMSON, "b.md": "x", "c.md": "The amber phrase.\n"})
    (report,) = scan(skill(root), limits=Limits(skill_seconds=0.6))
    assert report.verdict is Verdict.BLOCK
    assert [(item.path, item.reason) for item in report.unread] == [("c.md", "limit")]
    assert "skill_seconds" in report.unread[0].detail


# Nothing is run, reached or changed


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: __import__("socket").socket(),
        lambda: subprocess.run([sys.executable, "-c", ""], check=False),
        lambda: os.system("true"),  # noqa: S605, S607
        lambda: os.posix_spawn("/bin/true", ["true"], {}),
    ],
    ids=["socket", "subprocess", "system", "spawn"],
)
def test_whatever_opens_a_socket_or_starts_a_program_ends_there(scan, write, skill, trap, attempt):
    """A worker that did either would die, so every other test here shows that judging does neither."""
    trap({"bad.md": attempt})
    (report,) = scan(skill(write("s", {"SKILL.md": CLEAN, "bad.md": "x"})))
    assert report.verdict is Verdict.INCOMPLETE
    assert report.unread[0].path == "bad.md"
    assert "refused" in report.unread[0].detail


def test_a_scan_changes_nothing_in_what_it_reads(scan, write, skill):
    root = write("s", {"SKILL.md": CRIMSON, "go.py": "open('made', 'w')\n", "sitecustomize.py": "raise SystemExit\n"})
    (root / "go.py").chmod(0o755)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_mode) for path in [root, *root.rglob("*")]}
    scan(skill(root), jobs=2)
    assert {path: (path.stat().st_mtime_ns, path.stat().st_mode) for path in [root, *root.rglob("*")]} == before


def test_unreadable_and_strange_entries_are_told_and_never_clean(scan, write, skill):
    root = write("s", {"SKILL.md": CLEAN})
    os.mkfifo(root / "pipe")
    (root / "out").symlink_to("/etc/passwd")
    (report,) = scan(skill(root), limits=Limits(file_seconds=5))
    assert {item.path: item.reason for item in report.unread} == {"pipe": "unsafe", "out": "unsafe"}
    assert report.verdict is Verdict.INCOMPLETE


def test_a_skill_that_is_gone_is_not_clean(scan, skill, tmp_path):
    (report,) = scan(skill(tmp_path / "gone"))
    assert report.verdict is Verdict.INCOMPLETE


def test_a_name_that_is_no_text_survives_the_way_to_a_worker(scan, write, skill):
    root = write("s", {"SKILL.md": CLEAN})
    (root / os.fsdecode(b"\xff.md")).write_text("The scarlet phrase.\n")
    (report,) = scan(skill(root))
    assert report.verdict is Verdict.BLOCK
    assert report.findings[0].place.path == "\\xff.md"


def test_a_report_loses_nothing_on_the_way_from_a_worker(scan, judge, write, skill):
    one = skill(write("s", {"SKILL.md": CRIMSON + "\nSee https://docs.example.\n", "tool": b"\x7fELF" + bytes(60)}))
    assert scan(one) == [examine.Examiner(judge, Limits()).examine(one, lambda _path: None)]
