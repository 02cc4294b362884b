"""The door: help, versions, unknown words, and how errors become words and exit codes."""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import pinfold
from pinfold.cli import main as door
from pinfold.cli.main import COMMANDS, main
from pinfold.model import NothingToScanError, PinfoldError, RuleError, UsageError

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(pinfold.__file__).parents[1])}
"""For processes that import Pinfold without passing through the door."""


@pytest.fixture
def command(monkeypatch):
    """Put a made-up command behind the door and return the function that says what it does."""

    def install(run):
        module = SimpleNamespace(NAME="probe", SUMMARY="a made-up command", configure=lambda parser: None, run=run)
        monkeypatch.setitem(sys.modules, "pinfold.cli.probe", module)
        monkeypatch.setitem(COMMANDS, "probe", ("pinfold.cli.probe", module.SUMMARY))
        return module

    return install


def raising(error):
    def run(arguments):
        raise error

    return run


def test_help_lists_every_command(capsys):
    assert main(["--help"]) == 0
    page = capsys.readouterr().out
    for name, (_module, summary) in COMMANDS.items():
        assert f"  {name} " in page
        assert summary in page


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"pinfold {pinfold.__version__}\n"


def test_no_command_shows_the_help_and_is_a_usage_error(capsys):
    assert main([]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "commands:" in shown.err


@pytest.mark.parametrize(
    ("typed", "meant"), [("scna", "scan"), ("rule", "rules"), ("skills", "skill"), ("macth", "match")]
)
def test_an_unknown_command_suggests_the_nearest(typed, meant, capsys):
    assert main([typed, "whatever"]) == 2
    assert capsys.readouterr().err == f"error: there is no command '{typed}'\nhint: Did you mean `pinfold {meant}`?\n"


def test_an_unknown_command_like_none_lists_them_all(capsys):
    assert main(["zzzzzz"]) == 2
    assert capsys.readouterr().err.endswith("hint: The commands are scan, match, rules, run, skill, profile, probe.\n")


def test_an_unknown_global_option_is_a_usage_error(capsys):
    assert main(["--colour"]) == 2
    assert capsys.readouterr().err.startswith("error: unrecognized arguments: --colour\nhint: `pinfold --help`")


def test_an_unknown_option_of_a_command_is_a_usage_error(command, capsys):
    command(lambda arguments: 0)
    assert main(["probe", "--nope"]) == 2
    assert "hint: `pinfold probe --help`" in capsys.readouterr().err


def test_options_are_not_guessed_from_their_beginnings(command, capsys):
    module = command(lambda arguments: 0)
    module.configure = lambda parser: parser.add_argument("--format")
    assert main(["probe", "--form", "json"]) == 2


def test_the_command_gets_its_arguments_and_its_code_is_the_exit_code(command):
    module = command(lambda arguments: len(arguments.paths))
    module.configure = lambda parser: parser.add_argument("paths", nargs="*")
    assert main(["probe", "a", "b", "c"]) == 3


@pytest.mark.parametrize(
    ("words", "variable", "expected"),
    [
        (["probe"], None, False),
        (["probe", "--no-color"], None, True),
        (["--no-color", "probe"], None, True),
        (["probe"], "1", True),
        (["probe"], "", False),
    ],
)
def test_colours_are_refused_by_option_or_variable(words, variable, expected, command, monkeypatch):
    if variable is not None:
        monkeypatch.setenv("NO_COLOR", variable)
    seen = []
    command(lambda arguments: seen.append(arguments.no_color) or 0)
    assert main(words) == 0
    assert seen == [expected]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no such option"), 2),
        (RuleError("a.yaml: acts: unknown key"), 2),
        (PinfoldError("anything of ours"), 2),
        (NothingToScanError("no skill in docs"), 3),
    ],
)
def test_an_error_of_ours_is_one_line_without_a_traceback(error, code, command, capsys):
    command(raising(error))
    assert main(["probe"]) == code
    assert capsys.readouterr().err == f"error: {error}\n"


def test_a_hint_is_a_second_line(command, capsys):
    command(raising(UsageError("cannot read rules", hint="give a folder")))
    assert main(["probe"]) == 2
    assert capsys.readouterr().err == "error: cannot read rules\nhint: give a folder\n"


@pytest.mark.parametrize("error", [ValueError("odd"), RecursionError(), MemoryError(), OSError(28, "No space left")])
def test_a_fault_is_one_line_with_its_type(error, command, capsys):
    command(raising(error))
    assert main(["probe"]) == 125
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith(f"error: a fault in Pinfold itself: {type(error).__name__}: ")
    assert lines[1].startswith("hint: Set PINFOLD_DEBUG=1")
    assert len(lines) == 2


def test_a_fault_shows_its_traceback_on_request(command, capsys, monkeypatch):
    monkeypatch.setenv("PINFOLD_DEBUG", "1")
    command(raising(ValueError("odd")))
    assert main(["probe"]) == 125
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_an_error_cannot_steer_the_terminal(command, capsys):
    command(raising(UsageError("cannot read \x1b[2J\u202eevil\r\n\x07 and 挖矿")))
    assert main(["probe"]) == 2
    assert capsys.readouterr().err == "error: cannot read \\x1b[2J\\u202eevil\\r\\n\\x07 and 挖矿\n"


def test_an_endless_message_is_cut(command, capsys):
    command(raising(UsageError("x" * 1_000_000)))
    assert main(["probe"]) == 2
    assert len(capsys.readouterr().err) < 1_000


def test_an_interrupt_is_130(command):
    command(raising(KeyboardInterrupt()))
    assert main(["probe"]) == 130


def test_a_command_that_leaves_in_its_own_way_keeps_its_code(command):
    command(raising(SystemExit(7)))
    assert main(["probe"]) == 7
    command(raising(SystemExit("not a number")))
    assert main(["probe"]) == 125


def test_help_loads_nothing_heavy():
    code = (
        "import sys\n"
        "from pinfold.cli.main import main\n"
        "main(['--help'])\n"
        "heavy = {'msgspec', 'rich', 'hyperscan', 're2', 'yaml', 'tree_sitter', 'multiprocessing', 'typing'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    # -S: a site package of this environment may itself load modules at start.
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_reader_that_goes_away_is_no_error():
    """``pinfold … | head`` ends quietly, as other programs do."""
    code = (
        "import sys, types\n"
        "from pinfold.cli import main as door\n"
        "def run(arguments):\n"
        "    for _ in range(100_000):\n"
        "        print('a line of output that fills the pipe')\n"
        "    return 0\n"
        "probe = types.SimpleNamespace(NAME='probe', SUMMARY='', configure=lambda parser: None, run=run)\n"
        "sys.modules['probe'] = probe\n"
        "door.COMMANDS['probe'] = ('probe', '')\n"
        "sys.exit(door.main(['probe']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(10)
        process.stdout.close()
        complaint = process.stderr.read()
    assert process.returncode == 141
    assert complaint == b""


def test_as_a_module_it_is_the_same_program(run_cli):
    done = run_cli("--version")
    assert (done.returncode, done.stdout) == (0, f"pinfold {pinfold.__version__}\n")


def test_output_that_the_terminal_cannot_show_is_escaped(run_cli):
    done = run_cli("挖矿\u202e", env={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "LC_ALL": "C.UTF-8"})
    assert done.returncode == 2
    assert "\\u6316\\u77ff" in done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_keeps_its_promises(name, capsys):
    module = importlib.import_module(COMMANDS[name][0])
    assert name == module.NAME
    assert COMMANDS[name][1] == module.SUMMARY
    parser = argparse.ArgumentParser()
    module.configure(parser)
    assert callable(module.run)
    assert main([name, "--help"]) == 0
    assert f"{module.SUMMARY[0].upper()}{module.SUMMARY[1:]}." in capsys.readouterr().out.replace("\n", " ")


def test_the_codes_are_those_that_are_documented():
    assert (door.USAGE, door.NOTHING_TO_SCAN, door.FAULT, door.INTERRUPTED, door.READER_GONE) == (2, 3, 125, 130, 141)


@pytest.mark.parametrize("words", [[], ["scan"], ["match"], ["rules"], ["skill", "list"]])
def test_every_page_of_help_has_examples(words, capsys):
    assert main([*words, "--help"]) == 0
    page = capsys.readouterr().out
    assert "\nexamples:\n" in page
    shown = [line.split("  ")[1] for line in page.partition("\nexamples:\n")[2].splitlines()]
    assert all("pinfold" in line for line in shown)
    assert all(len(line) <= 110 for line in page.splitlines())
