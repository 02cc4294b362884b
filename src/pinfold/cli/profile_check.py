"""``pinfold profile check``: whether profiles are valid, and what in them is doubtful."""

from __future__ import annotations

import argparse
from pathlib import Path

NAME = "check"
SUMMARY = "say whether profiles are valid, and what in them is wider than it looks or has no effect"

_EPILOG = """\
exit codes: 0 nothing to say; 1 something to look at twice; 2 a profile is not valid.

example:
  pinfold profile check job.toml
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a profile as TOML")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to write it (default: text)")


def run(arguments: argparse.Namespace) -> int:
    """Check, report, and return the exit code."""
    from pinfold.output.json import encode
    from pinfold.output.terminal import visible
    from pinfold.sandbox.profile_check import check
    from pinfold.sandbox.profile_file import ProfileError, load

    results = []
    for path in arguments.files:
        error, hint, doubts = "", "", []
        try:
            profile = load(path)
        except ProfileError as wrong:
            error, hint = str(wrong), wrong.hint
        else:
            doubts = [{"rule": one.rule, "key": one.key, "text": one.text} for one in check(profile)]
        results.append({"file": str(path), "valid": not error, "error": error, "hint": hint, "doubts": doubts})
        if arguments.format == "text":
            lines = [f"error: {error}", *([f"hint: {hint}"] if hint else [])] if error else []
            lines += [f"{path}: {one['key']}: {one['text']} ({one['rule']})" for one in doubts]
            print("\n".join(map(visible, lines or [f"{path}: valid"])))
    if arguments.format == "json":
        print(encode({"schema": "pinfold.profile-check/1", "profiles": results}))
    if not all(result["valid"] for result in results):
        return 2
    return 1 if any(result["doubts"] for result in results) else 0
