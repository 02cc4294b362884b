"""Commands that builders and CI systems take from files: workflows, compose files, task files, hooks of git."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from pinfold.formats.configured import CommandKind, ConfiguredCommand
from pinfold.formats.spans import Value, read_json, read_toml, read_yaml

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
    elif len(text) > MAX_TEXT:
        return
    elif name == "pyproject.toml" and ("[tool." in text or "build-backend" in text):
        yield from _project(text)
    elif (_is_recipe(path.lower(), name) or _is_workflow(name, text)) and (root := read_yaml(text)) is not None:
        yield from _recipes(root, name)


def limit_reached(path: str, text: str) -> str:
    """Return which limit kept `commands` from reading this file, or ``""``."""
    name = PurePosixPath(path.lower().rpartition("!/")[2]).name
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
    for key, value in root.walk():
        if key not in _CI_KEYS or (key == "args" and not hooks):
            continue
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


def _quoted(word: str) -> str:
    import shlex  # noqa: PLC0415  # only lists of words need it

    return shlex.quote(word)


def _composer(text: str) -> Iterator[ConfiguredCommand]:
    root = read_json(text)
    for scripts in root.each("scripts") if root is not None else ():
        for key, value in scripts.members:
            if key in _HOOKS:
                for item in value.items or [value]:
                    if item.kind == "string" and not item.text.startswith("@") and "::" not in item.text:
                        yield _one("install", item.text, item.start, item.end, f"{key} script")


def _project(text: str) -> Iterator[ConfiguredCommand]:
    """Yield the commands that builders of Python packages run: hooks of pdm, hatch, poetry, tasks of poe."""
    root = read_toml(text)
    for tool in root.each("tool") if root is not None else ():
        for builder, settings in tool.members:
            if builder not in ("pdm", "hatch", "poe", "taskipy", "cibuildwheel", "uv", "pixi"):
                continue
            for key, value in settings.walk():
                wanted = key in _PROJECT_KEYS
                if wanted and value.kind == "string":
                    yield _one("task", value.text, value.start, value.end, f"{key} of {builder}")
                elif wanted:
                    for item in value.items:
                        if item.kind == "string":
                            yield _one("task", item.text, item.start, item.end, f"{key} of {builder}")
