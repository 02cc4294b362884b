"""One test for each row of hosts.toml and each system: what is planted where the row points is found and attributed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinfold.model import Skill, SkillKind
from pinfold.skills.discover import installed
from pinfold.skills.hosts import SYSTEMS, Host, hosts, locations

SKILL = "---\nname: planted\ndescription: Planted.\n---\n# Planted\n"
WINDOWS = ("APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES")
ROWS = [pytest.param(host, platform, id=f"{host.id}-{platform}") for host in hosts() for platform in SYSTEMS]


def environment_of(tmp_path: Path, platform: str) -> dict[str, str]:
    return {name: str(tmp_path / "windows" / name.title()) for name in WINDOWS} if platform == "win32" else {}


def inventory(tmp_path: Path, platform: str, **environment: str) -> list[Skill]:
    return list(
        installed(
            tmp_path / "home",
            environment_of(tmp_path, platform) | environment,
            platform,
            tmp_path / "project",
            top=tmp_path / "top",
        )
    )


def places(tmp_path: Path, host: Host, platform: str) -> dict[str, set[str]]:
    own: dict[str, set[str]] = {"units": set(), "config": set()}
    for place in locations(
        tmp_path / "home", environment_of(tmp_path, platform), platform, tmp_path / "project", tmp_path / "top"
    ):
        if place.host == host.id:
            own[place.holds].add(place.path)
    return own


@pytest.mark.parametrize(("host", "platform"), ROWS)
def test_a_skill_planted_at_each_place_is_found(tmp_path: Path, host: Host, platform: str) -> None:
    folders = places(tmp_path, host, platform)["units"]
    for number, folder in enumerate(sorted(folders)):
        assert folder.startswith(str(tmp_path)), "every place lies in the home, the project or the system folders"
        path = Path(folder, f"planted-{number}", "SKILL.md")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SKILL)
    found = {skill.root: skill for skill in inventory(tmp_path, platform) if skill.kind is SkillKind.SKILL}
    for number, folder in enumerate(sorted(folders)):
        assert host.id in found[f"{folder}/planted-{number}"].hosts


@pytest.mark.parametrize(("host", "platform"), ROWS)
def test_configuration_planted_at_each_place_is_found(tmp_path: Path, host: Host, platform: str) -> None:
    files = {path.replace("*", "planted") for path in places(tmp_path, host, platform)["config"]}
    # A name may be a file in one version of a host and a folder in another.
    files = {path for path in files if not any(other.startswith(f"{path}/") for other in files)}
    for file in files:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text("{}")
    found = {skill.root: skill for skill in inventory(tmp_path, platform)}
    for file in files:
        assert host.id in found[file].hosts
        assert found[file].kind in (SkillKind.AGENT_CONFIG, SkillKind.MCP_SERVER)
        assert found[file].name == Path(file).name


def test_the_table_is_sorted_and_says_something_in_every_row() -> None:
    names = [host.id for host in hosts()]
    assert names == sorted(set(names))
    assert len(names) >= 46
    assert all(host.title and (host.user_skills or host.project_skills or host.macos.user_config) for host in hosts())


def test_nothing_installed_is_no_error(tmp_path: Path) -> None:
    assert inventory(tmp_path, "linux") == []


def plant(path: Path) -> Path:
    path.mkdir(parents=True)
    (path / "SKILL.md").write_text(SKILL)
    return path


@pytest.mark.parametrize(
    ("name", "host"),
    [("CLAUDE_CONFIG_DIR", "claude-code"), ("CODEX_HOME", "codex"), ("COPILOT_HOME", "github-copilot")],
)
def test_the_environment_moves_a_host(tmp_path: Path, name: str, host: str) -> None:
    plant(tmp_path / "moved" / "skills" / "a")
    [skill] = inventory(tmp_path, "linux", **{name: f" {tmp_path}/moved "})
    assert skill.hosts == (host,)


def test_xdg_moves_what_follows_it_on_every_system(tmp_path: Path) -> None:
    plant(tmp_path / "xdg" / "goose" / "skills" / "a")
    for platform in SYSTEMS:
        assert [skill.hosts for skill in inventory(tmp_path, platform, XDG_CONFIG_HOME=f"{tmp_path}/xdg")] == [
            ("goose",)
        ]


def test_links_made_by_an_installer_are_one_skill_of_many_hosts(tmp_path: Path) -> None:
    shared = plant(tmp_path / "home/.agents/skills/a")
    for host in (".claude", ".windsurf", ".codeium/windsurf"):
        (tmp_path / "home" / host / "skills").mkdir(parents=True)
        (tmp_path / "home" / host / "skills" / "a").symlink_to(shared)
    [skill] = inventory(tmp_path, "linux")
    assert skill.root == str(shared)
    assert {"claude-code", "windsurf", "codex", "universal"} <= set(skill.hosts)


def test_a_link_to_a_folder_of_skills_is_followed_but_not_upwards(tmp_path: Path) -> None:
    plant(tmp_path / "clone/skills/a")
    folder = tmp_path / "home/.claude/skills"
    folder.mkdir(parents=True)
    (folder / "kit").symlink_to(tmp_path / "clone/skills")
    (folder / "up").symlink_to(tmp_path)
    (folder / "broken").symlink_to("gone")
    (folder / "file").symlink_to(tmp_path / "clone/skills/a/SKILL.md")
    assert [skill.path for skill in inventory(tmp_path, "linux")] == [f"{folder}/kit/a"]


def test_a_link_below_a_folder_of_skills_is_followed_once(tmp_path: Path) -> None:
    plant(tmp_path / "clone/a")
    folder = tmp_path / "home/.claude/skills/work"
    folder.mkdir(parents=True)
    (folder / "a").symlink_to(tmp_path / "clone/a")
    (folder / "round").symlink_to("..")
    (tmp_path / "clone/kit").mkdir()
    (tmp_path / "clone/kit/on").symlink_to(folder)
    (folder / "kit").symlink_to(tmp_path / "clone/kit")
    assert f"{folder}/a" in [skill.path for skill in inventory(tmp_path, "linux")]
    assert len(inventory(tmp_path, "linux")) == 1


def test_plugins_and_configuration_by_link_are_found(tmp_path: Path) -> None:
    home = tmp_path / "home"
    plugin = home / ".claude/plugins/cache/kit"
    (plugin / ".claude-plugin").mkdir(parents=True)
    (plugin / ".claude-plugin/plugin.json").write_text('{"name": "kit"}')
    (tmp_path / "dotfiles").mkdir()
    (tmp_path / "dotfiles/claude.md").write_text("x")
    (home / ".claude/CLAUDE.md").symlink_to(tmp_path / "dotfiles/claude.md")
    assert [(str(skill.kind), skill.name, skill.hosts) for skill in inventory(tmp_path, "linux")] == [
        ("agent-config", "CLAUDE.md", ("claude-code",)),
        ("plugin", "kit", ("claude-code",)),
    ]
