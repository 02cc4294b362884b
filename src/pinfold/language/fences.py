"""What a fence holds, by its language and its first lines."""

from __future__ import annotations

import re

from pinfold.model import Role

_LOOK = 2_000
"""Characters of a fence that are read."""

_LINES = 40
"""Lines of a fence that are read."""

_SHELL = frozenset(
    (
        "bash bat batch cli cmd cmdline command commandline console docker dockerfile fish just ksh make makefile "
        "powershell ps ps1 pwsh sh sh-session shell shell-session shellscript shellsession terminal zsh"
    ).split()
)
_CODE = frozenset(
    (
        "applescript c c++ cjs clojure cpp cs csharp dart elixir go golang groovy haskell hcl ipython java javascript js jsx "
        "julia kotlin lua matlab mjs nix node octave "
        "perl php py pycon python python3 r rb rs ruby rust scala solidity sql svelte swift terraform ts tsx typescript vue"
    ).split()
)
_SHOWN = frozenset(
    (
        "bibtex css csv diff dot ebnf graphql graphviz html http ini json json5 jsonc jsonl latex log mermaid output patch "
        "plantuml proto regex scss svg tex toml tree tsv xml yaml yml"
    ).split()
)
_WORDING = frozenset("example markdown md mdx none plain plaintext text txt".split())

_PROGRAMS = frozenset(
    (
        "apk apt apt-get aws awk az base64 bash brew bun bunx cargo cat cd chmod chown claude clawhub codex cp crontab "
        "curl deno dnf docker echo eval export find gcloud gemini gh git go grep helm iex iwr irm jq kubectl launchctl "
        "ls make mkdir mv nc ncat nmap node nohup npm npx openclaw openssl osascript pacman pip pip3 pipx pnpm podman "
        "powershell pwsh python python3 rm rsync scp screen sed sh socat source ssh sudo systemctl tar terraform tmux "
        "unzip uv uvx wget xargs yarn yum zsh invoke-webrequest invoke-expression invoke-restmethod"
    ).split()
)
_PROMPT = re.compile(
    r"[ \t>]*(?:\$|PS [^>\n]{0,80}>|\w{1,40}@[\w.-]{1,80}[^$#\n]{0,60}[$#]|[A-Z]:\\[^>\n]{0,80}>)[ \t]+\S"
)
_ARGUMENT = re.compile(r"[-\w./~$\"'@:{<*|&]")
_SENTENCE = re.compile(r"[^\W\d_]+(?:[,;]? [^\W\d_]+){4}|[\u3400-\u9fff，、]{8}")


def fence_role(text: str, language: str) -> Role | None:
    """Return the role of what a fence holds; ``None`` when it is wording, of which only what stands around it can tell."""
    if language in _SHELL:
        return Role.COMMAND
    if language in _CODE:
        return Role.CODE
    if language in _SHOWN:
        return Role.EXAMPLE
    head = text[:_LOOK]
    if _PROMPT.match(head) or any(map(_is_command, head.splitlines()[:_LINES])):
        return Role.COMMAND
    return None


def _is_command(line: str) -> bool:
    words = line.lstrip("> \t").split(maxsplit=2)
    if not words:
        return False
    if words[0].lower() not in _PROGRAMS:
        return words[0].startswith("./") and len(words[0]) > 2
    return len(words) == 1 or _ARGUMENT.match(words[1]) is not None


def has_sentences(text: str, language: str) -> bool:
    """Whether a fence that claims to be no plain text reads like sentences all the same."""
    return language not in _WORDING and _SENTENCE.search(text[:_LOOK]) is not None
