"""Files for builders, through the door of the lens."""

from __future__ import annotations

import hashlib

import pytest

from pinfold.model import ActKind, FileType, SkillFile
from pinfold.scan.source import limit_reached, read_source


def file(path, text):
    data = text.encode()
    return SkillFile(path=path, data=data, type=FileType.TEXT, digest=hashlib.sha256(data).hexdigest())


def commands(path, text):
    """Return the commands of a file with their lines."""
    found = read_source(file(path, text)).acts
    return [(act.fields["CommandLine"], act.place.line) for act in found if act.kind is ActKind.EXEC and act.role.live]


BUILT = {
    "a Makefile": ("Makefile", "P := up\nA = --pretty\nall:\n\t$(P)time $(A)\n", "uptime --pretty", 4),
    "a Makefile of Python": (
        "Makefile", "SHELL := python3\nall:\n\timport os\n\tos.system('uptime --pretty')\n", "uptime --pretty", 3
    ),
    "a fence of make": ("SKILL.md", "# Use\n\n```makefile\nA = time\nall:\n\tup$(A)\n```\n", "uptime", 6),
    "a justfile": ("justfile", "a := 'up' + 'time'\ngo:\n    {{a}} --pretty\n", "uptime --pretty", 3),
    "a justfile of Python": (
        "Justfile", "go:\n    #!/usr/bin/env python3\n    import os\n    os.system('uptime')\n", "uptime", 2
    ),
    "a justfile of PowerShell": (
        "justfile", "set shell := ['pwsh', '-c']\ngo:\n    Stop-Computer -Force\n", "Stop-Computer -Force", 3
    ),
    "a justfile by its ending": ("tools.just", "go:\n  uptime\n", "uptime", 2),
}  # fmt: skip


@pytest.mark.parametrize(("path", "text", "line", "at"), BUILT.values(), ids=BUILT)
def test_names_in_files_for_builders_are_filled_in(path, text, line, at):
    assert commands(path, text) == [(line, at)]


def test_a_file_for_builders_with_too_much_to_fill_in_is_told():
    text = "A = x$(A)\nall:\n\tgo $(A)\n"
    assert limit_reached(read_source(file("Makefile", text)))
