"""Batch files written over as shell source."""

from __future__ import annotations

import pytest

from pinfold.language.shell.batch_source import translated


@pytest.mark.parametrize(
    ("source", "shell"),
    [
        ("a & b", "a \nb"),
        ("a && b || c | d", "a &&b ||c |d"),
        (r"dir C:\x\y", "dir C:/x/y"),
        ("echo %PATH% %1 %*", "echo ${PATH} ${1} $*"),
        ("echo $x `y` #z", r"echo \$x \`y\` \#z"),
        ('echo "a%%b$c"', r'echo "a%b\$c"'),
        ('echo "not closed\nb', 'echo "not closed"\nb'),
        ("a 2>nul 1>NUL <nul.txt", "a 2>/dev/null 1>/dev/null </dev/null.txt"),
        ("echo %ProgramFiles(x86)%", "echo ${PROGRAMFILES_X86_}"),
    ],
)
def test_a_line_becomes_a_line(source, shell):
    assert translated(source).text == shell


def test_variables_of_a_command_line_stay_as_they_are():
    assert translated("a ${B} %C%", expanded=True).text == "a ${B} ${C}"


def test_every_stretch_knows_where_it_comes_from():
    source = "set A=1\nb %A% c:\\d"
    text = translated(source)
    for word in ("b", "${A}", "c:"):
        assert source[text.origin(text.text.index(word))] == word.replace("$", "%")[0]
    assert translated("").origin(5) == 0
