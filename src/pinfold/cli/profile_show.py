"""``pinfold profile show``: what a profile comes to on this machine, in this folder."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pinfold.model import Destination, Profile

NAME = "show"
SUMMARY = "say what a profile comes to on this machine, in this folder"

_EPILOG = """\
exit codes: 0 it is shown; 2 wrong usage, or no valid profile.

example:
  pinfold profile show job.toml
"""
_LEVELS = {
    "L0": "any level, be it observed only",
    "L1": "L1 or above: system calls and destinations",
    "L2": "L2 or above: files and programs, system calls and destinations",
    "L3": "L3: a file tree, a network and processes of its own",
}
_TITLES = {"read": "may read", "write": "may change", "execute": "may execute"}
_INDENT = " " * 13


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("file", type=Path, metavar="FILE", help="a profile as TOML")
    parser.add_argument("--skill", type=Path, metavar="DIR", help="the folder for which {skill} stands")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to write it (default: text)")


def run(arguments: argparse.Namespace) -> int:
    """Show the profile and return the exit code."""
    from pinfold.output.json import encode
    from pinfold.output.terminal import visible
    from pinfold.sandbox.profile_file import load

    document = _document(load(arguments.file), str(arguments.file), arguments.skill)
    if arguments.format == "json":
        print(encode(document))
    else:
        print("\n".join(map(visible, _text(document))))
    return 0


def _document(profile: Profile, file: str, skill: Path | None) -> dict[str, Any]:
    """Return what the profile comes to, in the order of ``docs/schema/profile-show-1.json``."""
    import msgspec

    folder = str(skill.resolve()) if skill else ""
    accesses = {
        title: {
            name: [
                _meaning(path, folder, program=title == "execute") for path in getattr(getattr(profile, title), name)
            ]
            for name in ("allow", "deny")
        }
        for title in _TITLES
    }
    return {
        "schema": "pinfold.profile-show/1",
        "file": file,
        "name": profile.name,
        "digest": profile.digest,
        "level": profile.level.value,
        "folder": str(Path.cwd()),
        "home": str(Path.home()),
        **accesses,
        "hosts": [_host(host) for host in profile.hosts],
        "environment": list(profile.environment),
        "devices": list(profile.devices),
        "limits": msgspec.to_builtins(profile.limits),
    }


def _host(host: Destination) -> dict[str, Any]:
    return {"host": host.name or host.cidr, "port": host.port, "program": host.program}


def _meaning(entry: str, skill: str, *, program: bool) -> dict[str, Any]:
    """Return an entry with the path that it means here, and whether that exists; with a ``*`` nobody knows."""
    import shutil

    from pinfold.sandbox.notation import is_name, resolved

    if program and is_name(entry):
        path = shutil.which(entry) or ""
    else:
        path = resolved(entry, folder=str(Path.cwd()), home=str(Path.home()), skill=skill)
    exists = None if "*" in path or "\0" in path else bool(path) and os.path.lexists(path)
    return {"entry": entry, "path": os.path.realpath(path) if exists else path, "exists": exists}


def _text(document: dict[str, Any]) -> list[str]:
    name = document["name"] or document["file"]
    lines = [f"{name}, in {document['folder']}, for {_LEVELS[document['level']]}", ""]
    for title, words in _TITLES.items():
        lines += _lines(words, [_shown(one) for one in document[title]["allow"]] or ["nothing"])
        if denied := document[title]["deny"]:
            lines += _lines("  but not", _wrapped([one["entry"] for one in denied]))
    hosts = [f"{one['host']}:{one['port']}" + _by(one["program"]) for one in document["hosts"]]
    lines += _lines("may contact", hosts or ["nobody"])
    lines += _lines("is passed", _wrapped(document["environment"]) or ["no variable of yours"])
    lines += _lines("may use", document["devices"]) if document["devices"] else []
    limits = [f"{name} {value:,}" for name, value in document["limits"].items()]
    return lines + _lines("is limited", limits or ["in nothing by this profile"])


def _by(program: str) -> str:
    return f"  by {program} alone" if program else ""


def _lines(title: str, values: list[str]) -> list[str]:
    return [f"{title if not at else '':<{len(_INDENT)}}{value}" for at, value in enumerate(values)]


def _shown(one: dict[str, Any]) -> str:
    entry, path = one["entry"], one["path"]
    if not path:
        return f"{entry}  (not found here)"
    there = "" if one["exists"] is not False else "  (does not exist here)"
    return f"{entry}{f'  = {path}' if path != entry else ''}{there}"


def _wrapped(words: list[str]) -> list[str]:
    import textwrap

    return textwrap.wrap(", ".join(words), 100, break_long_words=False, break_on_hyphens=False)
