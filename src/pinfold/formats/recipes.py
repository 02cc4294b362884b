"""Commands that builders and CI systems take from files: workflows, compose files, task files, hooks of git."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import msgspec

from pinfold.formats import manifests
from pinfold.formats.configured import INSTALL_SCRIPTS, CommandKind, ConfiguredCommand
from pinfold.formats.spans import Value, read_json, read_toml, read_yaml

MAX_NAMES = 200
"""How many names that a file sets at one place are filled in."""

MAX_FILLED = 32_768
"""How many characters a command has at most in which names are filled in."""

MAX_TEXT = 500_000
"""Characters of YAML and TOML that are read; their parsers are slow."""

_COMPOSE = re.compile(r"(?:docker-)?compose[\w.-]*\.ya?ml$")
_TASKFILE = re.compile(r"taskfile(?:\.dist)?\.ya?ml$")
_CI = frozenset({".gitlab-ci.yml", ".travis.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml", "cloudbuild.yaml"})
_CI_KEYS = frozenset(
    {"run", "script", "before_script", "after_script", "before_install", "install", "bash", "powershell", "pwsh", "cmd",
     "command", "commands", "entrypoint", "entry", "cmds", "sh", "preconditions", "args"}
)  # fmt: skip
_HOOKS = ("pre-install-cmd", "post-install-cmd", "pre-update-cmd", "post-update-cmd", "post-autoload-dump",
    "post-root-package-install", "post-create-project-cmd", "pre-autoload-dump", "post-package-install")  # fmt: skip
_PROJECT_KEYS = frozenset({"cmd", "shell", "commands", "before-build", "before-all", "post_install", "pre_install"})
_TASK_LISTS = frozenset({"tasks", "scripts"})
_BUILDERS = frozenset({"pdm", "hatch", "poe", "taskipy", "cibuildwheel", "uv", "pixi", "rye"})
_NAMES = ("vars", "env", "variables", "environment")
_FILLED = re.compile(
    r"\{\{[ ]{0,8}\.(\w{1,100})[^{}\n]{0,100}\}\}|\$\{\{[ ]{0,8}(?:env|vars)\.(\w{1,100})[ ]{0,8}\}\}"
    r"|\$\{(\w{1,100})\}|\$(\w{1,100})"
)
_PROCESS = re.compile(r"(?m)^[A-Za-z][\w-]{0,40}:[ \t]*(\S[^\n]*)$")


def commands(path: str, text: str) -> Iterator[ConfiguredCommand]:
    """Yield the commands in a file that a builder, a CI system or git obeys; nothing for other files.

    Never raises; what is longer than ``MAX_TEXT`` is told by `limit_reached`.
    """
    name = PurePosixPath(path.lower().rpartition("!/")[2]).name
    if name == "procfile":
        for found in _PROCESS.finditer(text):
            yield _one("task", found[1], found.start(1), found.end(1), "Procfile")
    elif name == "composer.json":
        yield from _composer(text)
    elif name == "package.json":
        yield from _package(text)
    elif manifests.is_manifest(name, text):
        yield from manifests.commands(text)
    elif len(text) > MAX_TEXT:
        return
    elif name == "pyproject.toml" and ("[tool." in text or "build-backend" in text):
        yield from _project(text)
    elif (_is_recipe(path.lower(), name) or _is_workflow(name, text)) and (root := read_yaml(text)) is not None:
        yield from _recipes(root, name)


def limit_reached(path: str, text: str) -> str:
    """Return which limit kept `commands` from reading this file, or ``""``."""
    name = PurePosixPath(path.lower().rpartition("!/")[2]).name
    if manifests.is_manifest(name, text):
        return manifests.limit_reached(text)
    recipe = name == "pyproject.toml" or _is_recipe(path.lower(), name) or _is_workflow(name, text)
    return f"a recipe of more than {MAX_TEXT:,} characters" if recipe and len(text) > MAX_TEXT else ""


def _is_workflow(name: str, text: str) -> bool:
    """Say whether a file under any name is a workflow that is yet to be put into its place."""
    return name.endswith((".yml", ".yaml")) and "runs-on:" in text and "steps:" in text


def _is_recipe(path: str, name: str) -> bool:
    if name[-4:] not in (".yml", "yaml"):
        return False
    return (
        "/.github/workflows/" in f"/{path}"
        or "/.gitea/workflows/" in f"/{path}"
        or name in _CI
        or name in ("action.yml", "action.yaml", ".pre-commit-config.yaml", ".pre-commit-hooks.yaml", "lefthook.yml")
        or _COMPOSE.match(name) is not None
        or _TASKFILE.match(name) is not None
        or "/.circleci/" in f"/{path}"
    )


def _one(kind: CommandKind, command: str, start: int, end: int, note: str) -> ConfiguredCommand:
    return ConfiguredCommand(kind, command, start, end, note)


def _recipes(root: Value, name: str) -> Iterator[ConfiguredCommand]:
    """Yield what stands under the keys of commands, in the order of the text."""
    hooks = name.startswith((".pre-commit", "lefthook"))
    for key, value, names in _with_names(root):
        if key not in _CI_KEYS or (key == "args" and not hooks):
            continue
        for command in _of_key(key, value, name):
            yield msgspec.structs.replace(command, command=_filled(command.command, names)) if names else command


def _of_key(key: str, value: Value, name: str) -> Iterator[ConfiguredCommand]:
    if value.kind == "string":
        yield _one("task", value.text, value.start, value.end, f"{key} of {name}")
    elif value.kind == "array" and key in ("command", "entrypoint", "args"):
        words = value.strings()
        if words:
            yield _one("task", " ".join(map(_quoted, words)), value.start, value.end, f"{key} of {name}")
    elif value.kind == "array":
        for item in value.items:
            if item.kind == "string":
                yield _one("task", item.text, item.start, item.end, f"{key} of {name}")


def _with_names(root: Value) -> Iterator[tuple[str, Value, Mapping[str, str]]]:
    """Yield every value with its key and the names that are set around it, in the order of the text."""
    waiting: list[tuple[str, Value, dict[str, str]]] = [("", root, {})]
    while waiting:
        key, value, names = waiting.pop()
        yield key, value, names
        for held in value.each(*_NAMES) if value.kind == "object" else ():
            names = _added(names, held)
        waiting += reversed([(one, inner, names) for one, inner in value.members])
        waiting += reversed([("", inner, names) for inner in value.items])


def _added(names: dict[str, str], held: Value) -> dict[str, str]:
    """Return the names that are set, with those that a mapping adds; one that a command sets stands for its output."""
    found = dict(names)
    for name, value in held.members[:MAX_NAMES]:
        command = next((one.text for one in value.each("sh")), "")
        if command:
            found[name] = f"$({_filled(command, found)})"
        elif value.kind in ("string", "word") and (filled := _filled(value.text, found)) and "$" not in filled:
            found[name] = filled
    return found if len(found) <= MAX_NAMES else names


def _filled(command: str, names: Mapping[str, str]) -> str:
    """Return a command with the names filled in that its file sets."""
    if "$" not in command and "{{" not in command:
        return command
    filled = _FILLED.sub(lambda found: names.get(next(filter(None, found.groups()), ""), found[0]), command)
    return filled if len(filled) <= MAX_FILLED else command


def _quoted(word: str) -> str:
    import shlex  # noqa: PLC0415  # only lists of words need it

    return shlex.quote(word)


def _composer(text: str) -> Iterator[ConfiguredCommand]:
    """Yield the scripts of a package of PHP; those that one names with ``@`` are read where they stand."""
    root = read_json(text)
    for scripts in root.each("scripts") if root is not None else ():
        for key, value in scripts.members:
            kind: CommandKind = "install" if key in _HOOKS else "task"
            for item in value.items or [value]:
                command = item.text[1:] if item.text.startswith(("@php ", "@composer ")) else item.text
                if item.kind == "string" and not command.startswith("@") and "::" not in command:
                    yield _one(kind, command, item.start, item.end, f"{key} script")


def _package(text: str) -> Iterator[ConfiguredCommand]:
    """Yield the scripts of a package of npm that somebody or another script starts; hosts run the others themselves."""
    root = read_json(text) if '"scripts"' in text else None
    for scripts in root.each("scripts") if root is not None else ():
        for key, value in scripts.members:
            if key not in INSTALL_SCRIPTS and value.kind == "string":
                yield _one("task", value.text, value.start, value.end, f"{key} script")


def _project(text: str) -> Iterator[ConfiguredCommand]:
    """Yield the commands that builders of Python packages run: hooks of pdm, hatch, poetry, tasks of poe."""
    root = read_toml(text)
    for tool in root.each("tool") if root is not None else ():
        for builder, settings in tool.members:
            for key, value in settings.walk() if builder in _BUILDERS else ():
                for task, found in value.members if key in _TASK_LISTS else [(key, value)]:
                    if key in _TASK_LISTS or key in _PROJECT_KEYS:
                        yield from _project_task(found, f"{task} of {builder}", vector=key == "cmd")


def _project_task(value: Value, note: str, *, vector: bool) -> Iterator[ConfiguredCommand]:
    if value.kind == "string":
        yield _one("task", value.text, value.start, value.end, note)
    elif vector and value.kind == "array":
        yield _one("task", " ".join(map(_quoted, value.strings())), value.start, value.end, note)
    else:
        for item in value.items:
            if item.kind == "string":
                yield _one("task", item.text, item.start, item.end, note)
