from __future__ import annotations

import io
import os
import tarfile
import time
import zipfile
from pathlib import Path

import pytest

from pinfold.model import Limits, NothingToScanError, Skill, SkillFile, SkillKind, UsageError
from pinfold.skills.discover import find
from pinfold.skills.read import read

SKILL = "---\nname: tidy\ndescription: Tidies.\n---\n# Tidy\n"


def plant(root: Path, *paths: str, text: str = SKILL) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return root


def found(*paths: Path) -> list[Skill]:
    return list(find(paths, Limits()))


def shapes(*paths: Path) -> list[tuple[str, str]]:
    """Kind, and path below the first path."""
    return [(str(skill.kind), os.path.relpath(skill.path, paths[0])) for skill in found(*paths)]


@pytest.mark.parametrize("name", ["SKILL.md", "skill.md", "Skill.MD"])
def test_a_skill_folder_in_whatever_case(tmp_path: Path, name: str) -> None:
    plant(tmp_path / "folder", name, "scripts/run.sh")
    [skill] = found(tmp_path / "folder")
    assert (skill.name, skill.kind, skill.description) == ("tidy", SkillKind.SKILL, "Tidies.")
    assert skill.root == str(tmp_path / "folder")
    assert skill.path == str(tmp_path / "folder")


@pytest.mark.parametrize(
    "text", ["", "# No front matter\n", "---\nname: [broken\n", "\ufeff---\r\nname: other\r\n---\r\n"]
)
def test_a_skill_is_one_whatever_its_front_matter(tmp_path: Path, text: str) -> None:
    plant(tmp_path / "folder", "SKILL.md", text=text)
    [skill] = found(tmp_path / "folder")
    assert skill.kind is SkillKind.SKILL
    assert skill.name


def test_a_tree_is_walked_in_order(tmp_path: Path) -> None:
    plant(tmp_path, "b/SKILL.md", "a/c/SKILL.md", "a/SKILL-not.md", "d/e/f/SKILL.md", "README.md", "lib/tool.py")
    assert shapes(tmp_path) == [("skill", "a/c"), ("skill", "b"), ("skill", "d/e/f")]
    assert shapes(tmp_path) == shapes(tmp_path)


def test_a_nested_skill_belongs_to_the_outer_one(tmp_path: Path) -> None:
    plant(tmp_path, "a/SKILL.md", "a/inner/SKILL.md")
    [skill] = found(tmp_path)
    assert [item.path for item in read(skill, Limits())] == ["SKILL.md", "inner/SKILL.md"]


@pytest.mark.parametrize(
    "manifest",
    [
        ".claude-plugin/plugin.json",
        ".codex-plugin/plugin.json",
        ".cursor-plugin/plugin.json",
        "gemini-extension.json",
        "openclaw.plugin.json",
    ],
)
def test_a_plugin_is_one_unit_with_its_skills(tmp_path: Path, manifest: str) -> None:
    plant(tmp_path, f"p/{manifest}", text='{"name": "kit", "version": "2", "author": {"name": "Ann"}}')
    plant(tmp_path, "p/skills/a/SKILL.md", "p/hooks/hooks.json", "p/CLAUDE.md")
    [plugin] = found(tmp_path)
    assert (plugin.kind, plugin.name, plugin.version, plugin.publisher) == (SkillKind.PLUGIN, "kit", "2", "Ann")
    assert len(list(read(plugin, Limits()))) == 4


def test_a_marketplace_is_no_plugin(tmp_path: Path) -> None:
    plant(tmp_path, ".claude-plugin/marketplace.json", text="{}")
    plant(tmp_path, "skills/a/SKILL.md")
    assert shapes(tmp_path) == [("skill", "skills/a")]


def test_an_mcp_server_leaves_out_the_skills_below_it(tmp_path: Path) -> None:
    plant(tmp_path, "s/package.json", text='{"name": "weather", "dependencies": {"@modelcontextprotocol/sdk": "1"}}')
    plant(tmp_path, "s/src/index.js", "s/skills/a/SKILL.md", "s/CLAUDE.md", "s/.mcp.json")
    units = found(tmp_path)
    assert [(unit.kind, unit.name) for unit in units] == [(SkillKind.MCP_SERVER, "weather"), (SkillKind.SKILL, "tidy")]
    assert {item.path for item in read(units[0], Limits())} == {
        ".mcp.json",
        "CLAUDE.md",
        "package.json",
        "src/index.js",
    }


def test_a_server_without_manifest_shows_in_its_code(tmp_path: Path) -> None:
    plant(tmp_path, "s/main.py", text='if method == "tools/list":\n    answer()\n')
    plant(tmp_path, "s/.vscode/mcp.json", "s/helper.py", "a/SKILL.md")
    assert shapes(tmp_path) == [("skill", "a"), ("mcp-server", "s")]
    assert [skill.kind for skill in found(tmp_path / "s/main.py")] == [SkillKind.MCP_SERVER]


@pytest.mark.parametrize(
    "name", [".mcp.json", "mcp.json", "claude_desktop_config.json", ".vscode/mcp.json", ".cursor/mcp.json"]
)
def test_mcp_configuration_is_a_unit(tmp_path: Path, name: str) -> None:
    plant(tmp_path, name, text='{"mcpServers": {"a": {}}}')
    for path in (tmp_path, tmp_path / name):
        [unit] = found(path)
        assert unit.kind is SkillKind.MCP_SERVER
        assert "mcpServers: a" in unit.declared


CONFIG = [
    "CLAUDE.md", "AGENTS.md", "agents.md", "GEMINI.md", "SOUL.md", "MEMORY.md", "USER.md", "IDENTITY.md",
    "HEARTBEAT.md",
    ".cursorrules", ".cursor/rules/a.mdc", ".windsurfrules", ".clinerules", ".clinerules/a.md",
    ".github/copilot-instructions.md", ".claude/settings.json", ".claude/settings.local.json", "hooks.json",
    ".vscode/tasks.json", ".devcontainer/devcontainer.json", ".devcontainer.json", ".codex/config.toml",
    ".gemini/settings.json", ".github/hooks/a.json", ".claude/commands/a.md", ".claude/agents/a.md",
]  # fmt: skip


@pytest.mark.parametrize("name", CONFIG)
def test_agent_configuration_is_a_unit(tmp_path: Path, name: str) -> None:
    plant(tmp_path, f"p/{name}", "p/src/main.py", "p/notes.txt", text="x")
    [unit] = found(tmp_path)
    assert (str(unit.kind), unit.root) == ("agent-config", str(tmp_path / "p"))
    assert [item.path for item in read(unit, Limits()) if isinstance(item, SkillFile)] == [name]
    [alone] = found(tmp_path / "p" / name)
    assert alone.kind is SkillKind.AGENT_CONFIG
    [folder] = found((tmp_path / "p" / name).parent)
    assert [item.path for item in read(folder, Limits())] in ([Path(name).name], [name])


def test_the_configuration_of_one_folder_is_one_unit(tmp_path: Path) -> None:
    plant(
        tmp_path,
        "CLAUDE.md",
        ".claude/settings.json",
        "memory/2026-01-01.md",
        ".claude/skills/a/SKILL.md",
        "sub/AGENTS.md",
    )
    assert shapes(tmp_path) == [("agent-config", "."), ("skill", ".claude/skills/a"), ("agent-config", "sub")]
    assert [item.path for item in read(found(tmp_path)[0], Limits())] == [
        ".claude/settings.json", "CLAUDE.md", "memory/2026-01-01.md"
    ]  # fmt: skip


def test_ordinary_documents_are_no_configuration(tmp_path: Path) -> None:
    plant(tmp_path, "docs/user.md", "docs/memory.md", "memory/notes.md", "a/SKILL.md")
    assert shapes(tmp_path) == [("skill", "a")]


@pytest.mark.parametrize(
    ("name", "kind"), [("SKILL.md", "skill"), ("notes.md", "skill"), ("run.sh", "skill"), ("CLAUDE.md", "agent-config")]
)
def test_a_single_file_is_a_unit(tmp_path: Path, name: str, kind: str) -> None:
    plant(tmp_path, name, "other.md")
    [unit] = found(tmp_path / name)
    assert (str(unit.kind), unit.path) == (kind, str(tmp_path / name))
    assert [item.path for item in read(unit, Limits())] == [name]


def zipped(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize("name", ["a.skill", "a.zip", "a.whl", "named-like-nothing"])
def test_an_archive_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(zipped(**{"folder/readme.txt": "x", "folder/Skill.md": SKILL}))
    [unit] = found(tmp_path / name)
    assert (unit.kind, unit.name, unit.description) == (SkillKind.SKILL, "tidy", "Tidies.")


def test_an_archive_may_hold_a_plugin_or_a_server(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(
        zipped(**{".claude-plugin/plugin.json": '{"name": "kit"}', "skills/a/SKILL.md": SKILL})
    )
    (tmp_path / "b.mcpb").write_bytes(
        zipped(**{"manifest.json": '{"manifest_version": "1", "name": "b", "server": {"mcp_config": {}}}'})
    )
    assert [(str(unit.kind), unit.name) for unit in found(tmp_path / "a.zip", tmp_path / "b.mcpb")] == [
        ("plugin", "kit"), ("mcp-server", "b")
    ]  # fmt: skip


def test_archives_made_to_be_installed_count_in_a_tree(tmp_path: Path) -> None:
    plant(tmp_path, "a/SKILL.md", "notes.zip")
    (tmp_path / "b.skill").write_bytes(zipped(**{"SKILL.md": SKILL}))
    (tmp_path / "data.zip").write_bytes(zipped(**{"table.csv": "1"}))
    (tmp_path / "locked.zip").write_bytes(b"PK\x03\x04" + bytes(40))
    with tarfile.open(tmp_path / "c.tgz", "w:gz") as archive:
        archive.add(tmp_path / "a", "a")
    assert shapes(tmp_path) == [("skill", "b.skill"), ("skill", "c.tgz"), ("skill", "locked.zip"), ("skill", "a")]


def test_a_path_without_any_unit_is_judged_as_a_whole(tmp_path: Path) -> None:
    plant(tmp_path, "lib/tool.py", "README.txt", text="x")
    [unit] = found(tmp_path)
    assert (unit.kind, unit.root) == (SkillKind.SKILL, str(tmp_path))
    assert len(list(read(unit, Limits()))) == 2


def test_nothing_is_said_to_be_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty/folder").mkdir(parents=True)
    with pytest.raises(NothingToScanError):
        found(tmp_path)


def test_a_path_that_cannot_be_scanned_is_a_usage_error_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "broken").symlink_to("gone")
    for path in (tmp_path / "gone", tmp_path / "pipe", tmp_path / "broken", Path("a\0b")):
        with pytest.raises(UsageError) as caught:
            find([path], Limits())
        assert caught.value.hint


def test_links_are_not_followed_but_a_path_given_may_be_one(tmp_path: Path) -> None:
    plant(tmp_path / "elsewhere", "x/SKILL.md")
    tree = plant(tmp_path / "tree", "a/SKILL.md")
    (tree / "again").symlink_to("a")
    (tree / "loop").symlink_to(".")
    (tree / "up").symlink_to("..")
    (tree / "out").symlink_to("../elsewhere/x")
    assert shapes(tree) == [("skill", "out"), ("skill", "a")]
    [away, _] = found(tree)
    assert [(item.path, getattr(item, "reason", "")) for item in read(away, Limits())] == [("out", "unsafe")]
    (tmp_path / "door").symlink_to("elsewhere")
    assert len(found(tmp_path / "door")) == 1


def test_no_unit_comes_twice(tmp_path: Path) -> None:
    plant(tmp_path, "a/SKILL.md")
    assert len(found(tmp_path, tmp_path / "a", tmp_path)) == 1


def test_the_walk_is_bounded_in_depth_and_what_lies_deeper_is_a_unit_as_a_whole(tmp_path: Path) -> None:
    plant(tmp_path, "/".join(["d"] * 40) + "/SKILL.md", "a/SKILL.md")
    assert shapes(tmp_path) == [("skill", "a"), ("skill", "/".join(["d"] * 33))]


def test_what_lies_deeper_than_is_read_is_unread(tmp_path: Path) -> None:
    plant(tmp_path, "/".join(["d"] * 80) + "/SKILL.md", "a/SKILL.md")
    [_, deep] = found(tmp_path)
    assert [item.reason for item in read(deep, Limits()) if not isinstance(item, SkillFile)] == ["limit"]


def test_a_folder_with_more_entries_than_are_looked_at_is_a_unit_that_is_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinfold.skills.markers.MAX_ENTRIES", 30)
    plant(tmp_path, *(f"many/s{number:03}/SKILL.md" for number in range(31)), "a/SKILL.md")
    [one, many] = find([tmp_path], Limits(skill_files=30))
    assert (one.path, many.path) == (str(tmp_path / "a"), str(tmp_path / "many"))
    assert [item.reason for item in read(many, Limits(skill_files=30)) if not isinstance(item, SkillFile)] == ["limit"]


def test_a_tree_may_hold_more_skills_than_a_skill_may_hold_files(tmp_path: Path) -> None:
    plant(tmp_path, *(f"s{number:03}/SKILL.md" for number in range(50)))
    assert len(list(find([tmp_path], Limits(skill_files=10)))) == 50


def test_a_folder_that_cannot_be_listed_is_a_unit_that_is_unread(open_folder: Path) -> None:
    plant(open_folder, "a/SKILL.md", "closed/b/SKILL.md")
    (open_folder / "closed").chmod(0)
    me = os.geteuid()
    if me == 0:
        os.seteuid(65534)  # root may list every folder
    try:
        [_, closed] = found(open_folder)
        assert [item.reason for item in read(closed, Limits()) if not isinstance(item, SkillFile)] == ["denied"]
    finally:
        os.seteuid(me)
        (open_folder / "closed").chmod(0o700)


def test_a_folder_that_goes_away_during_the_walk_is_a_unit_that_is_unread(tmp_path: Path) -> None:
    plant(tmp_path, "a/SKILL.md", "b/c/SKILL.md", "b/d/SKILL.md")
    units = find([tmp_path], Limits())
    next(units)
    (tmp_path / "b").rename(tmp_path.parent / f"{tmp_path.name}-gone")
    [gone] = units
    assert [item.reason for item in read(gone, Limits()) if not isinstance(item, SkillFile)] == ["denied"]


# Agent configuration behind links and under names in other letters


def configured(root: Path) -> dict[str, str]:
    """Return what is read of the configuration in ``root``: contents, or the reason why not."""
    units = [skill for skill in found(root) if skill.kind is SkillKind.AGENT_CONFIG]
    return {
        item.path: item.data.decode() if isinstance(item, SkillFile) else item.reason
        for skill in units
        for item in read(skill, Limits())
    }


def test_names_of_configuration_count_in_whatever_case(tmp_path: Path) -> None:
    plant(tmp_path, ".Claude/Settings.JSON", ".claude/Agents/X/y.MD", text="{}")
    assert configured(tmp_path) == {".Claude/Settings.JSON": "{}", ".claude/Agents/X/y.MD": "{}"}


def test_configuration_in_a_folder_that_is_a_link_inside_is_read(tmp_path: Path) -> None:
    plant(tmp_path, "store/settings.json", "store/other/x.md", text="{}")
    (tmp_path / ".claude").symlink_to("store")
    (tmp_path / "store/agents").symlink_to("other")
    assert configured(tmp_path) == {".claude/settings.json": "{}", ".claude/agents/x.md": "{}"}


def test_configuration_in_a_folder_that_is_a_link_out_is_unsafe(tmp_path: Path) -> None:
    plant(tmp_path, "store/settings.json", "store/agents/x.md", text="{}")
    plant(tmp_path, "one/CLAUDE.md", "two/.claude/settings.json", text="{}")
    (tmp_path / "one/.claude").symlink_to("../store")
    (tmp_path / "two/.claude/agents").symlink_to("../../store/agents")
    assert configured(tmp_path / "one") == {".claude": "unsafe", "CLAUDE.md": "{}"}
    assert configured(tmp_path / "two") == {".claude/agents": "unsafe", ".claude/settings.json": "{}"}


def test_more_files_of_configuration_than_a_skill_may_hold_are_told(tmp_path: Path) -> None:
    plant(tmp_path, *(f".claude/commands/c{number:03}.md" for number in range(30)))
    [skill] = find([tmp_path], Limits(skill_files=20))
    items = list(read(skill, Limits(skill_files=20)))
    assert [item.reason for item in items if not isinstance(item, SkillFile)] == ["limit"]


def test_a_link_to_mcp_configuration_is_a_unit(tmp_path: Path) -> None:
    plant(tmp_path, "tree/lib/servers.json", "tree/a/SKILL.md", "servers.json", text='{"mcpServers": {}}')
    (tmp_path / "tree/.mcp.json").symlink_to("lib/servers.json")
    (tmp_path / "tree/lib/.mcp.json").symlink_to("../../servers.json")
    inside, out = (skill for skill in found(tmp_path / "tree") if skill.kind is SkillKind.MCP_SERVER)
    assert [item.data for item in read(inside, Limits())] == [b'{"mcpServers": {}}']
    assert [item.reason for item in read(out, Limits())] == ["unsafe"]


# Marketplaces


def test_a_marketplace_makes_plugins_of_folders_without_a_manifest(tmp_path: Path) -> None:
    market = '{"plugins": [{"name": "tool", "source": "./p"}, {"name": "own", "source": "./"}, {"source": 3}, 4]}'
    plant(tmp_path, ".claude-plugin/marketplace.json", text=market)
    plant(tmp_path, "p/commands/go.md", "p/skills/x/SKILL.md", "q/SKILL.md")
    assert shapes(tmp_path) == [("plugin", "p"), ("skill", "q")]
    assert found(tmp_path)[0].name == "tool"


def test_a_marketplace_with_hooks_of_its_own_is_configuration(tmp_path: Path) -> None:
    market = '{"name": "m", "plugins": [{"name": "tool", "source": "./p", "hooks": {}}]}'
    plant(tmp_path, ".claude-plugin/marketplace.json", text=market)
    assert shapes(tmp_path) == [("agent-config", ".claude-plugin/marketplace.json")]
    [skill] = found(tmp_path)
    assert [item.path for item in read(skill, Limits())] == ["marketplace.json"]


@pytest.mark.parametrize("source", ["../out", "/etc", "https://a.example/x", "a\\u0000b", "./a/../.."])
def test_a_marketplace_cannot_reach_out_of_its_folder(tmp_path: Path, source: str) -> None:
    plant(
        tmp_path / "m",
        ".claude-plugin/marketplace.json",
        text=f'{{"plugins": [{{"name": "x", "source": "{source}"}}]}}',
    )
    plant(tmp_path, "out/x.md", "m/s/SKILL.md")
    assert shapes(tmp_path / "m") == [("skill", "s")]


def test_a_large_tree_streams(tmp_path: Path) -> None:
    for number in range(500):
        plant(tmp_path, f"s{number:03}/SKILL.md")
    start = time.perf_counter()
    units = find([tmp_path], Limits())
    assert next(units).path.endswith("s000")
    assert time.perf_counter() - start < 0.2
    assert sum(1 for _ in units) == 499


def test_git_is_no_place_for_units(tmp_path: Path) -> None:
    plant(tmp_path, ".git/a/SKILL.md", "b/SKILL.md")
    assert shapes(tmp_path) == [("skill", "b")]
