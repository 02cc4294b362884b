"""Python source that is meant to break its reader."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinfold.language.context import Context
from pinfold.language.python import program as python
from pinfold.model import Act, Place

PIECES = st.sampled_from(
    [
        "import",
        "os",
        "requests",
        "subprocess",
        "from",
        "*",
        "as",
        "x",
        "y",
        "=",
        "+=",
        "+",
        "%",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ":",
        ",",
        ".",
        "'",
        '"',
        "'''",
        "f'{",
        "}'",
        "\\",
        "\n",
        "\n    ",
        "def f(x):",
        "class A:",
        "return",
        "for x in",
        "if",
        "else",
        "lambda",
        "await",
        "async",
        "with",
        "open('a')",
        ".read()",
        "os.system('id')",
        "os.environ['A']",
        "requests.post('https://a.example', data=x)",
        "exec(x)",
        "chr(10)",
        "''.join(x)",
        "'{}'.format(x)",
        "b''",
        "r'",
        "#",
        "@",
        ";",
        "1",
        "...",
        ":=",
        "print x",
        "exec x",
        "挖",
        "\u200b",
        "\x00",
        "\t",
    ]
)
RUN = "__import__('os').system('ssh h.example')"


def checked(source: str) -> list[Act]:
    """Return the acts of ``source``, having checked that every span lies in it."""

    def place(start: int, end: int) -> Place:
        assert 0 <= start <= end <= len(source)
        return Place("x")

    return python.acts(source, Context(place=place))


@given(st.text(max_size=300))
def test_any_text(source: str) -> None:
    checked("import os\n" + source)


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=60), st.sampled_from(["", " "]))
def test_python_like_text(pieces: list[str], separator: str) -> None:
    checked("import os\n" + separator.join(pieces))


BOMBS = {
    "brackets": "(" * 10_000 + RUN + ")" * 10_000,
    "lists": "[" * 5_000 + RUN + "]" * 5_000,
    "calls": "f(" * 10_000 + RUN + ")" * 10_000,
    "chain of calls": RUN + ".a()" * 10_000,
    "sum": "x = 'a' + " + "'a' + " * 20_000 + "str(" + RUN + ")",
    "indentation": "".join(" " * depth + "if a:\n" for depth in range(1_200)) + " " * 1_200 + RUN,
    "functions": "".join(" " * depth + "def f():\n" for depth in range(200)) + " " * 200 + RUN,
    "lambdas": "lambda: " * 5_000 + RUN,
    "negations": "not " * 10_000 + RUN,
    "comprehensions": "[x for x in " * 500 + RUN + "]" * 500,
    "loops": "".join(" " * depth + f"for a{depth} in ['a', 'b', 'c', 'd']:\n" for depth in range(30)) + " " * 30 + RUN,
    "recursion": "def f(x):\n    f(x); f(x); f(x)\nf('a')\n" + RUN,
    "growing constant": "a = 'x' * 4000\n" + "a = a + a\n" * 80 + RUN,
    "growing list": "a = ['x'] * 4\n" + "a = a + a\n" * 80 + RUN,
    "nested exec": "exec('exec(" * 300 + "\n" + RUN,
    "padding": "x = 1\n" * 50_000 + RUN,
    "formatted strings": "f'{" * 300 + "\n" + RUN,
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_neither_crash_nor_hide_the_call(name: str) -> None:
    started = time.process_time()
    found = checked(BOMBS[name])
    assert time.process_time() - started < 10
    if name not in (
        "nested exec",
        "formatted strings",
    ):  # these leave an open bracket or string behind them, so that Python itself would not run the call
        assert any(act.fields.get("Image") == "ssh" for act in found)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a+",
        "a.",
        "(",
        "f(",
        "[",
        "'",
        "x=1\n",
        "os.system('a')\n",
        "l.append(os.environ)\n",
        "s += 'a'\n",
        "a,",
        "if a:\n",
        '"""',
    ],
)
def test_time_is_linear_in_length(piece: str) -> None:
    def seconds(length: int) -> float:
        source = "import os\nl = []\ns = ''\n" + (piece * length)[:length]
        started = time.process_time()
        checked(source)
        return time.process_time() - started

    seconds(1_000)
    assert seconds(200_000) < 40 * max(seconds(20_000), 0.02)
