"""``pinfold skill``: what is installed on this machine."""

from __future__ import annotations

import argparse
import os
import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinfold.model import Skill

NAME = "skill"
SUMMARY = "list the skills installed on this machine"

_EPILOG = """\
exit codes: 0 something is installed; 2 wrong usage; 3 nothing is.

examples:
  pinfold skill list
  pinfold skill list --project . --format json
"""
_NOTHING = 3
_COLUMNS = ("HOST", "KIND", "NAME", "SOURCE", "DIGEST", "PATH")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands of ``pinfold skill``."""
    commands = parser.add_subparsers(dest="skill_command", metavar="COMMAND", required=True)
    listing = commands.add_parser(
        "list",
        help="list what is installed for every host",
        description="List what is installed for every host, with source and digest.",
        epilog=_EPILOG,
        formatter_class=parser.formatter_class,
        allow_abbrev=False,
    )
    listing.add_argument("--home", type=Path, metavar="DIR", help="look in this home folder instead of your own")
    listing.add_argument(
        "--project", type=Path, metavar="DIR", help="also list what hosts would load for the project in DIR"
    )
    listing.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to write the list (default: text)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the inventory to standard output and return 0, or 3 when nothing is installed."""
    import msgspec

    from pinfold.model import Limits, UsageError
    from pinfold.skills.discover import installed
    from pinfold.skills.read import digest_of

    for option in ("home", "project"):
        folder = getattr(arguments, option)
        if folder is not None and not folder.is_dir():
            raise UsageError(f"--{option} {folder}: no such folder", hint="Name a folder that exists.")
    # What the environment says of folders belongs to the user's own home.
    environment = os.environ if arguments.home is None else {}
    home = arguments.home or Path.home()
    limits = Limits()
    skills = [
        msgspec.structs.replace(skill, digest=digest_of(skill, limits))
        for skill in installed(home, environment, sys.platform, arguments.project, limits=limits)
    ]
    if arguments.format == "json":
        sys.stdout.write(_document(skills))
    elif skills:
        sys.stdout.writelines(f"{line}\n" for line in _table(skills))
    if not skills:
        sys.stderr.write("Nothing is installed for any known host.\n")
        return _NOTHING
    if arguments.format == "text":
        sys.stderr.write(f"{len(skills)} installed. `pinfold scan` looks them over.\n")
    return 0


def _document(skills: Sequence[Skill]) -> str:
    """Return the inventory as a JSON document."""
    import msgspec

    fields = ("name", "kind", "hosts", "source", "publisher", "version", "digest", "path", "declared")
    rows = [{field: getattr(skill, field) for field in fields} for skill in skills]
    data = msgspec.json.encode({"schema": "pinfold.inventory/1", "skills": rows})
    return msgspec.json.format(data, indent=2).decode() + "\n"


def _table(skills: Sequence[Skill]) -> list[str]:
    """Return the inventory as lines for a terminal."""
    rows = [
        (
            ", ".join(skill.hosts),
            str(skill.kind),
            skill.name,
            skill.source or "-",
            skill.digest[:19] or "-",
            skill.path,
        )
        for skill in skills
    ]
    return _aligned([_COLUMNS, *rows])


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the rows as lines whose columns stand in line; the last column is not padded."""
    shown = [[_visible(cell) for cell in row] for row in rows]
    widths = [max(_width(row[column]) for row in shown) for column in range(len(rows[0]) - 1)]
    return [
        "  ".join(
            [cell + " " * (width - _width(cell)) for cell, width in zip(row[:-1], widths, strict=True)] + [row[-1]]
        )
        for row in shown
    ]


_LONGEST = 60


def _visible(cell: str) -> str:
    """Return a cell that cannot move the cursor nor pass for another; what is no path is cut to 60 characters."""
    text = "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in cell
    )
    return text if len(text) <= _LONGEST or "/" in text else text[: _LONGEST - 1] + "…"


def _width(text: str) -> int:
    """Return how many columns of a terminal ``text`` takes."""
    return sum(
        2 if unicodedata.east_asian_width(character) in "WF" else not unicodedata.combining(character)
        for character in text
    )
