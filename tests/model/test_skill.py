from __future__ import annotations

import msgspec

from pinfold.model import FileType, Skill, SkillFile, SkillKind, Unread


def test_a_skill_survives_the_way_to_a_worker():
    skill = Skill(
        name="挖矿",
        kind=SkillKind.MCP_SERVER,
        path="skills/x",
        root="/srv/skills/x",
        declared=("Bash(git:*)",),
        hosts=("codex",),
        source="https://market.example/x",
    )
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(skill), type=Skill) == skill


def test_what_is_unread_is_a_value_of_its_own():
    assert Unread("a.bin", "opaque") == Unread("a.bin", "opaque", "")
    assert len({Unread("a.bin", "opaque"), Unread("a.bin", "opaque"), Unread("a.bin", "limit")}) == 2


def test_a_file_is_not_executable_unless_it_says_so():
    assert SkillFile(path="run.sh", data=b"", type=FileType.TEXT).executable is False
