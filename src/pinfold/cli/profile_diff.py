"""``pinfold profile diff``: what one profile may do that another may not."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pinfold.sandbox.profile_diff import Difference

NAME = "diff"
SUMMARY = "say what a new profile may do that an old one may not, and the reverse"

_EPILOG = """\
exit codes: 0 the new profile may do no more than the old one; 1 it may do more; 2 wrong usage, or no valid profile.

example:
  pinfold profile diff job.toml new-job.toml
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("old", type=Path, metavar="OLD", help="a profile as TOML")
    parser.add_argument("new", type=Path, metavar="NEW", help="the one that is to be compared with it")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to write it (default: text)")


def run(arguments: argparse.Namespace) -> int:
    """Compare, report, and return the exit code."""
    from pinfold.output.json import encode
    from pinfold.output.terminal import visible
    from pinfold.sandbox.profile_diff import compare
    from pinfold.sandbox.profile_file import load

    found = compare(load(arguments.old), load(arguments.new))
    if arguments.format == "json":
        document = {
            "schema": "pinfold.profile-diff/1",
            "old": str(arguments.old),
            "new": str(arguments.new),
            "more": [_described(one) for one in found.more],
            "less": [_described(one) for one in found.less],
        }
        print(encode(document))
        return 1 if found.more else 0
    lines = []
    for title, differences in (("may do", found.more), ("may no longer do", found.less)):
        if differences:
            lines.append(f"{arguments.new} {title}, compared with {arguments.old}:")
            lines += [f"  {one.kind:<8} {one.what}{f'  ({one.note})' if one.note else ''}" for one in differences]
    print("\n".join(map(visible, lines or [f"{arguments.new} may do what {arguments.old} may, and no more."])))
    return 1 if found.more else 0


def _described(one: Difference) -> dict[str, Any]:
    return {"kind": one.kind, "what": one.what, "note": one.note}
