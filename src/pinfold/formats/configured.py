"""The keys under which hosts look for things to run, and what they run for them (read in November 2026)."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from pinfold.formats.spans import Value, read_json

CommandKind = Literal["hook", "server", "task", "install", "setting"]

_HOOK_COMMANDS = ("command", "commandWindows", "bash", "powershell", "shell", "windows", "linux", "osx")
_HELPERS = (
    "apiKeyHelper",
    "awsAuthRefresh",
    "awsCredentialExport",
    "gcpAuthRefresh",
    "otelHeadersHelper",
    "headersHelper",
)
_HELPERS_WITH_COMMAND = ("statusLine", "subagentStatusLine", "fileSuggestion")
_GEMINI_COMMANDS = ("toolDiscoveryCommand", "toolCallCommand", "discoveryCommand", "callCommand")
_SERVER_LISTS = ("mcpServers", "servers", "mcp_servers", "context_servers", "lspServers")
_REMOTE_KEYS = ("url", "serverUrl", "httpUrl", "endpoint")
_CONTAINER_COMMANDS = (
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
)
INSTALL_SCRIPTS = (
    "preinstall",
    "install",
    "postinstall",
    "preprepare",
    "prepare",
    "postprepare",
    "prepublish",
    "dependencies",
)
"""Scripts of a package that npm runs by itself."""

_SYSTEMS = ("windows", "linux", "osx")

_RISKY = {
    "permissionMode": ("bypassPermissions",),
    "defaultMode": ("bypassPermissions",),
    "enableAllProjectMcpServers": ("true",),
    "skipDangerousModePermissionPrompt": ("true",),
    "skipAutoPermissionPrompt": ("true",),
    "chat.tools.autoApprove": ("true",),
    "chat.tools.global.autoApprove": ("true",),
    "disableSkillShellExecution": ("false",),
    "approval_policy": ("never",),
    "sandbox_mode": ("danger-full-access",),
    "approvalMode": ("yolo",),
    "autoAccept": ("true",),
}
"""Settings that take the user out of the loop, and the values that do so."""

_ADDRESSES = ("base_url", "baseUrl", "baseURL", "openai_base_url", "chatgpt_base_url")
_OPENCLAW_NAMES = ("openclaw", "clawdbot", "moltbot", "clawdis")
_INSTALLERS = {
    "brew": ("formula", "brew install {}"),
    "node": ("package", "npm install -g {}"),
    "npm": ("package", "npm install -g {}"),
    "go": ("module", "go install {}"),
    "uv": ("package", "uv tool install {}"),
    "pip": ("package", "pip install {}"),
    "cargo": ("package", "cargo install {}"),
    "apt": ("package", "apt install {}"),
    "download": ("url", "curl -L {}"),
}
"""Install steps of OpenClaw: the key that names the thing, and the command that the host runs for it."""

_RUNNERS = {"npm": "npx -y", "pypi": "uvx", "oci": "docker run -i --rm", "nuget": "dnx"}
"""How hosts start a package of the MCP registry that gives no hint of its own."""


class ConfiguredCommand(msgspec.Struct, frozen=True):
    """One thing that a host does because a file says so.

    ``kind`` is ``hook`` (runs on an event), ``server`` (a program that is started, or a URL that is connected to),
    ``task`` (runs when a folder is opened or a container made), ``install`` or ``setting`` (``NAME=value``).
    ``command`` is shell text; argument vectors are quoted. ``start`` and ``end`` are the character offsets of the value
    in the file, without quotes, and with the arguments where they follow. ``note`` names the key that makes it run.
    """

    kind: CommandKind
    command: str
    start: int
    end: int
    note: str


def of_json(name: str, value: Value) -> Iterator[ConfiguredCommand]:
    """Yield what a JSON file called ``name`` (lower case) makes a host run."""
    if name == "package.json":
        yield from _package_scripts(value)
    elif name == "server.json":
        yield from _registry_entry(value)
    elif "devcontainer" in name:
        yield from _container(value)
    else:
        if name == "tasks.json":
            yield from _tasks(value)
        if name == "launch.json":
            yield from _launches(value)
        if name == "environment.json":
            yield from _cloud_machine(value)
        if name == "marketplace.json":
            for plugins in value.each("plugins"):
                for plugin in plugins.items:
                    yield from _shared(plugin)
        for then in value.each("then"):  # a hook of Kiro
            for command in then.each("command"):
                yield from _command("hook", command, "hook")
        if name == "manifest.json":
            for server in value.each("server"):
                for configuration in server.each("mcp_config"):
                    yield from _server("server", configuration)
        yield from _shared(value)


def of_toml(value: Value) -> Iterator[ConfiguredCommand]:
    """Yield what Codex runs for its ``config.toml``."""
    for notify in value.each("notify"):
        yield from _command("hook", notify, "notify")
    for policy in value.each("shell_environment_policy"):
        for variables in policy.each("set"):
            yield from _variables(variables, "shell_environment_policy.set")
    yield from _shared(value)


def of_yaml(value: Value) -> Iterator[ConfiguredCommand]:
    """Yield what a YAML configuration (Continue, Goose, the tools of a Codex skill) makes a host run."""
    for extensions in value.each("extensions"):
        for name, extension in extensions.members:
            yield from _server(name, extension)
    for needed in value.each("dependencies"):
        for tools in needed.each("tools"):
            for tool in tools.items:
                yield from _server(_named(tool), tool)
    yield from _shared(value)


def of_front_matter(value: Value) -> Iterator[ConfiguredCommand]:
    """Yield what the front matter of a skill, an agent or a command makes a host run."""
    yield from _hooks(value)
    yield from _servers(value)
    yield from _risky(value)
    for metadata in value.each("metadata"):
        # Some hosts write the metadata as JSON inside a string; its values then have the place of the string.
        inner = _placed_at(metadata, read_json(metadata.text)) if metadata.kind == "string" else metadata
        if inner is not None:
            for mine in inner.each(*_OPENCLAW_NAMES):
                for steps in mine.each("install"):
                    yield from _install_steps(steps)


def _placed_at(outer: Value, value: Value | None) -> Value | None:
    if value is not None:
        for _, inner in value.walk():
            inner.start, inner.end = outer.start, outer.end
    return value


def _shared(value: Value) -> Iterator[ConfiguredCommand]:
    """Yield what stands under the keys that hosts share."""
    yield from _hooks(value)
    yield from _servers(value)
    yield from _terminals(value)
    for holder in (value, *value.each("mcp"), *value.each("tools")):
        for key in _GEMINI_COMMANDS:
            for command in holder.each(key):
                yield from _command("hook", command, key)
        if holder is not value:
            yield from _servers(holder)
            for name, server in holder.members:  # OpenCode puts its servers right under "mcp"
                yield from _server(name, server)
    for key in _HELPERS:
        for command in value.each(key):
            yield from _command("hook", command, key)
    for key in _HELPERS_WITH_COMMAND:
        for holder in value.each(key):
            for command in holder.each("command"):
                yield from _command("hook", command, key)
    for variables in value.each("env"):
        yield from _variables(variables, "env")
    yield from _settings(value)


def _hooks(value: Value) -> Iterator[ConfiguredCommand]:
    for hooks in value.each("hooks"):
        events = hooks.members or [("", item) for item in hooks.items]
        for event, entries in events:
            note = f"{event} hook".strip()
            for key, found in [("", entries), *entries.walk()]:
                if key in _HOOK_COMMANDS or (key == "url" and "://" in found.text):
                    yield from _command("hook", found, note)


def _servers(value: Value) -> Iterator[ConfiguredCommand]:
    for servers in value.each(*_SERVER_LISTS):
        for name, server in [*servers.members, *((_named(item), item) for item in servers.items)]:
            yield from _server(name, server)


def _named(value: Value) -> str:
    return next((name.text for name in value.each("name", "id")), "")


def _server(name: str, server: Value) -> Iterator[ConfiguredCommand]:
    note = f"server {name}".strip()
    arguments = list(server.each("args", "arguments"))
    for command in server.each("command", "cmd"):
        yield from _command("server", command, note, arguments)
    for address in server.each(*_REMOTE_KEYS):
        yield from _command("server", address, note)
    for helper in server.each("headersHelper"):
        yield from _command("hook", helper, f"headersHelper of {note}")
    for variables in server.each("env", "environment"):
        yield from _variables(variables, f"env of {note}")
    for trust in server.each("trust"):
        if trust.text == "true":
            yield ConfiguredCommand("setting", f"{name}.trust=true", trust.start, trust.end, f"trust of {note}")


def _settings(value: Value) -> Iterator[ConfiguredCommand]:
    for permissions in value.each("permissions"):
        for allow in permissions.each("allow"):
            for rule in allow.items:
                command = f"permissions.allow={rule.text}"
                yield ConfiguredCommand("setting", command, rule.start, rule.end, "allowed without asking")
    for key, found in value.walk():
        if key in _ADDRESSES and found.kind == "string":
            yield ConfiguredCommand("setting", f"{key}={found.text}", found.start, found.end, key)
    yield from _risky(value)


def _risky(value: Value) -> Iterator[ConfiguredCommand]:
    for key, found in value.walk():
        if found.text in _RISKY.get(key, ()):
            yield ConfiguredCommand("setting", f"{key}={found.text}", found.start, found.end, key)


def _variables(variables: Value, note: str) -> Iterator[ConfiguredCommand]:
    for name, found in variables.members:
        if found.kind in ("string", "word"):
            yield ConfiguredCommand("setting", f"{name}={found.text}", found.start, found.end, note)


def _tasks(value: Value) -> Iterator[ConfiguredCommand]:
    for system in (value, *value.each(*_SYSTEMS)):
        yield from _task(system, "task")
        for tasks in system.each("tasks"):
            for task in tasks.items:
                label = next((label.text for label in task.each("label", "taskName")), "")
                opens = any(
                    run.text == "folderOpen" for options in task.each("runOptions") for run in options.each("runOn")
                )
                note = f"task {label}".strip() + (", runs when the folder is opened" if opens else "")
                for place in (task, *task.each(*_SYSTEMS)):
                    yield from _task(place, note)


def _task(task: Value, note: str) -> Iterator[ConfiguredCommand]:
    arguments = list(task.each("args"))
    for command in task.each("command"):
        for text in [command, *command.each("value")]:
            yield from _command("task", text, note, arguments)
    for script in task.each("script"):
        if script.kind == "string":
            yield ConfiguredCommand("task", f"npm run {shlex.quote(script.text)}", script.start, script.end, note)


def _launches(value: Value) -> Iterator[ConfiguredCommand]:
    """Yield what VS Code starts for debugging."""
    for configurations in value.each("configurations"):
        for item in configurations.items:
            for key, arguments in (("runtimeExecutable", "runtimeArgs"), ("program", "args")):
                for program in item.each(key):
                    yield from _command("task", program, f"launch {_named(item)}".strip(), item.each(arguments))


def _cloud_machine(value: Value) -> Iterator[ConfiguredCommand]:
    """Yield what Cursor runs to set up the machine of a background agent."""
    for key in ("install", "update", "start"):
        for command in value.each(key):
            yield from _command("task", command, key)
    for terminals in value.each("terminals"):
        for terminal in terminals.items:
            for command in terminal.each("command"):
                yield from _command("task", command, "terminal")


def _terminals(value: Value) -> Iterator[ConfiguredCommand]:
    """Yield the programs that VS Code starts for a terminal."""
    for key, holder in value.members:
        if key.startswith("terminal.integrated.") and "rofile" in key:
            for found in (holder, *(profile for _, profile in holder.members)):
                for program in found.each("path"):
                    yield from _command("task", program, key, found.each("args"))


def _container(value: Value) -> Iterator[ConfiguredCommand]:
    for key in _CONTAINER_COMMANDS:
        for command in value.each(key):
            for found in (command, *(item for _, item in command.members)):
                yield from _command("task", found, key)
    for variables in value.each("containerEnv", "remoteEnv"):
        yield from _variables(variables, "environment of the container")
    for custom in value.each("customizations"):
        for key, found in custom.walk():
            if key == "settings":
                yield from _shared(found)


def _package_scripts(value: Value) -> Iterator[ConfiguredCommand]:
    for scripts in value.each("scripts"):
        for key, command in scripts.members:
            if key in INSTALL_SCRIPTS:
                yield from _command("install", command, f"{key} script")


def _registry_entry(value: Value) -> Iterator[ConfiguredCommand]:
    """Yield what a host starts or connects to for an entry of the MCP registry."""
    for server in (value, *value.each("server")):
        for packages in server.each("packages"):
            for package in packages.items:
                yield from _registry_package(package)
        for remotes in server.each("remotes"):
            for remote in remotes.items:
                for address in remote.each("url"):
                    yield from _command("server", address, "remote server")
    yield from _servers(value)


def _registry_package(package: Value) -> Iterator[ConfiguredCommand]:
    def text(*keys: str) -> str:
        return next((found.text for found in package.each(*keys)), "")

    runner = text("runtimeHint", "runtime_hint") or _RUNNERS.get(
        text("registryType", "registry_type", "registry_name"), ""
    )
    before = [*_argument_words(package.each("runtimeArguments", "runtime_arguments"))]
    after = [*_argument_words(package.each("packageArguments", "package_arguments"))]
    for name in package.each("identifier", "name"):
        version = text("version")
        full = f"{name.text}@{version}" if version and "://" not in name.text else name.text
        words = " ".join([runner, *map(shlex.quote, [*before, full, *after])]).strip()
        yield ConfiguredCommand("server", words, name.start, name.end, "package of the server")
    for variables in package.each("environmentVariables", "environment_variables"):
        for variable in variables.items:
            for found in variable.each("value", "default"):
                command = f"{_named(variable)}={found.text}"
                yield ConfiguredCommand("setting", command, found.start, found.end, "environment of the server")


def _argument_words(lists: Iterable[Value]) -> Iterator[str]:
    for arguments in lists:
        for argument in arguments.items:
            for word in [*argument.each("name"), *argument.each("value")]:
                if word.text:
                    yield word.text


def _install_steps(steps: Value) -> Iterator[ConfiguredCommand]:
    for step in steps.items or [steps]:
        kind = next((kind.text for kind in step.each("kind", "type")), "")
        key, form = _INSTALLERS.get(kind, ("command", "{}"))
        for found in step.each(key, "command", "script") if key == "command" else step.each(key):
            command = form.format(shlex.quote(found.text)) if key != "command" else found.text
            yield ConfiguredCommand("install", command, found.start, found.end, f"install step {kind}".strip())


def _command(
    kind: CommandKind, command: Value, note: str, arguments: Iterable[Value] = ()
) -> Iterator[ConfiguredCommand]:
    """Yield a command that is a string or an argument vector, with the arguments that stand beside it."""
    words = [] if command.kind == "object" else command.strings()
    if not any(words):
        return
    text = words[0] if command.kind != "array" else shlex.join(words)
    end = command.end
    for more in arguments:
        values = [*more.strings(), *(inner.text for item in more.items for inner in item.each("value"))]
        text = " ".join([text, *map(shlex.quote, values)])
        if more.start > end:
            end = more.end
    yield ConfiguredCommand(kind, text, command.start, end, note)
