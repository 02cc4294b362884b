from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.formats.agent_config import MAX_TEXT, commands, limit_reached


def found(path: str, value: object) -> list[tuple[str, str]]:
    text = value if isinstance(value, str) else json.dumps(value)
    return [(one.kind, one.command) for one in commands(path, text)]


HOOKS = {"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": [{"type": "command", "command": "./guard.sh"}]}]}}


@pytest.mark.parametrize(
    "path",
    [
        ".claude/settings.json",
        ".claude/settings.local.json",
        "hooks/hooks.json",
        ".codex/hooks.json",
        ".claude-plugin/plugin.json",
        "gemini-extension.json",
        ".github/hooks/audit.json",
        "pack.zip!/.claude/settings.json",
        ".Claude/Settings.json",
    ],
)
def test_hooks_in_every_file_that_may_hold_them(path):
    assert found(path, HOOKS) == [("hook", "./guard.sh")]


@pytest.mark.parametrize("path", ["README.txt", "settings.yaml", "conf/config.yaml", "notes.md", "run.py"])
def test_other_files_configure_nothing(path):
    assert found(path, f"hooks = {json.dumps(HOOKS)}") == []


def test_data_is_no_configuration():
    assert found("data/report.json", {"hooks": ["left", "right"], "install": "x.sh", "env": {"A": "b"}}) == []


@pytest.mark.parametrize("value", [HOOKS, {"mcpServers": {"x": {"command": "./guard.sh"}}}])
@pytest.mark.parametrize("path", ["parts/extra.json", "parts/extra.txt", "parts/extra"])
def test_a_plugin_may_keep_its_hooks_and_servers_in_files_of_any_name(path, value):
    assert [command for _, command in found(path, value)] == ["./guard.sh"]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (".cursor/hooks.json", {"version": 1, "hooks": {"stop": [{"command": "x.sh"}]}}, [("hook", "x.sh")]),
        (
            ".github/hooks/a.json",
            {"hooks": {"preToolUse": [{"type": "command", "bash": "x.sh", "powershell": "x.ps1"}]}},
            [("hook", "x.sh"), ("hook", "x.ps1")],
        ),
        (
            "settings.json",
            {"hooks": {"Stop": [{"hooks": [{"type": "http", "url": "https://a.example/h"}]}]}},
            [("hook", "https://a.example/h")],
        ),
        ("settings.json", {"statusLine": {"type": "command", "command": "s.sh"}}, [("hook", "s.sh")]),
        ("settings.json", {"apiKeyHelper": "k.sh"}, [("hook", "k.sh")]),
        (
            "settings.json",
            {"env": {"ANTHROPIC_BASE_URL": "https://a.example", "DEBUG": 1}},
            [("setting", "ANTHROPIC_BASE_URL=https://a.example"), ("setting", "DEBUG=1")],
        ),
        (
            "settings.json",
            {"permissions": {"allow": ["Bash(*)"], "deny": ["Read(.env)"], "defaultMode": "bypassPermissions"}},
            [("setting", "permissions.allow=Bash(*)"), ("setting", "defaultMode=bypassPermissions")],
        ),
        ("settings.json", {"permissions": {"defaultMode": "plan"}}, []),
        ("settings.json", {"enableAllProjectMcpServers": True}, [("setting", "enableAllProjectMcpServers=true")]),
        ("settings.json", {"enableAllProjectMcpServers": False}, []),
        ("settings.json", {"chat.tools.autoApprove": True}, [("setting", "chat.tools.autoApprove=true")]),
        (
            ".mcp.json",
            {"mcpServers": {"x": {"command": "npx", "args": ["-y", "a b"], "env": {"KEY": "v"}}}},
            [("server", "npx -y 'a b'"), ("setting", "KEY=v")],
        ),
        (
            "claude_desktop_config.json",
            {"mcpServers": {"x": {"type": "http", "url": "https://a.example/mcp"}}},
            [("server", "https://a.example/mcp")],
        ),
        (".vscode/mcp.json", {"servers": {"x": {"command": "uvx", "args": ["pkg"]}}}, [("server", "uvx pkg")]),
        ("opencode.json", {"mcp": {"x": {"type": "local", "command": ["bun", "x.ts"]}}}, [("server", "bun x.ts")]),
        (
            "settings.json",
            {"mcpServers": {"x": {"httpUrl": "https://a.example", "trust": True}}},
            [("server", "https://a.example"), ("setting", "x.trust=true")],
        ),
        (
            "server.json",
            {
                "name": "io.example/x",
                "packages": [{"registryType": "npm", "identifier": "@x/y", "version": "1.2.3"}],
                "remotes": [{"type": "sse", "url": "https://a.example/sse"}],
            },
            [("server", "npx -y @x/y@1.2.3"), ("server", "https://a.example/sse")],
        ),
        (
            "manifest.json",
            {"server": {"type": "node", "mcp_config": {"command": "node", "args": ["x.js"]}}},
            [("server", "node x.js")],
        ),
        (
            ".vscode/tasks.json",
            {
                "tasks": [
                    {
                        "label": "l",
                        "type": "shell",
                        "command": "./x.sh",
                        "args": ["a"],
                        "runOptions": {"runOn": "folderOpen"},
                    },
                    {"type": "npm", "script": "build", "windows": {"command": "x.cmd"}},
                ]
            },
            [("task", "./x.sh a"), ("task", "npm run build"), ("task", "x.cmd")],
        ),
        (".devcontainer/devcontainer.json", {"postCreateCommand": "./x.sh && y"}, [("task", "./x.sh && y")]),
        ("devcontainer.json", {"initializeCommand": ["bash", "-c", "a b"]}, [("task", "bash -c 'a b'")]),
        (
            ".devcontainer.json",
            {"postStartCommand": {"one": "a", "two": ["b", "c"]}},
            [("task", "a"), ("task", "b c")],
        ),
        (
            "package.json",
            {"scripts": {"test": "pytest", "postinstall": "node x.js", "prepare": "husky"}},
            [("install", "node x.js"), ("install", "husky")],
        ),
    ],
)
def test_json_configuration(path, value, expected):
    assert found(path, value) == expected


def test_a_task_that_runs_by_itself_says_so():
    text = '{"tasks": [{"label": "go", "command": "x", "runOptions": {"runOn": "folderOpen"}}]} // trailing'
    (task,) = commands(".vscode/tasks.json", text)
    assert task.note == "task go, runs when the folder is opened"


def test_comments_commas_and_repeated_keys_hide_nothing():
    text = """{
      // the next line is what a strict reader would see last
      "mcpServers": {"x": {"command": "evil"}, "x": {"command": "good",},},
      "hooks": {"Stop": [{"hooks": [{"command": "one"}]}], "Stop": []},
      "hooks": {},
    }"""
    assert found(".mcp.json", text) == [("server", "evil"), ("server", "good"), ("hook", "one")]


def test_spans_are_exact():
    text = '{"hooks": {"停": [{"hooks": [{"command": "echo \\"挖\\" | sh"}]}]}, "apiKeyHelper": "k"}'
    hook, helper = commands("settings.json", text)
    assert text[hook.start : hook.end] == 'echo \\"挖\\" | sh'
    assert hook.command == 'echo "挖" | sh'
    assert hook.note == "停 hook"
    assert text[helper.start : helper.end] == "k"


SKILL = """---
name: 挖矿
hooks:
  PreToolUse:
    - matcher: Bash
      hooks:
        - type: command
          command: "./x.sh --挖"
metadata: {"openclaw": {"requires": {"bins": ["rg"]}, "install": [
  {"id": "brew", "kind": "brew", "formula": "ripgrep"},
  {"id": "node", "kind": "node", "package": "pkg; id"},
  {"kind": "download", "url": "https://a.example/x.tgz"}]}}
---
command: this is prose
"""


def test_front_matter_of_a_skill():
    assert found("SKILL.md", SKILL) == [
        ("hook", "./x.sh --挖"),
        ("install", "brew install ripgrep"),
        ("install", "npm install -g 'pkg; id'"),
        ("install", "curl -L https://a.example/x.tgz"),
    ]
    hook = commands("SKILL.md", SKILL)[0]
    assert SKILL[hook.start : hook.end] == "./x.sh --挖"


def test_metadata_as_a_json_string():
    text = '---\nmetadata: \'{"clawdbot": {"install": [{"kind": "uv", "package": "p"}]}}\'\n---\n'
    (step,) = commands("SKILL.md", text)
    assert step.command == "uv tool install p"
    assert text[step.start : step.end].startswith('{"clawdbot"')


def test_an_agent_that_asks_for_nothing():
    assert found("agents/x.md", "---\npermissionMode: bypassPermissions\n---\n") == [
        ("setting", "permissionMode=bypassPermissions")
    ]


def test_malformed_front_matter_hides_no_command():
    text = '---\nname: a: b: c\nhooks:\n  Stop:\n    - hooks:\n        - command: "rm -rf x"\n---\n'
    (hook,) = commands("SKILL.md", text)
    assert (hook.kind, hook.command, text[hook.start : hook.end]) == ("hook", "rm -rf x", "rm -rf x")


CODEX = """
notify = ["sh", "-c", "id"]
approval_policy = "never"
[mcp_servers.a]
command = "npx"
args = ["-y", "x"]
[mcp_servers.a.env]
KEY = "v"
[model_providers.p]
base_url = "https://a.example/v1"
[[hooks.PreToolUse]]
[[hooks.PreToolUse.hooks]]
type = "command"
command = "./h.sh"
"""


def test_codex_configuration():
    assert set(found(".codex/config.toml", CODEX)) == {
        ("hook", "sh -c id"),
        ("setting", "approval_policy=never"),
        ("server", "npx -y x"),
        ("setting", "KEY=v"),
        ("setting", "base_url=https://a.example/v1"),
        ("hook", "./h.sh"),
    }


def test_malformed_toml_hides_no_command():
    assert found("config.toml", 'a = \ncommand = "rm x"\n') == [("hook", "rm x")]


NAMES = st.sampled_from(
    [
        "settings.json",
        ".mcp.json",
        "server.json",
        "tasks.json",
        "devcontainer.json",
        "package.json",
        "SKILL.md",
        "config.toml",
    ]
)
KEYS = st.sampled_from(
    [
        *("hooks", "mcpServers", "command", "args", "env", "url", "scripts", "postinstall", "tasks", "packages"),
        *("identifier", "metadata", "openclaw", "install", "kind", "permissions", "allow", "statusLine", "trust"),
        *("postCreateCommand", "runtimeArguments", "mcp", "value", "runOptions"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.text(max_size=6) | st.sampled_from(["true", "npm", "brew", "https://a.example"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=15,
)


@given(NAMES, VALUES)
def test_any_shape_is_read_without_an_error(name, value):
    text = json.dumps(value)
    text = f"---\n{text}\n---\n" if name.endswith(".md") else text
    for one in commands(name, text):
        assert one.command
        assert 0 <= one.start <= one.end <= len(text)


@given(NAMES, st.text(st.sampled_from("{}[]:,\"'/*\\ \n-ab=.#&*!|>") | st.characters(categories=None)))
def test_any_text_is_read_without_an_error(name, text):
    for body in (text, f"---\n{text}\n---\n"):
        for one in commands(name, body):
            assert 0 <= one.start <= one.end <= len(body)


# What each host runs, in files that only it has


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (".amazonq/cli-agents/a.json", {"hooks": {"agentSpawn": [{"command": "x.sh"}]}}),
        ("cli-agents/a.json", {"hooks": {"agentSpawn": [{"command": "x.sh"}]}}),
        (".kiro/agents/a.json", {"mcpServers": {"a": {"command": "x.sh"}}}),
        (".kiro/hooks/a.kiro.hook", {"then": {"type": "runCommand", "command": "x.sh"}}),
        (".kiro/settings/mcp.json", {"mcpServers": {"a": {"command": "x.sh"}}}),
        (".cursor/environment.json", {"install": "x.sh"}),
        (".cursor/environment.json", {"terminals": [{"name": "t", "command": "x.sh"}]}),
        (".vscode/launch.json", {"configurations": [{"name": "a", "runtimeExecutable": "x.sh"}]}),
        (".vscode/launch.json", {"configurations": [{"name": "a", "program": "x.sh"}]}),
        (".vscode/settings.json", {"terminal.integrated.profiles.linux": {"a": {"path": "x.sh"}}}),
        (".vscode/settings.json", {"terminal.integrated.automationProfile.linux": {"path": "x.sh"}}),
        (".claude-plugin/marketplace.json", {"plugins": [{"name": "p", **HOOKS}]}),
        ("crush.json", {"mcp": {"a": {"command": "x.sh"}}}),
        ("config.yaml", "mcpServers:\n  - name: a\n    command: x.sh\n"),
        (".continue/mcpServers/a.yaml", "mcpServers:\n  - name: a\n    command: x.sh\n"),
        ("config.yaml", "extensions:\n  a:\n    type: stdio\n    cmd: x.sh\n"),
        ("agents/openai.yaml", "dependencies:\n  tools:\n    - type: mcp\n      command: x.sh\n"),
        (".continue/config.yaml", "name: a: b\nmcpServers:\n  - name: a\n    command: x.sh\n"),
        (".gemini/commands/go.toml", 'prompt = """\nSee !{x.sh}\n"""\n'),
        ("commands/git/go.toml", 'prompt = "See !{x.sh}"\n'),
        ("SKILL.md", "# A\n\nState: !`x.sh`\n"),
        ("SKILL.md", "# A\n\n```!\nx.sh\n```\n"),
        ("commands/go.md", "!`x.sh`"),
        (".claude/commands/a/go.md", "- !`x.sh`\n"),
    ],
)
def test_every_host_s_own_files(path, value):
    expected = "./guard.sh" if "HOOKS" in path or "marketplace" in path else "x.sh"
    assert [command.strip() for _, command in found(path, value)] == [expected]


def test_arguments_stand_with_the_program_that_is_launched():
    value = {"configurations": [{"runtimeExecutable": "bash", "runtimeArgs": ["-c", "a b"]}]}
    assert found(".vscode/launch.json", value) == [("task", "bash -c 'a b'")]


@pytest.mark.parametrize("text", ["Say hello!`x`", "! `x`", "`!x`", "!`", "```bash\nx\n```", "a!{x}"])
def test_what_only_looks_like_an_inline_command(text):
    assert found("SKILL.md", text) == []


def test_inline_commands_count_where_a_host_runs_them():
    assert found("references/notes.md", "!`x.sh`") == []


def test_braces_in_a_prompt_are_balanced():
    assert found("commands/a.toml", "p = \"!{awk '{print}' a} {b} !{c\"") == [("hook", "awk '{print}' a")]


# Front matter as lenient hosts find and repair it

HOOK = "hooks:\n  Stop:\n    - hooks:\n        - {type: command, command: x.sh}\n"


@pytest.mark.parametrize(
    "text",
    [
        f"---\nname: a\n{HOOK}---\n",
        f"---\nname: a\n{HOOK}---   \n",
        f"---\nname: a\n{HOOK}...\n# Text\n",
        f"---\nname: a\n{HOOK}\n# Text without a second fence\n",
        f"---\nname: a\n{HOOK}",
        f"---\n---x: a\n{HOOK}---\n",
        f"---\nname: a\n...x: b\n{HOOK}---\n",
        f"---\nname: a: b: [c\n{HOOK}---\n",
        f"---\nname:\ta\n\tb\n{HOOK}---\n",
        f"\ufeff\n---\nname: a\n{HOOK}---\n".replace("\n", "\r\n"),
    ],
)
def test_front_matter_ends_and_breaks_in_many_ways(text):
    assert [command for _, command in found("SKILL.md", text)] == ["x.sh"]


def test_a_broken_key_does_not_hide_the_others():
    steps = '{"openclaw": {"install": [{"kind": "node", "package": "left"}]}}'
    text = f"---\ndescription: Use when: you want\nmetadata: {steps}\n---\n"
    assert found("SKILL.md", text) == [("install", "npm install -g left")]


# Limits are told


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("SKILL.md", "---\nname: a\nnote: " + "x" * MAX_TEXT + f"\n{HOOK}---\n"),
        ("SKILL.md", "---\na: " + "[" * 200 + "]" * 200 + f"\n{HOOK}---\n"),
        ("config.toml", "#" + "x" * MAX_TEXT),
        ("config.toml", ".".join("a" * 100) + " = 1\n[mcp_servers.a]\ncommand = 'x.sh'\n"),
        ("config.yaml", "a: " + "x" * MAX_TEXT),
        (
            "SKILL.md",
            "---\na: &a [" + "x, " * 500 + "]\n" + "".join(f"b{i}: *a\n" for i in range(500)) + f"{HOOK}---\n",
        ),
    ],
)
def test_a_limit_that_keeps_commands_unread_is_told(path, text):
    assert limit_reached(path, text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("SKILL.md", f"---\nname: a\n{HOOK}---\n" + "x" * 2 * MAX_TEXT),
        ("SKILL.md", "no front matter"),
        ("SKILL.md", "---\nname: a: b: [c\n---\n"),
        ("config.toml", "malformed = = 1"),
        ("notes.txt", "x" * 2 * MAX_TEXT),
    ],
)
def test_no_limit_is_told_where_none_is_reached(path, text):
    assert limit_reached(path, text) == ""


@given(st.text(alphabet="-\n.:!`{}[]&*ax \t\r~"))
def test_no_text_breaks_the_reader(text):
    for path in ("SKILL.md", "commands/a.toml", "config.toml", "config.yaml", "hooks.json"):
        for body in (text, f"---\n{text}"):
            for one in commands(path, body):
                assert 0 <= one.start <= one.end <= len(body)
            limit_reached(path, body)
