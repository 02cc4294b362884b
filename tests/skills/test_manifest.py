from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.skills.front_matter import front_matter
from pinfold.skills.manifest import is_mcp_server, json_manifest, origin_of, skill_manifest, toml_manifest

PLAIN = b"---\nname: tidy\ndescription: Tidies things up.\n---\n# Tidy\n"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN,
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.replace(b"\n", b"\r"),
        PLAIN.decode().encode("utf-16"),
        b"\n\n" + PLAIN,
        PLAIN.replace(b"---\n# Tidy", b"...\n# Tidy"),
        PLAIN.replace(b"---\n# Tidy", b"\n# Tidy"),  # no second fence
        b"---  \nname: 'tidy'\ndescription: >\n  Tidies\n  things up.\n---\n",
    ],
)
def test_front_matter_is_read_as_lenient_hosts_read_it(data: bytes) -> None:
    said = skill_manifest(data)
    assert (said.name, said.description) == ("tidy", "Tidies things up.")


def test_broken_yaml_is_repaired_line_by_line() -> None:
    said = skill_manifest(
        b'---\nname: tidy\ndescription: Use when: the "user" asks: now\nallowed-tools: Read, Bash(ls:*)\n---\n'
    )
    assert (said.name, said.description) == ("tidy", 'Use when: the "user" asks: now')
    assert said.declared == ("allowed-tools: Read", "allowed-tools: Bash(ls:*)")


def test_lists_survive_the_repair() -> None:
    fields = front_matter(b"---\nname: a: b\nallowed-tools:\n  - Read\n  - Bash\ndescription: |\n  one\n  two\n---\n")
    assert fields["allowed-tools"] == ["Read", "Bash"]
    assert fields["description"] == "one two"


def test_scalars_stay_text() -> None:
    assert front_matter(b"---\nname: on\nversion: 1.10\ndate: 2026-01-01\nn: 0x10\n---\n") == {
        "name": "on", "version": "1.10", "date": "2026-01-01", "n": "0x10"
    }  # fmt: skip


@pytest.mark.parametrize("data", [b"", b"# Title\n", b"---\n---\n", b"---", b"name: x\n", b"--- name: x ---"])
def test_without_front_matter_there_is_nothing(data: bytes) -> None:
    assert front_matter(data) == {}


def test_claims_are_listed_as_written() -> None:
    said = skill_manifest(
        b"---\nname: x\nallowed-tools: Bash(git commit:*) Read,Write\ndisallowed-tools: [WebFetch]\n"
        b"hooks:\n  PreToolUse:\n    - command: echo hello\n"
        b'metadata: {"openclaw": {"always": true, "requires": {"env": ["API_KEY"], "bins": ["curl"]},'
        b' "install": [{"kind": "brew", "formula": "jq"}]}}\n---\n'
    )
    assert said.declared == (
        "allowed-tools: Bash(git commit:*)",
        "allowed-tools: Read",
        "allowed-tools: Write",
        "disallowed-tools: WebFetch",
        "hooks: PreToolUse",
        "requires.env: API_KEY",
        "requires.bins: curl",
        'install: {"kind":"brew","formula":"jq"}',
        "always: true",
    )


def bomb() -> bytes:
    lines = ["---", "a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return "\n".join([*lines, "name: tidy", "---", ""]).encode()


@pytest.mark.parametrize(
    "data",
    [
        bomb(),
        b"---\nname: tidy\nx: " + b"[" * 60_000 + b"\n---\n",
        b"---\nname: tidy\nx: !!python/object/apply:os.system ['echo hello']\n---\n",
        b"---\nname: tidy\nx: !!int '" + b"1:" * 10_000 + b"1'\n---\n",
        b"---\nname: tidy\n? {a: b}\n: c\n---\n",
        b"---\nname: tidy\n\x00\xff\xfe\n---\n",
    ],
)
def test_hostile_yaml_costs_little_and_hides_nothing(data: bytes) -> None:
    start = time.perf_counter()
    assert skill_manifest(data).name == "tidy"
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    "data", [b"a." * 100_000 + b"b=1", b"a=" + b"[" * 200_000, b"a=" + b"9" * 200_000, b"a={" * 50_000]
)
def test_hostile_toml_costs_little(data: bytes) -> None:
    start = time.perf_counter()
    assert toml_manifest(data).name == ""
    assert time.perf_counter() - start < 2


@given(data=st.binary(max_size=400))
def test_no_bytes_raise(data: bytes) -> None:
    for read in (skill_manifest, json_manifest, toml_manifest):
        read(data)
        read(b"---\n" + data + b"\n---\n")
    for name in ("server.json", "manifest.json", "package.json", "pyproject.toml", "requirements.txt", "other"):
        is_mcp_server(name, data)


@given(text=st.text(alphabet="abn: -[]{}&*!|>'\"#\n\t,%@`\\u", max_size=200))
def test_no_yaml_raises(text: str) -> None:
    for value in skill_manifest(f"---\nname: x\n{text}\n---\n".encode()):
        assert isinstance(value, str | tuple)


@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
    key=st.sampled_from(["name", "author", "packages", "remotes", "repository", "hooks", "mcpServers", "version"]),
)
def test_fields_of_any_shape_are_borne(value: object, key: str) -> None:
    import msgspec

    data = msgspec.json.encode({key: value})
    said = json_manifest(data)
    assert all("\n" not in claim for claim in said.declared)
    is_mcp_server("server.json", data)


def test_a_registry_entry_tells_packages_and_remotes() -> None:
    data = (
        b'{"$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",'
        b' "name": "example.invalid/weather", "version": "1.0.2", "repository": {"url": "https://git.example/weather"},'
        b' "packages": [{"registryType": "npm", "identifier": "weather", "environmentVariables": [{"name": "KEY"}]}],'
        b' "remotes": [{"type": "sse", "url": "https://weather.example/sse"}]}'
    )
    said = json_manifest(data)
    assert is_mcp_server("server.json", data)
    assert said.source == "https://git.example/weather"
    assert said.declared == ("env: KEY", "package: npm weather", "remote: https://weather.example/sse")


@pytest.mark.parametrize(
    ("name", "data", "answer"),
    [
        ("server.json", b'{"port": 80, "name": "x"}', False),
        ("manifest.json", b'{"manifest_version": "0.3", "server": {"mcp_config": {}}}', True),
        ("manifest.json", b'{"manifest_version": 3, "name": "browser extension"}', False),
        ("package.json", b'{"dependencies": {"@modelcontextprotocol/sdk": "1"}}', True),
        ("package.json", b'{"dependencies": {"express": "1"}}', False),
        ("pyproject.toml", b'[project]\nname = "x"\ndependencies = ["mcp[cli]>=1"]\n', True),
        ("pyproject.toml", b'[project]\nname = "x"\ndependencies = ["mcpower", "mcp-client"]\n', False),
        ("requirements.txt", b"httpx\nfastmcp>=2\n", True),
        ("requirements.txt", b"# mcp\nmcp-tools\n", False),
        ("pyproject.toml", b"[project\n", False),
        ("main.py", b"from mcp.server.fastmcp import FastMCP\n", True),
        ("plain.py", b'if method == "tools/list": pass', True),
        ("index.ts", b'import { Server } from "@modelcontextprotocol/sdk/server/index.js"', True),
        ("client.py", b"from mcp import ClientSession  # lists the tools", False),
    ],
)
def test_what_makes_an_mcp_server(name: str, data: bytes, answer: bool) -> None:
    assert is_mcp_server(name, data) is answer


def test_pyproject_is_read() -> None:
    said = toml_manifest(
        b'[project]\nname = "x"\nversion = "1"\ndescription = "d"\nauthors = [{name = "Ann"}]\n'
        b'[project.urls]\nSource = "https://git.example/x"\n[project.scripts]\nrun = "x:main"\n'
    )
    assert said == ("x", "d", "1", "Ann", "https://git.example/x", ("scripts: run",))


def test_the_registry_mark_names_the_source(tmp_path: Path) -> None:
    folder = tmp_path / "skills" / "tidy"
    (folder / ".clawhub").mkdir(parents=True)
    (folder / ".clawhub" / "origin.json").write_text(
        '{"registry": "https://hub.example", "slug": "tidy", "installedVersion": "1.2.0"}'
    )
    (folder / "_meta.json").write_text('{"owner": "ann", "slug": "tidy"}')
    said = origin_of(folder)
    assert (said.source, said.publisher, said.version) == ("https://hub.example/tidy@1.2.0", "ann", "1.2.0")


def test_the_lock_of_the_workspace_names_the_source(tmp_path: Path) -> None:
    (tmp_path / "skills" / "tidy").mkdir(parents=True)
    (tmp_path / ".clawhub").mkdir()
    (tmp_path / ".clawhub" / "lock.json").write_text('{"version": 1, "skills": {"tidy": {"version": "2.0.0"}}}')
    assert origin_of(tmp_path / "skills" / "tidy").source == "clawhub/tidy@2.0.0"


@pytest.mark.parametrize(
    ("config", "source"),
    [
        ('[core]\n\tbare = false\n[remote "origin"]\n\turl = https://git.example/x.git\n', "https://git.example/x.git"),
        ('[remote "origin"]\n\turl = https://ann:secret@git.example/x\n', "https://git.example/x"),
        ("[remote\n garbage", ""),
        ("\0\xff", ""),
    ],
)
def test_the_git_remote_names_the_source(tmp_path: Path, config: str, source: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text(config)
    assert origin_of(tmp_path).source == source


def test_of_many_claims_the_first_are_listed_and_the_rest_counted() -> None:
    tools = "".join(f"  - Tool{number}\n" for number in range(250))
    said = skill_manifest(f"---\nname: tidy\nallowed-tools:\n{tools}---\n".encode())
    assert len(said.declared) == 250
    assert said.listed()[199:] == ("allowed-tools: Tool199", "and 50 more")
    assert skill_manifest(b"---\nallowed-tools: Read\n---\n").listed() == ("allowed-tools: Read",)
