"""The door to every command: finds the one that was named, loads it alone, and turns errors into words and exit codes.

A command is a module with ``NAME``, ``SUMMARY``, ``configure(parser)`` and ``run(arguments)``. Modules are imported
only when their command is named, so that ``pinfold --help`` answers at once. What holds for all commands
(docs/exit-codes.md): 2 the request cannot be carried out, 3 nothing to scan, 125 a fault in Pinfold itself,
130 interrupted, 141 the reader of the output went away.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import sys

from pinfold import __version__

TYPE_CHECKING = False  # typing itself is too slow to load for a page of help
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn, Protocol, TextIO

    class Command(Protocol):
        """What a command module offers."""

        NAME: str
        SUMMARY: str

        def configure(self, parser: argparse.ArgumentParser) -> None:
            """Declare the command's arguments."""

        def run(self, arguments: argparse.Namespace) -> int:
            """Carry the command out and return its exit code."""


COMMANDS = {
    "scan": ("pinfold.cli.scan", "look over skills, plugins, MCP servers and agent configuration"),
    "match": ("pinfold.cli.match", "judge observed events, or the steps of a trajectory"),
    "rules": ("pinfold.cli.rules", "list, show, test and export the rules"),
    "run": ("pinfold.cli.run", "run a program under least privilege, and tell what it does"),
    "skill": ("pinfold.cli.skill", "list the skills installed on this machine"),
    "profile": ("pinfold.cli.profile", "write, learn, check and compare what a run may do"),
    "probe": ("pinfold.cli.probe", "prove a sandbox: try what a confined program could try, and look from outside"),
}
"""Every command: its name, its module, and what ``pinfold --help`` says of it (the module's ``SUMMARY``)."""

USAGE = 2
NOTHING_TO_SCAN = 3
FAULT = 125
INTERRUPTED = 130
READER_GONE = 141

_DESCRIPTION = "Guards people and clusters against rogue AI-agent skills and stray agents."
_EPILOG = """\
commands:
{commands}

`pinfold COMMAND --help` says more about one of them.

examples:
  pinfold scan ./some-skill       before you install it
  pinfold scan                    what is installed already
  pinfold match events.jsonl      what an agent was seen to do
"""
_LONGEST_MESSAGE = 600


class Formatter(argparse.RawDescriptionHelpFormatter):
    """Lays out a help page; the module that argparse would ask for the width takes milliseconds to load."""

    def __init__(self, prog: str) -> None:
        """Take the name of the program."""
        columns = os.environ.get("COLUMNS", "")
        try:
            width = int(columns) if columns.isdecimal() else os.get_terminal_size().columns
        except (OSError, ValueError):
            width = 0
        super().__init__(prog, width=(width or 80) - 2)


class Parser(argparse.ArgumentParser):
    """An argument parser that reports a wrong command line as every other error is reported."""

    def error(self, message: str) -> NoReturn:
        """Raise ``UsageError`` with the parser's message."""
        from pinfold.model.errors import UsageError

        raise UsageError(message, hint=f"`{self.prog} --help` lists what can be asked.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``pinfold`` with ``argv``, by default the process's own arguments, and return the exit code.

    Every error ends here: hostile input must never become a traceback.
    """
    gc.set_threshold(100_000, 20, 20)  # what is loaded at the start is kept, and looking it over again takes time
    for stream in (sys.stdout, sys.stderr):
        _make_lossless(stream)
    try:
        code = _dispatch(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _silence_output()
        return READER_GONE
    except Exception as error:
        return _explain(error)
    return code


def _dispatch(words: list[str]) -> int:
    """Split ``words`` into global options, a command and its arguments, and run the command."""
    try:
        return _run(words)
    except SystemExit as stop:  # how argparse ends after --help and --version
        return 0 if stop.code is None else stop.code if isinstance(stop.code, int) else FAULT


def _run(words: list[str]) -> int:
    """Do what ``words`` ask for; leaves by ``SystemExit`` where argparse does."""
    at = next((index for index, word in enumerate(words) if not word.startswith("-")), len(words))
    options = _main_parser().parse_args(words[:at])
    if at == len(words):
        _main_parser().print_help(sys.stderr)
        return USAGE
    command = _load(words[at])
    description = f"{command.SUMMARY[:1].upper()}{command.SUMMARY[1:]}."
    parser = Parser(
        prog=f"pinfold {command.NAME}", description=description, formatter_class=Formatter, allow_abbrev=False
    )
    parser.add_argument("--no-color", action="store_true", default=options.no_color, help="plain text without colours")
    command.configure(parser)
    arguments = parser.parse_args(words[at + 1 :])
    # https://no-color.org: the variable counts when it is present and not empty.
    arguments.no_color = arguments.no_color or bool(os.environ.get("NO_COLOR"))
    return command.run(arguments)


def _main_parser() -> Parser:
    """Return the parser of what may stand before the command, with a help page that lists the commands."""
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:<{width}}  {summary}" for name, (_module, summary) in COMMANDS.items())
    parser = Parser(
        prog="pinfold",
        usage="pinfold [--help] [--version] [--no-color] COMMAND …",
        description=_DESCRIPTION,
        epilog=_EPILOG.format(commands=commands),
        formatter_class=Formatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"pinfold {__version__}")
    parser.add_argument("--no-color", action="store_true", help="plain text without colours, as with NO_COLOR=1")
    return parser


def _load(name: str) -> Command:
    """Import the module of the command ``name``."""
    if name in COMMANDS:
        module: Command = importlib.import_module(COMMANDS[name][0])
        return module
    import difflib

    from pinfold.model.errors import UsageError

    nearest = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f"Did you mean `pinfold {nearest[0]}`?" if nearest else f"The commands are {', '.join(COMMANDS)}."
    raise UsageError(f"there is no command {name!r}", hint=hint)


def _explain(error: Exception) -> int:
    """Say on standard error what went wrong and what to do next; return the exit code for it."""
    errors = sys.modules.get("pinfold.model.errors")  # an error of ours can only come from a module that is loaded
    if errors is not None and isinstance(error, errors.PinfoldError):
        _complain("error", str(error))
        if error.hint:
            _complain("hint", error.hint)
        return NOTHING_TO_SCAN if isinstance(error, errors.NothingToScanError) else USAGE
    if os.environ.get("PINFOLD_DEBUG"):
        import traceback

        traceback.print_exception(error)
    _complain("error", f"a fault in Pinfold itself: {type(error).__name__}: {error}")
    _complain("hint", "Set PINFOLD_DEBUG=1 to see where it happened, and report it as CONTRIBUTING.md says.")
    return FAULT


def _complain(label: str, text: str) -> None:
    """Print one line on standard error; what could move the cursor or turn the text around becomes an escape."""
    shown = (char if char.isprintable() else char.encode("unicode_escape").decode() for char in text[:_LONGEST_MESSAGE])
    print(f"{label}: {''.join(shown)}", file=sys.stderr)


def _make_lossless(stream: TextIO) -> None:
    """Let ``stream`` write what its encoding lacks, such as a file name that is not UTF-8, as an escape."""
    reconfigure = getattr(stream, "reconfigure", None)  # a test's stand-in has none
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")


def _silence_output() -> None:
    """Point standard output at nothing, so that the interpreter's last flush does not fail again."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # no real file behind the stream
        return
