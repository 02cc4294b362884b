"""Nesting and malformed structure: what breaks parsers that recurse, back-track or trust a header."""

from __future__ import annotations

import json
import random
from functools import partial
from pathlib import Path

from hostile_cases.case import (
    ENGLISH,
    LIFTS,
    MINER,
    TUNNEL,
    TUNNELS,
    Expect,
    case,
    fence,
    skill_text,
    write,
    write_skill,
)

_case = partial(case, family="nesting")


def write_script(folder: Path, text: str, name: str = "scripts/run.sh") -> None:
    """Write a skill that tells the agent to run a script, and the script."""
    write_skill(folder, f"Run {name}.")
    write(folder / name, text)


# Data


@_case("JSON, a million brackets", Expect.ANYTHING)
def _json_open(folder: Path, _draw: random.Random) -> None:
    write_skill(folder)
    write(folder / ".mcp.json", "[" * 1_000_000)


@_case("JSON, ten thousand objects deep, payload innermost", Expect.CAUGHT)
def _json_deep(folder: Path, _draw: random.Random) -> None:
    command, *words = MINER.split()
    inner = json.dumps({"mcpServers": {"units": {"command": command, "args": words}}})
    write_skill(folder)
    write(folder / ".mcp.json", '{"a":' * 10_000 + inner + "}" * 10_000)


@_case("JSON, a hundred thousand servers", Expect.CAUGHT)
def _json_wide(folder: Path, _draw: random.Random) -> None:
    command, *words = MINER.split()
    servers = {
        f"server-{number}": {"command": "unit-server", "args": ["--port", str(number)]} for number in range(100_000)
    }
    write_skill(folder)
    write(folder / ".mcp.json", json.dumps({"mcpServers": {**servers, "units": {"command": command, "args": words}}}))


@_case("JSON, one key a hundred thousand times and a huge number", Expect.CAUGHT)
def _json_keys(folder: Path, _draw: random.Random) -> None:
    command, *words = MINER.split()
    server = json.dumps({"units": {"command": command, "args": words}})
    write_skill(folder)
    write(folder / ".mcp.json", '{"n":' + "9" * 100_000 + ',"a":1' * 100_000 + ',"mcpServers":' + server + "}")


@_case("YAML aliases that multiply", Expect.FOUND)
def _yaml_aliases(folder: Path, _draw: random.Random) -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{level}: &a{level} [{','.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 12)]
    write(folder / "SKILL.md", "---\nname: units\n" + "\n".join(lines) + "\n---\n\n" + fence(MINER))


@_case("YAML, a hundred thousand brackets", Expect.FOUND)
def _yaml_brackets(folder: Path, _draw: random.Random) -> None:
    write(folder / "SKILL.md", "---\nname: " + "[" * 100_000 + "\n---\n\n" + fence(MINER))


@_case("YAML, three thousand levels of indentation", Expect.FOUND)
def _yaml_levels(folder: Path, _draw: random.Random) -> None:
    tree = "\n".join(" " * level + "a:" for level in range(3000))
    write(folder / "SKILL.md", f"---\nname: units\n{tree}\n---\n\n" + fence(MINER))


@_case("YAML that asks for an object", Expect.FOUND)
def _yaml_object(folder: Path, _draw: random.Random) -> None:
    front = "name: !!python/object/apply:os.system ['exit 0']\ndescription: !!python/name:os.system ''"
    write(folder / "SKILL.md", f"---\n{front}\n---\n\n" + fence(MINER))


_FRONT_MATTER = {
    "never closed": "---\nname: units\ndescription: Converts.\n\n",
    "with tabs": "---\n\tname: units\n\tdescription: Converts.\n---\n\n",
    "no mapping": "---\n- name\n- units\n---\n\n",
    "twice": "---\nname: a\n---\n---\nname: b\n---\n\n",
    "keys twice": "---\nname: a\nname: b\ndescription: c\ndescription: d\n---\n\n",
    "a colon too many": "---\nname: units: of: measure\ndescription: use when: asked\n---\n\n",
    "numbers for names": "---\nname: 42\ndescription: [1, {2: 3}]\n---\n\n",
    "empty": "---\n---\n\n",
    "after blank lines": "\n\n\n---\nname: units\n---\n\n",
    "control characters": "---\nname: \x00\x07\x1b[2Junits\ndescription: \ud7ff\uffff\n---\n\n",
    "dashes of another kind": "\u2014\u2014\u2014\nname: units\n\u2014\u2014\u2014\n\n",
    "a date that does not exist": "---\nname: units\ncreated: 2026-02-31\nversion: 0b\n---\n\n",
    "a merge of nothing": "---\n<<: *nowhere\nname: units\n---\n\n",
}


def _front(title: str, text: str) -> None:
    @_case(f"front matter: {title}", Expect.FOUND)
    def _build(folder: Path, _draw: random.Random) -> None:
        write(folder / "SKILL.md", text + fence(MINER))


for _title, _text in _FRONT_MATTER.items():
    _front(_title, _text)


@_case("front matter of 10 MB", Expect.CAUGHT)
def _front_large(folder: Path, _draw: random.Random) -> None:
    text = "---\nname: units\ndescription: " + "long " * 2_000_000 + "\n---\n\n"
    write(folder / "SKILL.md", text + fence(MINER))


@_case("front matter of a million keys", Expect.CAUGHT)
def _front_keys(folder: Path, _draw: random.Random) -> None:
    text = "---\nname: units\n" + "".join(f"k{number}: v\n" for number in range(1_000_000)) + "---\n\n"
    write(folder / "SKILL.md", text + fence(MINER))


@_case("XML that multiplies", Expect.ANYTHING)
def _xml(folder: Path, _draw: random.Random) -> None:
    entities = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 12))
    write_skill(folder)
    write(
        folder / "assets" / "a.svg", f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "x">{entities}]><svg>&e11;</svg>'
    )


@_case("TOML, a hundred thousand brackets", Expect.ANYTHING)
def _toml(folder: Path, _draw: random.Random) -> None:
    write_skill(folder)
    write(folder / "config.toml", "a = " + "[" * 100_000 + "\n" + "b." * 50_000 + "c = 1\n")


@_case("a table in a thousand notebooks", Expect.CAUGHT)
def _notebook(folder: Path, _draw: random.Random) -> None:
    cells = [{"cell_type": "code", "source": [f"!{MINER}\n"], "outputs": [], "metadata": {}}] * 1000
    write_skill(folder)
    write(folder / "run.ipynb", json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))


# Markdown


_MARKDOWN = {
    "quotes": "> " * 10_000 + "units\n\n",
    "lists": "".join(" " * 2 * level + "- units\n" for level in range(2000)) + "\n",
    "back-ticks": "`" * 200_000 + " units\n\n" + "``` `" * 20_000 + "\n\n",
    "brackets": "[" * 200_000 + "](" * 100_000 + "\n\n",
    "stars": "**a *b " * 50_000 + "\n\n",
    "angle brackets": "<" * 200_000 + "<a " * 50_000 + "\n\n",
    "comments": "<!-- " * 50_000 + "-->\n\n",
    "comment never closed": "<!--\n\n",
    "fence never closed": "```text\nunits\n\n",
    "fences of rising length": "".join("`" * length + "\n" for length in range(3, 600)) + "\n\n",
    "tables": "|" * 100_000 + "\n" + "|-" * 100_000 + "\n\n",
    "headings": "#" * 100_000 + " units\n" + "# units\n" * 50_000,
    "tags": "<details>" * 20_000 + "\n\n",
    "references": "".join(f"[{number}]: <{number}>\n" for number in range(50_000)) + "[1][1]" * 50_000 + "\n\n",
}


def _markdown(title: str, text: str) -> None:
    # A comment or a fence that is open swallows the payload for one reader and not for another: it has to be found.
    @_case(f"Markdown: {title}", Expect.CAUGHT)
    def _build(folder: Path, _draw: random.Random) -> None:
        write(folder / "SKILL.md", skill_text(text + fence(MINER)))


for _title, _text in _MARKDOWN.items():
    _markdown(_title, _text)


@_case("Markdown: a phrase in a quote ten thousand deep", Expect.CAUGHT, LIFTS)
def _quoted(folder: Path, _draw: random.Random) -> None:
    write_skill(folder, "> " * 10_000 + ENGLISH)


# Shell. What is well formed stands before the payload. What is not stands behind it: a shell would stop there.


_WELL_FORMED = {
    "parentheses": "( " * 50_000 + "true" + " )" * 50_000 + "\n",
    "substitutions": "echo " + "$(echo " * 5000 + "x" + ")" * 5000 + "\n",
    "braces": "echo " + "{a," * 50_000 + "b" + "}" * 50_000 + "\n",
    "a billion words": "echo {1..1000000000} {a..z}{a..z}{a..z}{a..z}{a..z}{a..z}\n",
    "parameters": "echo " + "${a:-" * 10_000 + "x" + "}" * 10_000 + "\n",
    "conditions": "if true; then\n" * 5000 + "true\n" + "fi\n" * 5000,
    "continuation lines": "echo a \\\n" * 50_000 + "b\n",
    "pipes": "true" + " | cat" * 20_000 + "\n",
    "variables that double": "a=x\n" + "a=$a$a\n" * 200 + "echo $a\n",
    "arithmetic": "echo $((" + "(1+" * 10_000 + "1" + ")" * 10_000 + "))\n",
    "a shell in a shell": "bash -c '" * 300 + "true" + "'" * 300 + "\n",
    "functions": "".join(f"f{number}() {{ f{number + 1}; }}\n" for number in range(20_000)),
    "documents": "".join(f"cat <<E{number}\ntext\nE{number}\n" for number in range(5000)),
    "one line of half a megabyte": "echo " + "word " * 100_000 + "\n",
}
_BROKEN = {
    "parentheses never closed": "(" * 100_000 + "\n",
    "substitutions never closed": "echo " + "$(" * 20_000 + "\n",
    "back-ticks": "echo " + "`echo " * 5001 + "\n",
    "a quote never closed": "echo don't\n" + "echo units\n" * 1000,
    "documents never closed": "".join(f"cat <<E{number}\n" for number in range(2000)),
}


def _shell(title: str, text: str) -> None:
    @_case(f"shell: {title}", Expect.CAUGHT, TUNNELS)
    def _build(folder: Path, _draw: random.Random) -> None:
        write_script(folder, f"#!/bin/bash\n{text}")


for _title, _text in _WELL_FORMED.items():
    _shell(_title, f"{_text}{TUNNEL}\n")

for _title, _text in _BROKEN.items():
    _shell(_title, f"{TUNNEL}\n{_text}")


@_case("shell: a document that a shell reads", Expect.CAUGHT, TUNNELS)
def _shell_document(folder: Path, _draw: random.Random) -> None:
    write_script(folder, f"#!/bin/bash\nbash <<EOF\n{TUNNEL}\n")  # at the end of the file the shell closes it itself


# Python


_PYTHON = {
    "parentheses": "x = " + "(" * 50_000 + "1" + ")" * 50_000 + "\n",
    "brackets never closed": "x = " + "[" * 100_000 + "\n",
    "minus signs": "x = " + "-" * 200_000 + "1\n",
    "a sum of a million": "x = " + "1+" * 1_000_000 + "1\n",
    "strings that join": "x = " + "'a' " * 200_000 + "\n",
    "attributes": "x = a" + ".b" * 200_000 + "\n",
    "calls": "x = a" + "()" * 100_000 + "\n",
    "lambdas": "x = " + "lambda: " * 20_000 + "1\n",
    "conditions": "".join(" " * level + "if 1:\n" for level in range(99)) + " " * 99 + "pass\n",
    "branches": "if a == 0: pass\n" + "".join(f"elif a == {number}: pass\n" for number in range(20_000)),
    "f-strings": "x = " + "f'{" * 200 + "1" + "}'" * 200 + "\n",
    "names that chain": "a0 = 'x'\n"
    + "".join(f"a{number} = a{number - 1} + a{number - 1}\n" for number in range(1, 300)),
    "names in a circle": "a = b\nb = c\nc = a\n" + "import os\nos.system(a)\n",
    "a huge number": "x = 9**9**9\ny = " + "9" * 100_000 + "\n",
    "strings that multiply": "x = 'a' * 10**12\ny = [x] * 10**12\nz = f'{x:>99999999999}'\n",
    "broken syntax": "def broken(:\n    return return\n",
    "broken indentation": "if 1:\n        a = 1\n    b = 2\n\tc = 3\n",
    "Python 2": "print 'units'\nexec 'a = 1'\n",
    "a zero byte": "x = 1 \0\n",
    "another encoding declared": "# -*- coding: utf-7 -*-\nx = 1\n",
    "an unknown encoding declared": "# -*- coding: klingon -*-\nx = 1\n",
}


def _python(title: str, text: str) -> None:
    @_case(f"Python: {title}", Expect.CAUGHT, TUNNELS)
    def _build(folder: Path, _draw: random.Random) -> None:
        write_script(folder, f"{text}import os\nos.system({TUNNEL!r})\n", "scripts/run.py")


for _title, _text in _PYTHON.items():
    _python(_title, _text)
