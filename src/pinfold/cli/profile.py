"""``pinfold profile``: what a run may do, written, learned, checked and compared."""

from __future__ import annotations

import argparse

from pinfold.cli import profile_check, profile_diff, profile_from_events, profile_from_skill, profile_show

NAME = "profile"
SUMMARY = "write, learn, check and compare what a run may do"

_COMMANDS = (profile_from_skill, profile_from_events, profile_check, profile_diff, profile_show)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands of ``pinfold profile``, each a module beside this one."""
    commands = parser.add_subparsers(dest="profile_command", metavar="COMMAND", required=True)
    for command in _COMMANDS:
        one = commands.add_parser(
            command.NAME,
            help=command.SUMMARY,
            description=f"{command.SUMMARY[:1].upper()}{command.SUMMARY[1:]}.",
            formatter_class=parser.formatter_class,
            allow_abbrev=False,
        )
        command.configure(one)


def run(arguments: argparse.Namespace) -> int:
    """Carry the subcommand out and return its exit code."""
    chosen = next(command for command in _COMMANDS if arguments.profile_command == command.NAME)
    code: int = chosen.run(arguments)
    return code
