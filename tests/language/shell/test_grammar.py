"""Shell source that is meant to break its reader."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinfold.language.context import Context
from pinfold.language.shell import script as shell
from pinfold.model import Act, Place

PIECES = st.sampled_from(
    [
        "curl",
        "wget",
        "sh",
        "bash",
        "-c",
        "eval",
        "echo",
        "cat",
        "$(",
        ")",
        "`",
        '"',
        "'",
        "${",
        "}",
        "{",
        "(",
        "((",
        "))",
        "$((",
        ";;",
        "esac",
        "case",
        "in",
        "if",
        "then",
        "fi",
        "for",
        "do",
        "done",
        "while",
        "|",
        "||",
        "&",
        "&&",
        ";",
        "\n",
        ">",
        ">>",
        "<",
        "<<EOF",
        "EOF",
        "<<<",
        "<(",
        ">(",
        "2>&1",
        "/dev/tcp/192.0.2.1/9",
        "$X",
        "${X:-y}",
        "X=1",
        "\\",
        "#",
        "[[",
        "]]",
        "@f",
        "-d",
        "https://a.example",
        "~/.ssh/id_rsa",
        "function",
        "f()",
        "!",
        "xargs",
        "-I{}",
        "挖",
        "\u200b",
        "\x00",
        "\r",
    ]
)


def checked(source: str) -> list[Act]:
    """Return the acts of ``source``, having checked that every span lies in it."""

    def place(start: int, end: int) -> Place:
        assert 0 <= start <= end <= len(source)
        return Place("x")

    return shell.acts(source, Context(place=place))


@given(st.text(max_size=300))
def test_any_text(source: str) -> None:
    checked(source)


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=60), st.sampled_from(["", " "]))
def test_shell_like_text(pieces: list[str], separator: str) -> None:
    checked(separator.join(pieces))


@given(st.lists(PIECES, max_size=30))
def test_a_command_before_junk_is_seen(pieces: list[str]) -> None:
    found = checked("ssh h.example\n" + " ".join(pieces))
    assert any(act.fields.get("DestinationHostname") == "h.example" for act in found)


BOMBS = {
    "closed brackets": "(" * 10_000 + "ssh h.example" + ")" * 10_000,
    "substitutions": "$(" * 5_000 + "ssh h.example" + ")" * 5_000,
    "quoted substitutions": '"$(' * 5_000 + "ssh h.example" + ')"' * 5_000,
    "parameters": "${A:-" * 5_000 + "$(ssh h.example)" + "}" * 5_000,
    "functions": "f() { " * 5_000 + "ssh h.example" + "; }" * 5_000,
    "conditions": "if a; then " * 5_000 + "ssh h.example" + "; fi" * 5_000,
    "cases": "case x in a) " * 5_000 + "ssh h.example" + ";; esac" * 5_000,
    "open quote": "x='a\ny=\"b\nssh h.example\n",
    "wrappers": "sudo " * 20_000 + "ssh h.example",
    "loops": "for i in a b c d e f g h; do " * 30 + "ssh h.example;" + "done;" * 30,
    "fork bomb": "f() { f | f & }; f; ssh h.example",
    "many commands": "a 1;" * 60_000 + "ssh h.example",
    "growing constant": "A=aaaaaaaa;" + "A=$A$A;" * 80 + "ssh h.example",
    "open here-document": "cat <<EOF\nssh h.example\n",
    "padding": "echo x\n" * 20_000 + "ssh h.example",
    "nested shells": "sh -c '" * 50 + "\nssh h.example",
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_neither_crash_nor_hide_the_command(name: str) -> None:
    started = time.process_time()
    found = checked(BOMBS[name])
    assert time.process_time() - started < 10
    assert any("ssh" in str(act.fields.get("CommandLine", "")) for act in found)


@pytest.mark.parametrize(
    "piece", ["a", "a ", "$(", '"', "`", "a|", "<<A ", "${", "((", "> ", "{a,", "\\\n", "$X", "'\"", "cat <<A\n"]
)
def test_time_is_linear_in_length(piece: str) -> None:
    def seconds(length: int) -> float:
        source = (piece * length)[:length]
        started = time.process_time()
        checked(source)
        return time.process_time() - started

    seconds(1_000)
    assert seconds(200_000) < 40 * max(seconds(20_000), 0.02)


def test_a_long_line() -> None:
    assert checked("echo " + "a" * 1_000_000 + "; ssh h.example")[-1].fields["DestinationHostname"] == "h.example"


def test_long_source_is_cut() -> None:
    assert checked("x" * (shell.MAX_SOURCE + 10) + "\nssh h.example")[0].fields["Image"] != "ssh"
