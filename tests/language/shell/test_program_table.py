"""The tables agree with one another."""

from pinfold.language.shell import option_table as shell_option_table
from pinfold.language.shell import program_table
from pinfold.language.shell import programs as shell_programs


def test_every_shell_and_python_is_judged():
    assert shell_programs.KNOWN >= program_table.SHELLS | program_table.PYTHONS


def test_every_reader_and_filter_is_judged():
    assert shell_programs.KNOWN >= program_table.READERS | program_table.PATTERN_READERS


def test_aliases_lead_to_programs_with_options():
    assert set(shell_option_table.SAME_OPTIONS.values()) <= set(shell_option_table.VALUED_OPTIONS)
    assert not set(shell_option_table.SAME_OPTIONS) & set(shell_option_table.VALUED_OPTIONS)


def test_ports_are_ports():
    assert all(0 < port < 65_536 for port in program_table.PORTS.values())
