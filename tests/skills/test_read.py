from __future__ import annotations

import io
import os
import socket
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from pinfold.model import FileType, Limits, Skill, SkillFile, SkillKind, Unread
from pinfold.skills.read import digest_of, read


def skill_at(root: Path, kind: SkillKind = SkillKind.SKILL) -> Skill:
    return Skill(name=root.name, kind=kind, path=str(root), root=str(root))


def contents(skill: Skill, **limits: int) -> tuple[dict[str, bytes], list[tuple[str, str]]]:
    items = list(read(skill, Limits(**limits)))
    return {item.path: item.data for item in items if isinstance(item, SkillFile)}, [
        (item.path, item.reason) for item in items if isinstance(item, Unread)
    ]


def plant(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.fixture
def tidy(tmp_path: Path) -> Path:
    root = tmp_path / "tidy"
    for path in ("SKILL.md", "a/b.txt", "a.txt", "a-b.txt", "scripts/run.sh"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)
    (root / "scripts/run.sh").chmod(0o755)
    return root


def test_files_come_in_the_order_of_their_paths(tidy: Path) -> None:
    items = [item for item in read(skill_at(tidy), Limits()) if isinstance(item, SkillFile)]
    paths = [item.path for item in items]
    assert paths == sorted(paths) == ["SKILL.md", "a-b.txt", "a.txt", "a/b.txt", "scripts/run.sh"]
    assert [item.executable for item in items] == [False, False, False, False, True]
    assert all(item.data.decode() == item.path and len(item.digest) == 64 for item in items)


def test_the_digest_is_known_after_the_last_file_and_is_the_same_without_reading(tidy: Path) -> None:
    reading = read(skill_at(tidy), Limits())
    assert reading.digest == ""
    list(reading)
    assert reading.digest.startswith("sha256:")
    assert reading.digest == digest_of(skill_at(tidy), Limits())


def test_content_mode_name_and_links_change_the_digest(tidy: Path) -> None:
    digests = [digest_of(skill_at(tidy), Limits())]
    (tidy / "a.txt").chmod(0o755)
    digests.append(digest_of(skill_at(tidy), Limits()))
    (tidy / "a.txt").write_text("other")
    digests.append(digest_of(skill_at(tidy), Limits()))
    (tidy / "a.txt").rename(tidy / "c.txt")
    digests.append(digest_of(skill_at(tidy), Limits()))
    (tidy / "link").symlink_to("c.txt")
    digests.append(digest_of(skill_at(tidy), Limits()))
    (tidy / "link").unlink()
    (tidy / "link").symlink_to("a-b.txt")
    digests.append(digest_of(skill_at(tidy), Limits()))
    assert len(set(digests)) == len(digests)


def test_archives_are_opened_where_they_lie(tidy: Path) -> None:
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as archive:
        info = tarfile.TarInfo("deep.txt")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"deep"))
    with zipfile.ZipFile(tidy / "pack.dat", "w") as outer:
        outer.writestr("inner.bin", inner.getvalue())
        outer.writestr("../evil", "x")
    files, unread = contents(skill_at(tidy))
    assert files["pack.dat!/inner.bin!/deep.txt"] == b"deep"
    assert unread == [("pack.dat!/../evil", "unsafe")]
    assert contents(skill_at(tidy), archive_depth=1)[1][0] == ("pack.dat!/inner.bin", "limit")


def test_a_single_file_or_archive_is_a_root_too(tidy: Path) -> None:
    assert list(contents(skill_at(tidy / "SKILL.md"))[0]) == ["SKILL.md"]
    with zipfile.ZipFile(tidy / "pack.skill", "w") as archive:
        archive.writestr("SKILL.md", "x")
    assert list(contents(skill_at(tidy / "pack.skill"))[0]) == ["pack.skill", "pack.skill!/SKILL.md"]


def test_links_inside_are_no_news_and_links_out_are_unsafe(tidy: Path) -> None:
    (tidy / "again.txt").symlink_to("a.txt")
    (tidy / "folder").symlink_to("a")
    (tidy / "a/loop").symlink_to("..")
    (tidy / "itself").symlink_to("itself")
    (tidy.parent / "secret.txt").write_text("secret")
    (tidy / "out").symlink_to("../secret.txt")
    (tidy / "away").symlink_to("/")
    (tidy / "chain").symlink_to("out")
    files, unread = contents(skill_at(tidy))
    assert b"secret" not in files.values()
    assert unread == [("away", "unsafe"), ("chain", "unsafe"), ("out", "unsafe")]
    assert len(files) == 5


def test_a_root_that_is_a_link_out_is_unsafe(tidy: Path) -> None:
    (tidy.parent / "door").symlink_to(tidy)
    assert contents(skill_at(tidy.parent / "door")) == ({}, [("door", "unsafe")])


def test_pipes_and_sockets_are_unsafe_and_do_not_block(tidy: Path) -> None:
    os.mkfifo(tidy / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tidy / "s"))
        assert contents(skill_at(tidy))[1] == [("pipe", "unsafe"), ("s", "unsafe")]


def test_what_the_system_refuses_is_denied(open_folder: Path) -> None:
    root = plant(open_folder / "tidy", a__b="b", a_txt="a", SKILL="s")
    (root / "a").chmod(0)
    (root / "a_txt").chmod(0)
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)  # root may read everything
    try:
        refused, digest = contents(skill_at(root))[1], digest_of(skill_at(root), Limits())
    finally:
        os.seteuid(me)
        (root / "a").chmod(0o700)
    assert (refused, digest) == ([("a", "denied"), ("a_txt", "denied")], "")


def test_a_large_file_starves_no_other(tidy: Path) -> None:
    (tidy / "a.txt").write_text("x" * 5000)
    files, unread = contents(skill_at(tidy), file_bytes=1000)
    assert unread == [("a.txt", "limit")]
    assert len(files) == 4
    before = digest_of(skill_at(tidy), Limits(file_bytes=1000))
    assert before == digest_of(skill_at(tidy), Limits())
    (tidy / "a.txt").write_text("x" * 4999 + "y")
    assert digest_of(skill_at(tidy), Limits(file_bytes=1000)) not in ("", before)


def test_a_sparse_giant_is_not_read_through(tidy: Path) -> None:
    with (tidy / "giant").open("wb") as file:
        file.truncate(1 << 40)
    start = time.perf_counter()
    assert contents(skill_at(tidy))[1] == [("giant", "limit")]
    assert digest_of(skill_at(tidy), Limits()) == ""
    assert time.perf_counter() - start < 2


def test_too_many_files_or_bytes_or_folders_are_said(tidy: Path) -> None:
    assert contents(skill_at(tidy), skill_files=3)[1] == [("", "limit")]
    assert contents(skill_at(tidy), skill_bytes=12)[1] == [("", "limit")]
    assert contents(skill_at(tidy), tree_depth=0)[1] == [("a", "limit"), ("scripts", "limit")]
    assert digest_of(skill_at(tidy), Limits(tree_depth=0)) == ""


def test_a_deep_tree_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "deep"
    (path / "/".join("d" * 1 for _ in range(200))).mkdir(parents=True)
    (path / "SKILL.md").write_text("x")
    files, unread = contents(skill_at(path))
    assert list(files) == ["SKILL.md"]
    assert [reason for _, reason in unread] == ["limit"]


def test_names_that_are_no_utf8_are_borne(tidy: Path) -> None:
    (tidy / "bad\udcff.txt").write_bytes(b"x")
    assert "bad\\xff.txt" in contents(skill_at(tidy))[0]
    assert digest_of(skill_at(tidy), Limits())


def test_programs_are_given_and_named(tidy: Path) -> None:
    (tidy / "tool").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(60))
    items = [item for item in read(skill_at(tidy), Limits()) if item.path == "tool"]
    assert isinstance(items[0], SkillFile)
    assert items[0].type is FileType.PROGRAM
    assert isinstance(items[1], Unread)
    assert items[1].reason == "opaque"


def test_git_bookkeeping_is_no_content_but_everything_else_below_git_is(tidy: Path) -> None:
    git = {
        ".git/HEAD": "ref: refs/heads/main\n",
        ".git/objects/ab/" + "c" * 38: "x\x01",
        ".git/refs/heads/main": "a" * 40 + "\n",
        ".git/hooks/pre-commit.sample": "#!/bin/sh\n",
        ".git/description": "Unnamed repository; edit this file",
    }
    plant(tidy, **{name.replace("/", "__"): text for name, text in git.items()})
    before = digest_of(skill_at(tidy), Limits())
    plain, unread = contents(skill_at(tidy))
    assert (len(plain), unread) == (5, [])
    hidden = {
        ".git/hooks/post-checkout": "echo hello",
        ".git/config": "[core]",
        ".git/run.sh": "echo hello",
        ".git/objects/ab/" + "d" * 38: "echo hello",
        ".git/refs/heads/evil": "echo hello",
        ".git/hooks/evil.sample": "echo hello",
    }
    plant(tidy, **{name.replace("/", "__"): text for name, text in hidden.items()})
    assert set(contents(skill_at(tidy))[0]) - set(plain) == set(hidden)
    assert digest_of(skill_at(tidy), Limits()) != before


def test_a_link_to_git_bookkeeping_is_unsafe(tidy: Path) -> None:
    plant(tidy, **{".git__objects__ab__" + "c" * 38: "x\x01"})
    (tidy / "run.sh").symlink_to(".git/objects/ab/" + "c" * 38)
    assert contents(skill_at(tidy))[1] == [("run.sh", "unsafe")]


def test_agent_configuration_is_just_its_files(tmp_path: Path) -> None:
    root = plant(
        tmp_path / "project", **{"CLAUDE.md": "a", ".claude__settings.json": "{}", "src__main.py": "x", "guide.md": "g"}
    )
    (root / "AGENTS.md").symlink_to("guide.md")
    files, unread = contents(skill_at(root, SkillKind.AGENT_CONFIG))
    assert files == {"CLAUDE.md": b"a", ".claude/settings.json": b"{}", "AGENTS.md": b"g"}
    assert unread == []


def test_skills_in_an_mcp_server_are_not_its_files(tmp_path: Path) -> None:
    root = plant(tmp_path / "server", **{"server.json": "{}", "src__main.py": "x", "skills__a__SKILL.md": "s"})
    assert set(contents(skill_at(root, SkillKind.MCP_SERVER))[0]) == {"server.json", "src/main.py"}


def test_a_root_that_is_gone_is_denied(tmp_path: Path) -> None:
    assert contents(skill_at(tmp_path / "gone")) == ({}, [("gone", "denied")])


def test_every_file_has_a_path_of_its_own(tmp_path: Path) -> None:
    """Paths on disk can come to one path: bytes that are no text, and what looks like a member of an archive."""
    root = tmp_path / "s"
    (root / "a.zip!").mkdir(parents=True)
    (root / "a.zip!/x.sh").write_text("one")
    with zipfile.ZipFile(root / "a.zip", "w") as archive:
        archive.writestr("x.sh", "two")
    Path(os.fsdecode(bytes(root) + b"/\xff.sh")).write_text("three")
    (root / "\\xff.sh").write_text("four")
    files = [item for item in read(skill_at(root), Limits()) if isinstance(item, SkillFile)]
    assert len({file.path for file in files}) == len(files) == 5
