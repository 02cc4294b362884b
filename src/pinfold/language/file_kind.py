"""What kind of text a file holds, and the part it plays, by its name and its first lines."""

from __future__ import annotations

import re
from functools import lru_cache

from pinfold.model import Role

_BY_SUFFIX = {
    **dict.fromkeys(("md", "mdx", "mdc", "markdown", "mkd"), "markdown"),
    **dict.fromkeys(("sh", "bash", "zsh", "ksh", "fish", "command", "bats"), "shell"),
    **dict.fromkeys(("py", "pyw", "pyi"), "python"),
    **dict.fromkeys(("js", "mjs", "cjs", "jsx"), "javascript"),
    **dict.fromkeys(("ts", "tsx", "mts", "cts"), "typescript"),
    **dict.fromkeys(("ps1", "psm1", "psd1"), "powershell"),
    **dict.fromkeys(("bat", "cmd"), "batch"),
    **dict.fromkeys(("crontab", "cron"), "crontab"),
    **dict.fromkeys(("mk", "mak"), "makefile"),
    "just": "justfile",
    **dict.fromkeys(
        (
            "json", "jsonc", "json5", "jsonl", "ndjson", "yaml", "yml", "toml", "xml", "xsd", "xsl", "csv", "tsv",
            "html", "htm", "svg", "css", "ini", "cfg", "conf", "properties", "lock", "po", "ipynb", "sql", "proto",
            "env",
        ),
        "data",
    ),
    **dict.fromkeys(
        (
            "c", "h", "cc", "cpp", "hpp", "cs", "go", "rs", "java", "kt", "swift", "rb", "php", "pl", "lua", "r",
            "vbs", "applescript", "scala", "dart", "ex", "exs", "vue", "svelte",
        ),
        "code",
    ),
}  # fmt: skip
_BY_NAME = {
    "makefile": "makefile",
    "gnumakefile": "makefile",
    "justfile": "justfile",
    "dockerfile": "dockerfile",
    "containerfile": "dockerfile",
    "crontab": "crontab",
    ".justfile": "justfile",
    ".envrc": "shell",
}
_BY_INTERPRETER = (
    (re.compile(r"(?:ba|z|k|da|a|fi)?sh\b"), "shell"),
    (re.compile(r"(?:python|pypy|uv)[\d.]*\b"), "python"),
    (re.compile(r"(?:node|deno|bun)\b"), "javascript"),
    (re.compile(r"(?:ts-node|tsx)\b"), "typescript"),
    (re.compile(r"pwsh\b"), "powershell"),
    (re.compile(r"(?:perl|ruby|php|lua|osascript|awk|Rscript)\b"), "code"),
)  # fmt: skip
_INTERPRETER = re.compile(
    r"#![ \t]*\S{0,200}?(?:/env(?:[ \t]+-\S{1,40}|[ \t]+\w{1,40}=\S{0,200}){0,4}[ \t]+(?:\S{0,200}/)?|/)"
    r"([\w.-]{1,40})(?:[ \t]|\r?$)",
    re.MULTILINE,
)
_MARKDOWN_LOOK = re.compile(
    r"^(?:---\r?$|#{1,6} \S|```|~~~|[-*] \S.*$\n[-*] \S|\[[^\]\n]{1,80}\]\([^)\n]{1,200}\))", re.MULTILINE
)
_HEAD = 4096
"""Characters looked at to tell what a file without a telling name holds."""

PROGRAMS = frozenset(
    [
        "shell",
        "python",
        "javascript",
        "typescript",
        "powershell",
        "batch",
        "makefile",
        "justfile",
        "dockerfile",
        "crontab",
        "code",
    ]
)
"""Kinds that are run or built, not read."""

COMMANDS = frozenset({"shell", "powershell", "batch", "makefile", "justfile", "dockerfile", "crontab"})
"""Kinds that hold commands."""

_TESTING = frozenset(
    {
        "test",
        "tests",
        "fixture",
        "fixtures",
        "testdata",
        "testcase",
        "testcases",
        "mock",
        "mocks",
        "snapshots",
    }
)
_DATA_OF_TESTS = frozenset(
    {"case", "cases", "data", "dataset", "datasets", "files", "samples", "unit", "e2e", "integration"}
)
_EVALUATION = frozenset({"eval", "evals", "evaluation"})
_FOLDER_WORDS = re.compile(r"[_.\s-]+")

_DOCUMENTATION = re.compile(
    r"(?:readme|licen[cs]e|copying|changelog|contributing|contributors|authors|notice|code[_-]of[_-]conduct"
    r"|third[_-]party[_-](?:notices?|licen[cs]es?))(?:[._-].*)?$"
)
"""Names under which nobody looks for orders; fewer than there are, for agents do follow a ``security.md``."""

_DATA_NAME = re.compile(
    r"(?:requirements.*|constraints.*|.*words?lists?|.*stop[_-]?words|robots|manifest|version)\.(?:txt|in)$|\.git(?:ignore|attributes)$|\.dockerignore$|codeowners$"
)


def kind_of(path: str, text: str) -> str:
    """Return the kind of a text file.

    One of ``markdown``, ``shell``, ``python``, ``javascript``, ``typescript``, ``powershell``, ``batch``,
    ``makefile``, ``justfile``, ``dockerfile``, ``crontab``, ``code`` (another programming language), ``data`` and
    ``text``.
    """
    name = _name(path)
    stem, dot, suffix = name.rpartition(".")
    kind = _BY_NAME.get(name) or (_BY_SUFFIX.get(suffix) or _BY_NAME.get(stem, "") if dot else "")
    if not kind and "/cron.d/" in f"/{path.lower()}":
        return "crontab"
    if kind and kind != "data":
        return kind
    return _by_interpreter(text) or kind or _by_look(text, bare=not dot)


def _name(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].lower()


def _by_interpreter(text: str) -> str:
    if not text.startswith("#!"):
        return ""
    found = _INTERPRETER.match(text[:1024])
    return next((kind for pattern, kind in _BY_INTERPRETER if found and pattern.match(found[1])), "")


def _by_look(text: str, *, bare: bool) -> str:
    head = text[:_HEAD]
    if bare and head.lstrip()[:1] in ("{", "["):
        return "data"
    return "markdown" if bare and _MARKDOWN_LOOK.search(head) else "text"


@lru_cache(maxsize=1_024)
def _is_for_tests(folder: str) -> bool:
    """Return whether a folder of this name holds test data: all its words say so (``test-fixtures``, ``eval_data``)."""
    if folder == "__snapshots__":
        return True
    words = {word for word in _FOLDER_WORDS.split(folder[:64]) if word}
    if not words <= _TESTING | _DATA_OF_TESTS | _EVALUATION:
        return False
    return bool(words & _TESTING) or words == {"samples"} or bool(words & _EVALUATION and words & _DATA_OF_TESTS)


def fixture_folder(path: str) -> int:
    """Return where the last folder for test data on a path begins, or -1 when there is none."""
    found, at = -1, 0
    for part in path.split("/")[:-1]:
        if _is_for_tests(part.lower()):
            found = at
        at += len(part) + 1
    return found


def role_of(path: str, kind: str) -> Role:
    """Return the part that a file plays in a skill, as far as its path and kind tell."""
    name = _name(path)
    if name.startswith("skill.m"):
        return Role.INSTRUCTION
    if fixture_folder(path) >= 0:
        return Role.FIXTURE
    if kind in COMMANDS:
        return Role.COMMAND
    if kind in PROGRAMS:
        return Role.CODE
    if _DOCUMENTATION.match(name):
        return Role.DOCUMENTATION
    return Role.DATA if kind == "data" or _DATA_NAME.match(name) else Role.INSTRUCTION
